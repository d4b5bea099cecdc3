//! Meta Llama, and imported models that answer in its way: pieces of a generation to the whole one.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::llama::{Chunk, Response, StopReason};
use bedrock_formats::wire::Extra;

use crate::fold::format::Format;
use crate::fold::text_completion::TextAggregator;
use crate::fold::text_completion::format::{StopWord, TextFormat, TextPiece, Texts, carry};

/// The row of the registry.
pub(crate) const FORMAT: Format = Format::built_in::<LlamaAggregator>(
    "llama",
    |probe| probe.get("generation").is_some(),
    // Chunks have the same keys: the first has the count of the prompt, the last the reason, each
    // else null.
    |response| ["generation", "prompt_token_count", "stop_reason"].iter().all(|key| !response[key].is_null()),
);

/// Where Llama keeps its text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Llama;

/// Folds Llama's chunks into a [`Response`].
///
/// ```
/// use bedrock_aggregate::{Aggregator, EventSink, RawChunk, formats::LlamaAggregator};
///
/// let mut fold = LlamaAggregator::default();
/// for chunk in [
///     r#"{"generation":"Ra","prompt_token_count":12,"generation_token_count":1,"stop_reason":null}"#,
///     r#"{"generation":"in.","prompt_token_count":null,"generation_token_count":2,"stop_reason":"stop"}"#,
/// ] {
///     fold.aggregate_raw(RawChunk::new(chunk.as_bytes()), &mut EventSink::none())?;
/// }
/// let response = fold.build()?;
/// assert_eq!((response.prompt_token_count, response.generation_token_count), (Some(12), Some(2)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type LlamaAggregator = TextAggregator<Llama>;

#[codegen_at_use]
impl TextFormat for Llama {
    type Chunk = Chunk;
    type Message = Response;
    const COUNTS_ITSELF: bool = true;

    fn unknown_fields(chunk: &Chunk) -> Option<&Extra> {
        Some(&chunk.extra)
    }

    fn extra(message: &mut Response) -> Option<&mut Extra> {
        Some(&mut message.extra)
    }

    fn take(message: &mut Response, chunk: Chunk) -> Vec<TextPiece> {
        let stop = chunk.stop_reason.map(|reason| StopWord::new(reason.as_str(), reason.to_reply()));
        // The first comes once, with nulls after it; the other counts up.
        carry!(message, chunk, prompt_token_count, generation_token_count);
        vec![TextPiece { index: Some(0), text: chunk.generation, stop, ..TextPiece::default() }]
    }

    fn write(message: &mut Response, texts: &Texts<'_>) {
        if let Some((text, stop)) = texts.first() {
            message.generation = Some(text.to_owned());
            message.stop_reason = stop.map(StopReason::from);
        }
    }
}
