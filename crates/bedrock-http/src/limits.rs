//! Limits of the caller's own: calls at once, requests and tokens a minute, with a queue ordered by priority.
//!
//! They keep a program inside its quota instead of running into the service's 429. The state machine is given the time
//! as a value; the waiting around it is thin. Not for the service's answers: retries have their own room.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::retry::RetryClass;
use crate::{Error, ErrorKind};

/// How much may be asked of the service. Nothing is limited by default.
///
/// ```
/// use bedrock_http::Limits;
///
/// let limits = Limits { concurrent: Some(20), tokens_per_minute: Some(200_000), ..Limits::default() };
/// assert_eq!(limits.requests_per_minute, None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Calls at once, a stream until its end. 0 counts as 1.
    pub concurrent: Option<u32>,
    /// Requests a minute, each attempt counted. 0 counts as 1.
    pub requests_per_minute: Option<u32>,
    /// Tokens a minute, as requests reserve them
    /// ([`Request::reserve_tokens`](crate::Request::reserve_tokens)). 0 counts as 1.
    pub tokens_per_minute: Option<u64>,
    /// How many tokens of the quota a token of output takes once a call has ended. The service takes 5 for Anthropic's Claude
    /// since Sonnet 3.7 and 1 for other models (AWS's page on token burndown); at the start of a call it reserves 1 for all.
    /// Default 1; 0 counts as 1.
    pub output_weight: u32,
    /// Whether each model has limits of its own, as quotas of Bedrock are given, or all share one. Default: each.
    pub per_model: bool,
    /// Calls that may wait for their turn; more are refused. Default 1,024.
    pub queue: usize,
    /// How long a call may wait for its turn. No default.
    pub max_wait: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrent: None,
            requests_per_minute: None,
            tokens_per_minute: None,
            output_weight: 1,
            per_model: true,
            queue: 1_024,
            max_wait: None,
        }
    }
}

/// Who goes first among waiting calls; equals go in the order of their coming.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Priority {
    /// When nothing else waits.
    Low,
    /// The default.
    #[default]
    Normal,
    /// Before all others.
    High,
}

/// A bucket that fills evenly: full at first, `per_minute` units at most.
#[derive(Debug)]
struct Bucket {
    per_minute: f64,
    level: f64,
    filled: Instant,
}

impl Bucket {
    fn new(per_minute: f64, now: Instant) -> Self {
        let per_minute = per_minute.max(1.0);
        Self { per_minute, level: per_minute, filled: now }
    }

    fn fill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.level = (self.level + elapsed * self.per_minute / 60.0).min(self.per_minute);
        self.filled = now;
    }

    fn give_back(&mut self, units: f64) {
        self.level = (self.level + units).min(self.per_minute);
    }

    /// More than the bucket can ever hold is taken when it is full, or it would never be.
    fn needed(&self, units: f64) -> f64 {
        units.min(self.per_minute)
    }

    /// How long until so many units are there.
    fn wait_for(&self, units: f64) -> Duration {
        let lack = self.needed(units) - self.level;
        if lack <= 0.0 {
            return Duration::ZERO;
        }
        // A hair more than exact: a timer that fires a rounding error too early would go round once more.
        Duration::from_secs_f64(lack * 60.0 / self.per_minute) + Duration::from_micros(100)
    }
}

type Place = (Reverse<Priority>, u64);

/// The state machine: what is taken, and who waits.
#[derive(Debug)]
struct State {
    concurrent: Option<u32>,
    in_flight: u32,
    requests: Option<Bucket>,
    tokens: Option<Bucket>,
    output_weight: u64,
    queue: BTreeMap<Place, Arc<Notify>>,
    next: u64,
}

impl State {
    fn new(limits: &Limits, now: Instant) -> Self {
        Self {
            concurrent: limits.concurrent.map(|n| n.max(1)),
            in_flight: 0,
            requests: limits.requests_per_minute.map(|n| Bucket::new(f64::from(n), now)),
            tokens: limits.tokens_per_minute.map(|n| Bucket::new(n as f64, now)),
            output_weight: u64::from(limits.output_weight.max(1)),
            queue: BTreeMap::new(),
            next: 0,
        }
    }

