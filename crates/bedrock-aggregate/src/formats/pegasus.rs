//! TwelveLabs Pegasus: pieces of what it says of a video to the whole of it.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::pegasus::{Chunk, FinishReason, Response};
use bedrock_formats::wire::Extra;

use crate::fold::format::Format;
use crate::fold::text_completion::TextAggregator;
use crate::fold::text_completion::format::{StopWord, TextFormat, TextPiece, Texts, carry};

/// The row of the registry. A whole body with a message alone is the service's error, not Pegasus.
// No answer of it is recorded: whole ones are as another client reads them, chunks a guess.
pub(crate) const FORMAT: Format = Format::built_in::<PegasusAggregator>(
    "pegasus",
    |probe| probe.text("message").is_some() || probe.text("finishReason").is_some(),
    |response| response["message"].is_string() && response["finishReason"].is_string(),
);

/// Where Pegasus keeps its text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pegasus;

/// Folds the chunks of Pegasus into a [`Response`].
///
/// ```
/// use bedrock_aggregate::{Aggregator, EventSink, RawChunk, formats::PegasusAggregator};
///
/// let mut fold = PegasusAggregator::default();
/// for chunk in [r#"{"message":"A dog"}"#, r#"{"message":" runs.","finishReason":"stop"}"#] {
///     fold.aggregate_raw(RawChunk::new(chunk.as_bytes()), &mut EventSink::none())?;
/// }
/// assert_eq!(fold.build()?.message.as_deref(), Some("A dog runs."));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type PegasusAggregator = TextAggregator<Pegasus>;

#[codegen_at_use]
impl TextFormat for Pegasus {
    type Chunk = Chunk;
    type Message = Response;

    fn unknown_fields(chunk: &Chunk) -> Option<&Extra> {
        Some(&chunk.extra)
    }

    fn extra(message: &mut Response) -> Option<&mut Extra> {
        Some(&mut message.extra)
    }

    fn take(message: &mut Response, chunk: Chunk) -> Vec<TextPiece> {
        let stop = chunk.finish_reason.map(|reason| StopWord::new(reason.as_str(), reason.to_reply()));
        carry!(message, chunk);
        vec![TextPiece { index: Some(0), text: chunk.message, stop, ..TextPiece::default() }]
    }

    fn write(message: &mut Response, texts: &Texts<'_>) {
        if let Some((text, stop)) = texts.first() {
            message.message = Some(text.to_owned());
            message.finish_reason = stop.map(FinishReason::from);
        }
    }
}
