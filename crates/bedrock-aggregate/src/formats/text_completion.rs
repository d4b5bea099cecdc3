//! Text completions of imported models and endpoints of the marketplace: pieces of the texts to the whole ones.
//!
//! A text ends with its `finish_reason`. A bare `text`, which some imported models answer with, has no such word: it has ended
//! when Bedrock's measurements have come with it. A stream is in one of the two shapes.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::reply::Usage;
use bedrock_formats::text_completion::{Choice, Chunk, FinishReason, Response};
use bedrock_formats::wire::Extra;
use serde_json::Value;

use crate::completeness::Missing;
use crate::event::EventSink;
use crate::fold::block_slots::Blocks;
use crate::fold::choices::{admit_id, keep_id};
use crate::fold::format::{Format, Probe};
use crate::fold::text_completion::TextAggregator;
use crate::fold::text_completion::format::{StopWord, TextFormat, TextPiece, Texts, carry};
use crate::fold::unknown_fields::{UnknownFields, overlay};
use crate::fold::{Aggregator, BuildError, ChunkError, RawChunk, take_read};

/// The row of the registry.
pub(crate) const FORMAT: Format =
    Format::built_in::<TextCompletionAggregator>("text-completion", detects, |response| {
        response.get("object").is_some_and(|object| object == "text_completion")
            && response.pointer("/choices/0/text").is_some()
            || is_bare_text(response)
    });

/// A piece of a text under the name of its object; or a bare text with nothing beside it that would speak of another format.
#[codegen_at_use]
fn detects(probe: &Probe<'_>) -> bool {
    probe.text("object") == Some("text_completion") || is_bare_text(probe.chunk)
}

#[codegen_at_use]
fn is_bare_text(chunk: &Value) -> bool {
    chunk.get("text").is_some_and(Value::is_string)
        && chunk.as_object().is_some_and(|object| {
            object.keys().all(|key| key == "text" || key == "p" || key.starts_with("amazon-bedrock-"))
        })
}

/// Where text completions keep their texts.
#[derive(Debug, Clone, Copy, Default)]
pub struct TextCompletion;

/// Folds the chunks of text completions into a [`Response`].
///
/// ```
/// use bedrock_aggregate::{Aggregator, EventSink, RawChunk, formats::TextCompletionAggregator};
///
/// let mut fold = TextCompletionAggregator::default();
/// for chunk in [
///     r#"{"object":"text_completion","choices":[{"index":0,"text":" there","finish_reason":null}]}"#,
///     r#"{"object":"text_completion","choices":[{"index":0,"text":" was","finish_reason":"length"}]}"#,
/// ] {
///     fold.aggregate_raw(RawChunk::new(chunk.as_bytes()), &mut EventSink::none())?;
/// }
/// assert_eq!(fold.build()?.choices.unwrap_or_default()[0].text.as_deref(), Some(" there was"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct TextCompletionAggregator {
    texts: TextAggregator<TextCompletion>,
    /// What the choices have beside their texts.
    choices: Blocks<Beside>,
}

/// What a choice has beside its text.
#[derive(Debug, Default)]
struct Beside {
    choice: Choice,
    /// Unknown fields.
    pieces: UnknownFields,
}

#[codegen_at_use]
impl Aggregator for TextCompletionAggregator {
    type Chunk = Chunk;
    type Message = Response;

    fn aggregate(&mut self, chunk: Chunk, events: &mut EventSink<'_>) -> Result<(), ChunkError> {
        let choices = chunk.choices.clone();
        let taken = self.texts.aggregate(chunk, events);
        // What stands beside an error has been taken too.
        if !matches!(taken, Ok(()) | Err(ChunkError::Exception(_))) {
            return taken;
        }
        for (position, mut choice) in choices.into_iter().flatten().enumerate() {
            let index = index_of(&choice, position);
            (choice.text, choice.finish_reason) = (None, None);
            let make = || Beside { choice: Choice::default().index(index), ..Beside::default() };
            let (slot, _) = self.choices.get_or_open(index, make);
            grow(&mut slot.block, choice);
        }
        taken
    }

    fn aggregate_raw(&mut self, chunk: RawChunk<'_>, events: &mut EventSink<'_>) -> Result<(), ChunkError> {
        take_read(self, chunk.json, events)
    }

    fn build(&mut self) -> Result<Response, BuildError> {
        self.texts.build().map(|response| self.with_choices(response))
    }

    fn clear(&mut self) {
        self.texts.clear();
        self.choices.clear();
    }

    fn end(&mut self, events: &mut EventSink<'_>) {
        self.texts.end(events);
    }

    fn missing(&self) -> Missing {
        self.texts.missing()
    }

    fn snapshot(&self) -> Option<Response> {
        self.texts.snapshot().map(|response| self.with_choices(response))
    }
}

#[codegen_at_use]
impl TextCompletionAggregator {
    /// The response, whose choices have their texts only, with what else they have.
    fn with_choices(&self, mut response: Response) -> Response {
        let mut texts = response.choices.take().into_iter().flatten().peekable();
        let choices = self.choices.iter().map(|slot| {
            let mut choice = slot.block.choice.clone();
            choice.extra = slot.block.pieces.settled();
            // Nulls of what came otherwise later.
            if choice.logprobs.is_some() {
                choice.extra.shift_remove("logprobs");
            }
            if choice.stop_reason.is_some() {
                choice.extra.shift_remove("stop_reason");
            }
            if let Some(written) = texts.next_if(|text| text.index == Some(slot.index)) {
                choice.text = written.text;
                choice.finish_reason = written.finish_reason;
            }
            if choice.finish_reason.is_some() {
                choice.extra.shift_remove("finish_reason");
            }
            choice
        });
        response.choices = Some(choices.collect()).filter(|choices: &Vec<_>| !choices.is_empty());
        response
    }
}

