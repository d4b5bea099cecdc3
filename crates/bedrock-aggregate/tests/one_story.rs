//! Events, reply, views, completeness and counts tell one story: of every recorded and every written stream, wherever it is cut.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use bedrock_aggregate::agui::Adaptor;
use bedrock_aggregate::simple::{SimpleAdaptor, SimpleEvent};
use bedrock_aggregate::{Answer, Event, EventSink, Framing, Reader, Run};
use bedrock_eventstream::frame::{FrameDecoder, FrameKind, FrameView};
use bedrock_eventstream::sse::SseDecoder;
use bedrock_testing::story::one_story;
use bedrock_testing::{fixtures, recordings, splits};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::RngSeed;
use serde_json::Value;

/// What is emitted of a stream, and the answer.
fn read(reader: Reader, pieces: &[&[u8]]) -> (Vec<Event<'static>>, Answer) {
    let mut reader = reader;
    let mut emitted = Vec::new();
    let mut on_event = |event: Event<'_>| emitted.push(event.into_owned());
    for piece in pieces {
        if reader.push(piece, &mut EventSink::new(&mut on_event)).is_err() {
            break;
        }
    }
    let answer = reader.finish(&mut EventSink::new(&mut on_event)).unwrap_or_else(Answer::from);
    (emitted, answer)
}

/// Holds what was emitted, and what the views make of it, against the answer.
fn check(what: &str, emitted: &[Event<'static>], answer: &Answer) {
    let events: Vec<_> = emitted.iter().map(|event| serde_json::to_value(event).unwrap()).collect();
    let shown = serde_json::to_value(answer).unwrap();
    let show = || {
        let lines: Vec<_> = events.iter().map(Value::to_string).collect();
        format!("{what}\n{}\n{shown:#}", lines.join("\n"))
    };
    if let Err(difference) = one_story(&events, &shown) {
        panic!("{difference}: {}", show());
    }
    let (mut simple, mut words, mut last) = (SimpleAdaptor::new(), String::new(), None);
    let mut emit = |event: SimpleEvent<'_>| {
        if let SimpleEvent::Text(text) = &event {
            words.push_str(text);
        }
        last = Some(event.into_owned());
    };
    emitted.iter().for_each(|event| simple.push(event, &mut emit));
    simple.finish(&answer.completeness, &mut emit);
    let is_done = matches!(last, Some(SimpleEvent::Done { .. }));
    assert_eq!(is_done, answer.completeness.is_complete(), "{}", show());

    let (mut run, mut adaptor, mut kinds) = (Run::new("run"), Adaptor::new(), Vec::new());
    let mut send =
        |event: bedrock_aggregate::agui::Event<'_>| kinds.push(serde_json::to_value(&event).unwrap());
    let mut emit = |event: bedrock_aggregate::RunEvent<'_>| adaptor.push(&event, &mut send);
    emitted.iter().for_each(|event| run.push(event.clone(), &mut emit));
    run.finish(&answer.completeness, &mut emit);
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
            let (emitted, answer) = read(reader, &[&body[..cut]]);
            check(&format!("{} to byte {cut}", recording.case), &emitted, &answer);
        }
    }
}

/// The fixtures' streams: format, name, body.
fn bodies() -> impl Iterator<Item = (String, String, Vec<u8>)> {
    fixtures(env!("CARGO_MANIFEST_DIR")).into_iter().map(|(format, case)| {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        (format, name, std::fs::read(case.join("stream.bin")).unwrap())
    })
}

#[test]
fn every_fixture_tells_one_story_wherever_it_is_cut() {
    for (format, name, body) in bodies() {
        let framing = Framing::sniff(&body);
        let reader = || Reader::new(framing).with_format(&format).unwrap();
        let step = 1 + body.len() / 60;
        for cut in (0..=body.len()).step_by(step).chain([body.len()]) {
            let (emitted, answer) = read(reader(), &[&body[..cut]]);
            check(&format!("{format}/{name} to byte {cut}"), &emitted, &answer);
        }
        let whole = read(reader(), &[&body]);
        for pieces in splits(&body, body.len() as u64) {
            assert_eq!(read(reader(), &pieces), whole, "{format}/{name}");
        }
    }
}

