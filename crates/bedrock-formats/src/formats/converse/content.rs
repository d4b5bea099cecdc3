//! Parts of a message that are neither media nor tools: reasoning, cache points, search results, guarded content.
//! Not for: citations in an answer; see `citation.rs`.

use bedrock_codegen::codegen_at_use;

use super::CitationsConfig;
use crate::wire::{Blob, BlobError};

wire_enum! {
    /// The kinds of cache point.
    pub enum CachePointType {
        /// The only kind there is.
        "default" => Default,
    }
    /// How long a cached prefix lives after its last use.
    pub enum CacheTTL {
        /// Five minutes: what a cache point without a `ttl` means.
        "5m" => FiveMinutes,
        /// One hour. Claude takes it from generation 4.5 on.
        "1h" => OneHour,
    }
    /// What a guarded text is to the guardrail's grounding check.
    pub enum GuardrailConverseContentQualifier {
        /// The truth that the answer is held against.
        "grounding_source" => GroundingSource,
        /// The question that the answer is held against.
        "query" => Query,
        /// Ordinary content.
        "guard_content" => GuardContent,
    }
    /// The picture formats a guardrail can look at.
    pub enum GuardrailConverseImageFormat {
        /// PNG.
        "png" => Png,
        /// JPEG.
        "jpeg" => Jpeg,
    }
}

wire_struct! {
    /// A mark in the prompt: what stands before it may be cached.
    ///
    /// A request holds at most 4. A prefix shorter than the model's minimum (512 to 4096 tokens) is silently not cached,
    /// and a mark with a longer life may not follow one with a shorter life.
    pub struct CachePointBlock {
        /// The kind of mark.
        "type" kind: CachePointType,
        /// How long the prefix lives. A `null` or an empty text is refused by the service.
        "ttl" ttl: Option<CacheTTL>,
    }
    /// What the model thought, in words.
    pub struct ReasoningTextBlock {
        /// The words.
        "text" text: String,
        /// The model's seal on the words. Claude wants words and seal back exactly as they came; other models seal
        /// nothing, and their reasoning must not be sent back.
        "signature" signature: Option<String>,
    }
    /// A search result for the model to read.
    pub struct SearchResultBlock {
        /// Where it comes from: a URL or a name.
        "source" source: String,
        /// Its title.
        "title" title: String,
        /// Its text, in parts that can be cited one by one.
        "content" content: Vec<SearchResultContentBlock>,
        /// Whether the model is to cite it.
        "citations" citations: Option<CitationsConfig>,
    }
    /// A part of a search result.
    pub struct SearchResultContentBlock {
        /// The text.
        "text" text: String,
    }
    /// A text for the guardrail to look at.
    pub struct GuardrailConverseTextBlock {
        /// The text.
        "text" text: String,
        /// What the text is to the grounding check.
        "qualifiers" qualifiers: Option<Vec<GuardrailConverseContentQualifier>>,
    }
    /// A picture for the guardrail to look at.
    pub struct GuardrailConverseImageBlock {
        /// Its file format.
        "format" format: GuardrailConverseImageFormat,
        /// Its bytes.
        "source" source: GuardrailConverseImageSource,
    }
}

wire_union! {
    /// What the model thought before it answered.
    pub enum ReasoningContentBlock {
        /// In words.
        "reasoningText" => ReasoningText(ReasoningTextBlock),
        /// Sealed by the provider. For Claude the bytes are themselves base64 text: see
        /// [`redacted_data`](Self::redacted_data).
        "redactedContent" => RedactedContent(Blob),
    }
    /// Content that the guardrail is to look at.
    pub enum GuardrailConverseContentBlock {
        /// Text.
        "text" => Text(GuardrailConverseTextBlock),
        /// A picture.
        "image" => Image(GuardrailConverseImageBlock),
    }
    /// Where a guarded picture's bytes are.
    pub enum GuardrailConverseImageSource {
        /// Here.
        "bytes" => Bytes(Blob),
    }
}

#[codegen_at_use]
impl CachePointBlock {
    /// A cache point that lives as long as the model's default says (5 minutes).
    #[must_use]
    pub fn standard() -> Self {
        Self { kind: CachePointType::Default, ..Self::default() }
    }
}

#[codegen_at_use]
impl ReasoningContentBlock {
    /// Reasoning in words, with the model's seal where it gave one.
    #[must_use]
    pub fn text(text: impl Into<String>, signature: Option<String>) -> Self {
        Self::ReasoningText(ReasoningTextBlock {
            text: text.into(),
            signature,
            ..ReasoningTextBlock::default()
        })
    }

    /// The bytes of sealed reasoning, decoded once; `None` for reasoning in words.
    ///
    /// Claude seals into base64 text and Converse encodes that text once more, so for Claude these bytes are the string
    /// that Anthropic calls `redacted_thinking.data`.
    ///
    /// # Errors
    ///
    /// When the blob is not base64.
    pub fn redacted_data(&self) -> Option<Result<Vec<u8>, BlobError>> {
        match self {
            Self::RedactedContent(blob) => Some(blob.decode()),
            _ => None,
        }
    }
}

impl GuardrailConverseContentBlock {
    /// A text for the guardrail to look at.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(GuardrailConverseTextBlock { text: text.into(), ..GuardrailConverseTextBlock::default() })
    }
}

impl SearchResultBlock {
    /// A search result of one part, to be cited by the model.
    #[must_use]
    pub fn new(source: impl Into<String>, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            title: title.into(),
            content: vec![SearchResultContentBlock {
                text: text.into(),
                ..SearchResultContentBlock::default()
            }],
            citations: Some(CitationsConfig { enabled: true, ..CitationsConfig::default() }),
            ..Self::default()
        }
    }
}
