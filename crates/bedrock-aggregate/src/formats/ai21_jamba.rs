//! AI21 Jamba: chunks to the response that InvokeModel would have given.
//!
//! The chunks look like OpenAI's. Every one brings the counts so far, which are not to be added up; the last brings
//! nothing but what Bedrock measured. Choices other than the first are told as in `openai_chat`.

use bedrock_formats::ai21_jamba::{
    Choice, Chunk, ChunkChoice, CompletionUsage, FinishReason, FunctionCall, Message, Response, Role,
    ToolCall,
};
use bedrock_formats::reply::ToReply;
use bedrock_formats::wire::Extra;
use serde_json::Value;

use crate::completeness::Missing;
use crate::event::{Event, Listener, MessageStart, UsageUpdate};
use crate::fold::chat::builder::{
    ChoicePiece, Counts, Outline, Outlined, WholeCall, announces_choices, fault_in, reads_choices,
    take_counts,
};
use crate::fold::choices::ending::tell_stop;
use crate::fold::choices::{Choices, Ids};
use crate::fold::format::{Format, Probe};
use crate::fold::growing_block::Piece;
use crate::fold::tool_calls::CallPiece;
use crate::fold::unknown_fields::{Beside, overlay};
use crate::fold::{Aggregator, BuildError, ChunkError, RawChunk, Stage, take_read};

/// The row of the registry.
pub(crate) const FORMAT: Format =
    Format::built_in::<Ai21JambaAggregator>("ai21-jamba", detects, |response| {
        let has = |key| response.get(key).is_some();
        response.pointer("/choices/0/message").is_some()
            && !has("object")
            && (has("meta") || response.pointer("/choices/0/finish_reason").is_some())
    })
    .reading(|probe| reads_choices(probe, &["delta"]))
    .announced_by(announces_choices);

/// Everybody else who sends deltas says what object they are in, or when it was made.
#[cfg_attr(not(debug_assertions), inline)]
fn detects(probe: &Probe<'_>) -> bool {
    let nameless = probe.get("object").is_none() && probe.get("created").is_none();
    nameless && probe.chunk.pointer("/choices/0/delta").is_some()
}

/// Folds Jamba's chunks into a [`Response`].
///
/// ```
/// use bedrock_aggregate::formats::Ai21JambaAggregator;
/// use bedrock_aggregate::{Aggregator, Listener, RawChunk};
///
/// let mut fold = Ai21JambaAggregator::default();
/// for chunk in [
///     r#"{"id":"c","choices":[{"index":0,"delta":{"content":" Ra"}}],"usage":{"completion_tokens":1}}"#,
///     r#"{"id":"c","choices":[{"index":0,"delta":{"content":"in."},"finish_reason":"stop"}],"usage":{"completion_tokens":2}}"#,
/// ] {
///     fold.aggregate_raw(RawChunk::new(chunk.as_bytes()), &mut Listener::none())?;
/// }
/// let response = fold.build()?;
/// assert_eq!(response.usage.and_then(|usage| usage.completion_tokens), Some(2), "the last count, no sum");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Ai21JambaAggregator {
    stage: Stage,
    envelope: Response,
    choices: Choices<Answer>,
    started: bool,
    ids: Ids,
    /// Unknown keys of the chunks.
    beside: Beside,
}

#[derive(Debug, Clone, Default)]
struct Answer {
    outline: Outline<FinishReason>,
    role: Option<Role>,
}

impl Aggregator for Ai21JambaAggregator {
    type Chunk = Chunk;
    type Message = Response;

