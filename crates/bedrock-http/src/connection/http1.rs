//! HTTP/1.1 on a connection of its own: a request, the head of its response, and the body in pieces (RFC 9112).
//!
//! A reader of ours, because what it is for is what we are for: no task and no channel between the socket and who reads the
//! stream, no memory for a stream that waits, and one piece for all that a read of the socket brought, whatever chunks the
//! server cut it into. Heads are parsed by `httparse`. Not for choosing connections.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};
use http::{Method, Response, StatusCode, Version, request};
use tokio::io::{AsyncRead as _, AsyncReadExt as _, AsyncWrite as _, ReadBuf};
use zeroize::Zeroizing;

use super::chunked::{Chunked, is_token};
use super::io::{Heard, Io};
use super::{Cause, Keeper};

/// How much is read from a socket at once. It lies on the stack: a stream that waits holds none of it.
const PIECE: usize = 16 << 10;

/// How much when more than [`PIECE`] was there the last time: fewer calls, and the piece is what was read and no copy.
const BURST: usize = 64 << 10;

/// The longest head of a response, with those of the informational ones before it, and the most headers in it.
const LONGEST_HEAD: usize = 64 << 10;
const MOST_HEADERS: usize = 128;

/// The head of a response.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) status: StatusCode,
    version: Version,
    headers: HeaderMap,
    /// It came before all of the request had been sent: nothing can be said on this connection after it.
    early: bool,
    /// Its lines end as only some readers take them, or there are empty ones before it. Where such a server begins its next
    /// answer is a guess.
    loose: bool,
}

/// Why a request got no response.
#[derive(Debug)]
pub(super) enum Unanswered {
    /// None of it was sent: the connection had something to say, or was closed.
    NotSilent(Cause),
    Failed(Cause),
}

impl From<Cause> for Unanswered {
    fn from(cause: Cause) -> Self {
        Self::Failed(cause)
    }
}

impl From<Unanswered> for Cause {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::NotSilent(cause) | Unanswered::Failed(cause) => cause,
        }
    }
}

const NO_RESPONSE: &str = "the connection was closed before the response began";

/// How a request is written.
pub(super) struct Form {
    /// The whole URI in the first line, as a proxy wants it that passes requests on, with its `Proxy-Authorization`.
    pub(super) forwarded: Option<Option<HeaderValue>>,
}

/// A request that was sent, and what came back so far.
pub(super) struct Asked {
    head: Head,
    framing: Framing,
    rest: Bytes,
}

impl Asked {
    /// The response, which gives the connection to its keeper at its end.
    pub(super) fn response(self, io: Io, keeper: Keeper) -> Response<Body> {
        let keeper = self.head.leaves_open().then_some(keeper);
        let mut response = Response::new(Body::new(io, self.framing, self.rest, keeper));
        *response.status_mut() = self.head.status;
        *response.version_mut() = self.head.version;
        *response.headers_mut() = self.head.headers;
        response
    }
}

/// Sends a request and reads the head of its response.
pub(super) async fn exchange(
    io: &mut Io,
    request: &request::Parts,
    body: &[u8],
    form: &Form,
) -> Result<Asked, Unanswered> {
    let head = written(request, body.len(), form);
    let (head, rest) = ask(io, &head, body).await?;
    let framing = Framing::of(&request.method, &head)?;
    Ok(Asked { head, framing, rest })
}

