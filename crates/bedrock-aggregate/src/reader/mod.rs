//! From bytes to live events and the complete answer: the whole way in one object, without I/O.
//!
//! For: programs that have the bytes of a streamed answer, from a socket, a file or a log.
//! Not for: getting them; that is `bedrock-http`'s and `bedrock-client`'s work.

pub(crate) mod answer;
pub mod batch;
mod contest;
pub(crate) mod error;
pub(crate) mod framing;
pub mod invocation_log;
mod later_messages;
mod ledger;
mod pending_chunks;
mod stream_state;
mod unwrap;

use std::fmt;

use bedrock_codegen::codegen_at_use;
use bedrock_eventstream::frame::{FrameDecoder, Limits};
use bedrock_eventstream::sse::{SseDecoder, SseEventView, SseLimits};

use crate::event::EventSink;
use crate::registry::Registry;
use answer::{Answer, Undecided};
use error::{ReadError, UnknownFormat};
use framing::Framing;
use stream_state::StreamState;

enum Decoder {
    Frames(FrameDecoder),
    Sse(SseDecoder),
    Lines { held: Vec<u8>, line: u64 },
    Document(Vec<u8>),
}

/// Reads a streamed answer: push bytes in any pieces, get events, and finish.
///
/// ```
/// use bedrock_aggregate::{Event, Framing, EventSink, Reader};
///
/// let body = concat!(
///     "data: {\"type\":\"message_start\",\"message\":{\"role\":\"assistant\",\"content\":[],\"usage\":{\"input_tokens\":3}}}\n\n",
///     "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
///     "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Rain.\"}}\n\n",
/// );
/// let mut emitted = String::new();
/// let mut on_event = |event: Event<'_>| if let Event::TextDelta(text) = event { emitted.push_str(&text) };
///
/// let mut events = EventSink::new(&mut on_event);
///
/// let mut reader = Reader::new(Framing::Sse);
/// let read = reader.push(body.as_bytes(), &mut events);
/// // Whether `read` is an error or not: what arrived is in the answer.
/// let answer = reader.finish(&mut events)?;
///
/// read?;
/// assert_eq!(emitted, "Rain.");
/// assert_eq!(answer.reply.text(), "Rain.");
/// assert_eq!(answer.format, "anthropic");
/// assert!(!answer.completeness.is_complete(), "the stream was cut before the block ended");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Reader {
    decoder: Decoder,
    chunks: StreamState,
    taken: u64,
    max_bytes: u64,
    error: Option<ReadError>,
}

impl Reader {
    /// A reader that finds out the format by itself.
    // Inlined: see `Registry::new`.
    #[must_use]
    #[codegen_at_use]
    pub fn new(framing: Framing) -> Self {
        Self::of(framing, Registry::new())
    }

    /// A reader that knows these formats: the built-in ones and the caller's own, or fewer.
    #[must_use]
    pub fn of(framing: Framing, registry: Registry) -> Self {
        let decoder = match framing {
            Framing::EventStream => Decoder::Frames(FrameDecoder::new()),
            Framing::Sse => Decoder::Sse(SseDecoder::new()),
            Framing::JsonLines => Decoder::Lines { held: Vec::new(), line: 1 },
            Framing::Json => Decoder::Document(Vec::new()),
        };
        Self {
            decoder,
            chunks: StreamState::new(registry),
            taken: 0,
            max_bytes: Self::DEFAULT_MAX_BYTES,
            error: None,
        }
    }

    /// How many bytes of one answer a reader takes by default: 1 GiB.
    pub const DEFAULT_MAX_BYTES: u64 = 1 << 30;

    /// Says which format the answer is in.
    ///
    /// # Errors
    ///
    /// When the registry has no format of this name.
    pub fn with_format(mut self, name: &str) -> Result<Self, UnknownFormat> {
        self.chunks.choose(name)?;
        Ok(self)
    }

    /// Says which model answers. It decides where a chunk alone does not show its format, and where a model writes its
    /// reasoning into the text.
    #[must_use]
    pub fn with_model_id(mut self, model_id: impl Into<String>) -> Self {
        self.chunks.set_model_id(model_id.into());
        self
    }

    /// Sets the formats: the built-in ones and the caller's own.
    #[must_use]
    pub fn with_registry(mut self, registry: Registry) -> Self {
        self.chunks.registry = registry;
        self
    }

    /// Sets the limits of a frame. They mean nothing to the other framings.
    #[must_use]
    pub fn with_frame_limits(mut self, limits: Limits) -> Self {
        if let Decoder::Frames(decoder) = &mut self.decoder {
            *decoder = FrameDecoder::with_limits(limits);
        }
        self
    }

