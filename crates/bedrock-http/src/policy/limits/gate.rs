//! The gate before calls: the state machine of the limits, and the thin waiting around it.
//!
//! Not for the settings: those are [`Limits`].

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::bucket::Bucket;
use super::{Limits, Priority};
use crate::policy::retry::RetryClass;
use crate::{Error, ErrorKind};

type Ticket = (Reverse<Priority>, u64);

/// The state machine: what is taken, and who waits.
#[derive(Debug)]
struct State {
    concurrent: Option<u32>,
    in_flight: u32,
    requests: Option<Bucket>,
    tokens: Option<Bucket>,
    output_weight: u64,
    // A `Notify` for each keeps a wake-up that comes between looking and waiting; one for all would
    // wake the wrong one.
    queue: BTreeMap<Ticket, Arc<Notify>>,
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

    /// How long until so much can be taken; `None` when that depends on the end of another call.
    fn wait_for(&self, tokens: u64) -> Option<Duration> {
        if self.concurrent.is_some_and(|most| self.in_flight >= most) {
            return None;
        }
        let requests = self.requests.as_ref().map(|bucket| bucket.wait_for(1.0));
        let tokens = self.tokens.as_ref().map(|bucket| bucket.wait_for(tokens as f64));
        Some(requests.unwrap_or_default().max(tokens.unwrap_or_default()))
    }

    /// Which limit a call waits for, as it was set.
    fn reached(&self, limits: &Limits, tokens: u64) -> String {
        let wait = |bucket: &Option<Bucket>, units| bucket.as_ref().map(|bucket| bucket.wait_for(units));
        let requests = limits.requests_per_minute.zip(wait(&self.requests, 1.0));
        let tokens = limits.tokens_per_minute.zip(wait(&self.tokens, tokens as f64));
        let (name, most) = match (self.concurrent, requests, tokens) {
            (Some(most), ..) if self.in_flight >= most => ("concurrent", u64::from(most)),
            (_, Some((_, wait)), Some((most, longer))) if longer > wait => ("tokens_per_minute", most),
            (_, Some((most, _)), _) => ("requests_per_minute", u64::from(most)),
            (_, None, Some((most, _))) => ("tokens_per_minute", most),
            (most, None, None) => ("concurrent", u64::from(most.unwrap_or_default())),
        };
        format!("the local limit `{name}` ({most}) is reached")
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
        // Its place among the calls is given back by `drop`, which follows.
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
            // May be negative. What is settled is reserved from then on, so that a second report
            // counts only the difference.
            bucket.give_back(bucket.needed(self.reserved as f64) - bucket.needed(used as f64));
            self.reserved = used;
        }
        state.wake_first();
        used
    }

    /// The call has ended: its place is free.
    pub(crate) fn release(&mut self) {
        if std::mem::replace(&mut self.inside, false) {
            let mut state = self.gate.lock();
            state.in_flight = state.in_flight.saturating_sub(1);
            state.wake_first();
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.release();
    }
}

