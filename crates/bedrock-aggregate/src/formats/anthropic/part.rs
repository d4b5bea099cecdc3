//! What a block of Anthropic's stream is made of, and the block of the message that it becomes.
//! Not for: which event changes which block.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::anthropic::{ContentBlock, ContentBlockDelta, TextBlock, ThinkingBlock, ToolUseBlock};
use serde_json::json;

use crate::event::EventSink;
use crate::fold::growing_block::{TextPart, ThinkingPart, ToolPart};

/// A block: as it started, and what was added to it.
#[derive(Debug, Clone)]
pub(super) enum Part {
    Text {
        start: TextBlock,
        text: TextPart,
    },
    Thinking {
        start: ThinkingBlock,
        part: ThinkingPart,
    },
    /// Any of the three kinds of calls.
    Call {
        start: ContentBlock,
        call: ToolPart,
    },
    Other(ContentBlock),
}

#[codegen_at_use]
impl Part {
    /// The block that a delta without a start opens.
    pub(super) fn for_delta(index: u64, delta: &ContentBlockDelta, events: &mut EventSink<'_>) -> Self {
        match delta {
            ContentBlockDelta::TextDelta(_) | ContentBlockDelta::CitationsDelta(_) => {
                Self::Text { start: TextBlock::default(), text: TextPart::default() }
            }
            ContentBlockDelta::ThinkingDelta(_) | ContentBlockDelta::SignatureDelta(_) => {
                Self::Thinking { start: ThinkingBlock::default(), part: ThinkingPart::default() }
            }
            ContentBlockDelta::InputJsonDelta(_) => Self::Call {
                // An input that is left out would be refused when the message is sent back.
                start: ContentBlock::ToolUse(ToolUseBlock::default().input(json!({}))),
                call: ToolPart::start(index, "", "", events),
            },
            _ => Self::Other(ContentBlock::default()),
        }
    }

    /// The block so far.
    pub(super) fn whole(&self) -> ContentBlock {
        match self {
            Self::Text { start, text } => {
                let mut block = start.clone();
                block.text.clone_from(&text.text);
                ContentBlock::Text(block)
            }
            Self::Thinking { start, part } => {
                let mut block = start.clone();
                block.thinking.clone_from(&part.text);
                block.signature = part.signature.clone().or(block.signature);
                ContentBlock::Thinking(block)
            }
            Self::Call { start, call } => {
                let mut block = start.clone();
                // Without a fragment the input that the block began with stands, which is `{}` nearly always.
                if call.has_pieces() {
                    let input = call.input();
                    match &mut block {
                        ContentBlock::ToolUse(block) => block.input = input,
                        ContentBlock::ServerToolUse(block) => block.input = input,
                        ContentBlock::McpToolUse(block) => block.input = input,
                        _ => {}
                    }
                }
                block
            }
            Self::Other(block) => block.clone(),
        }
    }
}
