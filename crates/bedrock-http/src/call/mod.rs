//! The life of one call: its attempts, the waits between them, and the response when it begins.
//!
//! Not for what the response means. A layer that finds an exception in the first frame of a stream hands it to
//! [`Call::retry`] and sends again; how often is decided here, in one place, for both kinds of failure.

mod body;
mod duplex;
mod failure;
mod identity;
mod prepare;
mod recovery;
mod response;
mod shared;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{HeaderMap, HeaderValue};
use tokio::time::Instant;
use tracing::Instrument;

use crate::connection::{Client, Outgoing};
use crate::error::request_id;
use crate::observe::{CallInfo, Observer, TransportEvent};
use crate::policy::{
    BodyClock, BreakerGuard, BreakerState, Permit, RetryClass, RetryDecision, RetrySession, Timeouts, until,
};
use crate::redact::Redactor;
use crate::{Error, ErrorKind, Request, ServiceError, TimeoutPhase};
pub use body::Body;
use body::CallContext;
use failure::no_response;
use identity::Identity;
use prepare::prepare;
use recovery::Recovery;
pub use response::Response;
pub(crate) use shared::Shared;

/// One call: a request, its attempts so far and its clock.
///
/// [`Transport::send`](crate::Transport::send) is all that most callers need. A stream may begin with status 200 and bring its error in the
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
    shared: Arc<Shared>,
    request: Request,
    info: Arc<CallInfo>,
    session: RetrySession,
    timeouts: Timeouts,
    started: Instant,
    deadline: Option<Instant>,
    /// For the request that was sent last.
    redactor: Redactor,
    recovery: Recovery,
}

