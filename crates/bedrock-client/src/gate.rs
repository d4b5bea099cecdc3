//! The gate of this crate for what is told of a response besides the answer itself: errors, what could not be read, what
//! nobody knows. What was sent as a secret does not come back through it.
//!
//! Not for: what the model says, which is given as it came; nor for headers and errors of the transport, which are through
//! its own gate when they get here.

use std::borrow::Cow;

use bedrock_aggregate::{Answer, Completeness, Event, StreamException};
use bedrock_http::Redactor;
use serde_json::Value;

/// Takes the secrets out of what an answer has besides the answer: its verdict, malformed and unknown chunks, and those of
/// the messages behind it.
pub(crate) fn clean_answer(redactor: &Redactor, answer: &mut Answer) {
    answer.later.iter_mut().for_each(|later| clean_answer(redactor, later));
    if let Completeness::Incomplete(missing) = &mut answer.completeness {
        let texts = [&mut missing.corrupt, &mut missing.other_message];
        texts.into_iter().flatten().for_each(|text| clean_text(redactor, text));
        missing.exception.iter_mut().for_each(|exception| clean_exception(redactor, exception));
    }
    for malformed in &mut answer.malformed {
        clean_text(redactor, &mut malformed.error);
        malformed.path.iter_mut().for_each(|path| clean_text(redactor, path));
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

/// Whether [`clean_answer`] has anything to look at.
pub(crate) fn is_plain(answer: &Answer) -> bool {
    answer.completeness.is_complete() && answer.malformed.is_empty() && answer.unknown.is_empty()
}

fn clean_exception(redactor: &Redactor, exception: &mut StreamException) {
    clean_text(redactor, &mut exception.error_type);
    clean_text(redactor, &mut exception.message);
    exception.original_message.iter_mut().for_each(|message| clean_text(redactor, message));
}

pub(crate) fn clean_text(redactor: &Redactor, text: &mut String) {
    if let Cow::Owned(clean) = redactor.text(text) {
        *text = clean;
    }
}

/// What a listener may hear in the place of an event.
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

fn clean_value(redactor: &Redactor, value: &mut Value) {
    match value {
        Value::String(text) => clean_text(redactor, text),
        Value::Array(items) => items.iter_mut().for_each(|item| clean_value(redactor, item)),
        Value::Object(members) => {
            members.values_mut().for_each(|member| clean_value(redactor, member));
            let is_clean = |name: &String| matches!(redactor.text(name), Cow::Borrowed(_));
            if !members.keys().all(is_clean) {
                let all = std::mem::take(members).into_iter();
                members.extend(all.map(|(name, member)| (redactor.text(&name).into_owned(), member)));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
