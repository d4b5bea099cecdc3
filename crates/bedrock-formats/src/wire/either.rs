//! Values that the wire writes in one of two shapes: a text or something richer, one item or a list of them.
//! Not for: objects told apart by a key; see `wire_union!` and `wire_tagged!`.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::{FromWire, IntoField};

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

impl<T: Serialize> Serialize for TextOr<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Other(other) => other.serialize(serializer),
        }
    }
}

impl<T: Serialize> Serialize for OneOrMany<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(item) => item.serialize(serializer),
            Self::Many(items) => items.serialize(serializer),
        }
    }
}

impl<'de, T: FromWire<'de>> FromWire<'de> for TextOr<T> {
    fn from_wire<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);
        impl<'de, T: FromWire<'de>> Visitor<'de> for Either<T> {
            type Value = TextOr<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a list or an object")
            }
            fn visit_str<E: Error>(self, v: &str) -> Result<Self::Value, E> {
                Ok(TextOr::Text(v.to_owned()))
            }
            fn visit_string<E: Error>(self, v: String) -> Result<Self::Value, E> {
                Ok(TextOr::Text(v))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                T::from_wire(SeqAccessDeserializer::new(seq)).map(TextOr::Other)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::from_wire(MapAccessDeserializer::new(map)).map(TextOr::Other)
            }
            fn visit_u64<E: Error>(self, v: u64) -> Result<Self::Value, E> {
                T::from_wire(v.into_deserializer()).map(TextOr::Other)
            }
            fn visit_i64<E: Error>(self, v: i64) -> Result<Self::Value, E> {
                T::from_wire(v.into_deserializer()).map(TextOr::Other)
            }
            fn visit_f64<E: Error>(self, v: f64) -> Result<Self::Value, E> {
                T::from_wire(v.into_deserializer()).map(TextOr::Other)
            }
            fn visit_bool<E: Error>(self, v: bool) -> Result<Self::Value, E> {
                T::from_wire(v.into_deserializer()).map(TextOr::Other)
            }
        }
        deserializer.deserialize_any(Either(PhantomData))
    }
}

impl<'de, T: FromWire<'de>> FromWire<'de> for OneOrMany<T> {
    fn from_wire<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);
        impl<'de, T: FromWire<'de>> Visitor<'de> for Either<T> {
            type Value = OneOrMany<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an item or a list")
            }
            fn visit_str<E: Error>(self, v: &str) -> Result<Self::Value, E> {
                T::from_wire(v.into_deserializer()).map(OneOrMany::One)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                Vec::<T>::from_wire(SeqAccessDeserializer::new(seq)).map(OneOrMany::Many)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::from_wire(MapAccessDeserializer::new(map)).map(OneOrMany::One)
            }
            fn visit_u64<E: Error>(self, v: u64) -> Result<Self::Value, E> {
                T::from_wire(v.into_deserializer()).map(OneOrMany::One)
            }
            fn visit_i64<E: Error>(self, v: i64) -> Result<Self::Value, E> {
                T::from_wire(v.into_deserializer()).map(OneOrMany::One)
            }
            fn visit_f64<E: Error>(self, v: f64) -> Result<Self::Value, E> {
                T::from_wire(v.into_deserializer()).map(OneOrMany::One)
            }
            fn visit_bool<E: Error>(self, v: bool) -> Result<Self::Value, E> {
                T::from_wire(v.into_deserializer()).map(OneOrMany::One)
            }
        }
        deserializer.deserialize_any(Either(PhantomData))
    }
}

impl<'de, T: FromWire<'de>> Deserialize<'de> for TextOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_wire(deserializer)
    }
}

impl<'de, T: FromWire<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_wire(deserializer)
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
        for bad in [r#"{"list": 4}"#, r#"{"list": ["a"]}"#, r#"{"items": "a"}"#, r#"{"counts": "4"}"#] {
            assert!(serde_json::from_str::<Both>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_setter_takes_either_shape() {
        let both = Both::default().list("a").items(vec![Item::default()]);
        assert_eq!(both.list.as_ref().and_then(TextOr::as_text), Some("a"));
        assert_eq!(both.list(vec![1]).list.unwrap().as_other(), Some(&vec![1]));
    }
}