impl Call {
    pub(crate) fn new(shared: Arc<Shared>, request: Request) -> Self {
        let timeouts = request.options.timeouts(&shared.timeouts);
        let config = request.options.retry.clone().unwrap_or_else(|| shared.retry.clone());
        let session = RetrySession::new(config, shared.quota.clone());
        let started = Instant::now();
        Self {
            info: Arc::new(CallInfo::of(&request)),
            deadline: timeouts.total.and_then(|total| started.checked_add(total)),
            session,
            timeouts,
            started,
            shared,
            request,
            redactor: Redactor::default(),
            recovery: Recovery::default(),
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
        let random = (self.shared.random)();
        // It pays from the bucket at once; a retry that the deadline then forbids is not paid back.
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
        self.emit(&TransportEvent::Retry { delay });
        tokio::time::sleep(delay).await;
        Ok(())
    }

    /// An error that the service reported inside a stream, judged by the transport's classifier. What it quotes of the
    /// request's secrets is masked.
    pub fn service_error(&self, error: ServiceError) -> Error {
        let error = error.redacted(&self.redactor);
        let class = (self.shared.classifier)(&error);
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

    fn emit(&self, event: &TransportEvent<'_>) {
        for observer in self.shared.observers.iter() {
            observer.observe(&self.info, event);
        }
    }

    /// One request and the head of its response; a refusal whose cause can be mended is mended and sent once more.
    async fn attempt(&mut self) -> Result<Response, Error> {
        loop {
            let shared = self.shared.clone();
            // A turn for each attempt, retries included, as the service counts them. Before
            // signing: a signature must not grow old in the queue.
            let permit = self.admitted(&shared).await?;
            let (guard, request, identity) = match self.ready(&shared).await {
                Ok(ready) => ready,
                Err(error) => {
                    permit.into_iter().for_each(Permit::unused);
                    return Err(error);
                }
            };
            let number = self.session.attempt();
            let began = Instant::now();
            self.emit(&TransportEvent::Attempt { number, bytes: self.request.body.len() });
            // Before it goes out: all that comes back of this attempt, errors too, is masked by it.
            self.remember_secrets(&request, &identity);
            let sent = self.exchange(&shared, &shared.client, request, permit).await;
            let sent = self.verdict(sent, guard);
            let elapsed = began.elapsed();
            match sent {
                Ok(response) => {
                    self.session.succeeded();
                    let (status, request_id) = (response.status(), response.request_id());
                    tracing::debug!(target: "bedrock_http", number, %status, request_id, ?elapsed, "response");
                    self.emit(&TransportEvent::Headers { status, request_id, elapsed });
                    return Ok(response);
                }
                Err(error) => {
                    self.emit(&TransportEvent::Failed { number, error: &error, elapsed });
                    // At once and without the bucket: it was our request that was wrong, and it is
                    // another one now. It counts as an attempt all the same.
                    if !(self.session.may_attempt() && self.recovery.recovers(&shared, &error, &identity)) {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// All that must be there before something is sent: the consent of the circuit breaker, a signed request.
    async fn ready(
        &self,
        shared: &Shared,
    ) -> Result<(Option<BreakerGuard>, http::Request<Outgoing>, Identity), Error> {
        let endpoint = shared.base(self.request.service)?;
        let model = self.info.model.as_deref();
        // First, since what comes next may take long or cost something: credentials over the
        // network. A guard that is dropped on the way gives a probe's place back.
        let guard = match &shared.breakers {
            Some(breakers) => Some(breakers.admit(endpoint, model, Instant::now())?),
            None => None,
        };
        if let Some(state @ BreakerState::HalfOpen) = guard.as_ref().map(BreakerGuard::state) {
            self.emit(&TransportEvent::Breaker { state });
        }
        let prepared = until(self.deadline, prepare(shared, &self.info, &self.request, endpoint)).await;
        let (request, identity) = prepared.unwrap_or_else(|| Err(self.out_of_time("before it was sent")))?;
        Ok((guard, request, identity))
    }

    /// Gives the circuit breaker its verdict on an attempt that failed. One whose response has begun gets it at the end of
    /// the body.
    fn verdict(&self, sent: Result<Response, Error>, guard: Option<BreakerGuard>) -> Result<Response, Error> {
        match sent {
            Ok(mut response) => {
                response.body.judge_at_its_end(guard);
                Ok(response)
            }
            Err(error) => {
                if let Some(state) = guard.and_then(|guard| guard.verdict(Some(&error), Instant::now())) {
                    self.emit(&TransportEvent::Breaker { state });
                }
                Err(error)
            }
        }
    }

    /// Waits for a turn under the limits.
    async fn admitted(&self, shared: &Shared) -> Result<Option<Permit>, Error> {
        let Some(gates) = &shared.gates else { return Ok(None) };
        let options = &self.request.options;
        let began = Instant::now();
        let turn = gates.enter(self.info.model.as_deref(), options.priority, options.tokens);
        let permit = until(self.deadline, turn)
            .await
            .unwrap_or_else(|| Err(self.out_of_time("while it waited for its turn")))?;
        self.emit(&TransportEvent::Admitted { waited: began.elapsed(), reserved: options.tokens });
        Ok(Some(permit))
    }

    fn out_of_time(&self, when: &str) -> Error {
        let total = self.timeouts.total.unwrap_or_default();
        let message = format!("the limit of {total:?} for the whole call ran out {when}");
        Error::new(ErrorKind::Timeout(TimeoutPhase::Total), RetryClass::Final, message)
            .with_attempts(self.session.attempts())
    }

    /// Sends a finished request and reads the head of its response; if it is an error, also its body.
    async fn exchange(
        &self,
        shared: &Shared,
        client: &Client,
        request: http::Request<Outgoing>,
        permit: Option<Permit>,
    ) -> Result<Response, Error> {
        let target = format!("{} {}", request.method(), request.uri());
        let limit = self.timeouts.first_byte.and_then(|limit| Instant::now().checked_add(limit));
        // One timer for both; which of them it was is seen by its moment.
        let first = match (limit, self.deadline) {
            (Some(limit), Some(deadline)) => Some(limit.min(deadline)),
            (one, other) => one.or(other),
        };
        let response = match until(first, client.send(request)).await {
            Some(Ok(response)) => response,
            Some(Err(error)) => {
                return Err(no_response(error, &target).redacted(&self.redactor));
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
        // Here, so that nobody above, observers among them, gets a header that quotes a secret.
        self.redactor.headers(&mut head.headers);
        let now = Instant::now();
        let clock = BodyClock::new(self.timeouts.idle, self.deadline, now);
        if head.status.is_success() {
            let request_id = request_id(&head.headers);
            let context = self.context(shared.observers.clone(), request_id.clone());
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
        // Without observers: they get one `Failed` for all of it, not the end of a body too.
        let body = Body::new(body, clock, self.context(Arc::from([]), None), permit);
        let (body, truncated) = body.beginning(shared.max_error_body, now + PATIENCE).await;
        // Before it is read too: what is cut out of the bytes cannot be put together again.
        let body = Bytes::from(self.redactor.bytes(&body).into_owned());
        let error = ServiceError::from_response(head.status, head.headers, body).mark_truncated(truncated);
        Err(self.service_error(error))
    }

    fn context(&self, observers: Arc<[Arc<dyn Observer>]>, request_id: Option<String>) -> CallContext {
        let redactor = self.redactor.clone();
        CallContext { call: self.info.clone(), observers, started: self.started, request_id, redactor }
    }

    /// Remembers what must not come back from a request that is about to be sent.
    fn remember_secrets(&mut self, request: &http::Request<Outgoing>, identity: &Identity) {
        self.redactor = Redactor::of_request(identity.secrets(), request.headers());
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Auth, Transport};

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
}
