//! Mutexes without poison: nothing that the server keeps behind one is ever left half changed.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a mutex, also one whose last holder panicked.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Or a test that panics while it holds one would fail all others of its server.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
