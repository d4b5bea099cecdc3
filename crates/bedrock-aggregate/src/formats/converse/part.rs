//! What a block of ConverseStream is made of, and the block of Converse's answer that it becomes.
//! Not for: which event changes which block.

use std::borrow::Cow;

use bedrock_codegen::codegen_at_use;
use bedrock_formats::converse::{
    Citation, CitationGeneratedContent, CitationsContentBlock, CitationsDelta, ContentBlock,
    ContentBlockDelta, ImageBlock, ImageBlockDelta, ImageBlockStart, ImageSource, ReasoningContentBlock,
    ReasoningContentBlockDelta, ToolResultBlock, ToolResultBlockDelta, ToolResultBlockStart,
    ToolResultContentBlock, ToolUseBlock, ToolUseBlockStart,
};
use bedrock_formats::wire::{Blob, Extra};
use serde_json::Value;

use crate::event::{Event, EventSink, OtherBlock};
use crate::fold::growing_block::{TextPart, ThinkingPart, ToolPart, join_blobs, redacted};
use crate::fold::unknown_fields::UnknownFields;

/// Whether a delta brings nothing: no letter, no byte, no place of an image or of a citation, and no key that has a value.
#[codegen_at_use]
pub(super) fn says_nothing(delta: &ContentBlockDelta) -> bool {
    use ReasoningContentBlockDelta as Reasoning;
    match delta {
        ContentBlockDelta::Text(text) => text.is_empty(),
        ContentBlockDelta::ToolUse(delta) => delta.input.is_empty(),
        ContentBlockDelta::ToolResult(pieces) => pieces.is_empty(),
        ContentBlockDelta::ReasoningContent(Reasoning::Text(text) | Reasoning::Signature(text)) => {
            text.is_empty()
        }
        // What is no text was set aside, and unknown fields are kept beside the answer.
        ContentBlockDelta::ReasoningContent(Reasoning::Unknown(object)) => {
            let says =
                |key: &str| object.get(key).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
            !["text", "signature", "redactedContent", "data"].into_iter().any(says)
        }
        ContentBlockDelta::ReasoningContent(Reasoning::RedactedContent(blob) | Reasoning::Data(blob)) => {
            blob.as_base64().is_empty()
        }
        ContentBlockDelta::Citation(citation) => *citation == CitationsDelta::default(),
        ContentBlockDelta::Image(image) => {
            !has_source(image) && image.error.is_none() && image.extra.values().all(Value::is_null)
        }
        ContentBlockDelta::Unknown(object) => object.values().all(Value::is_null),
        _ => false,
    }
}

/// Whether a piece of an image says where the image is; `{}` does not.
#[codegen_at_use]
pub(super) fn has_source(image: &ImageBlockDelta) -> bool {
    image.source.as_ref().is_some_and(|source| *source != ImageSource::default())
}

/// The delta that a member of one is by itself, if it is of a kind that is known.
#[codegen_at_use]
pub(super) fn known_delta(key: &str, value: &Value) -> Option<ContentBlockDelta> {
    let one = serde_json::json!({key: value});
    let delta = serde_json::from_value::<ContentBlockDelta>(one).ok()?;
    Some(delta).filter(|delta| !matches!(delta, ContentBlockDelta::Unknown(_)))
}

/// What a block holds. A block is one of these; should a delta of another kind follow, it is a further one.
#[derive(Debug, Clone)]
pub(super) enum Part {
    Text {
        text: TextPart,
        citations: Vec<Citation>,
    },
    Thinking(ThinkingPart),
    Redacted(Vec<Blob>),
    ToolUse {
        start: ToolUseBlockStart,
        call: ToolPart,
    },
    ToolResult {
        start: ToolResultBlockStart,
        content: Vec<ToolResultContentBlock>,
    },
    Image {
        start: ImageBlockStart,
        delta: ImageBlockDelta,
        /// Unknown fields of its deltas.
        pieces: UnknownFields,
    },
    /// A block that came whole.
    Whole(ContentBlock),
    /// A start and deltas of a kind that is not known.
    Unknown {
        start: Extra,
        deltas: Vec<Value>,
    },
}

