//! What a block of Nova's stream is made of, and the block of its answer that it becomes.
//! Not for: which event changes which block.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::nova::{
    CitationsContent, ContentBlock, ReasoningContent, ReasoningText, ToolResult, ToolResultContent,
    ToolResultStart, ToolUse, ToolUseStart,
};
use bedrock_formats::wire::{Blob, Extra};
use serde_json::Value;

use crate::fold::growing_block::{TextPart, ThinkingPart, ToolPart, join_blobs};

/// A block of the message. Calls and results belong to an index on the wire; the others are merged across indexes.
#[derive(Debug, Clone)]
pub(super) enum Part {
    Text {
        text: TextPart,
        citations: Vec<Value>,
    },
    Thinking(ThinkingPart),
    Redacted(Vec<Blob>),
    ToolUse {
        start: ToolUseStart,
        call: ToolPart,
    },
    ToolResult {
        start: ToolResultStart,
        content: Vec<ToolResultContent>,
    },
    /// A block that came whole.
    Whole(Box<ContentBlock>),
    /// A start or deltas of a kind that is not known.
    Unknown {
        raw: Extra,
    },
}

#[codegen_at_use]
impl Part {
    /// The part as a block of Nova's response.
    pub(super) fn block(&self) -> ContentBlock {
        let mut block = ContentBlock::default();
        match self {
            Self::Text { text, citations } if citations.is_empty() => block.text = Some(text.text.clone()),
            Self::Text { text, citations } => {
                let mut cited = CitationsContent::default();
                let text = (!text.text.is_empty()).then(|| ContentBlock::from(text.text.as_str()));
                cited.content = Some(text.into_iter().collect());
                cited.citations = Some(citations.clone());
                block.citations_content = Some(cited);
            }
            Self::Thinking(part) => {
                let mut text = ReasoningText::default();
                text.text.clone_from(&part.text);
                text.signature.clone_from(&part.signature);
                block.reasoning_content = Some(ReasoningContent::default().reasoning_text(text));
            }
            Self::Redacted(pieces) => {
                block.reasoning_content =
                    Some(ReasoningContent::default().redacted_content(join_blobs(pieces)));
            }
            Self::ToolUse { start, call, .. } => {
                let mut tool_use = ToolUse::default();
                tool_use.tool_use_id.clone_from(&start.tool_use_id);
                tool_use.name.clone_from(&start.name);
                tool_use.kind.clone_from(&start.kind);
                tool_use.input = call.input();
                tool_use.extra.clone_from(&start.extra);
                block.tool_use = Some(tool_use);
            }
            Self::ToolResult { start, content, .. } => {
                let mut result = ToolResult::default();
                result.tool_use_id.clone_from(&start.tool_use_id);
                result.kind.clone_from(&start.kind);
                result.status.clone_from(&start.status);
                result.content = Some(content.clone());
                result.extra.clone_from(&start.extra);
                block.tool_result = Some(result);
            }
            Self::Whole(whole) => return (**whole).clone(),
            Self::Unknown { raw, .. } => block.extra.clone_from(raw),
        }
        block
    }
}

/// Appends a piece of a tool's result; a text goes on with the text before it.
#[codegen_at_use]
pub(super) fn append_result(content: &mut Vec<ToolResultContent>, piece: &ToolResultContent) {
    // A guess: no stream from InvokeModel with a result is recorded.
    let last = content.last_mut().and_then(|last| last.text.as_mut());
    match (last, &piece.text) {
        (Some(text), Some(more)) => text.push_str(more),
        _ => content.push(piece.clone()),
    }
}
