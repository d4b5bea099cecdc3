//! Every recorded chunk, alone: it is known for what it is, or it is not known; it is never taken for another.

use std::collections::BTreeMap;

use bedrock_aggregate::{Probe, Registry};
use bedrock_testing::{Recording, recordings};
use serde_json::Value;

#[test]
fn no_recorded_chunk_is_misread() {
    let wanted = |recording: &Recording| {
        recording.streaming && recording.status == 200 && recording.format != "exception-only"
    };
    let Some(all) = recordings(wanted) else { return };
    let registry = Registry::new();
    let (mut known, mut undecided, mut misread) =
        (0, 0, BTreeMap::<(String, String), (usize, String)>::new());
    for recording in &all {
        for event in recording.events() {
            let headers = event.get("headers").and_then(Value::as_array).into_iter().flatten();
            let named =
                headers.filter(|header| header[0] == ":event-type").find_map(|header| header[1].as_str());
            let event_type = named.filter(|name| *name != "chunk");
            let chunk = ["chunk", "data", "payload"].iter().find_map(|key| event.get(key));
            let Some(chunk) = chunk else { continue };
            match registry.detect(&Probe { event_type, chunk }) {
                None => undecided += 1,
                Some(format) if format.name() == recording.format => known += 1,
                Some(format) => {
                    let pair = (recording.format.clone(), format.name().to_owned());
                    let sample =
                        misread.entry(pair).or_insert_with(|| (0, format!("{}: {chunk}", recording.case)));
                    sample.0 += 1;
                }
            }
        }
    }
    assert!(misread.is_empty(), "{misread:#?}");
    assert!(known > 10_000 && undecided * 20 < known, "{known} known, {undecided} undecided");
}
