//! The body of a response, in pieces as they arrive or whole up to a limit.
//!
//! Not for what the bytes mean: frames and events are cut out of them above.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use tokio::time::Instant;

use crate::connection::{Cause, ClientLimit, Incoming};
use crate::error::root_cause;
use crate::observe::{BodyEnd, CallInfo, Observer, TransportEvent};
use crate::policy::{BodyClock, BreakerGuard, Permit, RetryClass, until};
use crate::redact::Redactor;
use crate::{Error, ErrorKind, TimeoutPhase};

/// A response body, in pieces as they come from the network. The pieces' bounds mean nothing.
///
/// It is a [`Stream`], and has [`next`](Self::next) for those who need no stream. Nothing is read ahead of the caller
/// beyond the connection's own buffer, so a slow reader slows the sender. Dropping it before its end closes the request.
/// After an error it gives nothing more.
pub struct Body {
    inner: Incoming,
    clock: BodyClock,
    pub(super) context: CallContext,
    permit: Option<Permit>,
    /// In a box: most transports have no breaker.
    guard: Option<Box<BreakerGuard>>,
    received: u64,
    ended: Option<BodyEnd>,
}

/// What a body needs to know of its call.
pub(super) struct CallContext {
    pub(crate) call: Arc<CallInfo>,
    pub(crate) observers: Arc<[Arc<dyn Observer>]>,
    pub(crate) started: Instant,
    pub(crate) request_id: Option<String>,
    pub(crate) redactor: Redactor,
}

impl CallContext {
    pub(crate) fn emit(&self, event: &TransportEvent<'_>) {
        for observer in self.observers.iter() {
            observer.observe(&self.call, event);
        }
    }
}

impl Body {
    pub(super) fn new(
        inner: Incoming,
        clock: BodyClock,
        context: CallContext,
        permit: Option<Permit>,
    ) -> Self {
        Self { inner, clock, context, permit, guard: None, received: 0, ended: None }
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Timeout`] when the idle limit or the limit of the whole call ran out; [`ErrorKind::Transport`] when
    /// the connection broke. Neither takes back the pieces that were given before.
    pub async fn next(&mut self) -> Option<Result<Bytes, Error>> {
        std::future::poll_fn(|cx| self.poll_piece(cx)).await
    }

    /// The whole body, of `limit` bytes at most.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooLarge`] when it is larger, besides those of [`next`](Self::next).
    pub async fn bytes(&mut self, limit: usize) -> Result<Bytes, Error> {
        let announced = self.inner.announced();
        if announced.is_some_and(|size| size > limit as u64) {
            return Err(self.too_large(limit));
        }
        let Some(first) = self.next().await.transpose()? else {
            return Ok(Bytes::new());
        };
        if announced == Some(first.len() as u64) && first.len() <= limit {
            // The common case of a small answer: one piece, no copy. What is left is the end of the body.
            // It has to be read: the connection goes back to its pool only at the end of the body.
            return match self.next().await.transpose()? {
                None => Ok(first),
                Some(_) => Err(self.too_large(limit)),
            };
        }
        // What the service announces is believed up to 1 MiB; beyond that memory is taken as bytes come.
        let mut whole = BytesMut::with_capacity(announced.unwrap_or(0).min(1 << 20) as usize);
        let mut piece = Some(first);
        while let Some(bytes) = piece {
            if bytes.len() > limit - whole.len() {
                return Err(self.too_large(limit));
            }
            whole.extend_from_slice(&bytes);
            piece = self.next().await.transpose()?;
        }
        Ok(whole.freeze())
    }

    /// Reads up to `limit` bytes until `deadline` and keeps whatever came: (bytes, whether that was not all). For error
    /// bodies, where half of one is better than none.
    pub(crate) async fn beginning(mut self, limit: usize, deadline: Instant) -> (Bytes, bool) {
        let mut whole = BytesMut::new();
        loop {
            match until(Some(deadline), self.next()).await {
                Some(Some(Ok(piece))) => {
                    let room = limit - whole.len();
                    whole.extend_from_slice(&piece[..piece.len().min(room)]);
                    if piece.len() > room {
                        return (whole.freeze(), true);
                    }
                }
                Some(None) => return (whole.freeze(), false),
                Some(Some(Err(_))) | None => return (whole.freeze(), true),
            }
        }
    }

    /// How many bytes have come so far.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// The service's id of the request that this is the response to.
    pub fn request_id(&self) -> Option<&str> {
        self.context.request_id.as_deref()
    }

    /// How many tokens the call holds of the tokens a minute; `None` where these are not limited.
    pub fn reserved_tokens(&self) -> Option<u64> {
        self.permit.as_ref()?.reserved()
    }

