//! What the transport does over connections of its own, once more over `reqwest` clients: see `common::OVER_REQWEST`.

#![cfg(feature = "reqwest")]

mod common;
mod http1;
mod interop;
mod policy;
mod retry;
mod runtimes;
mod transport;
mod unasked;
