//! Anthropic's text completions: Claude 1, 2 and Instant.
//!
//! For: `anthropic.claude-v1`, `-v2`, `-v2:1` and `-instant-v1` through InvokeModel, asked with a `prompt`.
//! Not for: the Messages schema, which Claude 2 takes too; see `anthropic`.
//!
//! ```
//! use bedrock_formats::anthropic_text::{Request, Response};
//! use bedrock_formats::reply::{StopReason, ToReply};
//!
//! let request = Request::user("Why?", 100);
//! assert_eq!(request.prompt, "\n\nHuman: Why?\n\nAssistant:");
//!
//! let response: Response = serde_json::from_str(r#"{"type": "completion", "completion": " Because.",
//!     "stop_reason": "stop_sequence", "stop": "\n\nHuman:"}"#)?;
//! let reply = response.to_reply();
//! assert_eq!((reply.text().as_str(), reply.stop_reason), (" Because.", Some(StopReason::EndTurn)));
//! # Ok::<(), serde_json::Error>(())
//! ```

use bedrock_codegen::codegen_at_use;

use crate::invocation_metrics::{GuardrailConfig, bedrock_struct};
use crate::reply::{self, Block, Reply, ToReply};

/// What begins the caller's turn: a natural end of the answer is reported as this stop sequence.
pub const HUMAN: &str = "\n\nHuman:";

wire_struct! {
    /// The body of a request.
    pub struct Request {
        /// The prompt: `\n\nHuman: …\n\nAssistant:`.
        "prompt" prompt: String,
        /// The most tokens to generate: at least 1.
        "max_tokens_to_sample" max_tokens_to_sample: u64,
        /// Randomness, 0 to 1, default 1.
        "temperature" temperature: Option<f64>,
        /// The probability mass to sample from, 0 to 1, default 1.
        "top_p" top_p: Option<f64>,
        /// How many tokens to sample from, 0 to 500, default 250.
        "top_k" top_k: Option<u64>,
        /// Texts that end the answer.
        "stop_sequences" stop_sequences: Option<Vec<String>>,
        /// The version of the schema: `bedrock-2023-05-31`; it may be left out.
        "anthropic_version" anthropic_version: Option<String>,
        /// How the guardrail named in the headers treats the stream.
        "amazon-bedrock-guardrailConfig" guardrail_config: Option<GuardrailConfig>,
    }
}

bedrock_struct! {
    /// The complete answer; and one chunk of a stream, where the text is a piece.
    pub struct Response {
        /// `completion`; sometimes absent.
        "type" kind: Option<String>,
        /// The text.
        "completion" completion: Option<String>,
        /// Why the model stopped.
        "stop_reason" stop_reason: Option<StopReason>,
        /// The stop sequence that was generated.
        "stop" stop: Option<String>,
    }
}

/// One chunk of a stream.
pub type Chunk = Response;

wire_enum! {
    /// Why the model stopped.
    pub enum StopReason {
        /// A stop sequence was generated, [`HUMAN`] at a natural end.
        "stop_sequence" => StopSequence,
        /// `max_tokens_to_sample` were generated.
        "max_tokens" => MaxTokens,
    }
}

impl Request {
    /// A request with this prompt.
    #[must_use]
    pub fn new(prompt: impl Into<String>, max_tokens_to_sample: u64) -> Self {
        Self::default().prompt(prompt.into()).max_tokens_to_sample(max_tokens_to_sample)
    }

    /// A request that asks one thing.
    #[must_use]
    pub fn user(text: impl AsRef<str>, max_tokens_to_sample: u64) -> Self {
        Self::new(format!("{HUMAN} {}\n\nAssistant:", text.as_ref()), max_tokens_to_sample)
    }
}

/// Usage comes from the invocation metrics or the headers: the body holds none.
#[codegen_at_use]
impl ToReply for Response {
    fn to_reply(&self) -> Reply {
        let natural_end = self.stop.as_deref() == Some(HUMAN);
        let stop_reason = self.stop_reason.as_ref().map(|reason| match reason {
            // A turn that ends by itself stops at what would begin the next one.
            StopReason::StopSequence if natural_end => reply::StopReason::EndTurn,
            other => reply::StopReason::from(other.as_str()),
        });
        let mut reply = Reply {
            role: Some("assistant".to_owned()),
            content: self.completion.iter().filter(|text| !text.is_empty()).map(Block::text).collect(),
            stop_reason,
            native_stop_reason: self.stop_reason.as_ref().map(|reason| reason.as_str().to_owned()),
            stop_sequence: self.stop.clone().filter(|_| !natural_end),
            ..Reply::default()
        };
        crate::invocation_metrics::complete(&mut reply, self);
        reply
    }
}
