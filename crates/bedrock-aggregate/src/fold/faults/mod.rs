//! Errors inside a chunk or a whole body, in whatever shape they come: finds them and reads them as exceptions.
//!
//! For: what servers, gateways and logs write where an answer is expected. `{"error": …}` with an object, a text or a list,
//! alone or beside an answer; AWS's own bodies, which have a message and little else; an exception's event under its name.
//! Not for: errors that a format declares (its fold knows them).

mod names;

use bedrock_formats::exceptions::bare_name;
use bedrock_formats::invocation_metrics::BedrockKeys;
use serde_json::{Map, Value};

use crate::completeness::StreamException;
use names::{
    ANSWERS, COMPANIONS, EVENTS, EXCEPTION, HOLDERS, LISTS, MESSAGES, NAMES, OWN_MESSAGES, PIECES, STATUSES,
    UNNAMED,
};

/// An error found in a document.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    pub(crate) exception: StreamException,
    /// Whether the document holds nothing else, so that nothing of it is to be folded.
    pub(crate) alone: bool,
    /// Whether the document has no mark of an error: a message, which an answer may have too.
    pub(crate) bare: bool,
}

/// Whether a chunk may be an error or hold one: a name of errors stands between two quotes somewhere in it. Searching for
/// names costs less than parsing, and does not depend on the layout of the chunk; only names written with escapes are missed.
pub(crate) fn may_hold(json: &[u8]) -> bool {
    let mut begin = None;
    memchr::memchr_iter(b'"', json).any(|at| {
        let begin = begin.replace(at + 1);
        let name = begin.and_then(|begin| json.get(begin..at)).unwrap_or_default();
        match name.len() {
            // From `msg` to `error_description`: a shorter or longer name that is added to the
            // tables is not found unless it is in this range too.
            3..=17 => std::str::from_utf8(name).is_ok_and(is_of_faults),
            _ => name.ends_with(EXCEPTION.as_bytes()),
        }
    })
}

/// The error that an unparsed document is or holds.
pub(crate) fn of_json(json: &[u8]) -> Option<Fault> {
    of_document(&serde_json::from_slice(json).ok()?)
}

/// The error that a document is or holds.
pub(crate) fn of_document(document: &Value) -> Option<Fault> {
    if let Value::Array(list) = document {
        // No answer is a list, but some servers put their errors into one.
        return list.iter().find_map(of_document).filter(|fault| fault.alone && !fault.bare);
    }
    let object = document.as_object()?;
    let holds = |key: &str| EVENTS.contains(&key) || PIECES.contains(&key) || LISTS.contains(&key);
    let may_hold = |key: &String| is_of_faults(key) || holds(key);
    if !is_marked(object) && !object.keys().any(may_hold) {
        return None;
    }
    if let Some(exception) = under_its_name(object) {
        return Some(Fault { exception, alone: true, bare: false });
    }
    // From here on from the surest sign to the weakest. A message alone comes last: it may be an
    // answer.
    let alone = says_only(object) || (is_marked(object) && !answers(object));
    let fault = |exception, bare| Fault { exception, alone, bare };
    if let Some(exception) = beside(object).or_else(|| within(object)) {
        return Some(fault(exception, false));
    }
    if is_marked(object) {
        return Some(fault(of_object(object), false));
    }
    if let Some(exception) = typed(object) {
        return Some(Fault { exception, alone: !answers(object), bare: false });
    }
    let text = MESSAGES.iter().any(|key| object.get(*key).is_some_and(Value::is_string));
    // A list of what is wrong with a request stands under `detail` alone.
    let detail = object.get("detail").is_some_and(|detail| !detail.is_null());
    if !alone || !(text || detail) {
        return None;
    }
    let is_mark = |key: &String| key != "message" && !is_padding(key);
    // AWS's body of an error and a chunk of Pegasus's look the same: `{"message": …}`.
    let bare = object.get("message").is_some() && !object.keys().any(is_mark);
    Some(fault(of_object(object), bare))
}

/// Whether an object says of itself that it is an error, whatever else it has.
fn is_marked(object: &Map<String, Value>) -> bool {
    ["type", "object"].iter().any(|key| object.get(*key).is_some_and(|kind| kind == UNNAMED))
}

/// The error whose name stands under `__type`: beside an answer it has a text too.
fn typed(object: &Map<String, Value>) -> Option<StreamException> {
    let name = object.get("__type")?.as_str().filter(|name| !name.is_empty())?;
    let text = || ["message", "Message"].iter().find_map(|key| object.get(*key)?.as_str());
    let named = |text| StreamException::new(bare_name(name), text);
    match answers(object) {
        true => text().map(named),
        false => Some(StreamException { error_type: named("").error_type, ..of_object(object) }),
    }
}

