//! The way of a request: recorded, judged, given its scripted answer, answered. What an operation answers is said in
//! `operations`; how bytes go out, in `plan` and `body`.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode, Version};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use serde_json::Value;

use crate::answer::{Answer, Pace};
use crate::auth::{Rules, SignedRequest, Verdict, Verifier, sha256};
use crate::body::{AnswerBody, PlannedBody};
use crate::connection::Line;
use crate::control;
use crate::error::{Dialect, ServiceError};
use crate::fault::Fault;
use crate::log::{Exchange, Log, Outcome, RecordedRequest, lock};
use crate::model;
use crate::operation::{Operation, Route, route, rules};
use crate::operations::{self, Product};
use crate::plan::{Kill, Plan};
use crate::replay::Replay;

/// The header that chooses the answer of one request: a fault or an answer as text.
pub(crate) const SCENARIO: &str = "x-test-scenario";
/// More keys than any test uses; what is beyond shares the count of the last.
const MAX_THROTTLE_KEYS: usize = 1_000;

/// All that the connections of one server share.
pub(crate) struct Service {
    pub(crate) verifier: Verifier,
    pub(crate) pace: Pace,
    /// For requests that choose nothing themselves.
    pub(crate) usual: Answer,
    /// Whether prompts, headers and model ids may choose answers.
    pub(crate) directives: bool,
    pub(crate) control: bool,
    pub(crate) max_body: usize,
    pub(crate) body_timeout: Duration,
    pub(crate) queue: Mutex<VecDeque<Answer>>,
    pub(crate) throttled: Mutex<HashMap<String, u32>>,
    pub(crate) log: Log,
    pub(crate) connections: AtomicUsize,
    pub(crate) answered: AtomicU64,
    pub(crate) replay: Option<Replay>,
    pub(crate) jobs: operations::Jobs,
    pub(crate) batch_jobs: operations::BatchJobs,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<tokio_rustls::TlsAcceptor>,
}

/// A request that reached an operation.
pub(crate) struct Call {
    pub(crate) head: Parts,
    pub(crate) operation: Operation,
    /// The decoded segments of the address.
    pub(crate) segments: Vec<String>,
    pub(crate) body: Bytes,
    /// The body as JSON; null if there is none.
    pub(crate) json: Value,
}

impl Call {
    /// The model of the address, or else of the body; empty where there is none.
    pub(crate) fn model_id(&self) -> &str {
        if self.operation.has_model() {
            self.segments.first().map_or("", String::as_str)
        } else {
            self.json["model"].as_str().unwrap_or_default()
        }
    }
}

/// Where an answer goes, and what is noted of it.
#[derive(Clone)]
pub(crate) struct Reach {
    pub(crate) exchange: Arc<Exchange>,
    pub(crate) line: Arc<Line>,
    pub(crate) dialect: Dialect,
}

/// Answers one request. There is always an answer, unless a fault says otherwise.
pub(crate) async fn handle(
    service: Arc<Service>,
    line: Arc<Line>,
    request: Request<Incoming>,
) -> Response<AnswerBody> {
    let (head, incoming) = request.into_parts();
    let route = route(&head.method, head.uri.path());
    if let Route::To(Operation::InvokeModelWithBidirectionalStream, _) = &route {
        return operations::bidirectional(&service, line, head, incoming, route).await;
    }
    let body = collect(&service, incoming).await;
    if service.control
        && let Ok(body) = &body
        && let Some(answer) = control::answer(&service, &head, body)
    {
        let exchange = Log::new(1, 0).add(record(&head, Bytes::new(), &route, line.number));
        let reach = Reach { exchange, line, dialect: Dialect::Aws };
        return service.send(reach, Product::json(answer), None);
    }
    let recorded = body.clone().unwrap_or_default();
    let exchange = service.log.add(record(&head, recorded, &route, line.number));
    let reach = Reach { exchange, line, dialect: rules(head.uri.path()).dialect };
    match take(&service, &reach, head, body, route).await {
        Ok(response) => response,
        Err(error) => service.refuse(reach, &error),
    }
}

