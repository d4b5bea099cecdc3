//! The blocks of a choice as they are emitted, one after another.
//! Not for: keeping what they say; see [`ContentBuilder`](super::content::ContentBuilder).

use std::borrow::Cow;

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use crate::event::{
    BlockEnd, BlockStart, Event, EventSink, OtherBlock, TextDelta, ThinkingEnd, ThinkingStart,
};
use crate::fold::inline_reasoning::Said;

/// The blocks that have been emitted.
#[derive(Debug, Clone, Default)]
pub(super) struct BlockEmitter {
    /// The block of text or reasoning that goes on.
    pub(super) open: Option<(Said, u64)>,
    pub(super) next: u64,
    /// The latest block of text, and that of the refusal.
    pub(super) text: Option<u64>,
    pub(super) refusal: Option<u64>,
    /// For the end of the block of reasoning.
    pub(super) signature: Option<String>,
}

#[codegen_at_use]
impl BlockEmitter {
    /// Emits a piece of text or reasoning, and first the start of a block where none of its kind is open.
    #[inline]
    pub(super) fn delta(&mut self, said: Said, text: &str, events: &mut EventSink<'_>) {
        if text.is_empty() {
            return;
        }
        let index = match self.open {
            Some((open, index)) if open == said => index,
            _ => self.start(said, events),
        };
        let delta = TextDelta { index, text: Cow::Borrowed(text) };
        events.emit(|| match said {
            Said::Text | Said::Refusal => Event::TextDelta(delta),
            Said::Reasoning => Event::ThinkingDelta(delta),
        });
    }

    pub(super) fn start(&mut self, said: Said, events: &mut EventSink<'_>) -> u64 {
        // A refusal and the text beside it stand in a member each, however they alternate: each goes on in a block of its own.
        let known = match said {
            Said::Refusal => self.refusal,
            Said::Text => self.text.filter(|_| self.refusal.is_some()),
            Said::Reasoning => None,
        };
        let index = match known {
            Some(index) => {
                self.close(events);
                index
            }
            None => self.begin(events),
        };
        match said {
            Said::Refusal => self.refusal = Some(index),
            Said::Text => self.text = Some(index),
            Said::Reasoning => {}
        }
        self.open = Some((said, index));
        events.emit(|| match said {
            Said::Text | Said::Refusal => Event::TextStart(BlockStart { index }),
            Said::Reasoning => Event::ThinkingStart(ThinkingStart { index, redacted: false }),
        });
        index
    }

    pub(super) fn sign(&mut self, signature: &str, events: &mut EventSink<'_>) {
        if !matches!(self.open, Some((Said::Reasoning, _))) {
            self.start(Said::Reasoning, events);
        }
        self.signature = Some(signature.to_owned());
    }

    pub(super) fn block(&mut self, block: &Value, events: &mut EventSink<'_>) {
        let index = self.begin(events);
        events.emit(|| Event::Block(OtherBlock { index, block: Cow::Borrowed(block) }));
    }

    /// Ends the block that goes on; gives the index of the one that begins.
    pub(super) fn begin(&mut self, events: &mut EventSink<'_>) -> u64 {
        self.close(events);
        self.next += 1;
        self.next - 1
    }

    pub(super) fn close(&mut self, events: &mut EventSink<'_>) {
        // Taken whatever is open: it must not end up with a later block.
        let signature = self.signature.take();
        match self.open.take() {
            Some((Said::Text | Said::Refusal, index)) => {
                events.emit(|| Event::TextEnd(BlockEnd { index }));
            }
            Some((Said::Reasoning, index)) => events.emit(|| {
                Event::ThinkingEnd(ThinkingEnd {
                    index,
                    signature: signature.map(Cow::Owned),
                    redacted_data: None,
                })
            }),
            None => {}
        }
    }
}
