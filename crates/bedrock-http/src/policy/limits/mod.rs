//! Limits of the caller's own: calls at once, requests and tokens a minute, with a queue ordered by priority.
//!
//! They keep a program inside its quota instead of running into the service's 429. Not for what the service answers: see
//! `policy/retry.rs`.

mod bucket;
mod gate;

use std::time::Duration;

pub(crate) use gate::{Gates, Permit};

/// How much may be asked of the service. Nothing is limited by default.
///
/// ```
/// use bedrock_http::Limits;
///
/// let limits = Limits::default().concurrent(20).tokens_per_minute(200_000);
/// assert_eq!(limits.requests_per_minute, None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
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

setters! {
    Limits
    { concurrent: Option<u32>, requests_per_minute: Option<u32>, tokens_per_minute: Option<u64>, max_wait: Option<Duration>, }
    { output_weight: u32, per_model: bool, queue: usize, }
}

/// Which of the waiting calls goes first; equals go in the order of arrival.
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
