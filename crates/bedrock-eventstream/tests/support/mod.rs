//! What the tests of this folder share: the ways to cut bytes, and the ways to decode them. The expectations stand in the tests.

#![allow(dead_code, reason = "each test file uses its part")]

use bedrock_eventstream::frame::{Frame, FrameDecoder, FrameError, Limits};
use bytes::Bytes;

/// What came out of a decoder: the frames, and how it ended.
pub(crate) type Outcome = (Vec<Frame>, Result<(), FrameError>);

/// All frames of these pieces, by `feed`.
pub(crate) fn borrowed<'a>(limits: Limits, pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let mut decoder = FrameDecoder::with_limits(limits);
    let mut frames = Vec::new();
    for piece in pieces {
        let found: Result<Vec<()>, _> =
            decoder.feed(piece).map(|frame| frame.map(|frame| frames.push(frame.to_owned()))).collect();
        if let Err(error) = found {
            assert_eq!(decoder.finish(), Err(error), "the first error is final");
            return (frames, Err(error));
        }
    }
    let end = decoder.finish();
    (frames, end)
}

/// All frames of these pieces, by `push`.
pub(crate) fn owned<'a>(limits: Limits, pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let mut decoder = FrameDecoder::with_limits(limits);
    let mut frames = Vec::new();
    for piece in pieces {
        decoder.push(Bytes::copy_from_slice(piece));
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(decoder.next_frame(), Err(error), "the first error is final");
                    return (frames, Err(error));
                }
            }
        }
    }
    let end = decoder.finish();
    (frames, end)
}

/// Decodes in both ways, at once, byte by byte and in pieces of some odd sizes; all must agree, and that is returned.
pub(crate) fn every_way(limits: Limits, bytes: &[u8]) -> Outcome {
    let whole = borrowed(limits, [bytes]);
    assert_eq!(owned(limits, [bytes]), whole, "owned and borrowed, whole");
    for size in [1, 2, 3, 7, 12, 13, 64, 1000, 4096] {
        assert_eq!(borrowed(limits, bytes.chunks(size)), whole, "borrowed, {size} bytes a piece");
        assert_eq!(owned(limits, bytes.chunks(size)), whole, "owned, {size} bytes a piece");
    }
    whole
}

/// Cuts `bytes` into pieces of lengths that look random and are the same each time for the same seed.
pub(crate) fn random_pieces(bytes: &[u8], longest: usize, seed: u64) -> Vec<&[u8]> {
    let mut state = seed | 1;
    let mut rest = bytes;
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let (piece, after) = rest.split_at((state % (longest as u64 + 1)) as usize % (rest.len() + 1));
        pieces.push(piece);
        rest = after;
    }
    pieces
}
