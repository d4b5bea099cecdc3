//! The tests that can share a process: one program is linked in the time that each of theirs would take.

mod answers;
mod faults;
mod interop;
mod replay;
mod shapes;
mod signatures;
mod support;
mod tls;
