//! Text, reasoning and tool calls that grow, and the events emitted for them: the same in every fold.
//! Not for: how a format names them on the wire.

use std::borrow::Cow;

use bedrock_codegen::codegen_at_use;
use bedrock_formats::reply::tool_input;
use bedrock_formats::wire::Blob;
use serde_json::Value;

use crate::event::{
    BlockEnd, BlockStart, Event, EventSink, TextDelta, ThinkingEnd, ThinkingStart, ToolInputDelta,
    ToolUseEnd, ToolUseStart,
};
use crate::fold::fast_path::scanner::RawStr;

/// A piece of text, as the scan found it or as serde parsed it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Piece<'a> {
    Raw(RawStr<'a>),
    Plain(&'a str),
}

#[codegen_at_use]
impl<'a> Piece<'a> {
    pub(crate) fn is_empty(self) -> bool {
        match self {
            Self::Raw(raw) => raw.is_empty(),
            Self::Plain(text) => text.is_empty(),
        }
    }

    /// Appends the piece; `None`, with `to` as it was, where its escapes are not JSON's.
    #[inline]
    pub(crate) fn append_to<'b>(self, to: &'b mut String) -> Option<&'b str>
    where
        'a: 'b,
    {
        match self {
            Self::Raw(raw) => raw.append_to(to),
            Self::Plain(text) => {
                to.push_str(text);
                Some(text)
            }
        }
    }
}

/// A block of text that grows. Nothing is emitted before its first character.
#[derive(Debug, Clone, Default)]
pub(crate) struct TextPart {
    pub(crate) text: String,
    started: bool,
}

#[codegen_at_use]
impl TextPart {
    /// Appends a piece and emits it.
    #[inline]
    pub(crate) fn push(&mut self, index: u64, piece: Piece<'_>, events: &mut EventSink<'_>) -> Option<()> {
        if piece.is_empty() {
            return Some(());
        }
        let text = piece.append_to(&mut self.text)?;
        if !self.started {
            self.started = true;
            events.emit(|| Event::TextStart(BlockStart { index }));
        }
        events.emit(|| Event::TextDelta(TextDelta { index, text: Cow::Borrowed(text) }));
        Some(())
    }

    /// Ends it.
    pub(crate) fn end(&mut self, index: u64, events: &mut EventSink<'_>) {
        if std::mem::take(&mut self.started) {
            events.emit(|| Event::TextEnd(BlockEnd { index }));
        }
    }
}

/// A block of reasoning that grows.
#[derive(Debug, Clone, Default)]
pub(crate) struct ThinkingPart {
    pub(crate) text: String,
    pub(crate) signature: Option<String>,
    started: bool,
}

#[codegen_at_use]
impl ThinkingPart {
    #[inline]
    pub(crate) fn push(&mut self, index: u64, piece: Piece<'_>, events: &mut EventSink<'_>) -> Option<()> {
        if piece.is_empty() {
            return Some(());
        }
        let text = piece.append_to(&mut self.text)?;
        if !self.started {
            self.started = true;
            events.emit(|| Event::ThinkingStart(ThinkingStart { index, redacted: false }));
        }
        events.emit(|| Event::ThinkingDelta(TextDelta { index, text: Cow::Borrowed(text) }));
        Some(())
    }

    /// Sets the signature: it comes once, whole.
    pub(crate) fn sign(&mut self, index: u64, signature: String, events: &mut EventSink<'_>) {
        if !signature.is_empty() {
            if !self.started {
                self.started = true;
                events.emit(|| Event::ThinkingStart(ThinkingStart { index, redacted: false }));
            }
            self.signature = Some(signature);
        }
    }

    pub(crate) fn end(&mut self, index: u64, events: &mut EventSink<'_>) {
        if std::mem::take(&mut self.started) {
            events.emit(|| {
                Event::ThinkingEnd(ThinkingEnd {
                    index,
                    // Not taken: the block has to keep it. One that goes on after its end thus ends
                    // twice with the same, which no recording has.
                    signature: self.signature.as_deref().map(Cow::Borrowed),
                    redacted_data: None,
                })
            });
        }
    }
}

/// Emits the start of a whole block of reasoning that only the provider can read.
#[codegen_at_use]
pub(crate) fn redacted(index: u64, data: &str, events: &mut EventSink<'_>) {
    events.emit(|| Event::ThinkingStart(ThinkingStart { index, redacted: true }));
    events.emit(|| {
        Event::ThinkingEnd(ThinkingEnd { index, signature: None, redacted_data: Some(Cow::Borrowed(data)) })
    });
}

