//! The request of Chat Completions.
//! Not for: the messages in it; see `message`.

use std::collections::BTreeMap;

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use super::ChatCompletionMessage;
use crate::invocation_metrics::GuardrailConfig;
use crate::wire::{OneOrMany, TextOr};

wire_struct! {
    /// The body of a request.
    ///
    /// On InvokeModel the id in the URL names the model and the operation says whether the answer is streamed: `model` may
    /// be left out there, and `stream` must not be true. Which keys a model takes differs: gpt-oss refuses `logit_bias`,
    /// GPT 5.6 and Grok refuse `stop`, GPT refuses sampling unless `reasoning_effort` is `none`.
    pub struct ChatCompletionRequest {
        /// The model.
        "model" model: Option<String>,
        /// The conversation.
        "messages" messages: Vec<ChatCompletionMessage>,
        /// The most tokens to generate, reasoning included.
        "max_completion_tokens" max_completion_tokens: Option<u64>,
        /// The older name of `max_completion_tokens`, which most vendors take and GPT 5.6 and later refuse.
        "max_tokens" max_tokens: Option<u64>,
        /// Randomness, 0 to 2 (Kimi: 0 to 1), default 1.
        "temperature" temperature: Option<f64>,
        /// The probability mass to sample from, 0 to 1, default 1.
        "top_p" top_p: Option<f64>,
        /// How many answers, 1 to 128, default 1.
        "n" n: Option<u64>,
        /// Texts that end the answer: at most 4.
        "stop" stop: Option<OneOrMany<String>>,
        /// Against repeating at all, -2 to 2, default 0.
        "presence_penalty" presence_penalty: Option<f64>,
        /// Against repeating often, -2 to 2, default 0.
        "frequency_penalty" frequency_penalty: Option<f64>,
        /// Adds to the likelihood of tokens, by their id: -100 to 100.
        "logit_bias" logit_bias: Option<BTreeMap<String, f64>>,
        /// Whether the answer has the likelihood of its tokens.
        "logprobs" logprobs: Option<bool>,
        /// Of how many alternatives, 0 to 20; needs `logprobs`.
        "top_logprobs" top_logprobs: Option<u64>,
        /// For answers that repeat as far as possible.
        "seed" seed: Option<i64>,
        /// How much to reason.
        "reasoning_effort" reasoning_effort: Option<ReasoningEffort>,
        /// How much to say: `low`, `medium` or `high`.
        "verbosity" verbosity: Option<String>,
        /// The tools that the model may call.
        "tools" tools: Option<Vec<Tool>>,
        /// Whether it must: `none`, `auto`, `required`, or which one.
        "tool_choice" tool_choice: Option<TextOr<ToolChoice>>,
        /// Whether it may call several at once, default true.
        "parallel_tool_calls" parallel_tool_calls: Option<bool>,
        /// The form of the answer. gpt-oss takes it and does not hold to it.
        "response_format" response_format: Option<ResponseFormat>,
        /// Whether the answer is streamed.
        "stream" stream: Option<bool>,
        /// How.
        "stream_options" stream_options: Option<StreamOptions>,
        /// `auto`, `default`, `flex`, `scale`, `priority` or `fast`.
        "service_tier" service_tier: Option<String>,
        /// Whether the answer is kept.
        "store" store: Option<bool>,
        /// Anything to keep with it: 16 pairs, names to 64 and values to 512 characters.
        "metadata" metadata: Option<BTreeMap<String, String>>,
        /// `text`, `audio`.
        "modalities" modalities: Option<Vec<String>>,
        /// The sound of the answer: `{voice, format}`.
        "audio" audio: Option<Value>,
        /// What much of the answer will be.
        "prediction" prediction: Option<Value>,
        /// Groups requests that share a prompt.
        "prompt_cache_key" prompt_cache_key: Option<String>,
        /// How the prompt is cached: `{mode, ttl}`.
        "prompt_cache_options" prompt_cache_options: Option<Value>,
        /// `in_memory` or `24h`.
        "prompt_cache_retention" prompt_cache_retention: Option<String>,
        /// An opaque id of the user, to find abuse by.
        "safety_identifier" safety_identifier: Option<String>,
        /// The older name of `safety_identifier`.
        "user" user_id: Option<String>,
        /// How to search the web.
        "web_search_options" web_search_options: Option<Value>,
        /// How to judge input and output.
        "moderation" moderation: Option<Value>,
        /// The tools, in the older way.
        "functions" functions: Option<Vec<FunctionDefinition>>,
        /// Whether to call one, in the older way.
        "function_call" function_call: Option<TextOr<Value>>,
        /// How the guardrail named in the headers treats the stream.
        "amazon-bedrock-guardrailConfig" guardrail_config: Option<GuardrailConfig>,
    }

    /// What a stream holds.
    pub struct StreamOptions {
        /// Whether a last chunk without choices has the usage.
        "include_usage" include_usage: Option<bool>,
        /// Whether chunks are padded, default true.
        "include_obfuscation" include_obfuscation: Option<bool>,
    }

    /// A tool that takes JSON.
    pub struct FunctionTool {
        /// The function.
        "function" function: FunctionDefinition,
    }

    /// A function.
    pub struct FunctionDefinition {
        /// Its name.
        "name" name: String,
        /// What it does and when to call it.
        "description" description: Option<String>,
        /// The JSON schema of its arguments: an object.
        "parameters" parameters: Option<Value>,
        /// Whether the arguments are held to the schema.
        "strict" strict: Option<bool>,
    }

    /// A tool that takes text.
    pub struct CustomTool {
        /// `{name, description?, format?}`.
        "custom" custom: Value,
    }

    /// The function to call.
    pub struct NamedFunction {
        /// `{name}`.
        "function" function: NamedTool,
    }

    /// The custom tool to call.
    pub struct NamedCustom {
        /// `{name}`.
        "custom" custom: NamedTool,
    }

    /// A tool's name.
    pub struct NamedTool {
        /// The name.
        "name" name: String,
    }

    /// The tools to choose from.
    pub struct AllowedTools {
        /// `{mode, tools}`.
        "allowed_tools" allowed_tools: Value,
    }

    /// Any text.
    pub struct TextFormat {}

    /// JSON; the prompt must say so too.
    pub struct JsonObjectFormat {}

    /// JSON of a schema.
    pub struct JsonSchemaFormat {
        /// The schema.
        "json_schema" json_schema: JsonSchema,
    }

    /// A schema with a name.
    pub struct JsonSchema {
        /// The name: letters, digits, `_` and `-`, to 64.
        "name" name: String,
        /// What it is for.
        "description" description: Option<String>,
        /// The JSON schema.
        "schema" schema: Option<Value>,
        /// Whether the answer is held to it.
        "strict" strict: Option<bool>,
    }
}

