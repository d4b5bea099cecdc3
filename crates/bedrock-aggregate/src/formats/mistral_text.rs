//! Mistral's text completion: pieces of its outputs to the whole ones.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::mistral_text::{Chunk, Output, Response, StopReason};
use bedrock_formats::wire::Extra;

use crate::fold::format::Format;
use crate::fold::text_completion::TextAggregator;
use crate::fold::text_completion::format::{StopWord, TextFormat, TextPiece, Texts, carry};
use crate::fold::unknown_fields::meaningful;

/// The row of the registry.
pub(crate) const FORMAT: Format = Format::built_in::<MistralTextAggregator>(
    "mistral-text",
    |probe| {
        probe
            .get("outputs")
            .and_then(|outputs| outputs.get(0))
            .is_some_and(|first| first.get("text").is_some())
    },
    |response| response.pointer("/outputs/0/stop_reason").is_some_and(|reason| !reason.is_null()),
);

/// Where Mistral keeps its texts.
#[derive(Debug, Clone, Copy, Default)]
pub struct MistralText;

/// Folds Mistral's chunks into a [`Response`].
///
/// ```
/// use bedrock_aggregate::{Aggregator, EventSink, RawChunk, formats::MistralTextAggregator};
///
/// let mut fold = MistralTextAggregator::default();
/// let chunk = r#"{"outputs":[{"text":"Rain.","stop_reason":"stop"}]}"#;
/// fold.aggregate_raw(RawChunk::new(chunk.as_bytes()), &mut EventSink::none())?;
/// assert_eq!(fold.build()?.outputs.unwrap_or_default()[0].text, "Rain.");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type MistralTextAggregator = TextAggregator<MistralText>;

#[codegen_at_use]
impl TextFormat for MistralText {
    type Chunk = Chunk;
    type Message = Response;

    fn unknown_fields(chunk: &Chunk) -> Option<&Extra> {
        Some(&chunk.extra)
    }

    fn extra(message: &mut Response) -> Option<&mut Extra> {
        Some(&mut message.extra)
    }

    fn take(message: &mut Response, chunk: Chunk) -> Vec<TextPiece> {
        carry!(message, chunk);
        let outputs = chunk.outputs.unwrap_or_default().into_iter().enumerate();
        let piece = |(index, output): (usize, Output)| TextPiece {
            index: Some(index as u64),
            stop: output.stop_reason.map(|reason| StopWord::new(reason.as_str(), reason.to_reply())),
            text: Some(output.text),
            extra: meaningful(output.extra).collect(),
            ..TextPiece::default()
        };
        outputs.map(piece).collect()
    }

    fn write(message: &mut Response, texts: &Texts<'_>) {
        let output = |((_, text, stop), extra): ((u64, &str, Option<&str>), Extra)| {
            let mut output = Output::default();
            text.clone_into(&mut output.text);
            output.stop_reason = stop.map(StopReason::from);
            output.extra = extra;
            output
        };
        message.outputs = Some(texts.iter().zip(texts.extras()).map(output).collect());
    }
}
