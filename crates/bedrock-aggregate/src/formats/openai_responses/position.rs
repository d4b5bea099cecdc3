//! Which item of a response an event is for.
//! Not for: what the event changes; see `change`.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::openai_responses::Item;

use super::OpenAiResponsesAggregator;
use super::change::{At, id_of};

#[codegen_at_use]
impl OpenAiResponsesAggregator {
    /// The position of an item that begins or ends, where it is known: as the event has it, or by its id. What ends without an
    /// id is the last that goes on; what begins without one is that only if nothing but pieces came of it so far.
    pub(super) fn known_position(&self, index: Option<u64>, item: &Item, begins: bool) -> Option<u64> {
        if index.is_some() {
            return index;
        }
        let id = id_of(item);
        let by_id = || id.as_ref().and_then(|id| self.ids.get(id)).copied();
        let is_begun = |index| self.items.find(index).is_some_and(|known| known.announced);
        let last = || self.open_item().filter(|&last| id.is_none() && !(begins && is_begun(last)));
        by_id().or_else(last)
    }

    /// The same, or else after all others.
    pub(super) fn item_at(&mut self, index: Option<u64>, item: &Item, begins: bool) -> u64 {
        let known = self.known_position(index, item, begins);
        let index = known.unwrap_or_else(|| self.items.next_index());
        if let Some(id) = id_of(item) {
            self.ids.insert(id, index);
        }
        self.last = Some(index);
        index
    }

    /// The item that was added or changed last, if it goes on.
    pub(super) fn open_item(&self) -> Option<u64> {
        self.last.filter(|&last| self.items.find(last).is_some_and(|item| !item.done))
    }

    /// The position of the item that a change is for. One that names an item which has not come opens it.
    pub(super) fn position(&self, at: &At) -> u64 {
        let by_id = || at.id.as_ref().and_then(|id| self.ids.get(id)).copied();
        let unnamed = || self.open_item().filter(|_| at.id.is_none());
        at.index.or_else(by_id).or_else(unnamed).unwrap_or_else(|| self.items.next_index())
    }
}
