//! Frames of `application/vnd.amazon.eventstream`: decoding, encoding, and what a frame is. What the payloads mean is not
//! known here; nor is the signing of events, which is done on frames from outside.
//!
//! ```text
//! u32 length of the whole frame     u32 length of the headers     u32 CRC-32 of these eight bytes
//! headers: u8 length of the name, name, u8 type, value
//! payload
//! u32 CRC-32 of all before it
//! ```
//!
//! All numbers are big-endian. [`FrameDecoder`] reads this, [`FrameBuilder`] writes it.

mod carry;
mod check;
mod decoder;
mod encode;
mod error;
mod frames;
mod header;
mod kind;
mod limits;
mod view;

#[cfg(feature = "tokio-codec")]
mod codec;
#[cfg(feature = "smithy")]
mod smithy;
#[cfg(feature = "stream")]
mod stream;

pub use decoder::FrameDecoder;
pub use encode::{EncodeError, FrameBuilder};
pub use error::{FrameError, FrameErrorKind, HeaderFault};
pub use frames::Frames;
pub use header::{Header, HeaderValue, Headers};
pub use kind::FrameKind;
pub use limits::Limits;
pub use view::{Frame, FrameView};

#[cfg(feature = "tokio-codec")]
pub use codec::{CodecError, FrameCodec};
#[cfg(feature = "stream")]
pub use stream::FrameStream;
