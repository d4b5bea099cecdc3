//! Anthropic Messages: stream events to the Message that Claude would have answered with.
//!
//! The same events come from InvokeModelWithResponseStream (inside frames) and from Mantle and Anthropic itself (as
//! server-sent events). `message_stop` ends the message; what it cost stands in `message_delta`.

mod blocks;
mod leftover;
mod order;
mod part;

use std::borrow::Cow;

use bedrock_codegen::codegen_at_use;
use bedrock_formats::anthropic::{
    ContentBlock, Message, MessageDeltaEvent, MessageStartEvent, Role, StreamEvent, Usage,
};
use bedrock_formats::invocation_metrics::HasBedrockKeys;
use bedrock_formats::reply::{self, ToReply};
use bedrock_formats::wire::{self, Extra};
use serde_json::Value;

use crate::completeness::{Missing, StreamException};
use crate::event::replay::emit_block;
use crate::event::{Event, EventSink, MessageStart, Unknown, UsageUpdate};
use crate::fold::block_slots::Blocks;
use crate::fold::choices::ending::{Ending, emit_stop_of};
use crate::fold::fast_path::scanner::Scan;
use crate::fold::format::{Format, Probe};
use crate::fold::growing_block::Piece;
use crate::fold::raw_list::RawList;
use crate::fold::stage::Stage;
use crate::fold::unknown_fields::{Leftover, RepeatedFields, meaningful};
use crate::fold::{Aggregator, BuildError, ChunkError, RawChunk, take_read};
use leftover::{is_whole, left_of};
use part::Part;

/// The row of the registry.
pub(crate) const FORMAT: Format = Format::built_in::<AnthropicAggregator>("anthropic", detects, |response| {
    response.get("type").is_some_and(|kind| kind == "message")
})
.announced_by(|probe| match probe.text("type") {
    Some("message_start") => {
        let content = probe.chunk.pointer("/message/content").and_then(Value::as_array);
        content.is_none_or(Vec::is_empty)
    }
    kind => kind == Some("ping"),
});

#[codegen_at_use]
fn detects(probe: &Probe<'_>) -> bool {
    const TYPES: [&str; 7] = [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
        "ping",
    ];
    match probe.text("type") {
        Some("error") => probe.get("error").is_some_and(Value::is_object),
        Some(kind) => TYPES.contains(&kind),
        None => false,
    }
}

/// Folds Anthropic's stream events into a [`Message`].
///
/// ```
/// use bedrock_aggregate::{Aggregator, EventSink};
/// use bedrock_aggregate::formats::AnthropicAggregator;
/// use bedrock_formats::anthropic::StreamEvent;
///
/// let mut fold = AnthropicAggregator::default();
/// let delta = r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}"#;
/// fold.aggregate(serde_json::from_str::<StreamEvent>(delta)?, &mut EventSink::none())?;
/// assert_eq!(fold.build()?.text(), "Hi");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct AnthropicAggregator {
    stage: Stage,
    message: Message,
    /// What the events that speak of the whole message had beside their own keys.
    chunk_unknown: RepeatedFields,
    blocks: Blocks<Part>,
    started: bool,
    /// The index of the block that the last event was for.
    touched: u64,
    /// Whether another model goes on with the answer.
    fell_back: bool,
    counted: bool,
    ending: Ending,
    unknown: RawList,
}

#[codegen_at_use]
impl Aggregator for AnthropicAggregator {
    type Chunk = StreamEvent;
    type Message = Message;

    fn aggregate(&mut self, mut chunk: StreamEvent, events: &mut EventSink<'_>) -> Result<(), ChunkError> {
        self.stage.take()?;
        self.place(&mut chunk);
        let verdict = self.refuse_other(&chunk);
        self.stage.admit(verdict)?;
        // After the verdict: a refused chunk leaves nothing behind.
        self.take_guardrail(&chunk);
        match chunk {
            StreamEvent::MessageStart(event) => self.message_start(event, events),
            StreamEvent::ContentBlockStart(event) => self.block_start(event, events),
            StreamEvent::ContentBlockDelta(event) => self.block_delta(event, events),
            StreamEvent::ContentBlockStop(event) => {
                let index = event.index.unwrap_or_default();
                self.keep_left("content_block_stop", Some(index), left_of(&event), events);
                self.block_stop(index, events);
            }
            StreamEvent::MessageDelta(event) => self.message_delta(event, events),
            StreamEvent::MessageStop(mut event) => {
                let mut left = Leftover::default();
                left.take_declared(&[], &mut event, &self.message);
                self.keep_left("message_stop", None, left, events);
                self.chunk_unknown.take(meaningful(event.extra).collect());
                self.stage.end();
                self.emit_stop(events);
            }
            StreamEvent::Ping(event) => self.keep_left("ping", None, left_of(&event), events),
            StreamEvent::Error(event) => {
                let error = event.error;
                return Err(ChunkError::Exception(StreamException::new(&error.kind, error.message)));
            }
            StreamEvent::Unknown(object) if is_whole(&object) => self.take_whole(object, events),
            unknown => self.keep_unknown(serde_json::to_value(&unknown).unwrap_or(Value::Null), events),
        }
        Ok(())
    }

