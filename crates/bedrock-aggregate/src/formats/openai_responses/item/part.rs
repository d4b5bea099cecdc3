//! A part of an item under construction: of a message, of reasoning, or of a summary of it.
//! Not for: which part a delta is for; the item knows that.

use std::borrow::Cow;

use bedrock_codegen::codegen_at_use;
use bedrock_formats::openai_responses::{ContentPart, Item, Message, OutputText};
use bedrock_formats::wire::TextOr;
use serde_json::Value;

use crate::event::{BlockEnd, BlockStart, Event, EventSink, TextDelta};

/// A part of a message, of reasoning or of its summary.
#[derive(Debug, Clone, Default)]
pub(super) struct PartBuilder {
    pub(super) part: ContentPart,
    pub(super) text: String,
    /// The block in which it is emitted, and whether that has ended.
    pub(super) block: Option<(u64, bool)>,
}

#[codegen_at_use]
impl PartBuilder {
    /// Whether it was emitted, and has ended.
    pub(super) fn has_ended(&self) -> bool {
        self.block.is_some_and(|(_, ended)| ended)
    }

    pub(super) fn end(&mut self, events: &mut EventSink<'_>) {
        if let Some((index, ended @ false)) = &mut self.block {
            *ended = true;
            events.emit(|| Event::TextEnd(BlockEnd { index: *index }));
        }
    }

    pub(super) fn whole(&self) -> ContentPart {
        let mut part = self.part.clone();
        let text = match &mut part {
            ContentPart::OutputText(part) => &mut part.text,
            ContentPart::Refusal(part) => &mut part.refusal,
            ContentPart::ReasoningText(part) => &mut part.text,
            ContentPart::SummaryText(part) => &mut part.text,
            ContentPart::InputText(part) => &mut part.text,
            ContentPart::Unknown(object) if !self.text.is_empty() => {
                object.insert("text".to_owned(), Value::from(self.text.as_str()));
                return part;
            }
            _ => return part,
        };
        text.clone_from(&self.text);
        part
    }
}

/// Emits more of a text.
#[codegen_at_use]
pub(super) fn say(block: &mut Option<(u64, bool)>, text: &str, next: &mut u64, events: &mut EventSink<'_>) {
    let begun = block.is_some();
    let (index, ended) = *block.get_or_insert_with(|| (take_index(next), false));
    if ended {
        return;
    }
    if !begun {
        events.emit(|| Event::TextStart(BlockStart { index }));
    }
    events.emit(|| Event::TextDelta(TextDelta { index, text: Cow::Borrowed(text) }));
}

/// The next index of a block.
#[codegen_at_use]
pub(super) fn take_index(next: &mut u64) -> u64 {
    *next += 1;
    *next - 1
}

/// The parts of an item's content.
#[codegen_at_use]
pub(super) fn parts(item: &Item) -> Vec<ContentPart> {
    match item {
        Item::Message(message) => content(message),
        Item::Reasoning(reasoning) => reasoning.content.clone().unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// The parts of a message. A plain text is one: some servers write an answer as callers may write their own messages.
#[codegen_at_use]
pub(super) fn content(message: &Message) -> Vec<ContentPart> {
    match &message.content {
        Some(TextOr::Text(text)) if !text.is_empty() => {
            vec![ContentPart::OutputText(OutputText::default().text(text.as_str()))]
        }
        _ => message.parts().to_vec(),
    }
}

/// The parts of the summary of reasoning.
#[codegen_at_use]
pub(super) fn summary_parts(item: &Item) -> Vec<ContentPart> {
    match item {
        Item::Reasoning(reasoning) => reasoning.summary.clone().unwrap_or_default(),
        _ => Vec::new(),
    }
}
