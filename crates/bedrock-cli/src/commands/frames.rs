//! `bedrock frames`: an event stream, frame by frame.

use std::io::{self, Read, Write};

use bedrock_llm::aggregate::Framing;
use bedrock_llm::eventstream::frame::{FrameDecoder, FrameError, FrameView, HeaderValue};
use bedrock_llm::formats::wire::Blob;
use serde_json::{Value, json};

use crate::arguments::Frames;
use crate::exit::Exit;
use crate::input;
use crate::output::{cannot_write, write_document};

/// Prints each good frame, and then the error, if there is one.
pub(crate) fn run(arguments: &Frames) -> Result<(), Exit> {
    let (name, mut reader) = input::open(arguments.file.as_deref())?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut decoder = FrameDecoder::new();
    let mut buffer = vec![0; 64 * 1024];
    // What the input is taken for, until a frame shows that it is an event stream.
    let (mut other, mut has_begun) = (None, false);
    loop {
        // Not `read_all`: a live stream is shown as it comes, so each piece is flushed.
        let count = reader.read(&mut buffer).map_err(|error| Exit::local(format!("{name}: {error}")))?;
        if count == 0 {
            break;
        }
        if !std::mem::replace(&mut has_begun, true) {
            other = input::looks_like(&buffer[..count]).filter(|framing| *framing != Framing::EventStream);
        }
        for frame in decoder.feed(&buffer[..count]) {
            let frame = match frame {
                Ok(frame) => frame,
                Err(error) => {
                    out.flush().map_err(cannot_write)?;
                    return Err(bad(&name, &error, other));
                }
            };
            other = None;
            write_document(&mut out, &document(&frame)).map_err(cannot_write)?;
        }
        out.flush().map_err(cannot_write)?;
    }
    decoder.finish().map_err(|error| bad(&name, &error, other))
}

fn bad(name: &str, error: &FrameError, other: Option<Framing>) -> Exit {
    let hint = other
        .map(|other| format!("; it looks like {}, which `bedrock aggregate` reads", input::in_words(other)));
    Exit::bad_input(format!("{name}: {error}{}", hint.unwrap_or_default()))
}

fn document(frame: &FrameView<'_>) -> Value {
    let headers: serde_json::Map<_, _> =
        frame.headers().map(|header| (header.name.to_owned(), header_value(&header.value))).collect();
    let mut document = json!({"offset": frame.offset(), "length": frame.len(), "headers": headers});
    match serde_json::from_slice::<Value>(frame.payload()) {
        // Whatever `:content-type` says: bytes that happen to be JSON are shown as JSON.
        Ok(payload) => document["payload"] = payload,
        Err(_) => document["payload_base64"] = Blob::from_bytes(frame.payload()).as_base64().into(),
    }
    document
}

fn header_value(value: &HeaderValue<'_>) -> Value {
    match value {
        HeaderValue::Bool(value) => json!(value),
        HeaderValue::Byte(value) => json!(value),
        HeaderValue::Short(value) => json!(value),
        HeaderValue::Integer(value) => json!(value),
        HeaderValue::Long(value) => json!(value),
        HeaderValue::Bytes(value) => json!(Blob::from_bytes(value).as_base64()),
        HeaderValue::String(value) => json!(value),
        HeaderValue::Timestamp(milliseconds) => json!(milliseconds),
        HeaderValue::Uuid(bytes) => json!(uuid(bytes)),
    }
}

/// A UUID as it is written: five groups of hexadecimal digits.
fn uuid(bytes: &[u8; 16]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
