//! Mistral's chat: chunks to the response that InvokeModel would have given.
//!
//! The chunks look like OpenAI's, but what a message grows by stands under `message`, and the reason to stop under
//! `stop_reason`; newer models write OpenAI's keys, and are read too. A server that writes `"usage": null` into its chunks
//! owes the counts.

use bedrock_formats::mistral_chat::{
    Choice, Chunk, CompletionUsage, FunctionCall, Message, Response, Role, StopReason, ToolCall,
};
use bedrock_formats::reply::ToReply;
use bedrock_formats::wire::{Extra, TextOr};
use serde_json::Value;

use crate::completeness::Missing;
use crate::event::{Event, Listener, MessageStart, UsageUpdate};
use crate::fold::chat::builder::{
    ChoicePiece, Counts, Outline, Outlined, WholeCall, announces_choices, fault_in, reads_choices,
    take_counts,
};
use crate::fold::chat::content::ReasoningName;
use crate::fold::choices::ending::tell_stop;
use crate::fold::choices::{Choices, Ids};
use crate::fold::format::{Format, Probe};
use crate::fold::growing_block::Piece;
use crate::fold::tool_calls::CallPiece;
use crate::fold::unknown_fields::Beside;
use crate::fold::{Aggregator, BuildError, ChunkError, RawChunk, Stage, take_read};

/// The row of the registry. A whole response of a newer model cannot be told from OpenAI's, and is taken for one where
/// nobody says otherwise.
pub(crate) const FORMAT: Format =
    Format::built_in::<MistralChatAggregator>("mistral-chat", detects, |response| {
        response.pointer("/choices/0/message").is_some()
            && (response.pointer("/choices/0/stop_reason").is_some()
                || response.get("object").is_some_and(|object| object == "chat.completion"))
    })
    .reading(|probe| reads_choices(probe, &["message", "delta"]))
    .announced_by(announces_choices);

#[cfg_attr(not(debug_assertions), inline)]
fn detects(probe: &Probe<'_>) -> bool {
    let choice = |key| probe.chunk.pointer("/choices/0").is_some_and(|choice| choice.get(key).is_some());
    choice("message")
        && !choice("delta")
        && (probe.text("object") == Some("chat.completion.chunk") || choice("context_logits"))
}

/// Folds Mistral's chunks into a [`Response`].
///
/// ```
/// use bedrock_aggregate::formats::MistralChatAggregator;
/// use bedrock_aggregate::{Aggregator, Listener, RawChunk};
///
/// let mut fold = MistralChatAggregator::default();
/// for chunk in [
///     r#"{"object":"chat.completion.chunk","choices":[{"index":0,"message":{"role":"assistant","content":"Ra"}}]}"#,
///     r#"{"object":"chat.completion.chunk","choices":[{"index":0,"message":{"content":"in."},"stop_reason":"stop"}]}"#,
/// ] {
///     fold.aggregate_raw(RawChunk::new(chunk.as_bytes()), &mut Listener::none())?;
/// }
/// let response = fold.build()?;
/// assert_eq!(response.object.as_deref(), Some("chat.completion"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct MistralChatAggregator {
    stage: Stage,
    envelope: Response,
    choices: Choices<Answer>,
    started: bool,
    owes_usage: bool,
    ids: Ids,
    /// Unknown keys of the chunks.
    beside: Beside,
}

#[derive(Debug, Clone, Default)]
struct Answer {
    outline: Outline<StopReason>,
    role: Option<Role>,
    /// Whether the reason to stop came under OpenAI's key.
    openai_reason: bool,
    /// Whether a call's arguments came as an object and not as text.
    object_arguments: bool,
}

impl Aggregator for MistralChatAggregator {
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
        envelope.created = envelope.created.take().or(chunk.created);
        envelope.model = envelope.model.take().or(chunk.model);
        envelope.object = envelope.object.take().or(chunk.object.map(|_| "chat.completion".to_owned()));
        envelope.invocation_metrics = chunk.invocation_metrics.or(envelope.invocation_metrics.take());
        envelope.guardrail_action = chunk.guardrail_action.or(envelope.guardrail_action.take());
        envelope.guardrail_trace = chunk.guardrail_trace.or(envelope.guardrail_trace.take());
        self.owes_usage |= chunk.extra.contains_key("usage");
        let mut extra = chunk.extra;
        for key in ["choices", "p", "object"] {
            extra.shift_remove(key);
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
            usage: self.owes_usage && !self.envelope.usage.as_ref().is_some_and(Counts::are_there),
            ..Missing::default()
        }
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn snapshot(&self) -> Option<Response> {
        (!self.stage.is_empty()).then(|| self.whole())
    }
}

