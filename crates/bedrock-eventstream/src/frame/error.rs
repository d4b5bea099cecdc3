//! What can be wrong with the bytes of a frame, and where. Nothing here decides what to do about it.

/// Why a stream of frames cannot be read any further, and at which byte of the stream.
///
/// The first error of a decoder is final: after a wrong length or a wrong checksum it is unknown where the next frame
/// would begin. Every frame before [`offset`](Self::offset) was handed out whole.
///
/// ```
/// use bedrock_eventstream::frame::{FrameDecoder, FrameErrorKind};
///
/// let mut decoder = FrameDecoder::new();
/// let answer = decoder.feed(b"<html>502 Bad Gateway</html>").next();
/// let error = answer.unwrap().unwrap_err();
/// assert_eq!(error.offset(), 0);
/// assert!(matches!(error.kind(), FrameErrorKind::PreludeChecksum { .. }));
/// assert!(error.to_string().contains("byte 0"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{kind}, in the frame that begins at byte {offset} of the stream")]
pub struct FrameError {
    kind: FrameErrorKind,
    offset: u64,
}

impl FrameError {
    pub(crate) const fn new(kind: FrameErrorKind, offset: u64) -> Self {
        Self { kind, offset }
    }

    /// What is wrong.
    pub const fn kind(&self) -> FrameErrorKind {
        self.kind
    }

    /// The byte of the stream, counted from 0, at which the frame in question begins.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether the stream simply ended too early: what arrived was sound, but the last frame of it is cut.
    ///
    /// ```
    /// let mut decoder = bedrock_eventstream::frame::FrameDecoder::new();
    /// assert!(decoder.feed(&[0, 0, 0]).next().is_none());
    /// assert!(decoder.finish().unwrap_err().is_cut());
    /// ```
    pub const fn is_cut(&self) -> bool {
        matches!(self.kind, FrameErrorKind::Cut { .. })
    }
}

/// What is wrong with a frame. Lengths are in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameErrorKind {
    /// The checksum of the first eight bytes does not fit them: the lengths in there cannot be believed. The usual reason
    /// is that the body is no event stream at all (a JSON error, an HTML page of some proxy).
    #[error("prelude checksum is {computed:#010x} and not {stated:#010x} as stated")]
    PreludeChecksum {
        /// Computed over what arrived.
        computed: u32,
        /// Read from the frame.
        stated: u32,
    },
    /// A length no frame can have: the smallest frame has 16 bytes.
    #[error("a frame cannot be {length} bytes long")]
    FrameLength {
        /// The length stated.
        length: u32,
    },
    /// Headers that do not fit into their frame, or of one byte, which is too short for any header.
    #[error("{length} bytes of headers cannot be in a frame of {frame_length}")]
    HeadersLength {
        /// The length of the headers stated.
        length: u32,
        /// The length of the frame stated.
        frame_length: u32,
    },
    /// More than [`Limits::max_frame_bytes`](super::Limits::max_frame_bytes).
    #[error("frame of {length} bytes is longer than the limit of {limit}")]
    FrameTooLong {
        /// The length stated.
        length: u32,
        /// The limit in force.
        limit: u32,
    },
    /// More than [`Limits::max_headers_bytes`](super::Limits::max_headers_bytes).
    #[error("headers of {length} bytes are longer than the limit of {limit}")]
    HeadersTooLong {
        /// The length stated.
        length: u32,
        /// The limit in force.
        limit: u32,
    },
    /// The checksum of the whole frame does not fit it: something in it is damaged.
    #[error("message checksum is {computed:#010x} and not {stated:#010x} as stated")]
    MessageChecksum {
        /// Computed over what arrived.
        computed: u32,
        /// Read from the frame.
        stated: u32,
    },
    /// The checksums are right, but one of the headers cannot be read.
    #[error("{fault} in the header at byte {at} of the frame")]
    Header {
        /// Where that header begins, counted from the first byte of the frame.
        at: u32,
        /// What is wrong with it.
        fault: HeaderFault,
    },
    /// The stream ended inside a frame.
    #[error("stream ended inside a frame, {held} bytes of it held{}", OfLength(*length))]
    Cut {
        /// How many bytes of the frame had arrived.
        held: usize,
        /// How long the frame would have been, if that had arrived.
        length: Option<u32>,
    },
    /// Whole frames were left lying in the decoder: the stream was ended, or more was fed, before they were taken. This
    /// is a fault of the caller, not of the stream.
    #[error("{held} bytes with whole frames in them were never taken from the decoder")]
    Unread {
        /// How many bytes were waiting.
        held: usize,
    },
}

/// What is wrong with a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderFault {
    /// Its name or value runs on behind the end of the headers.
    #[error("cut name or value")]
    Cut,
    /// Its type is none of the ten of the format, so that not even its length is known.
    #[error("unknown value type {0}")]
    UnknownType(u8),
    /// Its name is not UTF-8.
    #[error("name that is not UTF-8")]
    NameNotUtf8,
    /// Its value is marked as a string and is not UTF-8.
    #[error("string that is not UTF-8")]
    ValueNotUtf8,
    /// A header before it has the same name.
    #[error("repeated name")]
    Duplicate,
}

/// Writes ` of 190` when the length is known, and nothing when it is not.
struct OfLength(Option<u32>);

impl std::fmt::Display for OfLength {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(length) => write!(f, " of {length}"),
            None => Ok(()),
        }
    }
}
