//! Amazon Titan Text: large pieces of text, often a single one, to the response that InvokeModel would have given.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::reply::Usage;
use bedrock_formats::titan::{Chunk, CompletionReason, Response, TextResult};
use bedrock_formats::wire::{Extra, read_value};
use serde_json::Value;

use crate::fold::format::Format;
use crate::fold::text_completion::TextAggregator;
use crate::fold::text_completion::format::{StopWord, TextFormat, TextPiece, Texts, carry};
use crate::fold::unknown_fields::meaningful;

/// The row of the registry.
pub(crate) const FORMAT: Format = Format::built_in::<TitanAggregator>(
    "titan",
    |probe| probe.has("outputText") || probe.has("completionReason"),
    |response| response.pointer("/results/0/outputText").is_some(),
);

/// Where Titan keeps its text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Titan;

/// Folds Titan's chunks into a [`Response`].
///
/// ```
/// use bedrock_aggregate::{Aggregator, EventSink, RawChunk, formats::TitanAggregator};
///
/// let mut fold = TitanAggregator::default();
/// let chunk = r#"{"outputText":"Snow.","index":0,"totalOutputTextTokenCount":3,"completionReason":"FINISH"}"#;
/// fold.aggregate_raw(RawChunk::new(chunk.as_bytes()), &mut EventSink::none())?;
/// let results = fold.build()?.results.unwrap_or_default();
/// assert_eq!((results[0].output_text.as_str(), results[0].token_count), ("Snow.", Some(3)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type TitanAggregator = TextAggregator<Titan>;

#[codegen_at_use]
impl TextFormat for Titan {
    type Chunk = Chunk;
    type Message = Response;
    const COUNTS_ITSELF: bool = true;

    fn is_whole(chunk: &Chunk) -> bool {
        chunk.extra.get("results").is_some_and(Value::is_array)
    }

    fn unknown_fields(chunk: &Chunk) -> Option<&Extra> {
        Some(&chunk.extra)
    }

    fn extra(message: &mut Response) -> Option<&mut Extra> {
        Some(&mut message.extra)
    }

    fn take(message: &mut Response, chunk: Chunk) -> Vec<TextPiece> {
        if Self::is_whole(&chunk) {
            return take_whole(message, chunk);
        }
        let (index, tokens) = (Some(chunk.index.unwrap_or(0)), chunk.total_output_text_token_count);
        let stop = chunk.completion_reason.map(|reason| StopWord::new(reason.as_str(), reason.to_reply()));
        carry!(message, chunk, input_text_token_count);
        vec![TextPiece { index, text: chunk.output_text, stop, tokens, ..TextPiece::default() }]
    }

    fn write(message: &mut Response, texts: &Texts<'_>) {
        let known = texts.iter().zip(texts.tokens()).zip(texts.extras());
        let result = |(((_, text, stop), tokens), extra)| {
            let stop: Option<&str> = stop;
            let mut result = TextResult::default().output_text(text);
            result.extra = extra;
            result.completion_reason = stop.map(CompletionReason::from);
            result.token_count = tokens;
            result
        };
        // A whole answer has no indexes: its results stand in their order.
        message.results = Some(known.map(result).collect());
    }

    fn usage(message: &Response) -> Option<Usage> {
        message.usage()
    }
}

/// Takes a whole answer, as it comes without streaming.
#[codegen_at_use]
fn take_whole(message: &mut Response, mut chunk: Chunk) -> Vec<TextPiece> {
    let results = chunk.extra.shift_remove("results").unwrap_or_default();
    let result = |result: &Value| read_value::<TextResult>(result.clone()).map(|(result, _)| result).ok();
    let results: Vec<_> = results.as_array().into_iter().flatten().filter_map(result).collect();
    carry!(message, chunk, input_text_token_count);
    let piece = |(index, result): (u64, TextResult)| TextPiece {
        index: Some(index),
        stop: result.completion_reason.map(|reason| StopWord::new(reason.as_str(), reason.to_reply())),
        text: Some(result.output_text),
        tokens: result.token_count,
        extra: meaningful(result.extra).collect(),
    };
    (0..).zip(results).map(piece).collect()
}
