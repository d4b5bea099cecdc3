//! Events in any order, as no built-in fold emits them and a caller's own may: what is sent of them is legal all the same.

use bedrock_aggregate::agui::Dialect;
use bedrock_aggregate::simple::{SimpleAdaptor, SimpleEvent};
use bedrock_aggregate::{Completeness, Event, Missing, event as e};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::agui;

fn any_event() -> impl Strategy<Value = Event<'static>> {
    let index = 0..3_u64;
    let id = prop::sample::select(vec!["", "a", "b", "a-2"]);
    let named = (index.clone(), id);
    let text = || prop::sample::select(vec!["x", "{", "é"]);
    prop_oneof![
        prop::sample::select(vec![None, Some(""), Some("m"), Some("n")])
            .prop_map(|id| Event::MessageStart(e::MessageStart::new(id, Some("model"), None))),
        index.clone().prop_map(|index| Event::TextStart(e::BlockStart { index })),
        (index.clone(), text())
            .prop_map(|(index, text)| Event::TextDelta(e::TextDelta { index, text: text.into() })),
        index.clone().prop_map(|index| Event::TextEnd(e::BlockEnd { index })),
        (index.clone(), any::<bool>())
            .prop_map(|(index, redacted)| Event::ThinkingStart(e::ThinkingStart { index, redacted })),
        (index.clone(), text())
            .prop_map(|(index, text)| Event::ThinkingDelta(e::TextDelta { index, text: text.into() })),
        index.clone().prop_map(|index| {
            Event::ThinkingEnd(e::ThinkingEnd { index, signature: Some("s".into()), redacted_data: None })
        }),
        named.clone().prop_map(|(index, id)| {
            Event::ToolUseStart(e::ToolUseStart { index, id: id.into(), name: "n".into() })
        }),
        (named.clone(), text()).prop_map(|((index, id), json)| {
            Event::ToolInputDelta(e::ToolInputDelta { index, id: id.into(), json: json.into() })
        }),
        named.prop_map(|(index, id)| Event::ToolUseEnd(e::ToolUseEnd { index, id: id.into() })),
        (index, prop::option::of(0..2_u64)).prop_map(|(index, preview)| {
            Event::Image(e::ImageUpdate { index, preview, format: None, data: "AA==".into() })
        }),
        Just(Event::Usage(e::UsageUpdate { usage: Default::default() })),
        Just(Event::Stop(e::Stop { reason: "end_turn".into(), native: "stop".into(), model: None })),
        Just(Event::MessageEnd(e::MessageEnd::default())),
        Just(Event::Unknown(e::Unknown { event_type: None, raw: std::borrow::Cow::Owned(json!({"x": 1})) })),
    ]
}

fn any_end() -> impl Strategy<Value = Completeness> {
    prop::bool::ANY.prop_map(|stop| {
        let mut missing = Missing::default();
        missing.stop = stop;
        missing.into()
    })
}

fn fault() -> Event<'static> {
    Event::Error(e::StreamFault { error_type: "E".into(), message: "m".into() })
}

fn joined(events: &[Event<'static>]) -> String {
    let text = |event: &Event<'static>| match event {
        Event::TextDelta(delta) => Some(delta.text.clone().into_owned()),
        _ => None,
    };
    events.iter().filter_map(text).collect()
}

proptest! {
    #[test]
    fn whatever_is_emitted_what_is_sent_is_legal(
        events in prop::collection::vec(any_event(), 0..30),
        later in prop::collection::vec(any_event(), 0..4),
        fails in any::<bool>(),
        end in any_end(),
    ) {
        let mut emitted = events.clone();
        if fails {
            emitted.push(fault());
            emitted.extend(later);
        }
        for dialect in [Dialect::Extended, Dialect::Official] {
            let sent = agui::send(dialect, &emitted, &end);
            agui::check_order("any events", dialect, &sent);
            let text: String = sent
                .iter()
                .filter(|event| event["type"] == "TEXT_MESSAGE_CONTENT")
                .filter_map(|event| event["delta"].as_str())
                .collect();
            prop_assert_eq!(text, joined(&events));
            let last = sent.last().map(|event| event["type"].clone());
            let finished = !fails && end.is_complete();
            prop_assert_eq!(last, Some(Value::from(if finished { "RUN_FINISHED" } else { "RUN_ERROR" })));
        }
    }

    #[test]
    fn the_simple_events_end_once(
        events in prop::collection::vec(any_event(), 0..30),
        fails in any::<bool>(),
        end in any_end(),
    ) {
        let mut emitted = Vec::new();
        let mut on_event = |event: SimpleEvent<'_>| emitted.push(event.into_owned());
        let mut adaptor = SimpleAdaptor::new();
        events.iter().for_each(|event| adaptor.push(event, &mut on_event));
        if fails {
            adaptor.push(&fault(), &mut on_event);
        }
        events.iter().filter(|_| fails).for_each(|event| adaptor.push(event, &mut on_event));
        adaptor.finish(&end, &mut on_event);
        let is_end = |event: &&SimpleEvent<'_>| matches!(event, SimpleEvent::Done { .. } | SimpleEvent::Error(_));
        prop_assert_eq!(emitted.iter().filter(is_end).count(), 1);
        let done = matches!(emitted.last(), Some(SimpleEvent::Done { .. }));
        prop_assert_eq!(done, !fails && end.is_complete());
        let text: String = emitted
            .iter()
            .filter_map(|event| if let SimpleEvent::Text(text) = event { Some(text.as_ref()) } else { None })
            .collect();
        prop_assert_eq!(text, joined(&events));
    }
}
