//! A whole, checked frame: borrowed (`FrameView`) and owned (`Frame`). Both are handed out by decoders only after both
//! checksums and the headers were found good, so nothing here can fail.

use bytes::Bytes;

use super::{FrameKind, HeaderValue, Headers};

/// Bytes before the headers: two lengths and their checksum.
pub(crate) const PRELUDE_LENGTH: usize = 12;
/// Bytes behind the payload.
pub(crate) const CHECKSUM_LENGTH: usize = 4;

/// One frame, borrowed from the piece that was fed (or from the decoder, if it straddled two pieces).
///
/// It is a pointer and three numbers: copy it freely.
///
/// ```
/// use bedrock_eventstream::frame::{FrameBuilder, FrameDecoder, FrameKind};
///
/// let bytes = FrameBuilder::event("chunk").build(b"{}")?.into_bytes();
/// let mut decoder = FrameDecoder::new();
/// for frame in decoder.feed(&bytes) {
///     let frame = frame?;
///     assert_eq!(frame.kind(), FrameKind::Event { event_type: "chunk" });
///     assert_eq!(frame.content_type(), Some("application/json"));
///     assert_eq!(frame.payload(), b"{}");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct FrameView<'a> {
    bytes: &'a [u8],
    /// As wide as a register: with padding behind it, copying a view would stall on the store just made.
    headers_length: usize,
    offset: u64,
}

impl<'a> FrameView<'a> {
    /// `bytes` is a whole frame, its lengths, checksums and headers found good.
    #[inline]
    pub(crate) const fn new(bytes: &'a [u8], headers_length: usize, offset: u64) -> Self {
        Self { bytes, headers_length, offset }
    }

    /// The headers in their order, parsed as they are asked for.
    #[inline]
    pub fn headers(&self) -> Headers<'a> {
        Headers::new(self.header_block())
    }

    /// The value of the header of this name. The name is compared with the bytes of the frame: no map is built.
    #[inline]
    pub fn header(&self, name: &str) -> Option<HeaderValue<'a>> {
        self.headers().find(name)
    }

    /// The headers as they are on the wire, unparsed. Nearly all frames of a stream have the same, so a reader that remembers
    /// what it made of the last block need only compare the next one with it.
    #[inline]
    pub fn header_block(&self) -> &'a [u8] {
        &self.bytes[PRELUDE_LENGTH..][..self.headers_length]
    }

    /// What the frame is: event, exception, error, initial response, or something newer.
    pub fn kind(&self) -> FrameKind<'a> {
        FrameKind::of(self.headers())
    }

    /// The media type of the payload, from `:content-type`.
    pub fn content_type(&self) -> Option<&'a str> {
        self.header(":content-type")?.as_str()
    }

    /// The payload.
    #[inline]
    pub fn payload(&self) -> &'a [u8] {
        // Cannot be out of range: the lengths were checked against each other before `new`.
        &self.bytes[PRELUDE_LENGTH + self.headers_length..self.bytes.len() - CHECKSUM_LENGTH]
    }

    /// The byte of the stream, counted from 0, at which the frame begins.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// The whole frame as it is on the wire.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// How many bytes the whole frame has on the wire, prelude and checksums included. Never less than 16.
    #[expect(clippy::len_without_is_empty, reason = "no frame is empty")]
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The same frame with bytes of its own, copied once.
    ///
    /// ```
    /// # use bedrock_eventstream::frame::{Frame, FrameBuilder, FrameDecoder};
    /// # let bytes = FrameBuilder::new().build(b"abc").unwrap().into_bytes();
    /// let kept: Vec<Frame> = FrameDecoder::new().feed(&bytes).map(|frame| frame.unwrap().to_owned()).collect();
    /// assert_eq!(kept[0].payload(), b"abc");
    /// ```
    pub fn to_owned(&self) -> Frame {
        Frame::new(Bytes::copy_from_slice(self.bytes), self.headers_length, self.offset)
    }
}

impl std::fmt::Debug for FrameView<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        struct HeaderMap<'a>(Headers<'a>);
        impl std::fmt::Debug for HeaderMap<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_map().entries(self.0.clone().map(|header| (header.name, header.value))).finish()
            }
        }
        // The payload is what somebody wrote to a model: its length is enough for a log.
        f.debug_struct("Frame")
            .field("offset", &self.offset)
            .field("headers", &HeaderMap(self.headers()))
            .field("payload_length", &self.payload().len())
            .finish()
    }
}

/// One frame that owns its bytes: a slice of the buffer it arrived in, shared, not copied (a frame that straddled two
/// buffers has been copied once).
///
/// ```
/// use bedrock_eventstream::frame::{FrameBuilder, FrameDecoder};
///
/// let mut decoder = FrameDecoder::new();
/// decoder.push(FrameBuilder::event("chunk").build(b"{}")?.into_bytes());
/// let frame = decoder.next_frame()?.expect("one frame is there");
/// assert_eq!(frame.header(":event-type").and_then(|value| value.as_str()), Some("chunk"));
/// assert_eq!(&frame.payload_bytes()[..], b"{}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    bytes: Bytes,
    headers_length: usize,
    offset: u64,
}

impl Frame {
    /// As [`FrameView::new`].
    #[inline]
    pub(crate) const fn new(bytes: Bytes, headers_length: usize, offset: u64) -> Self {
        Self { bytes, headers_length, offset }
    }

    /// The same frame, borrowed.
    #[inline]
    pub fn view(&self) -> FrameView<'_> {
        FrameView::new(&self.bytes, self.headers_length, self.offset)
    }

    /// As [`FrameView::headers`].
    pub fn headers(&self) -> Headers<'_> {
        self.view().headers()
    }

    /// As [`FrameView::header`].
    pub fn header(&self, name: &str) -> Option<HeaderValue<'_>> {
        self.view().header(name)
    }

    /// As [`FrameView::kind`].
    pub fn kind(&self) -> FrameKind<'_> {
        self.view().kind()
    }

    /// As [`FrameView::content_type`].
    pub fn content_type(&self) -> Option<&str> {
        self.view().content_type()
    }

    /// The payload.
    #[inline]
    pub fn payload(&self) -> &[u8] {
        self.view().payload()
    }

    /// The payload as a slice that keeps the shared buffer alive.
    pub fn payload_bytes(&self) -> Bytes {
        let end = self.bytes.len() - CHECKSUM_LENGTH;
        self.bytes.slice(PRELUDE_LENGTH + self.headers_length..end)
    }

    /// The byte of the stream, counted from 0, at which the frame begins; 0 for a frame that was built and not read.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// The whole frame as it is on the wire.
    pub const fn as_bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The whole frame as it is on the wire.
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// How many bytes the whole frame has on the wire, prelude and checksums included. Never less than 16.
    #[expect(clippy::len_without_is_empty, reason = "no frame is empty")]
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.view().fmt(f)
    }
}
