//! Filling a field with what the caller has at hand.
//! Not for: reading; see `containers.rs`.

/// What a setter takes: the field's own type, the value of an optional field, or `&str` for a `String`.
pub trait IntoField<T> {
    /// The value as the field holds it.
    fn into_field(self) -> T;
}

impl<T> IntoField<T> for T {
    fn into_field(self) -> T {
        self
    }
}

impl<T> IntoField<Option<T>> for T {
    fn into_field(self) -> Option<T> {
        Some(self)
    }
}

impl IntoField<String> for &str {
    fn into_field(self) -> String {
        self.to_owned()
    }
}

impl IntoField<Option<String>> for &str {
    fn into_field(self) -> Option<String> {
        Some(self.to_owned())
    }
}
