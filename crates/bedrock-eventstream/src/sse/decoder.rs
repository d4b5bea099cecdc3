//! The push decoder: pieces in, events out, borrowed or owned. Lines and fields are read in `scan`; here it is decided which
//! bytes are looked at and which are kept.

use std::borrow::Cow;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};

use super::events::SseEvents;
use super::scan::{BYTE_ORDER_MARK, Found, Scanner};
use super::state::{Progress, State};
use super::{SseError, SseErrorKind, SseEvent, SseLimits};

/// Turns the pieces of a byte stream into server-sent events.
///
/// It is used as a [`FrameDecoder`](crate::frame::FrameDecoder) is: [`feed`](Self::feed) gives views that borrow from the
/// piece, [`push`](Self::push) and [`next_event`](Self::next_event) give events that own their bytes.
///
/// Lines may end with LF, CR or CRLF, also where a piece ends between the two. An event is handed out at the blank line
/// behind it, without waiting for what comes next. As the standard demands, events without a `data` field are not handed
/// out (their `id` and `retry` count all the same), and comments and unknown fields are ignored.
///
/// ```
/// use bedrock_eventstream::sse::SseDecoder;
///
/// let mut decoder = SseDecoder::new();
/// for event in decoder.feed(b": keep-alive\n\nevent: ping\ndata: {}\r\n\r\n") {
///     assert_eq!(event?.name(), Some("ping"));
/// }
/// decoder.finish()?;
/// # Ok::<(), bedrock_eventstream::sse::SseError>(())
/// ```
///
/// # Memory
///
/// A decoder holds at most one unfinished event, so never more than [`SseLimits::max_event_bytes`] and a line. Events left
/// untaken are held too and come first the next time; but when more than `max_event_bytes` and another 64 KiB are waiting
/// so, further bytes are refused with [`SseErrorKind::Unread`].
#[derive(Debug, Default)]
pub struct SseDecoder {
    state: State,
    /// The beginning of an event that is not whole yet; rarely whole events that were left untaken.
    carry: BytesMut,
    /// What an iterator leaves over. It cannot go to `carry`, from which views may still be borrowed.
    rest: BytesMut,
    /// An iterator was made that saw all there was: what is in `carry` is used up, but for the end of it that is `kept`, and
    /// `rest` follows.
    lent: bool,
    /// How much of the end of `carry` was not taken: to copy it each time would take the square of it.
    kept: usize,
    /// What is left of the pieces pushed.
    pushed: Bytes,
}

impl SseDecoder {
    /// A decoder with the limits of [`SseLimits::new`].
    pub fn new() -> Self {
        Self::default()
    }

    /// A decoder with limits of the caller's.
    pub fn with_limits(limits: SseLimits) -> Self {
        Self { state: State::new(limits), ..Self::default() }
    }

    /// The limits in force.
    pub const fn limits(&self) -> SseLimits {
        self.state.scanner.limits()
    }

    /// Takes the next piece of the stream, of any size, and gives the events that it completes.
    ///
    /// The beginning of the next event is kept when the iterator is dropped. If it is dropped before its end, nothing is
    /// lost: the events not taken come first at the next call (for which an empty piece will do).
    ///
    /// # Errors
    ///
    /// The iterator gives the first error as its last item. All later calls give the same error, once each, and nothing
    /// else.
    pub fn feed<'a>(&'a mut self, piece: &'a [u8]) -> SseEvents<'a> {
        self.settle();
        if self.state.goes_on() && self.carry.is_empty() && self.pushed.is_empty() {
            self.lent = true;
            let rest = Some(&mut self.rest);
            return SseEvents {
                state: &mut self.state,
                carried: &[],
                bytes: piece,
                rest,
                kept: None,
                reported: false,
            };
        }
        self.feed_on(piece)
    }

    /// Takes the next piece of the stream, of any size, without copying it. Then call [`next_event`](Self::next_event)
    /// until it gives `None`.
    pub fn push(&mut self, piece: Bytes) {
        self.settle();
        if !self.state.goes_on() || piece.is_empty() {
            return;
        }
        self.gather();
        if self.carry.len() > self.room() {
            self.state.refused.get_or_insert(self.carry.len());
            return;
        }
        // A small piece is joined to what is held, so that `finish` has not to join them each time it is asked.
        if piece.len() <= self.carry.len() {
            self.carry.extend_from_slice(&piece);
        } else {
            self.pushed = piece;
        }
    }

