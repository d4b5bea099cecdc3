//! An error is an error in every shape and place: in the completeness with what it says, live, and last in every view. What
//! had been said before it is kept.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod names;

use bedrock_aggregate::{Answer, Event, EventSink, Framing, Reader, Run, agui};
use bedrock_eventstream::frame::FrameBuilder;
use bedrock_testing::{Recording, recordings, splits};
use serde_json::{Value, json};

/// Reads a body at a split: the answer, the live events as JSON, and AG-UI's.
fn read(framing: Framing, model_id: Option<&str>, pieces: &[&[u8]]) -> (Answer, Vec<Value>, Vec<Value>) {
    let (mut emitted, mut sent) = (Vec::new(), Vec::new());
    let (mut run, mut adaptor) = (Run::new("r"), agui::Adaptor::new());
    let mut send = |event: agui::Event<'_>| sent.push(serde_json::to_value(&event).unwrap());
    let mut on_event = |event: Event<'_>| {
        emitted.push(serde_json::to_value(&event).unwrap());
        run.push(event, &mut |event| adaptor.push(&event, &mut send));
    };
    let mut reader = Reader::new(framing);
    if let Some(model_id) = model_id {
        reader = reader.with_model_id(model_id);
    }
    for piece in pieces {
        if reader.push(piece, &mut EventSink::new(&mut on_event)).is_err() {
            break;
        }
    }
    let answer = reader.finish(&mut EventSink::new(&mut on_event)).unwrap_or_else(Answer::from);
    run.finish(&answer.completeness, &mut |event| adaptor.push(&event, &mut send));
    (answer, emitted, sent)
}

/// Reads it at every split, and expects an error of this name and message, and this text.
fn check(framing: Framing, model_id: Option<&str>, body: &[u8], name: &str, message: &str, text: &str) {
    let what = String::from_utf8_lossy(body);
    let whole = read(framing, model_id, &[body]);
    let (answer, emitted, sent) = &whole;
    let exception =
        answer.completeness.exception().unwrap_or_else(|| panic!("{what}: {:?}", answer.completeness));
    assert_eq!((exception.error_type.as_str(), exception.message.as_str()), (name, message), "{what}");
    assert_eq!(answer.reply.text(), text, "{what}");
    let errors: Vec<_> = emitted.iter().filter(|event| event["type"] == "error").collect();
    assert_eq!(errors.len(), 1, "{what}: {emitted:?}");
    assert_eq!((&errors[0]["error_type"], &errors[0]["message"]), (&json!(name), &json!(message)), "{what}");
    assert!(emitted.iter().all(|event| event["type"] != "message_end"), "{what}");
    let last = sent.last().unwrap();
    assert_eq!((&last["type"], &last["code"]), (&json!("RUN_ERROR"), &json!(name)), "{what}: {sent:?}");
    assert_eq!(sent.iter().filter(|event| event["type"] == "RUN_ERROR").count(), 1, "{what}");
    for pieces in splits(body, 7) {
        assert_eq!(read(framing, model_id, &pieces), whole, "{what}: another split");
    }
}

fn lines(chunks: &[Value]) -> Vec<u8> {
    chunks.iter().map(|chunk| format!("{chunk}\n")).collect::<String>().into_bytes()
}

