//! A circuit breaker per endpoint and model: after several failures in a row that are the service's fault, calls are
//! refused here for a while instead of being sent.
//!
//! A response that begins well has not succeeded yet: the verdict on a stream falls at its end, so that streams which break
//! off count. The state machine is given the time as a value. Not for throttling (that is asking to slow down, not failing) and not
//! for errors of the caller's making: neither counts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::retry::RetryClass;
use crate::{Error, ErrorKind, TimeoutPhase};

/// When to stop asking a service that fails, and when to try again.
///
/// ```
/// use std::time::Duration;
/// use bedrock_http::BreakerConfig;
///
/// let config = BreakerConfig::default().failures(10).cooldown(Duration::from_secs(5));
/// assert_eq!(config.probes, 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BreakerConfig {
    /// Failed attempts in a row that open the circuit. Default 5; 0 counts as 1.
    pub failures: u32,
    /// How long it stays open before attempts are let through to see whether the service is back. Default 30 s.
    pub cooldown: Duration,
    /// How many attempts at once may try that, until their responses have ended. Default 1; 0 counts as 1. One more is let
    /// through when a whole cooldown has passed since the last: a long stream must not keep everybody out.
    pub probes: u32,
}

impl Default for BreakerConfig {
    fn default() -> Self {
        Self { failures: 5, cooldown: Duration::from_secs(30), probes: 1 }
    }
}

setters! {
    BreakerConfig
    {}
    { failures: u32, cooldown: Duration, probes: u32, }
}

/// The state of a circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// Calls go through.
    Closed,
    /// Calls are refused.
    Open,
    /// A few calls go through, to see whether the service is back.
    HalfOpen,
}

/// One circuit.
#[derive(Debug)]
struct Circuit {
    failures: u32,
    opened: Option<Instant>,
    probing: u32,
    probed: Option<Instant>,
}

impl Circuit {
    const NEW: Self = Self { failures: 0, opened: None, probing: 0, probed: None };

    fn admit(&mut self, config: &BreakerConfig, now: Instant) -> Result<BreakerState, Duration> {
        let Some(opened) = self.opened else {
            return Ok(BreakerState::Closed);
        };
        let rest = config.cooldown.saturating_sub(now.saturating_duration_since(opened));
        if !rest.is_zero() {
            return Err(rest);
        }
        if self.probing >= config.probes.max(1) {
            let since = self.probed.map_or(Duration::MAX, |at| now.saturating_duration_since(at));
            let rest = config.cooldown.saturating_sub(since);
            if !rest.is_zero() {
                return Err(rest);
            }
        }
        self.probing = self.probing.saturating_add(1);
        self.probed = Some(now);
        Ok(BreakerState::HalfOpen)
    }

    /// Counts a failure; true when it opened the circuit.
    fn failed(&mut self, config: &BreakerConfig, was: BreakerState, now: Instant) -> bool {
        self.failures = self.failures.saturating_add(1);
        // Failures of attempts from before do not move the moment of an open circuit, or it might
        // never be tried again.
        let opens = was == BreakerState::HalfOpen
            || (self.opened.is_none() && self.failures >= config.failures.max(1));
        if opens {
            self.opened = Some(now);
        }
        opens
    }
}

/// Where a request goes and which model it asks for.
type Key = (String, Option<String>);

/// All circuits of a transport.
#[derive(Debug)]
pub(crate) struct Breakers {
    config: BreakerConfig,
    /// Only circuits that have seen a failure: the map stays empty while all is well.
    circuits: Mutex<HashMap<Key, Circuit>>,
}

/// Lets one attempt through. Dropping it without a verdict (the caller gave up waiting) gives a probe's place free.
#[derive(Debug)]
pub(crate) struct BreakerGuard {
    breakers: Arc<Breakers>,
    key: Key,
    was: BreakerState,
}

