//! Anthropic Messages through InvokeModel. The legacy text completions are another format.

use serde_json::{Value, json};

use super::format::{Format, input_value, joined_texts, last_prompt, strings, with_metrics};
use crate::error::ServiceError;
use crate::model::tokens;
use crate::model::{Block, ModelRequest, Reply, SIGNATURE, Tool, ToolChoice};

pub(super) const FORMAT: Format = Format {
    speaks: |id, _| id.contains("anthropic.") || id.contains("claude"),
    looks_like: |body| body.get("anthropic_version").is_some(),
    read,
    whole,
    chunks,
};

fn read(body: &Value) -> Result<ModelRequest, ServiceError> {
    // Wording and order are those of Anthropic's own checks, which the service passes on.
    for key in ["anthropic_version", "max_tokens", "messages"] {
        if body.get(key).is_none() {
            return Err(ServiceError::validation(format!("{key}: Field required")));
        }
    }
    // The address says both already.
    for key in ["model", "stream"] {
        if body.get(key).is_some() {
            return Err(ServiceError::validation(format!("{key}: Extra inputs are not permitted")));
        }
    }
    let Some(max_tokens) = body["max_tokens"].as_u64().filter(|tokens| *tokens > 0) else {
        return Err(ServiceError::validation("max_tokens: Input should be greater than or equal to 1"));
    };
    let none = Vec::new();
    let messages = body["messages"].as_array().unwrap_or(&none);
    if messages.is_empty() {
        return Err(ServiceError::validation("messages: at least one message is required"));
    }
    if messages[0]["role"] != "user" {
        return Err(ServiceError::validation("messages: first message must use the \"user\" role"));
    }
    let tools = body["tools"].as_array().into_iter().flatten().filter_map(|tool| {
        Some(Tool { name: tool["name"].as_str()?.to_owned(), schema: tool["input_schema"].clone() })
    });
    Ok(ModelRequest {
        prompt: last_prompt(messages),
        tools: tools.collect(),
        choice: choice(&body["tool_choice"]),
        tool_result: tool_result(messages),
        output_schema: body["output_config"]["format"].get("schema").cloned(),
        max_tokens: Some(max_tokens),
        stop_sequences: strings(body.get("stop_sequences")),
        reasoning: body["thinking"]["type"].as_str().is_some_and(|kind| kind != "disabled"),
        input_tokens: ["messages", "system", "tools"].iter().map(|key| tokens::count_json(&body[*key])).sum(),
    })
}

fn whole(reply: &Reply, model_id: &str) -> Value {
    let content: Vec<Value> =
        reply.blocks.iter().enumerate().map(|(nth, block)| content_block(reply, nth, block)).collect();
    let mut message = message(reply, model_id);
    message["content"] = json!(content);
    if !reply.quirks.no_stop {
        message["stop_reason"] = json!(stop_reason(reply));
        message["stop_sequence"] = json!(reply.stop_sequence);
    }
    if !reply.quirks.no_metadata {
        message["usage"] = json!({
            "input_tokens": reply.input_tokens,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": reply.output_tokens,
        });
    }
    message
}

fn chunks(reply: &Reply, model_id: &str) -> Vec<Value> {
    let mut start = message(reply, model_id);
    start["usage"] = json!({
        "input_tokens": reply.input_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        // A placeholder, as in recordings (1 to 8): the count that holds
        // comes with `message_delta`.
        "output_tokens": 1,
    });
    let mut chunks = vec![json!({"type": "message_start", "message": start})];
    for (index, block) in reply.blocks.iter().enumerate() {
        let begin = match block {
            Block::Text(_) => json!({"type": "text", "text": ""}),
            Block::Reasoning(_) => json!({"type": "thinking", "thinking": "", "signature": ""}),
            Block::ToolUse { name, .. } => {
                json!({"type": "tool_use", "id": tool_use_id(reply, index), "name": name, "input": {}})
            }
        };
        chunks.push(json!({"type": "content_block_start", "index": index, "content_block": begin}));
        let deltas = deltas(reply, block).into_iter();
        chunks.extend(
            deltas.map(|delta| json!({"type": "content_block_delta", "index": index, "delta": delta})),
        );
        chunks.push(json!({"type": "content_block_stop", "index": index}));
    }
    let stops = usize::from(!reply.quirks.no_stop) + usize::from(reply.quirks.double_stop);
    for _ in 0..stops {
        chunks.push(json!({
            "type": "message_delta",
            "delta": {"stop_reason": stop_reason(reply), "stop_sequence": reply.stop_sequence},
            "usage": {"output_tokens": reply.output_tokens},
        }));
    }
    chunks.push(json!({"type": "message_stop"}));
    with_metrics(chunks, reply)
}

