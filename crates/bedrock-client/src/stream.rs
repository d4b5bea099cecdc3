//! A streamed answer: its events as they arrive, and at its end the complete message, or what arrived and what is missing.
//!
//! Not for opening it (see `open.rs`), nor for what the bytes mean, which is `bedrock-aggregate`'s.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bedrock_aggregate::{
    Answer, Completeness, Event, Framing, Listener, ReadError, Reader, Registry, StreamException,
};
use bedrock_formats::exceptions;
use bedrock_http::{Body, Classifier, Redactor, RetryClass, ServiceError};
use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, StatusCode};

use crate::gate::{clean_answer, clean_event};
use crate::observe::Watch;
use crate::response::Head;
use crate::{Error, ErrorKind, tokens};

/// An answer that is arriving.
///
/// Take events with [`next`](Self::next) (or as a [`Stream`]) until there are none, then [`finish`](Self::finish) for the
/// message. The stream ends with an error unless the answer is complete: a stream that was cut does not look like a short
/// answer. What had arrived is in the error ([`Error::partial`]), and [`into_answer`](Self::into_answer) gives it without
/// one. An exception of the service is such an error; [`Event::Error`] is never among the events.
///
/// ```no_run
/// # use bedrock_client::{Client, Event};
/// # async fn example(client: Client) -> Result<(), bedrock_client::Error> {
/// let mut answer = client.converse_stream("us.amazon.nova-lite-v1:0", "Why is the sky blue?").await?;
/// while let Some(event) = answer.next().await {
///     match event? {
///         Event::TextDelta(text) => print!("{text}"),
///         Event::ToolUseStart(call) => println!("[calls {}]", call.name),
///         _ => {}
///     }
/// }
/// let message = answer.finish()?;
/// println!("\n[{:?}, {:?}]", message.reply.stop_reason, message.reply.usage);
/// # Ok(()) }
/// ```
///
/// Nothing is read ahead of the caller, so that a slow reader slows the service down and memory stays bounded. Dropping
/// the stream closes the request.
pub struct AnswerStream {
    state: State,
    /// What was read and not yet given to the caller.
    queue: VecDeque<Event<'static>>,
    head: Head,
    /// The formats that it is read by.
    registry: Registry,
    classifier: Arc<Classifier>,
    watch: Option<Box<Watch>>,
}

enum State {
    Reading(Box<Reading>),
    Ended(Ended),
}

struct Reading {
    body: Body,
    reader: Reader,
    /// What the network gave and has not been read yet.
    rest: Bytes,
}

/// How many bytes are read for those who take owned events, one by one: a piece from the network may hold a whole answer,
/// and its events would be many times as large.
const SLICE: usize = 16 << 10;

impl Reading {
    /// What is there to be read, of any length.
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Piece> {
        if self.rest.is_empty() {
            Pin::new(&mut self.body).poll_next(cx)
        } else {
            Poll::Ready(Some(Ok(std::mem::take(&mut self.rest))))
        }
    }

    /// The same, [`SLICE`] bytes at most.
    fn poll_slice(&mut self, cx: &mut Context<'_>) -> Poll<Piece> {
        let mut piece = ready!(self.poll_piece(cx));
        if let Some(Ok(piece)) = &mut piece
            && piece.len() > SLICE
        {
            self.rest = piece.split_off(SLICE);
        }
        Poll::Ready(piece)
    }
}

struct Ended {
    answer: Arc<Answer>,
    error: Option<Error>,
    /// Whether the caller has been given the error.
    told: bool,
}

/// What a body gives when it is asked for more.
pub(crate) type Piece = Option<Result<Bytes, bedrock_http::Error>>;

/// Why reading ends.
pub(crate) enum Cause {
    /// The response ended as HTTP says it.
    End,
    /// The connection broke or a limit ran out.
    Broken(bedrock_http::Error),
    /// The bytes cannot be read on, or the service said that the answer ends here.
    Unreadable(ReadError),
    /// The caller has had enough.
    Left,
}

