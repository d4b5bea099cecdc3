//! How much a run may hold, in proportion to what it was given.

/// Counts what all that runs here holds.
#[global_allocator]
static HEAP: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;

/// A bound on the heap: so many bytes, and so many more for each byte of the input.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// For what does not grow.
    pub fixed: usize,
    /// For each byte of the input.
    pub a_byte: usize,
}

impl Budget {
    /// Runs `work`, which was given `given` bytes, and holds what the heap grew by to the bound.
    ///
    /// # Panics
    ///
    /// Where it grew by more.
    pub fn hold<T>(self, given: usize, work: impl FnOnce() -> T) -> T {
        let before = HEAP.current_usage();
        HEAP.reset_peak_usage();
        let result = work();
        let grown = HEAP.peak_usage().saturating_sub(before);
        let bound = self.fixed + self.a_byte * given;
        assert!(grown <= bound, "{given} bytes made the heap grow by {grown}, more than {bound}");
        result
    }
}
