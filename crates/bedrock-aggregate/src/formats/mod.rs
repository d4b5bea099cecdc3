//! The formats: the fold of each, and what it folds into.
//!
//! | name | answers of | folded by | into |
//! |---|---|---|---|
//! | `ai21-j2` | Jurassic-2, whole only | [`Ai21J2Aggregator`] | [`ai21_j2::Response`](bedrock_formats::ai21_j2::Response) |
//! | `ai21-jamba` | Jamba | [`Ai21JambaAggregator`] | [`ai21_jamba::Response`](bedrock_formats::ai21_jamba::Response) |
//! | `anthropic` | Claude: InvokeModel, and Messages over SSE | [`AnthropicAggregator`] | [`anthropic::Message`](bedrock_formats::anthropic::Message) |
//! | `anthropic-text` | Claude's first completions | [`AnthropicTextAggregator`] | [`anthropic_text::Response`](bedrock_formats::anthropic_text::Response) |
//! | `cohere-command` | Command, Command Light | [`CohereCommandAggregator`] | [`cohere_command::Response`](bedrock_formats::cohere_command::Response) |
//! | `cohere-command-r` | Command R, R+ | [`CohereCommandRAggregator`] | [`cohere_command_r::Response`](bedrock_formats::cohere_command_r::Response) |
//! | `converse` | ConverseStream of any model | [`ConverseAggregator`] | [`ConverseResponse`](bedrock_formats::converse::ConverseResponse) |
//! | `deepseek` | DeepSeek R1, by prompt and by messages | [`DeepSeekAggregator`] | [`deepseek::Response`](bedrock_formats::deepseek::Response) |
//! | `llama` | Llama; imported models in its way | [`LlamaAggregator`] | [`llama::Response`](bedrock_formats::llama::Response) |
//! | `mistral-chat` | Mistral by messages, Pixtral | [`MistralChatAggregator`] | [`mistral_chat::Response`](bedrock_formats::mistral_chat::Response) |
//! | `mistral-text` | Mistral by prompt; imported models in its way | [`MistralTextAggregator`] | [`mistral_text::Response`](bedrock_formats::mistral_text::Response) |
//! | `nova` | Nova | [`NovaAggregator`] | [`nova::Response`](bedrock_formats::nova::Response) |
//! | `openai-chat` | Chat Completions, and every vendor of [`VENDORS`](bedrock_formats::openai_chat::VENDORS) | [`OpenAiChatAggregator`] | [`ChatCompletion`](bedrock_formats::openai_chat::ChatCompletion) |
//! | `openai-responses` | Responses | [`OpenAiResponsesAggregator`] | [`openai_responses::Response`](bedrock_formats::openai_responses::Response) |
//! | `pegasus` | Pegasus | [`PegasusAggregator`] | [`pegasus::Response`](bedrock_formats::pegasus::Response) |
//! | `text-completion` | imported models and endpoints that complete texts | [`TextCompletionAggregator`] | [`text_completion::Response`](bedrock_formats::text_completion::Response) |
//! | `titan` | Titan Text | [`TitanAggregator`] | [`titan::Response`](bedrock_formats::titan::Response) |
//!
//! A format that is not here is written with [`TextFormat`] where it answers texts and nothing else, with [`ChatFormat`] where its
//! chunks have OpenAI's `choices`, and else with [`Aggregator`](crate::Aggregator); [`Format`] registers it.

// One file a format, named as its file in `bedrock-formats`. A new one has a line in the table above and one in `BUILT_IN`.

mod ai21_j2;
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
mod text_completion;
mod titan;

pub use crate::fold::chat::aggregator::ChatAggregator;
pub use crate::fold::chat::builder::{ChatCall, ChatUsage};
pub use crate::fold::chat::format::{ChatCallPiece, ChatChoice, ChatFormat, ChatPiece};
pub use crate::fold::text_completion::TextAggregator;
pub use crate::fold::text_completion::format::{StopWord, TextFormat, TextPiece, Texts};
pub use ai21_j2::{Ai21J2, Ai21J2Aggregator};
pub use ai21_jamba::{Ai21Jamba, Ai21JambaAggregator};
pub use anthropic::AnthropicAggregator;
pub use anthropic_text::{AnthropicText, AnthropicTextAggregator};
pub use cohere_command::{CohereCommand, CohereCommandAggregator};
pub use cohere_command_r::CohereCommandRAggregator;
pub use converse::ConverseAggregator;
pub use deepseek::{DeepSeek, DeepSeekAggregator};
pub use llama::{Llama, LlamaAggregator};
pub use mistral_chat::{MistralChat, MistralChatAggregator};
pub use mistral_text::{MistralText, MistralTextAggregator};
pub use nova::NovaAggregator;
pub use openai_chat::OpenAiChatAggregator;
pub use openai_responses::OpenAiResponsesAggregator;
pub use pegasus::{Pegasus, PegasusAggregator};
pub use text_completion::{TextCompletion, TextCompletionAggregator};
pub use titan::{Titan, TitanAggregator};

use crate::fold::format::Format;

/// The formats that an operation answers in, whatever the model: each its own row, for programs that need no other.
impl Format {
    /// Anthropic's Messages.
    pub const ANTHROPIC: Self = anthropic::FORMAT;
    /// Converse and ConverseStream.
    pub const CONVERSE: Self = converse::FORMAT;
    /// Chat Completions.
    pub const OPENAI_CHAT: Self = openai_chat::FORMAT;
    /// Responses.
    pub const OPENAI_RESPONSES: Self = openai_responses::FORMAT;
}

/// The built-in rows, in the order in which they are asked: the more particular before the more general.
///
/// A constant and no static: so the table is not compiled where it is not used, and a program that only calls Converse
/// has no other fold in it.
pub(crate) const BUILT_IN: &[Format] = &[
    anthropic::FORMAT,
    openai_responses::FORMAT,
    anthropic_text::FORMAT,
    // Asks for what only Converse has, and leaves the rest of the same events to Nova.
    converse::FORMAT,
    nova::FORMAT,
    titan::FORMAT,
    llama::FORMAT,
    mistral_text::FORMAT,
    cohere_command_r::FORMAT,
    cohere_command::FORMAT,
    // Among the chats: Jamba's lack `object` and `created`, OpenAI's have `delta`, Mistral's say
    // that they are chunks or have calls or parts; DeepSeek's are the rest.
    ai21_jamba::FORMAT,
    openai_chat::FORMAT,
    mistral_chat::FORMAT,
    deepseek::FORMAT,
    ai21_j2::FORMAT,
    pegasus::FORMAT,
    // Last: a bare `text` says least.
    text_completion::FORMAT,
];
