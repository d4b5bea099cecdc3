//! What a chunk of Anthropic's has that no place in the message is for: members that no type knows, and whole messages.
//! Not for: members of the events that speak of the whole message, of blocks and of counts: the message has a place for those.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::anthropic::ContentBlockDelta;
use bedrock_formats::wire::{Extra, Object};
use serde_json::Value;

use crate::fold::unknown_fields::Leftover;

/// Whether an object is a whole message.
#[codegen_at_use]
pub(super) fn is_whole(object: &Extra) -> bool {
    object.get("type").is_some_and(|kind| kind == "message")
        && object.get("content").is_some_and(Value::is_array)
}

/// What an event has beside the keys of its type.
#[codegen_at_use]
pub(super) fn left_of(event: &dyn Object) -> Leftover {
    let mut left = Leftover::default();
    left.take(&[], event);
    left
}

/// What a delta has beside the keys of its type and no block has a place for.
#[codegen_at_use]
pub(super) fn known_of(delta: &ContentBlockDelta) -> Option<&dyn Object> {
    Some(match delta {
        ContentBlockDelta::TextDelta(delta) => delta,
        ContentBlockDelta::InputJsonDelta(delta) => delta,
        ContentBlockDelta::ThinkingDelta(delta) => delta,
        ContentBlockDelta::SignatureDelta(delta) => delta,
        ContentBlockDelta::CitationsDelta(delta) => delta,
        _ => return None,
    })
}
