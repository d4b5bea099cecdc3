//! A format as one value: its name, how its chunks and its whole responses are recognised, and its fold.
//! Not for: the list of the formats there are; see [`Registry`](crate::Registry).

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bedrock_formats::wire::{self, Odd, Wire};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::native::{Native, NativeMessage};
use super::{Aggregator, Fold};

/// What detection looks at: one chunk, parsed, and the name its event came under.
#[derive(Debug, Clone, Copy)]
pub struct Probe<'a> {
    /// The frame's `:event-type` or the SSE event's name, where it says more than `chunk`.
    pub event_type: Option<&'a str>,
    /// The chunk.
    pub chunk: &'a Value,
}

impl<'a> Probe<'a> {
    /// The value of a key of the chunk.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&'a Value> {
        self.chunk.get(key)
    }

    /// Whether the chunk has this key with a value that is not null.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some_and(|value| !value.is_null())
    }

    /// The text of a key of the chunk.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&'a str> {
        self.get(key).and_then(Value::as_str)
    }
}

type WholeParser = fn(&[u8]) -> Result<(Native, Vec<Odd>), serde_json::Error>;
type FoldMaker = fn() -> Box<dyn Fold>;

/// How chunks of a format are recognised: by a function where it is built in, so that its row is a constant.
#[derive(Clone)]
enum Detector {
    BuiltIn(fn(&Probe<'_>) -> bool),
    Own(Arc<dyn Fn(&Probe<'_>) -> bool + Send + Sync>),
}

/// The same for whole responses.
#[derive(Clone)]
enum WholeDetector {
    BuiltIn(fn(&Value) -> bool),
    Own(Arc<dyn Fn(&Value) -> bool + Send + Sync>),
}

/// One format: its name, how its chunks and its whole responses are recognised, its fold.
///
/// ```
/// use bedrock_aggregate::{Aggregator, BuildError, ChunkError, EventSink, Format, Framing, Missing, Reader, Registry};
/// use bedrock_formats::reply::{Block, Reply, ToReply};
/// use bedrock_formats::wire_struct;
///
/// wire_struct! {
///     /// A chunk of our model's, and its whole answer, which looks the same.
///     pub struct Haiku {
///         /// One line or all of them.
///         "haikuLine" line: String,
///         /// With the last line.
///         "end" end: Option<bool>,
///     }
/// }
/// impl ToReply for Haiku {
///     fn to_reply(&self) -> Reply {
///         let mut reply = Reply::default();
///         reply.content.push(Block::text(&self.line));
///         reply
///     }
/// }
///
/// #[derive(Default)]
/// struct HaikuFold(Option<Haiku>);
///
/// impl Aggregator for HaikuFold {
///     type Chunk = Haiku;
///     type Message = Haiku;
///     fn aggregate(&mut self, chunk: Haiku, _: &mut EventSink<'_>) -> Result<(), ChunkError> {
///         let haiku = self.0.get_or_insert_default();
///         haiku.line.push_str(&chunk.line);
///         haiku.end = chunk.end.or(haiku.end);
///         haiku.extra.extend(chunk.extra);
///         Ok(())
///     }
///     fn missing(&self) -> Missing {
///         let mut missing = Missing::default();
///         missing.empty = self.0.is_none();
///         missing.stop = self.0.as_ref().is_some_and(|haiku| haiku.end != Some(true));
///         missing
///     }
///     fn build(&mut self) -> Result<Haiku, BuildError> {
///         self.0.clone().ok_or(BuildError::Empty)
///     }
///     fn clear(&mut self) {
///         self.0 = None;
///     }
/// }
///
/// let mut registry = Registry::new();
/// registry.register(Format::of::<HaikuFold>("haiku").detected_by(|probe| probe.has("haikuLine")));
///
/// let mut reader = Reader::new(Framing::JsonLines).with_registry(registry);
/// let read = reader.push(b"{\"haikuLine\":\"old pond\"}\n{\"haikuLine\":\" / a frog\"}\n", &mut EventSink::none());
/// let answer = reader.finish(&mut EventSink::none())?;
/// read?;
/// assert_eq!((answer.format.as_str(), answer.reply.text().as_str()), ("haiku", "old pond / a frog"));
/// assert_eq!(answer.completeness.missing().unwrap().names(), ["stop"], "a third line was to come");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Format {
    name: Cow<'static, str>,
    detect: Detector,
    detect_whole: WholeDetector,
    /// Which chunks its fold reads where the model id promises the format: those that it detects, and more where chunks of
    /// another format have the same builder.
    reads: Option<fn(&Probe<'_>) -> bool>,
    /// Which chunks only announce an answer.
    announces: fn(&Probe<'_>) -> bool,
    /// A key that every chunk of it has.
    key: Option<&'static str>,
    whole: WholeParser,
    fold: FoldMaker,
}

impl Format {
    /// A format folded by `A`, whose whole response is the message that `A` builds. Without a detector it is never
    /// detected, only asked for by name.
    ///
    /// A member of the wrong type makes a whole response of a plain serde type malformed, and so a chunk, unless
    /// [`Aggregator::aggregate_raw`] reads it with [`wire::read`](bedrock_formats::wire::read), which sets aside that member only.
    #[must_use]
    pub fn of<A>(name: impl Into<String>) -> Self
    where
        A: Aggregator + Default + Send + 'static,
        A::Message: NativeMessage + DeserializeOwned,
    {
        Self {
            name: Cow::Owned(name.into()),
            detect: Detector::BuiltIn(|_| false),
            detect_whole: WholeDetector::BuiltIn(|_| false),
            reads: None,
            announces: |_| false,
            key: None,
            whole: |json| {
                serde_json::from_slice::<A::Message>(json).map(|whole| (Native::new(whole), Vec::new()))
            },
            fold: || Box::new(A::default()),
        }
    }

    /// A row of the table.
    pub(crate) const fn built_in<A>(
        name: &'static str,
        detect: fn(&Probe<'_>) -> bool,
        detect_whole: fn(&Value) -> bool,
    ) -> Self
    where
        A: Aggregator + Default + Send + 'static,
        A::Message: NativeMessage + Wire + Default,
    {
        Self {
            name: Cow::Borrowed(name),
            detect: Detector::BuiltIn(detect),
            detect_whole: WholeDetector::BuiltIn(detect_whole),
            reads: None,
            announces: |_| false,
            key: None,
            whole: |json| wire::read::<A::Message>(json).map(|(whole, odd)| (Native::new(whole), odd)),
            fold: || Box::new(A::default()),
        }
    }

    /// Says which chunks the fold reads beside those that are detected.
    pub(crate) const fn reading(mut self, reads: fn(&Probe<'_>) -> bool) -> Self {
        self.reads = Some(reads);
        self
    }

    /// Says which chunks announce an answer and bring nothing of it.
    pub(crate) const fn announced_by(mut self, announces: fn(&Probe<'_>) -> bool) -> Self {
        self.announces = announces;
        self
    }

    /// Names a key that every chunk has which is an answer's: one without it may be of another format.
    pub(crate) const fn keyed(mut self, key: &'static str) -> Self {
        self.key = Some(key);
        self
    }

    pub(crate) fn key(&self) -> Option<&'static str> {
        self.key
    }

    /// Says which chunks are of this format.
    #[must_use]
    pub fn detected_by(mut self, detect: impl Fn(&Probe<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.detect = Detector::Own(Arc::new(detect));
        self
    }

    /// Says which whole responses are of this format.
    #[must_use]
    pub fn whole_detected_by(mut self, detect: impl Fn(&Value) -> bool + Send + Sync + 'static) -> Self {
        self.detect_whole = WholeDetector::Own(Arc::new(detect));
        self
    }

    /// The format's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether a chunk is of this format.
    #[must_use]
    pub fn detects(&self, probe: &Probe<'_>) -> bool {
        match &self.detect {
            Detector::BuiltIn(detect) => detect(probe),
            Detector::Own(detect) => detect(probe),
        }
    }

    /// Whether a chunk fits the format, where the model's id makes it the one to be expected.
    pub(crate) fn reads(&self, probe: &Probe<'_>) -> bool {
        self.detects(probe) || self.reads.is_some_and(|reads| reads(probe))
    }

    /// Whether a chunk only announces an answer: nothing has been generated yet.
    pub(crate) fn announces(&self, probe: &Probe<'_>) -> bool {
        (self.announces)(probe)
    }

    /// Whether a whole response is of this format.
    #[must_use]
    pub fn detects_whole(&self, response: &Value) -> bool {
        match &self.detect_whole {
            WholeDetector::BuiltIn(detect) => detect(response),
            WholeDetector::Own(detect) => detect(response),
        }
    }

    /// A new fold.
    #[must_use]
    pub fn fold(&self) -> Box<dyn Fold> {
        (self.fold)()
    }

    /// Parses a whole response.
    ///
    /// # Errors
    ///
    /// When it is not JSON or not of this format's shape.
    pub fn parse_whole(&self, json: &[u8]) -> Result<Native, serde_json::Error> {
        self.read_whole(json).map(|(whole, _)| whole)
    }

    /// The same, with what was not of its type and has been set aside.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn read_whole(&self, json: &[u8]) -> Result<(Native, Vec<Odd>), serde_json::Error> {
        (self.whole)(json)
    }
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Format").field("name", &self.name).finish_non_exhaustive()
    }
}
