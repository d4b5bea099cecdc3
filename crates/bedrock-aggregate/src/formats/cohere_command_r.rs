//! Cohere Command R: events by their `event_type` to the chat response.
//!
//! The last event, `stream-end`, holds the whole response, and that is the answer. What came before it is the answer only
//! where the stream was cut. Calls have no ids on the wire; they are told by their place, as `call_0`.

use std::borrow::Cow;

use bedrock_formats::cohere_command_r::{Chunk, EventType, FinishReason, Response, ToolCall, ToolCallDelta};
use bedrock_formats::reply::{self, ToReply};
use bedrock_formats::wire::Extra;
use serde_json::Value;

use crate::aggregator::{Aggregator, BuildError, ChunkError, Stage};
use crate::completeness::Missing;
use crate::event::{Cited, Event, Listener, MessageStart, Stop, Unknown, UsageUpdate};
use crate::parts::{Piece, TextPart, ToolPart};
use crate::pieces::beside;
use crate::registry::Format;

/// The row of the registry.
pub(crate) const FORMAT: Format = Format::built_in::<CohereCommandRAggregator>(
    "cohere-command-r",
    |probe| probe.text("event_type").is_some(),
    |response| response["text"].is_string() && response["generation_id"].is_string(),
);

/// The block that the text is told as; calls follow it.
const TEXT: u64 = 0;

/// Folds Command R's events into a [`Response`].
///
/// ```
/// use bedrock_aggregate::{Aggregator, Listener, RawChunk, formats::CohereCommandRAggregator};
///
/// let mut fold = CohereCommandRAggregator::default();
/// let chunk = r#"{"event_type":"text-generation","is_finished":false,"text":"Rain."}"#;
/// fold.aggregate_raw(RawChunk::new(chunk.as_bytes()), &mut Listener::none())?;
/// assert_eq!(fold.build()?.text.as_deref(), Some("Rain."));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct CohereCommandRAggregator {
    stage: Stage,
    response: Response,
    text: TextPart,
    calls: Vec<Call>,
    ended: bool,
    /// What events had beside their own keys.
    beside: Extra,
    unknown: Vec<Value>,
}

/// A call under construction.
#[derive(Debug, Clone)]
struct Call {
    name: String,
    part: ToolPart,
}

impl Aggregator for CohereCommandRAggregator {
    type Chunk = Chunk;
    type Message = Response;

