//! Where the body of a response of HTTP/1.1 ends.

use http::header::CONTENT_LENGTH;
use http::{Method, StatusCode};

use super::chunked::Chunked;
use super::head::Head;
use crate::connection::failure::Cause;
use crate::connection::transfer_coding::{elements, is_chunked};

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
        // Transfer-Encoding goes before Content-Length; with both the connection is not used again.
        if is_chunked(&head.headers, head.version)? {
            return Ok(Self::Chunked(Chunked::new()));
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
    // `parse` alone would take a sign.
    let digits = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?;
    digits.parse().ok()
}