    #[inline]
    fn aggregate_raw(&mut self, chunk: RawChunk<'_>, events: &mut EventSink<'_>) -> Result<(), ChunkError> {
        match self.scanned_delta(chunk.json, events) {
            Some(()) => Ok(()),
            None => take_read(self, chunk.json, events),
        }
    }

    #[inline]
    fn aggregate_delta(&mut self, chunk: RawChunk<'_>, events: &mut EventSink<'_>) -> Option<()> {
        self.scanned_delta(chunk.json, events)
    }

    fn build(&mut self) -> Result<Message, BuildError> {
        self.stage.build()?;
        Ok(self.whole())
    }

    fn clear(&mut self) {
        *self = Self { blocks: std::mem::take(&mut self.blocks), ..Self::default() };
        self.blocks.clear();
    }

    fn end(&mut self, events: &mut EventSink<'_>) {
        self.emit_stop(events);
    }

    fn missing(&self) -> Missing {
        let empty = self.stage.is_empty();
        Missing {
            empty,
            open_blocks: self.blocks.open_indexes(),
            stop: !empty && !self.stage.has_ended(),
            usage: !empty && !self.counted,
            ..Missing::default()
        }
    }

    fn unknown(&self) -> &RawList {
        &self.unknown
    }

    fn snapshot(&self) -> Option<Message> {
        (!self.stage.is_empty()).then(|| self.whole())
    }
}

