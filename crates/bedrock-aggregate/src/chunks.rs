//! From frames, events and lines to the fold: unwraps chunks, picks the format, keeps what cannot be folded.
//! Not for: decoding bytes (see [`reader`](crate::reader)) nor any format's rules.

use std::sync::LazyLock;

use bedrock_eventstream::frame::{FrameKind, FrameView};
use bedrock_formats::invocation_metrics::{BedrockKeys, InvocationMetrics};
use bedrock_formats::model_id::{Family, ModelId};
use bedrock_formats::reply::StopReason;
use memchr::memmem::Finder;
use serde::Deserialize;
use serde_json::Value;

use crate::aggregator::{ChunkError, Fold, RawChunk};
use crate::answer::{Answer, Place};
use crate::apart::Apart;
use crate::completeness::{Missing, StreamException};
use crate::event::Listener;
use crate::kept::Kept;
use crate::raw_list::RawList;
use crate::reader::{ReadError, UnknownFormat};
use crate::registry::{Format, Probe, Registry};
use crate::unwrap::{self, Payload};
use crate::waiting::Waiting;
use crate::{batch, invocation_log};

/// Where a chunk has measurements; they are searched for in every one that may have them.
static METRICS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(BedrockKeys::INVOCATION_METRICS));

/// The name of the events that hold a chunk in base64.
const WRAPPED: &str = "chunk";

