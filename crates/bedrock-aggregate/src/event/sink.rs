//! Where events go: to a function, or nowhere.
//! Not for: what an event says.

use std::fmt;

use super::Event;

/// Where events go: to a function of the caller's, or nowhere.
///
/// ```
/// use bedrock_aggregate::{Event, EventSink};
///
/// let mut emitted = 0;
/// let mut count = |_: Event<'_>| emitted += 1;
/// EventSink::new(&mut count).emit(|| Event::MessageEnd(Default::default()));
/// EventSink::none().emit(|| unreachable!("without a function no event is made"));
/// assert_eq!(emitted, 1);
/// ```
// Behind `dyn`: each fold is compiled once, not for every listener.
pub struct EventSink<'l>(Option<&'l mut (dyn FnMut(Event<'_>) + 'l)>);

impl<'l> EventSink<'l> {
    /// Hands each event to a function.
    pub fn new(emit: &'l mut (dyn FnMut(Event<'_>) + 'l)) -> Self {
        Self(Some(emit))
    }

    /// Drops all events; folds then spend nothing on them.
    #[must_use]
    pub const fn none() -> Self {
        Self(None)
    }

    /// Whether events go anywhere. Ask before work that is only needed for an event.
    #[must_use]
    pub const fn is_enabled(&self) -> bool {
        self.0.is_some()
    }

    /// Makes an event and hands it on; does nothing in a sink of [`none`](Self::none).
    #[inline]
    pub fn emit<'e>(&mut self, event: impl FnOnce() -> Event<'e>) {
        if let Some(emit) = &mut self.0 {
            emit(event());
        }
    }
}

impl fmt::Debug for EventSink<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "EventSink(function)" } else { "EventSink(none)" })
    }
}
