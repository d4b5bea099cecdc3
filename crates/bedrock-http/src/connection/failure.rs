//! Why a request got no response, or a body no end.
//!
//! Not for what callers make of it: see `call/failure.rs`.

use std::io;
use std::time::Duration;

/// What is at the root of a failure.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a request got no response.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It cannot be sent at all.
    Request(Cause),
    /// There was no connection within the limit.
    ConnectLimit(Duration),
    Connect(Cause),
    Exchange(Cause),
    /// The client went elsewhere than it was asked to, of its own accord.
    #[cfg(feature = "reqwest")]
    Redirected(Cause),
}

/// A limit on time that a client given by the user has set itself.
#[derive(Debug, thiserror::Error)]
#[error("a time limit of the client itself ran out")]
pub(crate) struct ClientLimit(#[source] pub(super) Cause);

/// The other side closed the connection too early.
pub(super) fn closed(what: &'static str) -> Cause {
    io::Error::new(io::ErrorKind::UnexpectedEof, what).into()
}
