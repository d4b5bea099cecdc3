//! The request of Responses.
//! Not for: the items of its input; see `items`.

use std::collections::BTreeMap;

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use super::Item;
use crate::wire::TextOr;

wire_struct! {
    /// The body of a request.
    ///
    /// Bedrock takes the tools `function`, `mcp`, `custom`, `apply_patch`, `namespace`, `tool_search` and `computer`, refuses
    /// `background`, and takes images from `data:` and `s3:` URLs only.
    pub struct CreateResponse {
        /// The model.
        "model" model: Option<String>,
        /// What is asked: text, or items.
        "input" input: Option<TextOr<Vec<Item>>>,
        /// The system prompt.
        "instructions" instructions: Option<String>,
        /// The most tokens to generate, reasoning included.
        "max_output_tokens" max_output_tokens: Option<u64>,
        /// The most calls of the service's own tools.
        "max_tool_calls" max_tool_calls: Option<u64>,
        /// Randomness, 0 to 2, default 1; GPT takes it only where it does not reason.
        "temperature" temperature: Option<f64>,
        /// The probability mass to sample from, 0 to 1, default 1.
        "top_p" top_p: Option<f64>,
        /// How many alternatives of each token to give, 0 to 20.
        "top_logprobs" top_logprobs: Option<u64>,
        /// Whether and how to reason.
        "reasoning" reasoning: Option<ReasoningConfig>,
        /// The form of the answer.
        "text" text: Option<TextConfig>,
        /// The tools that the model may call.
        "tools" tools: Option<Vec<Tool>>,
        /// Whether it must: `none`, `auto`, `required`, or which one.
        "tool_choice" tool_choice: Option<TextOr<ToolChoice>>,
        /// Whether it may call several at once, default true.
        "parallel_tool_calls" parallel_tool_calls: Option<bool>,
        /// The response that this one goes on from.
        "previous_response_id" previous_response_id: Option<String>,
        /// The conversation that this one belongs to: an id, or `{id}`.
        "conversation" conversation: Option<TextOr<Value>>,
        /// What to send beside the answer: `reasoning.encrypted_content`, `message.output_text.logprobs`, …
        "include" include: Option<Vec<String>>,
        /// Whether the response is kept, default true.
        "store" store: Option<bool>,
        /// Whether the answer is streamed.
        "stream" stream: Option<bool>,
        /// How: `{include_obfuscation}`.
        "stream_options" stream_options: Option<Value>,
        /// Whether the answer is made in the background; Bedrock refuses it.
        "background" background: Option<bool>,
        /// `auto` drops from a conversation that is too long, `disabled` refuses it.
        "truncation" truncation: Option<String>,
        /// What to drop from a long conversation: `[{"type":"compaction","compact_threshold":n}]`.
        "context_management" context_management: Option<Vec<Value>>,
        /// Anything to keep with the response: 16 pairs, names to 64 and values to 512 characters.
        "metadata" metadata: Option<BTreeMap<String, String>>,
        /// `auto`, `default`, `flex` or `priority`.
        "service_tier" service_tier: Option<String>,
        /// A prompt that the service keeps.
        "prompt" prompt: Option<Value>,
        /// Groups requests that share a prompt.
        "prompt_cache_key" prompt_cache_key: Option<String>,
        /// `in_memory` or `24h`.
        "prompt_cache_retention" prompt_cache_retention: Option<String>,
        /// An opaque id of the user, to find abuse by.
        "safety_identifier" safety_identifier: Option<String>,
        /// The older name of `safety_identifier`.
        "user" user_id: Option<String>,
        /// How to judge input and output.
        "moderation" moderation: Option<Value>,
    }

    /// Whether and how to reason.
    pub struct ReasoningConfig {
        /// `none`, `minimal`, `low`, `medium`, `high`, `xhigh` or `max`.
        "effort" effort: Option<String>,
        /// `auto`, `concise` or `detailed`; without it there is no summary.
        "summary" summary: Option<String>,
    }

    /// The form of the answer.
    pub struct TextConfig {
        /// Text, or JSON.
        "format" format: Option<TextFormat>,
        /// `low`, `medium` or `high`.
        "verbosity" verbosity: Option<String>,
    }

    /// Any text.
    pub struct PlainTextFormat {}

    /// JSON; the prompt must say so too.
    pub struct JsonObjectFormat {}

    /// JSON of a schema.
    pub struct JsonSchemaFormat {
        /// The schema's name: letters, digits, `_` and `-`, to 64.
        "name" name: String,
        /// What it is for.
        "description" description: Option<String>,
        /// The JSON schema.
        "schema" schema: Option<Value>,
        /// Whether the answer is held to it.
        "strict" strict: Option<bool>,
    }

    /// A tool of the caller that takes JSON.
    pub struct FunctionTool {
        /// Its name.
        "name" name: Option<String>,
        /// What it does and when to call it.
        "description" description: Option<String>,
        /// The JSON schema of its arguments: an object.
        "parameters" parameters: Option<Value>,
        /// Whether the arguments are held to the schema, default true.
        "strict" strict: Option<bool>,
        /// Whether the model sees the tool only after a tool search.
        "defer_loading" defer_loading: Option<bool>,
    }

    /// A tool of the caller that takes text.
    pub struct CustomTool {
        /// Its name.
        "name" name: Option<String>,
        /// What it does and when to call it.
        "description" description: Option<String>,
        /// The grammar of the text.
        "format" format: Option<Value>,
    }

    /// The tools of an MCP server, called by the service.
    pub struct McpTool {
        /// A label for the server.
        "server_label" server_label: Option<String>,
        /// Where it is.
        "server_url" server_url: Option<String>,
        /// Which of its tools.
        "allowed_tools" allowed_tools: Option<Value>,
        /// Before which calls to ask: `always`, `never`, or by tool.
        "require_approval" require_approval: Option<Value>,
        /// What to send along; may hold secrets.
        "headers" headers: Option<Value>,
    }

    /// Tools under one name.
    pub struct NamespaceTool {
        /// The name.
        "name" name: Option<String>,
        /// What they do.
        "description" description: Option<String>,
        /// The tools.
        "tools" tools: Option<Vec<Tool>>,
    }

    /// A search for tools that the model does not see.
    pub struct ToolSearchTool {
        /// What there is to find.
        "description" description: Option<String>,
        /// `client` or `server`.
        "execution" execution: Option<String>,
        /// The JSON schema of what is looked for.
        "parameters" parameters: Option<Value>,
    }

    /// Changes of files, made by the caller.
    pub struct ApplyPatchTool {}

    /// A screen, handled by the caller.
    pub struct ComputerTool {}

    /// Shell commands.
    pub struct ShellTool {
        /// Where they run.
        "environment" environment: Option<Value>,
    }

    /// Shell commands, run by the caller (the older tool).
    pub struct LocalShellTool {}

    /// Searches of the web, run by the service.
    pub struct WebSearchTool {
        /// Which pages count.
        "filters" filters: Option<Value>,
        /// Where the user is.
        "user_location" user_location: Option<Value>,
        /// `low`, `medium` or `high`.
        "search_context_size" search_context_size: Option<String>,
    }

    /// Searches in files, run by the service.
    pub struct FileSearchTool {
        /// The stores to search.
        "vector_store_ids" vector_store_ids: Option<Vec<String>>,
        /// The most results, 1 to 50.
        "max_num_results" max_num_results: Option<u64>,
        /// Which files count.
        "filters" filters: Option<Value>,
        /// How results are ranked.
        "ranking_options" ranking_options: Option<Value>,
    }

    /// Programs, run by the service.
    pub struct CodeInterpreterTool {
        /// The sandbox: an id, or `{"type":"auto"}`.
        "container" container: Option<TextOr<Value>>,
    }

    /// Images, made by the service.
    pub struct ImageGenerationTool {
        /// The model that draws.
        "model" model: Option<String>,
        /// `1024x1024`, …
        "size" size: Option<String>,
        /// `low`, `medium`, `high` or `auto`.
        "quality" quality: Option<String>,
        /// How many images to send on the way, 0 to 3.
        "partial_images" partial_images: Option<u64>,
    }

    /// Which tool to call, or to choose from.
    pub struct ToolChoice {
        /// `function`, `custom`, `mcp`, `allowed_tools`, or the type of one of the service's tools.
        "type" kind: String,
        /// The tool's name.
        "name" name: Option<String>,
        /// The label of the MCP server.
        "server_label" server_label: Option<String>,
        /// `auto` or `required`, for `allowed_tools`.
        "mode" mode: Option<String>,
        /// The tools to choose from.
        "tools" tools: Option<Vec<Value>>,
    }
}

