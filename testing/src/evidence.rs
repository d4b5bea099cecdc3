//! Evidence that lies outside of the workspace: recordings, vectors, official clients. Tests are told of it by the environment.
//! Not for: reading it.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

/// The variables that must be set, separated by blanks: where one is not, its tests fail instead of passing unrun.
const REQUIRED: &str = "BEDROCK_REQUIRED";

/// The file to which each test that is skipped adds its name and its variable, for whoever counts them.
const SKIPPED: &str = "BEDROCK_SKIPPED";

/// In how many cases a law is tried: all of them where `BEDROCK_CASES` is `all`, as in the gate, and a quarter elsewhere, so that
/// who changes something does not wait for what the gate will try anyway.
#[must_use]
pub fn cases(all: u32) -> u32 {
    if std::env::var_os("BEDROCK_CASES").is_some_and(|cases| cases == "all") { all } else { all.div_ceil(4) }
}

/// The folder that an environment variable names; `None`, with a line on stderr, where it is not set and the test is to be
/// skipped. With `BEDROCK_SKIPPED` in the environment the skipped test is written down there: `cargo xtask ci` counts them.
///
/// # Panics
///
/// When the variable names no folder, or is not set though `BEDROCK_REQUIRED` lists it.
#[must_use]
pub fn folder(variable: &str) -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(folder) = set(variable).map(PathBuf::from) {
        assert!(folder.is_dir(), "{variable} names {}, which is no folder", folder.display());
        return Some(folder);
    }
    let required = set(REQUIRED).unwrap_or_default().into_string().unwrap_or_default();
    assert!(
        required.split_whitespace().all(|name| name != variable),
        "{variable} is not set, and {REQUIRED} lists it"
    );
    eprintln!("SKIPPED: {variable} is not set");
    if let Some(file) = set(SKIPPED) {
        let thread = std::thread::current();
        let line = format!("{}\t{variable}\n", thread.name().unwrap_or("?"));
        // In one write, so that tests of several programs do not interleave.
        let written = OpenOptions::new()
            .create(true)
            .append(true)
            .open(file)
            .and_then(|mut file| file.write_all(line.as_bytes()));
        written.expect("the list of skipped tests");
    }
    None
}
