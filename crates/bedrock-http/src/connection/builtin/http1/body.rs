//! The body of a response of HTTP/1.1, in pieces.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead as _, AsyncReadExt as _, ReadBuf};

use super::super::io::{Io, READ_SIZE};
use super::super::pool::Returns;
use super::framing::Framing;
use crate::connection::failure::{Cause, closed};

/// How much is read at once when more than [`READ_SIZE`] was there the last time: fewer calls, and the piece is what was
/// read and no copy.
const BURST: usize = 64 << 10;

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
    returns: Option<Returns>,
    announced: Option<u64>,
}

impl Body {
    pub(super) fn new(io: Io, framing: Framing, rest: Bytes, returns: Option<Returns>) -> Self {
        let announced = if let Framing::Length(length) = framing { Some(length) } else { None };
        let mut body = Self { io: Some(io), framing, rest, burst: false, failed: None, returns, announced };
        // Nobody may ever poll a body of no bytes; its connection is free now.
        if announced == Some(0) {
            let nothing_more = body.rest.is_empty();
            body.end(nothing_more);
        }
        body
    }

    /// How many bytes the server said that there are.
    pub(crate) fn announced(&self) -> Option<u64> {
        self.announced
    }

    pub(crate) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Cause>>> {
        loop {
            if let Some(error) = self.failed.take() {
                self.end(false);
                return Poll::Ready(Some(Err(error)));
            }
            let Some(io) = &mut self.io else { return Poll::Ready(None) };
            let piece = if !self.rest.is_empty() {
                let rest = std::mem::take(&mut self.rest);
                self.decode(&rest, Some(&rest))
            } else if self.burst {
                let mut read = BytesMut::with_capacity(BURST);
                let polled = std::pin::pin!(io.read_buf(&mut read)).poll(cx);
                // Before `ready!`: where nothing is there the buffer goes, and the next read is on
                // the stack. A stream that waits holds no memory.
                self.burst = read.len() >= READ_SIZE;
                match ready!(polled) {
                    Ok(_) => {
                        let read = read.freeze();
                        self.decode(&read, Some(&read))
                    }
                    Err(error) => self.broken(error),
                }
            } else {
                let mut space = [MaybeUninit::uninit(); READ_SIZE];
                let mut read = ReadBuf::uninit(&mut space);
                let polled = ready!(Pin::new(io).poll_read(cx, &mut read));
                self.burst = read.remaining() == 0;
                match polled {
                    Ok(()) => self.decode(read.filled(), None),
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
    fn decode(&mut self, bytes: &[u8], shared: Option<&Bytes>) -> Option<Bytes> {
        let beginning = |length: usize| match shared {
            Some(shared) => shared.slice(..length),
            None => Bytes::copy_from_slice(&bytes[..length]),
        };
        let (piece, used, done) = match &mut self.framing {
            // A cut looks like an end here (RFC 9112, section 8): the format's own end decides.
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
                // All inside of one chunk: nothing to cut out, so nothing to copy.
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
            // More than the body came: whose bytes these are is unknown, so
            // the connection is closed.
            self.end(used == bytes.len());
        }
        (!piece.is_empty()).then_some(piece)
    }

    /// Gives the connection back, or closes it.
    fn end(&mut self, clean: bool) {
        self.rest = Bytes::new();
        // Taken out in any case: a connection that is not given back is closed now, not when the
        // caller drops the body.
        if let (Some(io), Some(returns)) = (self.io.take(), self.returns.take())
            && clean
        {
            returns.put(io);
        }
    }
}
