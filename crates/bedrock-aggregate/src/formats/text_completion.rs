//! Text completions of imported models and endpoints of the marketplace: pieces of the texts to the whole ones.
//!
//! A text ends with its `finish_reason`. A bare `text`, which some imported models answer with, has no such word: it has ended
//! when Bedrock's measurements have come with it.

use bedrock_formats::text_completion::{Choice, Chunk, FinishReason, Response};
use serde_json::Value;

use crate::pieces::overlay;
use crate::registry::{Format, Probe};
use crate::texts::{StopWord, TextAggregator, TextFormat, TextPiece, Texts, carry};

/// The row of the registry.
pub(crate) const FORMAT: Format =
    Format::built_in::<TextCompletionAggregator>("text-completion", detects, |response| {
        response.get("object").is_some_and(|object| object == "text_completion")
            && response.pointer("/choices/0/text").is_some()
            || is_bare_text(response)
    });

/// A piece of a text under the name of its object; or a bare text with nothing beside it that would speak of another format.
#[cfg_attr(not(debug_assertions), inline)]
fn detects(probe: &Probe<'_>) -> bool {
    probe.text("object") == Some("text_completion") || is_bare_text(probe.chunk)
}

#[cfg_attr(not(debug_assertions), inline)]
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
/// use bedrock_aggregate::{Aggregator, Listener, RawChunk, formats::TextCompletionAggregator};
///
/// let mut fold = TextCompletionAggregator::default();
/// for chunk in [
///     r#"{"object":"text_completion","choices":[{"index":0,"text":" there","finish_reason":null}]}"#,
///     r#"{"object":"text_completion","choices":[{"index":0,"text":" was","finish_reason":"length"}]}"#,
/// ] {
///     fold.aggregate_raw(RawChunk::new(chunk.as_bytes()), &mut Listener::none())?;
/// }
/// assert_eq!(fold.build()?.choices.unwrap_or_default()[0].text.as_deref(), Some(" there was"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type TextCompletionAggregator = TextAggregator<TextCompletion>;

impl TextFormat for TextCompletion {
    type Chunk = Chunk;
    type Message = Response;
    const COUNTS_ITSELF: bool = true;

    #[cfg_attr(not(debug_assertions), inline)]
    fn take(message: &mut Response, mut chunk: Chunk) -> Vec<TextPiece> {
        let mut pieces = Vec::new();
        for (position, choice) in chunk.choices.take().into_iter().flatten().enumerate() {
            let index = choice.index.unwrap_or(position as u64);
            let stop = choice.finish_reason.as_ref().filter(|reason| !reason.as_str().is_empty());
            let stop = stop.map(|reason| StopWord::new(reason.as_str(), reason.to_reply()));
            pieces.push(TextPiece { index, stop, text: choice.text.clone() });
            grow(choice_at(message, index), choice);
        }
        if let Some(text) = chunk.text.take() {
            message.text.get_or_insert_default();
            pieces.push(TextPiece { index: 0, text: Some(text), stop: None });
        }
        // They stand beside a whole answer, not in it; until it is written they tell that it has ended.
        message.invocation_metrics = chunk.invocation_metrics.take().or(message.invocation_metrics.take());
        carry!(message, chunk, id, object, created, model, system_fingerprint, usage);
        message.extra.shift_remove("choices");
        pieces
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn write(message: &mut Response, texts: &Texts<'_>) {
        message.invocation_metrics = None;
        for (index, text, stop) in texts.iter() {
            if message.text.is_some() {
                message.text = Some(text.to_owned());
                continue;
            }
            let choice = choice_at(message, index);
            choice.text = Some(text.to_owned());
            if let Some(reason) = stop {
                choice.finish_reason = Some(FinishReason::from(reason));
                choice.extra.shift_remove("finish_reason");
            }
        }
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn has_ended(message: &Response) -> bool {
        message.text.is_some() && message.invocation_metrics.is_some()
    }
}

/// The choice of this index, made in its place if there is none.
#[cfg_attr(not(debug_assertions), inline)]
fn choice_at(message: &mut Response, index: u64) -> &mut Choice {
    let choices = message.choices.get_or_insert_default();
    let found = choices.binary_search_by_key(&Some(index), |choice| choice.index);
    let at = found.unwrap_or_else(|at| {
        choices.insert(at, Choice::default().index(index));
        at
    });
    &mut choices[at]
}

/// Takes what a piece has beside its text: likelihoods go on, anything else replaces what was there.
#[cfg_attr(not(debug_assertions), inline)]
fn grow(own: &mut Choice, piece: Choice) {
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
    overlay(&mut own.extra, extra);
    if own.logprobs.is_some() {
        own.extra.shift_remove("logprobs");
    }
    if own.stop_reason.is_some() {
        own.extra.shift_remove("stop_reason");
    }
}
