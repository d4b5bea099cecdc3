//! What a fold is: [`Aggregator`], with types; and [`Fold`], the same behind a `dyn` pointer.
//! Not for: any one format (see [`formats`](crate::formats)), nor bytes (see [`Reader`](crate::Reader)).

pub(crate) mod block_slots;
pub(crate) mod chat;
pub(crate) mod choices;
pub(crate) mod fast_path;
pub(crate) mod faults;
pub(crate) mod format;
pub(crate) mod growing_block;
pub(crate) mod inline_reasoning;
pub(crate) mod native;
pub(crate) mod raw_list;
pub(crate) mod stage;
pub(crate) mod text_completion;
pub(crate) mod tool_calls;
pub(crate) mod unknown_fields;

use bedrock_formats::wire::{self, Extra, Odd, Wire};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::completeness::{Missing, StreamException};
use crate::event::EventSink;
use native::{Native, NativeMessage};
use raw_list::RawList;

/// One chunk as it arrived: JSON, and the name of the frame or SSE event that held it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawChunk<'a> {
    /// The frame's `:event-type`, or the SSE event's name, where it says more than `chunk`.
    pub event_type: Option<&'a str>,
    /// The JSON text.
    pub json: &'a [u8],
}

impl<'a> RawChunk<'a> {
    /// A chunk that needs no event name.
    #[must_use]
    pub const fn new(json: &'a [u8]) -> Self {
        Self { event_type: None, json }
    }

    /// A chunk with its event's name.
    #[must_use]
    pub const fn named(event_type: &'a str, json: &'a [u8]) -> Self {
        Self { event_type: Some(event_type), json }
    }
}

/// A fold could not take a chunk.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ChunkError {
    /// The chunk is not JSON, or not of the format's shape. Nothing of it was taken; the fold can go on.
    #[error("malformed chunk: {0}")]
    Malformed(String),
    /// Some values in the chunk are not of their types: they are set aside, and the rest has been taken.
    #[error("malformed members: {}", .0.iter().map(|odd| odd.error.to_string()).collect::<Vec<_>>().join("; "))]
    Odd(Vec<Odd>),
    /// The chunk says that the service broke the answer off.
    #[error("{0}")]
    Exception(StreamException),
    /// The chunk is no part of this message: it begins another, continues after this one's end, or contradicts what was emitted of
    /// it. Nothing of it was taken or emitted, and nothing that follows can be known to belong to this message; it may be
    /// given to another fold.
    #[error("not of this message: {0}")]
    OtherMessage(String),
    /// The message has been built already: `clear` the aggregator before the next one.
    #[error("the message has been built already; clear the aggregator before it takes another")]
    AlreadyBuilt,
}

impl ChunkError {
    /// The chunk is no part of the message, and why.
    pub(crate) fn other_message(why: impl Into<String>) -> Self {
        Self::OtherMessage(why.into())
    }
}

impl From<serde_json::Error> for ChunkError {
    fn from(error: serde_json::Error) -> Self {
        Self::Malformed(error.to_string())
    }
}

/// A message could not be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// No chunk has been aggregated.
    #[error("no chunk has been aggregated")]
    Empty,
    /// The message has been built already.
    #[error("the message has been built already; clear the aggregator before it takes another")]
    AlreadyBuilt,
}

