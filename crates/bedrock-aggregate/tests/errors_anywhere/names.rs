//! What an error is called, and what is none though it is called so.

use super::*;

/// What two formats can be is in doubt for most of a stream: none of the two has chunks of a message alone.
#[test]
fn a_message_alone_ends_a_stream_of_converse_or_nova_wherever_it_stands() {
    let message = json!({"message": "m"});
    let counts = json!({"inputTokens": 1, "outputTokens": 1, "totalTokens": 2});
    for metadata in [
        json!({"metadata": {"usage": counts, "metrics": {"latencyMs": 3}}}),
        json!({"metadata": {"usage": {"inputTokens": 1, "outputTokens": 1}, "metrics": {}, "trace": {}}}),
    ] {
        let chunks = [
            json!({"messageStart": {"role": "assistant"}}),
            json!({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "Hi"}}}),
            json!({"contentBlockStop": {"contentBlockIndex": 0}}),
            json!({"messageStop": {"stopReason": "end_turn"}}),
            metadata,
        ];
        for at in 0..=chunks.len() {
            let mut broken = chunks.to_vec();
            broken.insert(at, message.clone());
            check(Framing::JsonLines, None, &lines(&broken), "error", "m", if at > 1 { "Hi" } else { "" });
        }
    }
}

/// A whole stream of some formats, with the name of the format.
fn wholes() -> Vec<(&'static str, Vec<Value>)> {
    let counts = json!({"inputTokens": 1, "outputTokens": 1, "totalTokens": 2});
    vec![
        (
            "openai-chat",
            vec![
                chat(json!({"role": "assistant", "content": "Hi"}), Value::Null),
                chat(json!({}), json!("stop")),
            ],
        ),
        (
            "anthropic",
            vec![
                json!({"type": "message_start", "message": {"role": "assistant", "content": [], "usage": {"input_tokens": 1}}}),
                json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
                json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}}),
                json!({"type": "content_block_stop", "index": 0}),
                json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}),
                json!({"type": "message_stop"}),
            ],
        ),
        (
            "openai-responses",
            vec![
                json!({"type": "response.created", "response": {"id": "r", "status": "in_progress", "output": []}}),
                json!({"type": "response.completed", "response": {"id": "r", "status": "completed", "output": [
                    {"id": "i", "type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]}
                ], "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}}}),
            ],
        ),
        (
            "converse",
            vec![
                json!({"messageStart": {"role": "assistant"}}),
                json!({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "Hi"}}}),
                json!({"contentBlockStop": {"contentBlockIndex": 0}}),
                json!({"messageStop": {"stopReason": "end_turn"}}),
                json!({"metadata": {"usage": counts, "metrics": {"latencyMs": 3}}}),
            ],
        ),
        (
            "llama",
            vec![
                json!({"generation": "Hi", "prompt_token_count": 1, "stop_reason": null}),
                json!({"generation": "", "generation_token_count": 1, "stop_reason": "stop"}),
            ],
        ),
        (
            "mistral-chat",
            vec![
                json!({"object": "chat.completion.chunk", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "stop_reason": null}]}),
                json!({"object": "chat.completion.chunk", "choices": [{"index": 0, "message": {"content": ""}, "stop_reason": "stop"}]}),
            ],
        ),
    ]
}

/// Expects the whole answer, with nothing said against it.
fn check_well(framing: Framing, body: &[u8], format: &str) {
    let what = String::from_utf8_lossy(body);
    let (answer, emitted, _) = read(framing, None, &[body]);
    assert!(answer.completeness.is_complete(), "{what}: {:?}", answer.completeness);
    assert_eq!((answer.text().as_str(), answer.format.as_str()), ("Hi", format), "{what}");
    assert!(answer.malformed.is_empty(), "{what}: {:?}", answer.malformed);
    assert!(emitted.iter().all(|event| event["type"] != "error"), "{what}: {emitted:?}");
}

