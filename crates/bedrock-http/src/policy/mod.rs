//! Policies of a transport: limits on time, retries, a circuit breaker, quotas of the caller's own.
//!
//! State machines that are given the time as a value. Not for sending: that is [`Call`](crate::Call).

/// Setters of settings, each named like its field. One of a limit takes the limit, or `None` for none.
macro_rules! setters {
    ($settings:ident { $($limit:ident: Option<$bound:ty>,)* } { $($field:ident: $value:ty,)* }) => {
        impl $settings {
            $(
                #[doc = concat!("Sets [`", stringify!($limit), "`](field@Self::", stringify!($limit), "); `None` takes it away.")]
                #[must_use]
                pub fn $limit(mut self, limit: impl Into<Option<$bound>>) -> Self {
                    self.$limit = limit.into();
                    self
                }
            )*
            $(
                #[doc = concat!("Sets [`", stringify!($field), "`](field@Self::", stringify!($field), ").")]
                #[must_use]
                pub fn $field(mut self, value: $value) -> Self {
                    self.$field = value;
                    self
                }
            )*
        }
    };
}

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
