//! Amazon Nova through InvokeModel: the words of Converse, and habits of its own.

use serde_json::{Value, json};

use super::converse::{check_messages, read_tools, tool_result, whole_number};
use super::format::{Format, input_value, last_prompt, strings, with_metrics};
use crate::error::ServiceError;
use crate::model::tokens;
use crate::model::{Block, ModelRequest, Reply};

pub(super) const FORMAT: Format = Format {
    speaks: |id, _| id.contains("amazon.nova"),
    looks_like: |body| body.get("schemaVersion").is_some() || body.get("inferenceConfig").is_some(),
    read,
    whole,
    chunks,
};

/// What stands where a model of this family thinks: it does not show its thoughts.
// The service's own placeholder, seen with Nova 2.
const REDACTED: &str = "[REDACTED].";

fn read(body: &Value) -> Result<ModelRequest, ServiceError> {
    let none = Vec::new();
    let messages = body["messages"].as_array().unwrap_or(&none);
    check_messages(messages)?;
    if body["system"].as_array().is_some_and(Vec::is_empty) {
        return Err(ServiceError::validation(
            "Malformed input request: #/system: expected minimum item count: 1, found: 0, please reformat your input and try again.",
        ));
    }
    // Inside of a block it is allowed: unlike in Converse, where it is a block of its own.
    let alone = |block: &Value| {
        block.as_object().is_some_and(|block| block.len() == 1 && block.contains_key("cachePoint"))
    };
    if messages.iter().flat_map(|message| message["content"].as_array().into_iter().flatten()).any(alone) {
        return Err(ServiceError::validation(
            "Malformed input request: extraneous key [cachePoint] is not permitted, please reformat your input and try again.",
        ));
    }
    let config = &body["inferenceConfig"];
    let max_tokens = config.get("maxTokens").or_else(|| config.get("max_new_tokens")).unwrap_or(&Value::Null);
    let mut request = ModelRequest {
        prompt: last_prompt(messages),
        tool_result: tool_result(messages),
        max_tokens: whole_number(max_tokens, "inferenceConfig.maxTokens")?,
        stop_sequences: strings(config.get("stopSequences")),
        reasoning: body["reasoningConfig"]["type"] == "enabled",
        input_tokens: ["messages", "system", "toolConfig"]
            .iter()
            .map(|key| tokens::count_json(&body[*key]))
            .sum(),
        ..ModelRequest::default()
    };
    read_tools(&body["toolConfig"], &mut request);
    Ok(request)
}

fn whole(reply: &Reply, _model_id: &str) -> Value {
    let blocks = reply.blocks.iter().enumerate().map(|(nth, block)| match block {
        Block::Text(text) => json!({"text": text}),
        Block::Reasoning(_) => json!({"reasoningContent": {"reasoningText": {"text": REDACTED}}}),
        Block::ToolUse { name, input } => {
            json!({"toolUse": {"name": name, "toolUseId": reply.uuid(nth), "input": input_value(input)}})
        }
    });
    let mut answer =
        json!({"output": {"message": {"content": blocks.collect::<Vec<_>>(), "role": "assistant"}}});
    if !reply.quirks.no_stop {
        answer["stopReason"] = json!(reply.stop_reason);
    }
    if !reply.quirks.no_metadata {
        answer["usage"] = json!({
            "inputTokens": reply.input_tokens,
            "outputTokens": reply.output_tokens,
            "totalTokens": reply.input_tokens.saturating_add(reply.output_tokens),
            "cacheReadInputTokenCount": 0,
            "cacheWriteInputTokenCount": 0,
        });
    }
    answer
}

/// Every delta of text is a block of its own with an index of its own; tool input comes whole; the index then jumps by two.
fn chunks(reply: &Reply, _model_id: &str) -> Vec<Value> {
    let mut chunks = vec![json!({"messageStart": {"role": "assistant"}})];
    let mut index = 0;
    let mut block = |chunks: &mut Vec<Value>, delta: Value, step: usize| {
        chunks.push(json!({"contentBlockDelta": {"delta": delta, "contentBlockIndex": index}}));
        chunks.push(json!({"contentBlockStop": {"contentBlockIndex": index}}));
        // Recorded of two calls at once: indexes 54 and 56, and nothing at 55.
        index += step;
        index
    };
    let mut next = 0;
    for (nth, part) in reply.blocks.iter().enumerate() {
        match part {
            Block::Text(text) => {
                if reply.quirks.text_start {
                    chunks.push(json!({"contentBlockStart": {"start": {}, "contentBlockIndex": next}}));
                }
                for delta in reply.deltas(text) {
                    next = block(&mut chunks, json!({"text": delta}), 1);
                }
            }
            Block::Reasoning(_) => {
                next = block(&mut chunks, json!({"reasoningContent": {"text": REDACTED}}), 1)
            }
            Block::ToolUse { name, input } => {
                let start = json!({"toolUse": {"toolUseId": reply.uuid(nth), "name": name}});
                chunks.push(json!({"contentBlockStart": {"start": start, "contentBlockIndex": next}}));
                next = block(&mut chunks, json!({"toolUse": {"input": input}}), 2);
            }
        }
    }
    let stops = usize::from(!reply.quirks.no_stop) + usize::from(reply.quirks.double_stop);
    chunks.extend((0..stops).map(|_| json!({"messageStop": {"stopReason": reply.stop_reason}})));
    if reply.quirks.no_metadata {
        return chunks;
    }
    let usage = json!({
        "inputTokens": reply.input_tokens,
        "outputTokens": reply.output_tokens,
        "cacheReadInputTokenCount": 0,
        "cacheWriteInputTokenCount": 0,
    });
    // `metrics` and `trace` are empty, and the total is missing, as in recordings.
    chunks.push(json!({"metadata": {"usage": usage, "metrics": {}, "trace": {}}}));
    with_metrics(chunks, reply)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model;
    use crate::script::Answer;

    #[test]
    fn every_delta_is_a_block() {
        let body = json!({"schemaVersion": "messages-v1", "messages": [{"role": "user", "content": [{"text": "hi"}]}],
            "toolConfig": {"tools": []}});
        let answer =
            Answer::text("one two").with_tool_use("a", json!({"x": 1})).with_tool_use("b", json!({}));
        let reply = model::reply(&read(&body).unwrap(), &answer, "m", b"");
        let chunks = chunks(&reply, "m");
        let indexes: Vec<u64> = chunks
            .iter()
            .filter_map(|chunk| chunk["contentBlockDelta"]["contentBlockIndex"].as_u64())
            .collect();
        assert_eq!(indexes, [0, 1, 2, 4]);
        let starts: Vec<u64> = chunks
            .iter()
            .filter_map(|chunk| chunk["contentBlockStart"]["contentBlockIndex"].as_u64())
            .collect();
        assert_eq!(starts, [2, 4]);
        assert_eq!(chunks.last().unwrap()["metadata"]["usage"]["outputTokens"], reply.output_tokens);
        assert_eq!(
            whole(&reply, "m")["output"]["message"]["content"][1]["toolUse"]["input"],
            json!({"x": 1})
        );
    }

    #[test]
    fn requests_that_are_refused() {
        let messages =
            json!([{"role": "user", "content": [{"text": "hi"}, {"cachePoint": {"type": "default"}}]}]);
        assert!(read(&json!({"messages": messages})).unwrap_err().message.contains("cachePoint"));
        let messages = json!([{"role": "user", "content": [{"text": "hi"}]}]);
        assert!(read(&json!({"messages": messages, "system": []})).unwrap_err().message.contains("system"));
    }
}
