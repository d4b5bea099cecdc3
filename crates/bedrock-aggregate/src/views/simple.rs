//! Live events as six: text, a tool call's start, input and end, an error, and done.
//!
//! For: programs that show text and run tools and want nothing else.
//! Not for: reasoning, citations, images or which model answered; those are in [`Event`].
//!
//! ```
//! use bedrock_aggregate::simple::{SimpleAdaptor, SimpleEvent};
//! use bedrock_aggregate::{Event, Framing, Listener, Reader};
//!
//! let body = br#"{"type":"message_start","message":{"id":"msg_1","role":"assistant","content":[],"usage":{"input_tokens":9}}}
//! {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}
//! {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Rain."}}
//! {"type":"content_block_stop","index":0}
//! {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}}
//! {"type":"message_stop"}
//! "#;
//! let mut heard = Vec::new();
//! let mut hear = |event: SimpleEvent<'_>| heard.push(event.into_owned());
//!
//! let mut adaptor = SimpleAdaptor::new();
//! let mut reader = Reader::new(Framing::JsonLines);
//! let mut tell = |event: Event<'_>| adaptor.tell(&event, &mut hear);
//! reader.push(body, &mut Listener::new(&mut tell))?;
//! let answer = reader.finish(&mut Listener::new(&mut tell))?;
//! adaptor.finish(&answer.completeness, &mut hear);
//!
//! assert_eq!(heard, [SimpleEvent::Text("Rain.".into()), SimpleEvent::Done { usage: answer.reply.usage }]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use bedrock_codegen::codegen_at_use;
use std::borrow::Cow;
use std::collections::BTreeMap;

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
        /// Token counts, where they were told.
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

    /// Turns one event into what it means here, if it means anything. After the last event nothing does.
    pub fn tell(&mut self, event: &Event<'_>, hear: &mut dyn FnMut(SimpleEvent<'_>)) {
        if self.over {
            return;
        }
        match event {
            Event::TextDelta(delta) => hear(SimpleEvent::Text(Cow::Borrowed(&delta.text))),
            Event::ToolUseStart(call) => {
                self.open.insert(call.index, call.id.clone().into_owned());
                let (id, name) = (Cow::Borrowed(&*call.id), Cow::Borrowed(&*call.name));
                hear(SimpleEvent::ToolCallStart { id, name });
            }
            Event::ToolInputDelta(delta) => {
                let (id, arguments_delta) = (Cow::Borrowed(&*delta.id), Cow::Borrowed(&*delta.json));
                hear(SimpleEvent::ToolCallDelta { id, arguments_delta });
            }
            Event::ToolUseEnd(end) => {
                if let Some(id) = self.open.remove(&end.index) {
                    hear(SimpleEvent::ToolCallEnd { id: Cow::Owned(id) });
                }
            }
            Event::Usage(update) => self.usage = Some(update.usage),
            Event::Error(fault) if fault.message.is_empty() => self.fail(&fault.error_type, hear),
            Event::Error(fault) => self.fail(&format!("{}: {}", fault.error_type, fault.message), hear),
            // What has no word here. By name, so that a new event is not passed over unseen.
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

    /// Tells the end: `Done` where the answer is complete, else `Error` with what is missing. Nothing, if an error ended it.
    pub fn finish(&mut self, completeness: &Completeness, hear: &mut dyn FnMut(SimpleEvent<'_>)) {
        match completeness.missing() {
            Some(missing) => self.fail(&format!("the answer is not complete: {missing}"), hear),
            None if self.over => {}
            None => {
                self.over = true;
                hear(SimpleEvent::Done { usage: self.usage });
            }
        }
    }

    /// Tells an error of the caller's, as that the connection broke, or the `Err` of a client's stream. Nothing, if the end was
    /// told.
    pub fn fail(&mut self, message: &str, hear: &mut dyn FnMut(SimpleEvent<'_>)) {
        if !std::mem::replace(&mut self.over, true) {
            hear(SimpleEvent::Error(Cow::Borrowed(message)));
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
