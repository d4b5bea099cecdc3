//! A request that can be sent more than once: where to, what, and the settings of this one call.
//!
//! Not for knowing operations: the layer above writes their paths, headers and bodies.

mod endpoint;
mod path;

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method};
use percent_encoding::utf8_percent_encode;

use crate::Error;
use crate::policy::{Priority, RetryConfig, Timeouts};
pub(crate) use endpoint::EndpointRules;
pub use endpoint::Service;
pub(crate) use path::ENCODED;
pub use path::Path;

/// A request to Bedrock. Cloning is cheap: the body is shared.
///
/// ```
/// use bedrock_http::{Path, Request, Service};
///
/// let path = Path::new().segment("model").label("modelId", "amazon.nova-lite-v1:0")?.segment("invoke");
/// let request = Request::post(Service::Runtime, path)
///     .operation("InvokeModel")
///     .model("amazon.nova-lite-v1:0")
///     .header("x-amzn-bedrock-trace", "ENABLED")?
///     .json(r#"{"messages":[]}"#);
/// assert_eq!(request.path_and_query(), "/model/amazon.nova-lite-v1%3A0/invoke");
/// # Ok::<(), bedrock_http::Error>(())
/// ```
#[derive(Clone)]
pub struct Request {
    pub(crate) service: Service,
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) operation: Option<&'static str>,
    pub(crate) model: Option<String>,
    pub(crate) options: Options,
}

/// The settings of one call; what is not set is taken from the transport.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) retry: Option<RetryConfig>,
    pub(crate) first_byte: Option<Option<Duration>>,
    pub(crate) idle: Option<Option<Duration>>,
    pub(crate) total: Option<Option<Duration>>,
    pub(crate) priority: Priority,
    pub(crate) tokens: u64,
}

impl Options {
    /// The transport's limits with this call's in their place.
    pub(crate) fn timeouts(&self, base: &Timeouts) -> Timeouts {
        Timeouts {
            connect: base.connect,
            first_byte: self.first_byte.unwrap_or(base.first_byte),
            idle: self.idle.unwrap_or(base.idle),
            total: self.total.unwrap_or(base.total),
        }
    }
}

impl Request {
    /// A request with any method.
    pub fn new(method: Method, service: Service, path: Path) -> Self {
        Self {
            service,
            method,
            target: path.as_str().to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            operation: None,
            model: None,
            options: Options::default(),
        }
    }

    /// A POST request.
    pub fn post(service: Service, path: Path) -> Self {
        Self::new(Method::POST, service, path)
    }

    /// A GET request.
    pub fn get(service: Service, path: Path) -> Self {
        Self::new(Method::GET, service, path)
    }