impl AnswerStream {
    pub(crate) fn new(
        head: Head,
        body: Body,
        (reader, registry): (Reader, Registry),
        classifier: Arc<Classifier>,
    ) -> Self {
        let state = State::Reading(Box::new(Reading { body, reader, rest: Bytes::new() }));
        Self { state, queue: VecDeque::new(), head, registry, classifier, watch: None }
    }

    /// Lets the client's observers watch from here on; they are told of what is there already.
    pub(crate) fn watched(mut self, watch: Option<Watch>) -> Self {
        self.watch = watch.map(Box::new);
        if let Some(watch) = &mut self.watch {
            self.queue.iter().for_each(|event| watch.event(event));
            if let State::Ended(ended) = &self.state {
                watch.end(&ended.answer, ended.error.as_ref());
            }
        }
        self
    }

    /// The next event; `None` when there are no more.
    ///
    /// It may be dropped while it waits (as in `select!`) and called again: no event is lost.
    ///
    /// # Errors
    ///
    /// Once, as the last item, where the answer is not complete: with [`Error::partial`] for what had arrived.
    pub async fn next(&mut self) -> Option<Result<Event<'static>, Error>> {
        std::future::poll_fn(|cx| self.poll_event(cx)).await
    }

    /// The text of the answer, piece by piece, and nothing else of it. Afterwards [`finish`](Self::finish) gives the
    /// whole.
    ///
    /// ```no_run
    /// # async fn example(client: bedrock_client::Client) -> Result<(), bedrock_client::Error> {
    /// let mut answer = client.converse_stream("us.amazon.nova-lite-v1:0", "Why is the sky blue?").await?;
    /// let mut text = answer.text_stream();
    /// while let Some(piece) = text.next().await {
    ///     print!("{}", piece?);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn text_stream(&mut self) -> TextStream<'_> {
        TextStream { answer: self }
    }

    /// Reads to the end and hands each event to a function, without a copy: an event borrows from the bytes that arrived.
    /// Gives the complete answer.
    ///
    /// ```no_run
    /// # use bedrock_client::Event;
    /// # async fn example(client: bedrock_client::Client) -> Result<(), bedrock_client::Error> {
    /// let mut words = 0;
    /// let answer = client.converse_stream("us.amazon.nova-lite-v1:0", "Why is the sky blue?").await?;
    /// let message = answer
    ///     .for_each(|event| if let Event::TextDelta(text) = event { words += text.split_whitespace().count() })
    ///     .await?;
    /// # let _ = message; Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish).
    pub async fn for_each(mut self, mut hear: impl FnMut(Event<'_>)) -> Result<Answer, Error> {
        while let Some(read) = self.next_piece(&mut hear).await {
            read?;
        }
        self.finish()
    }

    /// Reads one piece from the network, however many events it brings, and hands each to a function without a copy.
    /// `None` when there are no more.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next).
    pub async fn next_piece(&mut self, mut hear: impl FnMut(Event<'_>)) -> Option<Result<(), Error>> {
        if !self.queue.is_empty() {
            self.queue.drain(..).for_each(hear);
            return Some(Ok(()));
        }
        let piece = match &mut self.state {
            State::Reading(reading) => std::future::poll_fn(|cx| reading.poll_piece(cx)).await,
            State::Ended(ended) => return ended.tell().map(Err),
        };
        match self.take(piece, Some(&mut hear)) {
            Ok(()) => Some(Ok(())),
            Err(cause) => {
                self.end(cause);
                self.queue.drain(..).for_each(hear);
                Some(Ok(()))
            }
        }
    }

    /// Reads to the end, without making any events, and gives the complete answer.
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish).
    pub async fn collect(mut self) -> Result<Answer, Error> {
        self.queue.clear();
        while let State::Reading(reading) = &mut self.state {
            let piece = std::future::poll_fn(|cx| reading.poll_piece(cx)).await;
            if let Err(cause) = self.take(piece, None) {
                self.end(cause);
            }
        }
        self.finish()
    }

    /// The complete answer, once the events have been read to their end.
    ///
    /// # Errors
    ///
    /// The error that the stream ended with; [`ErrorKind::Incomplete`] where something is missing, also because the
    /// events were not read to their end. [`Error::partial`] has what arrived.
    pub fn finish(self) -> Result<Answer, Error> {
        let Ended { answer, error, .. } = self.into_ended();
        match error {
            Some(error) => Err(error),
            None => Ok(Arc::unwrap_or_clone(answer)),
        }
    }

    /// What arrived, complete or not: its [`completeness`](Answer::completeness) says. Closes the request if it is open.
    #[must_use]
    pub fn into_answer(self) -> Answer {
        let Ended { answer, error, .. } = self.into_ended();
        // It holds the answer too.
        drop(error);
        Arc::unwrap_or_clone(answer)
    }

    /// The answer so far, while it goes on arriving; `None` where nothing of it has.
    #[must_use]
    pub fn snapshot(&self) -> Option<Answer> {
        match &self.state {
            State::Reading(reading) => reading.reader.snapshot().map(|mut answer| {
                clean_answer(&self.head.redactor, &self.registry, &mut answer);
                answer
            }),
            State::Ended(ended) => Some(Answer::clone(&ended.answer)),
        }
    }

    /// The name of the answer's format, as soon as it is known.
    #[must_use]
    pub fn format(&self) -> Option<&str> {
        match &self.state {
            State::Reading(reading) => reading.reader.format(),
            State::Ended(ended) => Some(ended.answer.format.as_str()).filter(|name| !name.is_empty()),
        }
    }

    /// The head of the HTTP response.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The headers of the HTTP response.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// The service's id of the request, for its support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.head.request_id.as_deref()
    }

    /// How many requests were sent to get this answer.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.head.attempts
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Event<'static>, Error>>> {
        loop {
            if let Some(event) = self.queue.pop_front() {
                return Poll::Ready(Some(Ok(event)));
            }
            let piece = match &mut self.state {
                State::Reading(reading) => ready!(reading.poll_slice(cx)),
                State::Ended(ended) => return Poll::Ready(ended.tell().map(Err)),
            };
            if let Err(cause) = self.take_and_queue(piece) {
                self.end(cause);
            }
        }
    }

    /// Takes what the network gave, and queues its events.
    pub(crate) fn take_and_queue(&mut self, piece: Piece) -> Result<(), Cause> {
        let mut queue = std::mem::take(&mut self.queue);
        let taken = self.take(piece, Some(&mut |event| queue.push_back(event.into_owned())));
        self.queue = queue;
        taken
    }

    /// Takes what the network gave, and tells of its events. No event is made where nobody hears it.
    fn take(&mut self, piece: Piece, hear: Option<Hear<'_>>) -> Result<(), Cause> {
        let State::Reading(reading) = &mut self.state else { return Ok(()) };
        let piece = match piece {
            Some(Ok(piece)) => piece,
            Some(Err(error)) => return Err(Cause::Broken(error)),
            None => return Err(Cause::End),
        };
        let pushed = if hear.is_none() && self.watch.is_none() {
            reading.reader.push(&piece, &mut Listener::none())
        } else {
            let mut hear = listen(self.watch.as_deref_mut(), hear, &self.head.redactor);
            reading.reader.push(&piece, &mut Listener::new(&mut hear))
        };
        pushed.map_err(Cause::Unreadable)
    }

    /// Ends reading: queues the last events, settles what the caller will be told, and closes the request.
    pub(crate) fn end(&mut self, cause: Cause) {
        let State::Reading(reading) = &mut self.state else { return };
        let reader =
            std::mem::replace(&mut reading.reader, Reader::of(Framing::EventStream, Registry::empty()));
        let watch = self.watch.as_deref_mut();
        let read = (reader, &self.registry);
        let ended = conclude(read, cause, &mut self.queue, &self.head, &*self.classifier, watch);
        tokens::settle(&mut reading.body, ended.answer.reply.usage.as_ref());
        ended.error.iter().for_each(|error| error.report_to(&mut reading.body));
        self.state = State::Ended(ended);
    }

    fn into_ended(mut self) -> Ended {
        match self.state {
            State::Reading(mut reading) => {
                let watch = self.watch.as_deref_mut();
                let queue = &mut self.queue;
                let read = (reading.reader, &self.registry);
                let ended = conclude(read, Cause::Left, queue, &self.head, &*self.classifier, watch);
                tokens::settle(&mut reading.body, ended.answer.reply.usage.as_ref());
                ended
            }
            State::Ended(ended) => ended,
        }
    }

    /// The next bytes to be read, a few at a time; `None` where reading has ended.
    pub(crate) async fn next_slice(&mut self) -> Option<Piece> {
        match &mut self.state {
            State::Reading(reading) => Some(std::future::poll_fn(|cx| reading.poll_slice(cx)).await),
            State::Ended(_) => None,
        }
    }

    /// The body, while it is being read.
    pub(crate) fn body_mut(&mut self) -> Option<&mut Body> {
        match &mut self.state {
            State::Reading(reading) => Some(&mut reading.body),
            State::Ended(_) => None,
        }
    }

    /// The error that reading ended with.
    pub(crate) fn error(&self) -> Option<&Error> {
        match &self.state {
            State::Reading(_) => None,
            State::Ended(ended) => ended.error.as_ref(),
        }
    }

    /// What has arrived, if anything has.
    pub(crate) fn into_arrived(self) -> Option<Arc<Answer>> {
        Some(self.into_ended().answer).filter(|answer| has_arrived(answer))
    }

    /// Whether there is anything to tell the caller: more than the announcement of a message.
    pub(crate) fn has_content(&self) -> bool {
        /// So many announcements are no announcement any more.
        const MOST: usize = 16;
        let announces = |event: &Event<'_>| matches!(event, Event::MessageStart(_) | Event::Usage(_));
        self.queue.len() > MOST || !self.queue.iter().all(announces)
    }

    /// Whether anything has arrived that would be asked for twice if the request were sent again: more than the
    /// announcement of a message.
    pub(crate) fn has_arrived(&self) -> bool {
        match &self.state {
            State::Reading(reading) => reading.reader.has_arrived(),
            State::Ended(_) => true,
        }
    }
}

