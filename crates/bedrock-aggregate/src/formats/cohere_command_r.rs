//! Cohere Command R: events by their `event_type` to the chat response.
//!
//! The last event, `stream-end`, holds the whole response, and that is the answer. What came before it is the answer only
//! where the stream was cut. Calls have no ids on the wire; they are emitted by their place, as `call_0`.

use std::borrow::Cow;

use bedrock_codegen::codegen_at_use;
use bedrock_formats::cohere_command_r::{Chunk, EventType, Response, ToolCall, ToolCallDelta};
use bedrock_formats::reply::ToReply;
use bedrock_formats::wire::read_value;
use serde_json::Value;

use crate::completeness::Missing;
use crate::event::{Cited, Event, EventSink, MessageStart, Unknown, UsageUpdate};
use crate::fold::choices::ending::{Ending, emit_stop};
use crate::fold::format::Format;
use crate::fold::growing_block::{Piece, TextPart, ToolPart};
use crate::fold::raw_list::RawList;
use crate::fold::stage::Stage;
use crate::fold::unknown_fields::{Leftover, RepeatedFields, meaningful};
use crate::fold::{Aggregator, BuildError, ChunkError, RawChunk, take_read};

/// The row of the registry.
pub(crate) const FORMAT: Format = Format::built_in::<CohereCommandRAggregator>(
    "cohere-command-r",
    |probe| probe.text("event_type").is_some(),
    |response| response["text"].is_string() && response["generation_id"].is_string(),
)
.announced_by(|probe| probe.text("event_type") == Some("stream-start"));

/// The block that the text is emitted as; calls follow it.
// Kept for it even where no text comes, which is not known when a call begins.
const TEXT: u64 = 0;

/// Folds Command R's events into a [`Response`].
///
/// ```
/// use bedrock_aggregate::{Aggregator, EventSink, RawChunk, formats::CohereCommandRAggregator};
///
/// let mut fold = CohereCommandRAggregator::default();
/// let chunk = r#"{"event_type":"text-generation","is_finished":false,"text":"Rain."}"#;
/// fold.aggregate_raw(RawChunk::new(chunk.as_bytes()), &mut EventSink::none())?;
/// assert_eq!(fold.build()?.text.as_deref(), Some("Rain."));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct CohereCommandRAggregator {
    stage: Stage,
    response: Response,
    text: TextPart,
    calls: Vec<Call>,
    ending: Ending,
    /// What events had beside their own keys.
    chunk_unknown: RepeatedFields,
    unknown: RawList,
}

/// A call under construction.
#[derive(Debug, Clone)]
struct Call {
    name: String,
    part: ToolPart,
}

#[codegen_at_use]
impl Aggregator for CohereCommandRAggregator {
    type Chunk = Chunk;
    type Message = Response;

    fn aggregate(&mut self, mut chunk: Chunk, events: &mut EventSink<'_>) -> Result<(), ChunkError> {
        let is_first = self.stage.is_empty();
        self.stage.take()?;
        if is_first && is_whole(&chunk) {
            chunk = as_end(chunk);
        }
        let verdict = self.refuse_other(&chunk, is_first);
        self.stage.admit(verdict)?;
        if is_first {
            events.emit(|| {
                Event::MessageStart(MessageStart::new(
                    chunk.generation_id.as_deref(),
                    None,
                    Some("assistant"),
                ))
            });
        }
        let response = &mut self.response;
        response.generation_id = chunk.generation_id.clone().or(response.generation_id.take());
        response.guardrail_action = chunk.guardrail_action.clone().or(response.guardrail_action.take());
        response.guardrail_trace = chunk.guardrail_trace.clone().or(response.guardrail_trace.take());
        if !matches!(chunk.event_type, EventType::Other(_)) {
            let kind = Value::from(chunk.event_type.as_str());
            let mut left = Leftover::default();
            left.take_declared(&[], &mut chunk, &self.response);
            if let Some(raw) = left.keep_in(&mut self.unknown, &[], &[("event_type", kind)]) {
                emit_unknown(&raw, events);
            }
            self.chunk_unknown.take(meaningful(std::mem::take(&mut chunk.extra)).collect());
        }
        match &chunk.event_type {
            EventType::Other(_) => self.keep_unknown(&chunk, events),
            EventType::StreamEnd => self.stream_end(chunk, events),
            _ => self.take(chunk, events),
        }
        Ok(())
    }