/// The head of a request as it goes out.
fn written(parts: &request::Parts, body: usize, form: &Form) -> Zeroizing<Vec<u8>> {
    let uri = &parts.uri;
    // Roomy, so that it is not moved and left behind: it holds a token or a signature.
    let headers: usize = parts.headers.iter().map(|(n, v)| n.as_str().len() + v.len() + 4).sum();
    let mut out = Zeroizing::new(Vec::with_capacity(512 + uri.path().len() * 2 + headers));
    let mut push = |texts: &[&[u8]]| texts.iter().for_each(|text| out.extend_from_slice(text));
    push(&[parts.method.as_str().as_bytes(), b" "]);
    match &form.forwarded {
        Some(_) => push(&[uri.to_string().as_bytes()]),
        None => push(&[uri.path_and_query().map_or("/", |path| path.as_str()).as_bytes()]),
    }
    push(&[b" HTTP/1.1\r\n"]);
    if !parts.headers.contains_key(HOST) {
        let host = uri.authority().map_or("", |authority| authority.as_str());
        push(&[b"host: ", host.as_bytes(), b"\r\n"]);
    }
    // Where the body ends is said below, once.
    let others =
        parts.headers.iter().filter(|(name, _)| !matches!(**name, CONTENT_LENGTH | TRANSFER_ENCODING));
    for (name, value) in others {
        push(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"]);
    }
    if let Some(Some(auth)) = &form.forwarded {
        push(&[b"proxy-authorization: ", auth.as_bytes(), b"\r\n"]);
    }
    if body > 0 || matches!(parts.method, Method::POST | Method::PUT | Method::PATCH) {
        push(&[b"content-length: ", body.to_string().as_bytes(), b"\r\n"]);
    }
    push(&[b"\r\n"]);
    out
}

/// Sends bytes, and reads at the same time: a server may answer before it has seen all of a request. The head, and what
/// came after it.
pub(super) async fn ask(io: &mut Io, head: &[u8], body: &[u8]) -> Result<(Head, Bytes), Unanswered> {
    let mut sending = Sending { unsent: [head, body], flushed: false, failed: None };
    let mut reading = Reading { held: Vec::new(), searched: 0, before: 0, loose: false };
    let before = io.sent();
    std::future::poll_fn(|cx| {
        // Here and not where the connection was chosen: between there and the first byte a task may have to wait its turn,
        // and TLS may hold the byte back.
        if io.sent() == before && sending.failed.is_none() {
            match io.listen() {
                Heard::Nothing => {}
                Heard::Bytes => return Poll::Ready(Err(Unanswered::NotSilent(unasked(io)))),
                Heard::End => return Poll::Ready(Err(Unanswered::NotSilent(closed(NO_RESPONSE)))),
            }
        }
        sending.poll(io, cx);
        let answer = ready!(reading.poll(io, cx));
        Poll::Ready(match answer {
            Ok((head, rest)) => Ok((Head { early: !sending.flushed, ..head }, rest)),
            // That sending failed is the cause, and that nothing came only follows from it.
            Err(error) => Err(sending.failed.take().map_or(error, Cause::from).into()),
        })
    })
    .await
}

/// A request on its way out.
struct Sending<'a> {
    unsent: [&'a [u8]; 2],
    flushed: bool,
    failed: Option<io::Error>,
}

impl Sending<'_> {
    /// Sends what the socket takes. A failure is kept: the server may have given its reason before it closed.
    fn poll(&mut self, io: &mut Io, cx: &mut Context<'_>) {
        while self.failed.is_none() && !self.flushed {
            let mut io = Pin::new(&mut *io);
            let sent = match self.unsent.iter_mut().find(|part| !part.is_empty()) {
                Some(part) => io.as_mut().poll_write(cx, part).map_ok(|sent| {
                    *part = &part[sent..];
                    sent > 0
                }),
                None => io.as_mut().poll_flush(cx).map_ok(|()| {
                    self.flushed = true;
                    true
                }),
            };
            match sent {
                Poll::Ready(Ok(true)) => {}
                Poll::Ready(Ok(false)) => self.failed = Some(io::ErrorKind::WriteZero.into()),
                Poll::Ready(Err(error)) => self.failed = Some(error),
                Poll::Pending => return,
            }
        }
    }
}

/// The head of a response on its way in.
struct Reading {
    held: Vec<u8>,
    /// How far it has been searched for the head's end.
    searched: usize,
    /// How long the informational responses before it were.
    before: usize,
    /// Whether one of them was.
    loose: bool,
}

