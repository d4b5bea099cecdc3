//! One server-sent event: borrowed (`SseEventView`) and owned (`SseEvent`). What its data means is not known here.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;

use super::scan::{Fields, Span, data_lines};

/// One event, borrowed from the piece that was fed (or from the decoder, if it straddled two pieces).
///
/// ```
/// use bedrock_eventstream::sse::SseDecoder;
///
/// let mut decoder = SseDecoder::new();
/// let stream = b"id: 7\nevent: note\ndata: one\ndata: two\nretry: 1500\n\n";
/// let event = decoder.feed(stream).next().unwrap()?;
/// assert_eq!(event.name(), Some("note"));
/// assert_eq!(event.data(), "one\ntwo");
/// assert_eq!(event.id(), Some("7"));
/// assert_eq!(event.retry(), Some(std::time::Duration::from_millis(1500)));
/// # Ok::<(), bedrock_eventstream::sse::SseError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SseEventView<'a> {
    block: &'a [u8],
    fields: Fields,
    offset: u64,
}

impl<'a> SseEventView<'a> {
    /// `block` are the lines of the event, which begin at `offset` of the stream.
    #[inline]
    pub(super) const fn new(block: &'a [u8], fields: Fields, offset: u64) -> Self {
        Self { block, fields, offset }
    }

    /// The data: the values of all `data` lines with a line feed between them. Borrowed if there is only one, as all LLM
    /// services send it. Bytes that are not UTF-8 read as U+FFFD, as the standard demands;
    /// [`data_bytes`](Self::data_bytes) has them as they came.
    pub fn data(&self) -> Cow<'a, str> {
        match self.data_bytes() {
            Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
            Cow::Owned(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Cow::Owned(text),
                Err(error) => Cow::Owned(String::from_utf8_lossy(error.as_bytes()).into_owned()),
            },
        }
    }

    /// As [`data`](Self::data), as bytes: cheaper, where a parser of JSON looks at the UTF-8 anyway.
    #[inline]
    pub fn data_bytes(&self) -> Cow<'a, [u8]> {
        match self.fields.data {
            Some(only) if self.fields.data_lines == 1 => Cow::Borrowed(only.of(self.block)),
            _ => Cow::Owned(self.data_lines().collect::<Vec<_>>().join(&b'\n')),
        }
    }

    /// The values of the `data` lines, one by one.
    pub fn data_lines(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        data_lines(self.block, self.offset == 0)
    }

    /// The name of the event, from its `event` field. Where there is none, the standard speaks of a `message`.
    #[inline]
    pub fn name(&self) -> Option<&'a str> {
        self.text(self.fields.name)
    }

    /// The id, if the event has one of its own. [`SseDecoder::last_event_id`](super::SseDecoder::last_event_id) is the one
    /// in force.
    pub fn id(&self) -> Option<&'a str> {
        self.text(self.fields.id)
    }

    /// How long to wait before connecting again, if the event says so.
    pub fn retry(&self) -> Option<Duration> {
        self.fields.retry.map(Duration::from_millis)
    }

    /// The byte of the stream, counted from 0, at which the first line of the event begins.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// The same event with bytes of its own, copied once.
    pub fn to_owned(&self) -> SseEvent {
        SseEvent::new(Bytes::copy_from_slice(self.block), self.fields, self.offset)
    }

    fn text(&self, span: Option<Span>) -> Option<&'a str> {
        std::str::from_utf8(span?.of(self.block)).ok()
    }
}

impl std::fmt::Debug for SseEventView<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The data is what somebody wrote to a model: its length is enough for a log.
        f.debug_struct("SseEvent")
            .field("offset", &self.offset())
            .field("name", &self.name())
            .field("id", &self.id())
            .field("data_length", &self.data_bytes().len())
            .finish()
    }
}

/// One event that owns its bytes: a slice of the buffer it arrived in, shared, not copied (an event that straddled two
/// buffers has been copied once).
///
/// ```
/// use bedrock_eventstream::sse::SseDecoder;
///
/// let mut decoder = SseDecoder::new();
/// decoder.push("data: {}\n\n".into());
/// let event = decoder.next_event()?.expect("one event is there");
/// assert_eq!(event.data(), "{}");
/// # Ok::<(), bedrock_eventstream::sse::SseError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SseEvent {
    block: Bytes,
    fields: Fields,
    offset: u64,
}

impl SseEvent {
    /// As [`SseEventView::new`].
    #[inline]
    pub(super) const fn new(block: Bytes, fields: Fields, offset: u64) -> Self {
        Self { block, fields, offset }
    }

    /// The same event, borrowed.
    #[inline]
    pub fn view(&self) -> SseEventView<'_> {
        SseEventView::new(&self.block, self.fields, self.offset)
    }

    /// As [`SseEventView::data`].
    pub fn data(&self) -> Cow<'_, str> {
        self.view().data()
    }

    /// As [`SseEventView::data_bytes`], as a slice that keeps the shared buffer alive.
    pub fn data_bytes(&self) -> Bytes {
        match self.view().data_bytes() {
            Cow::Borrowed(bytes) => self.block.slice_ref(bytes),
            Cow::Owned(bytes) => bytes.into(),
        }
    }

    /// As [`SseEventView::name`].
    pub fn name(&self) -> Option<&str> {
        self.view().name()
    }

    /// As [`SseEventView::id`].
    pub fn id(&self) -> Option<&str> {
        self.view().id()
    }

    /// As [`SseEventView::retry`].
    pub fn retry(&self) -> Option<Duration> {
        self.view().retry()
    }

    /// As [`SseEventView::offset`].
    pub const fn offset(&self) -> u64 {
        self.offset
    }
}

impl std::fmt::Debug for SseEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.view().fmt(f)
    }
}
