//! Reading a wire type from JSON text, from a tree or from any deserializer, and returning what did not fit.
//! Not for: how objects and unions are filled; see `containers.rs`.

use serde::de::{Deserialize, Deserializer, Error};
use serde_json::Value;

use super::aside::{Aside, Odd};
use super::error::WireError;
use super::input::Input;
use super::shape::Wire;

/// Reads a wire type from JSON, and returns with it what was not of its type and has been set aside.
///
/// ```
/// use bedrock_formats::openai_chat::ChatCompletionChunk;
/// use bedrock_formats::wire;
///
/// let json = br#"{"created":"now","choices":[{"index":0,"delta":{"content":"Hi"}}]}"#;
/// let (chunk, odd) = wire::read::<ChatCompletionChunk>(json)?;
/// assert_eq!(chunk.pieces().count(), 1);
/// assert_eq!((odd[0].error.path().as_str(), &odd[0].value), ("created", &"now".into()));
/// assert_eq!(serde_json::to_value(&chunk)?, serde_json::from_slice::<serde_json::Value>(json)?);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
///
/// When the text is not JSON, or its outermost value is of another type, or more than 64 values in it are.
pub fn read<T: Wire + Default>(json: &[u8]) -> Result<(T, Vec<Odd>), serde_json::Error> {
    let mut value = T::default();
    let odd = read_into(&mut value, json)?;
    Ok((value, odd))
}

/// The same from a value that was parsed before.
///
/// # Errors
///
/// When the value is of another type, or more than 64 values in it are.
pub fn read_value<T: Wire + Default>(from: Value) -> Result<(T, Vec<Odd>), WireError> {
    let mut value = T::default();
    let odd = fill_whole(&mut value, from.into())?;
    Ok((value, odd))
}

/// The same into a value that is there and is its type's default.
///
/// # Errors
///
/// As [`read()`].
pub fn read_into(value: &mut dyn Wire, json: &[u8]) -> Result<Vec<Odd>, serde_json::Error> {
    fill_whole(value, serde_json::from_slice(json)?).map_err(Error::custom)
}

/// The same from a tree, for callers to whom it does not matter what was set aside.
pub(crate) fn fill(value: &mut dyn Wire, input: Input<'_>) -> Result<(), WireError> {
    fill_whole(value, input).map(drop)
}

/// Fills a value that has nothing around it: what it cannot keep itself would be lost, and so is an error.
pub(super) fn fill_whole(value: &mut dyn Wire, input: Input<'_>) -> Result<Vec<Odd>, WireError> {
    let mut aside = Aside::default();
    value.fill(input, &mut aside)?;
    aside.into_kept()
}

/// Reads a wire type from any deserializer.
#[doc(hidden)]
pub fn deserialize<'de, T: Wire + Default, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let mut value = T::default();
    deserialize_into(&mut value, deserializer)?;
    Ok(value)
}

// Once for each deserializer, and not for each type as what calls it.
#[inline(never)]
fn deserialize_into<'de, D: Deserializer<'de>>(
    value: &mut dyn Wire,
    deserializer: D,
) -> Result<(), D::Error> {
    let input = Input::deserialize(deserializer)?;
    fill_whole(value, input).map(drop).map_err(D::Error::custom)
}
