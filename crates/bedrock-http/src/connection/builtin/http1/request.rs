//! A request of HTTP/1.1 on its way out.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::header::{CONTENT_LENGTH, HOST, HeaderValue, TRANSFER_ENCODING};
use http::{Method, request};
use tokio::io::AsyncWrite as _;
use zeroize::Zeroizing;

use super::super::io::Io;

/// How a request is written.
pub(crate) struct RequestForm {
    /// The whole URI in the first line, as a proxy wants it that passes requests on, with its `Proxy-Authorization`.
    pub(crate) forwarded: Option<Option<HeaderValue>>,
}

/// The head of a request as it goes out.
pub(super) fn head_of(parts: &request::Parts, body: usize, form: &RequestForm) -> Zeroizing<Vec<u8>> {
    let uri = &parts.uri;
    // Roomy, so that it is not moved and left behind: it holds a token or a signature.
    let headers: usize = parts.headers.iter().map(|(n, v)| n.as_str().len() + v.len() + 4).sum();
    let mut out = Zeroizing::new(Vec::with_capacity(512 + uri.path().len() * 2 + headers));
    let mut push = |texts: &[&[u8]]| texts.iter().for_each(|text| out.extend_from_slice(text));
    push(&[parts.method.as_str().as_bytes(), b" "]);
    match &form.forwarded {
        // The absolute form (RFC 9112, section 3.2.2). What is signed, host
        // and path, stays the same.
        Some(_) => push(&[uri.to_string().as_bytes()]),
        None => push(&[uri.path_and_query().map_or("/", |path| path.as_str()).as_bytes()]),
    }
    push(&[b" HTTP/1.1\r\n"]);
    if !parts.headers.contains_key(HOST) {
        let host = uri.authority().map_or("", |authority| authority.as_str());
        push(&[b"host: ", host.as_bytes(), b"\r\n"]);
    }
    // Where the body ends is said below, once.
    let others =
        parts.headers.iter().filter(|(name, _)| !matches!(**name, CONTENT_LENGTH | TRANSFER_ENCODING));
    for (name, value) in others {
        push(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"]);
    }
    if let Some(Some(auth)) = &form.forwarded {
        push(&[b"proxy-authorization: ", auth.as_bytes(), b"\r\n"]);
    }
    // A method that usually has a body says its length also where it is 0 (RFC 9110, section 8.6).
    if body > 0 || matches!(parts.method, Method::POST | Method::PUT | Method::PATCH) {
        push(&[b"content-length: ", body.to_string().as_bytes(), b"\r\n"]);
    }
    push(&[b"\r\n"]);
    out
}

/// A request on its way out.
pub(super) struct RequestWriter<'a> {
    unsent: [&'a [u8]; 2],
    pub(super) flushed: bool,
    pub(super) failed: Option<io::Error>,
}

impl<'a> RequestWriter<'a> {
    pub(super) fn new(head: &'a [u8], body: &'a [u8]) -> Self {
        Self { unsent: [head, body], flushed: false, failed: None }
    }

    /// Sends what the socket takes. A failure is kept: the server may have given its reason before it closed.
    pub(super) fn poll(&mut self, io: &mut Io, cx: &mut Context<'_>) {
        while self.failed.is_none() && !self.flushed {
            let mut io = Pin::new(&mut *io);
            let sent = match self.unsent.iter_mut().find(|part| !part.is_empty()) {
                Some(part) => io.as_mut().poll_write(cx, part).map_ok(|sent| {
                    *part = &part[sent..];
                    sent > 0
                }),
                None => io.as_mut().poll_flush(cx).map_ok(|()| {
                    self.flushed = true;
                    true
                }),
            };
            match sent {
                Poll::Ready(Ok(true)) => {}
                Poll::Ready(Ok(false)) => self.failed = Some(io::ErrorKind::WriteZero.into()),
                Poll::Ready(Err(error)) => self.failed = Some(error),
                Poll::Pending => return,
            }
        }
    }
}
