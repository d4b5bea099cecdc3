//! A fold whose events go to one handler, with the ids of their run.
//! Not for: a whole answer from its bytes; see [`Reader`](crate::Reader).

use std::borrow::Cow;
use std::fmt;

use super::{Run, RunEvent};
use crate::completeness::{Completeness, Missing};
use crate::event::{Event, EventSink, MessageEnd, StreamFault};
use crate::fold::raw_list::RawList;
use crate::fold::{Aggregator, BuildError, ChunkError, RawChunk};

/// An [`Aggregator`] with a run and a handler of its own: chunks go in, events come out with the run's id, and `build`
/// gives the message.
///
/// The handler gets `RunStarted` before the first event. [`build`](Self::build) emits the end: `RunFinished`, or `RunError`
/// where the message is not complete. [`clear`](Self::clear) makes it ready for the next stream, under the same ids.
///
/// ```
/// use bedrock_aggregate::formats::OpenAiChatAggregator;
/// use bedrock_aggregate::{Event, RawChunk, RunAggregator, RunEvent};
///
/// let mut shown = String::new();
/// let on_event = |event: RunEvent<'_>| {
///     assert_eq!(event.run_id, "run_1");
///     if let Event::TextDelta(text) = &event.event {
///         shown.push_str(text);
///     }
/// };
/// let mut agg = RunAggregator::new(OpenAiChatAggregator::default(), "run_1", on_event);
/// for chunk in [
///     r#"{"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":"Ra"}}]}"#,
///     r#"{"id":"c","choices":[{"index":0,"delta":{"content":"in."},"finish_reason":"stop"}]}"#,
/// ] {
///     agg.aggregate_raw(RawChunk::new(chunk.as_bytes()))?;
/// }
/// let completion = agg.build()?;
/// agg.clear();
/// assert_eq!(completion.id.as_deref(), Some("c"));
/// # drop(agg);
/// assert_eq!(shown, "Rain.");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RunAggregator<A, H> {
    fold: A,
    run: Run,
    on_event: H,
    malformed: usize,
    exception: Option<crate::StreamException>,
    other_message: Option<String>,
    /// The failure that the stop reason stands for.
    failed: Option<crate::StreamException>,
}

impl<A: Aggregator, H: FnMut(RunEvent<'_>)> RunAggregator<A, H> {
    /// An aggregator in a run. Pass `|_| {}` to ignore events.
    pub fn new(fold: A, run: impl Into<Run>, on_event: H) -> Self {
        let (exception, other_message, failed) = (None, None, None);
        Self { fold, run: run.into(), on_event, malformed: 0, exception, other_message, failed }
    }

    /// Takes one chunk.
    ///
    /// # Errors
    ///
    /// As [`Aggregator::aggregate`]. The handler also gets an exception of the service as an event.
    pub fn aggregate(&mut self, chunk: A::Chunk) -> Result<(), ChunkError> {
        self.with_sink(|fold, events| fold.aggregate(chunk, events))
    }

    /// Takes one chunk as it arrived: the fast way.
    ///
    /// # Errors
    ///
    /// As [`Aggregator::aggregate_raw`]. The handler also gets an exception of the service as an event.
    pub fn aggregate_raw(&mut self, chunk: RawChunk<'_>) -> Result<(), ChunkError> {
        self.with_sink(|fold, events| fold.aggregate_raw(chunk, events))
    }

    /// The message of all chunks; the handler gets the end of the run.
    ///
    /// # Errors
    ///
    /// As [`Aggregator::build`].
    pub fn build(&mut self) -> Result<A::Message, BuildError> {
        // Doubtful: taken before `end`, so that a failure is missed whose stop only `end` emits.
        let missing = self.missing();
        let Self { fold, run, on_event, .. } = self;
        fold.end(&mut EventSink::new(&mut |event| run.push(event, on_event)));
        let message = fold.build()?;
        let completeness = Completeness::from(missing);
        if completeness.is_complete() {
            run.push(Event::MessageEnd(MessageEnd::default()), on_event);
        }
        run.finish(&completeness, on_event);
        Ok(message)
    }

    /// Forgets everything but the ids and the model, for the next stream.
    pub fn clear(&mut self) {
        self.fold.clear();
        self.run.restart();
        (self.malformed, self.exception, self.other_message, self.failed) = (0, None, None, None);
    }

    /// What the message still lacks.
    #[must_use]
    pub fn missing(&self) -> Missing {
        let missing = self.fold.missing();
        let exception = self.exception.clone().or(missing.exception).or_else(|| self.failed.clone());
        let other_message = self.other_message.clone();
        Missing { exception, malformed: self.malformed, other_message, ..missing }
    }

    /// The message so far, without ending it.
    #[must_use]
    pub fn snapshot(&self) -> Option<A::Message> {
        self.fold.snapshot()
    }

    /// The chunks that were well-formed and not known.
    #[must_use]
    pub fn unknown(&self) -> &RawList {
        self.fold.unknown()
    }

    /// The run.
    #[must_use]
    pub fn run(&self) -> &Run {
        &self.run
    }

    fn with_sink(
        &mut self,
        take: impl FnOnce(&mut A, &mut EventSink<'_>) -> Result<(), ChunkError>,
    ) -> Result<(), ChunkError> {
        let Self { fold, run, on_event, failed, .. } = self;
        let mut emit = |event: Event<'_>| {
            if let Event::Stop(stop) = &event {
                *failed = crate::StreamException::of_reason(&stop.reason, &stop.native).or(failed.take());
            }
            run.push(event, on_event);
        };
        let taken = take(fold, &mut EventSink::new(&mut emit));
        match &taken {
            Err(ChunkError::Exception(exception)) => {
                let (error_type, message) =
                    (Cow::Borrowed(&*exception.error_type), Cow::Borrowed(&*exception.message));
                run.push(Event::Error(StreamFault { error_type, message }), on_event);
                self.exception.get_or_insert_with(|| exception.clone());
            }
            Err(ChunkError::Malformed(_)) => self.malformed += 1,
            Err(ChunkError::Odd(odd)) => self.malformed += odd.len(),
            Err(ChunkError::OtherMessage(why)) => drop(self.other_message.get_or_insert_with(|| why.clone())),
            Err(ChunkError::AlreadyBuilt) | Ok(()) => {}
        }
        taken
    }
}

impl<A: fmt::Debug, H> fmt::Debug for RunAggregator<A, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunAggregator")
            .field("fold", &self.fold)
            .field("run", &self.run)
            .finish_non_exhaustive()
    }
}
