//! One request and its answer, as data: what was called, what is recorded of it, and the connection it goes over. Nothing here
//! answers anything.

mod call;
mod connection;
mod context;
mod log;

pub(crate) use call::Call;
pub(crate) use connection::{ConnectionHandle, Disconnect};
pub(crate) use context::ResponseContext;
pub(crate) use log::{Exchange, Log};
pub use log::{Outcome, RecordedRequest};
