//! Which format a stream is in: what the caller says, what the model promises, and what the chunks themselves show.
//!
//! A format that is asked for by name is taken. One that the model's id promises is an expectation: a chunk that fits it is
//! read so, any other goes by what it looks like. Chunks that decide nothing are kept until one does, and are folded
//! before it; at the end the likeliest format gets all of them.
//! Not for: how the formats look (each has its own row), nor the two that look the same (see `contest`).

use bedrock_formats::invocation_metrics::BedrockKeys;
use bedrock_formats::model_id::{Family, ModelId};
use bedrock_formats::reply::StopReason;
use serde_json::Value;

use crate::event::EventSink;
use crate::fold::faults::{self, Fault};
use crate::fold::format::{Format, Probe};
use crate::fold::{ChunkError, RawChunk};
use crate::reader::answer::Place;
use crate::reader::contest::Contest;
use crate::reader::error::ReadError;
use crate::reader::pending_chunks::PendingChunks;
use crate::reader::stream_state::{StreamState, broken_off, is_chunk_of, new_fold};

impl StreamState {
    /// Takes a chunk while the format is not known; if this chunk decides it, folds all that came before.
    pub(crate) fn undecided(
        &mut self,
        chunk: RawChunk<'_>,
        place: Place,
        events: &mut EventSink<'_>,
    ) -> Result<(), ReadError> {
        let value: Value = match serde_json::from_slice(chunk.json) {
            Ok(value) => value,
            Err(error) => {
                // It may have been content, and content is not asked for twice.
                self.arrived = true;
                return self.keep_unreadable(&error.to_string(), chunk, |_| place, events);
            }
        };
        if self.contest.is_some() {
            return self.contested(chunk, &value, place, events);
        }
        let probe = Probe { event_type: chunk.event_type, chunk: &value };
        let format = self.format_of(&probe).cloned();
        if let Some(Fault { exception, .. }) = self.error_in(&probe, format.as_ref()) {
            // What is held is an answer's, of which an error says nothing.
            if let Some(format) = format.filter(|_| !self.undecided_matter) {
                self.decide(&format);
            }
            return Err(self.break_off(exception, events));
        }
        self.note_arrival(format.as_ref(), &probe);
        let Some(format) = format.filter(|format| self.is_decided_by(format, &value)) else {
            self.undecided_matter |= !says_nothing(&value);
            self.undecided.push(chunk, place);
            return self.ledger.fits(self.undecided.held()).map(drop);
        };
        let format = self.of_held(format);
        self.begin(&format, &value);
        self.fold_held(events)?;
        // It is parsed already: `chunk` would do so again.
        if self.fold.is_some() && !self.arrived {
            self.inspect_parsed(chunk, &value, place, events)?;
            return self.check_memory(chunk);
        }
        self.chunk(chunk, place, events)
    }

    /// The error that a chunk is, where it is no answer in any format.
    fn error_in(&self, probe: &Probe<'_>, format: Option<&Format>) -> Option<Fault> {
        let fault = faults::of_document(probe.chunk)?;
        let is_chunk = format.is_some_and(|format| fault.bare || is_chunk_of(format, probe, &fault));
        (fault.alone && !is_chunk).then_some(fault)
    }

    /// Whether a chunk decides for a format that it looks like.
    fn is_decided_by(&self, format: &Format, chunk: &Value) -> bool {
        let is_weak = is_weak(chunk) || faults::of_document(chunk).is_some_and(|fault| fault.bare);
        let family = self.model_id.as_deref().map_or(Family::Unknown, |id| ModelId::parse(id).family());
        let expected = family.formats().contains(&format.name());
        let again = |chunk: RawChunk<'_>| faults::of_json(chunk.json).is_some_and(|fault| fault.bare);
        !is_weak
            || expected
            || (faults::of_document(chunk).is_some() && self.undecided.iter().any(|(chunk, _)| again(chunk)))
    }

