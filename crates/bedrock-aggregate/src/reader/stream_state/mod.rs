//! From frames, events and lines to the fold: unwraps chunks, picks the format, keeps what cannot be folded.
//! Not for: decoding bytes (see [`reader`](crate::reader)) nor any format's rules.

use std::sync::LazyLock;

use bedrock_formats::invocation_metrics::{BedrockKeys, InvocationMetrics};
use memchr::memmem::Finder;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::completeness::StreamException;
use crate::event::EventSink;
use crate::fold::faults::{self, Fault};
use crate::fold::format::{Format, Probe};
use crate::fold::{ChunkError, Fold, RawChunk};
use crate::reader::answer::{Answer, Place};
use crate::reader::contest::Contest;
use crate::reader::error::{ReadError, UnknownFormat};
use crate::reader::later_messages::LaterMessages;
use crate::reader::ledger::Ledger;
use crate::reader::pending_chunks::PendingChunks;
use crate::reader::unwrap::{self};
use crate::registry::Registry;

/// Where a chunk has measurements; they are searched for in every one that may have them.
static METRICS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(BedrockKeys::INVOCATION_METRICS));

/// The name of the events that hold a chunk in base64.
const WRAPPED: &str = "chunk";

mod answers;
mod detection;
mod documents;
mod input;
mod later;
pub(crate) mod records;

/// What a block of headers means: nearly all frames of a stream have the same one, and comparing is cheaper than parsing.
#[derive(Debug, Default)]
struct KnownFrame {
    /// Empty where no headers are known.
    headers: Vec<u8>,
    event_type: String,
    /// Whether the event is [`WRAPPED`].
    wraps: bool,
}

impl KnownFrame {
    /// Remembers the headers of an event, unless they are long.
    fn remember(&mut self, headers: &[u8], event_type: &str) {
        // Bedrock's own have 97 bytes at most in the recordings.
        const LONGEST: usize = 1024;
        self.headers.clear();
        self.event_type.clear();
        if headers.len() <= LONGEST {
            self.headers.extend_from_slice(headers);
            self.event_type.push_str(event_type);
            self.wraps = event_type == WRAPPED;
        }
    }

    fn is(&self, headers: &[u8]) -> bool {
        !headers.is_empty() && self.headers == headers
    }
}

/// The state of one stream behind its decoder.
pub(crate) struct StreamState {
    pub(crate) registry: Registry,
    pub(crate) model_id: Option<String>,
    pub(crate) fold: Option<(String, Box<dyn Fold>)>,
    /// A key that each chunk of the fold's format has.
    key: Option<&'static str>,
    /// Two folds, as long as the stream can be in two formats. There is no other then.
    pub(crate) contest: Option<Box<Contest>>,
    /// A whole response, where the document was one.
    whole: Option<Answer>,
    /// Chunks that came before the format was known.
    pub(crate) undecided: PendingChunks,
    /// Whether an undecided chunk says anything at all.
    pub(crate) undecided_matter: bool,
    /// Whether more than an announcement has come.
    pub(crate) arrived: bool,
    /// How many announcements came.
    pub(crate) announced: u32,
    metrics: Option<InvocationMetrics>,
    /// The measurements that those took the place of.
    earlier_metrics: Option<InvocationMetrics>,
    /// Whether the fold was ended.
    has_ended: bool,
    /// What follows the message.
    later_messages: LaterMessages,
    /// Whether chunks came as InvokeModel wraps them.
    pub(crate) invoked: bool,
    /// What was malformed, and the measure of what is held.
    pub(crate) ledger: Ledger,
    /// Base64 is decoded into this.
    scratch: Vec<u8>,
    /// What the last frame was.
    known: KnownFrame,
}

impl StreamState {
    pub(crate) fn new(registry: Registry) -> Self {
        Self {
            registry,
            model_id: None,
            fold: None,
            key: None,
            contest: None,
            whole: None,
            undecided: PendingChunks::default(),
            undecided_matter: false,
            arrived: false,
            announced: 0,
            metrics: None,
            earlier_metrics: None,
            has_ended: false,
            later_messages: LaterMessages::default(),
            invoked: false,
            ledger: Ledger::default(),
            scratch: Vec::new(),
            known: KnownFrame::default(),
        }
    }

