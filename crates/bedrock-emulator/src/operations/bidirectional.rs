//! InvokeModelWithBidirectionalStream: every chunk that comes in goes out again, each event's signature checked on the way.
//! No model is pretended here: speech models answer in sound, and a test of the transport must know what comes back. Faults
//! apply to what goes out; they are chosen by the header, the queue or the model's id, since there is no prompt.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bedrock_eventstream::frame::{Frame, FrameDecoder};
use bytes::Bytes;
use http_body::Body;
use hyper::body::Incoming;

use crate::auth::EventVerifier;
use crate::error::ServiceError;
use crate::exchange::{Outcome, ResponseContext};
use crate::script::{Answer, Pace};
use crate::sending::{AnswerBody, Framing, LiveBody, LivePlan, Plan, Steps};

/// The body that answers a stream, event by event.
pub(super) fn open(
    incoming: Incoming,
    verifier: Option<EventVerifier>,
    answer: &Answer,
    context: &ResponseContext,
) -> AnswerBody {
    let plan = LivePlan::new(Framing::Invoke, answer.fault.clone(), answer.pace(Pace::none()));
    let steps = Steps::new(Plan::default(), Arc::clone(&context.exchange), Arc::clone(&context.connection));
    AnswerBody::Live(Box::new(EchoBody::new(incoming, verifier, plan, steps)))
}

/// A body that repeats another.
struct EchoBody {
    input: Incoming,
    decoder: FrameDecoder,
    verifier: Option<EventVerifier>,
    /// What goes out, faults included.
    plan: LivePlan,
    steps: Steps,
    /// Whether the caller sent the closing event.
    closed: bool,
    ended: bool,
}

impl EchoBody {
    fn new(input: Incoming, verifier: Option<EventVerifier>, plan: LivePlan, steps: Steps) -> Self {
        Self { input, decoder: FrameDecoder::new(), verifier, plan, steps, closed: false, ended: false }
    }

    /// Reads what came in, frame by frame. The first error ends the stream.
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
            // A fault has ended it: what still comes in is not looked at any more.
            if self.plan.is_ended() {
                self.ended = true;
                break;
            }
        }
        Ok(())
    }

    fn event(&mut self, frame: &Frame) -> Result<(), ServiceError> {
        // Plain frames where nothing is signed. Whether the service takes them with a
        // bearer token is not known.
        if frame.header(":chunk-signature").is_none() {
            return self.echo(frame.payload());
        }
        if frame.payload().is_empty() {
            self.closed = true;
            return Ok(());
        }
        let mut inner = FrameDecoder::new();
        inner.push(frame.payload_bytes());
        // One frame and no more inside of each signed one.
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
        let plan = self.plan.frame(Framing::Invoke.odd_payload(text.as_bytes())?)?;
        self.steps.then(plan);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ServiceError> {
        self.decoder.finish().map_err(broken)?;
        // Without signatures the end of the body is the end.
        if self.verifier.is_some() && !self.closed {
            return Err(ServiceError::validation("The stream ended without its closing event."));
        }
        let plan = self.plan.finish()?;
        self.steps.then(plan);
        Ok(())
    }

    /// After status 200 only a frame can carry an error.
    fn fail(&mut self, error: &ServiceError) {
        let message = format!("{}: {}", error.error_type, error.message);
        if let Ok(frame) = Framing::Invoke.exception("validationException", Some(&message)) {
            self.steps.then(Plan::of(frame));
        }
        self.ended = true;
    }
}

impl LiveBody for EchoBody {
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            // What came in is sent out before more is taken: a caller that does not read is not read from.
            if let Some(piece) = ready!(self.steps.poll_piece(cx)) {
                return Poll::Ready(Some(piece));
            }
            if self.ended {
                self.steps.exchange().end(Outcome::Sent);
                return Poll::Ready(None);
            }
            let result = match ready!(Pin::new(&mut self.input).poll_frame(cx)) {
                Some(Ok(frame)) => frame.into_data().map_or(Ok(()), |piece| self.take(piece)),
                Some(Err(error)) => Err(ServiceError::validation(format!("The stream broke off: {error}"))),
                None => {
                    self.ended = true;
                    self.finish()
                }
            };
            if let Err(error) = result {
                self.fail(&error);
            }
        }
    }
}

fn broken(error: bedrock_eventstream::frame::FrameError) -> ServiceError {
    ServiceError::validation(error.to_string())
}
