//! What an event has that its item has no place for.
//! Not for: unknown members of items and parts, which stay in these.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::invocation_metrics::BedrockKeys;
use bedrock_formats::openai_responses::{Response, StreamEvent};
use bedrock_formats::wire::Extra;

use crate::fold::unknown_fields::{Leftover, RepeatedFields, meaningful};

/// The response with what its event has beside it.
#[codegen_at_use]
pub(super) fn with(mut response: Response, extra: Extra) -> Response {
    let of_event: Extra = meaningful(extra).filter(|(key, _)| !key.starts_with("amazon-bedrock-")).collect();
    if !of_event.is_empty() {
        // A member that both have keeps both values.
        let mut all = RepeatedFields::default();
        all.take(response.extra);
        all.take(of_event);
        response.extra = all.settled();
    }
    response
}

/// What an event has beside the keys of its type. What the last event has beside the response becomes a part of that.
#[codegen_at_use]
pub(super) fn left_of(event: &StreamEvent) -> Option<Leftover> {
    use StreamEvent as E;
    let object = event.as_object().filter(|object| !object.extra().is_empty())?;
    if matches!(event, E::Completed(_) | E::Incomplete(_) | E::Failed(_)) {
        return None;
    }
    let mut left = Leftover::default();
    left.take(&[], object);
    left.leave([BedrockKeys::INVOCATION_METRICS, BedrockKeys::GUARDRAIL_ACTION, BedrockKeys::TRACE]);
    Some(left)
}
