//! The way of a request: recorded, checked, given its scripted answer, answered. What an operation answers is said in
//! `operations`; how bytes go out, in `sending`.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Version};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;

use super::control;
use super::replay::Replay;
use super::routing::{Route, Target, route};
use super::state::State;
use crate::auth::{EventVerifier, Payload, SignedRequest, Verdict, Verifier};
use crate::error::{Dialect, ServiceError};
use crate::exchange::{Call, ConnectionHandle, Disconnect, Log, RecordedRequest, ResponseContext};
use crate::formats;
use crate::operations::{DuplexHandler, Handler, Jobs};
use crate::script::{Answer, Fault, Pace, SpecError};
use crate::sending::{AnswerBody, Plan, Product, Steps};

/// The header that chooses the answer of one request: a fault or an answer as text.
const SCENARIO: &str = "x-test-scenario";

/// What the connections of one server share.
pub(crate) struct Service {
    pub(crate) verifier: Verifier,
    pub(crate) pace: Pace,
    /// For requests that choose nothing themselves.
    pub(crate) default_answer: Answer,
    /// Whether headers, prompts and model ids may choose answers.
    pub(crate) directives: bool,
    /// Whether the addresses of `control` are answered.
    pub(crate) control: bool,
    pub(crate) max_body: usize,
    pub(crate) body_timeout: Duration,
    pub(crate) replay: Option<Replay>,
    pub(crate) state: State,
    pub(crate) jobs: Jobs,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<tokio_rustls::TlsAcceptor>,
}

/// Answers one request. There is always an answer, unless a fault says otherwise.
pub(super) async fn handle(
    service: Arc<Service>,
    connection: Arc<ConnectionHandle>,
    request: Request<Incoming>,
) -> Response<AnswerBody> {
    let (head, incoming) = request.into_parts();
    let route = route(&head.method, head.uri.path());
    if let Route::To(target) = &route
        && let Handler::Duplex(open) = &target.row.handler
    {
        // It is answered while its body comes.
        let context = service.record(&head, Bytes::new(), connection, &route);
        let response = service.answer_duplex(&context, head, incoming, route, *open).await;
        return response.unwrap_or_else(|error| service.send_error(context, &error));
    }
    // Before anything is checked: the signature is over it, and HTTP/1.1 must read it anyway.
    let body = service.collect(incoming).await;
    if service.control
        && let Ok(body) = &body
        && let Some(answer) = control::answer(&service.state, &head, body)
    {
        // A log of its own, thrown away: looking at the log must not change it.
        let exchange = Log::new(1, 0).add(RecordedRequest::new(&head, Bytes::new(), connection.number));
        let context = ResponseContext { exchange, connection, dialect: Dialect::Aws };
        return service.send(context, Product::json(answer), None);
    }
    let context = service.record(&head, body.clone().unwrap_or_default(), connection, &route);
    let response = service.answer(&context, head, body, route).await;
    response.unwrap_or_else(|error| service.send_error(context, &error))
}

impl Service {
    /// Answers a request whose body is complete.
    async fn answer(
        &self,
        context: &ResponseContext,
        head: Parts,
        body: Result<Bytes, ServiceError>,
        route: Route,
    ) -> Result<Response<AnswerBody>, ServiceError> {
        let body = body?;
        self.verify(&head, Payload::Bytes(&body), &route)?;
        let target = route.target()?;
        let Handler::Request(handler) = &target.row.handler else {
            return Err(ServiceError::validation("This operation takes a stream of events."));
        };
        // Behind the check of the signature: strangers learn nothing of their mistakes.
        let call = call(head, body, target)?;
        let answer = self.choose_answer(&call)?;
        // Before the operation runs: a job that is answered with a fault has not been started.
        self.before_answer(context, &answer, self.pace).await?;
        let product = match &self.replay {
            Some(replay) if answer.is_unscripted() => replay.answer(&call)?,
            _ => handler.answer(&self.jobs, &call, &answer)?,
        };
        let plan = product.plan(answer.fault.as_ref(), answer.pace(self.pace))?;
        Ok(self.send(context.clone(), product, Some(plan)))
    }

    /// Answers a stream in both directions.
    async fn answer_duplex(
        &self,
        context: &ResponseContext,
        head: Parts,
        incoming: Incoming,
        route: Route,
        open: DuplexHandler,
    ) -> Result<Response<AnswerBody>, ServiceError> {
        if head.version != Version::HTTP_2 {
            return Err(ServiceError::validation("This operation needs HTTP/2."));
        }
        let verifier = match self.verify(&head, Payload::Events, &route)? {
            Verdict::Signed(signed) => Some(EventVerifier::new(signed)),
            Verdict::Unchecked | Verdict::Bearer => None,
        };
        let answer = self.choose_answer(&call(head, Bytes::new(), route.target()?)?)?;
        self.before_answer(context, &answer, Pace::none()).await?;
        context.exchange.update(|request| request.status = Some(StatusCode::OK));
        let mut response = Response::new(open(incoming, verifier, &answer, context));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/vnd.amazon.eventstream"));
        headers.insert("x-amzn-requestid", self.state.request_id());
        Ok(response)
    }

    /// Records a request in the log.
    fn record(
        &self,
        head: &Parts,
        body: Bytes,
        connection: Arc<ConnectionHandle>,
        route: &Route,
    ) -> ResponseContext {
        let mut request = RecordedRequest::new(head, body, connection.number);
        if let Route::To(target) = route {
            request.operation = Some(target.row.operation);
            request.model_id = target.model_id().map(str::to_owned);
        }
        let exchange = self.state.log.add(request);
        ResponseContext { exchange, connection, dialect: route.api().dialect }
    }

