//! Writing, comparing and showing wire types, all by their views and without a copy.
//! Not for: reading; see `read.rs`.

use std::fmt;

use serde::ser::{Error, Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;

use super::aside::Stray;
use super::extra::Extra;
use super::shape::{Object, View, Wire};

impl Serialize for View<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            View::Absent => serializer.serialize_none(),
            View::Bool(bool) => serializer.serialize_bool(bool),
            View::Unsigned(number) => serializer.serialize_u64(number),
            View::Signed(number) => serializer.serialize_i64(number),
            View::Float(number) => serializer.serialize_f64(number),
            View::Number(number) => number.serialize(serializer),
            View::Text(text) | View::Blob(text) => serializer.serialize_str(text),
            View::Value(value) => value.serialize(serializer),
            View::Unknown(object) => object.serialize(serializer),
            View::Object(object) => {
                let mut map = serializer.serialize_map(None)?;
                write_fields(object, &mut map)?;
                map.end()
            }
            View::Tagged(tag, object) => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("type", tag)?;
                write_fields(object, &mut map)?;
                map.end()
            }
            View::Member(key, value) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry(key, &value.view())?;
                map.end()
            }
            View::List(list) => {
                let mut seq = serializer.serialize_seq(Some(list.length()))?;
                for index in 0..list.length() {
                    seq.serialize_element(&list.item(index))?;
                }
                seq.end()
            }
            View::Entries(entries) => {
                let mut map = serializer.serialize_map(None)?;
                let mut result = Ok(());
                entries.each(&mut |key, value| {
                    if result.is_ok() {
                        result = map.serialize_entry(key, &value);
                    }
                });
                result?;
                map.end()
            }
        }
    }
}

/// Writes the fields that are set, then what arrived beside them. A `null` that stood for a field which has a value by now
/// is dropped, and so is a value that was set aside there.
fn write_fields<M: SerializeMap>(object: &dyn Object, map: &mut M) -> Result<(), M::Error> {
    let extra = object.extra();
    let stands_in = |key: &str| !extra.is_empty() && extra.contains_key(key);
    let mut result = Ok(());
    let mut set_later = Vec::new();
    object.fields(&mut |key, field| {
        // A required field whose null arrived has its type's default, and that is not to be written.
        if result.is_err() || field.is_absent() || stands_in(key) && field.is_default() {
            return;
        }
        if stands_in(key) {
            set_later.push(key);
        }
        result = if extra.strays().iter().any(|stray| stray.key() == key) {
            whole_field(key, field, extra).and_then(|field| map.serialize_entry(key, &field))
        } else {
            map.serialize_entry(key, &field.view())
        };
    });
    result?;
    for (key, value) in extra {
        if !set_later.contains(&key.as_str()) {
            map.serialize_entry(key, value)?;
        }
    }
    Ok(())
}

/// A field with the items that were set aside back in their places.
#[cold]
fn whole_field<E: Error>(key: &str, field: &dyn Wire, extra: &Extra) -> Result<Value, E> {
    let mut value = serde_json::to_value(field.view()).map_err(E::custom)?;
    extra.strays().iter().filter(|stray| stray.key() == key).for_each(|stray| stray.put_back(&mut value));
    Ok(value)
}

/// Whether two values of the same type are equal.
#[doc(hidden)]
pub fn is_same(one: View<'_>, other: View<'_>) -> bool {
    match (one, other) {
        (View::Absent, View::Absent) => true,
        (View::Bool(one), View::Bool(other)) => one == other,
        (View::Unsigned(one), View::Unsigned(other)) => one == other,
        (View::Signed(one), View::Signed(other)) => one == other,
        (View::Float(one), View::Float(other)) => one == other,
        (View::Number(one), View::Number(other)) => one == other,
        (View::Text(one), View::Text(other)) | (View::Blob(one), View::Blob(other)) => one == other,
        (View::Value(one), View::Value(other)) => one == other,
        (View::Unknown(one), View::Unknown(other)) => one == other,
        (View::Object(one), View::Object(other)) => is_same_object(one, other),
        (View::Tagged(tag, one), View::Tagged(of, other)) => tag == of && is_same_object(one, other),
        (View::Member(key, one), View::Member(of, other)) => key == of && is_same(one.view(), other.view()),
        (View::List(one), View::List(other)) => {
            let length = one.length();
            length == other.length() && (0..length).all(|index| is_same(one.item(index), other.item(index)))
        }
        (View::Entries(one), View::Entries(other)) => {
            let (mut left, mut right) = (Vec::new(), Vec::new());
            one.each(&mut |key, value| left.push((key, value)));
            other.each(&mut |key, value| right.push((key, value)));
            let is_equal = |((key, one), (of, other))| key == of && is_same(one, other);
            left.len() == right.len() && left.into_iter().zip(right).all(is_equal)
        }
        _ => false,
    }
}

