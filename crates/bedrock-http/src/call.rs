//! The life of one call: its attempts, the waits between them, and the response when it begins.
//!
//! Not for what the response means. A layer that finds an exception in the first frame of a stream hands it to
//! [`Call::retry`] and sends again; how often is decided here, in one place, for both kinds of failure.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use aws_smithy_types::date_time::{DateTime, Format};
use bytes::Bytes;
use http::Uri;
use http::header::{
    AUTHORIZATION, CONTENT_LENGTH, DATE, HeaderMap, HeaderValue, TRANSFER_ENCODING, USER_AGENT,
};
use tokio::time::Instant;
use tracing::Instrument;

use crate::breaker::{BreakerState, Leave};
use crate::connection::{Client, Outgoing};
use crate::credentials::{Auth, BearerToken, Credentials, CredentialsProvider, TokenProvider};
use crate::limits::Permit;
use crate::observe::{CallInfo, SignedRequest, TransportEvent};
use crate::redact::Redactor;
use crate::response::{Body, CallContext};
use crate::retry::{RetryClass, RetryDecision, RetrySession};
use crate::service_error::{ServiceError, request_id};
use crate::sign::{Scope, Signable, signature_headers};
use crate::timeout::{BodyClock, until};
use crate::transport::Inner;
use crate::{Error, ErrorKind, Request, Response, TimeoutPhase, Timeouts, Transport};

/// One call: a request, its attempts so far and its clock.
///
/// [`Transport::send`] is all that most callers need. A stream may begin with status 200 and bring its error in the
/// first frame; who reads frames continues the call then, within the same attempts, waits and limits:
///
/// ```no_run
/// # use bedrock_http::{Error, Request, Response, RetryClass, ServiceError, Transport};
/// # fn first_frame(_: &[u8]) -> Option<ServiceError> { None }
/// # async fn example(transport: Transport, request: Request) -> Result<Response, Error> {
/// let mut call = transport.call(&request);
/// loop {
///     let mut response = call.send().await?;
///     let piece = response.body_mut().next().await.transpose()?.unwrap_or_default();
///     match first_frame(&piece) {
///         None => return Ok(response), // (and `piece` with it)
///         Some(exception) => {
///             drop(response);
///             let error = call.service_error(exception);
///             call.retry(error).await?; // gives the error back when it is final
///         }
///     }
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct Call {
    pub(crate) transport: Transport,
    pub(crate) request: Request,
    info: Arc<CallInfo>,
    pub(crate) session: RetrySession,
    timeouts: Timeouts,
    started: Instant,
    deadline: Option<Instant>,
    /// For the request that was sent last.
    redactor: Redactor,
    /// Each of these mends one cause of a refusal, once in a call.
    renewed_identity: bool,
    corrected_clock: bool,
}

/// What a request was sent with, to know what to renew when it is refused.
pub(crate) enum Identity {
    Keys(Arc<dyn CredentialsProvider>, Credentials),
    Token(Arc<dyn TokenProvider>, BearerToken),
    Nobody,
}

impl Identity {
    /// The texts that must not come back in an error.
    fn secrets(&self) -> Vec<&str> {
        match self {
            Self::Keys(_, keys) => vec![keys.secret_access_key(), keys.session_token().unwrap_or_default()],
            Self::Token(_, token) => vec![token.token()],
            Self::Nobody => Vec::new(),
        }
    }

    /// Tells the provider; whether it may have others.
    fn refused(&self) -> bool {
        match self {
            Self::Keys(provider, keys) => provider.refused(keys),
            Self::Token(provider, token) => provider.refused(token),
            Self::Nobody => false,
        }
    }
}

impl Call {
    pub(crate) fn new(transport: Transport, request: Request) -> Self {
        let inner = &transport.inner;
        let timeouts = request.options.timeouts(&inner.timeouts);
        let config = request.options.retry.clone().unwrap_or_else(|| inner.retry.clone());
        let session = RetrySession::new(config, inner.quota.clone());
        let started = Instant::now();
        Self {
            info: Arc::new(CallInfo::of(&request)),
            deadline: timeouts.total.and_then(|total| started.checked_add(total)),
            session,
            timeouts,
            started,
            transport,
            request,
            redactor: Redactor::default(),
            renewed_identity: false,
            corrected_clock: false,
        }
    }