#[codegen_at_use]
impl TextFormat for TextCompletion {
    type Chunk = Chunk;
    type Message = Response;
    const COUNTS_ITSELF: bool = true;

    fn unknown_fields(chunk: &Chunk) -> Option<&Extra> {
        Some(&chunk.extra)
    }

    fn extra(message: &mut Response) -> Option<&mut Extra> {
        Some(&mut message.extra)
    }

    fn contradicts(message: &Response, chunk: &Chunk) -> Option<&'static str> {
        let has_choices = has_choices(chunk);
        if message.text.is_some() && has_choices {
            return Some("choices after a bare text");
        }
        let is_of_choices = message.choices.is_some() && !has_choices && chunk.text.is_some();
        if is_of_choices {
            return Some("a bare text after choices");
        }
        let is_chat = |choice: &Choice| {
            ["delta", "message"].iter().any(|key| choice.extra.get(*key).is_some_and(Value::is_object))
        };
        if message.choices.is_some() && chunk.choices.iter().flatten().any(is_chat) {
            return Some("a piece of a chat after a text");
        }
        let filled = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
        let says = filled(&chunk.text) || chunk.choices.iter().flatten().any(|choice| filled(&choice.text));
        let is_other = admit_id(message.id.as_deref(), chunk.id.as_deref(), says).is_err();
        is_other.then_some("a piece of another message")
    }

    fn take(message: &mut Response, mut chunk: Chunk) -> Vec<TextPiece> {
        let mut pieces = Vec::new();
        if has_choices(&chunk) {
            message.choices.get_or_insert_default();
            // Beside them it is no text of the answer, but an unknown field.
            if let Some(text) = chunk.text.take() {
                chunk.extra.insert("text".to_owned(), text.into());
            }
        }
        for (position, choice) in chunk.choices.take().into_iter().flatten().enumerate() {
            let index = index_of(&choice, position);
            let stop = choice.finish_reason.as_ref().filter(|reason| !reason.as_str().is_empty());
            let stop = stop.map(|reason| StopWord::new(reason.as_str(), reason.to_reply()));
            pieces.push(TextPiece { index: Some(index), stop, text: choice.text, ..TextPiece::default() });
        }
        if let Some(text) = chunk.text.take() {
            message.text.get_or_insert_default();
            pieces.push(TextPiece { index: Some(0), text: Some(text), stop: None, ..TextPiece::default() });
        }
        // They stand beside a whole answer, not in it; until it is written they show that it has ended.
        message.invocation_metrics = chunk.invocation_metrics.take().or(message.invocation_metrics.take());
        // Their last word is not the whole of what was said beside the counts.
        if let (Some(own), Some(later)) = (&mut message.usage, &mut chunk.usage) {
            let mut extra = std::mem::take(&mut own.extra);
            extra.retain(|_, value| !value.is_null());
            overlay(&mut extra, std::mem::take(&mut later.extra));
            later.extra = extra;
        }
        keep_id(&mut message.id, chunk.id.as_deref());
        carry!(message, chunk, object, created, model, system_fingerprint, usage);
        message.extra.shift_remove("choices");
        pieces
    }

    fn write(message: &mut Response, texts: &Texts<'_>) {
        message.invocation_metrics = None;
        if message.text.is_some() {
            message.text = texts.iter().last().map(|(_, text, _)| text.to_owned());
            return;
        }
        let choice = |(index, text, stop): (u64, &str, Option<&str>)| {
            let mut choice = Choice::default().index(index).text(text);
            choice.finish_reason = stop.map(FinishReason::from);
            choice
        };
        message.choices = Some(texts.iter().map(choice).collect());
    }

    fn has_ended(message: &Response) -> bool {
        // Nothing else ends such a text. None is recorded: by another client's word.
        message.text.is_some() && message.invocation_metrics.is_some()
    }

    fn usage(message: &Response) -> Option<Usage> {
        message.usage.as_ref().and_then(|usage| usage.to_reply().some())
    }
}

/// Whether a chunk is of the shape that has its texts in choices.
#[codegen_at_use]
fn has_choices(chunk: &Chunk) -> bool {
    chunk.choices.as_ref().is_some_and(|choices| !choices.is_empty())
}

/// Which choice a piece belongs to.
#[codegen_at_use]
fn index_of(choice: &Choice, position: usize) -> u64 {
    choice.index.unwrap_or(position as u64)
}

/// Takes what a piece has beside its text: likelihoods go on, a reason replaces what was there.
#[codegen_at_use]
fn grow(beside: &mut Beside, piece: Choice) {
    let own = &mut beside.choice;
    own.stop_reason = piece.stop_reason.or(own.stop_reason.take());
    match (&mut own.logprobs, piece.logprobs) {
        (Some(Value::Object(own)), Some(Value::Object(more))) => {
            for (key, value) in more {
                match (own.get_mut(&key), value) {
                    (Some(Value::Array(own)), Value::Array(more)) => own.extend(more),
                    (Some(_), Value::Null) => {}
                    (_, value) => drop(own.insert(key, value)),
                }
            }
        }
        (own, more) => *own = more.or(own.take()),
    }
    let mut extra = piece.extra;
    extra.shift_remove("text");
    beside.pieces.take(extra);
}
