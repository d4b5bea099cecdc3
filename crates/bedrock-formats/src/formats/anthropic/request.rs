//! The request of Anthropic Messages.
//! Not for: the blocks inside messages; see `content`.

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use crate::invocation_metrics::GuardrailConfig;
use crate::wire::TextOr;

use super::{CacheControl, ContentBlock, Role};

wire_struct! {
    /// The body of a request to Claude.
    ///
    /// Keys that only Anthropic's own endpoint and Mantle take (`model`, `stream`, `mcp_servers`, `container`, …) can be put
    /// into `extra`; InvokeModel answers 400 to them.
    pub struct MessagesRequest {
        /// The version of the schema; [`MessagesRequest::VERSION`]. Under `2026-10-21` Bedrock refuses `temperature`, `top_p`,
        /// `top_k` and documents in the assistant's turns.
        "anthropic_version" anthropic_version: Option<String>,
        /// Betas to switch on: what Anthropic takes as a header is a list in the body here. Bedrock knows a part of them.
        "anthropic_beta" anthropic_beta: Option<Vec<String>>,
        /// The most tokens to generate: at least 1.
        "max_tokens" max_tokens: u64,
        /// The conversation, which the user begins.
        "messages" messages: Vec<MessageParam>,
        /// The system prompt: text, or text blocks where a part of it is cached.
        "system" system: Option<TextOr<Vec<ContentBlock>>>,
        /// Randomness, 0 to 1, default 1. Newest models take neither this nor `top_p`, some only one of the two.
        "temperature" temperature: Option<f64>,
        /// The probability mass to sample from, 0 to 1.
        "top_p" top_p: Option<f64>,
        /// How many tokens to sample from, 0 to 500.
        "top_k" top_k: Option<u64>,
        /// Texts that end the answer.
        "stop_sequences" stop_sequences: Option<Vec<String>>,
        /// The tools that the model may call.
        "tools" tools: Option<Vec<Tool>>,
        /// Whether it must.
        "tool_choice" tool_choice: Option<ToolChoice>,
        /// Whether the model reasons before it answers.
        "thinking" thinking: Option<ThinkingConfig>,
        /// The form of the answer.
        "output_config" output_config: Option<OutputConfig>,
        /// What to drop from a long conversation; needs the beta of each edit.
        "context_management" context_management: Option<ContextManagement>,
        /// Who asks.
        "metadata" metadata: Option<Metadata>,
        /// A cache point at the end of what can be cached; newest models only.
        "cache_control" cache_control: Option<CacheControl>,
        /// How the guardrail named in the headers treats the stream.
        "amazon-bedrock-guardrailConfig" guardrail_config: Option<GuardrailConfig>,
    }

    /// One turn of the conversation.
    pub struct MessageParam {
        /// Who speaks.
        "role" role: Role,
        /// What was said: text, or blocks.
        "content" content: TextOr<Vec<ContentBlock>>,
    }

    /// A tool: the caller's own, or one whose schema Anthropic knows by its type (`bash_20250124`, `computer_20250124`,
    /// `text_editor_20250728`, …) and whose options go into `extra`.
    pub struct Tool {
        /// Absent or `custom` for the caller's own.
        "type" kind: Option<String>,
        /// The tool's name.
        "name" name: Option<String>,
        /// What the tool does and when to call it.
        "description" description: Option<String>,
        /// The JSON schema of the input: an object.
        "input_schema" input_schema: Option<Value>,
        /// Whether the input is held to the schema.
        "strict" strict: Option<bool>,
        /// A cache point after this tool.
        "cache_control" cache_control: Option<CacheControl>,
        /// Whether the model sees the tool only after a tool search.
        "defer_loading" defer_loading: Option<bool>,
        /// Inputs to learn from.
        "input_examples" input_examples: Option<Vec<Value>>,
    }

    /// The model decides whether to call a tool.
    pub struct ToolChoiceAuto {
        /// Whether it calls at most one.
        "disable_parallel_tool_use" disable_parallel_tool_use: Option<bool>,
    }

    /// The model must call a tool.
    pub struct ToolChoiceAny {
        /// Whether it calls exactly one.
        "disable_parallel_tool_use" disable_parallel_tool_use: Option<bool>,
    }

    /// The model must call this tool.
    pub struct ToolChoiceTool {
        /// The tool's name.
        "name" name: String,
        /// Whether it calls it exactly once.
        "disable_parallel_tool_use" disable_parallel_tool_use: Option<bool>,
    }

    /// The model must not call a tool.
    pub struct ToolChoiceNone {}

    /// Reasoning with a budget.
    pub struct ThinkingEnabled {
        /// The most tokens to reason with: at least 1024, less than `max_tokens`.
        "budget_tokens" budget_tokens: u64,
        /// `summarized` or `omitted`.
        "display" display: Option<String>,
    }

    /// Reasoning as much as the model sees fit.
    pub struct ThinkingAdaptive {
        /// `summarized` or `omitted`.
        "display" display: Option<String>,
    }

    /// No reasoning.
    pub struct ThinkingDisabled {}

    /// The form of the answer.
    pub struct OutputConfig {
        /// How hard to try.
        "effort" effort: Option<Effort>,
        /// The answer's format.
        "format" format: Option<OutputFormat>,
    }

    /// An answer that is JSON of a schema.
    pub struct JsonSchemaFormat {
        /// The JSON schema.
        "schema" schema: Value,
    }

    /// What to drop from a long conversation.
    pub struct ContextManagement {
        /// The edits, made in this order.
        "edits" edits: Vec<ContextEdit>,
    }

    /// Drops old calls of tools and their results.
    pub struct ClearToolUses {
        /// When: `{"type":"input_tokens"|"tool_uses","value":n}`.
        "trigger" trigger: Option<Value>,
        /// How much to keep.
        "keep" keep: Option<Value>,
        /// How much to drop at least.
        "clear_at_least" clear_at_least: Option<Value>,
        /// Whether the inputs are dropped too.
        "clear_tool_inputs" clear_tool_inputs: Option<Value>,
        /// Tools to leave alone.
        "exclude_tools" exclude_tools: Option<Vec<String>>,
    }

    /// Drops old reasoning.
    pub struct ClearThinking {
        /// How much to keep: `"all"` or `{"type":"thinking_turns","value":n}`.
        "keep" keep: Option<Value>,
    }

    /// Puts a summary in the place of what was said.
    pub struct Compact {
        /// When: `{"type":"input_tokens","value":n}`.
        "trigger" trigger: Option<Value>,
        /// How to summarise.
        "instructions" instructions: Option<String>,
        /// Whether to stop after it.
        "pause_after_compaction" pause_after_compaction: Option<bool>,
    }

    /// Who asks.
    pub struct Metadata {
        /// An opaque id of the user, without anything that names them.
        "user_id" user_id: Option<String>,
    }
}