#[test]
fn an_error_that_says_that_there_is_none_is_none() {
    for none in [
        json!(null),
        json!(false),
        json!(""),
        json!([]),
        json!({}),
        json!(0),
        json!({"code": null, "message": null}),
        json!({"message": "", "code": 0}),
    ] {
        for (format, chunks) in wholes() {
            for at in 0..chunks.len() {
                for path in [
                    "",
                    "/response",
                    "/choices/0",
                    "/choices/0/delta",
                    "/choices/0/message",
                    "/contentBlockDelta",
                    "/messageStop",
                    "/metadata",
                ] {
                    let mut chunks = chunks.clone();
                    // Of Converse's events the first is emitted by its only member.
                    if path.is_empty() && format == "converse" {
                        continue;
                    }
                    let Some(place) = chunks[at].pointer_mut(path) else { continue };
                    place["error"] = none.clone();
                    check_well(Framing::JsonLines, &lines(&chunks), format);
                }
            }
        }
        let whole = json!({"object": "chat.completion", "choices": [{"index": 0, "message": {"content": "Hi", "error": none}, "finish_reason": "stop", "error": none}], "error": none});
        check_well(Framing::Json, whole.to_string().as_bytes(), "openai-chat");
        let item = json!({"id": "i", "type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]});
        let whole = json!({"object": "response", "id": "r", "status": "completed", "output": [item], "usage": {"output_tokens": 1}, "error": none});
        check_well(Framing::Json, whole.to_string().as_bytes(), "openai-responses");
    }
}

#[test]
fn an_error_stands_in_a_piece_of_a_message() {
    let error = json!({"message": "gone"});
    for (path, at) in
        [("/choices/0/delta", 0), ("/choices/0/message", 0), ("/delta", 2), ("/contentBlockDelta/delta", 1)]
    {
        let mut seen = 0;
        for (_, mut chunks) in wholes() {
            let Some(Value::Object(piece)) = chunks.get_mut(at).and_then(|chunk| chunk.pointer_mut(path))
            else {
                continue;
            };
            piece.insert("error".to_owned(), error.clone());
            check(Framing::JsonLines, None, &lines(&chunks), "error", "gone", "Hi");
            seen += 1;
        }
        assert!(seen > 0, "{path}");
    }
    let said = json!({"object": "chat.completion", "choices": [{"index": 0, "message": {"content": "Hi", "error": error}, "finish_reason": "stop"}]});
    check(Framing::Json, None, said.to_string().as_bytes(), "error", "gone", "Hi");
}

#[test]
fn the_name_of_an_exception_and_its_text_stand_beside_an_answer() {
    for (_, chunks) in wholes() {
        let mut last = chunks.clone();
        let end = last.last_mut().unwrap();
        (end["__type"], end["message"]) = (json!("ns#ThrottlingException"), json!("gone"));
        check(Framing::JsonLines, None, &lines(&last), "ThrottlingException", "gone", "Hi");
    }
    let whole = json!({"object": "chat.completion", "choices": [{"index": 0, "message": {"content": "Hi"}, "finish_reason": "stop"}], "__type": "ThrottlingException", "message": "gone"});
    check(Framing::Json, None, whole.to_string().as_bytes(), "ThrottlingException", "gone", "Hi");
}

/// Server-sent events, of which one has a name.
fn named(chunks: &[Value], at: usize, name: &str, body: &str) -> Vec<u8> {
    let mut events: Vec<_> = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
    events.insert(at, format!("event: {name}\ndata: {body}\n\n"));
    events.concat().into_bytes()
}

#[test]
fn an_event_with_the_name_of_an_error_is_one_whatever_it_says() {
    let own = chat(json!({"content": ""}), Value::Null).to_string();
    for (body, message) in [
        ("{}", ""),
        (r#"{"error_message":"m"}"#, "m"),
        (r#"{"message":"m"}"#, "m"),
        (r#"{"status":500,"title":"m"}"#, "m"),
        (r#"[{"error":{"message":"m"}}]"#, "m"),
        (r#""m""#, "m"),
        ("m", "m"),
        ("7", "7"),
        (own.as_str(), own.as_str()),
    ] {
        for (_, chunks) in wholes() {
            for (event, name) in [
                ("error", "error"),
                ("Error", "error"),
                ("exception", "error"),
                ("throttlingException", "ThrottlingException"),
                ("teapotException", "teapotException"),
            ] {
                let text = |at: usize| read(Framing::JsonLines, None, &[&lines(&chunks[..at])]).0.text();
                for at in 1..=chunks.len() {
                    check(Framing::Sse, None, &named(&chunks, at, event, body), name, message, &text(at));
                }
            }
        }
    }
    let own = r#"{"type":"error","error":{"type":"overloaded_error","message":"m"}}"#;
    let (_, chunks) = wholes().swap_remove(1);
    check(Framing::Sse, None, &named(&chunks, 3, "error", own), "overloaded_error", "m", "Hi");
    let said =
        r#"{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"!"}}]}"#;
    let (_, chunks) = wholes().swap_remove(0);
    check(Framing::Sse, None, &named(&chunks, 1, "error", said), "error", said, "Hi!");
}

/// What the model says of errors is its own affair.
#[test]
fn what_a_model_writes_of_errors_is_no_error() {
    for words in [
        r#"{"error":{"message":"boom"}}"#,
        r#"{"type":"error","message":"boom","__type":"X"}"#,
        "event: error",
        r#"{"object":"error","error_message":"boom","detail":"gone"}"#,
    ] {
        let is_well = |framing, body: &[u8], text: &str| {
            let what = String::from_utf8_lossy(body);
            let (answer, ..) = read(framing, None, &[body]);
            assert!(answer.completeness.is_complete(), "{what}: {:?}", answer.completeness);
            assert_eq!(answer.text(), text, "{what}");
        };
        for (format, chunks) in wholes() {
            let quoted = Value::from(words).to_string();
            let body = String::from_utf8(lines(&chunks)).unwrap().replace(r#""Hi""#, &quoted);
            is_well(Framing::JsonLines, body.as_bytes(), words);
            if format != "openai-chat" {
                continue;
            }
            let call = |arguments: &str| json!({"tool_calls": [{"index": 0, "id": "t", "function": {"name": "error", "arguments": arguments}}]});
            let calls =
                [chunks[0].clone(), chat(call(words), Value::Null), chat(json!({}), json!("tool_calls"))];
            is_well(Framing::JsonLines, &lines(&calls), "Hi");
        }
        let input =
            json!({"error": {"message": "boom"}, "error_message": "boom", "__type": "X", "message": words});
        let block = json!({"type": "tool_use", "id": "t", "name": "f", "input": input});
        let (_, mut chunks) = wholes().swap_remove(1);
        chunks.insert(4, json!({"type": "content_block_start", "index": 1, "content_block": block}));
        chunks.insert(5, json!({"type": "content_block_stop", "index": 1}));
        is_well(Framing::JsonLines, &lines(&chunks), "Hi");
        let content = json!([{"type": "text", "text": "Hi"}, block]);
        let whole = json!({"type": "message", "role": "assistant", "content": content, "stop_reason": "tool_use", "usage": {"output_tokens": 1}});
        is_well(Framing::Json, whole.to_string().as_bytes(), "Hi");
    }
}
