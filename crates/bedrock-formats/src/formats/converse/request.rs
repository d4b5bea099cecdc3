//! The bodies of Converse and ConverseStream requests.
//! Not for: the model id, which travels in the path, and the parts of a message.

use std::collections::BTreeMap;

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use super::{CachePointBlock, GuardrailConverseContentBlock, Message, ToolConfiguration, ToolSpecification};

wire_struct! {
    /// What Converse is asked. It is also what [`ConverseStreamRequest`] is made from, so that one value serves both.
    ///
    /// With a prompt's ARN for a model, only `promptVariables` and few others may be set.
    pub struct ConverseRequest {
        /// The conversation so far, the new question last.
        "messages" messages: Option<Vec<Message>>,
        /// Instructions that stand over the whole conversation.
        "system" system: Option<Vec<SystemContentBlock>>,
        /// How much to say and how freely.
        "inferenceConfig" inference_config: Option<InferenceConfiguration>,
        /// The tools the model may call.
        "toolConfig" tool_config: Option<ToolConfiguration>,
        /// The guardrail that looks at question and answer.
        "guardrailConfig" guardrail_config: Option<GuardrailConfiguration>,
        /// Fields of the model's own request format, such as `top_k`; a field that the model does not know is refused.
        "additionalModelRequestFields" additional_model_request_fields: Option<Value>,
        /// The values of a stored prompt's variables.
        "promptVariables" prompt_variables: Option<BTreeMap<String, PromptVariableValues>>,
        /// JSON pointers into the model's own answer, such as `/stop_sequence`: what they point at comes back in
        /// `additionalModelResponseFields`. At most 10, each at most 256 characters.
        "additionalModelResponseFieldPaths" additional_model_response_field_paths: Option<Vec<String>>,
        /// Labels for the invocation log: at most 16, names of 1 to 256 characters, values of at most 256.
        "requestMetadata" request_metadata: Option<BTreeMap<String, String>>,
        /// Which latency the model runs at.
        "performanceConfig" performance_config: Option<PerformanceConfiguration>,
        /// Which tier the request is served in.
        "serviceTier" service_tier: Option<ServiceTier>,
        /// The form of the answer, and how hard to think about it.
        "outputConfig" output_config: Option<OutputConfig>,
    }
    /// What ConverseStream is asked: a [`ConverseRequest`] whose guardrail can also work asynchronously.
    ///
    /// ```
    /// use bedrock_formats::converse::{ConverseRequest, ConverseStreamRequest};
    ///
    /// let request = ConverseRequest::from("Hi").max_tokens(5);
    /// assert_eq!(
    ///     serde_json::to_string(&ConverseStreamRequest::from(request.clone()))?,
    ///     serde_json::to_string(&request)?,
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ConverseStreamRequest {
        /// The conversation so far, the new question last.
        "messages" messages: Option<Vec<Message>>,
        /// Instructions that stand over the whole conversation.
        "system" system: Option<Vec<SystemContentBlock>>,
        /// How much to say and how freely.
        "inferenceConfig" inference_config: Option<InferenceConfiguration>,
        /// The tools the model may call.
        "toolConfig" tool_config: Option<ToolConfiguration>,
        /// The guardrail that looks at question and answer, and when it does.
        "guardrailConfig" guardrail_config: Option<GuardrailStreamConfiguration>,
        /// Fields of the model's own request format, such as `top_k`; a field that the model does not know is refused.
        "additionalModelRequestFields" additional_model_request_fields: Option<Value>,
        /// The values of a stored prompt's variables.
        "promptVariables" prompt_variables: Option<BTreeMap<String, PromptVariableValues>>,
        /// JSON pointers into the model's own answer, such as `/stop_sequence`: what they point at comes back in
        /// `additionalModelResponseFields`. At most 10, each at most 256 characters.
        "additionalModelResponseFieldPaths" additional_model_response_field_paths: Option<Vec<String>>,
        /// Labels for the invocation log: at most 16, names of 1 to 256 characters, values of at most 256.
        "requestMetadata" request_metadata: Option<BTreeMap<String, String>>,
        /// Which latency the model runs at.
        "performanceConfig" performance_config: Option<PerformanceConfiguration>,
        /// Which tier the request is served in.
        "serviceTier" service_tier: Option<ServiceTier>,
        /// The form of the answer, and how hard to think about it.
        "outputConfig" output_config: Option<OutputConfig>,
    }
    /// How much to say and how freely. What is not set is left to the model's own default.
    ///
    /// There is no `topK`: it goes into `additionalModelRequestFields`, under the model's own name for it.
    pub struct InferenceConfiguration {
        /// The most tokens to generate, at least 1.
        "maxTokens" max_tokens: Option<u64>,
        /// How freely to choose the next word: 0 (always the likeliest) to 1.
        "temperature" temperature: Option<f64>,
        /// Choose among the likeliest words whose probabilities add up to this: 0 to 1.
        "topP" top_p: Option<f64>,
        /// Texts that end the answer where the model writes them: at most 2500, none empty. Models allow far fewer.
        "stopSequences" stop_sequences: Option<Vec<String>>,
    }
    /// The guardrail of a Converse call.
    pub struct GuardrailConfiguration {
        /// Its id or ARN.
        "guardrailIdentifier" guardrail_identifier: Option<String>,
        /// Its version: a number, or `DRAFT`.
        "guardrailVersion" guardrail_version: Option<String>,
        /// Whether the answer has what the guardrail found.
        "trace" trace: Option<GuardrailTrace>,
    }
    /// The guardrail of a ConverseStream call.
    pub struct GuardrailStreamConfiguration {
        /// Its id or ARN.
        "guardrailIdentifier" guardrail_identifier: Option<String>,
        /// Its version: a number, or `DRAFT`.
        "guardrailVersion" guardrail_version: Option<String>,
        /// Whether the answer has what the guardrail found.
        "trace" trace: Option<GuardrailTrace>,
        /// Whether text waits for the guardrail.
        "streamProcessingMode" stream_processing_mode: Option<GuardrailStreamProcessingMode>,
    }
    /// Which latency the model runs at.
    pub struct PerformanceConfiguration {
        /// The latency.
        "latency" latency: Option<PerformanceConfigLatency>,
    }
    /// Which tier a request is served in.
    pub struct ServiceTier {
        /// The tier.
        "type" kind: ServiceTierType,
    }
    /// The form of the answer, and how hard to think about it.
    pub struct OutputConfig {
        /// The form of the answer's text.
        "textFormat" text_format: Option<OutputFormat>,
        /// How hard the model thinks, `low` to `max`; at most 16 characters, and each model has its own list.
        "effort" effort: Option<String>,
    }
    /// The form of the answer's text.
    pub struct OutputFormat {
        /// The kind of form.
        "type" kind: OutputFormatType,
        /// The form.
        "structure" structure: OutputFormatStructure,
    }
    /// A JSON Schema that the answer has to fit.
    pub struct JsonSchemaDefinition {
        /// The schema, as JSON text inside a string. Its objects need `additionalProperties: false`.
        "schema" schema: String,
        /// A name for the model to read.
        "name" name: Option<String>,
        /// What the answer is for, for the model to read.
        "description" description: Option<String>,
    }
}

