//! Whether a recorded stream came to its end, judged by its events alone: by each format's own last word.
//! Not for: what our verdict is; the test holds it against this one.

use std::collections::BTreeMap;

use bedrock_testing::Recording;
use serde_json::Value;

/// Whether a recording holds a whole answer.
pub(crate) fn is_whole(recording: &Recording) -> bool {
    let events = recording.events();
    let chunks: Vec<&Value> = events.iter().filter_map(chunk).collect();
    let any = |holds: &dyn Fn(&Value) -> bool| chunks.iter().any(|chunk| holds(chunk));
    let is = |key: &'static str, words: &'static [&'static str]| {
        move |chunk: &Value| chunk[key].as_str().is_some_and(|word| words.contains(&word))
    };
    let holds =
        |path: &'static str| move |chunk: &Value| chunk.pointer(path).is_some_and(|value| !value.is_null());
    if any(&|chunk| holds("/error")(chunk) || is("type", &["error", "response.failed"])(chunk))
        || is_broken_off(&events)
    {
        return false;
    }
    match recording.format.as_str() {
        "anthropic" => any(&is("type", &["message_stop"])),
        "openai-responses" => any(&is("type", &["response.completed", "response.incomplete"])),
        "converse" => any(&holds("/stopReason")) && any(&holds("/usage")),
        "nova" => any(&holds("/messageStop")) && any(&holds("/metadata/usage")),
        "titan" => any(&holds("/completionReason")),
        "llama" | "anthropic-text" => any(&holds("/stop_reason")),
        "mistral-text" => any(&holds("/outputs/0/stop_reason")),
        "cohere-command" => {
            any(&|chunk| chunk["is_finished"] == true) || any(&holds("/generations/0/finish_reason"))
        }
        "cohere-command-r" => any(&is("event_type", &["stream-end"])),
        _ => chat_is_whole(&chunks),
    }
}

/// Every choice has stopped, and the counts have come where the server said that they would.
fn chat_is_whole(chunks: &[&Value]) -> bool {
    let mut stopped = BTreeMap::new();
    for choice in chunks.iter().filter_map(|chunk| chunk["choices"].as_array()).flatten() {
        let has_stopped = choice["finish_reason"].as_str().is_some_and(|reason| !reason.is_empty());
        *stopped.entry(choice["index"].as_u64()).or_insert(false) |= has_stopped;
    }
    let owes = chunks.iter().any(|chunk| chunk.get("usage").is_some());
    let counted = chunks.iter().any(|chunk| chunk["usage"].is_object());
    !stopped.is_empty() && stopped.values().all(|stopped| *stopped) && (counted || !owes)
}

/// What an event carries.
pub(crate) fn chunk(event: &Value) -> Option<&Value> {
    ["chunk", "data", "payload"].iter().find_map(|key| event.get(key)).filter(|chunk| chunk.is_object())
}

/// Whether a frame says that it is no event.
fn is_broken_off(events: &[Value]) -> bool {
    let headers = events.iter().filter_map(|event| event["headers"].as_array()).flatten();
    let mut kinds = headers.filter(|header| header[0] == ":message-type");
    kinds.any(|header| header[1] != "event")
}
