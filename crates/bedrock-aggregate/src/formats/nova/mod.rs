//! Amazon Nova on InvokeModelWithResponseStream: stream events to the response that InvokeModel would have given.
//!
//! The events look like Converse's and mean something else: nearly every delta of text or reasoning comes under an index
//! of its own, with a stop of its own, and indexes have gaps. A block continues for as long as deltas of its kind follow
//! one another, whatever their indexes say; so events have the block's place in the message for an index.

mod delta;
mod leftover;
mod order;
mod part;
mod whole;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use bedrock_codegen::codegen_at_use;
use bedrock_formats::invocation_metrics::HasBedrockKeys;
use bedrock_formats::nova::{ContentBlockStart, Message, Metadata, Response, Role, Start, StreamEvent};
use bedrock_formats::reply::ToReply;
use bedrock_formats::wire::Extra;
use serde_json::Value;

use crate::completeness::Missing;
use crate::event::{Event, EventSink, MessageStart, OtherBlock, Unknown, UsageUpdate};
use crate::fold::choices::ending::{Ending, emit_stop};
use crate::fold::fast_path::scanner::Scan;
use crate::fold::format::{Format, Probe};
use crate::fold::growing_block::{Piece, ToolPart, join_blobs, redacted};
use crate::fold::raw_list::RawList;
use crate::fold::stage::Stage;
use crate::fold::unknown_fields::{Leftover, RepeatedFields, meaningful, supersede};
use crate::fold::{Aggregator, BuildError, ChunkError, RawChunk, take_read, whole_in};
use part::Part;

/// The row of the registry.
pub(crate) const FORMAT: Format = Format::built_in::<NovaAggregator>("nova", detects, |response| {
    response.pointer("/output/message").is_some() && response.get("stopReason").is_some()
})
.announced_by(|probe| probe.has("messageStart"));

#[codegen_at_use]
fn detects(probe: &Probe<'_>) -> bool {
    const EVENTS: [&str; 5] =
        ["messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop"];
    let is_object = |key: &str| probe.get(key).is_some_and(Value::is_object);
    let metadata = probe.get("metadata");
    let is_metadata = |key: &&str| metadata.is_some_and(|metadata| metadata.get(*key).is_some());
    EVENTS.iter().any(|key| is_object(key)) || ["usage", "metrics", "trace"].iter().any(is_metadata)
}

/// Folds Nova's stream events into a [`Response`].
///
/// ```
/// use bedrock_aggregate::{Aggregator, EventSink, RawChunk};
/// use bedrock_aggregate::formats::NovaAggregator;
///
/// let mut fold = NovaAggregator::default();
/// for (index, text) in ["Ra", "in."].iter().enumerate() {
///     let delta = format!(r#"{{"contentBlockDelta":{{"delta":{{"text":"{text}"}},"contentBlockIndex":{index}}}}}"#);
///     fold.aggregate_raw(RawChunk::new(delta.as_bytes()), &mut EventSink::none())?;
/// }
/// assert_eq!(fold.build()?.output.message.unwrap().content.len(), 1, "one block, though the indexes differ");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct NovaAggregator {
    stage: Stage,
    message: Message,
    response: Response,
    /// What the last events had beside their own keys: they speak of the whole answer.
    chunk_unknown: RepeatedFields,
    /// In the order of their beginning.
    parts: Vec<Part>,
    /// Where the last part of each kind is that belongs to an index on the wire.
    places: HashMap<u64, [Option<usize>; 3]>,
    /// Indexes on the wire that have begun and not been stopped.
    open: BTreeSet<u64>,
    started: bool,
    /// The index on the wire that the last event was for, and the highest so far.
    touched: u64,
    highest: Option<u64>,
    ended: bool,
    ending: Ending,
    unknown: RawList,
}

/// The kinds of parts that belong to an index on the wire.
#[derive(Debug, Clone, Copy)]
enum Indexed {
    ToolUse,
    ToolResult,
    Unknown,
}

#[codegen_at_use]
impl Aggregator for NovaAggregator {
    type Chunk = StreamEvent;
    type Message = Response;

