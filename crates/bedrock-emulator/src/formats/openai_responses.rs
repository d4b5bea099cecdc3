//! OpenAI Responses, by its own address only.

use serde_json::{Value, json};

use super::format::joined_texts;
use crate::error::ServiceError;
use crate::model::tokens;
use crate::model::{Block, ModelRequest, Reply, Tool, ToolChoice};

pub(crate) fn read(body: &Value) -> Result<ModelRequest, ServiceError> {
    let input = &body["input"];
    let items = input.as_array().cloned().unwrap_or_default();
    if !input.is_string() && items.is_empty() {
        return Err(ServiceError::validation("input: a text or a list of items is required"));
    }
    let said =
        items.iter().rev().filter(|item| item["role"] == "user").map(|item| joined_texts(&item["content"]));
    let prompt = input.as_str().map(str::to_owned).or_else(|| said.into_iter().find(|text| !text.is_empty()));
    let tools = body["tools"].as_array().into_iter().flatten().filter_map(|tool| {
        Some(Tool { name: tool["name"].as_str()?.to_owned(), schema: tool["parameters"].clone() })
    });
    let last = items.last().filter(|item| item["type"] == "function_call_output");
    Ok(ModelRequest {
        prompt: prompt.unwrap_or_default(),
        tools: tools.collect(),
        choice: choice(&body["tool_choice"]),
        tool_result: last
            .map(|item| item["output"].as_str().map_or_else(|| item["output"].to_string(), str::to_owned)),
        output_schema: body["text"]["format"].get("schema").cloned(),
        max_tokens: body["max_output_tokens"].as_u64(),
        stop_sequences: Vec::new(),
        reasoning: body["reasoning"]["effort"].as_str().is_some_and(|effort| effort != "none"),
        input_tokens: ["input", "instructions", "tools"]
            .iter()
            .map(|key| tokens::count_json(&body[*key]))
            .sum(),
    })
}

pub(crate) fn whole(reply: &Reply, model_id: &str) -> Value {
    let output = reply.blocks.iter().enumerate().map(|(nth, block)| item(reply, nth, block, true)).collect();
    let (status, details) = match reply.stop_reason.as_str() {
        "max_tokens" => ("incomplete", json!({"reason": "max_output_tokens"})),
        "content_filtered" | "guardrail_intervened" => ("incomplete", json!({"reason": "content_filter"})),
        _ => ("completed", Value::Null),
    };
    let mut response = response(reply, model_id, status, output);
    response["incomplete_details"] = details;
    if !reply.quirks.no_metadata {
        response["usage"] = json!({
            "input_tokens": reply.input_tokens,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": reply.output_tokens,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": reply.input_tokens.saturating_add(reply.output_tokens),
        });
    }
    response
}

/// The events, numbered; the last repeats the whole answer.
pub(crate) fn events(reply: &Reply, model_id: &str) -> Vec<Value> {
    let begun = response(reply, model_id, "in_progress", Vec::new());
    let mut events = vec![
        json!({"type": "response.created", "response": begun}),
        json!({"type": "response.in_progress", "response": begun}),
    ];
    for (nth, block) in reply.blocks.iter().enumerate() {
        events.push(json!({"type": "response.output_item.added", "output_index": nth, "item": item(reply, nth, block, false)}));
        block_events(reply, nth, block, &mut events);
        events.push(json!({"type": "response.output_item.done", "output_index": nth, "item": item(reply, nth, block, true)}));
    }
    let whole = whole(reply, model_id);
    let end = if whole["status"] == "incomplete" { "response.incomplete" } else { "response.completed" };
    let ends = usize::from(!reply.quirks.no_stop) + usize::from(reply.quirks.double_stop);
    // Clients take this one for the answer, whatever the events before it said.
    events.extend((0..ends).map(|_| json!({"type": end, "response": whole})));
    for (number, event) in events.iter_mut().enumerate() {
        event["sequence_number"] = json!(number);
    }
    events
}

