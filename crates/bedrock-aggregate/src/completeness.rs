//! Whether an answer is whole, and if not, exactly what is missing.
//! Not for: what did arrive; that stands beside the verdict in [`Answer`](crate::Answer).

use std::borrow::Cow;
use std::fmt;

use bedrock_formats::reply::{Reply, StopReason};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::event::{Event, EventSink, StreamFault};

/// The verdict on an answer.
///
/// | name | what is missing |
/// |---|---|
/// | `empty` | everything: nothing of an answer arrived |
/// | `exception` | what would have followed an exception or error |
/// | `frame` | what was in a frame or event that is cut or damaged, or beyond a limit, and everything after it |
/// | `chunk` | what was in chunks or members that could not be read ([`malformed`](crate::Answer::malformed)), or what belongs to another message (`other_message`; kept in [`later`](crate::Answer::later)) |
/// | `block` | the end of blocks that had begun, in formats that send one ([`open_blocks`](Missing::open_blocks)) |
/// | `stop` | the stop reason, or the event that ends the message |
/// | `usage` | the token counts |
///
/// As JSON it is `"complete"`, or an object whose `missing` lists names, with the details beside it: under `frame` the bytes
/// held and the error, under `block` the indexes of the blocks, under `chunk` the number of what could not be read, under
/// `other_message` what belongs to another message and where it came, under `exception` its type and message.
///
/// ```
/// use bedrock_aggregate::{Completeness, Missing};
///
/// assert_eq!(serde_json::to_string(&Completeness::Complete)?, r#""complete""#);
/// let mut cut = Missing::default();
/// (cut.stop, cut.usage, cut.held) = (true, true, Some(5));
/// assert_eq!(
///     serde_json::to_string(&Completeness::from(cut))?,
///     r#"{"missing":["frame","stop","usage"],"frame":{"held_bytes":5}}"#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completeness {
    /// All that the format sends with an answer has arrived.
    Complete,
    /// Something is missing.
    Incomplete(Missing),
}

impl Completeness {
    /// Whether nothing is missing.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        matches!(self, Self::Complete)
    }

    /// What is missing; `None` for a complete answer.
    #[must_use]
    pub fn missing(&self) -> Option<&Missing> {
        match self {
            Self::Complete => None,
            Self::Incomplete(missing) => Some(missing),
        }
    }

    /// The exception that broke the answer off, if one did.
    #[must_use]
    pub fn exception(&self) -> Option<&StreamException> {
        self.missing()?.exception.as_ref()
    }
}

impl From<Missing> for Completeness {
    fn from(missing: Missing) -> Self {
        if missing == Missing::default() { Self::Complete } else { Self::Incomplete(missing) }
    }
}

/// What an answer lacks. The default lacks nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Missing {
    /// Nothing of an answer arrived.
    pub empty: bool,
    /// The service broke the answer off with an exception, or says with the stop reason that it failed
    /// ([`StopReason::is_failure`]).
    pub exception: Option<StreamException>,
    /// The stream ended inside a frame, or inside an event of server-sent events: how many of its bytes had arrived.
    pub held: Option<usize>,
    /// The stream could not be read any further: where and why. It is damaged, or a limit was hit: `frame` among the names.
    pub corrupt: Option<String>,
    /// Chunks that could not be parsed, and values in others that are not of their types: `chunk` among the names. The first
    /// of them are kept, with what is wrong and where, in [`Answer::malformed`](crate::Answer::malformed). All else of the
    /// answer may be there.
    pub malformed: usize,
    /// The stream held more than this message: what came that is no part of it, and where. `chunk` among the names, though
    /// nothing of it need be malformed: it is kept in [`Answer::later`](crate::Answer::later).
    pub other_message: Option<String>,
    /// Indexes of the blocks that had begun and not ended. Only formats that send the end of each block have any: Anthropic Messages,
    /// Converse, Nova and Responses. That any other was cut, its `stop` says.
    pub open_blocks: Vec<u64>,
    /// The stop reason, or the event that ends the message.
    pub stop: bool,
    /// The token counts.
    pub usage: bool,
}