impl Ended {
    /// The error, the first time.
    fn tell(&mut self) -> Option<Error> {
        if std::mem::replace(&mut self.told, true) { None } else { self.error.clone() }
    }
}

/// Ends a reader, and judges what it has.
fn conclude(
    (reader, registry): (Reader, &Registry),
    cause: Cause,
    queue: &mut VecDeque<Event<'static>>,
    head: &Head,
    classifier: &Classifier,
    mut watch: Option<&mut Watch>,
) -> Ended {
    let mut push = |event: Event<'_>| queue.push_back(event.into_owned());
    let mut hear = listen(watch.as_deref_mut(), Some(&mut push), &head.redactor);
    let finished = reader.finish(&mut Listener::new(&mut hear));
    drop(hear);
    let (mut answer, undecided) = match finished {
        Ok(answer) => (answer, None),
        Err(undecided) => (Answer::from(undecided.clone()), Some(undecided)),
    };
    clean_answer(&head.redactor, registry, &mut answer);
    let error = match (cause, undecided) {
        (Cause::End | Cause::Left, Some(undecided)) => Some(
            Error::new(ErrorKind::UnknownFormat, RetryClass::Final, undecided.to_string())
                .with_source(undecided),
        ),
        (Cause::End, None) => {
            // An exception that was no chunk of its own: the stop reason tells it, or the answer was undecided until now.
            let told = answer.completeness.exception().cloned();
            let cause = told.map_or(Cause::End, |told| Cause::Unreadable(ReadError::Exception(told)));
            judge(cause, &answer.completeness, head, classifier)
        }
        (cause, _) => judge(cause, &answer.completeness, head, classifier),
    };
    let answer = Arc::new(answer);
    let error = error.map(|error| {
        let error = error.of_response(head);
        if has_arrived(&answer) { error.with_partial(answer.clone()) } else { error }
    });
    if let Some(watch) = watch {
        watch.end(&answer, error.as_ref());
    }
    Ended { answer, error, told: false }
}

