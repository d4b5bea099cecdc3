//! Why the model stopped, told once and told as the reply tells it.
//! Not for: when a format's answer has ended; each fold knows its own last word.
//!
//! A guardrail's verdict and its trace can stand in a chunk behind the one that says why the model stopped, and change what the
//! reply says. A fold tells the stop with the chunk after which nothing can change it, or at the stream's end.

use bedrock_codegen::codegen_at_use;
use std::borrow::Cow;

use bedrock_formats::reply::Reply;

use crate::event::{Event, Listener, Stop};

/// Whether the stop has been told.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ending {
    told: bool,
}

#[codegen_at_use]
impl Ending {
    /// Takes note that the stop is to be told now; whether it has not been before, and somebody listens.
    pub(crate) fn is_due(&mut self, events: &Listener<'_>) -> bool {
        !std::mem::replace(&mut self.told, true) && events.hears()
    }

    /// Whether it has been told.
    pub(crate) fn was_told(self) -> bool {
        self.told
    }
}

/// Tells why the model stopped, as the reply has it; nothing where it has no reason.
#[codegen_at_use]
pub(crate) fn tell_stop(reply: &Reply, events: &mut Listener<'_>) {
    tell_stop_of(reply, None, events);
}

/// The same, by a model that is another than the message began with.
#[codegen_at_use]
pub(crate) fn tell_stop_of(reply: &Reply, model: Option<&str>, events: &mut Listener<'_>) {
    if let Some(reason) = &reply.stop_reason {
        let native = reply.native_stop_reason.as_deref().unwrap_or_else(|| reason.as_str());
        let model = model.map(Cow::Borrowed);
        events.emit(|| Event::Stop(Stop { reason: reason.clone(), native: Cow::Borrowed(native), model }));
    }
}