    /// The state of a stream of this model's.
    fn of_model(registry: &Registry, model_id: Option<&str>) -> Self {
        let mut state = Self::new(registry.clone());
        if let Some(model_id) = model_id {
            state.set_model_id(model_id.to_owned());
        }
        state
    }

    pub(crate) fn choose(&mut self, name: &str) -> Result<(), UnknownFormat> {
        let format = self.registry.get(name).ok_or_else(|| UnknownFormat {
            name: name.to_owned(),
            known: self.registry.formats().map(|format| format.name().to_owned()).collect(),
        })?;
        let format = format.clone();
        self.decide(&format);
        Ok(())
    }

    pub(crate) fn set_model_id(&mut self, model_id: String) {
        if let Some((_, fold)) = &mut self.fold {
            fold.set_model_id(&model_id);
        }
        if let Some(contest) = &mut self.contest {
            contest.set_model_id(&model_id);
        }
        self.model_id = Some(model_id);
    }

    pub(crate) fn format(&self) -> Option<&str> {
        self.fold
            .as_ref()
            .map(|(name, _)| name.as_str())
            .or_else(|| self.contest.as_ref()?.name())
            .or(self.whole.as_ref().map(|whole| whole.format.as_str()))
    }

    /// Takes one chunk that may carry Bedrock's measurements.
    #[inline]
    fn measured(
        &mut self,
        chunk: RawChunk<'_>,
        place: Place,
        events: &mut EventSink<'_>,
    ) -> Result<(), ReadError> {
        let Some(json) = unwrap::bare(chunk.json) else { return Ok(()) };
        let chunk = RawChunk { json, ..chunk };
        // First: a chunk with measurements beside its delta is not taken as one.
        if self.delta(chunk, events) {
            return self.check_memory(chunk);
        }
        if METRICS.find(chunk.json).is_some() {
            self.take_metrics(chunk.json);
        }
        self.other(chunk, place, events)
    }

    /// Takes one chunk.
    #[inline]
    pub(crate) fn chunk(
        &mut self,
        chunk: RawChunk<'_>,
        place: Place,
        events: &mut EventSink<'_>,
    ) -> Result<(), ReadError> {
        if self.delta(chunk, events) { self.check_memory(chunk) } else { self.other(chunk, place, events) }
    }

    /// Takes a chunk if it is a delta and nothing else, which most are; whether it is one.
    #[inline(always)]
    fn delta(&mut self, chunk: RawChunk<'_>, events: &mut EventSink<'_>) -> bool {
        let taken = match &mut self.fold {
            Some((_, fold)) if !self.later_messages.has_begun() => fold.push_delta(chunk, events).is_some(),
            // Once a later message has begun, its fold takes the chunks, not this one.
            _ => false,
        };
        self.arrived |= taken;
        taken
    }

    /// Takes a chunk that is more than a delta, or is written otherwise.
    fn other(
        &mut self,
        chunk: RawChunk<'_>,
        place: Place,
        events: &mut EventSink<'_>,
    ) -> Result<(), ReadError> {
        let is_amid = !self.later_messages.has_begun() && (self.arrived || is_delta(chunk));
        let has_begun = self.arrived || self.announced > 0;
        if has_begun
            && !self.later_messages.has_begun()
            && let Some(why) = self.is_foreign(chunk)
        {
            self.begin_other(&why, chunk, place, events)?;
            return self.check_memory(chunk);
        }
        match &mut self.fold {
            None => return self.undecided(chunk, place, events),
            Some((_, fold)) if is_amid && !faults::may_hold(chunk.json) => {
                self.arrived = true;
                if let Err(error) = fold.push(chunk, events) {
                    self.judge(error, chunk, place, events)?;
                }
            }
            Some(_) => return self.inspect(chunk, place, events),
        }
        self.check_memory(chunk)
    }

    /// Takes a chunk that needs a closer look: nothing has arrived yet, the message is over, or it has a name of errors.
    fn inspect(
        &mut self,
        chunk: RawChunk<'_>,
        place: Place,
        events: &mut EventSink<'_>,
    ) -> Result<(), ReadError> {
        // What is not JSON is neither an error nor an announcement, as this value is; the fold
        // reports it.
        let value: Value = serde_json::from_slice(chunk.json).unwrap_or(Value::Bool(true));
        self.inspect_parsed(chunk, &value, place, events)?;
        self.check_memory(chunk)
    }

