//! What the transport does over connections of its own, once more over `reqwest` clients: see `common::OVER_REQWEST`.

#![cfg(feature = "reqwest")]
#![allow(clippy::duplicate_mod, reason = "each of these files is a program of its own elsewhere")]

#[path = "http1.rs"]
mod http1;
#[path = "interop.rs"]
mod interop;
#[path = "policy.rs"]
mod policy;
#[path = "retry.rs"]
mod retry;
#[path = "runtimes.rs"]
mod runtimes;
#[path = "transport.rs"]
mod transport;
#[path = "unasked.rs"]
mod unasked;