    /// The format that a chunk shows, or, where that has no place for the pieces of a message that were held, theirs.
    fn of_held(&self, format: Format) -> Format {
        let values =
            self.undecided.iter().filter_map(|(chunk, _)| serde_json::from_slice::<Value>(chunk.json).ok());
        let Some(piece) = values.into_iter().find(is_plain_message) else { return format };
        let probe = Probe { event_type: None, chunk: &piece };
        if format.reads(&probe) {
            return format;
        }
        self.format_of(&probe).cloned().unwrap_or(format)
    }

    /// Folds the chunks that were held.
    fn fold_held(&mut self, events: &mut EventSink<'_>) -> Result<(), ReadError> {
        let earlier = std::mem::take(&mut self.undecided);
        for (chunk, place) in earlier.iter() {
            self.chunk(chunk, place, events)?;
        }
        Ok(())
    }

    /// The format that the model's id promises.
    fn expected(&self) -> Option<&Format> {
        self.model_id.as_deref().and_then(|id| self.registry.for_model(id))
    }

    /// The format of a chunk: one of the caller's own that recognises it, the one expected where it fits, or the one that it
    /// looks like.
    fn format_of(&self, probe: &Probe<'_>) -> Option<&Format> {
        let own = self.registry.own().iter().find(|format| format.detects(probe));
        own.or_else(|| self.expected().filter(|format| format.reads(probe)))
            .or_else(|| self.of_family(probe))
            .or_else(|| self.registry.detect(probe))
            .map(|format| self.untied(format))
    }

    /// The format that the model's family speaks, for a chunk which several formats have alike.
    fn of_family(&self, probe: &Probe<'_>) -> Option<&Format> {
        let family = self.model_id.as_deref().map(|id| ModelId::parse(id).family())?;
        let mut formats = family.formats().iter().filter_map(|name| self.registry.get(name));
        formats.find(|format| is_plain_message(probe.chunk) && format.reads(probe))
    }

    /// Whether a chunk is of another format than the message, and why it is thought to be: it has nothing that all chunks of the
    /// message's format have, and looks like another's.
    pub(super) fn is_foreign(&self, chunk: RawChunk<'_>) -> Option<String> {
        // Searched for, not parsed: nearly every chunk has it.
        if memchr::memmem::find(chunk.json, self.key?.as_bytes()).is_some() {
            return None;
        }
        let (name, fold) = self.fold.as_ref()?;
        let value: Value = serde_json::from_slice(chunk.json).ok()?;
        // Not by the name of a server-sent event: gateways give theirs names of all kinds.
        let other = self.registry.detect(&Probe { event_type: None, chunk: &value })?;
        let says_own = || {
            let id = value.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
            let own = || fold.snapshot().and_then(|message| message.to_reply().id);
            value.get("object").is_some_and(|object| object == "chat.completion.chunk")
                || id.is_some_and(|id| own().is_some_and(|own| own == id))
        };
        let is_weak = is_weak(&value) || value.as_object().is_some_and(|object| object.keys().eq(["role"]));
        let is_other =
            other.name() != name && !is_weak && faults::of_document(&value).is_none() && !says_own();
        is_other.then(|| format!("a chunk of {} in an answer of {name}", other.name()))
    }

    /// What Converse answers with looks like Nova's own answers where little is in it; if the model is another, it is not Nova's.
    pub(crate) fn untied<'f>(&'f self, format: &'f Format) -> &'f Format {
        match self.registry.get("converse") {
            Some(converse) if self.is_of_another_than_nova() && format.name() == "nova" => converse,
            _ => format,
        }
    }

    /// Whether the model is known, and another than Nova.
    fn is_of_another_than_nova(&self) -> bool {
        let family = self.model_id.as_deref().map(|id| ModelId::parse(id).family());
        family.is_some_and(|family| !matches!(family, Family::Nova | Family::Unknown))
    }

