//! The body of a response, whatever connection it comes from.

use std::task::{Context, Poll};

use bytes::Bytes;

use super::builtin;
use super::failure::Cause;
#[cfg(feature = "reqwest")]
use super::reqwest;

/// The body of a response.
pub(crate) enum Incoming {
    /// There already.
    Whole(Bytes),
    Builtin(builtin::Body),
    #[cfg(feature = "reqwest")]
    Reqwest(reqwest::Body),
    /// One byte after the other, for ever.
    #[cfg(test)]
    Endless,
}

impl Incoming {
    /// The next piece, which is never empty.
    pub(crate) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Cause>>> {
        match self {
            Self::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Whole(bytes) => Poll::Ready(Some(Ok(std::mem::take(bytes)))),
            Self::Builtin(body) => body.poll_piece(cx),
            #[cfg(feature = "reqwest")]
            Self::Reqwest(body) => body.poll_piece(cx),
            #[cfg(test)]
            Self::Endless => Poll::Ready(Some(Ok(Bytes::from_static(b"x")))),
        }
    }

    /// How many bytes the server said that there are.
    pub(crate) fn announced(&self) -> Option<u64> {
        match self {
            Self::Whole(bytes) => Some(bytes.len() as u64),
            Self::Builtin(body) => body.announced(),
            #[cfg(feature = "reqwest")]
            Self::Reqwest(body) => body.announced(),
            #[cfg(test)]
            Self::Endless => None,
        }
    }
}
