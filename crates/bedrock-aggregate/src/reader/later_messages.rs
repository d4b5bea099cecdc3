//! Messages that follow the first one in its stream, each kept by itself.
//! Not for: deciding what is no part of a message; the folds refuse that (see
//! [`ChunkError::OtherMessage`](crate::ChunkError::OtherMessage)).
//!
//! A stream holds one message, the first. From the first refused chunk on, everything goes to another fold, without
//! a sink: so the events, the first answer and its verdict agree, and nothing is lost.

use bedrock_formats::invocation_metrics::InvocationMetrics;

use crate::event::EventSink;
use crate::fold::{ChunkError, Fold, RawChunk};
use crate::reader::answer::Place;

/// How many further messages are kept. Chunks of any beyond that are malformed.
// Each has a fold of its own, and a stream can begin another message with every chunk.
pub(crate) const MAX_LATER_MESSAGES: usize = 32;

/// The messages after the first.
#[derive(Default)]
pub(crate) struct LaterMessages {
    /// What is no part of the first, and where it came.
    why: Option<String>,
    later: Vec<LaterMessage>,
}

/// A message of its own.
pub(crate) struct LaterMessage {
    pub(crate) fold: Box<dyn Fold>,
    pub(crate) metrics: Option<InvocationMetrics>,
    /// What is no part of this one either.
    pub(crate) why: Option<String>,
}

impl LaterMessages {
    /// Whether anything came that is no part of the first.
    #[inline]
    pub(crate) fn has_begun(&self) -> bool {
        self.why.is_some()
    }

    /// What is no part of the first, and where it came.
    pub(crate) fn why(&self) -> Option<&str> {
        self.why.as_deref()
    }

    /// Notes what is no part of the first, where nothing else has been noted.
    pub(crate) fn refuse(&mut self, why: &str) {
        self.why.get_or_insert_with(|| why.to_owned());
    }

    /// The messages.
    pub(crate) fn later(&self) -> &[LaterMessage] {
        &self.later
    }

    /// The same, to be ended.
    pub(crate) fn later_mut(&mut self) -> &mut [LaterMessage] {
        &mut self.later
    }

    /// Takes the chunk that the message so far has refused: another message begins with it, which `fold` folds.
    pub(crate) fn begin(
        &mut self,
        why: &str,
        place: Place,
        fold: Box<dyn Fold>,
        chunk: RawChunk<'_>,
    ) -> Result<(), ChunkError> {
        let own = match self.later.last_mut() {
            Some(last) => &mut last.why,
            None => &mut self.why,
        };
        own.get_or_insert_with(|| format!("{place}: {why}"));
        if self.later.len() >= MAX_LATER_MESSAGES {
            return Err(ChunkError::Malformed(format!(
                "{why}; no more than {MAX_LATER_MESSAGES} messages are kept"
            )));
        }
        self.later.push(LaterMessage { fold, metrics: None, why: None });
        match self.later.last_mut() {
            Some(last) => last.fold.push(chunk, &mut EventSink::none()),
            None => Ok(()),
        }
    }

    /// Takes a chunk of what follows.
    pub(crate) fn push(
        &mut self,
        chunk: RawChunk<'_>,
        place: Place,
        fold: impl FnOnce() -> Option<Box<dyn Fold>>,
    ) -> Result<(), ChunkError> {
        let Some(last) = self.later.last_mut() else { return Ok(()) };
        match last.fold.push(chunk, &mut EventSink::none()) {
            Err(ChunkError::OtherMessage(why)) => match fold() {
                Some(fold) => self.begin(&why, place, fold, chunk),
                None => Err(ChunkError::OtherMessage(why)),
            },
            other => other,
        }
    }

    /// Takes Bedrock's measurements of the message that is being read; hands them back where that is the first.
    pub(crate) fn measure(&mut self, metrics: InvocationMetrics) -> Option<InvocationMetrics> {
        match self.later.last_mut() {
            Some(last) => {
                last.metrics = Some(metrics);
                None
            }
            None => Some(metrics),
        }
    }
}
