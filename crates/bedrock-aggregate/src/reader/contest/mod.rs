//! Two formats for one stream, until something decides which: Converse's events as clients and logs write them (one object,
//! whose only key is the event's name), and Nova's own, which look the same.
//!
//! Both folds take every chunk. As long as they emit the same events, those are passed on at once, whichever format it will be;
//! where they begin to differ, events wait until something decides, which is seldom longer than a chunk. What decides may
//! be contradicted later: then the other fold, which went on in silence, takes over, and its events are renumbered to fit
//! those already emitted (see `renumbering`). The stop waits until the doubt is over: nothing of the message is emitted after it.
//!
//! Not for: which other formats there are (see `detection`).

use std::collections::VecDeque;

use bedrock_formats::invocation_metrics::BedrockKeys;
use serde_json::Value;

use crate::event::{Event, EventSink};
use crate::fold::format::Format;
use crate::fold::{ChunkError, Fold, RawChunk};
use renumbering::{Emitted, Open, note};

mod renumbering;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Nova,
    Converse,
}

/// This many events may wait for a decision; then the likelier format is chosen.
// So that a stream which decides nothing cannot have all of its events held.
const MAX_PENDING: usize = 64;

pub(crate) struct Contest {
    nova: Candidate,
    converse: Candidate,
    evidence: Evidence,
    /// The candidate whose events are emitted. `None`: those that both emit.
    leader: Option<Side>,
    /// Whether the decision is final.
    is_over: bool,
    emitted: Emitted,
}

struct Candidate {
    name: String,
    fold: Box<dyn Fold>,
    /// Events that are not emitted yet.
    pending: VecDeque<Event<'static>>,
    /// What has begun and not ended, emitted or not.
    open: Open,
    /// Why the model stopped, and the counts after it.
    end: Vec<Event<'static>>,
}

impl Contest {
    /// Whether both formats have chunks of this kind.
    pub(crate) fn is_for(chunk: &Value) -> bool {
        let Some(object) = chunk.as_object() else { return false };
        let mut members = object.iter().filter(|(key, _)| *key != "p" && !key.starts_with("amazon-bedrock-"));
        let (Some((name, event)), None) = (members.next(), members.next()) else { return false };
        EVENTS.contains(&name.as_str()) && event.is_object()
    }

    /// A contest. `is_another` says that the model is known, and not Nova: then it is Converse's, unless something contradicts.
    pub(crate) fn between(
        nova: &Format,
        converse: &Format,
        model_id: Option<&str>,
        is_another: bool,
    ) -> Self {
        let candidate = |format: &Format| {
            let mut fold = format.fold();
            if let Some(model_id) = model_id {
                fold.set_model_id(model_id);
            }
            Candidate {
                name: format.name().to_owned(),
                fold,
                pending: VecDeque::new(),
                open: Open::new(),
                end: Vec::new(),
            }
        };
        Self {
            nova: candidate(nova),
            converse: candidate(converse),
            evidence: Evidence::default(),
            leader: is_another.then_some(Side::Converse),
            is_over: false,
            emitted: Emitted::default(),
        }
    }

    pub(crate) fn set_model_id(&mut self, model_id: &str) {
        self.nova.fold.set_model_id(model_id);
        self.converse.fold.set_model_id(model_id);
    }

    /// The format that it is so far, as far as that is decided.
    pub(crate) fn name(&self) -> Option<&str> {
        self.leader.map(|side| match side {
            Side::Nova => self.nova.name.as_str(),
            Side::Converse => self.converse.name.as_str(),
        })
    }

    /// The likelier fold with its name.
    pub(crate) fn likelier(&self) -> (&str, &dyn Fold) {
        let candidate = match self.leader {
            Some(Side::Converse) => &self.converse,
            _ => &self.nova,
        };
        (&candidate.name, &*candidate.fold)
    }

    /// Whether the winner can go on alone: the decision is final, and its events need no renumbering.
    pub(crate) const fn is_over(&self) -> bool {
        // Events that were renumbered have to be so to the end: a contest that is decided may have
        // to stay.
        self.is_over && !self.emitted.is_renumbered()
    }

