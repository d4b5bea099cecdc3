//! What follows the message in its stream: from the first chunk on that the fold refuses.
//! Not for: keeping it; see [`LaterMessages`].

use bedrock_formats::invocation_metrics::BedrockKeys;

use super::{StreamState, new_fold};
use crate::event::EventSink;
use crate::fold::{ChunkError, RawChunk};
use crate::reader::answer::Place;
use crate::reader::error::ReadError;

impl StreamState {
    /// Takes a chunk of what follows the message.
    pub(super) fn push_later(&mut self, chunk: RawChunk<'_>, place: Place) -> Result<(), ChunkError> {
        let Self { later_messages, registry, fold, model_id, .. } = self;
        let again = || Some(new_fold(registry.get(&fold.as_ref()?.0)?, model_id.as_deref()));
        later_messages.push(chunk, place, again)
    }

    /// Takes the first chunk that is no part of the message.
    pub(crate) fn begin_other(
        &mut self,
        why: &str,
        chunk: RawChunk<'_>,
        place: Place,
        events: &mut EventSink<'_>,
    ) -> Result<(), ReadError> {
        // Measurements that came with the chunk are not of the message that refused it.
        let format = self.fold.as_ref().and_then(|(name, _)| self.registry.get(name));
        let Some(fold) = format.map(|format| new_fold(format, self.model_id.as_deref())) else {
            return self.ledger.record_chunk(place, why.to_owned(), chunk.json);
        };
        let begun = self.later_messages.begin(why, place, fold, chunk);
        // They were taken before the fold saw the chunk: those that they replaced are put back.
        if memchr::memmem::find(chunk.json, BedrockKeys::INVOCATION_METRICS.as_bytes()).is_some()
            && let Some(metrics) = std::mem::replace(&mut self.metrics, self.earlier_metrics.take())
        {
            self.later_messages.measure(metrics);
        }
        match begun {
            Ok(()) => Ok(()),
            Err(error) => self.refused(error, chunk, place, events),
        }
    }

    pub(super) fn refused(
        &mut self,
        error: ChunkError,
        chunk: RawChunk<'_>,
        place: Place,
        events: &mut EventSink<'_>,
    ) -> Result<(), ReadError> {
        match error {
            ChunkError::Exception(exception) => Err(self.break_off(exception, events)),
            ChunkError::Odd(odd) => self.ledger.record_odd(place, &odd),
            error => self.keep_unreadable(&error.to_string(), chunk, |_| place, events),
        }
    }
}
