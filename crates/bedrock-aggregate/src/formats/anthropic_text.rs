//! Claude's legacy text completion: pieces of a completion to the whole one.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::anthropic_text::{Chunk, HUMAN, Response, StopReason};
use bedrock_formats::reply;
use bedrock_formats::wire::Extra;

use crate::fold::format::Format;
use crate::fold::text_completion::TextAggregator;
use crate::fold::text_completion::format::{StopWord, TextFormat, TextPiece, Texts, carry};

/// The row of the registry.
pub(crate) const FORMAT: Format = Format::built_in::<AnthropicTextAggregator>(
    "anthropic-text",
    |probe| probe.get("completion").is_some(),
    |response| !response["completion"].is_null() && !response["stop_reason"].is_null(),
);

/// Where Claude's completions keep their text.
#[derive(Debug, Clone, Copy, Default)]
pub struct AnthropicText;

/// Folds the chunks of Claude's completions into a [`Response`].
///
/// ```
/// use bedrock_aggregate::{Aggregator, EventSink, RawChunk, formats::AnthropicTextAggregator};
///
/// let mut fold = AnthropicTextAggregator::default();
/// for chunk in [r#"{"completion":" Be"}"#, r#"{"completion":"cause.","stop_reason":"stop_sequence","stop":"\n\nHuman:"}"#] {
///     fold.aggregate_raw(RawChunk::new(chunk.as_bytes()), &mut EventSink::none())?;
/// }
/// assert_eq!(fold.build()?.completion.as_deref(), Some(" Because."));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type AnthropicTextAggregator = TextAggregator<AnthropicText>;

#[codegen_at_use]
impl TextFormat for AnthropicText {
    type Chunk = Chunk;
    type Message = Response;

    fn unknown_fields(chunk: &Chunk) -> Option<&Extra> {
        Some(&chunk.extra)
    }

    fn extra(message: &mut Response) -> Option<&mut Extra> {
        Some(&mut message.extra)
    }

    fn take(message: &mut Response, chunk: Chunk) -> Vec<TextPiece> {
        let natural_end = chunk.stop.as_deref() == Some(HUMAN);
        let meaning = |reason: &StopReason| match reason {
            // A turn that ends by itself is reported as a stop sequence too.
            StopReason::StopSequence if natural_end => reply::StopReason::EndTurn,
            other => reply::StopReason::from(other.as_str()),
        };
        let stop = chunk.stop_reason.as_ref().map(|reason| StopWord::new(reason.as_str(), meaning(reason)));
        carry!(message, chunk, kind, stop);
        vec![TextPiece { index: Some(0), text: chunk.completion, stop, ..TextPiece::default() }]
    }

    fn write(message: &mut Response, texts: &Texts<'_>) {
        if let Some((text, stop)) = texts.first() {
            message.completion = Some(text.to_owned());
            message.stop_reason = stop.map(StopReason::from);
        }
    }
}
