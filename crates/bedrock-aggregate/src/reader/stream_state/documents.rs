//! Documents: whole responses, lists of chunks, clients' dumps of either, records that hold an answer.
//! Not for: chunks that come one by one.

use serde_json::Value;
use serde_json::value::RawValue;

use super::{StreamState, broken_off, records};
use crate::completeness::Missing;
use crate::event::{Event, EventSink};
use crate::fold::faults;
use crate::fold::raw_list::RawList;
use crate::fold::{RawChunk, reportable};
use crate::reader::answer::{Answer, Place};
use crate::reader::error::ReadError;
use crate::reader::later_messages::MAX_LATER_MESSAGES;
use crate::reader::unwrap;

impl StreamState {
    /// Reads a document that is the whole input, and gives the answer in it. An error that ends it is in its completeness.
    pub(super) fn read_document(mut self, document: &[u8], events: &mut EventSink<'_>) -> Answer {
        let limit = self.ledger.limit();
        let error = match document.len() > limit {
            true => Some(ReadError::TooLarge { limit }),
            false => self.document(document, events).err(),
        };
        self.finish(error, None, events).unwrap_or_else(Answer::from)
    }

    /// Takes a whole document: an array of chunks, or a whole response, or a client's dump of one or the other.
    pub(crate) fn document(&mut self, document: &[u8], events: &mut EventSink<'_>) -> Result<(), ReadError> {
        let Some(text) = unwrap::bare(document) else { return Ok(()) };
        match unwrap::dumped(text) {
            Some(inner) => self.answer_document(&inner, events),
            None => self.answer_document(text, events),
        }
    }

    fn answer_document(&mut self, text: &[u8], events: &mut EventSink<'_>) -> Result<(), ReadError> {
        match text.first() {
            None => Ok(()),
            Some(b'[') => match serde_json::from_slice::<Vec<&RawValue>>(text) {
                Ok(chunks) => {
                    for (n, chunk) in chunks.into_iter().enumerate() {
                        let chunk = RawChunk::new(chunk.get().as_bytes());
                        self.text(chunk, Place::Chunk(n as u64 + 1), events)?;
                    }
                    Ok(())
                }
                Err(error) => self.ledger.record_chunk(Place::Byte(0), error.to_string(), text),
            },
            Some(_) => self.whole(text, events),
        }
    }

    /// Takes a whole response; or, where the document is none that is known, the only chunk of a stream.
    fn whole(&mut self, json: &[u8], events: &mut EventSink<'_>) -> Result<(), ReadError> {
        let response: Value = match serde_json::from_slice(json) {
            Ok(response) => response,
            Err(error) => return self.no_document(&error.to_string(), json, events),
        };
        if let Some(answer) = records::answer_in(&response, self.model_id.as_deref(), &self.registry, events)
        {
            return self.record(answer, json);
        }
        let Some(format) = self.format_of_whole(&response, json) else {
            // A body that is no answer but an error.
            return match faults::of_document(&response).filter(|fault| fault.alone) {
                Some(fault) => Err(broken_off(fault.exception, events)),
                None => self.measured(RawChunk::new(json), Place::Chunk(1), events),
            };
        };
        let (format, read) = (format.name().to_owned(), format.read_whole(json));
        self.arrived = true;
        match read {
            Ok((native, odd)) => {
                self.ledger.record_odd(Place::Byte(0), &reportable(odd))?;
                let reply = native.to_reply_of(self.model_id.as_deref());
                crate::event::replay::emit_message(&reply, events);
                let completeness = self.verdict_of_whole(&format, &response, &reply);
                match completeness.exception() {
                    Some(exception) => drop(broken_off(exception.clone(), events)),
                    None if completeness.is_complete() => {
                        events.emit(|| Event::MessageEnd(Default::default()));
                    }
                    None => {}
                }
                self.whole = Some(Answer {
                    format,
                    completeness,
                    reply,
                    native: Some(native),
                    invocation_metrics: None,
                    malformed: self.ledger.malformed().to_vec(),
                    unknown: RawList::new(),
                    later: Vec::new(),
                });
                // One that was made for a format asked for by name: `whole` is the answer now.
                self.fold = None;
                Ok(())
            }
            Err(error) => self.ledger.record_chunk(Place::Byte(0), error.to_string(), json),
        }
    }

    /// Takes a text that is not one document: several may stand one behind the other, as chunks, or as whole responses, of which the
    /// first is the answer.
    fn no_document(&mut self, error: &str, json: &[u8], events: &mut EventSink<'_>) -> Result<(), ReadError> {
        let (first, rest) = unwrap::split_object(json).unwrap_or((json, b""));
        let is_answer = |response: Value| self.format_of_whole(&response, first).is_some();
        if rest.is_empty() || !serde_json::from_slice(first).is_ok_and(is_answer) {
            return self.keep_unreadable(error, RawChunk::new(json), Place::Chunk, events);
        }
        // Before the answer, whose verdict speaks of them.
        let later = self.documents_behind(rest)?;
        self.whole(first, events)?;
        if let Some(whole) = &mut self.whole {
            whole.later = later;
        }
        Ok(())
    }

    /// Reads the documents after the answer, each by itself.
    fn documents_behind(&mut self, mut rest: &[u8]) -> Result<Vec<Answer>, ReadError> {
        let (mut later, mut number) = (Vec::<Answer>::new(), 1);
        while let Some(json) = unwrap::bare(rest) {
            let (one, more) = unwrap::split_object(json).unwrap_or((json, b""));
            (rest, number) = (more, number + 1);
            let place = Place::Chunk(number);
            let why = format!("{place}: another document");
            if let Some(before) = later.last_mut() {
                let missing = before.completeness.missing().cloned().unwrap_or_default();
                before.completeness = Missing { other_message: Some(why.clone()), ..missing }.into();
            }
            self.later_messages.refuse(&why);
            let model_id = self.model_id.as_deref();
            let answer = records::read(one, model_id, &self.registry, &mut EventSink::none());
            if later.len() == MAX_LATER_MESSAGES || answer.format.is_empty() {
                self.ledger.record_chunk(
                    place,
                    "no answer, or more answers than are kept".to_owned(),
                    one,
                )?;
            } else {
                later.push(answer);
            }
        }
        Ok(later)
    }

    /// Takes a record for the answer that it holds.
    fn record(&mut self, answer: Result<Answer, String>, json: &[u8]) -> Result<(), ReadError> {
        match answer {
            Ok(answer) => {
                self.arrived = true;
                self.whole = Some(answer);
                self.fold = None;
                Ok(())
            }
            Err(error) => self.ledger.record_chunk(Place::Byte(0), error, json),
        }
    }
}
