//! Frames for `tokio_util::codec` (feature `tokio-codec`): a reader or writer of tokio becomes a stream or sink of frames.

use bytes::BytesMut;
use tokio_util::codec::{Decoder, Encoder};

use crate::frame::decode::Checker;
use crate::frame::{Frame, FrameError, FrameErrorKind, Limits};

/// Decodes and encodes [`Frame`]s.
///
/// Frames that were read share the read buffer. The end of input inside a frame is an error.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use bedrock_eventstream::frame::{FrameBuilder, FrameCodec};
/// use futures_util::{SinkExt, StreamExt};
/// use tokio_util::codec::{FramedRead, FramedWrite};
///
/// let (ours, theirs) = tokio::io::duplex(64);
/// let sender = async move {
///     let mut sink = FramedWrite::new(ours, FrameCodec::new());
///     sink.send(FrameBuilder::event("chunk").build(b"{}")?).await?;
///     Ok::<_, Box<dyn std::error::Error>>(())
/// };
/// let receiver = FramedRead::new(theirs, FrameCodec::new()).collect::<Vec<_>>();
/// let (sent, received) = futures_util::future::join(sender, receiver).await;
/// sent?;
/// assert_eq!(received[0].as_ref().unwrap().payload(), b"{}");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct FrameCodec {
    checker: Checker,
}

impl FrameCodec {
    /// A codec with the limits of [`Limits::new`].
    pub fn new() -> Self {
        Self::default()
    }

    /// A codec with limits of the caller's. They hold for reading: a frame was built under limits of its own.
    pub fn with_limits(limits: Limits) -> Self {
        Self { checker: Checker::new(limits) }
    }
}

impl Decoder for FrameCodec {
    type Item = Frame;
    type Error = CodecError;

    fn decode(&mut self, source: &mut BytesMut) -> Result<Option<Frame>, CodecError> {
        if let Some(error) = self.checker.error {
            return Err(error.into());
        }
        // The prelude is hashed again at each call until
        // the frame is whole; the frame itself only then.
        let Some(taken) = self.checker.take(source, None)? else { return Ok(None) };
        let frame = source.split_to(taken.length).freeze();
        Ok(Some(Frame::new(frame, taken.headers_length, taken.offset)))
    }

    fn decode_eof(&mut self, source: &mut BytesMut) -> Result<Option<Frame>, CodecError> {
        if let Some(frame) = self.decode(source)? {
            return Ok(Some(frame));
        }
        // Also called again after the last frame, until it gives `None`.
        if source.is_empty() {
            return Ok(None);
        }
        let length = self.checker.begun.map(|prelude| prelude.length() as u32);
        Err(self.checker.fail(FrameErrorKind::Cut { held: source.len(), length }).into())
    }
}

/// Frames are encoded when they are built, so here they are only copied.
impl Encoder<Frame> for FrameCodec {
    type Error = CodecError;

    fn encode(&mut self, frame: Frame, out: &mut BytesMut) -> Result<(), CodecError> {
        out.extend_from_slice(frame.as_bytes());
        Ok(())
    }
}

/// What ends a stream or sink of frames.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// Reading or writing failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// What was read is no frame.
    #[error("{0}")]
    Frame(#[from] FrameError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::FrameBuilder;

    #[test]
    fn pieces_come_together_and_a_cut_is_an_error() {
        let frame = FrameBuilder::new().build(b"payload").unwrap();
        let mut codec = FrameCodec::new();
        let mut source = BytesMut::new();
        for byte in frame.as_bytes() {
            assert!(codec.decode(&mut source).unwrap().is_none());
            source.extend_from_slice(&[*byte]);
        }
        assert_eq!(codec.decode(&mut source).unwrap(), Some(frame.clone()));
        assert!(codec.decode_eof(&mut source).unwrap().is_none());

        source.extend_from_slice(&frame.as_bytes()[..20]);
        let Err(CodecError::Frame(error)) = codec.decode_eof(&mut source) else { panic!("no error") };
        assert_eq!(error.kind(), FrameErrorKind::Cut { held: 20, length: Some(23) });
        assert_eq!(error.offset(), 23);
    }

    #[test]
    fn the_first_error_is_final() {
        let mut codec = FrameCodec::new();
        let mut source = BytesMut::from(&b"not a frame at all"[..]);
        let first = codec.decode(&mut source).unwrap_err().to_string();
        let mut good = BytesMut::from(&FrameBuilder::new().build(b"").unwrap().as_bytes()[..]);
        assert_eq!(codec.decode(&mut good).unwrap_err().to_string(), first);
    }
}