    /// Adds a pair to the query; both sides are encoded here.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.target.push(if self.target.contains('?') { '&' } else { '?' });
        self.target.extend(utf8_percent_encode(name, ENCODED));
        self.target.push('=');
        self.target.extend(utf8_percent_encode(value, ENCODED));
        self
    }

    /// Sets a header, in place of one of the same name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage), naming the header, when its name or its value cannot be one (a
    /// line break, for example).
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, Error> {
        let wrong = |error: http::Error| {
            Error::usage(format!("the header {name:?} cannot be sent with this value")).with_source(error)
        };
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|error| wrong(error.into()))?;
        let value = HeaderValue::from_str(value).map_err(|error| wrong(error.into()))?;
        self.headers.insert(key, value);
        Ok(self)
    }

    /// The headers, to change at will. `host`, `content-length` and what belongs to the signature are set when the
    /// request is sent.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.headers
    }

    /// The headers so far.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Sets the body, of any type.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets the body and, unless it is set already, `content-type: application/json`.
    #[must_use]
    pub fn json(mut self, body: impl Into<Bytes>) -> Self {
        self.headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
        self.body(body)
    }

    /// Names the operation, for observers and errors.
    #[must_use]
    pub fn operation(mut self, name: &'static str) -> Self {
        self.operation = Some(name);
        self
    }

    /// Names the model, for observers, the circuit breaker and the limits. It is not sent.
    #[must_use]
    pub fn model(mut self, id: impl Into<String>) -> Self {
        self.model = Some(id.into());
        self
    }

    /// Retries of this call, in place of the transport's.
    #[must_use]
    pub fn retry(mut self, config: RetryConfig) -> Self {
        self.options.retry = Some(config);
        self
    }

    /// The first-byte limit of this call, in place of the transport's; `None` for no limit.
    #[must_use]
    pub fn first_byte_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.options.first_byte = Some(limit.into());
        self
    }

    /// The idle limit of this call, in place of the transport's; `None` for no limit.
    #[must_use]
    pub fn idle_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.options.idle = Some(limit.into());
        self
    }

    /// The limit of this whole call, in place of the transport's; `None` for no limit.
    #[must_use]
    pub fn total_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.options.total = Some(limit.into());
        self
    }

    /// Which call goes first when several wait for their turn under [`Limits`](crate::Limits).
    #[must_use]
    pub fn priority(mut self, priority: Priority) -> Self {
        self.options.priority = priority;
        self
    }

    /// How many tokens this call reserves of the tokens a minute: input and the most it may write, as Bedrock counts
    /// them at the start of a call.
    #[must_use]
    pub fn reserve_tokens(mut self, tokens: u64) -> Self {
        self.options.tokens = tokens;
        self
    }

    /// How many tokens it reserves: see [`reserve_tokens`](Self::reserve_tokens).
    pub fn reserved_tokens(&self) -> u64 {
        self.options.tokens
    }

    /// The body so far.
    pub fn content(&self) -> &Bytes {
        &self.body
    }

    /// The path and the query, encoded as they are signed and sent (below the path of a custom endpoint).
    pub fn path_and_query(&self) -> &str {
        &self.target
    }

    /// The service that it goes to.
    pub fn service(&self) -> Service {
        self.service
    }
}

/// Bodies are prompts: `Debug` shows their size only.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("service", &self.service)
            .field("method", &self.method)
            .field("target", &self.target)
            .field("headers", &HeaderNames(&self.headers))
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Prints the names of headers and not their values: one of them may be a key.
pub(crate) struct HeaderNames<'a>(pub(crate) &'a HeaderMap);

impl fmt::Debug for HeaderNames<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request::post(Service::Runtime, Path::new().segment("async-invoke"))
    }

    #[test]
    fn queries_are_encoded() {
        let request = request().query("a b", "ü&=+/").query("next", "x");
        assert_eq!(request.path_and_query(), "/async-invoke?a%20b=%C3%BC%26%3D%2B%2F&next=x");
    }

    #[test]
    fn headers_that_cannot_be_sent_are_named() {
        for (name, value) in [("a b", "x"), ("x-a", "line\nbreak"), ("", "x")] {
            let error = request().header(name, value).unwrap_err().to_string();
            assert!(error.contains(&format!("{name:?}")) && !error.contains("line"), "{error}");
        }
        let request = request().header("X-Amzn-Bedrock-Trace", "ENABLED").unwrap();
        assert_eq!(request.headers()["x-amzn-bedrock-trace"], "ENABLED");
    }

    #[test]
    fn json_keeps_a_content_type_that_was_chosen() {
        let plain = request().json("{}");
        assert_eq!(plain.headers()["content-type"], "application/json");
        let chosen = request().header("content-type", "application/x").unwrap().json("{}");
        assert_eq!(chosen.headers()["content-type"], "application/x");
    }

    #[test]
    fn debug_shows_no_values() {
        let request = request().header("authorization", "Bearer SECRET").unwrap().json("PROMPT");
        let shown = format!("{request:?}");
        assert!(
            !shown.contains("SECRET") && !shown.contains("PROMPT") && shown.contains("authorization"),
            "{shown}"
        );
    }

    #[test]
    fn limits_of_a_call_stand_in_place_of_the_others() {
        let second = Duration::from_secs(1);
        let request = request().idle_timeout(None).total_timeout(second);
        let timeouts = request.options.timeouts(&Timeouts::default());
        assert_eq!(timeouts, Timeouts::default().idle(None).total(second));
    }
}