/// The error that a cause and an incomplete answer are; none where the answer is complete and nobody objects.
fn judge(cause: Cause, completeness: &Completeness, head: &Head, classifier: &Classifier) -> Option<Error> {
    let incomplete = |what: &str| {
        let missing = completeness.missing()?;
        Some(Error::new(ErrorKind::Incomplete, RetryClass::Transient, format!("{what}; {missing}")))
    };
    match cause {
        // It may have ended well, with a chunk in it that could not be read or another message behind.
        Cause::End => incomplete("the answer is not complete"),
        Cause::Left => incomplete("the stream was left before the answer was complete"),
        // Once all has arrived it does not matter how the connection ends.
        Cause::Broken(error) => (!completeness.is_complete()).then(|| error.into()),
        Cause::Unreadable(ReadError::Exception(exception)) => {
            let service = service_error(&exception, head);
            let class = classifier(&service);
            Some(bedrock_http::Error::from_service(service, class).into())
        }
        Cause::Unreadable(error @ (ReadError::TooLong { .. } | ReadError::TooLarge { .. })) => {
            Some(Error::new(ErrorKind::TooLarge, RetryClass::Final, error.to_string()))
        }
        Cause::Unreadable(error) => {
            let message = format!("the stream cannot be read on: {error}");
            Some(Error::new(ErrorKind::Malformed, RetryClass::Transient, message).with_source(error))
        }
    }
}

