//! Server-sent events, cut in every way: what the standard says, what servers really send, and what must not be lost.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use std::time::Duration;

use bedrock_eventstream::sse::{SseDecoder, SseError, SseErrorKind, SseEvent, SseLimits};
use bytes::Bytes;
use proptest::prelude::*;

type Outcome = (Vec<SseEvent>, Result<(), SseError>);

fn borrowed<'a>(limits: SseLimits, pieces: impl IntoIterator<Item = &'a [u8]>) -> (SseDecoder, Outcome) {
    let mut decoder = SseDecoder::with_limits(limits);
    let mut events = Vec::new();
    for piece in pieces {
        let found: Result<Vec<()>, _> =
            decoder.feed(piece).map(|event| event.map(|event| events.push(event.to_owned()))).collect();
        if let Err(error) = found {
            assert_eq!(decoder.finish(), Err(error), "the first error is final");
            return (decoder, (events, Err(error)));
        }
    }
    let end = decoder.finish();
    (decoder, (events, end))
}

fn owned<'a>(limits: SseLimits, pieces: impl IntoIterator<Item = &'a [u8]>) -> (SseDecoder, Outcome) {
    let mut decoder = SseDecoder::with_limits(limits);
    let mut events = Vec::new();
    for piece in pieces {
        decoder.push(Bytes::copy_from_slice(piece));
        loop {
            match decoder.next_event() {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(decoder.next_event(), Err(error), "the first error is final");
                    return (decoder, (events, Err(error)));
                }
            }
        }
    }
    let end = decoder.finish();
    (decoder, (events, end))
}

/// What an event says, to be compared with what it should say.
type Said = (Option<String>, String, Option<String>, u64);

fn said(events: &[SseEvent]) -> Vec<Said> {
    let own = |text: Option<&str>| text.map(String::from);
    events.iter().map(|e| (own(e.name()), e.data().into_owned(), own(e.id()), e.offset())).collect()
}

/// Decodes in both ways, whole and in pieces of all sizes up to 8 and a few more; all must say the same.
fn every_way(limits: SseLimits, stream: &[u8]) -> (SseDecoder, Vec<Said>, Result<(), SseError>) {
    let (decoder, (events, end)) = borrowed(limits, [stream]);
    let expected = (said(&events), end);
    for size in (1..=8).chain([13, 100]) {
        for (way, decode) in [
            ("borrowed", borrowed(limits, stream.chunks(size))),
            ("owned", owned(limits, stream.chunks(size))),
        ] {
            let (other, (events, end)) = decode;
            assert_eq!((said(&events), end), expected, "{way}, {size} bytes a piece");
            assert_eq!(other.last_event_id(), decoder.last_event_id(), "{way}, {size} bytes a piece");
            assert_eq!(other.retry(), decoder.retry(), "{way}, {size} bytes a piece");
            assert_eq!(
                other.unfinished().map(|e| e.data().into_owned()),
                decoder.unfinished().map(|e| e.data().into_owned()),
                "{way}, {size} bytes a piece"
            );
        }
    }
    (decoder, expected.0, expected.1)
}

/// A stream that ends well, and the names and data of its events.
fn check(stream: &[u8], expected: &[(Option<&str>, &str)]) {
    let (_, events, end) = every_way(SseLimits::new(), stream);
    let events: Vec<_> = events.iter().map(|(name, data, ..)| (name.as_deref(), &data[..])).collect();
    assert_eq!(events, expected, "{:?}", String::from_utf8_lossy(stream));
    assert_eq!(end, Ok(()), "{:?}", String::from_utf8_lossy(stream));
}

#[test]
fn fields_and_lines() {
    check(b"", &[]);
    check(b"data: x\n\n", &[(None, "x")]);
    check(b"event: a\ndata: x\n\ndata: y\n\n", &[(Some("a"), "x"), (None, "y")]);
    // One space behind the colon does not count, a second one does; the colon may be missing.
    check(b"data:x\n\ndata:  x\n\ndata\n\ndata:\n\n", &[(None, "x"), (None, " x"), (None, ""), (None, "")]);
    check(b"data: a:b: c\n\n", &[(None, "a:b: c")]);
    // Many lines of data.
    check(b"data: a\ndata: b\ndata\ndata: d\n\n", &[(None, "a\nb\n\nd")]);
    check(b"data\ndata\n\n", &[(None, "\n")]);
    check(b"data: a\nevent: n\n: comment\ndata: b\n\n", &[(Some("n"), "a\nb")]);
    // The last name counts.
    check(b"event: a\nevent: b\ndata: x\n\n", &[(Some("b"), "x")]);
    // Comments, unknown fields, fields in capitals, names with a space: ignored.
    check(b": hello\n\n:\nfoo: bar\nfoo\nDATA: no\n data: no\ndata : no\ndata: x\n\n", &[(None, "x")]);
    // Without data there is no event, and its name is gone.
    check(b"event: ping\n\ndata: x\n\n", &[(None, "x")]);
    check(b"\n\n\ndata: x\n\n\n\n", &[(None, "x")]);
    check("data: Grüße 🎉\n\n".as_bytes(), &[(None, "Grüße 🎉")]);
}