impl Reading {
    fn poll(&mut self, io: &mut Io, cx: &mut Context<'_>) -> Poll<Result<(Head, Bytes), Cause>> {
        loop {
            match self.head() {
                Ok(None) => {}
                Ok(Some(found)) => return Poll::Ready(Ok(found)),
                Err(error) => return Poll::Ready(Err(error)),
            }
            let mut space = [MaybeUninit::uninit(); PIECE];
            let mut piece = ReadBuf::uninit(&mut space);
            ready!(Pin::new(&mut *io).poll_read(cx, &mut piece))?;
            if piece.filled().is_empty() {
                let what = match self.held.is_empty() {
                    true => NO_RESPONSE,
                    false => "the connection was closed within the head of the response",
                };
                return Poll::Ready(Err(closed(what)));
            }
            self.held.extend_from_slice(piece.filled());
        }
    }

    /// The head, when all of it has come.
    fn head(&mut self) -> Result<Option<(Head, Bytes)>, Cause> {
        loop {
            let from = self.searched.saturating_sub(2);
            let end = |window: &[u8]| window.starts_with(b"\n\n") || window == b"\n\r\n";
            let complete = self.held[from..].windows(3).any(end) || self.held.ends_with(b"\n\n");
            self.searched = self.held.len();
            let found = if complete { parsed(&self.held)? } else { None };
            let length = found.as_ref().map_or(self.held.len(), |(_, length)| *length);
            if self.before + length > LONGEST_HEAD {
                return Err("the head of the response is longer than 64 KiB".into());
            }
            let Some((head, length)) = found else { return Ok(None) };
            if head.status == StatusCode::SWITCHING_PROTOCOLS {
                return Err("the server switches to a protocol that nobody asked for".into());
            }
            self.loose |= head.loose;
            if !head.status.is_informational() {
                let head = Head { loose: self.loose, ..head };
                return Ok(Some((head, Bytes::copy_from_slice(&self.held[length..]))));
            }
            self.held.drain(..length);
            self.before += length;
            self.searched = 0;
        }
    }
}

/// The head at the beginning of some bytes, and its length.
fn parsed(bytes: &[u8]) -> Result<Option<(Head, usize)>, Cause> {
    let mut space = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut response = httparse::Response::new(&mut space);
    let not_http = |what: &dyn std::fmt::Display| Cause::from(format!("the response is not HTTP: {what}"));
    let httparse::Status::Complete(length) = response.parse(bytes).map_err(|error| not_http(&error))? else {
        return Ok(None);
    };
    let mut headers = HeaderMap::with_capacity(response.headers.len());
    for header in response.headers.iter() {
        let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|error| not_http(&error))?;
        let value = HeaderValue::from_bytes(header.value).map_err(|error| not_http(&error))?;
        headers.append(name, value);
    }
    let status = StatusCode::from_u16(response.code.unwrap_or(0)).map_err(|error| not_http(&error))?;
    let version = if response.version == Some(0) { Version::HTTP_10 } else { Version::HTTP_11 };
    let loose = is_loose(&bytes[..length]);
    Ok(Some((Head { status, version, headers, early: false, loose }, length)))
}

/// Whether a line ends without CR, or an empty one comes first: `httparse` reads both.
fn is_loose(head: &[u8]) -> bool {
    let mut before = None;
    let mut ends_bare = false;
    for byte in head {
        ends_bare |= *byte == b'\n' && before != Some(b'\r');
        before = Some(*byte);
    }
    ends_bare || head.first().is_some_and(|byte| matches!(byte, b'\r' | b'\n'))
}

impl Head {
    /// Whether the connection can be used again after this response.
    fn leaves_open(&self) -> bool {
        let both = self.headers.contains_key(TRANSFER_ENCODING) && self.headers.contains_key(CONTENT_LENGTH);
        // What is no token may have been meant as anything.
        let close = elements(&self.headers, &CONNECTION)
            .any(|element| element.eq_ignore_ascii_case(b"close") || !element.iter().all(is_token));
        self.version == Version::HTTP_11 && !self.early && !self.loose && !both && !close
    }
}

