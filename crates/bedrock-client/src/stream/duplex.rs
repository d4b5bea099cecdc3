//! Both ends of a two-way stream: events to the model, each signed over the one before, and events from it.
//!
//! Not for opening it (see its operation), nor for what the events mean.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::SystemTime;

use bedrock_codegen::codegen_at_use;
use bedrock_eventstream::frame::{FrameBuilder, FrameDecoder, FrameError, FrameKind, FrameView, HeaderValue};
use bedrock_formats::exceptions::{self, Exception};
use bedrock_formats::invoke::{BidirectionalInputPayloadPart, BidirectionalOutputPayloadPart};
use bedrock_http::{Body, Classifier, EventSigner, RetryClass, ServiceError};
use bytes::Bytes;
use futures_core::Stream;
use http::StatusCode;
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

use crate::gate::clean_body;
use crate::native::NativeBody;
use crate::response::Head;
use crate::{Error, ErrorKind};

/// A stream in both directions. Dropping it closes both.
///
/// [`split`](Self::split) gives its two ends, to be used from two tasks.
#[derive(Debug)]
pub struct Session {
    input: Input,
    output: Output,
}

#[codegen_at_use]
impl Session {
    pub(crate) fn new(input: Input, output: Output) -> Self {
        Self { input, output }
    }

    /// Sends an event: see [`Input::send`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn send(&mut self, event: impl Into<NativeBody>) -> Result<(), Error> {
        self.input.send(event).await
    }

    /// Says that no more events will be sent. What the model still has to say goes on arriving.
    pub fn close_input(&mut self) {
        self.input.close();
    }

    /// The next event: see [`Output::next`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn next(&mut self) -> Option<Result<Bytes, Error>> {
        self.output.next().await
    }

    /// The two ends.
    #[must_use]
    pub fn split(self) -> (Input, Output) {
        (self.input, self.output)
    }
}

/// The end of a two-way stream that events are put into. Dropping it says that there will be no more.
#[derive(Debug)]
pub struct Input {
    events: Option<mpsc::Sender<Bytes>>,
}

#[codegen_at_use]
impl Input {
    pub(crate) fn new(events: mpsc::Sender<Bytes>) -> Self {
        Self { events: Some(events) }
    }

    /// Sends an event in the model's own format. Waits while the network is slower than the caller.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`] where the event cannot be written as JSON, or after [`close`](Self::close);
    /// [`ErrorKind::Transport`] where the service takes no more: [`Output::next`] says why.
    pub async fn send(&mut self, event: impl Into<NativeBody>) -> Result<(), Error> {
        let event = event.into().into_bytes()?;
        let Some(events) = &self.events else {
            return Err(Error::usage("the input of this stream has been closed"));
        };
        events.send(event).await.map_err(|_| {
            let message = "the service takes no more events; what it answers says why";
            Error::new(ErrorKind::Transport, RetryClass::Transient, message)
        })
    }

    /// Says that there will be no more events.
    pub fn close(&mut self) {
        self.events = None;
    }
}

type Answered = Result<(Head, Body), bedrock_http::Error>;

/// The end of a two-way stream that events come out of. Dropping it closes the stream, also while the other end is held.
pub struct Output {
    state: State,
    decoder: FrameDecoder,
    queue: VecDeque<Result<Bytes, Error>>,
    head: Option<Head>,
    classifier: Arc<Classifier>,
    task: AbortHandle,
    /// Whether the service knows that no more events will come.
    input_closed: InputClosed,
    /// Dropped with this end, it closes the other: an answer could not be received any more.
    _listening: oneshot::Sender<()>,
}

/// Set when the last of the input is on its way.
pub(crate) type InputClosed = Arc<AtomicBool>;

enum State {
    Opening(oneshot::Receiver<Answered>),
    Open(Box<Body>),
    Ended,
}

#[codegen_at_use]
impl Output {
    pub(crate) fn new(
        answer: oneshot::Receiver<Answered>,
        task: AbortHandle,
        classifier: Arc<Classifier>,
        input_closed: InputClosed,
        listening: oneshot::Sender<()>,
    ) -> Self {
        Self {
            state: State::Opening(answer),
            decoder: FrameDecoder::new(),
            queue: VecDeque::new(),
            head: None,
            classifier,
            task,
            input_closed,
            _listening: listening,
        }
    }