/// Whether an object has what answers have.
fn answers(object: &Map<String, Value>) -> bool {
    object.keys().any(|key| ANSWERS.contains(&key.as_str()) || EVENTS.contains(&key.as_str()))
}

/// Whether an object holds an error, whatever its kind.
pub(crate) fn is_in(object: &Map<String, Value>) -> bool {
    beside(object).or_else(|| typed(object)).is_some()
}

/// Whether this is a name under which an error stands, or a part of one that names it or says what it is. One look at each key
/// costs less than to look for all that an error may have.
fn is_of_faults(key: &str) -> bool {
    HOLDERS.contains(&key) || MESSAGES.contains(&key) || key == "__type" || key.ends_with(EXCEPTION)
}

/// The error that stands in an object beside whatever else it has: under `error`, `errors` or `Error`, as a text under a name that only
/// errors have, or as an exception's event.
pub(crate) fn beside(object: &Map<String, Value>) -> Option<StreamException> {
    if object.is_empty() {
        return None;
    }
    if let Some(error) = object.get("error") {
        // `{"error":"invalid_grant","error_description":"…"}`: the text is a name where another text stands beside it.
        if let (Value::String(name), Some(message)) = (error, message_of(object))
            && !name.is_empty()
        {
            return Some(StreamException::new(name, message));
        }
        if let Some(exception) = of_error(error) {
            return Some(exception);
        }
    }
    let held = HOLDERS[1..].iter().find_map(|key| of_error(object.get(*key)?));
    held.or_else(|| of_own_message(object))
        .or_else(|| object.iter().find_map(|(name, body)| of_event(name, body)))
}

/// The error whose text stands under a name that only errors have.
fn of_own_message(object: &Map<String, Value>) -> Option<StreamException> {
    let says = |key: &str| object.get(key).is_some_and(|text| !is_nothing(text));
    // `{"error_code":0,"error_msg":"success"}`: the code says that it is none.
    let is_well = |key: &&str| object.get(*key).is_some_and(|code| !code.is_null() && is_nothing(code));
    if !OWN_MESSAGES.into_iter().any(says) || ["error_code", "errorCode"].iter().any(is_well) {
        return None;
    }
    // What else there is speaks of the answer, unless there is none.
    let own = object.iter().filter(|(key, _)| key.starts_with("error"));
    let read = of_object(&own.map(|(key, value)| (key.clone(), value.clone())).collect());
    Some(if says_only(object) {
        StreamException { message: read.message, ..of_object(object) }
    } else {
        read
    })
}

/// What an exception's event says, as clients and logs write it: under its name.
fn of_event(name: &str, body: &Value) -> Option<StreamException> {
    match body {
        _ if !name.ends_with(EXCEPTION) => None,
        Value::Object(body) => Some(named(name, body)),
        Value::String(text) => Some(StreamException::new(name, text.as_str())),
        _ => None,
    }
}

/// The error that an event has in its own object, where a client or the format itself puts the name of the event around it; or in
/// a piece of a message, or in one of the choices.
fn within(object: &Map<String, Value>) -> Option<StreamException> {
    let of_event =
        |event: &Map<String, Value>| beside(event).or_else(|| beside(event.get("delta")?.as_object()?));
    let held = EVENTS.iter().chain(&PIECES).find_map(|key| of_event(object.get(*key)?.as_object()?));
    held.or_else(|| in_lists(object))
}

/// The error that one of the generations has, beside what it says or in a piece of it.
fn in_lists(object: &Map<String, Value>) -> Option<StreamException> {
    let of_one = |one: &Value| {
        let one = one.as_object()?;
        let pieces = || ["delta", "message"].iter().find_map(|key| beside(one.get(*key)?.as_object()?));
        beside(one).or_else(pieces)
    };
    LISTS.iter().find_map(|key| object.get(*key)?.as_array()?.iter().find_map(of_one))
}

/// The error that a whole answer has beside what it says, or in one of its generations.
pub(crate) fn of_whole(answer: &Value) -> Option<StreamException> {
    let object = answer.as_object()?;
    beside(object).or_else(|| typed(object)).or_else(|| in_lists(object))
}

/// Whether what comes under this name is an error, whatever it is.
pub(crate) fn is_name(event: &str) -> bool {
    matches!(event, "error" | "Error" | "exception" | "Exception") || is_exceptions(event)
}

