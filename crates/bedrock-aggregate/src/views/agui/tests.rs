//! What each event is in AG-UI, in both dialects, as a table; and what an adaptor needs more than one message for.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::*;
use crate::completeness::Completeness;
use crate::event::{
    BlockEnd, BlockStart, Cited, MessageStart, OtherBlock, Stop, TextDelta, ThinkingStart, ToolInputDelta,
    ToolUseEnd, ToolUseStart, Unknown, UsageUpdate,
};
use crate::views::run::Run;

fn start(id: &str) -> Source<'_> {
    Source::MessageStart(MessageStart::new(Some(id), Some("model"), Some("assistant")))
}

fn text(index: u64) -> Source<'static> {
    Source::TextDelta(TextDelta { index, text: "a".into() })
}

fn call(index: u64, id: &str) -> [Source<'_>; 3] {
    let id = || Cow::Borrowed(id);
    [
        Source::ToolUseStart(ToolUseStart { index, id: id(), name: "n".into() }),
        Source::ToolInputDelta(ToolInputDelta { index, id: id(), json: "{}".into() }),
        Source::ToolUseEnd(ToolUseEnd { index, id: id() }),
    ]
}

fn end() -> Source<'static> {
    Source::MessageEnd(event::MessageEnd::default())
}

/// What is sent of these events, without the run's start and end.
fn sent(dialect: Dialect, events: Vec<Source<'_>>) -> Vec<Value> {
    let mut sent = Vec::new();
    let mut send = |event: Event<'_>| sent.push(serde_json::to_value(&event).unwrap());
    let (mut run, mut adaptor) = (Run::new("r"), Adaptor::new().with_dialect(dialect));
    for event in events {
        run.push(event, &mut |event| adaptor.push(&event, &mut send));
    }
    run.finish(&Completeness::Complete, &mut |event| adaptor.push(&event, &mut send));
    sent.remove(0);
    sent.pop();
    sent
}

/// What is sent of one event of message `m`, without what ends the message.
fn sent_of(dialect: Dialect, event: Source<'_>) -> Vec<Value> {
    let mut sent = sent(dialect, vec![start("m"), event]);
    sent.pop();
    sent
}

#[test]
fn each_event_is_what_the_table_says() {
    let thinking_end =
        || ThinkingEnd { index: 0, signature: Some("s".into()), redacted_data: Some("d".into()) };
    let image = |preview| {
        Source::Image(ImageUpdate { index: 1, preview, format: Some("jpeg".into()), data: "AA==".into() })
    };
    let citation: Cow<'_, Value> = Cow::Owned(json!({"c": 1}));
    let raw = Cow::Owned(json!({"x": 1}));
    let cases = [
        (
            Source::Citation(Cited { index: 0, citation: citation.clone() }),
            json!([{"type": "CUSTOM", "name": "bedrock-llm.citation", "value": {"messageId": "m", "index": 0, "citation": {"c": 1}}}]),
            None,
        ),
        (
            Source::Block(OtherBlock { index: 3, block: citation }),
            json!([{"type": "CUSTOM", "name": "bedrock-llm.block", "value": {"messageId": "m", "index": 3, "block": {"c": 1}}}]),
            None,
        ),
        (
            Source::Unknown(Unknown { event_type: Some("e".into()), raw }),
            json!([{"type": "RAW", "event": {"event_type": "e", "raw": {"x": 1}}, "source": "bedrock"}]),
            None,
        ),
        (
            image(None),
            json!([
                {"type": "IMAGE_MESSAGE_START", "messageId": "m-image-1", "mimeType": "image/jpeg", "runId": "r"},
                {"type": "IMAGE_MESSAGE_CONTENT", "messageId": "m-image-1", "delta": "AA=="},
                {"type": "IMAGE_MESSAGE_END", "messageId": "m-image-1"},
            ]),
            Some(
                json!([{"type": "CUSTOM", "name": "bedrock-llm.image", "value": {"messageId": "m-image-1", "mimeType": "image/jpeg", "data": "AA=="}}]),
            ),
        ),
        (
            image(Some(2)),
            json!([{"type": "CUSTOM", "name": "bedrock-llm.image_preview", "value": {"messageId": "m-image-1", "mimeType": "image/jpeg", "data": "AA==", "preview": 2}}]),
            None,
        ),
        // Nothing was open that could end.
        (Source::ThinkingEnd(thinking_end()), json!([]), None),
        (Source::TextEnd(BlockEnd { index: 0 }), json!([]), None),
        (call(0, "c")[2].clone(), json!([]), None),
    ];
    for (event, extended, official) in cases {
        let case = format!("{event:?}");
        assert_eq!(Value::from(sent_of(Dialect::Extended, event.clone())), extended, "{case}");
        assert_eq!(Value::from(sent_of(Dialect::Official, event)), official.unwrap_or(extended), "{case}");
    }
}

