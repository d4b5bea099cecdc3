//! What can be watched of answers: the first event, every event, the end, and streams that were left.
//!
//! Not for requests, attempts and bytes on the wire; the transport's observers see those
//! ([`bedrock_http::Observer`]).

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bedrock_aggregate::{Answer, Event};
use bedrock_formats::reply::Usage;
use bedrock_http::Call;

use crate::Error;
use crate::response::Head;

/// Which answer an event is about.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct AnswerInfo {
    /// The operation, as `ConverseStream`.
    pub operation: &'static str,
    /// The model, as the caller named it.
    pub model_id: String,
    /// The service's id of the request.
    pub request_id: Option<String>,
    /// How many requests were sent to get the answer.
    pub attempts: u32,
}

/// Something that happened to an answer. Durations count from when the call was sent. New kinds may be added.
#[derive(Debug)]
#[non_exhaustive]
pub enum AnswerEvent<'a> {
    /// The first event came.
    FirstEvent {
        /// Since the call was sent.
        elapsed: Duration,
    },
    /// An event came; the first one too.
    Event(&'a Event<'a>),
    /// The answer has ended, complete or not.
    End {
        /// What of it came.
        answer: &'a Answer,
        /// Why it is not complete.
        error: Option<&'a Error>,
        /// Since the call was sent.
        elapsed: Duration,
    },
    /// An answer came whole, of an operation that is not streamed.
    Whole {
        /// What it says that it used; `None` where it says nothing.
        usage: Option<Usage>,
        /// How many bytes its body has.
        bytes: usize,
        /// Since the call was sent.
        elapsed: Duration,
    },
    /// The caller dropped the stream before its end.
    Abandoned {
        /// Since the call was sent.
        elapsed: Duration,
    },
}

/// Receives what happens to answers, once something of them has arrived; what fails before that, the transport's observers
/// see. It is called from within the streams, so it must not block.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use std::sync::Arc;
/// use bedrock_client::{AnswerEvent, AnswerInfo, AnswerObserver, Client};
///
/// #[derive(Default)]
/// struct Tokens(AtomicU64);
///
/// impl AnswerObserver for Tokens {
///     fn observe(&self, _answer: &AnswerInfo, event: &AnswerEvent<'_>) {
///         if let AnswerEvent::End { answer, .. } = event {
///             let written = answer.reply.usage.and_then(|usage| usage.output_tokens);
///             self.0.fetch_add(written.unwrap_or(0), Ordering::Relaxed);
///         }
///     }
/// }
///
/// let tokens = Arc::new(Tokens::default());
/// let builder = Client::builder().answer_observer(tokens.clone());
/// # let _ = builder;
/// ```
pub trait AnswerObserver: Send + Sync {
    /// Something happened to an answer.
    fn observe(&self, answer: &AnswerInfo, event: &AnswerEvent<'_>);
}

/// All observers of a client.
pub(crate) type Observers = Arc<[Arc<dyn AnswerObserver>]>;

/// Emits what happens to one answer to its observers; when it is dropped before the end, that the stream was left.
pub(crate) struct Watch {
    observers: Observers,
    info: AnswerInfo,
    started: Instant,
    has_event: bool,
    ended: bool,
}

impl Watch {
    /// `None` where there are no observers: watching costs nothing then.
    pub(crate) fn new(
        observers: &Observers,
        started: Instant,
        info: impl FnOnce() -> AnswerInfo,
    ) -> Option<Self> {
        let observers = Some(observers.clone()).filter(|observers| !observers.is_empty())?;
        Some(Self { observers, info: info(), started, has_event: false, ended: false })
    }

    /// Of an answer that has come whole.
    pub(crate) fn of_whole(
        observers: &Observers,
        call: &Call,
        started: Instant,
        head: &Head,
    ) -> Option<Self> {
        Self::new(observers, started, || AnswerInfo {
            operation: call.info().operation.unwrap_or_default(),
            model_id: call.info().model.clone().unwrap_or_default(),
            request_id: head.request_id.clone(),
            attempts: head.attempts,
        })
    }

    pub(crate) fn whole(mut self, usage: Option<Usage>, bytes: usize) {
        self.ended = true;
        self.emit(&AnswerEvent::Whole { usage, bytes, elapsed: self.started.elapsed() });
    }

    pub(crate) fn event(&mut self, event: &Event<'_>) {
        if !std::mem::replace(&mut self.has_event, true) {
            self.emit(&AnswerEvent::FirstEvent { elapsed: self.started.elapsed() });
        }
        self.emit(&AnswerEvent::Event(event));
    }

    pub(crate) fn end(&mut self, answer: &Answer, error: Option<&Error>) {
        if !std::mem::replace(&mut self.ended, true) {
            self.emit(&AnswerEvent::End { answer, error, elapsed: self.started.elapsed() });
        }
    }

    fn emit(&self, event: &AnswerEvent<'_>) {
        for observer in self.observers.iter() {
            observer.observe(&self.info, event);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // Also where a task is cancelled: every answer that an observer has seen begin has an end.
        if !self.ended {
            self.emit(&AnswerEvent::Abandoned { elapsed: self.started.elapsed() });
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("info", &self.info).finish_non_exhaustive()
    }
}
