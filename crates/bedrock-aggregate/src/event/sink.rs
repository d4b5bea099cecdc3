//! Where events go: to a function, or nowhere.
//! Not for: what an event says.

use std::fmt;

use super::Event;

/// Who hears the events: a function of the caller's, or nobody.
///
/// ```
/// use bedrock_aggregate::{Event, Listener};
///
/// let mut heard = 0;
/// let mut count = |_: Event<'_>| heard += 1;
/// Listener::new(&mut count).emit(|| Event::MessageEnd(Default::default()));
/// Listener::none().emit(|| unreachable!("nobody listens, so no event is made"));
/// assert_eq!(heard, 1);
/// ```
pub struct Listener<'l>(Option<&'l mut (dyn FnMut(Event<'_>) + 'l)>);

impl<'l> Listener<'l> {
    /// Hands each event to a function.
    pub fn new(hear: &'l mut (dyn FnMut(Event<'_>) + 'l)) -> Self {
        Self(Some(hear))
    }

    /// Hears nothing; folds then spend nothing on events.
    #[must_use]
    pub const fn none() -> Self {
        Self(None)
    }

    /// Whether anybody listens: for what is costly to find out and only told.
    #[must_use]
    pub const fn hears(&self) -> bool {
        self.0.is_some()
    }

    /// Makes an event and hands it on, if anybody listens.
    #[inline]
    pub fn emit<'e>(&mut self, event: impl FnOnce() -> Event<'e>) {
        if let Some(hear) = &mut self.0 {
            hear(event());
        }
    }
}

impl fmt::Debug for Listener<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Listener(function)" } else { "Listener(none)" })
    }
}
