//! A server of canned answers in a process of its own, so that what a client costs is counted alone.
//!
//! The bench starts its own program again as the server; it ends when the pipe on its standard input is closed. What a request
//! wants stands in its model id, as [`Order`] writes it.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bedrock_benches::{READ, Workload};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http_body_util::{BodyExt as _, StreamBody};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Barrier;
use tokio::task::yield_now;
use tokio_rustls::TlsAcceptor;

/// Set in the environment of the server, to the name of a line.
const ROLE: &str = "BEDROCK_BENCH_SERVER";

/// What a stream has sent before it waits for the others of its group: enough for an answer to have begun.
const BEFORE_WAITING: usize = 3;

/// What the bytes go over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// HTTP/1.1.
    Plain,
    /// HTTP/1.1 under TLS.
    Tls,
    /// HTTP/2 under TLS.
    Http2,
}

impl Line {
    pub(crate) const ALL: [Self; 3] = [Self::Plain, Self::Tls, Self::Http2];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Plain => "HTTP/1.1",
            Self::Tls => "TLS, HTTP/1.1",
            Self::Http2 => "TLS, HTTP/2",
        }
    }

    /// How it is negotiated.
    fn protocol(self) -> &'static [u8] {
        match self {
            Self::Plain | Self::Tls => b"http/1.1",
            Self::Http2 => b"h2",
        }
    }
}

/// How an answer is sent, always without a content length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// In chunks of 16 KiB.
    Pieces,
    /// Each frame in a chunk of its own, each written and flushed by itself; between two of them every other stream has its turn.
    Flushed,
    /// The same, so far apart that the reader has slept in between.
    Paced,
}

impl Pace {
    pub(crate) const ALL: [Self; 3] = [Self::Pieces, Self::Flushed, Self::Paced];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pieces => "16 KiB a chunk",
            Self::Flushed => "a frame a chunk, flushed singly",
            Self::Paced => "a frame a chunk, paced",
        }
    }

    async fn pause(self) {
        if self == Self::Pieces {
            return;
        }
        yield_now().await;
        // A sleep is far too long for this; the reader needs some microseconds.
        let written = Instant::now();
        while self == Self::Paced && written.elapsed() < Duration::from_micros(60) {
            std::thread::yield_now();
        }
    }
}

/// What a request wants.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order {
    pub(crate) pace: Pace,
    /// Which of the server's answers.
    pub(crate) answer: usize,
    /// How many streams must have begun before any goes on.
    pub(crate) together: usize,
}

impl Order {
    /// The model id that says it.
    pub(crate) fn model_id(self) -> String {
        format!("bench-{}-{}-{}", self.pace as usize, self.answer, self.together)
    }

    /// Reads it from a path.
    fn from_path(path: &str) -> Option<Self> {
        let mut numbers = path.split_once("bench-")?.1.split(['-', '/']).map(str::parse);
        let mut next = || numbers.next()?.ok();
        Some(Self { pace: *Pace::ALL.get(next()?)?, answer: next()?, together: next()? })
    }
}

/// The server, while it runs.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
    /// What a client must trust.
    pub(crate) certificate: Option<String>,
}

impl Server {
    pub(crate) fn start(line: Line) -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut child = Command::new(program)
            .env(ROLE, line.name())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program starts again");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut next = || lines.next().and_then(Result::ok).expect("the server tells where it is");
        let (port, certificate) = (next(), next().replace(';', "\n"));
        let scheme = if line == Line::Plain { "http" } else { "https" };
        let certificate = Some(certificate).filter(|_| line != Line::Plain);
        Self { child, url: format!("{scheme}://127.0.0.1:{port}"), certificate }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// One answer as each pace cuts it, and who waits for whom.
struct Menu {
    answers: Vec<[Vec<Bytes>; 2]>,
    groups: Mutex<HashMap<usize, Arc<Barrier>>>,
}

impl Menu {
    fn pieces(&self, order: Order) -> &[Bytes] {
        &self.answers[order.answer][usize::from(order.pace != Pace::Pieces)]
    }

    /// After a piece: waits for the others, where the answer has just begun, and as the pace says.
    async fn pause(&self, order: Order, sent: usize) {
        if order.together > 1 && sent == BEFORE_WAITING {
            self.group(order.together).wait().await;
        }
        order.pace.pause().await;
    }

