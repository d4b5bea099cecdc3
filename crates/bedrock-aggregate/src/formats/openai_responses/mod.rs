//! OpenAI Responses: stream events to the response that the service would have sent.
//!
//! The terminal event brings the whole response, and that is the answer. Items are folded all the same: for live events, for
//! streams that are cut, and for services that leave the items out of their last event. Items, parts and summaries are
//! identified by their positions, which may come in any order, have gaps, or begin at 1.

mod change;
mod ending;
mod item;
mod leftover;
mod order;
mod position;
mod target;

use std::borrow::Cow;
use std::collections::HashMap;

use bedrock_codegen::codegen_at_use;
use bedrock_formats::invocation_metrics::{BedrockKeys, GuardrailAction};
use bedrock_formats::openai_responses::{Item, Response, ResponseError, ResponseStatus, StreamEvent};
use bedrock_formats::reply::ToReply;
use bedrock_formats::wire;
use serde_json::Value;

use crate::completeness::{Missing, StreamException};
use crate::event::{Event, EventSink, MessageStart, Unknown};
use crate::fold::block_slots::Blocks;
use crate::fold::choices::ending::emit_stop;
use crate::fold::fast_path::template::Learned;
use crate::fold::format::{Format, Probe};
use crate::fold::growing_block::Piece;
use crate::fold::raw_list::RawList;
use crate::fold::stage::Stage;
use crate::fold::unknown_fields::Leftover;
use crate::fold::{Aggregator, BuildError, ChunkError, RawChunk, report};
use change::{Change, is_of_service, lesson};
use item::ItemBuilder;
use leftover::{left_of, with};
use target::Target;

/// The row of the registry.
pub(crate) const FORMAT: Format =
    Format::built_in::<OpenAiResponsesAggregator>("openai-responses", detects, |response| {
        response.get("object").is_some_and(|object| object == "response")
    })
    .announced_by(|probe| {
        const ANNOUNCE: [&str; 3] = ["response.created", "response.queued", "response.in_progress"];
        let output = probe.chunk.pointer("/response/output").and_then(Value::as_array);
        let kind = probe.text("type").or(probe.event_type);
        kind.is_some_and(|kind| ANNOUNCE.contains(&kind)) && output.is_none_or(Vec::is_empty)
    });

#[codegen_at_use]
fn detects(probe: &Probe<'_>) -> bool {
    match probe.text("type") {
        Some("error") => {
            ["sequence_number", "code"].iter().any(|key| probe.get(key).is_some()) && !probe.has("error")
        }
        Some(kind) => kind.starts_with("response."),
        None => probe.event_type.is_some_and(|name| name.starts_with("response.")),
    }
}

/// Folds stream events into a [`Response`].
///
/// ```
/// use bedrock_aggregate::formats::OpenAiResponsesAggregator;
/// use bedrock_aggregate::{Aggregator, EventSink, RawChunk};
///
/// let mut fold = OpenAiResponsesAggregator::default();
/// let delta = br#"{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"Rain."}"#;
/// fold.aggregate_raw(RawChunk::new(delta), &mut EventSink::none())?;
/// assert_eq!(fold.build()?.output_text(), "Rain.");
/// assert_eq!(fold.missing().names(), ["block", "stop", "usage"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct OpenAiResponsesAggregator {
    stage: Stage,
    /// The response as the last event showed it.
    envelope: Response,
    items: Blocks<ItemBuilder>,
    /// The index of the next block that is emitted.
    next: u64,
    started: bool,
    /// Whether any item is done.
    has_done: bool,
    /// Whether any item is of an unknown kind.
    has_strange: bool,
    /// Whether `response.created` has come.
    created: bool,
    /// The positions of the items that have ids.
    ids: HashMap<String, u64>,
    /// The item that was added or changed last: where a service leaves out which one an event is for.
    last: Option<u64>,
    /// Whether the terminal event has come.
    has_ended: bool,
    /// What that event says, in short: repeated, it says nothing new.
    end: Option<u64>,
    learned: Learned<(u64, Target)>,
    /// A guardrail's verdict and trace, which may come with any event.
    guardrail_action: Option<GuardrailAction>,
    guardrail_trace: Option<Value>,
    unknown: RawList,
}

