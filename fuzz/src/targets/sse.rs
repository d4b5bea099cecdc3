//! Server-sent events, beside the standard's own rules written down line by line, at any split.
//!
//! What is not UTF-8 is an error here and a replacement character in the standard: events before it must be the same.

use bedrock_eventstream::sse::{SseDecoder, SseError, SseEvent};
use bytes::Bytes;

use crate::budget::Budget;
use crate::cut::{choice, pieces};
use crate::seeds::{fixtures, lines};
use crate::target::Target;

pub(super) const TARGET: Target = Target {
    name: "sse",
    choices: 1,
    longest: 1 << 20,
    budget: Budget { fixed: 1 << 20, a_byte: 128 },
    seeds,
    run,
};

/// A byte that says how to cut, and the stream.
fn seeds() -> Vec<Vec<u8>> {
    const OWN: &[&[u8]] = &[
        b"\xef\xbb\xbfid: 1\nretry: 10\ndata: a\ndata: b\n\n: comment\n\nevent: ping\n\ndata:c\r\n\r\n",
        b"data: x\r\rid: \0\ndata\ndata\n\nid\nretry: 1x\n\ndata: [DONE]",
        b"event: a\revent:\rdata: \xff\r\rfoo: bar\n data: no\ndata : no\nDATA: no\n\n",
    ];
    let event = |line: &[u8]| match line.iter().position(|byte| *byte == b'\t') {
        Some(tab) => [b"event: ", &line[..tab], b"\ndata: ", &line[tab + 1..], b"\n\n"].concat(),
        None => [b"data: ", line, b"\n\n"].concat(),
    };
    let of_fixtures = fixtures().into_iter().map(|fixture| {
        let lines = lines(&fixture.stream);
        lines.split(|byte| *byte == b'\n').flat_map(event).collect::<Vec<u8>>()
    });
    let all = OWN.iter().map(|stream| stream.to_vec()).chain(of_fixtures);
    all.enumerate().map(|(n, stream)| [&[n as u8], &stream[..]].concat()).collect()
}

fn run(input: &[u8]) {
    let (salt, bytes) = choice(input);
    let whole = read(&[bytes], borrowed);
    let cut = pieces(bytes, salt);
    assert_eq!(read(&cut, borrowed), whole, "borrowed, in pieces");
    assert_eq!(read(&cut, owned), whole, "owned, in pieces");
    let sound = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    };
    let standard = Standard::read(sound);
    let said: Vec<Said> = whole.said.iter().map(|(said, _)| said.clone()).collect();
    if sound.len() == bytes.len() {
        assert_eq!(said, standard.said);
        assert_eq!(whole.last_event_id, standard.last_event_id);
        assert_eq!(whole.retry, standard.retry);
        assert!(whole.end.is_ok() || whole.end.is_err_and(|error| error.is_cut()));
    } else {
        assert!(said.starts_with(&standard.said), "{said:?} and {:?}", standard.said);
    }
}

/// The name and the data of an event.
type Said = (Option<String>, String);

/// What came of a stream.
#[derive(Debug, PartialEq)]
struct Outcome {
    /// What each event says, and where it begins.
    said: Vec<(Said, u64)>,
    end: Result<(), SseError>,
    last_event_id: String,
    retry: Option<u64>,
    unfinished: Option<String>,
    held: Option<Vec<u8>>,
}

type Feed = fn(&mut SseDecoder, &[u8], &mut Vec<SseEvent>) -> Result<(), SseError>;

fn borrowed(decoder: &mut SseDecoder, piece: &[u8], events: &mut Vec<SseEvent>) -> Result<(), SseError> {
    decoder.feed(piece).try_for_each(|event| event.map(|event| events.push(event.to_owned())))
}

fn owned(decoder: &mut SseDecoder, piece: &[u8], events: &mut Vec<SseEvent>) -> Result<(), SseError> {
    decoder.push(Bytes::copy_from_slice(piece));
    while let Some(event) = decoder.next_event()? {
        events.push(event);
    }
    Ok(())
}

fn read(pieces: &[&[u8]], feed: Feed) -> Outcome {
    let (mut decoder, mut events) = (SseDecoder::new(), Vec::new());
    let failed = pieces.iter().try_for_each(|piece| feed(&mut decoder, piece, &mut events)).err();
    let end = failed.map_or_else(|| decoder.finish(), Err);
    let own = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    let said = |event: &SseEvent| ((own(event.name()), event.data().into_owned()), event.offset());
    Outcome {
        said: events.iter().map(said).collect(),
        end,
        last_event_id: decoder.last_event_id().to_owned(),
        retry: decoder.retry().map(|retry| retry.as_millis() as u64),
        unfinished: decoder.unfinished().map(|event| event.data().into_owned()),
        // After an error it depends on the pieces how much of the rest had come.
        held: failed.is_none().then(|| decoder.into_held().to_vec()),
    }
}

/// The standard, "interpreting an event stream": as short as can be, and slow.
#[derive(Debug, Default)]
struct Standard {
    said: Vec<Said>,
    last_event_id: String,
    retry: Option<u64>,
}

impl Standard {
    fn read(text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
        let (mut standard, mut name, mut data) = (Self::default(), String::new(), Vec::new());
        let (mut id, mut retry) = (None, None);
        let mut lines: Vec<&str> = text.split('\n').collect();
        // What has no end of its line is no line.
        lines.pop();
        for line in lines {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "" if line.is_empty() => {
                    let name = Some(std::mem::take(&mut name)).filter(|name| !name.is_empty());
                    let data = std::mem::take(&mut data);
                    if !data.is_empty() {
                        standard.said.push((name, data.join("\n")));
                    }
                    // With the blank line, and not before, it counts: what is cut was never sent.
                    standard.last_event_id = id.take().unwrap_or(standard.last_event_id);
                    standard.retry = retry.take().or(standard.retry);
                }
                "event" => name = value.to_owned(),
                "data" => data.push(value),
                "id" if !value.contains('\0') => id = Some(value.to_owned()),
                "retry" if value.bytes().all(|byte| byte.is_ascii_digit()) => {
                    retry = value.parse().ok().or(retry)
                }
                _ => {}
            }
        }
        standard
    }
}
