//! One command a file.

pub(crate) mod aggregate;
pub(crate) mod chat;
pub(crate) mod converse;
pub(crate) mod doctor;
pub(crate) mod embed;
pub(crate) mod frames;
pub(crate) mod invoke;
pub(crate) mod rerank;
pub(crate) mod serve;
