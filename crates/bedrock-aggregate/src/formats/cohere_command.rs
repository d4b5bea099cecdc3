//! Cohere Command: pieces of its generations to the whole ones.
//!
//! Where the request forgot `stream: true` the only chunk is the whole response.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::cohere_command::{Chunk, FinishReason, Generation, Response};
use bedrock_formats::reply::Usage;
use bedrock_formats::wire::Extra;

use crate::fold::format::Format;
use crate::fold::text_completion::TextAggregator;
use crate::fold::text_completion::format::{StopWord, TextFormat, TextPiece, Texts, carry};

/// The row of the registry.
pub(crate) const FORMAT: Format = Format::built_in::<CohereCommandAggregator>(
    "cohere-command",
    |probe| {
        (probe.has("is_finished") && !probe.has("event_type"))
            || probe.get("generations").is_some_and(|all| all.is_array())
    },
    |response| response["generations"].is_array(),
);

/// Where Command keeps its texts.
#[derive(Debug, Clone, Copy, Default)]
pub struct CohereCommand;

/// Folds Command's chunks into a [`Response`].
///
/// ```
/// use bedrock_aggregate::{Aggregator, EventSink, RawChunk, formats::CohereCommandAggregator};
///
/// let mut fold = CohereCommandAggregator::default();
/// for chunk in [r#"{"is_finished":false,"text":" Su"}"#, r#"{"is_finished":false,"text":"re"}"#,
///     r#"{"is_finished":true,"finish_reason":"COMPLETE"}"#] {
///     fold.aggregate_raw(RawChunk::new(chunk.as_bytes()), &mut EventSink::none())?;
/// }
/// assert_eq!(fold.build()?.generations.unwrap_or_default()[0].text.as_deref(), Some(" Sure"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type CohereCommandAggregator = TextAggregator<CohereCommand>;

#[codegen_at_use]
impl TextFormat for CohereCommand {
    type Chunk = Chunk;
    type Message = Response;

    fn is_whole(chunk: &Chunk) -> bool {
        chunk.generations.as_ref().is_some_and(|generations| !generations.is_empty())
    }

    /// The last chunk may hold the whole answer beside the piece.
    fn repeated(chunk: &Chunk) -> Vec<&str> {
        // By hearsay: the only stream that is recorded is a whole answer in one chunk.
        let whole = chunk.response.as_ref().and_then(|response| response["generations"].as_array());
        let texts =
            whole.into_iter().flatten().map(|generation| generation["text"].as_str().unwrap_or_default());
        if chunk.text.as_ref().is_some_and(|text| !text.is_empty()) { Vec::new() } else { texts.collect() }
    }

    fn unknown_fields(chunk: &Chunk) -> Option<&Extra> {
        Some(&chunk.extra)
    }

    fn extra(message: &mut Response) -> Option<&mut Extra> {
        Some(&mut message.extra)
    }

    fn take(message: &mut Response, chunk: Chunk) -> Vec<TextPiece> {
        let stop = |reason: Option<&FinishReason>| {
            reason.map(|reason| StopWord::new(reason.as_str(), reason.to_reply()))
        };
        let mut pieces = Vec::new();
        if chunk.text.is_some() || chunk.finish_reason.is_some() {
            let stop = stop(chunk.finish_reason.as_ref());
            pieces.push(TextPiece { index: chunk.index, text: chunk.text, stop, ..TextPiece::default() });
        }
        if let Some(whole) = chunk.generations {
            for (index, generation) in whole.iter().enumerate() {
                let stop = stop(generation.finish_reason.as_ref());
                pieces.push(TextPiece {
                    index: Some(index as u64),
                    text: generation.text.clone(),
                    stop,
                    ..TextPiece::default()
                });
            }
            message.generations = Some(whole);
        }
        if let Some(response) = chunk.response {
            message.extra.insert("response".to_owned(), response);
        }
        carry!(message, chunk, id, prompt);
        pieces
    }

    fn write(message: &mut Response, texts: &Texts<'_>) {
        let generations = message.generations.get_or_insert_default();
        for (at, (_, text, stop)) in texts.iter().enumerate() {
            if at == generations.len() {
                generations.push(Generation::default());
            }
            generations[at].text = Some(text.to_owned());
            generations[at].finish_reason = stop.map(FinishReason::from);
        }
    }

    fn usage(_: &Response) -> Option<Usage> {
        None
    }
}
