//! How a wire type is declared: one table of names a type, and nothing on the wire gets lost.
//!
//! For: the macros [`wire_struct!`](crate::wire_struct), [`wire_union!`](crate::wire_union),
//! [`wire_tagged!`](crate::wire_tagged) and [`wire_enum!`](crate::wire_enum), and the traits behind them. Formats that
//! callers add can be declared with the same macros.
//! Not for: any format's own shapes; they stand in the file of their format.
//!
//! The rules, the same for every type declared here:
//!
//! - A key that the type does not know is kept in `extra` and written back.
//! - An explicit `null` reads as the field's absence, and is written back as `null`.
//! - A value that is not of its field's type is set aside, alone: it is kept under its own key in `extra` (an item of a list
//!   with its place), written back where it stood unless the field has got a value since, and returned by [`read()`] with its
//!   path: in a streamed answer under `malformed`, and the answer then is not complete (`chunk`). Only the outermost value must
//!   be what its type says, and at most 64 in it may be odd; else it is refused whole.
//! - A required field that is not there reads as its type's default: half a message is still a message.
//! - A union member, tag or enum value that is not known is kept whole (`Unknown`, `Other`).
//!
//! What means plainly what its field can say is read, is not reported, and is written back as the field writes it:
//!
//! | the field holds | read as well | example |
//! |---|---|---|
//! | an integer | an integral number, since Bedrock's guardrails rewrite numbers so | `28.0`, `1e3` |
//! | an integer | a text of digits, with or without a minus | `"3"` |
//! | a number | a text that is a JSON number | `"0.5"` |
//! | true or false | the text of it | `"true"` |
//! | a text | a number, as JSON writes it; not where the text is base64 or one of some words | `9` |
//! | a text that holds JSON: the input of a tool's call | an object or a list | `{"q":1}` |
//!
//! ```
//! use bedrock_formats::wire_struct;
//!
//! wire_struct! {
//!     /// Where to stop.
//!     pub struct Limits {
//!         /// The most tokens to generate.
//!         "maxTokens" max_tokens: Option<u64>,
//!         /// Texts that end the answer.
//!         "stop" stop: Vec<String>,
//!     }
//! }
//!
//! let limits: Limits = serde_json::from_str(r#"{"maxTokens":28.0,"stop":["END"],"new":true}"#)?;
//! assert_eq!(limits.max_tokens, Some(28));
//! assert_eq!(serde_json::to_string(&limits)?, r#"{"maxTokens":28,"stop":["END"],"new":true}"#);
//! assert_eq!(Limits::default().max_tokens(5).max_tokens, Some(5));
//! # Ok::<(), serde_json::Error>(())
//! ```

// First: the tests of what follows use its macros.
#[macro_use]
mod declare;

mod aside;
mod containers;
mod error;
mod extra;
mod fields;
mod input;
mod read;
mod shape;
mod write;

pub use aside::{Aside, Odd};
pub use error::{Misfit, WireError};
pub use extra::Extra;
pub use fields::{Blob, BlobError, IntoField, Num, OneOrMany, TextOr};
pub use input::Input;
pub(crate) use read::fill;
pub use read::{read, read_into, read_value};
pub use shape::{Object, View, Wire};

/// What the macros need and callers never name.
#[doc(hidden)]
pub mod private {
    pub use super::containers::{fill_object, fill_tagged, fill_union, object_is_default, resolve};
    pub use super::fields::{JsonText, text};
    pub use super::read::deserialize;
    pub use super::shape::{Choice, Entries, List};
    pub use super::write::{debug, is_same};
    pub use serde;
    pub use serde_json;
}
