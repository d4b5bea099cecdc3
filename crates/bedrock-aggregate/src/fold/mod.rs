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
pub(crate) mod raw_list;
pub(crate) mod text_completion;
pub(crate) mod tool_calls;
pub(crate) mod unknown_fields;

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use bedrock_formats::reply::{Reply, ToReply};
use bedrock_formats::wire::{self, Odd, Wire};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::completeness::{Missing, StreamException};
use crate::event::Listener;
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
    /// A chunk that says itself what it is.
    #[must_use]
    pub const fn new(json: &'a [u8]) -> Self {
        Self { event_type: None, json }
    }

    /// A chunk that its event's name explains.
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
    /// The chunk is no part of this message: it begins another, goes on after this one's end, or contradicts what was told of
    /// it. Nothing of it was taken or told, and nothing of what follows can be told to belong to this message; it may be
    /// given to a fold of its own.
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
/// Aggregate chunk after chunk, build once, clear, and use it again. A format of your own needs the three methods
/// without a body; the others have sensible ones.
///
/// ```
/// use bedrock_aggregate::{Aggregator, BuildError, ChunkError, Event, Listener};
///
/// /// Collects words.
/// #[derive(Default)]
/// struct Words(Option<String>);
///
/// impl Aggregator for Words {
///     type Chunk = String;
///     type Message = String;
///
///     fn aggregate(&mut self, word: String, _events: &mut Listener<'_>) -> Result<(), ChunkError> {
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
/// words.aggregate("Hello".into(), &mut Listener::none())?;
/// words.aggregate(", world".into(), &mut Listener::none())?;
/// assert_eq!(words.build()?, "Hello, world");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Aggregator {
    /// A chunk, parsed.
    type Chunk: DeserializeOwned;
    /// The complete response, in the format's own shape.
    type Message;

    /// Takes one chunk and tells the listener what it brought.
    ///
    /// # Errors
    ///
    /// [`ChunkError::AlreadyBuilt`] between `build` and `clear`; [`ChunkError::Exception`] where the chunk is the
    /// service's error; [`ChunkError::OtherMessage`] where it is no part of the message.
    fn aggregate(&mut self, chunk: Self::Chunk, events: &mut Listener<'_>) -> Result<(), ChunkError>;

    /// The message of all chunks so far. What is missing of it, [`missing`](Self::missing) tells.
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
    fn aggregate_raw(&mut self, chunk: RawChunk<'_>, events: &mut Listener<'_>) -> Result<(), ChunkError> {
        self.aggregate(serde_json::from_slice(chunk.json)?, events)
    }

    /// Takes a chunk that is a delta as the service writes nearly all of them, with nothing beside it; `None`, with nothing taken,
    /// for any other. A reader tries this first: what is taken here is no error and holds none, so nobody has to look for it.
    /// [`aggregate_raw`](Self::aggregate_raw) takes such chunks too.
    fn aggregate_delta(&mut self, chunk: RawChunk<'_>, events: &mut Listener<'_>) -> Option<()> {
        let _ = (chunk, events);
        None
    }

    /// Says which model answers, by the id it was called with; before the first chunk. It outlives
    /// [`clear`](Self::clear). Only folds of formats that models write differently need it.
    fn set_model_id(&mut self, model_id: &str) {
        let _ = model_id;
    }

    /// Takes note that no chunk will follow, and tells the listener what had been held back until it was clear what it is.
    /// [`build`](Self::build) does not need it.
    fn end(&mut self, events: &mut Listener<'_>) {
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
pub(crate) fn take_read<A>(fold: &mut A, json: &[u8], events: &mut Listener<'_>) -> Result<(), ChunkError>
where
    A: Aggregator,
    A::Chunk: Wire + Default,
{
    let (chunk, odd) = wire::read(json)?;
    fold.aggregate(chunk, events)?;
    report(odd)
}

/// The last word on a chunk that has been taken.
pub(crate) fn report(odd: Vec<Odd>) -> Result<(), ChunkError> {
    let odd = told(odd);
    if odd.is_empty() { Ok(()) } else { Err(ChunkError::Odd(odd)) }
}

/// What of odd values there is to be told: `"error":false` says that there is no error, and `"error":"text"` beside an answer is heard as
/// what it is. Both are kept where they stood.
pub(crate) fn told(mut odd: Vec<Odd>) -> Vec<Odd> {
    let is_error = |odd: &Odd| odd.error.path().rsplit('.').next() == Some("error");
    odd.retain(|odd| odd.error.path() != "error" && !(is_error(odd) && faults::is_nothing(&odd.value)));
    odd
}

/// A format's response: it can be written as the service would have sent it, and told in the common vocabulary.
///
/// Implemented for every type with the right traits.
pub trait NativeMessage: Any + fmt::Debug + Send + Sync {
    /// The response as JSON, as the service would have sent it without streaming.
    fn to_json(&self) -> Value;
    /// The response in the common vocabulary.
    fn to_reply(&self) -> Reply;
    /// The same, where it is known which model was called.
    fn to_reply_of(&self, model_id: Option<&str>) -> Reply;
    /// How many bytes of memory it takes, roughly.
    fn held(&self) -> usize;
    /// For [`Native::get`].
    fn as_any(&self) -> &dyn Any;
}

impl<T: Serialize + ToReply + fmt::Debug + Send + Sync + 'static> NativeMessage for T {
    fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or(Value::Null)
    }

    fn to_reply(&self) -> Reply {
        ToReply::to_reply(self)
    }

    fn to_reply_of(&self, model_id: Option<&str>) -> Reply {
        ToReply::to_reply_of(self, model_id)
    }

    fn held(&self) -> usize {
        in_memory(&serde_json::to_vec(self).unwrap_or_default())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// How many bytes JSON text takes as a tree, roughly: as many as it has, and room for each of its values.
fn in_memory(json: &[u8]) -> usize {
    /// An entry of a map takes some 150 bytes and has two of the marks that are counted.
    const MARK: usize = 75;
    let (mut held, mut rest) = (json.len(), json);
    while let Some((&byte, behind)) = rest.split_first() {
        rest = match byte {
            b'"' => behind_text(behind),
            b',' | b':' | b'{' | b'[' => {
                held += MARK;
                behind
            }
            _ => behind,
        };
    }
    held
}

/// What follows the text whose inside begins here.
fn behind_text(mut rest: &[u8]) -> &[u8] {
    while let Some(at) = memchr::memchr2(b'"', b'\\', rest) {
        let is_end = rest[at] == b'"';
        rest = rest.get(at + if is_end { 1 } else { 2 }..).unwrap_or_default();
        if is_end {
            return rest;
        }
    }
    &[]
}

/// A complete response of some format.
///
/// ```
/// use bedrock_aggregate::Native;
/// use bedrock_formats::nova;
///
/// let native = Native::new(nova::Response::default());
/// assert!(native.get::<nova::Response>().is_some());
/// assert!(native.get::<bedrock_formats::anthropic::Message>().is_none());
/// ```
#[derive(Debug, Clone)]
pub struct Native(Arc<dyn NativeMessage>);

impl Native {
    /// Wraps a response.
    pub fn new(message: impl NativeMessage) -> Self {
        Self(Arc::new(message))
    }

    /// The response as its own type, if it is of that type.
    #[must_use]
    pub fn get<T: 'static>(&self) -> Option<&T> {
        self.0.as_any().downcast_ref()
    }

    /// The response as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        self.0.to_json()
    }

    /// How many bytes of memory it takes, roughly.
    #[must_use]
    pub(crate) fn held(&self) -> usize {
        self.0.held()
    }

    /// The response in the common vocabulary.
    #[must_use]
    pub fn to_reply(&self) -> Reply {
        self.0.to_reply()
    }

    /// The same, where it is known which model was called: with some models that decides what is reasoning.
    #[must_use]
    pub fn to_reply_of(&self, model_id: Option<&str>) -> Reply {
        self.0.to_reply_of(model_id)
    }
}

impl PartialEq for Native {
    fn eq(&self, other: &Self) -> bool {
        self.to_json() == other.to_json()
    }
}

impl Serialize for Native {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

/// An [`Aggregator`] whose types are forgotten: what the registry makes and the reader drives.
///
/// Implemented for every aggregator whose message is a [`NativeMessage`].
pub trait Fold: Send {
    /// As [`Aggregator::aggregate_raw`].
    ///
    /// # Errors
    ///
    /// As there.
    fn push(&mut self, chunk: RawChunk<'_>, events: &mut Listener<'_>) -> Result<(), ChunkError>;
    /// As [`Aggregator::aggregate_delta`].
    fn push_delta(&mut self, chunk: RawChunk<'_>, events: &mut Listener<'_>) -> Option<()>;
    /// As [`Aggregator::build`].
    ///
    /// # Errors
    ///
    /// As there.
    fn build(&mut self) -> Result<Native, BuildError>;
    /// As [`Aggregator::set_model_id`].
    fn set_model_id(&mut self, model_id: &str);
    /// As [`Aggregator::end`].
    fn end(&mut self, events: &mut Listener<'_>);
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
    fn push(&mut self, chunk: RawChunk<'_>, events: &mut Listener<'_>) -> Result<(), ChunkError> {
        self.aggregate_raw(chunk, events)
    }

    fn push_delta(&mut self, chunk: RawChunk<'_>, events: &mut Listener<'_>) -> Option<()> {
        self.aggregate_delta(chunk, events)
    }

    fn build(&mut self) -> Result<Native, BuildError> {
        Aggregator::build(self).map(Native::new)
    }

    fn set_model_id(&mut self, model_id: &str) {
        Aggregator::set_model_id(self, model_id);
    }

    fn end(&mut self, events: &mut Listener<'_>) {
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

/// Where a fold stands between its first chunk, `build` and `clear`: the part of the contract that is the same for all.
///
/// A stream holds one message. What belongs to another, goes on after this one's last word, or contradicts what was told is
/// refused, and so is all that follows it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Stage {
    begun: bool,
    /// The message has said its last word.
    ended: bool,
    /// The stream has left the message for another.
    left: bool,
    built: bool,
}

impl Stage {
    /// Notes that a chunk is being taken.
    pub(crate) fn take(&mut self) -> Result<(), ChunkError> {
        if self.built {
            return Err(ChunkError::AlreadyBuilt);
        }
        if self.left {
            return Err(ChunkError::other_message("it follows what is no part of the message"));
        }
        self.begun = true;
        Ok(())
    }

    /// Hands on the verdict whether a chunk is a part of the message: once one is not, nothing is.
    pub(crate) fn admit(&mut self, verdict: Result<(), ChunkError>) -> Result<(), ChunkError> {
        self.left |= matches!(verdict, Err(ChunkError::OtherMessage(_)));
        verdict
    }

    /// Notes that the message has said its last word: only what describes it may follow.
    pub(crate) fn end(&mut self) {
        self.ended = true;
    }

    /// Whether the message has said its last word.
    pub(crate) fn has_ended(self) -> bool {
        self.ended
    }

    /// Whether the message goes on.
    #[inline]
    pub(crate) fn is_folding(self) -> bool {
        self == Self { begun: true, ended: false, left: false, built: false }
    }

    /// Refuses what says more of a message that has said its last word.
    pub(crate) fn expect_open(self, what: &str) -> Result<(), ChunkError> {
        if self.ended {
            return Err(ChunkError::other_message(format!("{what} after the end of the message")));
        }
        Ok(())
    }

    /// Notes that the message is being built.
    pub(crate) fn build(&mut self) -> Result<(), BuildError> {
        match (self.begun, self.built) {
            (_, true) => Err(BuildError::AlreadyBuilt),
            (false, _) => Err(BuildError::Empty),
            (true, false) => {
                self.built = true;
                Ok(())
            }
        }
    }

    /// Whether any chunk was taken.
    pub(crate) fn is_empty(self) -> bool {
        !self.begun
    }
}
