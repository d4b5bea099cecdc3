//! Server-sent events (`text/event-stream`), as the OpenAI-compatible and Anthropic-compatible endpoints stream them: a push
//! decoder of the same shape as that for frames. It reads what the HTML standard describes; reconnecting, which that
//! describes too, is the business of whoever owns the connection.
//!
//! ```
//! use bedrock_eventstream::sse::SseDecoder;
//!
//! let mut decoder = SseDecoder::new();
//! let mut texts = Vec::new();
//! for piece in [&b"event: delta\nda"[..], b"ta: {\"text\":\"Hi\"}\n\ndata: [DO", b"NE]\n\n"] {
//!     for event in decoder.feed(piece) {
//!         texts.push(event?.data().into_owned());
//!     }
//! }
//! decoder.finish()?;
//! assert_eq!(texts, [r#"{"text":"Hi"}"#, "[DONE]"]);
//! # Ok::<(), bedrock_eventstream::sse::SseError>(())
//! ```

mod decoder;
mod error;
mod event;
mod events;
mod limits;
mod scan;
mod state;

#[cfg(feature = "stream")]
mod stream;

pub use decoder::SseDecoder;
pub use error::{SseError, SseErrorKind};
pub use event::{SseEvent, SseEventView};
pub use events::SseEvents;
pub use limits::SseLimits;

#[cfg(feature = "stream")]
pub use stream::SseStream;
