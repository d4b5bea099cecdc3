//! The pieces in which the pretended model speaks, and how many of them a request holds. Real tokenizers differ by model;
//! this one is only deterministic, loses nothing and counts in the right order of magnitude.

use serde_json::Value;

/// Longest word that is one piece, in characters.
const PIECE: usize = 6;
/// What a picture, a document or a sound counts, however large it is.
const BINARY: u64 = 256;

/// Cuts a text into pieces: white space goes with the word behind it, long words fall apart. Joined they are the text again.
///
/// ```text
/// "Hello, wonderful world" -> "Hello,", " wonder", "ful", " world"
/// ```
pub(crate) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let piece = &rest[..piece_length(rest)];
        rest = &rest[piece.len()..];
        (!piece.is_empty()).then_some(piece)
    })
}

/// How many pieces a text has.
pub(crate) fn count(text: &str) -> u64 {
    pieces(text).count() as u64
}

/// Counts every text in a JSON value; data of pictures and the like count a fixed number.
pub(crate) fn count_json(value: &Value) -> u64 {
    match value {
        Value::String(text) => count(text),
        Value::Array(items) => items.iter().map(count_json).sum(),
        Value::Object(members) => members
            .iter()
            .map(|(key, member)| match (key.as_str(), member) {
                ("bytes" | "data", Value::String(_)) => BINARY,
                // So that the same conversation counts alike in formats that write more of these.
                ("role" | "type" | "cachePoint" | "cache_control", _) => 0,
                _ => count_json(member),
            })
            .sum(),
        Value::Null | Value::Bool(_) => 0,
        Value::Number(_) => 1,
    }
}

fn piece_length(text: &str) -> usize {
    let mut word = 0;
    for (at, character) in text.char_indices() {
        if character.is_whitespace() && word > 0 || word == PIECE {
            return at;
        }
        word += usize::from(!character.is_whitespace());
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn words_and_parts_of_words() {
        let cut = |text| pieces(text).collect::<Vec<_>>();
        assert_eq!(cut("Hello, wonderful world"), ["Hello,", " wonder", "ful", " world"]);
        assert_eq!(cut("  \n"), ["  \n"]);
        assert!(cut("").is_empty());
    }

    #[test]
    fn binary_data_counts_by_the_piece() {
        let block = json!({"image": {"format": "png", "source": {"bytes": "A".repeat(100_000)}}});
        assert_eq!(count_json(&block), 1 + BINARY);
    }

    proptest! {
        #[test]
        fn nothing_is_lost(text in any::<String>()) {
            prop_assert_eq!(pieces(&text).collect::<String>(), text.clone());
            prop_assert_eq!(pieces(&text).count() as u64, count(&text));
        }
    }
}