    /// The format of a whole response: the one asked for or a known one that recognises it.
    pub(crate) fn format_of_whole(&self, response: &Value, json: &[u8]) -> Option<&Format> {
        let fits = |format: &&Format| format.detects_whole(response);
        let asked = self.fold.as_ref().and_then(|(name, _)| self.registry.get(name));
        let own = || self.registry.own().iter().find(fits);
        let detected = self.registry.detect_whole(response).map(|format| self.untied(format));
        // Converse has all members that Nova has, and more.
        let is_converse = detected.is_some_and(|format| format.name() == "converse");
        let expected =
            || self.expected().filter(fits).filter(|format| !(is_converse && format.name() == "nova"));
        let known = asked.filter(fits).or_else(own).or_else(expected).or(detected);
        known
            .or_else(|| self.whole_by_name(asked, response, json))
            .or_else(|| self.blocked(asked, response, json))
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
        let format = if is_chunk { None } else { asked.or_else(|| self.expected()) }?;
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
        match asked.or(detected).or_else(|| self.expected()) {
            Some(format) => Some(format).filter(finds_it),
            None => self.registry.formats().find(finds_it),
        }
    }

    /// Sets the format of the stream, whatever comes.
    pub(crate) fn decide(&mut self, format: &Format) {
        let fold = new_fold(format, self.model_id.as_deref());
        self.fold = Some((format.name().to_owned(), fold));
        self.key = format.key();
    }

    /// Sets the format of the stream that this chunk shows, or begins a contest between two.
    fn begin(&mut self, format: &Format, chunk: &Value) {
        let pair = self.registry.get("nova").zip(self.registry.get("converse"));
        match pair {
            Some((nova, converse))
                if [nova.name(), converse.name()].contains(&format.name()) && Contest::is_for(chunk) =>
            {
                let (model_id, is_another) = (self.model_id.as_deref(), self.is_of_another_than_nova());
                self.contest = Some(Box::new(Contest::between(nova, converse, model_id, is_another)));
            }
            _ => self.decide(format),
        }
    }

    /// Takes a chunk that two formats can read.
    fn contested(
        &mut self,
        chunk: RawChunk<'_>,
        value: &Value,
        place: Place,
        events: &mut EventSink<'_>,
    ) -> Result<(), ReadError> {
        let Some(mut contest) = self.contest.take() else { return Ok(()) };
        let probe = Probe { event_type: chunk.event_type, chunk: value };
        if !self.arrived {
            let format = self.registry.get(contest.likelier().0).cloned();
            self.note_arrival(format.as_ref(), &probe);
        }
        let pushed = contest.push(chunk, value, self.invoked, events);
        if contest.is_over() {
            self.fold = Some(contest.end(events));
        } else {
            self.contest = Some(contest);
        }
        // Neither of the two has chunks of a message alone.
        let fault = faults::of_document(value);
        // Another message begins, or none goes on: the format is not in doubt any more.
        let ends = matches!(pushed, Err(ChunkError::OtherMessage(_) | ChunkError::Exception(_)));
        if ends || fault.is_some() {
            self.end_contest(events);
        }
        match (pushed, fault) {
            (Ok(()), Some(Fault { exception, .. })) => return Err(self.break_off(exception, events)),
            (Ok(()), None) => {}
            (Err(error), _) => self.judge(error, chunk, place, events)?,
        }
        self.check_memory(chunk)
    }

    /// Chooses the likelier of two formats, and emits what waited for that.
    pub(crate) fn end_contest(&mut self, events: &mut EventSink<'_>) {
        if let Some(contest) = self.contest.take() {
            self.fold = Some(contest.end(events));
        }
    }

