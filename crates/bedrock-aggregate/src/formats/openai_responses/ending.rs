//! How a response ends: its last event brings it whole.
//! Not for: whether that agrees with what came before; see `order`.

use std::collections::HashSet;

use bedrock_codegen::codegen_at_use;
use bedrock_formats::openai_responses::{ErrorEvent, Item, Response, ResponseError};
use bedrock_formats::reply::ToReply;

use super::item::ItemBuilder;
use super::{OpenAiResponsesAggregator, exception};
use crate::event::{Event, EventSink, UsageUpdate};
use crate::fold::ChunkError;
use crate::fold::choices::ending::emit_stop;

#[codegen_at_use]
impl OpenAiResponsesAggregator {
    /// Takes the response as the service says it is at the end.
    pub(super) fn ended(&mut self, mut response: Response, events: &mut EventSink<'_>) {
        self.start(events);
        let mut sent = response.output.take();
        let output = sent.as_deref_mut().unwrap_or_default();
        let matched = self.matched(output);
        for (index, item) in matched.iter().copied().zip(&mut *output) {
            // Before items are ended: what the last event adds is still theirs.
            self.emit_at_end(index, item, events);
            match index.and_then(|index| self.items.find(index)) {
                Some(known) if known.is_left_out(item) => *item = known.whole(),
                Some(known) => known.name(item),
                None => {}
            }
        }
        // Some services leave the items out of their last word.
        // 20 of the 147 recorded ones, as those of ChatGPT's own endpoint (chatgpt.*).
        let known = !output.is_empty() || self.items.is_empty();
        let matched: HashSet<_> = matched.into_iter().flatten().collect();
        for slot in self.items.iter_mut() {
            slot.block.end(!known || matched.contains(&slot.index), &mut self.next, events);
        }
        response.output = if known { sent } else { None };
        self.envelope = response;
        self.has_ended = true;
        self.stage.end();
        self.learned.forget();
        if events.is_enabled() {
            emit_stop(&self.whole().to_reply(), events);
        }
        if let Some(usage) = &self.envelope.usage {
            events.emit(|| Event::Usage(UsageUpdate { usage: usage.to_reply() }));
        }
    }

    /// Emits an item of the terminal response that was not emitted before, and the rest of one that was not emitted whole.
    pub(super) fn emit_at_end(&mut self, index: Option<u64>, item: &Item, events: &mut EventSink<'_>) {
        match index.and_then(|index| self.items.get(index)) {
            Some(slot) if slot.block.done && !slot.block.is_said_by(item) => {}
            Some(slot) => slot.block.complete(item.clone(), &mut self.next, events),
            None => ItemBuilder::default().complete(item.clone(), &mut self.next, events),
        }
    }

    /// Takes an error that comes as an event.
    pub(super) fn error(event: ErrorEvent) -> Result<(), ChunkError> {
        let known = event.error.unwrap_or_else(|| {
            ResponseError::default().code(event.code).message(event.message).param(event.param)
        });
        let mut error = exception(Some(&known));
        error.original_status_code = event.status;
        Err(ChunkError::Exception(error))
    }
}
