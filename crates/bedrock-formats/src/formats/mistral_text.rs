//! Mistral's text completion: Mistral 7B, Mixtral, Mistral Small and Large of 2024.
//!
//! For: Mistral's first models through InvokeModel, asked with a `prompt`.
//! Not for: the same Large asked with `messages`, and all later models; see `mistral_chat`.
//!
//! ```
//! use bedrock_formats::mistral_text::{Request, Response};
//! use bedrock_formats::reply::{StopReason, ToReply};
//!
//! let request = Request::user("Hi").max_tokens(100u64);
//! assert_eq!(request.prompt, "<s>[INST] Hi [/INST]");
//!
//! let response: Response = serde_json::from_str(r#"{"outputs": [{"text": " Hello.", "stop_reason": "stop"}]}"#)?;
//! let reply = response.to_reply();
//! assert_eq!((reply.text().as_str(), reply.stop_reason), (" Hello.", Some(StopReason::EndTurn)));
//! # Ok::<(), serde_json::Error>(())
//! ```

use bedrock_codegen::codegen_at_use;

use crate::invocation_metrics::{GuardrailConfig, bedrock_struct};
use crate::reply::{self, Block, Reply, ToReply};

// AWS's guide, and six recorded answers, of which two are streams.
wire_struct! {
    /// The body of a request.
    pub struct Request {
        /// The prompt: `<s>[INST] … [/INST]`.
        "prompt" prompt: String,
        /// The most tokens to generate, default 512 (Large and Small 8192); to 8192 (7B), 4096 (Mixtral), 8192 (Large, Small).
        "max_tokens" max_tokens: Option<u64>,
        /// Texts that end the answer: at most 10.
        "stop" stop: Option<Vec<String>>,
        /// Randomness, 0 to 1, default 0.5 (Large and Small 0.7).
        "temperature" temperature: Option<f64>,
        /// The probability mass to sample from, 0 to 1, default 0.9 (Large and Small 1).
        "top_p" top_p: Option<f64>,
        /// How many tokens to sample from, 1 to 200, default 50; not for Large and Small.
        "top_k" top_k: Option<u64>,
        /// How the guardrail named in the headers treats the stream.
        "amazon-bedrock-guardrailConfig" guardrail_config: Option<GuardrailConfig>,
    }

    /// One answer, or a piece of one.
    pub struct Output {
        /// The text.
        "text" text: String,
        /// Why the model stopped.
        "stop_reason" stop_reason: Option<StopReason>,
    }
}

bedrock_struct! {
    /// The complete answer; and one chunk of a stream, where the text is a piece.
    pub struct Response {
        /// The answers: one.
        "outputs" outputs: Option<Vec<Output>>,
    }
}

/// One chunk of a stream.
pub type Chunk = Response;

wire_enum! {
    /// Why the model stopped.
    pub enum StopReason {
        /// It had finished, or one of the stop texts was generated.
        "stop" => Stop,
        /// `max_tokens` were generated.
        "length" => Length,
    }
}

impl Request {
    /// A request with this prompt, which must be in the model's template.
    #[must_use]
    pub fn new(prompt: impl Into<String>) -> Self {
        Self::default().prompt(prompt.into())
    }

    /// A request that asks one thing.
    #[must_use]
    pub fn user(text: impl AsRef<str>) -> Self {
        Self::new(format!("<s>[INST] {} [/INST]", text.as_ref()))
    }
}

#[codegen_at_use]
impl StopReason {
    /// The same in the common vocabulary.
    #[must_use]
    pub fn to_reply(&self) -> reply::StopReason {
        match self {
            Self::Stop => reply::StopReason::EndTurn,
            Self::Length => reply::StopReason::MaxTokens,
            Self::Other(word) => reply::StopReason::from(word.as_str()),
        }
    }
}

/// The reply is the first output. Usage comes from the invocation metrics or the headers: the body holds none.
#[codegen_at_use]
impl ToReply for Response {
    fn to_reply(&self) -> Reply {
        let first = self.outputs.as_deref().unwrap_or_default().first();
        let reason = first.and_then(|output| output.stop_reason.as_ref());
        let mut reply = Reply {
            role: Some("assistant".to_owned()),
            content: first
                .into_iter()
                .filter(|output| !output.text.is_empty())
                .map(|output| Block::text(&output.text))
                .collect(),
            stop_reason: reason.map(StopReason::to_reply),
            native_stop_reason: reason.map(|reason| reason.as_str().to_owned()),
            ..Reply::default()
        };
        crate::invocation_metrics::complete(&mut reply, self);
        reply
    }
}
