//! AI21 Jurassic-2, which never streams: its whole response, read as one, and as the only chunk where a log or a proxy hands
//! it over so.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::ai21_j2::{Completion, FinishReason, Reason, Response};
use bedrock_formats::reply::Usage;
use bedrock_formats::wire::Extra;

use crate::fold::format::Format;
use crate::fold::text_completion::TextAggregator;
use crate::fold::text_completion::format::{StopWord, TextFormat, TextPiece, Texts, carry};

/// The row of the registry.
// No answer of it is recorded.
pub(crate) const FORMAT: Format = Format::built_in::<Ai21J2Aggregator>(
    "ai21-j2",
    |probe| probe.chunk.pointer("/completions/0/data").is_some(),
    |response| response.pointer("/completions/0/data").is_some(),
);

/// Where Jurassic-2 keeps its texts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ai21J2;

/// Takes a whole [`Response`] for the one chunk that it is.
///
/// ```
/// use bedrock_aggregate::{Aggregator, EventSink, RawChunk, formats::Ai21J2Aggregator};
/// use bedrock_formats::reply::ToReply;
///
/// let mut fold = Ai21J2Aggregator::default();
/// let whole = r#"{"id":1,"completions":[{"data":{"text":" Hola"},"finishReason":{"reason":"endoftext"}}]}"#;
/// fold.aggregate_raw(RawChunk::new(whole.as_bytes()), &mut EventSink::none())?;
/// assert_eq!(fold.build()?.to_reply().text(), " Hola");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type Ai21J2Aggregator = TextAggregator<Ai21J2>;

#[codegen_at_use]
impl TextFormat for Ai21J2 {
    type Chunk = Response;
    type Message = Response;
    const COUNTS_ITSELF: bool = true;

    fn is_whole(chunk: &Response) -> bool {
        chunk.completions.as_ref().is_some_and(|completions| !completions.is_empty())
    }

    fn unknown_fields(chunk: &Response) -> Option<&Extra> {
        Some(&chunk.extra)
    }

    fn extra(message: &mut Response) -> Option<&mut Extra> {
        Some(&mut message.extra)
    }

    fn take(message: &mut Response, chunk: Response) -> Vec<TextPiece> {
        let completions = chunk.completions.unwrap_or_default();
        let piece = |(index, completion): (usize, &Completion)| TextPiece {
            index: Some(index as u64),
            text: completion.data.text.clone(),
            stop: completion.finish_reason.as_ref().and_then(|finish| finish.reason.as_ref()).map(stop_word),
            ..TextPiece::default()
        };
        let pieces = completions.iter().enumerate().map(piece).collect();
        if !completions.is_empty() {
            message.completions = Some(completions);
        }
        carry!(message, chunk, id, prompt);
        pieces
    }

    fn write(message: &mut Response, texts: &Texts<'_>) {
        let completions = message.completions.get_or_insert_default();
        for (at, (_, text, stop)) in texts.iter().enumerate() {
            if at == completions.len() {
                completions.push(Completion::default());
            }
            completions[at].data.text = Some(text.to_owned());
            if let Some(reason) = stop {
                let finish = completions[at].finish_reason.get_or_insert_with(FinishReason::default);
                finish.reason = Some(Reason::from(reason));
            }
        }
    }

    fn usage(message: &Response) -> Option<Usage> {
        message.usage()
    }
}

#[codegen_at_use]
fn stop_word(reason: &Reason) -> StopWord {
    StopWord::new(reason.as_str(), reason.to_reply())
}
