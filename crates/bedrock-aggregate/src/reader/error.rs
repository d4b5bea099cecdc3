//! Why a stream cannot be read any further, and unknown names of formats.

use bedrock_eventstream::frame::FrameError;
use bedrock_eventstream::sse::SseError;

use crate::completeness::StreamException;
use crate::reader::answer::Malformed;

/// The stream cannot be read any further. What had arrived is kept: [`Reader::finish`](crate::Reader::finish) gives it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// A frame is damaged: where and how.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// An event of server-sent events breaks a limit or is not UTF-8: where and how.
    #[error(transparent)]
    Sse(#[from] SseError),
    /// The service broke the answer off.
    #[error(transparent)]
    Exception(#[from] StreamException),
    /// A chunk is malformed, and the reader stops at such chunks ([`Reader::stop_at_malformed`](crate::Reader::stop_at_malformed)).
    #[error("{0}")]
    Malformed(Malformed),
    /// The stream is longer than the reader may take.
    #[error("the stream is longer than {limit} bytes")]
    TooLong {
        /// The limit set by [`Reader::with_max_bytes`](crate::Reader::with_max_bytes).
        limit: u64,
    },
    /// The answer takes more memory than it may.
    #[error("the answer takes more than {limit} bytes of memory")]
    TooLarge {
        /// The limit set by [`Reader::with_max_held`](crate::Reader::with_max_held).
        limit: usize,
    },
}

/// There is no format of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no format is named {name:?}; known formats: {}", known.join(", "))]
pub struct UnknownFormat {
    /// The name asked for.
    pub name: String,
    /// The names there are.
    pub known: Vec<String>,
}
