//! The reader with every format and every framing, and every view of its events: the same at any split, one story in
//! events, reply, completeness and views, in bounded memory.

mod law;
mod views;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bedrock_aggregate::{Answer, Event, EventSink, Framing, ReadError, Reader, Registry, Undecided};
use bedrock_eventstream::frame::FrameBuilder;

use crate::budget::Budget;
use crate::cut::{choice, pieces};
use crate::seeds::{fixtures, lines};
use crate::target::Target;

pub(super) const TARGET: Target = Target {
    name: "reader",
    choices: 4,
    longest: 1 << 16,
    // All of the events, views and answers of some readings at once; what one reading holds is bounded by `READING`.
    budget: Budget { fixed: 8 << 20, a_byte: 8_000 },
    seeds,
    run,
};

/// What a reader may hold, with the answer that it gives.
const READING: Budget = Budget { fixed: 1 << 20, a_byte: 100 };

/// One of each family, and one of none.
const MODELS: &[&str] = &[
    "anthropic.claude-sonnet-4-5-20250929-v1:0",
    "anthropic.claude-v2:1",
    "us.amazon.nova-lite-v1:0",
    "amazon.titan-text-express-v1",
    "meta.llama3-3-70b-instruct-v1:0",
    "mistral.mistral-7b-instruct-v0:2",
    "mistral.pixtral-large-2502-v1:0",
    "cohere.command-text-v14",
    "cohere.command-r-plus-v1:0",
    "ai21.jamba-1-5-large-v1:0",
    "ai21.j2-ultra-v1",
    "deepseek.r1-v1:0",
    "deepseek.v3-v1:0",
    "openai.gpt-oss-120b-1:0",
    "qwen.qwen3-32b-v1:0",
    "twelvelabs.pegasus-1-2-v1:0",
    "nobody.model-v1:0",
];

/// Four bytes that choose: how the rest is wrapped, which format is said, which model, how it is cut. Then the stream itself,
/// or its chunks, one a line.
fn seeds() -> Vec<Vec<u8>> {
    let registry = Registry::new();
    let mut seeds = Vec::new();
    for (n, fixture) in fixtures().into_iter().enumerate() {
        let number =
            registry.formats().position(|format| format.name() == fixture.format).unwrap_or(0) as u8 + 1;
        let lines = lines(&fixture.stream);
        let n = n as u8;
        seeds.push([&[0, number, 0, n], &fixture.stream[..]].concat());
        for wrap in 5..=8 {
            seeds.push([&[wrap, if wrap % 2 == n % 2 { 0 } else { number }, 0, n], &lines[..]].concat());
        }
    }
    seeds
}

/// How a stream is to be read.
struct Setup {
    framing: Framing,
    format: Option<String>,
    model: Option<&'static str>,
}

impl Setup {
    fn reader(&self) -> Reader {
        let mut reader = Reader::new(self.framing);
        if let Some(format) = &self.format {
            reader = reader.with_format(format).expect("the registry's own name");
        }
        match self.model {
            Some(model) => reader.with_model_id(model),
            None => reader,
        }
    }
}

/// What came of a reading.
#[derive(Debug, PartialEq)]
struct Outcome {
    events: Vec<Event<'static>>,
    error: Option<ReadError>,
    answer: Result<Answer, Undecided>,
}

fn run(input: &[u8]) {
    let (wrap, input) = choice(input);
    let (format, input) = choice(input);
    let (model, input) = choice(input);
    let (salt, content) = choice(input);
    let (framing, parts) = wrapped(wrap, content);
    let registry = Registry::new();
    let format = usize::from(format) % (registry.formats().count() + 1);
    let format =
        format.checked_sub(1).and_then(|n| registry.formats().nth(n)).map(|format| format.name().to_owned());
    let model = (usize::from(model) % (MODELS.len() + 1)).checked_sub(1).map(|n| MODELS[n]);
    let setup = Setup { framing, format, model };

    let body = parts.concat();
    let whole = read(&setup, &[&body]);
    let cut = read(&setup, &pieces(&body, salt));
    assert_eq!(cut, whole, "in pieces, and whole");
    assert!(whole.events.len() <= 64 + body.len(), "{} events of {} bytes", whole.events.len(), body.len());
    READING.hold(body.len(), || hold(&setup, &body));
    if let Ok(answer) = &whole.answer {
        law::check(answer, &whole.events);
        views::check(answer, &whole.events);
    }
    let kept = usize::from(salt) * parts.len() / 256;
    let prefix = read(&setup, &[&parts[..kept].concat()]);
    law::check_prefix(&prefix, &whole);
}

