//! What is heard, what the reply says and the verdict are one story.

use std::collections::{BTreeMap, BTreeSet};

use bedrock_aggregate::{Answer, Event};
use bedrock_formats::reply::{Block, tool_input};
use serde_json::Value;

use super::Outcome;

/// Holds events to the answer that they told.
pub(super) fn check(answer: &Answer, events: &[Event<'static>]) {
    let whole = answer.completeness.is_complete();
    let open = open_at_the_end(events);
    assert!(open.is_empty() || !whole, "complete, and not ended: {open:?}");
    let (mut texts, mut thinking) = (BTreeMap::<u64, String>::new(), BTreeMap::<u64, String>::new());
    let (mut calls, mut stops): (BTreeMap<u64, Vec<(&str, &str, String)>>, _) = (BTreeMap::new(), Vec::new());
    for event in events {
        match event {
            Event::TextDelta(delta) => texts.entry(delta.index).or_default().push_str(delta),
            Event::ThinkingDelta(delta) => thinking.entry(delta.index).or_default().push_str(delta),
            Event::ToolUseStart(start) => {
                calls.entry(start.index).or_default().push((&start.id, &start.name, String::new()));
            }
            Event::ToolInputDelta(delta) => {
                let call = calls.get_mut(&delta.index).and_then(|calls| calls.last_mut());
                call.expect("a delta of a call that has begun").2.push_str(&delta.json);
            }
            Event::Stop(stop) => stops.push(stop),
            _ => {}
        }
    }
    let blocks = &answer.reply.content;
    let replied = blocks
        .iter()
        .filter_map(|block| if let Block::Text { text, .. } = block { Some(text) } else { None });
    same("text", texts, replied);
    let replied = blocks
        .iter()
        .filter_map(|block| if let Block::Thinking { text, .. } = block { Some(text) } else { None });
    same("reasoning", thinking, replied);
    let calls = calls.values().flatten();
    let heard: Vec<(&str, &str, Value)> = calls.map(|call| (call.0, call.1, tool_input(&call.2))).collect();
    let replied: Vec<_> =
        answer.reply.tool_uses().map(|(id, name, input)| (id, name, input.clone())).collect();
    assert_eq!(heard, replied, "the calls heard");
    assert!(stops.len() <= 1, "{stops:?}");
    if whole {
        assert_eq!(
            stops.last().map(|stop| &stop.reason),
            answer.reply.stop_reason.as_ref(),
            "the reason heard"
        );
    }
    let ends = events.iter().filter(|event| matches!(event, Event::MessageEnd(_))).count();
    assert_eq!(ends, usize::from(whole), "ends of the message");
    assert!(
        !whole || matches!(events.last(), Some(Event::MessageEnd(_))),
        "something is heard after the end"
    );
}

/// Holds what was heard of blocks, each by its index, to what the reply has. Several answers may be told in turns, and the
/// reply has one behind the other: so the order may differ, and nothing else.
fn same<'a>(what: &str, heard: BTreeMap<u64, String>, replied: impl Iterator<Item = &'a String>) {
    let mut heard: Vec<&String> = heard.values().filter(|text| !text.is_empty()).collect();
    let mut replied: Vec<&String> = replied.filter(|text| !text.is_empty()).collect();
    heard.sort();
    replied.sort();
    assert_eq!(heard, replied, "the {what} heard, and the reply's");
}

/// The parts that have begun and not ended. Nothing begins twice, and nothing is said of a part that is not open.
fn open_at_the_end(events: &[Event<'static>]) -> BTreeSet<(&'static str, u64)> {
    let mut open = BTreeSet::new();
    for event in events {
        let (kind, index) = match event {
            Event::TextStart(start) => ("text", start.index),
            Event::ThinkingStart(start) => ("thinking", start.index),
            Event::ToolUseStart(start) => ("call", start.index),
            Event::TextDelta(delta) => ("text", delta.index),
            Event::ThinkingDelta(delta) => ("thinking", delta.index),
            Event::ToolInputDelta(delta) => ("call", delta.index),
            Event::TextEnd(end) => ("text", end.index),
            Event::ThinkingEnd(end) => ("thinking", end.index),
            Event::ToolUseEnd(end) => ("call", end.index),
            _ => continue,
        };
        match event {
            Event::TextStart(_) | Event::ThinkingStart(_) | Event::ToolUseStart(_) => {
                assert!(open.insert((kind, index)), "begun twice: {event:?}");
            }
            Event::TextEnd(_) | Event::ThinkingEnd(_) | Event::ToolUseEnd(_) => {
                assert!(open.remove(&(kind, index)), "ended and not open: {event:?}");
            }
            _ => assert!(open.contains(&(kind, index)), "not open: {event:?}"),
        }
    }
    open
}

/// Holds the beginning of a stream to the whole of it: where both are called complete, they are the same answer.
pub(super) fn check_prefix(prefix: &Outcome, whole: &Outcome) {
    let (Ok(first), Ok(all)) = (&prefix.answer, &whole.answer) else { return };
    if first.completeness.is_complete() && all.completeness.is_complete() {
        assert_eq!(first.reply.content, all.reply.content, "a complete answer went on");
        assert_eq!(first.reply.stop_reason, all.reply.stop_reason, "a complete answer went on");
    }
}
