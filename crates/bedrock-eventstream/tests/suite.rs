//! The tests that can share a process: one program is linked in the time that each of theirs would take.

mod laws;
mod recordings;
mod sse;
mod support;
mod vectors;