    /// At the end of the stream: the format of chunks that decided nothing is the likeliest; or they are an error, unless the service
    /// broke the answer off and an error was emitted for it (`is_broken`).
    pub(crate) fn settle(&mut self, is_broken: bool, events: &mut EventSink<'_>) -> Result<(), ReadError> {
        self.end_contest(events);
        if self.fold.is_some() || !self.undecided_matter {
            return Ok(());
        }
        let (mut likely, mut fault, mut others) = (None, None, PendingChunks::default());
        // One after the other: as trees they would be many times as large.
        for (chunk, place) in self.undecided.iter() {
            let Ok(value) = serde_json::from_slice::<Value>(chunk.json) else {
                others.push(chunk, place);
                continue;
            };
            if !is_broken && fault.is_none() {
                fault = faults::of_document(&value);
                if fault.as_ref().is_some_and(|fault| fault.alone) {
                    // The exception says it all.
                    continue;
                }
            }
            let probe = Probe { event_type: chunk.event_type, chunk: &value };
            likely = likely.or_else(|| self.format_of(&probe).cloned());
            others.push(chunk, place);
        }
        if let Some(fault) = fault {
            self.undecided = others;
            if let Some(format) = likely {
                self.decide(&format);
                self.fold_held(events)?;
                self.end_fold(events);
            }
            return Err(broken_off(fault.exception, events));
        }
        let Some(format) =
            likely.or_else(|| self.expected().filter(|format| self.finds_an_answer(format)).cloned())
        else {
            return Ok(());
        };
        self.decide(&format);
        self.fold_held(events)
    }

    /// Whether a format finds an answer in the chunks that were held.
    fn finds_an_answer(&self, format: &Format) -> bool {
        let mut fold = format.fold();
        for (chunk, _) in self.undecided.iter() {
            let _ = fold.push(chunk, &mut EventSink::none());
        }
        let reply = fold.build().map(|native| native.to_reply()).unwrap_or_default();
        !reply.content.is_empty()
    }

    /// Notes whether a chunk brings more than an announcement.
    pub(crate) fn note_arrival(&mut self, format: Option<&Format>, probe: &Probe<'_>) {
        // Pings are announcements too. A stream of nothing else must not count as unbegun for ever.
        const MOST: u32 = 16;
        if self.arrived {
            return;
        }
        let is_empty = probe.chunk.as_object().is_some_and(|chunk| chunk.keys().all(|key| key == "p"));
        self.announced += 1;
        let announces = is_empty || format.is_some_and(|format| format.announces(probe));
        self.arrived = !announces || self.announced > MOST;
    }
}

/// Whether a chunk says nothing about its format: it is empty, or has Bedrock's own keys only.
fn says_nothing(chunk: &Value) -> bool {
    match chunk {
        Value::Object(object) => object.keys().all(|key| key.starts_with("amazon-bedrock-") || key == "p"),
        Value::String(text) => text == "[DONE]",
        Value::Null => true,
        _ => false,
    }
}

/// Whether a chunk may stand in a stream of another format than the one that it looks like: a sign of life, which anybody
/// between may send, and an empty list of choices.
fn is_weak(chunk: &Value) -> bool {
    let is = |key: &str, value: &str| chunk.get(key).is_some_and(|own| own == value);
    let no_choices = chunk.get("choices").and_then(Value::as_array).is_some_and(Vec::is_empty);
    says_nothing(chunk)
        || is("type", "ping")
        || (no_choices && !is("object", "chat.completion.chunk"))
        || is_plain_message(chunk)
}

/// Whether a chunk is a piece of a message with a text and nothing else, which DeepSeek's and Mistral's chunks are alike.
fn is_plain_message(chunk: &Value) -> bool {
    let Some(message) = chunk.pointer("/choices/0/message").and_then(Value::as_object) else { return false };
    let is_plain = |(key, value): (&String, &Value)| match key.as_str() {
        "role" | "index" => true,
        "content" => value.is_string() || value.is_null(),
        _ => value.is_null(),
    };
    let names_itself = ["object", "created"].iter().any(|key| chunk.get(key).is_some());
    let is_told_apart = ["delta", "context_logits", "finish_reason", "text"];
    let choice = &chunk["choices"][0];
    !names_itself
        && message.iter().all(is_plain)
        && is_told_apart.iter().all(|key| choice.get(*key).is_none())
}