/// The elements of a header that is a list, without the blanks around them: space and tab, and nothing else (RFC 9110,
/// section 5.6.3). Whoever takes more for a blank finds another end of a body than the server does.
fn elements<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a [u8]> + use<'a> {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let bare = move |element: &'a [u8]| {
        let from = element.iter().position(|byte| !blank(byte)).unwrap_or(element.len());
        let to = element.iter().rposition(|byte| !blank(byte)).map_or(from, |last| last + 1);
        &element[from..to]
    };
    let values = headers.get_all(name).into_iter();
    values.flat_map(|value| value.as_bytes().split(|byte| *byte == b',')).map(bare)
}

/// Where a body ends.
#[derive(Debug)]
enum Framing {
    /// After so many bytes more.
    Length(u64),
    Chunked(Chunked),
    /// With the connection.
    Close,
}

impl Framing {
    /// RFC 9112, section 6.3.
    fn of(method: &Method, head: &Head) -> Result<Self, Cause> {
        let bare = matches!(head.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        if bare || method == Method::HEAD {
            return Ok(Self::Length(0));
        }
        let mut codings = elements(&head.headers, &TRANSFER_ENCODING);
        match (codings.next(), codings.next()) {
            (None, _) => {}
            (Some(coding), None)
                if coding.eq_ignore_ascii_case(b"chunked") && head.version == Version::HTTP_11 =>
            {
                return Ok(Self::Chunked(Chunked::new()));
            }
            _ => {
                let codings: Vec<&[u8]> = elements(&head.headers, &TRANSFER_ENCODING).collect();
                let codings = codings.join(&b", "[..]).escape_ascii().to_string();
                return Err(format!("the transfer coding \"{codings}\" is not one of HTTP/1.1's").into());
            }
        }
        let mut lengths = elements(&head.headers, &CONTENT_LENGTH);
        let Some(length) = lengths.next() else { return Ok(Self::Close) };
        match number(length) {
            Some(number) if lengths.all(|other| other == length) => Ok(Self::Length(number)),
            _ => Err("the response has a Content-Length that is no number, or several that differ".into()),
        }
    }
}

/// Digits and nothing else.
fn number(digits: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?;
    digits.parse().ok()
}

/// The body of a response. It holds the connection until its end, and then gives it back to be used again.
pub(crate) struct Body {
    io: Option<Io>,
    framing: Framing,
    /// What came with the head.
    rest: Bytes,
    /// The last read brought all that it could.
    burst: bool,
    /// What broke after bytes that are still to be given.
    failed: Option<Cause>,
    /// None where the connection cannot be used again.
    keeper: Option<Keeper>,
    announced: Option<u64>,
}

impl Body {
    fn new(io: Io, framing: Framing, rest: Bytes, keeper: Option<Keeper>) -> Self {
        let announced = if let Framing::Length(length) = framing { Some(length) } else { None };
        let mut body = Self { io: Some(io), framing, rest, burst: false, failed: None, keeper, announced };
        if announced == Some(0) {
            let nothing_more = body.rest.is_empty();
            body.end(nothing_more);
        }
        body
    }

    /// How many bytes the server said that there are.
    pub(super) fn announced(&self) -> Option<u64> {
        self.announced
    }

    pub(super) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Cause>>> {
        loop {
            if let Some(error) = self.failed.take() {
                self.end(false);
                return Poll::Ready(Some(Err(error)));
            }
            let Some(io) = &mut self.io else { return Poll::Ready(None) };
            let piece = if !self.rest.is_empty() {
                let rest = std::mem::take(&mut self.rest);
                self.carried(&rest, Some(&rest))
            } else if self.burst {
                let mut read = BytesMut::with_capacity(BURST);
                let polled = std::pin::pin!(io.read_buf(&mut read)).poll(cx);
                self.burst = read.len() >= PIECE;
                match ready!(polled) {
                    Ok(_) => {
                        let read = read.freeze();
                        self.carried(&read, Some(&read))
                    }
                    Err(error) => self.broken(error),
                }
            } else {
                let mut space = [MaybeUninit::uninit(); PIECE];
                let mut read = ReadBuf::uninit(&mut space);
                let polled = ready!(Pin::new(io).poll_read(cx, &mut read));
                self.burst = read.remaining() == 0;
                match polled {
                    Ok(()) => self.carried(read.filled(), None),
                    Err(error) => self.broken(error),
                }
            };
            if let Some(piece) = piece {
                return Poll::Ready(Some(Ok(piece)));
            }
        }
    }