    /// Sets the limits of a server-sent event. They mean nothing to the other framings.
    #[must_use]
    pub fn with_sse_limits(mut self, limits: SseLimits) -> Self {
        if let Decoder::Sse(decoder) = &mut self.decoder {
            *decoder = SseDecoder::with_limits(limits);
        }
        self
    }

    /// Sets how many bytes the whole stream may have, [`DEFAULT_MAX_BYTES`](Self::DEFAULT_MAX_BYTES) unless set. To read an
    /// answer of more than 64 MiB, raise [`with_max_held`](Self::with_max_held) too.
    #[must_use]
    pub fn with_max_bytes(mut self, max_bytes: u64) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// How many bytes of memory an answer may take by default: 64 MiB.
    pub const DEFAULT_MAX_HELD: usize = ledger::DEFAULT_MAX_HELD;

    /// Sets how many bytes of memory the answer may take, [`DEFAULT_MAX_HELD`](Self::DEFAULT_MAX_HELD) unless set: text, calls
    /// and whatever else was folded, unknown events, malformed chunks, chunks that wait for their format to be
    /// known, a line or a document that is not at its end. So a server that sends unknown events for ever is stopped after 64 MiB
    /// of memory and not after 1 GiB of bytes. It is measured now and then, and small values are estimated: take it for the order
    /// of the memory that a hostile stream can fill. At the limit reading ends with [`ReadError::TooLarge`]; what had arrived is
    /// kept, and `frame` is missing.
    ///
    /// ```
    /// use bedrock_aggregate::{Framing, EventSink, ReadError, Reader};
    ///
    /// let mut reader = Reader::new(Framing::JsonLines).with_max_held(10_000);
    /// let error = reader.push(&b"{\"type\":\"new\"}\n".repeat(10_000), &mut EventSink::none()).unwrap_err();
    /// assert_eq!(error, ReadError::TooLarge { limit: 10_000 });
    /// ```
    #[must_use]
    pub fn with_max_held(mut self, bytes: usize) -> Self {
        self.chunks.ledger.set_limit(bytes);
        self
    }

    /// Makes a malformed chunk the end of the stream. Otherwise it is kept in the answer, and the stream goes on.
    #[must_use]
    pub fn stop_at_malformed(mut self) -> Self {
        self.chunks.ledger.stop_at_malformed = true;
        self
    }

    /// The name of the answer's format, as soon as it is known.
    #[must_use]
    pub fn format(&self) -> Option<&str> {
        self.chunks.format()
    }

    /// Whether more than the announcement of an answer has arrived. To ask again would then be to ask twice for what was
    /// generated.
    ///
    /// The announcement is the start of the message (with its first counts) and pings, sixteen chunks at most. A block's start,
    /// an unknown event, an unreadable chunk, later counts or the end are more than that. Some
    /// formats have no announcement, nor has one of your own: then any chunk that is not empty is more. An error is neither.
    #[must_use]
    pub fn has_arrived(&self) -> bool {
        self.chunks.arrived
    }

    /// The answer so far, without ending it.
    #[must_use]
    pub fn snapshot(&self) -> Option<Answer> {
        self.chunks.snapshot()
    }

