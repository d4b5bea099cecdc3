//! Mistral's chat, as its Large and Small models of 2024 and Pixtral have it: `message` where OpenAI has `delta`, and
//! `stop_reason` where OpenAI has `finish_reason`. Its newer models speak as OpenAI's.

use serde_json::{Value, json};

use super::format::{Format, with_metrics};
use super::mistral_text::takes_both;
use super::openai_chat::{self, calls, envelope, reason, usage};
use crate::model::{Block, Reply};

pub(super) const FORMAT: Format = Format {
    speaks: |id, body| id.contains("mistral.pixtral") || takes_both(id) && body.get("messages").is_some(),
    looks_like: |_| false,
    read: openai_chat::read,
    whole,
    chunks,
};

fn whole(reply: &Reply, model_id: &str) -> Value {
    let calls: Vec<Value> = calls(reply).map(|(nth, name, input)| call(reply, nth, name, input)).collect();
    let mut message = json!({"role": "assistant", "content": reply.text()});
    if !calls.is_empty() {
        message["tool_calls"] = json!(calls);
    }
    let reason = (!reply.quirks.no_stop).then(|| reason(reply));
    if takes_both(&model_id.to_lowercase()) {
        return json!({"choices": [{"index": 0, "message": message, "stop_reason": reason}]});
    }
    // Pixtral's whole answers have OpenAI's envelope and key; only its streams have not.
    let mut answer = envelope(reply, model_id, "chat.completion");
    answer["choices"] = json!([{"index": 0, "message": message, "finish_reason": reason}]);
    if !reply.quirks.no_metadata {
        answer["usage"] = usage(reply);
    }
    answer
}

fn chunks(reply: &Reply, model_id: &str) -> Vec<Value> {
    let mut chunks = Vec::new();
    let mut push = |role: Option<&str>, content: &str, calls: Option<Value>, reason: Option<&str>| {
        let mut chunk = envelope(reply, model_id, "chat.completion.chunk");
        // All members, null or not, as Pixtral's logged chunks have them.
        let message = json!({"role": role, "content": content, "tool_calls": calls, "index": null,
            "tool_call_id": null, "audio": null, "metadata": null});
        chunk["choices"] = json!([{"index": 0, "message": message, "stop_reason": reason,
            "context_logits": null, "generation_logits": null}]);
        chunk["usage"] = Value::Null;
        chunk["p"] = Value::Null;
        chunks.push(chunk);
    };
    push(Some("assistant"), "", None, None);
    for (nth, block) in reply.blocks.iter().enumerate() {
        match block {
            Block::Text(text) => reply.deltas(text).iter().for_each(|delta| push(None, delta, None, None)),
            // These do not think aloud.
            Block::Reasoning(_) => {}
            Block::ToolUse { name, input } => {
                push(None, "", Some(json!([call(reply, nth, name, input)])), None);
            }
        }
    }
    let stops = usize::from(!reply.quirks.no_stop) + usize::from(reply.quirks.double_stop);
    (0..stops).for_each(|_| push(None, "", None, Some(reason(reply))));
    if let (Some(last), false) = (chunks.last_mut(), reply.quirks.no_metadata) {
        last["usage"] = usage(reply);
    }
    with_metrics(chunks, reply)
}

/// A call comes in one piece; its id has nine letters or digits.
fn call(reply: &Reply, nth: usize, name: &str, input: &str) -> Value {
    json!({"id": reply.id(nth, 9), "type": "function", "function": {"name": name, "arguments": input}})
}
