//! Where the body of a response of HTTP/1.1 ends.

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Method, StatusCode, Version};

use super::chunked::Chunked;
use super::head::{Head, elements};
use crate::connection::failure::Cause;

/// Where a body ends.
#[derive(Debug)]
pub(super) enum Framing {
    /// After so many bytes more.
    Length(u64),
    Chunked(Chunked),
    /// With the connection.
    Close,
}

impl Framing {
    /// RFC 9112, section 6.3.
    pub(super) fn of(method: &Method, head: &Head) -> Result<Self, Cause> {
        let bare = matches!(head.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        if bare || method == Method::HEAD {
            return Ok(Self::Length(0));
        }
        let mut codings = elements(&head.headers, &TRANSFER_ENCODING);
        match (codings.next(), codings.next()) {
            (None, _) => {}
            (Some(coding), None)
                if coding.eq_ignore_ascii_case(b"chunked") && head.version == Version::HTTP_11 =>
            {
                return Ok(Self::Chunked(Chunked::new()));
            }
            _ => {
                let codings: Vec<&[u8]> = elements(&head.headers, &TRANSFER_ENCODING).collect();
                let codings = codings.join(&b", "[..]).escape_ascii().to_string();
                return Err(format!("the transfer coding \"{codings}\" is not one of HTTP/1.1's").into());
            }
        }
        let mut lengths = elements(&head.headers, &CONTENT_LENGTH);
        let Some(length) = lengths.next() else { return Ok(Self::Close) };
        match number(length) {
            Some(number) if lengths.all(|other| other == length) => Ok(Self::Length(number)),
            _ => Err("the response has a Content-Length that is no number, or several that differ".into()),
        }
    }
}

/// Digits and nothing else.
fn number(digits: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?;
    digits.parse().ok()
}
