//! Whether what comes of an item later, whole, agrees with what came of it in pieces.
//! Not for: what becomes of a document that does not; the fold refuses it.

use bedrock_formats::openai_responses::{ContentPart, Item};

use super::{Growing, GrowingPart, Place};
use crate::blocks::Blocks;
use crate::calls::Call;
use crate::response_changes::Change;

impl Growing {
    /// The text so far at a place, where there is any.
    #[cfg_attr(not(debug_assertions), inline)]
    pub(super) fn text_at(&self, place: Place) -> Option<&str> {
        let (parts, index) = match place {
            Place::Arguments | Place::CustomInput => {
                return self.call.as_ref().map(|call| call.input.as_str());
            }
            Place::Summary(index) => (&self.summary, index),
            Place::Text(index) | Place::Refusal(index) | Place::Reasoning(index) => (&self.content, index),
        };
        parts.find(index.unwrap_or_else(|| parts.last_index())).map(|part| part.text.as_str())
    }

    /// Whether a whole text says otherwise than what came of it in pieces. An empty one says nothing.
    #[cfg_attr(not(debug_assertions), inline)]
    fn denies(&self, place: Place, whole: &str) -> bool {
        let known = self.text_at(place).unwrap_or_default();
        let is_over = match place {
            Place::Arguments | Place::CustomInput => self.call.as_ref().is_some_and(Call::has_ended),
            _ => false,
        };
        !whole.is_empty() && (!whole.starts_with(known) || (is_over && whole != known))
    }