/// A place in the queue, given up when the caller stops waiting.
struct Queued<'a> {
    gate: &'a Gate,
    ticket: Ticket,
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        let mut state = self.gate.lock();
        state.queue.remove(&self.ticket);
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
            // What an idle gate has counted goes with it: a model that is asked again
            // starts with full buckets.
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
                let reached = gate.lock().reached(&self.limits, tokens);
                Err(refused(format!(
                    "{reached}, and the call waited for its turn as long as it may ({longest:?})"
                )))
            }),
        }
    }

    async fn wait_in(&self, gate: &Gate, priority: Priority, tokens: u64) -> Result<(), Error> {
        let wake = Arc::new(Notify::new());
        let queued = {
            let mut state = gate.lock();
            state.fill(Instant::now());
            // Nobody overtakes the queue, or a large reservation would wait for ever.
            if state.queue.is_empty() && state.wait_for(tokens) == Some(Duration::ZERO) {
                state.take(tokens);
                return Ok(());
            }
            if state.queue.len() >= self.limits.queue {
                let reached = state.reached(&self.limits, tokens);
                let most = self.limits.queue;
                return Err(refused(format!("{reached}, and the queue of calls is full (at most {most})")));
            }
            let ticket = (Reverse(priority), state.next);
            state.next += 1;
            state.queue.insert(ticket, wake.clone());
            Queued { gate, ticket }
        };
        loop {
            let timer = {
                let mut state = gate.lock();
                let first = state.queue.first_key_value().is_some_and(|(ticket, _)| *ticket == queued.ticket);
                state.fill(Instant::now());
                // Only the first watches the clock; the others are woken when they
                // have become the first.
                match if first { state.wait_for(tokens) } else { None } {
                    Some(Duration::ZERO) => {
                        state.take(tokens);
                        // Dropping `queued` takes it out of the queue and wakes the next one. It
                        // locks: `state`, which was declared later, is let go before it.
                        return Ok(());
                    }
                    other => other,
                }
            };
            match timer {
                Some(timer) => {
                    // Woken early or in time, it looks again.
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
        let gates = Gates::new(limits().concurrent(2));
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
        let gates = Gates::new(limits().requests_per_minute(6));
        let start = Instant::now();
        for want in [0, 0, 0, 0, 0, 0, 10, 20] {
            drop(enter(&gates, Priority::Normal, 0).await);
            assert_eq!(since(start), want);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn tokens_are_reserved_and_settled() {
        let gates = Gates::new(limits().tokens_per_minute(600));
        let start = Instant::now();
        let mut first = enter(&gates, Priority::Normal, 600).await;
        assert_eq!(first.settle(60, 40), 100);
        drop(enter(&gates, Priority::Normal, 500).await);
        assert_eq!(since(start), 0);
        drop(enter(&gates, Priority::Normal, 100).await);
        assert_eq!(since(start), 10);
        // What was used beyond the reservation is missing to the next one, also when the call has left.
        let mut second = enter(&gates, Priority::Normal, 0).await;
        second.release();
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
        let limits = limits().tokens_per_minute(600).output_weight(5);
        let gates = Gates::new(limits);
        let start = Instant::now();
        let mut first = enter(&gates, Priority::Normal, 0).await;
        assert_eq!(first.settle(100, 20), 200);
        drop(enter(&gates, Priority::Normal, 600).await);
        assert_eq!(since(start), 20);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_not_sent_costs_nothing() {
        let gates = Gates::new(limits().requests_per_minute(1).tokens_per_minute(60));
        let start = Instant::now();
        for _ in 0..5 {
            enter(&gates, Priority::Normal, 60).await.unused();
        }
        assert_eq!(since(start), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn priority_goes_first_and_who_gives_up_holds_nobody_up() {
        let gates = Arc::new(Gates::new(limits().concurrent(1)));
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
        let gates = Gates::new(limits().concurrent(1).queue(0));
        let _held = enter(&gates, Priority::Normal, 0).await;
        let error = gates.enter(None, Priority::High, 0).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limited);
        let words = "the local limit `concurrent` (1) is reached, and the queue of calls is full (at most 0)";
        assert_eq!(error.to_string(), words);

        let max_wait = Some(Duration::from_secs(3));
        let gates = Gates::new(limits().concurrent(1).max_wait(max_wait));
        let _held = enter(&gates, Priority::Normal, 0).await;
        let start = Instant::now();
        let error = gates.enter(None, Priority::High, 0).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limited);
        let words = "the local limit `concurrent` (1) is reached, and the call waited for its turn as long as it may (3s)";
        assert_eq!(error.to_string(), words);
        assert_eq!(since(start), 3);
        assert!(gates.gate(None, Instant::now()).lock().queue.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_names_the_limit_that_is_reached() {
        let limits = limits().queue(0);
        for (limits, tokens, name) in [
            (limits.clone().concurrent(1).requests_per_minute(9), 0, "`concurrent` (1)"),
            (limits.clone().concurrent(9).requests_per_minute(1), 0, "`requests_per_minute` (1)"),
            (limits.clone().tokens_per_minute(60), 60, "`tokens_per_minute` (60)"),
            (limits.clone().requests_per_minute(9).tokens_per_minute(60), 60, "`tokens_per_minute` (60)"),
            (limits.clone().requests_per_minute(1).tokens_per_minute(60), 1, "`requests_per_minute` (1)"),
        ] {
            let gates = Gates::new(limits);
            let _held = enter(&gates, Priority::Normal, tokens).await;
            let error = gates.enter(None, Priority::Normal, tokens).await.unwrap_err().to_string();
            assert!(error.contains(&format!("the local limit {name} is reached")), "{name}: {error}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_model_has_its_own() {
        let gates = Gates::new(limits().concurrent(1));
        let _a = gates.enter(Some("a"), Priority::Normal, 0).await.unwrap();
        let _b = gates.enter(Some("b"), Priority::Normal, 0).await.unwrap();
        for i in 0..1_000 {
            drop(gates.enter(Some(&i.to_string()), Priority::Normal, 0).await.unwrap());
        }
        let kept = gates.gates.lock().unwrap().len();
        assert!(kept <= 258, "{kept} gates are kept");
        let shared = Gates::new(limits().concurrent(1).queue(0).per_model(false));
        let _a = shared.enter(Some("a"), Priority::Normal, 0).await.unwrap();
        assert!(shared.enter(Some("b"), Priority::Normal, 0).await.is_err());
    }
}
