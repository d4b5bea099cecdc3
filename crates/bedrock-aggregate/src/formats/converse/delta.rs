//! What the deltas of a block of ConverseStream become: its parts.
//! Not for: what a part is and emits; see `part`.

use std::borrow::Cow;

use bedrock_codegen::codegen_at_use;
use bedrock_formats::converse::{
    CitationsDelta, ContentBlockDelta, ImageBlockDelta, ImageBlockStart, ReasoningContentBlockDelta,
    ToolResultBlockStart, ToolUseBlockStart,
};
use bedrock_formats::wire::Extra;
use serde_json::Value;

use super::ConverseAggregator;
use super::part::{self, Part, append_result, as_citation};
use crate::event::{Cited, Event, EventSink};
use crate::fold::growing_block::{Piece, TextPart, ThinkingPart, ToolPart};
use crate::fold::unknown_fields::{Leftover, UnknownFields, supersede};

#[codegen_at_use]
impl ConverseAggregator {
    pub(super) fn block_delta(&mut self, index: u64, delta: ContentBlockDelta, events: &mut EventSink<'_>) {
        let delta = match delta {
            ContentBlockDelta::Unknown(_) => delta.resolved().into_owned(),
            known => known,
        };
        if part::says_nothing(&delta) && !self.goes_on(index, &delta) {
            // It may say that there is a block, and not of which kind.
            self.blocks.get_or_open(index, Vec::new);
            return;
        }
        match delta {
            ContentBlockDelta::Text(piece) => {
                if let Part::Text { text, .. } = self.text_part(index, events) {
                    text.push(index, Piece::Plain(&piece), events);
                }
            }
            ContentBlockDelta::Citation(delta) => self.cite(index, delta, events),
            ContentBlockDelta::ToolUse(delta) => {
                let make = |events: &mut EventSink<'_>| Part::ToolUse {
                    start: ToolUseBlockStart::default(),
                    call: ToolPart::start(index, "", "", events),
                };
                if let Part::ToolUse { call, .. } =
                    self.part(index, |p| matches!(p, Part::ToolUse { .. }), make, events)
                {
                    call.push(index, Piece::Plain(&delta.input), events);
                }
            }
            ContentBlockDelta::ReasoningContent(delta) => self.reason(index, delta, events),
            ContentBlockDelta::ToolResult(pieces) => {
                let make = |_: &mut EventSink<'_>| Part::ToolResult {
                    start: ToolResultBlockStart::default(),
                    content: Vec::new(),
                };
                let part = self.part(index, |part| matches!(part, Part::ToolResult { .. }), make, events);
                if let Part::ToolResult { content, .. } = part {
                    pieces.into_iter().for_each(|piece| append_result(content, piece));
                }
            }
            ContentBlockDelta::Image(piece) => self.image(index, piece, events),
            ContentBlockDelta::Unknown(object) => self.unknown_delta(index, object, events),
            _ => {}
        }
    }

    fn image(&mut self, index: u64, piece: ImageBlockDelta, events: &mut EventSink<'_>) {
        let make = |_: &mut EventSink<'_>| Part::Image {
            start: ImageBlockStart::default(),
            delta: ImageBlockDelta::default(),
            pieces: UnknownFields::default(),
        };
        let mut left = Leftover::default();
        let source = if part::has_source(&piece) { piece.source } else { None };
        if let Part::Image { delta, pieces, .. } =
            self.part(index, |part| matches!(part, Part::Image { .. }), make, events)
        {
            let at = |name| ["contentBlockDelta", "delta", "image", name];
            supersede(&mut delta.source, source, &at("source"), &mut left);
            supersede(&mut delta.error, piece.error, &at("error"), &mut left);
            pieces.take(piece.extra);
        }
        self.keep_left(left, events);
    }

    /// Takes a delta of no kind that is known, or of several at once: each of those is taken by itself. What is left is a block of
    /// its own, unless it came in one: it would be unclear what that block is after it.
    fn unknown_delta(&mut self, index: u64, object: Extra, events: &mut EventSink<'_>) {
        let mut left = Extra::new();
        for (key, value) in object {
            match part::known_delta(&key, &value) {
                Some(delta) => self.block_delta(index, delta, events),
                None => drop(left.insert(key, value)),
            }
        }
        if left.is_empty() {
            return;
        }
        let is_in_block = self
            .blocks
            .get(index)
            .is_some_and(|slot| slot.block.last().is_some_and(|part| !matches!(part, Part::Unknown { .. })));
        if is_in_block {
            let mut members = Leftover::default();
            members
                .put(&["contentBlockDelta"], std::iter::once(("contentBlockIndex".to_owned(), index.into())));
            members.put(&["contentBlockDelta", "delta"], left.into_iter());
            return self.keep_left(members, events);
        }
        let make = |_: &mut EventSink<'_>| Part::Unknown { start: Extra::new(), deltas: Vec::new() };
        let part = self.part(index, |part| matches!(part, Part::Unknown { .. }), make, events);
        if let Part::Unknown { deltas, .. } = part {
            deltas.push(left.into());
        }
    }

    /// Whether the last part of a block is of this delta's kind.
    fn goes_on(&mut self, index: u64, delta: &ContentBlockDelta) -> bool {
        let Some(last) = self.blocks.get(index).filter(|slot| slot.open).and_then(|slot| slot.block.last())
        else {
            return false;
        };
        matches!(
            (delta, last),
            (ContentBlockDelta::Text(_), Part::Text { .. })
                | (ContentBlockDelta::ToolUse(_), Part::ToolUse { .. })
                | (ContentBlockDelta::ReasoningContent(_), Part::Thinking(_))
        )
    }

    fn text_part(&mut self, index: u64, events: &mut EventSink<'_>) -> &mut Part {
        let make = |_: &mut EventSink<'_>| Part::Text { text: TextPart::default(), citations: Vec::new() };
        self.part(index, |part| matches!(part, Part::Text { .. }), make, events)
    }

    fn cite(&mut self, index: u64, delta: CitationsDelta, events: &mut EventSink<'_>) {
        let citation = as_citation(delta);
        // Claude's citations come before the text that they are of, in its block.
        if let Part::Text { citations, .. } = self.text_part(index, events) {
            events.emit(|| {
                let citation = Cow::Owned(serde_json::to_value(&citation).unwrap_or(Value::Null));
                Event::Citation(Cited { index, citation })
            });
            citations.push(citation);
        }
    }

    fn reason(&mut self, index: u64, delta: ReasoningContentBlockDelta, events: &mut EventSink<'_>) {
        let delta = match delta {
            ReasoningContentBlockDelta::Unknown(_) => delta.resolved().into_owned(),
            known => known,
        };
        let blob = match delta {
            ReasoningContentBlockDelta::RedactedContent(blob) | ReasoningContentBlockDelta::Data(blob) => {
                blob
            }
            delta => {
                let make = |_: &mut EventSink<'_>| Part::Thinking(ThinkingPart::default());
                let part = self.part(index, |part| matches!(part, Part::Thinking(_)), make, events);
                let Part::Thinking(thinking) = part else { return };
                match delta {
                    ReasoningContentBlockDelta::Text(text) => {
                        thinking.push(index, Piece::Plain(&text), events);
                    }
                    ReasoningContentBlockDelta::Signature(signature) => {
                        thinking.sign(index, signature, events)
                    }
                    // Several at once.
                    ReasoningContentBlockDelta::Unknown(object) => {
                        let text = |key: &str| object.get(key).and_then(Value::as_str);
                        thinking.push(index, Piece::Plain(text("text").unwrap_or_default()), events);
                        thinking.sign(index, text("signature").unwrap_or_default().to_owned(), events);
                    }
                    _ => {}
                }
                return;
            }
        };
        let make = |_: &mut EventSink<'_>| Part::Redacted(Vec::new());
        let part = self.part(index, |part| matches!(part, Part::Redacted(_)), make, events);
        if let Part::Redacted(pieces) = part {
            pieces.push(blob);
        }
    }
}