    /// The winner's fold with its name. Its events that still wait are emitted.
    pub(crate) fn end(mut self, events: &mut EventSink<'_>) -> (String, Box<dyn Fold>) {
        self.lead(self.leader.unwrap_or(Side::Nova), events);
        self.emit_stop(events);
        let winner = match self.leader {
            Some(Side::Converse) => self.converse,
            _ => self.nova,
        };
        (winner.name, winner.fold)
    }

    /// Takes a chunk. `invoked` says that InvokeModel brought it: Nova's own chunks come so, and what looks like them there
    /// is not doubted any more. What looks like Converse's may still be of a server that stands in for Nova's, and writes
    /// a text in pieces under one index.
    pub(crate) fn push(
        &mut self,
        chunk: RawChunk<'_>,
        value: &Value,
        invoked: bool,
        events: &mut EventSink<'_>,
    ) -> Result<(), ChunkError> {
        let is_novas = invoked || self.leader == Some(Side::Nova);
        let found = if is_payload(chunk, value) {
            Some(Found { side: Side::Converse, certain: true })
        } else {
            self.evidence.weigh(value, is_novas)
        };
        match found {
            _ if self.is_over => {}
            Some(Found { side, certain }) => {
                // A hint at Converse is a text that goes on, as Nova itself never has one. A hint
                // at Nova is two blocks of one delta, which Converse can have: it unseats nobody.
                if certain || self.leader.is_none() || self.leader == Some(side) || side == Side::Converse {
                    self.lead(side, events);
                }
                let is_nova = self.leader == Some(Side::Nova) && side == Side::Nova;
                self.is_over |= certain || (invoked && is_nova);
            }
            // Nova's: this is the only form of its events, and a client's copy of Converse's.
            None if self.nova.pending.len().max(self.converse.pending.len()) > MAX_PENDING => {
                self.lead(Side::Nova, events);
            }
            None => {}
        }
        match self.leader {
            Some(side) => self.push_to(side, chunk, events),
            None => self.push_to_both(chunk, events),
        }
    }

    /// Takes a chunk whose events come from one candidate, while the other follows in silence.
    fn push_to(
        &mut self,
        side: Side,
        chunk: RawChunk<'_>,
        events: &mut EventSink<'_>,
    ) -> Result<(), ChunkError> {
        if self.is_over {
            self.emit_stop(events);
        }
        let (holds, enabled) = (!self.is_over, events.is_enabled());
        let Self { nova, converse, emitted, .. } = self;
        let (leader, other) = match side {
            Side::Nova => (nova, converse),
            Side::Converse => (converse, nova),
        };
        let pushed = leader.push(chunk, holds, enabled, &mut |event| emitted.emit(event, events));
        if !holds {
            return pushed;
        }
        if !refuses(&pushed) {
            // What the other one cannot read is no fault: it is not the one that is believed. What it refuses can be a part of
            // this message in one format only.
            self.is_over = refuses(&other.push(chunk, holds, enabled, &mut |_| {}));
            return pushed;
        }
        let (mut behind, open) = (Vec::new(), other.open.clone());
        let taken = other.push(chunk, holds, enabled, &mut |event| behind.push(event.into_owned()));
        if refuses(&taken) {
            return pushed;
        }
        emitted.goes_on(&open, events);
        behind.into_iter().for_each(|event| emitted.emit(event, events));
        self.leader = Some(side.other());
        self.is_over = true;
        taken
    }

    /// Takes a chunk while nothing is decided.
    fn push_to_both(&mut self, chunk: RawChunk<'_>, events: &mut EventSink<'_>) -> Result<(), ChunkError> {
        let enabled = events.is_enabled();
        let pushed = (self.nova.wait(chunk, enabled), self.converse.wait(chunk, enabled));
        self.emit_common(events);
        match pushed {
            (nova, converse) if refuses(&nova) != refuses(&converse) => {
                // What is a part of this message in one format only is in that format.
                let (side, taken) =
                    if refuses(&nova) { (Side::Converse, converse) } else { (Side::Nova, nova) };
                self.lead(side, events);
                self.is_over = true;
                taken
            }
            (Err(ChunkError::Malformed(_) | ChunkError::Odd(_)), Ok(())) => {
                self.lead(Side::Converse, events);
                Ok(())
            }
            // Converse has the service's exceptions among its events; that they come decides nothing.
            (Ok(()), Err(error @ ChunkError::Exception(_))) => Err(error),
            (Ok(()), Err(_)) => {
                self.lead(Side::Nova, events);
                Ok(())
            }
            (pushed, _) => pushed,
        }
    }

