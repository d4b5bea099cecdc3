//! The push decoder: pieces in, checked frames out, borrowed or owned. It knows nothing of where the pieces come from and
//! of what the frames mean. The checks on one frame are in `check`, the bytes kept between pieces in `carry`.

use bytes::{Buf, Bytes};

use super::carry::{Carry, Progress};
use super::check::{Checker, PRELUDE};
use super::frames::Frames;
use crate::frame::{Frame, FrameError, FrameErrorKind, Limits};

/// Turns the pieces of a byte stream into frames.
///
/// There are two ways out of it, and both may be used on one decoder:
///
/// - [`feed`](Self::feed) gives views that borrow from the piece and allocate nothing. A frame that straddles pieces is
///   copied once, into a buffer that is used again.
/// - [`push`](Self::push) and [`next_frame`](Self::next_frame) give frames that own their bytes, as slices of what was
///   pushed; these can be kept, sent and queued, for about twice the price.
///
/// A frame is handed out only when both of its checksums are right and its headers can be read. The first error is final.
///
/// ```
/// use bedrock_eventstream::frame::{FrameBuilder, FrameDecoder};
///
/// let mut stream = Vec::new();
/// let chunk = FrameBuilder::event("chunk");
/// chunk.encode(b"first", &mut stream)?;
/// chunk.encode(b"second", &mut stream)?;
///
/// let mut decoder = FrameDecoder::new();
/// let mut payloads = Vec::new();
/// for piece in stream.chunks(50) {
///     for frame in decoder.feed(piece) {
///         payloads.push(frame?.payload().to_vec());
///     }
/// }
/// decoder.finish()?;
/// assert_eq!(payloads, [b"first".to_vec(), b"second".to_vec()]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Memory
///
/// A decoder holds at most one unfinished frame, so never more than [`Limits::max_frame_bytes`], and takes room for it only
/// as its bytes arrive. If whole frames are left untaken (a `for` loop over [`feed`](Self::feed) is left by `break`, or
/// [`push`](Self::push) is called many times in a row), they are held too and come first the next time; but when more than
/// `max_frame_bytes` and another 64 KiB are waiting so, further bytes are refused with [`FrameErrorKind::Unread`].
#[derive(Debug, Default)]
pub struct FrameDecoder {
    checker: Checker,
    /// The head of a frame that is not whole yet; rarely whole frames that were left untaken.
    carry: Carry,
    /// What an iterator leaves over. It cannot go to `carry`, from which views may still be borrowed.
    rest: Carry,
    /// An iterator was made that saw all there was: what is in `carry` is used up, but for the end of it that is `kept`, and
    /// `rest` follows.
    lent: bool,
    /// How much of the end of `carry` was not taken: to copy it each time would take the square of it.
    kept: usize,
    /// What is left of the pieces pushed.
    pushed: Bytes,
}

impl FrameDecoder {
    /// A decoder with the limits of [`Limits::new`].
    pub fn new() -> Self {
        Self::default()
    }

    /// A decoder with limits of the caller's.
    pub fn with_limits(limits: Limits) -> Self {
        Self { checker: Checker::new(limits), ..Self::default() }
    }

    /// The limits in force.
    pub const fn limits(&self) -> Limits {
        self.checker.limits
    }

    /// Takes the next piece of the stream, of any size, and gives the frames that it completes.
    ///
    /// The iterator ends when no whole frame is left; the head of the next one is kept when the iterator is dropped. If it
    /// is dropped before its end, nothing is lost: the frames not taken come first at the next call (for which an empty
    /// piece will do).
    ///
    /// # Errors
    ///
    /// The iterator gives the first error as its last item. All later calls give the same error, once each, and nothing
    /// else.
    pub fn feed<'a>(&'a mut self, piece: &'a [u8]) -> Frames<'a> {
        self.settle();
        // The usual case, and inlined: nothing is held, and frames are lent out of the piece.
        if self.checker.goes_on() && self.carry.is_empty() && self.pushed.is_empty() {
            self.lent = true;
            return Frames {
                checker: &mut self.checker,
                carried: &[],
                checksum: None,
                piece,
                rest: Some(&mut self.rest),
                kept: None,
                reported: false,
            };
        }
        self.feed_on(piece)
    }

