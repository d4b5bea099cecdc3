//! The decoder where its parts meet: known frames, limits, errors, pieces that are left untaken, memory.

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
    for (bytes, builder) in
        [(CHUNK, FrameBuilder::event("chunk")), (EXCEPTION, FrameBuilder::exception("throttlingException"))]
    {
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
