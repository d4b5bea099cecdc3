//! From frames, events and lines to the fold: unwraps chunks, picks the format, keeps what cannot be folded.
//! Not for: decoding bytes (see [`reader`](crate::reader)) nor any format's rules.

use std::sync::LazyLock;

use bedrock_eventstream::frame::{FrameKind, FrameView};
use bedrock_formats::invocation_metrics::{BedrockKeys, InvocationMetrics};
use bedrock_formats::model_id::{FORMAT_NAMES, Family, ModelId};
use bedrock_formats::reply::{Reply, Usage};
use memchr::memmem::Finder;
use serde::Deserialize;
use serde_json::Value;

use crate::aggregator::{ChunkError, Fold, RawChunk};
use crate::answer::{Answer, Malformed, Place, Undecided};
use crate::completeness::{Completeness, Missing, StreamException};
use crate::event::{Event, Listener, UsageUpdate};
use crate::reader::{ReadError, UnknownFormat};
use crate::registry::{Format, Probe, Registry};
use crate::unwrap::{self, Payload};
use crate::{batch, invocation_log};

/// Where a chunk has measurements; they are searched for in every one that may have them.
static METRICS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(BedrockKeys::INVOCATION_METRICS));

/// How many malformed chunks are kept with their bytes; beyond, they are only counted.
const MALFORMED_KEPT: usize = 64;

/// The name of the events that hold a chunk in base64.
const WRAPPED: &str = "chunk";

/// What a block of headers means: nearly all frames of a stream have the same one, and comparing is cheaper than parsing.
#[derive(Debug, Default)]
struct KnownFrame {
    /// Empty where none is known.
    headers: Vec<u8>,
    event_type: String,
    /// Whether the event is [`WRAPPED`].
    wraps: bool,
}

