//! What can grow below the formats: frames, server-sent events, lines, and JSON that is still being written.

use std::hint::black_box;

use bedrock_aggregate::{EventSink, Framing, PartialJson, Reader};
use bedrock_eventstream::frame::{FrameBuilder, FrameDecoder, Limits};
use bedrock_eventstream::sse::SseDecoder;

use crate::kind::{Kind, Work};

/// The kinds.
pub(super) const KINDS: &[Kind] = &[
    other("frames: headers of one frame", true, frame_headers),
    other("frames: one cut into single bytes", false, |numbers| {
        let frame = FrameBuilder::event("chunk").build(&payload(numbers)).expect("a frame").into_bytes();
        Box::new(move || {
            let mut decoder = FrameDecoder::new();
            for byte in frame.chunks(1) {
                black_box(decoder.feed(byte).count());
                black_box(decoder.finish().is_ok());
            }
        })
    }),
    other("frames: one of two taken of each piece", false, |numbers| {
        let piece = FrameBuilder::event("chunk").build(b"{}").expect("a frame").into_bytes().repeat(2);
        let pieces = numbers.len();
        Box::new(move || {
            let mut decoder = FrameDecoder::new();
            for _ in 0..pieces {
                black_box(decoder.feed(&piece).next().is_some());
            }
        })
    }),
    other("events: one of two taken of each piece", false, |numbers| {
        let pieces = numbers.len();
        Box::new(move || {
            let mut decoder = SseDecoder::new();
            for _ in 0..pieces {
                black_box(decoder.feed(b"data: {}\n\ndata: {}\n\n").next().is_some());
            }
        })
    }),
    other("events: comments", false, |numbers| {
        sse(numbers.iter().map(|n| format!(": {n}\n")).collect(), 4096, |_| ())
    }),
    other("events: comments in single bytes", false, |numbers| {
        sse(numbers.iter().map(|n| format!(": {n}\n")).collect(), 1, asked)
    }),
    other("events: lines of data, the end asked for at each byte", false, |numbers| {
        sse(numbers.iter().map(|n| format!("data: {n}\n")).collect(), 1, |decoder| {
            black_box(decoder.finish().is_ok());
        })
    }),
    other("events: one line, the end asked for at each byte", false, |numbers| {
        sse(format!(": {}", "x".repeat(numbers.len() * 10)), 1, asked)
    }),
    other("events: a name, the end asked for at each byte", false, |numbers| {
        sse(format!("id: a\nevent: {}", "x".repeat(numbers.len() * 10)), 1, asked)
    }),
    other("events: pushed in single bytes", false, |numbers| {
        let bytes: String = numbers.iter().map(|n| format!("data: {n}\n")).collect();
        Box::new(move || {
            let mut decoder = SseDecoder::new();
            for byte in bytes.as_bytes().chunks(1) {
                decoder.push(byte.to_vec().into());
                black_box(decoder.finish().is_ok());
                black_box(decoder.next_event().is_ok());
                black_box(decoder.finish().is_ok());
            }
        })
    }),
    other("lines: one in single bytes", false, |numbers| {
        let line = format!(r#"{{"generation":"{}"}}"#, "x".repeat(numbers.len() * 10));
        lines(line, "llama", 1)
    }),
    other("lines: blank ones", false, |numbers| lines("\n".repeat(numbers.len()), "llama", 4096)),
    other("lines: malformed ones", false, |numbers| lines("{no}\n".repeat(numbers.len()), "llama", 4096)),
    other("chunks: of no format that is known", false, |numbers| {
        lines(numbers.iter().map(|n| format!("{{\"riddle{n}\":{n}}}\n")).collect(), "", 4096)
    }),
    other("chunks: that say nothing, before one that does", false, |numbers| {
        lines(
            numbers.iter().map(|n| format!("{{\"p\":\"{n}\"}}\n")).collect::<String>()
                + "{\"generation\":\"a\"}",
            "",
            4096,
        )
    }),
    other("a document of many chunks", false, |numbers| {
        let chunks: Vec<_> = numbers.iter().map(|n| format!(r#"{{"generation":"{n}"}}"#)).collect();
        document(format!("[{}]", chunks.join(",")))
    }),
    other("a whole answer of many items", false, |numbers| {
        let item = |n| {
            format!(r#"{{"type":"message","id":"m{n}","content":[{{"type":"output_text","text":"a"}}]}}"#)
        };
        let items: Vec<_> = numbers.iter().map(item).collect();
        document(format!(r#"{{"object":"response","status":"completed","output":[{}]}}"#, items.join(",")))
    }),
    other("a whole answer of many calls and tools", false, |numbers| {
        let call = |n| format!(r#"{{"type":"custom_tool_call","name":"c{n}","call_id":"i{n}"}}"#);
        let calls: Vec<_> = numbers.iter().map(call).collect();
        let tools: Vec<_> = numbers.iter().map(|n| format!(r#"{{"type":"custom","name":"t{n}"}}"#)).collect();
        let (calls, tools) = (calls.join(","), tools.join(","));
        document(format!(
            r#"{{"object":"response","status":"completed","output":[{calls}],"tools":[{tools}]}}"#
        ))
    }),
    other("partial JSON: items", false, |numbers| partial(format!("{numbers:?}"))),
    other("partial JSON: members", true, |numbers| {
        let members: Vec<_> = numbers.iter().map(|n| format!(r#""k{n}":"{n}""#)).collect();
        partial(format!("{{{}}}", members.join(",")))
    }),
    other("partial JSON: members that are repeated", true, |numbers| {
        let members: Vec<_> = numbers.iter().map(|n| format!(r#""k{n}":"{n}""#)).collect();
        let all = members.join(",");
        partial(format!("{{{all},{all}}}"))
    }),
    other("partial JSON: the first member, repeated", false, |numbers| {
        let members: Vec<_> = numbers.iter().map(|n| format!(r#""k{n}":0,"k0":[{n}]"#)).collect();
        partial(format!("{{{}}}", members.join(",")))
    }),
    other("partial JSON: a long key, repeated, and its text", false, |numbers| {
        let (key, text) = ("k".repeat(numbers.len()), "x".repeat(numbers.len()));
        partial(format!(r#"{{"{key}":0,"{key}":"{text}"}}"#))
    }),
    other("partial JSON: depth and breadth", false, |numbers| {
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        partial(format!("[{}]", vec![deep; numbers.len() / 100].join(",")))
    }),
    other("partial JSON: a string with escapes", false, |numbers| {
        partial(format!("\"{}\"", r"\u00e9\n".repeat(numbers.len())))
    }),
];

const fn other(name: &'static str, is_ordered: bool, work: fn(&[u64]) -> Work) -> Kind {
    Kind { name, is_ordered, work }
}

fn payload(numbers: &[u64]) -> Vec<u8> {
    vec![b'x'; numbers.len() * 10]
}

fn frame_headers(numbers: &[u64]) -> Work {
    let names: Vec<String> = numbers.iter().map(|n| format!("name-{n}")).collect();
    let limits = Limits::new().with_max_headers_bytes(16 << 20);
    Box::new(move || {
        let builder = FrameBuilder::event("chunk").limits(limits);
        let builder = names.iter().fold(builder, |builder, name| builder.header(name, true));
        let frame = builder.build(b"{}").expect("a frame");
        let mut decoder = FrameDecoder::with_limits(limits);
        for frame in decoder.feed(frame.as_bytes()) {
            black_box(frame.expect("a frame").headers().count());
        }
    })
}

/// Asks whether the stream may end here, and what there would be.
fn asked(decoder: &SseDecoder) {
    black_box(decoder.finish().is_ok());
    black_box(decoder.unfinished().is_some());
}

fn sse(bytes: String, size: usize, ask: fn(&SseDecoder)) -> Work {
    Box::new(move || {
        let mut decoder = SseDecoder::new();
        for piece in bytes.as_bytes().chunks(size) {
            black_box(decoder.feed(piece).count());
            ask(&decoder);
        }
    })
}

fn lines(bytes: String, format: &'static str, size: usize) -> Work {
    Box::new(move || {
        let mut reader = Reader::new(Framing::JsonLines);
        if !format.is_empty() {
            reader = reader.with_format(format).expect("a format");
        }
        for piece in bytes.as_bytes().chunks(size) {
            let _ = reader.push(piece, &mut EventSink::none());
        }
        black_box(reader.finish(&mut EventSink::none()).is_ok());
    })
}

fn document(document: String) -> Work {
    Box::new(move || {
        let mut reader = Reader::new(Framing::Json);
        let _ = reader.push(document.as_bytes(), &mut EventSink::none());
        black_box(reader.finish(&mut EventSink::none()).is_ok());
    })
}

/// Reads a text in single bytes, and looks at the value after each.
fn partial(text: String) -> Work {
    Box::new(move || {
        let mut json = PartialJson::new();
        for byte in text.as_bytes().chunks(1) {
            let _ = json.push(byte);
            black_box(json.value());
        }
        black_box(json.finish().is_ok());
    })
}
