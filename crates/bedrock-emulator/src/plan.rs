//! An answer as the steps in which it is sent, and the faults that change them. The steps are taken in `body`.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::{Bytes, BytesMut};

use crate::answer::Pace;
use crate::error::ServiceError;
use crate::fault::{Checksum, Fault};
use crate::frames::{Framing, prelude};

/// One step of sending.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Wait(Duration),
    /// Bytes that count as one event.
    Event(Bytes),
    /// Bytes that count as none.
    Send(Bytes),
    /// The connection ends here.
    Kill(Kill),
}

/// How a connection is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kill {
    /// With what TCP has for a good end.
    Close,
    /// With a reset.
    Reset,
}

/// All steps of one answer's body.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) steps: VecDeque<Step>,
    /// Pieces of this size instead of whole events.
    pub(crate) piece: Option<usize>,
    /// Between two pieces.
    pub(crate) piece_gap: Duration,
}

/// What was sent must be on its way before the connection goes: a reset throws away what is still held back.
const GRACE: Duration = Duration::from_millis(20);
const GARBAGE: &[u8] = b"this is not a frame";

impl Plan {
    /// A stream of frames. Positions behind the end mean the end. Recorded server-sent events have no `framing`; faults that
    /// are about events then change nothing.
    pub(crate) fn stream(
        frames: Vec<Bytes>,
        framing: Option<Framing>,
        fault: Option<&Fault>,
        pace: Pace,
    ) -> Result<Self, ServiceError> {
        let mut builder = Builder::new(fault, pace);
        builder.frames(frames, framing, fault)?;
        Ok(builder.plan.in_pieces(fault))
    }

    /// One frame, with which nothing goes wrong.
    pub(crate) fn of(frame: Bytes) -> Self {
        Self { steps: VecDeque::from([Step::Event(frame)]), ..Self::default() }
    }

    /// A body in one piece: only what the connection can do goes wrong with it.
    pub(crate) fn whole(body: Bytes, fault: Option<&Fault>) -> Self {
        let mut plan = Self::default();
        let mut send = |bytes: Bytes| plan.steps.push_back(Step::Send(bytes));
        match fault {
            Some(Fault::CutFrame { bytes, .. }) => {
                send(body.slice(..bytes.unwrap_or(body.len() / 2).min(body.len())))
            }
            Some(Fault::CutAt { byte }) => send(body.slice(..(*byte).min(body.len()))),
            Some(Fault::EndEarly { .. }) => {}
            Some(Fault::Close { bytes, .. }) => {
                send(body.slice(..(*bytes).min(body.len())));
                plan.kill(Kill::Close);
            }
            Some(Fault::Reset { .. }) => {
                send(body.slice(..body.len() / 2));
                plan.kill(Kill::Reset);
            }
            Some(Fault::Stall { silence, .. }) => {
                let (first, rest) = (body.slice(..body.len() / 2), body.slice(body.len() / 2..));
                plan.steps.extend([Step::Send(first), Step::Wait(*silence), Step::Send(rest)]);
            }
            Some(Fault::Garbage) => send(Bytes::from([&body[..], GARBAGE].concat())),
            _ => send(body),
        }
        plan.in_pieces(fault)
    }

    /// How many bytes the body will have, if nothing cuts it.
    pub(crate) fn length(&self) -> usize {
        let lengths = self.steps.iter().map(|step| match step {
            Step::Event(bytes) | Step::Send(bytes) => bytes.len(),
            Step::Wait(_) | Step::Kill(_) => 0,
        });
        lengths.sum()
    }

    /// How the connection ends with it, if it does.
    pub(crate) fn kills(&self) -> Option<Kill> {
        self.steps.iter().find_map(|step| if let Step::Kill(kill) = step { Some(*kill) } else { None })
    }

    fn kill(&mut self, kill: Kill) {
        self.steps.extend([Step::Wait(GRACE), Step::Kill(kill)]);
    }

    /// Goes on with another plan when this one is done.
    pub(crate) fn then(&mut self, other: Self) {
        self.steps.extend(other.steps);
        (self.piece, self.piece_gap) = (other.piece, other.piece_gap);
    }

