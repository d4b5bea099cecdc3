//! From a record of model invocation logging to the answer that it holds.
//!
//! For: logs. A streamed answer is logged as the array of its chunks, that of ConverseStream as the one object that Converse
//! would have given: both come out as they came out of the live stream.
//! Not for: fetching records or what lies beside them in S3.
//!
//! A [`Reader`](crate::Reader) with [`Framing::Json`](crate::Framing::Json) takes a record for what it is, too.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::invocation_log::Record;

use super::stream_state::records;
use crate::event::EventSink;
use crate::reader::answer::Answer;
use crate::registry::Registry;

pub use super::stream_state::records::NoAnswer;

/// The answer that a record holds, and its events. A call that ended in an error gives what had arrived, if anything, with the
/// error in its completeness.
///
/// Counts that the answer itself lacks are taken from the record.
///
/// ```
/// use bedrock_aggregate::{EventSink, Registry, invocation_log};
/// use bedrock_formats::invocation_log::Record;
///
/// let record: Record = serde_json::from_str(r#"{"schemaType": "ModelInvocationLog",
///     "operation": "InvokeModelWithResponseStream", "modelId": "mistral.mistral-7b-instruct-v0:2",
///     "input": {"inputTokenCount": 9}, "output": {"outputTokenCount": 2, "outputBodyJson": [
///         {"outputs": [{"text": " Ra", "stop_reason": null}]},
///         {"outputs": [{"text": "in.", "stop_reason": "stop"}]}]}}"#)?;
/// let answer = invocation_log::answer(&record, &Registry::new(), &mut EventSink::none())?;
/// assert_eq!((answer.text().as_str(), answer.completeness.is_complete()), (" Rain.", true));
/// assert_eq!(answer.reply.usage.and_then(|usage| usage.input_tokens), Some(9));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When the record has neither an answer nor an error.
#[codegen_at_use]
pub fn answer(record: &Record, registry: &Registry, events: &mut EventSink<'_>) -> Result<Answer, NoAnswer> {
    records::logged(record, registry, events)
}
