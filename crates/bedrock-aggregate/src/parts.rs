//! Pieces of a message that grow, and what a listener hears of them: the same in every fold.
//! Not for: how a format names them on the wire.

use std::borrow::Cow;

use bedrock_formats::wire::Blob;

use crate::event::{
    BlockEnd, BlockStart, Event, Listener, TextDelta, ThinkingEnd, ThinkingStart, ToolInputDelta, ToolUseEnd,
    ToolUseStart,
};
use crate::scan::RawStr;

/// A piece of text, as the scan found it or as serde parsed it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Piece<'a> {
    Raw(RawStr<'a>),
    Plain(&'a str),
}

impl<'a> Piece<'a> {
    #[cfg_attr(not(debug_assertions), inline)]
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

/// A block of text that grows. Nothing is heard of it before it has a character.
#[derive(Debug, Clone, Default)]
pub(crate) struct TextPart {
    pub(crate) text: String,
    started: bool,
}

impl TextPart {
    /// Appends to a block that the reader sees.
    #[inline]
    pub(crate) fn push(&mut self, index: u64, piece: Piece<'_>, events: &mut Listener<'_>) -> Option<()> {
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
    #[cfg_attr(not(debug_assertions), inline)]
    pub(crate) fn end(&mut self, index: u64, events: &mut Listener<'_>) {
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

impl ThinkingPart {
    #[inline]
    pub(crate) fn push(&mut self, index: u64, piece: Piece<'_>, events: &mut Listener<'_>) -> Option<()> {
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
    #[cfg_attr(not(debug_assertions), inline)]
    pub(crate) fn sign(&mut self, index: u64, signature: String, events: &mut Listener<'_>) {
        if !signature.is_empty() {
            if !self.started {
                self.started = true;
                events.emit(|| Event::ThinkingStart(ThinkingStart { index, redacted: false }));
            }
            self.signature = Some(signature);
        }
    }

    #[cfg_attr(not(debug_assertions), inline)]
    pub(crate) fn end(&mut self, index: u64, events: &mut Listener<'_>) {
        if std::mem::take(&mut self.started) {
            events.emit(|| {
                Event::ThinkingEnd(ThinkingEnd {
                    index,
                    signature: self.signature.as_deref().map(Cow::Borrowed),
                    redacted_data: None,
                })
            });
        }
    }
}

/// Tells of a whole block of reasoning that only the provider can read.
#[cfg_attr(not(debug_assertions), inline)]
pub(crate) fn redacted(index: u64, data: &str, events: &mut Listener<'_>) {
    events.emit(|| Event::ThinkingStart(ThinkingStart { index, redacted: true }));
    events.emit(|| {
        Event::ThinkingEnd(ThinkingEnd { index, signature: None, redacted_data: Some(Cow::Borrowed(data)) })
    });
}

/// A tool call whose input grows.
#[derive(Debug, Clone, Default)]
pub(crate) struct ToolPart {
    pub(crate) id: String,
    /// The input's JSON text so far.
    pub(crate) input: String,
}

impl ToolPart {
    /// A call that begins.
    #[cfg_attr(not(debug_assertions), inline)]
    pub(crate) fn start(index: u64, id: &str, name: &str, events: &mut Listener<'_>) -> Self {
        events.emit(|| {
            Event::ToolUseStart(ToolUseStart { index, id: Cow::Borrowed(id), name: Cow::Borrowed(name) })
        });
        Self { id: id.to_owned(), input: String::new() }
    }

    #[inline]
    pub(crate) fn push(&mut self, index: u64, piece: Piece<'_>, events: &mut Listener<'_>) -> Option<()> {
        if piece.is_empty() {
            return Some(());
        }
        let json = piece.append_to(&mut self.input)?;
        events.emit(|| {
            Event::ToolInputDelta(ToolInputDelta {
                index,
                id: Cow::Borrowed(&self.id),
                json: Cow::Borrowed(json),
            })
        });
        Some(())
    }

    #[cfg_attr(not(debug_assertions), inline)]
    pub(crate) fn end(&self, index: u64, events: &mut Listener<'_>) {
        events.emit(|| Event::ToolUseEnd(ToolUseEnd { index, id: Cow::Borrowed(&self.id) }));
    }
}

/// Bytes that arrive as several base64 texts, each encoded by itself: decoded, joined, encoded again. Texts that are not
/// base64 are joined as they are, since there is nothing better to do with them.
///
/// Joining the texts instead, as some clients do, gives text that decodes to its first part only.
#[cfg_attr(not(debug_assertions), inline)]
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