#[codegen_at_use]
impl Aggregator for OpenAiResponsesAggregator {
    type Chunk = StreamEvent;
    type Message = Response;

    fn aggregate(&mut self, event: StreamEvent, events: &mut EventSink<'_>) -> Result<(), ChunkError> {
        self.learned.forget();
        // Before the stage is entered: an error alone is nothing of an answer, and what came before
        // it stays as it is.
        if let StreamEvent::Error(error) = event {
            return Self::error(error);
        }
        self.stage.take()?;
        let end = Self::end_of(&event);
        if end.is_some() && end == self.end {
            return Ok(());
        }
        let verdict = match event {
            StreamEvent::Unknown(_) => Ok(()),
            _ => self.stage.expect_open(event.tag().unwrap_or("an event")),
        };
        let verdict = verdict.and_then(|()| self.refuse_other(&event).map_err(ChunkError::OtherMessage));
        self.stage.admit(verdict)?;
        let keys = BedrockKeys::from_object(event.extra());
        self.guardrail_action = keys.guardrail_action.map(Cow::into_owned).or(self.guardrail_action.take());
        self.guardrail_trace = keys.trace.cloned().or(self.guardrail_trace.take());
        self.end = end;
        let left = left_of(&event).map(|left| (left, event.tag().unwrap_or_default().to_owned()));
        let verdict = self.take(event, events);
        if let Some((left, tag)) = left {
            self.keep_left(left, &tag, events);
        }
        self.stage.admit(verdict)
    }

    #[inline]
    fn aggregate_raw(&mut self, chunk: RawChunk<'_>, events: &mut EventSink<'_>) -> Result<(), ChunkError> {
        if self.scanned_delta(chunk.json, events).is_some() {
            return Ok(());
        }
        let (mut event, mut odd) = wire::read::<StreamEvent>(chunk.json)?;
        if let (StreamEvent::Unknown(object), Some(name)) = (&mut event, chunk.event_type) {
            // A server may say in the event's name alone what it is.
            if !object.contains_key("type") {
                let mut named = std::mem::take(object);
                named.insert("type".to_owned(), Value::from(name));
                (event, odd) = wire::read_value(named.into())
                    .map_err(|error| ChunkError::Malformed(error.to_string()))?;
            }
        }
        self.learned.forget();
        let teaches = odd.is_empty() && self.learned.is_eager();
        let lesson = if teaches { lesson(chunk.json, &event) } else { None };
        self.aggregate(event, events)?;
        if let Some((template, place)) = lesson {
            self.learned.learn(template, place);
        }
        report(odd)
    }

    #[inline]
    fn aggregate_delta(&mut self, chunk: RawChunk<'_>, events: &mut EventSink<'_>) -> Option<()> {
        self.scanned_delta(chunk.json, events)
    }

    fn build(&mut self) -> Result<Response, BuildError> {
        self.stage.build()?;
        let mut response = self.whole();
        // It was cut, and no one works on it any more.
        if !self.has_ended {
            response.status = Some(ResponseStatus::Incomplete);
        }
        Ok(response)
    }

    fn clear(&mut self) {
        *self = Self::default();
    }

    /// Emits why the model stopped, where no last event did: a guardrail can.
    fn end(&mut self, events: &mut EventSink<'_>) {
        if !self.has_ended && !self.stage.is_empty() && self.guardrail_action.is_some() && events.is_enabled()
        {
            let mut response = self.whole();
            response.status = Some(ResponseStatus::Incomplete);
            emit_stop(&response.to_reply(), events);
        }
    }

    fn missing(&self) -> Missing {
        let empty = self.stage.is_empty();
        let open = self.items.iter().filter(|slot| !slot.block.done).map(|slot| slot.index);
        Missing {
            empty,
            open_blocks: if self.has_ended { Vec::new() } else { open.collect() },
            stop: !empty && !self.has_ended,
            // The last event brings the counts. Whether it has any is not asked: with `"usage":
            // null` an answer is complete.
            usage: !empty && !self.has_ended,
            ..Missing::default()
        }
    }

