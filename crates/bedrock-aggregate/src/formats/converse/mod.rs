//! ConverseStream: events to the object that Converse would have answered.
//!
//! The rules are those of the service model and of 99 recorded streams: text, reasoning and citation blocks have no
//! start, their first delta opens them; `metadata` follows `messageStop`. An answer is complete with `messageStop` and the
//! counts in `metadata`, or as a whole answer that has both.

mod blocks;
mod delta;
mod leftover;
mod order;
mod part;
mod read;
mod whole;

use std::borrow::Cow;

use bedrock_codegen::codegen_at_use;
use bedrock_formats::converse::{
    ConverseMetrics, ConverseOutput, ConverseResponse, ConverseStreamMetadataEvent, ConverseStreamOutput,
    ConverseTrace, Message, MessageStartEvent, MessageStopEvent, StopReason,
};
use bedrock_formats::reply::ToReply;
use bedrock_formats::wire::Extra;
use serde_json::Value;

use crate::completeness::Missing;
use crate::event::{Event, EventSink, MessageStart, Stop, Unknown, UsageUpdate};
use crate::fold::block_slots::Blocks;
use crate::fold::fast_path::scanner::Scan;
use crate::fold::format::{Format, Probe};
use crate::fold::growing_block::Piece;
use crate::fold::raw_list::RawList;
use crate::fold::stage::Stage;
use crate::fold::unknown_fields::{Leftover, RepeatedFields, supersede};
use crate::fold::{Aggregator, BuildError, ChunkError, RawChunk, report, whole_in};
use part::Part;
use read::{as_exception, read_named, read_unnamed};

/// The row of the registry.
pub(crate) const FORMAT: Format = Format::built_in::<ConverseAggregator>("converse", detects, |response| {
    let has = |key| response.get(key).is_some();
    // Nova's own response has the same builder; only Converse measures the time and counts a total beside it.
    response.pointer("/output/message").is_some() && has("stopReason") && has("metrics")
})
.announced_by(|probe| {
    probe.event_type == Some("messageStart") || probe.has("messageStart") || is_role(probe)
});

/// A bare payload under its event's name, a bare payload alone, or an event as SDKs and logs write it: its name for its
/// only key. Nova's own chunks are written in the last way too, so that form is Nova's until the metadata decides.
#[codegen_at_use]
fn detects(probe: &Probe<'_>) -> bool {
    const EVENTS: [&str; 6] = [
        "messageStart",
        "contentBlockStart",
        "contentBlockDelta",
        "contentBlockStop",
        "messageStop",
        "metadata",
    ];
    if !probe.chunk.is_object() {
        return false;
    }
    // Nova's metadata measures no time and counts no total.
    let has = |path| probe.chunk.pointer(path).is_some_and(|value| !value.is_null());
    probe.event_type.is_some_and(|name| EVENTS.contains(&name))
        || has("/metadata/metrics/latencyMs")
        || has("/metadata/usage/totalTokens")
        || (has("/output/message") && probe.has("metrics"))
        || probe.has("contentBlockIndex")
        || (probe.has("stopReason") && !probe.has("output"))
        || (probe.get("usage").is_some_and(|usage| usage.get("inputTokens").is_some())
            && probe.has("metrics"))
        || is_role(probe)
}

/// Whether a payload is a role and nothing else: the start of a message.
#[codegen_at_use]
fn is_role(probe: &Probe<'_>) -> bool {
    let is_alone =
        |object: &serde_json::Map<String, Value>| object.keys().all(|key| key == "role" || key == "p");
    probe.text("role").is_some() && probe.chunk.as_object().is_some_and(is_alone)
}

/// Folds ConverseStream events into a [`ConverseResponse`].
///
/// ```
/// use bedrock_aggregate::{Aggregator, EventSink, RawChunk};
/// use bedrock_aggregate::formats::ConverseAggregator;
///
/// let mut fold = ConverseAggregator::default();
/// let events = &mut EventSink::none();
/// fold.aggregate_raw(RawChunk::named("messageStart", br#"{"role":"assistant"}"#), events)?;
/// fold.aggregate_raw(RawChunk::named("contentBlockDelta", br#"{"contentBlockIndex":0,"delta":{"text":"Hi"}}"#), events)?;
/// assert_eq!(fold.build()?.text(), "Hi");
/// assert_eq!(Aggregator::missing(&fold).names(), ["block", "stop", "usage"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ConverseAggregator {
    stage: Stage,
    message: Message,
    /// What the answer has beside its message.
    envelope: ConverseResponse,
    /// What the events that speak of the whole message had beside their own keys.
    chunk_unknown: RepeatedFields,
    blocks: Blocks<Vec<Part>>,
    started: bool,
    /// The index of the block that the last event was for.
    touched: u64,
    ended: bool,
    unknown: RawList,
}

