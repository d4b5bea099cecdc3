//! Live events, emitted while an answer arrives: the same for every format.
//!
//! For: the vocabulary, and [`EventSink`], to which folds emit.
//! Not for: the complete answer; see [`Answer`](crate::Answer).
//!
//! An event borrows from the chunk it was made from: [`Event::into_owned`] makes a copy that lasts. Blocks are identified by
//! `index`. Every block that starts also ends, unless the stream was cut or another message began.
//!
//! An event carries neither ids nor a time: there is a delta for every few letters, and it must cost nothing. A
//! [`Run`](crate::Run) adds the ids of the run and of the message, [`agui`](crate::views::agui) and [`simple`](crate::views::simple) turn
//! its events into other vocabularies. Names that agents and front ends use:
//!
//! | elsewhere | here |
//! |---|---|
//! | run started, finished, failed | `RunStarted`, `RunFinished`, `RunError`: emitted by a [`Run`](crate::Run) |
//! | text message start, content, end | `TextStart`, `TextDelta`, `TextEnd` |
//! | thinking start (redacted or not), content, end (signature, redacted data) | `ThinkingStart`, `ThinkingDelta`, `ThinkingEnd` |
//! | tool call start (name), arguments, end | `ToolUseStart`, `ToolInputDelta`, `ToolUseEnd` |
//! | image message | `Image` |
//! | usage update | `Usage` |
//! | model call finished (model, stop reason) | `MessageStart` with the model, `Stop` with the reason, `MessageEnd` |
//! | message id, parent message id, run id | [`RunEvent`](crate::RunEvent), around each event |
//!
//! ```
//! use std::io::Write;
//! use bedrock_aggregate::Event;
//!
//! fn print(event: &Event<'_>) {
//!     match event {
//!         Event::TextDelta(text) => {
//!             print!("{text}");
//!             std::io::stdout().flush().ok();
//!         }
//!         Event::ToolUseStart(call) => println!("[calls {}]", call.name),
//!         Event::Stop(stop) => println!("\n[{}]", stop.reason),
//!         _ => {}
//!     }
//! }
//! ```

pub(crate) mod kinds;
pub(crate) mod replay;
pub(crate) mod sink;

pub use kinds::{
    BlockEnd, BlockStart, Cited, ImageUpdate, MessageEnd, MessageStart, OtherBlock, RunError, RunFinished,
    RunStarted, Stop, StreamFault, TextDelta, ThinkingEnd, ThinkingStart, ToolInputDelta, ToolUseEnd,
    ToolUseStart, Unknown, UsageUpdate,
};

pub(crate) use kinds::Event;
pub(crate) use sink::EventSink;
