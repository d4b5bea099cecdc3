//! `bedrock aggregate`: recorded streams, folded into their answers.

use std::io::{self, Write};
use std::path::Path;

use bedrock_llm::aggregate::simple::{SimpleAdaptor, SimpleEvent};
use bedrock_llm::formats::batch::BatchOutputRecord;
use bedrock_llm::formats::invocation_log::Record;
use bedrock_llm::{
    Answer, Event,
    aggregate::{EventSink, Framing, ReadError, Reader, Run, agui},
};
use serde::Serialize;
use serde_json::Value;

use crate::arguments::{Aggregate, FramingName, View};
use crate::call::{Document, document};
use crate::exit::Exit;
use crate::input;
use crate::output::{cannot_write, note, print, write_document};

/// Reads each file, however the one before ended; the worst end counts.
pub(crate) fn run(arguments: &Aggregate) -> Result<(), Exit> {
    let stdin = [Path::new("-").to_owned()];
    let files = if arguments.files.is_empty() { &stdin[..] } else { &arguments.files };
    worst_of(files.iter().map(|file| one(arguments, file)), files.len() > 1)
}

/// The worst of several ends. Where there are `several`, each is reported when it comes; one that would end all the others
/// too is the last.
fn worst_of(ends: impl Iterator<Item = Result<(), Exit>>, several: bool) -> Result<(), Exit> {
    let mut worst: Option<Exit> = None;
    for end in ends {
        let Err(mut exit) = end else { continue };
        if exit.ends_all {
            // A reader that has gone is no failure, but what went wrong before still is.
            return Err(worst.filter(|_| exit.code == 0).unwrap_or(exit));
        }
        if several {
            exit.message.take().into_iter().for_each(|message| note(format_args!("bedrock: {message}")));
        }
        worst = Some(match worst {
            Some(worst) => worst.worse(exit),
            None => exit,
        });
    }
    worst.map_or(Ok(()), Err)
}

fn one(arguments: &Aggregate, file: &Path) -> Result<(), Exit> {
    let (name, body) = input::read_all(Some(file))?;
    let framing = match arguments.framing {
        Some(FramingName::Eventstream) => Framing::EventStream,
        Some(FramingName::Sse) => Framing::Sse,
        Some(FramingName::Jsonl) => Framing::JsonLines,
        Some(FramingName::Json) => Framing::Json,
        None => Framing::sniff(&body),
    };
    if framing != Framing::JsonLines || !holds_records(&body) {
        let end = answer(arguments, &name, None, framing, &body);
        return end.map_err(|exit| misread(exit, arguments, framing, &body));
    }
    // A log of invocations has a call a line, the output of a batch job a record, and each has its own answer.
    let lines = (1..).zip(body.split(|byte| *byte == b'\n'));
    let lines = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
    worst_of(lines.map(|(line, record)| answer(arguments, &name, Some(line), Framing::Json, record)), true)
}

/// Adds to an end what the input looks like, where it was to be read as something else.
fn misread(mut exit: Exit, arguments: &Aggregate, framing: Framing, body: &[u8]) -> Exit {
    let is_json = |framing| matches!(framing, Framing::Json | Framing::JsonLines);
    let differs = |other: &Framing| *other != framing && !(is_json(*other) && is_json(framing));
    let other = input::looks_like(body).filter(|other| arguments.framing.is_some() && differs(other));
    if let (Some(message), Some(other)) = (&mut exit.message, other) {
        let (words, name) = (input::in_words(other), other.name());
        message.push_str(&format!("; it looks like {words}: pass --framing {name}, or no --framing"));
    }
    exit
}

/// Whether the first line is a record, of model invocation logging or of a batch job's output.
fn holds_records(body: &[u8]) -> bool {
    let mut lines = body.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    lines
        .next()
        .and_then(read_json)
        .is_some_and(|document| Record::is_record(&document) || BatchOutputRecord::is_record(&document))
}

/// A document, with a byte order mark before it or none.
fn read_json(json: &[u8]) -> Option<Value> {
    serde_json::from_slice(json.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(json)).ok()
}

/// Which record of a batch job a document is, if it is one.
fn record_id(document: &[u8]) -> Option<Value> {
    let document = read_json(document).filter(BatchOutputRecord::is_record)?;
    document.get("recordId").cloned()
}