fn chat(delta: Value, finish: Value) -> Value {
    json!({"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
}

/// The beginning of a stream in each format, of which the text is "Hi".
fn beginnings() -> Vec<(&'static str, Vec<Value>)> {
    vec![
        ("openai-chat", vec![chat(json!({"role": "assistant", "content": "Hi"}), Value::Null)]),
        (
            "anthropic",
            vec![
                json!({"type": "message_start", "message": {"role": "assistant", "content": []}}),
                json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}}),
            ],
        ),
        (
            "openai-responses",
            vec![
                json!({"type": "response.created", "response": {"id": "r", "output": []}}),
                json!({"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "Hi"}),
            ],
        ),
        (
            "converse",
            vec![
                json!({"messageStart": {"role": "assistant"}}),
                json!({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "H"}}}),
                json!({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "i"}}}),
            ],
        ),
        (
            "nova",
            vec![
                json!({"messageStart": {"role": "assistant"}}),
                json!({"contentBlockDelta": {"delta": {"text": "Hi"}, "contentBlockIndex": 0}}),
            ],
        ),
        ("llama", vec![json!({"generation": "Hi", "prompt_token_count": 1, "stop_reason": null})]),
        ("titan", vec![json!({"outputText": "Hi", "index": 0, "completionReason": null})]),
        ("mistral-text", vec![json!({"outputs": [{"text": "Hi", "stop_reason": null}]})]),
        (
            "mistral-chat",
            vec![
                json!({"object": "chat.completion.chunk", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "stop_reason": null}]}),
            ],
        ),
        ("anthropic-text", vec![json!({"completion": "Hi", "stop_reason": null})]),
        ("cohere-command", vec![json!({"is_finished": false, "text": "Hi"})]),
        (
            "cohere-command-r",
            vec![json!({"event_type": "text-generation", "is_finished": false, "text": "Hi"})],
        ),
        ("ai21-jamba", vec![json!({"id": "j", "choices": [{"index": 0, "delta": {"content": "Hi"}}]})]),
        ("deepseek", vec![json!({"choices": [{"text": "Hi", "stop_reason": null}]})]),
        (
            "text-completion",
            vec![json!({"object": "text_completion", "choices": [{"index": 0, "text": "Hi"}]})],
        ),
        ("pegasus", vec![json!({"message": "H"}), json!({"message": "i"})]),
    ]
}

