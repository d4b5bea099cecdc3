//! Laws of the codec, on frames nobody wrote down: cutting changes nothing, encoding and decoding undo each other, damage is
//! found where it is. Agreement with AWS's decoder is in `agreement`.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use bedrock_eventstream::frame::{Frame, FrameBuilder, FrameDecoder, FrameErrorKind, HeaderValue, Limits};
use bytes::Bytes;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

/// A header value that owns what it needs.
#[derive(Debug, Clone)]
enum Value {
    Plain(HeaderValue<'static>),
    Bytes(Vec<u8>),
    Text(String),
}

impl Value {
    fn borrowed(&self) -> HeaderValue<'_> {
        match self {
            Self::Plain(value) => *value,
            Self::Bytes(bytes) => HeaderValue::Bytes(bytes),
            Self::Text(text) => HeaderValue::String(text),
        }
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(|value| Value::Plain(value.into())),
        any::<i8>().prop_map(|value| Value::Plain(value.into())),
        any::<i16>().prop_map(|value| Value::Plain(value.into())),
        any::<i32>().prop_map(|value| Value::Plain(value.into())),
        any::<i64>().prop_map(|value| Value::Plain(value.into())),
        any::<i64>().prop_map(|value| Value::Plain(HeaderValue::Timestamp(value))),
        any::<[u8; 16]>().prop_map(|value| Value::Plain(HeaderValue::Uuid(value))),
        vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
        ".{0,20}".prop_map(Value::Text),
    ]
}

type Parts = (Vec<(String, Value)>, Vec<u8>);

/// Headers and payload. The frames are mostly small, some are long enough to be hashed as they come in.
fn any_parts() -> impl Strategy<Value = Parts> {
    let headers = prop_oneof![
        4 => btree_map(".{0,12}", any_value(), 0..5).prop_map(Vec::from_iter),
        // As the service has them, over and over again.
        4 => Just(vec![(":event-type".into(), Value::Text("chunk".into()))]),
        1 => btree_map("[a-z]{1,3}", any_value(), 15..40).prop_map(Vec::from_iter),
    ];
    let payload = prop_oneof![
        8 => vec(any::<u8>(), 0..60),
        1 => (3_900..10_000_usize, any::<u8>()).prop_map(|(length, byte)| vec![byte; length]),
    ];
    (headers, payload)
}

fn build((headers, payload): &Parts) -> Frame {
    let add = |builder: FrameBuilder, (name, value): &(String, Value)| builder.header(name, value.borrowed());
    headers.iter().fold(FrameBuilder::new(), add).build(payload).unwrap()
}

fn any_stream() -> impl Strategy<Value = (Vec<Bytes>, Vec<u8>)> {
    vec(any_parts(), 0..12).prop_map(|all| {
        let frames: Vec<Bytes> = all.iter().map(|parts| build(parts).into_bytes()).collect();
        let stream = frames.concat();
        (frames, stream)
    })
}

