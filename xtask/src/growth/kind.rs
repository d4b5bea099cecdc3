//! What is measured of one thing of which there can be many.
//! Not for: the things; see `codecs`.

/// What is measured: it reads a stream that was made before.
pub(crate) type Work = Box<dyn Fn()>;

/// One thing of which there can be many below the formats.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// Whether it has numbers that may come in any order.
    pub(crate) is_ordered: bool,
    /// Takes the numbers in the order in which they are to come.
    pub(crate) work: fn(&[u64]) -> Work,
}