    /// What comes before an answer begins: the delay, an error, or silence for ever.
    async fn before_answer(
        &self,
        context: &ResponseContext,
        answer: &Answer,
        pace: Pace,
    ) -> Result<(), ServiceError> {
        context.exchange.update(|request| request.fault = answer.fault.as_ref().map(Fault::name));
        tokio::time::sleep(answer.pace(pace).before_head).await;
        match &answer.fault {
            Some(Fault::Hang) => context.never_answer().await,
            Some(Fault::ResetAtOnce) => context.disconnect(Disconnect::Reset).await,
            Some(Fault::CloseAtOnce) => context.disconnect(Disconnect::Close).await,
            Some(Fault::Error(response)) => return Err(response.to_error()),
            Some(Fault::Throttle { times, key, response }) if self.state.count(key) <= *times => {
                return Err(response.to_error());
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether the request may come in.
    fn verify(&self, head: &Parts, payload: Payload<'_>, route: &Route) -> Result<Verdict, ServiceError> {
        let authority =
            (head.version == Version::HTTP_2).then(|| head.uri.authority().map(http::uri::Authority::as_str));
        let request = SignedRequest {
            method: head.method.as_str(),
            path: head.uri.path(),
            query: head.uri.query().unwrap_or_default(),
            headers: &head.headers,
            authority: authority.flatten(),
        };
        self.verifier.verify(request, payload, route.api().access, SystemTime::now())
    }

    /// The answer for a call: by its header, from the queue, by its prompt, by its model id, or the default one.
    fn choose_answer(&self, call: &Call) -> Result<Answer, ServiceError> {
        let invalid =
            |error: SpecError| ServiceError::validation(format!("The scenario is not valid: {error}"));
        // The queue is left alone: it waits for a request that chooses nothing.
        if let Some(text) = call.head.headers.get(SCENARIO).filter(|_| self.directives) {
            return String::from_utf8_lossy(text.as_bytes()).parse().map_err(invalid);
        }
        if let Some(answer) = self.state.next_answer() {
            return Ok(answer);
        }
        if self.directives {
            if let Some(answer) = Answer::from_prompt(&formats::prompt(&call.json)).map_err(invalid)? {
                return Ok(answer);
            }
            if let Some(name) = test_model(&call.model_id) {
                return name.parse().map_err(invalid);
            }
        }
        Ok(self.default_answer.clone())
    }

    /// Sends what an operation made. Without a plan it goes out whole and at once.
    fn send(&self, context: ResponseContext, product: Product, plan: Option<Plan>) -> Response<AnswerBody> {
        let whole = matches!(product, Product::Whole { .. });
        let full_length = product.length();
        let (status, headers, rest) = product.into_parts();
        let plan = plan.unwrap_or_else(|| Plan::whole(rest, None));
        let intact = plan.length() == full_length && plan.disconnects().is_none();
        let steps = Steps::new(plan, Arc::clone(&context.exchange), context.connection);
        let mut response = http::response::Builder::new().status(status);
        if let Some(map) = response.headers_mut() {
            map.insert("x-amzn-requestid", self.state.request_id());
            map.extend(headers);
            if whole && !intact {
                // The length of the whole: only so is the cut one cut, and not short.
                map.insert(http::header::CONTENT_LENGTH, HeaderValue::from(full_length));
            }
        }
        context.exchange.update(|request| request.status = Some(status));
        // The parts were all checked when they were made.
        response
            .body(AnswerBody::planned(steps, whole && intact))
            .unwrap_or_else(|_| unreachable!("status and headers are valid"))
    }

    /// Sends an error.
    fn send_error(&self, context: ResponseContext, error: &ServiceError) -> Response<AnswerBody> {
        let (content_type, body) = error.body(context.dialect);
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        if let Some(value) = error.type_header().and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert("x-amzn-errortype", value);
        }
        if let Some(seconds) = error.retry_after {
            headers.insert(http::header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        self.send(context, Product::Whole { status: error.status, headers, body }, None)
    }

    /// Reads the body of a request, as much as is allowed and for as long.
    async fn collect(&self, incoming: Incoming) -> Result<Bytes, ServiceError> {
        let limited = Limited::new(incoming, self.max_body).collect();
        match tokio::time::timeout(self.body_timeout, limited).await {
            Ok(Ok(collected)) => Ok(collected.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => {
                let message = format!("The body of the request is longer than {} bytes.", self.max_body);
                Err(ServiceError::new("RequestEntityTooLargeException", message))
            }
            Ok(Err(error)) => {
                Err(ServiceError::new("SerializationException", format!("The body broke off: {error}")))
            }
            Err(_) => {
                let message = format!("The body of the request took longer than {:?}.", self.body_timeout);
                Err(ServiceError::new("RequestTimeoutException", message))
            }
        }
    }
}

fn call(head: Parts, body: Bytes, target: Target) -> Result<Call, ServiceError> {
    let model_id = target.model_id().map(str::to_owned);
    Call::read(head, target.row.operation, target.segments, model_id, body)
}

/// `test.reset` chooses `reset`, for callers that can change nothing but the model.
fn test_model(model_id: &str) -> Option<&str> {
    let (before, name) = model_id.rsplit_once("test.")?;
    let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    // Behind a region or in an ARN, too, but not at the end of a word (`latest.reset`).
    let begins = before.is_empty() || before.ends_with(['.', '/']);
    (begins && (name == "plain" || Fault::is_name(name))).then_some(name)
}
