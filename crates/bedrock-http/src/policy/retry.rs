//! When to send a request again, and how long to wait first: AWS's standard retry mode as a state machine.
//!
//! It is given errors and random numbers as values; it owns no clock and sleeps nowhere. Not for deciding which error is
//! retryable (see `classifier.rs`) and not for sending (that is [`crate::Call`]).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What a retry policy should make of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RetryClass {
    /// Sending the same request again gives the same error.
    Final,
    /// The service or the network failed for a moment.
    Transient,
    /// The service asks to slow down.
    Throttling,
}

/// How often and how fast to retry.
///
/// The defaults are those of AWS's standard mode (botocore `retries/standard.py`, November 2026): 3 attempts; the wait
/// before retry `i` (from 0) is `random × min(base × 2^i, 20 s)`, where base is 1 s after throttling and 50 ms after
/// other errors.
///
/// ```
/// use std::time::Duration;
/// use bedrock_http::RetryConfig;
///
/// let patient = RetryConfig::default().max_attempts(8).max_delay(Duration::from_secs(60));
/// assert_eq!(patient.base_delay, Duration::from_millis(50));
/// assert_eq!(RetryConfig::never().max_attempts, 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryConfig {
    /// Requests sent at most, the first included. 1 and 0 both mean: never retry.
    pub max_attempts: u32,
    /// The scale of the waits after errors that are not throttling.
    pub base_delay: Duration,
    /// The scale of the waits after throttling.
    pub throttling_base_delay: Duration,
    /// No wait is longer, unless the service asked for it.
    pub max_delay: Duration,
    /// Full jitter: each wait is a random part of its scale. Without it, all callers that were throttled at once come
    /// back at once.
    pub jitter: bool,
}

impl Default for RetryConfig {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            base_delay: Duration::from_millis(50),
            throttling_base_delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(20),
            jitter: true,
        }
    }
}

setters! {
    RetryConfig
    {}
    { max_attempts: u32, base_delay: Duration, throttling_base_delay: Duration, max_delay: Duration, jitter: bool, }
}

impl RetryConfig {
    /// One attempt, no retry.
    pub fn never() -> Self {
        Self { max_attempts: 1, ..Self::default() }
    }

    /// The wait before retry `retry` (from 0), `random` being in 0..1.
    ///
    /// `asked` is what the service asked for (`x-amz-retry-after`); it can lengthen the wait by 5 seconds at most and
    /// never shortens it.
    pub fn delay(&self, retry: u32, class: RetryClass, random: f64, asked: Option<Duration>) -> Duration {
        const LONGEST_ADDITION: Duration = Duration::from_secs(5);
        let base = match class {
            RetryClass::Throttling => self.throttling_base_delay,
            RetryClass::Transient | RetryClass::Final => self.base_delay,
        };
        // Saturating: a caller may set any number of attempts.
        let scale = base.saturating_mul(2_u32.saturating_pow(retry)).min(self.max_delay);
        let wait = if self.jitter { scale.mul_f64(random.clamp(0.0, 1.0)) } else { scale };
        match asked {
            Some(asked) => asked.min(wait.saturating_add(LONGEST_ADDITION)).max(wait),
            None => wait,
        }
    }
}

/// What the calls of one transport may spend on retries together.
///
/// When a service is down for everybody, retrying every call only triples the load. A bucket of 500 units pays for the
/// retries (5 units after throttling, 14 after other errors); a call that succeeds pays back what its last retry cost,
/// or 1 if it had none. An empty bucket means: fail at once.
///
/// ```
/// use bedrock_http::RetryQuota;
///
/// let quota = RetryQuota::new(14);
/// assert!(quota.acquire(14));
/// assert!(!quota.acquire(5), "nothing is left");
/// quota.release(100);
/// assert_eq!(quota.available(), 14, "never more than it began with");
/// ```
#[derive(Debug)]
pub struct RetryQuota {
    capacity: u32,
    available: Mutex<u32>,
}

impl Default for RetryQuota {
    fn default() -> Self {
        Self::new(500)
    }
}

impl RetryQuota {
    /// A full bucket of this many units.
    pub fn new(capacity: u32) -> Self {
        Self { capacity, available: Mutex::new(capacity) }
    }

    /// Takes units; false, and nothing taken, when there are not enough.
    pub fn acquire(&self, units: u32) -> bool {
        let mut available = self.lock();
        match available.checked_sub(units) {
            Some(rest) => {
                *available = rest;
                true
            }
            None => false,
        }
    }

    /// Gives units back.
    pub fn release(&self, units: u32) {
        let mut available = self.lock();
        *available = available.saturating_add(units).min(self.capacity);
    }

