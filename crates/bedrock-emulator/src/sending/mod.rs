//! How an answer goes out: chunks framed, faults and pace made into steps, steps taken as the connection asks for bytes. What
//! is answered is decided in `operations`.

mod body;
mod framing;
mod plan;
mod product;
mod split;
mod stream;

pub(crate) use body::{AnswerBody, LiveBody, Steps};
pub(crate) use framing::Framing;
pub(crate) use plan::Plan;
pub(crate) use product::Product;
pub(crate) use split::{split_events, split_frames};
pub(crate) use stream::LivePlan;
