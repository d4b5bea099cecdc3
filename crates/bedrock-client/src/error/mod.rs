//! The one error of this crate: what went wrong, on which side, whether trying again makes sense, and what of the answer
//! had arrived.
//!
//! Not for errors that never reach a caller: what is retried is retried below.

mod continuation;
mod excerpt;
mod kind;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use bedrock_aggregate::Answer;
use bedrock_formats::exceptions;
use bedrock_http::{RetryClass, ServiceError};
use bytes::Bytes;
use http::StatusCode;

pub(crate) use self::excerpt::excerpt;
pub use self::kind::ErrorKind;
use crate::gate::{clean_beside, clean_text, is_plain};
use crate::response::Head;

/// Everything that can go wrong with a call.
///
/// `Display` is one sentence with the service's own message and the request id in it; the chain below it is in
/// [`source`](std::error::Error::source). Cloning is cheap.
///
/// ```no_run
/// # use bedrock_client::{Client, ErrorKind};
/// # async fn example(client: Client) {
/// match client.converse("amazon.nova-lite-v1:0", "Why is the sky blue?").await {
///     Ok(response) => println!("{}", response.text()),
///     Err(error) if error.is_throttling() => println!("later: {error}"),
///     Err(error) if error.is_context_overflow() => println!("the conversation is too long for the model"),
///     Err(error) => match error.kind() {
///         ErrorKind::Usage => println!("fix the program: {error}"),
///         ErrorKind::Timeout(phase) => println!("the {phase} limit ran out"),
///         _ => println!("{error}"),
///     },
/// }
/// # }
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    class: RetryClass,
    http: Option<Arc<bedrock_http::Error>>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
    request_id: Option<String>,
    attempts: u32,
    body: Option<Bytes>,
    partial: Option<Arc<Answer>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, class: RetryClass, message: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            kind,
            message: message.into(),
            class,
            http: None,
            source: None,
            request_id: None,
            attempts: 0,
            body: None,
            partial: None,
        }))
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, RetryClass::Final, message)
    }

    /// A response that cannot be read, with its beginning.
    pub(crate) fn malformed(message: impl Into<String>, body: Bytes) -> Self {
        Self::new(ErrorKind::Malformed, RetryClass::Final, message).change(|inner| inner.body = Some(body))
    }

    pub(crate) fn with_source(self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.change(|inner| inner.source = Some(Arc::new(source)))
    }

    pub(crate) fn with_body(self, body: Bytes) -> Self {
        self.change(|inner| inner.body = Some(body))
    }

    pub(crate) fn with_partial(self, partial: Arc<Answer>) -> Self {
        self.change(|inner| inner.partial = Some(partial))
    }

    /// Reports a response that failed inside to the circuit breaker.
    pub(crate) fn report_to(&self, body: &mut bedrock_http::Body) {
        match (&self.0.http, self.0.kind) {
            (Some(error), _) => body.report(error),
            // The breaker knows the transport's errors: these two are, to it, a
            // connection that broke.
            (None, ErrorKind::Incomplete | ErrorKind::Malformed) => {
                body.report(&bedrock_http::Error::broken_off(self.0.message.as_str()));
            }
            (None, _) => {}
        }
    }

    /// Says of which response this is an error, and takes out of it what that response has quoted of our secrets. So it
    /// comes last.
    pub(crate) fn of_response(self, head: &Head) -> Self {
        let redactor = &head.redactor;
        self.sent(head.attempts).change(|inner| {
            inner.request_id = inner.request_id.take().or_else(|| head.request_id.clone());
            clean_text(redactor, &mut inner.message);
            if let Some(Cow::Owned(clean)) = inner.body.as_ref().map(|body| redactor.bytes(body)) {
                inner.body = Some(clean.into());
            }
            if let Some(words) = inner.source.as_deref().and_then(|source| redactor.cause(source)) {
                inner.source = Some(Arc::from(Box::<dyn StdError + Send + Sync>::from(words)));
            }
            if let Some(partial) = inner.partial.as_mut().filter(|partial| !is_plain(partial)) {
                clean_beside(redactor, Arc::make_mut(partial));
            }
        })
    }

    /// Says how many requests had been sent.
    pub(crate) fn sent(self, attempts: u32) -> Self {
        self.change(|inner| inner.attempts = inner.attempts.max(attempts))
    }

    fn change(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        // Copies what is inside only where the error was cloned before.
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the service asked to slow down, at once or in the middle of a stream.
    pub fn is_throttling(&self) -> bool {
        self.0.class == RetryClass::Throttling
    }

    /// Whether the same request may succeed when it is sent again later. What [`partial`](Self::partial) holds has been
    /// paid for, and would arrive a second time.
    pub fn is_retryable(&self) -> bool {
        self.0.class != RetryClass::Final
    }

    /// Whether a time limit ran out (whichever).
    pub fn is_timeout(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Timeout(_))
    }

    /// Whether the service refused the request because question and history are too long for the model. Each model says
    /// so in its own words, so this goes by fragments that were met and may miss a new one.
    pub fn is_context_overflow(&self) -> bool {
        let refusal = self.service().filter(|_| !self.is_throttling());
        refusal.and_then(ServiceError::message).is_some_and(exceptions::is_context_overflow)
    }

    /// What had arrived of a streamed answer, with what is missing of it; `None` where nothing had.
    ///
    /// ```no_run
    /// # async fn example(client: bedrock_client::Client) -> Result<(), bedrock_client::Error> {
    /// let answer = client.converse_stream("amazon.nova-lite-v1:0", "Write a novel.").await?;
    /// match answer.collect().await {
    ///     Ok(answer) => println!("{}", answer.text()),
    ///     Err(error) => {
    ///         let arrived = error.partial().map(|answer| answer.text()).unwrap_or_default();
    ///         println!("{arrived} […]\n{error}");
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn partial(&self) -> Option<&Answer> {
        self.0.partial.as_deref()
    }

    /// The error as the service reported it, when it was the service's.
    pub fn service(&self) -> Option<&ServiceError> {
        self.0.http.as_ref().and_then(|error| error.service())
    }

    /// The service's name for the error, as `ThrottlingException`; for an exception inside a stream as the service model
    /// writes it.
    pub fn error_type(&self) -> Option<&str> {
        self.service().and_then(ServiceError::error_type)
    }

    /// The HTTP status of the service's error. An exception inside a stream has the status that the service model gives
    /// to its name; `None` for a name that is not known.
    pub fn status(&self) -> Option<StatusCode> {
        self.service().and_then(ServiceError::status)
    }

    /// The service's id of the request, for its support. Also known when a response broke off half-way.
    pub fn request_id(&self) -> Option<&str> {
        let below = || self.0.http.as_ref().and_then(|error| error.request_id());
        self.0.request_id.as_deref().or_else(below)
    }

    /// How many requests had been sent when this error was returned; 0 when none was.
    pub fn attempts(&self) -> u32 {
        let below = self.0.http.as_ref().map_or(0, |error| error.attempts());
        self.0.attempts.max(below)
    }

    /// The raw body, or its beginning, where that is what is wrong: the service's error body, or a response that is not
    /// what it should be.
    pub fn body(&self) -> Option<&Bytes> {
        self.0.body.as_ref().or_else(|| self.service().map(ServiceError::body))
    }
}

