//! AI21 Jurassic-2: text generation, never streamed.
//!
//! For: `ai21.j2-*` through InvokeModel.
//! Not for: Jamba, which chats; see `ai21_jamba`.
//!
//! ```
//! use bedrock_formats::ai21_j2::{Request, Response};
//! use bedrock_formats::reply::{StopReason, ToReply};
//!
//! let request = Request::new("Say hi in Spanish.").max_tokens(100u64);
//! assert_eq!(serde_json::to_value(&request)?["maxTokens"], 100);
//!
//! let response: Response = serde_json::from_str(r#"{"id": 1234, "prompt": {"text": "Say hi in Spanish.", "tokens": []},
//!     "completions": [{"data": {"text": " Hola", "tokens": []}, "finishReason": {"reason": "endoftext"}}]}"#)?;
//! let reply = response.to_reply();
//! assert_eq!((reply.text().as_str(), reply.stop_reason), (" Hola", Some(StopReason::EndTurn)));
//! # Ok::<(), serde_json::Error>(())
//! ```

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use crate::invocation_metrics::{GuardrailConfig, bedrock_struct};
use crate::reply::{self, Block, Reply, ToReply, Usage};

// Nothing of it is recorded.
wire_struct! {
    /// The body of a request.
    pub struct Request {
        /// The prompt.
        "prompt" prompt: String,
        /// The most tokens to generate, to 8191, default 200.
        "maxTokens" max_tokens: Option<u64>,
        /// Randomness, 0 to 1, default 0.5.
        "temperature" temperature: Option<f64>,
        /// The probability mass to sample from, 0 to 1, default 0.5.
        "topP" top_p: Option<f64>,
        /// Texts that end the answer.
        "stopSequences" stop_sequences: Option<Vec<String>>,
        /// Against repeating, for each time: 0 to 1.
        "countPenalty" count_penalty: Option<Penalty>,
        /// Against repeating at all: 0 to 5.
        "presencePenalty" presence_penalty: Option<Penalty>,
        /// Against repeating often: 0 to 500.
        "frequencyPenalty" frequency_penalty: Option<Penalty>,
        /// How the guardrail named in the headers treats the answer.
        "amazon-bedrock-guardrailConfig" guardrail_config: Option<GuardrailConfig>,
    }

    /// A penalty against repeating.
    pub struct Penalty {
        /// How much.
        "scale" scale: Option<f64>,
    }

    /// A text with its tokens.
    pub struct TokenizedText {
        /// The text.
        "text" text: Option<String>,
        /// Its tokens: each with its likelihood and its place in the text.
        "tokens" tokens: Option<Vec<Value>>,
    }

    /// One answer.
    pub struct Completion {
        /// The text.
        "data" data: TokenizedText,
        /// Why the model stopped.
        "finishReason" finish_reason: Option<FinishReason>,
    }

    /// Why the model stopped.
    pub struct FinishReason {
        /// The reason.
        "reason" reason: Option<Reason>,
        /// After how many tokens, where the length was the reason.
        "length" length: Option<u64>,
        /// At which text, where a stop sequence was the reason.
        "sequence" sequence: Option<String>,
    }
}

bedrock_struct! {
    /// The complete answer.
    pub struct Response {
        /// Its id: a number.
        "id" id: Option<Value>,
        /// The prompt.
        "prompt" prompt: Option<TokenizedText>,
        /// The answers.
        "completions" completions: Option<Vec<Completion>>,
    }
}

wire_enum! {
    /// Why the model stopped.
    pub enum Reason {
        /// It had finished.
        "endoftext" => EndOfText,
        /// `maxTokens` were generated.
        "length" => Length,
        /// One of the stop sequences was generated.
        "stop" => Stop,
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
impl Reason {
    /// The same in the common vocabulary.
    #[must_use]
    pub fn to_reply(&self) -> reply::StopReason {
        match self {
            Self::EndOfText => reply::StopReason::EndTurn,
            Self::Length => reply::StopReason::MaxTokens,
            Self::Stop => reply::StopReason::StopSequence,
            Self::Other(word) => reply::StopReason::from(word.as_str()),
        }
    }
}

#[codegen_at_use]
impl Response {
    /// The counts in the common vocabulary: of the prompt and of the first completion. The body holds none: they are the
    /// lengths of its lists of tokens, where these are not empty.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        let count = |text: &TokenizedText| {
            text.tokens.as_ref().filter(|tokens| !tokens.is_empty()).map(|tokens| tokens.len() as u64)
        };
        let first = self.completions.iter().flatten().next();
        Usage {
            input_tokens: self.prompt.as_ref().and_then(count),
            output_tokens: first.and_then(|completion| count(&completion.data)),
            ..Usage::default()
        }
        .some()
    }
}

/// The reply is the first answer.
#[codegen_at_use]
impl ToReply for Response {
    fn to_reply(&self) -> Reply {
        let first = self.completions.iter().flatten().next();
        let finish = first.and_then(|completion| completion.finish_reason.as_ref());
        let reason = finish.and_then(|finish| finish.reason.as_ref());
        let mut reply = Reply {
            role: Some("assistant".to_owned()),
            id: self.id.as_ref().map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned)),
            content: first
                .and_then(|completion| completion.data.text.as_ref())
                .map(Block::text)
                .into_iter()
                .collect(),
            stop_reason: reason.map(Reason::to_reply),
            native_stop_reason: reason.map(|reason| reason.as_str().to_owned()),
            stop_sequence: finish.and_then(|finish| finish.sequence.clone()),
            usage: self.usage(),
            ..Reply::default()
        };
        crate::invocation_metrics::complete(&mut reply, self);
        reply
    }
}