#[codegen_at_use]
impl Aggregator for ConverseAggregator {
    type Chunk = ConverseStreamOutput;
    type Message = ConverseResponse;

    fn aggregate(
        &mut self,
        mut chunk: ConverseStreamOutput,
        events: &mut EventSink<'_>,
    ) -> Result<(), ChunkError> {
        self.stage.take()?;
        // First: the verdict asks which block the chunk is for, and servers leave the index out.
        self.place(&mut chunk);
        let verdict = self.refuse_other(&chunk);
        self.stage.admit(verdict)?;
        if let Some(left) = leftover::of(&chunk).keep(&mut self.unknown) {
            emit_unknown(&left, events);
        }
        match chunk {
            ConverseStreamOutput::MessageStart(event) => self.message_start(event, events),
            ConverseStreamOutput::ContentBlockStart(event) => {
                self.block_start(event.content_block_index.unwrap_or_default(), event.start, events);
            }
            ConverseStreamOutput::ContentBlockDelta(event) => {
                self.block_delta(event.content_block_index.unwrap_or_default(), event.delta, events);
            }
            ConverseStreamOutput::ContentBlockStop(event) => {
                self.block_stop(event.content_block_index.unwrap_or_default(), events)
            }
            ConverseStreamOutput::MessageStop(event) => self.message_stop(event, events),
            ConverseStreamOutput::Metadata(event) => self.metadata(event, events),
            ConverseStreamOutput::Unknown(object) => match whole_in(&object) {
                Some(whole) => self.take_whole(whole, events),
                None => self.unknown_event(object, events),
            },
            exception => return Err(ChunkError::Exception(as_exception(&exception))),
        }
        Ok(())
    }

    #[inline]
    fn aggregate_raw(&mut self, chunk: RawChunk<'_>, events: &mut EventSink<'_>) -> Result<(), ChunkError> {
        if self.aggregate_delta(chunk, events).is_some() {
            return Ok(());
        }
        let (event, odd, siblings) = match chunk.event_type {
            Some(name) => read_named(name, chunk.json)?,
            None => read_unnamed(chunk.json)?,
        };
        self.aggregate(event, events)?;
        let mut left = Leftover::default();
        left.put(&[], siblings.into_iter());
        self.keep_left(left, events);
        report(odd)
    }

    #[inline]
    fn aggregate_delta(&mut self, chunk: RawChunk<'_>, events: &mut EventSink<'_>) -> Option<()> {
        let is_delta = chunk.event_type == Some("contentBlockDelta");
        if is_delta { self.scanned_delta(chunk.json, events) } else { None }
    }

    fn build(&mut self) -> Result<ConverseResponse, BuildError> {
        self.stage.build()?;
        Ok(self.response())
    }

    fn clear(&mut self) {
        *self = Self { blocks: std::mem::take(&mut self.blocks), ..Self::default() };
        self.blocks.clear();
    }

    fn missing(&self) -> Missing {
        let empty = self.stage.is_empty();
        Missing {
            empty,
            open_blocks: self.blocks.open_indexes(),
            stop: !(empty || self.stage.has_ended() && self.has_reason()),
            usage: !empty && !self.ended,
            ..Missing::default()
        }
    }

    fn unknown(&self) -> &RawList {
        &self.unknown
    }

    fn snapshot(&self) -> Option<ConverseResponse> {
        (!self.stage.is_empty()).then(|| self.response())
    }
}

