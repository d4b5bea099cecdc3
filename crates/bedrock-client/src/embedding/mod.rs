//! Vectors of texts: the families of models that make them, and the requests that many texts become.
//!
//! Not for sending; see `operations/embed.rs`.

mod family;
mod plan;

pub(crate) use family::EmbeddingSettings;
pub use family::{EmbeddingFamily, EmbeddingPurpose, Truncation};
#[cfg(test)]
pub(crate) use plan::MOST_BYTES;
pub(crate) use plan::Plan;
pub use plan::{Embedding, EmbeddingBatch};