    fn group(&self, size: usize) -> Arc<Barrier> {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        groups.entry(size).or_insert_with(|| Arc::new(Barrier::new(size))).clone()
    }
}

/// Serves these answers, if this process was started to do so.
pub(crate) fn serve_if_asked(answers: impl FnOnce() -> Vec<Workload>) -> bool {
    let Ok(role) = std::env::var(ROLE) else { return false };
    let line = Line::ALL.into_iter().find(|line| line.name() == role).expect("a line");
    let cut = |answer: &Workload| {
        [answer.pieces(READ), answer.parts.iter().map(|part| Bytes::from(part.clone())).collect()]
    };
    let menu = Menu { answers: answers().iter().map(cut).collect(), groups: Mutex::default() };
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(listen(line, Box::leak(Box::new(menu))));
    });
    let _ = io::stdin().read_to_end(&mut Vec::new());
    true
}

async fn listen(line: Line, menu: &'static Menu) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let (acceptor, pem) = acceptor(line);
    println!("{}\n{}", listener.local_addr().expect("bound").port(), pem.replace('\n', ";"));
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            stream.set_nodelay(true).ok()?;
            serve(line, stream, acceptor, menu).await.ok()
        });
    }
}

/// A certificate of its own, and what a client must trust.
fn acceptor(line: Line) -> (TlsAcceptor, String) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let mut config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has the ciphers of each version")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("the certificate is of this key");
    config.alpn_protocols = vec![line.protocol().to_vec()];
    (TlsAcceptor::from(Arc::new(config)), made.cert.pem())
}

async fn serve(line: Line, stream: TcpStream, acceptor: TlsAcceptor, menu: &'static Menu) -> io::Result<()> {
    match line {
        Line::Plain => http1(stream, menu).await,
        Line::Tls => http1(acceptor.accept(stream).await?, menu).await,
        Line::Http2 => {
            let stream = TokioIo::new(acceptor.accept(stream).await?);
            let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            let answer = hyper::service::service_fn(move |request| http2(request, menu));
            server.serve_connection(stream, answer).await.map_err(io::Error::other)
        }
    }
}

/// What an answer's body says of itself.
const CONTENT_TYPE: &str = "application/vnd.amazon.eventstream";

async fn http1<S: AsyncRead + AsyncWrite + Unpin>(stream: S, menu: &Menu) -> io::Result<()> {
    let mut stream = tokio::io::BufReader::new(stream);
    while let Some(order) = request(&mut stream).await? {
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: {CONTENT_TYPE}\r\ntransfer-encoding: chunked\r\n\r\n");
        write(&mut stream, head.as_bytes()).await?;
        for (number, piece) in menu.pieces(order).iter().enumerate() {
            let chunk = [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
            write(&mut stream, &chunk).await?;
            menu.pause(order, number + 1).await;
        }
        write(&mut stream, b"0\r\n\r\n").await?;
    }
    Ok(())
}

async fn write(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes).await?;
    stream.flush().await
}

/// Reads a request; what its path asks for.
async fn request<S: AsyncRead + Unpin>(stream: &mut tokio::io::BufReader<S>) -> io::Result<Option<Order>> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let order = Order::from_path(&line).ok_or_else(|| io::Error::other("no order"))?;
    let mut length = 0;
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).await?;
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    stream.read_exact(&mut vec![0; length]).await?;
    Ok(Some(order))
}

type Body = StreamBody<stream::BoxStream<'static, Result<http_body::Frame<Bytes>, Infallible>>>;

async fn http2(
    request: http::Request<hyper::body::Incoming>,
    menu: &'static Menu,
) -> io::Result<http::Response<Body>> {
    let order = Order::from_path(request.uri().path()).ok_or_else(|| io::Error::other("no order"))?;
    request.into_body().collect().await.map_err(io::Error::other)?;
    let pieces = stream::iter(menu.pieces(order).iter().enumerate());
    let frames = pieces.then(move |(number, piece)| async move {
        // Before a piece and not behind it: there the last pause would be for nobody.
        if number > 0 {
            menu.pause(order, number).await;
        }
        Ok(http_body::Frame::data(piece.clone()))
    });
    let response = http::Response::builder().header(http::header::CONTENT_TYPE, CONTENT_TYPE);
    response.body(StreamBody::new(frames.boxed())).map_err(io::Error::other)
}
