//! Members that no type knows, wherever they stand in a stream: each is found again once, in the answer where it has a place for
//! it, else beside it under the event in which it stood.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bedrock_aggregate::{Answer, Event, EventSink, Framing, Reader};
use bedrock_testing::splits;
use bedrock_testing::story::one_story;
use serde_json::{Value, json};

fn read(format: &str, body: &str) -> Answer {
    let mut first: Option<Answer> = None;
    for pieces in splits(body.as_bytes(), body.len() as u64) {
        let mut emitted: Vec<Value> = Vec::new();
        let mut on_event = |event: Event<'_>| emitted.push(serde_json::to_value(&event).unwrap());
        let mut reader = Reader::new(Framing::JsonLines).with_format(format).unwrap();
        for piece in pieces {
            reader.push(piece, &mut EventSink::new(&mut on_event)).unwrap();
        }
        let answer = reader.finish(&mut EventSink::new(&mut on_event)).unwrap();
        one_story(&emitted, &serde_json::to_value(&answer).unwrap())
            .unwrap_or_else(|difference| panic!("{difference}: {emitted:#?}\n{answer:#?}"));
        assert_eq!(first.get_or_insert_with(|| answer.clone()), &answer);
    }
    first.unwrap()
}

/// Holds that each `<n>` of the lines is found again once, and gives the answer.
fn check(format: &str, lines: &str) -> Answer {
    let answer = read(format, lines);
    assert!(answer.completeness.is_complete() && answer.malformed.is_empty(), "{format}: {answer:#?}");
    let kept = json!({"native": answer.native, "unknown": answer.unknown}).to_string();
    let marks = lines.matches('<').count();
    assert!(marks > 3, "{lines}");
    for mark in lines.split('<').skip(1).map(|rest| rest.split_once('>').unwrap().0) {
        let mark = format!("<{mark}>");
        assert_eq!(kept.matches(&mark).count(), 1, "{format}: {mark} in {kept}");
    }
    answer
}

