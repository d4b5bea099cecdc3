//! What lies below an error, in words.

use std::error::Error as StdError;

/// The innermost error of a chain, as text: what a person wants to read first.
pub(crate) fn root_cause(error: &dyn StdError) -> String {
    let mut root = error;
    while let Some(source) = root.source() {
        root = source;
    }
    root.to_string()
}

/// All errors of a chain, as text.
#[cfg_attr(
    not(feature = "aws-config"),
    allow(dead_code, reason = "only that chain holds what must not be shown")
)]
pub(crate) fn all_causes(error: &dyn StdError) -> String {
    let (mut words, mut next) = (error.to_string(), error.source());
    while let Some(error) = next {
        words = format!("{words}: {error}");
        next = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn causes_are_told_from_the_top_and_from_the_root() {
        let nested = io::Error::other(io::Error::other("the root"));
        assert!(root_cause(&nested).contains("the root"));
        let error = crate::Error::usage("above").with_source("below");
        assert_eq!(all_causes(&error), "above: below");
    }
}