wire_tagged! {
    /// Whether the model must call a tool; the default is `auto`.
    pub enum ToolChoice {
        /// The model decides.
        "auto" => Auto(ToolChoiceAuto),
        /// It must call one.
        "any" => Any(ToolChoiceAny),
        /// It must call this one.
        "tool" => Tool(ToolChoiceTool),
        /// It must call none.
        "none" => None(ToolChoiceNone),
    }

    /// Whether the model reasons before it answers; some of the newest always do.
    pub enum ThinkingConfig {
        /// With a budget.
        "enabled" => Enabled(ThinkingEnabled),
        /// As it sees fit.
        "adaptive" => Adaptive(ThinkingAdaptive),
        /// Not.
        "disabled" => Disabled(ThinkingDisabled),
    }

    /// The format of the answer.
    pub enum OutputFormat {
        /// JSON of a schema.
        "json_schema" => JsonSchema(JsonSchemaFormat),
    }

    /// One edit of a long conversation.
    pub enum ContextEdit {
        /// Drops old calls of tools.
        "clear_tool_uses_20250919" => ClearToolUses(ClearToolUses),
        /// Drops old reasoning.
        "clear_thinking_20251015" => ClearThinking(ClearThinking),
        /// Summarises.
        "compact_20260112" => Compact(Compact),
    }
}

wire_enum! {
    /// How hard to try.
    pub enum Effort {
        /// Least.
        "low" => Low,
        /// Middling.
        "medium" => Medium,
        /// Hard: the default.
        "high" => High,
        /// Harder.
        "xhigh" => ExtraHigh,
        /// As hard as possible.
        "max" => Max,
    }
}

#[codegen_at_use]
impl MessagesRequest {
    /// The version of the schema that every Claude on Bedrock takes.
    // Not `2026-10-21`, which Anthropic's SDK sends by now: under that `temperature`,
    // `top_p` and `top_k` are refused.
    pub const VERSION: &'static str = "bedrock-2023-05-31";