#[codegen_at_use]
impl Part {
    /// Emits its end, and what is emitted only then. To be called once.
    pub(super) fn end(&mut self, index: u64, events: &mut EventSink<'_>) {
        let emitted = match self {
            Self::Text { text, .. } => return text.end(index, events),
            Self::Thinking(thinking) => return thinking.end(index, events),
            Self::Redacted(pieces) => return redacted(index, join_blobs(pieces).as_base64(), events),
            Self::ToolUse { call, .. } => call.end(index, events),
            _ => false,
        };
        if !emitted {
            events.emit(|| {
                let block = Cow::Owned(serde_json::to_value(self.block()).unwrap_or(Value::Null));
                Event::Block(OtherBlock { index, block })
            });
        }
    }

    /// The part as a block of Converse's answer.
    pub(super) fn block(&self) -> ContentBlock {
        match self {
            Self::Text { text, citations } if citations.is_empty() => ContentBlock::Text(text.text.clone()),
            // A block of citations alone has no text: Nova grounds its answers so.
            Self::Text { text, citations } => {
                let text = Some(text.text.clone()).filter(|text| !text.is_empty());
                cited(text.into_iter().collect(), citations.clone())
            }
            Self::Thinking(part) => ContentBlock::ReasoningContent(ReasoningContentBlock::text(
                part.text.clone(),
                part.signature.clone(),
            )),
            Self::Redacted(pieces) => {
                ContentBlock::ReasoningContent(ReasoningContentBlock::RedactedContent(join_blobs(pieces)))
            }
            Self::ToolUse { start, call } => {
                let mut block = ToolUseBlock::default();
                block.tool_use_id.clone_from(&start.tool_use_id);
                block.name.clone_from(&start.name);
                block.kind.clone_from(&start.kind);
                block.input = call.input();
                block.extra.clone_from(&start.extra);
                ContentBlock::ToolUse(block)
            }
            Self::ToolResult { start, content } => {
                let mut block = ToolResultBlock::default();
                block.tool_use_id.clone_from(&start.tool_use_id);
                block.kind.clone_from(&start.kind);
                block.status.clone_from(&start.status);
                block.content.clone_from(content);
                block.extra.clone_from(&start.extra);
                ContentBlock::ToolResult(block)
            }
            Self::Image { start, delta, pieces } => {
                let mut block = ImageBlock::default();
                block.format.clone_from(&start.format);
                block.source = delta.source.clone().unwrap_or_default();
                block.error.clone_from(&delta.error);
                block.extra.extend(start.extra.clone());
                block.extra.extend(pieces.settled());
                ContentBlock::Image(block)
            }
            Self::Whole(block) => block.clone(),
            Self::Unknown { start, deltas } => {
                let mut object = start.clone();
                if !deltas.is_empty() {
                    object.insert("deltas".to_owned(), Value::Array(deltas.clone()));
                }
                ContentBlock::Unknown(object)
            }
        }
    }
}

#[codegen_at_use]
fn cited(texts: Vec<String>, citations: Vec<Citation>) -> ContentBlock {
    let mut block = CitationsContentBlock::default();
    block.content = Some(texts.into_iter().map(CitationGeneratedContent::Text).collect());
    block.citations = Some(citations);
    ContentBlock::CitationsContent(block)
}

/// Appends a piece of a tool's result; a text goes on with the text before it.
#[codegen_at_use]
pub(super) fn append_result(content: &mut Vec<ToolResultContentBlock>, piece: ToolResultBlockDelta) {
    match (piece, content.last_mut()) {
        // A guess: the one recorded result (test_bedrock_model_code_execution_tool_stream) is JSON.
        (ToolResultBlockDelta::Text(more), Some(ToolResultContentBlock::Text(text))) => text.push_str(&more),
        (ToolResultBlockDelta::Text(text), _) => content.push(ToolResultContentBlock::Text(text)),
        (ToolResultBlockDelta::Json(value), _) => content.push(ToolResultContentBlock::Json(value)),
        (ToolResultBlockDelta::Unknown(object), _) => content.push(ToolResultContentBlock::Unknown(object)),
        (other, _) => {
            content.push(ToolResultContentBlock::Json(serde_json::to_value(&other).unwrap_or(Value::Null)))
        }
    }
}

/// The streamed citation has the same members as the whole one, under types of their own.
#[codegen_at_use]
pub(super) fn as_citation(delta: CitationsDelta) -> Citation {
    let mut citation = Citation::default();
    citation.title = delta.title;
    citation.source = delta.source;
    // The pieces are written as the whole ones are, under a type of their own.
    let whole = |piece| serde_json::to_value(piece).and_then(serde_json::from_value).unwrap_or_default();
    citation.source_content = delta.source_content.map(|pieces| pieces.into_iter().map(whole).collect());
    citation.location = delta.location;
    citation.extra = delta.extra;
    citation
}
