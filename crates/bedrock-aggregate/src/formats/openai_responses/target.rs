//! The texts of an item that a delta can append to.
//! Not for: which item it is; see `position`.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::openai_responses::{
    ContentPart, CustomToolCall, FunctionCall, Item, Message, Reasoning,
};

/// A text that grows: which of an item's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// A part of a message.
    Text(Option<u64>),
    /// A part of a message that is a refusal.
    Refusal(Option<u64>),
    /// A part of the reasoning.
    Reasoning(Option<u64>),
    /// A part of its summary.
    Summary(Option<u64>),
    /// The input of a function.
    Arguments,
    /// The input of a tool that takes text.
    CustomInput,
}

#[codegen_at_use]
impl Target {
    /// The item that a delta opens which came before its item.
    pub(super) fn item(self) -> Item {
        match self {
            Self::Text(_) | Self::Refusal(_) => Item::Message(Message::default().role("assistant")),
            Self::Reasoning(_) | Self::Summary(_) => Item::Reasoning(Reasoning::default()),
            Self::Arguments => Item::FunctionCall(FunctionCall::default()),
            Self::CustomInput => Item::CustomToolCall(CustomToolCall::default()),
        }
    }

    /// The part that a delta opens which came before its part.
    pub(super) fn part(self) -> ContentPart {
        match self {
            Self::Refusal(_) => ContentPart::Refusal(Default::default()),
            Self::Reasoning(_) => ContentPart::ReasoningText(Default::default()),
            Self::Summary(_) => ContentPart::SummaryText(Default::default()),
            _ => ContentPart::OutputText(Default::default()),
        }
    }

    /// The text of a part: as its kind says, else as the event does that brings it.
    pub(super) fn of_part(part: &ContentPart, of_event: Self) -> Self {
        match (part, of_event) {
            (ContentPart::ReasoningText(_), Self::Text(index)) => Self::Reasoning(index),
            (ContentPart::Refusal(_), Self::Text(index)) => Self::Refusal(index),
            _ => of_event,
        }
    }
}