    /// What [`user`](Self::user) sets `max_tokens` to: as much as every Claude 3 and later can write.
    pub const DEFAULT_MAX_TOKENS: u64 = 4096;

    /// A request with these messages.
    #[must_use]
    pub fn new(max_tokens: u64, messages: Vec<MessageParam>) -> Self {
        Self::default().anthropic_version(Self::VERSION).max_tokens(max_tokens).messages(messages)
    }

    /// A request that asks one thing, with [`DEFAULT_MAX_TOKENS`](Self::DEFAULT_MAX_TOKENS).
    #[must_use]
    pub fn user(text: impl Into<String>) -> Self {
        Self::new(Self::DEFAULT_MAX_TOKENS, vec![MessageParam::user(text.into())])
    }

    /// Adds a turn at the end of the conversation.
    ///
    /// ```
    /// use bedrock_formats::anthropic::{MessageParam, MessagesRequest};
    ///
    /// let request = MessagesRequest::user("Hi")
    ///     .message(MessageParam::assistant("Hello."))
    ///     .message(MessageParam::user("Will it rain?"));
    /// assert_eq!(request.messages.len(), 3);
    /// ```
    #[must_use]
    pub fn message(mut self, message: MessageParam) -> Self {
        self.messages.push(message);
        self
    }

    /// Adds a tool.
    #[must_use]
    pub fn tool(mut self, tool: Tool) -> Self {
        self.tools.get_or_insert_default().push(tool);
        self
    }
}

impl MessageParam {
    /// A turn of the user: text or blocks.
    #[must_use]
    pub fn user(content: impl Into<TextOr<Vec<ContentBlock>>>) -> Self {
        Self::default().role(Role::User).content(content.into())
    }

    /// A turn of the model: text or blocks. A last turn of the model is continued by it.
    #[must_use]
    pub fn assistant(content: impl Into<TextOr<Vec<ContentBlock>>>) -> Self {
        Self::default().role(Role::Assistant).content(content.into())
    }
}

/// An answer as a turn of the conversation that goes on from it.
#[codegen_at_use]
impl From<super::Message> for MessageParam {
    fn from(message: super::Message) -> Self {
        Self::default().role(message.role).content(message.content)
    }
}

#[codegen_at_use]
impl From<Vec<ContentBlock>> for TextOr<Vec<ContentBlock>> {
    fn from(blocks: Vec<ContentBlock>) -> Self {
        Self::Other(blocks)
    }
}

impl Tool {
    /// A tool of the caller's own, with the JSON schema of its input.
    ///
    /// ```
    /// use bedrock_formats::anthropic::Tool;
    ///
    /// let schema = serde_json::json!({"type": "object", "properties": {"city": {"type": "string"}}});
    /// let tool = Tool::custom("weather", schema).description("The weather of a city.");
    /// assert_eq!(tool.name.as_deref(), Some("weather"));
    /// ```
    #[must_use]
    pub fn custom(name: impl Into<String>, input_schema: Value) -> Self {
        Self::default().name(name.into()).input_schema(input_schema)
    }

    /// A tool whose schema the model knows by its type.
    #[must_use]
    pub fn typed(kind: impl Into<String>, name: impl Into<String>) -> Self {
        Self::default().kind(kind.into()).name(name.into())
    }
}

#[codegen_at_use]
impl ToolChoice {
    /// The model decides.
    #[must_use]
    pub fn auto() -> Self {
        Self::Auto(ToolChoiceAuto::default())
    }

    /// The model must call a tool.
    #[must_use]
    pub fn any() -> Self {
        Self::Any(ToolChoiceAny::default())
    }

    /// The model must call this tool.
    #[must_use]
    pub fn tool(name: impl Into<String>) -> Self {
        Self::Tool(ToolChoiceTool::default().name(name.into()))
    }

    /// The model must not call a tool.
    #[must_use]
    pub fn none() -> Self {
        Self::None(ToolChoiceNone::default())
    }
}

#[codegen_at_use]
impl ThinkingConfig {
    /// Reasoning with a budget: at least 1024 tokens, less than `max_tokens`.
    #[must_use]
    pub fn enabled(budget_tokens: u64) -> Self {
        Self::Enabled(ThinkingEnabled::default().budget_tokens(budget_tokens))
    }

    /// Reasoning as much as the model sees fit.
    #[must_use]
    pub fn adaptive() -> Self {
        Self::Adaptive(ThinkingAdaptive::default())
    }
}
