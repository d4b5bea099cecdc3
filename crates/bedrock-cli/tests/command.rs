//! The command as a user runs it: what it prints, and how it ends.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::common::{Run, Server, bedrock, command, finish};
use bedrock_eventstream::frame::FrameBuilder;
use bedrock_testing::server::{self, reply};
use serde_json::{Value, json};

/// A ConverseStream answer, frame by frame.
fn frames() -> Vec<Vec<u8>> {
    let frame = |event: &str, payload: Value| {
        FrameBuilder::event(event).build(payload.to_string().as_bytes()).unwrap().into_bytes().to_vec()
    };
    let mut all = vec![frame("messageStart", json!({"role": "assistant"}))];
    for word in ["Scattered ", "light ", "is ", "blue."] {
        all.push(frame("contentBlockDelta", json!({"contentBlockIndex": 0, "delta": {"text": word}})));
    }
    all.push(frame("contentBlockStop", json!({"contentBlockIndex": 0})));
    all.push(frame("messageStop", json!({"stopReason": "end_turn"})));
    let usage = json!({"inputTokens": 3, "outputTokens": 4, "totalTokens": 7});
    all.push(frame("metadata", json!({"usage": usage, "metrics": {"latencyMs": 5}})));
    all
}

#[test]
fn frames_prints_every_good_frame_and_then_the_error() {
    let all = frames();
    let whole = bedrock(&["frames"], &all.concat());
    assert_eq!((whole.code, whole.documents().len()), (0, all.len()), "{}", whole.stderr);
    let first = &whole.documents()[0];
    assert_eq!(first["headers"][":event-type"], "messageStart");
    assert_eq!((&first["offset"], &first["payload"]["role"]), (&json!(0), &json!("assistant")));
    assert_eq!(first["length"], all[0].len());

    let mut damaged = all.concat();
    let third = all[0].len() + all[1].len();
    damaged[third + 20] ^= 1;
    let run = bedrock(&["frames", "-"], &damaged);
    assert_eq!((run.code, run.documents().len()), (4, 2));
    assert!(run.stderr.contains(&third.to_string()), "{}", run.stderr);
}

#[test]
fn a_payload_that_is_no_json_is_shown_as_base64() {
    let frame = FrameBuilder::event("blob").build(b"\xff\x00").unwrap();
    let run = bedrock(&["frames"], frame.as_bytes());
    let document = &run.documents()[0];
    assert_eq!((&document["payload_base64"], document.get("payload")), (&json!("/wA="), None));
}

#[test]
fn aggregate_notices_every_cut_and_keeps_the_text() {
    let all = frames();
    let boundaries: Vec<usize> = all
        .iter()
        .scan(0, |end, frame| {
            *end += frame.len();
            Some(*end)
        })
        .collect();
    let body = all.concat();
    let texts = ["", "Scattered ", "Scattered light ", "Scattered light is ", "Scattered light is blue."];
    for (n, &end) in boundaries.iter().enumerate().take(all.len() - 1) {
        for (cut, arrived) in [(end, n), (end + 5, n), (end + 13, n), (boundaries[n + 1] - 1, n)] {
            let run = bedrock(&["aggregate", "--format", "converse"], &body[..cut]);
            let document = &run.documents()[0];
            assert_eq!(run.code, 3, "cut at {cut}: {}", run.stderr);
            assert_eq!(document["reply"]["content"].as_array().unwrap().len(), usize::from(arrived > 0));
            if arrived > 0 {
                assert_eq!(document["reply"]["content"][0]["text"], texts[arrived.min(4)], "cut at {cut}");
            }
            let missing = document["completeness"]["missing"].as_array().unwrap();
            assert_eq!(missing.contains(&json!("frame")), cut != end, "cut at {cut}: {missing:?}");
            assert!(missing.contains(&json!("usage")), "cut at {cut}: {missing:?}");
        }
    }
    let whole = bedrock(&["aggregate"], &body);
    let document = &whole.documents()[0];
    assert_eq!((whole.code, &document["completeness"]), (0, &json!("complete")));
    assert_eq!((&document["file"], &document["format"]), (&json!("-"), &json!("converse")));
    assert_eq!(document["native"]["usage"]["totalTokens"], 7);
    assert_eq!(document["invocation_metrics"], Value::Null);
}

