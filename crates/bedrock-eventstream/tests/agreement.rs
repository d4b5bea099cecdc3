//! The decoder beside the one of AWS's SDK, on sound frames, damaged frames, and frames whose headers are anything at all but
//! whose checksums are right. They agree, except where the other is known to be wrong; each such place is named below.

#![allow(clippy::unwrap_used, reason = "this is a test")]

mod support;

use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder, read_message_from, write_message_to};
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use aws_smithy_types::{DateTime, str_bytes::StrBytes};
use bedrock_eventstream::frame::{Frame, FrameErrorKind, FrameKind, HeaderFault, Limits};
use bytes::{Buf, Bytes};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

fn any_value() -> impl Strategy<Value = HeaderValue> {
    prop_oneof![
        any::<bool>().prop_map(HeaderValue::Bool),
        any::<i8>().prop_map(HeaderValue::Byte),
        any::<i16>().prop_map(HeaderValue::Int16),
        any::<i32>().prop_map(HeaderValue::Int32),
        any::<i64>().prop_map(HeaderValue::Int64),
        any::<i64>().prop_map(|value| HeaderValue::Timestamp(DateTime::from_millis(value))),
        any::<u128>().prop_map(HeaderValue::Uuid),
        vec(any::<u8>(), 0..30).prop_map(|value| HeaderValue::ByteArray(value.into())),
        ".{0,12}".prop_map(|value| HeaderValue::String(value.into())),
    ]
}

fn any_message() -> impl Strategy<Value = Message> {
    (btree_map(".{0,12}", any_value(), 0..5), vec(any::<u8>(), 0..60)).prop_map(|(headers, payload)| {
        let headers = headers.into_iter().map(|(name, value)| Header::new(StrBytes::from(name), value));
        Message::new_from_parts(headers.collect(), payload)
    })
}

fn written(message: &Message) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_message_to(message, &mut bytes).unwrap();
    bytes
}

/// How the other decoder comes to its end.
#[derive(Debug, PartialEq)]
enum End {
    Refused,
    /// It waits for more, with this many bytes in its buffer. It has taken the twelve of the prelude out already.
    Waits(usize),
}

fn theirs(bytes: &[u8]) -> (Vec<Message>, End) {
    let (mut decoder, mut buffer) = (MessageFrameDecoder::new(), Bytes::copy_from_slice(bytes));
    let mut messages = Vec::new();
    loop {
        match decoder.decode_frame(&mut buffer) {
            Ok(DecodedFrame::Complete(message)) => messages.push(message),
            Ok(DecodedFrame::Incomplete) => return (messages, End::Waits(buffer.remaining())),
            Err(_) => return (messages, End::Refused),
        }
    }
}

/// `body` between two correct lengths and two correct checksums.
fn sealed(headers: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend_from_slice(&((16 + headers.len() + payload.len()) as u32).to_be_bytes());
    bytes.extend_from_slice(&(headers.len() as u32).to_be_bytes());
    bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
    bytes.extend_from_slice(headers);
    bytes.extend_from_slice(payload);
    bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
    bytes
}

