//! HTTP/1.1 on a connection of its own: a request, the head of its response, and the body in pieces (RFC 9112).
//!
//! A reader of this crate's own, for the sake of streams: no task and no channel between the socket and the reader of a
//! stream, no memory for a stream that waits, and one piece for all that a read of the socket brought, whatever chunks the
//! server cut it into. Heads are parsed by `httparse`. Not for choosing connections.

mod body;
mod chunked;
mod exchange;
mod framing;
mod head;
mod request;

pub(crate) use body::Body;
pub(super) use exchange::{ExchangeError, exchange, send};
pub(super) use request::RequestForm;
