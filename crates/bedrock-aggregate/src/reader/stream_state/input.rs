//! What decoders give: frames, server-sent events and lines, each with a chunk in it or an error.
//! Not for: what becomes of the chunk.

use bedrock_eventstream::frame::{FrameKind, FrameView};
use serde_json::Value;

use super::{StreamState, WRAPPED};
use crate::completeness::StreamException;
use crate::event::EventSink;
use crate::fold::RawChunk;
use crate::fold::faults::{self};
use crate::reader::answer::Place;
use crate::reader::error::ReadError;
use crate::reader::unwrap::{self, Payload};

impl StreamState {
    /// Takes one frame.
    pub(crate) fn frame(
        &mut self,
        frame: &FrameView<'_>,
        events: &mut EventSink<'_>,
    ) -> Result<(), ReadError> {
        let place = Place::Byte(frame.offset());
        if self.known.is(frame.header_block()) {
            if self.known.wraps {
                return self.wrapped(frame.payload(), place, events);
            }
            let known = std::mem::take(&mut self.known);
            // Such events have no room for measurements.
            let result = self.chunk(RawChunk::named(&known.event_type, frame.payload()), place, events);
            self.known = known;
            return result;
        }
        let kind = frame.kind();
        if let Some(name) = kind.exception_type() {
            self.end_contest(events);
            return Err(self.break_off(faults::of_frame(name, frame.payload()), events));
        }
        match kind {
            FrameKind::Event { event_type } => {
                // Events that are errors too: they end the stream, so that their headers are not
                // met again.
                self.known.remember(frame.header_block(), event_type);
                if event_type == WRAPPED {
                    self.wrapped(frame.payload(), place, events)
                } else if faults::is_name(event_type) {
                    self.failed(event_type, frame.payload(), place, events)
                } else {
                    self.chunk(RawChunk::named(event_type, frame.payload()), place, events)
                }
            }
            FrameKind::Error { code, message } => {
                self.end_contest(events);
                Err(self.break_off(StreamException::new(code, message), events))
            }
            // Only RPC protocols send it, to say nothing.
            FrameKind::InitialResponse => Ok(()),
            other => self.ledger.record_chunk(
                place,
                format!("a frame that is not an event: {other:?}"),
                frame.payload(),
            ),
        }
    }

    /// Takes the payload of a frame as InvokeModel wraps a chunk.
    pub(super) fn wrapped(
        &mut self,
        payload: &[u8],
        place: Place,
        events: &mut EventSink<'_>,
    ) -> Result<(), ReadError> {
        self.invoked = true;
        let mut scratch = std::mem::take(&mut self.scratch);
        let result = match unwrap::unwrap_payload(payload, &mut scratch) {
            Ok(Payload::Chunk(length)) => self.measured(RawChunk::new(&scratch[..length]), place, events),
            Ok(Payload::Itself) => self.measured(RawChunk::new(payload), place, events),
            Ok(Payload::Nothing) => Ok(()),
            Err(error) => self.ledger.record_chunk(place, error, payload),
        };
        self.scratch = scratch;
        result
    }

    /// Takes one server-sent event.
    pub(crate) fn sse(
        &mut self,
        name: Option<&str>,
        data: &[u8],
        offset: u64,
        events: &mut EventSink<'_>,
    ) -> Result<(), ReadError> {
        // `message` is what SSE calls an event that has no name of its own.
        let event_type = name.filter(|name| !name.is_empty() && *name != "message");
        if let Some(name) = event_type.filter(|name| faults::is_name(name)) {
            return self.failed(name, data, Place::Byte(offset), events);
        }
        self.text(RawChunk { event_type, json: data }, Place::Byte(offset), events)
    }

    /// Takes an event under the name of errors or of an exception: what it says beside that is taken first.
    #[cold]
    pub(super) fn failed(
        &mut self,
        name: &str,
        body: &[u8],
        place: Place,
        events: &mut EventSink<'_>,
    ) -> Result<(), ReadError> {
        let value = serde_json::from_slice::<Value>(body).unwrap_or_default();
        let says = value.as_object().is_some_and(|object| !object.is_empty());
        // An exception has the name of its event, whatever stands in its body.
        let is_known =
            faults::is_exceptions(name) && faults::of_document(&value).is_none_or(|fault| fault.alone);
        if says && !is_known {
            self.text(RawChunk::new(body), place, events)?;
        }
        Err(self.break_off(faults::of_event_named(name, body), events))
    }

    /// Takes one line of JSON lines.
    pub(crate) fn line(
        &mut self,
        line: &[u8],
        number: u64,
        events: &mut EventSink<'_>,
    ) -> Result<(), ReadError> {
        self.text(RawChunk::new(line), Place::Line(number), events)
    }

    /// Takes a chunk that came in text: it may lie in the event that InvokeModel's clients make of a frame.
    pub(super) fn text(
        &mut self,
        chunk: RawChunk<'_>,
        place: Place,
        events: &mut EventSink<'_>,
    ) -> Result<(), ReadError> {
        match unwrap::bare(chunk.json).map(|json| unwrap::wrapped_payload(json).ok_or(json)) {
            None => Ok(()),
            Some(Ok(payload)) => self.wrapped(payload, place, events),
            Some(Err(json)) => self.measured(RawChunk { json, ..chunk }, place, events),
        }
    }
}