    /// The same for one that has been parsed.
    pub(crate) fn inspect_parsed(
        &mut self,
        chunk: RawChunk<'_>,
        value: &Value,
        place: Place,
        events: &mut EventSink<'_>,
    ) -> Result<(), ReadError> {
        let probe = Probe { event_type: chunk.event_type, chunk: value };
        let format = self.fold.as_ref().and_then(|(name, _)| self.registry.get(name)).cloned();
        let is_chunk =
            |fault: &Fault| format.as_ref().is_some_and(|format| is_chunk_of(format, &probe, fault));
        let fault = faults::of_document(value).filter(|fault| !is_chunk(fault));
        if let Some(fault) = fault.as_ref().filter(|fault| fault.alone) {
            return Err(self.break_off(fault.exception.clone(), events));
        }
        let pushed = match &mut self.fold {
            _ if self.later_messages.has_begun() => self.push_later(chunk, place),
            Some((_, fold)) => fold.push(chunk, events),
            None => Ok(()),
        };
        self.note_arrival(format.as_ref(), &probe);
        match (pushed, fault) {
            (Ok(()), Some(fault)) => Err(self.break_off(fault.exception, events)),
            (Ok(()), None) => Ok(()),
            (Err(error), _) => self.judge(error, chunk, place, events),
        }
    }

    /// The error that a chunk is or holds, where it is none of the format's own.
    fn fault_in(&self, chunk: RawChunk<'_>) -> Option<Fault> {
        let value: Value = serde_json::from_slice(chunk.json).ok()?;
        let fault = faults::of_document(&value)?;
        let format = self.fold.as_ref().and_then(|(name, _)| self.registry.get(name));
        let probe = Probe { event_type: chunk.event_type, chunk: &value };
        // What has a message and nothing else is judged by who calls.
        let is_chunk = format.is_some_and(|format| !fault.bare && is_chunk_of(format, &probe, &fault));
        (!is_chunk).then_some(fault)
    }

    /// Decides what to do with a chunk that the fold could not take.
    pub(crate) fn judge(
        &mut self,
        error: ChunkError,
        chunk: RawChunk<'_>,
        place: Place,
        events: &mut EventSink<'_>,
    ) -> Result<(), ReadError> {
        // It may be an error in a shape that the format does not have.
        let fault = self.fault_in(chunk);
        match (error, &fault) {
            (ChunkError::Exception(exception), _) => return Err(self.break_off(exception, events)),
            (ChunkError::OtherMessage(why), _) => self.begin_other(&why, chunk, place, events)?,
            (ChunkError::Odd(odd), _) => self.ledger.record_odd(place, &odd)?,
            (_, Some(fault)) => return Err(self.break_off(fault.exception.clone(), events)),
            (error, None) => return self.keep_unreadable(&error.to_string(), chunk, |_| place, events),
        }
        // A chunk that was taken may still hold an error.
        match fault.filter(|fault| !fault.bare) {
            Some(fault) => Err(self.break_off(fault.exception, events)),
            None => Ok(()),
        }
    }

    /// Records a chunk that could not be read. Where it is several without a separator, as of two concatenated bodies,
    /// each is taken by itself, with its number for a place, and only what cannot be read is recorded.
    #[cold]
    pub(crate) fn keep_unreadable(
        &mut self,
        error: &str,
        chunk: RawChunk<'_>,
        place: impl Fn(u64) -> Place,
        events: &mut EventSink<'_>,
    ) -> Result<(), ReadError> {
        if unwrap::split_object(chunk.json).is_none_or(|(_, rest)| rest.is_empty()) {
            return self.ledger.record_chunk(place(1), error.to_owned(), chunk.json);
        }
        let (mut rest, mut number) = (chunk.json, 1);
        while let Some(json) = unwrap::bare(rest) {
            let Some((one, more)) = unwrap::split_object(json) else {
                let error = serde_json::from_slice::<IgnoredAny>(json).err();
                let error = error.map_or_else(|| "no object".to_owned(), |error| error.to_string());
                return self.ledger.record_chunk(place(number), error, json);
            };
            self.text(RawChunk { json: one, ..chunk }, place(number), events)?;
            (rest, number) = (more, number + 1);
        }
        Ok(())
    }