    /// Emits the events that both candidates have in common.
    fn emit_common(&mut self, events: &mut EventSink<'_>) {
        while let (Some(one), Some(other)) = (self.nova.pending.front(), self.converse.pending.front()) {
            if one != other {
                return;
            }
            self.nova.pending.pop_front();
            if let Some(event) = self.converse.pending.pop_front() {
                self.emitted.emit(event, events);
            }
        }
    }

    /// Emits the events of one candidate from now on.
    fn lead(&mut self, side: Side, events: &mut EventSink<'_>) {
        if self.leader == Some(side) {
            return;
        }
        let Self { nova, converse, leader, emitted, .. } = self;
        let (next, last) = match side {
            Side::Nova => (nova, converse),
            Side::Converse => (converse, nova),
        };
        if leader.is_some() {
            emitted.goes_on(&next.open, events);
        } else {
            last.pending.clear();
            next.pending.drain(..).for_each(|event| emitted.emit(event, events));
        }
        *leader = Some(side);
    }

    /// Emits why the model stopped, and the counts after that, as the leader has it.
    fn emit_stop(&mut self, events: &mut EventSink<'_>) {
        let leader = match self.leader {
            Some(Side::Converse) => &mut self.converse,
            _ => &mut self.nova,
        };
        leader.end.drain(..).for_each(|event| events.emit(|| event));
    }
}

impl Side {
    const fn other(self) -> Self {
        match self {
            Self::Nova => Self::Converse,
            Self::Converse => Self::Nova,
        }
    }
}

impl Candidate {
    /// Takes a chunk and passes its events on; with `holds` all but the stop and the counts after it.
    fn push(
        &mut self,
        chunk: RawChunk<'_>,
        holds: bool,
        enabled: bool,
        emit: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), ChunkError> {
        let Self { fold, open, end, .. } = self;
        let mut on_event = |event: Event<'_>| match (&event, end.last_mut()) {
            (Event::Stop(_), None) if holds => end.push(event.into_owned()),
            (Event::Stop(_), Some(_)) if holds => {}
            // Counts are cumulative: the last hold.
            (Event::Usage(_), Some(last @ Event::Usage(_))) if holds => *last = event.into_owned(),
            (Event::Usage(_), Some(_)) if holds => end.push(event.into_owned()),
            _ => {
                note(open, &event);
                emit(event);
            }
        };
        fold.push(chunk, &mut if enabled { EventSink::new(&mut on_event) } else { EventSink::none() })
    }

    /// Takes a chunk while nothing is decided.
    fn wait(&mut self, chunk: RawChunk<'_>, enabled: bool) -> Result<(), ChunkError> {
        let mut pending = std::mem::take(&mut self.pending);
        let pushed = self.push(chunk, true, enabled, &mut |event| pending.push_back(event.into_owned()));
        self.pending = pending;
        pushed
    }
}

/// Whether a chunk is no part of the message.
fn refuses(pushed: &Result<(), ChunkError>) -> bool {
    matches!(pushed, Err(ChunkError::OtherMessage(_)))
}

/// Whether a chunk is an event without its name around it, which Nova's never are.
fn is_payload(chunk: RawChunk<'_>, value: &Value) -> bool {
    let is_named = |name: &str| EVENTS.contains(&name) && value.get(name).is_none();
    value.get("contentBlockIndex").is_some() || chunk.event_type.is_some_and(is_named)
}

const EVENTS: [&str; 6] =
    ["messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"];

