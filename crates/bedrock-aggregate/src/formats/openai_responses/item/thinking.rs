//! The events emitted for an item's reasoning, or of its summary.
//! Not for: the parts that it is made of; those the item keeps.

use std::borrow::Cow;

use bedrock_codegen::codegen_at_use;

use crate::event::{Event, EventSink, TextDelta, ThinkingEnd, ThinkingStart};

/// The block in which reasoning, or its summary, is emitted.
#[derive(Debug, Clone, Default)]
pub(super) struct Thinking {
    block: Option<u64>,
    ended: bool,
    /// The part emitted last: those of a summary are paragraphs.
    part: Option<u64>,
}

#[codegen_at_use]
impl Thinking {
    pub(super) fn say(
        &mut self,
        part: u64,
        between: &'static str,
        text: &str,
        next: &mut u64,
        events: &mut EventSink<'_>,
    ) {
        if self.ended {
            return;
        }
        let begun = self.block.is_some();
        let index = *self.block.get_or_insert_with(|| {
            *next += 1;
            *next - 1
        });
        if !begun {
            events.emit(|| Event::ThinkingStart(ThinkingStart { index, redacted: false }));
        }
        let other_part = self.part.replace(part).is_some_and(|last| last != part);
        if other_part && !between.is_empty() {
            events.emit(|| Event::ThinkingDelta(TextDelta { index, text: Cow::Borrowed(between) }));
        }
        events.emit(|| Event::ThinkingDelta(TextDelta { index, text: Cow::Borrowed(text) }));
    }

    pub(super) fn end(&mut self, events: &mut EventSink<'_>) {
        let ended = std::mem::replace(&mut self.ended, true);
        if let Some(index) = self.block.filter(|_| !ended) {
            events.emit(|| Event::ThinkingEnd(ThinkingEnd { index, ..ThinkingEnd::default() }));
        }
    }
}