#[test]
fn redacted_reasoning_and_signatures_are_handed_on() {
    let events = || {
        let data = ThinkingEnd { index: 0, signature: None, redacted_data: Some("d".into()) };
        let signed = ThinkingEnd { index: 1, signature: Some("s".into()), redacted_data: None };
        vec![
            start("m"),
            Source::ThinkingStart(ThinkingStart { index: 0, redacted: true }),
            Source::ThinkingEnd(data),
            Source::ThinkingDelta(TextDelta { index: 1, text: "why".into() }),
            Source::ThinkingEnd(signed),
        ]
    };
    let mut extended = sent(Dialect::Extended, events());
    extended.pop();
    assert_eq!(
        Value::from(extended),
        json!([
            {"type": "THINKING_START"},
            {"type": "THINKING_TEXT_MESSAGE_START", "parentMessageId": "m", "thinkingMessageId": "m-thinking-0", "runId": "r", "isRedacted": true},
            {"type": "THINKING_TEXT_MESSAGE_END", "thinkingMessageId": "m-thinking-0", "redactedData": "d"},
            {"type": "THINKING_END"},
            {"type": "THINKING_START"},
            {"type": "THINKING_TEXT_MESSAGE_START", "parentMessageId": "m", "thinkingMessageId": "m-thinking-1", "runId": "r", "isRedacted": false},
            {"type": "THINKING_TEXT_MESSAGE_CONTENT", "thinkingMessageId": "m-thinking-1", "delta": "why"},
            {"type": "THINKING_TEXT_MESSAGE_END", "thinkingMessageId": "m-thinking-1", "signature": "s"},
            {"type": "THINKING_END"},
        ])
    );
    let official = sent(Dialect::Official, events());
    let encrypted: Vec<_> =
        official.iter().filter(|event| event["type"] == "REASONING_ENCRYPTED_VALUE").collect();
    assert_eq!(
        json!(encrypted),
        json!([
            {"type": "REASONING_ENCRYPTED_VALUE", "subtype": "message", "entityId": "m-thinking-0",
             "encryptedValue": "d", "encryptedValueType": "bedrock-llm.redacted_thinking"},
            {"type": "REASONING_ENCRYPTED_VALUE", "subtype": "message", "entityId": "m-thinking-1",
             "encryptedValue": "s", "encryptedValueType": "bedrock-llm.signature"},
        ])
    );
}

#[test]
fn a_run_of_several_messages_never_gives_an_id_twice() {
    let stop = || Source::Stop(Stop { reason: "tool_use".into(), native: "tool_calls".into(), model: None });
    let mut usage = Usage::default();
    (usage.input_tokens, usage.output_tokens) = (Some(2), Some(3));
    let counts = || Source::Usage(UsageUpdate { usage });
    let mut events = vec![start("m"), text(0), text(4)];
    events.extend(call(1, "call_0"));
    events.extend([stop(), counts(), end(), start("n"), Source::TextStart(BlockStart { index: 0 })]);
    // One call has the id of the message before, two have none.
    events.extend(call(1, "call_0").into_iter().chain(call(2, "")).chain(call(3, "")));
    events.extend([counts(), end()]);
    let sent = sent(Dialect::Extended, events);
    let begun: Vec<_> = sent
        .iter()
        .filter(|event| event["type"].as_str().unwrap().ends_with("_START"))
        .map(|event| event["messageId"].as_str().or(event["toolCallId"].as_str()).unwrap())
        .collect();
    assert_eq!(begun, ["m", "m-text-4", "call_0", "n", "call_0-2", "n-call-2", "n-call-3"]);
    let finished: Vec<_> = sent.iter().filter(|event| event["type"] == "MODEL_CALL_FINISHED").collect();
    assert_eq!(
        json!(finished),
        json!([
            {"type": "MODEL_CALL_FINISHED", "runId": "r", "messageId": "m", "modelName": "model",
             "stopReason": "tool_use", "nativeStopReason": "tool_calls"},
            {"type": "MODEL_CALL_FINISHED", "runId": "r", "messageId": "n", "modelName": "model"},
        ])
    );
}

#[test]
fn results_find_their_calls_and_events_carry_the_time_that_was_said() {
    let mut sent = Vec::new();
    let mut send = |event: Event<'_>| sent.push(serde_json::to_value(&event).unwrap());
    let mut run = Run::new("r").with_thread_id("t").with_parent_run_id("p");
    let mut adaptor = Adaptor::new();
    adaptor.set_time(Some(1_700_000_000_000));
    run.start(&mut |event| adaptor.push(&event, &mut send));
    adaptor.set_time(None);
    for _ in 0..2 {
        for event in [start("m")].into_iter().chain(call(0, "c")).chain([end()]) {
            run.push(event, &mut |event| adaptor.push(&event, &mut send));
        }
        adaptor.tool_result("r", "c", "rain", &mut send);
    }
    run.fail(Some("tool"), "gave up", &mut |event| adaptor.push(&event, &mut send));
    assert_eq!(
        sent[0],
        json!({"type": "RUN_STARTED", "threadId": "t", "runId": "r", "parentRunId": "p", "timestamp": 1_700_000_000_000_i64})
    );
    assert!(sent[1..].iter().all(|event| event.get("timestamp").is_none()));
    let results: Vec<_> = sent.iter().filter(|event| event["type"] == "TOOL_CALL_RESULT").collect();
    assert_eq!(
        json!(results),
        json!([
            {"type": "TOOL_CALL_RESULT", "messageId": "r-result-1", "toolCallId": "c", "content": "rain", "role": "tool"},
            {"type": "TOOL_CALL_RESULT", "messageId": "r-result-2", "toolCallId": "c-2", "content": "rain", "role": "tool"},
        ])
    );
    assert_eq!(
        sent.last().unwrap(),
        &json!({"type": "RUN_ERROR", "message": "gave up", "code": "tool", "runId": "r"})
    );
}