/// A tool call whose input grows. One that the service runs itself is not emitted as a call, since nobody has to act on it: it is a
/// block once it is whole.
#[derive(Debug, Clone, Default)]
pub(crate) struct ToolPart {
    id: String,
    /// The input's JSON text so far.
    input: String,
    /// The input that came whole with the call's beginning: it stands where no piece follows.
    whole: Option<Value>,
    /// Whether it is emitted.
    emitted: bool,
    ended: bool,
}

#[codegen_at_use]
impl ToolPart {
    /// A call that begins.
    pub(crate) fn start(index: u64, id: &str, name: &str, events: &mut EventSink<'_>) -> Self {
        events.emit(|| {
            Event::ToolUseStart(ToolUseStart { index, id: Cow::Borrowed(id), name: Cow::Borrowed(name) })
        });
        Self { id: id.to_owned(), emitted: true, ..Self::default() }
    }

    /// A call that the service runs.
    pub(crate) fn of_service() -> Self {
        Self::default()
    }

    /// Takes the input that stands where the call begins. An empty object is the place for the pieces that follow.
    pub(crate) fn with_input(mut self, input: Option<&Value>) -> Self {
        let says = |input: &&Value| match input {
            Value::Null => false,
            Value::Object(object) => !object.is_empty(),
            Value::String(text) => !text.is_empty(),
            _ => true,
        };
        self.whole = input.filter(says).cloned();
        self
    }

    #[inline]
    pub(crate) fn push(&mut self, index: u64, piece: Piece<'_>, events: &mut EventSink<'_>) -> Option<()> {
        if piece.is_empty() {
            return Some(());
        }
        let json = piece.append_to(&mut self.input)?;
        if self.emitted {
            events.emit(|| {
                Event::ToolInputDelta(ToolInputDelta {
                    index,
                    id: Cow::Borrowed(&self.id),
                    json: Cow::Borrowed(json),
                })
            });
        }
        Some(())
    }

    /// Whether pieces of the input have come.
    pub(crate) fn has_pieces(&self) -> bool {
        !self.input.trim().is_empty()
    }

    /// The pieces so far.
    pub(crate) fn pieces(&self) -> &str {
        &self.input
    }

    /// Whether it has ended: its input is whole.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }

    /// The input so far.
    pub(crate) fn input(&self) -> Value {
        match &self.whole {
            // Some servers write the input as the text of its JSON.
            Some(Value::String(text)) if !self.has_pieces() => tool_input(text),
            Some(whole) if !self.has_pieces() => whole.clone(),
            _ => tool_input(&self.input),
        }
    }

    /// Ends the call, once; returns whether it was emitted. An input that came whole is emitted here, when no piece can replace it.
    pub(crate) fn end(&mut self, index: u64, events: &mut EventSink<'_>) -> bool {
        let again = std::mem::replace(&mut self.ended, true);
        if self.emitted && !again {
            if let Some(whole) = self.whole.take_if(|_| self.input.trim().is_empty()) {
                let json = match whole {
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                self.push(index, Piece::Plain(&json), events);
            }
            events.emit(|| Event::ToolUseEnd(ToolUseEnd { index, id: Cow::Borrowed(&self.id) }));
        }
        self.emitted
    }
}

/// Bytes that arrive as several base64 texts, each encoded by itself: decoded, joined, encoded again. Texts that are not
/// base64 are joined as they are, since there is nothing better to do with them.
///
/// Joining the texts instead, as some clients do, gives text that decodes to its first part only.
#[codegen_at_use]
pub(crate) fn join_blobs(pieces: &[Blob]) -> Blob {
    if let [piece] = pieces {
        return piece.clone();
    }
    let decoded: Result<Vec<_>, _> = pieces.iter().map(Blob::decode).collect();
    match decoded {
        Ok(parts) => Blob::from_bytes(parts.concat()),
        Err(_) => Blob::from_base64(pieces.iter().map(Blob::as_base64).collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blobs_join_by_their_bytes() {
        let joined = |texts: &[&str]| {
            let pieces: Vec<_> = texts.iter().map(|text| Blob::from_base64(*text)).collect();
            join_blobs(&pieces).as_base64().to_owned()
        };
        assert_eq!(joined(&["YWJjZA==", "ZWZnaA=="]), "YWJjZGVmZ2g=");
        assert_eq!(joined(&["?", "YQ=="]), "?YQ==");
        assert_eq!(joined(&["not base64 but alone"]), "not base64 but alone");
        assert_eq!(joined(&[]), "");
    }
}
