//! What the transport shows of secrets, over `reqwest` clients: see `common::OVER_REQWEST`. By itself, since it reads everything
//! that this process traces.

#![cfg(feature = "reqwest")]

#[path = "secrets.rs"]
mod secrets;
