//! Which events of a response belong to it, and whether its last word agrees with what came before.
//! Not for: taking them.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use bedrock_codegen::codegen_at_use;
use bedrock_formats::openai_responses::{Item, Response, StreamEvent};

use super::OpenAiResponsesAggregator;
use super::change::id_of;
use super::item::ItemBuilder;

#[codegen_at_use]
impl OpenAiResponsesAggregator {
    /// What an event says that ends the response, in short.
    pub(super) fn end_of(event: &StreamEvent) -> Option<u64> {
        use StreamEvent as E;
        let response = match event {
            E::Completed(event) => &event.response,
            E::Incomplete(event) => &event.response,
            _ => return None,
        };
        // A hash, since the response can be large; compared within one stream only.
        let mut hasher = DefaultHasher::new();
        (event.tag(), serde_json::to_vec(response).ok()?).hash(&mut hasher);
        Some(hasher.finish())
    }

    /// Refuses what is no part of this response: the beginning of another or an event of another, a second beginning or another
    /// end of an item, whole items that contradict what was emitted of them, and a last event that contradicts or leaves out
    /// what was emitted.
    pub(super) fn refuse_other(&self, event: &StreamEvent) -> Result<(), String> {
        use StreamEvent as E;
        let is_other = |response: &Response| {
            let (own, other) = (self.envelope.id.as_deref(), response.id.as_deref());
            matches!((own, other), (Some(own), Some(other)) if own != other && !own.is_empty() && !other.is_empty())
        };
        match event {
            E::Created(_) if self.created || !self.items.is_empty() => {
                return Err("a second response.created".to_owned());
            }
            E::Queued(event) if is_other(&event.response) => {
                return Err("another response is queued".to_owned());
            }
            E::InProgress(event) if is_other(&event.response) => {
                return Err("another response is in progress".to_owned());
            }
            E::OutputItemAdded(event) => {
                let index = self.known_position(event.output_index, &event.item, true);
                let known = index.and_then(|index| self.items.find(index));
                let begins_again = |known: &ItemBuilder| {
                    let (own, other) = (id_of(&known.item), id_of(&event.item));
                    known.announced && (known.done || own != other || (own.is_none() && known.is_emitted()))
                };
                let index = index.unwrap_or_default();
                if known.is_some_and(begins_again) {
                    return Err(format!("a second beginning of item {index}"));
                }
                let emitted = known.filter(|known| known.is_emitted());
                if let Some(why) = emitted.and_then(|known| known.contradicts(&event.item)) {
                    return Err(format!("{why}, at the beginning of item {index}"));
                }
            }
            E::OutputItemDone(event) => {
                let index = self.known_position(event.output_index, &event.item, false);
                let known = index.and_then(|index| self.items.find(index));
                if let Some(why) = known.and_then(|known| known.contradicts(&event.item)) {
                    return Err(format!("{why}, at the end of item {}", index.unwrap_or_default()));
                }
            }
            E::Completed(event) if is_other(&event.response) => {
                return Err("another response ends".to_owned());
            }
            E::Incomplete(event) if is_other(&event.response) => {
                return Err("another response ends".to_owned());
            }
            E::Completed(event) => self.check_end(&event.response)?,
            E::Incomplete(event) => self.check_end(&event.response)?,
            _ => {}
        }
        Ok(())
    }

    /// Whether the response as the service says it is at the end agrees with what was emitted of it.
    pub(super) fn check_end(&self, response: &Response) -> Result<(), String> {
        let output = response.output.as_deref().unwrap_or_default();
        if output.is_empty() {
            return Ok(());
        }
        let matched = self.matched(output);
        for (item, index) in output.iter().zip(&matched) {
            let known = index.and_then(|index| self.items.find(index));
            if let Some(why) = known.and_then(|known| known.contradicts(item)) {
                return Err(format!("{why}, in the last event"));
            }
        }
        let matched: HashSet<_> = matched.into_iter().flatten().collect();
        match self.items.iter().find(|slot| !matched.contains(&slot.index) && slot.block.is_emitted()) {
            Some(slot) => Err(format!("the last event leaves out item {}, which was emitted", slot.index)),
            None => Ok(()),
        }
    }

    /// The position of each item of the last event among the items so far.
    pub(super) fn matched(&self, output: &[Item]) -> Vec<Option<u64>> {
        let streamed: HashMap<_, _> =
            self.items.iter().filter_map(|slot| Some((id_of(&slot.block.item)?, slot.index))).collect();
        let final_ids: HashSet<_> = output.iter().filter_map(id_of).collect();
        let place = |(position, item): (usize, &Item)| {
            let known = id_of(item).and_then(|id| streamed.get(&id)).copied();
            // Items without ids, and those whose ids were made anew, are known by their positions.
            // Made anew: test_openai_responses_raw_cot_stream_openrouter, its item of reasoning.
            let is_own = |own: &&ItemBuilder| {
                own.item.tag() == item.tag() && id_of(&own.item).is_none_or(|id| !final_ids.contains(&id))
            };
            let at_position = || self.items.find(position as u64).filter(is_own).map(|_| position as u64);
            known.or_else(at_position)
        };
        output.iter().enumerate().map(place).collect()
    }
}
