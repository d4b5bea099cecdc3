//! What a reader gives in the end: the message in its own shape and as a reply, with the verdict on its completeness.

use std::fmt;

use bedrock_formats::converse::{ConverseResponse, Message};
use bedrock_formats::invocation_metrics::InvocationMetrics;
use bedrock_formats::reply::Reply;
use bedrock_formats::wire::Odd;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::completeness::{Completeness, Missing};
use crate::fold::native::Native;
use crate::fold::raw_list::RawList;

/// An answer: all that arrived, and whether that is all there was.
///
/// As JSON it is the document that `bedrock aggregate` prints for a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Answer {
    /// The name of its format. Empty where nothing of an answer arrived and no format was given.
    pub format: String,
    /// Whether it is whole.
    pub completeness: Completeness,
    /// The answer in the format's own shape: what the service would have sent without streaming. `None` where nothing of
    /// an answer arrived.
    pub native: Option<Native>,
    /// The answer in the common vocabulary. Token counts that the answer lacks are filled from the invocation metrics.
    pub reply: Reply,
    /// What Bedrock measured, where it said so (InvokeModel only).
    pub invocation_metrics: Option<InvocationMetrics>,
    /// Chunks that could not be parsed, and values in others that were not of their types: the first 64, the rest is only counted
    /// ([`Missing::malformed`]). A chunk with more than 64 members that are not of their types is here as a whole, and nothing
    /// of it is in the answer. An answer with any is not complete.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub malformed: Vec<Malformed>,
    /// Events and chunks that were well-formed and that the format does not know; of known events, the members that the format does
    /// not and that the message has no place for, each where it stood.
    #[serde(skip_serializing_if = "RawList::is_empty")]
    pub unknown: RawList,
    /// What came in the same stream and is no part of this message: each further message by itself, as far as it came. No events
    /// are emitted for it, and an answer with any is never complete ([`Missing::other_message`]). 32 are kept; chunks that
    /// begin another after them are malformed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub later: Vec<Answer>,
}

impl Answer {
    /// Nothing of an answer.
    pub(crate) fn empty() -> Self {
        Self {
            format: String::new(),
            completeness: Missing { empty: true, ..Missing::default() }.into(),
            native: None,
            reply: Reply::default(),
            invocation_metrics: None,
            malformed: Vec::new(),
            unknown: RawList::new(),
            later: Vec::new(),
        }
    }

    /// The answer in the format's own type, if it is of that type.
    ///
    /// ```
    /// use bedrock_aggregate::{Framing, EventSink, Reader};
    /// use bedrock_formats::nova;
    ///
    /// let body = br#"[{"messageStart":{"role":"assistant"}},
    ///     {"contentBlockDelta":{"delta":{"text":"Rain."},"contentBlockIndex":0}}]"#;
    /// let mut reader = Reader::new(Framing::Json).with_format("nova")?;
    /// let read = reader.push(body, &mut EventSink::none());
    /// let answer = reader.finish(&mut EventSink::none())?;
    /// read?;
    /// assert!(answer.native_as::<nova::Response>().is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn native_as<T: 'static>(&self) -> Option<&T> {
        self.native.as_ref()?.get()
    }

    /// The answer as the next message of the conversation that is sent with Converse. An answer of ConverseStream gives the
    /// service's own message; one of another format is converted, as [`Message::from_reply`] says.
    ///
    /// `None` where there is no message, or one that Converse has no words for. Whether the answer is whole is not asked: a call of a
    /// tool that was cut has its input as a text.
    ///
    /// ```
    /// use bedrock_aggregate::{EventSink, Framing, Reader};
    /// use bedrock_formats::converse::Message;
    ///
    /// let mut conversation = vec![Message::user("Weather?")];
    /// let mut reader = Reader::new(Framing::JsonLines).with_format("llama")?;
    /// reader.push(br#"{"generation":"Rain.","stop_reason":"stop"}"#, &mut EventSink::none())?;
    /// let answer = reader.finish(&mut EventSink::none())?;
    /// conversation.extend(answer.into_message());
    /// assert_eq!(conversation[1], Message::assistant("Rain."));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn into_message(self) -> Option<Message> {
        match self.native_as::<ConverseResponse>() {
            Some(response) => response.message().cloned(),
            None => Message::from_reply(&self.reply),
        }
    }

    /// All its text.
    #[must_use]
    pub fn text(&self) -> String {
        self.reply.text()
    }
}

