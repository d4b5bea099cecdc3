//! The kinds of events, and what each says.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use bedrock_formats::reply::{StopReason, Usage};
use serde::Serialize;
use serde_json::Value;

/// One live event. As JSON it is an object with `type` and the fields of its struct.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event<'a> {
    /// A run begins: one or more messages, of one agent. Emitted by a [`Run`](crate::Run), never by a format.
    RunStarted(RunStarted<'a>),
    /// The run is over, and all of its messages are complete. Emitted by a [`Run`](crate::Run).
    RunFinished(RunFinished),
    /// The run is over because something went wrong. Emitted by a [`Run`](crate::Run).
    RunError(RunError<'a>),
    /// The message begins.
    MessageStart(MessageStart<'a>),
    /// A block of text begins.
    TextStart(BlockStart),
    /// Some text.
    TextDelta(TextDelta<'a>),
    /// A block of text ends.
    TextEnd(BlockEnd),
    /// A block of reasoning begins.
    ThinkingStart(ThinkingStart),
    /// Some reasoning.
    ThinkingDelta(TextDelta<'a>),
    /// A block of reasoning ends.
    ThinkingEnd(ThinkingEnd<'a>),
    /// A tool call begins.
    ToolUseStart(ToolUseStart<'a>),
    /// Some of a tool call's input, as JSON text.
    ToolInputDelta(ToolInputDelta<'a>),
    /// A tool call's input is complete.
    ToolUseEnd(ToolUseEnd<'a>),
    /// A citation for a block of text.
    Citation(Cited<'a>),
    /// An image, or a preview of one.
    Image(ImageUpdate<'a>),
    /// A block that is none of the above, complete.
    Block(OtherBlock<'a>),
    /// Token counts so far; later counts replace earlier ones.
    Usage(UsageUpdate),
    /// The model stopped.
    Stop(Stop<'a>),
    /// The message is complete: the stream has ended, and nothing is missing. Emitted by the [`Reader`](crate::Reader).
    MessageEnd(MessageEnd),
    /// The service broke the answer off. Emitted by a [`Reader`](crate::Reader) and by folds; `AnswerStream` of `bedrock-client` gives
    /// an `Err` in its place.
    Error(StreamFault<'a>),
    /// Something that no format here knows.
    Unknown(Unknown<'a>),
}

/// A run begins. Its own id stands beside the event, in [`RunEvent::run_id`](crate::RunEvent::run_id).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RunStarted<'a> {
    /// The conversation that the run belongs to, where the caller has said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<Cow<'a, str>>,
    /// The run that asked for this one, where the caller has said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_run_id: Option<Cow<'a, str>>,
}

/// A run is over, and nothing is missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RunFinished {}

/// A run is over because something went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RunError<'a> {
    /// What kind of error it is, where that is known: an exception's name, or `incomplete` for an answer that ended early.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Cow<'a, str>>,
    /// What went wrong.
    pub message: Cow<'a, str>,
}

/// The message begins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MessageStart<'a> {
    /// The message's id, where the format gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Cow<'a, str>>,
    /// The model, as the answer names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<Cow<'a, str>>,
    /// Who speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Cow<'a, str>>,
}

impl<'a> MessageStart<'a> {
    /// The start of a message with what is known of it.
    #[must_use]
    pub fn new(id: Option<&'a str>, model: Option<&'a str>, role: Option<&'a str>) -> Self {
        Self { id: id.map(Cow::Borrowed), model: model.map(Cow::Borrowed), role: role.map(Cow::Borrowed) }
    }
}

/// A block begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BlockStart {
    /// The block's index.
    pub index: u64,
}

/// A block ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BlockEnd {
    /// The block's index.
    pub index: u64,
}

/// Some text of a block. It displays as, and derefs to, the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TextDelta<'a> {
    /// The block's index.
    pub index: u64,
    /// The text; never empty.
    pub text: Cow<'a, str>,
}

impl fmt::Display for TextDelta<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Deref for TextDelta<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

/// A block of reasoning begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ThinkingStart {
    /// The block's index.
    pub index: u64,
    /// Whether only the provider can read it.
    pub redacted: bool,
}

/// A block of reasoning ends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ThinkingEnd<'a> {
    /// The block's index.
    pub index: u64,
    /// The proof that the model wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<Cow<'a, str>>,
    /// Base64 of reasoning that only the provider can read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redacted_data: Option<Cow<'a, str>>,
}

/// A tool call begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ToolUseStart<'a> {
    /// The block's index.
    pub index: u64,
    /// The call's id.
    pub id: Cow<'a, str>,
    /// The tool's name.
    pub name: Cow<'a, str>,
}

/// Some of a tool call's input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ToolInputDelta<'a> {
    /// The block's index.
    pub index: u64,
    /// The call's id.
    pub id: Cow<'a, str>,
    /// A piece of the input's JSON text; never empty.
    pub json: Cow<'a, str>,
}

/// A tool call is complete.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ToolUseEnd<'a> {
    /// The block's index.
    pub index: u64,
    /// The call's id.
    pub id: Cow<'a, str>,
}

/// A citation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cited<'a> {
    /// The index of the block it belongs to.
    pub index: u64,
    /// The citation as the format writes it.
    pub citation: Cow<'a, Value>,
}

/// An image that the service made, or a preview while it is being made; later ones replace earlier ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImageUpdate<'a> {
    /// The block's index.
    pub index: u64,
    /// Which preview it is; absent for the image itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview: Option<u64>,
    /// The format, where it is known: `png`, `jpeg`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Cow<'a, str>>,
    /// Base64 of the image.
    pub data: Cow<'a, str>,
}

/// A block that is neither text, reasoning nor a tool call: the result of a tool that the service ran, an image that it
/// was given, a kind of block newer than this crate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OtherBlock<'a> {
    /// The block's index.
    pub index: u64,
    /// The block as the format writes it.
    pub block: Cow<'a, Value>,
}