impl KnownFrame {
    /// Remembers an event, unless its headers are long.
    fn remember(&mut self, headers: &[u8], event_type: &str) {
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
pub(crate) struct Chunks {
    pub(crate) registry: Registry,
    model_id: Option<String>,
    pub(crate) stop_at_malformed: bool,
    fold: Option<(String, Box<dyn Fold>)>,
    /// A whole response, where the document was one.
    whole: Option<Answer>,
    /// Chunks that came before the format was known, with their places.
    undecided: Vec<(Option<String>, Vec<u8>, Place)>,
    /// Whether an undecided chunk says anything at all.
    undecided_matter: bool,
    metrics: Option<InvocationMetrics>,
    /// Whether chunks came as InvokeModel wraps them.
    invoked: bool,
    malformed: Vec<Malformed>,
    malformed_count: usize,
    /// Base64 is decoded into this.
    scratch: Vec<u8>,
    /// What the last frame was.
    known: KnownFrame,
    count: u64,
}

impl Chunks {
    pub(crate) fn new(registry: Registry) -> Self {
        Self {
            registry,
            model_id: None,
            stop_at_malformed: false,
            fold: None,
            whole: None,
            undecided: Vec::new(),
            undecided_matter: false,
            metrics: None,
            invoked: false,
            malformed: Vec::new(),
            malformed_count: 0,
            scratch: Vec::new(),
            known: KnownFrame::default(),
            count: 0,
        }
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
        self.model_id = Some(model_id);
    }

    pub(crate) fn format(&self) -> Option<&str> {
        self.fold
            .as_ref()
            .map(|(name, _)| name.as_str())
            .or(self.whole.as_ref().map(|whole| whole.format.as_str()))
    }

    /// Takes one frame.
    pub(crate) fn frame(
        &mut self,
        frame: &FrameView<'_>,
        events: &mut Listener<'_>,
    ) -> Result<(), ReadError> {
        let place = Place::Byte(frame.offset());
        if self.known.is(frame.header_block()) {
            if self.known.wraps {
                return self.wrapped(frame.payload(), place, events);
            }
            let known = std::mem::take(&mut self.known);
            let result = self.event(&known.event_type, frame.payload(), place, events);
            self.known = known;
            return result;
        }
        let kind = frame.kind();
        if let Some(name) = kind.exception_type() {
            return Err(broken_off(exception(name, frame.payload()), events));
        }
        match kind {
            FrameKind::Event { event_type } => {
                self.known.remember(frame.header_block(), event_type);
                if event_type == WRAPPED {
                    self.wrapped(frame.payload(), place, events)
                } else {
                    self.event(event_type, frame.payload(), place, events)
                }
            }
            FrameKind::Error { code, message } => {
                Err(broken_off(StreamException::new(code, message), events))
            }
            // Only RPC protocols send it, to say nothing.
            FrameKind::InitialResponse => Ok(()),
            other => {
                self.keep_malformed(place, format!("a frame that is no event: {other:?}"), frame.payload())
            }
        }
    }

    /// Takes the payload of a frame as InvokeModel wraps a chunk.
    fn wrapped(&mut self, payload: &[u8], place: Place, events: &mut Listener<'_>) -> Result<(), ReadError> {
        self.invoked = true;
        let mut scratch = std::mem::take(&mut self.scratch);
        let result = match unwrap::unwrap_payload(payload, &mut scratch) {
            Ok(Payload::Chunk(length)) => self.measured(RawChunk::new(&scratch[..length]), place, events),
            Ok(Payload::Itself) => self.measured(RawChunk::new(payload), place, events),
            Ok(Payload::Nothing) => Ok(()),
            Err(error) => self.keep_malformed(place, error, payload),
        };
        self.scratch = scratch;
        result
    }

    /// Takes the payload of a frame that is the event that its header names. Such events have no room for measurements.
    #[inline]
    fn event(
        &mut self,
        event_type: &str,
        payload: &[u8],
        place: Place,
        events: &mut Listener<'_>,
    ) -> Result<(), ReadError> {
        self.chunk(RawChunk::named(event_type, payload), place, events)
    }

    /// Takes one server-sent event.
    pub(crate) fn sse(
        &mut self,
        name: Option<&str>,
        data: &[u8],
        offset: u64,
        events: &mut Listener<'_>,
    ) -> Result<(), ReadError> {
        let event_type = name.filter(|name| !name.is_empty() && *name != "message");
        self.text(RawChunk { event_type, json: data }, Place::Byte(offset), events)
    }

    /// Takes one line of JSON lines.
    pub(crate) fn line(
        &mut self,
        line: &[u8],
        number: u64,
        events: &mut Listener<'_>,
    ) -> Result<(), ReadError> {
        self.text(RawChunk::new(line), Place::Line(number), events)
    }

    /// Takes a chunk that came in text: it may lie in the event that InvokeModel's clients make of a frame.
    fn text(
        &mut self,
        chunk: RawChunk<'_>,
        place: Place,
        events: &mut Listener<'_>,
    ) -> Result<(), ReadError> {
        match unwrap::bare(chunk.json).map(|json| unwrap::wrapped_payload(json).ok_or(json)) {
            None => Ok(()),
            Some(Ok(payload)) => self.wrapped(payload, place, events),
            Some(Err(json)) => self.measured(RawChunk { json, ..chunk }, place, events),
        }
    }

    /// Takes a whole document: an array of chunks, or a whole response, or a client's dump of one or the other.
    pub(crate) fn document(&mut self, document: &[u8], events: &mut Listener<'_>) -> Result<(), ReadError> {
        let Some(text) = unwrap::bare(document) else { return Ok(()) };
        match unwrap::dumped(text) {
            Some(inner) => self.answer_document(&inner, events),
            None => self.answer_document(text, events),
        }
    }

    fn answer_document(&mut self, text: &[u8], events: &mut Listener<'_>) -> Result<(), ReadError> {
        match text.first() {
            None => Ok(()),
            Some(b'[') => match serde_json::from_slice::<Vec<&serde_json::value::RawValue>>(text) {
                Ok(chunks) => {
                    for (n, chunk) in chunks.into_iter().enumerate() {
                        let chunk = RawChunk::new(chunk.get().as_bytes());
                        self.text(chunk, Place::Chunk(n as u64 + 1), events)?;
                    }
                    Ok(())
                }
                Err(error) => self.keep_malformed(Place::Byte(0), error.to_string(), text),
            },
            Some(_) => self.whole(text, events),
        }
    }

    /// Takes a whole response; or, where the document is none that is known, the only chunk of a stream.
    fn whole(&mut self, json: &[u8], events: &mut Listener<'_>) -> Result<(), ReadError> {
        let response: Value = match serde_json::from_slice(json) {
            Ok(response) => response,
            Err(error) => return self.keep_malformed(Place::Byte(0), error.to_string(), json),
        };
        let model_id = self.model_id.as_deref();
        let logged = invocation_log::answer_in(&response, model_id, &self.registry, events);
        let record = logged.or_else(|| batch::answer_in(&response, model_id, &self.registry, events));
        if let Some(answer) = record {
            return self.record(answer, json);
        }
        let asked = self.fold.as_ref().and_then(|(name, _)| self.registry.get(name));
        let detected = || self.registry.detect_whole(&response).map(|format| self.untied(format));
        let known = asked.filter(|format| format.detects_whole(&response)).or_else(detected);
        let Some(format) = known.or_else(|| self.whole_by_name(asked, &response, json)) else {
            return self.measured(RawChunk::new(json), Place::Chunk(1), events);
        };
        match format.parse_whole(json) {
            Ok(native) => {
                let reply = native.to_reply_of(self.model_id.as_deref());
                crate::told::tell(&reply, events);
                self.whole = Some(Answer {
                    format: format.name().to_owned(),
                    completeness: Completeness::Complete,
                    reply,
                    native: Some(native),
                    invocation_metrics: None,
                    malformed: Vec::new(),
                    unknown: Vec::new(),
                });
                self.fold = None;
                Ok(())
            }
            Err(error) => self.keep_malformed(Place::Byte(0), error.to_string(), json),
        }
    }

    /// Takes a record for the answer that it holds.
    fn record(&mut self, answer: Result<Answer, String>, json: &[u8]) -> Result<(), ReadError> {
        match answer {
            Ok(answer) => {
                self.whole = Some(answer);
                self.fold = None;
                Ok(())
            }
            Err(error) => self.keep_malformed(Place::Byte(0), error, json),
        }
    }

    /// The format of a document that looks like nothing that is known: the one asked for or the model's, where it finds an
    /// answer in it.
    fn whole_by_name<'f>(
        &'f self,
        asked: Option<&'f Format>,
        response: &Value,
        json: &[u8],
    ) -> Option<&'f Format> {
        let is_chunk = self.registry.detect(&Probe { event_type: None, chunk: response }).is_some();
        let by_model = || self.model_id.as_deref().and_then(|id| self.registry.for_model(id));
        let format = if is_chunk { None } else { asked.or_else(by_model) }?;
        let reply = format.parse_whole(json).ok()?.to_reply();
        (reply.stop_reason.is_some() && !reply.content.is_empty()).then_some(format)
    }

