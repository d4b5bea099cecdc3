//! Streams of the tests' own making, and clients to read them with.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

pub(crate) mod interop;
pub(crate) mod operations;

use bedrock_client::{Client, ClientBuilder, Credentials, HttpVersion};
use bedrock_eventstream::frame::FrameBuilder;
use bedrock_testing::server::{Step, chunk, chunked, last_chunk};

pub(crate) const MODEL: &str = "us.amazon.nova-lite-v1:0";
pub(crate) const EVENT_STREAM: &str = "application/vnd.amazon.eventstream";

/// Whether this program runs the tests once more over `reqwest` clients, in place of this project's own connections: those of
/// `tests/over_reqwest.rs` and its like do.
pub(crate) const OVER_REQWEST: bool =
    matches!(env!("CARGO_CRATE_NAME").as_bytes(), [.., b'r', b'e', b'q', b'w', b'e', b's', b't']);

/// The connections that this program is about, speaking this version.
pub(crate) fn connecting(builder: ClientBuilder, version: HttpVersion) -> ClientBuilder {
    #[cfg(feature = "reqwest")]
    if OVER_REQWEST {
        return given(builder, version, None);
    }
    builder.http_version(version)
}

/// A client of an endpoint with this certificate.
pub(crate) fn trusting(url: &str, pem: &str) -> ClientBuilder {
    #[cfg(feature = "reqwest")]
    if OVER_REQWEST {
        return given(client(url), HttpVersion::Auto, Some(pem));
    }
    client(url).ca_bundle(pem)
}

#[cfg(feature = "reqwest")]
fn given(builder: ClientBuilder, version: HttpVersion, pem: Option<&str>) -> ClientBuilder {
    use bedrock_testing::clients::{Speaks, client};
    let speaks = match version {
        HttpVersion::Auto => Speaks::Any,
        HttpVersion::Http1 => Speaks::Http1,
        HttpVersion::Http2 => Speaks::Http2,
    };
    let pem = pem.map(|pem| pem.as_bytes().to_vec());
    builder.reqwest_clients(move || client(speaks, pem.as_deref()))
}

/// A client of an endpoint, with the keys of the examples and no wait between attempts.
pub(crate) fn client(url: &str) -> ClientBuilder {
    speaking(url, HttpVersion::Auto)
}

/// The same where both directions are used at once: that needs HTTP/2, which a client of the user's speaks without TLS only if
/// it was told to.
pub(crate) fn both_ways(url: &str) -> ClientBuilder {
    speaking(url, if OVER_REQWEST { HttpVersion::Http2 } else { HttpVersion::Auto })
}

/// The same in this version of HTTP.
pub(crate) fn speaking(url: &str, version: HttpVersion) -> ClientBuilder {
    let builder = Client::builder()
        .region("us-east-1")
        .endpoint(url)
        .credentials(Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE"))
        .random(|| 0.0);
    connecting(builder, version)
}

/// One frame of ConverseStream.
pub(crate) fn frame(event: &str, payload: &str) -> Vec<u8> {
    FrameBuilder::event(event).build(payload.as_bytes()).unwrap().as_bytes().to_vec()
}

pub(crate) fn exception(name: &str, payload: &str) -> Vec<u8> {
    FrameBuilder::exception(name).build(payload.as_bytes()).unwrap().as_bytes().to_vec()
}

/// One text in these pieces, frame by frame: each frame, and the text that has arrived with it.
pub(crate) fn conversation(pieces: &[&str]) -> Vec<(Vec<u8>, String)> {
    let mut text = String::new();
    let mut frames = vec![(frame("messageStart", r#"{"role":"assistant","p":"ab"}"#), text.clone())];
    for piece in pieces {
        text.push_str(piece);
        let piece = serde_json::to_string(piece).unwrap();
        let payload = format!(r#"{{"contentBlockIndex":0,"delta":{{"text":{piece}}},"p":"abcdef"}}"#);
        frames.push((frame("contentBlockDelta", &payload), text.clone()));
    }
    for (event, payload) in [
        ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
        ("messageStop", r#"{"stopReason":"end_turn"}"#),
        (
            "metadata",
            r#"{"metrics":{"latencyMs":5},"usage":{"inputTokens":3,"outputTokens":4,"totalTokens":7}}"#,
        ),
    ] {
        frames.push((frame(event, payload), text.clone()));
    }
    frames
}

/// All bytes of such frames.
pub(crate) fn joined(frames: &[(Vec<u8>, String)]) -> Vec<u8> {
    frames.iter().flat_map(|(bytes, _)| bytes.iter().copied()).collect()
}

/// A response of these bytes that ends as it should.
pub(crate) fn stream_of(bytes: &[u8]) -> Vec<Step> {
    vec![chunked(EVENT_STREAM), chunk(bytes), last_chunk()]
}

/// A response of these bytes whose connection is then closed.
pub(crate) fn broken_off(bytes: &[u8]) -> Vec<Step> {
    vec![chunked(EVENT_STREAM), chunk(bytes), Step::Close]
}
