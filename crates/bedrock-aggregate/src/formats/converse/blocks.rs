//! How the blocks of a message begin and end.
//! Not for: what their deltas bring; see `delta`.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::converse::{ContentBlockDelta, ContentBlockStart, ImageBlockDelta, ToolUseType};
use serde_json::Value;

use super::ConverseAggregator;
use super::part::Part;
use crate::event::EventSink;
use crate::fold::growing_block::ToolPart;
use crate::fold::unknown_fields::UnknownFields;

#[codegen_at_use]
impl ConverseAggregator {
    /// The last part of a block, if `fits` says that it can go on; otherwise a new one, before which the last one has ended.
    pub(super) fn part<'e>(
        &mut self,
        index: u64,
        fits: impl Fn(&Part) -> bool,
        make: impl FnOnce(&mut EventSink<'e>) -> Part,
        events: &mut EventSink<'e>,
    ) -> &mut Part {
        let (slot, _) = self.blocks.get_or_open(index, Vec::new);
        let open = std::mem::replace(&mut slot.open, true);
        if !slot.block.last().is_some_and(fits) {
            if let Some(last) = slot.block.last_mut().filter(|_| open) {
                last.end(index, events);
            }
            slot.block.push(make(events));
        }
        let last = slot.block.len() - 1;
        &mut slot.block[last]
    }

    pub(super) fn block_start(&mut self, index: u64, start: ContentBlockStart, events: &mut EventSink<'_>) {
        let part = match start.resolved().into_owned() {
            ContentBlockStart::ToolUse(mut start) => {
                let call = if start.kind == Some(ToolUseType::ServerToolUse) {
                    ToolPart::of_service()
                } else {
                    ToolPart::start(index, &start.tool_use_id, &start.name, events)
                };
                // Not in the service model, yet met: an input that is whole at once.
                let call = call.with_input(start.extra.shift_remove("input").as_ref());
                Part::ToolUse { start, call }
            }
            ContentBlockStart::ToolResult(start) => Part::ToolResult { start, content: Vec::new() },
            ContentBlockStart::Image(start) => {
                Part::Image { start, delta: ImageBlockDelta::default(), pieces: UnknownFields::default() }
            }
            ContentBlockStart::ReasoningContent(delta) => {
                return self.block_delta(index, ContentBlockDelta::ReasoningContent(delta), events);
            }
            ContentBlockStart::Unknown(start) => match (start.len(), start.get("text")) {
                // It says that a block begins, and not which: its first delta does.
                (0, _) => {
                    self.blocks.get_or_open(index, Vec::new);
                    return;
                }
                (1, Some(Value::String(text))) => {
                    self.blocks.get_or_open(index, Vec::new);
                    if !text.is_empty() {
                        self.block_delta(index, ContentBlockDelta::Text(text.clone()), events);
                    }
                    return;
                }
                _ => Part::Unknown { start, deltas: Vec::new() },
            },
            _ => return,
        };
        self.part(index, |_| false, |_| part, events);
    }

    pub(super) fn block_stop(&mut self, index: u64, events: &mut EventSink<'_>) {
        let Some(slot) = self.blocks.get(index) else { return };
        // A stop that is repeated ends nothing again; the parts before the last have ended already.
        if std::mem::replace(&mut slot.open, false)
            && let Some(last) = slot.block.last_mut()
        {
            last.end(index, events);
        }
    }
}