#[test]
fn of_converse() {
    let answer = check(
        "converse",
        r#"{"messageStart":{"role":"assistant","z":"<0>"},"beside":"<1>"}
{"contentBlockStart":{"contentBlockIndex":0,"z":"<2>","start":{"toolUse":{"toolUseId":"t","name":"look","z":"<3>"},"z":"<4>"}}}
{"contentBlockDelta":{"contentBlockIndex":0,"z":"<5>","delta":{"toolUse":{"input":"{}","z":"<6>"}}},"beside":"<7>"}
{"contentBlockStop":{"contentBlockIndex":0,"z":"<8>"}}
{"contentBlockDelta":{"contentBlockIndex":1,"delta":{"text":"Hi","z":"<9>"}}}
{"contentBlockDelta":{"contentBlockIndex":1,"delta":{"text":" ho"},"z":"<10>"}}
{"contentBlockDelta":{"contentBlockIndex":1,"delta":{"hologram":{"z":"<11>"}}}}
{"contentBlockStop":{"contentBlockIndex":1}}
{"contentBlockDelta":{"contentBlockIndex":2,"delta":{"reasoningContent":{"text":"Hm","z":"<12>"}}}}
{"contentBlockDelta":{"contentBlockIndex":2,"delta":{"reasoningContent":{"text":"m.","signature":"<s>","z":"<13>"}}}}
{"contentBlockDelta":{"contentBlockIndex":2,"delta":{"reasoningContent":{"z":"<14>"}}}}
{"contentBlockStop":{"contentBlockIndex":2}}
{"contentBlockDelta":{"contentBlockIndex":3,"delta":{"reasoningContent":{"redactedContent":"YQ==","z":"<15>"}}}}
{"contentBlockStop":{"contentBlockIndex":3}}
{"messageStop":{"stopReason":"tool_use","z":"<16>"}}
{"metadata":{"usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2,"z":"<17>"},"metrics":{"latencyMs":1,"z":"<18>"},"z":"<19>"}}
"#,
    );
    assert_eq!(answer.text(), "Hi ho");
    let native = answer.native.unwrap().to_json();
    let content = &native["output"]["message"]["content"];
    let reasoning = json!({"reasoningText": {"text": "Hmm.", "signature": "<s>"}});
    assert_eq!(content[2]["reasoningContent"], reasoning, "{native}");
    assert_eq!(content[3]["reasoningContent"]["redactedContent"], "YQ==", "{native}");
    let of_delta = json!({"contentBlockDelta": {"contentBlockIndex": 1, "delta": {"z": "<9>"}}});
    assert!(answer.unknown.values().any(|kept| kept == of_delta), "{:?}", answer.unknown);
}

#[test]
fn of_nova() {
    check(
        "nova",
        r#"{"messageStart":{"role":"assistant","z":"<0>"},"beside":"<1>"}
{"contentBlockStart":{"contentBlockIndex":0,"z":"<2>","start":{"toolUse":{"toolUseId":"t","name":"look","z":"<3>"},"z":"<4>"}}}
{"contentBlockDelta":{"contentBlockIndex":0,"z":"<5>","delta":{"toolUse":{"input":"{}","z":"<6>"}}}}
{"contentBlockStop":{"contentBlockIndex":0,"z":"<8>"}}
{"contentBlockDelta":{"contentBlockIndex":1,"delta":{"text":"Hi","z":"<9>"}}}
{"contentBlockStop":{"contentBlockIndex":1}}
{"contentBlockDelta":{"contentBlockIndex":2,"delta":{"reasoningContent":{"reasoningText":{"text":"Hm","z":"<12>"},"z":"<13>"}}}}
{"contentBlockStop":{"contentBlockIndex":2}}
{"messageStop":{"stopReason":"tool_use","z":"<16>"}}
{"metadata":{"usage":{"inputTokens":1,"outputTokens":1},"metrics":{},"trace":{},"z":"<19>"}}
"#,
    );
}

#[test]
fn of_anthropic() {
    let answer = check(
        "anthropic",
        r#"{"type":"message_start","z":"<0>","message":{"id":"m","type":"message","role":"assistant","model":"x","content":[],"z":"<1>","usage":{"input_tokens":1,"output_tokens":1}}}
{"type":"ping","z":"<2>"}
{"type":"content_block_start","index":0,"z":"<3>","content_block":{"type":"tool_use","id":"t","name":"look","input":{},"z":"<4>"}}
{"type":"content_block_delta","index":0,"z":"<5>","delta":{"type":"input_json_delta","partial_json":"{}","z":"<6>"}}
{"type":"content_block_stop","index":0,"z":"<7>"}
{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}
{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Hi","z":"<8>"}}
{"type":"content_block_delta","index":1,"z":"<9>","delta":{"type":"future_delta","x":"<10>"}}
{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","zz_text":"<11>"}}
{"type":"content_block_stop","index":1}
{"type":"content_block_start","index":2,"content_block":{"type":"thinking","thinking":"","signature":""}}
{"type":"content_block_delta","index":2,"delta":{"type":"thinking_delta","thinking":"Hm","z":"<12>"}}
{"type":"content_block_delta","index":2,"delta":{"type":"signature_delta","signature":"s","z":"<13>"}}
{"type":"content_block_stop","index":2}
{"type":"message_delta","z":"<14>","delta":{"stop_reason":"tool_use","z":"<15>"},"usage":{"output_tokens":2}}
{"type":"message_stop","z":"<16>"}
"#,
    );
    let of_delta = json!({"type": "content_block_delta", "index": 1, "delta": {"z": "<8>"}});
    assert!(answer.unknown.values().any(|kept| kept == of_delta), "{:?}", answer.unknown);
    let native = answer.native.unwrap().to_json();
    assert_eq!(native["z"], json!(["<1>", "<0>", "<15>", "<14>", "<16>"]));
}

#[test]
fn of_responses() {
    check(
        "openai-responses",
        r#"{"type":"response.created","z":"<0>","response":{"id":"r","output":[]}}
{"type":"response.output_item.added","output_index":0,"z":"<1>","item":{"type":"message","id":"m","role":"assistant","content":[]}}
{"type":"response.content_part.added","item_id":"m","output_index":0,"content_index":0,"z":"<2>","part":{"type":"output_text","text":""}}
{"type":"response.output_text.delta","item_id":"m","output_index":0,"content_index":0,"delta":"Hi","z":"<3>"}
{"type":"response.output_text.delta","item_id":"m","output_index":0,"content_index":0,"delta":" ho","z":"<4>"}
{"type":"response.output_text.done","item_id":"m","output_index":0,"content_index":0,"text":"Hi ho","z":"<5>"}
{"type":"response.output_item.done","output_index":0,"z":"<6>","item":{"type":"message","id":"m","role":"assistant","content":[{"type":"output_text","text":"Hi ho","z":"<7>"}]}}
{"type":"response.completed","z":"<8>","response":{"id":"r","status":"completed","output":[],"z":"<9>"}}"#,
    );
}

/// What the service's own tools take and give is kept also where nobody has said which item it is of.
#[test]
fn of_tools_of_the_service_that_have_no_item() {
    check(
        "openai-responses",
        r#"{"type":"response.created","response":{"id":"r","output":[]}}
{"type":"response.code_interpreter_call_code.delta","output_index":0,"delta":"<0>"}
{"type":"response.mcp_call_arguments.done","output_index":1,"arguments":"<1>"}
{"type":"response.shell_call_command.delta","output_index":2,"command_index":0,"delta":"<2>"}
{"type":"response.image_generation_call.partial_image","output_index":3,"partial_image_b64":"<3>"}
{"type":"response.completed","response":{"id":"r","status":"completed","output":[]}}"#,
    );
}

/// What an event says of the whole message, a later one of its kind may say otherwise: that holds, and the rest stays.
#[test]
fn of_events_that_come_again() {
    let stop = |field: &str| {
        format!(
            r#"{{"messageStop":{{"stopReason":"end_turn","additionalModelResponseFields":{{"z":"{field}"}}}}}}"#
        )
    };
    let converse = [
        r#"{"messageStart":{"role":"assistant"}}"#,
        r#"{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"Hi"}}}"#,
        r#"{"contentBlockStop":{"contentBlockIndex":0}}"#,
        &stop("<0>"),
        &stop("<1>"),
        r#"{"metadata":{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3,"z":"<2>"},"metrics":{"latencyMs":5,"z":"<3>"},"trace":{"guardrail":{"modelOutput":["<4>"]}}}}"#,
        r#"{"metadata":{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},"metrics":{"latencyMs":5},"trace":{"promptRouter":{"invokedModelId":"<5>"}}}}"#,
    ];
    let answer = check("converse", &converse.join("\n"));
    assert_eq!(
        answer.unknown,
        [
            json!({"messageStop": {"additionalModelResponseFields": {"z": "<0>"}}}),
            json!({"metadata": {"usage": {"z": "<2>"}, "metrics": {"z": "<3>"}, "trace": {"guardrail": {"modelOutput": ["<4>"]}}}}),
        ]
    );
    let answer = check(
        "nova",
        r#"{"messageStart":{"role":"assistant"}}
{"contentBlockDelta":{"delta":{"text":"Hi"},"contentBlockIndex":0}}
{"contentBlockStop":{"contentBlockIndex":0}}
{"messageStop":{"stopReason":"end_turn"}}
{"metadata":{"usage":{"inputTokens":1,"outputTokens":2,"z":"<0>"},"metrics":{"z":"<1>"},"trace":{}}}
{"metadata":{"usage":{"inputTokens":1,"outputTokens":2},"metrics":{"z":"<2>"},"trace":{"z":"<3>"}}}"#,
    );
    assert_eq!(answer.unknown, [json!({"metadata": {"usage": {"z": "<0>"}, "metrics": {"z": "<1>"}}})]);
}

#[test]
fn of_choices_of_text_completions() {
    check(
        "text-completion",
        r#"{"object":"text_completion","choices":[{"index":0,"text":"a","finish_reason":null,"z":"<0>"}]}
{"object":"text_completion","choices":[{"index":0,"text":"b","finish_reason":null,"z":"<1>"}]}
{"object":"text_completion","choices":[{"index":0,"text":"c","finish_reason":"stop","z":"<2>","y":{"z":"<3>"}}],"usage":{"prompt_tokens":1,"completion_tokens":1}}"#,
    );
}

/// The pieces of an image of Converse's.
#[test]
fn of_images() {
    let answer = check(
        "converse",
        r#"{"messageStart":{"role":"assistant"}}
{"contentBlockStart":{"contentBlockIndex":0,"start":{"image":{"format":"png"}}}}
{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"image":{"source":{"bytes":"<0>"},"z":"<1>"}}}}
{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"image":{"source":{},"z":"<2>"}}}}
{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"image":{"source":{"bytes":"<3>"}}}}}
{"contentBlockStop":{"contentBlockIndex":0}}
{"messageStop":{"stopReason":"end_turn"}}
{"metadata":{"usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2},"metrics":{"latencyMs":1}}}"#,
    );
    assert_eq!(answer.reply.content.len(), 1, "{answer:#?}");
}