/// A function that hears events.
type Hear<'h> = &'h mut (dyn FnMut(Event<'_>) + 'h);

/// Who hears of events: the observers, then the caller.
///
/// An exception is the stream's `Err`: telling it as an event too would make every caller report it twice.
fn listen(
    mut watch: Option<&mut Watch>,
    mut hear: Option<Hear<'_>>,
    redactor: &Redactor,
) -> impl FnMut(Event<'_>) {
    move |event| {
        let event = match event {
            Event::Error(_) => return,
            Event::Unknown(_) => clean_event(redactor, event),
            event => event,
        };
        if let Some(watch) = &mut watch {
            watch.event(&event);
        }
        if let Some(hear) = &mut hear {
            hear(event);
        }
    }
}

fn has_arrived(answer: &Answer) -> bool {
    answer.native.is_some() || !answer.unknown.is_empty() || !answer.malformed.is_empty()
}

/// An exception inside a stream as the transport tells of errors of the service.
pub(crate) fn service_error(exception: &StreamException, head: &Head) -> ServiceError {
    let mut body = serde_json::Map::new();
    body.insert("message".to_owned(), exception.message.as_str().into());
    if let Some(status) = exception.original_status_code {
        body.insert("originalStatusCode".to_owned(), status.into());
    }
    if let Some(message) = &exception.original_message {
        body.insert("originalMessage".to_owned(), message.as_str().into());
    }
    let body = serde_json::Value::Object(body).to_string();
    let error = ServiceError::in_stream(&exception.error_type, &exception.message, body)
        .with_request_id(head.request_id.as_deref())
        .redacted(&head.redactor);
    let status = exceptions::lookup(&exception.error_type).map(|row| row.status);
    match status.and_then(|status| StatusCode::from_u16(status).ok()) {
        Some(status) => error.with_status(status),
        None => error,
    }
}

impl Stream for AnswerStream {
    type Item = Result<Event<'static>, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_event(cx)
    }
}

impl fmt::Debug for AnswerStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswerStream")
            .field("request_id", &self.request_id())
            .field("format", &self.format())
            .field("ended", &matches!(self.state, State::Ended(_)))
            .finish_non_exhaustive()
    }
}

/// The text of an answer, piece by piece: see [`AnswerStream::text_stream`].
#[derive(Debug)]
pub struct TextStream<'a> {
    answer: &'a mut AnswerStream,
}

impl TextStream<'_> {
    /// The next piece of text, never empty; `None` when there is no more.
    ///
    /// # Errors
    ///
    /// As [`AnswerStream::next`].
    pub async fn next(&mut self) -> Option<Result<String, Error>> {
        std::future::poll_fn(|cx| self.poll_text(cx)).await
    }

    fn poll_text(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<String, Error>>> {
        loop {
            match ready!(self.answer.poll_event(cx)) {
                Some(Ok(Event::TextDelta(delta))) => return Poll::Ready(Some(Ok(delta.text.into_owned()))),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl Stream for TextStream<'_> {
    type Item = Result<String, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_text(cx)
    }
}