#[test]
fn an_error_ends_a_stream_of_every_format_in_every_shape() {
    for (format, beginning) in beginnings() {
        for (error, name, message) in [
            (json!({"error": "it broke"}), "error", "it broke"),
            (
                json!({"error": {"message": "m", "type": "overloaded_error", "code": 529}}),
                "overloaded_error",
                "m",
            ),
            (
                json!({"error": {"message": "slow down", "type": "throttling", "code": "429"}}),
                "Throttling",
                "slow down",
            ),
            (json!({"error": {"detail": ["a"]}}), "error", r#"["a"]"#),
            (json!({"errors": [{"message": "m"}]}), "error", "m"),
            (json!({"Message": "denied"}), "error", "denied"),
            (
                json!({"__type": "com.amazon#AccessDeniedException", "message": "denied"}),
                "AccessDeniedException",
                "denied",
            ),
            (json!({"message": "m", "code": "ThrottlingException"}), "ThrottlingException", "m"),
            (json!({"modelStreamErrorException": {"message": "m"}}), "ModelStreamErrorException", "m"),
            (
                json!({"object": "error", "message": "m", "type": "BadRequestError", "param": null, "code": 400}),
                "BadRequestError",
                "m",
            ),
            (json!({"object": "error", "message": "m", "zz": {"a": 1}}), "error", "m"),
            (json!({"type": "error", "message": "m", "logId": "a", "zz": 1}), "error", "m"),
            (json!({"__type": "Throttled", "message": "m", "zz": 1}), "Throttled", "m"),
            (json!({"error_message": "m"}), "error", "m"),
            (json!({"error_code": "500", "error_msg": "m"}), "error", "m"),
            (json!({"errorMessage": "m", "errorCode": "Broken", "zz": 1}), "Broken", "m"),
            (json!([{"error": {"message": "m", "type": "unavailable"}}]), "unavailable", "m"),
        ] {
            let mut chunks = beginning.clone();
            chunks.push(error);
            check(Framing::JsonLines, None, &lines(&chunks), name, message, "Hi");
            let (answer, ..) = read(Framing::JsonLines, None, &[&lines(&chunks)]);
            assert!(answer.format == format, "{format}: {}", answer.format);
        }
    }
}

#[test]
fn an_error_stands_beside_choices_whatever_they_say() {
    let error = json!({"code": 502, "message": "gone", "metadata": {"error_type": "x"}});
    for finish in [Value::Null, json!("stop"), json!("error"), json!("length")] {
        let mut chunk = chat(json!({"content": "Hi"}), finish.clone());
        chunk["error"] = error.clone();
        check(Framing::JsonLines, None, &lines(&[chunk.clone()]), "error", "gone", "Hi");
        let (answer, ..) = read(Framing::JsonLines, None, &[&lines(&[chunk])]);
        assert_eq!(answer.native.unwrap().to_json()["error"], error, "nothing of it is lost");
        let mut chunk = chat(json!({"content": "Hi"}), finish.clone());
        chunk["error"] = json!("gone");
        check(Framing::JsonLines, None, &lines(&[chunk]), "error", "gone", "Hi");
        let mut chunk = chat(json!({"content": "Hi"}), finish);
        chunk["choices"][0]["error"] = error.clone();
        check(Framing::JsonLines, None, &lines(&[chunk]), "error", "gone", "Hi");
    }
    // After a reason to stop too: what the caller has paid for is there, and the server says that something is wrong with it.
    let stopped = chat(json!({"content": "Hi"}), json!("stop"));
    check(
        Framing::JsonLines,
        None,
        &lines(&[stopped.clone(), json!({"error": {"message": "m"}})]),
        "error",
        "m",
        "Hi",
    );
    let mut later = chat(json!({"content": ""}), Value::Null);
    later["error"] = error;
    check(Framing::JsonLines, None, &lines(&[stopped, later]), "error", "gone", "Hi");
}

/// An error in an event that begins or ends a message, and that the format has no place for.
#[test]
fn an_error_stands_beside_a_delta_the_first_one_or_a_later() {
    let error = json!({"type": "overload", "message": "gone"});
    let converse = |text: &str| json!({"contentBlockIndex": 0, "delta": {"text": text}});
    let anthropic = |text: &str| json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}});
    let started = json!({"type": "message_start", "message": {"id": "m", "role": "assistant", "content": [], "usage": {"input_tokens": 1}}});
    let block =
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}});
    for (texts, said) in [(&["Hi"][..], "Hi"), (&["H", "i"], "Hi"), (&["H", "i", "!"], "Hi!")] {
        let with_error = |deltas: &mut [Value]| deltas.last_mut().unwrap()["error"] = error.clone();
        let mut deltas: Vec<_> = texts.iter().map(|text| converse(text)).collect();
        with_error(&mut deltas);
        let frame = |name: &str, json: &Value| {
            FrameBuilder::event(name).build(json.to_string().as_bytes()).unwrap().into_bytes().to_vec()
        };
        let frames = deltas.iter().map(|delta| frame("contentBlockDelta", delta));
        let start = frame("messageStart", &json!({"role": "assistant"}));
        let body: Vec<_> = std::iter::once(start).chain(frames).flatten().collect();
        check(Framing::EventStream, None, &body, "overload", "gone", said);

        let named = deltas.into_iter().map(|delta| json!({"contentBlockDelta": delta}));
        let chunks: Vec<_> =
            std::iter::once(json!({"messageStart": {"role": "assistant"}})).chain(named).collect();
        check(Framing::JsonLines, None, &lines(&chunks), "overload", "gone", said);

        let mut deltas: Vec<_> = texts.iter().map(|text| anthropic(text)).collect();
        with_error(&mut deltas);
        let chunks = [&[started.clone(), block.clone()][..], &deltas].concat();
        check(Framing::JsonLines, None, &lines(&chunks), "overload", "gone", said);
    }
}

