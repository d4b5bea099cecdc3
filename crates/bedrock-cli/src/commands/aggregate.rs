//! `bedrock aggregate`: recorded streams, folded into their answers.

use std::io::{self, Write};
use std::path::Path;

use bedrock_llm::aggregate::{Answer, Event, Framing, Listener, ReadError, Reader};
use bedrock_llm::formats::invocation_log::Record;

use crate::arguments::{Aggregate, FramingName, View};
use crate::call::{cannot_write, document, print};
use crate::exit::Exit;
use crate::input;

/// Reads each file, whatever became of the one before; the worst end counts.
pub(crate) fn run(arguments: &Aggregate) -> Result<(), Exit> {
    let stdin = [Path::new("-").to_owned()];
    let files = if arguments.files.is_empty() { &stdin[..] } else { &arguments.files };
    let mut worst: Option<Exit> = None;
    for file in files {
        let Err(exit) = one(arguments, file) else { continue };
        if exit.code == Exit::USAGE {
            return Err(exit);
        }
        if files.len() > 1 {
            exit.message.iter().for_each(|message| eprintln!("bedrock: {message}"));
        }
        worst = Some(match worst {
            Some(worst) => worst.worse(exit),
            None => exit,
        });
    }
    match worst {
        None => Ok(()),
        Some(exit) if files.len() > 1 => Err(Exit { message: None, ..exit }),
        Some(exit) => Err(exit),
    }
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
    if framing != Framing::JsonLines || !is_log(&body) {
        return answer(arguments, &name, None, framing, &body);
    }
    // A log of invocations has a call a line, and each has its own answer.
    let mut worst = None;
    for (line, record) in (1..).zip(body.split(|byte| *byte == b'\n')) {
        if record.trim_ascii().is_empty() {
            continue;
        }
        if let Err(exit) = answer(arguments, &name, Some(line), Framing::Json, record) {
            if exit.code == Exit::USAGE {
                return Err(exit);
            }
            exit.message.iter().for_each(|message| eprintln!("bedrock: {message}"));
            let exit = Exit { message: None, ..exit };
            worst = Some(match worst {
                Some(worst) => Exit::worse(worst, exit),
                None => exit,
            });
        }
    }
    worst.map_or(Ok(()), Err)
}

/// Whether the first line is a record of model invocation logging.
fn is_log(body: &[u8]) -> bool {
    let mut lines = body.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let first = lines.next().and_then(|line| serde_json::from_slice(line).ok());
    first.is_some_and(|document| Record::is_record(&document))
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
    let mut reader = Reader::new(framing);
    if let Some(format) = &arguments.format {
        reader = reader.with_format(format).map_err(Exit::usage)?;
    }
    if let Some(model_id) = &arguments.model_id {
        reader = reader.with_model_id(model_id);
    }
    let (answer, error) = read(reader, body, arguments.events)?;
    match arguments.view {
        _ if arguments.events => {}
        View::Answer => {
            let mut document = document(Some(file), &answer);
            if let (Some(line), Some(fields)) = (line, document.as_object_mut()) {
                fields.insert("line".to_owned(), line.into());
            }
            print(&document)?;
        }
        View::Opik => print(&answer.to_opik())?,
    }
    if answer.format.is_empty() && !answer.unknown.is_empty() {
        return Err(Exit::bad_input(format!("{name}: no format is recognised; --format says which it is")));
    }
    if let Some(malformed) = answer.malformed.first() {
        return Err(Exit::bad_input(format!("{name}: {malformed}")));
    }
    match error {
        Some(error @ (ReadError::Frame(_) | ReadError::Sse(_) | ReadError::TooLong { .. })) => {
            Err(Exit::bad_input(format!("{name}: {error}")))
        }
        _ => Exit::of_completeness(&name, &answer.completeness).map_or(Ok(()), Err),
    }
}

/// Reads a body: the answer, and the error that ended it, if one did.
fn read(mut reader: Reader, body: &[u8], print_events: bool) -> Result<(Answer, Option<ReadError>), Exit> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut failed: io::Result<()> = Ok(());
    let mut hear = |event: Event<'_>| {
        if print_events && failed.is_ok() {
            failed =
                serde_json::to_writer(&mut out, &event).map_err(io::Error::from).and_then(|()| writeln!(out));
        }
    };
    let mut events = if print_events { Listener::new(&mut hear) } else { Listener::none() };
    let error = reader.push(body, &mut events).err();
    let answer = reader.finish(&mut events).unwrap_or_else(Answer::from);
    failed.and_then(|()| out.flush()).map_err(cannot_write)?;
    Ok((answer, error))
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
