//! The gate of this crate for what reaches the caller of a response besides the answer itself: errors, wherever they stand,
//! what could not be read, unknown events (`Answer::unknown`). What was sent as a secret does not come back through it.
//!
//! Not for: what the model says, why it stopped, ids, and unknown members within the native answer, all of which are given as
//! they came; nor for headers and errors of the transport, which are through its own gate when they get here. Which members
//! are errors: see `errors.rs`.

mod errors;
mod values;

use std::borrow::Cow;

use bedrock_aggregate::{
    Answer, Completeness, Event, EventSink, Framing, Malformed, Native, ReadError, Reader, Registry,
    StreamException,
};
use bedrock_formats::reply::{Reply, ToReply};
use bedrock_http::Redactor;
use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

pub(crate) use self::values::clean_text;
use self::values::clean_value;

/// Takes the secrets out of all that an answer has besides what the model says: out of what stands beside it
/// ([`clean_beside`]), and, within the native answer, out of errors and of what could not be read. The registry is the one
/// that it was read by.
pub(crate) fn clean_answer(redactor: &Redactor, registry: &Registry, answer: &mut Answer) {
    answer.later.iter_mut().for_each(|later| clean_answer(redactor, registry, later));
    let quotes = |malformed: &&Malformed| matches!(redactor.bytes(&malformed.raw), Cow::Owned(_));
    let odd = answer.malformed.iter().filter(quotes);
    // Members of other types than theirs are kept where they stood, too.
    // Taken before they are masked below: in the native answer they are found by what they were.
    let odd: Vec<Value> = odd.filter_map(|malformed| serde_json::from_slice(&malformed.raw).ok()).collect();
    clean_beside(redactor, answer);
    let Some(mut document) = answer.native.as_ref().map(Native::to_json) else { return };
    let is_odd = clean_equals(redactor, &odd, &mut document);
    if errors::clean(redactor, &mut document) | is_odd {
        replace_native(registry, answer, document);
    }
}

/// Takes the secrets out of the values that are one of these.
fn clean_equals(redactor: &Redactor, these: &[Value], document: &mut Value) -> bool {
    if these.is_empty() {
        return false;
    }
    match document {
        value if these.contains(value) => clean_value(redactor, value),
        Value::Array(items) => {
            items.iter_mut().fold(false, |any, item| any | clean_equals(redactor, these, item))
        }
        Value::Object(members) => {
            members.values_mut().fold(false, |any, member| any | clean_equals(redactor, these, member))
        }
        _ => false,
    }
}

fn replace_native(registry: &Registry, answer: &mut Answer, document: Value) {
    // Written and read again, since a native answer is of any type. Only where a secret was found.
    let format = registry.get(&answer.format);
    let again = format.and_then(|format| format.parse_whole(document.to_string().as_bytes()).ok());
    // A format of the caller's own may not read what it writes.
    let again = again.filter(|again| again.to_json() == document);
    let reply = answer.reply.clone();
    answer.native = Some(again.unwrap_or_else(|| Native::new(Document { document, reply })));
}

/// A native answer that cannot be its own type any more.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Document {
    document: Value,
    #[serde(skip)]
    reply: Reply,
}

impl ToReply for Document {
    fn to_reply(&self) -> Reply {
        self.reply.clone()
    }
}

/// Takes the secrets out of what stands beside the native answer: its verdict, malformed and unknown chunks, and those of
/// the messages behind it.
pub(crate) fn clean_beside(redactor: &Redactor, answer: &mut Answer) {
    answer.later.iter_mut().for_each(|later| clean_beside(redactor, later));
    if let Completeness::Incomplete(missing) = &mut answer.completeness {
        let texts = [&mut missing.corrupt, &mut missing.other_message];
        for text in texts.into_iter().flatten() {
            clean_text(redactor, text);
        }
        missing.exception.iter_mut().for_each(|exception| clean_exception(redactor, exception));
    }
    for malformed in &mut answer.malformed {
        clean_text(redactor, &mut malformed.error);
        if let Some(path) = &mut malformed.path {
            clean_text(redactor, path);
        }
        if let Cow::Owned(clean) = redactor.bytes(&malformed.raw) {
            malformed.raw = clean;
        }
    }
    if !answer.unknown.is_empty() {
        let clean = |mut chunk| {
            clean_value(redactor, &mut chunk);
            chunk
        };
        answer.unknown = answer.unknown.values().map(clean).collect();
    }
}