/// Blocks of headers that are nearly right: pieces of headers in any order.
fn any_headers() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => ("[a-c]{0,2}", 0..11_u8, vec(any::<u8>(), 0..17)).prop_map(|(name, wire_type, value)| {
            [&[name.len() as u8][..], name.as_bytes(), &[wire_type], &value].concat()
        }),
        4 => ("[a-c]{0,2}", 6..8_u8, vec(0x20..0xff_u8, 0..9)).prop_map(|(name, wire_type, value)| {
            let length = [0, value.len() as u8];
            [&[name.len() as u8][..], name.as_bytes(), &[wire_type], &length, &value].concat()
        }),
        3 => ("[a-z]{3}", 0..2_u8).prop_map(|(name, wire_type)| [&[3], name.as_bytes(), &[wire_type]].concat()),
        1 => vec(any::<u8>(), 0..4),
    ];
    vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(bedrock_testing::cases(400)))]

    #[test]
    fn the_same_message_is_the_same_bytes(message in any_message()) {
        let bytes = written(&message);
        let frame = Frame::try_from(&message).unwrap();
        prop_assert_eq!(frame.as_bytes(), &bytes);
        prop_assert_eq!(&Message::from(&frame), &message);
        prop_assert_eq!(&Message::from(frame.view()), &message);
    }

    #[test]
    fn sound_and_damaged_streams(
        messages in vec(any_message(), 1..5),
        damage in proptest::option::of((any::<prop::sample::Index>(), any::<u8>())),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = messages.iter().map(written).collect::<Vec<_>>().concat();
        if let Some((at, change)) = damage {
            let at = at.index(bytes.len());
            bytes[at] ^= change;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let (frames, end) = support::borrowed(Limits::new(), [&bytes[..]]);
        let (messages, their_end) = theirs(&bytes);
        prop_assert_eq!(frames.iter().map(Message::from).collect::<Vec<_>>(), messages);
        let fits = match end.map_err(|error| error.kind()) {
            Ok(()) => their_end == End::Waits(0),
            // Cut right behind the twelve bytes, theirs has an empty buffer and takes this for a good end.
            Err(FrameErrorKind::Cut { held, .. }) => their_end == End::Waits(if held < 12 { held } else { held - 12 }),
            // They look at the checksum of the prelude only when the whole frame is there, as long as its damaged length
            // says; meanwhile they wait, if need be for ever. So it is for us to see the damage first.
            Err(FrameErrorKind::PreludeChecksum { .. }) => true,
            Err(_) => matches!(their_end, End::Refused | End::Waits(_)) && damage.is_some(),
        };
        prop_assert!(fits, "ours {:?}, theirs {:?}", end, their_end);
        if end.is_err_and(|error| matches!(error.kind(), FrameErrorKind::MessageChecksum { .. })) {
            prop_assert_eq!(their_end, End::Refused);
        }
    }

    #[test]
    fn headers_of_any_kind_under_good_checksums(headers in any_headers(), payload in vec(any::<u8>(), 0..20)) {
        let bytes = sealed(&headers, &payload);
        let (frames, end) = support::every_way(Limits::new(), &bytes);
        let theirs = read_message_from(&bytes[..]);
        match end.map_err(|error| error.kind()) {
            Ok(()) => prop_assert_eq!(Message::from(&frames[0]), theirs.unwrap()),
            // They keep both. See `every_bad_vector_is_refused` for why we do not.
            Err(FrameErrorKind::Header { fault: HeaderFault::Duplicate, .. }) => {}
            Err(kind) => prop_assert!(theirs.is_err(), "only we refuse it: {:?}", kind),
        }
    }
}

/// A length that cannot be, with a checksum that does not fit: they wait for a gibibyte, we say so at byte 12.
#[test]
fn a_damaged_length_is_not_waited_for() {
    let mut bytes = sealed(b"", b"payload");
    bytes[0] = 0x40;
    assert_eq!(theirs(&bytes).1, End::Waits(bytes.len() - 12));
    let (_, end) = support::every_way(Limits::new(), &bytes[..12]);
    assert!(matches!(end.unwrap_err().kind(), FrameErrorKind::PreludeChecksum { .. }));
}

/// Cut exactly behind the prelude, nothing is left in their buffer, and the end of the stream looks like a good one.
#[test]
fn a_cut_behind_the_prelude_is_a_cut() {
    let bytes = sealed(b"", b"payload");
    assert_eq!(theirs(&bytes[..12]).1, End::Waits(0));
    let (_, end) = support::every_way(Limits::new(), &bytes[..12]);
    assert_eq!(end.unwrap_err().kind(), FrameErrorKind::Cut { held: 12, length: Some(23) });
}

/// `:message-type: error` is an error of its own to them, and its code and message are lost; here they are read.
#[test]
fn an_unmodelled_error_keeps_its_code_and_message() {
    let builder = bedrock_eventstream::frame::FrameBuilder::error("InternalError", "it broke");
    let frame = builder.build(b"").unwrap();
    let message = Message::from(&frame);
    assert!(aws_smithy_eventstream::smithy::parse_response_headers(&message).is_err());
    assert_eq!(frame.kind(), FrameKind::Error { code: "InternalError", message: "it broke" });
}

/// Their reader of one header wants more than two bytes behind the type of a string, so an empty string as the very last
/// thing in a buffer is refused by it. In a frame the checksum follows, so there both accept it.
#[test]
fn an_empty_string_may_be_the_last_header() {
    for wire_type in [6, 7] {
        let bytes = sealed(&[1, b'a', wire_type, 0, 0], b"");
        let (frames, end) = support::every_way(Limits::new(), &bytes);
        assert_eq!(end, Ok(()));
        assert_eq!(theirs(&bytes), (vec![Message::from(&frames[0])], End::Waits(0)));
    }
}