    fn unknown(&self) -> &RawList {
        &self.unknown
    }

    fn snapshot(&self) -> Option<Response> {
        (!self.stage.is_empty()).then(|| self.whole())
    }
}

#[codegen_at_use]
impl OpenAiResponsesAggregator {
    /// An event that differs from the one before in its text, number and padding only. `None` for anything else.
    #[inline]
    fn scanned_delta(&mut self, json: &[u8], events: &mut EventSink<'_>) -> Option<()> {
        if !self.stage.is_folding() {
            return None;
        }
        let ((index, place), text) = self.learned.scan(json)?;
        let item = &mut self.items.get(index).filter(|slot| slot.block.grows())?.block;
        self.last = Some(index);
        item.push(place, Piece::Raw(text), &mut self.next, events)
    }

    fn take(&mut self, event: StreamEvent, events: &mut EventSink<'_>) -> Result<(), ChunkError> {
        use StreamEvent as E;
        match event {
            E::Created(event) => {
                self.created = true;
                self.emit_snapshot(event.response, events);
            }
            E::Queued(event) => self.emit_snapshot(event.response, events),
            E::InProgress(event) => self.emit_snapshot(event.response, events),
            E::Completed(event) => self.ended(with(event.response, event.extra), events),
            E::Incomplete(event) => self.ended(with(event.response, event.extra), events),
            E::Failed(event) => {
                let error = exception(event.response.error.as_ref());
                let agrees = self.check_end(&event.response).is_ok();
                let mut response = with(event.response, event.extra);
                if !agrees {
                    // What was emitted stands, beside what the service says instead.
                    let output = response.output.take();
                    self.unknown.push(&serde_json::json!({"output": output}));
                }
                self.ended(response, events);
                return Err(ChunkError::Exception(error));
            }
            E::OutputItemAdded(event) => {
                let index = self.item_at(event.output_index, &event.item, true);
                self.item_added(index, event.item, events);
            }
            E::OutputItemDone(event) => {
                self.start(events);
                self.has_done = true;
                let index = self.item_at(event.output_index, &event.item, false);
                let (slot, _) = self.items.get_or_open(index, ItemBuilder::default);
                if !slot.block.done {
                    slot.block.complete(event.item, &mut self.next, events);
                }
            }
            event => return self.take_change(event, events),
        }
        Ok(())
    }

    /// Takes what changes an item. An event that is for none, whose item has not come and cannot be opened by it, or is of a kind
    /// that is not known, is kept as unknown. More of an item that is done is another message's.
    fn take_change(&mut self, event: StreamEvent, events: &mut EventSink<'_>) -> Result<(), ChunkError> {
        let opens = !is_of_service(&event);
        let spare = (self.has_done || self.has_strange || !opens).then(|| event.clone());
        let (at, change) = match Change::of(event) {
            Ok(change) => change,
            Err(event) => {
                self.keep_unknown(&event, events);
                return Ok(());
            }
        };
        let index = self.position(&at);
        if let Some(item) = self.items.find(index) {
            let late = item.done && change.says();
            let why = item.contradiction(&change).or(late.then_some("more of an item that is done"));
            if let Some(why) = why {
                return Err(ChunkError::other_message(format!("{why}: item {index}")));
            }
        }
        let place = change.target();
        let is_new = self.items.get(index).is_none();
        if let (true, None) = (is_new, place) {
            // How far a search is, of which nothing else is known, says nothing; what a program is does.
            if let Some(event) = spare.filter(|_| !opens) {
                self.keep_unknown(&event, events);
            }
            return Ok(());
        }
        self.start(events);
        let make = || place.map(|place| ItemBuilder::for_target(place, at.id.as_deref())).unwrap_or_default();
        let (slot, _) = self.items.get_or_open(index, make);
        if let Some(event) = spare.filter(|_| !slot.block.grows()) {
            self.keep_unknown(&event, events);
            return Ok(());
        }
        slot.block.take(change, &mut self.next, events);
        self.last = Some(index);
        if let Some(id) = at.id {
            self.ids.entry(id).or_insert(index);
        }
        Ok(())
    }

