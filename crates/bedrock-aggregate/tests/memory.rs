//! What a reader holds of small values that nobody knows, as a multiple of what came in. `cargo test -p bedrock-aggregate
//! --test memory -- --nocapture` prints the table.
//!
//! Measured is the most memory that a process of its own has had, from before the first byte to the whole answer; a reader
//! alone may hold 64 MiB, which is told apart below. Only Linux shows this of a process in plain text.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::process::Command;

use bedrock_aggregate::{EventSink, Framing, ReadError, Reader};

/// What comes again and again, with `#` for a number that rises; the framing; the format, where it is known; and how many
/// times its length may be held at most.
const ROWS: &[(&str, &str, Framing, &str, u64)] = &[
    ("no format", "data:{\"a\":1}\n\n", Framing::Sse, "", 4),
    ("no format, in lines", "{\"a\":1}\n", Framing::JsonLines, "", 6),
    ("unknown events", "{\"type\":\"new\"}\n", Framing::JsonLines, "anthropic", 4),
    ("unknown events, Converse", "{\"new\":{}}\n", Framing::JsonLines, "converse", 5),
    ("unknown events, Nova", "{\"new\":{}}\n", Framing::JsonLines, "nova", 5),
    ("unknown events, Responses", "data: {\"type\":\"new\"}\n\n", Framing::Sse, "openai-responses", 4),
    ("chunks that are no JSON", "{\n", Framing::JsonLines, "openai-chat", 4),
    ("odd members", "{\"choices\":[],\"created\":[]}\n", Framing::JsonLines, "openai-chat", 4),
    ("an unknown member, repeated", "{\"choices\":[],\"a\":1}\n", Framing::JsonLines, "openai-chat", 4),
    ("unknown members of many names", "{\"choices\":[],\"#\":1}\n", Framing::JsonLines, "openai-chat", 24),
    (
        "unknown members of deltas",
        "{\"choices\":[{\"delta\":{\"a\":#}}]}\n",
        Framing::JsonLines,
        "openai-chat",
        12,
    ),
    ("text", "{\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n", Framing::JsonLines, "openai-chat", 4),
];

const ROW: &str = "BEDROCK_AGGREGATE_MEMORY_ROW";

/// How many bytes each row is long.
const LENGTH: usize = 6 << 20;

/// A line of what Linux says of this process, in bytes.
fn status(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let found = status.lines().find_map(|found| found.strip_prefix(line)).unwrap();
    found.trim_matches(|c: char| !c.is_ascii_digit()).parse::<u64>().unwrap() * 1024
}

fn reader(framing: Framing, format: &str) -> Reader {
    let reader = Reader::new(framing);
    if format.is_empty() { reader } else { reader.with_format(format).unwrap() }
}

/// The pieces of a row, each made when it is asked for.
fn pieces(pattern: &'static str) -> impl Iterator<Item = Vec<u8>> {
    const PIECE: usize = 500;
    (0..LENGTH / pattern.len() / PIECE).map(move |piece| {
        let lines = (piece * PIECE..(piece + 1) * PIECE).map(move |n| pattern.replace('#', &n.to_string()));
        lines.collect::<String>().into_bytes()
    })
}

/// Reads a row and returns what came in and the most that was held.
fn measure(row: usize) {
    let (_, pattern, framing, format, _) = ROWS[row];
    let before = status("VmRSS:");
    let mut reader = reader(framing, format).with_max_held(usize::MAX);
    let mut taken = 0;
    for piece in pieces(pattern) {
        taken += piece.len();
        reader.push(&piece, &mut EventSink::none()).unwrap();
    }
    let answer = reader.finish(&mut EventSink::none());
    println!("MEASURED {taken} {}", status("VmHWM:").saturating_sub(before));
    drop(answer);
}

#[test]
fn what_is_held_is_a_small_multiple_of_what_came() {
    if let Ok(row) = std::env::var(ROW) {
        return measure(row.parse().unwrap());
    }
    println!("| what comes | bytes in | most held | times |\n|---|---|---|---|");
    let mut over = Vec::new();
    for (row, (name, .., most)) in ROWS.iter().enumerate() {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "what_is_held_is_a_small_multiple_of_what_came", "--nocapture"]);
        let output = command.env(ROW, row.to_string()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let figures =
            text.lines().find_map(|line| line.split_once("MEASURED ")).unwrap_or_else(|| panic!("{text}")).1;
        let (taken, held) = figures.split_once(' ').unwrap();
        let (taken, held): (u64, u64) = (taken.parse().unwrap(), held.trim().parse().unwrap());
        println!("| {name} | {taken} | {held} | {:.1} |", held as f64 / taken as f64);
        if held > taken * most {
            over.push(*name);
        }
    }
    assert!(over.is_empty(), "{over:?}");
}

#[test]
fn a_stream_without_end_reaches_the_limit() {
    const LIMIT: usize = 100_000;
    for (name, pattern, framing, format, _) in ROWS {
        let ends = || {
            let mut reader = reader(*framing, format).with_max_held(LIMIT);
            let mut taken = 0;
            for piece in pieces(pattern) {
                if let Err(error) = reader.push(&piece, &mut EventSink::none()) {
                    assert_eq!(error, ReadError::TooLarge { limit: LIMIT }, "{name}");
                    let undecided = reader.finish(&mut EventSink::none()).unwrap_or_else(Into::into);
                    assert_eq!(
                        undecided.completeness.missing().unwrap().corrupt,
                        Some(error.to_string()),
                        "{name}"
                    );
                    return Some(taken);
                }
                taken += piece.len();
            }
            None
        };
        // What is only counted, said again, or text of a byte to a chunk goes on.
        let is_small = ["no JSON", "odd", "repeated"].iter().any(|small| name.contains(small));
        match ends() {
            Some(taken) => assert!(!is_small && taken > LIMIT / 50, "{name}: {taken}"),
            None => assert!(is_small, "{name}"),
        }
    }
}

#[test]
fn a_line_or_a_document_without_end_reaches_the_limit() {
    for framing in [Framing::JsonLines, Framing::Json] {
        for size in [1, 999, 5000] {
            let mut reader = Reader::new(framing).with_max_held(3000);
            let body = [b' '; 5000];
            let result = body.chunks(size).try_for_each(|piece| reader.push(piece, &mut EventSink::none()));
            assert_eq!(result, Err(ReadError::TooLarge { limit: 3000 }), "{framing:?} {size}");
        }
    }
}
