//! Whether a response says that its body comes in chunks, and in nothing else (RFC 9112, sections 6.1 and 7).
//!
//! Not for taking the chunks apart.

use http::Version;
use http::header::{HeaderMap, HeaderName, TRANSFER_ENCODING};

use super::failure::Cause;

/// Whether the body is chunked. Any other coding is refused: where its body ends is a guess.
pub(super) fn is_chunked(headers: &HeaderMap, version: Version) -> Result<bool, Cause> {
    let mut codings = elements(headers, &TRANSFER_ENCODING);
    // `chunked, chunked` too is refused, and `gzip, chunked`: nobody asks for a coding.
    match (codings.next(), codings.next()) {
        (None, _) => Ok(false),
        (Some(coding), None) if coding.eq_ignore_ascii_case(b"chunked") && version == Version::HTTP_11 => {
            Ok(true)
        }
        _ => {
            let codings: Vec<&[u8]> = elements(headers, &TRANSFER_ENCODING).collect();
            let codings = codings.join(&b", "[..]).escape_ascii().to_string();
            Err(format!("the transfer coding \"{codings}\" is not one of HTTP/1.1's").into())
        }
    }
}

/// The elements of a header that is a list, without the blanks around them: space and tab, and nothing else (RFC 9110,
/// section 5.6.3). Whoever takes more for a blank finds another end of a body than the server does.
pub(super) fn elements<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> impl Iterator<Item = &'a [u8]> + use<'a> {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let bare = move |element: &'a [u8]| {
        let from = element.iter().position(|byte| !blank(byte)).unwrap_or(element.len());
        let to = element.iter().rposition(|byte| !blank(byte)).map_or(from, |last| last + 1);
        &element[from..to]
    };
    let values = headers.get_all(name).into_iter();
    values.flat_map(|value| value.as_bytes().split(|byte| *byte == b',')).map(bare)
}
