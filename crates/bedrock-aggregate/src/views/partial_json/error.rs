//! What is wrong with a text that is no JSON, and where. Not for: noticing it.

/// Text that is not JSON, or breaks a limit. `offset` is the byte where that shows, counted over all pieces.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PartialJsonError {
    /// Another token was expected.
    #[error("expected {expected} at byte {offset}")]
    Syntax {
        /// The byte.
        offset: usize,
        /// What was expected.
        expected: &'static str,
    },
    /// A text is not UTF-8.
    #[error("not UTF-8 at byte {offset}")]
    Utf8 {
        /// The byte.
        offset: usize,
    },
    /// A number that JSON does not allow, or that is too large.
    #[error("not a number at byte {offset}")]
    Number {
        /// Where it begins.
        offset: usize,
    },
    /// The text ends in the middle of a value.
    #[error("the text ends inside a value, at byte {offset}")]
    Unfinished {
        /// Its length.
        offset: usize,
    },
    /// More arrays and objects inside each other than the limit allows.
    #[error("more than {limit} levels deep at byte {offset}")]
    TooDeep {
        /// The byte.
        offset: usize,
        /// The limit.
        limit: usize,
    },
    /// More text than the limit allows.
    #[error("longer than {limit} bytes")]
    TooLong {
        /// The limit.
        limit: usize,
    },
}

impl PartialJsonError {
    /// The byte that it shows at; `None` for the limit of all bytes.
    pub(super) const fn offset(&self) -> Option<usize> {
        match self {
            Self::Syntax { offset, .. }
            | Self::Utf8 { offset }
            | Self::Number { offset }
            | Self::Unfinished { offset }
            | Self::TooDeep { offset, .. } => Some(*offset),
            Self::TooLong { .. } => None,
        }
    }
}