    fn fill(&mut self, now: Instant) {
        for bucket in [&mut self.requests, &mut self.tokens].into_iter().flatten() {
            bucket.fill(now);
        }
    }

    /// How long until so much can be taken; `None` when only the end of another call can tell.
    fn wait_for(&self, tokens: u64) -> Option<Duration> {
        if self.concurrent.is_some_and(|most| self.in_flight >= most) {
            return None;
        }
        let requests = self.requests.as_ref().map(|bucket| bucket.wait_for(1.0));
        let tokens = self.tokens.as_ref().map(|bucket| bucket.wait_for(tokens as f64));
        Some(requests.unwrap_or_default().max(tokens.unwrap_or_default()))
    }

    fn take(&mut self, tokens: u64) {
        self.in_flight = self.in_flight.saturating_add(1);
        if let Some(bucket) = &mut self.requests {
            bucket.level -= 1.0;
        }
        if let Some(bucket) = &mut self.tokens {
            bucket.level -= bucket.needed(tokens as f64);
        }
    }

    /// Wakes the first of the queue, to look again.
    fn wake_first(&self) {
        if let Some((_, wake)) = self.queue.first_key_value() {
            wake.notify_one();
        }
    }

    fn is_idle(&self) -> bool {
        self.in_flight == 0 && self.queue.is_empty()
    }
}

/// One set of limits.
#[derive(Debug)]
struct Gate(Mutex<State>);

impl Gate {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The limits of a transport.
#[derive(Debug)]
pub(crate) struct Gates {
    limits: Limits,
    gates: Mutex<HashMap<Option<String>, Arc<Gate>>>,
}

/// A call that was let through. Its place is given free when it leaves, or when this is dropped; what it reserved can be
/// settled after that.
#[derive(Debug)]
pub(crate) struct Permit {
    gate: Arc<Gate>,
    reserved: u64,
    inside: bool,
}

impl Permit {
    /// Nothing was sent after all: what was taken for it goes back.
    pub(crate) fn unused(self) {
        let mut state = self.gate.lock();
        if let Some(bucket) = &mut state.requests {
            bucket.give_back(1.0);
        }
        if let Some(bucket) = &mut state.tokens {
            bucket.give_back(bucket.needed(self.reserved as f64));
        }
    }

    /// How many tokens it holds; `None` where tokens are not limited.
    pub(crate) fn reserved(&self) -> Option<u64> {
        self.gate.lock().tokens.as_ref().map(|_| self.reserved)
    }

    /// Says how many tokens the call used: what it had reserved beyond goes back, what it used beyond is taken. Gives what
    /// that is of the quota.
    pub(crate) fn settle(&mut self, input: u64, output: u64) -> u64 {
        let mut state = self.gate.lock();
        let used = input.saturating_add(output.saturating_mul(state.output_weight));
        if let Some(bucket) = &mut state.tokens {
            bucket.give_back(bucket.needed(self.reserved as f64) - bucket.needed(used as f64));
            self.reserved = used;
        }
        state.wake_first();
        used
    }

    /// The call has ended: its place is free.
    pub(crate) fn leave(&mut self) {
        if std::mem::replace(&mut self.inside, false) {
            let mut state = self.gate.lock();
            state.in_flight = state.in_flight.saturating_sub(1);
            state.wake_first();
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.leave();
    }
}

/// A place in the queue, given up when the caller stops waiting.
struct InQueue<'a> {
    gate: &'a Gate,
    place: Place,
}

impl Drop for InQueue<'_> {
    fn drop(&mut self) {
        let mut state = self.gate.lock();
        state.queue.remove(&self.place);
        state.wake_first();
    }
}