    /// The next whole event of what was pushed, or `None` when more is needed.
    ///
    /// # Errors
    ///
    /// The first error is final and given again at every later call.
    pub fn next_event(&mut self) -> Result<Option<SseEvent>, SseError> {
        self.settle();
        if let Some(error) = self.state.error {
            return Err(error);
        }
        loop {
            if self.carry.is_empty() {
                match self.state.scan(&self.pushed)? {
                    Found::Event(length) => {
                        let block = self.pushed.split_to(length);
                        let (fields, offset) = self.state.take(&block);
                        return Ok(Some(SseEvent::new(block, fields, offset)));
                    }
                    Found::Nothing(length) => {
                        self.state.take(&self.pushed.split_to(length));
                    }
                    Found::More => return self.state.none_whole(),
                }
                continue;
            }
            let mut piece = &self.pushed[..];
            let progress = self.state.complete(&mut self.carry, &mut piece);
            // Before the error is returned: what went to the carry would else be held twice.
            let used = self.pushed.len() - piece.len();
            self.pushed.advance(used);
            match progress? {
                Progress::Whole(length) => {
                    let block = self.carry.split_to(length).freeze();
                    let (fields, offset) = self.state.take(&block);
                    return Ok(Some(SseEvent::new(block, fields, offset)));
                }
                Progress::Empty => {}
                Progress::Short => return self.state.none_whole(),
            }
        }
    }

    /// Says whether the stream may end here: between two events it may, inside of one it may not. May be asked at any time,
    /// at each byte too: it costs nothing to speak of, and changes nothing.
    ///
    /// The standard says that an event without its blank line is to be thrown away in silence. Servers do forget that blank
    /// line behind their last event, so here it is an error, and [`unfinished`](Self::unfinished) has the event.
    ///
    /// # Errors
    ///
    /// [`SseErrorKind::Cut`] with the number of bytes held, if an event is unfinished; [`SseErrorKind::Unread`] if whole
    /// events were never taken; the first error, if there was one.
    pub fn finish(&self) -> Result<(), SseError> {
        if let Some(error) = self.state.error {
            return Err(error);
        }
        if let Some(held) = self.state.refused {
            return Err(SseError::new(SseErrorKind::Unread { held }, self.offset()));
        }
        let (_, held, offset) = self.scan_to_the_end()?;
        // A byte order mark alone is an empty stream, not the beginning of an event.
        if held.is_empty() || (offset == 0 && &held[..] == BYTE_ORDER_MARK) {
            return Ok(());
        }
        Err(SseError::new(SseErrorKind::Cut { held: held.len() }, offset))
    }

    /// The event that is unfinished, as if the stream had ended properly behind the bytes held: for servers that forget the
    /// last blank line. `None` if there is no data in it, if there are whole events to be taken first, or after an error: what
    /// is held of a broken stream depends on how it was cut.
    ///
    /// ```
    /// use bedrock_eventstream::sse::SseDecoder;
    ///
    /// let mut decoder = SseDecoder::new();
    /// assert_eq!(decoder.feed(b"data: [DONE]").count(), 0);
    /// assert!(decoder.finish().is_err());
    /// assert_eq!(decoder.unfinished().unwrap().data(), "[DONE]");
    /// ```
    pub fn unfinished(&self) -> Option<SseEvent> {
        if self.state.error.is_some() {
            return None;
        }
        let (scanner, held, offset) = self.scan_to_the_end().ok()?;
        if !scanner.has_data_at_end(&held, offset) {
            return None;
        }
        let fields = scanner.fields_at_end(&held, offset);
        Some(SseEvent::new(Bytes::copy_from_slice(&held), fields, offset))
    }

    /// The last id that an event set, which a client sends as `Last-Event-ID` when it connects again; empty at first.
    pub fn last_event_id(&self) -> &str {
        self.state.last_event_id()
    }

    /// How long to wait before connecting again, as the server said last.
    pub fn retry(&self) -> Option<Duration> {
        self.state.retry.map(Duration::from_millis)
    }

    /// The byte of the stream, counted from 0, behind the last event taken and the lines without data that followed it.
    pub const fn offset(&self) -> u64 {
        self.state.offset
    }

    /// How many bytes are held: of an unfinished event, or of events not taken yet.
    pub fn held(&self) -> usize {
        self.current().len() + self.pushed.len()
    }

    /// Gives back the bytes that are held. After an error these are the bytes from the bad event on, as far as they were
    /// kept.
    pub fn into_held(self) -> Bytes {
        self.held_bytes().into_owned().into()
    }

    /// Forgets all bytes, the offset, the error and the last id, to begin a new stream with the buffers of this one.
    pub fn reset(&mut self) {
        self.carry.clear();
        self.rest.clear();
        (self.lent, self.kept) = (false, 0);
        self.pushed = Bytes::new();
        self.state = State::new(self.limits());
    }

