//! Deltas read without a JSON parser: nineteen chunks in twenty are one.
//!
//! For: [`scanner`] where the service writes a delta in one fixed way; [`template`] where each server has its own, learned
//! from the delta before.
//! Not for: deciding what a delta means. Whatever is not recognised exactly goes to serde, and property tests hold the two to
//! the same result.

pub(crate) mod scanner;
pub(crate) mod template;