    fn in_pieces(mut self, fault: Option<&Fault>) -> Self {
        match fault {
            Some(Fault::Drip { gap }) => (self.piece, self.piece_gap) = (Some(1), *gap),
            Some(Fault::Split { size }) => {
                self.join();
                self.piece = Some((*size).max(1));
            }
            Some(Fault::Coalesce) => self.join(),
            _ => {}
        }
        self
    }

    fn join(&mut self) {
        let mut all = BytesMut::with_capacity(self.length());
        for step in self.steps.drain(..) {
            if let Step::Event(bytes) | Step::Send(bytes) = step {
                all.extend_from_slice(&bytes);
            }
        }
        self.steps.push_back(Step::Send(all.freeze()));
    }
}

/// A stream whose frames are not known before: they are planned one by one. A fault whose place never comes strikes at the
/// end.
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

    /// Whether a fault has ended the stream: nothing comes after.
    pub(crate) fn is_ended(&self) -> bool {
        self.ended
    }

    /// The steps that send one frame more.
    pub(crate) fn frame(&mut self, frame: Bytes) -> Result<Plan, ServiceError> {
        let place = self.place().filter(|at| *at == self.frames);
        let fault = self.fault.as_ref().filter(|_| place.is_some());
        self.ended = self.builder.frame(frame, Some(self.framing), fault)? == Goes::Ended;
        self.frames += 1;
        Ok(self.take())
    }

    /// The steps at the end of the stream.
    pub(crate) fn finish(&mut self) -> Result<Plan, ServiceError> {
        self.ended = true;
        if let Some(fault) = self.fault.as_ref().filter(|_| self.place() >= Some(self.frames)) {
            self.builder.strike(fault, Some(self.framing), &Bytes::new())?;
        }
        self.builder.garbage(self.fault.as_ref());
        Ok(self.take())
    }

    fn place(&self) -> Option<usize> {
        place(self.fault.as_ref()?, Some(self.framing), usize::MAX)
    }

    fn take(&mut self) -> Plan {
        std::mem::take(&mut self.builder.plan).in_pieces(self.fault.as_ref())
    }
}

#[derive(Debug)]
struct Builder {
    plan: Plan,
    pace: Pace,
    started: bool,
    /// Bytes that may still be sent.
    left: usize,
}

