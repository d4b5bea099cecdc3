//! The content blocks of Claude's messages, the same type for what is sent and what comes back, so that an answer can
//! be sent back as it came.
//! Not for: what Anthropic's own tools hand back inside their blocks; see `server_tools`.

use serde_json::Value;

use crate::wire::{Blob, TextOr};

use super::TextCitation;
use super::server_tools::{
    AdvisorToolResultBlock, BashCodeExecutionToolResultBlock, CodeExecutionToolResultBlock,
    TextEditorCodeExecutionToolResultBlock, ToolSearchToolResultBlock, WebFetchToolResultBlock,
    WebSearchToolResultBlock,
};

wire_struct! {
    /// Text.
    pub struct TextBlock {
        /// The text.
        "text" text: String,
        /// Where parts of it come from.
        "citations" citations: Option<Vec<TextCitation>>,
        /// A cache point after this block.
        "cache_control" cache_control: Option<CacheControl>,
    }

    /// The model's reasoning.
    pub struct ThinkingBlock {
        /// The reasoning; empty where the request asked to omit it.
        "thinking" thinking: String,
        /// The proof that the model wrote it, to be sent back byte for byte.
        "signature" signature: Option<String>,
    }

    /// Reasoning that only Anthropic can read.
    pub struct RedactedThinkingBlock {
        /// The encrypted reasoning, to be sent back byte for byte.
        "data" data: String,
    }

    /// A call of one of the request's tools.
    pub struct ToolUseBlock {
        /// The call's id: `toolu_…`.
        "id" id: String,
        /// The tool's name.
        "name" name: String,
        /// The tool's input. With `max_tokens` reached inside the call it can be `{}`.
        "input" input: Value,
        /// Who calls: the model itself, or a program that it wrote.
        "caller" caller: Option<Caller>,
        /// The toolset that the tool belongs to.
        "toolset_name" toolset_name: Option<String>,
        /// A cache point after this block.
        "cache_control" cache_control: Option<CacheControl>,
    }

    /// A call of one of Anthropic's tools.
    pub struct ServerToolUseBlock {
        /// The call's id: `srvtoolu_…`.
        "id" id: String,
        /// The tool's name: `web_search`, `web_fetch`, `code_execution`, …
        "name" name: String,
        /// The tool's input.
        "input" input: Value,
        /// Who calls: the model itself, or a program that it wrote.
        "caller" caller: Option<Caller>,
        /// A cache point after this block.
        "cache_control" cache_control: Option<CacheControl>,
    }

    /// A call of a tool of an MCP server that Anthropic reaches.
    pub struct McpToolUseBlock {
        /// The call's id: `mcptoolu_…`.
        "id" id: String,
        /// The tool's name.
        "name" name: String,
        /// The server's name.
        "server_name" server_name: String,
        /// The tool's input.
        "input" input: Value,
        /// A cache point after this block.
        "cache_control" cache_control: Option<CacheControl>,
    }

    /// The result of a tool of an MCP server.
    pub struct McpToolResultBlock {
        /// The id of the call.
        "tool_use_id" tool_use_id: String,
        /// Whether the tool failed.
        "is_error" is_error: Option<bool>,
        /// The result.
        "content" content: Option<TextOr<Vec<ContentBlock>>>,
        /// A cache point after this block.
        "cache_control" cache_control: Option<CacheControl>,
    }

    /// The result of one of the request's tools.
    pub struct ToolResultBlock {
        /// The id of the call.
        "tool_use_id" tool_use_id: String,
        /// The result: text, or blocks (text, image, document, search result, tool reference).
        "content" content: Option<TextOr<Vec<ContentBlock>>>,
        /// Whether the tool failed.
        "is_error" is_error: Option<bool>,
        /// A cache point after this block.
        "cache_control" cache_control: Option<CacheControl>,
    }

    /// An image.
    pub struct ImageBlock {
        /// Where it is.
        "source" source: Source,
        /// A cache point after this block.
        "cache_control" cache_control: Option<CacheControl>,
    }

    /// A document: PDF, plain text, or blocks.
    pub struct DocumentBlock {
        /// Where it is.
        "source" source: Source,
        /// Its title.
        "title" title: Option<String>,
        /// What the model should know about it, not to be cited.
        "context" context: Option<String>,
        /// Whether the model cites from it.
        "citations" citations: Option<CitationsConfig>,
        /// A cache point after this block.
        "cache_control" cache_control: Option<CacheControl>,
    }

    /// A search result that the request brings.
    pub struct SearchResultBlock {
        /// The URL or the name of the source.
        "source" source: String,
        /// Its title.
        "title" title: String,
        /// Its text: text blocks.
        "content" content: Vec<ContentBlock>,
        /// Whether the model cites from it.
        "citations" citations: Option<CitationsConfig>,
        /// A cache point after this block.
        "cache_control" cache_control: Option<CacheControl>,
    }

    /// A tool named in the result of a tool search.
    pub struct ToolReferenceBlock {
        /// The tool's name.
        "tool_name" tool_name: String,
        /// A cache point after this block.
        "cache_control" cache_control: Option<CacheControl>,
    }

    /// A file put into the sandbox of the code execution tool.
    pub struct ContainerUploadBlock {
        /// The file's id.
        "file_id" file_id: String,
        /// A cache point after this block.
        "cache_control" cache_control: Option<CacheControl>,
    }

    /// A summary in place of the conversation before it (beta).
    pub struct CompactionBlock {
        /// The summary.
        "content" content: Option<String>,
        /// The summary, readable only by Anthropic.
        "encrypted_content" encrypted_content: Option<String>,
        /// The proof that the service wrote it.
        "signature" signature: Option<String>,
        /// A cache point after this block.
        "cache_control" cache_control: Option<CacheControl>,
    }

    /// Another model took over from here (beta).
    pub struct FallbackBlock {
        /// The model that gave up.
        "from" from: Value,
        /// The model that answers from here on.
        "to" to: Value,
        /// Why.
        "trigger" trigger: Value,
    }
}

