//! Whether what comes of an item later, whole, agrees with what came of it in pieces.
//! Not for: what becomes of a document that does not; the fold refuses it.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::openai_responses::{ContentPart, Item};

use super::ItemBuilder;
use super::part::{PartBuilder, parts, summary_parts};
use crate::fold::block_slots::Blocks;
use crate::fold::tool_calls::Call;
use crate::formats::openai_responses::change::Change;
use crate::formats::openai_responses::target::Target;

#[codegen_at_use]
impl ItemBuilder {
    /// The text so far at a target, where there is any.
    pub(super) fn text_at(&self, target: Target) -> Option<&str> {
        let (parts, index) = match target {
            Target::Arguments | Target::CustomInput => {
                return self.call.as_ref().map(|call| call.input.as_str());
            }
            Target::Summary(index) => (&self.summary, index),
            Target::Text(index) | Target::Refusal(index) | Target::Reasoning(index) => (&self.content, index),
        };
        parts.find(index.unwrap_or_else(|| parts.last_index())).map(|part| part.text.as_str())
    }

    /// Whether a whole text differs from its pieces. An empty one says nothing.
    fn denies(&self, target: Target, whole: &str) -> bool {
        let known = self.text_at(target).unwrap_or_default();
        let is_over = match target {
            Target::Arguments | Target::CustomInput => self.call.as_ref().is_some_and(Call::has_ended),
            Target::Text(index) | Target::Refusal(index) => self.part_has_ended(index),
            _ => false,
        };
        !whole.is_empty() && (!whole.starts_with(known) || (is_over && whole != known))
    }

    /// Whether a part that was emitted has ended.
    fn part_has_ended(&self, index: Option<u64>) -> bool {
        let index = index.unwrap_or_else(|| self.content.last_index());
        self.content.find(index).is_some_and(PartBuilder::has_ended)
    }

