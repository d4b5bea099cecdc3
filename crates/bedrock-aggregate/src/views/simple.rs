//! Live events of six kinds: text, a tool call's start, input and end, an error, and done.
//!
//! For: programs that show text and run tools and want nothing else.
//! Not for: reasoning, citations, images or which model answered; those are in [`Event`].
//!
//! ```
//! use bedrock_aggregate::simple::{SimpleAdaptor, SimpleEvent};
//! use bedrock_aggregate::{Event, Framing, EventSink, Reader};
//!
//! let body = br#"{"type":"message_start","message":{"id":"msg_1","role":"assistant","content":[],"usage":{"input_tokens":9}}}
//! {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}
//! {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Rain."}}
//! {"type":"content_block_stop","index":0}
//! {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}}
//! {"type":"message_stop"}
//! "#;
//! let mut emitted = Vec::new();
//! let mut emit = |event: SimpleEvent<'_>| emitted.push(event.into_owned());
//!
//! let mut adaptor = SimpleAdaptor::new();
//! let mut reader = Reader::new(Framing::JsonLines);
//! let mut on_event = |event: Event<'_>| adaptor.push(&event, &mut emit);
//! let read = reader.push(body, &mut EventSink::new(&mut on_event));
//! let answer = reader.finish(&mut EventSink::new(&mut on_event))?;
//! adaptor.finish(&answer.completeness, &mut emit);
//!
//! read?;
//! assert_eq!(emitted, [SimpleEvent::Text("Rain.".into()), SimpleEvent::Done { usage: answer.reply.usage }]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::borrow::Cow;
use std::collections::BTreeMap;

use bedrock_codegen::codegen_at_use;
use bedrock_formats::reply::Usage;
use serde::Serialize;

use crate::completeness::Completeness;
use crate::event::Event;

/// One of six things that happen. As JSON it is `{"type": …, "value": …}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum SimpleEvent<'a> {
    /// Some text.
    Text(Cow<'a, str>),
    /// A tool call begins.
    ToolCallStart {
        /// The call's id.
        id: Cow<'a, str>,
        /// The tool.
        name: Cow<'a, str>,
    },
    /// Some of a tool call's input, as JSON text.
    ToolCallDelta {
        /// The call's id.
        id: Cow<'a, str>,
        /// The piece.
        arguments_delta: Cow<'a, str>,
    },
    /// A tool call is complete. One that was cut is never said to be.
    ToolCallEnd {
        /// The call's id.
        id: Cow<'a, str>,
    },
    /// Something went wrong; this is the last event.
    Error(Cow<'a, str>),
    /// The answer is complete; this is the last event.
    Done {
        /// Token counts, where the service sent them.
        usage: Option<Usage>,
    },
}

#[codegen_at_use]
impl SimpleEvent<'_> {
    /// The same event, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> SimpleEvent<'static> {
        fn own(text: Cow<'_, str>) -> Cow<'static, str> {
            Cow::Owned(text.into_owned())
        }
        match self {
            Self::Text(text) => SimpleEvent::Text(own(text)),
            Self::ToolCallStart { id, name } => SimpleEvent::ToolCallStart { id: own(id), name: own(name) },
            Self::ToolCallDelta { id, arguments_delta } => {
                SimpleEvent::ToolCallDelta { id: own(id), arguments_delta: own(arguments_delta) }
            }
            Self::ToolCallEnd { id } => SimpleEvent::ToolCallEnd { id: own(id) },
            Self::Error(message) => SimpleEvent::Error(own(message)),
            Self::Done { usage } => SimpleEvent::Done { usage },
        }
    }
}

/// Turns live events into [`SimpleEvent`]s. The last is `Done` or `Error`, and there is exactly one of them once
/// [`finish`](Self::finish) or [`fail`](Self::fail) was called.
///
/// See the [module's example](self).
#[derive(Debug, Clone, Default)]
pub struct SimpleAdaptor {
    /// The calls that have begun and not ended, by their blocks.
    open: BTreeMap<u64, String>,
    usage: Option<Usage>,
    over: bool,
}

#[codegen_at_use]
impl SimpleAdaptor {
    /// An adaptor for one answer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one event and emits what it means in this vocabulary, if anything. After the last event nothing is emitted.
    pub fn push(&mut self, event: &Event<'_>, emit: &mut dyn FnMut(SimpleEvent<'_>)) {
        if self.over {
            return;
        }
        match event {
            Event::TextDelta(delta) => emit(SimpleEvent::Text(Cow::Borrowed(&delta.text))),
            Event::ToolUseStart(call) => {
                self.open.insert(call.index, call.id.clone().into_owned());
                let (id, name) = (Cow::Borrowed(&*call.id), Cow::Borrowed(&*call.name));
                emit(SimpleEvent::ToolCallStart { id, name });
            }
            Event::ToolInputDelta(delta) => {
                let (id, arguments_delta) = (Cow::Borrowed(&*delta.id), Cow::Borrowed(&*delta.json));
                emit(SimpleEvent::ToolCallDelta { id, arguments_delta });
            }
            Event::ToolUseEnd(end) => {
                if let Some(id) = self.open.remove(&end.index) {
                    emit(SimpleEvent::ToolCallEnd { id: Cow::Owned(id) });
                }
            }
            Event::Usage(update) => self.usage = Some(update.usage),
            Event::Error(fault) if fault.message.is_empty() => self.fail(&fault.error_type, emit),
            Event::Error(fault) => self.fail(&format!("{}: {}", fault.error_type, fault.message), emit),
            // No counterpart in this vocabulary. Listed by name, so that a new event is decided on.
            Event::RunStarted(_)
            | Event::RunFinished(_)
            | Event::RunError(_)
            | Event::MessageStart(_)
            | Event::TextStart(_)
            | Event::TextEnd(_)
            | Event::ThinkingStart(_)
            | Event::ThinkingDelta(_)
            | Event::ThinkingEnd(_)
            | Event::Citation(_)
            | Event::Image(_)
            | Event::Block(_)
            | Event::Stop(_)
            | Event::MessageEnd(_)
            | Event::Unknown(_) => {}
        }
    }

    /// Emits the end: `Done` where the answer is complete, else `Error` with what is missing. Does nothing if an error ended it.
    pub fn finish(&mut self, completeness: &Completeness, emit: &mut dyn FnMut(SimpleEvent<'_>)) {
        match completeness.missing() {
            Some(missing) => self.fail(&format!("the answer is not complete: {missing}"), emit),
            None if self.over => {}
            None => {
                self.over = true;
                emit(SimpleEvent::Done { usage: self.usage });
            }
        }
    }

    /// Emits an error of the caller's: a broken connection, or the `Err` of a client's stream. Does nothing if the end was
    /// emitted.
    pub fn fail(&mut self, message: &str, emit: &mut dyn FnMut(SimpleEvent<'_>)) {
        if !std::mem::replace(&mut self.over, true) {
            emit(SimpleEvent::Error(Cow::Borrowed(message)));
        }
    }

    /// The calls that have begun and not ended: their ids, in the order of their blocks.
    pub fn open_calls(&self) -> impl Iterator<Item = &str> {
        self.open.values().map(String::as_str)
    }

    /// The token counts so far.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        self.usage
    }
}
