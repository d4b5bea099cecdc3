//! The head of a response of HTTP/1.1, and what it says of the connection.

use http::header::{CONNECTION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};
use http::{StatusCode, Version};

use super::chunked::is_token;
use crate::connection::failure::Cause;
use crate::connection::transfer_coding::elements;

/// The most headers that a head may have.
// hyper takes 100; recorded responses of Bedrock have ten at most.
const MOST_HEADERS: usize = 128;

/// The head of a response.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) status: StatusCode,
    pub(super) version: Version,
    pub(super) headers: HeaderMap,
    /// It came before all of the request had been sent: nothing can be said on this connection after it.
    pub(super) early: bool,
    /// Its lines end as only some readers take them, or there are empty ones before it. Where such a server begins its next
    /// answer is a guess.
    pub(super) loose: bool,
}

/// Whether a line ends without CR, or an empty one comes first: `httparse` reads both.
fn is_loose(head: &[u8]) -> bool {
    let mut before = None;
    let mut ends_bare = false;
    for byte in head {
        ends_bare |= *byte == b'\n' && before != Some(b'\r');
        before = Some(*byte);
    }
    ends_bare || head.first().is_some_and(|byte| matches!(byte, b'\r' | b'\n'))
}

impl Head {
    /// The head at the beginning of some bytes, and its length.
    pub(super) fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, Cause> {
        let mut space = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut response = httparse::Response::new(&mut space);
        let not_http =
            |what: &dyn std::fmt::Display| Cause::from(format!("the response is not HTTP: {what}"));
        let httparse::Status::Complete(length) = response.parse(bytes).map_err(|error| not_http(&error))?
        else {
            return Ok(None);
        };
        let mut headers = HeaderMap::with_capacity(response.headers.len());
        for header in response.headers.iter() {
            let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|error| not_http(&error))?;
            let value = HeaderValue::from_bytes(header.value).map_err(|error| not_http(&error))?;
            headers.append(name, value);
        }
        let status = StatusCode::from_u16(response.code.unwrap_or(0)).map_err(|error| not_http(&error))?;
        let version = if response.version == Some(0) { Version::HTTP_10 } else { Version::HTTP_11 };
        let loose = is_loose(&bytes[..length]);
        Ok(Some((Self { status, version, headers, early: false, loose }, length)))
    }

    /// Whether the connection can be used again after this response.
    pub(super) fn leaves_open(&self) -> bool {
        // Whoever reads the other of the two finds another end (RFC 9112, section 6.3).
        let both = self.headers.contains_key(TRANSFER_ENCODING) && self.headers.contains_key(CONTENT_LENGTH);
        // What is no token may have been meant as anything.
        let close = elements(&self.headers, &CONNECTION)
            .any(|element| element.eq_ignore_ascii_case(b"close") || !element.iter().all(is_token));
        self.version == Version::HTTP_11 && !self.early && !self.loose && !both && !close
    }
}
