//! A whole answer where the events of a stream are expected: alone it is the answer, behind a message it is another, and one that
//! repeats what was emitted must say the same.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bedrock_aggregate::{Answer, Event, EventSink, Framing, Reader};
use bedrock_testing::splits;
use bedrock_testing::story::one_story;
use serde_json::Value;

/// The answer of these lines, the same at any split, whose events tell the same story.
fn read(format: &str, framing: Framing, body: &str) -> Answer {
    let mut first: Option<Answer> = None;
    for pieces in splits(body.as_bytes(), body.len() as u64) {
        let mut emitted: Vec<Value> = Vec::new();
        let mut on_event = |event: Event<'_>| emitted.push(serde_json::to_value(&event).unwrap());
        let mut reader = Reader::new(framing).with_format(format).unwrap();
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

/// A stream that says "One", and a whole body that says "Two", of the formats in which the two have other shapes.
const BODIES: [(&str, &str, &str); 6] = [
    (
        "converse",
        r#"{"messageStart":{"role":"assistant"}}
{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"One"}}}
{"contentBlockStop":{"contentBlockIndex":0}}
{"messageStop":{"stopReason":"end_turn"}}
{"metadata":{"usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2},"metrics":{"latencyMs":1}}}"#,
        r#"{"output":{"message":{"role":"assistant","content":[{"text":"Two"},{"toolUse":{"toolUseId":"t","name":"go","input":{"a":1}}}]}},"stopReason":"tool_use","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2},"metrics":{"latencyMs":1}}"#,
    ),
    (
        "nova",
        r#"{"messageStart":{"role":"assistant"}}
{"contentBlockDelta":{"delta":{"text":"One"},"contentBlockIndex":0}}
{"contentBlockStop":{"contentBlockIndex":0}}
{"messageStop":{"stopReason":"end_turn"}}
{"metadata":{"usage":{"inputTokens":1,"outputTokens":1},"metrics":{},"trace":{}}}"#,
        r#"{"output":{"message":{"role":"assistant","content":[{"text":"Two"}]}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}"#,
    ),
    (
        "anthropic",
        r#"{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"x","content":[],"usage":{"input_tokens":1,"output_tokens":1}}}
{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"One"}}
{"type":"content_block_stop","index":0}
{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}
{"type":"message_stop"}"#,
        r#"{"id":"n","type":"message","role":"assistant","model":"x","content":[{"type":"text","text":"Two"},{"type":"tool_use","id":"t","name":"go","input":{}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}}"#,
    ),
    (
        "titan",
        r#"{"outputText":"One","index":0,"inputTextTokenCount":6,"totalOutputTextTokenCount":2,"completionReason":"FINISH"}"#,
        r#"{"inputTextTokenCount":6,"results":[{"tokenCount":2,"outputText":"Two","completionReason":"FINISH"}]}"#,
    ),
    (
        "cohere-command",
        r#"{"index":0,"is_finished":false,"text":"One"}
{"index":0,"is_finished":true,"finish_reason":"COMPLETE"}"#,
        r#"{"id":"b","generations":[{"id":"y","text":"Two","finish_reason":"COMPLETE"}],"prompt":"Count."}"#,
    ),
    (
        "cohere-command-r",
        r#"{"event_type":"text-generation","is_finished":false,"text":"One"}
{"event_type":"stream-end","finish_reason":"COMPLETE","is_finished":true,"response":{"text":"One","generation_id":"g","finish_reason":"COMPLETE","meta":{"tokens":{"input_tokens":1,"output_tokens":1}}}}"#,
        r#"{"response_id":"r","text":"Two","generation_id":"h","finish_reason":"COMPLETE","meta":{"tokens":{"input_tokens":1,"output_tokens":1}}}"#,
    ),
];

#[test]
fn a_whole_body_behind_a_message_is_another() {
    for (format, stream, whole) in BODIES {
        let answer = read(format, Framing::JsonLines, &format!("{stream}\n{whole}\n"));
        assert_eq!(answer.text(), "One", "{format}: {answer:#?}");
        assert!(answer.completeness.missing().unwrap().other_message.is_some(), "{format}: {answer:#?}");
        let later: Vec<_> = answer.later.iter().map(Answer::text).collect();
        assert_eq!(later, ["Two"], "{format}: {answer:#?}");
        assert!(answer.unknown.is_empty() && answer.malformed.is_empty(), "{format}: {answer:#?}");
        // In the middle of a message it is no part of it either.
        let first = stream.lines().take(stream.lines().count().min(2)).collect::<Vec<_>>().join("\n");
        let answer = read(format, Framing::JsonLines, &format!("{first}\n{whole}\n"));
        assert_eq!((answer.text().as_str(), answer.later.len()), ("One", 1), "{format}: {answer:#?}");
    }
}

#[test]
fn a_whole_body_for_the_only_chunk_is_the_answer() {
    for (format, stream, whole) in BODIES {
        let answer = read(format, Framing::JsonLines, &format!("{whole}\n"));
        assert_eq!(answer.text(), "Two", "{format}: {answer:#?}");
        assert!(answer.completeness.is_complete() || format == "cohere-command", "{format}: {answer:#?}");
        let native = answer.native.as_ref().unwrap().to_json();
        assert_eq!(native, serde_json::from_str::<Value>(whole).unwrap(), "{format}");
        // A message behind it is another.
        let answer = read(format, Framing::JsonLines, &format!("{whole}\n{stream}\n"));
        assert_eq!((answer.text().as_str(), answer.later.len()), ("Two", 1), "{format}: {answer:#?}");
        assert!(!answer.completeness.is_complete(), "{format}: {answer:#?}");
    }
}

#[test]
fn a_whole_body_that_does_not_say_why_it_stopped_keeps_its_text() {
    let message = r#""output":{"message":{"role":"assistant","content":[{"text":"half"}]}}"#;
    let counts = r#""usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2},"metrics":{"latencyMs":1}"#;
    for (format, body, missing) in [
        ("converse", format!("{{{message},{counts}}}"), &["stop"][..]),
        ("converse", format!(r#"{{{message},"metrics":{{"latencyMs":1}}}}"#), &["stop", "usage"]),
        ("converse", format!("{{{message}}}"), &["stop", "usage"]),
        ("nova", format!("{{{message}}}"), &["stop", "usage"]),
    ] {
        for framing in [Framing::Json, Framing::JsonLines] {
            let answer = read(format, framing, &body);
            assert_eq!(answer.text(), "half", "{body}: {answer:#?}");
            assert_eq!(answer.completeness.missing().unwrap().names(), missing, "{body}");
            assert!(answer.unknown.is_empty(), "{answer:#?}");
        }
    }
}

#[test]
fn a_last_chunk_that_repeats_a_text_says_the_same() {
    let end = |text: &str| {
        format!(
            r#"{{"index":0,"is_finished":false,"text":" One"}}
{{"is_finished":true,"finish_reason":"COMPLETE","response":{{"id":"a","generations":[{{"id":"x","text":"{text}","finish_reason":"COMPLETE"}}],"prompt":""}}}}"#
        )
    };
    for (text, agrees) in
        [("One", true), (" One", true), (" One<EOS_TOKEN>", true), ("Other", false), ("On", false)]
    {
        let answer = read("cohere-command", Framing::JsonLines, &end(text));
        assert_eq!(answer.text(), " One");
        let other = answer.completeness.missing().and_then(|missing| missing.other_message.clone());
        assert_eq!(other.is_none(), agrees, "{text}: {answer:#?}");
    }
}

#[test]
fn a_last_word_of_command_r_without_calls_leaves_those_that_were_emitted() {
    let end = |calls: &str| {
        format!(
            r#"{{"event_type":"tool-calls-chunk","is_finished":false,"tool_call_delta":{{"index":0,"name":"weather"}}}}
{{"event_type":"tool-calls-chunk","is_finished":false,"tool_call_delta":{{"index":0,"parameters":"{{\"city\":\"Oslo\"}}"}}}}
{{"event_type":"tool-calls-generation","is_finished":false,"tool_calls":[{{"name":"weather","parameters":{{"city":"Oslo"}}}}]}}
{{"event_type":"stream-end","finish_reason":"COMPLETE","is_finished":true,"response":{{"text":"","generation_id":"g"{calls},"finish_reason":"COMPLETE","meta":{{"tokens":{{"input_tokens":4,"output_tokens":9}}}}}}}}"#
        )
    };
    for (calls, agrees) in [
        ("", true),
        (r#","tool_calls":null"#, true),
        (r#","tool_calls":[]"#, true),
        (r#","tool_calls":[-1]"#, true),
        (r#","tool_calls":[{"name":"weather","parameters":{"city":"Oslo"}}]"#, true),
        (r#","tool_calls":[{"name":"weather","parameters":{"city":"Rome"}}]"#, false),
        (r#","tool_calls":[{"name":"news","parameters":{"city":"Oslo"}}]"#, false),
    ] {
        let answer = read("cohere-command-r", Framing::JsonLines, &end(calls));
        let native = answer.native.as_ref().unwrap().to_json();
        let last = native["tool_calls"].as_array().and_then(|calls| calls.last()).unwrap();
        assert_eq!(last["parameters"]["city"], "Oslo", "{calls}: {answer:#?}");
        let other = answer.completeness.missing().and_then(|missing| missing.other_message.clone());
        assert_eq!(other.is_none(), agrees, "{calls}: {answer:#?}");
    }
}

#[test]
fn a_last_event_of_responses_is_of_the_response_that_began() {
    let stream = |id: &str, item: &str, done: &str| {
        format!(
            r#"{{"type":"response.created","response":{{"id":"r1","object":"response","status":"in_progress","model":"m","output":[]}}}}
{item}
{{"type":"response.output_text.delta","output_index":0,"content_index":0,"item_id":"i","delta":"Same"}}
{done}
{{"type":"response.completed","response":{{"id":"{id}","object":"response","status":"completed","model":"m","output":[{{"id":"i","type":"message","role":"assistant","content":[{{"type":"output_text","text":"Same","annotations":[]}}]}}],"usage":{{"input_tokens":1,"output_tokens":1,"total_tokens":2}}}}}}"#
        )
    };
    let other = |answer: &Answer| {
        answer.completeness.missing().is_some_and(|missing| missing.other_message.is_some())
    };
    let answer = read("openai-responses", Framing::JsonLines, &stream("r1", "", ""));
    assert!(answer.completeness.is_complete(), "{answer:#?}");
    let answer = read("openai-responses", Framing::JsonLines, &stream("r2", "", ""));
    assert!(other(&answer) && answer.later.len() == 1, "{answer:#?}");
    // An item of a kind that nobody knows, whose text is emitted when the last event gives its kind.
    let strange = r#"{"type":"response.output_item.added","output_index":0,"item":{"id":"i","type":"riddle","content":[]}}"#;
    let silent = r#"{"type":"response.output_item.done","output_index":0,"item":{"id":"i","type":"message","role":"assistant","content":null}}"#;
    let answer = read("openai-responses", Framing::JsonLines, &stream("r1", strange, silent));
    assert_eq!((answer.text().as_str(), other(&answer)), ("Same", false), "{answer:#?}");
}
