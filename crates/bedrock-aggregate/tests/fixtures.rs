//! Every fixture of the workspace, read at every way of cutting it, gives the events and the answer that stand beside it.
//!
//! A packaged crate comes without the fixtures; then there is nothing to read, and the test says so.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;

use bedrock_aggregate::{Event, EventSink, Framing, Reader};
use bedrock_testing::{fixtures, splits};
use serde_json::Value;

/// The events and the answer of a stream given in pieces.
fn read(format: &str, framing: Framing, pieces: &[&[u8]]) -> (Vec<Value>, Value) {
    let mut emitted = Vec::new();
    let mut on_event = |event: Event<'_>| emitted.push(serde_json::to_value(&event).unwrap());
    let mut reader = Reader::new(framing).with_format(format).unwrap();
    for piece in pieces {
        if reader.push(piece, &mut EventSink::new(&mut on_event)).is_err() {
            break;
        }
    }
    let answer = reader.finish(&mut EventSink::new(&mut on_event)).unwrap();
    (emitted, serde_json::to_value(&answer).unwrap())
}

fn check(format: &str, case: &Path) {
    let file = |name: &str| {
        fs::read(case.join(name)).unwrap_or_else(|error| panic!("{}/{name}: {error}", case.display()))
    };
    let body = file("stream.bin");
    let events = String::from_utf8(file("events.jsonl")).unwrap();
    let events: Vec<Value> = events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let answer: Value = serde_json::from_slice(&file("message.json")).unwrap();
    let framing = Framing::sniff(&body);
    for pieces in splits(&body, body.len() as u64) {
        let (emitted, read) = read(format, framing, &pieces);
        assert_eq!(emitted, events, "{}: events, in {} pieces", case.display(), pieces.len());
        assert_eq!(read, answer, "{}: answer, in {} pieces", case.display(), pieces.len());
    }
}

#[test]
fn every_fixture_reads_as_written_at_every_split() {
    let all = fixtures(env!("CARGO_MANIFEST_DIR"));
    all.iter().for_each(|(format, case)| check(format, case));
    assert!(all.is_empty() || all.len() > 50, "only {} fixtures were read", all.len());
}