/// What the chunks so far show.
#[derive(Debug, Default)]
struct Evidence {
    /// The index of the last text or reasoning that has not been stopped, and its kind.
    open: Option<(u64, &'static str)>,
    /// The kind of the block before, where that was one delta and a stop.
    single: Option<&'static str>,
    /// The highest index of a text or of reasoning.
    highest: u64,
}

struct Found {
    side: Side,
    /// Whether nothing outweighs it.
    certain: bool,
}

impl Evidence {
    /// What a chunk shows, in the light of those before it.
    ///
    /// Nova stops every delta of text at once and gives the next an index of its own; Converse does so with none. The last
    /// event is certain: Converse measures the time and counts a total, Nova has empty objects there.
    ///
    /// A text that goes back to an earlier index decides too: Converse puts it there, Nova after all that came, and what is
    /// emitted cannot be both. Then the leader so far decides, or what such chunks are as a rule: `is_novas`.
    fn weigh(&mut self, chunk: &Value, is_novas: bool) -> Option<Found> {
        let found = |side, certain| Some(Found { side, certain });
        if let Some(metadata) = chunk.get("metadata") {
            let has = |path: &str| metadata.pointer(path).is_some_and(|value| !value.is_null());
            // Members of Converse's event in the service model, and `serverToolUsage`, which is in
            // 61 of its 99 recorded streams. None is in the 13 of Nova.
            const CONVERSE: [&str; 6] = [
                "/metrics/latencyMs",
                "/usage/totalTokens",
                "/usage/serverToolUsage",
                "/usage/cacheDetails",
                "/performanceConfig",
                "/serviceTier",
            ];
            // Converse can send this name too, beside its own: asked after those.
            let nova = has("/usage/cacheReadInputTokenCount")
                || chunk.get(BedrockKeys::INVOCATION_METRICS).is_some()
                || ["metrics", "trace"]
                    .iter()
                    .any(|key| metadata[*key] == Value::Object(serde_json::Map::new()));
            return match CONVERSE.iter().any(|path| has(path)) {
                true => found(Side::Converse, true),
                false if nova => found(Side::Nova, true),
                false => None,
            };
        }
        if let Some(delta) = chunk.get("contentBlockDelta") {
            // What brings nothing is in neither format a reason for anything.
            let kind = kind_of(delta.get("delta").filter(|delta| brings(delta))?);
            let index = delta.get("contentBlockIndex").and_then(Value::as_u64)?;
            let Some(kind) = kind else {
                (self.open, self.single) = (None, None);
                return None;
            };
            if index < self.highest {
                return found(if is_novas { Side::Nova } else { Side::Converse }, true);
            }
            self.highest = index;
            let goes_on = self.open.replace((index, kind)).is_some();
            if goes_on {
                self.single = None;
            }
            let is_signed = delta.pointer("/delta/reasoningContent/signature").is_some();
            return if goes_on || is_signed { found(Side::Converse, false) } else { None };
        }
        if chunk.get("contentBlockStop").is_some() {
            let (_, kind) = self.open.take()?;
            // Blocks of one citation come through Converse too, where Nova grounds its answer.
            let again = self.single.replace(kind) == Some(kind) && kind != "citation";
            return if again { found(Side::Nova, false) } else { None };
        }
        if chunk.get("contentBlockStart").is_some() {
            self.single = None;
        }
        let fields = chunk.pointer("/messageStop/additionalModelResponseFields");
        if fields.is_some_and(|fields| !fields.is_null()) { found(Side::Converse, false) } else { None }
    }
}

/// Whether a delta brings anything of a kind that either format knows.
fn brings(delta: &Value) -> bool {
    fn says(value: &Value) -> bool {
        match value {
            Value::Null => false,
            Value::String(text) => !text.is_empty(),
            Value::Array(list) => !list.is_empty(),
            Value::Object(members) => members.values().any(says),
            Value::Bool(_) | Value::Number(_) => true,
        }
    }
    const KINDS: [&str; 6] = ["text", "reasoningContent", "citation", "toolUse", "toolResult", "image"];
    KINDS.iter().any(|kind| delta.get(kind).is_some_and(says))
}

/// What a delta brings, where it is of a kind that has no start.
fn kind_of(delta: &Value) -> Option<&'static str> {
    ["text", "reasoningContent", "citation"].into_iter().find(|key| delta.get(*key).is_some())
}
