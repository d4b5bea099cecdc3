//! A streamed answer: its events as they arrive, and at its end the complete message, or what arrived and what is missing.
//!
//! Not for opening it (see `open.rs`), nor for what the bytes mean, which is `bedrock-aggregate`'s.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bedrock_aggregate::{Answer, Event, EventSink, Framing, Reader, Registry};
use bedrock_http::{Body, Classifier};
use bytes::Bytes;
use futures_core::Stream;
use http::HeaderMap;

use super::arriving::{Arriving, Piece};
use super::ending::{Cause, Ended, conclude, has_arrived};
use super::sink::{Sink, emitter};
use crate::Error;
use crate::call::tokens;
use crate::client::Watch;
use crate::gate::clean_answer;
use crate::response::Head;

/// An answer that is arriving.
///
/// Take events with [`next`](Self::next) (or as a [`Stream`]) until there are none, then [`finish`](Self::finish) for the
/// message. The stream ends with an error unless the answer is complete: a stream that was cut does not look like a short
/// answer. What had arrived is in the error ([`Error::partial`]), and [`into_answer`](Self::into_answer) gives it without
/// one. An exception of the service is such an error; [`Event::Error`] is never among the events.
///
/// ```no_run
/// use std::io::Write;
/// # use bedrock_client::{Client, Event};
/// # async fn example(client: Client) -> Result<(), bedrock_client::Error> {
/// let mut answer = client.converse_stream("us.amazon.nova-lite-v1:0", "Why is the sky blue?").await?;
/// while let Some(event) = answer.next().await {
///     match event? {
///         Event::TextDelta(text) => {
///             print!("{text}");
///             std::io::stdout().flush().ok();
///         }
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
    Arriving(Box<Arriving>),
    Ended(Ended),
}

impl AnswerStream {
    pub(super) fn new(
        head: Head,
        body: Body,
        (reader, registry): (Reader, Registry),
        classifier: Arc<Classifier>,
    ) -> Self {
        let state = State::Arriving(Box::new(Arriving { body, reader, rest: Bytes::new() }));
        Self { state, queue: VecDeque::new(), head, registry, classifier, watch: None }
    }

