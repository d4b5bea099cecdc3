//! Types that fields have besides JSON's own: base64, either of two shapes, a number as it was written.
//! Not for: JSON's own types; see `value.rs`.

mod blob;
mod either;
mod num;

pub use blob::{Blob, BlobError};
pub use either::{OneOrMany, TextOr};
pub use num::Num;
