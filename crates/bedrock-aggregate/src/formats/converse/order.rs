//! Which block an event of ConverseStream is for, and whether it is a part of the message at all.
//! Not for: what becomes of an event that is.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::converse::{ConverseResponse, ConverseStreamOutput};

use super::ConverseAggregator;
use super::part::Part;
use crate::fold::{ChunkError, whole_in};

#[codegen_at_use]
impl ConverseAggregator {
    /// Gives an event that leaves out which block it is for the next one, where a block begins, else the one that the event
    /// before it was for.
    pub(super) fn place(&mut self, chunk: &mut ConverseStreamOutput) {
        let (index, unsaid) = match chunk {
            ConverseStreamOutput::ContentBlockStart(event) => {
                (&mut event.content_block_index, self.blocks.next_index())
            }
            ConverseStreamOutput::ContentBlockDelta(event) => (&mut event.content_block_index, self.touched),
            ConverseStreamOutput::ContentBlockStop(event) => (&mut event.content_block_index, self.touched),
            _ => return,
        };
        self.touched = *index.get_or_insert(unsaid);
    }

    /// Refuses what is no part of this message: the beginning of another, a whole answer after the beginning, a second start of a
    /// block, another stop reason, and what goes on after an end that was emitted. A repeated stop says nothing new.
    pub(super) fn refuse_other(&mut self, chunk: &ConverseStreamOutput) -> Result<(), ChunkError> {
        let other = |why: String| Err(ChunkError::other_message(why));
        match chunk {
            ConverseStreamOutput::MessageStart(_)
                if self.started || self.stage.has_ended() || !self.blocks.is_empty() =>
            {
                other("a second messageStart".to_owned())
            }
            ConverseStreamOutput::ContentBlockStart(event) => {
                self.stage.expect_open("contentBlockStart")?;
                let index = event.content_block_index.unwrap_or_default();
                if self.blocks.get(index).is_some() {
                    return other(format!("a second contentBlockStart of block {index}"));
                }
                Ok(())
            }
            ConverseStreamOutput::ContentBlockDelta(event) => {
                self.stage.expect_open("contentBlockDelta")?;
                let index = event.content_block_index.unwrap_or_default();
                let ended = self.blocks.get(index).filter(|slot| !slot.open);
                match ended.and_then(|slot| slot.block.last()) {
                    // A text may go on: events and reply have it as a new block.
                    None | Some(Part::Text { .. } | Part::Thinking(_)) => Ok(()),
                    Some(_) => other(format!("a delta of block {index}, which has ended")),
                }
            }
            ConverseStreamOutput::ContentBlockStop(event) => {
                match self.blocks.get(event.content_block_index.unwrap_or_default()) {
                    Some(slot) if slot.open => self.stage.expect_open("contentBlockStop"),
                    _ => Ok(()),
                }
            }
            // Repeated, it says nothing new.
            ConverseStreamOutput::MessageStop(event) if event.stop_reason == self.envelope.stop_reason => {
                Ok(())
            }
            ConverseStreamOutput::MessageStop(_) => self.stage.expect_open("messageStop"),
            ConverseStreamOutput::Unknown(object)
                if (self.started || self.stage.has_ended() || !self.blocks.is_empty())
                    && whole_in::<ConverseResponse>(object).is_some() =>
            {
                other("a whole answer after the beginning of another".to_owned())
            }
            _ => Ok(()),
        }
    }
}