    /// Sends the request, again where that makes sense, until a response begins.
    ///
    /// # Errors
    ///
    /// The error of the last attempt, which knows how many there were.
    pub async fn send(&mut self) -> Result<Response, Error> {
        let span = tracing::debug_span!(
            target: "bedrock_http",
            "call",
            id = self.info.id,
            service = self.info.service.host_label(),
            operation = self.info.operation,
            model = self.info.model.as_deref(),
        );
        async {
            loop {
                match self.attempt().await {
                    Ok(response) => return Ok(response),
                    Err(error) => self.retry(error).await?,
                }
            }
        }
        .instrument(span)
        .await
    }

    /// Waits until the request may be sent again after this error.
    ///
    /// # Errors
    ///
    /// The error itself, when it is final, when no attempt is left, or when the wait would outlast the limit of the
    /// whole call.
    pub async fn retry(&mut self, error: Error) -> Result<(), Error> {
        let attempts = self.session.attempts();
        // What a local limit refused was not the service's doing: asking again at once would only be refused again.
        if matches!(error.kind(), ErrorKind::CircuitOpen | ErrorKind::Limited) {
            return Err(error.with_attempts(attempts));
        }
        let asked = error.service().and_then(ServiceError::retry_after);
        let random = (self.transport.inner.random)();
        let delay = match self.session.failed(error.retry_class(), asked, random) {
            RetryDecision::RetryAfter(delay) => delay,
            RetryDecision::GiveUp(why) => {
                tracing::debug!(target: "bedrock_http", %error, attempts, ?why, "giving up");
                return Err(error.with_attempts(attempts));
            }
        };
        if self.deadline.is_some_and(|deadline| Instant::now() + delay >= deadline) {
            return Err(error.with_attempts(attempts));
        }
        tracing::debug!(target: "bedrock_http", %error, attempts, ?delay, "retrying");
        self.tell(&TransportEvent::Retry { delay });
        tokio::time::sleep(delay).await;
        Ok(())
    }

    /// An error that the service reported inside a stream, judged by the transport's classifier. What it quotes of the
    /// request's secrets is masked.
    pub fn service_error(&self, error: ServiceError) -> Error {
        let error = error.redacted(&self.redactor);
        let class = (self.transport.inner.classifier)(&error);
        Error::from_service(error, class).with_attempts(self.session.attempts())
    }

    /// How many requests have been sent.
    pub fn attempts(&self) -> u32 {
        self.session.attempts()
    }

    /// Which call this is, for observers.
    pub fn info(&self) -> &CallInfo {
        &self.info
    }

    pub(crate) fn tell(&self, event: &TransportEvent<'_>) {
        for observer in self.transport.inner.observers.iter() {
            observer.observe(&self.info, event);
        }
    }

