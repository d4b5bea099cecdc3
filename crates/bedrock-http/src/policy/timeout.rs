//! The four limits on time, and the clock of a body between its pieces.
//!
//! Not for deciding what happens after one ran out: that is an [`ErrorKind::Timeout`](crate::ErrorKind::Timeout).

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use crate::TimeoutPhase;

/// How long to wait for what. `None` means: for ever. Each limit has an error of its own
/// ([`TimeoutPhase`]).
///
/// ```
/// use std::time::Duration;
/// use bedrock_http::Timeouts;
///
/// let timeouts = Timeouts::default().total(Duration::from_secs(90));
/// assert_eq!(timeouts.idle, Some(Duration::from_secs(600)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// Making a connection: name resolution, TCP, TLS. Default 10 s.
    pub connect: Option<Duration>,
    /// From the start of an attempt to the headers of its response. A call that is not streamed sends them when the
    /// model has finished, and the service lets models work for 60 minutes: that is the default.
    pub first_byte: Option<Duration>,
    /// Between two pieces of a response body. A model that thinks without showing it can be silent for minutes: the
    /// default is 10 minutes.
    pub idle: Option<Duration>,
    /// The whole call: waiting for its turn, all attempts, the waits between them, reading the body to its end. No
    /// default.
    pub total: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Some(Duration::from_secs(10)),
            first_byte: Some(Duration::from_secs(3_600)),
            idle: Some(Duration::from_secs(600)),
            total: None,
        }
    }
}

setters! {
    Timeouts
    { connect: Option<Duration>, first_byte: Option<Duration>, idle: Option<Duration>, total: Option<Duration>, }
    {}
}

impl Timeouts {
    /// No limit at all.
    pub fn none() -> Self {
        Self { connect: None, first_byte: None, idle: None, total: None }
    }
}

/// Watches the time between the pieces of a body.
///
/// A timer is set only when there is something to wait for, and it is not set anew for every piece: when it fires too
/// early (a piece came since), it is set to the later moment. A fast stream thus pays one look at the clock a piece.
pub(crate) struct BodyClock {
    idle: Option<Duration>,
    deadline: Option<Instant>,
    last: Instant,
    timer: Option<Pin<Box<Sleep>>>,
    /// Whom the timer wakes.
    waker: Option<Waker>,
}

impl BodyClock {
    pub(crate) fn new(idle: Option<Duration>, deadline: Option<Instant>, now: Instant) -> Self {
        Self { idle, deadline, last: now, timer: None, waker: None }
    }

    /// A piece came.
    pub(crate) fn progress(&mut self, now: Instant) {
        self.last = now;
    }

    /// Which limit ends at the next moment, and when.
    fn next(&self) -> Option<(Instant, TimeoutPhase)> {
        let idle = self.idle.and_then(|idle| self.last.checked_add(idle)).map(|at| (at, TimeoutPhase::Idle));
        let total = self.deadline.map(|at| (at, TimeoutPhase::Total));
        match (idle, total) {
            (Some(idle), Some(total)) => Some(if total.0 <= idle.0 { total } else { idle }),
            (one, other) => one.or(other),
        }
    }

    /// Ready when a limit ran out while nothing came.
    pub(crate) fn poll_expired(&mut self, cx: &mut Context<'_>) -> Poll<TimeoutPhase> {
        let Some((at, phase)) = self.next() else {
            return Poll::Pending;
        };
        // Not before something is waited for: a body that is there needs no timer.
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(at)));
        // A timer that runs and knows whom to wake need not be polled again for every piece.
        if self.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) && !timer.is_elapsed() {
            return Poll::Pending;
        }
        self.waker = Some(cx.waker().clone());
        loop {
            // The timer was set for the earlier of the two limits as they were then, and both only move
            // to later moments: it may fire too early, never too late.
            if timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            if Instant::now() >= at {
                return Poll::Ready(phase);
            }
            timer.as_mut().reset(at);
        }
    }

    /// Whether the deadline of the whole call has passed. Asked for every piece, so that a stream that never pauses
    /// ends too.
    pub(crate) fn is_over(&self, now: Instant) -> bool {
        self.deadline.is_some_and(|deadline| now >= deadline)
    }

    pub(crate) fn limit_of(&self, phase: TimeoutPhase) -> Option<Duration> {
        match phase {
            TimeoutPhase::Idle => self.idle,
            _ => None,
        }
    }
}

/// Runs a future until `deadline`; `None` when it did not end in time.
pub(crate) async fn until<F: Future>(deadline: Option<Instant>, future: F) -> Option<F::Output> {
    match deadline {
        Some(deadline) => tokio::time::timeout_at(deadline, future).await.ok(),
        None => Some(future.await),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn expired(clock: &mut BodyClock) -> TimeoutPhase {
        std::future::poll_fn(|cx| clock.poll_expired(cx)).await
    }

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[tokio::test(start_paused = true)]
    async fn idle_counts_from_the_last_piece() {
        let start = Instant::now();
        let mut clock = BodyClock::new(Some(s(10)), None, start);
        assert!(until(Some(start + s(9)), expired(&mut clock)).await.is_none());
        clock.progress(Instant::now());
        assert_eq!(expired(&mut clock).await, TimeoutPhase::Idle);
        assert_eq!(start.elapsed(), s(19));
    }

    #[tokio::test(start_paused = true)]
    async fn the_whole_call_ends_whatever_comes() {
        let start = Instant::now();
        let mut clock = BodyClock::new(Some(s(10)), Some(start + s(15)), start);
        assert!(until(Some(start + s(9)), expired(&mut clock)).await.is_none());
        clock.progress(Instant::now());
        assert_eq!(expired(&mut clock).await, TimeoutPhase::Total);
        assert_eq!(start.elapsed(), s(15));
        assert!(clock.is_over(Instant::now()));
    }

    #[tokio::test(start_paused = true)]
    async fn without_limits_nothing_expires() {
        let start = Instant::now();
        let mut clock = BodyClock::new(None, None, start);
        assert!(until(Some(start + s(1_000_000)), expired(&mut clock)).await.is_none());
        // A limit beyond what the clock can count is no limit.
        let mut clock = BodyClock::new(Some(Duration::MAX), None, start);
        assert!(until(Some(start + s(1_000_000)), expired(&mut clock)).await.is_none());
    }
}
