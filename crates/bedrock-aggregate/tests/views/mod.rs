//! Every recorded stream, whole and cut, through the views of its events and of its answer: AG-UI in both dialects, the
//! simple events, growing tool inputs, Opik's document.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod agui;
mod any_events;

use bedrock_aggregate::agui::Dialect;
use bedrock_aggregate::simple::{SimpleAdaptor, SimpleEvent};
use bedrock_aggregate::{Answer, Event, EventSink, Framing, Reader, Registry, ToolInputs};
use bedrock_formats::reply::tool_input;
use bedrock_testing::{Recording, recordings};
use serde_json::{Value, json};

/// The recorded streams of all formats.
fn streams() -> Option<Vec<Recording>> {
    recordings(|recording| recording.streaming && recording.status == 200 && recording.format != "error")
}

/// Reads a body: the answer and its events.
fn read(recording: &Recording, body: &[u8]) -> (Answer, Vec<Event<'static>>) {
    let mut emitted = Vec::new();
    let mut on_event = |event: Event<'_>| emitted.push(event.into_owned());
    let framing = Framing::from_name(&recording.framing).expect("a framing");
    let mut reader = Reader::new(framing).with_model_id(&recording.model_id);
    if recording.format != "exception-only" {
        reader = reader.with_format(&recording.format).expect("a format");
    }
    let _ = reader.push(body, &mut EventSink::new(&mut on_event));
    let answer = reader.finish(&mut EventSink::new(&mut on_event)).unwrap_or_else(Answer::from);
    (answer, emitted)
}

