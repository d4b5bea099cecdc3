//! Everything that is traced, at every level and by every crate, written down: to look for what must not be there.
//!
//! Not for: reading traces as a person; nothing here is in any order that threads would keep.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// A subscriber that writes everything down, and a page for whatever else a test finds printed.
#[derive(Clone, Debug, Default)]
pub struct Everything(Arc<Mutex<String>>);

impl Everything {
    /// Writes down from here on what all threads of this process trace.
    ///
    /// # Panics
    ///
    /// When another subscriber was there first.
    #[must_use]
    pub fn of_this_process() -> Self {
        let everything = Self::default();
        tracing::subscriber::set_global_default(everything.clone()).expect("the first subscriber");
        everything
    }

    /// Adds what was printed elsewhere.
    pub fn note(&self, text: impl AsRef<str>) {
        self.page().push_str(text.as_ref());
        self.page().push('\n');
    }

    /// Holds that something of each of these was traced, and none of the secrets.
    ///
    /// # Panics
    ///
    /// When that is not so; with what stands around the secret.
    pub fn judge(&self, traced: &[&str], secrets: &[&str]) {
        let page = self.page();
        for target in traced {
            assert!(page.contains(&format!("[{target}")), "nothing of {target} was traced");
        }
        for secret in secrets {
            if let Some(at) = page.find(secret) {
                let before: String = page[..at].chars().rev().take(200).collect();
                panic!("{secret} is behind: {}", before.chars().rev().collect::<String>());
            }
        }
    }

    fn page(&self) -> MutexGuard<'_, String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to a text does not fail.
        let _ = writeln!(self.0, "{field}={value:?}");
    }
}

impl Subscriber for Everything {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.note(format!("[{}] span {}", span.metadata().target(), span.metadata().name()));
        span.record(&mut Fields(&mut self.page()));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Fields(&mut self.page()));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        self.note(format!("[{}]", event.metadata().target()));
        event.record(&mut Fields(&mut self.page()));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
