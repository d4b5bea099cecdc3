//! Where the events of an answer go.
//!
//! Not for making them, which is the reader's.

use bedrock_aggregate::Event;
use bedrock_http::Redactor;

use crate::client::Watch;
use crate::gate::clean_event;

/// A function that takes events.
pub(super) type Sink<'s> = &'s mut (dyn FnMut(Event<'_>) + 's);

/// Emits events to the observers, then to the caller.
///
/// An exception is the stream's `Err`: as an event too it would be reported twice by every caller.
pub(super) fn emitter(
    mut watch: Option<&mut Watch>,
    mut sink: Option<Sink<'_>>,
    redactor: &Redactor,
) -> impl FnMut(Event<'_>) {
    move |event| {
        let event = match event {
            Event::Error(_) => return,
            Event::Unknown(_) => clean_event(redactor, event),
            event => event,
        };
        // Observers first: the caller's function may panic.
        if let Some(watch) = &mut watch {
            watch.event(&event);
        }
        if let Some(sink) = &mut sink {
            sink(event);
        }
    }
}
