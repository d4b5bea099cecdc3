//! What the tests of this crate share: a client that shows what came over the wire, and nothing more clever.

// Each test file uses a part of it, and a failed expectation is what a panic is for.
#![allow(dead_code, clippy::unwrap_used)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bedrock_emulator::Emulator;
use bedrock_eventstream::frame::{FrameDecoder, FrameError, FrameKind};
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const CLAUDE: &str = "anthropic.claude-3-5-sonnet-20241022-v2:0";
pub(crate) const NOVA: &str = "us.amazon.nova-lite-v1:0";

/// Which HTTP is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Http {
    One,
    Two,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The sizes of the pieces in which the body came.
    pub(crate) pieces: Vec<usize>,
    /// Why the body did not end as HTTP asks for.
    pub(crate) broken: Option<String>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    pub(crate) fn error_type(&self) -> &str {
        let header = self.headers.get("x-amzn-errortype").map_or("", |value| value.to_str().unwrap());
        header.split(':').next().unwrap()
    }

    /// The events: name and payload; and what is wrong behind the last good one.
    pub(crate) fn events(&self) -> (Vec<(String, Value)>, Option<FrameError>) {
        let mut decoder = FrameDecoder::new();
        let mut events = Vec::new();
        for frame in decoder.feed(&self.body) {
            let frame = match frame {
                Ok(frame) => frame,
                Err(error) => return (events, Some(error)),
            };
            let name = match frame.kind() {
                FrameKind::Event { event_type } => event_type.to_owned(),
                FrameKind::Exception { exception_type } => format!("!{exception_type}"),
                FrameKind::Error { code, message } => format!("!!{code}: {message}"),
                other => format!("{other:?}"),
            };
            let payload = String::from_utf8_lossy(frame.payload()).into_owned();
            events.push((name, serde_json::from_str(&payload).unwrap_or(Value::String(payload))));
        }
        (events, decoder.finish().err())
    }

    /// The names of the events.
    pub(crate) fn names(&self) -> Vec<String> {
        self.events().0.into_iter().map(|(name, _)| name).collect()
    }

    /// The chunks inside of `chunk` events.
    pub(crate) fn chunks(&self) -> Vec<Value> {
        let decode = |payload: &Value| {
            let bytes = STANDARD.decode(payload["bytes"].as_str().unwrap()).unwrap();
            serde_json::from_slice(&bytes).unwrap()
        };
        self.events().0.iter().map(|(_, payload)| decode(payload)).collect()
    }
}

/// A request of Converse with this prompt.
pub(crate) fn conversation(prompt: &str) -> Value {
    json!({"messages": [{"role": "user", "content": [{"text": prompt}]}]})
}

/// A request of Anthropic Messages with this prompt.
pub(crate) fn message(prompt: &str) -> Value {
    json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 256, "messages": [{"role": "user", "content": prompt}]})
}

/// The path of an operation on a model.
pub(crate) fn path(model: &str, operation: &str) -> String {
    format!("/model/{}/{operation}", model.replace(':', "%3A").replace('/', "%2F"))
}

/// Sends a request with a JSON body.
pub(crate) async fn post(
    server: &Emulator,
    http: Http,
    path: impl Into<String>,
    body: &Value,
) -> Result<Answer, hyper::Error> {
    let request = Request::post(path.into()).header("content-type", "application/json");
    send(server, http, request.body(Bytes::from(body.to_string())).unwrap()).await
}

/// Sends a request on a connection of its own.
pub(crate) async fn send(
    server: &Emulator,
    http: Http,
    request: Request<Bytes>,
) -> Result<Answer, hyper::Error> {
    let stream = TcpStream::connect(server.address()).await.unwrap();
    exchange(stream, &server.url(), http, request).await
}

/// Sends a request over anything that carries bytes.
pub(crate) async fn exchange<S>(
    stream: S,
    url: &str,
    http: Http,
    request: Request<Bytes>,
) -> Result<Answer, hyper::Error>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let stream = TokioIo::new(stream);
    let (mut head, body) = request.into_parts();
    let body = Full::new(body);
    let response = match http {
        Http::One => {
            let host = url.split("//").nth(1).unwrap();
            head.headers.entry("host").or_insert(host.parse().unwrap());
            let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
            tokio::spawn(connection);
            sender.send_request(Request::from_parts(head, body)).await?
        }
        Http::Two => {
            head.uri = format!("{url}{}", head.uri).parse().unwrap();
            let (mut sender, connection) =
                hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await?;
            tokio::spawn(connection);
            sender.send_request(Request::from_parts(head, body)).await?
        }
    };
    let (head, mut body) = response.into_parts();
    let (mut all, mut pieces, mut broken) = (Vec::new(), Vec::new(), None);
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => {
                let data = frame.into_data().unwrap_or_default();
                pieces.push(data.len());
                all.extend_from_slice(&data);
            }
            Err(error) => {
                broken = Some(format!("{error:?}"));
                break;
            }
        }
    }
    Ok(Answer { status: head.status, headers: head.headers, body: all.into(), pieces, broken })
}

/// Writes bytes to a socket and reads until its end: what came, and how it ended.
pub(crate) async fn raw(server: &Emulator, request: &str) -> (String, Option<std::io::ErrorKind>) {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer).await {
            Ok(0) => return (String::from_utf8_lossy(&all).into_owned(), None),
            Ok(length) => all.extend_from_slice(&buffer[..length]),
            Err(error) => return (String::from_utf8_lossy(&all).into_owned(), Some(error.kind())),
        }
    }
}

/// Waits until something is so; tests that would hang fail instead.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..1_000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("{what}: not after five seconds");
}