impl Breakers {
    pub(crate) fn new(config: BreakerConfig) -> Self {
        Self { config, circuits: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Circuit>> {
        self.circuits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn admit(
        self: &Arc<Self>,
        endpoint: &str,
        model: Option<&str>,
        now: Instant,
    ) -> Result<BreakerGuard, Error> {
        let key = (endpoint.to_owned(), model.map(str::to_owned));
        let admitted = match self.lock().get_mut(&key) {
            Some(circuit) => circuit.admit(&self.config, now),
            None => Ok(BreakerState::Closed),
        };
        match admitted {
            Ok(was) => Ok(BreakerGuard { breakers: self.clone(), key, was }),
            Err(rest) => {
                let model = model.map(|model| format!(" for {model}")).unwrap_or_default();
                Err(Error::new(
                    ErrorKind::CircuitOpen,
                    RetryClass::Transient,
                    format!("the circuit breaker of {endpoint}{model} is open for another {rest:.0?}"),
                ))
            }
        }
    }
}

impl BreakerGuard {
    /// What the circuit was when this attempt was let through.
    pub(crate) fn state(&self) -> BreakerState {
        self.was
    }

    /// The attempt ended; the new state, where it changed.
    pub(crate) fn verdict(mut self, failed: Option<&Error>, now: Instant) -> Option<BreakerState> {
        let breakers = self.breakers.clone();
        let mut circuits = breakers.lock();
        // The place is given back here and not by `drop`.
        let was = std::mem::replace(&mut self.was, BreakerState::Closed);
        if was == BreakerState::HalfOpen
            && let Some(circuit) = circuits.get_mut(&self.key)
        {
            circuit.probing = circuit.probing.saturating_sub(1);
        }
        let key = self.key.clone();
        let changed = match failed {
            Some(error) if is_the_services_fault(error) => circuits
                .entry(key)
                .or_insert(Circuit::NEW)
                .failed(&breakers.config, was, now)
                .then_some(BreakerState::Open),
            // Sent before the circuit opened: it says nothing of what has been since.
            _ if was == BreakerState::Closed
                && circuits.get(&key).is_some_and(|circuit| circuit.opened.is_some()) =>
            {
                None
            }
            // Any other answer shows that the service is there: a refusal of the caller's request is one too.
            _ => {
                // Doubtful: a total limit that ran out before any answer, and a request that turned
                // out not to be sendable, come here too, and close a circuit that was half open.
                circuits.remove(&key).filter(|circuit| circuit.opened.is_some()).map(|_| BreakerState::Closed)
            }
        };
        drop(circuits);
        changed
    }
}

impl Drop for BreakerGuard {
    fn drop(&mut self) {
        if self.was == BreakerState::HalfOpen
            && let Some(circuit) = self.breakers.lock().get_mut(&self.key)
        {
            circuit.probing = circuit.probing.saturating_sub(1);
        }
    }
}

/// Names of errors that are the model's failure, though their statuses look like the caller's.
// Statuses 424 and 408 in the service's model. `ModelErrorException`, 424 as well, is not here: it
// depends on what failed behind it.
const MODEL_FAILED: &[&str] = &["ModelStreamErrorException", "ModelTimeoutException"];

/// Whether an error says that the service, or the way to it, is unhealthy.
fn is_the_services_fault(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Connect | ErrorKind::Transport => true,
        // The limit of the whole call is the caller's, and may be shorter than any answer.
        ErrorKind::Timeout(phase) => phase != TimeoutPhase::Total,
        ErrorKind::Service => {
            let name = error.error_type().unwrap_or_default();
            error.status().is_some_and(|status| status.is_server_error())
                || MODEL_FAILED.iter().any(|failed| failed.eq_ignore_ascii_case(name))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ServiceError;
    use http::{HeaderMap, StatusCode};

    fn status(code: u16) -> Error {
        let status = StatusCode::from_u16(code).unwrap();
        Error::from_service(ServiceError::from_response(status, HeaderMap::new(), ""), RetryClass::Transient)
    }

    fn breakers() -> Arc<Breakers> {
        Arc::new(Breakers::new(
            BreakerConfig::default().failures(2).cooldown(Duration::from_secs(10)).probes(1),
        ))
    }

    #[test]
    fn opens_after_failures_in_a_row_and_closes_after_a_success() {
        let (breakers, start) = (breakers(), Instant::now());
        let at = |s| start + Duration::from_secs(s);
        let admit = |now| breakers.admit("https://h", Some("m"), now);
        let bad = status(500);
        assert_eq!(admit(at(0)).unwrap().verdict(Some(&bad), at(0)), None);
        assert_eq!(admit(at(0)).unwrap().verdict(None, at(0)), None, "a success breaks the row");
        assert_eq!(admit(at(0)).unwrap().verdict(Some(&bad), at(0)), None);
        assert_eq!(admit(at(1)).unwrap().verdict(Some(&bad), at(1)), Some(BreakerState::Open));
        let refused = admit(at(5)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::CircuitOpen);
        assert!(refused.to_string().contains("6s"), "{refused}");
        assert!(
            breakers.admit("https://h", Some("other"), at(5)).is_ok(),
            "another model has a circuit of its own"
        );

        let probe = admit(at(11)).unwrap();
        assert_eq!(probe.state(), BreakerState::HalfOpen);
        assert!(admit(at(11)).is_err(), "one probe at a time");
        drop(probe);
        let probe = admit(at(12)).unwrap();
        assert_eq!(probe.verdict(Some(&bad), at(12)), Some(BreakerState::Open));
        assert!(admit(at(21)).is_err());
        assert_eq!(admit(at(22)).unwrap().verdict(None, at(22)), Some(BreakerState::Closed));
        assert_eq!(admit(at(22)).unwrap().state(), BreakerState::Closed);
        assert!(breakers.lock().is_empty());
    }

    #[test]
    fn long_streams_neither_close_a_circuit_nor_keep_probes_out() {
        let (breakers, start) = (breakers(), Instant::now());
        let at = |s| start + Duration::from_secs(s);
        let admit = |now| breakers.admit("https://h", Some("m"), now);
        let bad = status(500);
        let early = admit(at(0)).unwrap();
        for _ in 0..2 {
            let _ = admit(at(0)).unwrap().verdict(Some(&bad), at(1));
        }
        assert_eq!(early.verdict(None, at(2)), None, "a stream from before the trouble ends well");
        assert!(admit(at(2)).is_err(), "and the circuit stays open");

        let probe = admit(at(11)).unwrap();
        assert!(admit(at(20)).unwrap_err().to_string().contains("1s"));
        let second = admit(at(21)).unwrap();
        assert_eq!(second.state(), BreakerState::HalfOpen, "a cooldown after the first, which is still open");
        assert!(admit(at(22)).is_err());
        assert_eq!(second.verdict(None, at(23)), Some(BreakerState::Closed));
        assert_eq!(probe.verdict(None, at(90)), None);
    }

    #[test]
    fn only_the_services_fault_counts() {
        let frame =
            |name| Error::from_service(ServiceError::in_stream(name, "", &b""[..]), RetryClass::Transient);
        let rows = [
            (status(500), true),
            (status(503), true),
            (status(429), false),
            (status(400), false),
            (status(403), false),
            (frame("modelStreamErrorException"), true),
            (frame("modelTimeoutException"), true),
            (frame("throttlingException"), false),
            (Error::broken_off("x"), true),
            (Error::new(ErrorKind::Timeout(TimeoutPhase::Idle), RetryClass::Transient, ""), true),
            (Error::usage("x"), false),
            (Error::credentials("x"), false),
            (Error::new(ErrorKind::Connect, RetryClass::Transient, ""), true),
            (Error::new(ErrorKind::Transport, RetryClass::Transient, ""), true),
            (Error::new(ErrorKind::Timeout(TimeoutPhase::FirstByte), RetryClass::Final, ""), true),
            (Error::new(ErrorKind::Timeout(TimeoutPhase::Total), RetryClass::Final, ""), false),
        ];
        for (error, want) in rows {
            assert_eq!(is_the_services_fault(&error), want, "{error:?}");
        }
    }
}