    fn aggregate(&mut self, mut chunk: StreamEvent, events: &mut EventSink<'_>) -> Result<(), ChunkError> {
        self.stage.take()?;
        self.place(&mut chunk);
        let verdict = self.refuse_other(&chunk);
        self.stage.admit(verdict)?;
        if let Some(left) = leftover::of(&chunk, &mut self.unknown) {
            emit_unknown(&left, events);
        }
        let keys = chunk.bedrock_keys();
        if let Some(action) = keys.guardrail_action {
            self.response.guardrail_action = Some(action.into_owned());
        }
        if let Some(trace) = keys.trace {
            self.response.guardrail_trace = Some(trace.clone());
        }
        let mut left = Leftover::default();
        if let Some(mut start) = chunk.message_start {
            left.take_declared(&["messageStart"], &mut start, &self.message);
            events.emit(|| Event::MessageStart(MessageStart::new(None, None, Some(start.role.as_str()))));
            self.started = true;
            self.message.role = start.role;
            self.message.extra.extend(meaningful(start.extra));
        }
        if let Some(event) = chunk.content_block_start {
            self.block_start(event, events);
        }
        if let Some(event) = chunk.content_block_delta {
            self.block_delta(event, events);
        }
        if let Some(event) = chunk.content_block_stop {
            self.block_stop(event.content_block_index.unwrap_or_default(), events);
        }
        if let Some(mut event) = chunk.message_stop {
            left.take_declared(&["messageStop"], &mut event, &self.response);
            // A repeated one finds nothing open, and would only put the last part together again.
            if !self.stage.has_ended() {
                self.end_last(events);
            }
            self.stage.end();
            self.response.stop_reason = event.stop_reason.or(self.response.stop_reason.take());
            self.chunk_unknown.take(meaningful(event.extra).collect());
        }
        if let Some(left) = left.keep_in(&mut self.unknown, &[], &[]) {
            emit_unknown(&left, events);
        }
        // A guardrail's verdict in the same chunk has been taken above: it can change the stop.
        if let Some(metadata) = chunk.metadata {
            if self.stage.has_ended() {
                self.emit_stop(events);
            }
            self.metadata(metadata, events);
        }
        match whole_in(&chunk.extra) {
            Some(whole) => self.take_whole(whole, events),
            None => self.keep_unknown(chunk.extra, events),
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

    fn build(&mut self) -> Result<Response, BuildError> {
        self.stage.build()?;
        Ok(self.whole())
    }

    fn clear(&mut self) {
        *self = Self::default();
    }

    fn end(&mut self, events: &mut EventSink<'_>) {
        self.emit_stop(events);
    }

    fn missing(&self) -> Missing {
        let empty = self.stage.is_empty();
        Missing {
            empty,
            open_blocks: self.open.iter().copied().collect(),
            stop: !empty && !self.stage.has_ended(),
            usage: !empty && !self.ended,
            ..Missing::default()
        }
    }

    fn unknown(&self) -> &RawList {
        &self.unknown
    }

    fn snapshot(&self) -> Option<Response> {
        (!self.stage.is_empty()).then(|| self.whole())
    }
}

#[codegen_at_use]
impl NovaAggregator {
    /// The shape of nearly every event: text that goes on. `None` for anything else.
    #[inline]
    fn scanned_delta(&mut self, json: &[u8], events: &mut EventSink<'_>) -> Option<()> {
        if !self.stage.is_folding() {
            return None;
        }
        // Before the text is looked at: the first delta may be as large as the answer.
        let Some(Part::Text { .. }) = self.parts.last() else { return None };
        let mut scan = Scan::new(json);
        scan.literal(br#"{"contentBlockDelta":{"delta":{"text":""#)?;
        let piece = Piece::Raw(scan.string()?);
        scan.literal(br#"},"contentBlockIndex":"#)?;
        let wire_index = scan.index()?;
        scan.literal(b"}}")?;
        scan.end()?;
        // A call or a result has this index, which may have ended.
        if self.places.contains_key(&wire_index) {
            return None;
        }
        let place = self.parts.len().checked_sub(1)?;
        let Part::Text { text, .. } = &mut self.parts[place] else { return None };
        text.push(place as u64, piece, events)?;
        self.touched = wire_index;
        self.open.insert(wire_index);
        self.highest = self.highest.max(Some(wire_index));
        Some(())
    }

    /// Emits why the model stopped: a guardrail's verdict may follow the stop, the metadata ends all.
    fn emit_stop(&mut self, events: &mut EventSink<'_>) {
        if self.ending.is_due(events) {
            emit_stop(&self.whole().to_reply(), events);
        }
    }

    /// The place of the last part, if it fits; otherwise that of a new one, before which the last one has ended.
    fn last_or_new(
        &mut self,
        fits: impl Fn(&Part) -> bool,
        make: impl FnOnce() -> Part,
        events: &mut EventSink<'_>,
    ) -> (u64, &mut Part) {
        if !self.parts.last().is_some_and(&fits) {
            self.end_last(events);
            self.parts.push(make());
        }
        let place = self.parts.len() - 1;
        (place as u64, &mut self.parts[place])
    }

    /// Ends the last part if it is of a kind that only what follows can end.
    fn end_last(&mut self, events: &mut EventSink<'_>) {
        let Some(place) = self.parts.len().checked_sub(1) else { return };
        let index = place as u64;
        match &mut self.parts[place] {
            Part::Text { text, .. } => text.end(index, events),
            Part::Thinking(thinking) => thinking.end(index, events),
            Part::Redacted(pieces) => redacted(index, join_blobs(pieces).as_base64(), events),
            Part::ToolUse { .. } | Part::ToolResult { .. } | Part::Whole(_) | Part::Unknown { .. } => {}
        }
    }

    fn block_start(&mut self, event: ContentBlockStart, events: &mut EventSink<'_>) {
        let (index, Start { tool_use, tool_result, extra, .. }) =
            (event.content_block_index.unwrap_or_default(), event.start);
        self.open.insert(index);
        self.end_last(events);
        let place = self.parts.len() as u64;
        if let Some(mut start) = tool_use {
            let call = if start.kind.as_deref() == Some("server_tool_use") {
                ToolPart::of_service()
            } else {
                ToolPart::start(place, &start.tool_use_id, &start.name, events)
            };
            let call = call.with_input(start.extra.shift_remove("input").as_ref());
            self.push_indexed(index, Indexed::ToolUse, Part::ToolUse { start, call });
        }
        if let Some(start) = tool_result {
            let part = Part::ToolResult { start, content: Vec::new() };
            self.push_indexed(index, Indexed::ToolResult, part);
        }
        if !extra.is_empty() {
            self.push_indexed(index, Indexed::Unknown, Part::Unknown { raw: extra });
        }
    }

    fn block_stop(&mut self, index: u64, events: &mut EventSink<'_>) {
        // A stop that is repeated ends nothing again.
        if !self.open.remove(&index) {
            return;
        }
        let Some(places) = self.places.get(&index) else { return };
        for &place in places.iter().flatten() {
            let emitted = match &mut self.parts[place] {
                Part::ToolUse { call, .. } => call.end(place as u64, events),
                _ => false,
            };
            if !emitted {
                events.emit(|| {
                    let block =
                        Cow::Owned(serde_json::to_value(self.parts[place].block()).unwrap_or(Value::Null));
                    Event::Block(OtherBlock { index: place as u64, block })
                });
            }
        }
    }

    fn metadata(&mut self, mut metadata: Metadata, events: &mut EventSink<'_>) {
        let mut left = Leftover::default();
        left.take_declared(&["metadata"], &mut metadata, &self.response);
        if let Some(usage) = metadata.usage {
            self.ended = true;
            events.emit(|| Event::Usage(UsageUpdate { usage: usage.to_reply() }));
            supersede(&mut self.response.usage, Some(usage), &["metadata", "usage"], &mut left);
        }
        // Empty in every recording: kept where they are not.
        for (key, value) in [("metrics", metadata.metrics), ("trace", metadata.trace)] {
            if let Some(value) =
                value.filter(|value| value.as_object().is_none_or(|object| !object.is_empty()))
            {
                let mut own = self.response.extra.shift_remove(key);
                supersede(&mut own, Some(value), &["metadata", key], &mut left);
                self.response.extra.extend(own.map(|own| (key.to_owned(), own)));
            }
        }
        if let Some(left) = left.keep_in(&mut self.unknown, &[], &[]) {
            emit_unknown(&left, events);
        }
        self.chunk_unknown.take(metadata.extra);
    }

    fn keep_unknown(&mut self, mut extra: Extra, events: &mut EventSink<'_>) {
        extra.shift_remove("p");
        if extra.is_empty() {
            return;
        }
        let raw = Value::from(extra);
        emit_unknown(&raw, events);
        self.unknown.push(&raw);
    }

    /// The response so far.
    fn whole(&self) -> Response {
        let mut message = self.message.clone();
        if message.role == Role::default() {
            message.role = Role::Assistant;
        }
        let is_text = |part: &Part| matches!(part, Part::Text { text, citations } if text.text.is_empty() && citations.is_empty());
        message.content = self.parts.iter().filter(|part| !is_text(part)).map(Part::block).collect();
        let mut response = self.response.clone();
        response.output.message = Some(message);
        response.extra.extend(self.chunk_unknown.settled());
        response
    }
}

/// Emits what no type knows, which stands under its event's name.
#[codegen_at_use]
fn emit_unknown(raw: &Value, events: &mut EventSink<'_>) {
    events.emit(|| {
        let name = raw.as_object().and_then(|object| object.keys().next());
        Event::Unknown(Unknown {
            event_type: name.map(|name| Cow::Borrowed(name.as_str())),
            raw: Cow::Borrowed(raw),
        })
    });
}
