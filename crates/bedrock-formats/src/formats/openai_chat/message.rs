//! The messages of a chat, the same type for what is sent and what comes back.
//! Not for: the deltas of a stream; see `chunk`.

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use crate::wire::TextOr;

wire_struct! {
    /// One message: of the caller, of the model, or of a tool.
    pub struct ChatCompletionMessage {
        /// Who speaks.
        "role" role: Role,
        /// What was said: text, or parts. The model's is absent where it only called tools, or was cut while it reasoned.
        "content" content: Option<TextOr<Vec<ContentPart>>>,
        /// The model's refusal, in the place of content.
        "refusal" refusal: Option<String>,
        /// The name of the speaker, where several have one role.
        "name" name: Option<String>,
        /// The calls of tools.
        "tool_calls" tool_calls: Option<Vec<ToolCall>>,
        /// The call that this message is the result of.
        "tool_call_id" tool_call_id: Option<String>,
        /// The call of a function, in the older way.
        "function_call" function_call: Option<FunctionCall>,
        /// The model's reasoning, as vLLM, Kimi and DeepSeek name it.
        "reasoning_content" reasoning_content: Option<String>,
        /// The model's reasoning, as newer servers name it.
        "reasoning" reasoning: Option<String>,
        /// The model's reasoning in parts, some of them signed or encrypted.
        "reasoning_details" reasoning_details: Option<Vec<ReasoningDetail>>,
        /// Where the text comes from.
        "annotations" annotations: Option<Vec<Annotation>>,
        /// The answer as sound.
        "audio" audio: Option<Audio>,
    }

    /// A call of a tool, or in a stream a piece of one.
    pub struct ToolCall {
        /// Which of the message's calls this is a piece of; in streams only, and some servers leave it out.
        "index" index: Option<u64>,
        /// The call's id. Some models count from `call_0` in every turn.
        "id" id: Option<String>,
        /// `function` or `custom`.
        "type" kind: Option<String>,
        /// What is called.
        "function" function: Option<FunctionCall>,
        /// What is called, where the tool takes text.
        "custom" custom: Option<CustomCall>,
    }

    /// The call of a function, or in a stream a piece of one.
    pub struct FunctionCall {
        /// The function's name.
        "name" name: Option<String>,
        /// JSON text, or a piece of it.
        "arguments" arguments: Option<String> as json,
    }

    /// The call of a tool that takes text, or in a stream a piece of one.
    pub struct CustomCall {
        /// The tool's name.
        "name" name: Option<String>,
        /// The text, or a piece of it.
        "input" input: Option<String>,
    }

    /// The answer as sound.
    pub struct Audio {
        /// Its id.
        "id" id: Option<String>,
        /// Base64.
        "data" data: Option<String>,
        /// What is said.
        "transcript" transcript: Option<String>,
        /// Until when it can be named in a later request: seconds since 1970.
        "expires_at" expires_at: Option<u64>,
    }

    /// Text.
    pub struct TextPart {
        /// The text.
        "text" text: String,
    }

    /// An image.
    pub struct ImageUrlPart {
        /// Where it is.
        "image_url" image_url: TextOr<ImageUrl>,
    }

    /// Where an image is.
    pub struct ImageUrl {
        /// `data:…` or `s3://…`; Bedrock fetches no other.
        "url" url: String,
        /// `auto`, `low` or `high`.
        "detail" detail: Option<String>,
    }

    /// Sound.
    pub struct InputAudioPart {
        /// `{data, format}`.
        "input_audio" input_audio: Value,
    }

    /// A file.
    pub struct FilePart {
        /// `{file_id}` or `{filename, file_data}`.
        "file" file: Value,
    }

    /// A refusal.
    pub struct RefusalPart {
        /// The text.
        "refusal" refusal: String,
    }

    /// Reasoning, as Mistral's Magistral writes it.
    pub struct ThinkingPart {
        /// The text, in parts.
        "thinking" thinking: TextOr<Vec<ContentPart>>,
        /// The proof that the model wrote it.
        "signature" signature: Option<String>,
        /// Whether it is complete.
        "closed" closed: Option<bool>,
    }

    /// A page that the text comes from.
    pub struct UrlCitation {
        /// The page.
        "url" url: Option<String>,
        /// Its title.
        "title" title: Option<String>,
        /// What it says.
        "content" content: Option<String>,
        /// The first character of the text that it stands behind.
        "start_index" start_index: Option<u64>,
        /// The character after the last.
        "end_index" end_index: Option<u64>,
    }

    /// A page that the text comes from.
    pub struct UrlCitationAnnotation {
        /// The page.
        "url_citation" url_citation: UrlCitation,
    }

    /// Reasoning in the open.
    pub struct ReasoningText {
        /// The text, or a piece of it.
        "text" text: Option<String>,
        /// The proof that the model wrote it.
        "signature" signature: Option<String>,
        /// Whose format it is.
        "format" format: Option<String>,
        /// Which part this is a piece of.
        "index" index: Option<u64>,
        /// The part's id.
        "id" id: Option<String>,
    }

    /// A summary of the reasoning.
    pub struct ReasoningSummary {
        /// The text, or a piece of it.
        "summary" summary: Option<String>,
        /// Whose format it is.
        "format" format: Option<String>,
        /// Which part this is a piece of.
        "index" index: Option<u64>,
        /// The part's id.
        "id" id: Option<String>,
    }

    /// Reasoning that only the vendor can read.
    pub struct ReasoningEncrypted {
        /// The encrypted reasoning.
        "data" data: Option<String>,
        /// Whose format it is.
        "format" format: Option<String>,
        /// Which part this is a piece of.
        "index" index: Option<u64>,
        /// The part's id.
        "id" id: Option<String>,
    }
}

