//! A streamed body that is being read, and what reads it.
//!
//! Not for what is made of it; see `answer.rs`.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bedrock_aggregate::Reader;
use bedrock_http::Body;
use bytes::Bytes;
use futures_core::Stream;

/// What a body gives when it is asked for more.
pub(super) type Piece = Option<Result<Bytes, bedrock_http::Error>>;

pub(super) struct Arriving {
    pub(super) body: Body,
    pub(super) reader: Reader,
    /// What the network gave and has not been read yet.
    pub(super) rest: Bytes,
}

/// How many bytes are read for those who take owned events, one by one: a piece from the network may hold a whole answer,
/// and its events would be many times as large.
// The size of one read of a socket.
const SLICE: usize = 16 << 10;

impl Arriving {
    /// What is there to be read, of any length.
    pub(super) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Piece> {
        if self.rest.is_empty() {
            Pin::new(&mut self.body).poll_next(cx)
        } else {
            Poll::Ready(Some(Ok(std::mem::take(&mut self.rest))))
        }
    }

    /// The same, [`SLICE`] bytes at most.
    pub(super) fn poll_slice(&mut self, cx: &mut Context<'_>) -> Poll<Piece> {
        let mut piece = ready!(self.poll_piece(cx));
        if let Some(Ok(piece)) = &mut piece
            && piece.len() > SLICE
        {
            self.rest = piece.split_off(SLICE);
        }
        Poll::Ready(piece)
    }
}
