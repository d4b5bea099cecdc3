//! Policies of a transport: limits on time, retries, a circuit breaker, quotas of the caller's own.
//!
//! State machines that are given the time as a value. Not for sending: that is [`Call`](crate::Call).

mod breaker;
mod classifier;
mod limits;
mod retry;
mod timeout;

pub use breaker::{BreakerConfig, BreakerState};
pub(crate) use breaker::{BreakerGuard, Breakers};
pub use classifier::{Classifier, default_retry_class};
pub(crate) use limits::{Gates, Permit};
pub use limits::{Limits, Priority};
pub(crate) use retry::random;
pub use retry::{GiveUp, RetryClass, RetryConfig, RetryDecision, RetryQuota, RetrySession};
pub use timeout::Timeouts;
pub(crate) use timeout::{BodyClock, until};
