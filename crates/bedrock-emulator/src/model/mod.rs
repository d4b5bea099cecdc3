//! The pretended model: what it says to a request, in no format at all. Reading requests and writing answers is what
//! `formats` is for.

mod ranking;
mod reply;
mod request;
mod schema;
pub(crate) mod tokens;

pub(crate) use ranking::rank;
pub(crate) use reply::{Block, Reply, SIGNATURE, reply};
pub(crate) use request::{ModelRequest, Tool, ToolChoice};