    /// Takes the next piece of the stream, of any length, and emits what it brought.
    ///
    /// # Errors
    ///
    /// Where the stream cannot be read on. The first error is final: further pieces are refused with the same. It is no reason
    /// to give up the reader: [`finish`](Self::finish) gives what had arrived, and the completeness says what broke it off.
    ///
    /// ```
    /// use bedrock_aggregate::{EventSink, Framing, ReadError, Reader};
    ///
    /// let stream = br#"{"messageStart":{"role":"assistant"}}
    /// {"contentBlockDelta":{"delta":{"text":"Scattered"},"contentBlockIndex":0}}
    /// {"modelStreamErrorException":{"message":"try again","originalStatusCode":500}}
    /// "#;
    /// let mut reader = Reader::new(Framing::JsonLines).with_format("nova")?;
    /// let read = reader.push(stream, &mut EventSink::none());
    /// let answer = reader.finish(&mut EventSink::none())?;
    ///
    /// assert!(matches!(read, Err(ReadError::Exception(_))));
    /// assert_eq!(answer.text(), "Scattered");
    /// assert_eq!(answer.completeness.exception().unwrap().message, "try again");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn push(&mut self, piece: &[u8], events: &mut EventSink<'_>) -> Result<(), ReadError> {
        if let Some(error) = &self.error {
            return Err(error.clone());
        }
        self.try_push(piece, events).inspect_err(|error| self.error = Some(error.clone()))
    }

    fn try_push(&mut self, piece: &[u8], events: &mut EventSink<'_>) -> Result<(), ReadError> {
        let room = self.max_bytes.saturating_sub(self.taken);
        self.taken = self.taken.saturating_add(piece.len() as u64);
        match usize::try_from(room) {
            // What lies within the limit is read, wherever the pieces were cut.
            Ok(room) if room < piece.len() => {
                self.decode(&piece[..room], events)?;
                Err(ReadError::TooLong { limit: self.max_bytes })
            }
            _ => self.decode(piece, events),
        }
    }

    fn decode(&mut self, piece: &[u8], events: &mut EventSink<'_>) -> Result<(), ReadError> {
        let chunks = &mut self.chunks;
        match &mut self.decoder {
            Decoder::Frames(decoder) => {
                for frame in decoder.feed(piece) {
                    chunks.frame(&frame?, events)?;
                }
            }
            Decoder::Sse(decoder) => {
                for event in decoder.feed(piece) {
                    push_sse(&event?, chunks, events)?;
                }
            }
            Decoder::Lines { held, line } => push_lines(held, line, piece, chunks, events)?,
            // Before it is copied: a document is held whole until the stream ends.
            Decoder::Document(held) if piece.len() > chunks.ledger.limit().saturating_sub(held.len()) => {
                return Err(ReadError::TooLarge { limit: chunks.ledger.limit() });
            }
            Decoder::Document(held) => held.extend_from_slice(piece),
        }
        Ok(())
    }

    /// Ends the stream: the answer, with the verdict on its completeness.
    ///
    /// # Errors
    ///
    /// When chunks arrived and no format recognised any of them; they are in the error.
    pub fn finish(mut self, events: &mut EventSink<'_>) -> Result<Answer, Undecided> {
        let held = if self.error.is_none() { self.end_of_input(events) } else { None };
        self.chunks.finish(self.error, held, events)
    }

    /// Ends the decoder, and gives the number of bytes that belong to nothing.
    fn end_of_input(&mut self, events: &mut EventSink<'_>) -> Option<usize> {
        let chunks = &mut self.chunks;
        let result = match &mut self.decoder {
            Decoder::Frames(decoder) => return decoder.finish().err().map(|_| decoder.held()),
            // A server that forgets the last empty line has still sent its last event.
            Decoder::Sse(decoder) => match decoder.unfinished() {
                Some(event) if unwrap::is_whole(&event.data_bytes()) => {
                    push_sse(&event.view(), chunks, events)
                }
                Some(_) => return Some(decoder.held()),
                None => return comments_aside(&std::mem::take(decoder).into_held()),
            },
            Decoder::Lines { held, line } if unwrap::is_whole(held) => chunks.line(held, *line, events),
            Decoder::Lines { held, .. } => return Some(held.len()),
            Decoder::Document(held) => chunks.document(held, events),
        };
        self.error = result.err();
        None
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("format", &self.format())
            .field("taken", &self.taken)
            .finish_non_exhaustive()
    }
}

fn push_sse(
    event: &SseEventView<'_>,
    chunks: &mut StreamState,
    events: &mut EventSink<'_>,
) -> Result<(), ReadError> {
    chunks.sse(event.name(), &event.data_bytes(), event.offset(), events)
}

/// How many bytes lie after the last event of server-sent events; none where they are comments only, which say nothing
/// though they be cut.
fn comments_aside(held: &[u8]) -> Option<usize> {
    let is_comment = |line: &[u8]| line.is_empty() || line.starts_with(b":");
    let text = held.strip_prefix(unwrap::BYTE_ORDER_MARK).unwrap_or(held);
    let says_nothing = text.split(|byte| matches!(byte, b'\n' | b'\r')).all(is_comment);
    (!says_nothing).then_some(held.len())
}

/// Splits lines: whole ones are read where they lie, only what is cut by the end of a piece is copied.
fn push_lines(
    held: &mut Vec<u8>,
    line: &mut u64,
    piece: &[u8],
    chunks: &mut StreamState,
    events: &mut EventSink<'_>,
) -> Result<(), ReadError> {
    let limit = chunks.ledger.limit();
    let fits = |held: &[u8], text: &[u8]| {
        if text.len() > limit.saturating_sub(held.len()) {
            Err(ReadError::TooLarge { limit })
        } else {
            Ok(())
        }
    };
    let mut rest = piece;
    while let Some(end) = memchr::memchr(b'\n', rest) {
        let (text, after) = rest.split_at(end);
        rest = &after[1..];
        let number = *line;
        *line += 1;
        fits(held, text)?;
        if held.is_empty() {
            chunks.line(text, number, events)?;
        } else {
            held.extend_from_slice(text);
            let whole = std::mem::take(held);
            chunks.line(&whole, number, events)?;
        }
    }
    fits(held, rest)?;
    held.extend_from_slice(rest);
    Ok(())
}