#[test]
fn of_texts_that_stand_in_lists() {
    let measured = r#""amazon-bedrock-invocationMetrics":{"inputTokenCount":9,"outputTokenCount":2,"invocationLatency":400,"firstByteLatency":200}"#;
    let answer = check(
        "mistral-text",
        &format!(
            r#"{{"outputs":[{{"text":" Hel","stop_reason":null,"z":"<0>"}},{{"text":"Oy","stop_reason":null,"z":"<1>"}}],"z":"<2>"}}
{{"outputs":[{{"stop_reason":null,"zz_text":"<3>","z":"<4>"}}]}}
{{"outputs":[{{"text":"lo","stop_reason":"length"}},{{"text":"","stop_reason":"stop"}}],{measured}}}
"#
        ),
    );
    let native = answer.native.unwrap().to_json();
    let first = json!({"text": " Hello", "stop_reason": "length", "z": ["<0>", "<4>"], "zz_text": "<3>"});
    assert_eq!(native["outputs"][0], first);
    assert_eq!(native["outputs"][1]["z"], "<1>");
}

#[test]
fn of_command_r() {
    check(
        "cohere-command-r",
        r#"{"event_type":"stream-start","generation_id":"g","is_finished":false,"z":"<0>"}
{"event_type":"tool-calls-chunk","is_finished":false,"tool_call_delta":{"index":0,"name":"go","z":"<1>"},"z":"<2>"}
{"event_type":"tool-calls-chunk","is_finished":false,"tool_call_delta":{"index":0,"parameters":"{}","z":"<3>"}}
{"event_type":"stream-end","finish_reason":"COMPLETE","is_finished":true,"z":"<4>","response":{"text":"","generation_id":"g","z":"<5>","tool_calls":[{"name":"go","parameters":{},"z":"<6>"}],"meta":{"tokens":{"input_tokens":4,"output_tokens":9}}}}
"#,
    );
}

