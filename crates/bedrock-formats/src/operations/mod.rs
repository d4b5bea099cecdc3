//! One operation around the models a file: what it is asked and what it answers. The formats inside stand in `formats`.

pub mod async_invoke;
pub mod batch;
pub mod catalog;
pub mod count_tokens;
pub mod invoke;
pub mod rerank;
