//! Why a server does not start.

use std::io;

use super::replay::ReplayError;

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Listening on the address failed.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// As it was given.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// The recordings are not usable.
    #[error("recordings: {0}")]
    Replay(#[from] ReplayError),
    /// Starting the thread or its runtime failed.
    #[error("cannot start the server's thread: {0}")]
    Thread(#[source] io::Error),
    /// The certificate or its key is not usable.
    #[error("TLS: {0}")]
    Tls(String),
}
