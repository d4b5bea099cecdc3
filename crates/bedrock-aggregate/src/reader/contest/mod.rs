//! Two formats for one stream, until something decides which: Converse's events as clients and logs write them (one object,
//! whose only key is the event's name), and Nova's own, which look the same.
//!
//! Both folds take every chunk. As long as they tell the same events, those are told at once, whichever format it will be;
//! where they begin to differ, events wait until something decides, which is seldom longer than a chunk. What decides may
//! be contradicted later: then the other fold, which went on in silence, takes over, and what had been told is made to fit
//! (see `retelling`). Why the model stopped waits for the end of the doubt: nothing of the message is heard behind it.
//!
//! Not for: which other formats there are (see `choosing`).

use std::collections::VecDeque;

use bedrock_formats::invocation_metrics::BedrockKeys;
use serde_json::Value;

use crate::event::{Event, Listener};
use crate::fold::format::Format;
use crate::fold::{ChunkError, Fold, RawChunk};
use retelling::{Open, Told, note};

mod retelling;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Nova,
    Converse,
}

/// So many events may wait for a decision; then the likelier format is taken for the right one.
const WAITING: usize = 64;

pub(crate) struct Contest {
    nova: Candidate,
    converse: Candidate,
    evidence: Evidence,
    /// Whose events are told. `None`: those that both tell.
    leader: Option<Side>,
    /// Whether nothing can contradict any more.
    is_over: bool,
    told: Told,
}

struct Candidate {
    name: String,
    fold: Box<dyn Fold>,
    /// Events that are not told yet.
    waiting: VecDeque<Event<'static>>,
    /// What has begun and not ended, heard or not.
    open: Open,
    /// Why the model stopped, and the counts behind it.
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
                waiting: VecDeque::new(),
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
            told: Told::default(),
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

    /// Whether the winner needs nobody beside it: nothing can change the decision, and what is told is what it tells.
    pub(crate) const fn is_over(&self) -> bool {
        self.is_over && !self.told.is_retold()
    }

