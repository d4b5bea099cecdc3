//! Deltas, blocks and items that are written, named or placed otherwise than usual.

use super::*;

/// A delta that is written as usual is read without being parsed; what follows must not depend on that.
#[test]
fn what_follows_a_delta_is_the_same_however_that_is_written() {
    let anthropic = [
        r#"{"type":"message_start","message":{"id":"m","role":"assistant","content":[],"usage":{"input_tokens":1}}}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
        r#"{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Good"}}"#,
        r#"{"type":"content_block_delta","delta":{"type":"text_delta","text":" day"}}"#,
        r#"{"type":"content_block_stop","index":0}"#,
        r#"{"type":"content_block_stop","index":1}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}"#,
        r#"{"type":"message_stop"}"#,
    ];
    let nova = [
        r#"{"messageStart":{"role":"assistant"}}"#,
        r#"{"contentBlockDelta":{"delta":{"text":"Good"},"contentBlockIndex":3}}"#,
        r#"{"contentBlockDelta":{"delta":{"text":" day"},"contentBlockIndex":7}}"#,
        r#"{"contentBlockStop":{}}"#,
        r#"{"contentBlockStop":{"contentBlockIndex":3}}"#,
        r#"{"messageStop":{"stopReason":"end_turn"}}"#,
        r#"{"metadata":{"usage":{"inputTokens":1,"outputTokens":1},"metrics":{},"trace":{}}}"#,
    ];
    let responses = [
        r#"{"type":"response.created","response":{"id":"r","output":[]}}"#,
        r#"{"type":"response.output_text.delta","output_index":0,"content_index":0,"item_id":"a","delta":"Go"}"#,
        r#"{"type":"response.output_text.delta","output_index":1,"content_index":0,"item_id":"b","delta":"Bye"}"#,
        r#"{"type":"response.output_text.delta","output_index":0,"content_index":0,"item_id":"a","delta":"o"}"#,
        r#"{"type":"response.output_text.delta","output_index":1,"content_index":0,"item_id":"b","delta":"!"}"#,
        r#"{"type":"response.output_text.delta","output_index":0,"content_index":0,"item_id":"a","delta":"d"}"#,
        r#"{"type":"response.output_text.delta","content_index":0,"delta":" day"}"#,
        RESPONSE_END,
    ];
    let spaced = |line: &str| line.replace(r#"":"#, r#"": "#);
    for (format, lines, texts) in [
        ("anthropic", &anthropic[..], &["Good day", ""][..]),
        ("nova", &nova, &["Good day"]),
        ("openai-responses", &responses, &["Good day", "Bye!"]),
    ] {
        let (usual, other) =
            (lines.join("\n"), lines.iter().map(|line| spaced(line) + "\n").collect::<String>());
        let read = |lines: &str| read(format, Framing::JsonLines, lines);
        assert_eq!(read(&usual), read(&other), "{format}");
        let content: Value = texts.iter().map(|text| json!({"type": "text", "text": text})).collect();
        assert_eq!(read(&usual).1["reply"]["content"], content, "{format}");
    }
    let frame = |name: &str, payload: &str| {
        FrameBuilder::event(name).build(payload.as_bytes()).unwrap().into_bytes().to_vec()
    };
    let converse = |write: &dyn Fn(&str) -> String| {
        let events = [
            ("messageStart", r#"{"role":"assistant"}"#),
            ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"Go"}}"#),
            ("contentBlockDelta", r#"{"contentBlockIndex":1,"delta":{"text":"Bye"}}"#),
            ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"od"}}"#),
            ("contentBlockDelta", r#"{"delta":{"text":" day"}}"#),
            ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
            ("contentBlockStop", r#"{"contentBlockIndex":1}"#),
            ("messageStop", r#"{"stopReason":"end_turn"}"#),
            ("metadata", r#"{"usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}"#),
        ];
        let body: Vec<u8> = events.iter().flat_map(|(name, payload)| frame(name, &write(payload))).collect();
        let mut reader = Reader::new(Framing::EventStream);
        reader.push(&body, &mut EventSink::none()).unwrap();
        reader.finish(&mut EventSink::none()).unwrap()
    };
    let usual = converse(&|line| line.to_owned());
    assert_eq!(usual, converse(&spaced));
    assert_eq!(
        serde_json::to_value(&usual.reply.content).unwrap(),
        json!([{"type": "text", "text": "Good day"}, {"type": "text", "text": "Bye"}])
    );
}

/// A delta that brings nothing, or a kind that nobody knows, divides no block and begins none.
#[test]
fn a_delta_that_says_nothing_divides_no_block() {
    let delta = |delta: &str| format!(r#"{{"contentBlockDelta":{{"contentBlockIndex":0,"delta":{delta}}}}}"#);
    let call = json!([{"type": "tool_use", "id": "t", "name": "look", "input": {"a": 1}}]);
    let text = json!([{"type": "text", "text": "Good day"}]);
    let start = r#"{"contentBlockStart":{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t","name":"look"}}}}"#;
    let stop = r#"{"contentBlockStop":{"contentBlockIndex":0}}"#;
    for nothing in [
        "{}",
        r#"{"zz":1}"#,
        r#"{"text":null}"#,
        r#"{"text":""}"#,
        r#"{"toolUse":{"input":""}}"#,
        r#"{"toolUse":null}"#,
        r#"{"reasoningContent":{"text":""}}"#,
        r#"{"reasoningContent":{"signature":""}}"#,
        r#"{"reasoningContent":{}}"#,
        r#"{"reasoningContent":{"zz":1}}"#,
        r#"{"reasoningContent":{"redactedContent":""}}"#,
        r#"{"toolResult":[]}"#,
        r#"{"citation":{}}"#,
    ] {
        let nothing = delta(nothing);
        let pieces = [r#"{"toolUse":{"input":"{\"a\":"}}"#, r#"{"toolUse":{"input":"1}"}}"#].map(delta);
        let lines = [start, &pieces[0], &nothing, &pieces[1], stop].join("\n");
        let emitted =
            ["tool_use_start:look", r#"tool_input_delta:{"a":"#, "tool_input_delta:1}", "stop:tool_use"];
        for format in ["converse", "nova"] {
            check(format, &nova_like(format, &lines, "tool_use"), call.clone(), &emitted);
        }
        let pieces = [r#"{"text":"Good"}"#, r#"{"text":" day"}"#].map(delta);
        let emitted = ["text_delta:Good", "text_delta: day", "stop:end_turn"];
        for lines in [
            [&*pieces[0], &nothing, &pieces[1], stop].join("\n"),
            [&*pieces[0], &pieces[1], &nothing, stop].join("\n"),
        ] {
            for format in ["converse", "nova"] {
                check(format, &nova_like(format, &lines, "end_turn"), text.clone(), &emitted);
            }
        }
    }
}

/// Two kinds in one delta are two deltas.
#[test]
fn a_delta_of_two_kinds_is_read_whole() {
    let lines = r#"{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"Good","zz":1,"toolUse":{"input":"{}"}}}}
{"contentBlockStop":{"contentBlockIndex":0}}"#;
    let (_, answer) = read("converse", Framing::JsonLines, &nova_like("converse", lines, "end_turn"));
    assert_eq!(answer["reply"]["content"][0], json!({"type": "text", "text": "Good"}), "{answer:#}");
    assert_eq!(answer["reply"]["content"][1]["type"], "tool_use", "{answer:#}");
    assert_eq!(answer["unknown"].as_array().unwrap().len(), 1, "{answer:#}");
}

/// Nor does it change which format a stream is taken for.
#[test]
fn a_delta_that_says_nothing_decides_no_format() {
    for nothing in ["{}", r#"{"zz":1}"#, r#"{"toolUse":{"input":""}}"#, r#"{"text":""}"#, r#"{"image":{}}"#] {
        let chunks = [
            r#"{"messageStart":{"role":"assistant"}}"#,
            r#"{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"aa"}}}"#,
            &format!(r#"{{"contentBlockDelta":{{"contentBlockIndex":0,"delta":{nothing}}}}}"#),
            r#"{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"bb"}}}"#,
            r#"{"contentBlockStop":{"contentBlockIndex":0}}"#,
            r#"{"contentBlockDelta":{"contentBlockIndex":1,"delta":{"text":"Hi"}}}"#,
            r#"{"contentBlockStop":{"contentBlockIndex":1}}"#,
            r#"{"messageStop":{"stopReason":"end_turn"}}"#,
            r#"{"metadata":{"usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2},"metrics":{"latencyMs":5}}}"#,
        ];
        let frame = |chunk: &str| {
            let payload = json!({"bytes": base64_simd::STANDARD.encode_to_string(chunk)}).to_string();
            FrameBuilder::event("chunk").build(payload.as_bytes()).unwrap().into_bytes().to_vec()
        };
        let body: Vec<u8> = chunks.iter().flat_map(|chunk| frame(chunk)).collect();
        let mut reader = Reader::new(Framing::EventStream);
        reader.push(&body, &mut EventSink::none()).unwrap();
        let answer = reader.finish(&mut EventSink::none()).unwrap();
        assert_eq!(answer.format, "converse", "{nothing}: {answer:#?}");
        let texts = json!([{"type": "text", "text": "aabb"}, {"type": "text", "text": "Hi"}]);
        assert_eq!(serde_json::to_value(&answer.reply.content).unwrap(), texts, "{nothing}");
    }
}

/// Some servers put the name around an event that has it already.
#[test]
fn events_of_converse_that_are_named_twice() {
    let lines = nova_like(
        "converse",
        r#"{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"Good"}}}
{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":" day"}}}
{"contentBlockStop":{"contentBlockIndex":0}}"#,
        "end_turn",
    );
    let event = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap();
        (value.as_object().unwrap().keys().next().unwrap().clone(), value)
    };
    for bare in ["", "metadata", "contentBlockDelta", "messageStop"] {
        let body: String = lines
            .lines()
            .map(|line| {
                let (name, event) = event(line);
                let event = if name == bare { &event[bare] } else { &event };
                format!("event: {name}\ndata: {event}\n\n")
            })
            .collect();
        let (_, answer) = read("converse", Framing::Sse, &body);
        assert_eq!(answer["reply"]["content"], json!([{"type": "text", "text": "Good day"}]), "{bare}");
        assert_eq!(answer.get("unknown"), None, "{bare}");
        let mut reader = Reader::new(Framing::Sse);
        reader.push(body.as_bytes(), &mut EventSink::none()).unwrap();
        assert_eq!(reader.finish(&mut EventSink::none()).unwrap().text(), "Good day", "{bare}");
    }
}

/// A server of events may give them names of its own.
#[test]
fn events_of_converse_under_other_names() {
    let lines = nova_like(
        "converse",
        r#"{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"Good"}}}
{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":" day"}}}
{"contentBlockStop":{"contentBlockIndex":0}}"#,
        "end_turn",
    );
    for name in ["message", "chunk", "data"] {
        let body: String = lines.lines().map(|line| format!("event: {name}\ndata: {line}\n\n")).collect();
        let (_, answer) = read("converse", Framing::Sse, &body);
        assert_eq!(answer["reply"]["content"], json!([{"type": "text", "text": "Good day"}]), "{name}");
        assert_eq!(answer.get("unknown"), None, "{name}");
    }
    // One that is new is none of those whose members it has.
    let new = "event: hologramStop\ndata: {\"contentBlockIndex\":0}\n\n";
    let body: String = lines.lines().map(|line| format!("event: chunk\ndata: {line}\n\n")).collect();
    let (_, answer) = read("converse", Framing::Sse, &(body + new));
    assert_eq!(answer["unknown"], json!([{"hologramStop": {"contentBlockIndex": 0}}]));
}

/// Some servers write the content of a message as one text.
#[test]
fn a_content_that_is_a_text_is_emitted_wherever_it_stands() {
    let item = |text: &str| format!(r#"{{"type":"message","id":"m","role":"assistant","content":"{text}"}}"#);
    let event = |name: &str, text: &str| {
        format!(r#"{{"type":"response.output_item.{name}","output_index":0,"item":{}}}"#, item(text))
    };
    let delta = r#"{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":" day"}"#;
    let end = |output: &str| {
        format!(
            r#"{{"type":"response.completed","response":{{"id":"r","object":"response","status":"completed","output":[{output}]}}}}"#
        )
    };
    for (lines, emitted) in [
        (vec![event("added", "Good"), delta.to_owned(), end("")], &["Good", " day"][..]),
        (vec![event("added", ""), event("done", "Good day"), end("")], &["Good day"]),
        (
            vec![event("added", ""), delta.replace(" day", "Good"), event("done", "Good day"), end("")],
            &["Good", " day"],
        ),
        (vec![event("added", "Good"), delta.to_owned(), event("done", ""), end("")], &["Good", " day"]),
        (vec![end(&item("Good day"))], &["Good day"]),
    ] {
        let emitted: Vec<_> = emitted.iter().map(|text| format!("text_delta:{text}")).collect();
        let mut emitted: Vec<_> = emitted.iter().map(String::as_str).collect();
        emitted.push("stop:end_turn");
        let content = json!([{"type": "text", "text": "Good day"}]);
        check("openai-responses", &lines.join("\n"), content, &emitted);
    }
}

/// What begins without index and id is a further item, unless only pieces of the last one have come.
#[test]
fn items_that_begin_without_index_and_id() {
    let message =
        r#"{"type":"response.output_item.added","item":{"type":"message","role":"assistant","content":[]}}"#;
    let delta = |text: &str| format!(r#"{{"type":"response.output_text.delta","delta":"{text}"}}"#);
    for (lines, texts) in [
        ([message, &delta("Good "), message, &delta("day")], vec!["Good ", "day"]),
        ([&*delta("Good "), message, &delta("day"), ""], vec!["Good day"]),
        ([&*delta("Good "), &delta("day"), "", ""], vec!["Good day"]),
    ] {
        let lines = lines.join("\n") + "\n" + RESPONSE_END;
        let content = texts.iter().map(|text| json!({"type": "text", "text": text})).collect();
        let emitted = ["text_delta:Good ", "text_delta:day", "stop:end_turn"];
        check("openai-responses", &lines, content, &emitted);
    }
}

/// Interleaved, identified by their ids alone; and parts of a text without any position.
#[test]
fn items_without_an_index() {
    let (calls, end) = (two_calls(), RESPONSE_END);
    let text = |words: &str| json!([{"type": "text", "text": words}]);
    let lines = format!(r#"{{"type":"response.output_item.added","item":{{"type":"function_call","id":"a","call_id":"a","name":"north","arguments":""}}}}
{{"type":"response.output_item.added","item":{{"type":"function_call","id":"b","call_id":"b","name":"south","arguments":""}}}}
{{"type":"response.function_call_arguments.delta","item_id":"b","delta":"{{\"b\":2}}"}}
{{"type":"response.function_call_arguments.delta","item_id":"a","delta":"{{\"a\":1}}"}}
{end}"#).replace(r#""{"b":2}""#, r#""{\"b\":2}""#);
    let (_, answer) = read("openai-responses", Framing::JsonLines, &lines);
    assert_eq!(answer["reply"]["content"], calls);
    let lines = format!(
        r#"{{"type":"response.output_text.delta","item_id":"i","delta":"Good "}}
{{"type":"response.output_text.delta","item_id":"i","delta":"day"}}
{end}"#
    );
    check(
        "openai-responses",
        &lines,
        text("Good day"),
        &["text_delta:Good ", "text_delta:day", "stop:end_turn"],
    );
}
