//! The answers of a stream: what the folds made of it, with Bedrock's measurements and the verdict.
//! Not for: which chunk goes to which fold.

use bedrock_formats::invocation_metrics::{BedrockKeys, InvocationMetrics};
use bedrock_formats::model_id::FORMAT_NAMES;
use bedrock_formats::reply::Reply;
use serde_json::Value;

use super::StreamState;
use crate::completeness::{Completeness, Missing, StreamException};
use crate::event::{Event, EventSink, UsageUpdate};
use crate::fold::faults;
use crate::fold::raw_list::RawList;
use crate::reader::answer::{Answer, Undecided};
use crate::reader::error::ReadError;
use crate::reader::later_messages::LaterMessage;

impl StreamState {
    /// The answer so far.
    pub(crate) fn snapshot(&self) -> Option<Answer> {
        if let Some(whole) = &self.whole {
            return Some(whole.clone());
        }
        let (name, fold) = match (&self.fold, &self.contest) {
            (Some((name, fold)), _) => (name.as_str(), &**fold),
            (None, Some(contest)) => contest.likelier(),
            (None, None) => return None,
        };
        let later = self.later_messages.later().iter().map(|later| (later, later.fold.snapshot()));
        let later = later.map(|(later, native)| self.later(name, later, native)).collect();
        let (answer, _) = self.answer(name, fold.snapshot(), fold.missing(), fold.unknown().clone());
        Some(Answer { later, ..answer })
    }

    /// A message that followed the first.
    fn later(&self, name: &str, later: &LaterMessage, native: Option<crate::Native>) -> Answer {
        let missing = Missing { other_message: later.why.clone(), ..later.fold.missing() };
        let unknown = later.fold.unknown().clone();
        self.measured_answer(name, native, missing, unknown, later.metrics.as_ref()).0
    }

    /// The answer.
    pub(crate) fn finish(
        mut self,
        error: Option<ReadError>,
        held: Option<usize>,
        events: &mut EventSink<'_>,
    ) -> Result<Answer, Undecided> {
        let is_broken = matches!(error, Some(ReadError::Exception(_)));
        // First: what waited for its format is emitted before the end is.
        let settled = self.settle(is_broken, events).err();
        let error = error.or(settled);
        let mut broken = Missing { held, malformed: self.ledger.count(), ..Missing::default() };
        match error {
            Some(ReadError::Exception(exception)) => broken.exception = Some(exception),
            Some(ReadError::Malformed(_)) | None => {}
            Some(error) => broken.corrupt = Some(error.to_string()),
        }
        if let Some(whole) = self.whole.take() {
            return Ok(whole);
        }
        if self.fold.is_none() && self.undecided_matter {
            let chunks = self.undecided.into_list();
            return Err(Undecided { chunks, completeness: Box::new(broken.into()) });
        }
        self.end_fold(events);
        let (name, native, missing, unknown) = match self.fold.take() {
            Some((name, mut fold)) => {
                let missing = fold.missing();
                (name, fold.build().ok(), missing, fold.unknown().clone())
            }
            None => (String::new(), None, Missing { empty: true, ..Missing::default() }, RawList::new()),
        };
        let missing = Missing { held, malformed: broken.malformed, corrupt: broken.corrupt, ..missing };
        // An exception that ended the reading was emitted when it came.
        let is_emitted = broken.exception.is_some();
        let exception = broken.exception.or_else(|| missing.exception.clone());
        let missing = Missing { exception, ..missing };
        let (mut answer, measured) = self.answer(&name, native, missing, unknown);
        let built: Vec<_> =
            self.later_messages.later_mut().iter_mut().map(|later| later.fold.build().ok()).collect();
        let later = self.later_messages.later().iter().zip(built);
        answer.later = later.map(|(later, native)| self.later(&name, later, native)).collect();
        // No fold has emitted counts that only Bedrock's measurements have.
        if let Some(usage) = answer.reply.usage.filter(|_| measured && !is_emitted) {
            events.emit(|| Event::Usage(UsageUpdate { usage }));
        }
        if let Some(exception) = answer.completeness.exception().filter(|_| !is_emitted) {
            exception.emit(events);
        }
        if answer.completeness.is_complete() {
            events.emit(|| Event::MessageEnd(Default::default()));
        }
        Ok(answer)
    }

