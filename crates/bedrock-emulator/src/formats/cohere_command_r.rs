//! Cohere Command R. The older Command and the embeddings are other formats.

use serde_json::{Map, Value, json};

use super::format::{Format, input_value, strings, with_metrics};
use crate::error::ServiceError;
use crate::model::tokens;
use crate::model::{Block, ModelRequest, Reply, Tool};

pub(super) const FORMAT: Format = Format {
    speaks: |id, _| id.contains("cohere.command-r"),
    looks_like: |body| body.get("message").is_some_and(Value::is_string),
    read,
    whole,
    chunks,
};

fn read(body: &Value) -> Result<ModelRequest, ServiceError> {
    let Some(prompt) = body["message"].as_str() else {
        return Err(ServiceError::validation(
            "Malformed input request: #: required key [message] not found, please reformat your input and try again.",
        ));
    };
    let tools = body["tools"].as_array().into_iter().flatten().filter_map(|tool| {
        Some(Tool { name: tool["name"].as_str()?.to_owned(), schema: schema(&tool["parameter_definitions"]) })
    });
    let results = body["tool_results"].as_array().filter(|results| !results.is_empty());
    Ok(ModelRequest {
        prompt: prompt.to_owned(),
        tools: tools.collect(),
        tool_result: results.map(|results| results[0]["outputs"].to_string()),
        max_tokens: body["max_tokens"].as_u64(),
        stop_sequences: strings(body.get("stop_sequences")),
        input_tokens: ["message", "chat_history", "preamble", "documents", "tools"]
            .iter()
            .map(|key| tokens::count_json(&body[*key]))
            .sum(),
        ..ModelRequest::default()
    })
}

fn whole(reply: &Reply, _model_id: &str) -> Value {
    let mut answer = json!({
        "response_id": reply.uuid(0),
        "text": reply.text(),
        "generation_id": reply.uuid(1),
        "chat_history": [{"role": "CHATBOT", "message": reply.text()}],
    });
    if !reply.quirks.no_stop {
        answer["finish_reason"] = json!(reason(reply));
    }
    let calls = calls(reply);
    if !calls.is_empty() {
        answer["tool_calls"] = json!(calls);
    }
    if !reply.quirks.no_metadata {
        let units = json!({"input_tokens": reply.input_tokens, "output_tokens": reply.output_tokens});
        answer["meta"] = json!({"billed_units": units, "tokens": units});
    }
    answer
}

/// The end repeats the whole answer.
fn chunks(reply: &Reply, model_id: &str) -> Vec<Value> {
    let text = reply.text();
    // An answer of calls alone has no text event.
    let deltas = reply.deltas(&text).into_iter().filter(|delta| !delta.is_empty());
    let mut chunks: Vec<Value> = deltas
        .map(|delta| json!({"event_type": "text-generation", "is_finished": false, "text": delta}))
        .collect();
    let calls = calls(reply);
    if !calls.is_empty() {
        chunks
            // No recording has calls: the shape is that of Cohere's SDK. Calls have no ids there.
            .push(json!({"event_type": "tool-calls-generation", "is_finished": false, "tool_calls": calls}));
    }
    if !reply.quirks.no_stop {
        chunks.push(json!({"event_type": "stream-end", "is_finished": true, "finish_reason": reason(reply),
            "response": whole(reply, model_id)}));
    }
    with_metrics(chunks, reply)
}

fn calls(reply: &Reply) -> Vec<Value> {
    let calls = reply.blocks.iter().filter_map(|block| match block {
        Block::ToolUse { name, input } => Some(json!({"name": name, "parameters": input_value(input)})),
        _ => None,
    });
    calls.collect()
}

/// Cohere says of each parameter what JSON Schema says of a property, in its own words for types.
fn schema(definitions: &Value) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for (name, definition) in definitions.as_object().into_iter().flatten() {
        let kind = match definition["type"].as_str().unwrap_or_default().to_lowercase() {
            kind if kind.starts_with("int") => "integer",
            kind if kind.starts_with("float") || kind.starts_with("num") => "number",
            kind if kind.starts_with("bool") => "boolean",
            kind if kind.starts_with("list") => "array",
            kind if kind.starts_with("dict") => "object",
            _ => "string",
        };
        properties.insert(name.clone(), json!({"type": kind}));
        if definition["required"] == true {
            required.push(name.clone());
        }
    }
    json!({"type": "object", "properties": properties, "required": required})
}

fn reason(reply: &Reply) -> &'static str {
    match reply.stop_reason.as_str() {
        "max_tokens" => "MAX_TOKENS",
        "stop_sequence" => "STOP_SEQUENCE",
        "content_filtered" | "guardrail_intervened" => "ERROR_TOXIC",
        _ => "COMPLETE",
    }
}