/// From the judgement to the answer.
async fn take(
    service: &Service,
    reach: &Reach,
    head: Parts,
    body: Result<Bytes, ServiceError>,
    route: Route,
) -> Result<Response<AnswerBody>, ServiceError> {
    let body = body?;
    service.judge(&head, &body, &route)?;
    let call = call(head, body, route)?;
    let answer = service.choose(&call)?;
    service.begin(reach, &answer, service.pace).await?;
    let product = match &service.replay {
        Some(replay) if answer.is_unscripted() => replay.answer(&call)?,
        _ => operations::answer(service, &call, &answer)?,
    };
    let plan = product.plan(answer.fault.as_ref(), answer.pace(service.pace))?;
    Ok(service.send(reach.clone(), product, Some(plan)))
}

/// Waits for the end of the connection. The request counts as abandoned, or broken, when it comes.
async fn never(reach: &Reach) {
    struct Ended<'a>(&'a Reach);
    impl Drop for Ended<'_> {
        fn drop(&mut self) {
            self.0.exchange.end(Outcome::Abandoned);
        }
    }
    let _ended = Ended(reach);
    if reach.line.is_cut() {
        reach.exchange.end(Outcome::Broken);
    }
    std::future::pending::<()>().await;
}

impl Service {
    /// What comes before an answer begins: the wait, a refusal, or silence for ever.
    pub(crate) async fn begin(
        &self,
        reach: &Reach,
        answer: &Answer,
        usual: Pace,
    ) -> Result<(), ServiceError> {
        reach.exchange.update(|request| request.fault = answer.fault.as_ref().map(Fault::name));
        tokio::time::sleep(answer.pace(usual).before_head).await;
        match &answer.fault {
            Some(Fault::Hang) => never(reach).await,
            Some(Fault::ResetAtOnce) => {
                reach.line.cut(Kill::Reset);
                never(reach).await;
            }
            Some(Fault::CloseAtOnce) => {
                reach.line.cut(Kill::Close);
                never(reach).await;
            }
            Some(Fault::Error(refusal)) => return Err(refusal.to_error()),
            Some(Fault::Throttle { times, key, refusal }) if self.count(key) <= *times => {
                return Err(refusal.to_error());
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether the request may come in.
    pub(crate) fn judge(&self, head: &Parts, body: &[u8], route: &Route) -> Result<Verdict, ServiceError> {
        let rules = rules(head.uri.path());
        let events = matches!(route, Route::To(Operation::InvokeModelWithBidirectionalStream, _));
        let rules = Rules { services: rules.services, bearer: rules.bearer, events };
        let authority =
            (head.version == Version::HTTP_2).then(|| head.uri.authority().map(http::uri::Authority::as_str));
        let request = SignedRequest {
            method: head.method.as_str(),
            path: head.uri.path(),
            query: head.uri.query().unwrap_or_default(),
            headers: &head.headers,
            authority: authority.flatten(),
        };
        self.verifier.verify(request, body, rules, SystemTime::now())
    }

    /// The answer for a request: from its header, from the queue, from its prompt, from its model id, or the usual one.
    pub(crate) fn choose(&self, call: &Call) -> Result<Answer, ServiceError> {
        let wrong = |error: crate::SpecError| {
            ServiceError::validation(format!("The scenario cannot be read: {error}"))
        };
        if let Some(text) = call.head.headers.get(SCENARIO).filter(|_| self.directives) {
            return String::from_utf8_lossy(text.as_bytes()).parse().map_err(wrong);
        }
        if let Some(answer) = lock(&self.queue).pop_front() {
            return Ok(answer);
        }
        if self.directives {
            if let Some(answer) = Answer::from_prompt(&operations::prompt(&call.json)).map_err(wrong)? {
                return Ok(answer);
            }
            if let Some(name) = test_model(call.model_id()) {
                return name.parse().map_err(wrong);
            }
        }
        Ok(self.usual.clone())
    }

    /// Counts one request more with this key.
    fn count(&self, key: &str) -> u32 {
        let mut counts = lock(&self.throttled);
        let key = if counts.len() < MAX_THROTTLE_KEYS || counts.contains_key(key) { key } else { "" };
        let count = counts.entry(key.to_owned()).or_default();
        *count = count.saturating_add(1);
        *count
    }

    /// An id like the service's, another for each answer.
    pub(crate) fn request_id(&self) -> HeaderValue {
        let number = self.answered.fetch_add(1, Ordering::Relaxed);
        let id = model::uuid(&sha256(&number.to_be_bytes()));
        HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("unknown"))
    }

    /// Sends what an operation made. Without a plan it goes out whole and at once.
    fn send(&self, reach: Reach, product: Product, plan: Option<Plan>) -> Response<AnswerBody> {
        let whole = matches!(product, Product::Whole { .. });
        let full_length = product.length();
        let (status, headers, rest) = product.into_parts();
        let plan = plan.unwrap_or_else(|| Plan::whole(rest, None));
        let intact = plan.length() == full_length && plan.kills().is_none();
        let mut body = PlannedBody::new(plan, Arc::clone(&reach.exchange), reach.line);
        let mut response = http::response::Builder::new().status(status);
        if let Some(map) = response.headers_mut() {
            map.insert("x-amzn-requestid", self.request_id());
            map.extend(headers);
            if whole && intact {
                body = body.with_exact_length();
            } else if whole {
                map.insert(http::header::CONTENT_LENGTH, HeaderValue::from(full_length));
            }
        }
        reach.exchange.update(|request| request.status = Some(status));
        // The parts were all checked when they were made.
        response
            .body(AnswerBody::Planned(body))
            .unwrap_or_else(|_| unreachable!("status and headers are valid"))
    }

    /// Sends a failure.
    pub(crate) fn refuse(&self, reach: Reach, error: &ServiceError) -> Response<AnswerBody> {
        let (content_type, body) = error.body(reach.dialect);
        let mut headers = http::HeaderMap::new();
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        if let Some(value) = error.type_header().and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert("x-amzn-errortype", value);
        }
        if let Some(seconds) = error.retry_after {
            headers.insert(http::header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        self.send(reach, Product::Whole { status: error.status, headers, body }, None)
    }

    pub(crate) fn reset(&self) {
        lock(&self.queue).clear();
        lock(&self.throttled).clear();
        self.log.clear();
    }
}

/// Reads the body of a request, as much as is allowed and for as long.
async fn collect(service: &Service, incoming: Incoming) -> Result<Bytes, ServiceError> {
    let limited = Limited::new(incoming, service.max_body).collect();
    match tokio::time::timeout(service.body_timeout, limited).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let message = format!("The body of the request is longer than {} bytes.", service.max_body);
            Err(ServiceError::new("RequestEntityTooLargeException", message))
        }
        Ok(Err(error)) => {
            Err(ServiceError::new("SerializationException", format!("The body broke off: {error}")))
        }
        Err(_) => {
            let message = format!("The body of the request took longer than {:?}.", service.body_timeout);
            Err(ServiceError::new("RequestTimeoutException", message))
        }
    }
}

pub(crate) fn call(head: Parts, body: Bytes, route: Route) -> Result<Call, ServiceError> {
    let (operation, segments) = match route {
        Route::To(operation, segments) => (operation, segments),
        Route::WrongMethod => return Err(ServiceError::new("MethodNotAllowedException", "")),
        Route::Nowhere => return Err(ServiceError::new("UnknownOperationException", "")),
    };
    let json = match body.len() {
        0 => Value::Null,
        _ => serde_json::from_slice(&body).map_err(|error| {
            ServiceError::new("SerializationException", format!("The body is not JSON: {error}"))
        })?,
    };
    Ok(Call { head, operation, segments, body, json })
}

pub(crate) fn record(head: &Parts, body: Bytes, route: &Route, connection: u64) -> RecordedRequest {
    let (operation, model_id) = match route {
        Route::To(operation, segments) => {
            (Some(*operation), segments.first().filter(|_| operation.has_model()).cloned())
        }
        _ => (None, None),
    };
    RecordedRequest {
        connection,
        method: head.method.clone(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        version: head.version,
        headers: head.headers.clone(),
        body,
        operation,
        model_id,
        fault: None,
        status: None::<StatusCode>,
        events_sent: 0,
        bytes_sent: 0,
        outcome: Outcome::Open,
    }
}

/// `test.reset` chooses `reset`, for callers that can change nothing but the model.
fn test_model(model_id: &str) -> Option<&str> {
    let (before, name) = model_id.rsplit_once("test.")?;
    let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let begins = before.is_empty() || before.ends_with(['.', '/']);
    (begins && (name == "plain" || Fault::is_name(name))).then_some(name)
}
