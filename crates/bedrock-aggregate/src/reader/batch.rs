//! From a record of a batch job's output to the answer that it holds.
//!
//! For: the files `NAME.jsonl.out` of a job. A line has the answer to one question, whole and in its model's own format (or
//! Converse's, in a job of that kind), or the error that the question has instead. Lines come in any order: join them with
//! the questions by their `recordId`.
//! Not for: fetching the files, nor their manifest.
//!
//! A [`Reader`](crate::Reader) with [`Framing::Json`](crate::Framing::Json) takes a record for what it is, too.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::batch::BatchOutputRecord;

use super::stream_state::records;
use super::stream_state::records::NoAnswer;
use crate::event::EventSink;
use crate::reader::answer::Answer;
use crate::reader::unwrap::BYTE_ORDER_MARK;
use crate::registry::Registry;

/// The answer that a record holds, and its events. A question that failed has none: its error stands in the completeness, its
/// code as the exception's type.
///
/// A record does not say which model answered. Pass the model id if you know it: it breaks ties between formats.
///
/// ```
/// use bedrock_aggregate::{EventSink, Registry, batch};
///
/// let file = concat!(
///     r#"{"modelInput":{},"modelOutput":{"generation":"Rain.","prompt_token_count":3,"generation_token_count":2,"#,
///     r#""stop_reason":"stop"},"recordId":"A1"}"#, "\n",
///     r#"{"modelInput":{},"error":{"errorCode":400,"errorMessage":"bad request"},"recordId":"A2"}"#, "\n",
/// );
/// let registry = Registry::new();
/// let mut emitted = Vec::new();
/// for (_line, record) in batch::records(file.as_bytes()) {
///     let record = record?;
///     let answer = batch::answer(&record, Some("meta.llama3-8b-instruct-v1:0"), &registry, &mut EventSink::none())?;
///     emitted.push((record.record_id.unwrap_or_default(), answer.text(), answer.completeness.is_complete()));
/// }
/// assert_eq!(emitted, [("A1".into(), "Rain.".into(), true), ("A2".into(), String::new(), false)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When the record has neither an answer nor an error.
#[codegen_at_use]
pub fn answer(
    record: &BatchOutputRecord,
    model_id: Option<&str>,
    registry: &Registry,
    events: &mut EventSink<'_>,
) -> Result<Answer, NoAnswer> {
    records::of_batch(record, model_id, registry, events)
}

/// The records of a file, each with the number of its line, counted from 1.
pub fn records(
    file: &[u8],
) -> impl Iterator<Item = (u64, Result<BatchOutputRecord, serde_json::Error>)> + '_ {
    let file = file.strip_prefix(BYTE_ORDER_MARK).unwrap_or(file);
    let lines = (1..).zip(file.split(|byte| *byte == b'\n'));
    let lines = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
    lines.map(|(number, line)| (number, serde_json::from_slice(line)))
}
