//! The connections of this crate's own.
//!
//! Over HTTP/1.1 a connection belongs to one call at a time, over HTTP/2 calls share one.
//!
//! # Whose bytes these are
//!
//! An answer of HTTP/1.1 names no request: it belongs to the one that was sent last. Therefore nothing may lie on a
//! connection when a request goes out. Right before its first byte the kernel is asked, and so are the records that TLS
//! holds; a pooled connection on which anything came unasked, or more than its last answer, is closed, and the request goes
//! out on another one. What reaches the kernel after the request has left is taken for its answer, by any client: one call
//! can get a wrong one. The answer that follows then is more than was asked for, and closes the connection, so that no second
//! call is hit.
//!
//! A new connection on which the server speaks first has answered nobody either, though it may mean well: some refuse with
//! a 503 whoever comes while they are at their limits. Where its words lie there before our request leaves, the call has got no
//! response, which is tried again as after a 503, and the error quotes the first line. Where they come later, they are the
//! answer, as above.

mod body;
mod connections;
mod connector;
mod http1;
mod http2;
mod io;
mod pool;
mod tls;

pub(super) use body::Body;
pub(super) use connections::Connections;
