//! DeepSeek R1: chunks to the response that InvokeModel would have given.
//!
//! Asked with messages, R1 sends pieces of a message, reasoning first; asked with a prompt, pieces of a text. Counts come
//! only as what Bedrock measured.

use bedrock_formats::deepseek::{Choice, Chunk, Message, Response, Role, StopReason};
use bedrock_formats::invocation_metrics::GuardrailAction;
use bedrock_formats::reply::ToReply;
use serde_json::Value;

use crate::aggregator::{Aggregator, BuildError, ChunkError, RawChunk, Stage, take_read};
use crate::choice::ReasoningName;
use crate::choices::Choices;
use crate::completeness::Missing;
use crate::ending::tell_stop;
use crate::event::{Event, Listener, MessageStart, UsageUpdate};
use crate::faults;
use crate::outline::{Outline, announces_choices, reads_choices};
use crate::parts::Piece;
use crate::pieces::overlay;
use crate::registry::{Format, Probe};

/// The row of the registry.
pub(crate) const FORMAT: Format = Format::built_in::<DeepSeekAggregator>("deepseek", detects, |response| {
    response.get("object").is_none()
        && response.pointer("/choices/0/stop_reason").is_some()
        && (response.pointer("/choices/0/text").is_some()
            || response.pointer("/choices/0/message/reasoning_content").is_some())
})
.reading(|probe| reads_choices(probe, &["text", "message"]) && !reads_choices(probe, &["delta"]))
.announced_by(announces_choices);

#[cfg_attr(not(debug_assertions), inline)]
fn detects(probe: &Probe<'_>) -> bool {
    let choice = |key| probe.chunk.pointer("/choices/0").is_some_and(|choice| choice.get(key).is_some());
    probe.get("object").is_none() && (choice("text") || (choice("message") && choice("stop_reason")))
}

/// Folds R1's chunks into a [`Response`].
///
/// ```
/// use bedrock_aggregate::formats::DeepSeekAggregator;
/// use bedrock_aggregate::{Aggregator, Listener, RawChunk};
///
/// let mut fold = DeepSeekAggregator::default();
/// for chunk in [r#"{"choices":[{"text":"Ra","stop_reason":null}]}"#, r#"{"choices":[{"text":"in.","stop_reason":"stop"}]}"#] {
///     fold.aggregate_raw(RawChunk::new(chunk.as_bytes()), &mut Listener::none())?;
/// }
/// assert_eq!(fold.build()?.choices.unwrap()[0].text.as_deref(), Some("Rain."));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct DeepSeekAggregator {
    stage: Stage,
    envelope: Response,
    choices: Choices<Answer>,
    started: bool,
}

#[derive(Debug, Clone, Default)]
struct Answer {
    outline: Outline<StopReason>,
    /// As it was told: answers to a prompt have none.
    index: Option<u64>,
    /// The role, where pieces of a message came.
    message: Option<Role>,
}

impl Aggregator for DeepSeekAggregator {
    type Chunk = Chunk;
    type Message = Response;

    #[cfg_attr(not(debug_assertions), inline)]
    fn aggregate(&mut self, chunk: Chunk, events: &mut Listener<'_>) -> Result<(), ChunkError> {
        self.stage.take()?;
        let fault = faults::in_extra(&chunk.extra).or_else(|| {
            let mut choices = chunk.choices.iter().flatten();
            choices.find_map(|choice| faults::of_error(choice.extra.get("error")?))
        });
        let verdict = self.refuse_other(&chunk);
        self.stage.admit(verdict)?;
        let envelope = &mut self.envelope;
        envelope.invocation_metrics = chunk.invocation_metrics.or(envelope.invocation_metrics.take());
        envelope.guardrail_action = chunk.guardrail_action.or(envelope.guardrail_action.take());
        envelope.guardrail_trace = chunk.guardrail_trace.or(envelope.guardrail_trace.take());
        let mut extra = chunk.extra;
        extra.shift_remove("choices");
        overlay(&mut envelope.extra, extra);
        for (position, choice) in chunk.choices.into_iter().flatten().enumerate() {
            let index = choice.index.unwrap_or(position as u64);
            if !std::mem::replace(&mut self.started, true) {
                events.emit(|| Event::MessageStart(MessageStart::new(None, None, Some("assistant"))));
            }
            self.choices.take(index, Answer::default, events, |own, events| own.take(choice, events));
        }
        self.tell_stop(false, events);
        if let Some(usage) = chunk.usage {
            events.emit(|| Event::Usage(UsageUpdate { usage: usage.to_reply() }));
            self.envelope.usage = Some(usage);
        }
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
            usage: !empty && self.envelope.usage.is_none() && self.envelope.invocation_metrics.is_none(),
            ..Missing::default()
        }
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn snapshot(&self) -> Option<Response> {
        (!self.stage.is_empty()).then(|| self.whole())
    }
}

