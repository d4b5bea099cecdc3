//! The content blocks of Claude's messages, the same type for what is sent and what comes back, so that an answer can
//! be sent back as it came: the union of all blocks, and those that hold blocks themselves. They name each other, so they stand
//! together.
//! Not for: blocks that hold no others; see `blocks` and `server_tools`.

use bedrock_codegen::codegen_at_use;

use super::blocks::*;
use super::server_tools::*;
use crate::wire::{Blob, OneOrMany, TextOr};

wire_struct! {
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
    /// Blocks.
    pub struct ContentSource {
        /// The text, or text and image blocks.
        "content" content: TextOr<Vec<ContentBlock>>,
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

/// The blocks that carry the result of one of Anthropic's tools, which all have one shape.
macro_rules! result_blocks {
    ($( $(#[$meta:meta])* $name:ident; )+) => {
        wire_struct! {$(
            $(#[$meta])*
            pub struct $name {
                /// The id of the call.
                "tool_use_id" tool_use_id: String,
                /// The result, or a list of results, or an error.
                "content" content: Option<OneOrMany<ServerToolContent>>,
                /// Who called the tool.
                "caller" caller: Option<Caller>,
                /// A cache point after this block.
                "cache_control" cache_control: Option<CacheControl>,
            }
        )+}
    };
}

result_blocks! {
    /// What a web search found.
    WebSearchToolResultBlock;
    /// A page that was fetched.
    WebFetchToolResultBlock;
    /// What a program printed.
    CodeExecutionToolResultBlock;
    /// What a shell command printed.
    BashCodeExecutionToolResultBlock;
    /// What the text editor of the sandbox did.
    TextEditorCodeExecutionToolResultBlock;
    /// The tools that a tool search found.
    ToolSearchToolResultBlock;
    /// What the advisor model said.
    AdvisorToolResultBlock;
}

wire_struct! {
    /// A page that was fetched.
    pub struct WebFetchResult {
        /// The page.
        "url" url: Option<String>,
        /// Its content: a document block.
        "content" content: Option<Box<ContentBlock>>,
        /// When it was fetched: RFC 3339.
        "retrieved_at" retrieved_at: Option<String>,
    }

    /// What a program printed.
    pub struct CodeExecutionResult {
        /// Its output.
        "stdout" stdout: Option<String>,
        /// Its errors.
        "stderr" stderr: Option<String>,
        /// Its exit code.
        "return_code" return_code: Option<i64>,
        /// The files that it made.
        "content" content: Option<Vec<ServerToolContent>>,
    }

    /// What a shell command printed.
    pub struct BashCodeExecutionResult {
        /// Its output.
        "stdout" stdout: Option<String>,
        /// Its errors.
        "stderr" stderr: Option<String>,
        /// Its exit code.
        "return_code" return_code: Option<i64>,
        /// The files that it made.
        "content" content: Option<Vec<ServerToolContent>>,
    }

    /// The tools that a tool search found.
    pub struct ToolSearchResult {
        /// The tools: `tool_reference` blocks.
        "tool_references" tool_references: Option<Vec<ContentBlock>>,
    }
}

wire_tagged! {
    // Results are in one recorded stream each, those of web searches in more, the older ones of
    // code execution in none. Of the errors the text editor's is recorded.
    /// The result of one of Anthropic's tools.
    pub enum ServerToolContent {
        /// A page found.
        "web_search_result" => WebSearchResult(WebSearchResult),
        /// A search failed.
        "web_search_tool_result_error" => WebSearchToolResultError(WebSearchToolResultError),
        /// A page fetched.
        "web_fetch_result" => WebFetchResult(WebFetchResult),
        /// A fetch failed.
        "web_fetch_tool_result_error" => WebFetchToolResultError(WebFetchToolResultError),
        /// A program ran.
        "code_execution_result" => CodeExecutionResult(CodeExecutionResult),
        /// A file that it made.
        "code_execution_output" => CodeExecutionOutput(CodeExecutionOutput),
        /// A program could not be run.
        "code_execution_tool_result_error" => CodeExecutionToolResultError(CodeExecutionToolResultError),
        /// A shell command ran.
        "bash_code_execution_result" => BashCodeExecutionResult(BashCodeExecutionResult),
        /// A file that it made.
        "bash_code_execution_output" => BashCodeExecutionOutput(BashCodeExecutionOutput),
        /// A shell command could not be run.
        "bash_code_execution_tool_result_error" => BashCodeExecutionToolResultError(BashCodeExecutionToolResultError),
        /// A file shown.
        "text_editor_code_execution_view_result" => TextEditorViewResult(TextEditorViewResult),
        /// A file written.
        "text_editor_code_execution_create_result" => TextEditorCreateResult(TextEditorCreateResult),
        /// A file changed.
        "text_editor_code_execution_str_replace_result" => TextEditorStrReplaceResult(TextEditorStrReplaceResult),
        /// The text editor failed.
        "text_editor_code_execution_tool_result_error" => TextEditorCodeExecutionToolResultError(TextEditorCodeExecutionToolResultError),
        /// Tools found.
        "tool_search_tool_search_result" => ToolSearchResult(ToolSearchResult),
        /// A tool search failed.
        "tool_search_tool_result_error" => ToolSearchToolResultError(ToolSearchToolResultError),
        /// The advisor spoke.
        "advisor_result" => AdvisorResult(AdvisorResult),
        /// The advisor failed.
        "advisor_tool_result_error" => AdvisorToolResultError(AdvisorToolResultError),
    }
}

#[codegen_at_use]
impl ContentBlock {
    /// A text block.
    #[must_use]
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
    pub fn tool_result(tool_use_id: impl Into<String>, content: impl Into<String>) -> Self {
        Self::ToolResult(ToolResultBlock::default().tool_use_id(tool_use_id.into()).content(content.into()))
    }

    /// An image from its bytes.
    #[must_use]
    pub fn image(media_type: impl Into<String>, bytes: impl AsRef<[u8]>) -> Self {
        Self::Image(ImageBlock::default().source(Source::base64(media_type, bytes)))
    }

    /// A document from its bytes: `application/pdf`.
    #[must_use]
    pub fn document(media_type: impl Into<String>, bytes: impl AsRef<[u8]>) -> Self {
        Self::Document(DocumentBlock::default().source(Source::base64(media_type, bytes)))
    }

    /// The text, where this is a text block.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(block) => Some(&block.text),
            _ => None,
        }
    }
}

#[codegen_at_use]
impl From<&str> for ContentBlock {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl Source {
    /// Bytes, to be sent as base64.
    #[must_use]
    pub fn base64(media_type: impl Into<String>, bytes: impl AsRef<[u8]>) -> Self {
        let source = Base64Source::default().media_type(media_type.into());
        Self::Base64(source.data(Blob::from_bytes(bytes)))
    }
}

#[codegen_at_use]
impl ServerToolContent {
    /// The error's code, where the tool failed.
    #[must_use]
    pub fn error_code(&self) -> Option<&str> {
        match self {
            Self::WebSearchToolResultError(error) => error.error_code.as_deref(),
            Self::WebFetchToolResultError(error) => error.error_code.as_deref(),
            Self::CodeExecutionToolResultError(error) => error.error_code.as_deref(),
            Self::BashCodeExecutionToolResultError(error) => error.error_code.as_deref(),
            Self::TextEditorCodeExecutionToolResultError(error) => error.error_code.as_deref(),
            Self::ToolSearchToolResultError(error) => error.error_code.as_deref(),
            Self::AdvisorToolResultError(error) => error.error_code.as_deref(),
            Self::Unknown(object) => object.get("error_code").and_then(serde_json::Value::as_str),
            _ => None,
        }
    }
}
