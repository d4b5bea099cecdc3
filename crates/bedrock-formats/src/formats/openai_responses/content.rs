//! The parts of messages and of reasoning, and what is noted beside a text.
//! Not for: the items that they are parts of; see `items`.

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

wire_struct! {
    /// Text of the model.
    pub struct OutputText {
        /// The text.
        "text" text: String,
        /// Where parts of it come from.
        "annotations" annotations: Option<Vec<Annotation>>,
        /// How likely its tokens were.
        "logprobs" logprobs: Option<Vec<TokenLogprob>>,
    }

    /// A refusal of the model.
    pub struct Refusal {
        /// The text.
        "refusal" refusal: String,
    }

    /// Reasoning in the open.
    pub struct ReasoningText {
        /// The text.
        "text" text: String,
    }

    /// A part of a summary of the reasoning.
    pub struct SummaryText {
        /// The text.
        "text" text: String,
    }

    /// Text of the caller.
    pub struct InputText {
        /// The text.
        "text" text: String,
    }

    /// An image of the caller.
    pub struct InputImage {
        /// `data:…` or `s3://…`; Bedrock fetches no other.
        "image_url" image_url: Option<String>,
        /// A file kept by the service.
        "file_id" file_id: Option<String>,
        /// `auto`, `low` or `high`.
        "detail" detail: Option<String>,
    }

    /// A file of the caller.
    pub struct InputFile {
        /// A `data:` URL.
        "file_data" file_data: Option<String>,
        /// A file kept by the service.
        "file_id" file_id: Option<String>,
        /// A URL to fetch it from.
        "file_url" file_url: Option<String>,
        /// Its name.
        "filename" filename: Option<String>,
    }

    /// How likely one token was.
    pub struct TokenLogprob {
        /// The token.
        "token" token: String,
        /// The natural logarithm of its likelihood.
        "logprob" logprob: Option<f64>,
        /// Its bytes.
        "bytes" bytes: Option<Vec<u32>>,
        /// The likeliest tokens in its place.
        "top_logprobs" top_logprobs: Option<Vec<TokenLogprob>>,
    }

    /// A file of the caller.
    pub struct FileCitation {
        /// The file's id.
        "file_id" file_id: Option<String>,
        /// Its name.
        "filename" filename: Option<String>,
        /// The place in the text.
        "index" index: Option<u64>,
    }

    /// A page.
    pub struct UrlCitation {
        /// The page.
        "url" url: Option<String>,
        /// Its title.
        "title" title: Option<String>,
        /// The first character of the text that it stands behind.
        "start_index" start_index: Option<u64>,
        /// The character after the last.
        "end_index" end_index: Option<u64>,
    }

    /// A file in the sandbox of the code interpreter.
    pub struct ContainerFileCitation {
        /// The sandbox's id.
        "container_id" container_id: Option<String>,
        /// The file's id.
        "file_id" file_id: Option<String>,
        /// Its name.
        "filename" filename: Option<String>,
        /// The first character of the text that names it.
        "start_index" start_index: Option<u64>,
        /// The character after the last.
        "end_index" end_index: Option<u64>,
    }

    /// A file that was made.
    pub struct FilePath {
        /// The file's id.
        "file_id" file_id: Option<String>,
        /// The place in the text.
        "index" index: Option<u64>,
    }
}

wire_tagged! {
    /// One part of a message or of reasoning.
    pub enum ContentPart {
        /// Text of the model.
        "output_text" => OutputText(OutputText),
        /// A refusal of the model.
        "refusal" => Refusal(Refusal),
        /// Reasoning in the open.
        "reasoning_text" => ReasoningText(ReasoningText),
        /// A part of a summary of the reasoning.
        "summary_text" => SummaryText(SummaryText),
        /// Text of the caller.
        "input_text" => InputText(InputText),
        /// An image of the caller.
        "input_image" => InputImage(InputImage),
        /// A file of the caller.
        "input_file" => InputFile(InputFile),
    }

    /// Where a part of a text comes from.
    pub enum Annotation {
        /// From a file of the caller.
        "file_citation" => FileCitation(FileCitation),
        /// From a page.
        "url_citation" => UrlCitation(UrlCitation),
        /// From a file in the sandbox.
        "container_file_citation" => ContainerFileCitation(ContainerFileCitation),
        /// From a file that was made.
        "file_path" => FilePath(FilePath),
    }
}

#[codegen_at_use]
impl ContentPart {
    /// Text of the caller.
    #[must_use]
    pub fn input_text(text: impl Into<String>) -> Self {
        Self::InputText(InputText::default().text(text.into()))
    }

    /// An image of the caller, named by a `data:` or `s3:` URL.
    #[must_use]
    pub fn input_image(url: impl Into<String>) -> Self {
        Self::InputImage(InputImage::default().image_url(url.into()))
    }

    /// The part's text, of whatever kind it is.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::OutputText(part) => Some(&part.text),
            Self::Refusal(part) => Some(&part.refusal),
            Self::ReasoningText(part) => Some(&part.text),
            Self::SummaryText(part) => Some(&part.text),
            Self::InputText(part) => Some(&part.text),
            Self::Unknown(object) => object.get("text").and_then(Value::as_str),
            Self::InputImage(_) | Self::InputFile(_) => None,
        }
    }
}

#[codegen_at_use]
impl Annotation {
    /// Title and source, each where there is one.
    #[must_use]
    pub fn parts(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Self::UrlCitation(at) => (at.title.as_deref(), at.url.as_deref()),
            Self::FileCitation(at) => (at.filename.as_deref(), at.file_id.as_deref()),
            Self::ContainerFileCitation(at) => (at.filename.as_deref(), at.file_id.as_deref()),
            Self::FilePath(at) => (None, at.file_id.as_deref()),
            Self::Unknown(_) => (None, None),
        }
    }
}
