//! What the deltas of Nova's blocks bring.
//! Not for: where blocks begin and end.

use std::borrow::Cow;

use bedrock_codegen::codegen_at_use;
use bedrock_formats::nova::{ContentBlockDelta, ReasoningDelta, ToolResultStart, ToolUseStart};
use bedrock_formats::wire::Extra;
use serde_json::Value;

use super::part::{Part, append_result};
use super::{Indexed, NovaAggregator, emit_unknown};
use crate::event::{Cited, Event, EventSink};
use crate::fold::growing_block::{Piece, TextPart, ThinkingPart, ToolPart};
use crate::fold::unknown_fields::Leftover;

#[codegen_at_use]
impl NovaAggregator {
    pub(super) fn block_delta(&mut self, event: ContentBlockDelta, events: &mut EventSink<'_>) {
        let (index, delta) = (event.content_block_index.unwrap_or_default(), event.delta);
        let is_open = !self.open.insert(index);
        let is_text = |part: &Part| matches!(part, Part::Text { .. });
        // An empty piece says of nothing that it is a text.
        if let Some(piece) =
            delta.text.filter(|piece| !piece.is_empty() || self.parts.last().is_some_and(is_text))
        {
            let (place, part) = self.text_part(events);
            if let Part::Text { text, .. } = part {
                text.push(place, Piece::Plain(&piece), events);
            }
        }
        let says = |citation: &Value| citation.as_object().is_none_or(|citation| !citation.is_empty());
        if let Some(citation) = delta.citation.filter(says) {
            let (place, part) = self.text_part(events);
            if let Part::Text { citations, .. } = part {
                events.emit(|| Event::Citation(Cited { index: place, citation: Cow::Borrowed(&citation) }));
                citations.push(citation);
            }
        }
        // Text and calls are recorded. Reasoning, citations and results are not: they are as
        // Converse streams them for the same models.
        if let Some(delta) = delta.reasoning_content {
            self.reason(delta, events);
        }
        let is_call = |places: &[Option<usize>; 3]| places[Indexed::ToolUse as usize].is_some();
        let has_call = self.places.get(&index).is_some_and(is_call);
        if let Some(delta) = delta.tool_use.filter(|delta| has_call || !delta.input.is_empty()) {
            let make = |place, events: &mut EventSink<'_>| {
                let call = ToolPart::start(place, "", "", events);
                Part::ToolUse { start: ToolUseStart::default(), call }
            };
            let (place, part) = self.find_or_new(index, Indexed::ToolUse, make, events);
            if let Part::ToolUse { call, .. } = part {
                call.push(place, Piece::Plain(&delta.input), events);
            }
        }
        if let Some(pieces) = delta.tool_result.filter(|pieces| !pieces.as_slice().is_empty()) {
            let make = |_, _: &mut EventSink<'_>| Part::ToolResult {
                start: ToolResultStart::default(),
                content: Vec::new(),
            };
            let (_, part) = self.find_or_new(index, Indexed::ToolResult, make, events);
            if let Part::ToolResult { content, .. } = part {
                pieces.as_slice().iter().for_each(|piece| append_result(content, piece));
            }
        }
        let extra: Extra = delta.extra.into_iter().filter(|(_, value)| !value.is_null()).collect();
        if !extra.is_empty() {
            self.unknown_delta(index, is_open, extra, events);
        }
    }

    /// Takes the members of a delta that are of unknown kinds. In a block of another kind they are kept beside the answer: it would
    /// be unclear what that block is after them.
    pub(super) fn unknown_delta(
        &mut self,
        index: u64,
        is_open: bool,
        extra: Extra,
        events: &mut EventSink<'_>,
    ) {
        let is_unknown = |places: &[Option<usize>; 3]| places[Indexed::Unknown as usize].is_some();
        if is_open && !self.places.get(&index).is_some_and(is_unknown) {
            let mut left = Leftover::default();
            let at = std::iter::once(("contentBlockIndex".to_owned(), Value::from(index)));
            left.put(&["contentBlockDelta"], at);
            left.put(&["contentBlockDelta", "delta"], extra.into_iter());
            if let Some(left) = left.keep_in(&mut self.unknown, &[], &[]) {
                emit_unknown(&left, events);
            }
            return;
        }
        let make = |_, _: &mut EventSink<'_>| Part::Unknown { raw: Extra::new() };
        let (_, part) = self.find_or_new(index, Indexed::Unknown, make, events);
        if let Part::Unknown { raw, .. } = part {
            let deltas = raw.entry("deltas").or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(deltas) = deltas {
                deltas.push(extra.into());
            }
        }
    }

    pub(super) fn text_part(&mut self, events: &mut EventSink<'_>) -> (u64, &mut Part) {
        let make = || Part::Text { text: TextPart::default(), citations: Vec::new() };
        self.last_or_new(|part| matches!(part, Part::Text { .. }), make, events)
    }

    /// The part that an index on the wire belongs to, which need not be the last where calls interleave.
    pub(super) fn find_or_new<'e>(
        &mut self,
        index: u64,
        kind: Indexed,
        make: impl FnOnce(u64, &mut EventSink<'e>) -> Part,
        events: &mut EventSink<'e>,
    ) -> (u64, &mut Part) {
        let known = self.places.get(&index).and_then(|places| places[kind as usize]);
        let place = known.unwrap_or_else(|| {
            self.end_last(events);
            let part = make(self.parts.len() as u64, events);
            self.push_indexed(index, kind, part)
        });
        (place as u64, &mut self.parts[place])
    }

    /// Adds a part that belongs to an index on the wire; gives its place.
    pub(super) fn push_indexed(&mut self, index: u64, kind: Indexed, part: Part) -> usize {
        let place = self.parts.len();
        self.parts.push(part);
        self.places.entry(index).or_default()[kind as usize] = Some(place);
        place
    }

    pub(super) fn reason(&mut self, delta: ReasoningDelta, events: &mut EventSink<'_>) {
        // An empty piece says of nothing that it is a thought.
        let goes_on = matches!(self.parts.last(), Some(Part::Thinking(_)));
        if let Some(piece) = delta.text_piece().filter(|piece| goes_on || !piece.is_empty())
            && let (place, Part::Thinking(thinking)) = self.thinking_part(events)
        {
            thinking.push(place, Piece::Plain(piece), events);
        }
        let of_text = delta.reasoning_text.as_ref().and_then(|text| text.signature.clone());
        let goes_on = matches!(self.parts.last(), Some(Part::Thinking(_)));
        if let Some(signature) = delta.signature.or(of_text).filter(|text| goes_on || !text.is_empty())
            && let (place, Part::Thinking(thinking)) = self.thinking_part(events)
        {
            thinking.sign(place, signature, events);
        }
        if let Some(blob) = delta.redacted_content.filter(|blob| !blob.as_base64().is_empty()) {
            let make = || Part::Redacted(Vec::new());
            let (_, part) = self.last_or_new(|part| matches!(part, Part::Redacted(_)), make, events);
            if let Part::Redacted(pieces) = part {
                pieces.push(blob);
            }
        }
    }

    pub(super) fn thinking_part(&mut self, events: &mut EventSink<'_>) -> (u64, &mut Part) {
        let make = || Part::Thinking(ThinkingPart::default());
        self.last_or_new(|part| matches!(part, Part::Thinking(_)), make, events)
    }
}