    /// The next event in the model's own format, as JSON; `None` when there are no more. It may be dropped while it waits
    /// and called again: no event is lost.
    ///
    /// # Errors
    ///
    /// Once, as the last item: the service's refusal or exception, [`ErrorKind::Incomplete`] where the stream ended inside
    /// of an event or while the input was open, and the errors of the network. Nothing is sent again: what has been said to
    /// a model cannot be unsaid.
    pub async fn next(&mut self) -> Option<Result<Bytes, Error>> {
        std::future::poll_fn(|cx| self.poll_event(cx)).await
    }

    /// The head of the HTTP response, once it is there.
    #[must_use]
    pub fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        loop {
            if let Some(event) = self.queue.pop_front() {
                return Poll::Ready(Some(event));
            }
            match &mut self.state {
                State::Ended => return Poll::Ready(None),
                State::Opening(answer) => match ready!(Pin::new(answer).poll(cx)) {
                    Ok(Ok((head, body))) => {
                        self.head = Some(head);
                        self.state = State::Open(Box::new(body));
                    }
                    Ok(Err(error)) => self.end(Some(error.into())),
                    Err(_) => {
                        // The runtime is shutting down, or a function of the caller's
                        // panicked in the task.
                        let message = "the task that opens the stream was ended";
                        self.end(Some(Error::new(ErrorKind::Transport, RetryClass::Transient, message)));
                    }
                },
                State::Open(body) => match ready!(Pin::new(body).poll_next(cx)) {
                    Some(Ok(piece)) => self.take(&piece),
                    Some(Err(error)) => self.end(Some(error.into())),
                    None => {
                        let end = self.decoder.finish();
                        self.end(end.map_or_else(|cut| Some(cut_off(cut)), |()| self.ended_early()));
                    }
                },
            }
        }
    }

    /// A model that has nothing more to say waits for the end of its input.
    fn ended_early(&self) -> Option<Error> {
        let message =
            "the service ended the stream while the input was open: what it had still to say is missing";
        // Pairs with the store where the last frame is handed out. That the service has read it is
        // not known, only that it was on its way first.
        let is_early = !self.input_closed.load(Ordering::Acquire);
        is_early.then(|| Error::new(ErrorKind::Incomplete, RetryClass::Transient, message))
    }

    fn take(&mut self, piece: &[u8]) {
        let mut failure = None;
        // An error ends the loop but waits in the queue: events before it are given first.
        for frame in self.decoder.feed(piece) {
            let read = match frame {
                Ok(frame) => read(&frame, self.head.as_ref(), &*self.classifier),
                Err(error) => {
                    let message = format!("the stream cannot be read on: {error}");
                    Err(Error::new(ErrorKind::Malformed, RetryClass::Transient, message).with_source(error))
                }
            };
            match read {
                Ok(Some(event)) => self.queue.push_back(Ok(event)),
                Ok(None) => {}
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
        }
        if failure.is_some() {
            self.end(failure);
        }
    }

    fn end(&mut self, error: Option<Error>) {
        if let (State::Open(body), Some(error)) = (&mut self.state, &error) {
            error.report_to(body);
        }
        self.state = State::Ended;
        let error = match &self.head {
            Some(head) => error.map(|error| error.of_response(head)),
            None => error,
        };
        self.queue.extend(error.map(Err));
    }
}

#[codegen_at_use]
impl Drop for Output {
    fn drop(&mut self) {
        // While the stream is opening; once it is open the body does it,
        // which is dropped with this.
        self.task.abort();
    }
}

#[codegen_at_use]
impl Stream for Output {
    type Item = Result<Bytes, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_event(cx)
    }
}

#[codegen_at_use]
impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Opening(_) => "opening",
            State::Open(_) => "open",
            State::Ended => "ended",
        };
        f.debug_struct("Output").field("state", &state).field("head", &self.head).finish_non_exhaustive()
    }
}

#[codegen_at_use]
fn cut_off(cut: FrameError) -> Error {
    Error::new(ErrorKind::Incomplete, RetryClass::Transient, cut.to_string()).with_source(cut)
}