    /// Takes one chunk that may carry Bedrock's measurements.
    #[inline]
    fn measured(
        &mut self,
        chunk: RawChunk<'_>,
        place: Place,
        events: &mut Listener<'_>,
    ) -> Result<(), ReadError> {
        let Some(json) = unwrap::bare(chunk.json) else { return Ok(()) };
        let chunk = RawChunk { json, ..chunk };
        if !is_plain_delta(chunk.json) && METRICS.find(chunk.json).is_some() {
            self.take_metrics(chunk.json);
        }
        self.chunk(chunk, place, events)
    }

    /// Takes one chunk.
    #[inline]
    fn chunk(
        &mut self,
        chunk: RawChunk<'_>,
        place: Place,
        events: &mut Listener<'_>,
    ) -> Result<(), ReadError> {
        self.count += 1;
        let Some((_, fold)) = &mut self.fold else { return self.undecided(chunk, place, events) };
        match fold.push(chunk, events) {
            Ok(()) => Ok(()),
            Err(ChunkError::Exception(exception)) => Err(broken_off(exception, events)),
            Err(error) => self.keep_malformed(place, error.to_string(), chunk.json),
        }
    }

    /// Takes a chunk while the format is not known; if this chunk tells it, folds all that came before.
    fn undecided(
        &mut self,
        chunk: RawChunk<'_>,
        place: Place,
        events: &mut Listener<'_>,
    ) -> Result<(), ReadError> {
        let value: Value = match serde_json::from_slice(chunk.json) {
            Ok(value) => value,
            Err(error) => return self.keep_malformed(place, error.to_string(), chunk.json),
        };
        let probe = Probe { event_type: chunk.event_type, chunk: &value };
        let by_model = || self.model_id.as_deref().and_then(|id| self.registry.for_model(id));
        let detected = self.registry.detect(&probe).map(|format| self.untied(format));
        let format = detected.or_else(|| if says_nothing(&value) { None } else { by_model() });
        let Some(format) = format.cloned() else {
            self.undecided_matter |= !says_nothing(&value);
            self.undecided.push((chunk.event_type.map(str::to_owned), chunk.json.to_vec(), place));
            return Ok(());
        };
        self.decide(&format);
        let earlier = std::mem::take(&mut self.undecided);
        self.count -= earlier.len() as u64 + 1;
        for (event_type, json, place) in &earlier {
            self.chunk(RawChunk { event_type: event_type.as_deref(), json }, *place, events)?;
        }
        self.chunk(chunk, place, events)
    }

