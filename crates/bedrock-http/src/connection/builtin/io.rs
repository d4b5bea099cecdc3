//! A connection as bytes go over it, plain or in TLS, and whether anything lies on it that nobody has asked for.
//!
//! Not for making one, and not for what the bytes mean.

use std::io::{self, Read};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// How much is read from a socket at once. It lies on the stack: a stream that waits holds none of it.
// As much as a record of TLS carries (RFC 8446, section 5.1).
pub(super) const READ_SIZE: usize = 16 << 10;

/// How often TLS reads of its own records in one question. A server has a few to send, not a stream of them.
const MOST_READS: usize = 16;

/// A connection to a server, directly or through what lies between.
pub(super) enum Io {
    Plain(Socket),
    /// In a box, since most of its size is TLS's own state, and since TLS may run inside of TLS to a proxy.
    Tls(Box<TlsStream<Records>>),
}

/// What has come from the other side and was not read yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    Nothing,
    /// Bytes of an answer, or the beginning of some.
    Bytes,
    /// It has closed, or broken.
    End,
}

impl Io {
    /// What lies unread on this connection, in the kernel and in TLS, with one system call if nothing does.
    ///
    /// The kernel is asked: what tokio remembers of a socket is "nothing there" after each read that did not fill its
    /// buffer, whatever has come since, until the runtime looks again; and a thread that works does not look. TLS's own
    /// records (tickets come unasked after every handshake of TLS 1.3) are read and say nothing.
    pub(super) fn unread(&mut self) -> Unread {
        let tls = match self {
            Self::Plain(socket) => return socket.unread(),
            Self::Tls(tls) => tls,
        };
        let (records, session) = tls.get_mut();
        for _ in 0..MOST_READS {
            // Before reading: rustls may hold a whole record that it has read along with another.
            match session.process_new_packets() {
                Ok(state) if state.plaintext_bytes_to_read() > 0 => return Unread::Bytes,
                // The order matters: what was sent before the close is still an answer.
                Ok(state) if state.peer_has_closed() => return Unread::End,
                Ok(_) => {}
                Err(_) => return Unread::End,
            }
            match session.read_tls(&mut Now(records)) {
                Ok(0) => return Unread::End,
                Ok(_) => {}
                // A record of which a part has come may hold anything.
                Err(error) if would_block(&error) && records.is_partial() => return Unread::Bytes,
                Err(error) if would_block(&error) => return Unread::Nothing,
                Err(_) => return Unread::End,
            }
        }
        Unread::Bytes
    }

    /// The beginning of what lies unread, as far as it can be read.
    pub(super) fn read_excerpt(&mut self) -> Vec<u8> {
        let mut excerpt = vec![0; 100];
        // For an error only, on a connection that is closed next: what is read here is lost.
        let length = self.read_now(&mut excerpt).unwrap_or(0);
        excerpt.truncate(length);
        excerpt
    }

    /// How many bytes the kernel has taken. More than what was written to TLS, which keeps some back.
    pub(super) fn sent(&self) -> u64 {
        match self {
            Self::Plain(socket) => socket.sent,
            // Through the layers to TCP, of which there is one, however many
            // layers of TLS lie on it.
            Self::Tls(tls) => tls.get_ref().0.io.sent(),
        }
    }

    /// Whether the server chose HTTP/2 when TLS was set up.
    pub(super) fn chose_http2(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(tls) => tls.get_ref().1.alpn_protocol() == Some(b"h2"),
        }
    }

    /// Reads what is there, without regard to what tokio remembers.
    fn read_now(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let tls = match self {
            // The socket does not block: tokio has set it so.
            Self::Plain(socket) => return (&*SockRef::from(&socket.tcp)).read(buffer),
            Self::Tls(tls) => tls,
        };
        let (records, session) = tls.get_mut();
        for _ in 0..MOST_READS {
            match session.reader().read(buffer) {
                Err(error) if would_block(&error) => {}
                read => return read,
            }
            if session.read_tls(&mut Now(records))? == 0 {
                return Ok(0);
            }
            session.process_new_packets().map_err(io::Error::other)?;
        }
        Err(io::Error::other("too much of TLS's own"))
    }

    fn is_partial(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(tls) => tls.get_ref().0.is_partial(),
        }
    }
}