wire_tagged! {
    /// The form of the answer.
    pub enum TextFormat {
        /// Any text.
        "text" => Text(PlainTextFormat),
        /// JSON.
        "json_object" => JsonObject(JsonObjectFormat),
        /// JSON of a schema.
        "json_schema" => JsonSchema(JsonSchemaFormat),
    }

    /// A tool.
    pub enum Tool {
        /// The caller's, taking JSON.
        "function" => Function(FunctionTool),
        /// The caller's, taking text.
        "custom" => Custom(CustomTool),
        /// An MCP server's.
        "mcp" => Mcp(McpTool),
        /// Several under one name.
        "namespace" => Namespace(NamespaceTool),
        /// A search for tools.
        "tool_search" => ToolSearch(ToolSearchTool),
        /// Changes of files.
        "apply_patch" => ApplyPatch(ApplyPatchTool),
        /// A screen.
        "computer" => Computer(ComputerTool),
        /// Shell commands.
        "shell" => Shell(ShellTool),
        /// Shell commands, the older way.
        "local_shell" => LocalShell(LocalShellTool),
        /// Searches of the web.
        "web_search" => WebSearch(WebSearchTool),
        /// Searches in files.
        "file_search" => FileSearch(FileSearchTool),
        /// Programs.
        "code_interpreter" => CodeInterpreter(CodeInterpreterTool),
        /// Images.
        "image_generation" => ImageGeneration(ImageGenerationTool),
    }
}

#[codegen_at_use]
impl CreateResponse {
    /// A request that asks one thing.
    #[must_use]
    pub fn user(model: impl Into<String>, text: impl Into<String>) -> Self {
        Self::default().model(model.into()).input(text.into())
    }

    /// Adds a tool.
    #[must_use]
    pub fn tool(mut self, tool: Tool) -> Self {
        self.tools.get_or_insert_default().push(tool);
        self
    }
}

impl Tool {
    /// A tool of the caller that takes JSON of a schema.
    ///
    /// ```
    /// use bedrock_formats::openai_responses::Tool;
    ///
    /// let tool = Tool::function("weather", "The weather of a city.", serde_json::json!({"type": "object"}));
    /// assert_eq!(serde_json::to_value(&tool)?["name"], "weather");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn function(name: impl Into<String>, description: impl Into<String>, parameters: Value) -> Self {
        let tool = FunctionTool::default().name(name.into()).description(description.into());
        Self::Function(tool.parameters(parameters))
    }
}

impl ToolChoice {
    /// This function must be called.
    #[must_use]
    pub fn function(name: impl Into<String>) -> Self {
        Self::default().kind("function").name(name.into())
    }
}