wire_tagged! {
    /// One part of a message's content.
    pub enum ContentPart {
        /// Text.
        "text" => Text(TextPart),
        /// An image.
        "image_url" => ImageUrl(ImageUrlPart),
        /// Sound.
        "input_audio" => InputAudio(InputAudioPart),
        /// A file.
        "file" => File(FilePart),
        /// A refusal.
        "refusal" => Refusal(RefusalPart),
        /// Reasoning.
        "thinking" => Thinking(ThinkingPart),
    }

    /// Where a text comes from.
    pub enum Annotation {
        /// From a page.
        "url_citation" => UrlCitation(UrlCitationAnnotation),
    }

    /// One part of the model's reasoning.
    pub enum ReasoningDetail {
        /// In the open.
        "reasoning.text" => Text(ReasoningText),
        /// Summarised.
        "reasoning.summary" => Summary(ReasoningSummary),
        /// Encrypted.
        "reasoning.encrypted" => Encrypted(ReasoningEncrypted),
    }
}

wire_enum! {
    /// Who speaks.
    pub enum Role {
        /// The operator.
        "system" => System,
        /// The operator, for newer models of OpenAI.
        "developer" => Developer,
        /// The caller.
        "user" => User,
        /// The model.
        "assistant" => Assistant,
        /// A tool.
        "tool" => Tool,
        /// A function, in the older way.
        "function" => Function,
    }
}

impl ChatCompletionMessage {
    /// A message of the caller: text or parts.
    #[must_use]
    pub fn user(content: impl Into<TextOr<Vec<ContentPart>>>) -> Self {
        Self::default().role(Role::User).content(content.into())
    }

    /// A message of the operator.
    #[must_use]
    pub fn system(text: impl Into<String>) -> Self {
        Self::default().role(Role::System).content(text.into())
    }

    /// A message of the model.
    #[must_use]
    pub fn assistant(text: impl Into<String>) -> Self {
        Self::default().role(Role::Assistant).content(text.into())
    }

    /// The result of a tool.
    #[must_use]
    pub fn tool(tool_call_id: impl Into<String>, result: impl Into<String>) -> Self {
        Self::default().role(Role::Tool).tool_call_id(tool_call_id.into()).content(result.into())
    }
}

#[codegen_at_use]
impl From<Vec<ContentPart>> for TextOr<Vec<ContentPart>> {
    fn from(parts: Vec<ContentPart>) -> Self {
        Self::Other(parts)
    }
}

impl ContentPart {
    /// Text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(TextPart::default().text(text.into()))
    }

    /// An image, named by a `data:` or `s3:` URL.
    #[must_use]
    pub fn image_url(url: impl Into<String>) -> Self {
        let url = TextOr::Other(ImageUrl::default().url(url.into()));
        Self::ImageUrl(ImageUrlPart::default().image_url(url))
    }
}

#[codegen_at_use]
impl ThinkingPart {
    /// The text of all parts.
    #[must_use]
    pub fn text(&self) -> String {
        match &self.thinking {
            TextOr::Text(text) => text.clone(),
            TextOr::Other(parts) => parts
                .iter()
                .filter_map(|part| match part {
                    ContentPart::Text(part) => Some(part.text.as_str()),
                    _ => None,
                })
                .collect(),
        }
    }
}
