//! What stands around chunks: marks that say nothing, ends without their blank line, dumps of whole responses. What is read
//! is the same wherever the bytes are cut.

#![allow(clippy::unwrap_used, reason = "tests")]

use bedrock_aggregate::{Answer, Event, EventSink, Framing, Place, Reader};
use bedrock_eventstream::frame::FrameBuilder;

const BOM: &str = "\u{feff}";

const CHAT: &str = r#"{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"Aye"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}"#;

const CLAUDE: [&str; 5] = [
    r#"{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"c","content":[],"usage":{"input_tokens":3,"output_tokens":1}}}"#,
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Aye"}}"#,
    r#"{"type":"content_block_stop","index":0}"#,
    r#"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":2}}"#,
    r#"{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":3,"outputTokenCount":2}}"#,
];

const CONVERSE: [&str; 5] = [
    r#"{"messageStart":{"role":"assistant"}}"#,
    r#"{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"Aye"}}}"#,
    r#"{"contentBlockStop":{"contentBlockIndex":0}}"#,
    r#"{"messageStop":{"stopReason":"end_turn"}}"#,
    r#"{"metadata":{"usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2},"metrics":{"latencyMs":1}}}"#,
];

fn base64(text: &str) -> String {
    base64_simd::STANDARD.encode_to_string(text)
}

/// A frame as InvokeModel sends it, with this payload.
fn frame(payload: &str) -> Vec<u8> {
    FrameBuilder::event("chunk").build(payload.as_bytes()).unwrap().into_bytes().to_vec()
}

fn frame_of(chunk: &str) -> Vec<u8> {
    frame(&format!(r#"{{"bytes":"{}","p":"abc"}}"#, base64(chunk)))
}

/// Reads a body in these pieces: the answer, and how many chunks text was emitted of.
fn read<'b>(framing: Framing, pieces: impl IntoIterator<Item = &'b [u8]>) -> (Answer, String) {
    let mut emitted = String::new();
    let mut on_event = |event: Event<'_>| {
        if let Event::TextDelta(text) = event {
            emitted.push_str(&text);
        }
    };
    let mut reader = Reader::new(framing);
    for piece in pieces {
        let _ = reader.push(piece, &mut EventSink::new(&mut on_event));
    }
    let answer = reader.finish(&mut EventSink::new(&mut on_event)).unwrap_or_else(Answer::from);
    (answer, emitted)
}

/// Holds that a body is a whole answer "Aye" at every cut, with nothing malformed or unknown; if `missing` names something,
/// that this is missing.
fn check(name: &str, body: impl AsRef<[u8]>, missing: &[&str]) {
    let body = body.as_ref();
    let framing = Framing::sniff(body);
    let whole = read(framing, [body]);
    let (answer, emitted) = &whole;
    let names = answer.completeness.missing().map(|missing| missing.names()).unwrap_or_default();
    assert_eq!(names, missing, "{name}: {answer:#?}");
    assert_eq!((answer.text().as_str(), emitted.as_str()), ("Aye", "Aye"), "{name}");
    assert!(answer.malformed.is_empty() && answer.unknown.is_empty(), "{name}: {answer:#?}");
    for cut in 0..body.len() {
        let (start, end) = body.split_at(cut);
        assert_eq!(read(framing, [start, end]), whole, "{name}, cut at {cut}");
    }
    assert_eq!(read(framing, body.chunks(1)), whole, "{name}, byte by byte");
}

