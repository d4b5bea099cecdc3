//! A server that sends our token back, over `reqwest` clients: see `common::OVER_REQWEST`. By itself, since it reads everything that
//! this process traces.

#![cfg(feature = "reqwest")]

#[path = "echoes.rs"]
mod echoes_of_a_server;
