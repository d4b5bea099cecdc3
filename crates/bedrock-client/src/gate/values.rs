//! Taking secrets out of texts and of JSON values, all of them.
//!
//! Not for which of them: see `errors.rs` and the gate.

use std::borrow::Cow;

use bedrock_http::Redactor;
use serde_json::{Map, Value};

/// Whether there was a secret in it.
pub(crate) fn clean_text(redactor: &Redactor, text: &mut String) -> bool {
    let Cow::Owned(clean) = redactor.text(text) else { return false };
    *text = clean;
    true
}

/// Whether there was a secret in it.
pub(super) fn clean_value(redactor: &Redactor, value: &mut Value) -> bool {
    match value {
        Value::String(text) => clean_text(redactor, text),
        Value::Array(items) => items.iter_mut().fold(false, |any, item| any | clean_value(redactor, item)),
        Value::Object(members) => {
            let any = members.values_mut().fold(false, |any, member| any | clean_value(redactor, member));
            any | clean_names(redactor, members)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Takes secrets out of the names of members, which keep their order.
pub(super) fn clean_names(redactor: &Redactor, members: &mut Map<String, Value>) -> bool {
    let is_clean = |name: &String| matches!(redactor.text(name), Cow::Borrowed(_));
    if members.keys().all(is_clean) {
        return false;
    }
    // In order thanks to serde_json's `preserve_order`. Two names that are masked alike
    // become one member, the later.
    let all = std::mem::take(members).into_iter();
    members.extend(all.map(|(name, member)| (redactor.text(&name).into_owned(), member)));
    true
}
