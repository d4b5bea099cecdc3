//! What changes while the server runs: answers that wait, requests that came, and counts.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use http::HeaderValue;

use crate::digest::{sha256, uuid};
use crate::exchange::Log;
use crate::lock::lock;
use crate::script::Answer;

/// More keys than any test uses; further ones share a count.
const MAX_THROTTLE_KEYS: usize = 1_000;

/// The state of one server.
pub(crate) struct State {
    pub(crate) log: Log,
    pub(crate) connections: AtomicUsize,
    queue: Mutex<VecDeque<Answer>>,
    /// Requests by their throttling key.
    throttled: Mutex<HashMap<String, u32>>,
    answered: AtomicU64,
}

impl State {
    pub(crate) fn new(log: Log) -> Self {
        Self {
            log,
            connections: AtomicUsize::new(0),
            queue: Mutex::default(),
            throttled: Mutex::default(),
            answered: AtomicU64::new(0),
        }
    }

    /// Queues answers; gives the length of the queue.
    pub(crate) fn enqueue(&self, answers: impl IntoIterator<Item = Answer>) -> usize {
        let mut queue = lock(&self.queue);
        queue.extend(answers);
        queue.len()
    }

    pub(crate) fn queued(&self) -> usize {
        lock(&self.queue).len()
    }

    /// Takes the next answer from the queue.
    pub(crate) fn next_answer(&self) -> Option<Answer> {
        lock(&self.queue).pop_front()
    }

    /// Counts one more request with this key.
    pub(crate) fn count(&self, key: &str) -> u32 {
        let mut counts = lock(&self.throttled);
        // Keys come from outside: memory is bounded.
        let key = if counts.len() < MAX_THROTTLE_KEYS || counts.contains_key(key) { key } else { "" };
        let count = counts.entry(key.to_owned()).or_default();
        *count = count.saturating_add(1);
        *count
    }

    /// An id like the service's, another one for each answer.
    pub(crate) fn request_id(&self) -> HeaderValue {
        // Not random: the nth answer has the same id in each run. `reset` does not begin anew.
        let number = self.answered.fetch_add(1, Ordering::Relaxed);
        let id = uuid(&sha256(&number.to_be_bytes()));
        HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("unknown"))
    }

    /// Forgets requests, queued answers and throttling counts.
    pub(crate) fn reset(&self) {
        lock(&self.queue).clear();
        lock(&self.throttled).clear();
        self.log.clear();
    }
}
