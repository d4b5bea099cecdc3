//! How the command ends: the exit codes, and which error is which.

use std::fmt;

use bedrock_llm::{Completeness, Error, ErrorKind};

/// An end that is not success.
#[derive(Debug)]
pub(crate) struct Exit {
    pub(crate) code: u8,
    /// What to say on stderr, unless it has been said already.
    pub(crate) message: Option<String>,
    /// Whether the rest of the work would only end the same way.
    pub(crate) ends_all: bool,
}

impl Exit {
    /// The arguments or the configuration are wrong.
    // The code that clap ends with, too.
    pub(crate) const USAGE: u8 = 2;
    /// The answer is not complete.
    pub(crate) const INCOMPLETE: u8 = 3;
    /// The input is bad.
    pub(crate) const BAD_INPUT: u8 = 4;
    /// The service refused.
    pub(crate) const REFUSED: u8 = 5;
    /// The transport failed.
    pub(crate) const TRANSPORT: u8 = 6;
    /// This machine failed: a full disk, a port in use, a file that is not there.
    pub(crate) const LOCAL: u8 = 7;

    pub(crate) fn new(code: u8, message: impl fmt::Display) -> Self {
        Self { code, message: Some(message.to_string()), ends_all: false }
    }

    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self { ends_all: true, ..Self::new(Self::USAGE, message) }
    }

    pub(crate) fn bad_input(message: impl fmt::Display) -> Self {
        Self::new(Self::BAD_INPUT, message)
    }

    pub(crate) fn local(message: impl fmt::Display) -> Self {
        Self::new(Self::LOCAL, message)
    }

    /// The reader of stdout has gone: there is nothing left to do, and that is no failure.
    pub(crate) fn reader_gone() -> Self {
        Self { code: 0, message: None, ends_all: true }
    }

    /// Of two files the worse end counts.
    pub(crate) fn worse(self, other: Self) -> Self {
        // By number: of 3, 4 and 7, the ends that files have, the larger one is worse.
        if other.code > self.code { other } else { self }
    }

    /// The end that a verdict on an answer asks for, if it asks for one.
    pub(crate) fn of_completeness(name: &str, completeness: &Completeness) -> Option<Self> {
        let missing = completeness.missing()?;
        let bad = missing.corrupt.is_some() || missing.malformed > 0;
        Some(Self::new(if bad { Self::BAD_INPUT } else { Self::INCOMPLETE }, format!("{name}: {missing}")))
    }
}

impl From<Error> for Exit {
    /// An answer of which anything had come is one that is not complete, whatever broke it off.
    fn from(error: Error) -> Self {
        let has_partial = error.partial().is_some_and(|partial| {
            partial.native.is_some() || !partial.unknown.is_empty() || !partial.malformed.is_empty()
        });
        let code = match error.kind() {
            ErrorKind::Usage | ErrorKind::Credentials => Self::USAGE,
            // Before the kinds: a connection that broke within an answer is no failure
            // of the transport here.
            _ if has_partial => Self::INCOMPLETE,
            ErrorKind::Incomplete => Self::INCOMPLETE,
            ErrorKind::Malformed
                if error.partial().is_some_and(|partial| partial.completeness.exception().is_some()) =>
            {
                Self::INCOMPLETE
            }
            ErrorKind::Service => Self::REFUSED,
            ErrorKind::Malformed | ErrorKind::NotAStream | ErrorKind::UnknownFormat | ErrorKind::TooLarge => {
                Self::BAD_INPUT
            }
            _ => Self::TRANSPORT,
        };
        Self::new(code, in_words_of_the_command(&error.to_string()))
    }
}

/// What the library calls a setting is an argument here, or there is none.
pub(crate) fn in_words_of_the_command(message: &str) -> String {
    // These are literal pieces of the library's messages: where one is reworded, it appears here as
    // it is. What a service wrote is searched, too.
    let words = [
        ("`allow_insecure_bearer`", "--allow-insecure-bearer"),
        ("`region`", "--region"),
        ("`Fault::help()`", "`--fault help`"),
        ("; name it (`with_format`, or `format` of a call)", ""),
    ];
    words.iter().fold(message.to_owned(), |message, (from, to)| message.replace(from, to))
}
