//! What can be wrong with server-sent events. Little can: the standard has what it does not know ignored.

/// Why a stream of events cannot be read any further, and at which byte of the stream. The first error is final; every
/// event before it was handed out.
///
/// ```
/// use bedrock_eventstream::sse::SseDecoder;
///
/// let mut decoder = SseDecoder::new();
/// assert_eq!(decoder.feed(b": hello\n\ndata: x\n").count(), 0);
/// let error = decoder.finish().unwrap_err();
/// assert_eq!((error.offset(), error.is_cut()), (9, true));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{kind}, at byte {offset} of the stream")]
pub struct SseError {
    kind: SseErrorKind,
    offset: u64,
}

impl SseError {
    pub(crate) const fn new(kind: SseErrorKind, offset: u64) -> Self {
        Self { kind, offset }
    }

    /// What is wrong.
    pub const fn kind(&self) -> SseErrorKind {
        self.kind
    }

    /// The byte of the stream, counted from 0, at which the event or line in question begins.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether the stream simply ended too early, inside an event.
    pub const fn is_cut(&self) -> bool {
        matches!(self.kind, SseErrorKind::Cut { .. })
    }
}

/// What is wrong with a stream of events. Lengths are in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SseErrorKind {
    /// More than [`SseLimits::max_line_bytes`](super::SseLimits::max_line_bytes).
    #[error("line is longer than the limit of {limit} bytes")]
    LineTooLong {
        /// The limit in force.
        limit: u32,
    },
    /// More than [`SseLimits::max_event_bytes`](super::SseLimits::max_event_bytes).
    #[error("event is longer than the limit of {limit} bytes")]
    EventTooLong {
        /// The limit in force.
        limit: u32,
    },
    /// The name or the id of an event is not UTF-8. (Bytes of its data that are not, are for the reader of the data.)
    #[error("value of the field `{field}` is not UTF-8")]
    NotUtf8 {
        /// `event` or `id`.
        field: &'static str,
    },
    /// The stream ended inside an event. What is there of it can be had with
    /// [`SseDecoder::unfinished`](super::SseDecoder::unfinished).
    #[error("stream ended inside an event, {held} bytes of it held")]
    Cut {
        /// How many bytes of the event had arrived.
        held: usize,
    },
    /// Whole events were left lying in the decoder: the stream was ended, or more was fed, before they were taken. This is
    /// a fault of the caller, not of the stream.
    #[error("{held} bytes with whole events in them were never taken from the decoder")]
    Unread {
        /// How many bytes were waiting.
        held: usize,
    },
}
