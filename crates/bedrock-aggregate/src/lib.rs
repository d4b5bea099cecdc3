//! Folds the chunks of a streamed model answer into live events and the complete, exact message.
//!
//! Bytes go in, in any pieces; out come [`Event`]s while they arrive, and at the end an [`Answer`]: the message in the
//! format's own shape ([`Native`]), the same in one vocabulary ([`Reply`](bedrock_formats::reply::Reply)), and the
//! verdict whether anything is missing ([`Completeness`]).
//!
//! ```
//! use bedrock_aggregate::{Event, Framing, EventSink, Reader};
//! use bedrock_eventstream::frame::FrameBuilder;
//!
//! // What a socket would give, here made by hand.
//! let mut body = Vec::new();
//! for (event, payload) in [
//!     ("messageStart", r#"{"role":"assistant"}"#),
//!     ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"Scattered "}}"#),
//!     ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"light."}}"#),
//!     ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
//!     ("messageStop", r#"{"stopReason":"end_turn"}"#),
//!     ("metadata", r#"{"usage":{"inputTokens":9,"outputTokens":4,"totalTokens":13},"metrics":{"latencyMs":120}}"#),
//! ] {
//!     body.extend_from_slice(FrameBuilder::event(event).build(payload.as_bytes())?.as_bytes());
//! }
//!
//! let mut text = String::new();
//! let mut on_event = |event: Event<'_>| if let Event::TextDelta(delta) = event { text.push_str(&delta) };
//! let mut events = EventSink::new(&mut on_event);
//!
//! let mut reader = Reader::new(Framing::EventStream);
//! let read = body.chunks(7).try_for_each(|piece| reader.push(piece, &mut events));
//! // Whether `read` is an error or not: what arrived is in the answer.
//! let answer = reader.finish(&mut events)?;
//!
//! read?;
//! assert_eq!(text, "Scattered light.");
//! assert_eq!(answer.reply.text(), text);
//! assert_eq!(answer.format, "converse");
//! assert!(answer.completeness.is_complete());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - One format with its types, chunk by chunk: [`formats`] and [`Aggregator`].
//! - Records of model invocation logging: [`invocation_log`]; of batch jobs: [`batch`].
//! - What a verdict can say is missing, by name: [`Completeness`]. A chunk that cannot be read, or a member of one, is kept with
//!   its place and bytes in [`Answer::malformed`]: the rest of the answer is there, but it is not complete (`chunk`). A chunk
//!   with more than 64 members that are not of their types is malformed as a whole.
//! - A format of your own, beside the built-in ones: [`Format`] and [`Registry`].
//! - Events in other vocabularies: [`agui`] for front ends, [`simple`] for text and tools only.
//! - The message so far, while it arrives: [`Reader::snapshot`]; the input of a tool call so far, typed: [`ToolInputs`].
//! - Events with the ids of a run and of a message: [`Run`], and [`RunAggregator`] for one fold with a handler.
//!
//! A stream holds one message, the first. What begins another, starts a used block again, goes on after the last word, or is a
//! whole document that contradicts the pieces before it, is kept apart in [`Answer::later`] without events, and the answer is not
//! complete (`chunk`, with [`Missing::other_message`]). A fold by itself refuses it ([`ChunkError::OtherMessage`]).
//!
//! The types of chunks and messages, and the vocabulary of all formats, are those of `bedrock-formats` ([`bedrock_formats`]), which is not
//! re-exported: name it beside this crate. `bedrock-llm` has both, as `aggregate` and `formats`.
//!
//! What is not here: sockets, clocks and threads. `bedrock-client` reads from the network with this crate.

mod completeness;
pub mod event;
mod fold;
pub mod formats;
mod reader;
mod registry;
mod views;

pub use completeness::{Completeness, Missing, StreamException};
pub use event::kinds::Event;
pub use event::replay::replay;
pub use event::sink::EventSink;
pub use fold::format::{Format, Probe};
pub use fold::native::{Native, NativeMessage};
pub use fold::raw_list::RawList;
pub use fold::{Aggregator, BuildError, ChunkError, Fold, RawChunk};
pub use reader::Reader;
pub use reader::answer::{Answer, Malformed, Place, Undecided};
pub use reader::error::{ReadError, UnknownFormat};
pub use reader::framing::Framing;
pub use reader::{batch, invocation_log};
pub use registry::Registry;
pub use views::partial_json::{PartialJson, PartialJsonError};
pub use views::run::aggregator::RunAggregator;
pub use views::run::{Run, RunEvent};
pub use views::tool_inputs::{ToolInput, ToolInputs};
pub use views::{agui, opik, simple};

/// The example of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
