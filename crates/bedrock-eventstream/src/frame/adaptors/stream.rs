//! Frames as a stream (feature `stream`).

use bytes::Bytes;

use crate::frame::{Frame, FrameDecoder, FrameError};
use crate::stream::{Decoded, PushDecoder};

/// A stream of owned frames out of any stream of pieces.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use bedrock_eventstream::frame::{FrameBuilder, FrameStream};
/// use futures_util::{StreamExt, stream};
///
/// let bytes = FrameBuilder::event("chunk").build(b"{}")?.into_bytes();
/// let pieces = vec![Ok::<_, std::io::Error>(bytes.slice(..30)), Ok(bytes.slice(30..))];
/// let mut frames = FrameStream::new(stream::iter(pieces));
/// while let Some(frame) = frames.next().await {
///     assert_eq!(frame?.payload(), b"{}");
/// }
///
/// let cut = vec![Ok::<_, std::io::Error>(bytes.slice(..30))];
/// let frames: Vec<_> = FrameStream::new(stream::iter(cut)).collect().await;
/// assert!(frames[0].is_err());
/// # Ok(())
/// # }
/// ```
pub type FrameStream<S> = Decoded<S, FrameDecoder>;

impl PushDecoder for FrameDecoder {
    type Item = Frame;
    type Error = FrameError;

    fn push(&mut self, piece: Bytes) {
        self.push(piece);
    }

    fn next_item(&mut self) -> Result<Option<Frame>, FrameError> {
        self.next_frame()
    }

    fn finish(&self) -> Result<(), FrameError> {
        self.finish()
    }
}