    /// Reports how many tokens the call used (of input those that were not read from a cache), so that the rest of what it had reserved
    /// ([`Request::reserve_tokens`](crate::Request::reserve_tokens)) is free for others; what it used beyond is taken. Also
    /// after the end of the body, where the count is known as a rule. Without this the reservation stands.
    pub fn settle_tokens(&mut self, input: u64, output: u64) {
        if let Some(permit) = &mut self.permit
            && let Some(reserved) = permit.reserved()
        {
            let used = permit.settle(input, output);
            self.context.emit(&TransportEvent::Settled { reserved, used });
        }
    }

    /// Reports that the response was a failure, though HTTP delivered it whole: an exception inside of a stream, or a stream
    /// without its end. The circuit breaker counts it like a request that failed at once. Without this a body that is read
    /// to its end is a success.
    pub fn report(&mut self, error: &Error) {
        self.verdict(Some(error));
    }

    pub(crate) fn judge_at_its_end(&mut self, guard: Option<BreakerGuard>) {
        self.guard = guard.map(Box::new);
    }

    fn verdict(&mut self, failed: Option<&Error>) {
        if let Some(guard) = self.guard.take()
            && let Some(state) = guard.verdict(failed, Instant::now())
        {
            self.context.emit(&TransportEvent::Breaker { state });
        }
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        if self.ended.is_some() {
            return Poll::Ready(None);
        }
        match self.inner.poll_piece(cx) {
            Poll::Ready(Some(Ok(piece))) => {
                let now = Instant::now();
                if self.clock.is_over(now) {
                    return Poll::Ready(Some(Err(self.timed_out(TimeoutPhase::Total))));
                }
                // After the deadline was looked at: a piece that comes too late is not given.
                self.clock.progress(now);
                // Right because no piece is ever empty.
                if self.received == 0 {
                    self.context.emit(&TransportEvent::FirstPiece { elapsed: now - self.context.started });
                }
                self.received += piece.len() as u64;
                Poll::Ready(Some(Ok(piece)))
            }
            Poll::Ready(None) => {
                self.end(BodyEnd::Complete);
                Poll::Ready(None)
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(self.broken(error)))),
            // The connection has the waker already; the timer gets it too.
            Poll::Pending => match self.clock.poll_expired(cx) {
                Poll::Ready(phase) => Poll::Ready(Some(Err(self.timed_out(phase)))),
                Poll::Pending => Poll::Pending,
            },
        }
    }

    fn broken(&mut self, error: Cause) -> Error {
        if error.is::<ClientLimit>() {
            // Final, as our own limit on the whole call is: asking again would
            // only run into it again.
            let message = format!("{error}, after {} bytes of the response", self.received);
            let kind = ErrorKind::Timeout(TimeoutPhase::Total);
            return self.failed(Error::new(kind, RetryClass::Final, message).with_source(error));
        }
        let message = format!(
            "the connection broke after {} bytes of the response: {}",
            self.received,
            root_cause(&*error)
        );
        self.failed(Error::new(ErrorKind::Transport, RetryClass::Transient, message).with_source(error))
    }

    fn timed_out(&mut self, phase: TimeoutPhase) -> Error {
        // Closes the request now and not when the caller drops the body.
        self.inner = Incoming::Whole(Bytes::new());
        let received = self.received;
        let message = match self.clock.limit_of(phase) {
            Some(limit) => format!("nothing came for {limit:?} after {received} bytes of the response"),
            None => format!("the time for the whole call ran out after {received} bytes of the response"),
        };
        // A stream that fell silent may do better the next time; a call without time left cannot.
        let class = if phase == TimeoutPhase::Total { RetryClass::Final } else { RetryClass::Transient };
        self.failed(Error::new(ErrorKind::Timeout(phase), class, message))
    }

    fn too_large(&mut self, limit: usize) -> Error {
        self.failed(Error::new(
            ErrorKind::TooLarge,
            RetryClass::Final,
            format!("the response is larger than the limit of {limit} bytes"),
        ))
    }

    fn failed(&mut self, error: Error) -> Error {
        self.end(BodyEnd::Failed);
        self.verdict(Some(&error));
        // The id before the masking: it comes from the server too.
        error.with_request_id(self.context.request_id.clone()).redacted(&self.context.redactor)
    }

    fn end(&mut self, end: BodyEnd) {
        if self.ended.is_some() {
            return;
        }
        self.ended = Some(end);
        // The place among the calls is free now, even if the caller keeps the body.
        if let Some(permit) = &mut self.permit {
            permit.release();
        }
        let (bytes, elapsed) = (self.received, self.context.started.elapsed());
        self.context.emit(&TransportEvent::BodyEnd { end, bytes, elapsed });
        tracing::debug!(target: "bedrock_http", call = self.context.call.id, ?end, bytes, ?elapsed, "body ended");
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.end(BodyEnd::Abandoned);
        // Only now is it sure that nobody reports a failure. What was left before anything came says nothing.
        if self.ended == Some(BodyEnd::Complete) || self.received > 0 {
            self.verdict(None);
        }
    }
}

