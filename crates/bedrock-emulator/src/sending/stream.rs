//! The steps of a stream, and the faults that change them: where each applies, and what it does there.

use std::ops::ControlFlow;

use bytes::Bytes;

use super::framing::{Framing, prelude};
use super::plan::{GARBAGE, Plan, Step};
use crate::error::ServiceError;
use crate::exchange::Disconnect;
use crate::script::{Checksum, Fault, Pace};

/// The steps of a stream. Positions after the end mean the end. Recorded server-sent events have no `framing`; faults of
/// events then change nothing.
pub(super) fn plan(
    frames: Vec<Bytes>,
    framing: Option<Framing>,
    fault: Option<&Fault>,
    pace: Pace,
) -> Result<Plan, ServiceError> {
    let mut builder = Builder::new(fault, pace);
    builder.frames(frames, framing, fault)?;
    Ok(builder.plan.in_pieces(fault))
}

/// A stream whose frames are not known in advance: they are planned one by one. A fault whose position never comes applies at
/// the end.
#[derive(Debug)]
pub(crate) struct LivePlan {
    builder: Builder,
    framing: Framing,
    fault: Option<Fault>,
    frames: usize,
    ended: bool,
}

impl LivePlan {
    pub(crate) fn new(framing: Framing, fault: Option<Fault>, pace: Pace) -> Self {
        let builder = Builder::new(fault.as_ref(), pace);
        Self { builder, framing, fault, frames: 0, ended: false }
    }

    /// Whether a fault has ended the stream: nothing follows.
    pub(crate) fn is_ended(&self) -> bool {
        self.ended
    }

    /// The steps that send one more frame.
    pub(crate) fn frame(&mut self, frame: Bytes) -> Result<Plan, ServiceError> {
        let here = self.position() == Some(self.frames);
        let fault = self.fault.as_ref().filter(|_| here);
        self.ended = self.builder.frame(frame, Some(self.framing), fault)?.is_break();
        self.frames += 1;
        Ok(self.take())
    }

    /// The steps at the end of the stream.
    pub(crate) fn finish(&mut self) -> Result<Plan, ServiceError> {
        self.ended = true;
        if let Some(fault) = self.fault.as_ref().filter(|_| self.position() >= Some(self.frames)) {
            // Whether it ends the stream does not matter any more.
            let _ = self.builder.apply(fault, Some(self.framing), &Bytes::new())?;
        }
        self.builder.garbage(self.fault.as_ref());
        Ok(self.take())
    }

    fn position(&self) -> Option<usize> {
        position(self.fault.as_ref()?, Some(self.framing), usize::MAX)
    }

    fn take(&mut self) -> Plan {
        std::mem::take(&mut self.builder.plan).in_pieces(self.fault.as_ref())
    }
}

#[derive(Debug)]
struct Builder {
    plan: Plan,
    pace: Pace,
    /// Whether anything was sent.
    started: bool,
    /// Bytes that may still be sent.
    left: usize,
}

impl Builder {
    fn new(fault: Option<&Fault>, pace: Pace) -> Self {
        let left = match fault {
            Some(Fault::CutAt { byte }) => *byte,
            _ => usize::MAX,
        };
        Self { plan: Plan::default(), pace, started: false, left }
    }

    fn frames(
        &mut self,
        frames: Vec<Bytes>,
        framing: Option<Framing>,
        fault: Option<&Fault>,
    ) -> Result<(), ServiceError> {
        let position = fault.and_then(|fault| position(fault, framing, frames.len()));
        let count = frames.len();
        for (nth, frame) in frames.into_iter().enumerate() {
            let fault = fault.filter(|_| position == Some(nth));
            if self.frame(frame, framing, fault)?.is_break() {
                return Ok(());
            }
        }
        if let (Some(fault), true) = (fault, position.is_some_and(|at| at >= count)) {
            // Whether it ends the stream does not matter any more.
            let _ = self.apply(fault, framing, &Bytes::new())?;
        }
        self.garbage(fault);
        Ok(())
    }

    /// One more frame; `fault` applies here.
    fn frame(
        &mut self,
        mut frame: Bytes,
        framing: Option<Framing>,
        fault: Option<&Fault>,
    ) -> Result<ControlFlow<()>, ServiceError> {
        if let Some(fault) = fault {
            match self.apply(fault, framing, &frame)? {
                ControlFlow::Break(()) => return Ok(ControlFlow::Break(())),
                ControlFlow::Continue(changed) => frame = changed,
            }
        }
        if frame.len() > self.left {
            self.pause();
            // A frame that is cut is no event.
            self.plan.steps.push_back(Step::Send(frame.slice(..self.left)));
            return Ok(ControlFlow::Break(()));
        }
        self.left -= frame.len();
        self.event(frame);
        Ok(ControlFlow::Continue(()))
    }