#[test]
fn ends_of_lines() {
    let expected = [(Some("a"), "x\ny"), (None, "z")];
    let stream = "event: a|data: x|data: y||data: z||";
    for end in ["\n", "\r", "\r\n"] {
        check(stream.replace('|', end).as_bytes(), &expected);
    }
    check(b"event: a\rdata: x\r\ndata: y\n\r\ndata: z\r\r", &expected);
    // CR LF CR LF is two ends; LF CR is two as well.
    check(b"data: x\r\n\r\ndata: y\n\rdata: z\r\r\n", &[(None, "x"), (None, "y"), (None, "z")]);
}

#[test]
fn an_event_is_given_at_its_blank_line_and_not_later() {
    let mut decoder = SseDecoder::new();
    assert_eq!(decoder.feed(b"data: x\r\n\r").count(), 1);
    assert_eq!(decoder.finish(), Ok(()));
    assert_eq!(decoder.feed(b"\ndata: y\r\r").map(|event| event.unwrap().offset()).collect::<Vec<_>>(), [11]);
    assert_eq!(decoder.finish(), Ok(()));
}

#[test]
fn byte_order_mark() {
    check(b"\xef\xbb\xbfdata: x\n\ndata: y\n\n", &[(None, "x"), (None, "y")]);
    check(b"\xef\xbb\xbfdata: x\ndata: y\n\n", &[(None, "x\ny")]);
    check(b"\xef\xbb\xbf\ndata: x\n\n", &[(None, "x")]);
    check(b"\xef\xbb\xbf", &[]);
    // Only at the very beginning, only one, and only whole.
    check(b"\ndata: x\n\xef\xbb\xbfdata: y\n\n", &[(None, "x")]);
    check(b"data: x\n\n\xef\xbb\xbfdata: y\n\n", &[(None, "x")]);
    check(b"\xef\xbb\xbf\xef\xbb\xbfdata: x\n\ndata: y\n\n", &[(None, "y")]);
    check(b"\xef\xbbdata: x\n\ndata: y\n\n", &[(None, "y")]);
}

#[test]
fn ids_and_retry() {
    let stream = b"id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\nid: 2\n\nid: 3\0\nretry: 70\n\nretry: 8x\ndata: d\n\nretry: 71\nretry:\ndata:e\n\n";
    let (decoder, events, end) = every_way(SseLimits::new(), stream);
    assert_eq!(end, Ok(()));
    let ids: Vec<_> = events.iter().map(|(_, data, id, _)| (&data[..], id.as_deref())).collect();
    assert_eq!(ids, [("a", Some("1")), ("b", None), ("c", Some("")), ("d", None), ("e", None)]);
    // An id counts even without data, one with a NUL does not; a delay that is no number does not.
    assert_eq!(decoder.last_event_id(), "2");
    assert_eq!(decoder.retry(), Some(Duration::from_millis(71)));

    let mut decoder = SseDecoder::new();
    let mut events = decoder.feed(stream);
    events.next();
    assert_eq!(events.last_event_id(), "1");
}

#[test]
fn offsets_are_of_the_first_line() {
    let (_, events, _) = every_way(SseLimits::new(), b": hi\n\nevent: a\ndata: x\n\r\n: there\ndata: y\n\n");
    assert_eq!(events.iter().map(|event| event.3).collect::<Vec<_>>(), [6, 33]);
}

/// A stream that ends inside an event: what is held, where that begins, and what it would say.
fn check_cut(stream: &[u8], held: usize, unfinished: Option<(Option<&str>, &str)>) {
    let (decoder, _, end) = every_way(SseLimits::new(), stream);
    let error = end.expect_err("cut");
    assert_eq!(error.kind(), SseErrorKind::Cut { held }, "{:?}", String::from_utf8_lossy(stream));
    assert_eq!(error.offset(), (stream.len() - held) as u64);
    let event = decoder.unfinished();
    let said = event.as_ref().map(|event| (event.name(), event.data().into_owned()));
    assert_eq!(said, unfinished.map(|(name, data)| (name, data.to_owned())));
    assert_eq!(decoder.held(), held);
    assert_eq!(decoder.into_held(), &stream[stream.len() - held..]);
}