impl Missing {
    /// The names of what is missing: `empty`, `exception`, `frame`, `chunk`, `block`, `stop`, `usage`.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        [
            // Callers compare and print the whole list: its order is a part of the interface.
            ("empty", self.empty),
            ("exception", self.exception.is_some()),
            ("frame", self.held.is_some() || self.corrupt.is_some()),
            ("chunk", self.malformed > 0 || self.other_message.is_some()),
            ("block", !self.open_blocks.is_empty()),
            ("stop", self.stop),
            ("usage", self.usage),
        ]
        .into_iter()
        .filter_map(|(name, is_missing)| is_missing.then_some(name))
        .collect()
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "missing: {}", self.names().join(", "))?;
        if let Some(held) = self.held {
            write!(f, "; the stream ended {held} bytes into a frame")?;
        }
        if let Some(corrupt) = &self.corrupt {
            write!(f, "; {corrupt}")?;
        }
        if let Some(other) = &self.other_message {
            write!(f, "; the stream holds more than one message: {other}")?;
        }
        if let Some(exception) = &self.exception {
            write!(f, "; {exception}")?;
        }
        Ok(())
    }
}

impl Serialize for Completeness {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self::Incomplete(missing) = self else { return serializer.serialize_str("complete") };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("missing", &missing.names())?;
        if missing.held.is_some() || missing.corrupt.is_some() {
            map.serialize_entry(
                "frame",
                &FrameDetail { held_bytes: missing.held, error: missing.corrupt.as_deref() },
            )?;
        }
        if !missing.open_blocks.is_empty() {
            map.serialize_entry("block", &missing.open_blocks)?;
        }
        if missing.malformed > 0 {
            map.serialize_entry("chunk", &missing.malformed)?;
        }
        if let Some(other) = &missing.other_message {
            map.serialize_entry("other_message", other)?;
        }
        if let Some(exception) = &missing.exception {
            map.serialize_entry("exception", exception)?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct FrameDetail<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    held_bytes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

/// An exception or error that the service sent inside a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StreamException {
    /// Its name as the service model writes it (`ThrottlingException`), or as it arrived where the model has none.
    #[serde(rename = "type")]
    pub error_type: String,
    /// What the service says of it; empty where it said nothing.
    pub message: String,
    /// The status that the model itself answered with (`modelStreamErrorException`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original_status_code: Option<u64>,
    /// What the model itself said (`modelStreamErrorException`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original_message: Option<String>,
}

impl StreamException {
    /// An exception by name and message. The name of one of the service's exceptions is put in the model's spelling.
    #[must_use]
    pub fn new(error_type: &str, message: impl Into<String>) -> Self {
        let known = bedrock_formats::exceptions::lookup(error_type);
        Self {
            error_type: known.map_or_else(|| error_type.to_owned(), |row| row.name.to_owned()),
            message: message.into(),
            original_status_code: None,
            original_message: None,
        }
    }

    /// Emits it as an event.
    pub(crate) fn emit(&self, events: &mut EventSink<'_>) {
        events.emit(|| {
            Event::Error(StreamFault {
                error_type: Cow::Borrowed(&self.error_type),
                message: Cow::Borrowed(&self.message),
            })
        });
    }
}

impl StreamException {
    /// The failure that a stop reason stands for, named by the format's own word.
    pub(crate) fn of_stop(reply: &Reply) -> Option<Self> {
        let reason = reply.stop_reason.as_ref()?;
        Self::of_reason(reason, reply.native_stop_reason.as_deref().unwrap_or_else(|| reason.as_str()))
    }

    /// The same for a reason with the format's own word.
    pub(crate) fn of_reason(reason: &StopReason, native: &str) -> Option<Self> {
        let message = match reason {
            StopReason::MalformedModelOutput => "the service could not read what the model wrote".to_owned(),
            StopReason::MalformedToolUse => {
                "the service could not read a tool call that the model wrote".to_owned()
            }
            _ => format!("the answer failed: the model stopped with {native:?}"),
        };
        reason.is_failure().then(|| Self::new(native, message))
    }
}

impl fmt::Display for StreamException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.error_type)?;
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for StreamException {}