    /// What follows the last frame.
    fn garbage(&mut self, fault: Option<&Fault>) {
        if matches!(fault, Some(Fault::Garbage)) {
            self.plan.steps.push_back(Step::Send(Bytes::from_static(GARBAGE)));
        }
    }

    fn pause(&mut self) {
        let wait = if self.started { self.pace.between } else { self.pace.before_first };
        self.started = true;
        if !wait.is_zero() {
            self.plan.steps.push_back(Step::Wait(wait));
        }
    }

    fn event(&mut self, frame: Bytes) {
        self.pause();
        self.plan.steps.push_back(Step::Event(frame));
    }

    fn send(&mut self, bytes: Bytes) {
        self.pause();
        self.plan.steps.push_back(Step::Send(bytes));
    }

    /// Applies the fault where `next` would be sent; gives what is sent in its stead, unless the stream ends.
    fn apply(
        &mut self,
        fault: &Fault,
        framing: Option<Framing>,
        next: &Bytes,
    ) -> Result<ControlFlow<(), Bytes>, ServiceError> {
        // Never used without one: faults of events have no position then.
        let framing = framing.unwrap_or(Framing::Invoke);
        let part = |length: usize| next.slice(..length.min(next.len()));
        match fault {
            Fault::Exception { error_type, message, .. } => {
                self.send(framing.exception(error_type, message.as_deref())?);
                return Ok(ControlFlow::Break(()));
            }
            Fault::ErrorFrame { code, message, .. } => {
                self.send(framing.error(code, message)?);
                return Ok(ControlFlow::Break(()));
            }
            Fault::CutFrame { bytes, .. } => {
                self.send(part(bytes.unwrap_or(next.len() / 2)));
                return Ok(ControlFlow::Break(()));
            }
            Fault::EndEarly { .. } => return Ok(ControlFlow::Break(())),
            Fault::Close { bytes, .. } => {
                self.send(part(*bytes));
                self.plan.disconnect(Disconnect::Close);
                return Ok(ControlFlow::Break(()));
            }
            Fault::Reset { .. } => {
                self.plan.disconnect(Disconnect::Reset);
                return Ok(ControlFlow::Break(()));
            }
            Fault::BadChecksum { which, .. } => return Ok(ControlFlow::Continue(bad_checksum(next, *which))),
            Fault::BadLength { length, .. } => {
                let rest = next.get(12..).unwrap_or_default();
                return Ok(ControlFlow::Continue(Bytes::from([&prelude(*length)[..], rest].concat())));
            }
            Fault::Stall { silence, .. } => self.plan.steps.push_back(Step::Wait(*silence)),
            Fault::Unknown { .. } => framing.unknown()?.into_iter().for_each(|frame| self.send(frame)),
            Fault::BadJson { .. } => self.send(framing.odd_payload(br#"{"delta": {"text": "oops"#)?),
            Fault::EmptyPayload { .. } => self.send(framing.odd_payload(b"")?),
            Fault::TypedHeaders { .. } => self.send(framing.typed_headers()?),
            _ => {}
        }
        Ok(ControlFlow::Continue(next.clone()))
    }
}

/// Before which frame a fault applies, if it has a position. Some need a frame to damage; the others can also come after the
/// last.
fn position(fault: &Fault, framing: Option<Framing>, frames: usize) -> Option<usize> {
    let last = frames.saturating_sub(1);
    match fault {
        Fault::CutFrame { after, .. } | Fault::EndEarly { after } => Some((*after).min(last)),
        Fault::Close { after, .. } | Fault::Reset { after } | Fault::Stall { after, .. } => {
            Some((*after).min(frames))
        }
        // What follows is about events, and then about frames.
        _ if framing.is_none() => None,
        Fault::BadChecksum { after, .. } | Fault::BadLength { after, .. } => {
            framing.filter(|framing| framing.is_binary()).map(|_| (*after).min(last))
        }
        Fault::Exception { after, .. }
        | Fault::ErrorFrame { after, .. }
        | Fault::Unknown { after }
        | Fault::BadJson { after }
        | Fault::EmptyPayload { after }
        | Fault::TypedHeaders { after } => Some((*after).min(frames)),
        _ => None,
    }
}

fn bad_checksum(frame: &Bytes, which: Checksum) -> Bytes {
    let mut bytes = frame.to_vec();
    let at = match which {
        // The prelude's checksum is bytes 8 to 11.
        Checksum::Prelude => 9,
        Checksum::Message => bytes.len().saturating_sub(1),
    };
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1;
    }
    Bytes::from(bytes)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn frames() -> Vec<Bytes> {
        let chunk = |n: usize| json!({"contentBlockDelta": {"contentBlockIndex": n}});
        Framing::Converse.frames(&(0..4).map(chunk).collect::<Vec<_>>(), &[7; 32]).unwrap()
    }

    fn planned(fault: &str) -> Plan {
        let fault: Fault = fault.parse().unwrap();
        plan(frames(), Some(Framing::Converse), Some(&fault), Pace::none()).unwrap()
    }

    /// Whole frames, whole events and the last step.
    fn check(fault: &str, events: usize, bytes: impl Fn(usize) -> usize, ends: fn(&Step) -> bool) {
        let plan = planned(fault);
        assert_eq!(
            plan.steps.iter().filter(|step| matches!(step, Step::Event(_))).count(),
            events,
            "{fault}"
        );
        let all: usize = frames().iter().map(Bytes::len).sum();
        assert_eq!(plan.length(), bytes(all), "{fault}");
        assert!(ends(plan.steps.back().unwrap()), "{fault}: {:?}", plan.steps);
    }

    #[test]
    fn where_faults_strike() {
        let first: usize = frames()[..1].iter().map(Bytes::len).sum();
        let any = |_: &Step| true;
        check("truncate after=1 bytes=9", 1, |_| first + 9, any);
        check("truncate after=9 bytes=1", 3, |all| all - frames()[3].len() + 1, any);
        check("truncate at=5", 0, |_| 5, any);
        check("truncate at=99999", 4, |all| all, any);
        check("eof after=1", 1, |_| first, any);
        check("close after=1 bytes=2", 1, |_| first + 2, |step| *step == Step::Disconnect(Disconnect::Close));
        check("reset after=9", 4, |all| all, |step| *step == Step::Disconnect(Disconnect::Reset));
        check("crc after=0", 4, |all| all, any);
        check("badlen after=3", 4, |all| all, any);
        check("garbage", 4, |all| all + GARBAGE.len(), any);
        check("coalesce", 0, |all| all, any);
        check("split size=0", 0, |all| all, any);
    }

    /// Frames that come one by one are sent as those that are known before.
    #[test]
    fn live_plans_are_the_same() {
        let faults = "plain|truncate after=1 bytes=9|truncate at=5|truncate at=300|eof after=1|close after=1 bytes=2|crc after=0|\
            badlen after=3|garbage|exception after=1|exception after=99|errorframe after=99|unknown|badjson|emptypayload|\
            headers|stall after=2 ms=5|stall after=99|reset after=9|split size=7|drip ms=0";
        for name in faults.split('|') {
            let answer: crate::script::Answer = name.parse().unwrap();
            let known = plan(frames(), Some(Framing::Converse), answer.fault.as_ref(), Pace::none()).unwrap();
            let mut live = LivePlan::new(Framing::Converse, answer.fault.clone(), Pace::none());
            let mut steps = Plan::default();
            for frame in frames() {
                if !live.is_ended() {
                    steps.then(live.frame(frame).unwrap());
                }
            }
            if !live.is_ended() {
                steps.then(live.finish().unwrap());
            }
            // What is only joined to be cut again need not be joined here.
            let bytes = |plan: &Plan| {
                let parts = plan.steps.iter().filter_map(|step| match step {
                    Step::Event(bytes) | Step::Send(bytes) => Some(bytes.to_vec()),
                    _ => None,
                });
                parts.flatten().collect::<Vec<u8>>()
            };
            assert_eq!(bytes(&steps), bytes(&known), "{name}");
            assert_eq!((steps.disconnects(), steps.piece), (known.disconnects(), known.piece), "{name}");
        }
    }

    #[test]
    fn failures_end_the_stream() {
        for (fault, kept) in [("exception after=1", 1), ("errorframe after=99", 4)] {
            let plan = planned(fault);
            assert_eq!(plan.steps.len(), kept + 1, "{fault}");
            assert!(matches!(plan.steps.back().unwrap(), Step::Send(_)), "{fault}");
        }
        for fault in ["unknown", "badjson", "emptypayload", "headers"] {
            assert!(planned(fault).steps.len() > 4, "{fault}");
        }
    }

    #[test]
    fn the_pace() {
        let pace = "first=9 gap=3".parse::<crate::script::Answer>().unwrap().pace(Pace::none());
        let plan = plan(frames(), None, None, pace).unwrap();
        let waits: Vec<_> = plan
            .steps
            .iter()
            .filter_map(|step| if let Step::Wait(wait) = step { Some(wait.as_millis()) } else { None })
            .collect();
        assert_eq!(waits, [9, 3, 3, 3]);
    }
}
