//! How much a decoder or an encoder lets one frame have. How many frames a stream may have is up to the caller.

/// Bounds on one frame, in bytes. They are checked as soon as the first twelve bytes of a frame are there, so a length that
/// is too large costs no memory.
///
/// The defaults are those of AWS's own decoders: 24 MiB a frame, 128 KiB of headers.
///
/// ```
/// use bedrock_eventstream::frame::{FrameDecoder, FrameErrorKind, Limits};
///
/// let limits = Limits::new().with_max_frame_bytes(64 * 1024);
/// assert_eq!(limits.max_headers_bytes(), 128 * 1024);
/// let decoder = FrameDecoder::with_limits(limits);
/// assert_eq!(decoder.limits(), limits);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    max_frame_bytes: u32,
    max_headers_bytes: u32,
}

impl Limits {
    /// The defaults.
    pub const fn new() -> Self {
        // 24 MiB a message is aws-c-event-stream's limit, 128 KiB of headers botocore's (which
        // counts 24 MiB for the payload alone). The longest recorded frame has 8,702 bytes.
        Self { max_frame_bytes: 24 * 1024 * 1024, max_headers_bytes: 128 * 1024 }
    }

    /// Lets a whole frame, with its prelude and checksums, have this many bytes.
    #[must_use]
    pub const fn with_max_frame_bytes(mut self, bytes: u32) -> Self {
        self.max_frame_bytes = bytes;
        self
    }

    /// Lets the headers of one frame have this many bytes together.
    #[must_use]
    pub const fn with_max_headers_bytes(mut self, bytes: u32) -> Self {
        self.max_headers_bytes = bytes;
        self
    }

    /// How many bytes a whole frame may have.
    pub const fn max_frame_bytes(&self) -> u32 {
        self.max_frame_bytes
    }

    /// How many bytes the headers of one frame may have together.
    pub const fn max_headers_bytes(&self) -> u32 {
        self.max_headers_bytes
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}