/// Does something with every recorded stream, and with what is left of each when it is cut.
fn each_stream(check: impl Fn(&str, &Recording, &Answer, &[Event<'static>])) {
    let Some(all) = streams() else { return };
    assert!(all.len() > 500, "only {} streams", all.len());
    for recording in &all {
        let body = recording.response();
        for part in [8, 7, 5, 3, 1] {
            let end = body.len() * part / 8;
            let case = format!("{} to byte {end} of {}", recording.case, body.len());
            let (answer, events) = read(recording, &body[..end]);
            check(&case, recording, &answer, &events);
        }
    }
}

/// Does something with every recorded answer that came whole: it is emitted as its stream would have been.
fn each_whole_answer(check: impl Fn(&str, &Answer, &[Event<'static>])) {
    let registry = Registry::new();
    let known = |recording: &Recording| registry.get(&recording.format).is_some();
    let whole = recordings(|recording| !recording.streaming && recording.status == 200 && known(recording));
    for recording in &whole.unwrap_or_default() {
        let (answer, events) = read(recording, &recording.response());
        check(&recording.case, &answer, &events);
    }
}

#[test]
fn whole_answers_are_replayed_as_streams_are() {
    each_whole_answer(|case, answer, events| {
        for dialect in [Dialect::Extended, Dialect::Official] {
            let sent = agui::send(dialect, events, &answer.completeness);
            agui::check_order(case, dialect, &sent);
            agui::check_content(case, dialect, &sent, answer);
        }
        check_simple(case, answer, &simple(events, answer));
    });
}

#[test]
fn agui_is_legal_and_says_what_the_answer_says() {
    each_stream(|case, _, answer, events| {
        for dialect in [Dialect::Extended, Dialect::Official] {
            let sent = agui::send(dialect, events, &answer.completeness);
            agui::check_order(case, dialect, &sent);
            agui::check_content(case, dialect, &sent, answer);
        }
    });
}

#[test]
fn the_simple_events_say_what_the_answer_says() {
    each_stream(|case, _, answer, events| {
        check_simple(case, answer, &simple(events, answer));
    });
}

/// What these events are as simple ones.
fn simple(events: &[Event<'static>], answer: &Answer) -> Vec<SimpleEvent<'static>> {
    let mut emitted = Vec::new();
    let mut on_event = |event: SimpleEvent<'_>| emitted.push(event.into_owned());
    let mut adaptor = SimpleAdaptor::new();
    events.iter().for_each(|event| adaptor.push(event, &mut on_event));
    adaptor.finish(&answer.completeness, &mut on_event);
    // Whoever says it twice is emitted once.
    adaptor.finish(&answer.completeness, &mut on_event);
    emitted
}

fn check_simple(case: &str, answer: &Answer, emitted: &[SimpleEvent<'static>]) {
    let mut text = String::new();
    let mut calls: Vec<(&str, &str, String, bool)> = Vec::new();
    let (last, events) = emitted.split_last().unwrap();
    for event in events {
        match event {
            SimpleEvent::Text(piece) => text.push_str(piece),
            SimpleEvent::ToolCallStart { id, name } => calls.push((id, name, String::new(), true)),
            SimpleEvent::ToolCallDelta { id, arguments_delta } => {
                let call = calls.iter_mut().find(|call| call.0 == id && call.3);
                call.unwrap_or_else(|| panic!("{case}: {id} is not open")).2.push_str(arguments_delta);
            }
            SimpleEvent::ToolCallEnd { id } => {
                let call = calls.iter_mut().find(|call| call.0 == id && call.3);
                call.unwrap_or_else(|| panic!("{case}: {id} is not open")).3 = false;
            }
            SimpleEvent::Done { .. } | SimpleEvent::Error(_) => panic!("{case}: not the last: {event:?}"),
        }
    }
    assert_eq!(text, answer.reply.text(), "{case}");
    let sent: Vec<_> = calls.iter().map(|call| (call.0, call.1, tool_input(&call.2))).collect();
    let expected: Vec<_> =
        answer.reply.tool_uses().map(|call| (&*call.id, &*call.name, call.input.clone())).collect();
    assert_eq!(sent, expected, "{case}");
    match last {
        SimpleEvent::Done { usage } => {
            assert!(answer.completeness.is_complete(), "{case}");
            assert!(calls.iter().all(|call| !call.3), "{case}: a call is not ended");
            let output = |usage: &bedrock_formats::reply::Usage| usage.output_tokens;
            assert_eq!(
                usage.as_ref().and_then(output),
                answer.reply.usage.as_ref().and_then(output),
                "{case}"
            );
        }
        SimpleEvent::Error(message) => {
            assert!(!answer.completeness.is_complete() && !message.is_empty(), "{case}");
        }
        other => panic!("{case}: {other:?} is no end"),
    }
}

#[test]
fn tool_inputs_grow_to_those_of_the_answer() {
    each_stream(|case, _, answer, events| {
        let mut inputs = ToolInputs::new();
        for event in events {
            let changed = inputs.push(event).is_some();
            let is_call =
                matches!(event, Event::ToolUseStart(_) | Event::ToolInputDelta(_) | Event::ToolUseEnd(_));
            assert_eq!(changed, is_call, "{case}: {event:?}");
        }
        let expected: Vec<_> =
            answer.reply.tool_uses().map(|call| (&*call.id, &*call.name, &call.input)).collect();
        let mut calls: Vec<_> = inputs.iter().map(|(_, call)| call).collect();
        assert_eq!(calls.len(), expected.len(), "{case}");
        for (id, name, input) in expected {
            let place = calls.iter().position(|call| (call.id(), call.name()) == (id, name));
            let call = calls.remove(place.unwrap_or_else(|| panic!("{case}: no call {id}")));
            if call.is_ended() && call.error().is_none() {
                assert_eq!(call.value(), Some(input), "{case}: {id}");
                assert_eq!(&call.parse::<Value>().unwrap(), input, "{case}: {id}");
            } else {
                assert!(!answer.completeness.is_complete() || input.is_string(), "{case}: {id}");
            }
        }
    });
}

#[test]
fn opiks_document_has_what_others_found_in_the_same_bytes() {
    let mut compared = 0;
    for recording in &streams().unwrap_or_default() {
        let case = recording.case.as_str();
        let (answer, _) = read(recording, &recording.response());
        let document = answer.to_opik();
        let body = &document["body"];
        assert_eq!(body["content"][0], json!({"text": answer.text(), "type": "text"}), "{case}");
        assert_eq!((&body["role"], &body["type"]), (&json!("assistant"), &json!("message")), "{case}");
        let others = answer.reply.content.len()
            - answer
                .reply
                .content
                .iter()
                .filter(|block| matches!(block, bedrock_formats::reply::Block::Text { .. }))
                .count();
        assert_eq!(body["content"].as_array().unwrap().len(), 1 + others, "{case}");
        let reference = recording.reference();
        let (stop, input, output) = match recording.format.as_str() {
            "anthropic" => {
                let theirs = &reference["anthropic_sdk"];
                (&theirs["stop_reason"], &theirs["usage"]["input_tokens"], &theirs["usage"]["output_tokens"])
            }
            "converse" | "nova" => {
                let theirs = &reference["strands"];
                (&theirs["stopReason"], &theirs["usage"]["inputTokens"], &theirs["usage"]["outputTokens"])
            }
            _ => continue,
        };
        if recording.format == "exception-only" || stop.is_null() || output.is_null() || !recording.complete {
            continue;
        }
        compared += 1;
        // The words for a refusal are not the same in all formats; here they are.
        let stop = if stop == "refusal" { &json!("content_filtered") } else { stop };
        let usage = json!({"input_tokens": input, "output_tokens": output});
        assert_eq!((&body["stop_reason"], &body["usage"]), (stop, &usage), "{case}");
    }
    assert!(compared == 0 || compared > 100, "only {compared} were compared");
}
