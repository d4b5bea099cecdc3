//! The fold of formats whose answers are texts and nothing else: one text, or several with an index each.
//!
//! For: the models before tools and blocks, of which each has its own names for the same four things: a piece of text, why
//! it ended, how many tokens it took, and whatever else came. A format says where it keeps them: [`TextFormat`].
//! Not for: formats with blocks or calls.
//!
//! The events of text 0 are emitted as it grows. Any other text is emitted as one block when it ends; its index is the text's number
//! times 2³², as with the choices of a chat.

pub(crate) mod format;

use std::borrow::Cow;
use std::fmt;

use bedrock_codegen::codegen_at_use;
use bedrock_formats::reply::{self, ToReply, Usage};
use serde_json::json;

use crate::completeness::Missing;
use crate::event::{Event, EventSink, MessageStart, OtherBlock, UsageUpdate};
use crate::fold::chat::builder::OTHER_CHOICE;
use crate::fold::choices::ending::emit_stop;
use crate::fold::choices::{Choice, Choices};
use crate::fold::faults;
use crate::fold::growing_block::{Piece, TextPart};
use crate::fold::stage::Stage;
use crate::fold::unknown_fields::RepeatedFields;
use crate::fold::{Aggregator, BuildError, ChunkError, RawChunk, take_read};
use format::{StopWord, Text, TextFormat, TextPiece, Texts};

/// Folds the chunks of a [`TextFormat`].
pub struct TextAggregator<F: TextFormat> {
    stage: Stage,
    message: F::Message,
    /// What the chunks had that no type knows.
    chunk_unknown: RepeatedFields,
    texts: Choices<TextState>,
    /// The text that the last piece was of.
    last: u64,
    any_stopped: bool,
    /// Whether a guardrail's verdict has the stop wait for the end.
    guarded: bool,
    /// The tokens of all texts, where they are counted text by text.
    // Wide enough for whatever counts a server sends of however many texts.
    tokens: Option<u128>,
    /// The counts that were last emitted.
    emitted: Option<Usage>,
}

/// A text under construction.
#[derive(Debug, Clone, Default)]
struct TextState {
    part: TextPart,
    stop: Option<StopWord>,
    tokens: Option<u64>,
    unknown: RepeatedFields,
    emitted: bool,
}

#[codegen_at_use]
impl TextState {
    fn as_text(&self, index: u64) -> Text<'_> {
        let stop = self.stop.as_ref().map(|stop| stop.native.as_str());
        Text { index, text: &self.part.text, stop, tokens: self.tokens, unknown: &self.unknown }
    }
}

#[codegen_at_use]
impl Choice for TextState {
    fn has_stopped(&self) -> bool {
        self.stop.is_some()
    }

    /// A text that has not stopped was cut: it stays open.
    fn end(&mut self, _: u64, _: &mut EventSink<'_>) {}

    fn emit_whole(&mut self, index: u64, events: &mut EventSink<'_>) {
        if std::mem::replace(&mut self.emitted, true) {
            return;
        }
        let stop = self.stop.as_ref().map(|stop| stop.native.as_str());
        let block = json!({"index": index, "text": self.part.text, "stop_reason": stop});
        let index = index.saturating_mul(OTHER_CHOICE);
        events.emit(|| Event::Block(OtherBlock { index, block: Cow::Owned(block) }));
    }
}

impl<F: TextFormat> Default for TextAggregator<F> {
    fn default() -> Self {
        Self {
            stage: Stage::default(),
            message: F::Message::default(),
            chunk_unknown: RepeatedFields::default(),
            texts: Choices::default(),
            last: 0,
            any_stopped: false,
            guarded: false,
            tokens: None,
            emitted: None,
        }
    }
}

impl<F: TextFormat> fmt::Debug for TextAggregator<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextAggregator").field("message", &self.message).finish_non_exhaustive()
    }
}

impl<F: TextFormat> Aggregator for TextAggregator<F> {
    type Chunk = F::Chunk;
    type Message = F::Message;

