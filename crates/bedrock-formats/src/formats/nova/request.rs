//! Nova's request.
//! Not for: the blocks inside messages; see `content`.

use bedrock_codegen::codegen_at_use;
use serde_json::{Value, json};

use crate::invocation_metrics::GuardrailConfig;

use super::{CachePoint, ContentBlock, Message};

// AWS's guide, and 27 recorded requests. `max_new_tokens` is a second name that the service takes.
wire_struct! {
    /// The body of a request to Nova.
    pub struct Request {
        /// The version of the schema: [`Request::SCHEMA_VERSION`]; it may be left out.
        "schemaVersion" schema_version: Option<String>,
        /// The system prompt: text blocks. An empty list is refused.
        "system" system: Option<Vec<ContentBlock>>,
        /// The conversation, which the user begins.
        "messages" messages: Vec<Message>,
        /// How to generate.
        "inferenceConfig" inference_config: Option<InferenceConfig>,
        /// The tools that the model may call.
        "toolConfig" tool_config: Option<ToolConfig>,
        /// Whether the model reasons before it answers (Nova 2).
        "reasoningConfig" reasoning_config: Option<ReasoningConfig>,
        /// How the guardrail named in the headers treats the stream.
        "amazon-bedrock-guardrailConfig" guardrail_config: Option<GuardrailConfig>,
    }

    /// How to generate.
    pub struct InferenceConfig {
        /// The most tokens to generate, up to the model's limit. With `high` reasoning it must be left out.
        "maxTokens" max_tokens: Option<u64>,
        /// The older name of `maxTokens`, still taken.
        "max_new_tokens" max_new_tokens: Option<u64>,
        /// Randomness, 0 to 1, default 0.7.
        "temperature" temperature: Option<f64>,
        /// The probability mass to sample from, 0 to 1, default 0.9.
        "topP" top_p: Option<f64>,
        /// How many tokens to sample from, 0 to 128, default off.
        "topK" top_k: Option<u64>,
        /// Texts that end the answer.
        "stopSequences" stop_sequences: Option<Vec<String>>,
    }

    /// The tools that the model may call.
    pub struct ToolConfig {
        /// The tools.
        "tools" tools: Vec<Tool>,
        /// Whether it must; the default is `auto`.
        "toolChoice" tool_choice: Option<ToolChoice>,
    }

    /// A tool of the caller's own.
    pub struct ToolSpec {
        /// The tool's name.
        "name" name: String,
        /// What the tool does and when to call it.
        "description" description: Option<String>,
        /// What it takes.
        "inputSchema" input_schema: ToolInputSchema,
    }

    /// What a tool takes.
    pub struct ToolInputSchema {
        /// The JSON schema: an object.
        "json" json: Value,
    }

    /// A tool that the service itself runs (Nova 2).
    pub struct SystemTool {
        /// `nova_grounding` or `nova_code_interpreter`.
        "name" name: String,
    }

    /// Nothing more to say.
    pub struct AutoToolChoice {}

    /// Nothing more to say.
    pub struct AnyToolChoice {}

    /// Which tool to call.
    pub struct SpecificToolChoice {
        /// The tool's name.
        "name" name: String,
    }

    /// Whether the model reasons before it answers.
    pub struct ReasoningConfig {
        /// `enabled` or `disabled`.
        "type" kind: String,
        /// How much; must be there when enabled.
        "maxReasoningEffort" max_reasoning_effort: Option<ReasoningEffort>,
    }
}

wire_union! {
    /// A tool.
    pub enum Tool {
        /// The caller's own.
        "toolSpec" => ToolSpec(ToolSpec),
        /// The service's.
        "systemTool" => SystemTool(SystemTool),
        /// A cache point after the tools before it.
        "cachePoint" => CachePoint(CachePoint),
    }

    /// Whether the model must call a tool.
    pub enum ToolChoice {
        /// The model decides.
        "auto" => Auto(AutoToolChoice),
        /// It must call one.
        "any" => Any(AnyToolChoice),
        /// It must call this one.
        "tool" => Tool(SpecificToolChoice),
    }
}

wire_enum! {
    /// How much to reason.
    pub enum ReasoningEffort {
        /// Little.
        "low" => Low,
        /// Middling.
        "medium" => Medium,
        /// Much; `maxTokens` must then be left out.
        "high" => High,
    }
}

#[codegen_at_use]
impl Request {
    /// The version of the schema.
    pub const SCHEMA_VERSION: &'static str = "messages-v1";

    /// A request with these messages.
    #[must_use]
    pub fn new(messages: Vec<Message>) -> Self {
        Self::default().schema_version(Self::SCHEMA_VERSION).messages(messages)
    }

    /// A request that asks one thing.
    #[must_use]
    pub fn user(text: impl Into<String>) -> Self {
        Self::new(vec![Message::user(text)])
    }

    /// Adds a turn at the end of the conversation.
    #[must_use]
    pub fn message(mut self, message: Message) -> Self {
        self.messages.push(message);
        self
    }

    /// Adds a tool.
    #[must_use]
    pub fn tool(mut self, tool: Tool) -> Self {
        self.tool_config.get_or_insert_default().tools.push(tool);
        self
    }
}

impl Tool {
    /// A tool of the caller's own, with the JSON schema of its input.
    #[must_use]
    pub fn spec(name: impl Into<String>, description: impl Into<String>, schema: Value) -> Self {
        let spec = ToolSpec::default().name(name.into()).description(description.into());
        Self::ToolSpec(spec.input_schema(ToolInputSchema::default().json(schema)))
    }

    /// A tool without input.
    #[must_use]
    pub fn without_input(name: impl Into<String>, description: impl Into<String>) -> Self {
        Self::spec(name, description, json!({"type": "object", "properties": {}}))
    }

    /// A tool that the service itself runs: `nova_grounding` or `nova_code_interpreter`.
    #[must_use]
    pub fn system(name: impl Into<String>) -> Self {
        Self::SystemTool(SystemTool::default().name(name.into()))
    }
}

#[codegen_at_use]
impl ReasoningConfig {
    /// Reasoning, as much as this.
    #[must_use]
    pub fn enabled(effort: ReasoningEffort) -> Self {
        Self::default().kind("enabled").max_reasoning_effort(effort)
    }

    /// No reasoning.
    #[must_use]
    pub fn disabled() -> Self {
        Self::default().kind("disabled")
    }
}
