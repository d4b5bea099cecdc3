//! One value for each runtime that uses a client: what a runtime drives must not be waited for on another, which may stand
//! still.
//!
//! Not for what the values are.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::runtime::{self, Handle};
use tokio::task::AbortHandle;

use super::failure::Failure;

/// The value of each runtime that runs. There are few: a program has one, or one a core.
pub(super) struct PerRuntime<T>(Mutex<Vec<Slot<T>>>);

impl<T> Default for PerRuntime<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

struct Slot<T> {
    runtime: runtime::Id,
    value: Arc<T>,
    /// Ends with the slot.
    task: Option<AbortHandle>,
}

impl<T> Drop for Slot<T> {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

impl<T> PerRuntime<T> {
    fn lock(&self) -> MutexGuard<'_, Vec<Slot<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a runtime that has not ended has a value.
    #[cfg(feature = "reqwest")]
    pub(super) fn is_used(&self) -> bool {
        !self.lock().is_empty()
    }

    fn find(&self, runtime: runtime::Id) -> Option<Arc<T>> {
        self.lock().iter().find(|slot| slot.runtime == runtime).map(|slot| slot.value.clone())
    }

    /// Drops a value: its runtime has ended.
    fn remove(&self, value: &Weak<T>) {
        let mut slots = self.lock();
        let found = slots.iter().position(|slot| Arc::as_ptr(&slot.value) == value.as_ptr());
        // Dropped behind the lock: a slot's drop ends its task, whose guard comes back here.
        let removed = found.map(|at| slots.swap_remove(at));
        drop(slots);
        drop(removed);
    }
}

impl<T: Send + Sync + 'static> PerRuntime<T> {
    /// The value of the runtime that this call runs on. A new one is accompanied by a task, whose end is the value's.
    pub(super) fn of_this_runtime<F>(
        self: &Arc<Self>,
        make: impl FnOnce() -> Result<T, Failure>,
        task: impl FnOnce(Weak<T>) -> F,
    ) -> Result<Arc<T>, Failure>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let runtime = Handle::try_current().map_err(|error| Failure::Request(error.into()))?;
        if let Some(value) = self.find(runtime.id()) {
            return Ok(value);
        }
        // Made outside of the lock, for it may run the caller's code; hence the second look below.
        let value = Arc::new(make()?);
        let mut slots = self.lock();
        if let Some(slot) = slots.iter().find(|slot| slot.runtime == runtime.id()) {
            // Another thread of this runtime was faster.
            return Ok(slot.value.clone());
        }
        slots.push(Slot { runtime: runtime.id(), value: value.clone(), task: None });
        drop(slots);
        // Weak, or the value would keep itself: the task belongs to its slot.
        let of = Arc::downgrade(&value);
        let guard = Guard { all: Arc::downgrade(self), of: of.clone() };
        let task = task(of.clone());
        // A runtime that is shutting down drops the task at once, and the guard takes the lock: it
        // must be free. The slot is looked for again afterwards, since it may be gone by then.
        let running = runtime.spawn(async move {
            let _guard = guard;
            task.await;
        });
        if let Some(slot) = self.lock().iter_mut().find(|slot| Arc::as_ptr(&slot.value) == of.as_ptr()) {
            slot.task = Some(running.abort_handle());
        }
        Ok(value)
    }
}

/// Dropped with the task, which ends with its runtime.
struct Guard<T> {
    all: Weak<PerRuntime<T>>,
    of: Weak<T>,
}

impl<T> Drop for Guard<T> {
    fn drop(&mut self) {
        if let Some(all) = self.all.upgrade() {
            all.remove(&self.of);
        }
    }
}