#[test]
fn an_error_stands_in_an_event_that_says_something_else() {
    let error = json!({"type": "overload", "message": "gone"});
    let with = |mut chunk: Value, path: &str| {
        chunk.pointer_mut(path).unwrap()["error"] = error.clone();
        chunk
    };
    let anthropic = |last: Value| {
        [
            json!({"type": "message_start", "message": {"id": "m", "role": "assistant", "content": [], "usage": {"input_tokens": 1}}}),
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}}),
            json!({"type": "content_block_stop", "index": 0}),
            last,
        ]
    };
    let converse = |last: Value| {
        [
            json!({"messageStart": {"role": "assistant"}}),
            json!({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "Hi"}}}),
            json!({"contentBlockStop": {"contentBlockIndex": 0}}),
            last,
        ]
    };
    let responses = |last: Value| {
        let item = json!({"id": "i", "type": "message", "role": "assistant", "content": []});
        [
            json!({"type": "response.created", "response": {"id": "r", "status": "in_progress", "output": []}}),
            json!({"type": "response.output_item.added", "output_index": 0, "item": item}),
            json!({"type": "response.output_text.delta", "output_index": 0, "item_id": "i", "content_index": 0, "delta": "Hi"}),
            last,
        ]
    };
    let command = |last: Value| {
        let text = json!({"event_type": "text-generation", "is_finished": false, "text": "Hi"});
        [
            json!({"event_type": "stream-start", "is_finished": false, "generation_id": "g"}),
            text,
            last,
            json!(null),
        ]
    };
    let delta =
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}});
    let metadata = json!({"metadata": {"usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}, "metrics": {"latencyMs": 1}}});
    let item = json!({"id": "i", "type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]});
    let done = json!({"type": "response.completed", "response": {"id": "r", "status": "completed", "output": [item]}});
    let end = json!({"event_type": "stream-end", "is_finished": true, "finish_reason": "COMPLETE", "response": {"text": "Hi", "finish_reason": "COMPLETE"}});
    for chunks in [
        anthropic(with(delta, "")),
        anthropic(with(json!({"type": "message_stop"}), "")),
        converse(with(json!({"messageStop": {"stopReason": "end_turn"}}), "/messageStop")),
        converse(with(metadata, "/metadata")),
        responses(with(done.clone(), "")),
        responses(with(done, "/response")),
        command(with(end.clone(), "")),
        command(with(end, "/response")),
    ] {
        check(Framing::JsonLines, None, &lines(&chunks), "overload", "gone", "Hi");
    }
}

/// A member of the wrong type makes no error of an event.
/// What came beside an error, or before it in no format that is known, is not thrown away with it.
#[test]
fn what_stands_beside_an_error_is_kept() {
    let unknown = [json!({"hologram": "a"}), json!({"hologram": "b"})];
    for (error, kept) in [
        (json!({"error": {"message": "m"}}), 2),
        (json!({"error": {"message": "m"}, "foo": 1}), 3),
        (json!({"message": "m"}), 2),
    ] {
        let chunks = [&unknown[..], std::slice::from_ref(&error)].concat();
        let (answer, ..) = read(Framing::JsonLines, None, &[&lines(&chunks)]);
        assert_eq!(answer.completeness.exception().map(|error| error.message.as_str()), Some("m"), "{error}");
        assert_eq!(answer.unknown.len(), kept, "{error}: {answer:#?}");
        assert!(answer.unknown.values().take(2).eq(unknown.iter().cloned()), "{error}");
    }
    // What calls itself an error, and answers all the same.
    let mut paid = chat(json!({"role": "assistant", "content": "Paid"}), Value::Null);
    paid["object"] = json!("error");
    paid["message"] = json!("m");
    check(Framing::JsonLines, None, &lines(&[paid]), "error", "m", "Paid");
}

#[test]
fn an_event_whose_message_is_a_text_is_no_error() {
    let mut chunks = vec![
        json!({"type": "message_start", "message": "zzzz"}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}}),
        json!({"type": "content_block_stop", "index": 0}),
    ];
    chunks.push(
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}),
    );
    chunks.push(json!({"type": "message_stop"}));
    let (answer, ..) = read(Framing::JsonLines, None, &[&lines(&chunks)]);
    assert_eq!((answer.text().as_str(), answer.format.as_str()), ("Hi", "anthropic"));
    assert_eq!(answer.completeness.exception(), None);
    let [odd] = &answer.malformed[..] else { panic!("{:?}", answer.malformed) };
    assert!(String::from_utf8_lossy(&odd.raw).contains("zzzz"), "{odd:?}");
}

