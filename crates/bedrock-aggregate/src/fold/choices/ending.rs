//! Why the model stopped: emitted once, as the reply has it.
//! Not for: when a format's answer has ended; each fold knows that by itself.
//!
//! A guardrail's verdict and its trace can come in a chunk after the one that says why the model stopped, and change what the
//! reply says. A fold emits the stop with the chunk after which nothing can change it, or at the stream's end.

use std::borrow::Cow;

use bedrock_codegen::codegen_at_use;
use bedrock_formats::reply::Reply;

use crate::event::{Event, EventSink, Stop};

// No recorded stream has a guardrail. Converse's trace stands in `metadata`, which follows the stop
// (service model); with InvokeModel it comes with the last chunk (AWS's guide).
/// Whether the stop has been emitted.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ending {
    emitted: bool,
}

#[codegen_at_use]
impl Ending {
    /// Notes that the stop is emitted now. Returns whether it is the first time and the sink is enabled.
    pub(crate) fn is_due(&mut self, events: &EventSink<'_>) -> bool {
        // Noted first, whether or not someone listens: `was_emitted` decides about later chunks,
        // and the reply must not depend on the sink.
        !std::mem::replace(&mut self.emitted, true) && events.is_enabled()
    }

    /// Whether it has been emitted.
    pub(crate) fn was_emitted(self) -> bool {
        self.emitted
    }
}

/// Emits why the model stopped, as the reply has it; nothing where it has no reason.
#[codegen_at_use]
pub(crate) fn emit_stop(reply: &Reply, events: &mut EventSink<'_>) {
    emit_stop_of(reply, None, events);
}

/// The same, where another model than the one that began the message ended it.
#[codegen_at_use]
pub(crate) fn emit_stop_of(reply: &Reply, model: Option<&str>, events: &mut EventSink<'_>) {
    if let Some(reason) = &reply.stop_reason {
        let native = reply.native_stop_reason.as_deref().unwrap_or_else(|| reason.as_str());
        let model = model.map(Cow::Borrowed);
        events.emit(|| Event::Stop(Stop { reason: reason.clone(), native: Cow::Borrowed(native), model }));
    }
}
