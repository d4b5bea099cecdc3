//! The fold of chats in the shape of OpenAI's, without the extras of OpenAI itself.
//!
//! For: Jamba, Mistral, DeepSeek, and formats of a caller's own. A format says where its chunks keep what ([`ChatFormat`]).
//! Not for: Chat Completions themselves, which have audio, log probabilities and reasoning in four ways besides.

use bedrock_formats::reply::ToReply;
use bedrock_formats::wire::{Extra, TextOr};
use serde_json::Value;

use super::builder::{BuiltChoice, ChatUsage, ChoiceBuilder, fault_in, take_counts};
use super::content::ReasoningName;
use super::format::{ChatChoice, ChatFormat, ChatPiece};
use crate::completeness::Missing;
use crate::event::{Event, EventSink, UsageUpdate};
use crate::fold::choices::ending::emit_stop;
use crate::fold::choices::{Choices, Ids, admit_id, keep_id};
use crate::fold::growing_block::Piece;
use crate::fold::stage::Stage;
use crate::fold::tool_calls::CallPiece;
use crate::fold::unknown_fields::RepeatedFields;
use crate::fold::{Aggregator, BuildError, ChunkError, RawChunk, take_read};

/// Folds the chunks of a [`ChatFormat`].
///
/// The events of choice 0 are emitted as it grows. Any other choice is emitted as one block when it stops; its index is the choice's number
/// times 2³².
#[derive(Debug, Clone)]
pub struct ChatAggregator<F: ChatFormat> {
    stage: Stage,
    /// What the message has beside its choices.
    message: F::Message,
    choices: Choices<ChoiceState<F>>,
    started: bool,
    /// The id that the first chunk which has one gives.
    id: Option<String>,
    ids: Ids,
    /// Whether the server said that counts will come.
    owes_usage: bool,
    /// Unknown members of the chunks.
    chunk_unknown: RepeatedFields,
}

/// A choice under construction.
#[derive(Debug, Clone)]
struct ChoiceState<F: ChatFormat> {
    builder: ChoiceBuilder<F::Reason>,
    role: Option<String>,
    memory: F::Memory,
}

impl<F: ChatFormat> Default for ChatAggregator<F> {
    fn default() -> Self {
        Self {
            stage: Stage::default(),
            message: F::Message::default(),
            choices: Choices::default(),
            started: false,
            id: None,
            ids: Ids::default(),
            owes_usage: false,
            chunk_unknown: RepeatedFields::default(),
        }
    }
}

impl<F: ChatFormat> Aggregator for ChatAggregator<F> {
    type Chunk = F::Chunk;
    type Message = F::Message;

    fn aggregate(&mut self, mut chunk: F::Chunk, events: &mut EventSink<'_>) -> Result<(), ChunkError> {
        self.stage.take()?;
        let pieces = F::pieces(&mut chunk);
        // Found before the chunk is moved, reported when it has been taken: what stands beside an
        // error counts.
        let fault = fault_in(F::extra(&chunk), &pieces);
        // Before anything is taken: a refused chunk is given to another fold.
        let verdict = self.refuse_other(&chunk, &pieces);
        self.stage.admit(verdict)?;
        keep_id(&mut self.id, F::id(&chunk));
        let (usage, extra) = F::take(&mut self.message, chunk);
        // `"usage": null` is in `extra`, as every null is: the server was asked for counts, and
        // owes them.
        self.owes_usage |= extra.contains_key("usage");
        self.chunk_unknown.take(extra);
        for (position, piece) in pieces.into_iter().enumerate() {
            let index = piece.index.unwrap_or(position as u64);
            if !std::mem::replace(&mut self.started, true) {
                events.emit(|| Event::MessageStart(F::start(&self.message)));
            }
            self.choices.take(index, ChoiceState::default, events, |own, events| own.take(piece, events));
        }
        self.emit_stop(false, events);
        take_counts(F::usage_mut(&mut self.message), usage, |usage| {
            events.emit(|| Event::Usage(UsageUpdate { usage: usage.to_usage() }));
        });
        fault.map_or(Ok(()), |exception| Err(ChunkError::Exception(exception)))
    }

    fn aggregate_raw(&mut self, chunk: RawChunk<'_>, events: &mut EventSink<'_>) -> Result<(), ChunkError> {
        take_read(self, chunk.json, events)
    }

    fn build(&mut self) -> Result<F::Message, BuildError> {
        self.stage.build()?;
        Ok(self.whole())
    }

    fn clear(&mut self) {
        *self = Self::default();
    }

    fn end(&mut self, events: &mut EventSink<'_>) {
        // First, since it settles which choice is emitted as it grew: the stop is that one's.
        self.choices.end(events);
        self.emit_stop(true, events);
    }