    /// What of a change contradicts what was emitted of the item, if anything does.
    pub(crate) fn contradiction(&self, change: &Change) -> Option<&'static str> {
        let of_part = |target, part: &ContentPart| self.denies(target, part.as_text().unwrap_or_default());
        let denies = match change {
            Change::Whole(target, text) | Change::WholeInput(target, text, _) => self.denies(*target, text),
            Change::WholeText(index, text, _) => self.denies(Target::Text(*index), text),
            Change::Part(target, part) | Change::PartDone(target, part) => of_part(*target, part),
            Change::SummaryPart(index, part) => of_part(Target::Summary(*index), part),
            _ => false,
        };
        let goes_on = match change {
            Change::Grow(Target::Arguments | Target::CustomInput, text) => {
                !text.is_empty() && self.call.as_ref().is_some_and(Call::has_ended)
            }
            Change::Grow(Target::Text(index) | Target::Refusal(index), text)
            | Change::GrowText(index, text, _) => !text.is_empty() && self.part_has_ended(*index),
            _ => false,
        };
        if goes_on {
            return Some("more of a text or an input that has ended");
        }
        if denies {
            return Some("a whole text that differs from its pieces");
        }
        let misfits = change.target().is_some_and(|target| !self.has_target_for(self.within(target), change));
        misfits.then_some("a piece of another kind than the item is")
    }

    /// Whether the reply reads this target where events emit it: a call has no text, and a text no input.
    fn has_target_for(&self, target: Target, change: &Change) -> bool {
        let fits = |own: &ContentPart| match own {
            ContentPart::ReasoningText(_) | ContentPart::SummaryText(_) => {
                matches!(target, Target::Reasoning(_))
            }
            ContentPart::InputImage(_) | ContentPart::InputFile(_) => false,
            _ => matches!(target, Target::Text(_) | Target::Refusal(_)),
        };
        match (&self.item, target) {
            (Item::Message(_), Target::Text(index) | Target::Refusal(index) | Target::Reasoning(index)) => {
                let own = self.content.find(index.unwrap_or_else(|| self.content.last_index()));
                let has_text = own.is_some_and(|own| !own.text.is_empty());
                match change {
                    Change::Part(_, part) | Change::PartDone(_, part) => {
                        let says = has_text || part.as_text().is_some_and(|text| !text.is_empty());
                        !says || fits(part) && own.is_none_or(|own| !has_text || fits(&own.part))
                    }
                    _ => own.is_none_or(|own| fits(&own.part)),
                }
            }
            (Item::Reasoning(_), Target::Reasoning(_) | Target::Summary(_)) => true,
            (Item::FunctionCall(_) | Item::CustomToolCall(_), Target::Arguments | Target::CustomInput) => {
                true
            }
            // Nothing is emitted of unknown kinds.
            (Item::Unknown(_), _) => true,
            _ => false,
        }
    }

    /// What of the whole item contradicts what was emitted of it, if anything does.
    pub(crate) fn contradicts(&self, item: &Item) -> Option<&'static str> {
        if self.is_emitted() && self.item.tag() != item.tag() {
            return Some("an item of another kind than the one emitted before");
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
                return Some("a call that differs from the one that began");
            }
            if self.denies(Target::Arguments, input.as_deref().unwrap_or_default()) {
                return Some("a whole input that differs from its pieces");
            }
        }
        let parts_differ = |own: &Blocks<PartBuilder>, parts: &[ContentPart]| {
            let mut whole = parts.iter().map(|part| part.as_text().unwrap_or_default());
            !parts.is_empty()
                && own.iter().map(|slot| (slot.block.text.as_str(), slot.block.has_ended())).any(
                    |(text, has_ended)| match whole.next() {
                        Some(whole) if self.done || has_ended => whole != text,
                        Some(whole) => !whole.starts_with(text),
                        None => !text.is_empty(),
                    },
                )
                || self.done && !own.is_empty() && whole.any(|text| !text.is_empty())
        };
        if parts_differ(&self.content, &parts(item)) || parts_differ(&self.summary, &summary_parts(item)) {
            return Some("a whole text that differs from its pieces");
        }
        None
    }

    /// Whether a whole item leaves out all that was emitted of it.
    pub(crate) fn is_left_out(&self, item: &Item) -> bool {
        let blank = |text: &Option<String>| text.as_deref().unwrap_or_default().is_empty();
        let is_blank = match item {
            Item::FunctionCall(call) => blank(&call.arguments),
            Item::CustomToolCall(call) => blank(&call.input),
            item => parts(item).is_empty() && summary_parts(item).is_empty(),
        };
        is_blank && self.is_emitted()
    }

    /// Whether a whole item brings content for this one, which ended without any.
    pub(crate) fn is_said_by(&self, item: &Item) -> bool {
        let says =
            self.item.tag() != item.tag() || !parts(item).is_empty() || !summary_parts(item).is_empty();
        says && !self.is_emitted()
    }

    /// Gives a call in the last event the name and the id under which it was emitted, where it has none there.
    pub(crate) fn name(&self, item: &mut Item) {
        let Some(known) = &self.call else { return };
        let (id, name) = match item {
            Item::FunctionCall(call) => (&mut call.call_id, &mut call.name),
            Item::CustomToolCall(call) => (&mut call.call_id, &mut call.name),
            _ => return,
        };
        *name = name.take().or_else(|| known.name.clone());
        *id = id.take().or_else(|| known.id.clone());
    }

    /// Whether it has content to emit, now or when it ends.
    pub(crate) fn is_emitted(&self) -> bool {
        let has_text = |parts: &Blocks<PartBuilder>| parts.iter().any(|slot| !slot.block.text.is_empty());
        let has_come = |call: &Call| call.has_begun() || !call.input.is_empty();
        self.call.as_ref().is_some_and(has_come) || has_text(&self.content) || has_text(&self.summary)
    }
}
