//! The server: connections, and the way of a request from its address to its answer.

mod connection;
mod control;
mod replay;
mod routing;
mod service;
mod start_error;
mod state;
#[cfg(feature = "tls")]
mod tls;

pub(crate) use connection::serve;
pub(crate) use replay::Replay;
pub use replay::ReplayError;
pub(crate) use service::Service;
pub use start_error::StartError;
pub(crate) use state::State;
#[cfg(feature = "tls")]
pub(crate) use tls::Certificate;
#[cfg(feature = "self-signed")]
pub use tls::self_signed_certificate;
