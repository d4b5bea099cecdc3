//! The formats that the pretended model can read and write: one file and one row each. What it says is decided in `model`;
//! how chunks are framed, in `sending`.

mod ai21_jamba;
mod anthropic;
mod cohere_command_r;
pub(crate) mod converse;
mod format;
mod llama;
mod mistral_chat;
mod mistral_text;
mod nova;
pub(crate) mod openai_chat;
pub(crate) mod openai_responses;
mod titan;
pub(crate) mod vectors;

pub(crate) use format::{Format, METRICS};

use serde_json::Value;

/// The formats of InvokeModel. The first row that fits wins; what looks most like others comes last.
const FORMATS: &[Format] = &[
    anthropic::FORMAT,
    nova::FORMAT,
    titan::FORMAT,
    cohere_command_r::FORMAT,
    ai21_jamba::FORMAT,
    llama::FORMAT,
    mistral_chat::FORMAT,
    mistral_text::FORMAT,
    openai_chat::FORMAT,
];

/// The format that a model speaks; where its id does not say, the one that the body looks like.
pub(crate) fn of_model(model_id: &str, body: &Value) -> Option<&'static Format> {
    let id = model_id.to_lowercase();
    // Ids first: a body of one format may look like another's.
    let by_id = FORMATS.iter().find(|format| (format.speaks)(&id, body));
    by_id.or_else(|| FORMATS.iter().find(|format| (format.looks_like)(body)))
}

/// The last text of the user in a body of any format, for the `[[…]]` in it.
pub(crate) fn prompt(body: &Value) -> String {
    let messages = body.get("messages").or_else(|| body.pointer("/input/converse/messages"));
    if let Some(messages) = messages.and_then(Value::as_array) {
        return format::last_prompt(messages);
    }
    let keys = ["prompt", "inputText", "message", "input"];
    keys.iter().find_map(|key| body.get(key)?.as_str()).unwrap_or_default().to_owned()
}