    fn aggregate(&mut self, chunk: F::Chunk, events: &mut EventSink<'_>) -> Result<(), ChunkError> {
        let is_first = self.stage.is_empty();
        self.stage.take()?;
        let fault = F::unknown_fields(&chunk).and_then(|extra| faults::beside(extra));
        let is_whole = F::is_whole(&chunk);
        let after = "a whole answer after the beginning of another";
        let why = (is_whole && !is_first)
            .then_some(after)
            .or_else(|| F::contradicts(&self.message, &chunk))
            .or_else(|| self.denies(&F::repeated(&chunk)));
        if let Some(why) = why {
            return self.stage.admit(Err(ChunkError::other_message(why)));
        }
        let taken = self.take(chunk);
        let pieces = match taken {
            Ok(pieces) => pieces,
            Err(error) => return self.stage.admit(Err(error)),
        };
        if is_first {
            events.emit(|| Event::MessageStart(MessageStart::new(None, None, Some("assistant"))));
        }
        let brings_counts_alone = pieces.is_empty();
        let had_stopped = self.texts.stopped().is_some();
        for piece in pieces {
            self.append(piece, events);
        }
        if is_whole {
            self.stage.end();
        }
        if F::has_ended(&self.message) && !self.stage.has_ended() {
            self.stage.end();
            if let Some(text) = self.texts.get(0) {
                text.part.end(0, events);
            }
        }
        self.emit_stop(false, events);
        if brings_counts_alone || (!had_stopped && self.texts.stopped().is_some()) {
            self.emit_usage(events);
        }
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
        self.texts.end(events);
        self.emit_stop(true, events);
        // The counts of a text that was cut are not emitted: they may be wrong.
        if self.texts.all_stopped() {
            self.emit_usage(events);
        }
    }

    fn missing(&self) -> Missing {
        let empty = self.stage.is_empty();
        let counted = || F::COUNTS_ITSELF && self.usage().is_some_and(|usage| usage.output_tokens.is_some());
        Missing {
            empty,
            stop: !empty && !F::has_ended(&self.message) && !self.texts.all_stopped(),
            usage: !empty && !counted(),
            ..Missing::default()
        }
    }

    fn snapshot(&self) -> Option<F::Message> {
        (!self.stage.is_empty()).then(|| self.whole())
    }
}

impl<F: TextFormat> TextAggregator<F> {
    /// Moves a chunk into the message, and gives its pieces. Once a text has stopped, nothing is taken of a chunk that says
    /// more of it, or that gives another stop reason than the one that was emitted.
    fn take(&mut self, chunk: F::Chunk) -> Result<Vec<TextPiece>, ChunkError> {
        if self.any_stopped || self.stage.has_ended() {
            // Into a message of its own: what is refused must leave nothing in ours.
            let mut alone = F::Message::default();
            for piece in F::take(&mut alone, chunk.clone()) {
                self.refuse_other(&piece)?;
            }
            let intervenes = alone.to_reply().stop_reason == Some(reply::StopReason::GuardrailIntervened);
            if intervenes && self.texts.ending.was_emitted() {
                return Err(ChunkError::other_message("a guardrail's verdict after the end of the message"));
            }
        }
        let pieces = F::take(&mut self.message, chunk);
        if let Some(extra) = F::extra(&mut self.message) {
            self.chunk_unknown.take(std::mem::take(extra));
        }
        Ok(pieces)
    }