/// Whether a stream goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Goes {
    On,
    Ended,
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
        let place = fault.and_then(|fault| place(fault, framing, frames.len()));
        let count = frames.len();
        for (nth, frame) in frames.into_iter().enumerate() {
            let fault = fault.filter(|_| place == Some(nth));
            if self.frame(frame, framing, fault)? == Goes::Ended {
                return Ok(());
            }
        }
        if let (Some(fault), true) = (fault, place.is_some_and(|at| at >= count)) {
            self.strike(fault, framing, &Bytes::new())?;
        }
        self.garbage(fault);
        Ok(())
    }

    /// One frame more; `fault` strikes here.
    fn frame(
        &mut self,
        mut frame: Bytes,
        framing: Option<Framing>,
        fault: Option<&Fault>,
    ) -> Result<Goes, ServiceError> {
        if let Some(fault) = fault {
            match self.strike(fault, framing, &frame)? {
                Struck::Ended => return Ok(Goes::Ended),
                Struck::Changed(changed) => frame = changed,
            }
        }
        if frame.len() > self.left {
            self.pause();
            self.plan.steps.push_back(Step::Send(frame.slice(..self.left)));
            return Ok(Goes::Ended);
        }
        self.left -= frame.len();
        self.event(frame);
        Ok(Goes::On)
    }

    /// What comes behind the last frame.
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

    /// Lets the fault happen where `next` would be sent.
    fn strike(
        &mut self,
        fault: &Fault,
        framing: Option<Framing>,
        next: &Bytes,
    ) -> Result<Struck, ServiceError> {
        let framing = framing.unwrap_or(Framing::Invoke);
        let part = |length: usize| next.slice(..length.min(next.len()));
        match fault {
            Fault::Exception { error_type, message, .. } => {
                self.send(framing.exception(error_type, message.as_deref())?);
                return Ok(Struck::Ended);
            }
            Fault::ErrorFrame { code, message, .. } => {
                self.send(framing.error(code, message)?);
                return Ok(Struck::Ended);
            }
            Fault::CutFrame { bytes, .. } => {
                self.send(part(bytes.unwrap_or(next.len() / 2)));
                return Ok(Struck::Ended);
            }
            Fault::EndEarly { .. } => return Ok(Struck::Ended),
            Fault::Close { bytes, .. } => {
                self.send(part(*bytes));
                self.plan.kill(Kill::Close);
                return Ok(Struck::Ended);
            }
            Fault::Reset { .. } => {
                self.plan.kill(Kill::Reset);
                return Ok(Struck::Ended);
            }
            Fault::BadChecksum { which, .. } => return Ok(Struck::Changed(bad_checksum(next, *which))),
            Fault::BadLength { length, .. } => {
                let rest = next.get(12..).unwrap_or_default();
                return Ok(Struck::Changed(Bytes::from([&prelude(*length)[..], rest].concat())));
            }
            Fault::Stall { silence, .. } => self.plan.steps.push_back(Step::Wait(*silence)),
            Fault::Unknown { .. } => framing.unknown()?.into_iter().for_each(|frame| self.send(frame)),
            Fault::BadJson { .. } => self.send(framing.odd_payload(br#"{"delta": {"text": "oops"#)?),
            Fault::EmptyPayload { .. } => self.send(framing.odd_payload(b"")?),
            Fault::TypedHeaders { .. } => self.send(framing.typed_headers()?),
            _ => {}
        }
        Ok(Struck::Changed(next.clone()))
    }
}

enum Struck {
    Ended,
    Changed(Bytes),
}

/// Before which frame a fault strikes, if it is one that has a place. Some need a frame to spoil; the others can also come
/// behind the last.
fn place(fault: &Fault, framing: Option<Framing>, frames: usize) -> Option<usize> {
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

    fn plan(fault: &str) -> Plan {
        let fault: Fault = fault.parse().unwrap();
        Plan::stream(frames(), Some(Framing::Converse), Some(&fault), Pace::none()).unwrap()
    }

    /// Whole frames, whole events and the last step.
    fn check(fault: &str, events: usize, bytes: impl Fn(usize) -> usize, ends: fn(&Step) -> bool) {
        let plan = plan(fault);
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
        check("close after=1 bytes=2", 1, |_| first + 2, |step| *step == Step::Kill(Kill::Close));
        check("reset after=9", 4, |all| all, |step| *step == Step::Kill(Kill::Reset));
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
            let answer: crate::Answer = name.parse().unwrap();
            let known =
                Plan::stream(frames(), Some(Framing::Converse), answer.fault.as_ref(), Pace::none()).unwrap();
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
            assert_eq!((steps.kills(), steps.piece), (known.kills(), known.piece), "{name}");
        }
    }

    #[test]
    fn failures_end_the_stream() {
        for (fault, kept) in [("exception after=1", 1), ("errorframe after=99", 4)] {
            let plan = plan(fault);
            assert_eq!(plan.steps.len(), kept + 1, "{fault}");
            assert!(matches!(plan.steps.back().unwrap(), Step::Send(_)), "{fault}");
        }
        for fault in ["unknown", "badjson", "emptypayload", "headers"] {
            assert!(plan(fault).steps.len() > 4, "{fault}");
        }
    }

    #[test]
    fn a_whole_body_can_only_be_cut() {
        let body = Bytes::from_static(b"0123456789");
        let length = |fault: &str| Plan::whole(body.clone(), Some(&fault.parse().unwrap())).length();
        for (fault, bytes) in [
            ("truncate", 5),
            ("truncate at=3", 3),
            ("close bytes=4", 4),
            ("eof", 0),
            ("exception", 10),
            ("drip", 10),
        ] {
            assert_eq!(length(fault), bytes, "{fault}");
        }
    }

    #[test]
    fn the_pace() {
        let pace = "first=9 gap=3".parse::<crate::Answer>().unwrap().pace(Pace::none());
        let plan = Plan::stream(frames(), None, None, pace).unwrap();
        let waits: Vec<_> = plan
            .steps
            .iter()
            .filter_map(|step| if let Step::Wait(wait) = step { Some(wait.as_millis()) } else { None })
            .collect();
        assert_eq!(waits, [9, 3, 3, 3]);
    }
}