/// A part of a text that has more to say than its text is emitted as text, as the reply has it.
#[test]
fn of_a_text_s_parts() {
    let chunk = |delta: &str, stop: &str| {
        format!(
            r#"{{"id":"a","object":"chat.completion.chunk","created":1,"model":"pixtral","choices":[{{"index":0,"message":{{"role":"assistant","content":[{delta}]}},"stop_reason":{stop}}}]}}"#
        )
    };
    let lines = [
        chunk(r#"{"z":"<0>","type":"text","text":"Fo"}"#, "null"),
        chunk(r#"{"type":"text","text":"ur"}"#, "null"),
        chunk(
            r#"{"type":"text","text":".","z":"<1>"},{"type":"text","text":"!","y":"<2>","x":"<3>"}"#,
            r#""stop""#,
        ),
    ];
    let measured = r#","amazon-bedrock-invocationMetrics":{"inputTokenCount":9,"outputTokenCount":2,"invocationLatency":400,"firstByteLatency":200}}"#;
    let lines = lines.join("\n").strip_suffix('}').unwrap().to_owned() + measured;
    assert_eq!(check("mistral-chat", &lines).text(), "Four.!");
}

/// A member that comes again and again takes the room of one.
#[test]
fn what_is_repeated_is_kept_once() {
    let delta = r#"{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"a","z":1}}}"#;
    let answer = read("converse", &format!("{delta}\n").repeat(20));
    assert_eq!(answer.text(), "a".repeat(20));
    assert_eq!(answer.unknown.len(), 1, "{:?}", answer.unknown);
}

/// A member that the event's type does not know and the message's does has no place beside the message's own.
#[test]
fn of_events_under_names_of_the_message() {
    for (format, lines) in [
        (
            "anthropic",
            r#"{"type":"message_start","model":"<0>","message":{"id":"A","type":"message","role":"assistant","model":"m","content":[],"usage":{"input_tokens":3}}}
{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"Hi"}}
{"type":"content_block_stop","index":0}
{"type":"message_delta","id":"<1>","delta":{"stop_reason":"end_turn","model":"<2>","role":"<3>"},"usage":{"output_tokens":3}}
{"type":"message_stop","model":"<4>"}"#,
        ),
        (
            "nova",
            r#"{"messageStart":{"role":"assistant","content":"<0>"}}
{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"Hi"}}}
{"contentBlockStop":{"contentBlockIndex":0}}
{"messageStop":{"stopReason":"end_turn","usage":"<1>","output":"<2>"}}
{"metadata":{"usage":{"inputTokens":1,"outputTokens":1},"metrics":{},"trace":{},"stopReason":"<3>"}}"#,
        ),
        (
            "converse",
            r#"{"messageStart":{"role":"assistant","output":"<0>"}}
{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"Hi"}}}
{"contentBlockStop":{"contentBlockIndex":0}}
{"messageStop":{"stopReason":"end_turn","usage":"<1>","metrics":"<2>"}}
{"metadata":{"usage":{"inputTokens":1,"outputTokens":1},"metrics":{"latencyMs":1},"stopReason":"<3>"}}"#,
        ),
    ] {
        assert_eq!(check(format, lines).text(), "Hi", "{format}");
    }
}
