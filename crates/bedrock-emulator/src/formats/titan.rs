//! Amazon Titan Text. Its embeddings are in `vectors`.

use serde_json::{Value, json};

use super::format::{Format, strings, with_metrics};
use crate::error::ServiceError;
use crate::model::tokens;
use crate::model::{ModelRequest, Reply};

pub(super) const FORMAT: Format = Format {
    // `titan-text-…` and `titan-tg1-large`.
    speaks: |id, _| id.contains("amazon.titan-t"),
    looks_like: |body| body.get("inputText").is_some(),
    read,
    whole,
    chunks,
};

fn read(body: &Value) -> Result<ModelRequest, ServiceError> {
    let Some(prompt) = body["inputText"].as_str() else {
        return Err(ServiceError::validation(
            "Malformed input request: #: required key [inputText] not found, please reformat your input and try again.",
        ));
    };
    let config = &body["textGenerationConfig"];
    Ok(ModelRequest {
        prompt: prompt.to_owned(),
        max_tokens: config["maxTokenCount"].as_u64(),
        stop_sequences: strings(config.get("stopSequences")),
        input_tokens: tokens::count(prompt),
        ..ModelRequest::default()
    })
}

fn whole(reply: &Reply, _model_id: &str) -> Value {
    json!({
        "inputTextTokenCount": reply.input_tokens,
        "results": [{
            "tokenCount": reply.output_tokens, "outputText": reply.text(), "completionReason": reason(reply),
        }],
    })
}

fn chunks(reply: &Reply, _model_id: &str) -> Vec<Value> {
    let text = reply.text();
    let deltas = reply.deltas(&text);
    // There is always one.
    let last = deltas.len() - 1;
    let chunks = deltas.into_iter().enumerate().map(|(nth, delta)| {
        json!({
            "outputText": delta,
            "index": 0,
            "totalOutputTextTokenCount": (nth == last).then_some(reply.output_tokens),
            "completionReason": (nth == last && !reply.quirks.no_stop).then(|| reason(reply)),
            "inputTextTokenCount": (nth == 0).then_some(reply.input_tokens),
        })
    });
    with_metrics(chunks.collect(), reply)
}

fn reason(reply: &Reply) -> &'static str {
    match reply.stop_reason.as_str() {
        "max_tokens" => "LENGTH",
        "stop_sequence" => "STOP_CRITERIA_MET",
        "content_filtered" | "guardrail_intervened" => "CONTENT_FILTERED",
        // As recorded; the documentation writes `FINISHED`.
        _ => "FINISH",
    }
}
