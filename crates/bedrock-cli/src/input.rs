//! Reading what the user names: a file, stdin, JSON given in place.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use bedrock_llm::aggregate::Framing;
use bedrock_llm::eventstream::frame::FrameDecoder;
use serde_json::Value;

use crate::exit::Exit;

/// Opens a file; `-` or nothing is stdin. With the name to call it by.
pub(crate) fn open(file: Option<&Path>) -> Result<(String, Box<dyn Read>), Exit> {
    match file.filter(|file| *file != Path::new("-")) {
        None => Ok(("-".to_owned(), Box::new(io::stdin().lock()))),
        Some(file) => {
            let name = file.display().to_string();
            let opened = File::open(file).map_err(|error| Exit::local(format!("{name}: {error}")))?;
            Ok((name, Box::new(opened)))
        }
    }
}

/// What input looks like, to say beside an error that it is not what it was taken for; `None` where it looks like nothing known.
pub(crate) fn looks_like(input: &[u8]) -> Option<Framing> {
    match Framing::sniff(input) {
        // That is the guess where nothing else fits: so the first frame has to be there.
        Framing::EventStream => {
            let mut decoder = FrameDecoder::new();
            let first = decoder.feed(input).next();
            first.is_some_and(|frame| frame.is_ok()).then_some(Framing::EventStream)
        }
        framing => Some(framing),
    }
}

/// A framing in words.
pub(crate) fn in_words(framing: Framing) -> &'static str {
    match framing {
        Framing::EventStream => "an event stream",
        Framing::Sse => "server-sent events",
        Framing::JsonLines => "JSON lines",
        _ => "a JSON document",
    }
}

/// Reads all of it.
pub(crate) fn read_all(file: Option<&Path>) -> Result<(String, Vec<u8>), Exit> {
    let (name, mut reader) = open(file)?;
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(|error| Exit::local(format!("{name}: {error}")))?;
    Ok((name, bytes))
}

/// A prompt given as an argument, or on stdin.
pub(crate) fn prompt(argument: Option<&str>) -> Result<String, Exit> {
    let text = match argument {
        Some(text) if text != "-" => text.to_owned(),
        _ => {
            let (_, bytes) = read_all(None)?;
            let text = String::from_utf8(bytes);
            let text = text.map_err(|error| {
                Exit::bad_input(format!(
                    "the prompt is not UTF-8 at byte {}",
                    error.utf8_error().valid_up_to()
                ))
            })?;
            // Some shells begin a text with it.
            text.strip_prefix('\u{feff}').unwrap_or(&text).trim_end_matches(['\r', '\n']).to_owned()
        }
    };
    if text.is_empty() {
        return Err(Exit::usage("the prompt is empty"));
    }
    Ok(text)
}

/// JSON given in place, in a file, or on stdin.
pub(crate) fn json(argument: Option<&str>) -> Result<Value, Exit> {
    let (name, bytes) = match argument.map(str::trim) {
        // Bodies are objects; any other argument is the name of a file.
        Some(text) if text.starts_with(['{', '[']) => ("the body".to_owned(), text.as_bytes().to_vec()),
        Some(file) => read_all(Some(Path::new(file)))?,
        None => read_all(None)?,
    };
    parse(&name, &bytes)
}

/// The lines of a file that say something, each with its number: JSON documents where the first one is a JSON text or
/// object, else texts as they stand.
pub(crate) fn lines(file: Option<&Path>) -> Result<Vec<(usize, Value)>, Exit> {
    let (name, bytes) = read_all(file)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        Exit::bad_input(format!("{name}: not UTF-8 at byte {}", error.utf8_error().valid_up_to()))
    })?;
    // Some editors begin a file with it.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    let lines: Vec<(usize, &str)> = lines.filter(|(_, line)| !line.trim().is_empty()).collect();
    // Not an array or a number: texts begin with those, too (`[1] …`, a year).
    let first = lines.first().and_then(|(_, line)| serde_json::from_str::<Value>(line).ok());
    let is_json = first.is_some_and(|value| value.is_string() || value.is_object());
    let read = |(number, line): (usize, &str)| match serde_json::from_str(line) {
        _ if !is_json => Ok((number, Value::from(line))),
        Ok(value) => Ok((number, value)),
        Err(error) => Err(Exit::bad_input(format!("{name}: line {number}: {error}"))),
    };
    lines.into_iter().map(read).collect()
}

/// Parses a JSON document; the error names the place.
pub(crate) fn parse(name: &str, bytes: &[u8]) -> Result<Value, Exit> {
    let json = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    serde_json::from_slice(json).map_err(|error| Exit::bad_input(format!("{name}: {error}")))
}

#[cfg(test)]
#[test]
fn input_looks_like_what_it_begins_with() {
    let frame = bedrock_llm::eventstream::frame::FrameBuilder::event("messageStop").build(b"{}").unwrap();
    for (input, framing) in [
        (&frame.as_bytes()[..], Some(Framing::EventStream)),
        (&frame.as_bytes()[..9], None),
        (b"", None),
        (b"some text", None),
        (b"data: {}\n\n", Some(Framing::Sse)),
        (b"{\"a\":1}\n{\"a\":2}\n", Some(Framing::JsonLines)),
        (b"[{\"a\":1}]", Some(Framing::Json)),
    ] {
        assert_eq!(looks_like(input), framing, "{}", input.escape_ascii());
    }
}
