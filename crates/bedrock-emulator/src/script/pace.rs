//! How fast an answer comes.

use std::time::Duration;

/// How fast answers come. The default is quick for a model, yet slow enough to see it stream: 20 ms before the first event
/// and 5 ms between events.
///
/// ```
/// use std::time::Duration;
///
/// use bedrock_emulator::Pace;
///
/// let like_a_large_model = Pace::tokens_per_second(40.0).with_delay_before_first_event(Duration::from_millis(800));
/// assert_ne!(like_a_large_model, Pace::none());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    pub(crate) before_head: Duration,
    pub(crate) before_first: Duration,
    pub(crate) between: Duration,
}

impl Pace {
    /// As fast as the connection takes it.
    pub fn none() -> Self {
        Self { before_head: Duration::ZERO, before_first: Duration::ZERO, between: Duration::ZERO }
    }

    /// This many events a second; zero or less means as fast as possible.
    pub fn tokens_per_second(rate: f64) -> Self {
        let between = Duration::try_from_secs_f64(rate.recip()).unwrap_or(Duration::ZERO);
        Self { before_head: Duration::ZERO, before_first: between, between }
    }

    /// With this delay between the request and the head of the answer.
    #[must_use]
    pub fn with_delay_before_head(mut self, delay: Duration) -> Self {
        self.before_head = delay;
        self
    }

    /// With this delay between the head and the first event.
    #[must_use]
    pub fn with_delay_before_first_event(mut self, delay: Duration) -> Self {
        self.before_first = delay;
        self
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            before_head: Duration::ZERO,
            before_first: Duration::from_millis(20),
            between: Duration::from_millis(5),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_of_nothing() {
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Pace::tokens_per_second(rate).between, Duration::ZERO, "{rate}");
        }
    }
}
