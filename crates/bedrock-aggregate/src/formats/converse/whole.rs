//! A whole answer of Converse in the place of an event: of a body that was cut short of why the model stopped, or that follows
//! a message.
//! Not for: whole answers that are known as such; the registry's row reads them.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::converse::{ConverseOutput, ConverseResponse, StopReason};
use bedrock_formats::reply::ToReply;

use super::ConverseAggregator;
use super::part::Part;
use crate::event::EventSink;
use crate::event::replay::emit_message;

#[codegen_at_use]
impl ConverseAggregator {
    /// Takes a whole answer, which nothing came before.
    pub(super) fn take_whole(&mut self, mut whole: ConverseResponse, events: &mut EventSink<'_>) {
        emit_message(&whole.to_reply(), events);
        self.started = true;
        self.ended = whole.usage.is_some();
        if whole.stop_reason != StopReason::default() {
            self.stage.end();
        }
        if let ConverseOutput::Message(message) = std::mem::take(&mut whole.output) {
            self.message = message;
        }
        for (index, block) in (0..).zip(std::mem::take(&mut self.message.content)) {
            let (slot, _) = self.blocks.get_or_open(index, Vec::new);
            slot.open = false;
            slot.block.push(Part::Whole(block));
        }
        self.chunk_unknown.take(std::mem::take(&mut whole.extra));
        self.envelope = whole;
    }
}