/// Folds the chunks of one format into that format's complete response.
///
/// Aggregate chunk after chunk, build once, clear, and use it again. Three methods have no body. A format whose chunks show the end of
/// the message needs [`missing`](Self::missing) too, else a stream that was cut counts as complete; and
/// [`snapshot`](Self::snapshot), else nothing is known of its message before the end, not even how much memory it takes.
///
/// For texts alone there is a [`TextAggregator`](crate::formats::TextAggregator), for chats in the shape of OpenAI's a
/// [`ChatAggregator`](crate::formats::ChatAggregator).
///
/// ```
/// use bedrock_aggregate::{Aggregator, BuildError, ChunkError, Event, EventSink};
///
/// /// Collects words.
/// #[derive(Default)]
/// struct Words(Option<String>);
///
/// impl Aggregator for Words {
///     type Chunk = String;
///     type Message = String;
///
///     fn aggregate(&mut self, word: String, _events: &mut EventSink<'_>) -> Result<(), ChunkError> {
///         self.0.get_or_insert_default().push_str(&word);
///         Ok(())
///     }
///     fn build(&mut self) -> Result<String, BuildError> {
///         self.0.clone().ok_or(BuildError::Empty)
///     }
///     fn clear(&mut self) {
///         self.0 = None;
///     }
/// }
///
/// let mut words = Words::default();
/// words.aggregate("Hello".into(), &mut EventSink::none())?;
/// words.aggregate(", world".into(), &mut EventSink::none())?;
/// assert_eq!(words.build()?, "Hello, world");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Aggregator {
    /// A chunk, parsed.
    type Chunk: DeserializeOwned;
    /// The complete response, in the format's own shape.
    type Message;

    /// Takes one chunk and emits what it brought.
    ///
    /// # Errors
    ///
    /// [`ChunkError::AlreadyBuilt`] between `build` and `clear`; [`ChunkError::Exception`] where the chunk is the
    /// service's error; [`ChunkError::OtherMessage`] where it is no part of the message.
    fn aggregate(&mut self, chunk: Self::Chunk, events: &mut EventSink<'_>) -> Result<(), ChunkError>;

    /// The message of all chunks so far. See [`missing`](Self::missing) for what it lacks.
    ///
    /// # Errors
    ///
    /// [`BuildError::Empty`] where there was no chunk, [`BuildError::AlreadyBuilt`] the second time.
    fn build(&mut self) -> Result<Self::Message, BuildError>;

    /// Forgets everything, so that the next message can begin. Buffers are kept.
    fn clear(&mut self);

    /// Takes one chunk as it arrived. Built-in folds read the deltas of text and tool input here without allocating.
    ///
    /// # Errors
    ///
    /// [`ChunkError::Malformed`] where the chunk is not of the format's shape, [`ChunkError::Odd`] where the rest of it has
    /// been taken, and those of [`aggregate`](Self::aggregate).
    fn aggregate_raw(&mut self, chunk: RawChunk<'_>, events: &mut EventSink<'_>) -> Result<(), ChunkError> {
        self.aggregate(serde_json::from_slice(chunk.json)?, events)
    }

    /// Takes a chunk that is a delta as the service writes nearly all of them, with nothing beside it; `None`, with nothing taken,
    /// for any other. A reader tries this first: what is taken here is no error and holds none, so there is no search for one.
    /// [`aggregate_raw`](Self::aggregate_raw) takes such chunks too.
    fn aggregate_delta(&mut self, chunk: RawChunk<'_>, events: &mut EventSink<'_>) -> Option<()> {
        let _ = (chunk, events);
        None
    }

    /// Says which model answers, by the id it was called with; before the first chunk. It outlives
    /// [`clear`](Self::clear). Only folds of formats that models write differently need it.
    fn set_model_id(&mut self, model_id: &str) {
        let _ = model_id;
    }

    /// Takes note that no chunk will follow, and emits what had been held back until it was clear what it is.
    /// [`build`](Self::build) does not need it.
    fn end(&mut self, events: &mut EventSink<'_>) {
        let _ = events;
    }

    /// What the message still lacks.
    fn missing(&self) -> Missing {
        Missing::default()
    }

    /// The events and chunks that were well-formed and not known, as they arrived.
    fn unknown(&self) -> &RawList {
        const { &RawList::new() }
    }

    /// The message so far, without ending it. `None` where there was no chunk, or the fold does not offer it.
    fn snapshot(&self) -> Option<Self::Message> {
        None
    }
}