    /// What Converse answers with looks like Nova's own answers where little is in it; if the model is another, it is not Nova's.
    fn untied<'f>(&'f self, format: &'f Format) -> &'f Format {
        let family = self.model_id.as_deref().map(|id| ModelId::parse(id).family());
        let is_other = family.is_some_and(|family| !matches!(family, Family::Nova | Family::Unknown));
        match self.registry.get("converse") {
            Some(converse) if is_other && format.name() == "nova" => converse,
            _ => format,
        }
    }

    fn decide(&mut self, format: &Format) {
        let mut fold = format.fold();
        if let Some(model_id) = &self.model_id {
            fold.set_model_id(model_id);
        }
        self.fold = Some((format.name().to_owned(), fold));
    }

    /// Reads Bedrock's measurements, which any chunk of any format may carry.
    fn take_metrics(&mut self, json: &[u8]) {
        #[derive(Deserialize)]
        struct Measured {
            #[serde(rename = "amazon-bedrock-invocationMetrics")]
            metrics: Option<InvocationMetrics>,
        }
        if let Ok(Measured { metrics: Some(metrics) }) = serde_json::from_slice(json) {
            self.metrics = Some(metrics);
        }
    }

    fn keep_malformed(&mut self, place: Place, error: String, raw: &[u8]) -> Result<(), ReadError> {
        let malformed = Malformed { place, error, raw: raw.to_vec() };
        self.malformed_count += 1;
        if self.stop_at_malformed {
            self.malformed.push(malformed.clone());
            return Err(ReadError::Malformed(malformed));
        }
        if self.malformed.len() < MALFORMED_KEPT {
            self.malformed.push(malformed);
        }
        Ok(())
    }

    /// The answer so far.
    pub(crate) fn snapshot(&self) -> Option<Answer> {
        if let Some(whole) = &self.whole {
            return Some(whole.clone());
        }
        let (name, fold) = self.fold.as_ref()?;
        Some(self.answer(name, fold.snapshot(), fold.missing(), fold.unknown().to_vec()).0)
    }

    /// The answer.
    pub(crate) fn finish(
        mut self,
        error: Option<ReadError>,
        held: Option<usize>,
        events: &mut Listener<'_>,
    ) -> Result<Answer, Undecided> {
        let mut broken = Missing { held, malformed: self.malformed_count, ..Missing::default() };
        match error {
            Some(ReadError::Exception(exception)) => broken.exception = Some(exception),
            Some(ReadError::Malformed(_)) | None => {}
            Some(error) => broken.corrupt = Some(error.to_string()),
        }
        if let Some(whole) = self.whole.take() {
            return Ok(whole);
        }
        if self.fold.is_none() && self.undecided_matter {
            let chunks = self.undecided.into_iter().map(|(_, json, _)| json).collect();
            return Err(Undecided { chunks, completeness: Box::new(broken.into()) });
        }
        let (name, native, missing, unknown) = match self.fold.take() {
            Some((name, mut fold)) => {
                fold.end(events);
                let missing = fold.missing();
                (name, fold.build().ok(), missing, fold.unknown().to_vec())
            }
            None => (String::new(), None, Missing { empty: true, ..Missing::default() }, Vec::new()),
        };
        let missing = Missing { held, malformed: broken.malformed, corrupt: broken.corrupt, ..missing };
        let exception = broken.exception.or_else(|| missing.exception.clone());
        let missing = Missing { exception, ..missing };
        let (answer, measured) = self.answer(&name, native, missing, unknown);
        // Counts that only Bedrock's measurements have were not told by any fold.
        if let Some(usage) = answer.reply.usage.filter(|_| measured) {
            events.emit(|| Event::Usage(UsageUpdate { usage }));
        }
        if answer.completeness.is_complete() {
            events.emit(|| Event::MessageEnd(Default::default()));
        }
        Ok(answer)
    }