/// Whether this is the name of an exception.
pub(crate) fn is_exceptions(event: &str) -> bool {
    event.len() > EXCEPTION.len() && event.ends_with(EXCEPTION)
}

/// What an event says that came under the name of errors or of an exception.
pub(crate) fn of_event_named(event: &str, body: &[u8]) -> StreamException {
    let read = match serde_json::from_slice(body) {
        Ok(nothing) if is_nothing(&nothing) => StreamException::new(UNNAMED, ""),
        Ok(body) => {
            let inside = body.as_object().and_then(under_its_name).or_else(|| of_error(&body));
            inside.unwrap_or_else(|| StreamException::new(UNNAMED, ""))
        }
        Err(_) => StreamException::new(UNNAMED, String::from_utf8_lossy(body)),
    };
    match is_exceptions(event) {
        true => StreamException { error_type: StreamException::new(event, "").error_type, ..read },
        false => read,
    }
}

/// Reads the payload of an exception frame.
pub(crate) fn of_frame(name: &str, payload: &[u8]) -> StreamException {
    let mut exception = match serde_json::from_slice(payload) {
        Ok(Value::Object(body)) => named(name, &body),
        _ => StreamException::new(name, String::from_utf8_lossy(payload)),
    };
    if exception.error_type.is_empty() {
        // The name in the frame's header is empty.
        exception.error_type = "UnknownException".to_owned();
    }
    exception
}

/// What the value of an `error` key says; `None` where it says that there is no error.
pub(crate) fn of_error(error: &Value) -> Option<StreamException> {
    match error {
        nothing if is_nothing(nothing) => None,
        Value::String(text) => Some(StreamException::new(UNNAMED, text.as_str())),
        Value::Array(errors) => errors.iter().find_map(of_error),
        Value::Object(object) => Some(of_object(object)),
        other => Some(StreamException::new(UNNAMED, other.to_string())),
    }
}

/// Whether a value says that there is nothing: no error, no text.
pub(crate) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        // Codes of vendors, of which 0 means that all is well.
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty() || text == "0",
        Value::Array(list) => list.iter().all(is_nothing),
        Value::Object(object) => object.values().all(is_nothing),
    }
}

fn of_object(object: &Map<String, Value>) -> StreamException {
    // `"code": "429"` is a status and no name.
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let word = |key: &&str| object.get(*key).and_then(Value::as_str).filter(|text| !is_number(text));
    let name = NAMES.iter().filter_map(word).map(bare_name).find(|name| !["", UNNAMED].contains(name));
    let message =
        message_of(object).or_else(|| object.get("error").and_then(of_error).map(|error| error.message));
    let message = message.or_else(|| object.get("title")?.as_str().map(str::to_owned));
    // Without a known text the message is the JSON itself.
    let message = message.unwrap_or_else(|| Value::Object(object.clone()).to_string());
    let mut exception = StreamException::new(name.unwrap_or(UNNAMED), message);
    let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
    let status = STATUSES.iter().find_map(|key| object.get(*key).and_then(number));
    // Other numbers are a vendor's own codes.
    exception.original_status_code = status.filter(|status| (100..1000).contains(status));
    exception.original_message = object.get("originalMessage").and_then(Value::as_str).map(str::to_owned);
    exception
}

/// The exception of this name, with what its body says.
fn named(name: &str, body: &Map<String, Value>) -> StreamException {
    let read = if body.is_empty() { StreamException::new(name, "") } else { of_object(body) };
    StreamException { error_type: StreamException::new(name, "").error_type, ..read }
}

fn message_of(object: &Map<String, Value>) -> Option<String> {
    let text = |key: &&str| match object.get(*key)? {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        // Only answers have it, errors never do.
        Value::Object(_) if ["message", "Message"].contains(key) => None,
        other => Some(other.to_string()),
    };
    MESSAGES.iter().find_map(text)
}

/// An exception's event alone.
fn under_its_name(object: &Map<String, Value>) -> Option<StreamException> {
    let mut members = object.iter().filter(|(key, _)| !is_padding(key));
    let (Some((name, body)), None) = (members.next(), members.next()) else { return None };
    of_event(name, body)
}

/// A document without the texts that an error may have.
pub(crate) fn without_messages(document: &Value) -> Value {
    let members = document.as_object().into_iter().flatten();
    // What only an error has makes one of an event too.
    let is_message = |key: &str| MESSAGES.contains(&key) && !OWN_MESSAGES.contains(&key);
    let others = members.filter(|(key, _)| !is_message(key));
    Value::Object(others.map(|(key, value)| (key.clone(), value.clone())).collect())
}

