//! What model invocation logging stores of a stream is read as the answer that the stream was: an array of its chunks, or for
//! ConverseStream one merged answer.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bedrock_aggregate::{Answer, Framing, Listener, Reader};
use bedrock_testing::{Recording, recordings};
use serde_json::Value;

fn read(recording: &Recording, framing: Framing, body: &[u8]) -> Answer {
    let mut reader = Reader::new(framing).with_model_id(&recording.model_id);
    reader.push(body, &mut Listener::none()).unwrap();
    reader.finish(&mut Listener::none()).unwrap()
}

/// What stands under `outputBodyJson`.
fn logged(recording: &Recording, live: &Answer) -> Value {
    if recording.format == "converse" {
        return live.native.as_ref().unwrap().to_json();
    }
    // The mark of the end is no JSON, and is not logged.
    recording.chunks().into_iter().filter(Value::is_object).collect()
}

#[test]
fn a_logged_stream_is_the_answer_that_it_was() {
    let wanted = |recording: &Recording| recording.streaming && recording.status == 200 && recording.complete;
    let Some(all) = recordings(wanted) else { return };
    assert!(all.len() > 500, "only {}", all.len());
    for recording in &all {
        let case = recording.case.as_str();
        let framing = Framing::from_name(&recording.framing).unwrap();
        let live = read(recording, framing, &recording.response());
        let mut logged = read(recording, Framing::Json, logged(recording, &live).to_string().as_bytes());
        assert!(logged.completeness.is_complete(), "{case}: {:?}", logged.completeness);
        // A merged answer has no chunks that could be unknown.
        logged.unknown.clone_from(&live.unknown);
        assert_eq!(logged, live, "{case}");
    }
}
