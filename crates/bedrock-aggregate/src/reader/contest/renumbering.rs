//! Keeps emitted events consistent when another fold takes over in the middle: gives its blocks indexes that fit.
//! Not for: which fold is the right one (see `contest`).

use std::collections::BTreeMap;

use crate::event::{BlockEnd, Event, EventSink, ThinkingEnd, ToolUseEnd};

/// Blocks by their kind and index, each with the event that began it.
pub(super) type Open = BTreeMap<(u8, u64), Event<'static>>;

const TEXT: u8 = 0;
const THINKING: u8 = 1;
const CALL: u8 = 2;

/// What has been emitted.
///
/// As long as one fold emits everything, blocks have its own indexes. After a change a block that was open goes on under the
/// index that it had, and a new one gets an index behind all that were emitted: so nothing is emitted in two
/// places, and nothing before what came before it.
#[derive(Default)]
pub(super) struct Emitted {
    /// The blocks that began and have not ended, as they were emitted.
    open: Open,
    /// The highest index that was emitted.
    highest: Option<u64>,
    /// The indexes under which open blocks are emitted, by those that they have in the current fold. `None` for as long as
    /// those are the same.
    emitted_as: Option<BTreeMap<(u8, u64), u64>>,
    /// Texts that are open in the current fold and have no open block among the emitted ones: they begin if they go on.
    silent: Open,
}

/// What an event says of a block.
#[derive(PartialEq, Eq)]
enum Step {
    Begins,
    GoesOn,
    Ends,
}

impl Emitted {
    /// Whether indexes may be emitted that are not those of the current fold.
    pub(super) const fn is_renumbered(&self) -> bool {
        self.emitted_as.is_some()
    }

    /// Emits an event.
    pub(super) fn emit(&mut self, mut event: Event<'_>, events: &mut EventSink<'_>) {
        if let Some((kind, index, step)) = block_of(&mut event) {
            match self.silent.remove(&(kind, *index)) {
                Some(start) if step == Step::GoesOn => self.emit(start, events),
                Some(_) => return,
                None => {}
            }
            if let Some(emitted_as) = &mut self.emitted_as {
                let own = (kind, *index);
                let emitted = match step {
                    Step::Begins => {
                        let next = self.highest.map_or(0, |highest| highest.saturating_add(1));
                        let new = (*index).max(next);
                        emitted_as.insert(own, new);
                        Some(new)
                    }
                    Step::GoesOn => emitted_as.get(&own).copied(),
                    Step::Ends => emitted_as.remove(&own),
                };
                *index = emitted.unwrap_or(*index);
            }
            if step == Step::Begins {
                self.highest = self.highest.max(Some(*index));
            }
            note(&mut self.open, &event);
        }
        events.emit(|| event);
    }

    /// Hands over to a fold that has emitted nothing and for which these blocks are open: those that were emitted go on, the
    /// others begin (texts where they go on), and what else was open ends.
    pub(super) fn goes_on(&mut self, open: &Open, events: &mut EventSink<'_>) {
        let mut emitted = std::mem::take(&mut self.open);
        self.silent.clear();
        let mut emitted_as = BTreeMap::new();
        let calls = emitted.iter().filter(|((kind, _), _)| *kind == CALL);
        let calls: BTreeMap<_, _> =
            calls.filter_map(|(key, start)| Some((id_of(start)?.to_owned(), *key))).collect();
        let mut to_start = Vec::new();
        // The last text emitted is the one that goes on.
        for (own, start) in open.iter().rev() {
            let is_here =
                |key: &(u8, u64)| emitted.get(key).is_some_and(|other| id_of(other) == id_of(start));
            let known = match id_of(start) {
                Some(_) if is_here(own) => Some(*own),
                Some(id) => calls.get(id).copied().filter(is_here),
                None => emitted.range((own.0, 0)..=(own.0, u64::MAX)).next_back().map(|(key, _)| *key),
            };
            match known {
                Some(key) => {
                    self.open.extend(emitted.remove_entry(&key));
                    emitted_as.insert(*own, key.1);
                }
                None if own.0 == CALL => to_start.push(start),
                None => drop(self.silent.insert(*own, start.clone())),
            }
        }
        self.emitted_as = Some(emitted_as);
        emitted.iter().for_each(|((kind, index), start)| events.emit(|| end_of(*kind, *index, start)));
        to_start.into_iter().rev().for_each(|start| self.emit(start.clone(), events));
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