    /// What is left.
    pub fn available(&self) -> u32 {
        *self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, u32> {
        self.available.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What to do after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryDecision {
    /// Wait this long, then send the request again.
    RetryAfter(Duration),
    /// Give the error to the caller, for this reason.
    GiveUp(GiveUp),
}

/// Why a call is not retried (any more).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum GiveUp {
    /// The error is final.
    NotRetryable,
    /// As many attempts as allowed were made.
    MaxAttempts,
    /// The bucket that all calls share is empty.
    QuotaExhausted,
}

/// The retries of one call.
///
/// ```
/// use std::{sync::Arc, time::Duration};
/// use bedrock_http::{GiveUp, RetryClass, RetryConfig, RetryDecision, RetryQuota, RetrySession};
///
/// let mut session = RetrySession::new(RetryConfig::default(), Arc::new(RetryQuota::default()));
/// session.attempt();
/// let decision = session.failed(RetryClass::Throttling, None, 0.5);
/// assert_eq!(decision, RetryDecision::RetryAfter(Duration::from_millis(500)));
/// session.attempt();
/// assert_eq!(session.failed(RetryClass::Final, None, 0.5), RetryDecision::GiveUp(GiveUp::NotRetryable));
/// ```
#[derive(Debug)]
pub struct RetrySession {
    config: RetryConfig,
    quota: Arc<RetryQuota>,
    attempts: u32,
    paid: u32,
}

impl RetrySession {
    /// A call that has sent nothing yet.
    pub fn new(config: RetryConfig, quota: Arc<RetryQuota>) -> Self {
        Self { config, quota, attempts: 0, paid: 0 }
    }

    /// Says that a request is being sent; its number, from 1.
    pub fn attempt(&mut self) -> u32 {
        self.attempts = self.attempts.saturating_add(1);
        self.attempts
    }

    /// How many requests were sent.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Whether one more request may be sent at all.
    pub fn may_attempt(&self) -> bool {
        self.attempts < self.config.max_attempts.max(1)
    }

    /// The last attempt failed: what now? `random` is in 0..1, `asked` the wait that the service asked for.
    pub fn failed(&mut self, class: RetryClass, asked: Option<Duration>, random: f64) -> RetryDecision {
        let cost = match class {
            RetryClass::Final => return RetryDecision::GiveUp(GiveUp::NotRetryable),
            // Both costs are botocore's (`retries/standard.py`, November 2026).
            RetryClass::Throttling => 5,
            RetryClass::Transient => 14,
        };
        if !self.may_attempt() {
            return RetryDecision::GiveUp(GiveUp::MaxAttempts);
        }
        if !self.quota.acquire(cost) {
            return RetryDecision::GiveUp(GiveUp::QuotaExhausted);
        }
        self.paid = cost;
        RetryDecision::RetryAfter(self.config.delay(self.attempts.saturating_sub(1), class, random, asked))
    }

    /// The last attempt succeeded: gives back to the bucket.
    pub fn succeeded(&mut self) {
        self.quota.release(if self.paid == 0 { 1 } else { self.paid });
        self.paid = 0;
    }
}

/// A random number in 0..1 for jitter. The hasher of the standard library is seeded by the operating system: enough to
/// spread callers over time, and no crate more.
pub(crate) fn random() -> f64 {
    use std::hash::{BuildHasher, Hasher};
    let bits = std::hash::RandomState::new().build_hasher().finish();
    // 53 bits are what a float of 64 holds exactly: the result is never 1.
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use RetryClass::{Final, Throttling, Transient};

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn waits_are_those_of_the_standard_mode() {
        let config = RetryConfig::default();
        let rows = [
            (0, Transient, 1.0, None, 50),
            (1, Transient, 1.0, None, 100),
            (1, Transient, 0.5, None, 50),
            (0, Throttling, 1.0, None, 1_000),
            (3, Throttling, 0.25, None, 2_000),
            (30, Throttling, 1.0, None, 20_000),
            (u32::MAX, Transient, 1.0, None, 20_000),
            // The service's wish lengthens, by 5 seconds at most, and never shortens.
            (0, Throttling, 0.5, Some(100), 500),
            (0, Throttling, 0.5, Some(3_000), 3_000),
            (0, Throttling, 0.5, Some(60_000), 5_500),
            (0, Transient, 0.0, None, 0),
        ];
        for (retry, class, random, asked, want) in rows {
            let got = config.delay(retry, class, random, asked.map(ms));
            assert_eq!(got, ms(want), "{retry} {class:?} {random} {asked:?}");
        }
        let steady = config.clone().jitter(false);
        assert_eq!(steady.delay(2, Transient, 0.0, None), ms(200));
    }

    #[test]
    fn attempts_are_counted() {
        let mut session = RetrySession::new(RetryConfig::default(), Arc::default());
        assert_eq!(session.attempt(), 1);
        assert_eq!(session.failed(Transient, None, 1.0), RetryDecision::RetryAfter(ms(50)));
        assert_eq!(session.attempt(), 2);
        assert_eq!(session.failed(Throttling, None, 1.0), RetryDecision::RetryAfter(ms(2_000)));
        assert_eq!(session.attempt(), 3);
        assert_eq!(session.failed(Transient, None, 1.0), RetryDecision::GiveUp(GiveUp::MaxAttempts));
        assert_eq!(session.failed(Final, None, 1.0), RetryDecision::GiveUp(GiveUp::NotRetryable));
    }

    #[test]
    fn quota_is_paid_and_paid_back() {
        let quota = Arc::new(RetryQuota::new(20));
        let session = || RetrySession::new(RetryConfig::default(), quota.clone());
        let mut first = session();
        first.attempt();
        assert_eq!(first.failed(Transient, None, 0.0), RetryDecision::RetryAfter(ms(0)));
        assert_eq!(quota.available(), 6);
        let mut second = session();
        second.attempt();
        assert_eq!(second.failed(Transient, None, 0.0), RetryDecision::GiveUp(GiveUp::QuotaExhausted));
        assert_eq!(second.failed(Throttling, None, 0.0), RetryDecision::RetryAfter(ms(0)));
        assert_eq!(quota.available(), 1);
        first.succeeded();
        assert_eq!(quota.available(), 15);
        session().succeeded();
        assert_eq!(quota.available(), 16);
    }

    #[test]
    fn random_numbers_differ_and_stay_in_range() {
        let numbers: Vec<f64> = (0..1000).map(|_| random()).collect();
        assert!(numbers.iter().all(|n| (0.0..1.0).contains(n)));
        let mean = numbers.iter().sum::<f64>() / 1000.0;
        assert!((0.4..0.6).contains(&mean), "{mean}");
        assert!(numbers.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
