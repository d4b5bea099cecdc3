//! A request and the head of its response on one connection.
//!
//! Not for the response's body.

use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Response, StatusCode, request};
use tokio::io::{AsyncRead as _, ReadBuf};

use super::super::io::{Io, READ_SIZE, Unread};
use super::super::pool::Returns;
use super::body::Body;
use super::framing::Framing;
use super::head::Head;
use super::request::{RequestForm, RequestWriter, head_of};
use crate::connection::failure::{Cause, closed};

/// The longest head of a response, with those of the informational ones before it.
const LONGEST_HEAD: usize = 64 << 10;

/// Why a request got no response.
#[derive(Debug)]
pub(crate) enum ExchangeError {
    /// None of it was sent: the connection had something to say, or was closed.
    Unsolicited(Cause),
    Failed(Cause),
}

impl From<Cause> for ExchangeError {
    fn from(cause: Cause) -> Self {
        Self::Failed(cause)
    }
}

impl From<ExchangeError> for Cause {
    fn from(unanswered: ExchangeError) -> Self {
        match unanswered {
            ExchangeError::Unsolicited(cause) | ExchangeError::Failed(cause) => cause,
        }
    }
}

const NO_RESPONSE: &str = "the connection was closed before the response began";

/// The head of a response, with what came of its body so far.
pub(crate) struct Answered {
    head: Head,
    framing: Framing,
    rest: Bytes,
}

impl Answered {
    /// The response, which gives the connection back to its pool at its end.
    pub(crate) fn response(self, io: Io, returns: Returns) -> Response<Body> {
        let returns = self.head.leaves_open().then_some(returns);
        let mut response = Response::new(Body::new(io, self.framing, self.rest, returns));
        *response.status_mut() = self.head.status;
        *response.version_mut() = self.head.version;
        *response.headers_mut() = self.head.headers;
        response
    }
}

/// Sends a request and reads the head of its response.
pub(crate) async fn exchange(
    io: &mut Io,
    request: &request::Parts,
    body: &[u8],
    form: &RequestForm,
) -> Result<Answered, ExchangeError> {
    let head = head_of(request, body.len(), form);
    let (head, rest) = send(io, &head, body).await?;
    let framing = Framing::of(&request.method, &head)?;
    Ok(Answered { head, framing, rest })
}

/// Sends bytes, and reads at the same time: a server may answer before it has seen all of a request. The head, and what
/// came after it.
pub(crate) async fn send(io: &mut Io, head: &[u8], body: &[u8]) -> Result<(Head, Bytes), ExchangeError> {
    let mut writer = RequestWriter::new(head, body);
    let mut reader = HeadReader { held: Vec::new(), searched: 0, before: 0, loose: false };
    let before = io.sent();
    std::future::poll_fn(|cx| {
        // Here and not where the connection was chosen: between there and the first byte a task may have to wait its turn,
        // and TLS may hold the byte back.
        if io.sent() == before && writer.failed.is_none() {
            match io.unread() {
                Unread::Nothing => {}
                Unread::Bytes => return Poll::Ready(Err(ExchangeError::Unsolicited(unsolicited(io)))),
                Unread::End => return Poll::Ready(Err(ExchangeError::Unsolicited(closed(NO_RESPONSE)))),
            }
        }
        // Both at each poll: reading and writing leave their wakers with the socket separately.
        writer.poll(io, cx);
        let answer = ready!(reader.poll(io, cx));
        Poll::Ready(match answer {
            // The rest of the request is not sent any more: this connection ends with its response.
            Ok((head, rest)) => Ok((Head { early: !writer.flushed, ..head }, rest)),
            // That sending failed is the cause, and that nothing came only follows from it.
            Err(error) => Err(writer.failed.take().map_or(error, Cause::from).into()),
        })
    })
    .await
}

/// The head of a response on its way in.
struct HeadReader {
    held: Vec<u8>,
    /// How far it has been searched for the head's end.
    searched: usize,
    /// How long the informational responses before it were.
    before: usize,
    /// Whether one of them was loose.
    loose: bool,
}

impl HeadReader {
    fn poll(&mut self, io: &mut Io, cx: &mut Context<'_>) -> Poll<Result<(Head, Bytes), Cause>> {
        loop {
            match self.head() {
                Ok(None) => {}
                Ok(Some(found)) => return Poll::Ready(Ok(found)),
                Err(error) => return Poll::Ready(Err(error)),
            }
            let mut space = [MaybeUninit::uninit(); READ_SIZE];
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
            // Two bytes back, for an end that was cut. Parsed only once the end is there: parsing
            // at each read would cost the square for a head that comes byte by byte.
            let from = self.searched.saturating_sub(2);
            let end = |window: &[u8]| window.starts_with(b"\n\n") || window == b"\n\r\n";
            let complete = self.held[from..].windows(3).any(end) || self.held.ends_with(b"\n\n");
            self.searched = self.held.len();
            let found = if complete { Head::parse(&self.held)? } else { None };
            let length = found.as_ref().map_or(self.held.len(), |(_, length)| *length);
            // With the informational ones, which a server could else send for ever.
            if self.before + length > LONGEST_HEAD {
                return Err("the head of the response is longer than 64 KiB".into());
            }
            let Some((head, length)) = found else { return Ok(None) };
            if head.status == StatusCode::SWITCHING_PROTOCOLS {
                return Err("the server switches to a protocol that was not requested".into());
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

/// What a server sent before any request: one that is at its limits may refuse every connection.
fn unsolicited(io: &mut Io) -> Cause {
    let excerpt = io.read_excerpt();
    let line = excerpt.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    format!("the server spoke before it was asked anything: \"{}\"", line.escape_ascii()).into()
}

#[cfg(test)]
mod tests {
    use super::super::super::io::Socket;
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
        assert_eq!(io.unread(), Unread::Nothing);
        server.write_all(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n").await.expect("to write");
        while io.unread() == Unread::Nothing {
            tokio::task::yield_now().await;
        }
        let sent = send(&mut io, b"GET / HTTP/1.1\r\n\r\n", b"").await.map(drop);
        let Err(ExchangeError::Unsolicited(cause)) = sent else { panic!("{sent:?}") };
        let expected = "the server spoke before it was asked anything: \"HTTP/1.1 503 Busy\"";
        assert_eq!((cause.to_string().as_str(), io.sent()), (expected, 0));
    }
}
