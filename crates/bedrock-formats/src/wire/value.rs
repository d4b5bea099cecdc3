//! Reading a value as the wire writes it, and filling a field with what the caller has at hand.
//! Not for: declaring types; see the macros beside this file.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap;
use serde_json::{Map, Value};

use super::Extra;

/// A type that can stand in a field of a wire object.
///
/// It differs from [`Deserialize`] in being lenient where the service is: integers accept integral floats.
pub trait FromWire<'de>: Default {
    /// Reads the value.
    ///
    /// # Errors
    ///
    /// The deserializer's own, when the value is of another JSON type.
    fn from_wire<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;

    /// The value that an explicit `null` stands for, for a type that has one.
    #[must_use]
    fn from_null() -> Option<Self> {
        None
    }

    /// Whether a field with this value is left out when the object is written.
    fn is_absent(&self) -> bool {
        false
    }
}

/// A wire type that is a JSON object with named fields: its fields can be written into an object that holds more, such
/// as a `type` tag.
pub trait WireStruct {
    /// Writes the fields, and whatever else arrived with them, into an object already begun.
    ///
    /// # Errors
    ///
    /// The serializer's own.
    fn write_fields<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;
}

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

/// A [`DeserializeSeed`] that reads through [`FromWire`].
#[derive(Debug)]
pub struct FieldSeed<T>(PhantomData<T>);

impl<T> FieldSeed<T> {
    /// The seed for `T`.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> Default for FieldSeed<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'de, T: FromWire<'de>> DeserializeSeed<'de> for FieldSeed<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::from_wire(deserializer)
    }
}

/// An object's key: borrowed from the input unless it holds escapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key<'de> {
    /// A slice of the input.
    Borrowed(&'de str),
    /// A key that had to be unescaped.
    Owned(String),
}

impl Key<'_> {
    /// The key's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Key::Borrowed(text) => text,
            Key::Owned(text) => text,
        }
    }

    /// The key's text, allocated if it was borrowed.
    #[must_use]
    pub fn into_owned(self) -> String {
        match self {
            Key::Borrowed(text) => text.to_owned(),
            Key::Owned(text) => text,
        }
    }
}

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E: Error>(self, v: &'de str) -> Result<Key<'de>, E> {
                Ok(Key::Borrowed(v))
            }
            fn visit_str<E: Error>(self, v: &str) -> Result<Key<'de>, E> {
                Ok(Key::Owned(v.to_owned()))
            }
            fn visit_string<E: Error>(self, v: String) -> Result<Key<'de>, E> {
                Ok(Key::Owned(v))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

/// Reads one field: `None` for an explicit `null`.
#[doc(hidden)]
pub fn read_optional<'de, T: FromWire<'de>, A: MapAccess<'de>>(map: &mut A) -> Result<Option<T>, A::Error> {
    map.next_value_seed(FieldSeed::<Option<T>>::new())
}

/// Whether a field is written: it has a value, and it is not a required field whose value arrived as `null`.
#[doc(hidden)]
pub fn is_set<'de, T: FromWire<'de> + PartialEq>(field: &T, key: &str, extra: &Extra) -> bool {
    let was_null =
        || !extra.is_empty() && extra.get(key).is_some_and(Value::is_null) && *field == T::default();
    !field.is_absent() && !was_null()
}

/// Writes what arrived beside the known fields. A `null` that stood for a field which has a value by now is dropped.
#[doc(hidden)]
pub fn write_extra<M: SerializeMap>(
    map: &mut M,
    extra: &Extra,
    is_set: impl Fn(&str) -> bool,
) -> Result<(), M::Error> {
    for (key, value) in extra {
        if value.is_null() && is_set(key) {
            continue;
        }
        map.serialize_entry(key, value)?;
    }
    Ok(())
}

/// Types that serde reads just as the wire writes them.
macro_rules! as_serde {
    ($($ty:ty),*) => {$(
        impl<'de> FromWire<'de> for $ty {
            fn from_wire<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::deserialize(deserializer)
            }
        }
    )*};
}

as_serde!(bool, String, f64, Map<String, Value>);

impl<'de> FromWire<'de> for Value {
    fn from_wire<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }

    fn from_null() -> Option<Self> {
        Some(Self::Null)
    }

    fn is_absent(&self) -> bool {
        self.is_null()
    }
}

macro_rules! integer {
    ($($ty:ty),*) => {$(
        impl<'de> FromWire<'de> for $ty {
            fn from_wire<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Integer;
                impl Visitor<'_> for Integer {
                    type Value = $ty;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str(concat!("an integer (", stringify!($ty), ")"))
                    }
                    fn visit_u64<E: Error>(self, v: u64) -> Result<$ty, E> {
                        <$ty>::try_from(v).map_err(|_| E::invalid_value(serde::de::Unexpected::Unsigned(v), &self))
                    }
                    fn visit_i64<E: Error>(self, v: i64) -> Result<$ty, E> {
                        <$ty>::try_from(v).map_err(|_| E::invalid_value(serde::de::Unexpected::Signed(v), &self))
                    }
                    fn visit_f64<E: Error>(self, v: f64) -> Result<$ty, E> {
                        // 2^53: beyond it a float no longer tells one integer from the next.
                        if v.fract() == 0.0 && v.abs() <= 9_007_199_254_740_992.0 {
                            return self.visit_i64(v as i64);
                        }
                        Err(E::invalid_value(serde::de::Unexpected::Float(v), &self))
                    }
                }
                deserializer.deserialize_any(Integer)
            }
        }
    )*};
}

integer!(u32, u64, i32, i64);

impl<'de, T: FromWire<'de>> FromWire<'de> for Option<T> {
    fn from_wire<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Optional<T>(PhantomData<T>);
        impl<'de, T: FromWire<'de>> Visitor<'de> for Optional<T> {
            type Value = Option<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value or null")
            }
            fn visit_none<E: Error>(self) -> Result<Option<T>, E> {
                Ok(None)
            }
            fn visit_unit<E: Error>(self) -> Result<Option<T>, E> {
                Ok(None)
            }
            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
                T::from_wire(deserializer).map(Some)
            }
        }
        deserializer.deserialize_option(Optional(PhantomData))
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<'de, T: FromWire<'de>> FromWire<'de> for Box<T> {
    fn from_wire<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::from_wire(deserializer).map(Box::new)
    }

    fn is_absent(&self) -> bool {
        T::is_absent(self)
    }
}

impl<'de, T: FromWire<'de>> FromWire<'de> for Vec<T> {
    fn from_wire<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List<T>(PhantomData<T>);
        impl<'de, T: FromWire<'de>> Visitor<'de> for List<T> {
            type Value = Vec<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = seq.next_element_seed(FieldSeed::<T>::new())? {
                    list.push(item);
                }
                Ok(list)
            }
        }
        deserializer.deserialize_seq(List(PhantomData))
    }
}

impl<'de, T: FromWire<'de>> FromWire<'de> for BTreeMap<String, T> {
    fn from_wire<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);
        impl<'de, T: FromWire<'de>> Visitor<'de> for Entries<T> {
            type Value = BTreeMap<String, T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<BTreeMap<String, T>, A::Error> {
                let mut entries = BTreeMap::new();
                while let Some(key) = map.next_key::<String>()? {
                    entries.insert(key, map.next_value_seed(FieldSeed::<T>::new())?);
                }
                Ok(entries)
            }
        }
        deserializer.deserialize_map(Entries(PhantomData))
    }
}
