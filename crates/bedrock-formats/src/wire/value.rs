//! What a wire type is, the types that its fields have, and filling a field with what the caller has at hand.
//! Not for: declaring types; see the macros beside this file.
//!
//! A type says only what it consists of; reading and writing are functions over `dyn` pointers, compiled once for all of
//! them. With hundreds of types the difference is minutes of compiling and megabytes of program.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer, Error};
use serde_json::{Map, Value};

use super::input::into_extra;
use super::{Extra, Input, View, WireError};

/// A type that can stand in a field of a wire object.
///
/// The macros implement it for what they declare.
pub trait Wire {
    /// Takes what arrived. The value is its type's default before.
    ///
    /// # Errors
    ///
    /// When what arrived is of another JSON type.
    fn fill(&mut self, input: Input<'_>) -> Result<(), WireError>;

    /// What is to be written.
    fn view(&self) -> View<'_>;

    /// Whether this is its type's default.
    fn is_default(&self) -> bool;

    /// Whether a field with this value is left out when the object is written.
    fn is_absent(&self) -> bool {
        false
    }

    /// Whether an explicit `null` is a value of this type.
    fn takes_null(&self) -> bool {
        false
    }
}

/// A JSON object with named fields.
pub trait Object {
    /// The type's name.
    fn name(&self) -> &'static str;

    /// Goes through the fields and their names on the wire.
    fn fields<'a>(&'a self, see: &mut dyn FnMut(&'static str, &'a dyn Wire));

