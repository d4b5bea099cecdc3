//! From a record of model invocation logging to the answer that it holds.
//!
//! For: logs. A streamed answer is logged as the array of its chunks, that of ConverseStream as the one object that Converse
//! would have given: both come out as they came out of the live stream.
//! Not for: fetching records or what lies beside them in S3.
//!
//! A [`Reader`] with [`Framing::Json`] takes a record for what it is, too.

use bedrock_formats::invocation_log::{Operation, Record};
use serde::Deserialize;
use serde_json::Value;

use crate::answer::Answer;
use crate::completeness::StreamException;
use crate::event::Listener;
use crate::reader::{Framing, Reader};
use crate::registry::Registry;

/// The record holds no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoAnswer {
    /// It lies in S3.
    #[error("the answer is not in the record: it lies in {path}")]
    Elsewhere {
        /// Where.
        path: String,
    },
    /// There is none, and no error either: logging keeps no output, or the call went wrong before it had any.
    #[error("the record has no answer")]
    Absent,
}

/// The answer that a record holds, and its events. A call that ended in an error gives what had arrived, if anything, with the
/// error in its completeness.
///
/// Counts that the answer itself lacks are taken from the record.
///
/// ```
/// use bedrock_aggregate::{Listener, Registry, invocation_log};
/// use bedrock_formats::invocation_log::Record;
///
/// let record: Record = serde_json::from_str(r#"{"schemaType": "ModelInvocationLog",
///     "operation": "InvokeModelWithResponseStream", "modelId": "mistral.mistral-7b-instruct-v0:2",
///     "input": {"inputTokenCount": 9}, "output": {"outputTokenCount": 2, "outputBodyJson": [
///         {"outputs": [{"text": " Ra", "stop_reason": null}]},
///         {"outputs": [{"text": "in.", "stop_reason": "stop"}]}]}}"#)?;
/// let answer = invocation_log::answer(&record, &Registry::new(), &mut Listener::none())?;
/// assert_eq!((answer.text().as_str(), answer.completeness.is_complete()), (" Rain.", true));
/// assert_eq!(answer.reply.usage.and_then(|usage| usage.input_tokens), Some(9));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When the record has neither an answer nor an error.
#[cfg_attr(not(debug_assertions), inline)]
pub fn answer(record: &Record, registry: &Registry, events: &mut Listener<'_>) -> Result<Answer, NoAnswer> {
    let body = record.answer().filter(|body| !body.is_null());
    let error = record.error_code.as_deref().filter(|code| !code.is_empty());
    let mut answer = match body {
        Some(body) => read(record, &body.to_string(), registry, events),
        None if error.is_some() => Answer::empty(),
        None => {
            let path = record.output.as_ref().and_then(|output| output.output_body_s3_path.clone());
            return Err(path.map_or(NoAnswer::Absent, |path| NoAnswer::Elsewhere { path }));
        }
    };
    fill_counts(&mut answer, record);
    let mut missing = answer.completeness.missing().cloned().unwrap_or_default();
    missing.usage &= record.usage().output_tokens.is_none();
    if let Some(code) = error.filter(|_| missing.exception.is_none()) {
        let exception = StreamException::new(code, "");
        exception.tell(events);
        missing.exception = Some(exception);
    }
    answer.completeness = missing.into();
    Ok(answer)
}

/// Reads the body: by the operation where that says the format, else by the model and by what the chunks look like.
#[cfg_attr(not(debug_assertions), inline)]
fn read(record: &Record, body: &str, registry: &Registry, events: &mut Listener<'_>) -> Answer {
    let format = match record.operation {
        Operation::Converse | Operation::ConverseStream => Some("converse"),
        Operation::ChatCompletions => Some("openai-chat"),
        Operation::Responses => Some("openai-responses"),
        _ => None,
    };
    let reader = || {
        let reader = Reader::of(Framing::Json, registry.clone());
        match &record.model_id {
            Some(model_id) => reader.with_model_id(model_id),
            None => reader,
        }
    };
    let named = format.and_then(|format| reader().with_format(format).ok());
    let mut reader = named.unwrap_or_else(reader);
    // What breaks the answer off stands in its completeness.
    let _ = reader.push(body.as_bytes(), events);
    reader.finish(events).unwrap_or_else(Answer::from)
}

/// The answer in a document, where it is such a record.
pub(crate) fn answer_in(
    document: &Value,
    model_id: Option<&str>,
    registry: &Registry,
    events: &mut Listener<'_>,
) -> Option<Result<Answer, String>> {
    Record::is_record(document).then(|| {
        let mut record = Record::deserialize(document).map_err(|error| error.to_string())?;
        record.model_id = record.model_id.or_else(|| model_id.map(str::to_owned));
        answer(&record, registry, events).map_err(|error| error.to_string())
    })
}

/// The answer's own counts first, then the record's, then what was measured inside the stream.
#[cfg_attr(not(debug_assertions), inline)]
fn fill_counts(answer: &mut Answer, record: &Record) {
    let Some(native) = &answer.native else { return };
    let mut usage = native.to_reply_of(record.model_id.as_deref()).usage.unwrap_or_default();
    usage.fill(&record.usage());
    usage.fill(&answer.reply.usage.unwrap_or_default());
    answer.reply.usage = usage.some();
}
