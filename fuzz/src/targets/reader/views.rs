//! What the views make of events, whatever these are: legal, with the same content, and ended once.

use bedrock_aggregate::agui::Dialect;
use bedrock_aggregate::simple::{SimpleAdaptor, SimpleEvent};
use bedrock_aggregate::{Answer, Event, ToolInputs};

/// The same judge that the recordings have.
#[path = "../../../../crates/bedrock-aggregate/tests/views/agui.rs"]
#[allow(dead_code, clippy::unwrap_used, reason = "its home uses all of it")]
mod agui;

pub(super) fn check(answer: &Answer, events: &[Event<'static>]) {
    let emitted = |event: &Event<'static>| match event {
        Event::TextDelta(delta) => Some(delta.text.clone().into_owned()),
        _ => None,
    };
    let emitted: String = events.iter().filter_map(emitted).collect();
    for dialect in [Dialect::Extended, Dialect::Official] {
        let sent = agui::send(dialect, events, &answer.completeness);
        agui::check_order("AG-UI", dialect, &sent);
        let text: String = sent
            .iter()
            .filter(|event| event["type"] == "TEXT_MESSAGE_CONTENT")
            .filter_map(|event| event["delta"].as_str())
            .collect();
        assert_eq!(text, emitted, "AG-UI's text");
    }
    simple(answer, events, &emitted);
    let document = answer.to_opik();
    assert_eq!(document["body"]["content"][0]["text"], answer.reply.text(), "Opik's text");
    let mut inputs = ToolInputs::new();
    for event in events {
        inputs.push(event);
    }
    for (_, call) in inputs.iter().filter(|(_, call)| call.is_ended() && call.error().is_none()) {
        let calls = || answer.reply.tool_uses().filter(|own| own.name == call.name());
        assert!(calls().any(|own| Some(&own.input) == call.value()), "the input of {}", call.id());
    }
}

fn simple(answer: &Answer, events: &[Event<'static>], emitted: &str) {
    let mut seen = Vec::new();
    let mut on_event = |event: SimpleEvent<'_>| seen.push(event.into_owned());
    let mut adaptor = SimpleAdaptor::new();
    events.iter().for_each(|event| adaptor.push(event, &mut on_event));
    adaptor.finish(&answer.completeness, &mut on_event);
    let is_end = |event: &SimpleEvent<'_>| matches!(event, SimpleEvent::Done { .. } | SimpleEvent::Error(_));
    assert_eq!(seen.iter().filter(|event| is_end(event)).count(), 1, "ends once");
    let done = matches!(seen.last(), Some(SimpleEvent::Done { .. }));
    assert_eq!(done, answer.completeness.is_complete(), "{:?}", seen.last());
    let text: String = seen
        .iter()
        .filter_map(|event| if let SimpleEvent::Text(text) = event { Some(&**text) } else { None })
        .collect();
    assert_eq!(text, emitted, "the simple events' text");
}