    fn aggregate_raw(&mut self, chunk: RawChunk<'_>, events: &mut EventSink<'_>) -> Result<(), ChunkError> {
        take_read(self, chunk.json, events)
    }

    fn build(&mut self) -> Result<Response, BuildError> {
        self.stage.build()?;
        Ok(self.whole())
    }

    fn clear(&mut self) {
        *self = Self::default();
    }

    /// Emits why the model stopped, where no event said so: a guardrail can.
    fn end(&mut self, events: &mut EventSink<'_>) {
        if self.ending.is_due(events) {
            emit_stop(&self.whole().to_reply(), events);
        }
    }

    fn missing(&self) -> Missing {
        let empty = self.stage.is_empty();
        Missing {
            empty,
            stop: !empty && !self.stage.has_ended(),
            usage: !empty && self.response.meta.is_none(),
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
impl CohereCommandRAggregator {
    /// Refuses what is no part of this answer: the beginning of another, what goes on after the end, and a last word that
    /// contradicts what was emitted.
    fn refuse_other(&self, chunk: &Chunk, is_first: bool) -> Result<(), ChunkError> {
        let other = |why: &str| Err(ChunkError::other_message(why));
        if self.stage.has_ended() && (chunk.guardrail_action.is_some() || chunk.guardrail_trace.is_some()) {
            return other("a guardrail's verdict after the end of the message");
        }
        match &chunk.event_type {
            EventType::Other(_) if is_whole(chunk) => {
                return other("a whole answer after the beginning of another");
            }
            EventType::Other(_) => return Ok(()),
            event_type => self.stage.expect_open(event_type.as_str())?,
        }
        if chunk.event_type == EventType::StreamStart && !is_first {
            return other("a second stream-start");
        }
        let more =
            chunk.tool_call_delta.as_ref().filter(|delta| delta.name.is_none() && delta.parameters.is_some());
        let of = more.and_then(|delta| self.calls.get(self.place(delta)));
        if of.is_some_and(|call| call.part.has_ended()) {
            return other("more of a call that is complete");
        }
        if self.denies(chunk.tool_calls.as_deref().unwrap_or_default()) {
            return other("whole calls that differ from their pieces");
        }
        let Some(response) = chunk.response.as_deref().filter(|_| chunk.event_type == EventType::StreamEnd)
        else {
            return Ok(());
        };
        let text = response.text.as_deref().unwrap_or_default();
        if !text.is_empty() && !text.starts_with(&self.text.text) {
            return other("a whole text that differs from its pieces, in stream-end");
        }
        let calls = response.tool_calls.as_deref().unwrap_or_default();
        if self.denies(calls) || (!calls.is_empty() && calls.len() < self.calls.len()) {
            return other("whole calls that differ from their pieces, in stream-end");
        }
        Ok(())
    }

    /// Whether whole calls say otherwise than what came of them in pieces.
    fn denies(&self, calls: &[ToolCall]) -> bool {
        self.calls.iter().zip(calls).any(|(own, whole)| {
            let parameters = whole.parameters.as_ref();
            let differs = |whole: &Value| {
                let goes_on = !own.part.has_ended() && whole.to_string().starts_with(own.part.pieces());
                !goes_on && !says_the_same(whole, &own.part.input())
            };
            own.name != whole.name || parameters.is_some_and(differs)
        })
    }

    fn take(&mut self, chunk: Chunk, events: &mut EventSink<'_>) {
        // Before a call the text says what the model is about to do; it is text like any other.
        if let Some(text) = &chunk.text {
            self.text.push(TEXT, Piece::Plain(text), events);
        }
        for citation in chunk.citations.into_iter().flatten() {
            events.emit(|| {
                let citation = Cow::Owned(serde_json::to_value(&citation).unwrap_or(Value::Null));
                Event::Citation(Cited { index: TEXT, citation })
            });
            self.response.citations.get_or_insert_default().push(citation);
        }
        if let Some(delta) = chunk.tool_call_delta {
            self.call_delta(delta, events);
        }
        for (at, call) in chunk.tool_calls.into_iter().flatten().enumerate() {
            self.whole_call(at, call, events);
        }
        let response = &mut self.response;
        response.search_queries = chunk.search_queries.or(response.search_queries.take());
        response.search_results = chunk.search_results.or(response.search_results.take());
        response.documents = chunk.documents.or(response.documents.take());
        response.prompt = chunk.prompt.or(response.prompt.take());
    }

    fn call_delta(&mut self, delta: ToolCallDelta, events: &mut EventSink<'_>) {
        let mut left = Leftover::default();
        left.take(&["tool_call_delta"], &delta);
        if let Some(raw) = left.keep_in(&mut self.unknown, &[], &[("event_type", "tool-calls-chunk".into())])
        {
            emit_unknown(&raw, events);
        }
        if let Some(text) = &delta.text {
            self.text.push(TEXT, Piece::Plain(text), events);
        }
        if let Some(name) = &delta.name {
            // A call begins; an index beyond the next one is the next one.
            // Doubtful without an index: a second call is then more of the first. Calls of tools
            // are in neither of the two recorded streams; Cohere's own type has the index optional.
            if delta.index.unwrap_or(0) >= self.calls.len() as u64 {
                self.start_call(name.clone(), events);
            }
        }
        let at = self.place(&delta);
        if let (Some(call), Some(piece)) = (self.calls.get_mut(at), &delta.parameters) {
            call.part.push(at as u64 + 1, Piece::Plain(piece), events);
        }
    }

    /// Which call more of an input belongs to.
    fn place(&self, delta: &ToolCallDelta) -> usize {
        let at = delta.index.and_then(|index| usize::try_from(index).ok()).unwrap_or(0);
        at.min(self.calls.len().saturating_sub(1))
    }

    fn start_call(&mut self, name: String, events: &mut EventSink<'_>) {
        self.text.end(TEXT, events);
        let at = self.calls.len();
        let part = ToolPart::start(at as u64 + 1, &format!("call_{at}"), &name, events);
        self.calls.push(Call { name, part });
    }

    /// A whole call: it ends the one that was emitted in pieces, or is emitted for the first time.
    fn whole_call(&mut self, at: usize, call: ToolCall, events: &mut EventSink<'_>) {
        if at >= self.calls.len() {
            self.start_call(call.name.clone(), events);
        }
        if let Some(known) = self.calls.get_mut(at).filter(|known| !known.part.has_ended()) {
            // What of it was not emitted in pieces.
            let whole = call.parameters.as_ref().map(Value::to_string).unwrap_or_default();
            let rest = whole.strip_prefix(known.part.pieces()).unwrap_or_default().to_owned();
            known.part.push(at as u64 + 1, Piece::Plain(&rest), events);
            known.part.end(at as u64 + 1, events);
        }
        let calls = self.response.tool_calls.get_or_insert_default();
        if at == calls.len() {
            calls.push(call);
        }
    }

    fn stream_end(&mut self, chunk: Chunk, events: &mut EventSink<'_>) {
        self.stage.end();
        if let Some(whole) = chunk.response {
            // What of the last word was not emitted before.
            let text = whole.text.as_deref().unwrap_or_default();
            // `refuse_other` has seen that it begins with what was emitted.
            if let Some(rest) = text.get(self.text.text.len()..) {
                self.text.push(TEXT, Piece::Plain(rest), events);
            }
            for (at, call) in whole.tool_calls.clone().into_iter().flatten().enumerate() {
                self.whole_call(at, call, events);
            }
            let earlier = std::mem::replace(&mut self.response, *whole);
            let response = &mut self.response;
            self.chunk_unknown.take(std::mem::take(&mut response.extra));
            response.guardrail_action = response.guardrail_action.take().or(earlier.guardrail_action);
            response.guardrail_trace = response.guardrail_trace.take().or(earlier.guardrail_trace);
            // A last word without calls says nothing of those that were emitted.
            if response.tool_calls.as_ref().is_some_and(Vec::is_empty) && !self.calls.is_empty() {
                response.tool_calls = None;
            }
            let is_same_count = |calls: &Vec<ToolCall>| calls.len() == self.calls.len();
            response.tool_calls = response.tool_calls.take().or(earlier.tool_calls.filter(is_same_count));
        }
        self.text.end(TEXT, events);
        for (at, call) in (1..).zip(&mut self.calls) {
            call.part.end(at, events);
        }
        if self.response.finish_reason.is_none() {
            self.response.finish_reason = chunk.finish_reason;
        }
        if self.ending.is_due(events) {
            emit_stop(&self.whole().to_reply(), events);
        }
        if let Some(usage) = self.response.to_reply().usage {
            events.emit(|| Event::Usage(UsageUpdate { usage }));
        }
    }

    fn keep_unknown(&mut self, chunk: &Chunk, events: &mut EventSink<'_>) {
        let raw = serde_json::to_value(chunk).unwrap_or(Value::Null);
        emit_unknown(&raw, events);
        self.unknown.push(&raw);
    }

    /// The response: the service's own, or what the events so far amount to.
    fn whole(&self) -> Response {
        let mut response = self.response.clone();
        response.extra.extend(self.chunk_unknown.settled());
        let said = Some(&self.text.text).filter(|text| !text.is_empty());
        response.text = said.cloned().or(response.text);
        if response.tool_calls.is_none() && !self.calls.is_empty() {
            let call = |call: &Call| {
                let mut whole = ToolCall::default();
                whole.name.clone_from(&call.name);
                whole.parameters = Some(call.part.input());
                whole
            };
            response.tool_calls = Some(self.calls.iter().map(call).collect());
        }
        // The last word may leave out an input that was emitted.
        for (whole, known) in response.tool_calls.iter_mut().flatten().zip(&self.calls) {
            if whole.parameters.is_none() && known.part.has_pieces() {
                whole.parameters = Some(known.part.input());
            }
        }
        response
    }
}

/// Emits what no type knows.
#[codegen_at_use]
fn emit_unknown(raw: &Value, events: &mut EventSink<'_>) {
    events.emit(|| {
        let event_type = raw.get("event_type").and_then(Value::as_str).map(Cow::Borrowed);
        Event::Unknown(Unknown { event_type, raw: Cow::Borrowed(raw) })
    });
}

/// Whether a chunk is a whole answer, as it comes without streaming: it says no event.
#[codegen_at_use]
fn is_whole(chunk: &Chunk) -> bool {
    chunk.event_type == EventType::default()
        && chunk.text.is_some()
        && (chunk.generation_id.is_some() || chunk.finish_reason.is_some())
}

/// A whole answer as the last event that would have held it.
#[codegen_at_use]
fn as_end(chunk: Chunk) -> Chunk {
    let response = serde_json::to_value(&chunk).ok().and_then(|whole| read_value::<Response>(whole).ok());
    let mut end = Chunk::default();
    end.event_type = EventType::StreamEnd;
    end.generation_id = chunk.generation_id;
    end.guardrail_action = chunk.guardrail_action;
    end.guardrail_trace = chunk.guardrail_trace;
    end.response = response.map(|(response, _)| Box::new(response));
    end
}

/// Whether two documents say the same, however their numbers are written; a null says nothing.
#[codegen_at_use]
fn says_the_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| says_the_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let known =
                |all: &serde_json::Map<String, Value>| all.values().filter(|value| !value.is_null()).count();
            let in_other = |(key, value): (&String, &Value)| {
                value.is_null() || other.get(key).is_some_and(|own| says_the_same(value, own))
            };
            known(one) == known(other) && one.iter().all(in_other)
        }
        _ => one == other,
    }
}