impl DeepSeekAggregator {
    /// Refuses what is no part of this message: the beginning of another, and what goes on after a choice's end.
    #[cfg_attr(not(debug_assertions), inline)]
    fn refuse_other(&mut self, chunk: &Chunk) -> Result<(), ChunkError> {
        let intervenes = chunk.guardrail_action == Some(GuardrailAction::Intervened);
        if intervenes && self.choices.ending.was_told() && self.envelope.guardrail_action.is_none() {
            return Err(ChunkError::other_message("a guardrail's verdict after the end of the message"));
        }
        for (position, choice) in chunk.choices.iter().flatten().enumerate() {
            let index = choice.index.unwrap_or(position as u64);
            let reason = choice.stop_reason.as_ref().filter(|reason| !reason.as_str().is_empty());
            if let Some(own) = self.choices.get(index) {
                own.outline.admit(index, says(choice), reason)?;
            }
        }
        Ok(())
    }

    /// Tells why the model stopped. A guardrail's trace, which the last chunk brings, can say that it only masked.
    #[cfg_attr(not(debug_assertions), inline)]
    fn tell_stop(&mut self, at_end: bool, events: &mut Listener<'_>) {
        let guarded = self.envelope.guardrail_action.is_some() || self.envelope.guardrail_trace.is_some();
        let stopped = self.choices.stopped();
        if !at_end && (guarded || stopped.is_none()) {
            return;
        }
        let choice = stopped.map(|(index, choice)| {
            let mut last = Choice::default().index(choice.index.or(Some(index)));
            last.stop_reason.clone_from(&choice.outline.reason);
            last
        });
        if self.choices.ending.is_due(events) {
            let mut last = self.envelope.clone();
            last.choices = Some(choice.into_iter().collect());
            tell_stop(&last.to_reply(), events);
        }
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn whole(&self) -> Response {
        let mut response = self.envelope.clone();
        // They stand beside a whole answer, not in it.
        response.invocation_metrics = None;
        response.choices = Some(self.choices.iter().map(|slot| slot.block.whole()).collect());
        response
    }
}

impl crate::choices::Choice for Answer {
    #[cfg_attr(not(debug_assertions), inline)]
    fn has_stopped(&self) -> bool {
        self.outline.reason.is_some()
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn end(&mut self, _: u64, events: &mut Listener<'_>) {
        self.outline.end(events);
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn tell_whole(&mut self, index: u64, events: &mut Listener<'_>) {
        if self.outline.is_told() {
            return;
        }
        let whole = self.whole();
        self.outline.tell_whole(index, || serde_json::to_value(whole).unwrap_or(Value::Null), events);
    }
}

/// Whether a piece has anything that is heard or read of the choice.
#[cfg_attr(not(debug_assertions), inline)]
fn says(choice: &Choice) -> bool {
    let filled = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
    filled(&choice.text)
        || choice
            .message
            .as_ref()
            .is_some_and(|message| filled(&message.content) || filled(&message.reasoning_content))
}

impl Answer {
    #[cfg_attr(not(debug_assertions), inline)]
    fn take(&mut self, choice: Choice, events: &mut Listener<'_>) {
        let outline = &mut self.outline;
        self.index = self.index.or(choice.index);
        outline.choice_pieces.take(choice.extra);
        if let Some(Message { role, content, reasoning_content, extra, .. }) = choice.message {
            let role = Some(role).filter(|role| !role.as_str().is_empty());
            self.message = self.message.take().or(role).or(Some(Role::Assistant));
            outline.delta_pieces.take(extra);
            if let Some(text) = reasoning_content {
                outline.growth.reason(ReasoningName::Content, Piece::Plain(&text), events);
            }
            if let Some(text) = content {
                outline.growth.text(Piece::Plain(&text), events);
            }
        }
        if let Some(text) = choice.text {
            outline.growth.text(Piece::Plain(&text), events);
        }
        if let Some(reason) = choice.stop_reason.filter(|reason| !reason.as_str().is_empty()) {
            outline.finish(reason, events);
        }
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn whole(&self) -> Choice {
        let outline = &self.outline;
        let text = outline.growth.content_text().map(str::to_owned);
        let mut choice = Choice::default().index(self.index);
        choice.extra = outline.choice_pieces.settled();
        choice.stop_reason.clone_from(&outline.reason);
        if let Some(role) = &self.message {
            let mut message = Message::default().role(role.clone()).content(text);
            message.reasoning_content.clone_from(&outline.growth.reasoning_content);
            message.extra = outline.delta_pieces.settled();
            if message.content.is_none() {
                message.extra.insert("content".to_owned(), Value::Null);
            }
            choice.extra.shift_remove("message");
            choice.message = Some(message);
        } else {
            choice.extra.shift_remove("text");
            choice.text = text;
        }
        choice
    }
}