#[test]
fn aggregate_reads_other_framings_and_names_the_place_of_bad_input() {
    let lines = "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n{\"type\":";
    let run = bedrock(&["aggregate", "--framing", "jsonl", "--events"], lines.as_bytes());
    assert_eq!(run.code, 3, "{}", run.stderr);
    let kinds: Vec<_> = run.documents().iter().map(|event| event["type"].clone()).collect();
    assert_eq!(kinds, ["text_start", "text_delta"]);

    let run = bedrock(&["aggregate"], format!("{lines}\n{{}}\n").as_bytes());
    assert_eq!(run.code, 4);
    assert!(run.stderr.contains("line 2"), "{}", run.stderr);
    assert_eq!(
        run.documents()[0]["reply"]["content"][0]["text"],
        "a",
        "what arrived is printed all the same"
    );

    let run = bedrock(&["aggregate"], b"[{\"hologram\":1}]");
    assert_eq!((run.code, &run.documents()[0]["native"]), (4, &Value::Null));

    let run = bedrock(&["aggregate", "--format", "morse"], b"");
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("converse"), "the error lists the formats: {}", run.stderr);
    assert_eq!(bedrock(&["aggregate", "/nowhere/at/all"], b"").code, 7);
}

/// An error in a stream or instead of an answer: what had arrived is printed, the live events and every view end with it.
#[test]
fn aggregate_ends_with_three_where_an_error_stands() {
    let chat = |rest: &str| {
        let said = r#"{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}"#;
        format!("{said}\n{rest}\n")
    };
    for (body, message) in [
        (chat(r#"{"error":"it broke"}"#), "it broke"),
        (
            chat(
                r#"{"error":{"message":"gone","code":502},"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}"#,
            ),
            "gone",
        ),
        (
            chat(r#"{"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}"#),
            "the answer failed: the model stopped with \"error\"",
        ),
    ] {
        let run = bedrock(&["aggregate"], body.as_bytes());
        let document = &run.documents()[0];
        assert_eq!(run.code, 3, "{}", run.stderr);
        assert_eq!(document["completeness"]["exception"]["message"], message, "{document}");
        assert_eq!(document["reply"]["content"][0]["text"], "Hi", "{document}");
        let run = bedrock(&["aggregate", "--events"], body.as_bytes());
        assert!(run.documents().iter().any(|event| event["type"] == "error" && event["message"] == message));
        let run = bedrock(&["aggregate", "--view", "agui"], body.as_bytes());
        assert_eq!(run.documents().last().unwrap()["type"], "RUN_ERROR");
        assert_eq!(run.code, 3);
    }
    let run = bedrock(&["aggregate"], br#"{"message":"denied"}"#);
    assert_eq!((run.code, &run.documents()[0]["reply"]["content"]), (3, &json!([])), "{}", run.stderr);
    assert_eq!(run.documents()[0]["completeness"]["exception"]["message"], "denied");
}

#[test]
fn aggregate_reads_the_records_of_a_log() {
    let record = |output: Value| {
        json!({"schemaType": "ModelInvocationLog", "schemaVersion": "1.0", "operation": "InvokeModelWithResponseStream",
            "modelId": "meta.llama3-8b-instruct-v1:0", "input": {"inputTokenCount": 3}, "output": output})
    };
    let chunks = json!([{"generation": "Ra", "prompt_token_count": 3, "generation_token_count": 1, "stop_reason": null},
        {"generation": "in.", "prompt_token_count": null, "generation_token_count": 2, "stop_reason": "stop"}]);
    let whole = record(json!({"outputBodyJson": chunks}));
    let one = bedrock(&["aggregate"], whole.to_string().as_bytes());
    let document = &one.documents()[0];
    assert_eq!(
        (one.code, &document["format"], &document["native"]["generation"]),
        (0, &json!("llama"), &json!("Rain."))
    );

    let away = record(json!({"outputBodyS3Path": "s3://b/r_output.json.gz"}));
    let half = record(json!({"outputBodyJson": [chunks[0]]}));
    let log = format!("{whole}\n{half}\n\n{away}\n{whole}\n");
    let run = bedrock(&["aggregate"], log.as_bytes());
    let documents = run.documents();
    assert_eq!(documents.iter().map(|document| document["line"].clone()).collect::<Vec<_>>(), [1, 2, 4, 5]);
    assert_eq!(documents[1]["completeness"]["missing"], json!(["stop"]));
    assert_eq!(documents[3]["native"], documents[0]["native"]);
    assert_eq!(run.code, 4, "the worst counts");
    assert!(
        run.stderr.contains("line 4: at byte 0: the answer is not in the record: it is in s3://b/"),
        "{}",
        run.stderr
    );
    let events = bedrock(&["aggregate", "--events"], whole.to_string().as_bytes());
    assert_eq!(events.documents().last().unwrap()["type"], "message_end");
}

#[test]
fn aggregate_prints_an_answer_for_each_record_of_a_batch_job() {
    let answer = |text: &str| {
        json!({"model": "claude", "id": "msg_1", "type": "message", "role": "assistant",
            "content": [{"type": "text", "text": text}], "stop_reason": "end_turn", "stop_sequence": null,
            "usage": {"input_tokens": 3, "output_tokens": 2}})
    };
    let good = |id: &str| json!({"modelInput": {}, "modelOutput": answer(id), "recordId": id});
    let bad =
        json!({"error": {"errorCode": 429, "errorMessage": "later"}, "recordId": "b", "modelInput": {}});
    let file = format!("\u{feff}{}\r\n\r\n{bad}\r\n{}", good("a"), good("c"));
    let run = bedrock(&["aggregate"], file.as_bytes());
    let told = |document: &Value| {
        let content = document["reply"]["content"].as_array().unwrap();
        let text = content.first().map(|block| block["text"].clone());
        (document["record_id"].clone(), document["line"].clone(), text)
    };
    let expected = [
        (json!("a"), json!(1), Some(json!("a"))),
        (json!("b"), json!(3), None),
        (json!("c"), json!(4), Some(json!("c"))),
    ];
    assert_eq!(run.documents().iter().map(told).collect::<Vec<_>>(), expected, "{}", run.stderr);
    assert_eq!(run.documents()[0]["completeness"], "complete");
    let exception = &run.documents()[1]["completeness"]["exception"];
    assert_eq!((&exception["type"], &exception["message"]), (&json!("429"), &json!("later")));
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(run.stderr.contains("line 3") && run.stderr.contains("later"), "{}", run.stderr);

    // One record is one answer, also over several lines, and where the record has none, that is told.
    let one = bedrock(&["aggregate"], serde_json::to_string_pretty(&good("d")).unwrap().as_bytes());
    assert_eq!((one.code, &one.documents()[0]["record_id"]), (0, &json!("d")), "{}", one.stderr);
    let none = bedrock(&["aggregate"], br#"{"modelInput": {}, "recordId": "e"}"#);
    assert_eq!((none.code, &none.documents()[0]["record_id"]), (4, &json!("e")), "{}", none.stderr);
    let events = bedrock(&["aggregate", "--events"], format!("{bad}\n{}\n", good("a")).as_bytes());
    let kinds: Vec<_> = events.documents().iter().map(|event| event["type"].clone()).collect();
    assert_eq!((events.code, &kinds[0], kinds.last().unwrap()), (3, &json!("error"), &json!("message_end")));
}

#[test]
fn aggregate_prints_opiks_document_for_any_format() {
    let anthropic = r#"[{"type":"message_start","message":{"role":"assistant","content":[],"usage":{"input_tokens":22}}},
        {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Rain."}},
        {"type":"content_block_stop","index":0},
        {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":66}},
        {"type":"message_stop"}]"#;
    let nova = r#"[{"messageStart":{"role":"assistant"}},
        {"contentBlockDelta":{"delta":{"text":"Rain."},"contentBlockIndex":0}},
        {"contentBlockStop":{"contentBlockIndex":0}},{"messageStop":{"stopReason":"end_turn"}},
        {"metadata":{"usage":{"inputTokens":22,"outputTokens":66},"metrics":{},"trace":{}}}]"#;
    let openai = r#"[{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Rain."},"finish_reason":"stop"}]},
        {"id":"c","object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":22,"completion_tokens":66,"total_tokens":88}}]"#;
    let llama = r#"[{"generation":"Ra","prompt_token_count":22,"generation_token_count":1,"stop_reason":null},
        {"generation":"in.","prompt_token_count":null,"generation_token_count":66,"stop_reason":"stop",
         "amazon-bedrock-invocationMetrics":{"inputTokenCount":22,"outputTokenCount":66}}]"#;
    for chunks in [anthropic, nova, openai, llama] {
        let run = bedrock(&["aggregate", "--view", "opik"], chunks.as_bytes());
        let expected = json!({"body": {
            "content": [{"text": "Rain.", "type": "text"}], "role": "assistant", "type": "message",
            "stop_reason": "end_turn", "usage": {"input_tokens": 22, "output_tokens": 66},
        }});
        assert_eq!((run.code, run.documents()), (0, vec![expected]), "{}", run.stderr);
    }
    // What arrived of an answer that was cut is printed all the same, and the exit code says so.
    let cut = br#"[{"messageStart":{"role":"assistant"}},{"contentBlockDelta":{"delta":{"text":"Ra"},"contentBlockIndex":0}}]"#;
    let run = bedrock(&["aggregate", "--view", "opik"], cut);
    assert_eq!((run.code, &run.documents()[0]["body"]["content"][0]["text"]), (3, &json!("Ra")));
    assert_eq!(run.documents()[0]["body"].get("stop_reason"), None);
    assert_eq!(bedrock(&["aggregate", "--view", "opik", "--events"], cut).code, 2);
}

#[test]
fn aggregate_prints_events_in_other_vocabularies() {
    let whole = concat!(
        r#"{"messageStart":{"role":"assistant"}}"#,
        "\n",
        r#"{"contentBlockDelta":{"delta":{"text":"Rain."},"contentBlockIndex":0}}"#,
        "\n",
        r#"{"contentBlockStop":{"contentBlockIndex":0}}"#,
        "\n",
        r#"{"messageStop":{"stopReason":"end_turn"}}"#,
        "\n",
        r#"{"metadata":{"usage":{"inputTokens":22,"outputTokens":66},"metrics":{},"trace":{}}}"#,
    );
    let cut = &whole[..whole.find("{\"messageStop").unwrap()];
    let kinds = |run: &Run| run.documents().iter().map(|event| event["type"].clone()).collect::<Vec<_>>();

    let run =
        bedrock(&["aggregate", "--format", "nova", "--view", "agui", "--run-id", "r"], whole.as_bytes());
    assert_eq!(run.code, 0, "{}", run.stderr);
    let text = ["TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_END"];
    let end = ["USAGE_UPDATE", "MODEL_CALL_FINISHED", "RUN_FINISHED"];
    assert_eq!(kinds(&run), [&["RUN_STARTED"][..], &text, &end].concat());
    assert_eq!(run.documents()[0]["runId"], "r");
    let run = bedrock(&["aggregate", "--format", "nova", "--view", "agui"], cut.as_bytes());
    assert_eq!((run.code, &run.documents()[0]["runId"]), (3, &json!("-")));
    assert_eq!(kinds(&run).last(), Some(&json!("RUN_ERROR")));

    let run = bedrock(&["aggregate", "--format", "nova", "--view", "simple"], whole.as_bytes());
    assert_eq!((run.code, kinds(&run)), (0, vec![json!("text"), json!("done")]), "{}", run.stderr);
    assert_eq!(run.documents()[1]["value"]["usage"], json!({"input_tokens": 22, "output_tokens": 66}));
    let run = bedrock(&["aggregate", "--format", "nova", "--view", "simple"], cut.as_bytes());
    assert_eq!((run.code, kinds(&run)), (3, vec![json!("text"), json!("error")]));
}

#[test]
fn converse_and_invoke_need_no_account_with_local() {
    let model = ["--local", "--model-id", "amazon.nova-lite-v1:0"];
    let run = bedrock(&[&["converse"], &model[..], &["Why is the sky blue?"]].concat(), b"");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("Why is the sky blue?"), "{}", run.stdout);

    for extra in [&["--json"][..], &["--json", "--no-stream"]] {
        let run = bedrock(&[&["converse"], &model[..], extra].concat(), b"from stdin\n");
        let document = &run.documents()[0];
        assert_eq!((run.code, &document["completeness"]), (0, &json!("complete")), "{}", run.stderr);
        assert_eq!(
            (&document["format"], &document["reply"]["role"]),
            (&json!("converse"), &json!("assistant"))
        );
        assert!(document["reply"]["usage"]["output_tokens"].as_u64().unwrap() > 0);
    }

    let body = r#"{"messages":[{"role":"user","content":[{"text":"Hi"}]}]}"#;
    let whole = bedrock(&[&["invoke"], &model[..], &["--body", body]].concat(), b"");
    let streamed =
        bedrock(&[&["invoke"], &model[..], &["--body", "-", "--stream"]].concat(), body.as_bytes());
    assert_eq!((whole.code, streamed.code), (0, 0), "{} {}", whole.stderr, streamed.stderr);
    let text = |run: &Run| run.documents()[0]["output"]["message"]["content"].clone();
    assert_eq!(text(&whole), text(&streamed), "streamed equals whole");
}

#[test]
fn a_whole_answer_that_is_cut_or_an_error_ends_with_3() {
    let body = |body: &str| {
        let response = reply(200, &[("content-type", "application/json")], body);
        server::Server::start(move |_, _| response.clone())
    };
    let keys = [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "SECRETEXAMPLE")];
    for (what, text, code) in [
        (
            r#"{"output":{"message":{"role":"assistant","content":[{"text":"all"}]}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2},"metrics":{"latencyMs":1}}"#,
            "all",
            0,
        ),
        (r#"{"error":{"message":"boom","type":"x"}}"#, "", 3),
        ("{}", "", 3),
    ] {
        let server = body(what);
        for call in [
            &["converse", "--no-stream", "Hi"][..],
            &["converse", "--no-stream", "--json", "Hi"],
            &["invoke", "--body", "{}"],
            &["invoke", "--json", "--body", "{}"],
        ] {
            if what == "{}" && call[0] == "invoke" {
                // Any model's answer may be empty.
                continue;
            }
            let to = [
                "--model-id",
                "amazon.nova-lite-v1:0",
                "--region",
                "us-east-1",
                "--endpoint-url",
                &server.url,
            ];
            let run = finish(command(&[call, &to].concat()).envs(keys).spawn().unwrap(), b"");
            assert_eq!(run.code, code, "{what}: {call:?}: {}{}", run.stdout, run.stderr);
            assert!(run.stdout.contains(text), "{what}: {call:?}: {}", run.stdout);
        }
    }
}

#[test]
fn a_tool_is_called_when_the_prompt_asks() {
    let file = std::env::temp_dir().join(format!("bedrock-tools-{}.json", std::process::id()));
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    let tools = json!([{"toolSpec": {"name": "get_weather", "inputSchema": {"json": schema}}}]);
    std::fs::write(&file, tools.to_string()).unwrap();
    let file = file.to_str().unwrap();
    let model = ["converse", "--local", "--json", "--model-id", "us.amazon.nova-lite-v1:0", "--tools", file];
    let run = bedrock(&[&model[..], &["What is the weather in Oslo?"]].concat(), b"");
    std::fs::remove_file(file).unwrap();
    let reply = &run.documents()[0]["reply"];
    assert_eq!((run.code, &reply["stop_reason"]), (0, &json!("tool_use")), "{}", run.stderr);
    let calls: Vec<_> =
        reply["content"].as_array().unwrap().iter().filter(|block| block["type"] == "tool_use").collect();
    assert_eq!(calls[0]["name"], "get_weather");
    assert!(calls[0]["input"]["city"].is_string(), "{reply}");
}

#[test]
fn each_failure_has_its_exit_code() {
    let ask =
        |prompt: &str| bedrock(&["converse", "--local", "--model-id", "amazon.nova-lite-v1:0", prompt], b"");
    let refused = ask("[[error type=ValidationException]]");
    assert_eq!(refused.code, 5);
    assert!(refused.stderr.contains("ValidationException"), "{}", refused.stderr);
    for fault in ["truncate after=4", "eof after=4", "exception type=modelStreamErrorException after=4"] {
        let run = ask(&format!("Hello there [[{fault}]]"));
        assert_eq!(run.code, 3, "{fault}: {}", run.stderr);
        assert!(!run.stdout.trim().is_empty(), "{fault}: the text that had arrived is printed");
    }
    assert_eq!(ask("").code, 2, "an empty prompt");
    assert_eq!(bedrock(&["converse", "--no-such-flag"], b"").code, 2);
    let mut nobody = command(&["converse", "--model-id", "x", "--endpoint-url", "http://127.0.0.1:9", "Hi"]);
    nobody.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "SECRETEXAMPLE");
    let nobody = finish(nobody.env("AWS_REGION", "us-east-1").spawn().unwrap(), b"");
    assert_eq!(nobody.code, 6, "{}", nobody.stderr);
    assert!(!nobody.stderr.contains("SECRETEXAMPLE"));
}