/// Whether [`clean_beside`] has nothing to look at.
pub(crate) fn is_plain(answer: &Answer) -> bool {
    answer.completeness.is_complete() && answer.malformed.is_empty() && answer.unknown.is_empty()
}

/// Takes the secrets out of a body: out of the errors in it, where it is JSON; out of all of it, where it is an error and
/// nothing else, or no object or list of JSON. Pictures and the like are left as they are.
pub(crate) fn clean_body(redactor: &Redactor, content_type: Option<&str>, body: &mut Bytes) {
    let kind = content_type.unwrap_or_default().trim_start();
    // A picture's bytes may hold anything, and with some of them masked it is broken.
    let is_medium = ["image/", "audio/", "video/", "application/octet-stream"]
        .iter()
        .any(|start| kind.starts_with(start));
    let begins_as_json = matches!(body.trim_ascii_start().first(), Some(b'{' | b'['));
    if is_medium && !begins_as_json {
        return;
    }
    if begins_as_json && serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok() {
        clean_json(redactor, body);
    } else if let Cow::Owned(clean) = redactor.bytes(body) {
        *body = clean.into();
    }
}

fn clean_json(redactor: &Redactor, body: &mut Bytes) {
    if !errors::may_be_in(body) {
        return;
    }
    let Ok(mut document) = serde_json::from_slice::<Value>(body) else { return };
    let any = match &mut document {
        // Chunks, one by one.
        Value::Array(items) => items.iter_mut().fold(false, |any, item| any | clean_document(redactor, item)),
        document => clean_document(redactor, document),
    };
    if any {
        *body = document.to_string().into();
    }
}

fn clean_document(redactor: &Redactor, document: &mut Value) -> bool {
    if errors::may_be(document) && is_error(redactor, document) {
        return clean_value(redactor, document);
    }
    errors::clean(redactor, document)
}

/// Whether a document that quotes a secret is an error and nothing else.
fn is_error(redactor: &Redactor, document: &Value) -> bool {
    // A cheap question first: a body that quotes no secret need not be judged.
    let line = format!("{document}\n");
    if matches!(redactor.text(&line), Cow::Borrowed(_)) {
        return false;
    }
    // A reader without formats waits for more, unless it is an error that has nothing beside it.
    let mut reader = Reader::of(Framing::JsonLines, Registry::empty()).with_max_held(usize::MAX);
    let pushed = reader.push(line.as_bytes(), &mut EventSink::none());
    matches!(pushed, Err(ReadError::Exception(_)))
}

fn clean_exception(redactor: &Redactor, exception: &mut StreamException) {
    clean_text(redactor, &mut exception.error_type);
    clean_text(redactor, &mut exception.message);
    if let Some(message) = &mut exception.original_message {
        clean_text(redactor, message);
    }
}

/// An event as a listener may get it.
pub(crate) fn clean_event<'e>(redactor: &Redactor, mut event: Event<'e>) -> Event<'e> {
    if let Event::Unknown(unknown) = &mut event {
        let mut raw = unknown.raw.clone().into_owned();
        clean_value(redactor, &mut raw);
        unknown.raw = Cow::Owned(raw);
        if let Some(Cow::Owned(clean)) = unknown.event_type.as_deref().map(|name| redactor.text(name)) {
            unknown.event_type = Some(Cow::Owned(clean));
        }
    }
    event
}
