//! InvokeModelWithBidirectionalStream: every chunk that comes in goes out again, each event's signature checked on the way.
//! No model is pretended here: sonic models speak of sound, and a test of the transport needs to know what comes back. Faults
//! strike what goes out; they are chosen by the header, the queue or the model's id, for there is no prompt.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bedrock_eventstream::frame::{Frame as EventFrame, FrameDecoder};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Response, StatusCode, Version};
use http_body::{Body, Frame};
use hyper::body::Incoming;

use crate::answer::Pace;
use crate::auth::{EventVerifier, Verdict};
use crate::body::{AnswerBody, Steps};
use crate::connection::Line;
use crate::error::{Dialect, ServiceError};
use crate::frames::Framing;
use crate::log::Outcome;
use crate::operation::Route;
use crate::plan::{LivePlan, Plan};
use crate::service::{Reach, Service, call, record};

/// Opens the stream, or refuses to.
pub(crate) async fn answer(
    service: &Arc<Service>,
    line: Arc<Line>,
    head: Parts,
    incoming: Incoming,
    route: Route,
) -> Response<AnswerBody> {
    let exchange = service.log.add(record(&head, Bytes::new(), &route, line.number));
    let reach = Reach { exchange, line, dialect: Dialect::Aws };
    match open(service, &reach, head, incoming, route).await {
        Ok(response) => response,
        Err(error) => service.refuse(reach, &error),
    }
}

async fn open(
    service: &Service,
    reach: &Reach,
    head: Parts,
    incoming: Incoming,
    route: Route,
) -> Result<Response<AnswerBody>, ServiceError> {
    if head.version != Version::HTTP_2 {
        return Err(ServiceError::validation("This operation needs HTTP/2."));
    }
    let verifier = match service.judge(&head, &[], &route)? {
        Verdict::Signed(signed) => Some(EventVerifier::new(signed)),
        _ => None,
    };
    let answer = service.choose(&call(head, Bytes::new(), route)?)?;
    service.begin(reach, &answer, Pace::none()).await?;
    let out = LivePlan::new(Framing::Invoke, answer.fault.clone(), answer.pace(Pace::none()));
    let exchange = Arc::clone(&reach.exchange);
    exchange.update(|request| request.status = Some(StatusCode::OK));
    let steps = Steps::new(Plan::default(), exchange, Arc::clone(&reach.line));
    let mut response =
        Response::new(AnswerBody::Echo(Box::new(EchoBody::new(incoming, verifier, out, steps))));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/vnd.amazon.eventstream"));
    headers.insert("x-amzn-requestid", service.request_id());
    Ok(response)
}

/// A body that repeats another.
pub(crate) struct EchoBody {
    input: Incoming,
    decoder: FrameDecoder,
    verifier: Option<EventVerifier>,
    /// What goes out, and what goes wrong with it.
    out: LivePlan,
    steps: Steps,
    /// Whether the caller said that nothing more comes.
    closed: bool,
    ended: bool,
}

impl EchoBody {
    fn new(input: Incoming, verifier: Option<EventVerifier>, out: LivePlan, steps: Steps) -> Self {
        Self { input, decoder: FrameDecoder::new(), verifier, out, steps, closed: false, ended: false }
    }

    /// Takes what came in, frame by frame. The first thing that is wrong ends the stream.
    fn take(&mut self, piece: Bytes) -> Result<(), ServiceError> {
        self.decoder.push(piece);
        while let Some(frame) = self.decoder.next_frame().map_err(broken)? {
            if self.closed {
                return Err(ServiceError::validation("An event came after the closing one."));
            }
            if let Some(verifier) = &mut self.verifier {
                verifier.verify(frame.view())?;
            }
            self.event(&frame)?;
            if self.out.is_ended() {
                self.ended = true;
                break;
            }
        }
        Ok(())
    }

    fn event(&mut self, frame: &EventFrame) -> Result<(), ServiceError> {
        if frame.header(":chunk-signature").is_none() {
            return self.echo(frame.payload());
        }
        if frame.payload().is_empty() {
            self.closed = true;
            return Ok(());
        }
        let mut inner = FrameDecoder::new();
        inner.push(frame.payload_bytes());
        let event = inner.next_frame().map_err(broken)?;
        inner.finish().map_err(broken)?;
        match event {
            Some(event) => self.echo(event.payload()),
            None => Ok(()),
        }
    }

    fn echo(&mut self, payload: &[u8]) -> Result<(), ServiceError> {
        let text = std::str::from_utf8(payload).ok().filter(|text| {
            serde_json::from_str::<serde_json::Value>(text).is_ok_and(|event| event["bytes"].is_string())
        });
        let text =
            text.ok_or_else(|| ServiceError::validation("The payload of an event must be {\"bytes\": …}."))?;
        let plan = self.out.frame(Framing::Invoke.odd_payload(text.as_bytes())?)?;
        self.steps.then(plan);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ServiceError> {
        self.decoder.finish().map_err(broken)?;
        if self.verifier.is_some() && !self.closed {
            return Err(ServiceError::validation("The stream ended without its closing event."));
        }
        let plan = self.out.finish()?;
        self.steps.then(plan);
        Ok(())
    }

    /// After a 200 only a frame can tell what is wrong.
    fn fail(&mut self, error: &ServiceError) {
        let message = format!("{}: {}", error.error_type, error.message);
        if let Ok(frame) = Framing::Invoke.exception("validationException", Some(&message)) {
            self.steps.then(Plan::of(frame));
        }
        self.ended = true;
    }
}

impl Body for EchoBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        loop {
            // What came in is sent out before more is taken: a caller that does not read is not read from.
            if let Some(piece) = ready!(this.steps.poll_piece(cx)) {
                return Poll::Ready(Some(Ok(Frame::data(piece))));
            }
            if this.ended {
                this.steps.exchange().end(Outcome::Sent);
                return Poll::Ready(None);
            }
            let result = match ready!(Pin::new(&mut this.input).poll_frame(cx)) {
                Some(Ok(frame)) => frame.into_data().map_or(Ok(()), |piece| this.take(piece)),
                Some(Err(error)) => Err(ServiceError::validation(format!("The stream broke off: {error}"))),
                None => {
                    this.ended = true;
                    this.finish()
                }
            };
            if let Err(error) = result {
                this.fail(&error);
            }
        }
    }
}

fn broken(error: bedrock_eventstream::frame::FrameError) -> ServiceError {
    ServiceError::validation(error.to_string())
}