    #[cfg_attr(not(debug_assertions), inline)]
    fn aggregate(&mut self, mut chunk: Chunk, events: &mut Listener<'_>) -> Result<(), ChunkError> {
        if self.stage.is_empty() {
            events.emit(|| {
                Event::MessageStart(MessageStart::new(
                    chunk.generation_id.as_deref(),
                    None,
                    Some("assistant"),
                ))
            });
        }
        self.stage.take()?;
        let response = &mut self.response;
        response.generation_id = chunk.generation_id.clone().or(response.generation_id.take());
        response.guardrail_action = chunk.guardrail_action.clone().or(response.guardrail_action.take());
        response.guardrail_trace = chunk.guardrail_trace.clone().or(response.guardrail_trace.take());
        if !matches!(chunk.event_type, EventType::Other(_)) {
            self.beside.extend(beside(std::mem::take(&mut chunk.extra)));
        }
        match &chunk.event_type {
            EventType::Other(_) => self.keep_unknown(&chunk, events),
            EventType::StreamEnd => self.end(chunk, events),
            _ => self.take(chunk, events),
        }
        Ok(())
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn build(&mut self) -> Result<Response, BuildError> {
        self.stage.build()?;
        Ok(self.whole())
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn clear(&mut self) {
        *self = Self::default();
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn missing(&self) -> Missing {
        let empty = self.stage.is_empty();
        Missing {
            empty,
            stop: !empty && !self.ended,
            usage: !empty && self.response.meta.is_none(),
            ..Missing::default()
        }
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn unknown(&self) -> &[Value] {
        &self.unknown
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn snapshot(&self) -> Option<Response> {
        (!self.stage.is_empty()).then(|| self.whole())
    }
}

impl CohereCommandRAggregator {
    #[cfg_attr(not(debug_assertions), inline)]
    fn take(&mut self, chunk: Chunk, events: &mut Listener<'_>) {
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

    #[cfg_attr(not(debug_assertions), inline)]
    fn call_delta(&mut self, delta: ToolCallDelta, events: &mut Listener<'_>) {
        if let Some(text) = &delta.text {
            self.text.push(TEXT, Piece::Plain(text), events);
        }
        let at = delta.index.and_then(|index| usize::try_from(index).ok()).unwrap_or(0);
        if let Some(name) = delta.name {
            // A call begins; an index beyond the next one is the next one.
            if at >= self.calls.len() {
                self.start_call(name, events);
            }
        }
        let at = at.min(self.calls.len().saturating_sub(1));
        if let (Some(call), Some(piece)) = (self.calls.get_mut(at), &delta.parameters) {
            call.part.push(at as u64 + 1, Piece::Plain(piece), events);
        }
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn start_call(&mut self, name: String, events: &mut Listener<'_>) {
        self.text.end(TEXT, events);
        let at = self.calls.len();
        let part = ToolPart::start(at as u64 + 1, &format!("call_{at}"), &name, events);
        self.calls.push(Call { name, part });
    }

    /// A call told whole: it ends the one that was told in pieces, or is told for the first time.
    #[cfg_attr(not(debug_assertions), inline)]
    fn whole_call(&mut self, at: usize, call: ToolCall, events: &mut Listener<'_>) {
        if at >= self.calls.len() {
            self.start_call(call.name.clone(), events);
            if let (Some(told), Some(parameters)) = (self.calls.last_mut(), &call.parameters) {
                told.part.push(at as u64 + 1, Piece::Plain(&parameters.to_string()), events);
            }
        }
        if let Some(told) = self.calls.get(at) {
            told.part.end(at as u64 + 1, events);
        }
        let calls = self.response.tool_calls.get_or_insert_default();
        if at == calls.len() {
            calls.push(call);
        }
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn end(&mut self, chunk: Chunk, events: &mut Listener<'_>) {
        self.ended = true;
        self.text.end(TEXT, events);
        if let Some(whole) = chunk.response {
            let earlier = std::mem::replace(&mut self.response, *whole);
            let response = &mut self.response;
            response.guardrail_action = response.guardrail_action.take().or(earlier.guardrail_action);
            response.guardrail_trace = response.guardrail_trace.take().or(earlier.guardrail_trace);
        }
        if self.response.finish_reason.is_none() {
            self.response.finish_reason = chunk.finish_reason;
        }
        if let Some(reason) = self.response.finish_reason.as_ref() {
            let meaning = self.response.to_reply().stop_reason;
            events.emit(|| {
                Event::Stop(Stop {
                    reason: meaning.unwrap_or_else(|| FinishReason::to_reply(reason)),
                    native: Cow::Borrowed(reason.as_str()),
                })
            });
        }
        if let Some(usage) = self.response.to_reply().usage {
            events.emit(|| Event::Usage(UsageUpdate { usage }));
        }
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn keep_unknown(&mut self, chunk: &Chunk, events: &mut Listener<'_>) {
        let raw = serde_json::to_value(chunk).unwrap_or(Value::Null);
        events.emit(|| {
            let event_type = Some(Cow::Borrowed(chunk.event_type.as_str()));
            Event::Unknown(Unknown { event_type, raw: Cow::Borrowed(&raw) })
        });
        self.unknown.push(raw);
    }

    /// The response: the service's own, or what the events so far amount to.
    #[cfg_attr(not(debug_assertions), inline)]
    fn whole(&self) -> Response {
        let mut response = self.response.clone();
        response.extra.extend(self.beside.clone());
        if self.ended && response.text.is_some() {
            return response;
        }
        response.text = Some(self.text.text.clone()).filter(|text| !text.is_empty()).or(response.text);
        if response.tool_calls.is_none() && !self.calls.is_empty() {
            let call = |call: &Call| {
                let mut whole = ToolCall::default();
                whole.name.clone_from(&call.name);
                whole.parameters = Some(reply::tool_input(&call.part.input));
                whole
            };
            response.tool_calls = Some(self.calls.iter().map(call).collect());
        }
        response
    }
}