    /// The winner's fold with its name. What it had to say and nobody has heard is told.
    pub(crate) fn end(mut self, events: &mut Listener<'_>) -> (String, Box<dyn Fold>) {
        self.lead(self.leader.unwrap_or(Side::Nova), events);
        self.tell_stop(events);
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
        events: &mut Listener<'_>,
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
                if certain || self.leader.is_none() || self.leader == Some(side) || side == Side::Converse {
                    self.lead(side, events);
                }
                let is_nova = self.leader == Some(Side::Nova) && side == Side::Nova;
                self.is_over |= certain || (invoked && is_nova);
            }
            None if self.nova.waiting.len().max(self.converse.waiting.len()) > WAITING => {
                self.lead(Side::Nova, events);
            }
            None => {}
        }
        match self.leader {
            Some(side) => self.push_to(side, chunk, events),
            None => self.push_to_both(chunk, events),
        }
    }

    /// Takes a chunk that one candidate tells of, and the other follows in silence.
    fn push_to(
        &mut self,
        side: Side,
        chunk: RawChunk<'_>,
        events: &mut Listener<'_>,
    ) -> Result<(), ChunkError> {
        if self.is_over {
            self.tell_stop(events);
        }
        let (holds, hears) = (!self.is_over, events.hears());
        let Self { nova, converse, told, .. } = self;
        let (leader, other) = match side {
            Side::Nova => (nova, converse),
            Side::Converse => (converse, nova),
        };
        let pushed = leader.push(chunk, holds, hears, &mut |event| told.tell(event, events));
        if !holds {
            return pushed;
        }
        if !refuses(&pushed) {
            // What the other one cannot read is no fault: it is not the one that is believed. What it refuses can be a part of
            // this message in one format only.
            self.is_over = refuses(&other.push(chunk, holds, hears, &mut |_| {}));
            return pushed;
        }
        let (mut behind, open) = (Vec::new(), other.open.clone());
        let taken = other.push(chunk, holds, hears, &mut |event| behind.push(event.into_owned()));
        if refuses(&taken) {
            return pushed;
        }
        told.goes_on(&open, events);
        behind.into_iter().for_each(|event| told.tell(event, events));
        self.leader = Some(side.other());
        self.is_over = true;
        taken
    }

    /// Takes a chunk while nothing is decided.
    fn push_to_both(&mut self, chunk: RawChunk<'_>, events: &mut Listener<'_>) -> Result<(), ChunkError> {
        let hears = events.hears();
        let pushed = (self.nova.wait(chunk, hears), self.converse.wait(chunk, hears));
        self.tell_common(events);
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

    /// Tells what both candidates tell.
    fn tell_common(&mut self, events: &mut Listener<'_>) {
        while let (Some(one), Some(other)) = (self.nova.waiting.front(), self.converse.waiting.front()) {
            if one != other {
                return;
            }
            self.nova.waiting.pop_front();
            if let Some(event) = self.converse.waiting.pop_front() {
                self.told.tell(event, events);
            }
        }
    }

    /// Lets one candidate be heard from now on.
    fn lead(&mut self, side: Side, events: &mut Listener<'_>) {
        if self.leader == Some(side) {
            return;
        }
        let Self { nova, converse, leader, told, .. } = self;
        let (next, last) = match side {
            Side::Nova => (nova, converse),
            Side::Converse => (converse, nova),
        };
        if leader.is_some() {
            told.goes_on(&next.open, events);
        } else {
            last.waiting.clear();
            next.waiting.drain(..).for_each(|event| told.tell(event, events));
        }
        *leader = Some(side);
    }

    /// Tells why the model stopped, and the counts behind that, as whoever leads has it.
    fn tell_stop(&mut self, events: &mut Listener<'_>) {
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
    /// Takes a chunk, and hands on what it tells; with `holds` all but why the model stopped and the counts behind that.
    fn push(
        &mut self,
        chunk: RawChunk<'_>,
        holds: bool,
        hears: bool,
        hear: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), ChunkError> {
        let Self { fold, open, end, .. } = self;
        let mut listen = |event: Event<'_>| match (&event, end.last_mut()) {
            (Event::Stop(_), None) if holds => end.push(event.into_owned()),
            (Event::Stop(_), Some(_)) if holds => {}
            // Counts are cumulative: the last hold.
            (Event::Usage(_), Some(last @ Event::Usage(_))) if holds => *last = event.into_owned(),
            (Event::Usage(_), Some(_)) if holds => end.push(event.into_owned()),
            _ => {
                note(open, &event);
                hear(event);
            }
        };
        fold.push(chunk, &mut if hears { Listener::new(&mut listen) } else { Listener::none() })
    }

    /// Takes a chunk while nothing is decided.
    fn wait(&mut self, chunk: RawChunk<'_>, hears: bool) -> Result<(), ChunkError> {
        let mut waiting = std::mem::take(&mut self.waiting);
        let pushed = self.push(chunk, true, hears, &mut |event| waiting.push_back(event.into_owned()));
        self.waiting = waiting;
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
    /// A text that goes back to an earlier index decides too: Converse puts it there, Nova behind all that came, and what is
    /// heard cannot be both. Then it is who was heard so far, or what such chunks are as a rule: `is_novas`.
    fn weigh(&mut self, chunk: &Value, is_novas: bool) -> Option<Found> {
        let found = |side, certain| Some(Found { side, certain });
        if let Some(metadata) = chunk.get("metadata") {
            let has = |path: &str| metadata.pointer(path).is_some_and(|value| !value.is_null());
            const CONVERSE: [&str; 6] = [
                "/metrics/latencyMs",
                "/usage/totalTokens",
                "/usage/serverToolUsage",
                "/usage/cacheDetails",
                "/performanceConfig",
                "/serviceTier",
            ];
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
