//! What a profile of the shared configuration gives. Reading it is another file's, and needs AWS's own parser.

/// What the shared configuration says of the profile in use.
#[derive(Debug, Default)]
pub(super) struct Profile {
    /// How the report refers to it: its name, and where that name was given.
    pub(super) called: String,
    pub(super) region: Option<String>,
    /// Where its credentials come from; `None` where it has none.
    pub(super) source: Option<String>,
    pub(super) problem: Option<String>,
}