#[codegen_at_use]
impl ConverseAggregator {
    /// The shape of nearly every event: a delta that continues a block. `None` for anything else.
    #[inline]
    fn scanned_delta(&mut self, json: &[u8], events: &mut EventSink<'_>) -> Option<()> {
        const KINDS: [&[u8]; 3] =
            [br#""text":""#, br#""toolUse":{"input":""#, br#""reasoningContent":{"text":""#];
        if !self.stage.is_folding() {
            return None;
        }
        let mut scan = Scan::new(json);
        // The order of members is that of every recorded delta.
        scan.literal(br#"{"contentBlockIndex":"#)?;
        let index = scan.index()?;
        scan.literal(br#","delta":{"#)?;
        let kind = scan.one_of(&KINDS)?;
        // Before the text is looked at: the first delta of a block may be as large as the answer.
        let slot = self.blocks.get(index).filter(|slot| slot.open)?;
        let piece = Piece::Raw(scan.string()?);
        scan.literal(if kind == 0 { b"}" } else { b"}}" })?;
        scan.padding_and_end()?;
        self.touched = index;
        match (kind, slot.block.last_mut()?) {
            (0, Part::Text { text, .. }) => text.push(index, piece, events),
            (1, Part::ToolUse { call, .. }) => call.push(index, piece, events),
            (2, Part::Thinking(thinking)) => thinking.push(index, piece, events),
            _ => None,
        }
    }

    fn message_start(&mut self, mut event: MessageStartEvent, events: &mut EventSink<'_>) {
        events.emit(|| Event::MessageStart(MessageStart::new(None, None, Some(event.role.as_str()))));
        let mut left = Leftover::default();
        left.take_declared(&["messageStart"], &mut event, &self.envelope);
        self.keep_left(left, events);
        self.started = true;
        self.message.role = event.role;
        self.chunk_unknown.take(event.extra);
        if let Some(id) = event.conversation_id {
            self.envelope.extra.insert("conversationId".to_owned(), Value::String(id));
        }
    }

    fn message_stop(&mut self, mut event: MessageStopEvent, events: &mut EventSink<'_>) {
        let is_repeated = self.stage.has_ended();
        self.stage.end();
        self.envelope.stop_reason = std::mem::take(&mut event.stop_reason);
        if events.is_enabled() && !is_repeated {
            // A call that the service ran leaves the caller nothing to do: only the reply knows.
            let is_call = self.envelope.stop_reason == StopReason::ToolUse;
            let reply = if is_call { self.response().to_reply() } else { self.envelope.to_reply() };
            let native = Cow::Borrowed(self.envelope.stop_reason.as_str());
            if let Some(reason) = reply.stop_reason {
                events.emit(|| Event::Stop(Stop { reason, native, model: None }));
            }
        }
        let (mut left, fields) = (Leftover::default(), &mut self.envelope.additional_model_response_fields);
        const PLACE: [&str; 2] = ["messageStop", "additionalModelResponseFields"];
        supersede(fields, event.additional_model_response_fields.take(), &PLACE, &mut left);
        left.take_declared(&["messageStop"], &mut event, &self.envelope);
        self.keep_left(left, events);
        self.chunk_unknown.take(event.extra);
    }

    /// Whether a stop reason has come.
    fn has_reason(&self) -> bool {
        !self.envelope.stop_reason.as_str().is_empty()
    }

    /// Keeps what the response has no place for.
    fn keep_left(&mut self, left: Leftover, events: &mut EventSink<'_>) {
        if let Some(left) = left.keep_in(&mut self.unknown, &[], &[]) {
            emit_unknown(&left, events);
        }
    }

    /// Takes what the metadata has. What a later one says holds; what it does not say of an earlier one is kept as unknown.
    fn metadata(&mut self, mut event: ConverseStreamMetadataEvent, events: &mut EventSink<'_>) {
        let mut left = Leftover::default();
        left.take_declared(&["metadata"], &mut event, &self.envelope);
        let envelope = &mut self.envelope;
        let at = |name| ["metadata", name];
        if let Some(usage) = event.usage {
            self.ended = true;
            supersede(&mut envelope.usage, Some(usage), &at("usage"), &mut left);
            if let Some(usage) = envelope.to_reply().usage {
                events.emit(|| Event::Usage(UsageUpdate { usage }));
            }
        }
        if let Some(metrics) = event.metrics {
            let mut whole = ConverseMetrics::default();
            whole.latency_ms = metrics.latency_ms;
            whole.extra = metrics.extra;
            supersede(&mut envelope.metrics, Some(whole), &at("metrics"), &mut left);
        }
        if let Some(trace) = event.trace {
            let mut whole = ConverseTrace::default();
            whole.guardrail = trace.guardrail;
            whole.prompt_router = trace.prompt_router;
            whole.extra = trace.extra;
            supersede(&mut envelope.trace, Some(whole), &at("trace"), &mut left);
        }
        supersede(
            &mut envelope.performance_config,
            event.performance_config,
            &at("performanceConfig"),
            &mut left,
        );
        supersede(&mut envelope.service_tier, event.service_tier, &at("serviceTier"), &mut left);
        self.keep_left(left, events);
        self.chunk_unknown.take(event.extra);
    }

    fn unknown_event(&mut self, object: Extra, events: &mut EventSink<'_>) {
        let raw = Value::from(object);
        emit_unknown(&raw, events);
        self.unknown.push(&raw);
    }

    /// The response so far.
    fn response(&self) -> ConverseResponse {
        let mut message = self.message.clone();
        for part in self.blocks.iter().flat_map(|slot| &slot.block) {
            match part {
                // Streams of gpt-oss begin with an empty block 0, and a text that is empty cannot
                // be sent back.
                Part::Text { text, citations } if text.text.is_empty() && citations.is_empty() => {}
                part => message.content.push(part.block()),
            }
        }
        let mut response = self.envelope.clone();
        response.extra.extend(self.chunk_unknown.settled());
        response.output = ConverseOutput::Message(message);
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Folds events given as SDKs write them.
    fn check(chunks: &[Value], content: Value, missing: &[&str]) -> Vec<Event<'static>> {
        let mut fold = ConverseAggregator::default();
        let mut emitted = Vec::new();
        for chunk in chunks {
            let text = chunk.to_string();
            let mut on_event = |event: Event<'_>| emitted.push(event.into_owned());
            fold.aggregate_raw(RawChunk::new(text.as_bytes()), &mut EventSink::new(&mut on_event)).unwrap();
        }
        assert_eq!(Aggregator::missing(&fold).names(), missing);
        let response = serde_json::to_value(fold.build().unwrap()).unwrap();
        assert_eq!(response["output"]["message"]["content"], content);
        emitted
    }

    #[test]
    fn redacted_reasoning_joins_by_bytes() {
        let delta = |data: &str| json!({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"reasoningContent": {"redactedContent": data}}}});
        let stop = json!({"contentBlockStop": {"contentBlockIndex": 0}});
        let content = json!([{"reasoningContent": {"redactedContent": "YWJjZGVmZ2g="}}]);
        check(&[delta("YWJjZA=="), delta("ZWZnaA=="), stop], content, &["stop", "usage"]);
    }

    #[test]
    fn a_block_of_citations_alone_stays_a_block() {
        let chunks = [
            json!({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "Rain"}}}),
            json!({"contentBlockStop": {"contentBlockIndex": 0}}),
            json!({"contentBlockDelta": {"contentBlockIndex": 1, "delta": {"citation": {"title": "t", "sourceContent": [{"text": "s"}]}}}}),
            json!({"contentBlockStop": {"contentBlockIndex": 1}}),
        ];
        let citations = json!([{"title": "t", "sourceContent": [{"text": "s"}]}]);
        let content =
            json!([{"text": "Rain"}, {"citationsContent": {"content": [], "citations": citations}}]);
        check(&chunks, content, &["stop", "usage"]);
    }

    #[test]
    fn kinds_that_are_not_known_survive() {
        let chunks = [
            json!({"contentBlockStart": {"contentBlockIndex": 0, "start": {"hologram": {"depth": 3}}}}),
            json!({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"hologram": {"light": 1}}}}),
            json!({"contentBlockDelta": {"contentBlockIndex": 1, "delta": {"text": "a", "emphasis": true}}}),
            json!({"messageSparkle": {"n": 1}}),
        ];
        let content =
            json!([{"hologram": {"depth": 3}, "deltas": [{"hologram": {"light": 1}}]}, {"text": "a"}]);
        let emitted = check(&chunks, content, &["block", "stop", "usage"]);
        assert!(emitted.iter().any(|event| matches!(event, Event::Unknown(_))));
    }
}