#[codegen_at_use]
impl AnthropicAggregator {
    /// The shape of nearly every event: a delta that continues a block. `None` for anything else.
    #[inline]
    fn scanned_delta(&mut self, json: &[u8], events: &mut EventSink<'_>) -> Option<()> {
        const KINDS: [&[u8]; 3] = [
            br#""text_delta","text":""#,
            br#""input_json_delta","partial_json":""#,
            br#""thinking_delta","thinking":""#,
        ];
        if !self.stage.is_folding() {
            return None;
        }
        let mut scan = Scan::new(json);
        scan.literal(br#"{"type":"content_block_delta","index":"#)?;
        let index = scan.index()?;
        scan.literal(br#","delta":{"type":"#)?;
        let kind = scan.one_of(&KINDS)?;
        // Before the text is looked at: the first delta of a block may be as large as the answer.
        let slot = self.blocks.get(index).filter(|slot| slot.open)?;
        let piece = Piece::Raw(scan.string()?);
        scan.literal(b"}")?;
        scan.blanks();
        scan.literal(b"}")?;
        scan.end()?;
        self.touched = index;
        match (kind, &mut slot.block) {
            (0, Part::Text { text, .. }) => text.push(index, piece, events),
            (1, Part::Call { call, .. }) => call.push(index, piece, events),
            (2, Part::Thinking { part, .. }) => part.push(index, piece, events),
            _ => None,
        }
    }

    /// Emits why the model stopped. What `message_delta` says of it holds only with `message_stop`, which brings a
    /// guardrail's trace.
    fn emit_stop(&mut self, events: &mut EventSink<'_>) {
        if self.ending.is_due(events) {
            let model = self.message.model.as_deref().filter(|_| self.fell_back);
            emit_stop_of(&self.message.to_reply(), model, events);
        }
    }

    /// A guardrail's verdict and trace may come with any event; in a whole answer they stand beside the message.
    fn take_guardrail(&mut self, chunk: &StreamEvent) {
        let keys = chunk.bedrock_keys();
        if let Some(action) = keys.guardrail_action {
            self.message.guardrail_action = Some(action.into_owned());
        }
        if let Some(trace) = keys.trace {
            self.message.guardrail_trace = Some(trace.clone());
        }
    }

    fn message_start(&mut self, mut event: MessageStartEvent, events: &mut EventSink<'_>) {
        let mut message = std::mem::take(&mut event.message);
        let mut left = Leftover::default();
        left.take_declared(&[], &mut event, &message);
        self.chunk_unknown.take(std::mem::take(&mut message.extra));
        self.chunk_unknown.take(meaningful(event.extra).collect());
        events.emit(|| {
            let role = Some(message.role.as_str());
            Event::MessageStart(MessageStart::new(message.id.as_deref(), message.model.as_deref(), role))
        });
        self.keep_left("message_start", None, left, events);
        // What came before its beginning holds.
        let earlier = std::mem::take(&mut self.message);
        message.guardrail_action = message.guardrail_action.or(earlier.guardrail_action);
        message.guardrail_trace = message.guardrail_trace.or(earlier.guardrail_trace);
        message.stop_reason = earlier.stop_reason.or(message.stop_reason);
        message.stop_sequence = earlier.stop_sequence.or(message.stop_sequence);
        if let Some(usage) = earlier.usage {
            overlay(message.usage.get_or_insert_default(), usage);
        }
        // A message may start with whole blocks; the indexes of deltas continue after them.
        let content = std::mem::take(&mut message.content);
        if events.is_enabled() && !content.is_empty() {
            let reply = Message::default().content(content.clone()).to_reply();
            (0..).zip(&reply.content).for_each(|(index, block)| emit_block(index, block, events));
        }
        for (index, block) in (0..).zip(content) {
            if let ContentBlock::Fallback(block) = &block {
                message.model = block.model().map(str::to_owned).or(message.model.take());
                self.fell_back = true;
            }
            let (slot, _) = self.blocks.get_or_open(index, || Part::Other(block));
            slot.open = false;
        }
        if let Some(usage) = &message.usage {
            // What it says of the output is a placeholder, until `message_delta` counts.
            let mut usage = usage.to_reply();
            if !self.counted {
                // It is between 0 and 88 in the recordings.
                usage.output_tokens = None;
            }
            if usage != reply::Usage::default() {
                events.emit(|| Event::Usage(UsageUpdate { usage }));
            }
        }
        self.started = true;
        self.message = message;
    }

    /// Takes a whole message, which nothing came before.
    fn take_whole(&mut self, object: Extra, events: &mut EventSink<'_>) {
        let message = wire::read_value::<Message>(object.into()).map(|(message, _)| message);
        let Ok(message) = message else { return };
        self.counted |= message.usage.as_ref().is_some_and(|usage| usage.output_tokens.is_some());
        let has_stopped = message.stop_reason.is_some();
        self.message_start(MessageStartEvent::default().message(message), events);
        if has_stopped {
            self.stage.end();
            self.emit_stop(events);
        }
    }

    fn message_delta(&mut self, mut event: MessageDeltaEvent, events: &mut EventSink<'_>) {
        let mut left = Leftover::default();
        left.take_declared(&["delta"], &mut event.delta, &self.message);
        left.take_declared(&[], &mut event, &self.message);
        self.keep_left("message_delta", None, left, events);
        let message = &mut self.message;
        message.stop_reason = event.delta.stop_reason.or(message.stop_reason.take());
        message.stop_sequence = event.delta.stop_sequence.or(message.stop_sequence.take());
        message.stop_details = event.delta.stop_details.or(message.stop_details.take());
        message.container = event.delta.container.or(message.container.take());
        message.context_management = event.context_management.or(message.context_management.take());
        self.chunk_unknown.take(event.delta.extra);
        self.chunk_unknown.take(meaningful(event.extra).collect());
        if let Some(transformations) = event.input_transformations {
            message.extra.insert("input_transformations".to_owned(), transformations);
        }
        if let Some(usage) = event.usage {
            self.counted |= usage.output_tokens.is_some();
            let whole = message.usage.get_or_insert_default();
            overlay(whole, usage);
            events.emit(|| Event::Usage(UsageUpdate { usage: whole.to_reply() }));
        }
    }

    fn keep_unknown(&mut self, raw: Value, events: &mut EventSink<'_>) {
        emit_unknown(&raw, events);
        self.unknown.push(&raw);
    }

    /// Keeps what an event has that the message has no place for.
    fn keep_left(&mut self, event: &str, index: Option<u64>, left: Leftover, events: &mut EventSink<'_>) {
        let of = [("type", Value::from(event)), ("index", index.map_or(Value::Null, Value::from))];
        let known = if index.is_some() { &of[..] } else { &of[..1] };
        if let Some(raw) = left.keep_in(&mut self.unknown, &[], known) {
            emit_unknown(&raw, events);
        }
    }

    /// The message so far.
    fn whole(&self) -> Message {
        let mut message = self.message.clone();
        message.kind.get_or_insert_with(|| "message".to_owned());
        if message.role == Role::default() {
            message.role = Role::Assistant;
        }
        message.content = self.blocks.iter().map(|slot| slot.block.whole()).collect();
        message.extra.extend(self.chunk_unknown.settled());
        message
    }
}

/// Emits what no type knows.
#[codegen_at_use]
fn emit_unknown(raw: &Value, events: &mut EventSink<'_>) {
    events.emit(|| {
        Event::Unknown(Unknown {
            event_type: raw.get("type").and_then(Value::as_str).map(Cow::Borrowed),
            raw: Cow::Borrowed(raw),
        })
    });
}

/// Counts are cumulative: a later one replaces an earlier one, and an absent one replaces nothing.
#[codegen_at_use]
fn overlay(usage: &mut Usage, later: Usage) {
    macro_rules! take {
        ($($field:ident),*) => { $( usage.$field = later.$field.or(usage.$field.take()); )* };
    }
    // A count that `Usage` gets must be added here: nothing else notices that it is lost.
    take!(
        input_tokens,
        output_tokens,
        cache_creation_input_tokens,
        cache_read_input_tokens,
        cache_creation,
        output_tokens_details,
        server_tool_use,
        service_tier,
        speed,
        inference_geo,
        iterations
    );
    usage.extra.extend(later.extra);
}
