//! What is fuzzed, and what must hold: one [`Target`] for each kind of bytes that come from outside.
//!
//! A target is a function of bytes that panics where a law is broken. libFuzzer calls it through `fuzz_targets/`, and the
//! program `replay` on any toolchain, with the seeds, the regressions and mutations of both. Not for: anything that a test
//! can say by a table.

mod budget;
mod cut;
mod mutate;
mod regressions;
mod seeds;
mod target;
mod targets;

pub use budget::Budget;
pub use mutate::{Dice, Mutator};
pub use regressions::regressions;
pub use target::Target;
pub use targets::TARGETS;

#[cfg(feature = "libfuzzer")]
pub use libfuzzer_sys;

/// The target of this name.
///
/// # Panics
///
/// Where there is none.
#[must_use]
pub fn target(name: &str) -> &'static Target {
    TARGETS.iter().find(|target| target.name == name).unwrap_or_else(|| panic!("no target is named {name:?}"))
}

/// The two functions that libFuzzer calls: half of its mutations are its own, half are ours, which know lines and JSON.
#[cfg(feature = "libfuzzer")]
#[macro_export]
macro_rules! entry {
    ($name:literal) => {
        use $crate::libfuzzer_sys;

        static MUTATOR: std::sync::LazyLock<$crate::Mutator> =
            std::sync::LazyLock::new(|| $crate::Mutator::of($crate::target($name)));

        libfuzzer_sys::fuzz_target!(|input: &[u8]| $crate::target($name).check(input));

        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            if seed % 2 == 0 {
                return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
            }
            let mut input = data[..size].to_vec();
            MUTATOR.change(&mut input, max_size, &mut $crate::Dice::new(u64::from(seed)));
            data[..input.len()].copy_from_slice(&input);
            input.len()
        });
    };
}
