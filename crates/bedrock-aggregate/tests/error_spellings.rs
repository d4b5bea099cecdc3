//! An error beside whatever a chunk says is an error, however the chunk is written: with blanks or without, in whichever
//! order its members stand, with members that nobody knows in front.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;

use bedrock_aggregate::{Answer, EventSink, Framing, Reader};
use bedrock_testing::fixtures;
use serde_json::{Map, Value, json};

/// The chunks of a fixture, as they are written there; none where it is a list of frames.
fn chunks(case: &Path) -> Vec<String> {
    let text = fs::read_to_string(case.join("case.toml")).unwrap();
    let chunks = text.split_once("\nchunks = '''\n").and_then(|(_, rest)| rest.split_once("'''"));
    let lines = chunks.map_or("", |(chunks, _)| chunks).lines();
    // An event of Converse stands behind its name.
    let named = lines.map(|line| match line.split_once(' ') {
        Some((name, event)) if name.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            format!(r#"{{"{name}":{event}}}"#)
        }
        _ => line.to_owned(),
    });
    named.filter(|line| !line.is_empty()).collect()
}

/// Blanks wherever JSON allows some, as Python writes them.
fn spaced(json: &str) -> String {
    let (mut out, mut quoted, mut escaped) = (String::new(), false, false);
    for letter in json.chars() {
        out.push(letter);
        quoted ^= letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
        if !quoted && matches!(letter, ':' | ',') {
            out.push(' ');
        }
    }
    out
}

/// The object with more members: behind its own, in front of them, with blanks, with its own turned about.
fn spellings(object: &Map<String, Value>, more: &(&str, Value)) -> Vec<String> {
    let own = || object.iter().map(|(key, value)| (key.clone(), value.clone()));
    let more = || std::iter::once((more.0.to_owned(), more.1.clone()));
    let unknown = || [("zz".to_owned(), json!("a")), ("p".to_owned(), json!("abc"))].into_iter();
    let text = |members: Map<String, Value>| Value::Object(members).to_string();
    let last = text(own().chain(more()).collect());
    let spaced = spaced(&last);
    vec![
        last,
        spaced,
        text(more().chain(own()).collect()),
        text(unknown().chain(own()).chain(more()).collect()),
        text(own().rev().chain(more()).collect()),
    ]
}

/// The chunk with the error in a piece of what it says, or in a generation or a piece of that, wherever it has such.
fn in_pieces(chunk: &Map<String, Value>, error: &(&str, Value)) -> Vec<String> {
    const LISTS: [&str; 5] = ["choices", "results", "outputs", "generations", "completions"];
    let of_lists =
        LISTS.iter().flat_map(|list| ["", "/delta", "/message"].map(|piece| format!("/{list}/0{piece}")));
    let of_events = ["/delta", "/content_block", "/message"].map(str::to_owned);
    let with = |path: String| {
        let mut chunk = Value::Object(chunk.clone());
        chunk.pointer_mut(&path)?.as_object_mut()?.insert(error.0.to_owned(), error.1.clone());
        Some(chunk.to_string())
    };
    of_lists.chain(of_events).filter_map(with).collect()
}

/// The chunk with the error beside what it says: in the event itself and in what a name is put around.
fn with_error(chunk: &Map<String, Value>, error: &(&str, Value)) -> Vec<String> {
    let mut all = spellings(chunk, error);
    const EVENTS: [&str; 6] = [
        "messageStart",
        "contentBlockStart",
        "contentBlockDelta",
        "contentBlockStop",
        "messageStop",
        "metadata",
    ];
    if let Some((name, Value::Object(event))) = chunk.iter().find(|(name, _)| EVENTS.contains(&name.as_str()))
    {
        all.extend(spellings(event, error).iter().map(|event| format!(r#"{{"{name}":{event}}}"#)));
    }
    all.extend(in_pieces(chunk, error));
    all
}

fn read(format: Option<&str>, lines: &[String]) -> Answer {
    let mut reader = Reader::new(Framing::JsonLines);
    if let Some(format) = format {
        reader = reader.with_format(format).unwrap();
    }
    let mut nobody = EventSink::none();
    let whole = lines.iter().try_for_each(|line| reader.push(format!("{line}\n").as_bytes(), &mut nobody));
    let answer = reader.finish(&mut nobody);
    match (whole, answer) {
        (Ok(()), Ok(answer)) => answer,
        (_, answer) => answer.unwrap_or_else(Answer::from),
    }
}

/// Puts the error into each chunk of a stream, and returns the spellings that were not emitted as one.
fn check(format: &str, lines: &[String], error: &(&str, Value)) -> Vec<String> {
    let mut deaf = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Ok(Value::Object(chunk)) = serde_json::from_str(line) else { continue };
        for spelling in with_error(&chunk, error) {
            let mut lines = lines.to_vec();
            lines[at].clone_from(&spelling);
            for format in [Some(format), None] {
                let completeness = read(format, &lines).completeness;
                let message = completeness.exception().map(|exception| exception.message.as_str());
                if message != Some("it broke") {
                    deaf.push(format!("{format:?} {completeness:?}: {spelling}"));
                }
            }
        }
    }
    deaf
}

#[test]
fn an_error_is_emitted_beside_every_chunk_of_every_format_however_it_is_written() {
    let errors = [
        ("error", json!({"message": "it broke"})),
        ("throttlingException", json!({"message": "it broke"})),
        ("errors", json!(["it broke"])),
        ("Error", json!({"Message": "it broke"})),
        ("error_message", json!("it broke")),
        ("errorMessage", json!("it broke")),
    ];
    let all = fixtures(env!("CARGO_MANIFEST_DIR"));
    let (mut streams, mut deaf) = (0, Vec::new());
    for (format, case) in &all {
        let lines = chunks(case);
        let is_short = (1..=40).contains(&lines.len());
        if !is_short || !read(Some(format), &lines).completeness.is_complete() {
            continue;
        }
        streams += 1;
        for error in &errors {
            deaf.extend(check(format, &lines, error).iter().map(|it| format!("{}: {it}", case.display())));
        }
    }
    assert!(all.is_empty() || streams > 30, "only {streams} streams were read");
    assert!(deaf.is_empty(), "{} of {streams} streams:\n{}", deaf.len(), deaf.join("\n"));
}