impl FallbackBlock {
    /// The name of the model that answers from here on.
    ///
    /// ```
    /// use bedrock_formats::anthropic::FallbackBlock;
    ///
    /// let block: FallbackBlock = serde_json::from_str(r#"{"from":{"model":"a"},"to":{"model":"b"}}"#)?;
    /// assert_eq!(block.model(), Some("b"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn model(&self) -> Option<&str> {
        self.to.as_str().or_else(|| self.to.get("model")?.as_str())
    }
}

wire_tagged! {
    /// One block of a message.
    pub enum ContentBlock {
        /// Text.
        "text" => Text(TextBlock),
        /// Reasoning.
        "thinking" => Thinking(ThinkingBlock),
        /// Encrypted reasoning.
        "redacted_thinking" => RedactedThinking(RedactedThinkingBlock),
        /// A call of one of the request's tools.
        "tool_use" => ToolUse(ToolUseBlock),
        /// The result of one of the request's tools.
        "tool_result" => ToolResult(ToolResultBlock),
        /// An image.
        "image" => Image(ImageBlock),
        /// A document.
        "document" => Document(DocumentBlock),
        /// A search result.
        "search_result" => SearchResult(SearchResultBlock),
        /// A call of one of Anthropic's tools.
        "server_tool_use" => ServerToolUse(ServerToolUseBlock),
        /// What a web search found.
        "web_search_tool_result" => WebSearchToolResult(WebSearchToolResultBlock),
        /// A page fetched.
        "web_fetch_tool_result" => WebFetchToolResult(WebFetchToolResultBlock),
        /// What a program printed.
        "code_execution_tool_result" => CodeExecutionToolResult(CodeExecutionToolResultBlock),
        /// What a shell command printed.
        "bash_code_execution_tool_result" => BashCodeExecutionToolResult(BashCodeExecutionToolResultBlock),
        /// What the text editor did.
        "text_editor_code_execution_tool_result" => TextEditorCodeExecutionToolResult(TextEditorCodeExecutionToolResultBlock),
        /// The tools that a search found.
        "tool_search_tool_result" => ToolSearchToolResult(ToolSearchToolResultBlock),
        /// What the advisor said.
        "advisor_tool_result" => AdvisorToolResult(AdvisorToolResultBlock),
        /// A tool named.
        "tool_reference" => ToolReference(ToolReferenceBlock),
        /// A file for the sandbox.
        "container_upload" => ContainerUpload(ContainerUploadBlock),
        /// A call of an MCP server's tool.
        "mcp_tool_use" => McpToolUse(McpToolUseBlock),
        /// The result of an MCP server's tool.
        "mcp_tool_result" => McpToolResult(McpToolResultBlock),
        /// A summary of what was before.
        "compaction" => Compaction(CompactionBlock),
        /// Another model took over.
        "fallback" => Fallback(FallbackBlock),
    }
}

