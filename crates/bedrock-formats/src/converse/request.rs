//! The bodies of Converse and ConverseStream requests.
//! Not for: the model id, which travels in the path, and the parts of a message.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    CachePointBlock, GuardrailConverseContentBlock, Message, Tool, ToolChoice, ToolConfiguration,
    ToolSpecification,
};

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
        /// Whether the answer tells what the guardrail found.
        "trace" trace: Option<GuardrailTrace>,
    }
    /// The guardrail of a ConverseStream call.
    pub struct GuardrailStreamConfiguration {
        /// Its id or ARN.
        "guardrailIdentifier" guardrail_identifier: Option<String>,
        /// Its version: a number, or `DRAFT`.
        "guardrailVersion" guardrail_version: Option<String>,
        /// Whether the answer tells what the guardrail found.
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
    /// Whether an answer tells what the guardrail found.
    pub enum GuardrailTrace {
        /// It tells what the guardrail acted on.
        "enabled" => Enabled,
        /// It tells nothing.
        "disabled" => Disabled,
        /// It also tells what was looked at and passed.
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

/// The same short cuts for both request types.
macro_rules! short_cuts {
    ($($request:ident, $example:literal);* $(;)?) => {$(
        #[doc = concat!("Short cuts for what most requests set. Each adds to what is there.\n\n```\nuse bedrock_formats::converse::", stringify!($request), ";\n\n", $example, "\n```")]
        impl $request {
            /// A request with this conversation and nothing else.
            #[must_use]
            pub fn new<M: Into<Message>>(messages: impl IntoIterator<Item = M>) -> Self {
                Self { messages: Some(messages.into_iter().map(Into::into).collect()), ..Self::default() }
            }

            /// Adds a message at the end of the conversation.
            #[must_use]
            pub fn message(mut self, message: impl Into<Message>) -> Self {
                self.messages.get_or_insert_default().push(message.into());
                self
            }

            /// Adds a text to the instructions.
            #[must_use]
            pub fn system_text(mut self, text: impl Into<String>) -> Self {
                self.system.get_or_insert_default().push(SystemContentBlock::Text(text.into()));
                self
            }

            /// Adds a tool.
            #[must_use]
            pub fn tool(mut self, tool: impl Into<Tool>) -> Self {
                self.tool_config.get_or_insert_default().tools.push(tool.into());
                self
            }

            /// Sets which tool the model is to call.
            #[must_use]
            pub fn tool_choice(mut self, choice: ToolChoice) -> Self {
                self.tool_config.get_or_insert_default().tool_choice = Some(choice);
                self
            }

            /// Sets the most tokens to generate, at least 1.
            #[must_use]
            pub fn max_tokens(mut self, tokens: u64) -> Self {
                self.inference_config.get_or_insert_default().max_tokens = Some(tokens);
                self
            }

            /// Sets how freely the next word is chosen: 0 (always the likeliest) to 1.
            #[must_use]
            pub fn temperature(mut self, temperature: f64) -> Self {
                self.inference_config.get_or_insert_default().temperature = Some(temperature);
                self
            }

            /// Lets the model choose among the likeliest words whose probabilities add up to this: 0 to 1.
            #[must_use]
            pub fn top_p(mut self, top_p: f64) -> Self {
                self.inference_config.get_or_insert_default().top_p = Some(top_p);
                self
            }

            /// Adds a text that ends the answer where the model writes it.
            #[must_use]
            pub fn stop_sequence(mut self, text: impl Into<String>) -> Self {
                self.inference_config.get_or_insert_default().stop_sequences.get_or_insert_default().push(text.into());
                self
            }

            /// Sets the guardrail: its id or ARN, and its version (a number or `DRAFT`).
            #[must_use]
            pub fn guardrail(mut self, identifier: impl Into<String>, version: impl Into<String>) -> Self {
                let guardrail = self.guardrail_config.get_or_insert_default();
                guardrail.guardrail_identifier = Some(identifier.into());
                guardrail.guardrail_version = Some(version.into());
                self
            }

            /// Sets one field of the model's own request format, such as `top_k`. Whatever stood in
            /// `additionalModelRequestFields` and is not an object gives way to one.
            #[must_use]
            pub fn additional_field(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
                let fields = self.additional_model_request_fields.get_or_insert_default();
                if !fields.is_object() {
                    *fields = Value::Object(serde_json::Map::new());
                }
                if let Value::Object(fields) = fields {
                    fields.insert(name.into(), value.into());
                }
                self
            }

            /// Adds a label for the invocation log: a name of 1 to 256 characters, a value of at most 256.
            #[must_use]
            pub fn metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
                self.request_metadata.get_or_insert_default().insert(name.into(), value.into());
                self
            }

            /// Has the answer's text be JSON of this schema, where the model supports it. Objects in the schema need
            /// `additionalProperties: false`.
            #[must_use]
            pub fn json_schema(mut self, name: impl Into<String>, schema: &Value) -> Self {
                let definition = JsonSchemaDefinition {
                    schema: schema.to_string(),
                    name: Some(name.into()),
                    ..JsonSchemaDefinition::default()
                };
                self.output_config.get_or_insert_default().text_format = Some(OutputFormat {
                    kind: OutputFormatType::JsonSchema,
                    structure: OutputFormatStructure::JsonSchema(definition),
                    ..OutputFormat::default()
                });
                self
            }
        }

        /// One question of the user's.
        impl From<&str> for $request {
            fn from(question: &str) -> Self {
                Self::new([question])
            }
        }

        /// One question of the user's.
        impl From<&String> for $request {
            fn from(question: &String) -> Self {
                Self::new([question.as_str()])
            }
        }

        /// One question of the user's.
        impl From<String> for $request {
            fn from(question: String) -> Self {
                Self::new([question])
            }
        }

        impl From<Message> for $request {
            fn from(message: Message) -> Self {
                Self::new([message])
            }
        }

        impl From<Vec<Message>> for $request {
            fn from(messages: Vec<Message>) -> Self {
                Self::new(messages)
            }
        }

        impl From<&[Message]> for $request {
            fn from(messages: &[Message]) -> Self {
                Self::new(messages.iter().cloned())
            }
        }

        impl<const N: usize> From<[Message; N]> for $request {
            fn from(messages: [Message; N]) -> Self {
                Self::new(messages)
            }
        }
    )*};
}

short_cuts! {
    ConverseRequest, "let request = ConverseRequest::from(\"Why?\").system_text(\"Be brief.\").max_tokens(200).temperature(0.2);\nassert_eq!(request.inference_config.unwrap().max_tokens, Some(200));";
    ConverseStreamRequest, "let request = ConverseStreamRequest::from(\"Why?\").guardrail(\"abc123\", \"DRAFT\").stop_sequence(\"END\");\nassert_eq!(request.guardrail_config.unwrap().guardrail_version.as_deref(), Some(\"DRAFT\"));";
}

impl From<ConverseRequest> for ConverseStreamRequest {
    #[cfg_attr(not(debug_assertions), inline)]
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

impl From<GuardrailConfiguration> for GuardrailStreamConfiguration {
    #[cfg_attr(not(debug_assertions), inline)]
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

impl From<&str> for SystemContentBlock {
    #[cfg_attr(not(debug_assertions), inline)]
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for SystemContentBlock {
    #[cfg_attr(not(debug_assertions), inline)]
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<CachePointBlock> for SystemContentBlock {
    #[cfg_attr(not(debug_assertions), inline)]
    fn from(cache_point: CachePointBlock) -> Self {
        Self::CachePoint(cache_point)
    }
}

impl From<ToolSpecification> for ToolConfiguration {
    #[cfg_attr(not(debug_assertions), inline)]
    fn from(tool: ToolSpecification) -> Self {
        Self::new([tool])
    }
}

impl From<PerformanceConfigLatency> for PerformanceConfiguration {
    #[cfg_attr(not(debug_assertions), inline)]
    fn from(latency: PerformanceConfigLatency) -> Self {
        Self { latency: Some(latency), ..Self::default() }
    }
}

impl From<ServiceTierType> for ServiceTier {
    #[cfg_attr(not(debug_assertions), inline)]
    fn from(kind: ServiceTierType) -> Self {
        Self { kind, ..Self::default() }
    }
}
