//! Server-sent events as a stream (feature `stream`).

use bytes::Bytes;

use super::{SseDecoder, SseError, SseEvent};
use crate::stream::{Decoded, PushDecoder};

/// A stream of owned events out of any stream of pieces.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use bedrock_eventstream::sse::SseStream;
/// use futures_util::{StreamExt, stream};
///
/// let pieces = ["data: o", "ne\n\ndata: two\n", "\n"].map(|piece| Ok::<_, std::io::Error>(piece.into()));
/// let mut events = SseStream::new(stream::iter(pieces));
/// let mut found = Vec::new();
/// while let Some(event) = events.next().await {
///     found.push(event?.data().into_owned());
/// }
/// assert_eq!(found, ["one", "two"]);
/// # Ok(())
/// # }
/// ```
pub type SseStream<S> = Decoded<S, SseDecoder>;

impl PushDecoder for SseDecoder {
    type Item = SseEvent;
    type Error = SseError;

    fn push(&mut self, piece: Bytes) {
        self.push(piece);
    }

    fn next_item(&mut self) -> Result<Option<SseEvent>, SseError> {
        self.next_event()
    }

    fn finish(&self) -> Result<(), SseError> {
        self.finish()
    }
}