/// Between the beginning and the end of one item: its parts.
fn block_events(reply: &Reply, nth: usize, block: &Block, events: &mut Vec<Value>) {
    let id = item_id(reply, nth, block);
    let mut push = |kind: &str, more: Value| {
        let mut event = json!({"type": format!("response.{kind}"), "item_id": id, "output_index": nth});
        if let (Value::Object(event), Value::Object(more)) = (&mut event, more) {
            event.extend(more);
        }
        events.push(event);
    };
    match block {
        Block::Text(text) => {
            let part = |text: &str| json!({"type": "output_text", "text": text, "annotations": []});
            push("content_part.added", json!({"content_index": 0, "part": part("")}));
            for delta in reply.deltas(text) {
                push("output_text.delta", json!({"content_index": 0, "delta": delta, "logprobs": []}));
            }
            push("output_text.done", json!({"content_index": 0, "text": text, "logprobs": []}));
            push("content_part.done", json!({"content_index": 0, "part": part(text)}));
        }
        Block::Reasoning(text) => {
            let part = |text: &str| json!({"type": "summary_text", "text": text});
            push("reasoning_summary_part.added", json!({"summary_index": 0, "part": part("")}));
            for delta in reply.deltas(text) {
                push("reasoning_summary_text.delta", json!({"summary_index": 0, "delta": delta}));
            }
            push("reasoning_summary_text.done", json!({"summary_index": 0, "text": text}));
            push("reasoning_summary_part.done", json!({"summary_index": 0, "part": part(text)}));
        }
        Block::ToolUse { input, .. } => {
            for delta in reply.deltas(input) {
                push("function_call_arguments.delta", json!({"delta": delta}));
            }
            push("function_call_arguments.done", json!({"arguments": input}));
        }
    }
}

fn response(reply: &Reply, model_id: &str, status: &str, output: Vec<Value>) -> Value {
    json!({
        "id": format!("resp_{}", reply.uuid(usize::MAX).replace('-', "")),
        "object": "response",
        "created_at": 1_767_225_600,
        "status": status,
        "error": null,
        "incomplete_details": null,
        "instructions": null,
        "metadata": {},
        "model": model_id,
        "output": output,
        "parallel_tool_calls": true,
        "tool_choice": "auto",
        "tools": [],
        "usage": null,
    })
}

fn item(reply: &Reply, nth: usize, block: &Block, done: bool) -> Value {
    let (id, status) = (item_id(reply, nth, block), if done { "completed" } else { "in_progress" });
    match block {
        Block::Text(text) => {
            let part = json!({"type": "output_text", "text": text, "annotations": []});
            let content: Vec<Value> = done.then_some(part).into_iter().collect();
            json!({"id": id, "type": "message", "role": "assistant", "status": status, "content": content})
        }
        Block::Reasoning(text) => {
            let summary: Vec<Value> =
                done.then(|| json!({"type": "summary_text", "text": text})).into_iter().collect();
            json!({"id": id, "type": "reasoning", "summary": summary})
        }
        Block::ToolUse { name, input } => json!({
            "id": id, "type": "function_call", "status": status, "name": name,
            "call_id": format!("call_{}", reply.id(nth, 24)), "arguments": if done { input } else { "" },
        }),
    }
}

fn item_id(reply: &Reply, nth: usize, block: &Block) -> String {
    let kind = match block {
        Block::Text(_) => "msg",
        Block::Reasoning(_) => "rs",
        Block::ToolUse { .. } => "fc",
    };
    format!("{kind}_{}", reply.uuid(nth).replace('-', ""))
}

fn choice(choice: &Value) -> ToolChoice {
    match (choice.as_str(), choice["name"].as_str()) {
        (Some("required"), _) => ToolChoice::Any,
        (Some("none"), _) => ToolChoice::Never,
        (_, Some(name)) => ToolChoice::Named(name.to_owned()),
        _ => ToolChoice::Auto,
    }
}