impl Stream for Body {
    type Item = Result<Bytes, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_piece(cx)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("received", &self.received)
            .field("ended", &self.ended.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Path, Request, Service};
    use std::time::Duration;

    fn endless(deadline: Instant) -> Body {
        let now = Instant::now();
        let request = Request::get(Service::Runtime, Path::new());
        let context = CallContext {
            call: Arc::new(CallInfo::of(&request)),
            observers: Arc::from([]),
            started: now,
            request_id: Some("rid".to_owned()),
            redactor: Redactor::default(),
        };
        let clock = BodyClock::new(None, Some(deadline), now);
        Body::new(Incoming::Endless, clock, context, None)
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_never_pauses_ends_with_the_call() {
        let mut body = endless(Instant::now() + Duration::from_secs(5));
        assert_eq!(body.next().await.unwrap().unwrap(), "x");
        tokio::time::advance(Duration::from_secs(5)).await;
        let error = body.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutPhase::Total));
        assert_eq!(error.request_id(), Some("rid"));
        assert!(body.next().await.is_none());
    }

    /// Writes down what the breaker and the limits say.
    #[derive(Default)]
    struct Diary(std::sync::Mutex<Vec<String>>);

    impl Observer for Diary {
        fn observe(&self, _: &CallInfo, event: &TransportEvent<'_>) {
            match event {
                TransportEvent::Breaker { state } => self.0.lock().unwrap().push(format!("{state:?}")),
                TransportEvent::Settled { reserved, used } => {
                    self.0.lock().unwrap().push(format!("{used} of {reserved}"));
                }
                _ => {}
            }
        }
    }

    fn watched(piece: &'static [u8], diary: &Arc<Diary>) -> Body {
        let mut body = endless(Instant::now() + Duration::from_secs(600));
        body.inner = Incoming::Whole(Bytes::from_static(piece));
        body.context.observers = Arc::from([diary.clone() as Arc<dyn Observer>]);
        body
    }

    #[tokio::test(start_paused = true)]
    async fn tokens_are_settled_after_the_end() {
        let limits = crate::Limits::default().concurrent(1).tokens_per_minute(600);
        let gates = crate::policy::Gates::new(limits);
        let enter = || gates.enter(None, crate::Priority::Normal, 600);
        let (start, diary) = (Instant::now(), Arc::default());
        let mut body = watched(b"answer", &diary);
        body.permit = Some(enter().await.unwrap());
        assert_eq!(body.bytes(10).await.unwrap(), "answer");
        assert_eq!(body.reserved_tokens(), Some(600));
        body.settle_tokens(60, 40);
        let next = enter().await.unwrap();
        assert_eq!(start.elapsed().as_secs(), 10, "the place was free, and all tokens but a hundred");
        drop((body, next));
        assert_eq!(*diary.0.lock().unwrap(), ["100 of 600"]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_breaker_judges_a_body_at_its_end() {
        use crate::policy::{BreakerConfig, Breakers};
        let config = BreakerConfig::default().failures(2);
        let breakers = Arc::new(Breakers::new(config));
        let diary = Arc::default();
        let read = async |failed: Option<Error>| {
            let mut body = watched(b"a", &diary);
            body.judge_at_its_end(Some(breakers.admit("h", None, Instant::now())?));
            body.bytes(10).await?;
            failed.iter().for_each(|error| body.report(error));
            Ok::<_, Error>(())
        };
        let broken = || Some(Error::broken_off("an exception came"));
        for failed in [broken(), None, broken(), broken()] {
            read(failed).await.unwrap();
        }
        assert_eq!(*diary.0.lock().unwrap(), ["Open"], "two in a row");
        assert_eq!(read(None).await.unwrap_err().kind(), ErrorKind::CircuitOpen);
        tokio::time::advance(Duration::from_secs(30)).await;

        // One probe, until its body has ended.
        let mut probe = watched(b"a", &diary);
        probe.judge_at_its_end(Some(breakers.admit("h", None, Instant::now()).unwrap()));
        assert!(read(None).await.is_err());
        probe.next().await.unwrap().unwrap();
        assert!(read(None).await.is_err());
        drop(probe);
        read(None).await.unwrap();
        assert_eq!(*diary.0.lock().unwrap(), ["Open", "Closed"]);
    }

    #[tokio::test]
    async fn an_endless_body_stops_at_its_limit() {
        let mut body = endless(Instant::now() + Duration::from_secs(600));
        assert_eq!(body.bytes(1_000).await.unwrap_err().kind(), ErrorKind::TooLarge);
    }
}
