//! How a chunk of ConverseStream is read: under its event's name, or without one.
//! Not for: what becomes of the event.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::converse::{ConverseResponse, ConverseStreamOutput};
use bedrock_formats::wire::{self, Extra, Odd};
use serde_json::Value;

use super::leftover;
use crate::completeness::StreamException;
use crate::fold::{ChunkError, whole_in};

/// One exception of the stream's union.
#[codegen_at_use]
pub(super) fn as_exception(event: &ConverseStreamOutput) -> StreamException {
    let body = serde_json::to_value(event).unwrap_or(Value::Null);
    let name = event.member().unwrap_or_default();
    let text = |key: &str| body[name][key].as_str().map(str::to_owned);
    StreamException {
        original_status_code: body[name]["originalStatusCode"].as_u64(),
        original_message: text("originalMessage"),
        ..StreamException::new(name, text("message").unwrap_or_default())
    }
}

/// A chunk without its event's name: an event under its name for a key, or a bare payload that is known by its members; and what
/// stands beside an event that is known.
#[codegen_at_use]
pub(super) fn read_unnamed(json: &[u8]) -> Result<(ConverseStreamOutput, Vec<Odd>, Extra), ChunkError> {
    let (event, odd) = wire::read::<ConverseStreamOutput>(json)?;
    let ConverseStreamOutput::Unknown(object) = &event else { return Ok((event, odd, Extra::new())) };
    if whole_in::<ConverseResponse>(object).is_some() {
        return Ok((event, odd, Extra::new()));
    }
    let has = |key: &str| object.get(key).is_some_and(|value| !value.is_null());
    // Which block it is for, a payload without a name says: other protocols have a `delta` too.
    let name = if has("contentBlockIndex") {
        if has("delta") {
            "contentBlockDelta"
        } else if has("start") {
            "contentBlockStart"
        } else {
            "contentBlockStop"
        }
    } else if has("stopReason") {
        "messageStop"
    } else if has("role") {
        "messageStart"
    } else if has("usage") || has("metrics") {
        "metadata"
    } else {
        let known = event.resolved().into_owned();
        let siblings = leftover::siblings(object, known.member()).collect();
        return Ok((known, odd, siblings));
    };
    read_event(name, json).map(|(event, odd)| (event, odd, Extra::new()))
}

/// A chunk under its event's name. A server may give its events names of its own, with the service's inside. A payload of which
/// only the members are known stays what its name says: an event that is not known yet.
#[codegen_at_use]
pub(super) fn read_named(
    name: &str,
    json: &[u8],
) -> Result<(ConverseStreamOutput, Vec<Odd>, Extra), ChunkError> {
    let (event, odd) = read_event(name, json)?;
    // A name that is known may stand around the event once more.
    let quoted = format!("\"{name}\"");
    let is_outside = matches!(event, ConverseStreamOutput::Unknown(_))
        || memchr::memmem::find(json, quoted.as_bytes()).is_some();
    if is_outside
        && let Ok((inside, odd)) = wire::read::<ConverseStreamOutput>(json)
        && !matches!(inside, ConverseStreamOutput::Unknown(_))
    {
        return Ok((inside, odd, Extra::new()));
    }
    Ok((event, odd, Extra::new()))
}

#[codegen_at_use]
fn read_event(name: &str, json: &[u8]) -> Result<(ConverseStreamOutput, Vec<Odd>), ChunkError> {
    ConverseStreamOutput::read_event(name, json).map_err(|error| ChunkError::Malformed(error.to_string()))
}
