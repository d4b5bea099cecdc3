//! A stream holds one message, the first: what begins another, goes on after the end or contradicts what was emitted is kept apart,
//! and the answer is not complete.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bedrock_aggregate::{Answer, Event, EventSink, Framing, Reader};
use bedrock_eventstream::frame::FrameBuilder;
use bedrock_testing::splits;
use bedrock_testing::story::one_story;
use serde_json::Value;

/// What is emitted of a stream, and the answer, the same at any split.
pub(crate) fn read(format: &str, framing: Framing, body: &[u8]) -> (Vec<Value>, Answer) {
    let mut first = None;
    for pieces in splits(body, body.len() as u64) {
        let mut emitted = Vec::new();
        let mut on_event = |event: Event<'_>| emitted.push(serde_json::to_value(&event).unwrap());
        let mut reader = Reader::new(framing).with_format(format).unwrap();
        for piece in pieces {
            if reader.push(piece, &mut EventSink::new(&mut on_event)).is_err() {
                break;
            }
        }
        let answer = reader.finish(&mut EventSink::new(&mut on_event)).unwrap();
        if let Some(first) = &first {
            assert_eq!(&(emitted, answer), first);
        } else {
            one_story(&emitted, &serde_json::to_value(&answer).unwrap())
                .unwrap_or_else(|difference| panic!("{difference}: {emitted:#?}\n{answer:#?}"));
            first = Some((emitted, answer));
        }
    }
    first.unwrap()
}

/// The first message's text and what is said of the rest, and the text of each that follows; a part of the reason.
pub(crate) fn check(format: &str, lines: &str, text: &str, why: &str, later: &[&str]) {
    let (_, answer) = read(format, Framing::JsonLines, lines.as_bytes());
    assert_eq!(answer.reply.text(), text, "{lines}\n{answer:#?}");
    let missing = answer.completeness.missing().unwrap_or_else(|| panic!("complete: {lines}"));
    assert!(missing.names().contains(&"chunk"), "{missing}");
    let other = missing.other_message.as_deref().unwrap();
    assert!(other.contains(why), "{other}");
    assert!(other.starts_with("in line "), "{other}");
    let texts: Vec<_> = answer.later.iter().map(Answer::text).collect();
    assert_eq!(texts, later, "{lines}\n{answer:#?}");
    assert!(answer.malformed.is_empty() && answer.unknown.is_empty(), "{answer:#?}");
}

