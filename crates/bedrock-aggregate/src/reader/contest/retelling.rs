//! What listeners have been told by one fold, made to fit when another one goes on with the story.
//! Not for: who tells it (see `contest`).

use std::collections::BTreeMap;

use crate::event::{BlockEnd, Event, Listener, ThinkingEnd, ToolUseEnd};

/// Blocks by their kind and index, each with the event that began it.
pub(super) type Open = BTreeMap<(u8, u64), Event<'static>>;

const TEXT: u8 = 0;
const THINKING: u8 = 1;
const CALL: u8 = 2;

/// What listeners have been told.
///
/// As long as one tells all, blocks are told under its own indexes. From there on a block that was open goes on under the
/// index that it was heard under, and one that begins has an index behind all that were heard: so nothing is heard in two
/// places, and nothing before what came before it.
#[derive(Default)]
pub(super) struct Told {
    /// The blocks that began and have not ended, as they were heard.
    open: Open,
    /// The highest index that was heard.
    highest: Option<u64>,
    /// The indexes that open blocks are heard under, by those that they have for whoever tells now. `None` for as long as
    /// those are the same.
    heard_as: Option<BTreeMap<(u8, u64), u64>>,
    /// Texts that are open for whoever tells now, and of which nothing that was told is open: they begin if they go on.
    silent: Open,
}

/// What an event says of a block.
#[derive(PartialEq, Eq)]
enum Step {
    Begins,
    GoesOn,
    Ends,
}

impl Told {
    /// Whether indexes may be heard that are not those of whoever tells.
    pub(super) const fn is_retold(&self) -> bool {
        self.heard_as.is_some()
    }

    /// Tells an event.
    pub(super) fn tell(&mut self, mut event: Event<'_>, events: &mut Listener<'_>) {
        if let Some((kind, index, step)) = block_of(&mut event) {
            match self.silent.remove(&(kind, *index)) {
                Some(start) if step == Step::GoesOn => self.tell(start, events),
                Some(_) => return,
                None => {}
            }
            if let Some(heard_as) = &mut self.heard_as {
                let own = (kind, *index);
                let heard = match step {
                    Step::Begins => {
                        let next = self.highest.map_or(0, |highest| highest.saturating_add(1));
                        let new = (*index).max(next);
                        heard_as.insert(own, new);
                        Some(new)
                    }
                    Step::GoesOn => heard_as.get(&own).copied(),
                    Step::Ends => heard_as.remove(&own),
                };
                *index = heard.unwrap_or(*index);
            }
            if step == Step::Begins {
                self.highest = self.highest.max(Some(*index));
            }
            note(&mut self.open, &event);
        }
        events.emit(|| event);
    }

    /// Makes what was told fit one who has told nothing, and for whom these blocks are open: those that were heard go on, the
    /// others begin (texts where they go on), and what else was open ends.
    pub(super) fn goes_on(&mut self, open: &Open, events: &mut Listener<'_>) {
        let mut heard = std::mem::take(&mut self.open);
        self.silent.clear();
        let mut heard_as = BTreeMap::new();
        let calls = heard.iter().filter(|((kind, _), _)| *kind == CALL);
        let calls: BTreeMap<_, _> =
            calls.filter_map(|(key, start)| Some((id_of(start)?.to_owned(), *key))).collect();
        let mut unheard = Vec::new();
        // The last text heard is the one that goes on.
        for (own, start) in open.iter().rev() {
            let is_here = |key: &(u8, u64)| heard.get(key).is_some_and(|other| id_of(other) == id_of(start));
            let known = match id_of(start) {
                Some(_) if is_here(own) => Some(*own),
                Some(id) => calls.get(id).copied().filter(is_here),
                None => heard.range((own.0, 0)..=(own.0, u64::MAX)).next_back().map(|(key, _)| *key),
            };
            match known {
                Some(key) => {
                    self.open.extend(heard.remove_entry(&key));
                    heard_as.insert(*own, key.1);
                }
                None if own.0 == CALL => unheard.push(start),
                None => drop(self.silent.insert(*own, start.clone())),
            }
        }
        self.heard_as = Some(heard_as);
        heard.iter().for_each(|((kind, index), start)| events.emit(|| end_of(*kind, *index, start)));
        unheard.into_iter().rev().for_each(|start| self.tell(start.clone(), events));
    }
}

/// Notes what an event begins and ends.
pub(super) fn note(open: &mut Open, event: &Event<'_>) {
    match event {
        Event::TextStart(start) => drop(open.insert((TEXT, start.index), event.clone().into_owned())),
        Event::ThinkingStart(start) => drop(open.insert((THINKING, start.index), event.clone().into_owned())),
        Event::ToolUseStart(start) => drop(open.insert((CALL, start.index), event.clone().into_owned())),
        Event::TextEnd(end) => drop(open.remove(&(TEXT, end.index))),
        Event::ThinkingEnd(end) => drop(open.remove(&(THINKING, end.index))),
        Event::ToolUseEnd(end) => drop(open.remove(&(CALL, end.index))),
        _ => {}
    }
}

/// The block that an event is of, by kind and index, and what it says of that.
fn block_of<'e>(event: &'e mut Event<'_>) -> Option<(u8, &'e mut u64, Step)> {
    Some(match event {
        Event::TextStart(event) => (TEXT, &mut event.index, Step::Begins),
        Event::TextDelta(event) => (TEXT, &mut event.index, Step::GoesOn),
        Event::Citation(event) => (TEXT, &mut event.index, Step::GoesOn),
        Event::TextEnd(event) => (TEXT, &mut event.index, Step::Ends),
        Event::ThinkingStart(event) => (THINKING, &mut event.index, Step::Begins),
        Event::ThinkingDelta(event) => (THINKING, &mut event.index, Step::GoesOn),
        Event::ThinkingEnd(event) => (THINKING, &mut event.index, Step::Ends),
        Event::ToolUseStart(event) => (CALL, &mut event.index, Step::Begins),
        Event::ToolInputDelta(event) => (CALL, &mut event.index, Step::GoesOn),
        Event::ToolUseEnd(event) => (CALL, &mut event.index, Step::Ends),
        _ => return None,
    })
}

/// The id of the call that an event begins.
fn id_of<'e>(start: &'e Event<'_>) -> Option<&'e str> {
    if let Event::ToolUseStart(call) = start { Some(&call.id) } else { None }
}

/// The event that ends what an event began.
fn end_of(kind: u8, index: u64, start: &Event<'static>) -> Event<'static> {
    match (kind, start) {
        (THINKING, _) => Event::ThinkingEnd(ThinkingEnd { index, ..ThinkingEnd::default() }),
        (CALL, Event::ToolUseStart(call)) => Event::ToolUseEnd(ToolUseEnd { index, id: call.id.clone() }),
        _ => Event::TextEnd(BlockEnd { index }),
    }
}
