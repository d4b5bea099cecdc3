//! Records that hold an answer: of model invocation logging, and of a batch job.
//! Not for: what a record is; its type stands with the formats.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::batch::BatchOutputRecord;
use bedrock_formats::invocation_log::{Operation, Record};
use serde::Deserialize;
use serde_json::Value;

use super::StreamState;
use crate::completeness::StreamException;
use crate::event::EventSink;
use crate::reader::answer::Answer;
use crate::registry::Registry;

/// The record holds no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoAnswer {
    /// It lies in S3.
    #[error("the answer is not in the record: it is in {path}")]
    Elsewhere {
        /// Where.
        path: String,
    },
    /// There is none, and no error either: logging keeps no output, or the call went wrong before it had any.
    #[error("the record has no answer")]
    Absent,
}

/// The answer that a record of invocation logging holds.
#[codegen_at_use]
pub(crate) fn logged(
    record: &Record,
    registry: &Registry,
    events: &mut EventSink<'_>,
) -> Result<Answer, NoAnswer> {
    let body = record.answer().filter(|body| !body.is_null());
    let error = record.error_code.as_deref().filter(|code| !code.is_empty());
    let mut answer = match body {
        Some(body) => read_logged(record, &body.to_string(), registry, events),
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
        exception.emit(events);
        missing.exception = Some(exception);
    }
    answer.completeness = missing.into();
    Ok(answer)
}

/// Reads the body: by the operation where that says the format, else by the model and by what the chunks look like.
#[codegen_at_use]
fn read_logged(record: &Record, body: &str, registry: &Registry, events: &mut EventSink<'_>) -> Answer {
    let format = match record.operation {
        Operation::Converse | Operation::ConverseStream => Some("converse"),
        Operation::ChatCompletions => Some("openai-chat"),
        Operation::Responses => Some("openai-responses"),
        _ => None,
    };
    let mut state = StreamState::of_model(registry, record.model_id.as_deref());
    if let Some(format) = format {
        // A registry may be without it: then the chunks show what they are.
        let _ = state.choose(format);
    }
    state.read_document(body.as_bytes(), events)
}

/// The answer's own counts first, then the record's, then what was measured inside the stream.
#[codegen_at_use]
fn fill_counts(answer: &mut Answer, record: &Record) {
    let Some(native) = &answer.native else { return };
    // The record's were right where the stream's said 0 (Nova).
    let mut usage = native.to_reply_of(record.model_id.as_deref()).usage.unwrap_or_default();
    usage.fill(&record.usage());
    usage.fill(&answer.reply.usage.unwrap_or_default());
    answer.reply.usage = usage.some();
}

/// The answer that a record of a batch job holds.
#[codegen_at_use]
pub(crate) fn of_batch(
    record: &BatchOutputRecord,
    model_id: Option<&str>,
    registry: &Registry,
    events: &mut EventSink<'_>,
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
            exception.emit(events);
            missing.exception = Some(exception);
        }
        answer.completeness = missing.into();
    }
    Ok(answer)
}

/// The answer in a document of its own.
#[codegen_at_use]
pub(super) fn read(
    document: &[u8],
    model_id: Option<&str>,
    registry: &Registry,
    events: &mut EventSink<'_>,
) -> Answer {
    StreamState::of_model(registry, model_id).read_document(document, events)
}

/// The answer in a document, where that is a record of one kind or the other.
pub(super) fn answer_in(
    document: &Value,
    model_id: Option<&str>,
    registry: &Registry,
    events: &mut EventSink<'_>,
) -> Option<Result<Answer, String>> {
    let answer = || {
        if Record::is_record(document) {
            let mut record = Record::deserialize(document).map_err(|error| error.to_string())?;
            record.model_id = record.model_id.or_else(|| model_id.map(str::to_owned));
            return logged(&record, registry, events).map_err(|error| error.to_string());
        }
        let record = BatchOutputRecord::deserialize(document).map_err(|error| error.to_string())?;
        of_batch(&record, model_id, registry, events).map_err(|error| error.to_string())
    };
    (Record::is_record(document) || BatchOutputRecord::is_record(document)).then(answer)
}
