//! AI21's Jamba: chunks that look like OpenAI's and are not. No `object`, no `created`; usage in every chunk, counting up;
//! and after the last one a chunk of metrics alone, as recorded in 2025.

use serde_json::{Value, json};

use super::format::{Format, METRICS, invocation_metrics};
use super::openai_chat::{self, call_id, calls, reason, usage};
use crate::model::{Block, Reply};

pub(super) const FORMAT: Format = Format {
    speaks: |id, _| id.contains("ai21.jamba"),
    looks_like: |_| false,
    read: openai_chat::read,
    whole,
    chunks,
};

/// The token that ended the recorded answers.
// From the one recorded stream of Jamba (`…_invoke-with-response-stream_post_5f96d68e`).
const END_TOKEN: u64 = 518;

fn whole(reply: &Reply, model_id: &str) -> Value {
    let calls: Vec<Value> = calls(reply)
        .map(|(nth, name, input)| json!({"id": call_id(reply, nth), "type": "function", "function": {"name": name, "arguments": input}}))
        .collect();
    let message = json!({
        "role": "assistant",
        "content": reply.text(),
        "tool_calls": (!calls.is_empty()).then_some(calls),
    });
    let reason = (!reply.quirks.no_stop).then(|| reason(reply));
    let mut answer = json!({
        "id": id(reply),
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
    });
    if !reply.quirks.no_metadata {
        answer["usage"] = usage(reply);
    }
    answer["meta"] = meta(reply);
    answer["model"] = json!(model_name(model_id));
    answer
}

fn chunks(reply: &Reply, _model_id: &str) -> Vec<Value> {
    let mut chunks = Vec::new();
    // Cumulative: a client that sums them counts too much.
    let mut generated = 0_u64;
    let mut push = |choice: Value, tokens: u64| {
        generated = reply.output_tokens.min(generated.saturating_add(tokens));
        let total = reply.input_tokens.saturating_add(generated);
        let usage = json!({"prompt_tokens": reply.input_tokens, "total_tokens": total, "completion_tokens": generated});
        chunks.push(json!({"id": id(reply), "choices": [choice], "usage": usage}));
    };
    let piece = |delta: Value| json!({"index": 0, "delta": delta, "finish_reason": null});
    push(piece(json!({"role": "assistant", "content": ""})), 0);
    let mut call = 0;
    for (nth, block) in reply.blocks.iter().enumerate() {
        match block {
            Block::Text(text) => {
                reply.deltas(text).iter().for_each(|delta| push(piece(json!({"content": delta})), 1));
            }
            // It does not think aloud.
            Block::Reasoning(_) => {}
            Block::ToolUse { name, input } => {
                let start = json!({"index": call, "id": call_id(reply, nth), "type": "function",
                    "function": {"name": name, "arguments": ""}});
                push(piece(json!({"tool_calls": [start]})), 1);
                for part in reply.deltas(input) {
                    let part = json!({"index": call, "function": {"arguments": part}});
                    push(piece(json!({"tool_calls": [part]})), 1);
                }
                call += 1;
            }
        }
    }
    let stops = usize::from(!reply.quirks.no_stop) + usize::from(reply.quirks.double_stop);
    for _ in 0..stops {
        let mut choice = json!({"index": 0, "delta": {"content": ""}, "finish_reason": reason(reply)});
        if reply.stop_reason == "end_turn" {
            choice["stop_reason"] = json!(END_TOKEN);
        }
        push(choice, u64::MAX);
    }
    if let Some(last) = chunks.last_mut() {
        last["meta"] = meta(reply);
    }
    if !reply.quirks.no_metadata {
        // Alone in a chunk without choices: of all formats only Jamba's was recorded so.
        chunks.push(json!({METRICS: invocation_metrics(reply)}));
    }
    chunks
}

fn id(reply: &Reply) -> String {
    format!("chatcmpl-{}", reply.uuid(0))
}

fn meta(reply: &Reply) -> Value {
    json!({"requestDurationMillis": reply.latency()})
}

/// `jamba-1.5-mini` for `ai21.jamba-1-5-mini-v1:0`.
fn model_name(model_id: &str) -> String {
    let name = model_id.rsplit_once("ai21.").map_or(model_id, |(_, name)| name);
    let name = name.split("-v1").next().unwrap_or(name);
    name.replacen("-1-5-", "-1.5-", 1)
}

#[cfg(test)]
mod tests {
    use super::model_name;

    #[test]
    fn models_by_their_own_names() {
        for (id, name) in [
            ("ai21.jamba-1-5-mini-v1:0", "jamba-1.5-mini"),
            ("ai21.jamba-instruct-v1:0", "jamba-instruct"),
            ("arn:aws:bedrock:us-east-1::foundation-model/ai21.jamba-1-5-large-v1:0", "jamba-1.5-large"),
        ] {
            assert_eq!(model_name(id), name);
        }
    }
}
