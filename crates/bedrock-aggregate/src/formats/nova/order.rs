//! Which events of a stream of Nova's belong to its message, and where.
//! Not for: taking them.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::invocation_metrics::HasBedrockKeys;
use bedrock_formats::nova::{Response, StreamEvent};

use super::NovaAggregator;
use crate::fold::{ChunkError, whole_in};

#[codegen_at_use]
impl NovaAggregator {
    /// Gives an event that leaves out which block it is for a new one, where a block begins, else the one that the event before
    /// it was for.
    pub(super) fn place(&mut self, chunk: &mut StreamEvent) {
        let next = self.highest.map_or(0, |highest| highest.saturating_add(1));
        let start = chunk.content_block_start.as_mut().map(|event| (&mut event.content_block_index, next));
        let delta =
            chunk.content_block_delta.as_mut().map(|event| (&mut event.content_block_index, self.touched));
        let stop =
            chunk.content_block_stop.as_mut().map(|event| (&mut event.content_block_index, self.touched));
        for (index, unsaid) in [start, delta, stop].into_iter().flatten() {
            self.touched = *index.get_or_insert(unsaid);
            self.highest = self.highest.max(Some(self.touched));
        }
    }

    /// Refuses what is no part of this message: the beginning of another, a whole answer after the beginning, a second start of a
    /// block that is open, or of a call or result that has ended, another stop reason, and what goes on after the end, a
    /// guardrail's verdict included. What is repeated says nothing new.
    pub(super) fn refuse_other(&mut self, chunk: &StreamEvent) -> Result<(), ChunkError> {
        let other = |why: String| Err(ChunkError::other_message(why));
        let begun = self.started || self.stage.has_ended() || !self.parts.is_empty();
        if chunk.message_start.is_some() && begun {
            return other("a second messageStart".to_owned());
        }
        if let Some(event) = &chunk.content_block_start {
            self.stage.expect_open("contentBlockStart")?;
            let index = event.content_block_index.unwrap_or_default();
            if self.open.contains(&index) || self.places.contains_key(&index) {
                return other(format!("a second contentBlockStart of block {index}"));
            }
        }
        if let Some(event) = &chunk.content_block_delta {
            self.stage.expect_open("contentBlockDelta")?;
            let index = event.content_block_index.unwrap_or_default();
            if self.places.contains_key(&index) && !self.open.contains(&index) {
                return other(format!("a delta of block {index}, which has ended"));
            }
        }
        // What is repeated says nothing new.
        let stopped = chunk.content_block_stop.as_ref().and_then(|event| event.content_block_index);
        if stopped.is_some_and(|index| self.open.contains(&index)) {
            self.stage.expect_open("contentBlockStop")?;
        }
        if chunk.message_stop.as_ref().is_some_and(|event| event.stop_reason != self.response.stop_reason) {
            self.stage.expect_open("messageStop")?;
        }
        let keys = chunk.bedrock_keys();
        let has_begun = self.started || self.stage.has_ended() || !self.parts.is_empty();
        if has_begun && whole_in::<Response>(&chunk.extra).is_some() {
            return other("a whole answer after the beginning of another".to_owned());
        }
        if self.ending.was_emitted() && (keys.guardrail_action.is_some() || keys.trace.is_some()) {
            return other("a guardrail's verdict after the end of the message".to_owned());
        }
        Ok(())
    }
}
