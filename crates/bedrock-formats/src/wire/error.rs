//! What is wrong with a value, and where in it.
//! Not for: text that is not JSON, which serde_json reports with its line and column; nor what becomes of the value, see
//! `aside.rs`.

use std::borrow::Cow;
use std::fmt;

use super::input::Input;

/// A value is not what the type of its field takes.
///
/// ```
/// use bedrock_formats::converse::Message;
///
/// let (_, odd) = bedrock_formats::wire::read::<Message>(br#"{"content":[{"text":"a"},{"text":true}]}"#)?;
/// assert_eq!(odd[0].error.to_string(), "content[1].text: expected a text, found a boolean");
/// assert_eq!(odd[0].error.path(), "content[1].text");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireError(Box<Parts>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Parts {
    /// From the value outwards: the innermost step is the first.
    path: Vec<Step>,
    message: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(Cow<'static, str>),
    Index(usize),
    /// A tagged object, by its tag.
    Tag(&'static str),
}

impl WireError {
    /// An error with a message of its own.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self(Box::new(Parts { path: Vec::new(), message: message.into() }))
    }

    /// Something else was expected.
    #[must_use]
    #[cold]
    pub fn expected(what: &str, found: &Input<'_>) -> Self {
        Self::new(match found {
            Input::Number(number) => format!("expected {what}, found the number {number}"),
            other => format!("expected {what}, found {}", other.kind()),
        })
    }

    /// The same error, seen from the object around the value.
    #[must_use]
    #[cold]
    pub fn under(self, key: impl Into<Cow<'static, str>>) -> Self {
        self.behind(Step::Key(key.into()))
    }

    /// Where the value is, seen from the outermost object: `choices[0].delta.content`. Empty for the whole value.
    #[must_use]
    pub fn path(&self) -> String {
        path(self.0.path.iter().rev())
    }

    /// The way from the object around the value to it: the innermost step is the last.
    pub(super) fn steps(&self) -> Vec<Step> {
        self.0.path.iter().rev().cloned().collect()
    }

    pub(super) fn behind(mut self, step: Step) -> Self {
        self.step_back(step);
        self
    }

    /// The same for an error that others hold.
    pub(super) fn step_back(&mut self, step: Step) {
        self.0.path.push(step);
    }
}

/// Steps from the outermost inwards, as errors show them.
pub(super) fn path<'s>(steps: impl Iterator<Item = &'s Step>) -> String {
    let mut path = String::new();
    // A `String` takes all that is written into it.
    let _ = write_path(&mut path, steps.filter(|step| !matches!(step, Step::Tag(_))));
    path
}

fn write_path<'s>(out: &mut impl fmt::Write, steps: impl Iterator<Item = &'s Step>) -> fmt::Result {
    for (nth, step) in steps.enumerate() {
        match step {
            Step::Key(key) if nth == 0 => out.write_str(key)?,
            Step::Key(key) => write!(out, ".{key}")?,
            Step::Index(index) => write!(out, "[{index}]")?,
            Step::Tag(tag) => write!(out, "(in {tag:?})")?,
        }
    }
    Ok(())
}

/// A value that does not fit where it stands, on its way back to whoever can keep it.
#[derive(Debug)]
// Boxed: most values fit, and the result of each `fill` stays a word.
pub struct Misfit<'a>(Box<(WireError, Input<'a>)>);

impl<'a> Misfit<'a> {
    /// Something else was expected.
    #[must_use]
    #[cold]
    pub fn expected(what: &str, found: Input<'a>) -> Self {
        Self(Box::new((WireError::expected(what, &found), found)))
    }

    /// What is wrong with it.
    #[must_use]
    pub fn error(&self) -> &WireError {
        &self.0.0
    }

    /// The value as it came.
    #[must_use]
    pub fn into_input(self) -> Input<'a> {
        self.0.1
    }

    pub(super) fn into_parts(self) -> (WireError, Input<'a>) {
        *self.0
    }
}

impl From<Misfit<'_>> for WireError {
    fn from(misfit: Misfit<'_>) -> Self {
        misfit.0.0
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_path(f, self.0.path.iter().rev())?;
        if !self.0.path.is_empty() {
            f.write_str(": ")?;
        }
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for WireError {}
