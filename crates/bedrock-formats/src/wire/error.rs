//! What is wrong with a value, and where in it.
//! Not for: text that is not JSON, which serde_json tells with its line and column.

use std::borrow::Cow;
use std::fmt;

use super::Input;

/// A value is not what the type of its field takes.
///
/// ```
/// use bedrock_formats::converse::Message;
///
/// let error = serde_json::from_str::<Message>(r#"{"content":[{"text":"a"},{"text":5}]}"#).unwrap_err();
/// assert_eq!(error.to_string(), "content[1].text: expected a text, found the number 5");
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
enum Step {
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

    /// The same error, seen from the list around the value.
    #[must_use]
    #[cold]
    pub fn at(self, index: usize) -> Self {
        self.behind(Step::Index(index))
    }

    /// The same error, where the object's `type` is known.
    #[must_use]
    #[cold]
    pub fn in_tag(self, tag: &'static str) -> Self {
        self.behind(Step::Tag(tag))
    }

    fn behind(mut self, step: Step) -> Self {
        self.0.path.push(step);
        self
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut is_first = true;
        for step in self.0.path.iter().rev() {
            match step {
                Step::Key(key) if is_first => write!(f, "{key}")?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Tag(tag) => write!(f, "(in {tag:?})")?,
            }
            is_first = false;
        }
        if !is_first {
            f.write_str(": ")?;
        }
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for WireError {}
