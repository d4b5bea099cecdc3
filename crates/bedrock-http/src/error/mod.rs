//! The one error of this crate: what went wrong, whose fault it was, and whether trying again makes sense.
//!
//! Not for parsing the service's error bodies (that is [`crate::ServiceError`]) and not for deciding about retries
//! (that is [`crate::RetrySession`]).

mod cause;
mod service_error;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use http::StatusCode;

use crate::policy::RetryClass;
use crate::redact::Redactor;
#[cfg(feature = "aws-config")]
pub(crate) use cause::all_causes;
pub(crate) use cause::root_cause;
pub use service_error::ServiceError;
pub(crate) use service_error::request_id;

type Source = Box<dyn StdError + Send + Sync>;

/// What kind of thing went wrong. New kinds may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller's mistake: a wrong setting, an impossible model id, a header that cannot be sent. Nothing was sent.
    Usage,
    /// There are no credentials, or the caller's provider failed. Nothing was sent.
    Credentials,
    /// No connection could be made: name resolution, TCP or TLS failed.
    Connect,
    /// One of the caller's time limits ran out; the phase says which.
    Timeout(TimeoutPhase),
    /// The connection broke while the request or the response was on its way.
    Transport,
    /// The response body is larger than the limit it was read with.
    TooLarge,
    /// The service answered with an error: see [`Error::service`].
    Service,
    /// The circuit breaker is open: the call was refused here, without asking the service.
    CircuitOpen,
    /// A local limit (concurrency, requests or tokens a minute) refused the call, without asking the service.
    Limited,
}

/// Which time limit ran out. See [`crate::Timeouts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeoutPhase {
    /// Making the connection (name resolution, TCP, TLS).
    Connect,
    /// From sending the request to the response's status line and headers.
    FirstByte,
    /// Between two pieces of the response body.
    Idle,
    /// The whole call, with its retries and the reading of the body.
    Total,
}

impl fmt::Display for TimeoutPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connect",
            Self::FirstByte => "first byte",
            Self::Idle => "idle",
            Self::Total => "whole call",
        })
    }
}

