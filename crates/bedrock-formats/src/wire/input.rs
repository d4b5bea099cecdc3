//! What arrived, as a tree: JSON of any source, read once and then handed to the types that it is for.
//! Not for: the types themselves (see `declare`), nor the hot deltas, which the aggregator scans.
//!
//! A type that reads itself from any serde deserializer is compiled once for each of them, and there are many: of text, of
//! values, of what lies between. So only this tree does, and types read themselves from it, each compiled once.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

/// A JSON value that is being read: its texts are borrowed from what arrived where they hold no escapes, and its objects
/// have their keys in the order of arrival, a repeated one as often as it came.
///
/// ```
/// use bedrock_formats::wire::Input;
///
/// let input: Input<'_> = serde_json::from_str(r#"{"a":[1,null]}"#)?;
/// assert_eq!(input.kind(), "an object");
/// assert_eq!(input.into_value().to_string(), r#"{"a":[1,null]}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::exhaustive_enums, reason = "JSON has no other values")]
pub enum Input<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    Text(Cow<'a, str>),
    /// An array.
    List(Vec<Input<'a>>),
    /// An object.
    Object(Vec<(Cow<'a, str>, Input<'a>)>),
}

impl Input<'_> {
    /// What it is, in words: for errors.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }

    /// The same as a value of its own.
    #[must_use]
    pub fn into_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(bool) => Value::Bool(bool),
            Self::Number(number) => Value::Number(number),
            Self::Text(text) => Value::String(text.into_owned()),
            Self::List(items) => Value::Array(items.into_iter().map(Input::into_value).collect()),
            Self::Object(entries) => Value::Object(
                entries.into_iter().map(|(key, value)| (key.into_owned(), value.into_value())).collect(),
            ),
        }
    }
}

impl<'a> From<&'a Value> for Input<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(bool) => Self::Bool(*bool),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::Text(Cow::Borrowed(text)),
            Value::Array(items) => Self::List(items.iter().map(Input::from).collect()),
            Value::Object(object) => {
                Self::Object(object.iter().map(|(key, value)| (key.as_str().into(), value.into())).collect())
            }
        }
    }
}

impl From<Value> for Input<'_> {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(bool) => Self::Bool(bool),
            Value::Number(number) => Self::Number(number),
            Value::String(text) => Self::Text(Cow::Owned(text)),
            Value::Array(items) => Self::List(items.into_iter().map(Input::from).collect()),
            Value::Object(object) => {
                Self::Object(object.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
            }
        }
    }
}

impl<'de> Deserialize<'de> for Input<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(InputVisitor)
    }
}

struct InputVisitor;

impl<'de> Visitor<'de> for InputVisitor {
    type Value = Input<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Input<'de>, E> {
        Ok(Input::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Input<'de>, E> {
        Ok(Input::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Input<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Input<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: Error>(self, v: bool) -> Result<Input<'de>, E> {
        Ok(Input::Bool(v))
    }

    fn visit_u64<E: Error>(self, v: u64) -> Result<Input<'de>, E> {
        Ok(Input::Number(v.into()))
    }

    fn visit_i64<E: Error>(self, v: i64) -> Result<Input<'de>, E> {
        Ok(Input::Number(v.into()))
    }

    fn visit_f64<E: Error>(self, v: f64) -> Result<Input<'de>, E> {
        // As serde_json has it: what JSON cannot write is null.
        Ok(Number::from_f64(v).map_or(Input::Null, Input::Number))
    }

    fn visit_borrowed_str<E: Error>(self, v: &'de str) -> Result<Input<'de>, E> {
        Ok(Input::Text(Cow::Borrowed(v)))
    }

    fn visit_str<E: Error>(self, v: &str) -> Result<Input<'de>, E> {
        Ok(Input::Text(Cow::Owned(v.to_owned())))
    }

    fn visit_string<E: Error>(self, v: String) -> Result<Input<'de>, E> {
        Ok(Input::Text(Cow::Owned(v)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Input<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Input::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Input<'de>, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key_seed(KeySeed)? {
            entries.push((key, map.next_value()?));
        }
        Ok(Input::Object(entries))
    }
}

/// Reads a key without a copy where it holds no escapes; serde's own `Cow` always copies.
struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for KeySeed {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E: Error>(self, v: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(v))
    }

    fn visit_str<E: Error>(self, v: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(v.to_owned()))
    }

    fn visit_string<E: Error>(self, v: String) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(v))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_read_as_serde_json_reads_it() {
        for text in [
            "null",
            "true",
            "18446744073709551615",
            "-9223372036854775808",
            "0.1",
            "1e300",
            r#""a\n""#,
            r#"[1,[],{"a":{"\u0062":null}}]"#,
        ] {
            let value: Value = serde_json::from_str(text).unwrap();
            let input: Input<'_> = serde_json::from_str(text).unwrap();
            assert_eq!(input, Input::from(&value));
            assert_eq!(input, Input::deserialize(&value).unwrap());
            assert_eq!(Input::from(input.clone().into_value()), input);
            assert_eq!(input.into_value(), value);
        }
    }

    #[test]
    fn texts_without_escapes_are_not_copied() {
        let input: Input<'_> = serde_json::from_str(r#"{"key":"text"}"#).unwrap();
        let Input::Object(entries) = input else { panic!("an object") };
        assert!(matches!(&entries[0], (Cow::Borrowed("key"), Input::Text(Cow::Borrowed("text")))));
    }

    #[test]
    fn what_is_nested_without_end_is_refused() {
        let deep = "[".repeat(100_000);
        assert!(serde_json::from_str::<Input<'_>>(&deep).is_err());
    }
}
