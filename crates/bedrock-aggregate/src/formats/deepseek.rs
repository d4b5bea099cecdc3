//! DeepSeek R1: chunks to the response that InvokeModel would have given.
//!
//! Asked with messages, R1 sends pieces of a message, reasoning first; asked with a prompt, pieces of a text. Counts come
//! only as what Bedrock measured.

use bedrock_formats::deepseek::{Choice, Chunk, CompletionUsage, Message, Response, Role, StopReason};
use bedrock_formats::reply::ToReply;
use bedrock_formats::wire::Extra;
use serde_json::Value;

use crate::completeness::Missing;
use crate::event::{Event, Listener, MessageStart, UsageUpdate};
use crate::fold::chat::builder::{
    ChoicePiece, Counts, Outline, Outlined, announces_choices, fault_in, reads_choices, take_counts,
};
use crate::fold::chat::content::ReasoningName;
use crate::fold::choices::ending::tell_stop;
use crate::fold::choices::{Choices, admit_id};
use crate::fold::format::{Format, Probe};
use crate::fold::growing_block::Piece;
use crate::fold::unknown_fields::Beside;
use crate::fold::{Aggregator, BuildError, ChunkError, RawChunk, Stage, take_read};

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
    /// The id that the first chunk which has one gives; the service gives none.
    id: Option<String>,
    /// Unknown keys of the chunks.
    beside: Beside,
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
        let fault = fault_in(&chunk.extra, chunk.choices.as_deref().unwrap_or_default());
        let verdict = self.refuse_other(&chunk);
        self.stage.admit(verdict)?;
        self.id = self.id.take().or_else(|| id_of(&chunk).map(str::to_owned));
        let envelope = &mut self.envelope;
        envelope.invocation_metrics = chunk.invocation_metrics.or(envelope.invocation_metrics.take());
        envelope.guardrail_action = chunk.guardrail_action.or(envelope.guardrail_action.take());
        envelope.guardrail_trace = chunk.guardrail_trace.or(envelope.guardrail_trace.take());
        let mut extra = chunk.extra;
        extra.shift_remove("choices");
        self.beside.take(extra);
        for (position, choice) in chunk.choices.into_iter().flatten().enumerate() {
            let index = choice.index.unwrap_or(position as u64);
            if !std::mem::replace(&mut self.started, true) {
                events.emit(|| Event::MessageStart(MessageStart::new(None, None, Some("assistant"))));
            }
            self.choices.take(index, Answer::default, events, |own, events| own.take(choice, events));
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

/// The id that a chunk gives its message.
#[cfg_attr(not(debug_assertions), inline)]
fn id_of(chunk: &Chunk) -> Option<&str> {
    chunk.extra.get("id").and_then(Value::as_str)
}

impl DeepSeekAggregator {
    /// Refuses what is no part of this message: a piece of another, and what goes on after a choice's end.
    #[cfg_attr(not(debug_assertions), inline)]
    fn refuse_other(&mut self, chunk: &Chunk) -> Result<(), ChunkError> {
        self.choices.admit_verdict(&self.envelope, chunk)?;
        let goes_on = self.choices.admit(chunk.choices.as_deref().unwrap_or_default())?;
        admit_id(self.id.as_deref(), id_of(chunk), goes_on.says)
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn is_counted(&self) -> bool {
        let Response { usage, invocation_metrics, .. } = &self.envelope;
        usage.as_ref().is_some_and(Counts::are_there) || invocation_metrics.is_some()
    }

    /// Tells why the model stopped.
    #[cfg_attr(not(debug_assertions), inline)]
    fn tell_stop(&mut self, at_end: bool, events: &mut Listener<'_>) {
        if !self.choices.stop_is_due(&self.envelope, at_end, events) {
            return;
        }
        let stopped = self.choices.stopped().map(|(index, choice)| {
            let mut last = Choice::default().index(choice.index.or(Some(index)));
            last.stop_reason.clone_from(&choice.outline.reason);
            last
        });
        let last = self.envelope.clone().choices(stopped.into_iter().collect::<Vec<_>>());
        tell_stop(&last.to_reply(), events);
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn whole(&self) -> Response {
        let mut response = self.envelope.clone();
        // They stand beside a whole answer, not in it.
        response.invocation_metrics = None;
        response.extra = self.beside.settled();
        response.choices = Some(self.choices.iter().map(|slot| slot.block.whole()).collect());
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
        self.message.is_some()
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn to_json(&self, _: u64) -> Value {
        serde_json::to_value(self.whole()).unwrap_or(Value::Null)
    }
}

impl ChoicePiece<StopReason> for Choice {
    #[cfg_attr(not(debug_assertions), inline)]
    fn index(&self) -> Option<u64> {
        self.index
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn says(&self) -> bool {
        let filled = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
        let message = self.message.as_ref();
        filled(&self.text)
            || message.is_some_and(|message| filled(&message.content) || filled(&message.reasoning_content))
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn reason(&self) -> Option<&StopReason> {
        self.stop_reason.as_ref().filter(|reason| !reason.as_str().is_empty())
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn names_role(&self) -> bool {
        self.message.as_ref().is_some_and(|message| !message.role.as_str().is_empty())
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn extra(&self) -> &Extra {
        &self.extra
    }
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
