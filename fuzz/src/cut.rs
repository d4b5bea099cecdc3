//! How an input says what is to be done with it, and the ways to cut bytes into pieces.

use crate::mutate::Dice;

/// The first byte of an input, which chooses, and the rest.
pub(crate) fn choice(input: &[u8]) -> (u8, &[u8]) {
    input.split_first().map_or((0, input), |(first, rest)| (*first, rest))
}

/// Pieces of lengths that `salt` decides: of one byte, of a few, or of any length; some are empty.
pub(crate) fn pieces(bytes: &[u8], salt: u8) -> Vec<&[u8]> {
    let mut dice = Dice::new(u64::from(salt) + 1);
    let longest = match salt % 4 {
        // Byte by byte, where that does not take for ever.
        0 if bytes.len() < 2_000 => return bytes.chunks(1).collect(),
        0 | 1 => 16,
        2 => 200,
        _ => bytes.len(),
    };
    let mut pieces = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(dice.below(longest.min(rest.len()) + 1));
        pieces.push(piece);
        rest = after;
    }
    pieces
}
