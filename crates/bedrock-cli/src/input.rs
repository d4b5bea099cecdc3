//! Reading what the user names: a file, stdin, JSON given in place.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde_json::Value;

use crate::exit::Exit;

/// Opens a file; `-` or nothing is stdin. With the name to call it by.
pub(crate) fn open(file: Option<&Path>) -> Result<(String, Box<dyn Read>), Exit> {
    match file.filter(|file| *file != Path::new("-")) {
        None => Ok(("-".to_owned(), Box::new(io::stdin().lock()))),
        Some(file) => {
            let name = file.display().to_string();
            let opened = File::open(file).map_err(|error| Exit::bad_input(format!("{name}: {error}")))?;
            Ok((name, Box::new(opened)))
        }
    }
}

/// Reads all of it.
pub(crate) fn read_all(file: Option<&Path>) -> Result<(String, Vec<u8>), Exit> {
    let (name, mut reader) = open(file)?;
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(|error| Exit::bad_input(format!("{name}: {error}")))?;
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
            text.trim_end_matches(['\r', '\n']).to_owned()
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
        Some(text) if text.starts_with(['{', '[']) => ("the body".to_owned(), text.as_bytes().to_vec()),
        Some(file) => read_all(Some(Path::new(file)))?,
        None => read_all(None)?,
    };
    parse(&name, &bytes)
}

/// Parses a JSON document; the error names the place.
pub(crate) fn parse(name: &str, bytes: &[u8]) -> Result<Value, Exit> {
    serde_json::from_slice(bytes).map_err(|error| Exit::bad_input(format!("{name}: {error}")))
}