fn deltas(reply: &Reply, block: &Block) -> Vec<Value> {
    match block {
        Block::Text(text) => {
            reply.deltas(text).into_iter().map(|text| json!({"type": "text_delta", "text": text})).collect()
        }
        Block::Reasoning(text) => {
            let thoughts = reply
                .deltas(text)
                .into_iter()
                .map(|text| json!({"type": "thinking_delta", "thinking": text}));
            thoughts.chain([json!({"type": "signature_delta", "signature": SIGNATURE})]).collect()
        }
        // The first part is always empty.
        Block::ToolUse { input, .. } => {
            let parts = [""].into_iter().chain(reply.deltas(input));
            parts.map(|part| json!({"type": "input_json_delta", "partial_json": part})).collect()
        }
    }
}

fn message(reply: &Reply, model_id: &str) -> Value {
    json!({
        "model": bare_name(model_id),
        "id": format!("msg_bdrk_01{}", reply.id(usize::MAX, 22)),
        "type": "message",
        "role": "assistant",
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
    })
}

fn content_block(reply: &Reply, nth: usize, block: &Block) -> Value {
    match block {
        Block::Text(text) => json!({"type": "text", "text": text}),
        Block::Reasoning(text) => json!({"type": "thinking", "thinking": text, "signature": SIGNATURE}),
        Block::ToolUse { name, input } => {
            json!({"type": "tool_use", "id": tool_use_id(reply, nth), "name": name, "input": input_value(input)})
        }
    }
}

fn tool_use_id(reply: &Reply, nth: usize) -> String {
    format!("toolu_bdrk_01{}", reply.id(nth, 22))
}

/// Anthropic's name of a model: no region, no vendor, no version of the id.
fn bare_name(model_id: &str) -> &str {
    let name = model_id.rsplit_once("anthropic.").map_or(model_id, |(_, name)| name);
    let name = name.split(':').next().unwrap_or(name);
    match name.rsplit_once("-v") {
        Some((bare, version)) if !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit()) => bare,
        _ => name,
    }
}

fn stop_reason(reply: &Reply) -> &str {
    match reply.stop_reason.as_str() {
        "malformed_tool_use" => "tool_use",
        // Scripts speak Converse's words; Anthropic has one for both of these.
        "content_filtered" | "guardrail_intervened" => "refusal",
        same => same,
    }
}

fn choice(choice: &Value) -> ToolChoice {
    match (choice["type"].as_str(), choice["name"].as_str()) {
        (Some("any"), _) => ToolChoice::Any,
        (Some("tool"), Some(name)) => ToolChoice::Named(name.to_owned()),
        (Some("none"), _) => ToolChoice::Never,
        _ => ToolChoice::Auto,
    }
}

fn tool_result(messages: &[Value]) -> Option<String> {
    let blocks = messages.last()?["content"].as_array()?;
    let result = blocks.iter().find(|block| block["type"] == "tool_result")?;
    Some(joined_texts(&result["content"]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::format::METRICS;
    use crate::model;
    use crate::script::Answer;

    const ID: &str = "us.anthropic.claude-3-5-sonnet-20241022-v2:0";

    fn request(change: Value) -> Value {
        let mut body = json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 100,
            "messages": [{"role": "user", "content": "the weather in Oslo"}]});
        for (key, value) in change.as_object().unwrap() {
            body[key] = value.clone();
        }
        body
    }

    #[test]
    fn a_stream_says_what_the_whole_says() {
        let body = request(json!({"thinking": {"type": "enabled"},
            "tools": [{"name": "w", "input_schema": {"properties": {"city": {}}}}]}));
        let reply = model::reply(&read(&body).unwrap(), &Answer::default(), ID, b"");
        let (whole, chunks) = (whole(&reply, ID), chunks(&reply, ID));
        let text =
            |kind: &str| chunks.iter().filter_map(|chunk| chunk["delta"][kind].as_str()).collect::<String>();
        assert_eq!(whole["content"][0]["thinking"], text("thinking"));
        assert_eq!(
            whole["content"][1]["input"],
            serde_json::from_str::<Value>(&text("partial_json")).unwrap()
        );
        assert_eq!(chunks[0]["message"]["id"], whole["id"]);
        assert_eq!(whole["model"], "claude-3-5-sonnet-20241022");
        assert_eq!(whole["stop_reason"], "tool_use");
        let last = chunks.last().unwrap();
        assert_eq!(last["type"], "message_stop");
        assert_eq!(last[METRICS]["outputTokenCount"], whole["usage"]["output_tokens"]);
    }

    #[test]
    fn requests_that_are_refused() {
        for (change, complaint) in [
            (json!({"model": "m"}), "model: Extra inputs"),
            (json!({"stream": true}), "stream: Extra inputs"),
            (json!({"max_tokens": 0}), "max_tokens"),
            (json!({"messages": []}), "at least one message"),
            (json!({"messages": [{"role": "assistant", "content": "a"}]}), "first message"),
        ] {
            let error = read(&request(change)).unwrap_err();
            assert!(error.message.contains(complaint), "{}", error.message);
        }
        assert_eq!(read(&json!({})).unwrap_err().message, "anthropic_version: Field required");
    }

    #[test]
    fn results_of_tools_are_read() {
        let content = json!([{"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "rain"}]}]);
        let request = read(&request(json!({"messages": [{"role": "user", "content": content}]}))).unwrap();
        assert_eq!(request.tool_result.as_deref(), Some("rain"));
    }
}