    /// The same, to change them.
    fn fields_mut(&mut self, see: &mut dyn FnMut(&'static str, &mut dyn Wire));

    /// What else arrived, and nulls.
    fn extra(&self) -> &Extra;

    /// The same, to change it.
    fn extra_mut(&mut self) -> &mut Extra;
}

/// A JSON object that is one of several: told apart by its key or by its `type`.
#[doc(hidden)]
pub trait Choice<M: ?Sized> {
    /// Becomes the member of this key or tag, with nothing in it; `None` where there is no such member.
    fn select(&mut self, name: &str) -> Option<(&'static str, &mut M)>;

    /// Becomes what is not known.
    fn keep(&mut self, object: Extra);
}

/// A list.
#[doc(hidden)]
pub trait List {
    fn length(&self) -> usize;
    fn item(&self, index: usize) -> View<'_>;
    fn grow(&mut self) -> &mut dyn Wire;
}

/// An object whose keys are the caller's.
#[doc(hidden)]
pub trait Entries {
    fn each<'a>(&'a self, see: &mut dyn FnMut(&'a str, View<'a>));
    fn grow(&mut self, key: String) -> &mut dyn Wire;
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

/// Reads a wire type from any deserializer.
#[doc(hidden)]
pub fn deserialize<'de, T: Wire + Default, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let mut value = T::default();
    deserialize_into(&mut value, deserializer)?;
    Ok(value)
}

#[inline(never)]
fn deserialize_into<'de, D: Deserializer<'de>>(
    value: &mut dyn Wire,
    deserializer: D,
) -> Result<(), D::Error> {
    value.fill(Input::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// Fills an object.
#[doc(hidden)]
pub fn fill_object(object: &mut dyn Object, input: Input<'_>) -> Result<(), WireError> {
    match input {
        Input::Object(entries) => fill_fields(object, entries),
        other => Err(WireError::expected(&format!("an object ({})", object.name()), &other)),
    }
}

/// Gives each field what came under its name, the last where it came more than once, and keeps the rest. A null counts as
/// not there, and is kept too.
fn fill_fields(object: &mut dyn Object, entries: Vec<(Cow<'_, str>, Input<'_>)>) -> Result<(), WireError> {
    let mut left: Vec<Option<(Cow<'_, str>, Input<'_>)>> = entries.into_iter().map(Some).collect();
    let mut count = left.len();
    let mut result = Ok(());
    object.fields_mut(&mut |key, field| {
        if count == 0 || result.is_err() {
            return;
        }
        let mut value = None;
        for slot in &mut left {
            if slot.as_ref().is_some_and(|(found, input)| found == key && *input != Input::Null) {
                value = slot.take();
                count -= 1;
            }
        }
        if let Some((_, value)) = value {
            result = field.fill(value).map_err(|error| error.under(key));
        }
    });
    if count > 0 {
        object
            .extra_mut()
            .extend(left.into_iter().flatten().map(|(key, value)| (key.into_owned(), value.into_value())));
    }
    result
}

/// Whether no field has a value and nothing else arrived.
#[doc(hidden)]
pub fn object_is_default(object: &dyn Object) -> bool {
    let mut is_default = object.extra().is_empty();
    object.fields(&mut |_, field| is_default = is_default && field.is_default());
    is_default
}

/// Fills a union: an object with one key becomes that member; one with more, or with a null, is kept as it is.
#[doc(hidden)]
pub fn fill_union(union: &mut dyn Choice<dyn Wire>, name: &str, input: Input<'_>) -> Result<(), WireError> {
    let Input::Object(mut entries) = input else {
        return Err(WireError::expected(&format!("an object with one key ({name})"), &input));
    };
    if let [(key, value)] = entries.as_mut_slice()
        && let Some((key, member)) = union.select(key)
        && (*value != Input::Null || member.takes_null())
    {
        return member.fill(std::mem::replace(value, Input::Null)).map_err(|error| error.under(key));
    }
    union.keep(into_extra(entries));
    Ok(())
}

/// Fills a union with the one member that an object holds beside keys which are not known and nulls; whether there is one.
#[doc(hidden)]
pub fn resolve(union: &mut dyn Choice<dyn Wire>, object: &Extra) -> bool {
    let mut found = false;
    for (key, value) in object.iter().filter(|(_, value)| !value.is_null()) {
        let Some((_, member)) = union.select(key) else { continue };
        if found || member.fill(value.into()).is_err() {
            return false;
        }
        found = true;
    }
    found
}

/// Fills an object that its `type` tells. The tag may stand anywhere in it.
#[doc(hidden)]
pub fn fill_tagged(
    choice: &mut dyn Choice<dyn Object>,
    name: &str,
    input: Input<'_>,
) -> Result<(), WireError> {
    let Input::Object(mut entries) = input else {
        return Err(WireError::expected(&format!("an object with a type ({name})"), &input));
    };
    if let Some((_, Input::Text(tag))) = entries.iter().rfind(|(key, _)| key == "type")
        && let Some((tag, object)) = choice.select(tag)
    {
        entries.retain(|(key, _)| key != "type");
        return fill_fields(object, entries).map_err(|error| error.in_tag(tag));
    }
    choice.keep(into_extra(entries));
    Ok(())
}

/// A text.
#[doc(hidden)]
pub fn text(input: Input<'_>) -> Result<Cow<'_, str>, WireError> {
    match input {
        Input::Text(text) => Ok(text),
        other => Err(WireError::expected("a text", &other)),
    }
}

fn fill_list(list: &mut dyn List, input: Input<'_>) -> Result<(), WireError> {
    let Input::List(items) = input else { return Err(WireError::expected("a list", &input)) };
    for (index, item) in items.into_iter().enumerate() {
        list.grow().fill(item).map_err(|error| error.at(index))?;
    }
    Ok(())
}

fn fill_entries(map: &mut dyn Entries, input: Input<'_>) -> Result<(), WireError> {
    let Input::Object(entries) = input else { return Err(WireError::expected("an object", &input)) };
    for (key, value) in entries {
        let key = key.into_owned();
        map.grow(key.clone()).fill(value).map_err(|error| error.under(key))?;
    }
    Ok(())
}

impl Wire for Value {
    fn fill(&mut self, input: Input<'_>) -> Result<(), WireError> {
        *self = input.into_value();
        Ok(())
    }

    fn view(&self) -> View<'_> {
        View::Value(self)
    }

    fn is_default(&self) -> bool {
        self.is_null()
    }

    fn is_absent(&self) -> bool {
        self.is_null()
    }

    fn takes_null(&self) -> bool {
        true
    }
}

/// Types that one kind of input fills.
macro_rules! leaf {
    ($($ty:ty: $what:literal, $pattern:pat => $value:expr, |$it:ident| $view:expr, $is_default:expr;)*) => {$(
        impl Wire for $ty {
            fn fill(&mut self, input: Input<'_>) -> Result<(), WireError> {
                match input {
                    $pattern => {
                        *self = $value;
                        Ok(())
                    }
                    other => Err(WireError::expected($what, &other)),
                }
            }

            fn view(&self) -> View<'_> {
                let $it = self;
                $view
            }

            fn is_default(&self) -> bool {
                let $it = self;
                $is_default
            }
        }
    )*};
}

leaf! {
    bool: "true or false", Input::Bool(bool) => bool, |it| View::Bool(*it), !*it;
    String: "a text", Input::Text(text) => text.into_owned(), |it| View::Text(it), it.is_empty();
    f64: "a number", Input::Number(number) => number.as_f64().unwrap_or_default(), |it| View::Float(*it), *it == 0.0;
    Extra: "an object", Input::Object(entries) => into_extra(entries), |it| View::Unknown(it), it.is_empty();
    Map<String, Value>: "an object", Input::Object(entries) => into_extra(entries).into_map(), |it| View::Unknown(it), it.is_empty();
}

/// An integer, which may be written as an integral float.
fn integer(input: &Input<'_>) -> Option<i128> {
    // 2^53: beyond it a float no longer tells one integer from the next.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let Input::Number(number) = input else { return None };
    let whole = number.as_u64().map(i128::from).or_else(|| number.as_i64().map(i128::from));
    whole.or_else(|| {
        number
            .as_f64()
            .filter(|float| float.fract() == 0.0 && float.abs() <= EXACT)
            .map(|float| float as i128)
    })
}

macro_rules! integer {
    ($($ty:ty => $view:ident;)*) => {$(
        impl Wire for $ty {
            fn fill(&mut self, input: Input<'_>) -> Result<(), WireError> {
                let found = integer(&input).and_then(|integer| Self::try_from(integer).ok());
                let what = concat!("an integer (", stringify!($ty), ")");
                *self = found.ok_or_else(|| WireError::expected(what, &input))?;
                Ok(())
            }

            fn view(&self) -> View<'_> {
                View::$view((*self).into())
            }

            fn is_default(&self) -> bool {
                *self == 0
            }
        }
    )*};
}

integer! {
    u32 => Unsigned;
    u64 => Unsigned;
    i32 => Signed;
    i64 => Signed;
}

impl<T: Wire + Default> Wire for Option<T> {
    fn fill(&mut self, input: Input<'_>) -> Result<(), WireError> {
        if input == Input::Null {
            *self = None;
            return Ok(());
        }
        // It is `None` before; to drop what might be there instead would be code for every type.
        self.get_or_insert_with(T::default).fill(input)
    }

    fn view(&self) -> View<'_> {
        self.as_ref().map_or(View::Absent, T::view)
    }

    fn is_default(&self) -> bool {
        self.is_none()
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T: Wire> Wire for Box<T> {
    fn fill(&mut self, input: Input<'_>) -> Result<(), WireError> {
        T::fill(self, input)
    }

    fn view(&self) -> View<'_> {
        T::view(self)
    }

    fn is_default(&self) -> bool {
        T::is_default(self)
    }

    fn is_absent(&self) -> bool {
        T::is_absent(self)
    }
}

impl<T: Wire + Default> Wire for Vec<T> {
    fn fill(&mut self, input: Input<'_>) -> Result<(), WireError> {
        fill_list(self, input)
    }

    fn view(&self) -> View<'_> {
        View::List(self)
    }

    fn is_default(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Wire + Default> List for Vec<T> {
    fn length(&self) -> usize {
        self.len()
    }

    fn item(&self, index: usize) -> View<'_> {
        self.get(index).map_or(View::Absent, T::view)
    }

    fn grow(&mut self) -> &mut dyn Wire {
        self.push_mut(T::default())
    }
}

impl<T: Wire + Default> Wire for BTreeMap<String, T> {
    fn fill(&mut self, input: Input<'_>) -> Result<(), WireError> {
        fill_entries(self, input)
    }

    fn view(&self) -> View<'_> {
        View::Entries(self)
    }

    fn is_default(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Wire + Default> Entries for BTreeMap<String, T> {
    fn each<'a>(&'a self, see: &mut dyn FnMut(&'a str, View<'a>)) {
        self.iter().for_each(|(key, value)| see(key, value.view()));
    }

    fn grow(&mut self, key: String) -> &mut dyn Wire {
        let value = self.entry(key).or_default();
        // Of a repeated key the last counts.
        *value = T::default();
        value
    }
}
