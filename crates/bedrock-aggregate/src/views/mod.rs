//! Views of the same events and answers: with the ids of a run, in the vocabularies of front ends, as partial values.
//! Not for: making events; that is the folds' work.

pub mod agui;
pub mod opik;
pub(crate) mod partial_json;
pub(crate) mod run;
pub mod simple;
pub(crate) mod tool_inputs;
