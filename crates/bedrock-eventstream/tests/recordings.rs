//! Recorded streams of the service: every one decodes to what other decoders read in it, however it is cut. The folder is
//! named by `BEDROCK_RECORDINGS`.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use std::path::{Path, PathBuf};

use base64::Engine as _;
use bedrock_eventstream::frame::{Frame, HeaderValue, Limits};
use bedrock_eventstream::sse::SseDecoder;
use bytes::Bytes;
use serde_json::{Value, json};

/// Recordings whose `framing` in the index is this, with their folders.
fn recordings(framing: &str) -> Option<Vec<(String, PathBuf)>> {
    let folder = bedrock_testing::folder("BEDROCK_RECORDINGS")?;
    let index = std::fs::read_to_string(folder.join("INDEX.tsv")).unwrap();
    let rows = index.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let found = rows.filter(|row| row[5] == framing).map(|row| (row[0].into(), folder.join(row[0])));
    Some(found.collect())
}

fn json_file(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn every_recorded_event_stream_decodes_to_its_events() {
    let Some(recordings) = recordings("eventstream") else { return };
    assert_eq!(recordings.len(), 160);
    for (number, (case, folder)) in recordings.iter().enumerate() {
        let bytes = std::fs::read(folder.join("response.bin")).unwrap();
        let limits = Limits::new();
        let (frames, end) = crate::support::borrowed(limits, [&bytes[..]]);
        assert_eq!(end, Ok(()), "{case}");
        let mut events = json_file(&folder.join("events.json"));
        for event in events.as_array_mut().unwrap() {
            // What is inside a `chunk` is decoded there too; that is the business of other crates.
            event.as_object_mut().unwrap().remove("chunk");
        }
        assert_eq!(Value::from_iter(frames.iter().map(as_json)), events, "{case}");

        let expected = (frames, end);
        assert_eq!(crate::support::borrowed(limits, bytes.chunks(1)), expected, "{case} byte by byte");
        assert_eq!(crate::support::owned(limits, bytes.chunks(1)), expected, "{case} byte by byte");
        for (round, longest) in [(1, 40), (2, 400), (3, 20_000)] {
            let pieces = crate::support::random_pieces(&bytes, longest, (number * 10 + round) as u64);
            assert_eq!(
                crate::support::borrowed(limits, pieces.iter().copied()),
                expected,
                "{case} at random"
            );
            assert_eq!(crate::support::owned(limits, pieces.iter().copied()), expected, "{case} at random");
        }
    }
}

/// The frame in the words of `events.json`.
fn as_json(frame: &Frame) -> Value {
    let headers: Vec<Value> = frame
        .headers()
        .map(|header| match header.value {
            HeaderValue::String(value) => json!([header.name, value]),
            other => panic!("no recording has {other:?}"),
        })
        .collect();
    let mut expected = json!({ "headers": headers, "frame_bytes": frame.len() });
    match serde_json::from_slice(frame.payload()) {
        Ok(payload) => expected["payload"] = payload,
        Err(_) => {
            let encoded = base64::engine::general_purpose::STANDARD.encode(frame.payload());
            expected["payload_b64"] = encoded.into();
        }
    }
    expected
}

#[test]
fn every_recorded_sse_stream_decodes_to_its_events() {
    let Some(recordings) = recordings("sse") else { return };
    assert_eq!(recordings.len(), 426);
    for (number, (case, folder)) in recordings.iter().enumerate() {
        let bytes = std::fs::read(folder.join("response.bin")).unwrap();
        let events = json_file(&folder.join("events.json"));
        let seed = number as u64;
        // A few are so long that single bytes would take the time of all the others together.
        let smallest = if bytes.len() > 50_000 { 5 } else { 1 };
        for pieces in [
            vec![&bytes[..]],
            bytes.chunks(smallest).collect(),
            crate::support::random_pieces(&bytes, 30, seed),
            crate::support::random_pieces(&bytes, 3_000, seed),
        ] {
            let found = sse_events(&pieces);
            assert_eq!(found, events.as_array().unwrap()[..], "{case} in {} pieces", pieces.len());
        }
    }
}

/// The events in the words of `events.json`. Both ways of the decoder are asked, turn by turn.
fn sse_events(pieces: &[&[u8]]) -> Vec<Value> {
    let mut decoder = SseDecoder::new();
    let mut events = Vec::new();
    for (number, piece) in pieces.iter().enumerate() {
        if number % 2 == 0 {
            events.extend(decoder.feed(piece).map(|event| event.unwrap().to_owned()));
        } else {
            decoder.push(Bytes::copy_from_slice(piece));
            events.extend(std::iter::from_fn(|| decoder.next_event().unwrap()));
        }
    }
    // The other decoder gives what is unfinished at the end without a word.
    events.extend(decoder.unfinished());
    let as_json = |event: &bedrock_eventstream::sse::SseEvent| {
        let data = serde_json::from_slice(&event.data_bytes()).unwrap_or_else(|_| json!(event.data()));
        json!({ "event": event.name().unwrap_or("message"), "data": data })
    };
    events.iter().map(as_json).collect()
}