fn is_same_object(one: &dyn Object, other: &dyn Object) -> bool {
    let mut fields = Vec::new();
    one.fields(&mut |_, field| fields.push(field.view()));
    let mut fields = fields.into_iter();
    let mut is_equal = one.extra() == other.extra();
    other.fields(&mut |_, field| {
        is_equal = is_equal && fields.next().is_some_and(|one| is_same(one, field.view()));
    });
    is_equal
}

/// Shows a wire type: what it holds, under its names on the wire.
#[doc(hidden)]
pub fn debug(name: &str, view: View<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match view {
        View::Object(_) => fmt::Debug::fmt(&view, f),
        view => f.debug_tuple(name).field(&view).finish(),
    }
}

impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            View::Absent => f.write_str("None"),
            View::Bool(bool) => fmt::Debug::fmt(&bool, f),
            View::Unsigned(number) => fmt::Debug::fmt(&number, f),
            View::Signed(number) => fmt::Debug::fmt(&number, f),
            View::Float(number) => fmt::Debug::fmt(&number, f),
            View::Number(number) => fmt::Display::fmt(number, f),
            View::Text(text) => fmt::Debug::fmt(text, f),
            // Often an image, and never worth reading in a log.
            View::Blob(text) => write!(f, "Blob({} base64 characters)", text.len()),
            View::Value(value) => fmt::Debug::fmt(value, f),
            View::Unknown(object) => f.debug_map().entries(object).finish(),
            View::Object(object) | View::Tagged(_, object) => {
                let mut fields = f.debug_struct(object.name());
                object.fields(&mut |key, field| {
                    if !field.is_absent() {
                        fields.field(key, &field.view());
                    }
                });
                for (key, value) in object.extra() {
                    fields.field(key, value);
                }
                for (path, value) in object.extra().strays().iter().map(Stray::shown) {
                    fields.field(&path, value);
                }
                fields.finish()
            }
            View::Member(key, value) => f.debug_map().entry(&key, &value.view()).finish(),
            View::List(list) => {
                f.debug_list().entries((0..list.length()).map(|index| list.item(index))).finish()
            }
            View::Entries(entries) => {
                let mut map = f.debug_map();
                entries.each(&mut |key, value| {
                    map.entry(&key, &value);
                });
                map.finish()
            }
        }
    }
}

#[cfg(test)]
#[allow(unreachable_pub, reason = "the macros declare public types")]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use crate::wire::{Blob, OneOrMany};

    wire_struct! {
        /// A leaf.
        pub struct Leaf {
            /// A number.
            "n" n: Option<i64>,
        }
        /// Everything that can be in an object.
        pub struct Tree {
            /// A list.
            "list" list: Vec<Leaf>,
            /// Entries.
            "map" map: BTreeMap<String, Leaf>,
            /// One or many.
            "some" some: Option<OneOrMany<f64>>,
            /// A union.
            "pick" pick: Pick,
            /// Bytes.
            "blob" blob: Option<Blob>,
            /// Anything.
            "any" any: Value,
        }
    }
    wire_union! {
        /// A union.
        pub enum Pick {
            /// A leaf.
            "leaf" => Leaf(Leaf),
            /// A truth.
            "truth" => Truth(bool),
        }
    }

    #[test]
    fn what_differs_anywhere_is_not_equal() {
        let values = [
            json!({"list": []}),
            json!({"list": [{"n": 1}]}),
            json!({"list": [{"n": 2}]}),
            json!({"list": [{"n": 1}, {"n": 1}]}),
            json!({"list": [{"n": 1, "x": 1}]}),
            json!({"list": [], "map": {"a": {"n": 1}}}),
            json!({"list": [], "map": {"b": {"n": 1}}}),
            json!({"list": [], "some": 1.5}),
            json!({"list": [], "some": [1.5]}),
            json!({"list": [], "pick": {"leaf": {}}}),
            json!({"list": [], "pick": {"truth": true}}),
            json!({"list": [], "pick": {"truth": false}}),
            json!({"list": [], "pick": {"new": 1}}),
            json!({"list": [], "blob": "aGk="}),
            json!({"list": [], "any": [0]}),
            json!({"list": [], "unknown": 1}),
            json!({"list": null}),
        ];
        let read = |value: &Value| serde_json::from_value::<Tree>(value.clone()).unwrap();
        for (left, one) in values.iter().enumerate() {
            for (right, other) in values.iter().enumerate() {
                assert_eq!(read(one) == read(other), left == right, "{one} {other}");
            }
        }
    }

    #[test]
    fn debug_shows_what_is_there() {
        let tree: Tree =
            serde_json::from_value(json!({"list": [{"n": 1}], "map": {"a": {}}, "pick": {"truth": true},
            "blob": "aGk=", "new": "x"}))
            .unwrap();
        assert_eq!(
            format!("{tree:?}"),
            r#"Tree { list: [Leaf { n: 1 }], map: {"a": Leaf}, pick: {"truth": true}, blob: Blob(4 base64 characters), new: String("x") }"#
        );
        assert_eq!(format!("{:?}", tree.pick), r#"Pick({"truth": true})"#);
    }
}
