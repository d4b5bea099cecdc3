//! An answer as the steps in which it is sent. The steps are taken in `body`; how faults change those of a stream is said in
//! `stream`.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::{Bytes, BytesMut};

use crate::exchange::Disconnect;
use crate::script::Fault;

/// One step of sending.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Wait(Duration),
    /// Bytes that count as one event.
    Event(Bytes),
    /// Bytes that count as none.
    Send(Bytes),
    /// The connection ends here.
    Disconnect(Disconnect),
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

/// What was sent must be on its way before the connection ends: a reset discards what is still buffered.
// On the loopback; a test that is slower than this sees less of the answer, not more.
const GRACE: Duration = Duration::from_millis(20);
pub(super) const GARBAGE: &[u8] = b"this is not a frame";

impl Plan {
    /// One frame, without any fault.
    pub(crate) fn of(frame: Bytes) -> Self {
        Self { steps: VecDeque::from([Step::Event(frame)]), ..Self::default() }
    }

    /// A body in one piece: only faults of the connection apply to it.
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
                plan.disconnect(Disconnect::Close);
            }
            Some(Fault::Reset { .. }) => {
                send(body.slice(..body.len() / 2));
                plan.disconnect(Disconnect::Reset);
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

    /// How many bytes the steps send.
    pub(crate) fn length(&self) -> usize {
        let lengths = self.steps.iter().map(|step| match step {
            Step::Event(bytes) | Step::Send(bytes) => bytes.len(),
            Step::Wait(_) | Step::Disconnect(_) => 0,
        });
        lengths.sum()
    }

    /// How it ends the connection, if it does.
    pub(crate) fn disconnects(&self) -> Option<Disconnect> {
        self.steps.iter().find_map(|step| if let Step::Disconnect(how) = step { Some(*how) } else { None })
    }

    pub(super) fn disconnect(&mut self, how: Disconnect) {
        self.steps.extend([Step::Wait(GRACE), Step::Disconnect(how)]);
    }

    /// Continues with another plan when this one is done.
    pub(crate) fn then(&mut self, other: Self) {
        self.steps.extend(other.steps);
        (self.piece, self.piece_gap) = (other.piece, other.piece_gap);
    }

    pub(super) fn in_pieces(mut self, fault: Option<&Fault>) -> Self {
        match fault {
            Some(Fault::Drip { gap }) => (self.piece, self.piece_gap) = (Some(1), *gap),
            Some(Fault::Split { size }) => {
                self.join();
                // Joined before it is cut: pieces are to lie across the bounds of frames.
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
