//! What an event of Nova's stream has that its answer has no place for: members that no type knows, of the event and of its delta.
//! It is kept beside the answer, each member where it stood.
//! Not for: members of the events that speak of the whole message, of blocks and of counts: the answer has a place for those.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::nova::StreamEvent;
use serde_json::Value;

use crate::fold::raw_list::RawList;
use crate::fold::unknown_fields::Leftover;

/// Keeps what of an event has no place in the answer; gives it back where it is news.
#[codegen_at_use]
pub(super) fn of(chunk: &StreamEvent, list: &mut RawList) -> Option<Value> {
    let mut members = Leftover::default();
    if let Some(event) = &chunk.content_block_start {
        members.take(&["contentBlockStart"], event);
    }
    if let Some(event) = &chunk.content_block_delta {
        members.take(&["contentBlockDelta"], event);
        if let Some(delta) = &event.delta.tool_use {
            members.take(&["contentBlockDelta", "delta", "toolUse"], delta);
        }
        if let Some(delta) = &event.delta.reasoning_content {
            const PLACE: [&str; 4] = ["contentBlockDelta", "delta", "reasoningContent", "reasoningText"];
            members.take(&PLACE[..3], delta);
            if let Some(text) = &delta.reasoning_text {
                members.take(&PLACE, text);
            }
        }
    }
    if let Some(event) = &chunk.content_block_stop {
        members.take(&["contentBlockStop"], event);
    }
    members.keep_in(list, &[], &[])
}
