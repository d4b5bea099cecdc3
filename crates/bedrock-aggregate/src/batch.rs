//! From a record of a batch job's output to the answer that it holds.
//!
//! For: the files `NAME.jsonl.out` of a job. A line has the answer to one question, whole and in its model's own format (or
//! Converse's, in a job of that kind), or the error that the question has instead. Lines come in any order: join them with
//! the questions by their `recordId`.
//! Not for: fetching the files, nor their manifest.
//!
//! A [`Reader`] with [`Framing::Json`] takes a record for what it is, too.

use bedrock_formats::batch::BatchOutputRecord;
use serde::Deserialize;
use serde_json::Value;

use crate::answer::Answer;
use crate::completeness::StreamException;
use crate::event::Listener;
use crate::invocation_log::NoAnswer;
use crate::reader::{Framing, Reader};
use crate::registry::Registry;
use crate::unwrap::BYTE_ORDER_MARK;

/// The answer that a record holds, and its events. A question that failed has none: its error stands in the completeness, its
/// code as the exception's type.
///
/// A record does not say which model answered. Who knows it should: it breaks ties between formats.
///
/// ```
/// use bedrock_aggregate::{Listener, Registry, batch};
///
/// let file = concat!(
///     r#"{"modelInput":{},"modelOutput":{"generation":"Rain.","prompt_token_count":3,"generation_token_count":2,"#,
///     r#""stop_reason":"stop"},"recordId":"A1"}"#, "\n",
///     r#"{"modelInput":{},"error":{"errorCode":400,"errorMessage":"bad request"},"recordId":"A2"}"#, "\n",
/// );
/// let registry = Registry::new();
/// let mut told = Vec::new();
/// for (_line, record) in batch::records(file.as_bytes()) {
///     let record = record?;
///     let answer = batch::answer(&record, Some("meta.llama3-8b-instruct-v1:0"), &registry, &mut Listener::none())?;
///     told.push((record.record_id.unwrap_or_default(), answer.text(), answer.completeness.is_complete()));
/// }
/// assert_eq!(told, [("A1".into(), "Rain.".into(), true), ("A2".into(), String::new(), false)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When the record has neither an answer nor an error.
#[cfg_attr(not(debug_assertions), inline)]
pub fn answer(
    record: &BatchOutputRecord,
    model_id: Option<&str>,
    registry: &Registry,
    events: &mut Listener<'_>,
) -> Result<Answer, NoAnswer> {
    let body = record.model_output.as_ref().filter(|body| !body.is_null());
    let mut answer = match (body, &record.error) {
        (Some(body), _) => read(body.to_string().as_bytes(), model_id, registry, events),
        (None, Some(_)) => Answer::empty(),
        (None, None) => return Err(NoAnswer::Absent),
    };
    if let Some(error) = &record.error {
        let code = error.error_code.map(|code| code.to_string()).unwrap_or_default();
        let exception = StreamException::new(&code, error.error_message.as_deref().unwrap_or_default());
        let mut missing = answer.completeness.missing().cloned().unwrap_or_default();
        if missing.exception.is_none() {
            exception.tell(events);
            missing.exception = Some(exception);
        }
        answer.completeness = missing.into();
    }
    Ok(answer)
}

/// The answer in a document of its own.
#[cfg_attr(not(debug_assertions), inline)]
pub(crate) fn read(
    document: &[u8],
    model_id: Option<&str>,
    registry: &Registry,
    events: &mut Listener<'_>,
) -> Answer {
    let mut reader = Reader::of(Framing::Json, registry.clone());
    if let Some(model_id) = model_id {
        reader = reader.with_model_id(model_id);
    }
    // What breaks the answer off stands in its completeness.
    let _ = reader.push(document, events);
    reader.finish(events).unwrap_or_else(Answer::from)
}

/// The answer in a document, where it is such a record.
pub(crate) fn answer_in(
    document: &Value,
    model_id: Option<&str>,
    registry: &Registry,
    events: &mut Listener<'_>,
) -> Option<Result<Answer, String>> {
    BatchOutputRecord::is_record(document).then(|| {
        let record = BatchOutputRecord::deserialize(document).map_err(|error| error.to_string())?;
        answer(&record, model_id, registry, events).map_err(|error| error.to_string())
    })
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
