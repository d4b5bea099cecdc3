//! A small HTTP/1.1 server on a loopback socket that does exactly what a test tells it, also what no server should.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

pub(crate) mod marked;

/// Whether this program runs the tests once more over `reqwest` clients, in place of this crate's own connections: those of
/// `tests/over_reqwest.rs` do.
pub(crate) const OVER_REQWEST: bool =
    matches!(env!("CARGO_CRATE_NAME").as_bytes(), [.., b'r', b'e', b'q', b'w', b'e', b's', b't']);

/// The connections that this program is about, speaking this version and trusting these certificates.
#[allow(unused_variables, reason = "the feature decides")]
pub(crate) fn connecting(
    builder: TransportBuilder,
    version: HttpVersion,
    pem: Option<Vec<u8>>,
) -> TransportBuilder {
    #[cfg(feature = "reqwest")]
    if OVER_REQWEST {
        return builder.reqwest_clients(move || reqwest_client(version, pem.as_deref()));
    }
    let builder = builder.http_version(version);
    match pem {
        Some(pem) => builder.ca_bundle(pem),
        None => builder,
    }
}

/// The same of any version, without TLS.
pub(crate) fn plain(builder: TransportBuilder) -> TransportBuilder {
    connecting(builder, HttpVersion::Auto, None)
}

#[cfg(feature = "reqwest")]
pub(crate) fn reqwest_client(
    version: HttpVersion,
    pem: Option<&[u8]>,
) -> Result<bedrock_http::ReqwestClient, reqwest::Error> {
    use bedrock_testing::clients::{Speaks, client};
    let speaks = match version {
        HttpVersion::Auto => Speaks::Any,
        HttpVersion::Http1 => Speaks::Http1,
        HttpVersion::Http2 => Speaks::Http2,
    };
    client(speaks, pem)
}

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bedrock_http::{Credentials, HttpVersion, Path, Request, Service, Transport, TransportBuilder};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does, step by step, with one request.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Write(Vec<u8>),
    Wait(Duration),
    /// Waits until the client has closed the connection.
    UntilClosed,
    Close,
}

/// A request as it came over the wire.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The request target between method and version.
    pub(crate) fn target(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }
}

#[derive(Default)]
struct Record {
    seen: Vec<Seen>,
    closed_early: usize,
    connections: usize,
}

pub(crate) struct Server {
    pub(crate) url: String,
    record: Arc<Mutex<Record>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Answers request `n` (from 0) with what `script` gives for it.
    pub(crate) async fn start(script: impl Fn(usize, &Seen) -> Vec<Step> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let record = Arc::new(Mutex::new(Record::default()));
        let script: Arc<Script> = Arc::new(script);
        let shared = record.clone();
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                shared.lock().unwrap().connections += 1;
                socket.set_nodelay(true).unwrap();
                tokio::spawn(serve(socket, script.clone(), shared.clone()));
            }
        });
        Self { url, record, task }
    }

    /// Answers each request with the next of these; the last one again and again.
    pub(crate) async fn answering(answers: impl IntoIterator<Item = Vec<Step>>) -> Self {
        let answers: Vec<Vec<Step>> = answers.into_iter().collect();
        Self::start(move |n, _| answers[n.min(answers.len() - 1)].clone()).await
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.record.lock().unwrap().seen.clone()
    }

    /// How often the client closed a connection while the server waited for that.
    pub(crate) fn closed_early(&self) -> usize {
        self.record.lock().unwrap().closed_early
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.record.lock().unwrap().connections
    }

    /// A transport to this server, with the keys of the examples.
    pub(crate) fn transport(&self) -> TransportBuilder {
        plain(Transport::builder().region("us-east-1").endpoint(&self.url).auth(keys()))
    }
}

type Script = dyn Fn(usize, &Seen) -> Vec<Step> + Send + Sync;

async fn serve(mut socket: TcpStream, script: Arc<Script>, record: Arc<Mutex<Record>>) {
    let mut buffer = Vec::new();
    while let Some(seen) = read_request(&mut socket, &mut buffer).await {
        let number = {
            let mut record = record.lock().unwrap();
            record.seen.push(seen.clone());
            record.seen.len() - 1
        };
        for step in script(number, &seen) {
            match step {
                Step::Write(bytes) => {
                    if socket.write_all(&bytes).await.is_err() {
                        return;
                    }
                }
                Step::Wait(time) => tokio::time::sleep(time).await,
                Step::UntilClosed => {
                    if matches!(socket.read(&mut [0; 1]).await, Ok(0) | Err(_)) {
                        record.lock().unwrap().closed_early += 1;
                        return;
                    }
                }
                Step::Close => return,
            }
        }
    }
}

async fn read_request(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Seen> {
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        if socket.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(buffer[..end].to_vec()).unwrap();
    buffer.drain(..end + 4);
    let mut lines = head.split("\r\n");
    let mut seen = Seen { line: lines.next()?.to_owned(), ..Seen::default() };
    for line in lines {
        let (name, value) = line.split_once(':')?;
        seen.headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let length = seen.header("content-length").map_or(0, |length| length.parse().unwrap());
    while buffer.len() < length {
        if socket.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
    seen.body = buffer.drain(..length).collect();
    Some(seen)
}

/// A whole response.
pub(crate) fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> Vec<Step> {
    let mut head = format!("HTTP/1.1 {status} Status\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    vec![Step::Write(format!("{head}\r\n{body}").into_bytes())]
}

/// An error as Bedrock writes it.
pub(crate) fn refusal(status: u16, name: &str, message: &str) -> Vec<Step> {
    let body = format!("{{\"message\":\"{message}\"}}");
    reply(status, &[("x-amzn-errortype", name), ("x-amzn-requestid", "rid-1")], &body)
}

/// The head of a response in chunks.
pub(crate) fn chunked() -> Step {
    Step::Write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nx-amzn-requestid: rid-2\r\n\r\n".to_vec())
}

/// One chunk.
pub(crate) fn chunk(data: &str) -> Step {
    Step::Write(format!("{:x}\r\n{data}\r\n", data.len()).into_bytes())
}

/// The end of a response in chunks.
pub(crate) fn last_chunk() -> Step {
    Step::Write(b"0\r\n\r\n".to_vec())
}

pub(crate) fn keys() -> Credentials {
    Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE")
}

pub(crate) fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A request to a model.
pub(crate) fn converse(model: &str) -> Request {
    let path = Path::new().segment("model").label("modelId", model).unwrap().segment("converse");
    Request::post(Service::Runtime, path).operation("Converse").model(model).json("{}")
}
