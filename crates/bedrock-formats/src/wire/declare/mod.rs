//! The macros that declare wire types. What a type must be able to do is said in `shape.rs`.

// In this order: the tests of each use those before it.
#[macro_use]
mod structs;
#[macro_use]
mod enums;
#[macro_use]
mod unions;
#[macro_use]
mod tagged;
