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

mod adaptors;
mod decode;
mod encode;
mod error;
mod header;
mod kind;
mod limits;
mod view;

pub use decode::{FrameDecoder, Frames};
pub use encode::{EncodeError, FrameBuilder};
pub use error::{FrameError, FrameErrorKind, HeaderFault};
pub use header::{Header, HeaderValue, Headers};
pub use kind::FrameKind;
pub use limits::Limits;
pub use view::{Frame, FrameView};

#[cfg(feature = "stream")]
pub use adaptors::FrameStream;
#[cfg(feature = "tokio-codec")]
pub use adaptors::{CodecError, FrameCodec};