#[test]
fn the_mark_of_the_end_is_read_wherever_it_stands() {
    let event = format!("data: {CHAT}\n\n");
    for end in ["data: [DONE]\n\n", "data: [DONE]\n", "data: [DONE]", "data: [DONE]\r\n", "data:[DONE] \r"] {
        check(end, format!("{event}{end}"), &[]);
    }
    check("named", format!("{event}event: done\ndata: [DONE]"), &[]);
    for line in ["[DONE]", "[DONE]\n", "\"[DONE]\"\r\n", "  [DONE]  ", "null\n"] {
        check(line, format!("{CHAT}\n{line}"), &[]);
    }
    check("in an array", format!(r#"[{CHAT},"[DONE]"]"#), &[]);
    check("a frame", [frame_of(CHAT), frame_of("[DONE]")].concat(), &[]);
    check("a frame with quotes", [frame_of(CHAT), frame_of("\"[DONE]\"\n")].concat(), &[]);
    check("a frame around nothing", [frame_of(CHAT), frame("[DONE]")].concat(), &[]);
    check("a text in a frame", [frame_of(CHAT), frame(r#"{"bytes":"[DONE]"}"#)].concat(), &[]);
    // A cut is a cut, also in the mark.
    check("half a mark", format!("{event}data: [DO"), &["frame"]);
    check("half a line", format!("{CHAT}\n[DO"), &["frame"]);
    check("before the format is known", [frame_of("[DONE]"), frame_of(CHAT)].concat(), &[]);
}

#[test]
fn a_comment_needs_no_end() {
    let event = format!("data: {CHAT}\n\n");
    for end in [": keep-alive", ": keep-alive\n", "\n", ":", "\r\n: a\r\n: b"] {
        check(end, format!("{event}{end}"), &[]);
    }
    check("a name is an event begun", format!("{event}event: message_sto"), &["frame"]);
}

#[test]
fn a_byte_order_mark_says_nothing() {
    let lines = |end: &str| CONVERSE.map(|line| format!("{line}{end}")).concat();
    check("lines", format!("{BOM}{}", lines("\r\n")), &[]);
    check("lines, the last without its end", format!("{BOM}{}", lines("\n").trim_end()), &[]);
    check("files behind one another", CONVERSE.map(|line| format!("{BOM}{line}\n")).concat(), &[]);
    check("one line", format!("{BOM}{CHAT}"), &[]);
    check("server-sent events", format!("{BOM}data: {CHAT}\n\ndata: [DONE]\n\n"), &[]);
    check("an event without its end", format!("{BOM}data: {CHAT}"), &[]);
    check("an array", format!("{BOM}[{}]", CONVERSE.join(",")), &[]);
    check("a dump", format!(r#"{BOM}{{"stream":[{}]}}"#, CONVERSE.join(",")), &[]);
    check("a chunk in a frame", frame_of(&format!("{BOM}{CHAT}")), &[]);
    check("nothing else on the line", format!("{BOM}\n{}", lines("\n")), &[]);
    check("a chunk of nothing first", format!("null\n{}", lines("\n")), &[]);
    check("the mark of an end first", format!("[DONE]\n{}", lines("\n")), &[]);
}

#[test]
fn a_chunk_of_nothing_says_nothing() {
    let with = |payload: &str| {
        let mut frames: Vec<_> = CLAUDE.iter().map(|chunk| frame_of(chunk)).collect();
        for at in (0..=CLAUDE.len()).rev() {
            frames.insert(at, frame(payload));
        }
        frames.concat()
    };
    for payload in [
        r#"{"bytes":"","p":"abcdef"}"#,
        r#"{"p":"abcdef"}"#,
        "{}",
        "",
        r#"{"bytes":null}"#,
        r#"{"bytes":"IA=="}"#,
    ] {
        check(payload, with(payload), &[]);
    }
    let lines = CLAUDE.map(|chunk| format!("\n  \n{chunk}\nnull\n")).concat();
    check("lines", lines, &[]);
    let events = CLAUDE.map(|chunk| format!("data:\n\ndata:  \n\ndata: {chunk}\n\n")).concat();
    check("server-sent events", events, &[]);
    check("an array", format!("[null,{},null]", CLAUDE.join(",null,")), &[]);
}

#[test]
fn a_dumped_response_is_read() {
    let metadata = r#""ResponseMetadata":{"RequestId":"1","HTTPStatusCode":200}"#;
    let chunks = CONVERSE.join(",");
    check("stream", format!(r#"{{{metadata},"stream":[{chunks}]}}"#), &[]);
    check("stream first", format!(r#"{{ "stream" : [{chunks}], {metadata} }}"#), &[]);
    check("other clients", format!(r#"{{"$metadata":{{"attempts":1}},"stream":[{chunks}]}}"#), &[]);
    let events = CLAUDE.map(|chunk| format!(r#"{{"chunk":{{"bytes":"{}"}}}}"#, base64(chunk)));
    let content_type = r#""contentType":"application/json""#;
    check("body", format!(r#"{{{metadata},{content_type},"body":[{}]}}"#, events.join(",")), &[]);
    let text = serde_json::to_string(&format!("[{}]", CLAUDE.join(","))).unwrap();
    check("body as text", format!(r#"{{{content_type},"body":{text}}}"#), &[]);
    check("cut before its end", format!(r#"{{"stream":[{}]}}"#, CONVERSE[..4].join(",")), &["usage"]);

    check("events in lines", events.join("\n"), &[]);
    check("events in an array", format!("[{}]", events.join(", ")), &[]);
    let bytes = CLAUDE.map(|chunk| format!(r#"{{"bytes":"{}","p":"ab"}}"#, base64(chunk)));
    check("payloads in lines", bytes.join("\n"), &[]);
    let texts =
        CLAUDE.map(|chunk| format!(r#"{{"chunk": {{"bytes": {}}}}}"#, serde_json::to_string(chunk).unwrap()));
    check("texts in lines", texts.join("\r\n"), &[]);
    let parsed = CLAUDE.map(|chunk| format!("data: {{\"chunk\":{{\"bytes\":{chunk}}}}}\n\n"));
    check("parsed chunks in server-sent events", parsed.concat(), &[]);
    check("frames that a gateway unwrapped", CLAUDE.map(frame).concat(), &[]);
}

#[test]
fn a_record_of_a_batch_job_is_read_for_its_answer() {
    let llama =
        r#"{"generation":"Aye","prompt_token_count":3,"generation_token_count":2,"stop_reason":"stop"}"#;
    let record = |rest: &str| format!(r#"{{"modelInput":{{"prompt":"a"}},{rest}"recordId":"r1"}}"#);
    check("an answer", record(&format!(r#""modelOutput":{llama},"#)), &[]);
    check(
        "with a mark",
        format!("{BOM}{}\n", record(&format!(r#""modelOutput":{llama},"error":null,"#))),
        &[],
    );
    let both =
        record(&format!(r#""modelOutput":{llama},"error":{{"errorCode":500,"errorMessage":"late"}},"#));
    check("both", both, &["exception"]);

    let failed = record(r#""error":{"errorCode":400,"errorMessage":"no max_tokens"},"#);
    let (answer, _) = read(Framing::Json, [failed.as_bytes()]);
    let missing = answer.completeness.missing().unwrap();
    assert_eq!(missing.names(), ["empty", "exception"]);
    assert_eq!(missing.exception.as_ref().unwrap().to_string(), "400: no max_tokens");
    let (neither, _) = read(Framing::Json, [record("").as_bytes()]);
    assert_eq!(neither.malformed[0].error, "the record has no answer");
}

#[test]
fn chunks_that_nothing_separates_are_chunks() {
    let glued = CLAUDE.concat();
    let spaced = CONVERSE.join(" \t");
    check("a document", &glued, &[]);
    check("a document, spaced", &spaced, &[]);
    check("a document that goes over lines", CLAUDE.join("\n").replace("{\"type\"", "{\n \"type\""), &[]);
    check("its mark of the end", format!("{glued}[DONE]"), &[]);
    check("lines", format!("{}\n{}\n", CLAUDE[0], CLAUDE[1..].concat()), &[]);
    check("a last line without an end", format!("{}\n{}", CLAUDE[0], CLAUDE[1..].concat()), &[]);
    check("an event", format!("data: {}\n\ndata: {}", CLAUDE[0], CLAUDE[1..].concat()), &[]);
    check("a payload", frame_of(&glued), &[]);
    check("payloads", [frame_of(CLAUDE[0]), frame_of(&CLAUDE[1..].join("\n"))].concat(), &[]);
}

#[test]
fn what_stands_behind_the_last_object_is_reported_by_itself() {
    for (body, place) in [
        (format!("{}}}\n", CLAUDE.concat()), Place::Chunk(6)),
        (format!("{}{{\"type\":\"pi\n", CLAUDE.concat()), Place::Chunk(6)),
        (format!("{}\n{}}}\n", CLAUDE[0], CLAUDE[1..].concat()), Place::Line(2)),
    ] {
        let (answer, emitted) = read(Framing::sniff(body.as_bytes()), [body.as_bytes()]);
        assert_eq!((answer.text().as_str(), emitted.as_str()), ("Aye", "Aye"), "{body}");
        let [malformed] = &answer.malformed[..] else { panic!("{:?}", answer.malformed) };
        assert_eq!(malformed.place, place, "{body}");
        assert!(malformed.raw.len() < 14 && !answer.completeness.is_complete(), "{malformed:?}");
    }
}
