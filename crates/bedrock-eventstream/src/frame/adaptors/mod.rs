//! Frames in the shapes of other libraries, each behind a feature of its own. The rules of decoding and encoding are not here.

#[cfg(feature = "tokio-codec")]
mod codec;
#[cfg(feature = "smithy")]
mod smithy;
#[cfg(feature = "stream")]
mod stream;

#[cfg(feature = "tokio-codec")]
pub use codec::{CodecError, FrameCodec};
#[cfg(feature = "stream")]
pub use stream::FrameStream;