    /// Whether whole texts that come again differ from what was emitted, apart from blanks around them and a mark at their end.
    fn denies(&self, repeated: &[&str]) -> Option<&'static str> {
        let mut emitted = self.texts.iter().map(|slot| slot.block.part.text.trim());
        let differs = |whole: &&str| {
            let emitted = emitted.next().filter(|emitted| !emitted.is_empty());
            emitted.is_some_and(|emitted| !whole.is_empty() && plain(whole) != plain(emitted))
        };
        repeated.iter().any(differs).then_some("a whole text that differs from its pieces")
    }

    fn refuse_other(&mut self, piece: &TextPiece) -> Result<(), ChunkError> {
        let index = piece.index.unwrap_or(self.last);
        let says = piece.text.as_deref().is_some_and(|text| !text.is_empty());
        if says {
            self.stage.expect_open("a text")?;
        }
        let Some(text) = self.texts.get(index) else { return Ok(()) };
        match (&text.stop, &piece.stop) {
            (Some(_), _) if says => {
                Err(ChunkError::other_message(format!("more of text {index}, which has stopped")))
            }
            (Some(own), Some(other)) if own != other && piece.index.is_some() => {
                Err(ChunkError::other_message(format!("text {index} stops again, for another reason")))
            }
            _ => Ok(()),
        }
    }

    fn append(&mut self, piece: TextPiece, events: &mut EventSink<'_>) {
        let TextPiece { index, text, stop, tokens, extra } = piece;
        let known = index.or_else(|| (!self.texts.is_empty()).then_some(self.last));
        // A first piece of no index is of a text nonetheless.
        if text.is_some() || index.is_some() || known.is_none() {
            self.last = known.unwrap_or_default();
            self.grow(self.last, text.as_deref(), None, events);
            self.count(self.last, tokens);
            if let Some(text) = self.texts.get(self.last).filter(|_| !extra.is_empty()) {
                text.unknown.take(extra);
            }
        }
        let Some(stop) = stop else { return };
        let stopping = match index {
            Some(index) => vec![index],
            None => {
                self.texts.iter().filter(|slot| slot.block.stop.is_none()).map(|slot| slot.index).collect()
            }
        };
        self.any_stopped = true;
        for index in stopping {
            self.grow(index, None, Some(&stop), events);
        }
    }

    fn grow(&mut self, index: u64, text: Option<&str>, stop: Option<&StopWord>, events: &mut EventSink<'_>) {
        self.texts.take(index, TextState::default, events, |own, events| {
            if let Some(text) = text {
                own.part.push(index, Piece::Plain(text), events);
            }
            if let (Some(stop), None) = (stop, &own.stop) {
                own.part.end(index, events);
                own.stop = Some(stop.clone());
            }
        });
    }

    /// Takes how many tokens a text has: the last word on it holds.
    fn count(&mut self, index: u64, tokens: Option<u64>) {
        let (Some(tokens), Some(text)) = (tokens, self.texts.get(index)) else { return };
        let earlier = text.tokens.replace(tokens).unwrap_or_default();
        self.tokens = Some(self.tokens.unwrap_or_default() - u128::from(earlier) + u128::from(tokens));
    }

    /// The counts so far.
    fn usage(&self) -> Option<Usage> {
        let mut usage = F::usage(&self.message);
        if let Some(tokens) = self.tokens {
            usage.get_or_insert_default().output_tokens = Some(u64::try_from(tokens).unwrap_or(u64::MAX));
        }
        usage
    }

    /// Emits why the model stopped. A guardrail's trace, which the last chunk brings, can say that it only masked.
    fn emit_stop(&mut self, at_end: bool, events: &mut EventSink<'_>) {
        let waits = self.guarded || self.texts.stopped().is_none();
        if self.texts.ending.was_emitted() || (waits && !at_end) {
            return;
        }
        let reply = self.last_words().to_reply();
        self.guarded = reply.stop_reason == Some(reply::StopReason::GuardrailIntervened);
        if (at_end || !self.guarded) && self.texts.ending.is_due(events) {
            emit_stop(&reply, events);
        }
    }

    /// Emits the counts if they have changed.
    fn emit_usage(&mut self, events: &mut EventSink<'_>) {
        let usage = self.usage();
        if let Some(usage) = usage.filter(|usage| self.emitted != Some(*usage)) {
            self.emitted = Some(usage);
            events.emit(|| Event::Usage(UsageUpdate { usage }));
        }
    }

    /// The response so far without its texts: the end of the first of them, and the counts.
    fn last_words(&self) -> F::Message {
        let first = self.texts.iter().next().map(|slot| Text { text: "", ..slot.block.as_text(slot.index) });
        let mut message = self.message.clone();
        F::write(&mut message, &Texts(first.into_iter().collect()));
        message
    }

    /// The response so far.
    fn whole(&self) -> F::Message {
        let texts = Texts(self.texts.iter().map(|slot| slot.block.as_text(slot.index)).collect());
        let mut message = self.message.clone();
        if let Some(extra) = F::extra(&mut message) {
            *extra = self.chunk_unknown.settled();
        }
        F::write(&mut message, &texts);
        message
    }
}

/// A text without the blanks around it and the mark of its end.
#[codegen_at_use]
fn plain(text: &str) -> &str {
    // Cohere Command can write this mark into its texts.
    text.trim().trim_end_matches("<EOS_TOKEN>").trim_end()
}