    /// The answer, and whether its counts are filled from the measurements.
    fn answer(
        &self,
        name: &str,
        native: Option<crate::Native>,
        mut missing: Missing,
        unknown: RawList,
    ) -> (Answer, bool) {
        missing.malformed = self.ledger.count();
        missing.other_message = self.later_messages.why().map(str::to_owned);
        let (answer, is_filled) = self.measured_answer(name, native, missing, unknown, self.metrics.as_ref());
        (Answer { malformed: self.ledger.malformed().to_vec(), ..answer }, is_filled)
    }

    /// One of the answers of the stream, with the measurements that came with it.
    fn measured_answer(
        &self,
        name: &str,
        native: Option<crate::Native>,
        mut missing: Missing,
        unknown: RawList,
        metrics: Option<&InvocationMetrics>,
    ) -> (Answer, bool) {
        let model_id = self.model_id.as_deref();
        let mut reply = native.as_ref().map_or_else(Reply::default, |native| native.to_reply_of(model_id));
        missing.exception = missing.exception.or_else(|| StreamException::of_stop(&reply));
        let sent = reply.usage;
        let measured = metrics.map(InvocationMetrics::to_reply);
        // What the format's own last word would have replaced is no count of the whole answer: a placeholder.
        let counted_by_metrics = missing.usage && measured.is_some_and(|usage| usage.output_tokens.is_some());
        if let Some(measured) = &measured {
            let mut usage = sent.unwrap_or_default();
            usage.output_tokens = usage.output_tokens.filter(|_| !counted_by_metrics);
            // The body's counts first: the measured ones can be wrong (Nova with two calls at once:
            // 0 and 0; Claude 3 with tools: too few).
            usage.fill(measured);
            reply.usage = usage.some();
        }
        let is_filled = counted_by_metrics || reply.usage != sent;
        missing.usage &= !counted_by_metrics;
        let counted = reply.usage.is_some_and(|usage| usage.output_tokens.is_some());
        missing.usage |= !counted && self.owes_counts(name, native.as_ref());
        let answer = Answer {
            format: name.to_owned(),
            completeness: missing.into(),
            native,
            reply,
            invocation_metrics: metrics.cloned(),
            malformed: Vec::new(),
            unknown,
            later: Vec::new(),
        };
        (answer, is_filled)
    }

    /// The verdict on a whole response: it may be an error, or hold one, or be asked for before it is done. All formats that are built
    /// in say why the model stopped; without that it is a beginning, as the first chunk of a stream is.
    pub(super) fn verdict_of_whole(&self, format: &str, response: &Value, reply: &Reply) -> Completeness {
        let exception = faults::of_whole(response).or_else(|| StreamException::of_stop(reply));
        let stop = reply.stop_reason.is_none() && FORMAT_NAMES.contains(&format);
        let other_message = self.later_messages.why().map(str::to_owned);
        Missing { exception, stop, malformed: self.ledger.count(), other_message, ..Missing::default() }
            .into()
    }

    /// Whether an answer without counts must have been cut, though its format sends them on request only: InvokeModel
    /// measures every answer of its models, unless a guardrail stands between.
    fn owes_counts(&self, format: &str, native: Option<&crate::Native>) -> bool {
        let guarded = |native: &crate::Native| {
            native.to_json().get(BedrockKeys::GUARDRAIL_ACTION).is_some_and(|action| !action.is_null())
        };
        self.invoked && FORMAT_NAMES.contains(&format) && native.is_some_and(|native| !guarded(native))
    }
}
