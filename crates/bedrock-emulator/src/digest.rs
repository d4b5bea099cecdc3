//! Digests, and how they are written: for signatures, and for everything that must be the same for the same request.

use sha2::{Digest, Sha256};

pub(crate) fn sha256(data: &[u8]) -> [u8; 32] {
    Sha256::digest(data).into()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

/// Reads lower-case hexadecimal; `None` for anything else, for the service does not take capitals either.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pairs = text.as_bytes().chunks_exact(2);
    pairs.remainder().is_empty().then_some(())?;
    text.as_bytes().chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

/// The first sixteen bytes, written as a random UUID.
pub(crate) fn uuid(bytes: &[u8; 32]) -> String {
    let mut digits = hex(&bytes[..16]);
    // Version 4 and a variant, so that clients which parse it as a UUID take it.
    digits.replace_range(12..13, "4");
    digits.replace_range(16..17, "a");
    format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal() {
        assert_eq!(unhex(&hex(&[0, 171, 255])), Some(vec![0, 171, 255]));
        for bad in ["0", "0G", "AB", "é"] {
            assert_eq!(unhex(bad), None, "{bad}");
        }
    }
}