/// A chunk that could not be parsed, as it arrived; or a value in a chunk that is not of its type, while the rest of the
/// chunk has been taken.
///
/// As JSON its bytes stand under `raw`, or, where they are not UTF-8, in base64 under `raw_base64`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Malformed {
    /// Where in the stream: the byte offset of its frame or event, or the number of its line.
    pub place: Place,
    /// Where in the chunk, if it is but a part of it: `choices[0].delta.content`.
    pub path: Option<String>,
    /// What is wrong; for a part of a chunk also where.
    pub error: String,
    /// The chunk's bytes, or the value's JSON.
    pub raw: Vec<u8>,
}

impl Malformed {
    /// A chunk.
    pub(crate) fn chunk(place: Place, error: String, raw: &[u8]) -> Self {
        Self { place, path: None, error, raw: raw.to_vec() }
    }

    /// A value in a chunk.
    pub(crate) fn odd(place: Place, odd: &Odd) -> Self {
        let (path, error) = (Some(odd.error.path()), odd.error.to_string());
        Self { place, path, error, raw: odd.value.to_string().into_bytes() }
    }
}

impl Serialize for Malformed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("place", &self.place)?;
        if let Some(path) = &self.path {
            map.serialize_entry("path", path)?;
        }
        map.serialize_entry("error", &self.error)?;
        match std::str::from_utf8(&self.raw) {
            Ok(text) => map.serialize_entry("raw", text)?,
            Err(_) => {
                map.serialize_entry("raw_base64", &base64_simd::STANDARD.encode_to_string(&self.raw))?
            }
        }
        map.end()
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.error)
    }
}

/// A place in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Place {
    /// A byte offset from the beginning of the stream.
    Byte(u64),
    /// A line, counted from 1.
    Line(u64),
    /// A chunk, counted from 1.
    Chunk(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Byte(offset) => write!(f, "at byte {offset}"),
            Self::Line(line) => write!(f, "in line {line}"),
            Self::Chunk(chunk) => write!(f, "in chunk {chunk}"),
        }
    }
}

/// Chunks arrived, and no format recognised any of them.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}", self.words())]
#[non_exhaustive]
pub struct Undecided {
    /// The chunks as they arrived.
    pub chunks: RawList,
    /// What else is known of the stream.
    pub completeness: Box<Completeness>,
}

impl Undecided {
    fn words(&self) -> String {
        let count = match self.chunks.len() {
            1 => "one chunk".to_owned(),
            count => format!("{count} chunks"),
        };
        match self.completeness.exception() {
            Some(exception) if self.chunks.is_empty() => exception.to_string(),
            Some(exception) => format!("{exception}; {count} of no known format came with it"),
            None => format!(
                "the format of {count} is not recognised; name it (`with_format`, or `format` of a call)"
            ),
        }
    }
}

/// All that can be said of it without a format: the chunks stand under [`unknown`](Answer::unknown), and it is never
/// complete.
impl From<Undecided> for Answer {
    fn from(undecided: Undecided) -> Self {
        let mut missing = undecided.completeness.missing().cloned().unwrap_or_default();
        (missing.stop, missing.usage) = (true, true);
        Self {
            format: String::new(),
            completeness: missing.into(),
            native: None,
            reply: Reply::default(),
            invocation_metrics: None,
            malformed: Vec::new(),
            unknown: undecided.chunks,
            later: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn malformed_bytes_are_written_as_text_or_as_base64() {
        let malformed = |raw: &[u8]| Malformed::chunk(Place::Line(2), "e".to_owned(), raw);
        let json_of = |raw: &[u8]| serde_json::to_value(malformed(raw)).unwrap();
        assert_eq!(json_of(b"{no"), json!({"place": {"line": 2}, "error": "e", "raw": "{no"}));
        assert_eq!(json_of(b"\xff\x00"), json!({"place": {"line": 2}, "error": "e", "raw_base64": "/wA="}));
    }
}