#[test]
fn an_event_without_its_blank_line_is_an_error_and_kept() {
    check_cut(b"data: [DONE]", 12, Some((None, "[DONE]")));
    check_cut(b"data: a\n\nevent: end\ndata: [DONE]\n", 24, Some((Some("end"), "[DONE]")));
    check_cut(b"data: a\n\nevent: end\r\ndata: one\r\ndata: two\r", 33, Some((Some("end"), "one\ntwo")));
    check_cut(b"\xef\xbb\xbfdata: x", 10, Some((None, "x")));
    check_cut(b"data: a\n\neve", 3, None);
    check_cut(b"event: a\n", 9, None);
    check_cut(b": comm", 6, None);
    check_cut(b"\xef\xbb", 2, None);
}

#[test]
fn bytes_that_are_not_utf8() {
    let (_, events, end) = every_way(SseLimits::new(), b"data: a\xffb\n\ndata: \xc3\ndata: \xbc\n\n");
    let data: Vec<_> = events.iter().map(|event| &event.1[..]).collect();
    assert_eq!((data, end), (vec!["a\u{fffd}b", "\u{fffd}\n\u{fffd}"], Ok(())));
    let raw = owned(SseLimits::new(), [&b"data: a\xffb\n\n"[..]]).1.0[0].data_bytes();
    assert_eq!(&raw[..], b"a\xffb");

    for (stream, field, offset) in
        [(&b"data: x\n\ndata: y\nevent: \xff\n\n"[..], "event", 17), (b"id: \xff\n\n", "id", 0)]
    {
        let (_, _, end) = every_way(SseLimits::new(), stream);
        let error = end.unwrap_err();
        assert_eq!((error.kind(), error.offset()), (SseErrorKind::NotUtf8 { field }, offset));
    }
}

#[test]
fn limits() {
    let check = |limits: SseLimits, stream: &[u8], expected: Result<(), (SseErrorKind, u64)>| {
        let (_, events, end) = every_way(limits, stream);
        assert_eq!(end.map_err(|error| (error.kind(), error.offset())), expected, "{limits:?}");
        assert_eq!(events[0].1, "x", "what came before is there");
    };
    let stream = b"data: x\n\n: a comment \ndata: 3456789\ndata: 12\n\n";
    check(SseLimits::new().with_max_line_bytes(13), stream, Ok(()));
    let too_long = |limit| SseErrorKind::LineTooLong { limit };
    check(SseLimits::new().with_max_line_bytes(12), stream, Err((too_long(12), 22)));
    check(SseLimits::new().with_max_event_bytes(24), stream, Ok(()));
    let too_long = |limit| SseErrorKind::EventTooLong { limit };
    check(SseLimits::new().with_max_event_bytes(23), stream, Err((too_long(23), 22)));
    check(SseLimits::new().with_max_event_bytes(14), stream, Err((too_long(14), 22)));
    // What is refused is not kept.
    let mut decoder = SseDecoder::with_limits(SseLimits::new().with_max_line_bytes(12));
    assert_eq!(decoder.feed(b"data: 1").count(), 0);
    assert!(decoder.feed(&[b'2'; 1000]).next().unwrap().is_err());
    assert_eq!(decoder.held(), 7);
    // Comments for hours are no event, however many they are.
    let comments = [&b"data: x\n\n"[..], &b": still here\n".repeat(1000)].concat();
    check(SseLimits::new().with_max_event_bytes(24), &comments, Ok(()));
}

#[test]
fn nothing_is_taken_while_too_much_is_waiting() {
    let limits = SseLimits::new().with_max_event_bytes(100);
    let stream = b"data: x\n\n".repeat(8_000);
    let unread = SseErrorKind::Unread { held: stream.len() };
    for push in [false, true] {
        let mut decoder = SseDecoder::with_limits(limits);
        let mut count = 0;
        let error = if push {
            decoder.push(stream.clone().into());
            decoder.push(b"data: y\n\n"[..].into());
            loop {
                match decoder.next_event() {
                    Ok(event) => count += usize::from(event.unwrap().data() == "x"),
                    Err(error) => break error,
                }
            }
        } else {
            drop(decoder.feed(&stream));
            drop(decoder.feed(b"data: y\n\n"));
            let mut found: Vec<_> = decoder.feed(b"data: z\n\n").collect();
            let error = found.pop().unwrap().unwrap_err();
            count += found.iter().filter(|event| event.as_ref().unwrap().data() == "x").count();
            error
        };
        assert_eq!((count, error.kind()), (8_000, unread));
        assert_eq!(decoder.finish(), Err(error));
        decoder.reset();
        assert_eq!(decoder.feed(b"data: y\n\n").count(), 1);
        assert_eq!((decoder.finish(), decoder.offset()), (Ok(()), 9));
    }
}

