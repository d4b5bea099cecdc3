//! An item as it stands so far, and what of it a complete one leaves out.
//! Not for: whether the two agree; see `agreement`.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::openai_responses::{ContentPart, Item};
use bedrock_formats::wire::TextOr;
use serde_json::{Value, json};

use super::ItemBuilder;
use super::part::{PartBuilder, content};
use crate::fold::block_slots::Blocks;

#[codegen_at_use]
impl ItemBuilder {
    /// The item so far.
    pub(crate) fn whole(&self) -> Item {
        let mut item = self.item.clone();
        if self.done {
            return item;
        }
        let grown = |parts: &Blocks<PartBuilder>| -> Option<Vec<ContentPart>> {
            let parts: Vec<_> = parts.iter().map(|slot| slot.block.whole()).collect();
            Some(parts).filter(|parts| !parts.is_empty())
        };
        let input = self.call.as_ref().map(|call| call.input.clone()).filter(|input| !input.is_empty());
        match &mut item {
            Item::Message(message) => {
                message.content = grown(&self.content).map(TextOr::Other).or(message.content.take());
            }
            Item::Reasoning(reasoning) => {
                reasoning.content = grown(&self.content).or(reasoning.content.take());
                reasoning.summary = grown(&self.summary).or(reasoning.summary.take());
            }
            Item::FunctionCall(call) => call.arguments = input.or(call.arguments.take()),
            Item::CustomToolCall(call) => call.input = input.or(call.input.take()),
            Item::McpCall(call) => call.arguments = self.input.clone().or(call.arguments.take()),
            Item::CodeInterpreterCall(call) => call.code = self.input.clone().or(call.code.take()),
            Item::ShellCall(call) => {
                let commands: Vec<_> = self.commands.iter().map(|slot| slot.block.clone()).collect();
                if !commands.is_empty() {
                    let action = call.action.get_or_insert_with(|| json!({}));
                    if let Some(action) = action.as_object_mut() {
                        action.insert("commands".to_owned(), Value::from(commands));
                    }
                }
            }
            Item::ShellCallOutput(result) => {
                let outputs: Vec<_> = self.outputs.iter().flat_map(|slot| slot.block.clone()).collect();
                result.output = Some(outputs).filter(|outputs| !outputs.is_empty()).or(result.output.take());
            }
            _ => {}
        }
        item
    }

    /// Keeps what grew and what the whole item leaves out.
    pub(super) fn keep_grown(&mut self, grown: Item) {
        let whole = std::mem::replace(&mut self.item, grown);
        let mut grown = self.whole();
        self.item = whole;
        let blank = |text: &Option<String>| text.as_deref().unwrap_or_default().is_empty();
        match (&mut self.item, &mut grown) {
            (Item::Message(item), Item::Message(grown)) if content(item).is_empty() => {
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
