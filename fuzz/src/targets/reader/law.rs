//! Events, reply and verdict tell one story; and a complete beginning is the whole of it.

use bedrock_aggregate::{Answer, Event};
use bedrock_testing::story::one_story;
use serde_json::Value;

use super::Outcome;

/// Checks events against their answer.
pub(super) fn check(answer: &Answer, events: &[Event<'static>]) {
    // Whether a text has reasoning in it the model says: where the name changes on the way, events go by the first,
    // and the reply is read by the last.
    let first = events.iter().find_map(|event| match event {
        Event::MessageStart(start) => Some(start.model.as_deref()),
        _ => None,
    });
    if first.is_some_and(|first| first != answer.reply.model.as_deref()) {
        return;
    }
    let json = |event: &Event<'static>| serde_json::to_value(event).expect("an event writes itself");
    let heard: Vec<Value> = events.iter().map(json).collect();
    let told = serde_json::to_value(answer).expect("an answer writes itself");
    if let Err(difference) = one_story(&heard, &told) {
        panic!("{difference}\n{told}\n{}", Value::Array(heard));
    }
}

/// Holds the beginning of a stream to the whole of it: where both are called complete, they are the same answer.
pub(super) fn check_prefix(prefix: &Outcome, whole: &Outcome) {
    let (Ok(first), Ok(all)) = (&prefix.answer, &whole.answer) else { return };
    if first.completeness.is_complete() && all.completeness.is_complete() {
        assert_eq!(first.reply.content, all.reply.content, "a complete answer went on");
        assert_eq!(first.reply.stop_reason, all.reply.stop_reason, "a complete answer went on");
    }
}