    fn broken(&mut self, error: io::Error) -> Option<Bytes> {
        self.failed = Some(error.into());
        None
    }

    /// What some bytes of the connection carry of the body; none at the connection's end. What is `shared` need not be copied.
    fn carried(&mut self, bytes: &[u8], shared: Option<&Bytes>) -> Option<Bytes> {
        let beginning = |length: usize| match shared {
            Some(shared) => shared.slice(..length),
            None => Bytes::copy_from_slice(&bytes[..length]),
        };
        let (piece, used, done) = match &mut self.framing {
            Framing::Close if bytes.is_empty() => {
                self.end(false);
                return None;
            }
            _ if bytes.is_empty() => {
                self.failed = Some(closed("the connection was closed before the end of the body"));
                return None;
            }
            Framing::Close => (beginning(bytes.len()), bytes.len(), false),
            Framing::Length(left) => {
                let here = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= here as u64;
                (beginning(here), here, *left == 0)
            }
            Framing::Chunked(chunked) => {
                if chunked.skip_data(bytes.len()) {
                    return Some(beginning(bytes.len()));
                }
                let mut out = BytesMut::with_capacity(bytes.len());
                let used = chunked.decode(bytes, &mut out).unwrap_or_else(|error| {
                    self.failed = Some(error.into());
                    0
                });
                (out.freeze(), used, chunked.is_done())
            }
        };
        if done {
            self.end(used == bytes.len());
        }
        (!piece.is_empty()).then_some(piece)
    }

    /// Gives the connection back, or closes it.
    fn end(&mut self, clean: bool) {
        self.rest = Bytes::new();
        if let (Some(io), Some(keeper)) = (self.io.take(), self.keeper.take())
            && clean
        {
            keeper.keep(io);
        }
    }
}

/// What a server said that was asked nothing: one that is at its limits may say so to whoever comes.
fn unasked(io: &mut Io) -> Cause {
    let said = io.said();
    let line = said.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    format!("the server spoke before it was asked anything: \"{}\"", line.escape_ascii()).into()
}

fn closed(what: &'static str) -> Cause {
    io::Error::new(io::ErrorKind::UnexpectedEof, what).into()
}

#[cfg(test)]
mod tests {
    use super::super::io::Socket;
    use super::*;
    use tokio::io::AsyncWriteExt as _;

    /// A connection whose server speaks first has answered nobody, also when it is new; what it said is in the error.
    #[tokio::test]
    async fn a_server_that_speaks_first() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a socket");
        let address = listener.local_addr().expect("an address");
        let (client, server) =
            tokio::join!(tokio::net::TcpStream::connect(address), async { listener.accept().await });
        let (mut io, mut server) =
            (Io::Plain(Socket::new(client.expect("a client"))), server.expect("a server").0);
        assert_eq!(io.listen(), Heard::Nothing);
        server.write_all(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n").await.expect("to write");
        while io.listen() == Heard::Nothing {
            tokio::task::yield_now().await;
        }
        let asked = ask(&mut io, b"GET / HTTP/1.1\r\n\r\n", b"").await.map(drop);
        let Err(Unanswered::NotSilent(cause)) = asked else { panic!("{asked:?}") };
        let expected = "the server spoke before it was asked anything: \"HTTP/1.1 503 Busy\"";
        assert_eq!((cause.to_string().as_str(), io.sent()), (expected, 0));
    }
}