/// The chunks of each stream of each format.
static STREAMS: LazyLock<Vec<(String, Vec<Vec<String>>)>> = LazyLock::new(|| {
    let mut streams = BTreeMap::<String, Vec<Vec<String>>>::new();
    for (format, _, body) in bodies() {
        let mut chunks = match Framing::sniff(&body).name() {
            "eventstream" => {
                FrameDecoder::new().feed(&body).filter_map(|frame| chunk_of(&frame.ok()?)).collect()
            }
            "sse" => {
                let mut decoder = SseDecoder::new();
                let events = decoder.feed(&body).filter_map(Result::ok);
                events.map(|event| String::from_utf8_lossy(&event.data_bytes()).into_owned()).collect()
            }
            _ => vec![String::from_utf8_lossy(&body).into_owned()],
        };
        chunks.iter_mut().for_each(|chunk| chunk.retain(|character| character != '\n'));
        streams.entry(format).or_default().push(chunks);
    }
    streams.into_iter().collect()
});

/// The chunk in a frame, as clients hand it out.
fn chunk_of(frame: &FrameView<'_>) -> Option<String> {
    let payload: Value = serde_json::from_slice(frame.payload()).ok()?;
    match frame.kind() {
        FrameKind::Event { event_type: "chunk" } => {
            let bytes = base64_simd::STANDARD.decode_to_vec(payload["bytes"].as_str()?).ok()?;
            String::from_utf8(bytes).ok()
        }
        FrameKind::Event { event_type } => Some(serde_json::json!({event_type: payload}).to_string()),
        _ => None,
    }
}

/// What becomes of the chunks of two streams.
#[derive(Debug, Clone)]
enum Change {
    Drop(Index),
    Double(Index, Index),
    Move(Index, Index),
    Insert(Index, Index),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let place = || any::<Index>();
    let change = prop_oneof![
        place().prop_map(Change::Drop),
        (place(), place()).prop_map(|(from, to)| Change::Double(from, to)),
        (place(), place()).prop_map(|(from, to)| Change::Move(from, to)),
        (place(), place()).prop_map(|(from, to)| Change::Insert(from, to)),
    ];
    prop::collection::vec(change, 0..12)
}

/// The chunks of one stream among those of another, changed.
fn put_together(one: &[String], other: &[String], turns: &[bool], changes: &[Change]) -> Vec<String> {
    let (mut one, mut others) = (one.iter(), other.iter());
    let of_turns: Vec<_> =
        turns.iter().filter_map(|turn| if *turn { others.next() } else { one.next() }).collect();
    let mut chunks: Vec<String> = of_turns.into_iter().chain(one).cloned().collect();
    for change in changes.iter().filter(|_| !other.is_empty()) {
        let length = chunks.len();
        if length == 0 {
            break;
        }
        match change {
            Change::Drop(at) => drop(chunks.remove(at.index(length))),
            Change::Double(from, to) => {
                chunks.insert(to.index(length + 1), chunks[from.index(length)].clone())
            }
            Change::Move(from, to) => {
                let chunk = chunks.remove(from.index(length));
                chunks.insert(to.index(length), chunk);
            }
            Change::Insert(from, to) => {
                chunks.insert(to.index(length + 1), other[from.index(other.len())].clone());
            }
        }
    }
    chunks
}

/// Whether the model's name has changed on the way. It says whether a text has reasoning in it: events go by the first,
/// and the reply is read by the last.
fn is_another_model((emitted, answer): &(Vec<Event<'static>>, Answer)) -> bool {
    let first = emitted.iter().find_map(|event| match event {
        Event::MessageStart(start) => Some(start.model.as_deref()),
        _ => None,
    });
    let last = emitted.iter().find_map(|event| match event {
        Event::Stop(stop) => stop.model.as_deref(),
        _ => None,
    });
    let own = answer.reply.model.as_deref();
    first.is_some_and(|first| first != own) || last.is_some_and(|last| Some(last) != own)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: bedrock_testing::cases(8_000), rng_seed: RngSeed::Fixed(8), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_chunks_put_together_tell_one_story(
        format in any::<Index>(),
        one in any::<Index>(),
        other in any::<Index>(),
        turns in prop::collection::vec(prop::bool::weighted(0.3), 0..24),
        changes in changes(),
        salt in 0_usize..200,
    ) {
        let (format, streams) = format.get(STREAMS.as_slice());
        let chunks = put_together(&streams[one.index(streams.len())], &streams[other.index(streams.len())], &turns, &changes);
        let body = chunks.join("\n") + "\n";
        let reader = || Reader::new(Framing::JsonLines).with_format(format).unwrap();
        let whole = read(reader(), &[body.as_bytes()]);
        if !is_another_model(&whole) {
            check(&format!("{format}\n{body}"), &whole.0, &whole.1);
        }
        let pieces: Vec<_> = body.as_bytes().chunks(1 + salt).collect();
        prop_assert_eq!(read(reader(), &pieces), whole, "{}: {}", format, body);
    }
}
