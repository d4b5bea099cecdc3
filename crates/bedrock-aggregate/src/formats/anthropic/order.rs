//! Which events of a stream of Messages belong to its message, and where.
//! Not for: taking them.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::anthropic::StreamEvent;
use bedrock_formats::invocation_metrics::HasBedrockKeys;

use super::AnthropicAggregator;
use super::leftover::is_whole;
use super::part::Part;
use crate::fold::ChunkError;

#[codegen_at_use]
impl AnthropicAggregator {
    /// Gives an event that leaves out which block it is for the next one, where a block begins, else the one that the event
    /// before it was for.
    pub(super) fn place(&mut self, chunk: &mut StreamEvent) {
        let (index, unsaid) = match chunk {
            StreamEvent::ContentBlockStart(event) => (&mut event.index, self.blocks.next_index()),
            StreamEvent::ContentBlockDelta(event) => (&mut event.index, self.touched),
            StreamEvent::ContentBlockStop(event) => (&mut event.index, self.touched),
            _ => return,
        };
        self.touched = *index.get_or_insert(unsaid);
    }

    /// Refuses what is no part of this message: the beginning of another, a whole one after the beginning, a second start of a
    /// block, a second stop reason, and what goes on after an end that was emitted, a guardrail's verdict included. A repeated
    /// stop says nothing new.
    pub(super) fn refuse_other(&mut self, chunk: &StreamEvent) -> Result<(), ChunkError> {
        let other = |why: String| Err(ChunkError::other_message(why));
        let keys = chunk.bedrock_keys();
        if self.ending.was_emitted() && (keys.guardrail_action.is_some() || keys.trace.is_some()) {
            return other("a guardrail's verdict after the end of the message".to_owned());
        }
        match chunk {
            StreamEvent::MessageStart(_)
                if self.started || self.stage.has_ended() || !self.blocks.is_empty() =>
            {
                other("a second message_start".to_owned())
            }
            StreamEvent::ContentBlockStart(event) => {
                self.stage.expect_open("content_block_start")?;
                let index = event.index.unwrap_or_default();
                if self.blocks.get(index).is_some() {
                    return other(format!("a second content_block_start of block {index}"));
                }
                Ok(())
            }
            StreamEvent::ContentBlockDelta(event) => {
                self.stage.expect_open("content_block_delta")?;
                let index = event.index.unwrap_or_default();
                match self.blocks.get(index).filter(|slot| !slot.open).map(|slot| &slot.block) {
                    // A text may go on: events and reply have it as a new block.
                    None | Some(Part::Text { .. } | Part::Thinking { .. }) => Ok(()),
                    Some(_) => other(format!("a delta of block {index}, which has ended")),
                }
            }
            StreamEvent::ContentBlockStop(event) => match self.blocks.get(event.index.unwrap_or_default()) {
                Some(slot) if slot.open => self.stage.expect_open("content_block_stop"),
                _ => Ok(()),
            },
            StreamEvent::MessageDelta(event) => {
                let (own, other) = (&self.message.stop_reason, &event.delta.stop_reason);
                if own.is_some() && other.is_some() && own != other {
                    return Err(ChunkError::other_message("a second stop_reason".to_owned()));
                }
                self.stage.expect_open("message_delta")
            }
            StreamEvent::Unknown(object)
                if (self.started || self.stage.has_ended() || !self.blocks.is_empty())
                    && is_whole(object) =>
            {
                other("a whole message after the beginning of another".to_owned())
            }
            _ => Ok(()),
        }
    }
}
