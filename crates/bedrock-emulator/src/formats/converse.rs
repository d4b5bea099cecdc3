//! Converse and ConverseStream: the one format that every model speaks. The chunks are the events of the stream, each an
//! object of one key.

use serde_json::{Value, json};

use super::format::{input_value, last_prompt, strings};
use crate::error::ServiceError;
use crate::model::tokens;
use crate::model::{Block, ModelRequest, Reply, SIGNATURE, Tool, ToolChoice};

/// What a request asks, or what the service would find wrong with it.
pub(crate) fn read(body: &Value) -> Result<ModelRequest, ServiceError> {
    let none = Vec::new();
    let messages = body["messages"].as_array().unwrap_or(&none);
    check_messages(messages)?;
    let config = &body["inferenceConfig"];
    let max_tokens = whole_number(&config["maxTokens"], "inferenceConfig.maxTokens")?;
    let mut request = ModelRequest {
        prompt: last_prompt(messages),
        tool_result: tool_result(messages),
        max_tokens,
        stop_sequences: strings(config.get("stopSequences")),
        reasoning: wants_reasoning(&body["additionalModelRequestFields"]),
        output_schema: output_schema(&body["outputConfig"]),
        input_tokens: ["messages", "system", "toolConfig"]
            .iter()
            .map(|key| tokens::count_json(&body[*key]))
            .sum(),
        ..ModelRequest::default()
    };
    read_tools(&body["toolConfig"], &mut request);
    let has_calls = messages.iter().any(|message| {
        let blocks = message["content"].as_array().into_iter().flatten();
        blocks.into_iter().any(|block| block.get("toolUse").or_else(|| block.get("toolResult")).is_some())
    });
    // The service's rule, also where no tool is wanted any more.
    if has_calls && body.get("toolConfig").is_none() {
        let message =
            "The toolConfig field must be defined when using toolUse and toolResult content blocks.";
        return Err(ServiceError::validation(message));
    }
    Ok(request)
}

/// The answer as Converse gives it.
pub(crate) fn whole(reply: &Reply, _model_id: &str) -> Value {
    let content: Vec<Value> =
        reply.blocks.iter().enumerate().map(|(nth, block)| content_block(reply, nth, block)).collect();
    let mut answer = json!({
        "metrics": {"latencyMs": reply.latency()},
        "output": {"message": {"content": content, "role": "assistant"}},
    });
    if !reply.quirks.no_stop {
        answer["stopReason"] = json!(reply.stop_reason);
    }
    if !reply.quirks.no_metadata {
        answer["usage"] = usage(reply);
    }
    answer
}

/// The answer as ConverseStream gives it.
pub(crate) fn chunks(reply: &Reply, _model_id: &str) -> Vec<Value> {
    let mut events = vec![json!({"messageStart": {"role": "assistant"}})];
    for (index, block) in reply.blocks.iter().enumerate() {
        let delta = |delta: Value| json!({"contentBlockDelta": {"contentBlockIndex": index, "delta": delta}});
        match block {
            Block::Text(text) => {
                // Never recorded from the service, which starts no texts.
                if reply.quirks.text_start {
                    events.push(json!({"contentBlockStart": {"contentBlockIndex": index, "start": {}}}));
                }
                events.extend(reply.deltas(text).into_iter().map(|text| delta(json!({"text": text}))));
            }
            Block::Reasoning(text) => {
                let texts = reply
                    .deltas(text)
                    .into_iter()
                    .map(|text| delta(json!({"reasoningContent": {"text": text}})));
                events.extend(texts);
                events.push(delta(json!({"reasoningContent": {"signature": SIGNATURE}})));
            }
            Block::ToolUse { name, input } => {
                let start = json!({"toolUse": {"name": name, "toolUseId": tool_use_id(reply, index)}});
                events.push(json!({"contentBlockStart": {"contentBlockIndex": index, "start": start}}));
                // Recorded: the first part of an input is empty as a rule.
                events.push(delta(json!({"toolUse": {"input": ""}})));
                events.extend(
                    reply.deltas(input).into_iter().map(|part| delta(json!({"toolUse": {"input": part}}))),
                );
            }
        }
        events.push(json!({"contentBlockStop": {"contentBlockIndex": index}}));
    }
    let stops = usize::from(!reply.quirks.no_stop) + usize::from(reply.quirks.double_stop);
    events.extend((0..stops).map(|_| json!({"messageStop": {"stopReason": reply.stop_reason}})));
    if !reply.quirks.no_metadata {
        let mut usage = usage(reply);
        // In 61 of 102 recorded streams. Whole answers have it too, 448 of 510; here they do not.
        usage["serverToolUsage"] = json!({});
        events.push(json!({"metadata": {"metrics": {"latencyMs": reply.latency()}, "usage": usage}}));
    }
    events
}

