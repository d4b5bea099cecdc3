//! What the client does over connections of this project's own, once more over `reqwest` clients: see `common::OVER_REQWEST`.

#![cfg(feature = "reqwest")]
#![allow(clippy::duplicate_mod, reason = "each of these files is a program of its own elsewhere")]

#[path = "blocking.rs"]
mod blocking;
#[path = "interop.rs"]
mod interop;
#[path = "observers.rs"]
mod observers;
#[path = "operations.rs"]
mod operations;
#[path = "policy.rs"]
mod policy;
#[path = "recordings.rs"]
mod recordings;
#[path = "runtimes.rs"]
mod runtimes;
#[path = "signatures.rs"]
mod signatures;
#[path = "streams/main.rs"]
mod streams;
