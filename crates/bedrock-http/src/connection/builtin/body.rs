//! The body of a response on a connection of this crate's own.

use std::task::{Context, Poll};

use bytes::Bytes;

use super::{http1, http2};
use crate::connection::failure::Cause;

/// The body of a response, by the version of HTTP that it comes over.
pub(crate) enum Body {
    Http1(Box<http1::Body>),
    Http2(http2::Body),
}

impl Body {
    /// The next piece, which is never empty.
    pub(crate) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Cause>>> {
        match self {
            Self::Http1(body) => body.poll_piece(cx),
            Self::Http2(body) => body.poll_piece(cx),
        }
    }

    pub(crate) fn announced(&self) -> Option<u64> {
        match self {
            Self::Http1(body) => body.announced(),
            Self::Http2(body) => body.announced(),
        }
    }
}