/// Token counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct UsageUpdate {
    /// The counts that are known by now.
    pub usage: Usage,
}

/// The model stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stop<'a> {
    /// Why.
    pub reason: StopReason,
    /// Why, in the format's own word.
    pub native: Cow<'a, str>,
    /// The model, where it is no longer the one that the message began with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<Cow<'a, str>>,
}

/// The message is complete.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MessageEnd {}

/// The service broke the answer off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StreamFault<'a> {
    /// The exception's name, as `ThrottlingException`.
    pub error_type: Cow<'a, str>,
    /// What the service says of it.
    pub message: Cow<'a, str>,
}

/// Something that no format here knows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Unknown<'a> {
    /// The frame's event type or the chunk's own tag, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_type: Option<Cow<'a, str>>,
    /// What arrived.
    pub raw: Cow<'a, Value>,
}

/// `'static` copies of what an event borrows.
fn own(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}

fn own_value(value: Cow<'_, Value>) -> Cow<'static, Value> {
    Cow::Owned(value.into_owned())
}

impl Event<'_> {
    /// The same event, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Event<'static> {
        match self {
            Event::RunStarted(e) => Event::RunStarted(RunStarted {
                thread_id: e.thread_id.map(own),
                parent_run_id: e.parent_run_id.map(own),
            }),
            Event::RunFinished(e) => Event::RunFinished(e),
            Event::RunError(e) => {
                Event::RunError(RunError { code: e.code.map(own), message: own(e.message) })
            }
            Event::MessageStart(e) => Event::MessageStart(MessageStart {
                id: e.id.map(own),
                model: e.model.map(own),
                role: e.role.map(own),
            }),
            Event::TextStart(e) => Event::TextStart(e),
            Event::TextDelta(e) => Event::TextDelta(TextDelta { index: e.index, text: own(e.text) }),
            Event::TextEnd(e) => Event::TextEnd(e),
            Event::ThinkingStart(e) => Event::ThinkingStart(e),
            Event::ThinkingDelta(e) => Event::ThinkingDelta(TextDelta { index: e.index, text: own(e.text) }),
            Event::ThinkingEnd(e) => Event::ThinkingEnd(ThinkingEnd {
                index: e.index,
                signature: e.signature.map(own),
                redacted_data: e.redacted_data.map(own),
            }),
            Event::ToolUseStart(e) => {
                Event::ToolUseStart(ToolUseStart { index: e.index, id: own(e.id), name: own(e.name) })
            }
            Event::ToolInputDelta(e) => {
                Event::ToolInputDelta(ToolInputDelta { index: e.index, id: own(e.id), json: own(e.json) })
            }
            Event::ToolUseEnd(e) => Event::ToolUseEnd(ToolUseEnd { index: e.index, id: own(e.id) }),
            Event::Citation(e) => Event::Citation(Cited { index: e.index, citation: own_value(e.citation) }),
            Event::Image(e) => Event::Image(ImageUpdate {
                index: e.index,
                preview: e.preview,
                format: e.format.map(own),
                data: own(e.data),
            }),
            Event::Block(e) => Event::Block(OtherBlock { index: e.index, block: own_value(e.block) }),
            Event::Usage(e) => Event::Usage(e),
            Event::Stop(e) => {
                Event::Stop(Stop { reason: e.reason, native: own(e.native), model: e.model.map(own) })
            }
            Event::MessageEnd(e) => Event::MessageEnd(e),
            Event::Error(e) => {
                Event::Error(StreamFault { error_type: own(e.error_type), message: own(e.message) })
            }
            Event::Unknown(e) => {
                Event::Unknown(Unknown { event_type: e.event_type.map(own), raw: own_value(e.raw) })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_as_json_has_its_type_and_fields() {
        let text = Event::TextDelta(TextDelta { index: 2, text: "hi".into() });
        assert_eq!(
            serde_json::to_value(&text).unwrap(),
            json!({"type": "text_delta", "index": 2, "text": "hi"})
        );
        let end = Event::MessageEnd(MessageEnd::default());
        assert_eq!(serde_json::to_value(&end).unwrap(), json!({"type": "message_end"}));
        let usage = Usage::default();
        let usage = Event::Usage(UsageUpdate { usage });
        assert_eq!(serde_json::to_value(&usage).unwrap(), json!({"type": "usage", "usage": {}}));
    }

    #[test]
    fn an_owned_event_says_the_same() {
        let text = String::from("hi");
        let event = Event::ToolInputDelta(ToolInputDelta {
            index: 0,
            id: Cow::Borrowed(&text),
            json: Cow::Borrowed(&text),
        });
        let owned = event.clone().into_owned();
        assert_eq!(event, owned);
    }
}