    #[cfg_attr(not(debug_assertions), inline)]
    fn aggregate(&mut self, chunk: Chunk, events: &mut Listener<'_>) -> Result<(), ChunkError> {
        self.stage.take()?;
        let fault = fault_in(&chunk.extra, chunk.choices.as_deref().unwrap_or_default());
        let verdict = self.refuse_other(&chunk);
        self.stage.admit(verdict)?;
        let envelope = &mut self.envelope;
        envelope.id = envelope.id.take().or(chunk.id);
        if let Some(mut meta) = chunk.meta {
            let mut earlier = envelope.meta.take().unwrap_or_default();
            earlier.extra.retain(|_, value| !value.is_null());
            meta.request_duration_millis = meta.request_duration_millis.or(earlier.request_duration_millis);
            let later = std::mem::replace(&mut meta.extra, earlier.extra);
            overlay(&mut meta.extra, later);
            envelope.meta = Some(meta);
        }
        envelope.invocation_metrics = chunk.invocation_metrics.or(envelope.invocation_metrics.take());
        envelope.guardrail_action = chunk.guardrail_action.or(envelope.guardrail_action.take());
        envelope.guardrail_trace = chunk.guardrail_trace.or(envelope.guardrail_trace.take());
        let mut extra = chunk.extra;
        extra.shift_remove("choices");
        match extra.shift_remove("model") {
            Some(Value::String(model)) => envelope.model = Some(model),
            Some(odd) => drop(extra.insert("model".to_owned(), odd)),
            None => {}
        }
        self.beside.take(extra);
        for (position, choice) in chunk.choices.into_iter().flatten().enumerate() {
            self.take(position as u64, choice, events);
        }
        self.tell_stop(false, events);
        take_counts(&mut self.envelope.usage, chunk.usage, |usage| {
            events.emit(|| Event::Usage(UsageUpdate { usage: usage.to_reply() }));
        });
        fault.map_or(Ok(()), |exception| Err(ChunkError::Exception(exception)))
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn aggregate_raw(&mut self, chunk: RawChunk<'_>, events: &mut Listener<'_>) -> Result<(), ChunkError> {
        take_read(self, chunk.json, events)
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
    fn end(&mut self, events: &mut Listener<'_>) {
        self.choices.end(events);
        self.tell_stop(true, events);
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn missing(&self) -> Missing {
        let empty = self.stage.is_empty();
        Missing {
            empty,
            stop: !empty && !self.choices.all_stopped(),
            usage: !empty && !self.is_counted(),
            ..Missing::default()
        }
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn snapshot(&self) -> Option<Response> {
        (!self.stage.is_empty()).then(|| self.whole())
    }
}

impl Ai21JambaAggregator {
    /// Refuses what is no part of this message: the beginning of another, and what goes on after a choice's end.
    #[cfg_attr(not(debug_assertions), inline)]
    fn refuse_other(&mut self, chunk: &Chunk) -> Result<(), ChunkError> {
        self.choices.admit_verdict(&self.envelope, chunk)?;
        let goes_on = self.choices.admit(chunk.choices.as_deref().unwrap_or_default())?;
        self.ids.admit(self.envelope.id.as_deref(), chunk.id.as_deref(), goes_on)
    }

    /// Tells why the model stopped.
    #[cfg_attr(not(debug_assertions), inline)]
    fn tell_stop(&mut self, at_end: bool, events: &mut Listener<'_>) {
        if !self.choices.stop_is_due(&self.envelope, at_end, events) {
            return;
        }
        let stopped = self.choices.stopped().map(|(index, choice)| {
            let mut last = Choice::default().index(index);
            last.finish_reason.clone_from(&choice.outline.reason);
            last
        });
        let last = self.envelope.clone().choices(stopped.into_iter().collect::<Vec<_>>());
        tell_stop(&last.to_reply(), events);
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn take(&mut self, position: u64, choice: ChunkChoice, events: &mut Listener<'_>) {
        let index = choice.index.unwrap_or(position);
        if !std::mem::replace(&mut self.started, true) {
            let Response { id, model, .. } = &self.envelope;
            events.emit(|| {
                Event::MessageStart(MessageStart::new(id.as_deref(), model.as_deref(), Some("assistant")))
            });
        }
        self.choices.take(index, Answer::default, events, |own, events| own.take(choice, events));
    }

    /// Whether the counts are the last: those that Bedrock measures come in a chunk of their own behind all others, unless a
    /// guardrail stands between.
    #[cfg_attr(not(debug_assertions), inline)]
    fn is_counted(&self) -> bool {
        let Response { usage, invocation_metrics, guardrail_action, .. } = &self.envelope;
        let is_counted = usage.as_ref().is_some_and(Counts::are_there);
        is_counted && (invocation_metrics.is_some() || guardrail_action.is_some())
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn whole(&self) -> Response {
        let mut response = self.envelope.clone();
        // They stand beside a whole answer, not in it.
        response.invocation_metrics = None;
        response.extra = self.beside.settled();
        response.choices = Some(self.choices.iter().map(|slot| slot.block.whole(slot.index)).collect());
        response
    }
}

impl Outlined for Answer {
    type Reason = FinishReason;

    #[cfg_attr(not(debug_assertions), inline)]
    fn outline(&self) -> &Outline<FinishReason> {
        &self.outline
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn outline_mut(&mut self) -> &mut Outline<FinishReason> {
        &mut self.outline
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn has_role(&self) -> bool {
        self.role.is_some()
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn to_json(&self, index: u64) -> Value {
        serde_json::to_value(self.whole(index)).unwrap_or(Value::Null)
    }
}

impl ChoicePiece<FinishReason> for ChunkChoice {
    #[cfg_attr(not(debug_assertions), inline)]
    fn index(&self) -> Option<u64> {
        self.index
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn says(&self) -> bool {
        self.delta.as_ref().is_some_and(|delta| {
            delta.content.as_ref().is_some_and(|text| !text.is_empty())
                || delta.tool_calls.as_ref().is_some_and(|calls| !calls.is_empty())
        })
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn reason(&self) -> Option<&FinishReason> {
        self.finish_reason.as_ref().filter(|reason| !reason.as_str().is_empty())
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn names_role(&self) -> bool {
        self.delta.as_ref().is_some_and(|delta| !delta.role.as_str().is_empty())
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn extra(&self) -> &Extra {
        &self.extra
    }
}

impl Answer {
    #[cfg_attr(not(debug_assertions), inline)]
    fn take(&mut self, choice: ChunkChoice, events: &mut Listener<'_>) {
        let outline = &mut self.outline;
        let mut beside = choice.extra;
        beside.extend(choice.stop_reason.map(|reason| ("stop_reason".to_owned(), reason)));
        beside.extend(choice.logprobs.map(|logprobs| ("logprobs".to_owned(), logprobs)));
        beside.shift_remove("delta");
        outline.choice_pieces.take(beside);
        if let Some(Message { role, content, tool_calls, extra, .. }) = choice.delta {
            let role = Some(role).filter(|role| !role.as_str().is_empty());
            self.role = self.role.take().or(role);
            outline.delta_pieces.take(extra);
            if let Some(text) = content {
                outline.growth.text(Piece::Plain(&text), events);
            }
            for call in tool_calls.into_iter().flatten() {
                let function = call.function.unwrap_or_default();
                let (name, input) = (function.name.as_deref(), function.arguments.as_deref());
                let piece =
                    CallPiece { index: call.index, id: call.id.as_deref(), name, input, is_text: false };
                outline.take_call(piece, call.kind, [call.extra, function.extra], events);
            }
        }
        if let Some(reason) = choice.finish_reason.filter(|reason| !reason.as_str().is_empty()) {
            outline.finish(reason, events);
        }
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn whole(&self, index: u64) -> Choice {
        let mut message = Message::default().role(self.role.clone().unwrap_or(Role::Assistant));
        message.extra = self.outline.delta_pieces.settled();
        message.content = self.outline.growth.content_text().map(str::to_owned);
        if message.content.is_none() {
            message.extra.insert("content".to_owned(), Value::Null);
        }
        let calls = self.outline.calls().map(|calls| {
            let call = |call: WholeCall<'_>| {
                let mut function =
                    FunctionCall::default().name(call.name.map(str::to_owned)).arguments(call.input);
                function.extra = call.function_extra;
                let mut whole = ToolCall::default().id(call.id.map(str::to_owned)).function(function);
                whole.kind = call.kind.map(str::to_owned);
                whole.extra = call.extra;
                whole
            };
            calls.into_iter().map(call).collect()
        });
        message.tool_calls = calls;
        let mut choice = Choice::default().index(index).message(message);
        choice.finish_reason.clone_from(&self.outline.reason);
        choice.extra = self.outline.choice_pieces.settled();
        choice.logprobs = choice.extra.shift_remove("logprobs").filter(|logprobs| !logprobs.is_null());
        choice
    }
}

impl Counts for CompletionUsage {
    #[cfg_attr(not(debug_assertions), inline)]
    fn are_there(&self) -> bool {
        self.prompt_tokens.is_some() || self.completion_tokens.is_some() || self.total_tokens.is_some()
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn extra(&mut self) -> &mut Extra {
        &mut self.extra
    }
}
