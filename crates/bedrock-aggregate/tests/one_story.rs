//! Events, reply, views, completeness and counts tell one story: of every recorded and every written stream, wherever it is cut.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;

use bedrock_aggregate::agui::Adaptor;
use bedrock_aggregate::simple::{SimpleAdaptor, SimpleEvent};
use bedrock_aggregate::{Answer, Event, Framing, Listener, Reader, Run};
use bedrock_testing::story::one_story;
use bedrock_testing::{recordings, splits};
use serde_json::Value;

/// What is heard of a stream, and the answer.
fn read(reader: Reader, pieces: &[&[u8]]) -> (Vec<Event<'static>>, Answer) {
    let mut reader = reader;
    let mut heard = Vec::new();
    let mut hear = |event: Event<'_>| heard.push(event.into_owned());
    for piece in pieces {
        if reader.push(piece, &mut Listener::new(&mut hear)).is_err() {
            break;
        }
    }
    let answer = reader.finish(&mut Listener::new(&mut hear)).unwrap_or_else(Answer::from);
    (heard, answer)
}

/// Holds what was heard, and what the views make of it, against the answer.
fn check(what: &str, heard: &[Event<'static>], answer: &Answer) {
    let events: Vec<_> = heard.iter().map(|event| serde_json::to_value(event).unwrap()).collect();
    let told = serde_json::to_value(answer).unwrap();
    let show = || {
        let lines: Vec<_> = events.iter().map(Value::to_string).collect();
        format!("{what}\n{}\n{told:#}", lines.join("\n"))
    };
    if let Err(difference) = one_story(&events, &told) {
        panic!("{difference}: {}", show());
    }
    let (mut simple, mut words, mut last) = (SimpleAdaptor::new(), String::new(), None);
    let mut tell = |event: SimpleEvent<'_>| {
        if let SimpleEvent::Text(text) = &event {
            words.push_str(text);
        }
        last = Some(event.into_owned());
    };
    heard.iter().for_each(|event| simple.tell(event, &mut tell));
    simple.finish(&answer.completeness, &mut tell);
    let is_done = matches!(last, Some(SimpleEvent::Done { .. }));
    assert_eq!(is_done, answer.completeness.is_complete(), "{}", show());

    let (mut run, mut adaptor, mut kinds) = (Run::new("run"), Adaptor::new(), Vec::new());
    let mut send =
        |event: bedrock_aggregate::agui::Event<'_>| kinds.push(serde_json::to_value(&event).unwrap());
    let mut tell = |event: bedrock_aggregate::RunEvent<'_>| adaptor.tell(&event, &mut send);
    heard.iter().for_each(|event| run.tell(event.clone(), &mut tell));
    run.finish(&answer.completeness, &mut tell);
    let ends = kinds.iter().filter(|event| event["type"] == "RUN_FINISHED" || event["type"] == "RUN_ERROR");
    assert_eq!(ends.count(), 1, "{}", show());
    let is_finished = kinds.last().is_some_and(|event| event["type"] == "RUN_FINISHED");
    assert_eq!(is_finished, answer.completeness.is_complete(), "{}", show());
    for finished in kinds.iter().filter(|event| event["type"] == "MODEL_CALL_FINISHED") {
        let reason = answer.reply.stop_reason.as_ref().map(|reason| Value::from(reason.as_str()));
        assert_eq!(finished.get("stopReason"), reason.as_ref(), "{}", show());
        let is_whole = answer.completeness.is_complete();
        if let (true, Some(Value::String(model)), Some(own)) =
            (is_whole, finished.get("modelName"), &answer.reply.model)
        {
            assert_eq!(model, own, "{}", show());
        }
    }
}

#[test]
fn every_recorded_stream_tells_one_story() {
    let Some(all) = recordings(|recording| recording.status == 200 && recording.streaming) else { return };
    for recording in all {
        let Some(framing) = Framing::from_name(&recording.framing) else { continue };
        let body = recording.response();
        for cut in [body.len(), body.len() * 2 / 3, body.len() / 3] {
            let reader = Reader::new(framing).with_model_id(&recording.model_id);
            let (heard, answer) = read(reader, &[&body[..cut]]);
            check(&format!("{} to byte {cut}", recording.case), &heard, &answer);
        }
    }
}

/// The fixtures' streams: format, name, body.
fn fixtures() -> Vec<(String, String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let folders = |of: &Path| -> Vec<_> {
        let all = std::fs::read_dir(of).into_iter().flatten().map(|entry| entry.unwrap().path());
        let mut folders: Vec<_> = all.filter(|path| path.is_dir()).collect();
        folders.sort();
        folders
    };
    let mut all = Vec::new();
    for format in folders(&root).iter().filter(|format| !format.ends_with("frames")) {
        for case in folders(format) {
            let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
            all.push((name(format), name(&case), std::fs::read(case.join("stream.bin")).unwrap()));
        }
    }
    all
}

#[test]
fn every_fixture_tells_one_story_wherever_it_is_cut() {
    for (format, name, body) in fixtures() {
        let framing = Framing::sniff(&body);
        let reader = || Reader::new(framing).with_format(&format).unwrap();
        let step = 1 + body.len() / 60;
        for cut in (0..=body.len()).step_by(step).chain([body.len()]) {
            let (heard, answer) = read(reader(), &[&body[..cut]]);
            check(&format!("{format}/{name} to byte {cut}"), &heard, &answer);
        }
        let whole = read(reader(), &[&body]);
        for pieces in splits(&body, body.len() as u64) {
            assert_eq!(read(reader(), &pieces), whole, "{format}/{name}");
        }
    }
}
