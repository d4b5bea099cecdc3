//! The malformed chunks of an answer, and the accounting of the memory that it holds.
//! Not for: chunks that wait for their format (see `pending_chunks`), nor what a fold makes of the others.

use bedrock_formats::wire::Odd;

use crate::reader::answer::{Malformed, Place};
use crate::reader::error::ReadError;

/// How many malformed chunks and members are kept with their bytes; beyond, they are only counted.
const MAX_RECORDED: usize = 64;

/// A chunk takes at most this many times its own length as a part of the answer, roughly: what is held is first measured when
/// this fraction of the limit has been read, and then whenever this fraction of what is left has been.
const MEASUREMENTS: usize = 8;

/// How many bytes of memory an answer may take by default: 64 MiB.
pub(crate) const DEFAULT_MAX_HELD: usize = 64 << 20;

/// See above.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) stop_at_malformed: bool,
    malformed: Vec<Malformed>,
    count: usize,
    /// How many bytes the malformed have.
    bytes: usize,
    /// How many bytes of memory the answer may take.
    limit: usize,
    /// How many bytes of chunks the fold has got, and at how many what it holds is measured next.
    folded: usize,
    next_measurement: usize,
}

impl Default for Ledger {
    fn default() -> Self {
        let (malformed, limit) = (Vec::new(), DEFAULT_MAX_HELD);
        let next_measurement = limit / MEASUREMENTS;
        Self { stop_at_malformed: false, malformed, count: 0, bytes: 0, limit, folded: 0, next_measurement }
    }
}

impl Ledger {
    pub(crate) fn set_limit(&mut self, bytes: usize) {
        (self.limit, self.next_measurement) = (bytes, bytes / MEASUREMENTS);
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    pub(crate) fn malformed(&self) -> &[Malformed] {
        &self.malformed
    }

    /// How many malformed chunks and members there were.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Keeps a chunk that could not be read.
    pub(crate) fn record_chunk(&mut self, place: Place, error: String, raw: &[u8]) -> Result<(), ReadError> {
        self.record(Malformed::chunk(place, error, raw))
    }

    /// Keeps what of a chunk was not of its type; the rest of it has been taken.
    #[cold]
    pub(crate) fn record_odd(&mut self, place: Place, odd: &[Odd]) -> Result<(), ReadError> {
        odd.iter().try_for_each(|odd| self.record(Malformed::odd(place, odd)))
    }

    fn record(&mut self, malformed: Malformed) -> Result<(), ReadError> {
        self.count += 1;
        if self.stop_at_malformed {
            self.malformed.push(malformed.clone());
            return Err(ReadError::Malformed(malformed));
        }
        if self.malformed.len() < MAX_RECORDED {
            self.bytes += malformed.raw.len();
            self.malformed.push(malformed);
        }
        self.fits(0).map(drop)
    }

    /// How much more may be held, where so much is held elsewhere.
    pub(crate) fn fits(&self, elsewhere: usize) -> Result<usize, ReadError> {
        let held = elsewhere.saturating_add(self.bytes);
        self.limit.checked_sub(held).ok_or(ReadError::TooLarge { limit: self.limit })
    }

    /// Notes that the fold has got a chunk, and says whether it is time to measure what it holds.
    #[inline]
    pub(crate) fn is_measurement_due(&mut self, bytes: usize) -> bool {
        self.folded = self.folded.saturating_add(bytes);
        self.folded >= self.next_measurement
    }

    /// Notes what the fold holds.
    pub(crate) fn measured(&mut self, held: usize) -> Result<(), ReadError> {
        let left = self.fits(held)?;
        // At least a 64th of the limit ahead: close to it each chunk would be measured, at the cost
        // of writing the whole answer.
        self.next_measurement = self.folded.saturating_add((left / MEASUREMENTS).max(self.limit / 64));
        Ok(())
    }
}