    /// Lets the client's observers watch from here on; they get what is there already.
    pub(super) fn watched(mut self, watch: Option<Watch>) -> Self {
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
    pub async fn for_each(mut self, mut sink: impl FnMut(Event<'_>)) -> Result<Answer, Error> {
        while let Some(read) = self.next_piece(&mut sink).await {
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
    pub async fn next_piece(&mut self, mut sink: impl FnMut(Event<'_>)) -> Option<Result<(), Error>> {
        // What opening the stream has read ahead, or the last events; observers have seen them.
        if !self.queue.is_empty() {
            self.queue.drain(..).for_each(sink);
            return Some(Ok(()));
        }
        let piece = match &mut self.state {
            State::Arriving(arriving) => std::future::poll_fn(|cx| arriving.poll_piece(cx)).await,
            State::Ended(ended) => return ended.report().map(Err),
        };
        // An end brings events of its own, which go first; the error follows at the next call.
        match self.take(piece, Some(&mut sink)) {
            Ok(()) => Some(Ok(())),
            Err(cause) => {
                self.end(cause);
                self.queue.drain(..).for_each(sink);
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
        // What was queued is in the answer as well.
        while let State::Arriving(arriving) = &mut self.state {
            let piece = std::future::poll_fn(|cx| arriving.poll_piece(cx)).await;
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
    /// The error that the stream ended with; [`ErrorKind::Incomplete`](crate::ErrorKind::Incomplete) where something is missing, also because the
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
            State::Arriving(arriving) => arriving.reader.snapshot().map(|mut answer| {
                clean_answer(&self.head.redactor, &self.registry, &mut answer);
                answer
            }),
            // Cleaned already, by `conclude`.
            State::Ended(ended) => Some(Answer::clone(&ended.answer)),
        }
    }

    /// The name of the answer's format, as soon as it is known.
    #[must_use]
    pub fn format(&self) -> Option<&str> {
        match &self.state {
            State::Arriving(arriving) => arriving.reader.format(),
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

    pub(super) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Event<'static>, Error>>> {
        loop {
            if let Some(event) = self.queue.pop_front() {
                return Poll::Ready(Some(Ok(event)));
            }
            let piece = match &mut self.state {
                State::Arriving(arriving) => ready!(arriving.poll_slice(cx)),
                State::Ended(ended) => return Poll::Ready(ended.report().map(Err)),
            };
            if let Err(cause) = self.take_and_queue(piece) {
                self.end(cause);
            }
        }
    }

    /// Takes what the network gave, and queues its events.
    pub(super) fn take_and_queue(&mut self, piece: Piece) -> Result<(), Cause> {
        // Taken out for the closure, since `take` borrows all of `self`.
        let mut queue = std::mem::take(&mut self.queue);
        let taken = self.take(piece, Some(&mut |event| queue.push_back(event.into_owned())));
        self.queue = queue;
        taken
    }

    /// Takes what the network gave, and emits its events. None are made where there is no one to take them.
    fn take(&mut self, piece: Piece, sink: Option<Sink<'_>>) -> Result<(), Cause> {
        let State::Arriving(arriving) = &mut self.state else { return Ok(()) };
        let piece = match piece {
            Some(Ok(piece)) => piece,
            Some(Err(error)) => return Err(Cause::Broken(error)),
            None => return Err(Cause::End),
        };
        let pushed = if sink.is_none() && self.watch.is_none() {
            arriving.reader.push(&piece, &mut EventSink::none())
        } else {
            let mut emit = emitter(self.watch.as_deref_mut(), sink, &self.head.redactor);
            arriving.reader.push(&piece, &mut EventSink::new(&mut emit))
        };
        pushed.map_err(Cause::Unreadable)
    }

    /// Ends reading: queues the last events, settles which error the caller gets, and closes the request.
    pub(super) fn end(&mut self, cause: Cause) {
        let State::Arriving(arriving) = &mut self.state else { return };
        let reader =
            // A placeholder: the state is replaced below.
            std::mem::replace(&mut arriving.reader, Reader::of(Framing::EventStream, Registry::empty()));
        let watch = self.watch.as_deref_mut();
        let read = (reader, &self.registry);
        let ended = conclude(read, cause, &mut self.queue, &self.head, &*self.classifier, watch);
        tokens::settle(&mut arriving.body, ended.answer.reply.usage.as_ref());
        // Before the body is dropped, which takes a body without a report for a success.
        ended.error.iter().for_each(|error| error.report_to(&mut arriving.body));
        self.state = State::Ended(ended);
    }

    fn into_ended(mut self) -> Ended {
        match self.state {
            State::Arriving(mut arriving) => {
                let watch = self.watch.as_deref_mut();
                let queue = &mut self.queue;
                let read = (arriving.reader, &self.registry);
                // Not reported to the breaker: that the caller left says nothing of the service.
                let ended = conclude(read, Cause::Left, queue, &self.head, &*self.classifier, watch);
                tokens::settle(&mut arriving.body, ended.answer.reply.usage.as_ref());
                ended
            }
            State::Ended(ended) => ended,
        }
    }

    /// The next bytes to be read, a few at a time; `None` where reading has ended.
    pub(super) async fn next_slice(&mut self) -> Option<Piece> {
        match &mut self.state {
            State::Arriving(arriving) => Some(std::future::poll_fn(|cx| arriving.poll_slice(cx)).await),
            State::Ended(_) => None,
        }
    }

    /// The body, while it is being read.
    pub(super) fn body_mut(&mut self) -> Option<&mut Body> {
        match &mut self.state {
            State::Arriving(arriving) => Some(&mut arriving.body),
            State::Ended(_) => None,
        }
    }

    /// The error that reading ended with.
    pub(super) fn error(&self) -> Option<&Error> {
        match &self.state {
            State::Arriving(_) => None,
            State::Ended(ended) => ended.error.as_ref(),
        }
    }

    /// What has arrived, if anything has.
    pub(super) fn into_arrived(self) -> Option<Arc<Answer>> {
        Some(self.into_ended().answer).filter(|answer| has_arrived(answer))
    }

    /// Whether there is anything for the caller: more than the announcement of a message.
    pub(super) fn has_content(&self) -> bool {
        /// So many announcements are no announcement any more.
        const MOST: usize = 16;
        // Usage too: Anthropic's first event brings counts before a token is written.
        let announces = |event: &Event<'_>| matches!(event, Event::MessageStart(_) | Event::Usage(_));
        self.queue.len() > MOST || !self.queue.iter().all(announces)
    }

    /// Whether anything has arrived that would be asked for twice if the request were sent again: more than the
    /// announcement of a message.
    pub(super) fn has_arrived(&self) -> bool {
        match &self.state {
            State::Arriving(arriving) => arriving.reader.has_arrived(),
            State::Ended(_) => true,
        }
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