/// The bytes refused are a gap: what comes behind it must not be joined to what was before it.
#[test]
fn nothing_is_joined_over_a_gap() {
    let stream = [&b"data: x\n\n".repeat(8_000)[..], b"data: y"].concat();
    let unread = SseErrorKind::Unread { held: stream.len() };
    for push in [false, true] {
        let mut decoder = SseDecoder::with_limits(SseLimits::new().with_max_event_bytes(100));
        drop(decoder.feed(&stream));
        drop(decoder.feed(b"es or no?\n\n"));
        assert_eq!(decoder.feed(&[]).take(8_000).count(), 8_000);
        if push {
            decoder.push(b"es or no?\n\n"[..].into());
            assert_eq!(decoder.next_event().unwrap_err().kind(), unread);
        } else {
            let found: Vec<_> =
                decoder.feed(b"es or no?\n\n").map(|event| event.map(|_| ()).map_err(|e| e.kind())).collect();
            assert_eq!(found, [Err(unread)]);
        }
    }
}

/// Lines of which most mean something, with any ends.
fn any_stream() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        4 => "data: ?[a-z:]{0,12}",
        1 => "data",
        1 => "event: [a-z]{0,5}",
        1 => "id: ?[0-9]{0,3}",
        1 => "retry: [0-9]{0,3}",
        1 => ":[a-z]{0,5}",
        1 => "[a-z]{0,4}",
        4 => Just(String::new()),
    ];
    let end = prop_oneof![Just("\n"), Just("\r"), Just("\r\n")];
    proptest::collection::vec((line, end), 0..30).prop_map(|lines| {
        lines.iter().map(|(line, end)| format!("{line}{end}")).collect::<String>().into_bytes()
    })
}

/// The events by the letter of the standard: slowly, line by line, all at once.
fn by_the_standard(stream: &[u8]) -> Vec<(Option<String>, String, Option<String>)> {
    let text = String::from_utf8(stream.to_vec()).unwrap().replace("\r\n", "\n").replace('\r', "\n");
    let (mut events, mut name, mut data, mut id) = (Vec::new(), None, String::new(), None);
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    for line in whole.split('\n') {
        if line.is_empty() {
            if !data.is_empty() {
                data.pop();
                events.push((name.clone(), data.clone(), id.clone()));
            }
            (name, data, id) = (None, String::new(), None);
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => data += &format!("{value}\n"),
            "event" => name = Some(value.into()),
            "id" => id = Some(value.into()),
            _ => {}
        }
    }
    events
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(bedrock_testing::cases(300)))]

    #[test]
    fn any_stream_reads_as_the_standard_says_however_it_is_cut(stream in any_stream()) {
        let (_, events, _) = every_way(SseLimits::new(), &stream);
        let events: Vec<_> = events.into_iter().map(|(name, data, id, _)| (name, data, id)).collect();
        prop_assert_eq!(events, by_the_standard(&stream));
    }

    #[test]
    fn no_bytes_at_all_make_it_panic_or_depend_on_the_cut(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = every_way(SseLimits::new().with_max_line_bytes(90).with_max_event_bytes(100), &bytes);
    }

    /// Both ways on one decoder, events left lying, iterators dropped half-way: nothing is lost, nothing comes twice.
    #[test]
    fn events_left_lying_come_first_the_next_time(
        stream in any_stream(),
        seed: u64,
        longest in 1..60_usize,
        steps in proptest::collection::vec((any::<bool>(), 0..3_usize), 1..20),
    ) {
        let mut decoder = SseDecoder::new();
        let mut found = Vec::new();
        let mut steps = steps.iter().cycle();
        for piece in crate::support::random_pieces(&stream, longest, seed) {
            let &(push, take) = steps.next().unwrap();
            if push {
                decoder.push(Bytes::copy_from_slice(piece));
                for _ in 0..take {
                    found.extend(decoder.next_event().unwrap());
                }
            } else {
                found.extend(decoder.feed(piece).take(take).map(|event| event.unwrap().to_owned()));
            }
        }
        found.extend(decoder.feed(&[]).map(|event| event.unwrap().to_owned()));
        let (whole, (expected, end)) = borrowed(SseLimits::new(), [&stream[..]]);
        prop_assert_eq!(said(&found), said(&expected));
        prop_assert_eq!(decoder.finish(), end);
        prop_assert_eq!(decoder.offset(), whole.offset());
        prop_assert_eq!(decoder.last_event_id(), whole.last_event_id());
    }
}
