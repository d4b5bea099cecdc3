//! One member of another type than its format says: it is read where its meaning is plain, else set aside and emitted, and the
//! rest of its chunk counts.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bedrock_aggregate::{Answer, EventSink, Framing, Reader};
use serde_json::{Value, json};

/// Reads JSON lines, in one piece and in small ones.
fn read(format: &str, lines: &str) -> Answer {
    let read = |size: usize| {
        let mut reader = Reader::new(Framing::JsonLines).with_format(format).unwrap();
        for piece in lines.as_bytes().chunks(size) {
            reader.push(piece, &mut EventSink::none()).ok();
        }
        reader.finish(&mut EventSink::none()).unwrap()
    };
    let answer = read(usize::MAX);
    for size in [1, 7] {
        assert_eq!(read(size), answer, "{format}: {size} bytes a piece");
    }
    answer
}

fn lines(chunks: &[Value]) -> String {
    chunks.iter().map(|chunk| format!("{chunk}\n")).collect()
}

/// Streams of the formats, each whole and with most of what its chunks can have.
fn streams() -> Vec<(&'static str, Vec<Value>)> {
    let chat = |delta: Value| {
        json!({"id": "c", "object": "chat.completion.chunk", "created": 1762000000, "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": null}]})
    };
    vec![
        (
            "openai-chat",
            vec![
                chat(json!({"role": "assistant", "content": "One", "reasoning_content": "so"})),
                chat(json!({"content": " two", "refusal": null})),
                chat(json!({"tool_calls": [{"index": 0, "id": "t", "type": "function",
                    "function": {"name": "look", "arguments": "{\"q\":1}"}}]})),
                json!({"id": "c", "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}],
                    "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7,
                        "prompt_tokens_details": {"cached_tokens": 1}}}),
            ],
        ),
        (
            "anthropic",
            vec![
                json!({"type": "message_start", "message": {"id": "m", "type": "message", "role": "assistant",
                    "model": "claude", "content": [], "usage": {"input_tokens": 3, "output_tokens": 1}}}),
                json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
                json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "One"}}),
                json!({"type": "content_block_stop", "index": 0}),
                json!({"type": "content_block_start", "index": 1,
                    "content_block": {"type": "tool_use", "id": "t", "name": "look", "input": {}}}),
                json!({"type": "content_block_delta", "index": 1,
                    "delta": {"type": "input_json_delta", "partial_json": "{\"q\":1}"}}),
                json!({"type": "content_block_stop", "index": 1}),
                json!({"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": null},
                    "usage": {"output_tokens": 4}}),
                json!({"type": "message_stop"}),
            ],
        ),
        (
            "converse",
            vec![
                json!({"messageStart": {"role": "assistant"}}),
                json!({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"reasoningContent": {"text": "so"}}}}),
                json!({"contentBlockStop": {"contentBlockIndex": 0}}),
                json!({"contentBlockDelta": {"contentBlockIndex": 1, "delta": {"text": "One"}}}),
                json!({"contentBlockStop": {"contentBlockIndex": 1}}),
                json!({"contentBlockStart": {"contentBlockIndex": 2,
                    "start": {"toolUse": {"toolUseId": "t", "name": "look"}}}}),
                json!({"contentBlockDelta": {"contentBlockIndex": 2, "delta": {"toolUse": {"input": "{\"q\":1}"}}}}),
                json!({"contentBlockStop": {"contentBlockIndex": 2}}),
                json!({"messageStop": {"stopReason": "tool_use"}}),
                json!({"metadata": {"usage": {"inputTokens": 3, "outputTokens": 4, "totalTokens": 7},
                    "metrics": {"latencyMs": 10}}}),
            ],
        ),
        (
            "nova",
            vec![
                json!({"messageStart": {"role": "assistant"}}),
                json!({"contentBlockDelta": {"delta": {"text": "One"}, "contentBlockIndex": 0}}),
                json!({"contentBlockStop": {"contentBlockIndex": 0}}),
                json!({"contentBlockStart": {"start": {"toolUse": {"toolUseId": "t", "name": "look"}},
                    "contentBlockIndex": 1}}),
                json!({"contentBlockDelta": {"delta": {"toolUse": {"input": "{\"q\":1}"}}, "contentBlockIndex": 1}}),
                json!({"contentBlockStop": {"contentBlockIndex": 1}}),
                json!({"messageStop": {"stopReason": "tool_use"}}),
                json!({"metadata": {"usage": {"inputTokens": 3, "outputTokens": 4}, "metrics": {}}}),
            ],
        ),
        (
            "openai-responses",
            vec![
                json!({"type": "response.created", "sequence_number": 0, "response": {"id": "r", "object": "response",
                    "created_at": 1.0, "status": "in_progress", "model": "m", "output": []}}),
                json!({"type": "response.output_item.added", "output_index": 0, "item": {"type": "message", "id": "i",
                    "status": "in_progress", "role": "assistant", "content": []}}),
                json!({"type": "response.output_text.delta", "item_id": "i", "output_index": 0, "content_index": 0,
                    "delta": "One"}),
                json!({"type": "response.output_item.done", "output_index": 0, "item": {"type": "message", "id": "i",
                    "status": "completed", "role": "assistant",
                    "content": [{"type": "output_text", "text": "One", "annotations": []}]}}),
                json!({"type": "response.completed", "response": {"id": "r", "object": "response", "status": "completed",
                    "output": [{"type": "message", "id": "i", "status": "completed", "role": "assistant",
                        "content": [{"type": "output_text", "text": "One", "annotations": []}]}],
                    "usage": {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}}}),
            ],
        ),
        (
            "cohere-command-r",
            vec![
                json!({"event_type": "stream-start", "generation_id": "g", "is_finished": false}),
                json!({"event_type": "text-generation", "text": "One", "is_finished": false}),
                json!({"event_type": "stream-end", "is_finished": true, "finish_reason": "COMPLETE",
                    "response": {"text": "One", "generation_id": "g", "finish_reason": "COMPLETE"}}),
            ],
        ),
        (
            "ai21-jamba",
            vec![
                json!({"id": "j", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "One"}}]}),
                json!({"id": "j", "choices": [{"index": 0, "delta": {"content": " two"}, "finish_reason": "stop"}],
                    "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}}),
            ],
        ),
        (
            "mistral-chat",
            vec![
                json!({"id": "m", "object": "chat.completion.chunk", "created": 1, "model": "m",
                    "choices": [{"index": 0, "message": {"role": "assistant", "content": "One"}, "stop_reason": null}]}),
                json!({"id": "m", "choices": [{"index": 0, "message": {"role": "assistant", "content": " two"},
                    "stop_reason": "stop"}], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}),
            ],
        ),
        ("deepseek", vec![json!({"choices": [{"text": "One", "stop_reason": "stop"}]})]),
        ("mistral-text", vec![json!({"outputs": [{"text": "One", "stop_reason": "stop"}]})]),
        (
            "llama",
            vec![
                json!({"generation": "One", "prompt_token_count": 3, "generation_token_count": 4, "stop_reason": "stop"}),
            ],
        ),
        (
            "titan",
            vec![
                json!({"outputText": "One", "index": 0, "totalOutputTextTokenCount": 4, "completionReason": "FINISH",
                "inputTextTokenCount": 3}),
            ],
        ),
        (
            "cohere-command",
            vec![json!({"text": "One", "is_finished": true, "finish_reason": "COMPLETE", "index": 0})],
        ),
        (
            "anthropic-text",
            vec![json!({"type": "completion", "completion": "One", "stop_reason": "stop_sequence"})],
        ),
        (
            "text-completion",
            vec![json!({"id": "t", "object": "text_completion", "created": 1, "model": "m",
                "choices": [{"index": 0, "text": "One", "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 3, "completion_tokens": 4}})],
        ),
        ("pegasus", vec![json!({"message": "One", "finishReason": "stop"})]),
    ]
}

/// All members of a chunk, as JSON pointers.
fn members(value: &Value, at: &str, found: &mut Vec<String>) {
    let mut visit = |key: &str, value: &Value| {
        let at = format!("{at}/{key}");
        members(value, &at, found);
        found.push(at);
    };
    match value {
        Value::Object(object) => object.iter().for_each(|(key, value)| visit(key, value)),
        Value::Array(items) => items.iter().enumerate().for_each(|(at, item)| visit(&at.to_string(), item)),
        _ => {}
    }
}

/// Takes a member or item away.
fn remove(value: &mut Value, pointer: &str) {
    let (around, key) = pointer.rsplit_once('/').unwrap();
    match value.pointer_mut(around).unwrap() {
        Value::Object(object) => drop(object.shift_remove(key)),
        Value::Array(items) => drop(items.remove(key.parse().unwrap())),
        _ => {}
    }
}

/// A member that is set aside counts as one that is not there, is emitted with its path, and is still in what is emitted.
fn check(format: &str, chunks: &[Value], at: usize, pointer: &str, odd: &Value) -> bool {
    let with = |change: &dyn Fn(&mut Value)| {
        let mut chunks = chunks.to_vec();
        change(&mut chunks[at]);
        read(format, &lines(&chunks))
    };
    let answer = with(&|chunk| *chunk.pointer_mut(pointer).unwrap() = odd.clone());
    let path = pointer[1..].split('/').fold(String::new(), |path, step| match step.parse::<u64>() {
        Ok(index) => format!("{path}[{index}]"),
        Err(_) if path.is_empty() => step.to_owned(),
        Err(_) => format!("{path}.{step}"),
    });
    // A bare payload is the only member of its event.
    let is_it = |other: &str| other == path || path.split_once('.').is_some_and(|(_, inner)| other == inner);
    if !answer.malformed.iter().any(|malformed| malformed.path.as_deref().is_some_and(is_it)) {
        return false;
    }
    let what = format!("{format}, chunk {at}, {path}: {odd}");
    assert!(answer.completeness.missing().unwrap().names().contains(&"chunk"), "{what}");
    assert_eq!(answer.malformed[0].raw, odd.to_string().into_bytes(), "{what}");
    let without = with(&|chunk| remove(chunk, pointer));
    assert_eq!(meaning(&answer), meaning(&without), "{what}");
    true
}

/// A reply without blocks that only keep what nobody knows.
fn meaning(answer: &Answer) -> Value {
    let mut reply = serde_json::to_value(&answer.reply).unwrap();
    if let Some(Value::Array(blocks)) = reply.get_mut("content") {
        blocks.retain(|block| ["text", "tool_use", "thinking"].iter().any(|known| block["type"] == *known));
    }
    reply
}

#[test]
fn an_odd_member_counts_as_absent() {
    let kinds = [json!(true), json!("odd"), json!(7.25), json!(["odd"]), json!({"odd": 1}), json!(5)];
    let mut set_aside = 0;
    for (format, chunks) in streams() {
        let whole = read(format, &lines(&chunks));
        assert!(whole.malformed.is_empty() && !whole.text().is_empty(), "{format}: {whole:?}");
        let before = set_aside;
        for (at, chunk) in chunks.iter().enumerate() {
            let mut found = Vec::new();
            members(chunk, "", &mut found);
            for pointer in found {
                for odd in &kinds {
                    set_aside += usize::from(check(format, &chunks, at, &pointer, odd));
                }
            }
        }
        assert!(set_aside > before, "{format}");
    }
    assert!(set_aside > 500, "only {set_aside}");
}

/// Reads chat chunks of which one has another delta, choice or envelope.
fn chat(lines: &str, reply: Value, odd: &[&str]) -> Answer {
    let answer = read("openai-chat", lines);
    let found = serde_json::to_value(&answer.reply).unwrap();
    for (key, value) in reply.as_object().unwrap() {
        assert_eq!(found.pointer(key), Some(value), "{lines}: {key} of {found}");
    }
    let paths: Vec<_> = answer.malformed.iter().map(|malformed| malformed.path.clone().unwrap()).collect();
    assert_eq!(paths, odd, "{lines}");
    answer
}

#[test]
fn what_means_plainly_what_a_member_says_is_read() {
    chat(
        concat!(
            r#"{"id":1,"choices":[{"index":"0","delta":{"role":"assistant","content":"Row ("}}]}"#,
            "\n",
            r#"{"choices":[{"index":0.0,"delta":{"content":9}}]}"#,
            "\n",
            r#"{"choices":[{"delta":{"content":")."},"finish_reason":"stop"}],"created":1.5,"usage":{"prompt_tokens":"3","completion_tokens":1e0,"total_tokens":4.0}}"#,
        ),
        json!({"/content/0/text": "Row (9).", "/usage/input_tokens": 3, "/usage/output_tokens": 1, "/usage/total_tokens": 4,
            "/id": "1"}),
        &[],
    );
    let call = chat(
        concat!(
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"look","arguments":{"q":1}}}]}}]}"#,
            "\n",
            r#"{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":3,"completion_tokens":4}}"#,
        ),
        json!({"/content/0/input": {"q": 1}, "/usage/output_tokens": 4}),
        &[],
    );
    assert!(call.completeness.is_complete(), "{call:?}");
    let lines = [
        json!({"messageStart": {"role": "assistant"}}),
        json!({"contentBlockStart": {"contentBlockIndex": 0, "start": {"toolUse": {"toolUseId": "t", "name": "n"}}}}),
        json!({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"toolUse": {"input": {"b": 2}}}}}),
        json!({"contentBlockStop": {"contentBlockIndex": 0}}),
        json!({"messageStop": {"stopReason": "tool_use"}}),
        json!({"metadata": {"usage": {"inputTokens": 5, "outputTokens": "6", "totalTokens": 11}, "metrics": {"latencyMs": 10.5}}}),
    ];
    let converse = read("converse", &self::lines(&lines));
    let native = converse.native.as_ref().unwrap().to_json();
    assert!(converse.completeness.is_complete(), "{converse:?}");
    assert_eq!(native["metrics"]["latencyMs"], 10.5);
    assert_eq!(native["usage"], json!({"inputTokens": 5, "outputTokens": 6, "totalTokens": 11}));
    assert_eq!(native["output"]["message"]["content"][0]["toolUse"]["input"], json!({"b": 2}));
}