/// The last message, if it brings the result of a tool, as text.
pub(super) fn tool_result(messages: &[Value]) -> Option<String> {
    let blocks = messages.last()?["content"].as_array()?;
    let results: Vec<&Value> = blocks.iter().filter_map(|block| block.get("toolResult")).collect();
    let texts = results
        .iter()
        .flat_map(|result| result["content"].as_array().into_iter().flatten())
        .map(|part| part.get("text").and_then(Value::as_str).map_or_else(|| part.to_string(), str::to_owned));
    (!results.is_empty()).then(|| texts.collect::<Vec<_>>().join(" "))
}

/// The tools on offer and which of them must be called.
pub(super) fn read_tools(config: &Value, request: &mut ModelRequest) {
    let offered = config["tools"].as_array().into_iter().flatten().filter_map(|tool| {
        let spec = tool.get("toolSpec")?;
        Some(Tool { name: spec["name"].as_str()?.to_owned(), schema: spec["inputSchema"]["json"].clone() })
    });
    request.tools = offered.collect();
    let choice = &config["toolChoice"];
    request.choice = match choice["tool"]["name"].as_str() {
        Some(name) => ToolChoice::Named(name.to_owned()),
        None if choice.get("any").is_some() => ToolChoice::Any,
        None => ToolChoice::Auto,
    };
}

/// What the service says of a conversation that it cannot go on with.
pub(super) fn check_messages(messages: &[Value]) -> Result<(), ServiceError> {
    if messages.first().is_none_or(|first| first["role"] != "user") {
        return Err(ServiceError::validation(
            "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
        ));
    }
    for (nth, message) in messages.iter().enumerate() {
        if message["content"].as_array().is_none_or(Vec::is_empty) {
            let message = format!(
                "The content field in the Message object at messages.{nth} is empty. Add a ContentBlock object to the content field and try again."
            );
            return Err(ServiceError::validation(message));
        }
    }
    Ok(())
}

/// A count that must be one or more, where it is given.
pub(super) fn whole_number(value: &Value, place: &str) -> Result<Option<u64>, ServiceError> {
    if value.is_null() {
        return Ok(None);
    }
    // `100.0` is a whole number of JSON, and some languages write it so.
    match value.as_u64().or_else(|| value.as_f64().filter(|n| n.fract() == 0.0 && *n > 0.0).map(|n| n as u64))
    {
        Some(number) if number > 0 => Ok(Some(number)),
        _ => Err(ServiceError::validation(format!(
            "1 validation error detected: Value '{value}' at '{place}' failed to satisfy constraint: Member must have value greater than or equal to 1"
        ))),
    }
}

fn content_block(reply: &Reply, nth: usize, block: &Block) -> Value {
    match block {
        Block::Text(text) => json!({"text": text}),
        Block::Reasoning(text) => {
            json!({"reasoningContent": {"reasoningText": {"signature": SIGNATURE, "text": text}}})
        }
        Block::ToolUse { name, input } => {
            json!({"toolUse": {"input": input_value(input), "name": name, "toolUseId": tool_use_id(reply, nth)}})
        }
    }
}

fn tool_use_id(reply: &Reply, nth: usize) -> String {
    format!("tooluse_{}", reply.id(nth, 22))
}