    /// The answer, and whether its counts are filled from the measurements.
    fn answer(
        &self,
        name: &str,
        native: Option<crate::Native>,
        mut missing: Missing,
        unknown: Vec<Value>,
    ) -> (Answer, bool) {
        missing.malformed = self.malformed_count;
        let model_id = self.model_id.as_deref();
        let mut reply = native.as_ref().map_or_else(Reply::default, |native| native.to_reply_of(model_id));
        let sent = reply.usage;
        if let Some(metrics) = &self.metrics {
            let mut usage = sent.unwrap_or_default();
            usage.fill(&measured(metrics));
            reply.usage = usage.some();
        }
        let is_filled = reply.usage != sent;
        let counted = reply.usage.is_some_and(|usage| usage.output_tokens.is_some());
        missing.usage &= !counted || self.metrics.is_none();
        missing.usage |= !counted && self.owes_counts(name, native.as_ref());
        let answer = Answer {
            format: name.to_owned(),
            completeness: missing.into(),
            native,
            reply,
            invocation_metrics: self.metrics.clone(),
            malformed: self.malformed.clone(),
            unknown,
        };
        (answer, is_filled)
    }

    /// Whether an answer without counts must have been cut, though its format sends them on request only: InvokeModel
    /// measures every answer of its models, unless a guardrail stands between.
    fn owes_counts(&self, format: &str, native: Option<&crate::Native>) -> bool {
        let guarded = |native: &crate::Native| {
            native.to_json().get(BedrockKeys::GUARDRAIL_ACTION).is_some_and(|action| !action.is_null())
        };
        self.invoked && FORMAT_NAMES.contains(&format) && native.is_some_and(|native| !guarded(native))
    }
}

/// Whether this is a chunk as nineteen of twenty of the most streamed family are: it begins with its type, index and delta, and
/// ends with the delta's string. Measurements, which are numbers in an object, have no place left then.
#[inline]
fn is_plain_delta(json: &[u8]) -> bool {
    const START: &[u8] = br#"{"type":"content_block_delta","index":"#;
    let behind_index = |rest: &[u8]| rest.get(1..).is_some_and(|rest| rest.starts_with(br#","delta":{"#));
    json.ends_with(b"\"}}") && json.strip_prefix(START).is_some_and(behind_index)
}

/// Bedrock's measurements as token counts.
fn measured(metrics: &InvocationMetrics) -> Usage {
    let mut usage = Usage::default();
    usage.input_tokens = metrics.input_token_count;
    usage.output_tokens = metrics.output_token_count;
    usage.cache_read_input_tokens = metrics.cache_read_input_token_count;
    usage.cache_write_input_tokens = metrics.cache_write_input_token_count;
    usage
}

/// Whether a chunk says nothing of its format, whatever the format: empty, or with Bedrock's own keys only.
fn says_nothing(chunk: &Value) -> bool {
    match chunk {
        Value::Object(object) => object.keys().all(|key| key.starts_with("amazon-bedrock-") || key == "p"),
        Value::String(text) => text == "[DONE]",
        Value::Null => true,
        _ => false,
    }
}

fn broken_off(exception: StreamException, events: &mut Listener<'_>) -> ReadError {
    exception.tell(events);
    ReadError::Exception(exception)
}

/// Reads the payload of an exception frame.
fn exception(name: &str, payload: &[u8]) -> StreamException {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Body {
        #[serde(alias = "Message", alias = "errorMessage")]
        message: Option<String>,
        original_status_code: Option<u64>,
        original_message: Option<String>,
    }
    let mut exception = match serde_json::from_slice::<Body>(payload) {
        Ok(body) => StreamException {
            original_status_code: body.original_status_code,
            original_message: body.original_message,
            ..StreamException::new(name, body.message.unwrap_or_default())
        },
        Err(_) => StreamException::new(name, String::from_utf8_lossy(payload)),
    };
    if exception.error_type.is_empty() {
        exception.error_type = "UnknownException".to_owned();
    }
    exception
}