    /// What of a change contradicts what was told of the item, if anything does.
    #[cfg_attr(not(debug_assertions), inline)]
    pub(crate) fn contradiction(&self, change: &Change) -> Option<&'static str> {
        let of_part = |place, part: &ContentPart| self.denies(place, part.as_text().unwrap_or_default());
        let denies = match change {
            Change::Whole(place, text) | Change::WholeInput(place, text, _) => self.denies(*place, text),
            Change::WholeText(index, text, _) => self.denies(Place::Text(*index), text),
            Change::Part(index, part) | Change::PartDone(index, part) => of_part(Place::Text(*index), part),
            Change::SummaryPart(index, part) => of_part(Place::Summary(*index), part),
            Change::Grow(Place::Arguments | Place::CustomInput, text) => {
                !text.is_empty() && self.call.as_ref().is_some_and(Call::has_ended)
            }
            _ => false,
        };
        denies.then_some("a whole text that is another than its pieces")
    }

    /// What of the whole item contradicts what was told of it, if anything does.
    #[cfg_attr(not(debug_assertions), inline)]
    pub(crate) fn contradicts(&self, item: &Item) -> Option<&'static str> {
        if self.is_heard() && self.item.tag() != item.tag() {
            return Some("an item of another kind than the one that was told");
        }
        let (id, name, input) = match item {
            Item::FunctionCall(call) => (&call.call_id, &call.name, &call.arguments),
            Item::CustomToolCall(call) => (&call.call_id, &call.name, &call.input),
            _ => (&None, &None, &None),
        };
        let differs = |own: Option<&String>, other: &Option<String>| matches!((own, other), (Some(own), Some(other)) if !other.is_empty() && own != other);
        if let Some(call) = &self.call {
            let is_call = matches!(item, Item::FunctionCall(_) | Item::CustomToolCall(_));
            if !is_call
                || call.has_begun() && (differs(call.id.as_ref(), id) || differs(call.name.as_ref(), name))
            {
                return Some("a call that is another than the one that began");
            }
            if self.denies(Place::Arguments, input.as_deref().unwrap_or_default()) {
                return Some("a whole input that is another than its pieces");
            }
        }
        let parts_differ = |own: &Blocks<GrowingPart>, parts: &[ContentPart]| {
            let mut whole = parts.iter().map(|part| part.as_text().unwrap_or_default());
            !parts.is_empty()
                && own.iter().map(|slot| slot.block.text.as_str()).any(|text| match whole.next() {
                    Some(whole) if self.done => whole != text,
                    Some(whole) => !whole.starts_with(text),
                    None => !text.is_empty(),
                })
        };
        if parts_differ(&self.content, &parts(item)) || parts_differ(&self.summary, &summary_parts(item)) {
            return Some("a whole text that is another than its pieces");
        }
        None
    }

    /// Whether a whole item leaves out all that was heard of it.
    #[cfg_attr(not(debug_assertions), inline)]
    pub(crate) fn is_left_out(&self, item: &Item) -> bool {
        let blank = |text: &Option<String>| text.as_deref().unwrap_or_default().is_empty();
        let is_blank = match item {
            Item::FunctionCall(call) => blank(&call.arguments),
            Item::CustomToolCall(call) => blank(&call.input),
            item => parts(item).is_empty() && summary_parts(item).is_empty(),
        };
        is_blank && self.is_heard()
    }

    /// Gives a call in the last event the name and the id under which it was told, where it has none there.
    #[cfg_attr(not(debug_assertions), inline)]
    pub(crate) fn name(&self, item: &mut Item) {
        let Some(told) = &self.call else { return };
        let (id, name) = match item {
            Item::FunctionCall(call) => (&mut call.call_id, &mut call.name),
            Item::CustomToolCall(call) => (&mut call.call_id, &mut call.name),
            _ => return,
        };
        *name = name.take().or_else(|| told.name.clone());
        *id = id.take().or_else(|| told.id.clone());
    }

    /// Whether a listener has heard anything of it.
    #[cfg_attr(not(debug_assertions), inline)]
    pub(crate) fn is_heard(&self) -> bool {
        let has_text = |parts: &Blocks<GrowingPart>| parts.iter().any(|slot| !slot.block.text.is_empty());
        self.call.as_ref().is_some_and(Call::has_begun) || has_text(&self.content) || has_text(&self.summary)
    }

    /// Keeps what grew and what the whole item leaves out.
    #[cfg_attr(not(debug_assertions), inline)]
    pub(super) fn keep_grown(&mut self, grown: Item) {
        let whole = std::mem::replace(&mut self.item, grown);
        let mut grown = self.whole();
        self.item = whole;
        let blank = |text: &Option<String>| text.as_deref().unwrap_or_default().is_empty();
        match (&mut self.item, &mut grown) {
            (Item::Message(item), Item::Message(grown)) if item.parts().is_empty() => {
                item.content = grown.content.take().or(item.content.take());
            }
            (Item::Reasoning(item), Item::Reasoning(grown)) => {
                if item.content.as_ref().is_none_or(Vec::is_empty) {
                    item.content = grown.content.take().or(item.content.take());
                }
                if item.summary.as_ref().is_none_or(Vec::is_empty) {
                    item.summary = grown.summary.take().or(item.summary.take());
                }
            }
            (Item::FunctionCall(item), Item::FunctionCall(grown)) => {
                if blank(&item.arguments) {
                    item.arguments = grown.arguments.take().or(item.arguments.take());
                }
                item.name = item.name.take().or(grown.name.take());
                item.call_id = item.call_id.take().or(grown.call_id.take());
            }
            (Item::CustomToolCall(item), Item::CustomToolCall(grown)) => {
                if blank(&item.input) {
                    item.input = grown.input.take().or(item.input.take());
                }
                item.name = item.name.take().or(grown.name.take());
                item.call_id = item.call_id.take().or(grown.call_id.take());
            }
            _ => {}
        }
    }
}

/// The parts of an item's content.
#[cfg_attr(not(debug_assertions), inline)]
pub(super) fn parts(item: &Item) -> Vec<ContentPart> {
    match item {
        Item::Message(message) => message.parts().to_vec(),
        Item::Reasoning(reasoning) => reasoning.content.clone().unwrap_or_default(),
        _ => Vec::new(),
    }
}

#[cfg_attr(not(debug_assertions), inline)]
pub(super) fn summary_parts(item: &Item) -> Vec<ContentPart> {
    match item {
        Item::Reasoning(reasoning) => reasoning.summary.clone().unwrap_or_default(),
        _ => Vec::new(),
    }
}