/// Folds one answer and prints it; `line` is where in its file a log has it.
fn answer(
    arguments: &Aggregate,
    file: &str,
    line: Option<u64>,
    framing: Framing,
    body: &[u8],
) -> Result<(), Exit> {
    let name = line.map_or_else(|| file.to_owned(), |line| format!("{file}: line {line}"));
    // The file is in memory already, and is the caller's own.
    let mut reader = Reader::new(framing).with_max_held(Reader::DEFAULT_MAX_HELD.max(body.len()));
    if let Some(format) = &arguments.format {
        reader = reader.with_format(format).map_err(Exit::usage)?;
    }
    if let Some(model_id) = &arguments.model_id {
        reader = reader.with_model_id(model_id);
    }
    let (answer, error) = match arguments.view {
        _ if arguments.events => print_events(reader, body)?,
        View::Agui => print_agui(reader, body, arguments.run_id.as_deref().unwrap_or(&name))?,
        View::Simple => print_simple(reader, body)?,
        View::Answer | View::Opik => read(reader, body, &mut EventSink::none()),
    };
    match arguments.view {
        View::Answer if !arguments.events => {
            // A single record is a document to `sniff`, and has an id as well.
            let id = if framing == Framing::Json { record_id(body) } else { None };
            print(&Document { line, record_id: id, ..document(Some(file), &answer) })?;
        }
        View::Opik => print(&answer.to_opik())?,
        _ => {}
    }
    // Before completeness: what is missing without a format helps nobody.
    if answer.format.is_empty() && !answer.unknown.is_empty() && answer.completeness.exception().is_none() {
        return Err(Exit::bad_input(format!(
            "{name}: the format is not recognised; name it with --format, or the model with --model-id"
        )));
    }
    if let Some(malformed) = answer.malformed.first() {
        return Err(Exit::bad_input(format!("{name}: {malformed}")));
    }
    match error {
        Some(
            error @ (ReadError::Frame(_)
            | ReadError::Sse(_)
            | ReadError::TooLong { .. }
            | ReadError::TooLarge { .. }),
        ) => Err(Exit::bad_input(format!("{name}: {error}"))),
        // Other errors, as the service's exceptions, are in the completeness already.
        _ => Exit::of_completeness(&name, &answer.completeness).map_or(Ok(()), Err),
    }
}

/// An answer, and the error that ended it, if one did.
type Read = (Answer, Option<ReadError>);

/// Reads a body.
fn read(mut reader: Reader, body: &[u8], events: &mut EventSink<'_>) -> Read {
    let error = reader.push(body, events).err();
    (reader.finish(events).unwrap_or_else(Answer::from), error)
}

/// Reads a body and prints its live events.
fn print_events(reader: Reader, body: &[u8]) -> Result<Read, Exit> {
    let mut lines = Lines::new();
    let read = read(reader, body, &mut EventSink::new(&mut |event: Event<'_>| lines.print(&event)));
    lines.end().map(|()| read)
}

/// Reads a body and prints its live events as AG-UI's.
fn print_agui(reader: Reader, body: &[u8], run_id: &str) -> Result<Read, Exit> {
    let mut lines = Lines::new();
    let mut run = Run::new(run_id);
    let mut adaptor = agui::Adaptor::new();
    let mut send = |event: agui::Event<'_>| lines.print(&event);
    let mut emit = |event: Event<'_>| run.push(event, &mut |event| adaptor.push(&event, &mut send));
    let read = read(reader, body, &mut EventSink::new(&mut emit));
    run.finish(&read.0.completeness, &mut |event| adaptor.push(&event, &mut send));
    lines.end().map(|()| read)
}

/// Reads a body and prints its live events as simple ones.
fn print_simple(reader: Reader, body: &[u8]) -> Result<Read, Exit> {
    let mut lines = Lines::new();
    let mut adaptor = SimpleAdaptor::new();
    let mut send = |event: SimpleEvent<'_>| lines.print(&event);
    let mut emit = |event: Event<'_>| adaptor.push(&event, &mut send);
    let read = read(reader, body, &mut EventSink::new(&mut emit));
    adaptor.finish(&read.0.completeness, &mut send);
    lines.end().map(|()| read)
}

/// Documents on stdout, one a line. The first failure is kept until the end, since a listener cannot return one.
struct Lines {
    out: io::BufWriter<io::StdoutLock<'static>>,
    failed: io::Result<()>,
}

impl Lines {
    fn new() -> Self {
        Self { out: io::BufWriter::new(io::stdout().lock()), failed: Ok(()) }
    }

    fn print(&mut self, document: &impl Serialize) {
        if self.failed.is_ok() {
            self.failed = write_document(&mut self.out, document);
        }
    }

    fn end(mut self) -> Result<(), Exit> {
        self.failed.and_then(|()| self.out.flush()).map_err(cannot_write)
    }
}

#[cfg(test)]
#[test]
fn every_framing_has_the_name_that_the_library_gives_it() {
    use clap::ValueEnum as _;
    for name in FramingName::value_variants() {
        let name = name.to_possible_value().unwrap();
        assert!(Framing::from_name(name.get_name()).is_some(), "{name:?}");
    }
}