fn read(setup: &Setup, pieces: &[&[u8]]) -> Outcome {
    let mut events = Vec::new();
    let mut on_event = |event: Event<'_>| events.push(event.into_owned());
    let mut reader = setup.reader();
    let mut error = None;
    for piece in pieces {
        if let Err(refused) = reader.push(piece, &mut EventSink::new(&mut on_event)) {
            error = Some(refused);
            break;
        }
    }
    let answer = reader.finish(&mut EventSink::new(&mut on_event));
    Outcome { events, error, answer }
}

/// Reads as who only wants the answer does, and looks at it once on the way.
fn hold(setup: &Setup, body: &[u8]) -> Option<Answer> {
    let mut reader = setup.reader();
    let (first, second) = body.split_at(body.len() / 2);
    let begun = reader.push(first, &mut EventSink::none());
    drop(reader.snapshot());
    if begun.is_ok() {
        // What it could not read is in the answer.
        let _ = reader.push(second, &mut EventSink::none());
    }
    reader.finish(&mut EventSink::none()).ok()
}

/// The stream in parts that can be left out at the end: bytes as they are, or each chunk as the framing has it.
fn wrapped(wrap: u8, content: &[u8]) -> (Framing, Vec<Vec<u8>>) {
    let lines = || content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let raw = || content.chunks(content.len() / 40 + 1).map(<[u8]>::to_vec).collect();
    match wrap % 9 {
        0 => (Framing::sniff(content), raw()),
        1 => (Framing::EventStream, raw()),
        2 => (Framing::Sse, raw()),
        3 => (Framing::JsonLines, raw()),
        4 => (Framing::Json, raw()),
        5 => (Framing::EventStream, lines().map(frame).collect()),
        6 => (Framing::Sse, lines().map(event).collect()),
        7 => (Framing::JsonLines, lines().map(|line| [document(line), b"\n".to_vec()].concat()).collect()),
        _ => {
            let documents: Vec<Vec<u8>> = lines().map(document).collect();
            (Framing::Json, vec![[&b"["[..], &documents.join(&b','), b"]"].concat()])
        }
    }
}

/// The name of a line's event, and its document.
fn named(line: &[u8]) -> (Option<&str>, &[u8]) {
    let tab = line.iter().position(|byte| *byte == b'\t');
    let name = tab.and_then(|tab| std::str::from_utf8(&line[..tab]).ok());
    (name, tab.map_or(line, |tab| &line[tab + 1..]))
}

fn frame(line: &[u8]) -> Vec<u8> {
    let (name, json) = named(line);
    let built = match name.map(|name| (name, name.strip_prefix('!'))) {
        Some((_, Some(exception))) => FrameBuilder::exception(exception).build(json),
        Some((name, None)) => FrameBuilder::event(name).build(json),
        None => FrameBuilder::event("chunk")
            .build(format!("{{\"bytes\":\"{}\"}}", STANDARD.encode(json)).as_bytes()),
    };
    // A name of more than 64 KiB is none.
    built.map_or_else(|_| Vec::new(), |frame| frame.as_bytes().to_vec())
}

fn event(line: &[u8]) -> Vec<u8> {
    let (name, json) = named(line);
    let name = name.map(|name| format!("event: {name}\n")).unwrap_or_default();
    [name.as_bytes(), b"data: ", json, b"\n\n"].concat()
}

/// Where names have no place, the events of Converse are objects with one member.
fn document(line: &[u8]) -> Vec<u8> {
    match named(line) {
        (Some(name), json)
            if name.starts_with(|first: char| first.is_ascii_lowercase()) && !name.contains('_') =>
        {
            [b"{\"", name.as_bytes(), b"\":", json, b"}"].concat()
        }
        (_, json) => json.to_vec(),
    }
}
