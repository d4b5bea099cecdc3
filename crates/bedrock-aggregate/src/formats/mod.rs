//! One file a format: its fold, and the row that tells how it is recognised.
//!
//! To add a format: a file here with the name of its file in `bedrock-formats`, and a line in the two tables below.

mod ai21_jamba;
mod anthropic;
mod anthropic_text;
mod cohere_command;
mod cohere_command_r;
mod converse;
mod deepseek;
mod llama;
mod mistral_chat;
mod mistral_text;
mod nova;
mod openai_chat;
mod openai_responses;
mod pegasus;
mod titan;

pub use crate::texts::{StopWord, TextAggregator, TextFormat, TextPiece, Texts};
pub use ai21_jamba::Ai21JambaAggregator;
pub use anthropic::AnthropicAggregator;
pub use anthropic_text::{AnthropicText, AnthropicTextAggregator};
pub use cohere_command::{CohereCommand, CohereCommandAggregator};
pub use cohere_command_r::CohereCommandRAggregator;
pub use converse::ConverseAggregator;
pub use deepseek::DeepSeekAggregator;
pub use llama::{Llama, LlamaAggregator};
pub use mistral_chat::MistralChatAggregator;
pub use mistral_text::{MistralText, MistralTextAggregator};
pub use nova::NovaAggregator;
pub use openai_chat::OpenAiChatAggregator;
pub use openai_responses::OpenAiResponsesAggregator;
pub use pegasus::{Pegasus, PegasusAggregator};
pub use titan::{Titan, TitanAggregator};

use crate::registry::Format;

/// The built-in rows, in the order in which they are asked: the more particular before the more general.
pub(crate) fn built_in() -> Vec<Format> {
    vec![
        anthropic::format(),
        openai_responses::format(),
        anthropic_text::format(),
        converse::format(),
        nova::format(),
        titan::format(),
        llama::format(),
        mistral_text::format(),
        cohere_command_r::format(),
        cohere_command::format(),
        ai21_jamba::format(),
        openai_chat::format(),
        mistral_chat::format(),
        deepseek::format(),
        pegasus::format(),
    ]
}