/// Whether an object has only what an error's body has.
fn says_only(object: &Map<String, Value>) -> bool {
    let known = |key: &str| MESSAGES.contains(&key) || NAMES.contains(&key) || STATUSES.contains(&key);
    // An answer's message is an object.
    !object.get("message").is_some_and(Value::is_object)
        && object.keys().all(|key| known(key) || COMPANIONS.contains(&key.as_str()) || is_padding(key))
}

fn is_padding(key: &str) -> bool {
    key == "p" || key == BedrockKeys::INVOCATION_METRICS
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_error_is_found_in_whichever_shape() {
        for (document, name, message, alone, bare) in [
            (json!({"error": "it broke"}), "error", "it broke", true, false),
            (json!({"error": {"message": "m", "type": "t", "code": "c"}}), "t", "m", true, false),
            (json!({"error": {"message": "m", "code": "c"}}), "c", "m", true, false),
            (
                json!({"error": {"message": "m", "type": "throttling", "code": "429"}}),
                "Throttling",
                "m",
                true,
                false,
            ),
            (json!({"error": {"reason": {"a": 1}}}), "error", r#"{"a":1}"#, true, false),
            (json!({"error": {"new": 1}}), "error", r#"{"new":1}"#, true, false),
            (json!({"error": ["", {"message": "m"}]}), "error", "m", true, false),
            (json!({"error": 7}), "error", "7", true, false),
            (json!({"error": "invalid_grant", "error_description": "m"}), "invalid_grant", "m", true, false),
            (json!({"error": {"message": "m"}, "choices": []}), "error", "m", false, false),
            (
                json!({"type": "error", "error": {"type": "overloaded_error", "message": "m"}}),
                "overloaded_error",
                "m",
                true,
                false,
            ),
            (json!({"errors": [{"message": "m"}]}), "error", "m", true, false),
            (
                json!({"Error": {"Code": "Throttling", "Message": "m"}, "RequestId": "r"}),
                "Throttling",
                "m",
                true,
                false,
            ),
            (json!({"throttlingException": {"message": "m"}}), "ThrottlingException", "m", true, false),
            (json!({"internalServerException": {}}), "InternalServerException", "", true, false),
            (json!({"teapotException": "m", "p": "ab"}), "teapotException", "m", true, false),
            (
                json!({"__type": "ns#ValidationException", "Message": "m"}),
                "ValidationException",
                "m",
                true,
                false,
            ),
            (json!({"message": "m"}), "error", "m", true, true),
            (json!({"Message": "m"}), "error", "m", true, false),
            (
                json!({"message": "m", "code": "AccessDeniedException"}),
                "AccessDeniedException",
                "m",
                true,
                false,
            ),
            (json!({"errorMessage": "m", "errorType": "Boom", "stackTrace": []}), "Boom", "m", true, false),
            (json!({"detail": [{"loc": ["body"]}]}), "error", r#"[{"loc":["body"]}]"#, true, false),
        ] {
            let found = of_document(&document).unwrap_or_else(|| panic!("{document}"));
            let read = (
                found.exception.error_type.as_str(),
                found.exception.message.as_str(),
                found.alone,
                found.bare,
            );
            assert_eq!(read, (name, message, alone, bare), "{document}");
        }
    }

    #[test]
    fn what_is_no_error_is_none() {
        for document in [
            json!({"error": null}),
            json!({"error": ""}),
            json!({"error": {}, "choices": []}),
            json!({"errors": []}),
            json!({"message": {"role": "assistant"}, "type": "message_start"}),
            json!({"message": "A dog", "finishReason": "stop"}),
            json!({"type": "ping"}),
            json!({"messageStart": {"role": "assistant"}}),
            json!({"generation": "a", "message": "b"}),
            json!({"status": "completed"}),
            json!("error"),
            json!({}),
        ] {
            assert_eq!(of_document(&document), None, "{document}");
        }
    }

    #[test]
    fn statuses_and_the_models_own_words_are_kept() {
        let document = json!({"modelStreamErrorException": {"message": "m", "originalStatusCode": 500, "originalMessage": "oom"}});
        let found = of_document(&document).map(|fault| fault.exception);
        let found = found.map(|e| (e.error_type, e.original_status_code, e.original_message));
        assert_eq!(found, Some(("ModelStreamErrorException".to_owned(), Some(500), Some("oom".to_owned()))));
        let status = |code: Value| {
            of_error(&json!({"message": "m", "code": code})).and_then(|e| e.original_status_code)
        };
        assert_eq!(
            (status(json!(502)), status(json!("429")), status(json!("x"))),
            (Some(502), Some(429), None)
        );
    }
}