fn wire(frames: &[Frame]) -> Vec<Bytes> {
    frames.iter().map(|frame| frame.as_bytes().clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(bedrock_testing::cases(200)))]

    #[test]
    fn any_cut_of_any_frames_gives_these_frames((frames, stream) in any_stream(), seed: u64, longest in 1..6_000_usize) {
        let pieces = crate::support::random_pieces(&stream, longest, seed);
        for decode in [crate::support::borrowed, crate::support::owned] {
            let (found, end) = decode(Limits::new(), pieces.clone());
            prop_assert_eq!(end, Ok(()));
            prop_assert_eq!(&wire(&found), &frames);
            let mut offset = 0;
            for frame in &found {
                prop_assert_eq!(frame.offset(), offset);
                offset += frame.len() as u64;
            }
        }
    }

    #[test]
    fn decoding_undoes_encoding(parts in any_parts()) {
        let frame = build(&parts);
        let (found, end) = crate::support::borrowed(Limits::new(), [&frame.as_bytes()[..]]);
        prop_assert_eq!(end, Ok(()));
        prop_assert_eq!(&found, &[frame]);
        let (headers, payload) = &parts;
        let read: Vec<_> = found[0].headers().map(|header| (header.name, header.value)).collect();
        let written: Vec<_> = headers.iter().map(|(name, value)| (&name[..], value.borrowed())).collect();
        prop_assert_eq!(read, written);
        prop_assert_eq!(found[0].payload(), &payload[..]);
        for (name, value) in headers {
            prop_assert_eq!(found[0].header(name), Some(value.borrowed()));
        }
    }

    /// Both ways on one decoder, frames left lying, iterators dropped half-way: nothing is lost, nothing comes twice.
    #[test]
    fn frames_left_lying_come_first_the_next_time(
        (frames, stream) in any_stream(),
        seed: u64,
        longest in 1..6_000_usize,
        steps in vec((any::<bool>(), 0..4_usize), 1..20),
    ) {
        let mut decoder = FrameDecoder::new();
        let mut found = Vec::new();
        let mut steps = steps.iter().cycle();
        for piece in crate::support::random_pieces(&stream, longest, seed) {
            let &(push, take) = steps.next().unwrap();
            if push {
                decoder.push(Bytes::copy_from_slice(piece));
                for _ in 0..take {
                    found.extend(decoder.next_frame().unwrap());
                }
            } else {
                found.extend(decoder.feed(piece).take(take).map(|frame| frame.unwrap().to_owned()));
            }
            let taken: usize = found.iter().map(Frame::len).sum();
            prop_assert_eq!(decoder.offset(), taken as u64);
        }
        if decoder.finish().is_err() {
            found.extend(decoder.feed(&[]).map(|frame| frame.unwrap().to_owned()));
        }
        prop_assert_eq!(decoder.finish(), Ok(()));
        prop_assert_eq!(wire(&found), frames);
    }

    #[test]
    fn a_cut_is_an_error_with_what_is_held((frames, stream) in any_stream(), at: prop::sample::Index) {
        prop_assume!(!stream.is_empty());
        let stream = &stream[..at.index(stream.len())];
        let mut whole = 0;
        let mut count = 0;
        while count < frames.len() && whole + frames[count].len() <= stream.len() {
            whole += frames[count].len();
            count += 1;
        }
        for decode in [crate::support::borrowed, crate::support::owned] {
            let (found, end) = decode(Limits::new(), stream.chunks(1000).collect::<Vec<_>>());
            prop_assert_eq!(wire(&found), &frames[..count]);
            let held = stream.len() - whole;
            if held == 0 {
                prop_assert_eq!(end, Ok(()));
            } else {
                let error = end.unwrap_err();
                let length = (held >= 12).then(|| frames[count].len() as u32);
                prop_assert_eq!(error.kind(), FrameErrorKind::Cut { held, length });
                prop_assert_eq!(error.offset(), whole as u64);
            }
        }
    }

    /// One changed byte is always found, in the frame that it is in, whichever way the bytes come.
    #[test]
    fn one_changed_byte_is_found_in_its_frame(
        (frames, stream) in any_stream(),
        at: prop::sample::Index,
        change in 1..=255_u8,
        seed: u64,
    ) {
        prop_assume!(!stream.is_empty());
        let at = at.index(stream.len());
        let mut damaged = stream;
        damaged[at] ^= change;
        let mut begin = 0;
        let good = frames.iter().take_while(|frame| {
            let before = begin + frame.len() <= at;
            begin += if before { frame.len() } else { 0 };
            before
        });
        let good: Vec<Bytes> = good.cloned().collect();
        let pieces = crate::support::random_pieces(&damaged, 3_000, seed);
        for decode in [crate::support::borrowed, crate::support::owned] {
            let (found, end) = decode(Limits::new(), pieces.clone());
            prop_assert_eq!(&wire(&found), &good);
            let error = end.unwrap_err();
            prop_assert_eq!(error.offset(), begin as u64);
            prop_assert!(!error.is_cut(), "{}", error);
        }
    }

    #[test]
    fn no_bytes_at_all_make_it_panic_or_depend_on_the_cut(bytes in vec(any::<u8>(), 0..300)) {
        let _ = crate::support::every_way(Limits::new(), &bytes);
    }
}
