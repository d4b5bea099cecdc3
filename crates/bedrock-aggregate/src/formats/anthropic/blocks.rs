//! How the blocks of a message begin, grow and end.
//! Not for: what stands around them.

use std::borrow::Cow;

use bedrock_codegen::codegen_at_use;
use bedrock_formats::anthropic::{
    CitationsDelta, ContentBlock, ContentBlockDelta, ContentBlockDeltaEvent, ContentBlockStartEvent,
    TextCitation,
};
use bedrock_formats::wire::Extra;
use serde_json::Value;

use super::AnthropicAggregator;
use super::leftover::{known_of, left_of};
use super::part::Part;
use crate::event::{Cited, Event, EventSink, OtherBlock};
use crate::fold::growing_block::{Piece, TextPart, ThinkingPart, ToolPart, redacted};
use crate::fold::unknown_fields::{Leftover, meaningful};

#[codegen_at_use]
pub(super) fn cite(
    index: u64,
    delta: CitationsDelta,
    citations: &mut Vec<TextCitation>,
    events: &mut EventSink<'_>,
) {
    events.emit(|| {
        let citation = Cow::Owned(serde_json::to_value(&delta.citation).unwrap_or(Value::Null));
        Event::Citation(Cited { index, citation })
    });
    citations.push(delta.citation);
}

#[codegen_at_use]
impl AnthropicAggregator {
    pub(super) fn block_start(&mut self, event: ContentBlockStartEvent, events: &mut EventSink<'_>) {
        let index = event.index.unwrap_or_default();
        self.keep_left("content_block_start", Some(index), left_of(&event), events);
        let part = match event.content_block {
            ContentBlock::Text(mut start) => {
                let mut text = TextPart::default();
                text.push(index, Piece::Plain(&start.text), events);
                start.text.clear();
                Part::Text { start, text }
            }
            ContentBlock::Thinking(mut start) => {
                let mut part = ThinkingPart::default();
                part.push(index, Piece::Plain(&start.thinking), events);
                start.thinking.clear();
                Part::Thinking { start, part }
            }
            ContentBlock::ToolUse(start) => {
                let call =
                    ToolPart::start(index, &start.id, &start.name, events).with_input(Some(&start.input));
                Part::Call { start: ContentBlock::ToolUse(start), call }
            }
            // The provider runs these: nobody has to act on them, so no call is emitted.
            start @ (ContentBlock::ServerToolUse(_) | ContentBlock::McpToolUse(_)) => {
                Part::Call { start, call: ToolPart::of_service() }
            }
            // Beta, and in no recording: as Anthropic's SDK has it.
            ContentBlock::Fallback(block) => {
                self.message.model = block.model().map(str::to_owned).or(self.message.model.take());
                self.fell_back = true;
                Part::Other(ContentBlock::Fallback(block))
            }
            other => Part::Other(other),
        };
        self.blocks.get_or_open(index, || part);
    }

    pub(super) fn block_delta(&mut self, event: ContentBlockDeltaEvent, events: &mut EventSink<'_>) {
        let index = event.index.unwrap_or_default();
        let mut left = left_of(&event);
        if let Some(delta) = known_of(&event.delta) {
            left.take(&["delta"], delta);
        }
        let (slot, _) = self.blocks.get_or_open(index, || Part::for_delta(index, &event.delta, events));
        // Also where it had ended: `refuse_other` lets texts go on.
        slot.open = true;
        match (event.delta, &mut slot.block) {
            (ContentBlockDelta::TextDelta(delta), Part::Text { text, .. }) => {
                text.push(index, Piece::Plain(&delta.text), events);
            }
            (ContentBlockDelta::ThinkingDelta(delta), Part::Thinking { part, .. }) => {
                part.push(index, Piece::Plain(&delta.thinking), events);
            }
            (ContentBlockDelta::SignatureDelta(delta), Part::Thinking { part, .. }) => {
                part.sign(index, delta.signature, events);
            }
            (ContentBlockDelta::InputJsonDelta(delta), Part::Call { call, .. }) => {
                call.push(index, Piece::Plain(&delta.partial_json), events);
            }
            (ContentBlockDelta::CitationsDelta(delta), Part::Text { start, .. }) => {
                cite(index, delta, start.citations.get_or_insert_default(), events);
            }
            (ContentBlockDelta::CompactionDelta(delta), Part::Other(ContentBlock::Compaction(block))) => {
                // One delta brings all of it in the one recording
                // (test_anthropic_compaction_usage_with_cache_streaming): a second would replace
                // it.
                block.content = delta.content.or(block.content.take());
                block.encrypted_content = delta.encrypted_content.or(block.encrypted_content.take());
                block.extra.extend(delta.extra);
            }
            // A delta newer than this crate, or one that does not fit its block.
            (delta, _) => {
                left = Leftover::default();
                let mut raw = Extra::new();
                raw.extend(meaningful(event.extra));
                raw.insert("type".to_owned(), Value::from("content_block_delta"));
                raw.insert("index".to_owned(), Value::from(index));
                raw.insert("delta".to_owned(), serde_json::to_value(&delta).unwrap_or(Value::Null));
                self.keep_unknown(raw.into(), events);
            }
        }
        self.keep_left("content_block_delta", Some(index), left, events);
    }

    pub(super) fn block_stop(&mut self, index: u64, events: &mut EventSink<'_>) {
        let Some(slot) = self.blocks.get(index) else { return };
        // A stop that is repeated ends nothing again.
        if !std::mem::replace(&mut slot.open, false) {
            return;
        }
        let emitted = match &mut slot.block {
            Part::Text { text, .. } => return text.end(index, events),
            Part::Thinking { part, .. } => return part.end(index, events),
            Part::Other(ContentBlock::RedactedThinking(block)) => {
                return redacted(index, &block.data, events);
            }
            Part::Call { call, .. } => call.end(index, events),
            Part::Other(_) => false,
        };
        if !emitted {
            events.emit(|| {
                let block = Cow::Owned(serde_json::to_value(slot.block.whole()).unwrap_or(Value::Null));
                Event::Block(OtherBlock { index, block })
            });
        }
    }
}
