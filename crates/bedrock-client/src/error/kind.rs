//! What kinds of errors there are.
//!
//! Not for what an error brings along; see `mod.rs`.

use bedrock_http::TimeoutPhase;

/// What kind of thing went wrong. New kinds may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The call is wrong: a wrong setting, an impossible model id, a body that cannot be written as JSON. Nothing was sent.
    Usage,
    /// No credentials could be had, or the caller's provider failed. Nothing was sent.
    Credentials,
    /// No connection could be made: name resolution, TCP or TLS failed.
    Connect,
    /// A time limit of yours ran out; which one is inside.
    Timeout(TimeoutPhase),
    /// The connection broke while the request or the response was on its way.
    Transport,
    /// The response is larger than the limit it was read with.
    TooLarge,
    /// The service answered with an error, at once or in the middle of a stream: see [`Error::service`](crate::Error::service).
    Service,
    /// The circuit breaker is open: the call was refused here, without asking the service.
    CircuitOpen,
    /// A local limit (concurrency, requests or tokens a minute) refused the call, without asking the service.
    Limited,
    /// Nothing broke the stream off, and the answer is not complete: it ended too early or was left, a chunk of it could not be
    /// read, or another message followed. What is missing stands in the message and in the
    /// [`completeness`](bedrock_aggregate::Answer::completeness) of [`Error::partial`](crate::Error::partial).
    Incomplete,
    /// The service said 200 and sent something that is no event stream: the beginning of it is in [`Error::body`](crate::Error::body).
    NotAStream,
    /// The response cannot be read: a damaged frame, or JSON of another shape than the operation's.
    Malformed,
    /// A native answer of an unknown format arrived; its chunks are in [`Error::partial`](crate::Error::partial), under `unknown`.
    UnknownFormat,
}

impl From<bedrock_http::ErrorKind> for ErrorKind {
    fn from(kind: bedrock_http::ErrorKind) -> Self {
        use bedrock_http::ErrorKind as Http;
        match kind {
            Http::Usage => Self::Usage,
            Http::Credentials => Self::Credentials,
            Http::Connect => Self::Connect,
            Http::Timeout(phase) => Self::Timeout(phase),
            Http::TooLarge => Self::TooLarge,
            Http::Service => Self::Service,
            Http::CircuitOpen => Self::CircuitOpen,
            Http::Limited => Self::Limited,
            // Also what the transport may add: its kinds are `#[non_exhaustive]`.
            _ => Self::Transport,
        }
    }
}
