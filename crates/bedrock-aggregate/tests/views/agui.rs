//! What AG-UI allows: the order of its events, and in its first version's own words the fields of each.

use std::collections::BTreeMap;

use bedrock_aggregate::agui::{Adaptor, Dialect};
use bedrock_aggregate::{Answer, Completeness, Event, Run};
use bedrock_formats::reply::tool_input;
use serde_json::Value;

/// What a run of these events sends, as JSON.
pub(crate) fn send(dialect: Dialect, events: &[Event<'static>], completeness: &Completeness) -> Vec<Value> {
    let mut sent = Vec::new();
    let mut send =
        |event: bedrock_aggregate::agui::Event<'_>| sent.push(serde_json::to_value(&event).unwrap());
    let mut run = Run::new("the-run").with_thread_id("the-thread");
    let mut adaptor = Adaptor::new().with_dialect(dialect);
    for event in events {
        run.push(event.clone(), &mut |event| adaptor.push(&event, &mut send));
    }
    run.finish(completeness, &mut |event| adaptor.push(&event, &mut send));
    sent
}

/// The events that begin, continue and end something, and the field that names it.
const SEQUENCES: &[(&str, &str, &str, &str)] = &[
    ("TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_END", "messageId"),
    (
        "THINKING_TEXT_MESSAGE_START",
        "THINKING_TEXT_MESSAGE_CONTENT",
        "THINKING_TEXT_MESSAGE_END",
        "thinkingMessageId",
    ),
    ("REASONING_MESSAGE_START", "REASONING_MESSAGE_CONTENT", "REASONING_MESSAGE_END", "messageId"),
    ("REASONING_START", "", "REASONING_END", "messageId"),
    ("TOOL_CALL_START", "TOOL_CALL_ARGS", "TOOL_CALL_END", "toolCallId"),
    ("IMAGE_MESSAGE_START", "IMAGE_MESSAGE_CONTENT", "IMAGE_MESSAGE_END", "messageId"),
];

/// The protocol's own events, with the fields that each must and may have.
const OFFICIAL: &[(&str, &[&str], &[&str])] = &[
    ("RUN_STARTED", &["threadId", "runId"], &["parentRunId"]),
    ("RUN_FINISHED", &["threadId", "runId"], &["usage"]),
    ("RUN_ERROR", &["message"], &["code", "usage"]),
    ("TEXT_MESSAGE_START", &["messageId"], &["role"]),
    ("TEXT_MESSAGE_CONTENT", &["messageId", "delta"], &[]),
    ("TEXT_MESSAGE_END", &["messageId"], &[]),
    ("REASONING_START", &["messageId"], &[]),
    ("REASONING_MESSAGE_START", &["messageId", "role"], &[]),
    ("REASONING_MESSAGE_CONTENT", &["messageId", "delta"], &[]),
    ("REASONING_MESSAGE_END", &["messageId"], &[]),
    ("REASONING_ENCRYPTED_VALUE", &["subtype", "entityId", "encryptedValue"], &["encryptedValueType"]),
    ("REASONING_END", &["messageId"], &[]),
    ("TOOL_CALL_START", &["toolCallId", "toolCallName"], &["parentMessageId"]),
    ("TOOL_CALL_ARGS", &["toolCallId", "delta"], &[]),
    ("TOOL_CALL_END", &["toolCallId"], &[]),
    ("TOOL_CALL_RESULT", &["messageId", "toolCallId", "content"], &["role"]),
    ("RAW", &["event"], &["source"]),
    ("CUSTOM", &["name", "value"], &[]),
];

fn kind(event: &Value) -> &str {
    event["type"].as_str().unwrap_or_default()
}

fn is_end(event: &Value) -> bool {
    matches!(kind(event), "RUN_FINISHED" | "RUN_ERROR")
}

/// Holds events to the protocol's order, whatever the answer.
pub(crate) fn check_order(case: &str, dialect: Dialect, sent: &[Value]) {
    assert_eq!(kind(&sent[0]), "RUN_STARTED", "{case}");
    assert_eq!(sent.iter().filter(|event| kind(event) == "RUN_STARTED").count(), 1, "{case}");
    assert_eq!(sent.iter().filter(|event| is_end(event)).count(), 1, "{case}");
    let mut open: Vec<(&str, &str)> = Vec::new();
    let mut used: Vec<(&str, &str)> = Vec::new();
    for event in sent {
        for (key, value) in [("runId", "the-run"), ("threadId", "the-thread")] {
            assert!(event.get(key).is_none_or(|id| id == value), "{case}: {event}");
        }
        assert!(event.get("timestamp").is_none(), "{case}: nobody gave the time: {event}");
        assert!(event.get("delta").is_none_or(|delta| delta != ""), "{case}: empty: {event}");
        for &(start, content, end, name) in SEQUENCES {
            let entry = (start, event[name].as_str().unwrap_or_default());
            if kind(event) == start {
                assert!(!entry.1.is_empty() && !open.contains(&entry), "{case}: begun twice: {event}");
                assert!(!used.contains(&entry), "{case}: begun again: {event}");
                used.push(entry);
                open.push(entry);
            } else if kind(event) == content {
                assert!(open.contains(&entry), "{case}: not begun: {event}");
            } else if kind(event) == end {
                assert!(open.contains(&entry), "{case}: not begun: {event}");
                open.retain(|other| *other != entry);
            }
        }
        if is_end(event) {
            assert!(open.is_empty(), "{case}: not ended: {open:?}");
        }
    }
    assert!(sent.last().is_some_and(is_end), "{case}: the end is the last");
    let count = |name: &str| sent.iter().filter(|event| kind(event) == name).count();
    assert_eq!(count("THINKING_START"), count("THINKING_END"), "{case}");
    if dialect == Dialect::Official {
        sent.iter().for_each(|event| check_fields(case, event));
    }
}

fn check_fields(case: &str, event: &Value) {
    let row = OFFICIAL.iter().find(|row| row.0 == kind(event));
    let Some((_, must, may)) = row else { panic!("{case}: not the protocol's: {event}") };
    let fields = event.as_object().unwrap();
    assert!(must.iter().all(|field| fields.contains_key(*field)), "{case}: {event}");
    let known = |field: &str| field == "type" || must.contains(&field) || may.contains(&field);
    assert!(fields.keys().all(|field| known(field)), "{case}: {event}");
}

/// Checks events against their answer.
pub(crate) fn check_content(case: &str, dialect: Dialect, sent: &[Value], answer: &Answer) {
    let joined = |name: &str| -> String {
        sent.iter().filter(|event| kind(event) == name).filter_map(|event| event["delta"].as_str()).collect()
    };
    let reasoning = if dialect == Dialect::Official {
        joined("REASONING_MESSAGE_CONTENT")
    } else {
        joined("THINKING_TEXT_MESSAGE_CONTENT")
    };
    assert_eq!(joined("TEXT_MESSAGE_CONTENT"), answer.reply.text(), "{case}");
    assert_eq!(reasoning, answer.reply.thinking(), "{case}");
    let mut arguments: BTreeMap<&str, String> = BTreeMap::new();
    let mut calls = Vec::new();
    for event in sent {
        let id = event["toolCallId"].as_str().unwrap_or_default();
        match kind(event) {
            "TOOL_CALL_START" => calls.push((id, event["toolCallName"].as_str().unwrap())),
            "TOOL_CALL_ARGS" => {
                arguments.entry(id).or_default().push_str(event["delta"].as_str().unwrap());
            }
            _ => {}
        }
    }
    let read = |id: &str| tool_input(arguments.get(id).map_or("", String::as_str));
    let called: Vec<_> = calls.iter().map(|(id, name)| (*name, read(id))).collect();
    let expected: Vec<_> = answer.reply.tool_uses().map(|call| (&*call.name, call.input.clone())).collect();
    assert_eq!(called, expected, "{case}");
    check_ends(case, dialect, sent, answer);
}

/// Holds the ends of the message and of the run to the answer.
fn check_ends(case: &str, dialect: Dialect, sent: &[Value], answer: &Answer) {
    let end = sent.last().unwrap();
    let whole = answer.completeness.is_complete();
    assert_eq!(kind(end), if whole { "RUN_FINISHED" } else { "RUN_ERROR" }, "{case}");
    let finished: Vec<_> = sent
        .iter()
        .filter_map(|event| match kind(event) {
            "MODEL_CALL_FINISHED" => Some(event),
            "CUSTOM" if event["name"] == "bedrock-llm.model_call_finished" => Some(&event["value"]),
            _ => None,
        })
        .collect();
    let stop = answer.reply.stop_reason.as_ref().map(|reason| Value::from(reason.as_str()));
    match finished.as_slice() {
        [] => assert!(!whole && answer.reply.content.is_empty(), "{case}: no message"),
        [finished] => assert_eq!(finished.get("stopReason"), stop.as_ref(), "{case}: {finished}"),
        more => panic!("{case}: {more:?}"),
    }
    let usage = answer.reply.usage.map(bedrock_aggregate::agui::TokenUsage::from);
    let counted_tokens = end["usage"][0]["outputTokens"].as_u64();
    // What Anthropic counts of the output when a message begins is a placeholder, and not emitted.
    if whole || counted_tokens.is_some() {
        assert_eq!(counted_tokens, usage.as_ref().and_then(|usage| usage.output_tokens), "{case}: {end}");
    }
    let updates = sent.iter().filter(|event| kind(event) == "USAGE_UPDATE").count();
    // Anthropic counts the input when a message begins; where others do, it is emitted with the rest, which a cut may take.
    let counted = if answer.format == "anthropic" { usage.is_some() } else { counted_tokens.is_some() };
    assert_eq!(updates > 0, dialect == Dialect::Extended && counted, "{case}");
}
