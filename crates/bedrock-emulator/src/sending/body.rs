//! The body of an answer: takes the steps of a plan as the connection asks for bytes. A slow reader slows the steps; a reader
//! that goes away ends them.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep};

use super::plan::{Plan, Step};
use crate::exchange::{ConnectionHandle, Exchange, Outcome};

/// Takes the steps of a plan as the connection asks for bytes.
pub(crate) struct Steps {
    plan: Plan,
    /// What is left of the current step, when it is sent in pieces.
    rest: Bytes,
    timer: Option<Pin<Box<Sleep>>>,
    waiting: bool,
    /// Whether the connection is about to end: nothing follows.
    disconnected: bool,
    exchange: Arc<Exchange>,
    connection: Arc<ConnectionHandle>,
}

impl Steps {
    pub(crate) fn new(plan: Plan, exchange: Arc<Exchange>, connection: Arc<ConnectionHandle>) -> Self {
        Self {
            plan,
            rest: Bytes::new(),
            timer: None,
            waiting: false,
            disconnected: false,
            exchange,
            connection,
        }
    }

    /// Continues with another plan when this one is done.
    pub(crate) fn then(&mut self, plan: Plan) {
        self.plan.then(plan);
    }

    pub(crate) fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// The next bytes; `None` where no step is left.
    pub(crate) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            if self.disconnected {
                // Nobody is woken: the connection's task ends, and drops this.
                return Poll::Pending;
            }
            if let (true, Some(timer)) = (self.waiting, &mut self.timer) {
                ready!(timer.as_mut().poll(cx));
                self.waiting = false;
            }
            if !self.rest.is_empty() {
                let rest = std::mem::take(&mut self.rest);
                return Poll::Ready(Some(self.send(rest, 0)));
            }
            match self.plan.steps.pop_front() {
                None => return Poll::Ready(None),
                Some(Step::Wait(time)) => self.wait(time),
                Some(Step::Event(bytes)) => return Poll::Ready(Some(self.send(bytes, 1))),
                // An empty piece would look like an end to some versions of HTTP.
                Some(Step::Send(bytes)) if bytes.is_empty() => {}
                Some(Step::Send(bytes)) => return Poll::Ready(Some(self.send(bytes, 0))),
                Some(Step::Disconnect(how)) => {
                    self.exchange.end(Outcome::Broken);
                    self.disconnected = true;
                    self.connection.disconnect(how);
                }
            }
        }
    }

    fn wait(&mut self, time: Duration) {
        if time.is_zero() {
            return;
        }
        let until = Instant::now() + time;
        match &mut self.timer {
            Some(timer) => timer.as_mut().reset(until),
            None => self.timer = Some(Box::pin(tokio::time::sleep_until(until))),
        }
        self.waiting = true;
    }

    /// Hands out a step's bytes, or the first piece of them.
    fn send(&mut self, bytes: Bytes, events: usize) -> Bytes {
        let mut bytes = bytes;
        if let Some(size) = self.plan.piece.filter(|size| *size < bytes.len()) {
            self.rest = bytes.split_off(size);
        }
        if self.plan.piece.is_some() {
            self.wait(self.plan.piece_gap);
        }
        // An event counts with its first piece.
        self.exchange.sent(events, bytes.len());
        bytes
    }

    fn is_done(&self) -> bool {
        self.plan.steps.is_empty() && self.rest.is_empty() && !self.disconnected
    }
}

/// Whoever stops taking steps before the last has gone away.
impl Drop for Steps {
    fn drop(&mut self) {
        self.exchange.end(Outcome::Abandoned);
    }
}

/// A body that is made while it is sent.
pub(crate) trait LiveBody: Send {
    /// The next bytes; `None` at the end.
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>>;
}

/// A body that the server sends.
pub(crate) enum AnswerBody {
    /// One whose steps are known, and how much of it is left where the connection states its length.
    Planned(Steps, Option<u64>),
    Live(Box<dyn LiveBody>),
}

impl AnswerBody {
    /// A body whose steps are known. With `has_length` the connection states its length.
    pub(crate) fn planned(steps: Steps, has_length: bool) -> Self {
        let length = has_length.then(|| steps.plan.length() as u64);
        Self::Planned(steps, length)
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = match self.get_mut() {
            Self::Live(body) => ready!(body.poll_piece(cx)),
            Self::Planned(steps, left) => {
                let piece = ready!(steps.poll_piece(cx));
                match (&piece, left) {
                    (None, _) => steps.exchange.end(Outcome::Sent),
                    (Some(bytes), Some(left)) => *left = left.saturating_sub(bytes.len() as u64),
                    (Some(_), None) => {}
                }
                piece
            }
        };
        Poll::Ready(piece.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        match self {
            // hyper asks after each piece, and does not poll again where this is
            // true: so it is the end.
            Self::Planned(steps, _) if steps.is_done() => {
                steps.exchange.end(Outcome::Sent);
                true
            }
            _ => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Planned(_, Some(left)) => SizeHint::with_exact(*left),
            _ => SizeHint::default(),
        }
    }
}