/// Without a reason to stop a whole answer is a beginning.
#[test]
fn a_whole_answer_says_why_it_stopped() {
    for whole in [
        json!({"type": "message", "role": "assistant", "content": [{"type": "text", "text": "Hi"}], "stop_reason": null}),
        json!({"object": "chat.completion", "choices": [{"index": 0, "message": {"content": "Hi"}, "finish_reason": null}]}),
        json!({"generation": "Hi", "prompt_token_count": 1, "generation_token_count": 1, "stop_reason": null}),
        json!({"output": {"message": {"role": "assistant", "content": [{"text": "Hi"}]}}, "stopReason": null, "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}, "metrics": {"latencyMs": 1}}),
        json!({"choices": [{"text": "Hi", "stop_reason": null}]}),
        json!({"outputs": [{"text": "Hi", "stop_reason": null}]}),
    ] {
        let (answer, ..) = read(Framing::Json, None, &[whole.to_string().as_bytes()]);
        assert_eq!(answer.text(), "Hi", "{whole}");
        let missing = answer.completeness.missing().unwrap_or_else(|| panic!("complete: {whole}"));
        assert!(missing.names().contains(&"stop"), "{whole}: {missing}");
    }
}

/// A reason to stop that says that the answer failed.
#[test]
fn a_failed_stop_is_an_error() {
    let failed = |word: &str| format!("the answer failed: the model stopped with {word:?}");
    for word in ["error", "network_error", "insufficient_system_resource", "abort", "malformed_function_call"]
    {
        let chunks = [chat(json!({"content": "Hi"}), json!(word))];
        check(Framing::JsonLines, None, &lines(&chunks), word, &failed(word), "Hi");
    }
    let mistral = json!({"object": "chat.completion.chunk", "choices": [{"index": 0, "message": {"content": "Hi"}, "stop_reason": "error"}]});
    check(Framing::JsonLines, None, &lines(&[mistral]), "error", &failed("error"), "Hi");
    let command = [
        json!({"event_type": "text-generation", "is_finished": false, "text": "Hi"}),
        json!({"event_type": "stream-end", "is_finished": true, "finish_reason": "ERROR", "response": {"text": "Hi", "finish_reason": "ERROR", "meta": {"tokens": {"output_tokens": 1}}}}),
    ];
    check(Framing::JsonLines, None, &lines(&command), "ERROR", &failed("ERROR"), "Hi");
    for (word, message) in [
        ("malformed_model_output", "the service could not read what the model wrote"),
        ("malformed_tool_use", "the service could not read a tool call that the model wrote"),
    ] {
        let counts = json!({"usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}, "metrics": {"latencyMs": 4}});
        let stream = [
            json!({"messageStart": {"role": "assistant"}}),
            json!({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "Hi"}}}),
            json!({"contentBlockStop": {"contentBlockIndex": 0}}),
            json!({"messageStop": {"stopReason": word}}),
            json!({"metadata": counts}),
        ];
        check(Framing::JsonLines, None, &lines(&stream), word, message, "Hi");
        let whole = json!({"output": {"message": {"role": "assistant", "content": [{"text": "Hi"}]}}, "stopReason": word, "usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}, "metrics": {"latencyMs": 4}});
        check(Framing::Json, None, whole.to_string().as_bytes(), word, message, "Hi");
    }
}

#[test]
fn a_whole_body_may_be_an_error() {
    for (body, name, message) in [
        (json!({"message": "denied"}), "error", "denied"),
        (json!({"Message": "denied"}), "error", "denied"),
        (json!({"message": "m", "__type": "ThrottlingException"}), "ThrottlingException", "m"),
        (
            json!({"error": {"message": "m", "type": "invalid_request_error", "param": null, "code": null}}),
            "invalid_request_error",
            "m",
        ),
        (json!({"error": "m"}), "error", "m"),
        (
            json!({"type": "error", "error": {"type": "overloaded_error", "message": "m"}, "request_id": "q"}),
            "overloaded_error",
            "m",
        ),
        (json!({"detail": "Not Found"}), "error", "Not Found"),
        (json!({"errorMessage": "m", "errorType": "Sandbox.Timedout"}), "Sandbox.Timedout", "m"),
        (
            json!({"object": "error", "message": "m", "type": "BadRequestError", "param": null, "code": 400}),
            "BadRequestError",
            "m",
        ),
        (json!({"type": "error", "message": "m", "zz": [1]}), "error", "m"),
        (
            json!({"statusCode": 400, "message": ["a", "b"], "error": "Bad Request"}),
            "Bad Request",
            r#"["a","b"]"#,
        ),
        (json!({"message": "m", "__type": "X", "x": 1}), "X", "m"),
        (json!({"error_code": 500, "error_msg": "m", "zz": 1}), "error", "m"),
        (json!({"message": "m", "documentation_url": "u"}), "error", "m"),
        (json!({"statusCode": 403, "statusText": "Forbidden", "message": "m"}), "error", "m"),
        (json!({"title": "t", "detail": "m", "status": 400, "instance": "/x", "traceId": "q"}), "error", "m"),
        (
            json!({"ErrorCode": "Broken", "Message": "m", "OriginalMessage": "o", "OriginalStatusCode": 400, "LogStreamArn": "l"}),
            "Broken",
            "m",
        ),
    ] {
        for model_id in [None, Some("twelvelabs.pegasus-1-2-v1:0"), Some("meta.llama3-8b-instruct-v1:0")] {
            check(Framing::Json, model_id, body.to_string().as_bytes(), name, message, "");
        }
    }
    let said = json!({"id": "c", "object": "chat.completion", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}], "error": {"message": "m"}});
    check(Framing::Json, None, said.to_string().as_bytes(), "error", "m", "Hi");
    let failed = json!({"id": "c", "object": "chat.completion", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "error", "error": {"message": "m", "code": 502}}]});
    check(Framing::Json, None, failed.to_string().as_bytes(), "error", "m", "Hi");
    let response = json!({"object": "response", "id": "r", "status": "failed", "error": {"code": "server_error", "message": "m"}, "output": []});
    check(Framing::Json, None, response.to_string().as_bytes(), "server_error", "m", "");
}

