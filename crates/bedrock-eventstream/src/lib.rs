//! Push decoders and encoder for AWS event streams and server-sent events, without I/O.

pub mod frame;
pub mod sse;
#[cfg(feature = "stream")]
pub mod stream;
