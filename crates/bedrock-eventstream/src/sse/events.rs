//! The borrowed way out of a decoder. It borrows the decoder in parts, so that views may outlive the iterator: what is not
//! taken goes to a buffer that no view is borrowed from.

use bytes::BytesMut;

use super::scan::Found;
use super::state::State;
use super::{SseError, SseEventView};

/// The events that a piece completes. See [`SseDecoder::feed`](super::SseDecoder::feed).
///
/// The views live as long as the decoder and the piece are left alone, not only until the next call of `next`.
#[derive(Debug)]
pub struct SseEvents<'a> {
    pub(super) state: &'a mut State,
    /// An event that straddled pieces, found whole: it comes first.
    pub(super) carried: &'a [u8],
    pub(super) bytes: &'a [u8],
    /// Where to put what is not taken; nowhere if there is nothing to take.
    pub(super) rest: Option<&'a mut BytesMut>,
    /// Where to say how much is not taken, where the bytes stay where they are.
    pub(super) kept: Option<&'a mut usize>,
    pub(super) reported: bool,
}

impl<'a> SseEvents<'a> {
    /// The last id that an event set, those this iterator has given included.
    pub fn last_event_id(&self) -> &str {
        self.state.last_event_id()
    }

    #[inline]
    fn next_in_bytes(&mut self) -> Result<Option<SseEventView<'a>>, SseError> {
        // The scanner may be in the middle of bytes that the decoder holds, and these here are not those.
        if self.rest.is_none() {
            return self.state.none_whole();
        }
        loop {
            match self.state.scan(self.bytes)? {
                Found::Event(length) => {
                    let (block, rest) = self.bytes.split_at(length);
                    self.bytes = rest;
                    return Ok(Some(self.view(block)));
                }
                Found::Nothing(length) => {
                    let (block, rest) = self.bytes.split_at(length);
                    self.bytes = rest;
                    self.state.take(block);
                }
                Found::More => return self.state.none_whole(),
            }
        }
    }

    #[inline]
    fn view(&mut self, block: &'a [u8]) -> SseEventView<'a> {
        let (fields, offset) = self.state.take(block);
        SseEventView::new(block, fields, offset)
    }
}

impl<'a> Iterator for SseEvents<'a> {
    type Item = Result<SseEventView<'a>, SseError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.state.error {
            return if std::mem::replace(&mut self.reported, true) { None } else { Some(Err(error)) };
        }
        if !self.carried.is_empty() {
            let block = std::mem::take(&mut self.carried);
            return Some(Ok(self.view(block)));
        }
        let next = self.next_in_bytes();
        self.reported = next.is_err();
        next.transpose()
    }
}

impl std::iter::FusedIterator for SseEvents<'_> {}

impl Drop for SseEvents<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some(kept) = self.kept.take() {
            *kept = self.bytes.len();
        } else if let Some(rest) = self.rest.take()
            && !(self.carried.is_empty() && self.bytes.is_empty())
        {
            if !self.carried.is_empty() {
                // The scanner stands behind the carried event, which is going back untaken.
                self.state.scanner.restart();
            }
            rest.clear();
            rest.extend_from_slice(self.carried);
            rest.extend_from_slice(self.bytes);
        }
    }
}
