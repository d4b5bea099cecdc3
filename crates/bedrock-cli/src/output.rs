//! Writing to stdout and stderr. Nothing here panics, whatever has become of them.
//!
//! Stdout carries what was asked for, so a failure to write it ends the command ([`cannot_write`]). Stderr carries messages for
//! people; a failure there is ignored, for there is nowhere left to report it.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use crate::exit::Exit;

/// Prints one document on a line of stdout.
pub(crate) fn print(document: &impl Serialize) -> Result<(), Exit> {
    // serde_json writes in small pieces, and stdout is scanned for newlines at each.
    let mut out = io::BufWriter::new(io::stdout().lock());
    write_document(&mut out, document).and_then(|()| out.flush()).map_err(cannot_write)
}

/// Prints a line on stdout.
pub(crate) fn print_line(line: impl Display) -> Result<(), Exit> {
    writeln!(io::stdout().lock(), "{line}").map_err(cannot_write)
}

/// Prints bytes on stdout and flushes: without a newline at their end they would stay in the buffer until it is too late to
/// report a failure.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Exit> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(cannot_write)
}

/// Prints a line on stderr.
pub(crate) fn note(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Asks for input on stderr.
pub(crate) fn prompt(text: &str) {
    let mut out = io::stderr().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes a document and the end of its line.
pub(crate) fn write_document(out: &mut impl Write, document: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, document).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

/// How the command ends when stdout cannot be written. A reader that has enough, as `head`, is no failure; a full disk is.
pub(crate) fn cannot_write(error: io::Error) -> Exit {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Exit::reader_gone(),
        _ => Exit { ends_all: true, ..Exit::local(format!("stdout: {error}")) },
    }
}

/// Whether a person reads stdout.
pub(crate) fn is_watched() -> bool {
    io::stdout().is_terminal()
}
