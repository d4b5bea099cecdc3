//! How much a decoder lets one line and one event have.

/// Bounds on one line and on one event, in bytes. They are checked before bytes are kept.
///
/// The standard knows none. The defaults, 24 MiB for both, are the limit of one frame of an event stream: enough for an
/// image in one line. More than 2 GiB cannot be set; it counts as 2 GiB.
///
/// ```
/// use bedrock_eventstream::sse::{SseDecoder, SseErrorKind, SseLimits};
///
/// let mut decoder = SseDecoder::with_limits(SseLimits::new().with_max_line_bytes(8));
/// let refused = decoder.feed(b"data: 123456789").next().unwrap().unwrap_err();
/// assert_eq!(refused.kind(), SseErrorKind::LineTooLong { limit: 8 });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SseLimits {
    max_line_bytes: u32,
    max_event_bytes: u32,
}

impl SseLimits {
    /// The defaults.
    pub const fn new() -> Self {
        Self { max_line_bytes: 24 * 1024 * 1024, max_event_bytes: 24 * 1024 * 1024 }
    }

    /// Lets one line, without its end, have this many bytes.
    #[must_use]
    pub const fn with_max_line_bytes(mut self, bytes: u32) -> Self {
        self.max_line_bytes = capped(bytes);
        self
    }

    /// Lets all the lines of one event, with their ends and with comments between them, have this many bytes.
    #[must_use]
    pub const fn with_max_event_bytes(mut self, bytes: u32) -> Self {
        self.max_event_bytes = capped(bytes);
        self
    }

    /// How many bytes a line may have.
    pub const fn max_line_bytes(&self) -> u32 {
        self.max_line_bytes
    }

    /// How many bytes an event may have.
    pub const fn max_event_bytes(&self) -> u32 {
        self.max_event_bytes
    }
}

const fn capped(bytes: u32) -> u32 {
    // `Span` counts in 32 bits, and the end of a line comes on top of the limit.
    if bytes > 1 << 31 { 1 << 31 } else { bytes }
}

impl Default for SseLimits {
    fn default() -> Self {
        Self::new()
    }
}
