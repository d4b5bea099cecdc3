//! What a wire type is: what it consists of, how it takes what arrived, and how it looks to whoever writes it. These name each
//! other, so they stand together.
//! Not for: declaring types (see `declare`), reading (`read.rs`) and writing (`write.rs`).
//!
//! A type says only what it consists of; reading and writing are functions over `dyn` pointers, compiled once for all of
//! them. With hundreds of types the difference is minutes of compiling and megabytes of program.

use serde_json::{Map, Number, Value};

use super::aside::Aside;
use super::error::Misfit;
use super::extra::Extra;
use super::input::Input;

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

/// A wire type as JSON sees it. Writing walks over views, so that the types themselves need no code for any serializer.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum View<'a> {
    /// Nothing: a field is left out, an item of a list is `null`.
    Absent,
    /// `true` or `false`.
    Bool(bool),
    /// An integer that is not negative.
    Unsigned(u64),
    /// An integer.
    Signed(i64),
    /// A number.
    Float(f64),
    /// A number as it was written.
    Number(&'a Number),
    /// A string.
    Text(&'a str),
    /// A string that is bytes in base64.
    Blob(&'a str),
    /// Any value.
    Value(&'a Value),
    /// An object whose type is not known.
    Unknown(&'a Map<String, Value>),
    /// An object with named fields.
    Object(&'a dyn Object),
    /// An object with named fields, and in front of them its `type`.
    Tagged(&'static str, &'a dyn Object),
    /// An object with one key.
    Member(&'static str, &'a dyn Wire),
    /// An array.
    List(&'a dyn List),
    /// An object whose keys are the caller's.
    Entries(&'a dyn Entries),
}
