//! What an answer holds beside its fold: what was malformed; and the measure of all that is held.
//! Not for: chunks that wait for their format (see `waiting.rs`), nor what a fold makes of the others.

use bedrock_formats::wire::Odd;

use crate::reader::answer::{Malformed, Place};
use crate::reader::error::ReadError;

/// How many malformed chunks and members are kept with their bytes; beyond, they are only counted.
const MOST: usize = 64;

/// A chunk takes at most so many times its own length as a part of the answer, roughly: what is held is first measured when
/// a part so small of the limit has been read, and then whenever as small a part of what is left has been.
const LOOKS: usize = 8;

/// How many bytes of memory an answer may take unless told otherwise: 64 MiB.
pub(crate) const DEFAULT_MAX_HELD: usize = 64 << 20;

/// See above.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) stop_at_malformed: bool,
    malformed: Vec<Malformed>,
    count: usize,
    /// How many bytes the malformed have.
    bytes: usize,
    /// How many bytes of memory the answer may take.
    limit: usize,
    /// How many bytes of chunks the fold has got, and at how many what it holds is measured next.
    folded: usize,
    next_look: usize,
}

impl Default for Kept {
    fn default() -> Self {
        let (malformed, limit) = (Vec::new(), DEFAULT_MAX_HELD);
        let next_look = limit / LOOKS;
        Self { stop_at_malformed: false, malformed, count: 0, bytes: 0, limit, folded: 0, next_look }
    }
}

impl Kept {
    pub(crate) fn set_limit(&mut self, bytes: usize) {
        (self.limit, self.next_look) = (bytes, bytes / LOOKS);
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
    pub(crate) fn chunk(&mut self, place: Place, error: String, raw: &[u8]) -> Result<(), ReadError> {
        self.keep(Malformed::chunk(place, error, raw))
    }

    /// Keeps what of a chunk was not of its type; the rest of it has been taken.
    #[cold]
    pub(crate) fn odd(&mut self, place: Place, odd: &[Odd]) -> Result<(), ReadError> {
        odd.iter().try_for_each(|odd| self.keep(Malformed::odd(place, odd)))
    }

    fn keep(&mut self, malformed: Malformed) -> Result<(), ReadError> {
        self.count += 1;
        if self.stop_at_malformed {
            self.malformed.push(malformed.clone());
            return Err(ReadError::Malformed(malformed));
        }
        if self.malformed.len() < MOST {
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
    pub(crate) fn is_time_to_look(&mut self, bytes: usize) -> bool {
        self.folded = self.folded.saturating_add(bytes);
        self.folded >= self.next_look
    }

    /// Notes what the fold holds.
    pub(crate) fn looked(&mut self, held: usize) -> Result<(), ReadError> {
        let left = self.fits(held)?;
        self.next_look = self.folded.saturating_add((left / LOOKS).max(self.limit / 64));
        Ok(())
    }
}