    /// [`feed`](Self::feed) when there is something from before: an error, or bytes.
    #[inline(never)]
    fn feed_on<'a>(&'a mut self, mut piece: &'a [u8]) -> SseEvents<'a> {
        let nothing: &[u8] = &[];
        let (mut carried, mut bytes, mut rest, mut kept) = (nothing, nothing, None, None);
        self.gather();
        if self.state.refused.is_some() {
            piece = nothing;
        }
        if self.state.error.is_some() {
            // It is reported by the iterator.
        } else if self.state.scanner.seen() < self.carry.len() {
            // Bytes that the scanner has not seen are events left untaken: they come first, and are
            // lent where they lie, as many as there are.
            if self.carry.len() <= self.room() {
                self.carry.extend_from_slice(piece);
            } else if !piece.is_empty() {
                self.state.refused.get_or_insert(self.carry.len());
            }
            (bytes, rest, kept) = (&self.carry[..], Some(&mut self.rest), Some(&mut self.kept));
            self.lent = true;
        } else {
            match self.state.complete(&mut self.carry, &mut piece) {
                Ok(Progress::Whole(_)) => {
                    (carried, bytes, rest) = (&self.carry[..], piece, Some(&mut self.rest));
                    self.lent = true;
                }
                Ok(Progress::Empty) => {
                    (bytes, rest) = (piece, Some(&mut self.rest));
                    self.lent = true;
                }
                Ok(Progress::Short) | Err(_) => {}
            }
        }
        SseEvents { state: &mut self.state, carried, bytes, rest, kept, reported: false }
    }

    /// Puts what the last iterator left over where the next bytes are to go.
    #[inline]
    fn settle(&mut self) {
        if self.lent {
            self.lent = false;
            let kept = std::mem::take(&mut self.kept);
            if kept > 0 {
                self.carry.advance(self.carry.len() - kept);
                return;
            }
            if !self.carry.is_empty() {
                self.carry.clear();
                if self.carry.capacity() > KEPT {
                    self.carry = BytesMut::new();
                }
            }
            if !self.rest.is_empty() {
                std::mem::swap(&mut self.carry, &mut self.rest);
            }
        }
    }

    /// Moves what is left of the last piece pushed to the carry.
    fn gather(&mut self) {
        if !self.pushed.is_empty() {
            self.carry.extend_from_slice(&self.pushed);
            self.pushed = Bytes::new();
        }
    }

    fn current(&self) -> &[u8] {
        match (self.lent, self.kept) {
            (false, _) => &self.carry,
            (true, 0) => &self.rest,
            (true, kept) => &self.carry[self.carry.len() - kept..],
        }
    }

    fn held_bytes(&self) -> Cow<'_, [u8]> {
        match (self.current(), &self.pushed[..]) {
            ([], pushed) => Cow::Borrowed(pushed),
            (held, []) => Cow::Borrowed(held),
            (held, pushed) => Cow::Owned([held, pushed].concat()),
        }
    }

    /// Looks at all bytes held, without taking any: gives those that belong to no whole event, and where they begin. What has
    /// been looked at before is not looked at again.
    fn scan_to_the_end(&self) -> Result<(Scanner, Cow<'_, [u8]>, u64), SseError> {
        // A copy, which is small: `finish` must change nothing, and may be asked at every byte.
        let mut scanner = self.state.scanner.clone();
        let held = self.held_bytes();
        let mut from = 0;
        loop {
            let offset = self.state.offset + from as u64;
            match scanner.scan(&held[from..], offset) {
                Ok(Found::Event(_)) => {
                    return Err(SseError::new(SseErrorKind::Unread { held: held.len() }, self.offset()));
                }
                Ok(Found::Nothing(length)) => {
                    scanner.take(length);
                    from += length;
                }
                Ok(Found::More) => {
                    let left = match held {
                        Cow::Borrowed(held) => Cow::Borrowed(&held[from..]),
                        Cow::Owned(held) => Cow::Owned(held[from..].to_vec()),
                    };
                    return Ok((scanner, left, offset));
                }
                Err((kind, at)) => return Err(SseError::new(kind, offset + at as u64)),
            }
        }
    }

    /// How much may wait untaken.
    fn room(&self) -> usize {
        // The addition is a piece of a usual size: the
        // smallest limits would else refuse every piece.
        (self.limits().max_event_bytes() as usize).saturating_add(64 * 1024)
    }
}

/// A buffer that has grown beyond this is given back and not kept for the next event.
const KEPT: usize = 1024 * 1024;
