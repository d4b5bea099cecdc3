//! The borrowed way out of a decoder. It borrows the decoder in parts, so that views may outlive the iterator: what is not
//! taken goes to a buffer that no view is borrowed from.

use super::carry::Carry;
use super::check::Checker;
use crate::frame::{FrameError, FrameView};

/// The frames that a piece completes. See [`FrameDecoder::feed`](super::FrameDecoder::feed).
///
/// The views live as long as the decoder and the piece are left alone, not only until the next call of `next`.
#[derive(Debug)]
pub struct Frames<'a> {
    pub(super) checker: &'a mut Checker,
    /// Whole frames from the carry, which come first.
    pub(super) carried: &'a [u8],
    /// The checksum of the first of these, if it was computed as the bytes came in.
    pub(super) checksum: Option<u32>,
    pub(super) piece: &'a [u8],
    /// Where to put what is not taken; nowhere if there is nothing to take.
    pub(super) rest: Option<&'a mut Carry>,
    /// Where to say how much is not taken, where the bytes stay where they are.
    pub(super) kept: Option<&'a mut usize>,
    pub(super) reported: bool,
}

impl<'a> Frames<'a> {
    #[inline(never)]
    fn next_carried(&mut self) -> Result<Option<FrameView<'a>>, FrameError> {
        let Some(taken) = self.checker.take(self.carried, self.checksum.take())? else {
            return self.checker.none_whole();
        };
        let (frame, rest) = self.carried.split_at(taken.length);
        self.carried = rest;
        Ok(Some(FrameView::new(frame, taken.headers_length, taken.offset)))
    }

    #[inline]
    fn next_in_piece(&mut self) -> Result<Option<FrameView<'a>>, FrameError> {
        let Some(taken) = self.checker.take(self.piece, None)? else {
            return self.checker.none_whole();
        };
        let (frame, rest) = self.piece.split_at(taken.length);
        self.piece = rest;
        Ok(Some(FrameView::new(frame, taken.headers_length, taken.offset)))
    }

    #[cold]
    fn report(&mut self) -> Option<FrameError> {
        if std::mem::replace(&mut self.reported, true) { None } else { self.checker.error }
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<FrameView<'a>, FrameError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.checker.error.is_some() {
            return self.report().map(Err);
        }
        let next = if self.carried.is_empty() { self.next_in_piece() } else { self.next_carried() };
        match next {
            Ok(frame) => frame.map(Ok),
            Err(error) => {
                self.reported = true;
                Some(Err(error))
            }
        }
    }
}

impl std::iter::FusedIterator for Frames<'_> {}

impl Drop for Frames<'_> {
    #[inline]
    fn drop(&mut self) {
        // Views may still borrow from the carry and the piece, so nothing is moved here: what is
        // left is counted, or copied to the other buffer. The next call settles it.
        if let Some(kept) = self.kept.take() {
            *kept = self.carried.len();
        } else if let Some(rest) = self.rest.take()
            && !(self.carried.is_empty() && self.piece.is_empty())
        {
            rest.clear();
            let begun = self.checker.begun;
            rest.append(self.carried, begun);
            rest.append(self.piece, begun);
        }
    }
}