    fn missing(&self) -> Missing {
        let empty = self.stage.is_empty();
        Missing {
            empty,
            stop: !empty && !self.choices.all_stopped(),
            usage: !empty && F::lacks_usage(&self.message, self.owes_usage),
            ..Missing::default()
        }
    }

    fn snapshot(&self) -> Option<F::Message> {
        (!self.stage.is_empty()).then(|| self.whole())
    }
}

impl<F: ChatFormat> ChatAggregator<F> {
    /// Refuses chunks that are no part of this message: the beginning of another, or more of a choice that has stopped.
    fn refuse_other(&mut self, chunk: &F::Chunk, pieces: &[ChatPiece<F>]) -> Result<(), ChunkError> {
        self.choices.admit_verdict(&self.message, chunk)?;
        let goes_on = self.choices.admit(pieces)?;
        let (own, id) = (self.id.as_deref(), F::id(chunk));
        if F::ONE_ID { admit_id(own, id, goes_on.says) } else { self.ids.admit(own, id, goes_on) }
    }

    /// Emits why the model stopped.
    fn emit_stop(&mut self, at_end: bool, events: &mut EventSink<'_>) {
        if !self.choices.stop_is_due(&self.message, at_end, events) {
            return;
        }
        let stopped = self.choices.stopped().map(|(index, choice)| F::choice(choice.end_alone(index)));
        // With the end of one choice only: the texts are not copied for the sake of a word.
        let mut last = self.message.clone();
        F::write(&mut last, stopped.into_iter().collect(), Extra::new());
        emit_stop(&last.to_reply(), events);
    }

    fn whole(&self) -> F::Message {
        let mut message = self.message.clone();
        let choices = self.choices.iter().map(|slot| slot.block.whole(slot.index)).collect();
        F::write(&mut message, choices, self.chunk_unknown.settled());
        message
    }
}

impl<F: ChatFormat> Default for ChoiceState<F> {
    fn default() -> Self {
        Self { builder: ChoiceBuilder::default(), role: None, memory: F::Memory::default() }
    }
}

impl<F: ChatFormat> ChoiceState<F> {
    fn take(&mut self, piece: ChatPiece<F>, events: &mut EventSink<'_>) {
        F::remember(&mut self.memory, piece.memory);
        let builder = &mut self.builder;
        builder.choice_unknown.take(piece.extra);
        self.role = self.role.take().or(piece.role);
        builder.delta_unknown.take(piece.message_extra);
        if let Some(text) = piece.reasoning {
            builder.content.reason(ReasoningName::Content, Piece::Plain(&text), events);
        }
        match piece.content {
            Some(TextOr::Text(text)) => drop(builder.content.text(Piece::Plain(&text), events)),
            Some(TextOr::Other(parts)) => builder.content.parts(parts, events),
            None => {}
        }
        for call in piece.calls.into_iter().flatten() {
            let (id, name, input) = (call.id.as_deref(), call.name.as_deref(), call.input.as_deref());
            let piece = CallPiece { index: call.index, id, name, input, is_text: false };
            builder.take_call(piece, call.kind, [call.extra, call.function_extra], events);
        }
        // Last: the chunk that stops a choice can hold its last words, and nothing is taken after
        // it.
        if let Some(reason) = piece.reason {
            builder.finish(reason, events);
        }
    }

    /// The end of the choice and nothing else of it.
    fn end_alone(&self, index: u64) -> ChatChoice<'_, F> {
        ChatChoice {
            index,
            role: None,
            text: None,
            parts: None,
            reasoning: None,
            calls: None,
            reason: self.builder.reason.as_ref(),
            message_extra: Extra::new(),
            extra: Extra::new(),
            memory: &self.memory,
        }
    }

    /// The choice so far.
    fn whole(&self, index: u64) -> F::Choice {
        let content = &self.builder.content;
        let text = content.content_text();
        F::choice(ChatChoice {
            role: self.role.as_deref(),
            text,
            parts: content.content().filter(|_| text.is_none()),
            reasoning: content.reasoning_content.as_deref(),
            calls: self.builder.calls(),
            message_extra: self.builder.delta_unknown.settled(),
            extra: self.builder.choice_unknown.settled(),
            ..self.end_alone(index)
        })
    }
}

impl<F: ChatFormat> BuiltChoice for ChoiceState<F> {
    type Reason = F::Reason;

    fn builder(&self) -> &ChoiceBuilder<F::Reason> {
        &self.builder
    }

    fn builder_mut(&mut self) -> &mut ChoiceBuilder<F::Reason> {
        &mut self.builder
    }

    fn has_role(&self) -> bool {
        self.role.is_some()
    }

    fn to_json(&self, index: u64) -> Value {
        serde_json::to_value(self.whole(index)).unwrap_or(Value::Null)
    }
}
