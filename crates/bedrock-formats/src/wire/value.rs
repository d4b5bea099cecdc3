//! What a wire type is, the types that its fields have, and filling a field with what the caller has at hand.
//! Not for: declaring types; see the macros beside this file.
//!
//! A type says only what it consists of; reading and writing are functions over `dyn` pointers, compiled once for all of
//! them. With hundreds of types the difference is minutes of compiling and megabytes of program.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer, Error};
use serde_json::{Map, Number, Value};

use super::aside::fill_whole;
use super::error::Step;
use super::input::into_extra;
use super::{Aside, Extra, Input, Misfit, View, plain};

/// A type that can stand in a field of a wire object.
///
/// The macros implement it for what they declare.
pub trait Wire {
    /// Takes what arrived, and sets aside what in it does not fit. The value is its type's default before.
    ///
    /// # Errors
    ///
    /// When what arrived is itself of another JSON type: it is given back, and the value is its type's default still.
    fn fill<'a>(&mut self, input: Input<'a>, aside: &mut Aside) -> Result<(), Misfit<'a>>;

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
    /// Takes the last item away.
    fn shrink(&mut self);
}

/// An object whose keys are the caller's.
#[doc(hidden)]
pub trait Entries {
    fn each<'a>(&'a self, see: &mut dyn FnMut(&'a str, View<'a>));
    fn grow(&mut self, key: String) -> &mut dyn Wire;
    /// Takes an entry away.
    fn shrink(&mut self, key: &str);
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
    let input = Input::deserialize(deserializer)?;
    fill_whole(value, input, &mut Aside::default()).map_err(D::Error::custom)
}

/// Fills an object.
#[doc(hidden)]
pub fn fill_object<'a>(
    object: &mut dyn Object,
    input: Input<'a>,
    aside: &mut Aside,
) -> Result<(), Misfit<'a>> {
    match input {
        Input::Object(entries) => {
            fill_fields(object, entries, aside);
            Ok(())
        }
        other => Err(Misfit::expected(&format!("an object ({})", object.name()), other)),
    }
}

/// Gives each field what came under its name, the last where it came more than once, and keeps the rest. A null counts as
/// not there, and is kept too, as is what does not fit its field.
fn fill_fields(object: &mut dyn Object, entries: Vec<(Cow<'_, str>, Input<'_>)>, aside: &mut Aside) {
    let mut left: Vec<Option<(Cow<'_, str>, Input<'_>)>> = entries.into_iter().map(Some).collect();
    let mut count = left.len();
    let (mut odd, mut strays) = (Vec::new(), Vec::new());
    object.fields_mut(&mut |key, field| {
        if count == 0 {
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
            let since = aside.mark();
            if let Err(misfit) = field.fill(value, aside) {
                odd.push((key.to_owned(), aside.keep(misfit, Step::Key(key.into()))));
            } else if aside.has_more(since) {
                aside.behind(since, Step::Key(key.into()));
                strays.extend(aside.take_in(since));
            }
        }
    });
    object.extra_mut().extend(odd);
    object.extra_mut().add_strays(strays);
    if count > 0 {
        object
            .extra_mut()
            .extend(left.into_iter().flatten().map(|(key, value)| (key.into_owned(), value.into_value())));
    }
}

/// Whether no field has a value and nothing else arrived.
#[doc(hidden)]
pub fn object_is_default(object: &dyn Object) -> bool {
    let mut is_default = object.extra().is_empty();
    object.fields(&mut |_, field| is_default = is_default && field.is_default());
    is_default
}

/// Fills a union: an object with one key becomes that member; one with more, with a null, or with what does not fit the
/// member is kept as it is.
#[doc(hidden)]
pub fn fill_union<'a>(
    union: &mut dyn Choice<dyn Wire>,
    name: &str,
    input: Input<'a>,
    aside: &mut Aside,
) -> Result<(), Misfit<'a>> {
    let Input::Object(mut entries) = input else {
        return Err(Misfit::expected(&format!("an object with one key ({name})"), input));
    };
    if let [(key, value)] = entries.as_mut_slice()
        && let Some((key, member)) = union.select(key)
        && (*value != Input::Null || member.takes_null())
    {
        let since = aside.mark();
        match member.fill(std::mem::replace(value, Input::Null), aside) {
            Ok(()) => aside.seen_from(since, key),
            Err(misfit) => {
                let value = aside.keep(misfit, Step::Key(key.into()));
                union.keep(Extra::from_iter([(key.to_owned(), value)]));
            }
        }
        return Ok(());
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
        if found || fill_whole(member, value.into(), &mut Aside::default()).is_err() {
            return false;
        }
        found = true;
    }
    found
}

/// Fills an object that its `type` tells. The tag may stand anywhere in it.
#[doc(hidden)]
pub fn fill_tagged<'a>(
    choice: &mut dyn Choice<dyn Object>,
    name: &str,
    input: Input<'a>,
    aside: &mut Aside,
) -> Result<(), Misfit<'a>> {
    let Input::Object(mut entries) = input else {
        return Err(Misfit::expected(&format!("an object with a type ({name})"), input));
    };
    if let Some((_, Input::Text(tag))) = entries.iter().rfind(|(key, _)| key == "type")
        && let Some((tag, object)) = choice.select(tag)
    {
        entries.retain(|(key, _)| key != "type");
        let since = aside.mark();
        fill_fields(object, entries, aside);
        if aside.has_more(since) {
            aside.behind(since, Step::Tag(tag));
        }
        return Ok(());
    }
    choice.keep(into_extra(entries));
    Ok(())
}

