//! The tests that can share a process: one program is linked in the time that each of theirs would take.

mod common;
mod exposure;
mod http1;
mod interop;
mod kernel;
mod laws;
mod policy;
mod recordings;
mod reqwest;
mod retry;
mod runtimes;
mod settings;
mod transport;
mod unasked;