    /// One request and the head of its response; a refusal whose cause can be mended is mended and sent once more.
    async fn attempt(&mut self) -> Result<Response, Error> {
        loop {
            let inner = self.transport.inner.clone();
            let permit = self.admitted(&inner).await?;
            let (leave, request, identity) = match self.ready(&inner).await {
                Ok(ready) => ready,
                Err(error) => {
                    permit.into_iter().for_each(Permit::unused);
                    return Err(error);
                }
            };
            let number = self.session.attempt();
            let began = Instant::now();
            self.tell(&TransportEvent::Attempt { number, bytes: self.request.body.len() });
            self.keeps_secret(&request, &identity);
            let sent = self.exchange(&inner, &inner.client, request, permit).await;
            let sent = self.judged(sent, leave);
            let elapsed = began.elapsed();
            match sent {
                Ok(response) => {
                    self.session.succeeded();
                    let (status, request_id) = (response.status(), response.request_id());
                    tracing::debug!(target: "bedrock_http", number, %status, request_id, ?elapsed, "response");
                    self.tell(&TransportEvent::Headers { status, request_id, elapsed });
                    return Ok(response);
                }
                Err(error) => {
                    self.tell(&TransportEvent::Failed { number, error: &error, elapsed });
                    if !self.mended(&inner, &error, &identity) {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// All that must be there before something is sent: leave of the circuit breaker, a signed request.
    pub(crate) async fn ready(
        &self,
        inner: &Inner,
    ) -> Result<(Option<Leave>, http::Request<Outgoing>, Identity), Error> {
        let endpoint = inner.base(self.request.service)?;
        let model = self.info.model.as_deref();
        let leave = match &inner.breakers {
            Some(breakers) => Some(breakers.admit(endpoint, model, Instant::now())?),
            None => None,
        };
        if let Some(state @ BreakerState::HalfOpen) = leave.as_ref().map(Leave::state) {
            self.tell(&TransportEvent::Breaker { state });
        }
        let prepared = until(self.deadline, self.prepare(inner, endpoint)).await;
        let (request, identity) = prepared.unwrap_or_else(|| Err(self.out_of_time("before it was sent")))?;
        Ok((leave, request, identity))
    }

    /// Gives the circuit breaker its verdict on an attempt that failed. One whose response has begun gets it at the end of
    /// the body.
    pub(crate) fn judged(
        &self,
        sent: Result<Response, Error>,
        leave: Option<Leave>,
    ) -> Result<Response, Error> {
        match sent {
            Ok(mut response) => {
                response.body.judge_at_its_end(leave);
                Ok(response)
            }
            Err(error) => {
                if let Some(state) = leave.and_then(|leave| leave.verdict(Some(&error), Instant::now())) {
                    self.tell(&TransportEvent::Breaker { state });
                }
                Err(error)
            }
        }
    }

    /// Waits for a turn under the limits.
    pub(crate) async fn admitted(&self, inner: &Inner) -> Result<Option<Permit>, Error> {
        let Some(gates) = &inner.gates else { return Ok(None) };
        let options = &self.request.options;
        let began = Instant::now();
        let turn = gates.enter(self.info.model.as_deref(), options.priority, options.tokens);
        let permit = until(self.deadline, turn)
            .await
            .unwrap_or_else(|| Err(self.out_of_time("while it waited for its turn")))?;
        self.tell(&TransportEvent::Admitted { waited: began.elapsed(), reserved: options.tokens });
        Ok(Some(permit))
    }

    fn out_of_time(&self, when: &str) -> Error {
        let total = self.timeouts.total.unwrap_or_default();
        let message = format!("the limit of {total:?} for the whole call ran out {when}");
        Error::new(ErrorKind::Timeout(TimeoutPhase::Total), RetryClass::Final, message)
            .with_attempts(self.session.attempts())
    }

    /// The request with its proof of identity, exactly as it goes out.
    async fn prepare(
        &self,
        inner: &Inner,
        endpoint: &str,
    ) -> Result<(http::Request<Outgoing>, Identity), Error> {
        let request = &self.request;
        let mut headers = request.headers.clone();
        for interceptor in &inner.interceptors {
            interceptor.before_signing(&self.info, &mut headers)?;
        }
        // They follow from the body; what a caller set could say otherwise.
        headers.remove(CONTENT_LENGTH);
        headers.remove(TRANSFER_ENCODING);
        trim(&mut headers);
        headers.entry(USER_AGENT).or_insert_with(|| inner.user_agent.clone());

        let text = format!("{endpoint}{}", request.target);
        let uri = as_it_is_sent(&text)?;
        let exposed = inner.client.exposed_to(&uri);
        let identity = self.identify(inner, exposed.as_deref()).await?;
        match &identity {
            Identity::Nobody => {}
            Identity::Token(_, token) => {
                headers.insert(AUTHORIZATION, bearer_header(token)?);
            }
            Identity::Keys(_, keys) => {
                let region = inner.region.as_deref().ok_or_else(|| {
                    Error::usage("a signature needs a region, also when the endpoint is a custom one")
                })?;
                let time = inner.service_time();
                let service = request.service.signing_name();
                let scope = Scope { credentials: keys, region, service, time };
                let method = request.method.as_str();
                let signable = Signable { method, url: &text, headers: &headers, body: &request.body };
                let made = signature_headers(&signable, &scope)?;
                headers.extend(made);
            }
        }
        let signed =
            SignedRequest { method: &request.method, url: &text, headers: &headers, body: &request.body };
        for interceptor in &inner.interceptors {
            interceptor.signed(&self.info, &signed);
        }
        let mut out = http::Request::new(Outgoing::Whole(request.body.clone()));
        *out.method_mut() = request.method.clone();
        *out.uri_mut() = uri;
        *out.headers_mut() = headers;
        Ok((out, identity))
    }

    /// Asks the provider that is responsible for this service; none for a token that others could read where it is `exposed` to.
    async fn identify(&self, inner: &Inner, exposed: Option<&str>) -> Result<Identity, Error> {
        let service = self.request.service;
        let signer = match &inner.auth {
            Auth::Anonymous => return Ok(Identity::Nobody),
            Auth::Bearer(_)
                if service.accepts_bearer()
                    && !inner.insecure_bearer
                    && let Some(place) = exposed =>
            {
                return Err(Error::usage(format!(
                    "a bearer token is not sent over plain http to another machine ({place}), where others can read it: \
                     use https, or allow it (`allow_insecure_bearer`)"
                )));
            }
            Auth::Bearer(provider) if service.accepts_bearer() => {
                return Ok(Identity::Token(provider.clone(), provider.token().await?));
            }
            Auth::Bearer(_) => inner.signer.as_ref().ok_or_else(|| {
                Error::usage(format!(
                    "{} accepts signatures only, and there is a bearer token but no credentials",
                    service.host_label()
                ))
            })?,
            Auth::SigV4(provider) => provider,
        };
        if let Some(place) = exposed
            && !inner.warned.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(target: "bedrock_http", place, "signed requests go over plain http to another machine: \
                           what is asked and answered can be read and changed on the way");
        }
        Ok(Identity::Keys(signer.clone(), signer.credentials().await?))
    }

    /// Sends a finished request and reads the head of its response; if it is an error, also its body.
    pub(crate) async fn exchange(
        &self,
        inner: &Inner,
        client: &Client,
        request: http::Request<Outgoing>,
        permit: Option<Permit>,
    ) -> Result<Response, Error> {
        let target = format!("{} {}", request.method(), request.uri());
        let limit = self.timeouts.first_byte.and_then(|limit| Instant::now().checked_add(limit));
        let first = match (limit, self.deadline) {
            (Some(limit), Some(deadline)) => Some(limit.min(deadline)),
            (one, other) => one.or(other),
        };
        let response = match until(first, client.send(request)).await {
            Some(Ok(response)) => response,
            Some(Err(error)) => {
                return Err(crate::failure::no_response(error, &target).redacted(&self.redactor));
            }
            None if first == self.deadline => {
                return Err(self.out_of_time("before the response began"));
            }
            None => {
                let limit = self.timeouts.first_byte.unwrap_or_default();
                let message = format!("no response from {target} within the first-byte limit of {limit:?}");
                // Not to be sent again: the model may have done its work, and would be paid twice.
                return Err(Error::new(
                    ErrorKind::Timeout(TimeoutPhase::FirstByte),
                    RetryClass::Final,
                    message,
                ));
            }
        };
        let (mut head, body) = response.into_parts();
        self.redactor.headers(&mut head.headers);
        let now = Instant::now();
        let clock = BodyClock::new(self.timeouts.idle, self.deadline, now);
        if head.status.is_success() {
            let request_id = request_id(&head.headers);
            let context = self.context(inner.observers.clone(), request_id.clone());
            return Ok(Response {
                status: head.status,
                version: head.version,
                headers: of_their_own(head.headers),
                request_id,
                attempts: self.session.attempts(),
                body: Body::new(body, clock, context, permit),
            });
        }
        /// An error whose body does not come is reported without it.
        const PATIENCE: Duration = Duration::from_secs(10);
        let body = Body::new(body, clock, self.context(Arc::from([]), None), permit);
        let (body, truncated) = body.beginning(inner.max_error_body, now + PATIENCE).await;
        // Before it is read too: what is cut out of the bytes cannot be put together again.
        let body = Bytes::from(self.redactor.bytes(&body).into_owned());
        let error = ServiceError::from_response(head.status, head.headers, body).mark_truncated(truncated);
        Err(self.service_error(error))
    }

    fn context(&self, observers: Arc<[Arc<dyn crate::Observer>]>, request_id: Option<String>) -> CallContext {
        let redactor = self.redactor.clone();
        CallContext { call: self.info.clone(), observers, started: self.started, request_id, redactor }
    }

    /// Remembers what must not come back from a request that is about to be sent.
    pub(crate) fn keeps_secret(&mut self, request: &http::Request<Outgoing>, identity: &Identity) {
        self.redactor = Redactor::of_request(identity.secrets(), request.headers());
    }

    /// Whether the cause of a refusal could be taken away: expired credentials renewed, our clock corrected.
    fn mended(&mut self, inner: &Inner, error: &Error, identity: &Identity) -> bool {
        let Some(service) = error.service().filter(|_| self.session.may_attempt()) else {
            return false;
        };
        let name = service.error_type().unwrap_or_default();
        let refused = service.status().is_some_and(|status| status.as_u16() == 401)
            || IDENTITY_REFUSED.binary_search(&name).is_ok();
        if refused && !self.renewed_identity && identity.refused() {
            self.renewed_identity = true;
            tracing::debug!(target: "bedrock_http", %error, "credentials were refused; asking for others");
            return true;
        }
        let dated = matches!(identity, Identity::Keys(..)) && TIME_REFUSED.binary_search(&name).is_ok();
        if dated
            && !self.corrected_clock
            && let Some(theirs) = date_of(service.headers())
            && inner.learn_time(theirs)
        {
            self.corrected_clock = true;
            let seconds = inner.skew_seconds.load(Ordering::Relaxed);
            tracing::debug!(target: "bedrock_http", seconds, "our clock is wrong; signing by the service's");
            return true;
        }
        false
    }
}

/// Names of errors after which other credentials may help.
const IDENTITY_REFUSED: &[&str] = &[
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "InvalidToken",
    "UnrecognizedClientException",
];

/// Names of errors that a wrong clock causes.
const TIME_REFUSED: &[&str] = &[
    "InvalidSignatureException",
    "RequestExpired",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
];

/// Takes the blanks off both ends of values. They mean nothing, and over HTTP/2 a server may drop such a header as malformed
/// (RFC 9113, 8.2.1): a signature over it would then be wrong.
fn trim(headers: &mut HeaderMap) {
    for value in headers.values_mut() {
        let bare = value.as_bytes().trim_ascii();
        if bare.len() < value.len()
            && let Ok(mut trimmed) = HeaderValue::from_bytes(bare)
        {
            trimmed.set_sensitive(value.is_sensitive());
            *value = trimmed;
        }
    }
}

/// A URL that goes out to the byte as it is signed: nothing on the way may have a reason to rewrite it.
fn as_it_is_sent(text: &str) -> Result<Uri, Error> {
    let refused = |why: &str| Error::usage(format!("the URL {text:?} cannot be sent: {why}"));
    let uri: Uri = text.parse().map_err(|error| refused("it is not a URL").with_source(error))?;
    let sent = uri.to_string();
    if sent != text {
        return Err(refused("it has a part that is not sent"));
    }
    let plain = |c: u8| c.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&c);
    if !text.bytes().all(plain) {
        return Err(refused("it has characters that must be encoded"));
    }
    let climbs =
        |segment: &str| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
    if uri.path().split('/').any(climbs) {
        return Err(refused("it has a segment `.` or `..`"));
    }
    Ok(uri)
}

/// The same headers in bytes of their own. As they come they are slices of the connection's read buffer, and a stream would
/// hold on to all of it, so that the connection must take another.
fn of_their_own(mut headers: HeaderMap) -> HeaderMap {
    for value in headers.values_mut() {
        if let Ok(mut copy) = HeaderValue::from_bytes(value.as_bytes()) {
            copy.set_sensitive(value.is_sensitive());
            *value = copy;
        }
    }
    headers
}

fn date_of(headers: &HeaderMap) -> Option<SystemTime> {
    let text = headers.get(DATE)?.to_str().ok()?;
    DateTime::from_str(text, Format::HttpDate).ok()?.try_into().ok()
}

fn bearer_header(token: &BearerToken) -> Result<HeaderValue, Error> {
    let text = zeroize::Zeroizing::new(format!("Bearer {}", token.token()));
    let mut value = HeaderValue::from_str(&text).map_err(|error| {
        Error::credentials("the bearer token holds characters that no header can carry").with_source(error)
    })?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        assert!(IDENTITY_REFUSED.is_sorted() && TIME_REFUSED.is_sorted());
    }

    /// No such path can be written today; should one be, it must not go out.
    #[tokio::test]
    async fn what_would_be_sent_otherwise_is_refused() {
        let transport = Transport::builder().endpoint("http://h").auth(Auth::Anonymous).build().unwrap();
        for target in ["/a/../b", "/a b", "/%2e%2e/b", "/a?x=\"", "/a#b\n"] {
            let mut request = Request::get(crate::Service::Runtime, crate::Path::new());
            request.target = target.to_owned();
            let error = transport.send(&request).await.unwrap_err();
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Usage, 0), "{target}");
            assert!(error.to_string().contains("cannot be sent"), "{error}");
        }
    }

    #[test]
    fn dates_of_responses() {
        let mut headers = HeaderMap::new();
        assert_eq!(date_of(&headers), None);
        headers.insert(DATE, HeaderValue::from_static("Wed, 21 Oct 2015 07:28:00 GMT"));
        let want = SystemTime::UNIX_EPOCH + Duration::from_secs(1_445_412_480);
        assert_eq!(date_of(&headers), Some(want));
        headers.insert(DATE, HeaderValue::from_static("yesterday"));
        assert_eq!(date_of(&headers), None);
    }
}
