//! One file a format: its fold, and the row that tells how it is recognised.
//!
//! To add a format: a file here with the name of its file in `bedrock-formats`, and a line in the two tables below.

mod anthropic;
mod converse;
mod nova;
mod openai_chat;
mod openai_responses;

pub use anthropic::AnthropicAggregator;
pub use converse::ConverseAggregator;
pub use nova::NovaAggregator;
pub use openai_chat::OpenAiChatAggregator;
pub use openai_responses::OpenAiResponsesAggregator;

use crate::registry::Format;

/// The built-in rows, in the order in which they are asked: the more particular before the more general.
pub(crate) fn built_in() -> Vec<Format> {
    vec![anthropic::format(), converse::format(), nova::format(), openai_chat::format(), openai_responses::format()]
}
