//! JSON's own types as fields: texts, numbers, truths, lists, objects, and all of these where they may be absent.
//! Not for: types that JSON does not have; they stand beside this file.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

use super::plain;
use crate::wire::containers::{fill_entries, fill_list};
use crate::wire::shape::{Entries, List};
use crate::wire::{Aside, Extra, Input, Misfit, View, Wire};

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
    // A float can always be made: serde_json's `arbitrary_precision` is not on.
    f64: "a number", Input::Number(number) => number.as_f64().unwrap_or_default(), plain::float, |it| View::Float(*it), *it == 0.0;
    Extra: "an object", Input::Object(entries) => Extra::from_entries(entries), plain::none, |it| View::Unknown(it), it.is_empty();
    Map<String, Value>: "an object", Input::Object(entries) => Extra::from_entries(entries).into_map(), plain::none, |it| View::Unknown(it), it.is_empty();
}

/// A text.
#[doc(hidden)]
pub fn text(input: Input<'_>) -> Result<Cow<'_, str>, Misfit<'_>> {
    match input {
        Input::Text(text) => Ok(text),
        other => Err(Misfit::expected("a text", other)),
    }
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
    // `i128` holds all of `u64` and of `i64`; each field's own range is asked for later.
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
