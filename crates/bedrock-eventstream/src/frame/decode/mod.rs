//! From bytes to checked frames, each file on those before it: `check` says whether bytes are a good frame, `carry` keeps the
//! bytes of one that is not whole yet, `frames` lends frames out of a piece, and `decoder` decides which bytes are looked at.

mod carry;
mod check;
mod decoder;
mod frames;

#[cfg(feature = "tokio-codec")]
pub(super) use check::Checker;
pub use decoder::FrameDecoder;
pub use frames::Frames;
