//! Push decoders and encoder for AWS event streams and server-sent events, without I/O.

pub mod frame;
#[cfg(feature = "stream")]
pub mod stream;
