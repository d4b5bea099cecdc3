//! Answers that come in pieces: opening them, their events, their end; and streams in both directions.
//!
//! Not for what the bytes mean, which is `bedrock-aggregate`'s, nor for answers that come whole; see `call`.

mod answer;
mod arriving;
mod duplex;
mod ending;
mod open;
mod sink;
mod text;

pub use answer::AnswerStream;
pub use duplex::{Input, Output, Session};
pub(crate) use duplex::{InputClosed, SignedFrames};
pub(crate) use open::{ReadSettings, open};
pub use text::TextStream;
