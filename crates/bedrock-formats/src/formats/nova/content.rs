//! Nova's messages and their blocks, the same type for what is sent and what comes back.
//! Not for: what stands around the messages; see `request` and `response`.

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use crate::wire::Blob;

wire_struct! {
    /// One turn of the conversation; the first is the user's.
    pub struct Message {
        /// Who speaks.
        "role" role: Role,
        /// What was said.
        "content" content: Vec<ContentBlock>,
    }

    /// One block of a message: one of these keys, and beside `text` perhaps a cache point.
    pub struct ContentBlock {
        /// Text. Nova 1 writes its plan before a tool call here, between literal `<thinking>` tags.
        "text" text: Option<String>,
        /// An image.
        "image" image: Option<Media>,
        /// A video.
        "video" video: Option<Media>,
        /// A recording (Nova 2 Omni).
        "audio" audio: Option<Media>,
        /// A document; Nova 2 takes documents through Converse only.
        "document" document: Option<Document>,
        /// A call of a tool.
        "toolUse" tool_use: Option<ToolUse>,
        /// The result of a tool.
        "toolResult" tool_result: Option<ToolResult>,
        /// The model's reasoning (Nova 2).
        "reasoningContent" reasoning_content: Option<ReasoningContent>,
        /// Text with its sources (Nova 2 with `nova_grounding`).
        "citationsContent" citations_content: Option<CitationsContent>,
        /// A cache point after this block. Nova takes it beside `text` only, and no block of its own.
        "cachePoint" cache_point: Option<CachePoint>,
    }

    /// An image, a video or a recording.
    pub struct Media {
        /// Images: `png`, `jpeg`, `gif`, `webp`. Videos: `mkv`, `mov`, `mp4`, `webm`, `three_gp`, `flv`, `mpeg`, `mpg`, `wmv`.
        /// Recordings: `mp3`, `opus`, `wav`, `aac`, `flac`, `mp4`, `ogg`, `mkv`.
        "format" format: String,
        /// Where it is.
        "source" source: Source,
    }

    /// A document.
    pub struct Document {
        /// `pdf`, `csv`, `doc`, `docx`, `xls`, `xlsx`, `html`, `txt` or `md`.
        "format" format: String,
        /// Its name.
        "name" name: Option<String>,
        /// Where it is.
        "source" source: Source,
    }

    /// An object in S3.
    pub struct S3Location {
        /// `s3://…`
        "uri" uri: String,
        /// The account that owns the bucket, where it is another one.
        "bucketOwner" bucket_owner: Option<String>,
    }

    /// A call of a tool.
    pub struct ToolUse {
        /// The call's id: a UUID on InvokeModel.
        "toolUseId" tool_use_id: String,
        /// The tool's name.
        "name" name: String,
        /// The tool's input: an object.
        "input" input: Value,
        /// `server_tool_use` where the service itself runs the tool.
        "type" kind: Option<String>,
    }

    /// The result of a tool.
    pub struct ToolResult {
        /// The id of the call.
        "toolUseId" tool_use_id: String,
        /// The result.
        "content" content: Option<Vec<ToolResultContent>>,
        /// `success` or `error`.
        "status" status: Option<String>,
        /// `nova_grounding_result` or `nova_code_interpreter_result` where the service itself ran the tool.
        "type" kind: Option<String>,
    }

    /// A part of a tool's result: one of these keys.
    pub struct ToolResultContent {
        /// Text.
        "text" text: Option<String>,
        /// JSON. The code interpreter's is `{stdOut, stdErr, exitCode, isError}`.
        "json" json: Option<Value>,
        /// An image.
        "image" image: Option<Media>,
        /// A video.
        "video" video: Option<Media>,
        /// A document.
        "document" document: Option<Document>,
    }

    /// The model's reasoning.
    pub struct ReasoningContent {
        /// The text; Nova 2 puts a placeholder here.
        "reasoningText" reasoning_text: Option<ReasoningText>,
        /// Reasoning that only Amazon can read.
        "redactedContent" redacted_content: Option<Blob>,
    }

    /// The text of the model's reasoning.
    pub struct ReasoningText {
        /// The text.
        "text" text: String,
        /// The proof that the model wrote it.
        "signature" signature: Option<String>,
    }

    /// Text with its sources.
    pub struct CitationsContent {
        /// The text, in blocks of the key `text`.
        "content" content: Option<Vec<ContentBlock>>,
        /// Where it comes from.
        "citations" citations: Option<Vec<Value>>,
    }

    /// A point up to which the prompt is cached.
    pub struct CachePoint {
        /// `default`.
        "type" kind: String,
    }
}

wire_union! {
    /// Where an image, a video or a document is.
    pub enum Source {
        /// Here, as base64.
        "bytes" => Bytes(Blob),
        /// In S3.
        "s3Location" => S3Location(S3Location),
    }
}

wire_enum! {
    /// Who speaks.
    pub enum Role {
        /// The caller.
        "user" => User,
        /// The model.
        "assistant" => Assistant,
    }
}

impl Message {
    /// A turn of the user.
    #[must_use]
    pub fn user(text: impl Into<String>) -> Self {
        Self::default().role(Role::User).content(vec![ContentBlock::default().text(text.into())])
    }

    /// A turn of the model.
    #[must_use]
    pub fn assistant(text: impl Into<String>) -> Self {
        Self::default().role(Role::Assistant).content(vec![ContentBlock::default().text(text.into())])
    }
}

#[codegen_at_use]
impl From<&str> for ContentBlock {
    fn from(text: &str) -> Self {
        Self::default().text(text)
    }
}

#[codegen_at_use]
impl ToolUse {
    /// Whether the service itself runs the tool, so that the caller has nothing to do.
    #[must_use]
    pub fn is_server_side(&self) -> bool {
        self.kind.as_deref() == Some("server_tool_use")
    }
}

#[codegen_at_use]
impl CachePoint {
    /// The only kind of cache point there is.
    ///
    /// ```
    /// use bedrock_formats::nova::{CachePoint, ContentBlock};
    ///
    /// let block = ContentBlock::from("A long text").cache_point(CachePoint::standard());
    /// assert_eq!(serde_json::to_value(&block)?, serde_json::json!({
    ///     "text": "A long text", "cachePoint": {"type": "default"}}));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn standard() -> Self {
        Self::default().kind("default")
    }
}