wire_struct! {
    /// Bytes as base64.
    pub struct Base64Source {
        /// `image/png`, `image/jpeg`, `image/gif`, `image/webp` or `application/pdf`.
        "media_type" media_type: String,
        /// The bytes.
        "data" data: Blob,
    }

    /// Plain text.
    pub struct TextSource {
        /// `text/plain`.
        "media_type" media_type: String,
        /// The text.
        "data" data: String,
    }

    /// Blocks.
    pub struct ContentSource {
        /// The text, or text and image blocks.
        "content" content: TextOr<Vec<ContentBlock>>,
    }

    /// A URL; Bedrock does not fetch it.
    pub struct UrlSource {
        /// The URL.
        "url" url: String,
    }

    /// A file kept by Anthropic; not on Bedrock.
    pub struct FileSource {
        /// The file's id.
        "file_id" file_id: String,
    }

    /// A point up to which the prompt is cached: at most four a request.
    pub struct CacheControl {
        /// `ephemeral`.
        "type" kind: String,
        /// `5m`, which is the default, or `1h`, which Claude 4.5 and later take.
        "ttl" ttl: Option<String>,
    }

    /// Whether the model cites from a document.
    pub struct CitationsConfig {
        /// Whether it does.
        "enabled" enabled: Option<bool>,
    }

    /// Who calls a tool.
    pub struct Caller {
        /// `direct`, or the type of the tool whose program calls.
        "type" kind: String,
        /// The id of that tool's call.
        "tool_id" tool_id: Option<String>,
    }
}

wire_tagged! {
    /// Where an image or a document is.
    pub enum Source {
        /// Here, as base64.
        "base64" => Base64(Base64Source),
        /// Here, as text.
        "text" => Text(TextSource),
        /// Here, as blocks.
        "content" => Content(ContentSource),
        /// At a URL.
        "url" => Url(UrlSource),
        /// In Anthropic's files.
        "file" => File(FileSource),
    }
}

impl ContentBlock {
    /// A text block.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(TextBlock { text: text.into(), ..TextBlock::default() })
    }

    /// The result of one of the request's tools, as text.
    ///
    /// ```
    /// use bedrock_formats::anthropic::ContentBlock;
    ///
    /// let result = ContentBlock::tool_result("toolu_01", "7 degrees");
    /// assert_eq!(serde_json::to_value(&result)?, serde_json::json!({
    ///     "type": "tool_result", "tool_use_id": "toolu_01", "content": "7 degrees"}));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn tool_result(tool_use_id: impl Into<String>, content: impl Into<String>) -> Self {
        Self::ToolResult(ToolResultBlock::default().tool_use_id(tool_use_id.into()).content(content.into()))
    }

    /// An image from its bytes.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn image(media_type: impl Into<String>, bytes: impl AsRef<[u8]>) -> Self {
        Self::Image(ImageBlock::default().source(Source::base64(media_type, bytes)))
    }

    /// A document from its bytes: `application/pdf`.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn document(media_type: impl Into<String>, bytes: impl AsRef<[u8]>) -> Self {
        Self::Document(DocumentBlock::default().source(Source::base64(media_type, bytes)))
    }

    /// The text, where this is a text block.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(block) => Some(&block.text),
            _ => None,
        }
    }
}

impl From<&str> for ContentBlock {
    #[cfg_attr(not(debug_assertions), inline)]
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl Source {
    /// Bytes, to be sent as base64.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn base64(media_type: impl Into<String>, bytes: impl AsRef<[u8]>) -> Self {
        let source = Base64Source::default().media_type(media_type.into());
        Self::Base64(source.data(Blob::from_bytes(bytes)))
    }
}

impl CacheControl {
    /// A cache point that lives five minutes from its last use.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn ephemeral() -> Self {
        Self::default().kind("ephemeral")
    }
}
