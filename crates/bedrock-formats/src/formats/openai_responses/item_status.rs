//! How far an item of a response is, the same for all of them.

wire_enum! {
    /// How far an item is.
    pub enum ItemStatus {
        /// On its way.
        "in_progress" => InProgress,
        /// Done.
        "completed" => Completed,
        /// Cut off.
        "incomplete" => Incomplete,
        /// Failed.
        "failed" => Failed,
        /// A search goes on.
        "searching" => Searching,
        /// A program runs.
        "interpreting" => Interpreting,
        /// An image is made.
        "generating" => Generating,
        /// A call is made.
        "calling" => Calling,
    }
}
