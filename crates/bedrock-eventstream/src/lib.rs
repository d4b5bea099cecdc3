//! Push decoders and encoder for AWS event streams and server-sent events, without I/O.
