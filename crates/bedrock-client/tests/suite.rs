//! The tests that can share a process: one program is linked in the time that each of theirs would take.

mod bindings;
mod blocking;
mod common;
mod embeddings;
mod interop;
mod observers;
mod operations;
mod policy;
mod proxies;
mod recordings;
mod requests;
mod runtimes;
mod signatures;
mod streams;
mod wrapper;
