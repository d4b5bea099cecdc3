//! A whole answer of Nova in the place of an event: of a body that was cut short of why the model stopped, or that follows a
//! message.
//! Not for: whole answers that are known as such; the registry's row reads them.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::nova::Response;
use bedrock_formats::reply::ToReply;

use super::NovaAggregator;
use super::part::Part;
use crate::event::EventSink;
use crate::event::replay::emit_message;

#[codegen_at_use]
impl NovaAggregator {
    /// Takes a whole answer, which nothing came before.
    pub(super) fn take_whole(&mut self, mut whole: Response, events: &mut EventSink<'_>) {
        whole.guardrail_action = self.response.guardrail_action.take().or(whole.guardrail_action);
        whole.guardrail_trace = self.response.guardrail_trace.take().or(whole.guardrail_trace);
        let reply = whole.to_reply();
        emit_message(&reply, events);
        self.started = true;
        self.ended = whole.usage.is_some();
        if reply.stop_reason.is_some() {
            // Its events have been emitted.
            self.ending.is_due(events);
            self.stage.end();
        }
        self.message = whole.output.message.take().unwrap_or_default();
        let blocks = std::mem::take(&mut self.message.content);
        self.parts.extend(blocks.into_iter().map(|block| Part::Whole(Box::new(block))));
        self.chunk_unknown.take(std::mem::take(&mut whole.extra));
        self.response = whole;
    }
}
