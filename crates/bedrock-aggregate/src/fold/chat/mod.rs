//! What the folds of chat formats share: the content of a choice, and the state around it.
//! Not for: the types of any one format; each fold puts its message together itself.

pub(crate) mod aggregator;
pub(crate) mod builder;
pub(crate) mod content;
mod emitter;
pub(crate) mod format;
