//! Two formats for one stream, until something decides which: Converse's events as clients and logs write them (one object,
//! whose only key is the event's name), and Nova's own, which look the same.
//!
//! Both folds take every chunk. As long as they tell the same events, those are told at once, whichever format it will be;
//! where they begin to differ, events wait until something decides, which is seldom longer than a chunk. What decides may
//! be contradicted later: where InvokeModel did not bring the chunks, the other fold goes on in silence, and takes over.
//! What had been told by then is made to fit: a block that is open is ended, one that goes on begins.
//!
//! Not for: which other formats there are (see `choosing`).

use std::collections::{BTreeMap, VecDeque};

use bedrock_formats::invocation_metrics::BedrockKeys;
use serde_json::Value;

use crate::aggregator::{ChunkError, Fold, RawChunk};
use crate::event::{BlockEnd, Event, Listener, ThinkingEnd, ToolUseEnd};
use crate::registry::Format;

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

/// What listeners have been told, or would have been by a candidate that is not heard.
#[derive(Default)]
struct Told {
    /// The blocks that began and have not ended.
    open: Open,
    /// Why the model stopped. It is told once, whichever candidate is heard, and with whichever event.
    stop: Option<Event<'static>>,
}

struct Candidate {
    name: String,
    fold: Box<dyn Fold>,
    /// Events that are not told yet.
    waiting: VecDeque<Event<'static>>,
    /// What it would have told, had it been heard.
    told: Told,
}

/// Blocks by their kind and index, each with the event that began it.
type Open = BTreeMap<(u8, u64), Event<'static>>;

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
                told: Told::default(),
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

    /// Whether nothing can change the decision.
    pub(crate) const fn is_over(&self) -> bool {
        self.is_over
    }

    /// The winner's fold with its name. What it had to say and nobody has heard is told.
    pub(crate) fn end(mut self, events: &mut Listener<'_>) -> (String, Box<dyn Fold>) {
        let side = self.leader.unwrap_or(Side::Nova);
        self.lead(side, events);
        let winner = match side {
            Side::Nova => self.nova,
            Side::Converse => self.converse,
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
        match self.evidence.weigh(value) {
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
        let Self { nova, converse, leader, told, .. } = self;
        match leader {
            Some(side) => {
                let (leader, other) = match side {
                    Side::Nova => (nova, converse),
                    Side::Converse => (converse, nova),
                };
                other.follow(chunk);
                let mut hear = |event: Event<'_>| told.tell(event, events);
                leader.fold.push(chunk, &mut Listener::new(&mut hear))
            }
            None => {
                let pushed = (nova.wait(chunk, events.hears()), converse.wait(chunk, events.hears()));
                self.tell_common(events);
                match pushed {
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
            // The other was heard: its blocks end, and those of this one begin.
            let open = &told.open;
            for ((kind, index), start) in open.iter().filter(|(key, _)| !next.told.open.contains_key(key)) {
                events.emit(|| end_of(*kind, *index, start));
            }
            let begun = next.told.open.iter().filter(|(key, _)| !open.contains_key(key));
            begun.for_each(|(_, start)| events.emit(|| start.clone()));
            last.told.open = std::mem::replace(&mut told.open, std::mem::take(&mut next.told.open));
            if let Some(stop) = next.told.stop.take() {
                told.tell(stop, events);
            }
        } else {
            // What both had told is open in both.
            last.told.open.clone_from(&told.open);
            last.told.stop.clone_from(&told.stop);
            last.waiting.drain(..).for_each(|event| last.told.note(&event));
            next.waiting.drain(..).for_each(|event| told.tell(event, events));
        }
        *leader = Some(side);
    }
}

impl Candidate {
    /// Takes a chunk while nothing is decided.
    fn wait(&mut self, chunk: RawChunk<'_>, hears: bool) -> Result<(), ChunkError> {
        let waiting = &mut self.waiting;
        let mut hear = |event: Event<'_>| waiting.push_back(event.into_owned());
        self.fold.push(chunk, &mut if hears { Listener::new(&mut hear) } else { Listener::none() })
    }

    /// Takes a chunk that the other candidate tells of.
    fn follow(&mut self, chunk: RawChunk<'_>) {
        let told = &mut self.told;
        let mut hear = |event: Event<'_>| told.note(&event);
        // What this one cannot read is no fault: it is not the one that is believed.
        let _ = self.fold.push(chunk, &mut Listener::new(&mut hear));
    }
}

impl Told {
    /// Tells an event; why the model stopped only once.
    fn tell(&mut self, event: Event<'_>, events: &mut Listener<'_>) {
        if matches!(event, Event::Stop(_)) && self.stop.is_some() {
            return;
        }
        self.note(&event);
        events.emit(|| event);
    }

    /// Notes what an event begins and ends.
    fn note(&mut self, event: &Event<'_>) {
        let own = || event.clone().into_owned();
        match event {
            Event::TextStart(start) => drop(self.open.insert((0, start.index), own())),
            Event::ThinkingStart(start) => drop(self.open.insert((1, start.index), own())),
            Event::ToolUseStart(start) => drop(self.open.insert((2, start.index), own())),
            Event::TextEnd(end) => drop(self.open.remove(&(0, end.index))),
            Event::ThinkingEnd(end) => drop(self.open.remove(&(1, end.index))),
            Event::ToolUseEnd(end) => drop(self.open.remove(&(2, end.index))),
            Event::Stop(_) => self.stop = Some(own()),
            _ => {}
        }
    }
}

/// The event that ends what an event began.
fn end_of(kind: u8, index: u64, start: &Event<'static>) -> Event<'static> {
    match (kind, start) {
        (1, _) => Event::ThinkingEnd(ThinkingEnd { index, ..ThinkingEnd::default() }),
        (2, Event::ToolUseStart(call)) => Event::ToolUseEnd(ToolUseEnd { index, id: call.id.clone() }),
        _ => Event::TextEnd(BlockEnd { index }),
    }
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
    fn weigh(&mut self, chunk: &Value) -> Option<Found> {
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
            let kind = kind_of(delta.get("delta")?);
            let index = delta.get("contentBlockIndex").and_then(Value::as_u64)?;
            let Some(kind) = kind else {
                (self.open, self.single) = (None, None);
                return None;
            };
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

/// What a delta brings, where it is of a kind that has no start.
fn kind_of(delta: &Value) -> Option<&'static str> {
    ["text", "reasoningContent", "citation"].into_iter().find(|key| delta.get(*key).is_some())
}
