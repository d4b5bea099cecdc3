//! What an event of ConverseStream has that Converse's answer has no place for: members that no type knows, of the event and of
//! its delta. It is kept beside the answer, each member where it stood.
//! Not for: members of the events that speak of the whole message, of blocks and of counts: the answer has a place for those.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::converse::{
    ContentBlockDelta, ContentBlockStart, ConverseStreamOutput, ReasoningContentBlockDelta,
};
use bedrock_formats::wire::Extra;
use serde_json::Value;

use crate::fold::raw_list::RawList;
use crate::fold::unknown_fields::{Leftover, meaningful};

/// What is left of an event, and which it is.
#[derive(Debug, Default)]
pub(super) struct Left {
    event: &'static str,
    index: u64,
    members: Leftover,
}

#[codegen_at_use]
impl Left {
    /// Keeps it, under the event's name and with the block's index; gives it back where it is news.
    pub(super) fn keep(self, list: &mut RawList) -> Option<Value> {
        self.members.keep_in(list, &[self.event], &[("contentBlockIndex", Value::from(self.index))])
    }
}

/// What of an event has no place in the answer.
#[codegen_at_use]
pub(super) fn of(event: &ConverseStreamOutput) -> Left {
    let mut members = Leftover::default();
    let (event, index) = match event {
        ConverseStreamOutput::ContentBlockStart(event) => {
            members.take(&["contentBlockStart"], event);
            of_start(&event.start, &mut members);
            ("contentBlockStart", event.content_block_index)
        }
        ConverseStreamOutput::ContentBlockDelta(event) => {
            members.take(&["contentBlockDelta"], event);
            of_delta(&event.delta, &mut members);
            ("contentBlockDelta", event.content_block_index)
        }
        ConverseStreamOutput::ContentBlockStop(event) => {
            members.take(&["contentBlockStop"], event);
            ("contentBlockStop", event.content_block_index)
        }
        _ => return Left::default(),
    };
    Left { event, index: index.unwrap_or_default(), members }
}

#[codegen_at_use]
fn of_start(start: &ContentBlockStart, members: &mut Leftover) {
    let known = start.resolved();
    if let ContentBlockStart::Unknown(object) = start {
        members.put(&["contentBlockStart", "start"], siblings(object, known.member()));
    }
    if let ContentBlockStart::ReasoningContent(delta) = &*known {
        of_reasoning(delta, &["contentBlockStart", "start", "reasoningContent"], members);
    }
}

#[codegen_at_use]
fn of_delta(delta: &ContentBlockDelta, members: &mut Leftover) {
    let known = delta.resolved();
    if let ContentBlockDelta::Unknown(object) = delta {
        members.put(&["contentBlockDelta", "delta"], siblings(object, known.member()));
    }
    match &*known {
        ContentBlockDelta::ToolUse(delta) => {
            members.take(&["contentBlockDelta", "delta", "toolUse"], delta);
        }
        ContentBlockDelta::ReasoningContent(delta) => {
            of_reasoning(delta, &["contentBlockDelta", "delta", "reasoningContent"], members);
        }
        _ => {}
    }
}

/// Of several known members at once text and signature are taken.
#[codegen_at_use]
fn of_reasoning(delta: &ReasoningContentBlockDelta, place: &[&str], members: &mut Leftover) {
    let ReasoningContentBlockDelta::Unknown(object) = delta else { return };
    match delta.resolved().member() {
        Some(known) => members.put(place, siblings(object, Some(known))),
        None => members.put(place, meaningful(object.clone()).filter(is_not_reasoning)),
    }
}

#[codegen_at_use]
fn is_not_reasoning((key, value): &(String, Value)) -> bool {
    !(["text", "signature"].contains(&key.as_str()) && value.is_string())
}

/// What stands beside the one known member of an object; nothing where none is known: that object is kept whole. Bedrock's own
/// keys are read elsewhere.
#[codegen_at_use]
pub(super) fn siblings(object: &Extra, known: Option<&str>) -> impl Iterator<Item = (String, Value)> {
    let others = known.map(|known| {
        let others = object.iter().filter(|(key, _)| *key != known && !key.starts_with("amazon-bedrock-"));
        others.map(|(key, value)| (key.clone(), value.clone())).collect::<Extra>()
    });
    meaningful(others.unwrap_or_default())
}
