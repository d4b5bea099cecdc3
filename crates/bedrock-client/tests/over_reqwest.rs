//! What the client does over connections of this project's own, once more over `reqwest` clients: see `common::OVER_REQWEST`.

#![cfg(feature = "reqwest")]

mod blocking;
mod common;
mod interop;
mod observers;
mod operations;
mod policy;
mod recordings;
mod runtimes;
mod signatures;
mod streams;
