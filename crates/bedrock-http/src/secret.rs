//! Text that must never be printed and must not outlive its use in memory.
//!
//! Not for encryption at rest, and no vault: it only keeps a key out of `Debug` output and clears it when dropped.

use std::fmt;

use zeroize::Zeroizing;

/// A secret string: prints as `***`, is cleared from memory when dropped.
#[derive(Clone, PartialEq, Eq)]
// Compared in plain time: only ever with a secret of our own, never with what a server sends.
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        // Taken over where it is a `String`; what is borrowed stays with its owner, uncleared.
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself. Every use of this is a place where the secret leaves our hands.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_prints() {
        let secret = Secret::new("wJalrXUtnFEMI");
        assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "*** Some(***)");
        assert_eq!(secret.expose(), "wJalrXUtnFEMI");
    }
}