/// Everything that can go wrong between a request and the end of its response.
///
/// `Display` is one sentence with the service's own message in it; the chain below it is in
/// [`source`](std::error::Error::source).
///
/// ```
/// use bedrock_http::{Error, ErrorKind, Path};
///
/// let error: Error = Path::new().segment("model").label("modelId", "..").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Usage);
/// assert!(!error.is_retryable());
/// assert!(error.to_string().contains("modelId"));
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    service: Option<ServiceError>,
    class: RetryClass,
    attempts: u32,
    request_id: Option<String>,
    source: Option<Source>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, class: RetryClass, message: impl Into<String>) -> Self {
        // In a box: each `Result` on the hot path of a body carries one pointer for it.
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            service: None,
            class,
            attempts: 0,
            request_id: None,
            source: None,
        }))
    }

    /// An error of the caller's making.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, RetryClass::Final, message)
    }

    /// Credentials that are missing or could not be fetched.
    pub fn credentials(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Credentials, RetryClass::Final, message)
    }

    /// A response that broke off, or was damaged on its way, though HTTP carried it to its end: only a layer that reads
    /// its content notices. [`Call::retry`](crate::Call::retry) takes it like a broken connection.
    ///
    /// ```
    /// use bedrock_http::{Error, ErrorKind};
    ///
    /// let error = Error::broken_off("the stream ended inside of a frame");
    /// assert!(error.kind() == ErrorKind::Transport && error.is_retryable());
    /// ```
    pub fn broken_off(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Transport, RetryClass::Transient, message)
    }

    /// An error that the service reported, in a response or in a frame of a stream, with what to do about it.
    ///
    /// ```
    /// use bedrock_http::{Error, RetryClass, ServiceError};
    ///
    /// let frame = ServiceError::in_stream("throttlingException", "Too many tokens", &b"{}"[..]);
    /// let error = Error::from_service(frame, RetryClass::Throttling);
    /// assert!(error.is_throttling() && error.is_retryable());
    /// ```
    pub fn from_service(service: ServiceError, class: RetryClass) -> Self {
        let mut error = Self::new(ErrorKind::Service, class, String::new());
        error.0.service = Some(service);
        error
    }

    /// Adds the cause below this error.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    pub(crate) fn with_request_id(mut self, request_id: Option<String>) -> Self {
        self.0.request_id = request_id;
        self
    }

    /// Masks the secrets that were sent. Causes that contain one are replaced by their masked text.
    pub(crate) fn redacted(mut self, redactor: &Redactor) -> Self {
        if let Cow::Owned(clean) = redactor.text(&self.0.message) {
            self.0.message = clean;
        }
        redactor.string(&mut self.0.request_id);
        self.0.service = self.0.service.take().map(|service| service.redacted(redactor));
        if let Some(clean) = self.0.source.as_deref().and_then(|source| redactor.cause(source)) {
            self.0.source = Some(clean.into());
        }
        self
    }

    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What a retry policy should make of it.
    pub fn retry_class(&self) -> RetryClass {
        self.0.class
    }

    /// Whether the service asked to slow down.
    pub fn is_throttling(&self) -> bool {
        self.0.class == RetryClass::Throttling
    }

    /// Whether the same request may succeed when it is sent again later.
    ///
    /// False when the first-byte limit ran out: the model may have finished its work, and asking again pays for it
    /// twice.
    pub fn is_retryable(&self) -> bool {
        self.0.class != RetryClass::Final
    }

    /// Whether a time limit ran out (whichever).
    pub fn is_timeout(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Timeout(_))
    }

    /// The error as the service reported it, when it was the service's.
    pub fn service(&self) -> Option<&ServiceError> {
        self.0.service.as_ref()
    }

    /// The HTTP status of the service's error response.
    pub fn status(&self) -> Option<StatusCode> {
        self.service().and_then(ServiceError::status)
    }

    /// The service's name for the error, as `ThrottlingException`.
    pub fn error_type(&self) -> Option<&str> {
        self.service().and_then(ServiceError::error_type)
    }

    /// The service's id of the request, for its support. Also known when a response broke off half-way.
    pub fn request_id(&self) -> Option<&str> {
        self.service().and_then(ServiceError::request_id).or(self.0.request_id.as_deref())
    }

    /// How many requests had been sent when this error was returned; 0 when none was.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.service {
            Some(service) => fmt::Display::fmt(service, f)?,
            None => f.write_str(&self.0.message)?,
        }
        if self.0.attempts > 1 {
            write!(f, " (after {} attempts)", self.0.attempts)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Error");
        out.field("kind", &self.0.kind);
        match &self.0.service {
            Some(service) => out.field("service", service),
            None => out.field("message", &self.0.message),
        };
        out.field("class", &self.0.class).field("attempts", &self.0.attempts);
        if let Some(id) = &self.0.request_id {
            out.field("request_id", id);
        }
        if let Some(source) = &self.0.source {
            out.field("source", source);
        }
        out.finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_small_and_can_cross_threads() {
        fn check<T: Send + Sync + 'static>() {}
        check::<Error>();
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }

    #[test]
    fn display_carries_the_message_of_the_service_and_the_attempts() {
        let service = ServiceError::in_stream("modelStreamErrorException", "the model went away", &b""[..]);
        let error = Error::from_service(service, RetryClass::Transient).with_attempts(3);
        assert_eq!(error.to_string(), "modelStreamErrorException: the model went away (after 3 attempts)");
        assert_eq!(error.error_type(), Some("modelStreamErrorException"));
        assert_eq!(error.attempts(), 3);
        let plain = Error::usage("no region").with_source("cause");
        assert_eq!(plain.to_string(), "no region");
        assert_eq!(plain.source().map(ToString::to_string).as_deref(), Some("cause"));
    }
}