impl From<bedrock_http::Error> for Error {
    fn from(error: bedrock_http::Error) -> Self {
        let new = Self::new(error.kind().into(), error.retry_class(), String::new());
        new.change(|inner| inner.http = Some(Arc::new(error)))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(error) = &self.0.http {
            fmt::Display::fmt(error, f)?;
        } else {
            f.write_str(&self.0.message)?;
        }
        // An error of the service has printed its id already.
        if let Some(id) = self.0.request_id.as_deref().filter(|_| self.service().is_none()) {
            write!(f, " (request id {id})")?;
        }
        Ok(())
    }
}

/// What arrived of an answer is the user's: `Debug` shows its completeness only.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Error");
        out.field("kind", &self.0.kind).field("message", &self.to_string()).field("class", &self.0.class);
        out.field("attempts", &self.attempts());
        if let Some(id) = self.request_id() {
            out.field("request_id", &id);
        }
        if let Some(partial) = &self.0.partial {
            out.field("partial", &partial.completeness);
        }
        if let Some(source) = self.source() {
            out.field("source", &source.to_string());
        }
        out.finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match (&self.0.source, &self.0.http) {
            (Some(source), _) => Some(&**source),
            // Its own words are this error's words already: go on with what lies below.
            (None, Some(error)) => error.source(),
            (None, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_small_and_can_cross_threads() {
        fn check<T: Send + Sync + Clone + 'static>() {}
        check::<Error>();
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }

    #[test]
    fn an_error_of_the_service_keeps_all_that_was_said() {
        let service =
            ServiceError::in_stream("ValidationException", "Input is too long for requested model.", "{}")
                .with_status(StatusCode::BAD_REQUEST)
                .with_request_id(Some("rid"));
        let error = Error::from(bedrock_http::Error::from_service(service, RetryClass::Final));
        assert_eq!(error.kind(), ErrorKind::Service);
        assert!(error.is_context_overflow() && !error.is_retryable());
        assert_eq!((error.status(), error.request_id()), (Some(StatusCode::BAD_REQUEST), Some("rid")));
        let head = Head { request_id: Some("rid".to_owned()), attempts: 2, ..Head::default() };
        let shown = error.of_response(&head).to_string();
        assert_eq!(shown, "ValidationException: Input is too long for requested model. (request id rid)");
    }

    #[test]
    fn throttling_is_no_overflow() {
        let service = ServiceError::in_stream("throttlingException", "too many input tokens", "{}");
        let error = Error::from(bedrock_http::Error::from_service(service, RetryClass::Throttling));
        assert!(error.is_throttling() && error.is_retryable() && !error.is_context_overflow());
    }

    #[test]
    fn sources_are_kept_below() {
        let head = Head { request_id: Some("r".to_owned()), attempts: 1, ..Head::default() };
        let error = Error::usage("no body").with_source(std::io::Error::other("below")).of_response(&head);
        assert_eq!(error.to_string(), "no body (request id r)");
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("below"));
        assert_eq!(error.attempts(), 1);
    }
}