    /// Takes the next piece of the stream, of any size, without copying it. Then call [`next_frame`](Self::next_frame)
    /// until it gives `None`.
    ///
    /// ```
    /// use bedrock_eventstream::frame::{FrameBuilder, FrameDecoder};
    ///
    /// let mut decoder = FrameDecoder::new();
    /// decoder.push(FrameBuilder::new().build(b"payload")?.into_bytes());
    /// while let Some(frame) = decoder.next_frame()? {
    ///     assert_eq!(frame.payload(), b"payload");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn push(&mut self, piece: Bytes) {
        self.settle();
        if !self.checker.goes_on() || piece.is_empty() {
            return;
        }
        self.gather();
        // One piece beyond the room is taken: it is in the caller's memory already.
        if self.carry.len() > self.room() {
            self.checker.refused.get_or_insert(self.carry.len());
            return;
        }
        self.pushed = piece;
    }

    /// The next whole frame of what was pushed, or `None` when more is needed.
    ///
    /// # Errors
    ///
    /// The first error is final and given again at every later call.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, FrameError> {
        self.settle();
        if let Some(error) = self.checker.error {
            return Err(error);
        }
        if self.carry.is_empty() {
            let Some(taken) = self.checker.take(&self.pushed, None)? else {
                return self.checker.none_whole();
            };
            let frame = self.pushed.split_to(taken.length);
            return Ok(Some(Frame::new(frame, taken.headers_length, taken.offset)));
        }
        let mut piece = &self.pushed[..];
        let progress = self.carry.complete(&mut self.checker, &mut piece);
        // Before the error is returned: what went to the carry would else be held twice.
        let used = self.pushed.len() - piece.len();
        self.pushed.advance(used);
        let checksum = match progress? {
            Progress::Short => return self.checker.none_whole(),
            Progress::Whole(checksum) => checksum,
            Progress::Backlog => None,
        };
        let Some(taken) = self.checker.take(self.carry.bytes(), checksum)? else {
            return self.checker.none_whole();
        };
        Ok(Some(Frame::new(self.carry.split_to(taken.length), taken.headers_length, taken.offset)))
    }

    /// Says whether the stream may end here: between two frames it may, inside of one it may not. May be asked at any time
    /// and changes nothing.
    ///
    /// # Errors
    ///
    /// [`FrameErrorKind::Cut`] with the number of bytes held, if a frame is unfinished; [`FrameErrorKind::Unread`] if whole
    /// frames were never taken; the first error, if there was one.
    ///
    /// ```
    /// use bedrock_eventstream::frame::{FrameBuilder, FrameDecoder, FrameErrorKind};
    ///
    /// let frame = FrameBuilder::new().build(b"payload")?.into_bytes();
    /// let mut decoder = FrameDecoder::new();
    /// assert_eq!(decoder.feed(&frame[..20]).count(), 0);
    /// let error = decoder.finish().unwrap_err();
    /// assert_eq!(error.kind(), FrameErrorKind::Cut { held: 20, length: Some(23) });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn finish(&self) -> Result<(), FrameError> {
        if let Some(error) = self.checker.error {
            return Err(error);
        }
        if let Some(held) = self.checker.refused {
            return Err(FrameError::new(FrameErrorKind::Unread { held }, self.offset()));
        }
        let held = self.held();
        if held == 0 {
            return Ok(());
        }
        let head: Vec<u8> = self.current().iter().chain(&self.pushed).take(4).copied().collect();
        // Until its checksum has arrived a length cannot be trusted, so it is not reported.
        let length = match head.first_chunk() {
            Some(first) if held >= PRELUDE => Some(u32::from_be_bytes(*first)),
            _ => None,
        };
        let kind = match length {
            Some(length) if held >= length as usize => FrameErrorKind::Unread { held },
            _ => FrameErrorKind::Cut { held, length },
        };
        Err(FrameError::new(kind, self.offset()))
    }

    /// The byte of the stream, counted from 0, at which the next frame begins: all before it has been handed out.
    pub const fn offset(&self) -> u64 {
        self.checker.offset
    }

    /// How many bytes are held: of an unfinished frame, or of frames not taken yet.
    pub fn held(&self) -> usize {
        self.current().len() + self.pushed.len()
    }

    /// Gives back the bytes that are held. After an error these are the bytes from the bad frame on, as far as they had
    /// been fed: when a body turns out to be no event stream, they say what it is.
    ///
    /// ```
    /// let mut decoder = bedrock_eventstream::frame::FrameDecoder::new();
    /// assert!(decoder.feed(br#"{"message":"no such model"}"#).any(|frame| frame.is_err()));
    /// assert_eq!(&decoder.into_held()[..], br#"{"message":"no such model"}"#);
    /// ```
    pub fn into_held(mut self) -> Bytes {
        self.settle();
        if self.carry.is_empty() {
            return self.pushed;
        }
        self.gather();
        self.carry.split_to(self.carry.len())
    }

    /// Forgets all bytes, the offset and the error, to begin a new stream with the buffers of this one.
    pub fn reset(&mut self) {
        self.carry.clear();
        self.rest.clear();
        (self.lent, self.kept) = (false, 0);
        self.pushed = Bytes::new();
        self.checker.reset();
    }

    /// [`feed`](Self::feed) when there is something from before: an error, or bytes.
    #[inline(never)]
    fn feed_on<'a>(&'a mut self, mut piece: &'a [u8]) -> Frames<'a> {
        let nothing: &[u8] = &[];
        let (mut carried, mut checksum, mut rest, mut kept) = (nothing, None, None, None);
        self.gather();
        if self.checker.refused.is_some() {
            piece = nothing;
        }
        let progress = match self.checker.error {
            Some(error) => Err(error),
            None => self.carry.complete(&mut self.checker, &mut piece),
        };
        match progress {
            // After an error the rest of this piece is not kept: where a bad prelude itself came in
            // pieces, `into_held` has no more than that.
            Err(_) | Ok(Progress::Short) => piece = nothing,
            // The rest of the piece is read where it lies, behind the one frame that was copied.
            Ok(Progress::Whole(computed)) => {
                (carried, checksum, rest) = (self.carry.bytes(), computed, Some(&mut self.rest));
                self.lent = true;
            }
            Ok(Progress::Backlog) => {
                if self.carry.len() <= self.room() {
                    self.carry.append(piece, None);
                } else if !piece.is_empty() {
                    self.checker.refused.get_or_insert(self.carry.len());
                }
                piece = nothing;
                (carried, rest, kept) = (self.carry.bytes(), Some(&mut self.rest), Some(&mut self.kept));
                self.lent = true;
            }
        }
        Frames { checker: &mut self.checker, carried, checksum, piece, rest, kept, reported: false }
    }

    /// Puts what the last iterator left over where the next bytes are to go.
    #[inline]
    fn settle(&mut self) {
        if self.lent {
            self.lent = false;
            let kept = std::mem::take(&mut self.kept);
            if kept > 0 {
                // The bytes stay in the carry; `rest` is empty then.
                self.carry.keep_last(kept);
                return;
            }
            if !self.carry.is_empty() {
                self.carry.clear();
            }
            if !self.rest.is_empty() {
                std::mem::swap(&mut self.carry, &mut self.rest);
            }
        }
    }

    /// Moves what is left of the last piece pushed to the carry.
    #[inline]
    fn gather(&mut self) {
        if !self.pushed.is_empty() {
            // `begun` is the prelude at the front of the
            // carry only if these bytes will stand there.
            let begun = if self.carry.is_empty() { self.checker.begun } else { None };
            self.carry.append(&self.pushed, begun);
            self.pushed = Bytes::new();
        }
    }

    fn current(&self) -> &[u8] {
        match (self.lent, self.kept) {
            (false, _) => self.carry.bytes(),
            (true, 0) => self.rest.bytes(),
            (true, kept) => &self.carry.bytes()[self.carry.len() - kept..],
        }
    }

    /// How much may wait untaken. Pieces are often larger than the smallest limits make sense for, hence the addition.
    fn room(&self) -> usize {
        (self.checker.limits.max_frame_bytes() as usize).saturating_add(64 * 1024)
    }
}

#[cfg(test)]
mod tests;