impl Gates {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, gates: Mutex::default() }
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    fn gate(&self, model: Option<&str>, now: Instant) -> Arc<Gate> {
        /// Gates of models that nobody asks for any more are dropped when there are more than these.
        const MANY: usize = 256;
        let key = model.filter(|_| self.limits.per_model).map(str::to_owned);
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if gates.len() > MANY && !gates.contains_key(&key) {
            gates.retain(|_, gate| Arc::strong_count(gate) > 1 || !gate.lock().is_idle());
        }
        gates.entry(key).or_insert_with(|| Arc::new(Gate(Mutex::new(State::new(&self.limits, now))))).clone()
    }

    /// Waits for a turn. Dropping the future gives the place in the queue up.
    pub(crate) async fn enter(
        &self,
        model: Option<&str>,
        priority: Priority,
        tokens: u64,
    ) -> Result<Permit, Error> {
        let gate = self.gate(model, Instant::now());
        let wait = async {
            self.wait_in(&gate, priority, tokens).await?;
            Ok(Permit { gate: gate.clone(), reserved: tokens, inside: true })
        };
        match self.limits.max_wait {
            None => wait.await,
            Some(longest) => tokio::time::timeout(longest, wait).await.unwrap_or_else(|_| {
                Err(refused(format!("the call waited {longest:?} for its turn under the local limits")))
            }),
        }
    }

    async fn wait_in(&self, gate: &Gate, priority: Priority, tokens: u64) -> Result<(), Error> {
        let wake = Arc::new(Notify::new());
        let queued = {
            let mut state = gate.lock();
            state.fill(Instant::now());
            if state.queue.is_empty() && state.wait_for(tokens) == Some(Duration::ZERO) {
                state.take(tokens);
                return Ok(());
            }
            if state.queue.len() >= self.limits.queue {
                let waiting = state.queue.len();
                return Err(refused(format!(
                    "{waiting} calls wait already for their turn under the local limits"
                )));
            }
            let place = (Reverse(priority), state.next);
            state.next += 1;
            state.queue.insert(place, wake.clone());
            InQueue { gate, place }
        };
        loop {
            let timer = {
                let mut state = gate.lock();
                let first = state.queue.first_key_value().is_some_and(|(place, _)| *place == queued.place);
                state.fill(Instant::now());
                match if first { state.wait_for(tokens) } else { None } {
                    Some(Duration::ZERO) => {
                        state.take(tokens);
                        // Dropping `queued` takes it out of the queue and wakes the next one.
                        return Ok(());
                    }
                    other => other,
                }
            };
            match timer {
                Some(timer) => {
                    let _ = tokio::time::timeout(timer, wake.notified()).await;
                }
                None => wake.notified().await,
            }
        }
    }
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::Limited, RetryClass::Transient, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits::default()
    }

    async fn enter(gates: &Gates, priority: Priority, tokens: u64) -> Permit {
        gates.enter(None, priority, tokens).await.unwrap()
    }

    fn since(start: Instant) -> u64 {
        start.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn calls_at_once() {
        let gates = Gates::new(Limits { concurrent: Some(2), ..limits() });
        let one = enter(&gates, Priority::Normal, 0).await;
        let _two = enter(&gates, Priority::Normal, 0).await;
        let third = enter(&gates, Priority::Normal, 0);
        tokio::pin!(third);
        assert!(tokio::time::timeout(Duration::from_secs(9), &mut third).await.is_err());
        drop(one);
        third.await;
    }

    #[tokio::test(start_paused = true)]
    async fn requests_a_minute_fill_evenly() {
        let gates = Gates::new(Limits { requests_per_minute: Some(6), ..limits() });
        let start = Instant::now();
        for want in [0, 0, 0, 0, 0, 0, 10, 20] {
            drop(enter(&gates, Priority::Normal, 0).await);
            assert_eq!(since(start), want);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn tokens_are_reserved_and_settled() {
        let gates = Gates::new(Limits { tokens_per_minute: Some(600), ..limits() });
        let start = Instant::now();
        let mut first = enter(&gates, Priority::Normal, 600).await;
        assert_eq!(first.settle(60, 40), 100);
        drop(enter(&gates, Priority::Normal, 500).await);
        assert_eq!(since(start), 0);
        drop(enter(&gates, Priority::Normal, 100).await);
        assert_eq!(since(start), 10);
        // What was used beyond the reservation is missing to the next one, also when the call has left.
        let mut second = enter(&gates, Priority::Normal, 0).await;
        second.leave();
        second.settle(100, 0);
        assert_eq!(second.reserved(), Some(100));
        drop(second);
        drop(enter(&gates, Priority::Normal, 0).await);
        assert_eq!(since(start), 20);
        // More than a minute holds is let through when the bucket is full.
        drop(enter(&gates, Priority::Normal, 10_000).await);
        assert_eq!(since(start), 80);
    }

    #[tokio::test(start_paused = true)]
    async fn output_weighs_more_where_it_is_said() {
        let limits = Limits { tokens_per_minute: Some(600), output_weight: 5, ..limits() };
        let gates = Gates::new(limits);
        let start = Instant::now();
        let mut first = enter(&gates, Priority::Normal, 0).await;
        assert_eq!(first.settle(100, 20), 200);
        drop(enter(&gates, Priority::Normal, 600).await);
        assert_eq!(since(start), 20);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_not_sent_costs_nothing() {
        let gates =
            Gates::new(Limits { requests_per_minute: Some(1), tokens_per_minute: Some(60), ..limits() });
        let start = Instant::now();
        for _ in 0..5 {
            enter(&gates, Priority::Normal, 60).await.unused();
        }
        assert_eq!(since(start), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn priority_goes_first_and_who_gives_up_holds_nobody_up() {
        let gates = Arc::new(Gates::new(Limits { concurrent: Some(1), ..limits() }));
        let order = Arc::new(Mutex::new(Vec::new()));
        let held = enter(&gates, Priority::Normal, 0).await;
        let mut tasks = Vec::new();
        for (name, priority) in [
            ("low", Priority::Low),
            ("a", Priority::Normal),
            ("b", Priority::Normal),
            ("high", Priority::High),
        ] {
            let (gates, order) = (gates.clone(), order.clone());
            tasks.push(tokio::spawn(async move {
                let permit = enter(&gates, priority, 0).await;
                order.lock().unwrap().push(name);
                drop(permit);
            }));
            tokio::task::yield_now().await;
        }
        tasks[1].abort();
        tokio::task::yield_now().await;
        drop(held);
        for task in tasks {
            let _ = task.await;
        }
        assert_eq!(*order.lock().unwrap(), ["high", "b", "low"]);
        assert!(gates.gate(None, Instant::now()).lock().is_idle());
    }

    #[tokio::test(start_paused = true)]
    async fn refusals() {
        let gates = Gates::new(Limits { concurrent: Some(1), queue: 0, ..limits() });
        let _held = enter(&gates, Priority::Normal, 0).await;
        let error = gates.enter(None, Priority::High, 0).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limited);

        let max_wait = Some(Duration::from_secs(3));
        let gates = Gates::new(Limits { concurrent: Some(1), max_wait, ..limits() });
        let _held = enter(&gates, Priority::Normal, 0).await;
        let start = Instant::now();
        assert_eq!(gates.enter(None, Priority::High, 0).await.unwrap_err().kind(), ErrorKind::Limited);
        assert_eq!(since(start), 3);
        assert!(gates.gate(None, Instant::now()).lock().queue.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn each_model_has_its_own() {
        let gates = Gates::new(Limits { concurrent: Some(1), ..limits() });
        let _a = gates.enter(Some("a"), Priority::Normal, 0).await.unwrap();
        let _b = gates.enter(Some("b"), Priority::Normal, 0).await.unwrap();
        for i in 0..1_000 {
            drop(gates.enter(Some(&i.to_string()), Priority::Normal, 0).await.unwrap());
        }
        let kept = gates.gates.lock().unwrap().len();
        assert!(kept <= 258, "{kept} gates are kept");
        let shared = Gates::new(Limits { concurrent: Some(1), queue: 0, per_model: false, ..limits() });
        let _a = shared.enter(Some("a"), Priority::Normal, 0).await.unwrap();
        assert!(shared.enter(Some("b"), Priority::Normal, 0).await.is_err());
    }
}
