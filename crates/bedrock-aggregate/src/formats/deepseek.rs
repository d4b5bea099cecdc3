//! DeepSeek R1: chunks to the response that InvokeModel would have given.
//!
//! Asked with messages, R1 sends pieces of a message, reasoning first; asked with a prompt, pieces of a text. Counts come
//! only as what Bedrock measured.

use bedrock_formats::deepseek::{Choice, Chunk, Message, Response, Role, StopReason};
use serde_json::Value;

use crate::aggregator::{Aggregator, BuildError, ChunkError, Stage};
use crate::blocks::Blocks;
use crate::choice::ReasoningName;
use crate::completeness::Missing;
use crate::event::{Event, Listener, MessageStart, UsageUpdate};
use crate::outline::{Outline, all_stopped};
use crate::parts::Piece;
use crate::pieces::overlay;
use crate::registry::{Format, Probe};

/// The row of the registry.
pub(crate) const FORMAT: Format = Format::built_in::<DeepSeekAggregator>("deepseek", detects, |response| {
    response.get("object").is_none()
        && response.pointer("/choices/0/stop_reason").is_some()
        && (response.pointer("/choices/0/text").is_some()
            || response.pointer("/choices/0/message/reasoning_content").is_some())
});

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
    choices: Blocks<Answer>,
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
            let (slot, _) = self.choices.get_or_open(index, Answer::default);
            let mut nobody = Listener::none();
            slot.block.take(choice, if index == 0 { events } else { &mut nobody });
            if index != 0 && slot.block.outline.reason.is_some() {
                slot.block.tell_whole(index, events);
            }
        }
        if let Some(usage) = chunk.usage {
            events.emit(|| Event::Usage(UsageUpdate { usage: usage.to_reply() }));
            self.envelope.usage = Some(usage);
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
    fn end(&mut self, events: &mut Listener<'_>) {
        for slot in self.choices.iter_mut() {
            match slot.index {
                0 => slot.block.outline.end(events),
                index => slot.block.tell_whole(index, events),
            }
        }
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn missing(&self) -> Missing {
        let empty = self.stage.is_empty();
        Missing {
            empty,
            stop: !empty && !all_stopped(&self.choices, |choice| choice.outline.reason.is_some()),
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
    #[cfg_attr(not(debug_assertions), inline)]
    fn whole(&self) -> Response {
        let mut response = self.envelope.clone();
        // They stand beside a whole answer, not in it.
        response.invocation_metrics = None;
        response.choices = Some(self.choices.iter().map(|slot| slot.block.whole()).collect());
        response
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
            let (stop, native) = (reason.to_reply(), reason.as_str().to_owned());
            outline.finish(reason, stop, &native, events);
        }
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn tell_whole(&mut self, index: u64, events: &mut Listener<'_>) {
        if self.outline.is_told() {
            return;
        }
        let whole = self.whole();
        self.outline.tell_whole(index, || serde_json::to_value(whole).unwrap_or(Value::Null), events);
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
