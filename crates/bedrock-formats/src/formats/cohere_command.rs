//! Cohere Command and Command Light: text generation.
//!
//! For: `cohere.command-text-v14` and `cohere.command-light-text-v14` through InvokeModel.
//! Not for: Command R, which chats; see `cohere_command_r`.
//!
//! ```
//! use bedrock_formats::cohere_command::{Request, Response};
//! use bedrock_formats::reply::{StopReason, ToReply};
//!
//! // Without `stream: true` the streaming operation sends the whole answer as one chunk.
//! let request = Request::new("Hi").max_tokens(100u64).stream(true);
//! assert_eq!(request.stream, Some(true));
//!
//! let response: Response = serde_json::from_str(r#"{"id": "1", "prompt": "Hi",
//!     "generations": [{"id": "2", "text": " Hello.", "finish_reason": "COMPLETE"}]}"#)?;
//! let reply = response.to_reply();
//! assert_eq!((reply.text().as_str(), reply.stop_reason), (" Hello.", Some(StopReason::EndTurn)));
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::collections::BTreeMap;

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use crate::invocation_metrics::{GuardrailConfig, bedrock_struct};
use crate::reply::{self, Block, Reply, ToReply};

// AWS's guide and Cohere's SDK, and five recorded answers; the one stream is a whole answer in one
// chunk.
wire_struct! {
    /// The body of a request.
    pub struct Request {
        /// The prompt: to 2048 characters.
        "prompt" prompt: String,
        /// Randomness, 0 to 5, default 0.9.
        "temperature" temperature: Option<f64>,
        /// The probability mass to sample from, 0 to 1, default 0.75.
        "p" p: Option<f64>,
        /// How many tokens to sample from, 0 to 500, default 0: all.
        "k" k: Option<u64>,
        /// The most tokens to generate, 1 to 4096, default 20.
        "max_tokens" max_tokens: Option<u64>,
        /// Texts that end the answer: at most 4.
        "stop_sequences" stop_sequences: Option<Vec<String>>,
        /// `GENERATION`, `ALL` or `NONE`.
        "return_likelihoods" return_likelihoods: Option<String>,
        /// Must be true for the streaming operation to stream.
        "stream" stream: Option<bool>,
        /// How many answers, 1 to 5, default 1.
        "num_generations" num_generations: Option<u64>,
        /// Adds to the likelihood of tokens, by their id: -10 to 10.
        "logit_bias" logit_bias: Option<BTreeMap<String, f64>>,
        /// Which end of a prompt that is too long to cut: `NONE`, `START` or `END`.
        "truncate" truncate: Option<String>,
        /// How the guardrail named in the headers treats the stream.
        "amazon-bedrock-guardrailConfig" guardrail_config: Option<GuardrailConfig>,
    }

    /// One answer.
    pub struct Generation {
        /// Its id.
        "id" id: Option<String>,
        /// Its text; a literal `<EOS_TOKEN>` can stand at its end.
        "text" text: Option<String>,
        /// Why the model stopped.
        "finish_reason" finish_reason: Option<FinishReason>,
        /// How likely the text is.
        "likelihood" likelihood: Option<f64>,
        /// How likely its tokens are.
        "token_likelihoods" token_likelihoods: Option<Vec<Value>>,
    }
}

bedrock_struct! {
    /// The complete answer.
    pub struct Response {
        /// Its id.
        "id" id: Option<String>,
        /// The answers.
        "generations" generations: Option<Vec<Generation>>,
        /// The prompt.
        "prompt" prompt: Option<String>,
    }

    /// One chunk of a stream; or, where the request did not ask to stream, the whole answer as the only chunk.
    pub struct Chunk {
        /// Whether this is the last chunk, of the answer `index` or of all.
        "is_finished" is_finished: Option<bool>,
        /// The piece of text.
        "text" text: Option<String>,
        /// Which answer, where there are several.
        "index" index: Option<u64>,
        /// Why the model stopped.
        "finish_reason" finish_reason: Option<FinishReason>,
        /// The whole answer, in a last chunk.
        "response" response: Option<Value>,
        /// The answer's id, where the chunk is the whole answer.
        "id" id: Option<String>,
        /// The answers, where the chunk is the whole answer.
        "generations" generations: Option<Vec<Generation>>,
        /// The prompt, where the chunk is the whole answer.
        "prompt" prompt: Option<String>,
    }
}

wire_enum! {
    /// Why the model stopped.
    pub enum FinishReason {
        /// It had finished.
        "COMPLETE" => Complete,
        /// `max_tokens` were generated.
        "MAX_TOKENS" => MaxTokens,
        /// One of the stop sequences was generated.
        "STOP_SEQUENCE" => StopSequence,
        /// The model failed.
        "ERROR" => Error,
        /// Content was withheld.
        "ERROR_TOXIC" => ErrorToxic,
        /// The context window was full.
        "ERROR_LIMIT" => ErrorLimit,
        /// The caller went away.
        "USER_CANCEL" => UserCancel,
        /// The model took too long.
        "TIMEOUT" => Timeout,
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
            Self::Complete => reply::StopReason::EndTurn,
            Self::MaxTokens | Self::ErrorLimit => reply::StopReason::MaxTokens,
            Self::StopSequence => reply::StopReason::StopSequence,
            Self::ErrorToxic => reply::StopReason::ContentFiltered,
            other => reply::StopReason::from(other.as_str()),
        }
    }
}

/// The reply is the first answer. Usage comes from the invocation metrics or the headers: the body holds none.
#[codegen_at_use]
impl ToReply for Response {
    fn to_reply(&self) -> Reply {
        let first = self.generations.as_deref().unwrap_or_default().first();
        let reason = first.and_then(|generation| generation.finish_reason.as_ref());
        let mut reply = Reply {
            role: Some("assistant".to_owned()),
            id: self.id.clone(),
            content: first
                .and_then(|generation| generation.text.as_ref())
                .filter(|text| !text.is_empty())
                .map(Block::text)
                .into_iter()
                .collect(),
            stop_reason: reason.map(FinishReason::to_reply),
            native_stop_reason: reason.map(|reason| reason.as_str().to_owned()),
            ..Reply::default()
        };
        crate::invocation_metrics::complete(&mut reply, self);
        reply
    }
}