wire_tagged! {
    /// A tool.
    pub enum Tool {
        /// It takes JSON.
        "function" => Function(FunctionTool),
        /// It takes text.
        "custom" => Custom(CustomTool),
    }

    /// Which tool to call.
    pub enum ToolChoice {
        /// This function.
        "function" => Function(NamedFunction),
        /// This custom tool.
        "custom" => Custom(NamedCustom),
        /// One of these.
        "allowed_tools" => AllowedTools(AllowedTools),
    }

    /// The form of the answer.
    pub enum ResponseFormat {
        /// Any text.
        "text" => Text(TextFormat),
        /// JSON.
        "json_object" => JsonObject(JsonObjectFormat),
        /// JSON of a schema.
        "json_schema" => JsonSchema(JsonSchemaFormat),
    }
}

wire_enum! {
    /// How much to reason.
    pub enum ReasoningEffort {
        /// Not; Grok refuses this.
        "none" => None,
        /// Next to nothing.
        "minimal" => Minimal,
        /// Little.
        "low" => Low,
        /// Middling: the default.
        "medium" => Medium,
        /// Much.
        "high" => High,
        /// More.
        "xhigh" => ExtraHigh,
        /// Most.
        "max" => Max,
    }
}

#[codegen_at_use]
impl ChatCompletionRequest {
    /// A request with these messages.
    #[must_use]
    pub fn new(messages: Vec<ChatCompletionMessage>) -> Self {
        Self::default().messages(messages)
    }

    /// A request that asks one thing.
    #[must_use]
    pub fn user(text: impl Into<String>) -> Self {
        Self::new(vec![ChatCompletionMessage::user(text.into())])
    }

    /// Adds a message at the end of the conversation.
    #[must_use]
    pub fn message(mut self, message: ChatCompletionMessage) -> Self {
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

impl Tool {
    /// A tool that takes JSON of a schema.
    ///
    /// ```
    /// use bedrock_formats::openai_chat::Tool;
    ///
    /// let tool = Tool::function("weather", "The weather of a city.", serde_json::json!({"type": "object"}));
    /// assert_eq!(serde_json::to_value(&tool)?["function"]["name"], "weather");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn function(name: impl Into<String>, description: impl Into<String>, parameters: Value) -> Self {
        let function = FunctionDefinition::default().name(name.into()).description(description.into());
        Self::Function(FunctionTool::default().function(function.parameters(parameters)))
    }
}

impl ToolChoice {
    /// This function must be called.
    #[must_use]
    pub fn function(name: impl Into<String>) -> Self {
        Self::Function(NamedFunction::default().function(NamedTool::default().name(name.into())))
    }
}