    /// Emits what the fold still holds back, and then that the service broke the answer off: nothing is emitted after
    /// that.
    #[cold]
    pub(crate) fn break_off(&mut self, exception: StreamException, events: &mut EventSink<'_>) -> ReadError {
        // Before the error is emitted: behind it AG-UI's run is over, and a stop that waited would
        // be lost.
        if let Err(earlier) = self.settle(true, events) {
            return earlier;
        }
        self.end_fold(events);
        broken_off(exception, events)
    }

    /// Ends the fold, once.
    pub(crate) fn end_fold(&mut self, events: &mut EventSink<'_>) {
        if let Some((_, fold)) = &mut self.fold
            && !std::mem::replace(&mut self.has_ended, true)
        {
            fold.end(events);
        }
    }

    /// Notes that a chunk has been taken, and measures what the folds hold where it is time to.
    #[inline]
    pub(crate) fn check_memory(&mut self, chunk: RawChunk<'_>) -> Result<(), ReadError> {
        if self.ledger.is_measurement_due(chunk.json.len()) { self.measure() } else { Ok(()) }
    }

    /// Measures what the folds hold.
    #[cold]
    #[inline(never)]
    fn measure(&mut self) -> Result<(), ReadError> {
        let held =
            |fold: &dyn Fold| fold.unknown().held() + fold.snapshot().map_or(0, |native| native.held());
        // Both folds have taken the same chunks: one is measured for the two.
        let in_doubt = self.contest.as_ref().map_or(0, |contest| 2 * held(contest.likelier().1));
        let first = self.fold.as_ref().map_or(0, |(_, fold)| held(&**fold)) + in_doubt;
        let later = self.later_messages.later().iter().map(|later| held(&*later.fold));
        let held = first + later.sum::<usize>();
        self.ledger.measured(held)
    }

    /// Reads Bedrock's measurements, which any chunk of any format may carry.
    fn take_metrics(&mut self, json: &[u8]) {
        #[derive(Deserialize)]
        struct Measured {
            #[serde(rename = "amazon-bedrock-invocationMetrics")]
            metrics: Option<InvocationMetrics>,
        }
        if let Ok(Measured { metrics: Some(metrics) }) = serde_json::from_slice(json)
            && let Some(metrics) = self.later_messages.measure(metrics)
        {
            self.earlier_metrics = self.metrics.replace(metrics);
        }
    }
}

/// A fold of this format, for this model.
pub(crate) fn new_fold(format: &Format, model_id: Option<&str>) -> Box<dyn Fold> {
    let mut fold = format.fold();
    if let Some(model_id) = model_id {
        fold.set_model_id(model_id);
    }
    fold
}

/// Whether a chunk is a part of a block, as the families write it that announce a message first: then it is no error, though it
/// may hold one. This needs no parser: the first one may be as large as the answer.
#[cold]
fn is_delta(chunk: RawChunk<'_>) -> bool {
    let starts: [&[u8]; 3] = match chunk.event_type {
        Some("contentBlockDelta") => {
            [br#"{"contentBlockIndex":"#, br#"{"delta":"#, br#"{"contentBlockDelta":"#]
        }
        _ => [
            br#"{"type":"content_block_delta","index":"#,
            br#"{"type":"content_block_delta","delta":"#,
            br#"{"contentBlockDelta":"#,
        ],
    };
    starts.iter().any(|start| chunk.json.starts_with(start))
}

/// Whether what looks like an error is a chunk of this format: a message alone is a text in the format that says it so, and an event
/// stays what it is though its `message` be a text.
pub(crate) fn is_chunk_of(format: &Format, probe: &Probe<'_>, fault: &Fault) -> bool {
    let is_event = || {
        let rest = faults::without_messages(probe.chunk);
        let has_error = rest.as_object().is_some_and(faults::is_in);
        !has_error && format.detects(&Probe { chunk: &rest, ..*probe })
    };
    (fault.bare && format.detects(probe)) || (fault.alone && is_event())
}

/// Emits that the service broke the answer off.
pub(crate) fn broken_off(exception: StreamException, events: &mut EventSink<'_>) -> ReadError {
    exception.emit(events);
    ReadError::Exception(exception)
}
