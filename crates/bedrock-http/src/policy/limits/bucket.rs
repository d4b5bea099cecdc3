//! A token bucket that is given the time as a value.
//!
//! Not for waiting: it only says how long a wait would be.

use std::time::Duration;

use tokio::time::Instant;

/// A bucket that fills evenly: full at first, `per_minute` units at most.
#[derive(Debug)]
pub(super) struct Bucket {
    per_minute: f64,
    // Below zero where more was used than reserved: who comes next waits for that too.
    pub(super) level: f64,
    filled: Instant,
}

impl Bucket {
    pub(super) fn new(per_minute: f64, now: Instant) -> Self {
        let per_minute = per_minute.max(1.0);
        Self { per_minute, level: per_minute, filled: now }
    }

    pub(super) fn fill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.level = (self.level + elapsed * self.per_minute / 60.0).min(self.per_minute);
        self.filled = now;
    }

    pub(super) fn give_back(&mut self, units: f64) {
        self.level = (self.level + units).min(self.per_minute);
    }

    /// More than the bucket can ever hold is taken when it is full, or it would never be.
    pub(super) fn needed(&self, units: f64) -> f64 {
        units.min(self.per_minute)
    }

    /// How long until so many units are there.
    pub(super) fn wait_for(&self, units: f64) -> Duration {
        let lack = self.needed(units) - self.level;
        if lack <= 0.0 {
            return Duration::ZERO;
        }
        // A hair more than exact: a timer that fires a rounding error too early would go round once more.
        Duration::from_secs_f64(lack * 60.0 / self.per_minute) + Duration::from_micros(100)
    }
}