mod answers;

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
    fold: Option<(String, Box<dyn Fold>)>,
    /// A whole response, where the document was one.
    whole: Option<Answer>,
    /// Chunks that came before the format was known.
    undecided: Waiting,
    /// Whether an undecided chunk says anything at all.
    undecided_matter: bool,
    metrics: Option<InvocationMetrics>,
    /// The measurements that those took the place of.
    earlier_metrics: Option<InvocationMetrics>,
    /// What follows the message.
    apart: Apart,
    /// Whether chunks came as InvokeModel wraps them.
    invoked: bool,
    /// What was malformed, and the measure of what is held.
    pub(crate) kept: Kept,
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
            fold: None,
            whole: None,
            undecided: Waiting::default(),
            undecided_matter: false,
            metrics: None,
            earlier_metrics: None,
            apart: Apart::default(),
            invoked: false,
            kept: Kept::default(),
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
            other => self.kept.chunk(place, format!("a frame that is no event: {other:?}"), frame.payload()),
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
            Err(error) => self.kept.chunk(place, error, payload),
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
                Err(error) => self.kept.chunk(Place::Byte(0), error.to_string(), text),
            },
            Some(_) => self.whole(text, events),
        }
    }

    /// Takes a whole response; or, where the document is none that is known, the only chunk of a stream.
    fn whole(&mut self, json: &[u8], events: &mut Listener<'_>) -> Result<(), ReadError> {
        let response: Value = match serde_json::from_slice(json) {
            Ok(response) => response,
            Err(error) => return self.kept.chunk(Place::Byte(0), error.to_string(), json),
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
        let by_name = || self.whole_by_name(asked, &response, json);
        let Some(format) = known.or_else(by_name).or_else(|| self.blocked(asked, &response, json)) else {
            return self.measured(RawChunk::new(json), Place::Chunk(1), events);
        };
        match format.read_whole(json) {
            Ok((native, odd)) => {
                let name = format.name().to_owned();
                self.kept.odd(Place::Byte(0), &odd)?;
                let reply = native.to_reply_of(self.model_id.as_deref());
                crate::told::tell(&reply, events);
                self.whole = Some(Answer {
                    format: name,
                    completeness: Missing { malformed: self.kept.count(), ..Missing::default() }.into(),
                    reply,
                    native: Some(native),
                    invocation_metrics: None,
                    malformed: self.kept.malformed().to_vec(),
                    unknown: RawList::new(),
                    later: Vec::new(),
                });
                self.fold = None;
                Ok(())
            }
            Err(error) => self.kept.chunk(Place::Byte(0), error.to_string(), json),
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
            Err(error) => self.kept.chunk(Place::Byte(0), error, json),
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

    /// The format of a document in which a guardrail answers: the service then leaves out why the model stopped, and the counts,
    /// by which whole answers are known.
    fn blocked<'f>(&'f self, asked: Option<&'f Format>, response: &Value, json: &[u8]) -> Option<&'f Format> {
        if response.get(BedrockKeys::GUARDRAIL_ACTION)? != "INTERVENED" {
            return None;
        }
        let finds_it = |format: &&'f Format| {
            let reply = format.parse_whole(json).ok().map(|native| native.to_reply());
            let blocked = Some(StopReason::GuardrailIntervened);
            reply.is_some_and(|reply| !reply.content.is_empty() && reply.stop_reason == blocked)
        };
        let detected = self.registry.detect(&Probe { event_type: None, chunk: response });
        let by_model = || self.model_id.as_deref().and_then(|id| self.registry.for_model(id));
        match asked.or(detected).or_else(by_model) {
            Some(format) => Some(format).filter(finds_it),
            None => self.registry.formats().find(finds_it),
        }
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
        let taken = if self.apart.has_begun() { self.behind(chunk, place) } else { fold.push(chunk, events) };
        match taken {
            Ok(()) => {}
            Err(ChunkError::OtherMessage(why)) => self.begin_other(&why, chunk, place, events)?,
            Err(error) => self.refused(error, chunk, place, events)?,
        }
        if self.kept.is_time_to_look(chunk.json.len()) { self.look() } else { Ok(()) }
    }

    /// Measures what the folds hold.
    #[cold]
    #[inline(never)]
    fn look(&mut self) -> Result<(), ReadError> {
        let held =
            |fold: &dyn Fold| fold.unknown().held() + fold.snapshot().map_or(0, |native| native.held());
        let first = self.fold.as_ref().map_or(0, |(_, fold)| held(&**fold));
        let later = self.apart.later().iter().map(|later| held(&*later.fold));
        let held = first + later.sum::<usize>();
        self.kept.looked(held)
    }

    /// Takes a chunk of what follows the message.
    fn behind(&mut self, chunk: RawChunk<'_>, place: Place) -> Result<(), ChunkError> {
        let Self { apart, registry, fold, model_id, .. } = self;
        let again = || Some(new_fold(registry.get(&fold.as_ref()?.0)?, model_id.as_deref()));
        apart.push(chunk, place, again)
    }

    /// Takes the first chunk that is no part of the message.
    fn begin_other(
        &mut self,
        why: &str,
        chunk: RawChunk<'_>,
        place: Place,
        events: &mut Listener<'_>,
    ) -> Result<(), ReadError> {
        // Measurements that came with the chunk are not of the message that refused it.
        let format = self.fold.as_ref().and_then(|(name, _)| self.registry.get(name));
        let Some(fold) = format.map(|format| new_fold(format, self.model_id.as_deref())) else {
            return self.kept.chunk(place, why.to_owned(), chunk.json);
        };
        let begun = self.apart.begin(why, place, fold, chunk);
        if memchr::memmem::find(chunk.json, BedrockKeys::INVOCATION_METRICS.as_bytes()).is_some()
            && let Some(metrics) = std::mem::replace(&mut self.metrics, self.earlier_metrics.take())
        {
            self.apart.measure(metrics);
        }
        match begun {
            Ok(()) => Ok(()),
            Err(error) => self.refused(error, chunk, place, events),
        }
    }

    fn refused(
        &mut self,
        error: ChunkError,
        chunk: RawChunk<'_>,
        place: Place,
        events: &mut Listener<'_>,
    ) -> Result<(), ReadError> {
        match error {
            ChunkError::Exception(exception) => Err(broken_off(exception, events)),
            ChunkError::Odd(odd) => self.kept.odd(place, &odd),
            error => self.kept.chunk(place, error.to_string(), chunk.json),
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
            Err(error) => return self.kept.chunk(place, error.to_string(), chunk.json),
        };
        let probe = Probe { event_type: chunk.event_type, chunk: &value };
        let by_model = || self.model_id.as_deref().and_then(|id| self.registry.for_model(id));
        let detected = self.registry.detect(&probe).map(|format| self.untied(format));
        let format = detected.or_else(|| if says_nothing(&value) { None } else { by_model() });
        let Some(format) = format.cloned() else {
            self.undecided_matter |= !says_nothing(&value);
            self.undecided.push(chunk, place);
            return self.kept.fits(self.undecided.held()).map(drop);
        };
        self.decide(&format);
        let earlier = std::mem::take(&mut self.undecided);
        self.count -= earlier.len() as u64 + 1;
        for (chunk, place) in earlier.iter() {
            self.chunk(chunk, place, events)?;
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
        let fold = new_fold(format, self.model_id.as_deref());
        self.fold = Some((format.name().to_owned(), fold));
    }

    /// Reads Bedrock's measurements, which any chunk of any format may carry.
    fn take_metrics(&mut self, json: &[u8]) {
        #[derive(Deserialize)]
        struct Measured {
            #[serde(rename = "amazon-bedrock-invocationMetrics")]
            metrics: Option<InvocationMetrics>,
        }
        if let Ok(Measured { metrics: Some(metrics) }) = serde_json::from_slice(json)
            && let Some(metrics) = self.apart.measure(metrics)
        {
            self.earlier_metrics = self.metrics.replace(metrics);
        }
    }
}

/// A fold of this format, for this model.
fn new_fold(format: &Format, model_id: Option<&str>) -> Box<dyn Fold> {
    let mut fold = format.fold();
    if let Some(model_id) = model_id {
        fold.set_model_id(model_id);
    }
    fold
}

/// Whether this is a chunk as nineteen of twenty of the most streamed family are: it begins with its type, index and delta, and
/// ends with the delta's string. Measurements, which are numbers in an object, have no place left then.
#[inline]
fn is_plain_delta(json: &[u8]) -> bool {
    const START: &[u8] = br#"{"type":"content_block_delta","index":"#;
    let behind_index = |rest: &[u8]| rest.get(1..).is_some_and(|rest| rest.starts_with(br#","delta":{"#));
    json.ends_with(b"\"}}") && json.strip_prefix(START).is_some_and(behind_index)
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
