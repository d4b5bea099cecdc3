//! OpenAI Chat Completions: through InvokeModel for the vendors that took it over, and by the address of its own.

use serde_json::{Value, json};

use super::format::{Format, joined_texts, last_prompt, strings, with_metrics};
use crate::error::ServiceError;
use crate::model::tokens;
use crate::model::{Block, ModelRequest, Reply, Tool, ToolChoice};

pub(super) const FORMAT: Format = Format {
    speaks,
    looks_like: |body| body.get("messages").is_some(),
    read,
    whole,
    // InvokeModel's streams end without usage of their own here; not all vendors' are recorded.
    chunks: |reply, model_id| with_metrics(chunks(reply, model_id), reply),
};

/// The vendors whose models speak it.
const VENDORS: &[&str] = &[
    "openai.",
    "qwen.",
    "moonshot.",
    "moonshotai.",
    "minimax.",
    "zai.",
    "google.",
    "nvidia.",
    "writer.",
    // Right for V3. R1 streams `message` and `stop_reason`, and takes a `prompt`: not written here.
    "deepseek.",
    "mistral.",
    "xai.",
];

fn speaks(id: &str, _: &Value) -> bool {
    let id = id.rsplit('/').next().unwrap_or(id);
    VENDORS.iter().any(|vendor| id.starts_with(vendor) || id.contains(&format!(".{vendor}")))
}

pub(crate) fn read(body: &Value) -> Result<ModelRequest, ServiceError> {
    let messages = body["messages"].as_array().filter(|messages| !messages.is_empty());
    let messages =
        messages.ok_or_else(|| ServiceError::validation("messages: at least one message is required"))?;
    let tools = body["tools"].as_array().into_iter().flatten().filter_map(|tool| {
        let function = tool.get("function")?;
        Some(Tool { name: function["name"].as_str()?.to_owned(), schema: function["parameters"].clone() })
    });
    let last = messages.last().filter(|message| message["role"] == "tool");
    // The newer name first: OpenAI refuses both together, the emulator does not.
    let limit = body.get("max_completion_tokens").or_else(|| body.get("max_tokens"));
    let stop = body.get("stop").and_then(Value::as_str).map(|stop| vec![stop.to_owned()]);
    Ok(ModelRequest {
        prompt: last_prompt(messages),
        tools: tools.collect(),
        choice: choice(&body["tool_choice"]),
        tool_result: last.map(|message| joined_texts(&message["content"])),
        output_schema: body["response_format"]["json_schema"].get("schema").cloned(),
        max_tokens: limit.and_then(Value::as_u64),
        stop_sequences: stop.unwrap_or_else(|| strings(body.get("stop"))),
        reasoning: body["reasoning_effort"].as_str().is_some_and(|effort| effort != "none"),
        input_tokens: ["messages", "tools"].iter().map(|key| tokens::count_json(&body[*key])).sum(),
    })
}

pub(crate) fn whole(reply: &Reply, model_id: &str) -> Value {
    let (thought, text) = (thought(reply), reply.text());
    let mut message =
        json!({"role": "assistant", "content": (!text.is_empty()).then_some(text), "refusal": null});
    if !thought.is_empty() {
        message["reasoning_content"] = json!(thought);
    }
    let calls: Vec<Value> = calls(reply)
        .map(|(nth, name, input)| json!({"id": call_id(reply, nth), "type": "function", "function": {"name": name, "arguments": input}}))
        .collect();
    if !calls.is_empty() {
        message["tool_calls"] = json!(calls);
    }
    let reason = (!reply.quirks.no_stop).then(|| reason(reply));
    let mut answer = envelope(reply, model_id, "chat.completion");
    answer["choices"] = json!([{"index": 0, "message": message, "logprobs": null, "finish_reason": reason}]);
    if !reply.quirks.no_metadata {
        answer["usage"] = usage(reply);
    }
    answer
}

/// The chunks without any usage: who sends it, and where, depends on the way.
pub(crate) fn chunks(reply: &Reply, model_id: &str) -> Vec<Value> {
    let mut chunks = Vec::new();
    let mut push = |delta: Value, reason: Option<&str>| {
        let mut chunk = envelope(reply, model_id, "chat.completion.chunk");
        chunk["choices"] = json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": reason}]);
        chunks.push(chunk);
    };
    push(json!({"role": "assistant", "content": ""}), None);
    let mut call = 0;
    for (nth, block) in reply.blocks.iter().enumerate() {
        match block {
            Block::Text(text) => {
                reply.deltas(text).iter().for_each(|delta| push(json!({"content": delta}), None))
            }
            Block::Reasoning(text) => {
                reply.deltas(text).iter().for_each(|delta| push(json!({"reasoning_content": delta}), None));
            }
            Block::ToolUse { name, input } => {
                let start = json!({"index": call, "id": call_id(reply, nth), "type": "function",
                    "function": {"name": name, "arguments": ""}});
                push(json!({"tool_calls": [start]}), None);
                for part in reply.deltas(input) {
                    push(json!({"tool_calls": [{"index": call, "function": {"arguments": part}}]}), None);
                }
                call += 1;
            }
        }
    }
    let stops = usize::from(!reply.quirks.no_stop) + usize::from(reply.quirks.double_stop);
    (0..stops).for_each(|_| push(json!({}), Some(reason(reply))));
    chunks
}

/// The chunk that a caller gets who asked for usage.
pub(crate) fn usage_chunk(reply: &Reply, model_id: &str) -> Value {
    let mut chunk = envelope(reply, model_id, "chat.completion.chunk");
    chunk["choices"] = json!([]);
    chunk["usage"] = usage(reply);
    chunk
}

pub(super) fn envelope(reply: &Reply, model_id: &str, object: &str) -> Value {
    // Always the same moment: an answer is to be the same each time.
    json!({"id": format!("chatcmpl-{}", reply.uuid(0)), "object": object, "created": 1_767_225_600, "model": model_id})
}

pub(super) fn usage(reply: &Reply) -> Value {
    json!({
        "prompt_tokens": reply.input_tokens,
        "completion_tokens": reply.output_tokens,
        "total_tokens": reply.input_tokens.saturating_add(reply.output_tokens),
    })
}

fn thought(reply: &Reply) -> String {
    let thoughts = reply
        .blocks
        .iter()
        .filter_map(|block| if let Block::Reasoning(text) = block { Some(text.as_str()) } else { None });
    thoughts.collect()
}

pub(super) fn calls(reply: &Reply) -> impl Iterator<Item = (usize, &str, &str)> {
    reply.blocks.iter().enumerate().filter_map(|(nth, block)| match block {
        Block::ToolUse { name, input } => Some((nth, name.as_str(), input.as_str())),
        _ => None,
    })
}

pub(super) fn call_id(reply: &Reply, nth: usize) -> String {
    format!("call_{}", reply.uuid(nth).replace('-', ""))
}

pub(super) fn reason(reply: &Reply) -> &'static str {
    match reply.stop_reason.as_str() {
        "max_tokens" | "model_context_window_exceeded" => "length",
        "tool_use" | "malformed_tool_use" => "tool_calls",
        "content_filtered" | "guardrail_intervened" => "content_filter",
        _ => "stop",
    }
}

fn choice(choice: &Value) -> ToolChoice {
    match (choice.as_str(), choice["function"]["name"].as_str()) {
        (Some("required"), _) => ToolChoice::Any,
        (Some("none"), _) => ToolChoice::Never,
        (_, Some(name)) => ToolChoice::Named(name.to_owned()),
        _ => ToolChoice::Auto,
    }
}
