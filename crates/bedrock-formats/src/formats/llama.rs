//! Meta Llama: 2, 3, 3.1 to 3.3 and 4.
//!
//! For: `meta.llama*` through InvokeModel, and imported models that answer the same way. The prompt is one text in the
//! model's own chat template; tools exist in the template only.
//! Not for: Llama through Converse; see `converse`.
//!
//! ```
//! use bedrock_formats::llama::{Request, Response};
//! use bedrock_formats::reply::{StopReason, ToReply};
//!
//! let request = Request::user("Hi").max_gen_len(100u64);
//! assert!(request.prompt.ends_with("<|start_header_id|>assistant<|end_header_id|>\n\n"));
//!
//! let response: Response = serde_json::from_str(r#"{"generation": "Hello.", "prompt_token_count": 12,
//!     "generation_token_count": 4, "stop_reason": "stop"}"#)?;
//! let reply = response.to_reply();
//! assert_eq!((reply.text().as_str(), reply.stop_reason), ("Hello.", Some(StopReason::EndTurn)));
//! # Ok::<(), serde_json::Error>(())
//! ```

use bedrock_codegen::codegen_at_use;

use crate::invocation_metrics::{GuardrailConfig, bedrock_struct};
use crate::reply::{self, Block, Reply, ToReply, Usage};
use crate::wire::Blob;

// AWS's guide, and 15 recorded answers, of which four are streams.
wire_struct! {
    /// The body of a request.
    pub struct Request {
        /// The prompt, in the model's chat template.
        "prompt" prompt: String,
        /// The most tokens to generate, 1 to 2048, default 512.
        "max_gen_len" max_gen_len: Option<u64>,
        /// Randomness, 0 to 1, default 0.5.
        "temperature" temperature: Option<f64>,
        /// The probability mass to sample from, 0 to 1, default 0.9.
        "top_p" top_p: Option<f64>,
        /// Images, for the models that see.
        "images" images: Option<Vec<Blob>>,
        /// How the guardrail named in the headers treats the stream.
        "amazon-bedrock-guardrailConfig" guardrail_config: Option<GuardrailConfig>,
    }
}

bedrock_struct! {
    /// The complete answer; and one chunk of a stream, where `generation` is a piece, `prompt_token_count` stands in the
    /// first chunk only, and `generation_token_count` counts up.
    pub struct Response {
        /// The text.
        "generation" generation: Option<String>,
        /// Tokens of the prompt.
        "prompt_token_count" prompt_token_count: Option<u64>,
        /// Tokens generated so far.
        "generation_token_count" generation_token_count: Option<u64>,
        /// Why the model stopped.
        "stop_reason" stop_reason: Option<StopReason>,
    }
}

/// One chunk of a stream.
pub type Chunk = Response;

wire_enum! {
    /// Why the model stopped.
    pub enum StopReason {
        /// It had finished.
        "stop" => Stop,
        /// `max_gen_len` tokens were generated.
        "length" => Length,
    }
}

impl Request {
    /// A request with this prompt, which must be in the model's chat template.
    #[must_use]
    pub fn new(prompt: impl Into<String>) -> Self {
        Self::default().prompt(prompt.into())
    }

    /// A request that asks one thing, in the template of Llama 3.
    #[must_use]
    pub fn user(text: impl AsRef<str>) -> Self {
        Self::new(format!(
            // Llama 3's template, as recorded requests have it: without the empty lines it is
            // another.
            "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n{}<|eot_id|>\
             <|start_header_id|>assistant<|end_header_id|>\n\n",
            text.as_ref()
        ))
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

#[codegen_at_use]
impl ToReply for Response {
    fn to_reply(&self) -> Reply {
        let usage = Usage {
            input_tokens: self.prompt_token_count,
            output_tokens: self.generation_token_count,
            ..Usage::default()
        };
        let mut reply = Reply {
            role: Some("assistant".to_owned()),
            content: self.generation.iter().filter(|text| !text.is_empty()).map(Block::text).collect(),
            stop_reason: self.stop_reason.as_ref().map(StopReason::to_reply),
            native_stop_reason: self.stop_reason.as_ref().map(|reason| reason.as_str().to_owned()),
            usage: usage.some(),
            ..Reply::default()
        };
        crate::invocation_metrics::complete(&mut reply, self);
        reply
    }
}
