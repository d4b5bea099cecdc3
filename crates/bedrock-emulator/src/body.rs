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

use crate::connection::Line;
use crate::log::{Exchange, Outcome};
use crate::operations::EchoBody;
use crate::plan::{Plan, Step};

/// A planned body on its way.
pub(crate) struct PlannedBody {
    plan: Plan,
    /// What is left of the step in hand, when it goes in pieces.
    rest: Bytes,
    alarm: Option<Pin<Box<Sleep>>>,
    waiting: bool,
    /// Whether the connection was just told to end: nothing comes after.
    killed: bool,
    exact: Option<u64>,
    exchange: Arc<Exchange>,
    line: Arc<Line>,
}

impl PlannedBody {
    pub(crate) fn new(plan: Plan, exchange: Arc<Exchange>, line: Arc<Line>) -> Self {
        Self {
            plan,
            rest: Bytes::new(),
            alarm: None,
            waiting: false,
            killed: false,
            exact: None,
            exchange,
            line,
        }
    }

    /// A body whose length the connection may state.
    pub(crate) fn with_exact_length(mut self) -> Self {
        self.exact = Some(self.plan.length() as u64);
        self
    }

    fn wait(&mut self, time: Duration) {
        if time.is_zero() {
            return;
        }
        let until = Instant::now() + time;
        match &mut self.alarm {
            Some(alarm) => alarm.as_mut().reset(until),
            None => self.alarm = Some(Box::pin(tokio::time::sleep_until(until))),
        }
        self.waiting = true;
    }

    /// Gives out a step's bytes, or the first piece of them.
    fn give(&mut self, bytes: Bytes, events: usize) -> Frame<Bytes> {
        let mut bytes = bytes;
        if let Some(size) = self.plan.piece.filter(|size| *size < bytes.len()) {
            self.rest = bytes.split_off(size);
        }
        if self.plan.piece.is_some() {
            self.wait(self.plan.piece_gap);
        }
        self.exchange.sent(events, bytes.len());
        if let Some(exact) = &mut self.exact {
            *exact = exact.saturating_sub(bytes.len() as u64);
        }
        Frame::data(bytes)
    }
}

impl Body for PlannedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        loop {
            if this.killed {
                return Poll::Pending;
            }
            if let (true, Some(alarm)) = (this.waiting, &mut this.alarm) {
                ready!(alarm.as_mut().poll(cx));
                this.waiting = false;
            }
            if !this.rest.is_empty() {
                let rest = std::mem::take(&mut this.rest);
                return Poll::Ready(Some(Ok(this.give(rest, 0))));
            }
            match this.plan.steps.pop_front() {
                None => {
                    this.exchange.end(Outcome::Sent);
                    return Poll::Ready(None);
                }
                Some(Step::Wait(time)) => this.wait(time),
                Some(Step::Event(bytes)) => return Poll::Ready(Some(Ok(this.give(bytes, 1)))),
                // An empty piece would look like an end to some versions of HTTP.
                Some(Step::Send(bytes)) if bytes.is_empty() => {}
                Some(Step::Send(bytes)) => return Poll::Ready(Some(Ok(this.give(bytes, 0)))),
                Some(Step::Kill(kill)) => {
                    this.exchange.end(Outcome::Broken);
                    this.killed = true;
                    this.line.cut(kill);
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        let ended = self.plan.steps.is_empty() && self.rest.is_empty() && !self.killed;
        if ended {
            self.exchange.end(Outcome::Sent);
        }
        ended
    }

    fn size_hint(&self) -> SizeHint {
        self.exact.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

impl Drop for PlannedBody {
    fn drop(&mut self) {
        self.exchange.end(Outcome::Abandoned);
    }
}

/// Either kind of body that the server sends.
pub(crate) enum AnswerBody {
    Planned(PlannedBody),
    Echo(Box<EchoBody>),
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Planned(body) => Pin::new(body).poll_frame(cx),
            Self::Echo(body) => Pin::new(body.as_mut()).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Planned(body) => body.is_end_stream(),
            Self::Echo(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Planned(body) => body.size_hint(),
            Self::Echo(body) => body.size_hint(),
        }
    }
}