#[test]
fn what_is_odd_is_reported_with_its_path_and_the_rest_counts() {
    for (chunk, reply, odd) in [
        (
            r#"{"choices":[{"index":0,"delta":{"content":"a","reasoning_content":{"x":1}}}]}"#,
            json!({"/content/0/text": "ab"}),
            &["choices[0].delta.reasoning_content"][..],
        ),
        (
            r#"{"choices":[{"index":"first","delta":{"content":"a"}}]}"#,
            json!({"/content/0/text": "ab"}),
            &["choices[0].index"],
        ),
        (
            r#"{"choices":[{"index":0,"delta":{"content":"a"}}],"usage":[1]}"#,
            json!({"/content/0/text": "ab"}),
            &["usage"],
        ),
        (
            r#"{"choices":[5,{"index":0,"delta":{"content":"a","tool_calls":["x",null]}}]}"#,
            json!({"/content/0/text": "ab"}),
            &["choices[0]", "choices[1].delta.tool_calls[0]", "choices[1].delta.tool_calls[1]"],
        ),
        (
            r#"{"choices":[{"index":0,"delta":["a"]}]}"#,
            json!({"/content/0/text": "b"}),
            &["choices[0].delta"],
        ),
        (r#"{"choices":{"index":0},"id":"i"}"#, json!({"/content/0/text": "b", "/id": "i"}), &["choices"]),
    ] {
        let end = r#"{"choices":[{"index":0,"delta":{"content":"b"},"finish_reason":"stop"}]}"#;
        let answer = chat(&format!("{chunk}\n{end}\n"), reply, odd);
        // Counts that cannot be read are owed still.
        let missing: &[&str] = if odd == ["usage"] { &["chunk", "usage"] } else { &["chunk"] };
        assert_eq!(answer.completeness.missing().unwrap().names(), missing);
        assert_eq!(answer.malformed.len(), answer.completeness.missing().unwrap().malformed);
    }
    // So many that the chunk is none.
    let many = json!({"choices": vec![7; 1000]});
    let answer = read("openai-chat", &format!("{many}\n"));
    assert!(answer.malformed.len() == 1 && answer.malformed[0].path.is_none(), "{answer:?}");
}

#[test]
fn an_odd_member_of_a_whole_answer_is_reported() {
    let whole = json!({"id": "c", "object": "chat.completion", "created": "now", "choices": [{"index": 0,
        "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}]});
    let mut reader = Reader::new(Framing::Json);
    reader.push(whole.to_string().as_bytes(), &mut EventSink::none()).unwrap();
    let answer = reader.finish(&mut EventSink::none()).unwrap();
    assert_eq!(answer.text(), "Hi");
    assert_eq!(answer.native.as_ref().unwrap().to_json(), whole);
    assert_eq!(answer.malformed[0].path.as_deref(), Some("created"));
    assert_eq!(answer.completeness.missing().unwrap().names(), ["chunk"]);
}
