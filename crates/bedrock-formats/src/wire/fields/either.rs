//! Values that the wire writes in one of two shapes: a text or something richer, one item or a list of them.
//! Not for: objects told apart by a key; see `wire_union!` and `wire_tagged!`.

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use crate::wire::read::deserialize;
use crate::wire::{Aside, Input, IntoField, Misfit, View, Wire};

/// A plain text, or the richer form that the same field takes.
///
/// ```
/// use bedrock_formats::wire::TextOr;
///
/// let short: TextOr<Vec<String>> = serde_json::from_str(r#""one""#)?;
/// let long: TextOr<Vec<String>> = serde_json::from_str(r#"["one","two"]"#)?;
/// assert_eq!(short, TextOr::Text("one".into()));
/// assert_eq!(long, TextOr::Other(vec!["one".into(), "two".into()]));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum TextOr<T> {
    /// A JSON string.
    Text(String),
    /// Anything else.
    Other(T),
}

/// One item, or a list of items.
///
/// ```
/// use bedrock_formats::wire::OneOrMany;
///
/// let stop: OneOrMany<String> = serde_json::from_str(r#""END""#)?;
/// assert_eq!(stop.as_slice(), ["END"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum OneOrMany<T> {
    /// The item itself.
    One(T),
    /// A JSON list.
    Many(Vec<T>),
}

impl<T> TextOr<T> {
    /// The text, where it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Other(_) => None,
        }
    }

    /// The richer form, where it is that.
    #[must_use]
    pub fn as_other(&self) -> Option<&T> {
        match self {
            Self::Text(_) => None,
            Self::Other(other) => Some(other),
        }
    }
}

impl<T> OneOrMany<T> {
    /// The items.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::One(item) => std::slice::from_ref(item),
            Self::Many(items) => items,
        }
    }
}

impl<T> Default for TextOr<T> {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl<T> From<&str> for TextOr<T> {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<T> From<String> for TextOr<T> {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// Filling a field from either shape, optional or not.
macro_rules! fields {
    ($(<$t:ident> $from:ty => $into:ty = $variant:expr;)*) => {$(
        impl<$t> IntoField<$into> for $from {
            fn into_field(self) -> $into {
                $variant(self.into())
            }
        }

        impl<$t> IntoField<Option<$into>> for $from {
            fn into_field(self) -> Option<$into> {
                Some($variant(self.into()))
            }
        }
    )*};
}

fields! {
    <T> &str => TextOr<T> = TextOr::Text;
    <T> String => TextOr<T> = TextOr::Text;
    <T> Vec<T> => TextOr<Vec<T>> = TextOr::Other;
    <T> Vec<T> => OneOrMany<T> = OneOrMany::Many;
}

impl IntoField<Option<OneOrMany<String>>> for &str {
    fn into_field(self) -> Option<OneOrMany<String>> {
        Some(OneOrMany::One(self.to_owned()))
    }
}

impl<T: Wire + Default> Wire for TextOr<T> {
    fn fill<'a>(&mut self, input: Input<'a>, aside: &mut Aside) -> Result<(), Misfit<'a>> {
        if let Input::Text(text) = input {
            *self = Self::Text(text.into_owned());
            return Ok(());
        }
        // The richer form before a number that could be read as a text: `TextOr<Value>` keeps it.
        let mut other = T::default();
        match other.fill(input, aside) {
            Ok(()) => *self = Self::Other(other),
            Err(misfit) => {
                let mut text = String::new();
                text.fill(misfit.into_input(), aside)?;
                *self = Self::Text(text);
            }
        }
        Ok(())
    }

    fn view(&self) -> View<'_> {
        match self {
            Self::Text(text) => View::Text(text),
            Self::Other(other) => other.view(),
        }
    }

    fn is_default(&self) -> bool {
        matches!(self, Self::Text(text) if text.is_empty())
    }
}

impl<T: Wire + Default> Wire for OneOrMany<T> {
    fn fill<'a>(&mut self, input: Input<'a>, aside: &mut Aside) -> Result<(), Misfit<'a>> {
        if let Input::List(_) = input {
            let mut items = Vec::new();
            items.fill(input, aside)?;
            *self = Self::Many(items);
            return Ok(());
        }
        let mut item = T::default();
        item.fill(input, aside)?;
        *self = Self::One(item);
        Ok(())
    }

    fn view(&self) -> View<'_> {
        match self {
            Self::One(item) => item.view(),
            Self::Many(items) => View::List(items),
        }
    }

    fn is_default(&self) -> bool {
        matches!(self, Self::Many(items) if items.is_empty())
    }
}

impl<T: Wire + Default> Serialize for TextOr<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.view().serialize(serializer)
    }
}

impl<T: Wire + Default> Serialize for OneOrMany<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.view().serialize(serializer)
    }
}

impl<'de, T: Wire + Default> Deserialize<'de> for TextOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer)
    }
}

impl<'de, T: Wire + Default> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer)
    }
}

#[cfg(test)]
#[allow(unreachable_pub, reason = "the macro declares public types")]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    wire_struct! {
        /// An item.
        pub struct Item {
            /// A name.
            "name" name: Option<String>,
        }
        /// Both shapes, of everything.
        pub struct Both {
            /// A text or a list.
            "list" list: Option<TextOr<Vec<u64>>>,
            /// A text or anything.
            "any" any: Option<TextOr<Value>>,
            /// One or many.
            "items" items: Option<OneOrMany<Item>>,
            /// One or many integers.
            "counts" counts: Option<OneOrMany<u64>>,
        }
    }

    #[test]
    fn either_shape_comes_back() {
        for wire in [
            json!({"list": "a", "any": "b", "items": {"name": "c"}, "counts": 4}),
            json!({"list": [1, 2], "any": {"k": 1}, "items": [{"name": "c"}, {}], "counts": [4]}),
            json!({"any": true, "items": []}),
            json!({"any": 7, "list": null}),
            json!({"any": -7}),
            json!({"any": 7.5}),
        ] {
            let both: Both = serde_json::from_str(&wire.to_string()).unwrap();
            assert_eq!(serde_json::to_value(&both).unwrap(), wire);
        }
        for (bad, path) in [
            (json!({"list": true}), "list"),
            (json!({"list": [1, "a", 2]}), "list[1]"),
            (json!({"items": "a"}), "items"),
            (json!({"items": [{}, [], {"name": "c"}]}), "items[1]"),
            (json!({"counts": "four"}), "counts"),
        ] {
            let (both, odd) = crate::wire::read::<Both>(bad.to_string().as_bytes()).unwrap();
            assert_eq!(odd.iter().map(|odd| odd.error.path()).collect::<Vec<_>>(), [path]);
            assert_eq!(serde_json::to_value(&both).unwrap(), bad);
        }
        for (plain, read) in [
            (json!({"list": 4, "counts": ["4"]}), json!({"list": "4", "counts": [4]})),
            (json!({"counts": "4"}), json!({"counts": 4})),
        ] {
            let (both, odd) = crate::wire::read::<Both>(plain.to_string().as_bytes()).unwrap();
            assert!(odd.is_empty(), "{odd:?}");
            assert_eq!(serde_json::to_value(&both).unwrap(), read);
        }
    }

    #[test]
    fn a_setter_takes_either_shape() {
        let both = Both::default().list("a").items(vec![Item::default()]);
        assert_eq!(both.list.as_ref().and_then(TextOr::as_text), Some("a"));
        assert_eq!(both.list(vec![1]).list.unwrap().as_other(), Some(&vec![1]));
    }
}