#[test]
fn serve_prints_its_address_first_and_checks_signatures() {
    let server = Server::start(&["--verify", "AKIDEXAMPLE:SECRETEXAMPLE"]);
    let port = server.url.strip_prefix("http://127.0.0.1:").and_then(|port| port.parse::<u16>().ok());
    assert!(port.is_some(), "{:?}", server.url);
    let arn = "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.amazon.nova-lite-v1:0";
    for (secret, model, code) in [
        ("SECRETEXAMPLE", "amazon.nova-lite-v1:0", 0),
        ("SECRETEXAMPLE", arn, 0),
        ("WRONG", "amazon.nova-lite-v1:0", 5),
    ] {
        let mut call = command(&["converse", "--model-id", model, "--endpoint-url", &server.url, "Hi"]);
        call.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", secret);
        let run = finish(call.env("AWS_REGION", "us-east-1").spawn().unwrap(), b"");
        assert_eq!(run.code, code, "{model} with {secret}: {}", run.stderr);
    }
}

#[test]
fn a_conversation_remembers() {
    let run = bedrock(&["chat", "--local", "--model-id", "amazon.nova-lite-v1:0"], b"first\nsecond\n");
    assert_eq!((run.code, run.stdout.lines().count()), (0, 2), "{}", run.stderr);
}