fn usage(reply: &Reply) -> Value {
    json!({
        "inputTokens": reply.input_tokens,
        "outputTokens": reply.output_tokens,
        "totalTokens": reply.input_tokens.saturating_add(reply.output_tokens),
    })
}

/// Each family has its own switch.
fn wants_reasoning(fields: &Value) -> bool {
    let kind = |key: &str| fields[key]["type"].as_str().is_some_and(|kind| kind != "disabled");
    kind("thinking")
        || kind("reasoning_config")
        || kind("reasoningConfig")
        || fields["reasoning_effort"].is_string()
}

/// The schema travels as text.
fn output_schema(config: &Value) -> Option<Value> {
    serde_json::from_str(config["textFormat"]["structure"]["jsonSchema"]["schema"].as_str()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model;
    use crate::script::Answer;

    fn answer(body: Value) -> Reply {
        model::reply(&read(&body).unwrap(), &Answer::default(), "m", body.to_string().as_bytes())
    }

    #[test]
    fn a_stream_says_what_the_whole_says() {
        let body = json!({
            "messages": [{"role": "user", "content": [{"text": "the weather in Oslo"}]}],
            "toolConfig": {"tools": [{"toolSpec": {"name": "w", "inputSchema": {"json": {"properties": {"city": {}}}}}}]},
            "additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 1024}},
        });
        let reply = answer(body);
        let whole = whole(&reply, "m");
        let (mut thought, mut input) = (String::new(), String::new());
        let events = chunks(&reply, "m");
        for event in &events {
            let delta = &event["contentBlockDelta"]["delta"];
            thought.push_str(delta["reasoningContent"]["text"].as_str().unwrap_or_default());
            input.push_str(delta["toolUse"]["input"].as_str().unwrap_or_default());
        }
        let content = &whole["output"]["message"]["content"];
        assert_eq!(content[0]["reasoningContent"]["reasoningText"]["text"], thought);
        assert_eq!(content[1]["toolUse"]["input"], serde_json::from_str::<Value>(&input).unwrap());
        assert_eq!(content[1]["toolUse"]["input"], json!({"city": "Oslo"}));
        let start = events.iter().find_map(|event| event.get("contentBlockStart")).unwrap();
        assert_eq!(start["start"]["toolUse"]["toolUseId"], content[1]["toolUse"]["toolUseId"]);
        assert_eq!(events.last().unwrap()["metadata"]["usage"]["totalTokens"], whole["usage"]["totalTokens"]);
        assert_eq!(whole["stopReason"], "tool_use");
    }

    #[test]
    fn text_has_no_start() {
        let reply = answer(json!({"messages": [{"role": "user", "content": [{"text": "hi"}]}]}));
        assert!(chunks(&reply, "m").iter().all(|event| event.get("contentBlockStart").is_none()));
    }

    #[test]
    fn structured_answers_fit_their_schema() {
        let schema = json!({"type": "object", "properties": {"n": {"type": "integer"}}}).to_string();
        let body = json!({
            "messages": [{"role": "user", "content": [{"text": "count to 3"}]}],
            "outputConfig": {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": {"schema": schema}}}},
        });
        assert_eq!(answer(body).text(), r#"{"n":3}"#);
    }

    #[test]
    fn requests_that_are_refused() {
        let say = |role: &str, content: Value| json!([{"role": role, "content": content}]);
        for (body, complaint) in [
            (json!({}), "must start with a user"),
            (json!({"messages": say("assistant", json!([{"text": "a"}]))}), "must start with a user"),
            (json!({"messages": say("user", json!([]))}), "messages.0 is empty"),
            (json!({"messages": say("user", json!([{"toolResult": {}}]))}), "toolConfig field"),
            (
                json!({"messages": say("user", json!([{"text": "a"}])), "inferenceConfig": {"maxTokens": 0}}),
                "inferenceConfig.maxTokens",
            ),
        ] {
            let error = read(&body).unwrap_err();
            assert!(error.message.contains(complaint), "{}", error.message);
        }
    }
}