/// Reads a chunk and has it taken. What in it is not of its type is reported when the rest is taken.
pub(crate) fn take_read<A>(fold: &mut A, json: &[u8], events: &mut EventSink<'_>) -> Result<(), ChunkError>
where
    A: Aggregator,
    A::Chunk: Wire + Default,
{
    let (chunk, odd) = wire::read(json)?;
    // First: an error of the chunk itself counts more than members that are not of their types.
    fold.aggregate(chunk, events)?;
    report(odd)
}

/// The whole answer that an object is, in the shape that Converse and Nova have in common.
pub(crate) fn whole_in<T: Wire + Default>(object: &Extra) -> Option<T> {
    object.get("output")?.get("message")?.as_object()?;
    wire::read_value(Value::from(object.clone())).ok().map(|(whole, _)| whole)
}

/// The last word on a chunk that has been taken.
pub(crate) fn report(odd: Vec<Odd>) -> Result<(), ChunkError> {
    let odd = reportable(odd);
    if odd.is_empty() { Ok(()) } else { Err(ChunkError::Odd(odd)) }
}

/// The odd values that are worth reporting: `"error":false` says that there is no error, and `"error":"text"` beside an answer is read as
/// an error. Both stay in the message where they stood.
pub(crate) fn reportable(mut odd: Vec<Odd>) -> Vec<Odd> {
    let is_error = |odd: &Odd| odd.error.path().rsplit('.').next() == Some("error");
    odd.retain(|odd| odd.error.path() != "error" && !(is_error(odd) && faults::is_nothing(&odd.value)));
    odd
}

/// An [`Aggregator`] with its types erased: what the registry makes and the reader drives.
///
/// Implemented for every aggregator whose message is a [`NativeMessage`].
pub trait Fold: Send {
    /// As [`Aggregator::aggregate_raw`].
    ///
    /// # Errors
    ///
    /// As there.
    fn push(&mut self, chunk: RawChunk<'_>, events: &mut EventSink<'_>) -> Result<(), ChunkError>;
    /// As [`Aggregator::aggregate_delta`].
    fn push_delta(&mut self, chunk: RawChunk<'_>, events: &mut EventSink<'_>) -> Option<()>;
    /// As [`Aggregator::build`].
    ///
    /// # Errors
    ///
    /// As there.
    fn build(&mut self) -> Result<Native, BuildError>;
    /// As [`Aggregator::set_model_id`].
    fn set_model_id(&mut self, model_id: &str);
    /// As [`Aggregator::end`].
    fn end(&mut self, events: &mut EventSink<'_>);
    /// As [`Aggregator::missing`].
    fn missing(&self) -> Missing;
    /// As [`Aggregator::unknown`].
    fn unknown(&self) -> &RawList;
    /// As [`Aggregator::snapshot`].
    fn snapshot(&self) -> Option<Native>;
    /// As [`Aggregator::clear`].
    fn clear(&mut self);
}

impl<A> Fold for A
where
    A: Aggregator + Send,
    A::Message: NativeMessage,
{
    fn push(&mut self, chunk: RawChunk<'_>, events: &mut EventSink<'_>) -> Result<(), ChunkError> {
        self.aggregate_raw(chunk, events)
    }

    fn push_delta(&mut self, chunk: RawChunk<'_>, events: &mut EventSink<'_>) -> Option<()> {
        self.aggregate_delta(chunk, events)
    }

    fn build(&mut self) -> Result<Native, BuildError> {
        Aggregator::build(self).map(Native::new)
    }

    fn set_model_id(&mut self, model_id: &str) {
        Aggregator::set_model_id(self, model_id);
    }

    fn end(&mut self, events: &mut EventSink<'_>) {
        Aggregator::end(self, events);
    }

    fn missing(&self) -> Missing {
        Aggregator::missing(self)
    }

    fn unknown(&self) -> &RawList {
        Aggregator::unknown(self)
    }

    fn snapshot(&self) -> Option<Native> {
        Aggregator::snapshot(self).map(Native::new)
    }

    fn clear(&mut self) {
        Aggregator::clear(self);
    }
}