impl MistralChatAggregator {
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
            last.stop_reason.clone_from(&choice.outline.reason);
            last
        });
        let last = self.envelope.clone().choices(stopped.into_iter().collect::<Vec<_>>());
        tell_stop(&last.to_reply(), events);
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn take(&mut self, position: u64, choice: Choice, events: &mut Listener<'_>) {
        let index = choice.index.unwrap_or(position);
        if !std::mem::replace(&mut self.started, true) {
            let Response { id, model, .. } = &self.envelope;
            events.emit(|| {
                Event::MessageStart(MessageStart::new(id.as_deref(), model.as_deref(), Some("assistant")))
            });
        }
        self.choices.take(index, Answer::default, events, |own, events| own.take(choice, events));
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
    type Reason = StopReason;

    #[cfg_attr(not(debug_assertions), inline)]
    fn outline(&self) -> &Outline<StopReason> {
        &self.outline
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn outline_mut(&mut self) -> &mut Outline<StopReason> {
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

/// A piece may have either name of what the message grows by, and of why it stops.
impl ChoicePiece<StopReason> for Choice {
    #[cfg_attr(not(debug_assertions), inline)]
    fn index(&self) -> Option<u64> {
        self.index
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn says(&self) -> bool {
        self.message.as_ref().or(self.delta.as_ref()).is_some_and(|message| {
            let content = match &message.content {
                Some(TextOr::Text(text)) => !text.is_empty(),
                Some(TextOr::Other(parts)) => !parts.is_empty(),
                None => false,
            };
            content
                || message.reasoning_content.as_ref().is_some_and(|text| !text.is_empty())
                || message.tool_calls.as_ref().is_some_and(|calls| !calls.is_empty())
        })
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn reason(&self) -> Option<&StopReason> {
        let filled = |reason: &&StopReason| !reason.as_str().is_empty();
        self.stop_reason.as_ref().filter(filled).or(self.finish_reason.as_ref().filter(filled))
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn names_role(&self) -> bool {
        let message = self.message.as_ref().or(self.delta.as_ref());
        message.is_some_and(|message| !message.role.as_str().is_empty())
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn extra(&self) -> &Extra {
        &self.extra
    }
}

impl Answer {
    #[cfg_attr(not(debug_assertions), inline)]
    fn take(&mut self, choice: Choice, events: &mut Listener<'_>) {
        let Choice { message, delta, stop_reason, finish_reason, extra, .. } = choice;
        self.outline.choice_pieces.take(extra);
        if let Some(piece) = message.or(delta) {
            self.take_message(piece, events);
        }
        let filled = |reason: &StopReason| !reason.as_str().is_empty();
        self.openai_reason |= finish_reason.as_ref().is_some_and(filled);
        if let Some(reason) = stop_reason.filter(filled).or(finish_reason.filter(filled)) {
            self.outline.finish(reason, events);
        }
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn take_message(&mut self, piece: Message, events: &mut Listener<'_>) {
        let outline = &mut self.outline;
        let role = Some(piece.role).filter(|role| !role.as_str().is_empty());
        self.role = self.role.take().or(role);
        outline.delta_pieces.take(piece.extra);
        if let Some(text) = piece.reasoning_content {
            outline.growth.reason(ReasoningName::Content, Piece::Plain(&text), events);
        }
        match piece.content {
            Some(TextOr::Text(text)) => drop(outline.growth.text(Piece::Plain(&text), events)),
            Some(TextOr::Other(parts)) => {
                let parts = parts.iter().map(|part| serde_json::to_value(part).unwrap_or(Value::Null));
                outline.growth.parts(parts.collect(), events);
            }
            None => {}
        }
        for call in piece.tool_calls.into_iter().flatten() {
            let function = call.function.unwrap_or_default();
            let input = match function.arguments {
                Some(TextOr::Text(text)) => Some(text),
                Some(TextOr::Other(arguments)) => {
                    self.object_arguments = true;
                    Some(arguments.to_string())
                }
                None => None,
            };
            let piece = CallPiece {
                index: call.index,
                id: call.id.as_deref(),
                name: function.name.as_deref(),
                input: input.as_deref(),
                is_text: false,
            };
            outline.take_call(piece, call.kind, [call.extra, function.extra], events);
        }
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn whole(&self, index: u64) -> Choice {
        let growth = &self.outline.growth;
        let mut message = Message::default().role(self.role.clone().unwrap_or(Role::Assistant));
        message.extra = self.outline.delta_pieces.settled();
        // A key of the chunk, not of the message.
        message.extra.shift_remove("index");
        message.content = match growth.content_text() {
            Some(text) => Some(text.into()),
            None => growth.content().and_then(|parts| serde_json::from_value(parts).ok()),
        };
        if message.content.is_none() {
            message.extra.insert("content".to_owned(), Value::Null);
        }
        message.reasoning_content.clone_from(&growth.reasoning_content);
        let calls = self.outline.calls();
        message.tool_calls = calls.map(|calls| calls.into_iter().map(|call| self.tool_call(call)).collect());
        let mut choice = Choice::default().index(index).message(message);
        choice.extra = self.outline.choice_pieces.settled();
        let reason = if self.openai_reason { &mut choice.finish_reason } else { &mut choice.stop_reason };
        reason.clone_from(&self.outline.reason);
        choice
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn tool_call(&self, call: WholeCall<'_>) -> ToolCall {
        let object = self.object_arguments.then(|| serde_json::from_str(call.input).ok()).flatten();
        let arguments = object.map_or_else(|| call.input.into(), TextOr::Other);
        let mut function = FunctionCall::default().name(call.name.map(str::to_owned));
        function.arguments = Some(arguments);
        function.extra = call.function_extra;
        let mut whole = ToolCall::default().id(call.id.map(str::to_owned)).function(function);
        whole.kind = call.kind.map(str::to_owned);
        whole.extra = call.extra;
        whole
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
