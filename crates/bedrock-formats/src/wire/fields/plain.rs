//! What is not of the type of its place and means plainly what that type can say. The list of it stands in the module's page, and
//! here is all of it but `JsonText`.
//! Not for: anything that would have to be guessed.

use serde_json::Number;

use crate::wire::Input;

/// `"true"`, `"false"`.
#[cold]
pub(super) fn truth(input: &Input<'_>) -> Option<bool> {
    match input {
        Input::Text(text) => text.parse().ok(),
        _ => None,
    }
}

/// `9`.
#[cold]
pub(super) fn text(input: &Input<'_>) -> Option<String> {
    match input {
        Input::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// `"0.5"`.
#[cold]
pub(super) fn number(input: &Input<'_>) -> Option<Number> {
    match input {
        // JSON's own way of writing numbers, without the blanks around them that JSON allows.
        Input::Text(text) if text.trim() == text => serde_json::from_str(text).ok(),
        _ => None,
    }
}

pub(super) fn float(input: &Input<'_>) -> Option<f64> {
    number(input).and_then(|number| number.as_f64())
}

/// `"3"`.
#[cold]
pub(super) fn integer(text: &str) -> Option<i128> {
    // `parse` takes a plus sign too, which JSON does not know.
    text.starts_with(|first: char| first.is_ascii_digit() || first == '-')
        .then(|| text.parse().ok())
        .flatten()
}

pub(super) fn none<T>(_: &Input<'_>) -> Option<T> {
    None
}

/// `28.0`, which is no integer to serde_json.
pub(super) fn whole(number: &Number) -> Option<Number> {
    // 2^53: beyond it a float no longer tells one integer from the next.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let float =
        number.as_f64().filter(|float| number.is_f64() && float.fract() == 0.0 && float.abs() <= EXACT)?;
    Some((float as i64).into())
}