/// Anthropic's events: `start id`, `text index`, `say index words`, `call index`, `input index words`, `stop index`, `end`, `cut`,
/// `over`, `verdict`.
fn anthropic(words: &str) -> String {
    let line = |word: &str| {
        let parts: Vec<_> = word.trim().splitn(3, ' ').collect();
        let index = parts.get(1).copied().unwrap_or_default();
        match parts[0] {
            "start" => format!(
                r#"{{"type":"message_start","message":{{"id":"{index}","type":"message","role":"assistant","model":"m","content":[],"usage":{{"input_tokens":3}}}}}}"#
            ),
            "text" => format!(
                r#"{{"type":"content_block_start","index":{index},"content_block":{{"type":"text","text":""}}}}"#
            ),
            "call" => format!(
                r#"{{"type":"content_block_start","index":{index},"content_block":{{"type":"tool_use","id":"t","name":"go","input":{{}}}}}}"#
            ),
            "say" => format!(
                r#"{{"type":"content_block_delta","index":{index},"delta":{{"type":"text_delta","text":"{}"}}}}"#,
                parts[2]
            ),
            "input" => format!(
                r#"{{"type":"content_block_delta","index":{index},"delta":{{"type":"input_json_delta","partial_json":"{}"}}}}"#,
                parts[2]
            ),
            "stop" => format!(r#"{{"type":"content_block_stop","index":{index}}}"#),
            "end" | "cut" => {
                let reason = if parts[0] == "cut" { "max_tokens" } else { "end_turn" };
                format!(
                    r#"{{"type":"message_delta","delta":{{"stop_reason":"{reason}"}},"usage":{{"output_tokens":5}}}}"#
                )
            }
            "verdict" => r#"{"amazon-bedrock-guardrailAction":"INTERVENED"}"#.to_owned(),
            _ => r#"{"type":"message_stop"}"#.to_owned(),
        }
    };
    words.split(';').map(|word| line(word) + "\n").collect()
}

#[test]
fn messages_that_follow_an_anthropic_one() {
    let whole = "start B; text 0; say 0 Two.; stop 0; end; over";
    for (words, text, why, later) in [
        (
            format!("start A; text 0; say 0 One.; stop 0; {whole}"),
            "One.",
            "second message_start",
            &["Two."][..],
        ),
        (format!("start A; call 0; input 0 [1; {whole}"), "", "second message_start", &["Two."]),
        (
            format!("start A; text 0; say 0 One.; stop 0; end; over; {whole}"),
            "One.",
            "second message_start",
            &["Two."],
        ),
        (format!("{whole}; {whole}; {whole}"), "Two.", "second message_start", &["Two.", "Two."]),
        // A block that begins again, open or ended.
        (
            "start A; text 0; say 0 One.; text 0; say 0 Two.; stop 0; end; over".into(),
            "One.",
            "second content_block_start of block 0",
            &["Two."],
        ),
        (
            "start A; text 0; say 0 One.; stop 0; text 0; say 0 Two.; stop 0; end; over".into(),
            "One.",
            "second content_block_start of block 0",
            &["Two."],
        ),
        (
            "start A; text 0; say 0 One.; stop 0; call 0; stop 0; end; over".into(),
            "One.",
            "second content_block_start of block 0",
            &[""],
        ),
        // What goes on after the end.
        (
            "start A; text 0; say 0 One.; stop 0; end; over; say 0 Two.; stop 0".into(),
            "One.",
            "content_block_delta after the end",
            &["Two."],
        ),
        (
            "start A; text 0; say 0 One.; end; over; stop 0".into(),
            "One.",
            "content_block_stop after the end",
            &[""],
        ),
        (
            "start A; text 0; say 0 One.; stop 0; end; over; text 1; say 1 Two.".into(),
            "One.",
            "content_block_start after the end",
            &["Two."],
        ),
        (
            "start A; text 0; say 0 One.; stop 0; end; over; end; over".into(),
            "One.",
            "message_delta after the end",
            &[""],
        ),
        // Two reasons: the first message has not ended with the second.
        ("start A; text 0; say 0 One.; stop 0; end; cut; over".into(), "One.", "a second stop_reason", &[""]),
        (
            "start A; call 0; input 0 [1]; stop 0; input 0 ,2; end; over".into(),
            "",
            "block 0, which has ended",
            &[""],
        ),
    ] {
        check("anthropic", &anthropic(&words), text, why, later);
    }
}

#[test]
fn a_stop_that_is_repeated_ends_once() {
    for (format, lines) in [
        ("anthropic", anthropic("start A; text 0; say 0 One.; stop 0; stop 0; call 1; stop 1; stop 1; stop 0; end; over; over; stop 1")),
        ("anthropic", r#"{"type":"message_start","message":{"id":"m","role":"assistant","content":[],"usage":{"input_tokens":1}}}
{"type":"content_block_start","index":0,"content_block":{"type":"redacted_thinking","data":"YWJj"}}
{"type":"content_block_stop","index":0}
{"type":"content_block_stop","index":0}
{"type":"content_block_start","index":1,"content_block":{"type":"server_tool_use","id":"s","name":"search","input":{}}}
{"type":"content_block_stop","index":1}
{"type":"content_block_stop","index":1}
{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}
{"type":"message_stop"}
"#.to_owned()),
        ("converse", r#"{"messageStart":{"role":"assistant"}}
{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"reasoningContent":{"redactedContent":"YWJj"}}}}
{"contentBlockStop":{"contentBlockIndex":0}}
{"contentBlockStop":{"contentBlockIndex":0}}
{"contentBlockStart":{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"t","name":"go"}}}}
{"contentBlockStop":{"contentBlockIndex":1}}
{"contentBlockStop":{"contentBlockIndex":1}}
{"contentBlockStop":{"contentBlockIndex":7}}
{"messageStop":{"stopReason":"tool_use"}}
{"contentBlockStop":{"contentBlockIndex":1}}
{"metadata":{"usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2},"metrics":{"latencyMs":1}}}
"#.to_owned()),
        ("nova", r#"{"messageStart":{"role":"assistant"}}
{"contentBlockStart":{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t","name":"go"}}}}
{"contentBlockStop":{"contentBlockIndex":0}}
{"contentBlockStop":{"contentBlockIndex":0}}
{"messageStop":{"stopReason":"tool_use"}}
{"metadata":{"usage":{"inputTokens":1,"outputTokens":1},"metrics":{},"trace":{}}}
"#.to_owned()),
        ("openai-chat", r#"{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}
{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}]}
"#.to_owned()),
        ("openai-responses", r#"{"type":"response.output_text.delta","output_index":0,"content_index":0,"item_id":"i","delta":"Hi"}
{"type":"response.completed","sequence_number":2,"response":{"id":"A","object":"response","status":"completed","output":[{"type":"message","id":"i","role":"assistant","content":[{"type":"output_text","text":"Hi"}]}],"usage":{"input_tokens":1,"output_tokens":1}}}
{"type":"response.completed","sequence_number":3,"response":{"id":"A","object":"response","status":"completed","output":[{"type":"message","id":"i","role":"assistant","content":[{"type":"output_text","text":"Hi"}]}],"usage":{"input_tokens":1,"output_tokens":1}}}
"#.to_owned()),
    ] {
        let (emitted, answer) = read(format, Framing::JsonLines, lines.as_bytes());
        assert!(answer.completeness.is_complete(), "{format}: {answer:#?}");
        assert!(answer.later.is_empty());
        for end in ["text_end", "thinking_end", "tool_use_end", "block", "stop"] {
            let of_kind: Vec<_> = emitted.iter().filter(|event| event["type"] == end).map(Value::to_string).collect();
            let mut once = of_kind.clone();
            once.dedup();
            assert_eq!(of_kind, once, "{format}");
        }
    }
}

#[test]
fn messages_that_follow_in_other_formats() {
    for (format, lines, text, why, later) in [
        (
            "llama",
            r#"{"generation":"One","stop_reason":"stop"}
{"generation":"Two","stop_reason":"stop"}"#,
            "One",
            "text 0, which has stopped",
            &["Two"][..],
        ),
        (
            "titan",
            r#"{"outputText":"One","index":0,"completionReason":"FINISH"}
{"outputText":"Two","index":0,"completionReason":"FINISH"}"#,
            "One",
            "text 0, which has stopped",
            &["Two"],
        ),
        (
            "cohere-command",
            r#"{"id":"1","generations":[{"text":"One"}]}
{"id":"2","generations":[{"text":"Two"}]}"#,
            "One",
            "a whole answer",
            &["Two"],
        ),
        (
            "ai21-j2",
            r#"{"id":1,"completions":[{"data":{"text":"One"}}]}
{"id":2,"completions":[{"data":{"text":"Two"}}]}"#,
            "One",
            "a whole answer",
            &["Two"],
        ),
        (
            "ai21-jamba",
            r#"{"id":"A","choices":[{"index":0,"delta":{"role":"assistant","content":"One"}}],"usage":{"completion_tokens":1}}
{"id":"B","choices":[{"index":0,"delta":{"role":"assistant","content":"Two"},"finish_reason":"stop"}],"usage":{"completion_tokens":2}}"#,
            "One",
            "message B",
            &["Two"],
        ),
        (
            "mistral-chat",
            r#"{"id":"A","object":"chat.completion.chunk","choices":[{"index":0,"message":{"role":"assistant","content":"One"},"stop_reason":"stop"}]}
{"id":"A","object":"chat.completion.chunk","choices":[{"index":0,"message":{"content":"Two"},"stop_reason":"stop"}]}"#,
            "One",
            "choice 0, which has stopped",
            &["Two"],
        ),
        (
            "deepseek",
            r#"{"choices":[{"text":"One","stop_reason":"stop"}]}
{"choices":[{"text":"Two","stop_reason":"stop"}]}"#,
            "One",
            "choice 0, which has stopped",
            &["Two"],
        ),
        (
            "nova",
            r#"{"messageStart":{"role":"assistant"}}
{"contentBlockDelta":{"delta":{"text":"One"},"contentBlockIndex":0}}
{"messageStart":{"role":"assistant"}}
{"contentBlockDelta":{"delta":{"text":"Two"},"contentBlockIndex":0}}
{"messageStop":{"stopReason":"end_turn"}}"#,
            "One",
            "a second messageStart",
            &["Two"],
        ),
        (
            "nova",
            r#"{"messageStart":{"role":"assistant"}}
{"contentBlockDelta":{"delta":{"text":"One"},"contentBlockIndex":0}}
{"messageStop":{"stopReason":"end_turn"}}
{"contentBlockDelta":{"delta":{"text":"Two"},"contentBlockIndex":1}}"#,
            "One",
            "contentBlockDelta after the end",
            &["Two"],
        ),
        (
            "nova",
            r#"{"messageStart":{"role":"assistant"}}
{"contentBlockStart":{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t","name":"go"}}}}
{"messageStop":{"stopReason":"tool_use"}}
{"metadata":{"usage":{"inputTokens":1,"outputTokens":1},"metrics":{},"trace":{}}}
{"contentBlockStop":{"contentBlockIndex":0}}"#,
            "",
            "contentBlockStop after the end",
            &[""],
        ),
        (
            "cohere-command-r",
            r#"{"event_type":"stream-start","generation_id":"A","is_finished":false}
{"event_type":"text-generation","text":"One","is_finished":false}
{"event_type":"stream-start","generation_id":"B","is_finished":false}
{"event_type":"text-generation","text":"Two","is_finished":false}"#,
            "One",
            "a second stream-start",
            &["Two"],
        ),
        (
            "cohere-command-r",
            r#"{"event_type":"text-generation","text":"One","is_finished":false}
{"event_type":"stream-end","finish_reason":"COMPLETE","is_finished":true,"response":{"text":"One","generation_id":"A","finish_reason":"COMPLETE"}}
{"amazon-bedrock-guardrailAction":"INTERVENED"}"#,
            "One",
            "a guardrail's verdict after the end",
            &[""],
        ),
        // A last word that says otherwise than its pieces did.
        (
            "cohere-command-r",
            r#"{"event_type":"text-generation","text":"One","is_finished":false}
{"event_type":"stream-end","finish_reason":"COMPLETE","is_finished":true,"response":{"text":"Two","generation_id":"A","finish_reason":"COMPLETE"}}"#,
            "One",
            "differs from its pieces",
            &["Two"],
        ),
        (
            "openai-responses",
            r#"{"type":"response.created","response":{"id":"A","object":"response","status":"in_progress","output":[]}}
{"type":"response.output_text.delta","output_index":0,"content_index":0,"item_id":"i","delta":"One"}
{"type":"response.completed","response":{"id":"A","object":"response","status":"completed","output":[{"type":"message","id":"i","role":"assistant","content":[{"type":"output_text","text":"Two"}]}]}}"#,
            "One",
            "differs from its pieces",
            &["Two"],
        ),
        (
            "openai-responses",
            r#"{"type":"response.output_text.delta","output_index":0,"content_index":0,"item_id":"i","delta":"One"}
{"type":"response.output_text.done","output_index":0,"content_index":0,"item_id":"i","text":"Two"}"#,
            "One",
            "differs from its pieces",
            &["Two"],
        ),
        (
            "openai-responses",
            r#"{"type":"response.output_text.delta","output_index":0,"content_index":0,"item_id":"i","delta":"One"}
{"type":"response.content_part.done","output_index":0,"content_index":0,"item_id":"i","part":{"type":"output_text","text":"Two"}}"#,
            "One",
            "differs from its pieces",
            &["Two"],
        ),
        (
            "openai-responses",
            r#"{"type":"response.output_text.delta","output_index":0,"content_index":0,"item_id":"i","delta":"One"}
{"type":"response.output_item.done","output_index":0,"item":{"type":"message","id":"i","role":"assistant","content":[{"type":"output_text","text":"Two"}]}}"#,
            "One",
            "differs from its pieces",
            &["Two"],
        ),
        (
            "openai-responses",
            r#"{"type":"response.created","response":{"id":"A","object":"response","status":"in_progress","output":[]}}
{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"One"}
{"type":"response.created","response":{"id":"B","object":"response","status":"in_progress","output":[]}}
{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"Two"}"#,
            "One",
            "a second response.created",
            &["Two"],
        ),
        // More of what has ended, though no last word has come yet.
        (
            "openai-responses",
            r#"{"type":"response.output_text.delta","output_index":0,"content_index":0,"item_id":"i","delta":"One"}
{"type":"response.content_part.done","output_index":0,"content_index":0,"item_id":"i","part":{"type":"output_text","text":"One"}}
{"type":"response.output_text.delta","output_index":0,"content_index":0,"item_id":"i","delta":"Two"}"#,
            "One",
            "more of a text or an input that has ended",
            &["Two"],
        ),
        // A piece that its item has no place for, and an item that is another than its pieces were of.
        (
            "openai-responses",
            r#"{"type":"response.output_text.delta","output_index":0,"content_index":0,"item_id":"i","delta":"One"}
{"type":"response.function_call_arguments.delta","output_index":0,"item_id":"i","delta":"{}"}"#,
            "One",
            "another kind than the item is",
            &[""],
        ),
        (
            "openai-responses",
            r#"{"type":"response.output_text.delta","output_index":0,"content_index":0,"item_id":"i","delta":"One"}
{"type":"response.content_part.done","output_index":0,"content_index":0,"item_id":"i","part":{"type":"reasoning_text","text":"One"}}"#,
            "One",
            "another kind than the item is",
            &[""],
        ),
        (
            "openai-responses",
            r#"{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"One"}
{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","id":"c","call_id":"c","name":"go","arguments":""}}"#,
            "One",
            "an item of another kind",
            &[""],
        ),
        // Input of a call of which nothing else came, and which the last word does not know.
        (
            "openai-responses",
            r#"{"type":"response.custom_tool_call_input.delta","output_index":0,"item_id":"c","delta":"One"}
{"type":"response.completed","response":{"id":"A","object":"response","status":"completed","output":[{"type":"message","id":"i","role":"assistant","content":[{"type":"output_text","text":"Two"}]}]}}"#,
            "",
            "leaves out item 0",
            &["Two"],
        ),
        // A stream of text completions is in one of two shapes.
        (
            "text-completion",
            r#"{"text":"One"}
{"object":"text_completion","choices":[{"index":0,"text":"Two","finish_reason":"stop"}]}"#,
            "One",
            "choices after a bare text",
            &["Two"],
        ),
        (
            "text-completion",
            r#"{"object":"text_completion","choices":[{"index":0,"text":"One","finish_reason":null}]}
{"text":"Two"}"#,
            "One",
            "a bare text after choices",
            &["Two"],
        ),
        (
            "text-completion",
            r#"{"object":"text_completion","choices":[{"index":0,"text":"One","finish_reason":"stop"}]}
{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Two"}}]}"#,
            "One",
            "a piece of a chat after a text",
            &[""],
        ),
        // The service found nothing, and then something, in a message that had ended.
        (
            "deepseek",
            r#"{"choices":[{"message":{"content":"One"},"stop_reason":"stop"}],"amazon-bedrock-invocationMetrics":{"inputTokenCount":1,"outputTokenCount":1}}
{"amazon-bedrock-guardrailAction":"NONE"}
{"amazon-bedrock-guardrailAction":"INTERVENED"}"#,
            "One",
            "a guardrail's verdict after the end",
            &[""],
        ),
    ] {
        check(format, lines, text, why, later);
    }
}

/// Frames of ConverseStream that say one text.
fn converse(text: &str) -> Vec<u8> {
    let events = [
        ("messageStart", r#"{"role":"assistant"}"#.to_owned()),
        ("contentBlockDelta", format!(r#"{{"contentBlockIndex":0,"delta":{{"text":"{text}"}}}}"#)),
        ("contentBlockStop", r#"{"contentBlockIndex":0}"#.to_owned()),
        ("messageStop", r#"{"stopReason":"end_turn"}"#.to_owned()),
        (
            "metadata",
            r#"{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},"metrics":{"latencyMs":1}}"#
                .to_owned(),
        ),
    ];
    events
        .iter()
        .flat_map(|(name, json)| FrameBuilder::event(name).build(json.as_bytes()).unwrap().into_bytes())
        .collect()
}

#[test]
fn two_bodies_glued_together_are_two_messages() {
    let body = [converse("North."), converse("South."), converse("East.")].concat();
    let (emitted, answer) = read("converse", Framing::EventStream, &body);
    assert_eq!(answer.text(), "North.");
    assert!(emitted.iter().all(|event| event["text"] != "South."));
    let why = answer.completeness.missing().unwrap().other_message.clone().unwrap();
    assert_eq!(why, format!("at byte {}: a second messageStart", converse("North.").len()));
    let texts: Vec<_> = answer.later.iter().map(Answer::text).collect();
    assert_eq!(texts, ["South.", "East."]);
    assert!(answer.later[1].completeness.is_complete());
    assert!(!answer.later[0].completeness.is_complete(), "another followed it");
    // So are two whole answers in one document.
    for (format, one, two) in [
        (
            "anthropic",
            r#"{"type":"message","role":"assistant","content":[{"type":"text","text":"North."}],"stop_reason":"end_turn"}"#,
            r#"{"type":"message","role":"assistant","content":[{"type":"text","text":"South."}],"stop_reason":"end_turn"}"#,
        ),
        (
            "llama",
            r#"{"generation":"North.","stop_reason":"stop"}"#,
            r#"{"generation":"South.","stop_reason":"stop"}"#,
        ),
        (
            "converse",
            r#"{"output":{"message":{"role":"assistant","content":[{"text":"North."}]}},"stopReason":"end_turn","metrics":{"latencyMs":1}}"#,
            r#"{"output":{"message":{"role":"assistant","content":[{"text":"South."}]}},"stopReason":"end_turn","metrics":{"latencyMs":1}}"#,
        ),
    ] {
        let (emitted, answer) = read(format, Framing::Json, format!("{one}{two}").as_bytes());
        assert_eq!(answer.text(), "North.", "{format}");
        assert!(emitted.iter().all(|event| event["text"] != "South."), "{format}");
        let why = answer.completeness.missing().unwrap().other_message.clone().unwrap();
        assert!(why.starts_with("in chunk 2: "), "{format}: {why}");
        assert_eq!(answer.later.iter().map(Answer::text).collect::<Vec<_>>(), ["South."], "{format}");
        let (_, answer) = read(format, Framing::Json, format!("{one}\n{two} {two}{{\"a\":").as_bytes());
        assert_eq!((answer.text().as_str(), answer.malformed.len()), ("North.", 1), "{format}");
        assert_eq!(
            answer.later.iter().map(Answer::text).collect::<Vec<_>>(),
            ["South.", "South."],
            "{format}"
        );
        assert!(!answer.later[0].completeness.is_complete(), "{format}: another follows it");
    }
    // The cost is in proportion however many follow, and what is kept is bounded.
    let many = converse("x").repeat(500);
    let (_, answer) = read("converse", Framing::EventStream, &many);
    assert!(answer.later.len() < 100 && !answer.malformed.is_empty());
}

#[test]
fn calls_that_never_began_are_told_apart() {
    let lines = anthropic("start A; input 2 [; input 1 [1]; stop 1");
    let (_, answer) = read("anthropic", Framing::JsonLines, lines.as_bytes());
    let native = answer.native.as_ref().unwrap().to_json();
    let inputs: Vec<_> = native["content"].as_array().unwrap().iter().map(|block| &block["input"]).collect();
    assert_eq!(inputs, [&serde_json::json!([1]), &Value::from("[")]);
    // One without any input can be sent back all the same.
    let lines = anthropic("start A")
        + r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":""}}"#;
    let (_, answer) = read("anthropic", Framing::JsonLines, lines.as_bytes());
    let native = answer.native.as_ref().unwrap().to_json();
    assert_eq!(native["content"][0]["input"], serde_json::json!({}));
}
