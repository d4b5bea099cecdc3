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
            Err(_) | Ok(Progress::Short) => piece = nothing,
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
mod tests {
    use super::*;
    use crate::frame::{FrameBuilder, FrameKind};

    /// A `chunk` event, and an exception; both were computed by hand and read with botocore.
    const CHUNK: &str = "000000750000004bb51e28ce0b3a6576656e742d747970650700056368756e6b0d3a636f6e74656e742d747970650700\
        106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b226279746573223a226533303d222c22\
        70223a22616263227d8bcd2fab";
    const EXCEPTION: &str = "0000008800000061de0175f40f3a657863657074696f6e2d747970650700137468726f74746c696e67457863657074\
        696f6e0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d74797065070009657863\
        657074696f6e7b226d657373616765223a22736c6f7720646f776e227d832ee072";

    fn unhex(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> =
            hex.bytes().filter_map(|digit| char::from(digit).to_digit(16)).map(|n| n as u8).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }

    /// A frame of this length on the wire.
    fn frame_of(length: usize) -> Vec<u8> {
        FrameBuilder::new().build(&vec![b'x'; length - 16]).unwrap().into_bytes().to_vec()
    }

    fn kinds(found: Frames<'_>) -> Vec<Result<usize, FrameErrorKind>> {
        found.map(|frame| frame.map(|frame| frame.len()).map_err(|error| error.kind())).collect()
    }

