//! Text completions, as OpenAI's older interface gave them: imported models and endpoints of the marketplace.
//!
//! For: Custom Model Import asked in OpenAI's older way, and SageMaker endpoints; both answer `text_completion`, whole and
//! streamed. Some imported models (Qwen 2) answer a bare `text`, which [`Response`] holds too.
//! Not for: imported models that answer as their architecture does (see `llama`, `mistral_text`) or chat (see
//! `openai_chat`).
//!
//! ```
//! use bedrock_formats::text_completion::{Request, Response};
//! use bedrock_formats::reply::{StopReason, ToReply};
//!
//! let request = Request::new("Once upon a time").max_tokens(20u64);
//! assert_eq!(serde_json::to_value(&request)?["max_tokens"], 20);
//!
//! let response: Response = serde_json::from_str(r#"{"object": "text_completion", "id": "", "created": 1762000000,
//!     "model": "/opt/ml/model", "choices": [{"index": 0, "text": " there was", "logprobs": null, "finish_reason": "length"}],
//!     "usage": {"prompt_tokens": 4, "completion_tokens": 20, "total_tokens": 24}}"#)?;
//! let reply = response.to_reply();
//! assert_eq!((reply.text().as_str(), reply.stop_reason), (" there was", Some(StopReason::MaxTokens)));
//! # Ok::<(), serde_json::Error>(())
//! ```

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use crate::invocation_metrics::{GuardrailConfig, bedrock_struct};
use crate::reply::{self, Block, Reply, ToReply, Usage};
use crate::wire::{Num, OneOrMany};

// OpenAI's SDK, and an endpoint of the marketplace that was recorded whole; a bare `text` is by
// another client's word.
wire_struct! {
    /// The body of a request.
    pub struct Request {
        /// The text to go on from, in the model's template.
        "prompt" prompt: String,
        /// The most tokens to generate.
        "max_tokens" max_tokens: Option<u64>,
        /// The same, for a model asked as Bedrock asks Llama.
        "max_gen_len" max_gen_len: Option<u64>,
        /// Randomness, 0 to 2.
        "temperature" temperature: Option<f64>,
        /// The probability mass to sample from, 0 to 1.
        "top_p" top_p: Option<f64>,
        /// How many tokens to sample from.
        "top_k" top_k: Option<u64>,
        /// Texts that end the answer.
        "stop" stop: Option<OneOrMany<String>>,
        /// How many answers.
        "n" n: Option<u64>,
        /// How many alternatives of each token to return.
        "logprobs" logprobs: Option<u64>,
        /// For answers that repeat as far as possible.
        "seed" seed: Option<i64>,
        /// Whether the answer begins with the prompt.
        "echo" echo: Option<bool>,
        /// The form of the answer.
        "response_format" response_format: Option<Value>,
        /// How the guardrail named in the headers treats the stream.
        "amazon-bedrock-guardrailConfig" guardrail_config: Option<GuardrailConfig>,
    }

    /// One answer, or a piece of one.
    pub struct Choice {
        /// Which one.
        "index" index: Option<u64>,
        /// The text.
        "text" text: Option<String>,
        /// How likely the tokens were.
        "logprobs" logprobs: Option<Value>,
        /// Why the model stopped.
        "finish_reason" finish_reason: Option<FinishReason>,
        /// The stop text or the number of the token that ended the answer (vLLM).
        "stop_reason" stop_reason: Option<Value>,
    }

    /// Token counts.
    pub struct CompletionUsage {
        /// Tokens of the prompt, cached ones included.
        "prompt_tokens" prompt_tokens: Option<u64>,
        /// Tokens generated.
        "completion_tokens" completion_tokens: Option<u64>,
        /// Both together.
        "total_tokens" total_tokens: Option<u64>,
        /// What the prompt was.
        "prompt_tokens_details" prompt_tokens_details: Option<PromptTokensDetails>,
    }

    /// What the prompt was.
    pub struct PromptTokensDetails {
        /// Tokens read from the cache.
        "cached_tokens" cached_tokens: Option<u64>,
    }
}

bedrock_struct! {
    /// The complete answer; and one chunk of a stream, where the text is a piece.
    pub struct Response {
        /// The answer's id; can be empty.
        "id" id: Option<String>,
        /// `text_completion`.
        "object" object: Option<String>,
        /// When it was begun: seconds since 1970.
        "created" created: Option<Num>,
        /// The model, as its server names it.
        "model" model: Option<String>,
        /// The build that served it.
        "system_fingerprint" system_fingerprint: Option<String>,
        /// The answers.
        "choices" choices: Option<Vec<Choice>>,
        /// Token counts.
        "usage" usage: Option<CompletionUsage>,
        /// The text, from models that answer with nothing else.
        "text" text: Option<String>,
    }
}

/// One chunk of a stream.
pub type Chunk = Response;

wire_enum! {
    /// Why the model stopped.
    pub enum FinishReason {
        /// It had finished, or one of the stop texts was generated.
        "stop" => Stop,
        /// `max_tokens` were generated.
        "length" => Length,
        /// Content was withheld.
        "content_filter" => ContentFilter,
    }
}

impl Request {
    /// A request with this prompt.
    #[must_use]
    pub fn new(prompt: impl Into<String>) -> Self {
        Self::default().prompt(prompt.into())
    }
}

#[codegen_at_use]
impl FinishReason {
    /// The same in the common vocabulary.
    #[must_use]
    pub fn to_reply(&self) -> reply::StopReason {
        match self {
            Self::Stop => reply::StopReason::EndTurn,
            Self::Length => reply::StopReason::MaxTokens,
            Self::ContentFilter => reply::StopReason::ContentFiltered,
            Self::Other(word) => reply::StopReason::from(word.as_str()),
        }
    }
}

#[codegen_at_use]
impl CompletionUsage {
    /// The same in the common vocabulary.
    #[must_use]
    pub fn to_reply(&self) -> Usage {
        let read = self.prompt_tokens_details.as_ref().and_then(|details| details.cached_tokens);
        Usage {
            input_tokens: Usage::without_cached(self.prompt_tokens, read, None),
            output_tokens: self.completion_tokens,
            total_tokens: self.total_tokens,
            cache_read_input_tokens: read,
            ..Usage::default()
        }
    }
}

/// The reply is the first answer.
#[codegen_at_use]
impl ToReply for Response {
    fn to_reply(&self) -> Reply {
        let first = reply::first_choice(self.choices.iter().flatten(), |choice| choice.index);
        let reason = first.and_then(|choice| choice.finish_reason.as_ref());
        let text = first.and_then(|choice| choice.text.as_ref()).or(self.text.as_ref());
        let mut reply = Reply {
            role: Some("assistant".to_owned()),
            model: self.model.clone(),
            // Endpoints of the marketplace send an empty one.
            id: self.id.clone().filter(|id| !id.is_empty()),
            content: text.into_iter().filter(|text| !text.is_empty()).map(Block::text).collect(),
            stop_reason: reason.map(FinishReason::to_reply),
            native_stop_reason: reason.map(|reason| reason.as_str().to_owned()),
            usage: self.usage.as_ref().and_then(|usage| usage.to_reply().some()),
            ..Reply::default()
        };
        crate::invocation_metrics::complete(&mut reply, self);
        reply
    }
}