/// What a frame holds: an event, nothing, or the end.
#[codegen_at_use]
fn read(frame: &FrameView<'_>, head: Option<&Head>, classifier: &Classifier) -> Result<Option<Bytes>, Error> {
    let refusal = |name: &str, message: &str, body: &[u8]| {
        let known = exceptions::lookup(name);
        // As the service's model writes it; in frames the name begins with a small letter.
        let name = known.map_or(name, |row| row.name);
        let mut error = ServiceError::in_stream(name, message, Bytes::copy_from_slice(body))
            .with_request_id(head.and_then(|head| head.request_id.as_deref()));
        if let Some(status) = known.and_then(|row| StatusCode::from_u16(row.status).ok()) {
            error = error.with_status(status);
        }
        if let Some(head) = head {
            error = error.redacted(&head.redactor);
        }
        let class = classifier(&error);
        Error::from(bedrock_http::Error::from_service(error, class))
    };
    match frame.kind() {
        FrameKind::Event { event_type: "chunk" } if frame.payload().is_empty() => Ok(None),
        FrameKind::Event { event_type: "chunk" } => {
            let wrong = |error: String| {
                let message =
                    format!("the event in the frame at byte {} cannot be read: {error}", frame.offset());
                Error::malformed(message, Bytes::copy_from_slice(frame.payload()))
            };
            let part: BidirectionalOutputPayloadPart =
                serde_json::from_slice(frame.payload()).map_err(|error| wrong(error.to_string()))?;
            let bytes = part.bytes.ok_or_else(|| wrong("it has no `bytes`".to_owned()))?;
            let mut event: Bytes = bytes.decode().map_err(|error| wrong(error.to_string()))?.into();
            if let Some(head) = head {
                clean_body(&head.redactor, None, &mut event);
            }
            Ok(Some(event))
        }
        FrameKind::Exception { exception_type } => {
            let body: Exception = serde_json::from_slice(frame.payload()).unwrap_or_default();
            Err(refusal(exception_type, body.text().unwrap_or_default(), frame.payload()))
        }
        FrameKind::Error { code, message } => Err(refusal(code, message, frame.payload())),
        // Kinds of events that are newer than this crate, and what says nothing.
        _ => Ok(None),
    }
}

/// The frames that go to the service: each event in a frame, that frame signed in another; at the end a signed empty one.
pub(crate) struct SignedFrames {
    pub(crate) events: mpsc::Receiver<Bytes>,
    pub(crate) signer: Option<EventSigner>,
    /// Set when the last frame is handed out.
    pub(crate) closed: InputClosed,
    /// Ends when the other end is dropped.
    pub(crate) listening: oneshot::Receiver<()>,
    pub(crate) ended: bool,
}

#[codegen_at_use]
impl Stream for SignedFrames {
    type Item = Bytes;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        // Looked at first, and at each poll, so that its waker stays registered.
        self.ended |= Pin::new(&mut self.listening).poll(cx).is_ready();
        if self.ended {
            // Senders that wait get an error now, not when the request is dropped.
            self.events.close();
            return Poll::Ready(None);
        }
        let event = ready!(self.events.poll_recv(cx));
        self.ended = event.is_none();
        self.closed.store(self.ended, Ordering::Release);
        let frame = match &event {
            Some(event) => encode(event),
            // Without signatures the end of the body is the end.
            None if self.signer.is_none() => return Poll::Ready(None),
            None => Some(Bytes::new()),
        };
        let frame = match (&mut self.signer, frame) {
            (Some(signer), Some(inner)) => sign(signer, &inner),
            // Plain frames with a bearer token: whether the service takes them is not known.
            (None, frame) => frame,
            (_, None) => None,
        };
        // An event that cannot be framed ends the stream without the closing frame, so that the service refuses it.
        self.ended |= frame.is_none();
        Poll::Ready(frame)
    }
}

#[codegen_at_use]
fn encode(event: &[u8]) -> Option<Bytes> {
    let payload = serde_json::to_vec(&BidirectionalInputPayloadPart::new(event)).ok()?;
    Some(FrameBuilder::event("chunk").build(&payload).ok()?.into_bytes())
}

#[codegen_at_use]
fn sign(signer: &mut EventSigner, inner: &[u8]) -> Option<Bytes> {
    // Doubtful: by this machine's clock, not by the one set on the client, and not corrected by the
    // service's time as the request's is.
    let signature = signer.sign(inner, SystemTime::now()).ok()?;
    let outer = FrameBuilder::new()
        // In this order, as smithy-rs writes them; only `:date` is signed.
        .header(":chunk-signature", HeaderValue::Bytes(&signature.signature))
        .header(":date", HeaderValue::Timestamp(signature.date_millis));
    Some(outer.build(inner).ok()?.into_bytes())
}
