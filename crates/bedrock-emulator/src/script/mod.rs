//! What a test writes down: answers, their pace, and faults; as values and as text. How they are carried out is said in
//! `model` and `sending`.

mod answer;
mod fault;
mod fault_text;
mod pace;
mod spec;

pub use answer::Answer;
pub(crate) use answer::{DeltaSize, ScriptedTool};
pub use fault::{Checksum, ErrorResponse, Fault};
pub use pace::Pace;
pub use spec::SpecError;
