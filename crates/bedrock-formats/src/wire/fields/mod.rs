//! The types that fields have: JSON's own, base64, either of two shapes, a number as it was written; and what sets them.
//! Not for: objects and unions; they are declared with the macros of `declare`.

mod blob;
mod either;
mod into_field;
mod json;
mod num;
mod plain;

pub use blob::{Blob, BlobError};
pub use either::{OneOrMany, TextOr};
pub use into_field::IntoField;
pub use json::{JsonText, text};
pub use num::Num;