    #[test]
    fn two_known_frames() {
        let stream = [unhex(CHUNK), unhex(EXCEPTION)].concat();
        let mut decoder = FrameDecoder::new();
        let frames: Vec<_> = decoder.feed(&stream).map(|frame| frame.unwrap()).collect();
        assert_eq!(frames[0].kind(), FrameKind::Event { event_type: "chunk" });
        assert_eq!(frames[0].payload(), br#"{"bytes":"e30=","p":"abc"}"#);
        assert_eq!(frames[1].kind(), FrameKind::Exception { exception_type: "throttlingException" });
        assert_eq!(frames[1].payload(), br#"{"message":"slow down"}"#);
        assert_eq!((frames[1].offset(), frames[1].len()), (117, 136));
        for (bytes, builder) in [
            (CHUNK, FrameBuilder::event("chunk")),
            (EXCEPTION, FrameBuilder::exception("throttlingException")),
        ] {
            let frame = builder.build(if bytes == CHUNK { frames[0] } else { frames[1] }.payload()).unwrap();
            assert_eq!(frame.as_bytes(), &unhex(bytes));
        }
    }

    #[test]
    fn limits_hold_at_the_prelude() {
        let check = |limits: Limits, expected: Result<usize, FrameErrorKind>| {
            let frame = FrameBuilder::new().header("ab", true).build(b"12345").unwrap();
            let mut decoder = FrameDecoder::with_limits(limits);
            let early = kinds(decoder.feed(&frame.as_bytes()[..12]));
            let late = kinds(decoder.feed(&frame.as_bytes()[12..]));
            match expected {
                Ok(_) => assert_eq!((early, late), (vec![], vec![expected])),
                Err(_) => assert_eq!((early, late), (vec![expected], vec![expected])),
            }
        };
        check(Limits::new().with_max_frame_bytes(25).with_max_headers_bytes(4), Ok(25));
        let too_long = FrameErrorKind::FrameTooLong { length: 25, limit: 24 };
        check(Limits::new().with_max_frame_bytes(24), Err(too_long));
        let headers_too_long = FrameErrorKind::HeadersTooLong { length: 4, limit: 3 };
        check(Limits::new().with_max_headers_bytes(3), Err(headers_too_long));
    }

    #[test]
    fn impossible_lengths_are_named() {
        let check = |length: u32, headers_length: u32, expected| {
            let mut prelude = [length.to_be_bytes(), headers_length.to_be_bytes()].concat();
            prelude.extend_from_slice(&crc32fast::hash(&prelude).to_be_bytes());
            assert_eq!(kinds(FrameDecoder::new().feed(&prelude)), [Err(expected)]);
        };
        check(0, 0, FrameErrorKind::FrameLength { length: 0 });
        check(15, 0, FrameErrorKind::FrameLength { length: 15 });
        check(17, 1, FrameErrorKind::HeadersLength { length: 1, frame_length: 17 });
        check(17, 2, FrameErrorKind::HeadersLength { length: 2, frame_length: 17 });
        let limit = 24 << 20;
        check(u32::MAX, u32::MAX, FrameErrorKind::FrameTooLong { length: u32::MAX, limit });
        check(100, u32::MAX, FrameErrorKind::HeadersTooLong { length: u32::MAX, limit: 128 << 10 });
    }

    #[test]
    fn what_is_good_before_an_error_is_given_and_what_is_bad_is_kept() {
        let good = frame_of(40);
        let mut bad = frame_of(50);
        bad[20] ^= 1;
        for size in [1, 7, 45, 1000] {
            let stream = [&good[..], &bad, &good].concat();
            let mut decoder = FrameDecoder::new();
            let found: Vec<_> = stream.chunks(size).flat_map(|piece| kinds(decoder.feed(piece))).collect();
            assert_eq!(found[0], Ok(40));
            assert!(matches!(found[1], Err(FrameErrorKind::MessageChecksum { .. })));
            // The same again for each further piece, and nothing else.
            assert!(found[1..].iter().all(|frame| *frame == found[1]), "{found:?}");
            assert_eq!(decoder.offset(), 40);
            assert_eq!(decoder.finish().unwrap_err().offset(), 40);
            assert!(decoder.into_held().starts_with(&bad));
        }
    }

    #[test]
    fn nothing_is_taken_while_too_much_is_waiting() {
        let limits = Limits::new().with_max_frame_bytes(100);
        let room = 100 + 64 * 1024;
        let frame = frame_of(100);
        let stream = frame.repeat(room / 100 + 1);
        let unread = FrameErrorKind::Unread { held: stream.len() };

        for push in [false, true] {
            let mut decoder = FrameDecoder::with_limits(limits);
            // More than there is room for may come in one piece: it was in memory anyway.
            if push {
                decoder.push(Bytes::from(stream.clone()));
            } else {
                decoder.feed(&stream);
            }
            assert_eq!(decoder.finish().unwrap_err().kind(), unread);
            // What comes on top is refused: with an error, but after all that is there.
            if push {
                decoder.push(Bytes::from(frame.clone()));
                for _ in 0..stream.len() / 100 {
                    assert_eq!(decoder.next_frame().unwrap().unwrap().len(), 100);
                }
                assert_eq!(decoder.next_frame().unwrap_err().kind(), unread);
            } else {
                drop(decoder.feed(&frame));
                let mut found = kinds(decoder.feed(&frame));
                assert_eq!(found.pop(), Some(Err(unread)));
                assert_eq!(found, vec![Ok(100); stream.len() / 100]);
            }
            assert_eq!(decoder.finish().unwrap_err().kind(), unread);
        }
    }

    /// The bytes refused are a gap: what comes behind it must not be joined to what was before it.
    #[test]
    fn nothing_is_joined_over_a_gap() {
        let frame = frame_of(100);
        let stream = [&frame.repeat(700)[..], &frame[..10]].concat();
        for push in [false, true] {
            let mut decoder = FrameDecoder::with_limits(Limits::new().with_max_frame_bytes(100));
            drop(decoder.feed(&stream));
            drop(decoder.feed(&frame[10..]));
            // All whole frames are taken, and the error behind them is not looked at.
            assert_eq!(decoder.feed(&[]).take(700).count(), 700);
            let unread = FrameErrorKind::Unread { held: stream.len() };
            if push {
                decoder.push(Bytes::copy_from_slice(&frame[10..]));
                assert_eq!(decoder.next_frame().unwrap_err().kind(), unread);
            } else {
                assert_eq!(kinds(decoder.feed(&frame[10..])), [Err(unread)]);
            }
        }
    }

    #[test]
    fn after_a_reset_it_is_as_new() {
        let frame = frame_of(5_000);
        let mut decoder = FrameDecoder::new();
        for junk in [&frame[..4_500], b"no frame at all, but long enough"] {
            let _ = kinds(decoder.feed(junk));
            decoder.reset();
            assert_eq!((decoder.held(), decoder.offset(), decoder.finish()), (0, 0, Ok(())));
            assert_eq!(kinds(decoder.feed(&frame)), [Ok(5_000)]);
            assert_eq!(decoder.finish(), Ok(()));
        }
    }

    #[test]
    fn room_is_not_taken_for_a_length_alone() {
        let frame = frame_of(20 << 20);
        let mut decoder = FrameDecoder::new();
        assert_eq!(kinds(decoder.feed(&frame[..100])), []);
        assert_eq!(kinds(decoder.feed(&frame[100..200])), []);
        assert!(decoder.carry.capacity() <= 64 << 10, "{}", decoder.carry.capacity());
        assert_eq!(kinds(decoder.feed(&frame[200..])), [Ok(20 << 20)]);
        assert_eq!(kinds(decoder.feed(&frame[..100])), []);
        assert!(decoder.carry.capacity() <= 1 << 20, "{}", decoder.carry.capacity());
    }
}
