//! Every fault once more, over `reqwest` clients: see `common::OVER_REQWEST`. By itself, since threads are counted for the whole
//! process.

#![cfg(feature = "reqwest")]

#[path = "faults/main.rs"]
mod faults;
