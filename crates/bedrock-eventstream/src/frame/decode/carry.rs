//! The bytes kept between two pieces: as a rule the head of one frame. Whether they are a good frame, `check` says.

use bytes::{Buf, Bytes, BytesMut};

use super::check::{CHECKSUM, Checker, PRELUDE, Prelude};
use crate::frame::FrameError;

/// From this length on a frame that comes in many pieces is hashed piece by piece, while these are in the cache of the
/// processor; below it one pass at the end is cheaper.
const HASHED_AS_IT_COMES: usize = 4096;

/// A buffer that has grown beyond this is given back and not kept for the next frame.
const KEPT: usize = 1024 * 1024;

/// Room that is taken at once when the length of a frame is known. Beyond it, room grows with what has arrived: a length
/// alone, even with a good checksum, shall not cost megabytes.
const TAKEN_AT_ONCE: usize = 64 * 1024;

/// How far the bytes in the carry have come.
pub(super) enum Progress {
    /// The frame in the carry is not whole yet; the piece is used up.
    Short,
    /// There is exactly one whole frame in the carry. Its checksum, if it was computed on the way.
    Whole(Option<u32>),
    /// There is a whole frame in the carry and perhaps more, all from before: nothing of the piece was taken.
    Backlog,
}

#[derive(Debug, Default)]
pub(super) struct Carry {
    bytes: BytesMut,
    hasher: crc32fast::Hasher,
    /// How many bytes have gone through the hasher.
    hashed: usize,
}

impl Carry {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    pub(super) fn clear(&mut self) {
        if self.bytes.capacity() > KEPT {
            self.bytes = BytesMut::new();
        } else {
            self.bytes.clear();
        }
        self.restart_hash();
    }

    /// Takes the first bytes out, without copying.
    pub(super) fn split_to(&mut self, length: usize) -> Bytes {
        self.restart_hash();
        let bytes = self.bytes.split_to(length).freeze();
        if self.bytes.is_empty() && self.bytes.capacity() > KEPT {
            self.bytes = BytesMut::new();
        }
        bytes
    }

    /// Forgets all but the last so many bytes.
    pub(super) fn keep_last(&mut self, length: usize) {
        self.restart_hash();
        self.bytes.advance(self.bytes.len().saturating_sub(length));
    }

    /// Adds bytes at the end. `begun` is the prelude of the frame that the carry begins with, where it is known and that
    /// frame is not whole.
    pub(super) fn append(&mut self, more: &[u8], begun: Option<Prelude>) {
        if let Some(prelude) = begun {
            let total = prelude.length();
            if total >= HASHED_AS_IT_COMES {
                // Before the bytes are added: `hash` takes what is held for what came earlier.
                self.hash(more, total - CHECKSUM);
            }
            // Doubled, so that a long frame in small pieces is not moved once for each of them.
            let wanted = total.min(TAKEN_AT_ONCE.max(2 * self.bytes.len()));
            self.bytes.reserve(wanted.saturating_sub(self.bytes.len()).max(more.len()));
        }
        self.bytes.extend_from_slice(more);
    }

    /// Moves as many bytes here from `piece` as the frame that begins here needs. Called when there are some.
    pub(super) fn complete(
        &mut self,
        checker: &mut Checker,
        piece: &mut &[u8],
    ) -> Result<Progress, FrameError> {
        let mut move_up_to = |carry: &mut Self, length: usize, begun| {
            let (head, rest) = piece.split_at(length.saturating_sub(carry.len()).min(piece.len()));
            carry.append(head, begun);
            *piece = rest;
        };
        // A prelude found good is not hashed again for every piece of a long frame.
        let prelude = match checker.begun {
            Some(prelude) => prelude,
            None => {
                move_up_to(self, PRELUDE, None);
                let Some(first) = self.bytes().first_chunk() else { return Ok(Progress::Short) };
                let prelude = checker.prelude(first)?;
                *checker.begun.insert(prelude)
            }
        };
        let total = prelude.length();
        if self.len() >= total {
            // More than one frame may be here: each is hashed when it is taken.
            return Ok(Progress::Backlog);
        }
        move_up_to(self, total, Some(prelude));
        Ok(if self.len() < total {
            Progress::Short
        } else {
            Progress::Whole(self.checksum(total - CHECKSUM))
        })
    }

    /// The checksum over the first `length` bytes, if it has been computed as they came in.
    fn checksum(&self, length: usize) -> Option<u32> {
        (self.hashed == length).then(|| self.hasher.clone().finalize())
    }

    /// Hashes what is held and not hashed yet, and then `more`, but nothing behind byte `end`.
    fn hash(&mut self, more: &[u8], end: usize) {
        let held = self.bytes.len().min(end);
        if self.hashed < held {
            self.hasher.update(&self.bytes[self.hashed..held]);
        }
        let more = &more[..more.len().min(end - held)];
        self.hasher.update(more);
        self.hashed = held + more.len();
    }

    fn restart_hash(&mut self) {
        self.hasher.reset();
        self.hashed = 0;
    }
}
