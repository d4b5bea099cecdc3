//! Every recorded answer that was not streamed: recognised without help, and emitted to the sink as a stream would
//! have emitted it.
//! Not for: the types of the formats; `bedrock-formats` holds each of these answers to its type.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bedrock_aggregate::{Answer, Event, EventSink, Framing, Reader};
use bedrock_testing::{Recording, recordings};
use serde_json::Value;

/// What was emitted amounts to the reply.
fn check_emitted(case: &str, answer: &Answer, emitted: &[Event<'_>]) {
    let (mut text, mut thinking, mut calls, mut stop, mut usage) =
        (String::new(), String::new(), 0, None, None);
    for event in emitted {
        match event {
            Event::TextDelta(delta) => text.push_str(delta),
            Event::ThinkingDelta(delta) => thinking.push_str(delta),
            Event::ToolUseEnd(_) => calls += 1,
            Event::Stop(shown) => stop = Some(shown.reason.clone()),
            Event::Usage(shown) => usage = Some(shown.usage),
            _ => {}
        }
    }
    let reply = &answer.reply;
    assert_eq!(
        (text, thinking, calls),
        (reply.text(), reply.thinking(), reply.tool_uses().count()),
        "{case}"
    );
    assert_eq!((&stop, usage), (&reply.stop_reason, reply.usage), "{case}");
    assert!(matches!(emitted, [Event::MessageStart(_), .., Event::MessageEnd(_)]), "{case}: {emitted:?}");
}

/// A whole answer, given without a word of what it is, reads as its own format and is written back as it came.
#[test]
fn every_recorded_whole_answer_is_read_for_what_it_is() {
    // Vectors, verdicts and counts are no answers of a chat.
    let wanted = |recording: &Recording| {
        let is_chat = bedrock_formats::model_id::FORMAT_NAMES.contains(&recording.format.as_str());
        !recording.streaming && recording.status == 200 && is_chat
    };
    let Some(all) = recordings(wanted) else { return };
    let mut wrong = Vec::new();
    for recording in &all {
        let body = recording.response();
        let wire: Value = serde_json::from_slice(&body).unwrap();
        let mut emitted = Vec::new();
        let mut on_event = |event: Event<'_>| emitted.push(event.into_owned());
        let mut reader = Reader::new(Framing::Json).with_model_id(&recording.model_id);
        reader.push(&body, &mut EventSink::new(&mut on_event)).unwrap();
        let answer = reader.finish(&mut EventSink::new(&mut on_event)).unwrap();
        check_emitted(&recording.case, &answer, &emitted);
        assert!(answer.completeness.is_complete(), "{}: {:?}", recording.case, answer.completeness);
        let native = answer.native.unwrap().to_json();
        let difference = bedrock_testing::difference(&wire, &native);
        if answer.format != recording.format || difference.is_some() {
            wrong.push(format!("{}: {} {difference:?}", recording.case, answer.format));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), all.len(), wrong.join("\n"));
    assert!(all.len() > 600, "only {} answers", all.len());
}
