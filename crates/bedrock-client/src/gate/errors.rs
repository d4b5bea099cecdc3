//! Which members of a JSON document are errors, or counts, which are no words of a model either, and taking secrets out of
//! those.
//!
//! Not for what they mean, which is `bedrock-aggregate`'s: here a name that an error may have is enough, as all that is done to
//! one is that a secret in it is masked.

use bedrock_http::Redactor;
use serde_json::{Map, Value};

use super::values::{clean_names, clean_value};

/// Members that say what an error is where one stands beside them: `{"error": "denied", "error_description": "…"}`.
const WORDS: [&str; 19] = [
    "message",
    "Message",
    "errorMessage",
    "error_message",
    "error_description",
    "detail",
    "details",
    "msg",
    "reason",
    "type",
    "code",
    "__type",
    "Code",
    "errorType",
    "error_type",
    "errorCode",
    "error_code",
    "status",
    "name",
];

/// Parts of the names of members that the body of an error has at its top.
// Without their first letters, which are capitals in some places. What `Output`
// stands for, no test shows.
const MARKS: [&str; 10] =
    ["rror", "xception", "essage", "etail", "msg", "eason", "__type", "title", "ause", "Output"];

/// Names with such a part that answers have at their top, and errors do not.
// They end in `eason`.
const OF_ANSWERS: [&str; 3] = ["stopReason", "stop_reason", "finish_reason"];

/// Members that hold numbers, and a secret only where it is not the service that answers.
const COUNTS: [&str; 3] = ["usage", "metrics", "amazon-bedrock-invocationMetrics"];

/// Members that are what the model says, whatever their names within are.
const SAID: [&str; 2] = ["input", "arguments"];

/// Whether a member of this name is an error.
fn is_error(name: &str) -> bool {
    name.contains("rror") || name.ends_with("xception")
}

/// Whether there may be an error in a document: it has a name of one, or one that is written with escapes.
pub(crate) fn may_be_in(json: &[u8]) -> bool {
    /// No name is longer, and what the model says mostly is.
    const LONGEST: usize = 128;
    // A rough look, so that most answers are not parsed a second time.
    let short = json.split(|byte| *byte == b'"').filter(|text| text.len() <= LONGEST);
    let is_name = |text: &str| has_mark(text) || COUNTS.contains(&text) || text.contains("\\u");
    short.filter_map(|text| std::str::from_utf8(text).ok()).any(is_name)
}

/// Whether a document may be an error and nothing else, by the names at its top, or because it says so.
pub(crate) fn may_be(document: &Value) -> bool {
    // The two that the folds go by, too (`fold::faults`).
    if ["type", "object"].iter().any(|name| document.get(name).is_some_and(|kind| kind == "error")) {
        return true;
    }
    let members = document.as_object().into_iter().flatten();
    members
        .into_iter()
        .any(|(name, member)| !member.is_null() && has_mark(name) && !OF_ANSWERS.contains(&name.as_str()))
}

fn has_mark(name: &str) -> bool {
    MARKS.iter().any(|mark| name.contains(mark))
}

/// Takes the secrets out of errors, wherever in a document they stand. Whether there were any.
pub(crate) fn clean(redactor: &Redactor, document: &mut Value) -> bool {
    match document {
        // `|` and not `||`: all of them are cleaned, not the first alone.
        Value::Array(items) => items.iter_mut().fold(false, |any, item| any | clean(redactor, item)),
        Value::Object(members) => clean_members(redactor, members),
        _ => false,
    }
}

fn clean_members(redactor: &Redactor, members: &mut Map<String, Value>) -> bool {
    let holds_error = members.iter().any(|(name, member)| is_error(name) && !member.is_null());
    let mut any = false;
    for (name, member) in members.iter_mut() {
        // The message of a choice is the model's, an error's is a text.
        let is_word =
            holds_error && WORDS.contains(&name.as_str()) && !(name == "message" && member.is_object());
        any |= match name.as_str() {
            name if is_word || is_error(name) || COUNTS.contains(&name) => clean_value(redactor, member),
            // A tool may well take an `error` as its input.
            name if SAID.contains(&name) => false,
            _ => clean(redactor, member),
        };
    }
    // The name of an exception may be the secret.
    any | (holds_error && clean_names(redactor, members))
}

#[cfg(test)]
mod tests {
    use bedrock_http::BearerToken;
    use serde_json::json;

    use super::*;

    #[test]
    fn errors_and_counts_are_cleaned_and_what_the_model_says_is_not() {
        const T: &str = "ABSKEXAMPLE/1=";
        let redactor = Redactor::of_token(&BearerToken::new(T));
        for (document, clean_one) in [
            (json!({"error": T}), json!({"error": "***"})),
            (
                json!({"error": {"message": T, T: [T]}, "id": T}),
                json!({"error": {"message": "***", "***": ["***"]}, "id": T}),
            ),
            (json!([{"a": {"errors": [T]}}, T]), json!([{"a": {"errors": ["***"]}}, T])),
            (
                json!({"error": "e", "detail": [T], "text": T}),
                json!({"error": "e", "detail": ["***"], "text": T}),
            ),
            (json!({"error": null, "type": T}), json!({"error": null, "type": T})),
            (
                json!({"error": T, "message": {"content": T}}),
                json!({"error": "***", "message": {"content": T}}),
            ),
            (json!({"usage": {"in": T}, "error": {}}), json!({"usage": {"in": "***"}, "error": {}})),
            (json!({"xException": T}), json!({"xException": "***"})),
            (json!({"toolUse": {"input": {"error": T}}}), json!({"toolUse": {"input": {"error": T}}})),
            (json!({"content": [{"text": T}]}), json!({"content": [{"text": T}]})),
        ] {
            let mut cleaned = document.clone();
            let any = clean(&redactor, &mut cleaned);
            assert_eq!((&cleaned, any), (&clean_one, clean_one != document), "{document}");
        }
    }
}
