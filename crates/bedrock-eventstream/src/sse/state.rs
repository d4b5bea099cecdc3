//! What is known between two pieces: how far the scanner has come, the last id, the first error. The bytes themselves are kept
//! by `decoder`.

use bytes::{Buf, BytesMut};

use super::scan::{Fields, Found, Scanner};
use super::{SseError, SseErrorKind, SseLimits};

/// How far the bytes in the carry have come.
pub(super) enum Progress {
    /// No event in the carry is whole; the piece is used up.
    Short,
    /// The first so many bytes of the carry are an event.
    Whole(usize),
    /// There was nothing in the carry that counts. The piece is not used up.
    Empty,
}

/// What there is to know between two pieces, but for the bytes.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) scanner: Scanner,
    /// Where in the stream the bytes begin that are not taken.
    pub(super) offset: u64,
    pub(super) error: Option<SseError>,
    /// More was refused while this many bytes were waiting: an error once they have been taken.
    pub(super) refused: Option<usize>,
    last_event_id: String,
    pub(super) retry: Option<u64>,
}

impl State {
    pub(super) fn new(limits: SseLimits) -> Self {
        Self { scanner: Scanner::new(limits), ..Self::default() }
    }

    pub(super) fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    #[inline]
    pub(super) fn goes_on(&self) -> bool {
        self.error.is_none() && self.refused.is_none()
    }

    #[inline]
    pub(super) fn scan(&mut self, bytes: &[u8]) -> Result<Found, SseError> {
        self.scanner.scan(bytes, self.offset).map_err(|(kind, at)| self.fail(kind, at))
    }

    /// Takes the lines that were found to be an event or nothing.
    #[inline]
    pub(super) fn take(&mut self, block: &[u8]) -> (Fields, u64) {
        let fields = self.scanner.take(block.len());
        if let Some(id) = fields.id {
            self.last_event_id.clear();
            self.last_event_id.push_str(std::str::from_utf8(id.of(block)).unwrap_or_default());
        }
        // Also of events without data: their id and retry count, says the standard.
        self.retry = fields.retry.or(self.retry);
        let offset = self.offset;
        self.offset += block.len() as u64;
        (fields, offset)
    }

    /// Moves as many lines from `piece` to `carry` as the event in it needs.
    pub(super) fn complete(&mut self, carry: &mut BytesMut, piece: &mut &[u8]) -> Result<Progress, SseError> {
        loop {
            // Line by line: the event ends in this piece as a rule, and what follows is to stay in
            // the piece, where it is read without a copy.
            if self.scanner.seen() == carry.len() {
                let line = memchr::memchr2(b'\n', b'\r', piece);
                let (end, more) = line.map_or((piece.len(), 0), |length| (length, 1));
                let admitted = self.scanner.admit(carry.len() + end, more);
                // Before the line is copied: a line without an end must not fill memory first.
                admitted.map_err(|(kind, at)| self.fail(kind, at))?;
                let (head, rest) = piece.split_at(end + more);
                carry.extend_from_slice(head);
                *piece = rest;
            }
            match self.scan(carry)? {
                Found::Event(length) => return Ok(Progress::Whole(length)),
                Found::Nothing(length) => {
                    self.take(&carry[..length]);
                    carry.advance(length);
                    if carry.is_empty() {
                        return Ok(Progress::Empty);
                    }
                }
                Found::More if piece.is_empty() => return Ok(Progress::Short),
                Found::More => {}
            }
        }
    }

    /// What to answer when there is no whole event: an error if bytes behind it were refused.
    #[inline]
    pub(super) fn none_whole<T>(&mut self) -> Result<Option<T>, SseError> {
        match self.refused {
            Some(held) => Err(self.fail(SseErrorKind::Unread { held }, 0)),
            None => Ok(None),
        }
    }

    #[cold]
    fn fail(&mut self, kind: SseErrorKind, at: usize) -> SseError {
        *self.error.insert(SseError::new(kind, self.offset + at as u64))
    }
}
