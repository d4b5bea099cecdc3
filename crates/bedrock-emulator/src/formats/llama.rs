//! Meta Llama.

use serde_json::{Value, json};

use super::format::{Format, with_metrics};
use crate::error::ServiceError;
use crate::model::tokens;
use crate::model::{ModelRequest, Reply};

pub(super) const FORMAT: Format = Format {
    speaks: |id, _| id.contains("meta.llama"),
    looks_like: |body| body.get("max_gen_len").is_some(),
    read,
    whole,
    chunks,
};

fn read(body: &Value) -> Result<ModelRequest, ServiceError> {
    let Some(prompt) = body["prompt"].as_str() else {
        return Err(ServiceError::validation(
            "Malformed input request: #: required key [prompt] not found, please reformat your input and try again.",
        ));
    };
    Ok(ModelRequest {
        prompt: prompt.to_owned(),
        max_tokens: body["max_gen_len"].as_u64(),
        input_tokens: tokens::count(prompt),
        ..ModelRequest::default()
    })
}

fn whole(reply: &Reply, _model_id: &str) -> Value {
    json!({
        "generation": reply.text(),
        "prompt_token_count": reply.input_tokens,
        "generation_token_count": reply.output_tokens,
        "stop_reason": reason(reply),
    })
}

/// The count of the prompt comes on the first chunk only, that of the answer grows.
fn chunks(reply: &Reply, _model_id: &str) -> Vec<Value> {
    let text = reply.text();
    let deltas = reply.deltas(&text);
    // There is always one.
    let last = deltas.len() - 1;
    let chunks = deltas.into_iter().enumerate().map(|(nth, delta)| {
        json!({
            "generation": delta,
            // Recorded: null from the second chunk on.
            "prompt_token_count": (nth == 0).then_some(reply.input_tokens),
            "generation_token_count": if nth == last { reply.output_tokens } else { nth as u64 + 1 },
            "stop_reason": (nth == last && !reply.quirks.no_stop).then(|| reason(reply)),
        })
    });
    with_metrics(chunks.collect(), reply)
}

fn reason(reply: &Reply) -> &'static str {
    if reply.stop_reason == "max_tokens" { "length" } else { "stop" }
}
