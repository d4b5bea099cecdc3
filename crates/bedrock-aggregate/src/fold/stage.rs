//! How far a fold is with its message: nothing has come, it folds, it has ended, it was built.
//! Not for: what is missing of the message; each fold knows that.

use super::{BuildError, ChunkError};

/// Where a fold stands between its first chunk, `build` and `clear`: the part of the contract that is the same for all.
///
/// A stream holds one message. What belongs to another, goes on after this one's last word, or contradicts what was emitted is
/// refused, and so is all that follows it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Stage {
    begun: bool,
    /// The message has ended.
    ended: bool,
    /// The stream has left the message for another.
    left: bool,
    built: bool,
}

impl Stage {
    /// Notes that a chunk is being taken.
    pub(crate) fn take(&mut self) -> Result<(), ChunkError> {
        if self.built {
            return Err(ChunkError::AlreadyBuilt);
        }
        if self.left {
            return Err(ChunkError::other_message("it follows a chunk that is no part of the message"));
        }
        self.begun = true;
        Ok(())
    }

    /// Passes on the verdict on a chunk: after the first one that is refused, all are.
    pub(crate) fn admit(&mut self, verdict: Result<(), ChunkError>) -> Result<(), ChunkError> {
        self.left |= matches!(verdict, Err(ChunkError::OtherMessage(_)));
        verdict
    }

    /// Notes that the message has ended: only what describes it may follow.
    pub(crate) fn end(&mut self) {
        self.ended = true;
    }

    /// Whether the message has ended.
    pub(crate) fn has_ended(self) -> bool {
        self.ended
    }

    /// Whether the message goes on.
    #[inline]
    pub(crate) fn is_folding(self) -> bool {
        self == Self { begun: true, ended: false, left: false, built: false }
    }

    /// Refuses more content of a message that has ended.
    pub(crate) fn expect_open(self, what: &str) -> Result<(), ChunkError> {
        if self.ended {
            return Err(ChunkError::other_message(format!("{what} after the end of the message")));
        }
        Ok(())
    }

    /// Notes that the message is being built.
    pub(crate) fn build(&mut self) -> Result<(), BuildError> {
        match (self.begun, self.built) {
            (_, true) => Err(BuildError::AlreadyBuilt),
            (false, _) => Err(BuildError::Empty),
            (true, false) => {
                self.built = true;
                Ok(())
            }
        }
    }

    /// Whether any chunk was taken.
    pub(crate) fn is_empty(self) -> bool {
        !self.begun
    }
}
