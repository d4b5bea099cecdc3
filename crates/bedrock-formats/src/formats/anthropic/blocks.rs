//! Content blocks that hold no other blocks, and what these and other blocks consist of.
//! Not for: results, documents and the union of all blocks; see `content`.

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use crate::wire::Blob;

use super::TextCitation;

// Anthropic's SDK. `fallback` and `container_upload` are in no recorded stream.
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

#[codegen_at_use]
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
    pub fn model(&self) -> Option<&str> {
        self.to.as_str().or_else(|| self.to.get("model")?.as_str())
    }
}

#[codegen_at_use]
impl CacheControl {
    /// A cache point that lives five minutes from its last use.
    #[must_use]
    pub fn ephemeral() -> Self {
        Self::default().kind("ephemeral")
    }
}