/// A text.
#[doc(hidden)]
pub fn text(input: Input<'_>) -> Result<Cow<'_, str>, Misfit<'_>> {
    match input {
        Input::Text(text) => Ok(text),
        other => Err(Misfit::expected("a text", other)),
    }
}

fn fill_list<'a>(list: &mut dyn List, input: Input<'a>, aside: &mut Aside) -> Result<(), Misfit<'a>> {
    let Input::List(items) = input else { return Err(Misfit::expected("a list", input)) };
    for (index, item) in items.into_iter().enumerate() {
        let since = aside.mark();
        if let Err(misfit) = list.grow().fill(item, aside) {
            list.shrink();
            aside.hand_out(misfit, Step::Index(index));
        } else if aside.has_more(since) {
            aside.behind(since, Step::Index(index));
        }
    }
    Ok(())
}

fn fill_entries<'a>(map: &mut dyn Entries, input: Input<'a>, aside: &mut Aside) -> Result<(), Misfit<'a>> {
    let Input::Object(entries) = input else { return Err(Misfit::expected("an object", input)) };
    for (key, value) in entries {
        let key = key.into_owned();
        let since = aside.mark();
        if let Err(misfit) = map.grow(key.clone()).fill(value, aside) {
            map.shrink(&key);
            aside.hand_out(misfit, Step::Key(key.into()));
        } else if aside.has_more(since) {
            aside.behind(since, Step::Key(key.into()));
        }
    }
    Ok(())
}

impl Wire for Value {
    fn fill<'a>(&mut self, input: Input<'a>, _: &mut Aside) -> Result<(), Misfit<'a>> {
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
    ($($ty:ty: $what:literal, $pattern:pat => $value:expr, $plain:expr, |$it:ident| $view:expr, $is_default:expr;)*) => {$(
        impl Wire for $ty {
            fn fill<'a>(&mut self, input: Input<'a>, _: &mut Aside) -> Result<(), Misfit<'a>> {
                match input {
                    $pattern => *self = $value,
                    other => match $plain(&other) {
                        Some(value) => *self = value,
                        None => return Err(Misfit::expected($what, other)),
                    },
                }
                Ok(())
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
    bool: "true or false", Input::Bool(bool) => bool, plain::truth, |it| View::Bool(*it), !*it;
    String: "a text", Input::Text(text) => text.into_owned(), plain::text, |it| View::Text(it), it.is_empty();
    f64: "a number", Input::Number(number) => number.as_f64().unwrap_or_default(), plain::float, |it| View::Float(*it), *it == 0.0;
    Extra: "an object", Input::Object(entries) => into_extra(entries), plain::none, |it| View::Unknown(it), it.is_empty();
    Map<String, Value>: "an object", Input::Object(entries) => into_extra(entries).into_map(), plain::none, |it| View::Unknown(it), it.is_empty();
}

/// A field for a text that holds JSON: an object or a list in its place is taken as its text.
#[doc(hidden)]
pub struct JsonText<'f>(pub &'f mut dyn Wire);

impl Wire for JsonText<'_> {
    fn fill<'a>(&mut self, input: Input<'a>, aside: &mut Aside) -> Result<(), Misfit<'a>> {
        match input {
            Input::Object(_) | Input::List(_) => {
                let text = input.into_value().to_string();
                self.0.fill(Input::Text(text.into()), aside)
            }
            other => self.0.fill(other, aside),
        }
    }

    fn view(&self) -> View<'_> {
        self.0.view()
    }

    fn is_default(&self) -> bool {
        self.0.is_default()
    }

    fn is_absent(&self) -> bool {
        self.0.is_absent()
    }
}

/// An integer, which may be written as an integral float or as a text.
fn integer(input: &Input<'_>) -> Option<i128> {
    let of = |number: &Number| number.as_u64().map(i128::from).or_else(|| number.as_i64().map(i128::from));
    match input {
        Input::Number(number) => of(number).or_else(|| of(&plain::whole(number)?)),
        Input::Text(text) => plain::integer(text),
        _ => None,
    }
}

macro_rules! integer {
    ($($ty:ty => $view:ident;)*) => {$(
        impl Wire for $ty {
            fn fill<'a>(&mut self, input: Input<'a>, _: &mut Aside) -> Result<(), Misfit<'a>> {
                match integer(&input).and_then(|integer| Self::try_from(integer).ok()) {
                    Some(found) => *self = found,
                    None => {
                        return Err(Misfit::expected(concat!("an integer (", stringify!($ty), ")"), input));
                    }
                }
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
    fn fill<'a>(&mut self, input: Input<'a>, aside: &mut Aside) -> Result<(), Misfit<'a>> {
        if input == Input::Null {
            *self = None;
            return Ok(());
        }
        // It is `None` before; to drop what might be there instead would be code for every type.
        let filled = self.get_or_insert_with(T::default).fill(input, aside);
        if filled.is_err() {
            *self = None;
        }
        filled
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
    fn fill<'a>(&mut self, input: Input<'a>, aside: &mut Aside) -> Result<(), Misfit<'a>> {
        T::fill(self, input, aside)
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
    fn fill<'a>(&mut self, input: Input<'a>, aside: &mut Aside) -> Result<(), Misfit<'a>> {
        fill_list(self, input, aside)
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

    fn shrink(&mut self) {
        self.pop();
    }
}

impl<T: Wire + Default> Wire for BTreeMap<String, T> {
    fn fill<'a>(&mut self, input: Input<'a>, aside: &mut Aside) -> Result<(), Misfit<'a>> {
        fill_entries(self, input, aside)
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

    fn shrink(&mut self, key: &str) {
        self.remove(key);
    }
}
