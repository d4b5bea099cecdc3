//! Connections: a request goes out on one, and its response comes back in pieces.
//!
//! Not for what a call is: retries, limits on time and signatures are above.

mod builtin;
mod client;
mod failure;
mod incoming;
mod origin;
mod outgoing;
mod per_runtime;
#[cfg(feature = "reqwest")]
mod reqwest;
mod settings;
mod transfer_coding;

pub(crate) use client::Client;
pub(crate) use failure::{Cause, ClientLimit, Failure};
pub(crate) use incoming::Incoming;
pub(crate) use outgoing::Outgoing;
#[cfg(feature = "reqwest")]
pub(crate) use reqwest::Source;
pub(crate) use settings::ClientSettings;
pub use settings::HttpVersion;