    /// Takes the response as it stands.
    fn emit_snapshot(&mut self, response: Response, events: &mut EventSink<'_>) {
        self.envelope = response;
        self.start(events);
        // One that is resumed has items already.
        for (index, item) in self.envelope.output.take().into_iter().flatten().enumerate() {
            let (slot, made) = self.items.get_or_open(index as u64, ItemBuilder::default);
            if made {
                slot.block.added(item, &mut self.next, events);
                self.has_strange |= !slot.block.grows();
            }
        }
    }

    fn item_added(&mut self, index: u64, item: Item, events: &mut EventSink<'_>) {
        self.start(events);
        let (slot, _) = self.items.get_or_open(index, ItemBuilder::default);
        if !slot.block.done {
            slot.block.added(item, &mut self.next, events);
            self.has_strange |= !slot.block.grows();
        }
    }

    /// Emits that the message begins, once.
    fn start(&mut self, events: &mut EventSink<'_>) {
        if !std::mem::replace(&mut self.started, true) {
            let Response { id, model, .. } = &self.envelope;
            events.emit(|| {
                Event::MessageStart(MessageStart::new(id.as_deref(), model.as_deref(), Some("assistant")))
            });
        }
    }

    /// Keeps what an event of this kind has that neither its item nor the response has a place for.
    fn keep_left(&mut self, left: Leftover, tag: &str, events: &mut EventSink<'_>) {
        if let Some(raw) = left.keep_in(&mut self.unknown, &[], &[("type", tag.into())]) {
            let event_type = Some(Cow::Borrowed(tag));
            events.emit(|| Event::Unknown(Unknown { event_type, raw: Cow::Borrowed(&raw) }));
        }
    }

    fn keep_unknown(&mut self, event: &StreamEvent, events: &mut EventSink<'_>) {
        let raw = serde_json::to_value(event).unwrap_or(Value::Null);
        events.emit(|| {
            let event_type = event.tag().map(Cow::Borrowed);
            Event::Unknown(Unknown { event_type, raw: Cow::Borrowed(&raw) })
        });
        self.unknown.push(&raw);
    }

    /// The response so far: the service's last word, with the items folded where it has none.
    fn whole(&self) -> Response {
        let mut response = self.envelope.clone();
        response.guardrail_action = response.guardrail_action.or(self.guardrail_action.clone());
        response.guardrail_trace = response.guardrail_trace.or(self.guardrail_trace.clone());
        if response.output.is_none() && (!self.has_ended || !self.items.is_empty()) {
            response.output = Some(self.items.iter().map(|slot| slot.block.whole()).collect());
        }
        response
    }
}

#[codegen_at_use]
fn exception(error: Option<&ResponseError>) -> StreamException {
    let Some(error) = error else { return StreamException::new("response.failed", "") };
    let name = error.code.as_deref().or(error.kind.as_deref()).unwrap_or("error");
    StreamException::new(name, error.message.clone().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bedrock_testing::{Recording, recordings};

    #[test]
    fn most_recorded_deltas_are_scanned() {
        let wanted = |recording: &Recording| recording.streaming && recording.format == "openai-responses";
        let Some(all) = recordings(wanted) else { return };
        let (mut scanned, mut deltas) = (0, 0);
        for recording in &all {
            let mut fold = OpenAiResponsesAggregator::default();
            for chunk in recording.chunks() {
                let json = chunk.to_string();
                deltas += usize::from(json.contains(".delta\""));
                let hit = fold.clone().scanned_delta(json.as_bytes(), &mut EventSink::none());
                scanned += usize::from(hit.is_some());
                let _ = fold.aggregate_raw(RawChunk::new(json.as_bytes()), &mut EventSink::none());
            }
        }
        assert!(scanned * 4 > deltas * 3, "{scanned} of {deltas}");
    }
}