/// A response that is asked for before it is done is not complete.
#[test]
fn a_response_under_way_is_not_complete() {
    for status in ["queued", "in_progress", "incomplete"] {
        let body = json!({"object": "response", "id": "r", "status": status, "error": null, "output": []})
            .to_string();
        let (answer, ..) = read(Framing::Json, None, &[body.as_bytes()]);
        assert_eq!(answer.completeness.missing().unwrap().names(), ["stop"], "{status}");
    }
}

/// Every recorded body of an error, read as if it were an answer, by whichever model.
#[test]
fn no_recorded_error_is_read_as_an_answer() {
    let Some(all) = recordings(|recording: &Recording| !recording.streaming && recording.status >= 400)
    else {
        return;
    };
    let mut seen = 0;
    for recording in &all {
        let body = recording.response();
        let Ok(json) = serde_json::from_slice::<Value>(&body) else { continue };
        for model_id in [None, Some(recording.model_id.as_str()), Some("twelvelabs.pegasus-1-2-v1:0")] {
            let (answer, ..) = read(Framing::Json, model_id, &[&body]);
            assert!(answer.native.is_none() && answer.reply.content.is_empty(), "{}", recording.case);
            let exception =
                answer.completeness.exception().unwrap_or_else(|| panic!("{}: {json}", recording.case));
            let said = ["/message", "/error/message", "/detail"].iter().find_map(|path| json.pointer(path));
            assert_eq!(said.and_then(Value::as_str), Some(exception.message.as_str()), "{}", recording.case);
        }
        seen += 1;
    }
    assert!(seen > 20, "{seen}");
}
