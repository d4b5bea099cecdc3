//! What a target is.

use crate::budget::Budget;

/// A function that reads bytes from outside, and the laws that hold for it.
pub struct Target {
    /// Its name: that of its file here and under `fuzz_targets/`, and of its folder under `regressions/`.
    pub name: &'static str,
    /// How many bytes at the beginning of an input choose what is done with the rest.
    pub choices: usize,
    /// The longest input worth trying.
    pub longest: usize,
    /// What a run of it may hold.
    pub budget: Budget,
    pub(crate) seeds: fn() -> Vec<Vec<u8>>,
    pub(crate) run: fn(&[u8]),
}

impl Target {
    /// Runs it on one input.
    ///
    /// # Panics
    ///
    /// Where a law is broken.
    pub fn check(&self, input: &[u8]) {
        let input = &input[..input.len().min(self.longest)];
        self.budget.hold(input.len(), || (self.run)(input));
    }

    /// Inputs to begin with, the same in every run.
    #[must_use]
    pub fn seeds(&self) -> Vec<Vec<u8>> {
        (self.seeds)()
    }
}
