//! A successful response: its head, and the body to read.

use http::{HeaderMap, StatusCode, Version};

use super::body::Body;
use crate::redact::Redactor;

/// A response of status 2xx.
///
/// ```no_run
/// # use bedrock_http::{Error, Path, Request, Service, Transport};
/// # async fn example(transport: Transport, request: Request) -> Result<(), Error> {
/// let response = transport.send(&request).await?;
/// println!("request {:?}, tokens {:?}", response.request_id(), response.header("x-amzn-bedrock-input-token-count"));
/// let answer = response.into_body().bytes(16 << 20).await?;
/// # let _ = answer; Ok(()) }
/// ```
#[derive(Debug)]
pub struct Response {
    pub(crate) status: StatusCode,
    pub(crate) version: Version,
    pub(crate) headers: HeaderMap,
    pub(crate) request_id: Option<String>,
    pub(crate) attempts: u32,
    pub(crate) body: Body,
}

impl Response {
    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The HTTP version spoken.
    pub fn version(&self) -> Version {
        self.version
    }

    /// All headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// One header as text; `None` when it is missing or not ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The service's id of the request.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// How many requests were sent to get this response.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Masks the secrets of this call: for layers that quote the response in errors of their own.
    pub fn redactor(&self) -> &Redactor {
        &self.body.context.redactor
    }

    /// The body, to read.
    pub fn body_mut(&mut self) -> &mut Body {
        &mut self.body
    }

    /// The body alone.
    pub fn into_body(self) -> Body {
        self.body
    }
}
