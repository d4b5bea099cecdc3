//! Frames, beside the decoder of AWS's SDK: the same are accepted, with the same headers and payloads, however they are cut.
//!
//! Three differences stand, and no other: a header twice is refused here and kept there; a damaged prelude is seen here at
//! once and there when the frame is whole; a cut is told here and left to the caller there.

use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder};
use aws_smithy_types::event_stream::Message;
use bedrock_eventstream::frame::{Frame, FrameDecoder, FrameError, FrameErrorKind, HeaderFault};
use bytes::Bytes;

use crate::budget::Budget;
use crate::cut::{choice, pieces};
use crate::seeds::{fixtures, frame_vectors};
use crate::target::Target;

pub(super) const TARGET: Target = Target {
    name: "frames",
    choices: 2,
    longest: 1 << 20,
    // Each way of decoding keeps its frames, and so does the other decoder.
    budget: Budget { fixed: 1 << 20, a_byte: 64 },
    seeds,
    run,
};

/// First a byte that says whether the checksums are made right again, then one that says how to cut.
fn seeds() -> Vec<Vec<u8>> {
    let streams = fixtures().into_iter().map(|fixture| fixture.stream);
    let all = frame_vectors().into_iter().chain(streams.filter(|stream| stream.starts_with(&[0])));
    all.enumerate().map(|(n, stream)| [&[(n % 2) as u8, n as u8], &stream[..]].concat()).collect()
}

fn run(input: &[u8]) {
    let (seals, input) = choice(input);
    let (salt, bytes) = choice(input);
    let mut bytes = bytes.to_vec();
    if seals % 2 == 1 {
        seal(&mut bytes);
    }
    let whole = borrowed(&[&bytes]);
    let cut = pieces(&bytes, salt);
    assert_eq!(borrowed(&cut), whole, "borrowed, in pieces");
    assert_eq!(owned(&cut), whole, "owned, in pieces");
    let (frames, end) = whole;
    let (messages, refused) = theirs(&bytes);
    let ours: Vec<Message> = frames.iter().map(Message::from).collect();
    match end.map_err(|error| error.kind()) {
        Ok(()) | Err(FrameErrorKind::Cut { .. }) => {
            assert_eq!(ours, messages);
            assert!(!refused, "only they refuse it");
        }
        Err(FrameErrorKind::Header { fault: HeaderFault::Duplicate, .. }) => {
            assert_eq!(ours, messages[..ours.len()]);
        }
        Err(kind) => assert_eq!(ours, messages, "we refuse: {kind}"),
    }
    for frame in &frames {
        let again = Frame::try_from(&Message::from(frame)).expect("what was read can be written");
        assert_eq!(again.as_bytes(), frame.as_bytes(), "written again");
    }
}

type Outcome = (Vec<Frame>, Result<(), FrameError>);

fn borrowed(pieces: &[&[u8]]) -> Outcome {
    let (mut decoder, mut frames) = (FrameDecoder::new(), Vec::new());
    for piece in pieces {
        for frame in decoder.feed(piece) {
            match frame {
                Ok(frame) => frames.push(frame.to_owned()),
                Err(error) => return (frames, Err(error)),
            }
        }
    }
    let end = decoder.finish();
    (frames, end)
}

fn owned(pieces: &[&[u8]]) -> Outcome {
    let (mut decoder, mut frames) = (FrameDecoder::new(), Vec::new());
    for piece in pieces {
        decoder.push(Bytes::copy_from_slice(piece));
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => return (frames, Err(error)),
            }
        }
    }
    let end = decoder.finish();
    (frames, end)
}

fn theirs(bytes: &[u8]) -> (Vec<Message>, bool) {
    let (mut decoder, mut buffer) = (MessageFrameDecoder::new(), Bytes::copy_from_slice(bytes));
    let mut messages = Vec::new();
    loop {
        match decoder.decode_frame(&mut buffer) {
            Ok(DecodedFrame::Complete(message)) => messages.push(message),
            Ok(DecodedFrame::Incomplete) => return (messages, false),
            Err(_) => return (messages, true),
        }
    }
}

/// Makes the checksums right, frame by frame, as far as the lengths that are stated allow: a change of one byte would else be
/// seen by the checksum and by nothing behind it.
fn seal(bytes: &mut [u8]) {
    let mut rest = bytes;
    while rest.len() >= 16 {
        let length = u32::from_be_bytes([rest[0], rest[1], rest[2], rest[3]]) as usize;
        let prelude = crc32fast::hash(&rest[..8]);
        rest[8..12].copy_from_slice(&prelude.to_be_bytes());
        if length < 16 || length > rest.len() {
            return;
        }
        let (frame, after) = rest.split_at_mut(length);
        let (sealed, checksum) = frame.split_at_mut(length - 4);
        checksum.copy_from_slice(&crc32fast::hash(sealed).to_be_bytes());
        rest = after;
    }
}