wire_union! {
    /// One part of the instructions over a conversation.
    pub enum SystemContentBlock {
        /// Text, not empty.
        "text" => Text(String),
        /// Content that the guardrail is to look at.
        "guardContent" => GuardContent(GuardrailConverseContentBlock),
        /// The instructions up to here may be cached.
        "cachePoint" => CachePoint(CachePointBlock),
    }
    /// The value of a stored prompt's variable.
    pub enum PromptVariableValues {
        /// Text.
        "text" => Text(String),
    }
    /// The form that an answer's text has to take.
    pub enum OutputFormatStructure {
        /// JSON of this schema.
        "jsonSchema" => JsonSchema(JsonSchemaDefinition),
    }
}

wire_enum! {
    /// Whether an answer has what the guardrail found.
    pub enum GuardrailTrace {
        /// It has what the guardrail acted on.
        "enabled" => Enabled,
        /// It has nothing of it.
        "disabled" => Disabled,
        /// It also has what was looked at and passed.
        "enabled_full" => EnabledFull,
    }
    /// Whether streamed text waits for the guardrail.
    pub enum GuardrailStreamProcessingMode {
        /// It waits.
        "sync" => Sync,
        /// It does not: blocked text may already have been delivered, and nothing is masked.
        "async" => Async,
    }
    /// The latencies a model can run at.
    pub enum PerformanceConfigLatency {
        /// The ordinary one.
        "standard" => Standard,
        /// Faster, for models and regions that offer it.
        "optimized" => Optimized,
    }
    /// The tiers a request can be served in.
    pub enum ServiceTierType {
        /// Before all others, at a higher price.
        "priority" => Priority,
        /// The ordinary one.
        "default" => Default,
        /// When there is room, at a lower price.
        "flex" => Flex,
        /// On reserved capacity.
        "reserved" => Reserved,
    }
    /// The kinds of form an answer can take.
    pub enum OutputFormatType {
        /// JSON of a given schema.
        "json_schema" => JsonSchema,
    }
}

#[codegen_at_use]
impl From<ConverseRequest> for ConverseStreamRequest {
    fn from(request: ConverseRequest) -> Self {
        Self {
            messages: request.messages,
            system: request.system,
            inference_config: request.inference_config,
            tool_config: request.tool_config,
            guardrail_config: request.guardrail_config.map(GuardrailStreamConfiguration::from),
            additional_model_request_fields: request.additional_model_request_fields,
            prompt_variables: request.prompt_variables,
            additional_model_response_field_paths: request.additional_model_response_field_paths,
            request_metadata: request.request_metadata,
            performance_config: request.performance_config,
            service_tier: request.service_tier,
            output_config: request.output_config,
            extra: request.extra,
        }
    }
}

#[codegen_at_use]
impl From<GuardrailConfiguration> for GuardrailStreamConfiguration {
    fn from(config: GuardrailConfiguration) -> Self {
        Self {
            guardrail_identifier: config.guardrail_identifier,
            guardrail_version: config.guardrail_version,
            trace: config.trace,
            stream_processing_mode: None,
            extra: config.extra,
        }
    }
}

#[codegen_at_use]
impl From<&str> for SystemContentBlock {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

#[codegen_at_use]
impl From<String> for SystemContentBlock {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

#[codegen_at_use]
impl From<CachePointBlock> for SystemContentBlock {
    fn from(cache_point: CachePointBlock) -> Self {
        Self::CachePoint(cache_point)
    }
}

#[codegen_at_use]
impl From<ToolSpecification> for ToolConfiguration {
    fn from(tool: ToolSpecification) -> Self {
        Self::new([tool])
    }
}

#[codegen_at_use]
impl From<PerformanceConfigLatency> for PerformanceConfiguration {
    fn from(latency: PerformanceConfigLatency) -> Self {
        Self { latency: Some(latency), ..Self::default() }
    }
}

#[codegen_at_use]
impl From<ServiceTierType> for ServiceTier {
    fn from(kind: ServiceTierType) -> Self {
        Self { kind, ..Self::default() }
    }
}