fn would_block(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}

/// TCP, and how much the kernel has taken for it.
pub(super) struct Socket {
    tcp: TcpStream,
    sent: u64,
}

impl Socket {
    pub(super) fn new(tcp: TcpStream) -> Self {
        Self { tcp, sent: 0 }
    }

    fn unread(&self) -> Unread {
        match SockRef::from(&self.tcp).peek(&mut [MaybeUninit::uninit()]) {
            Ok(0) => Unread::End,
            Ok(_) => Unread::Bytes,
            Err(error) if would_block(&error) => Unread::Nothing,
            Err(_) => Unread::End,
        }
    }
}

/// What TLS reads from and writes to.
pub(super) struct Records {
    io: Io,
    position: RecordPosition,
}

impl Records {
    pub(super) fn new(io: Io) -> Self {
        Self { io, position: RecordPosition::default() }
    }

    fn is_partial(&self) -> bool {
        self.position.is_partial() || self.io.is_partial()
    }
}

/// Where in the records of TLS the next byte stands: rustls holds a record that has come in part, and does not tell.
#[derive(Default)]
struct RecordPosition {
    header: [u8; Self::HEADER],
    /// How much of the header has come.
    headed: usize,
    /// How much of the record is still to come after it.
    left: usize,
}

impl RecordPosition {
    /// Type, version, and length in the last two bytes.
    const HEADER: usize = 5;

    fn is_partial(&self) -> bool {
        self.headed > 0 || self.left > 0
    }

    fn advance(&mut self, mut bytes: &[u8]) {
        while let Some(first) = bytes.first() {
            if self.left > 0 {
                let here = self.left.min(bytes.len());
                self.left -= here;
                bytes = &bytes[here..];
                continue;
            }
            self.header[self.headed] = *first;
            self.headed += 1;
            bytes = &bytes[1..];
            if let (Self::HEADER, [.., high, low]) = (self.headed, self.header) {
                self.left = u16::from_be_bytes([high, low]).into();
                self.headed = 0;
            }
        }
    }
}

/// Reads for TLS what is there now.
struct Now<'a>(&'a mut Records);

impl Read for Now<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.io.read_now(buffer)?;
        self.0.position.advance(&buffer[..read]);
        Ok(read)
    }
}

impl AsyncRead for Io {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(io) => Pin::new(&mut io.tcp).poll_read(cx, buf),
            Self::Tls(io) => Pin::new(io).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Io {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(io) => {
                let written = Pin::new(&mut io.tcp).poll_write(cx, bytes);
                if let Poll::Ready(Ok(written)) = written {
                    io.sent += written as u64;
                }
                written
            }
            Self::Tls(io) => Pin::new(io).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(io) => Pin::new(&mut io.tcp).poll_flush(cx),
            Self::Tls(io) => Pin::new(io).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(io) => Pin::new(&mut io.tcp).poll_shutdown(cx),
            Self::Tls(io) => Pin::new(io).poll_shutdown(cx),
        }
    }
}

impl AsyncRead for Records {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let read = Pin::new(&mut this.io).poll_read(cx, buf);
        this.position.advance(&buf.filled()[before..]);
        read
    }
}

impl AsyncWrite for Records {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().io).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_at_every_split() {
        let wire = [&[22, 3, 3, 0, 2, 9, 9][..], &[23, 3, 3, 0, 0], &[23, 3, 3, 1, 1], &[0; 257]].concat();
        let ends = [0, 7, 12, wire.len()];
        for size in 1..=wire.len() {
            let (mut position, mut came) = (RecordPosition::default(), 0);
            for piece in wire.chunks(size) {
                position.advance(piece);
                came += piece.len();
                assert_eq!(position.is_partial(), !ends.contains(&came), "{came} in pieces of {size}");
            }
        }
    }
}
