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
}

/// The other side closed the connection too early.
pub(super) fn closed(what: &'static str) -> Cause {
    io::Error::new(io::ErrorKind::UnexpectedEof, what).into()
}
