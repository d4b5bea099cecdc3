//! Mistral's text completions: its first models take nothing else, those of 2024 take messages too (see `mistral_chat`).

use serde_json::{Value, json};

use super::format::{Format, strings, with_metrics};
use crate::error::ServiceError;
use crate::model::tokens;
use crate::model::{ModelRequest, Reply};

pub(super) const FORMAT: Format = Format {
    speaks: |id, _| ["mistral-7b", "mixtral"].iter().any(|name| id.contains(name)) || takes_both(id),
    looks_like: |_| false,
    read,
    whole,
    chunks,
};

/// Whether a model takes messages as well.
pub(super) fn takes_both(id: &str) -> bool {
    ["mistral-small-2402", "mistral-large-24"].iter().any(|name| id.contains(name))
}

fn read(body: &Value) -> Result<ModelRequest, ServiceError> {
    let Some(prompt) = body["prompt"].as_str() else {
        return Err(ServiceError::validation(
            "Malformed input request: #: required key [prompt] not found, please reformat your input and try again.",
        ));
    };
    let bare =
        // The template is not the user's words: answers repeat the prompt without it.
        prompt.trim_start_matches("<s>").trim_start_matches("[INST]").trim_end_matches("[/INST]").trim();
    Ok(ModelRequest {
        prompt: bare.to_owned(),
        max_tokens: body["max_tokens"].as_u64(),
        stop_sequences: strings(body.get("stop")),
        input_tokens: tokens::count(prompt),
        ..ModelRequest::default()
    })
}

fn whole(reply: &Reply, _model_id: &str) -> Value {
    json!({"outputs": [{"text": reply.text(), "stop_reason": reason(reply)}]})
}

fn chunks(reply: &Reply, _model_id: &str) -> Vec<Value> {
    let text = reply.text();
    let deltas = reply.deltas(&text);
    // There is always one.
    let last = deltas.len() - 1;
    let chunks = deltas.into_iter().enumerate().map(|(nth, delta)| {
        let reason = (nth == last && !reply.quirks.no_stop).then(|| reason(reply));
        json!({"outputs": [{"text": delta, "stop_reason": reason}]})
    });
    with_metrics(chunks.collect(), reply)
}

fn reason(reply: &Reply) -> &'static str {
    if reply.stop_reason == "max_tokens" { "length" } else { "stop" }
}
