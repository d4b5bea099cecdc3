//! The tests that can share a process: one program is linked in the time that each of theirs would take.

mod command;
mod common;
mod doctor;
mod numbers;
mod outputs;
mod secrets;
