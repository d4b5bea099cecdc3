//! Amazon Titan Text: Lite, Express, Premier and TG1.
//!
//! For: `amazon.titan-text-*` and `amazon.titan-tg1-*` through InvokeModel. There are no roles: a conversation is one text
//! of lines that begin `User: ` and `Bot: `.
//! Not for: Titan's embeddings and images; see `embeddings` and `images`.
//!
//! ```
//! use bedrock_formats::reply::{StopReason, ToReply};
//! use bedrock_formats::titan::{Request, Response, TextGenerationConfig};
//!
//! let request = Request::new("Hi").text_generation_config(TextGenerationConfig::default().max_token_count(100u64));
//! assert_eq!(serde_json::to_value(&request)?, serde_json::json!({
//!     "inputText": "Hi", "textGenerationConfig": {"maxTokenCount": 100}}));
//!
//! let response: Response = serde_json::from_str(r#"{"inputTextTokenCount": 6,
//!     "results": [{"tokenCount": 12, "outputText": "Hello.", "completionReason": "FINISH"}]}"#)?;
//! let reply = response.to_reply();
//! assert_eq!((reply.text().as_str(), reply.stop_reason), ("Hello.", Some(StopReason::EndTurn)));
//! # Ok::<(), serde_json::Error>(())
//! ```

use bedrock_codegen::codegen_at_use;

use crate::invocation_metrics::{GuardrailConfig, bedrock_struct};
use crate::reply::{self, Block, Reply, ToReply, Usage};

// AWS's guide, and 14 recorded answers, of which seven are streams.
wire_struct! {
    /// The body of a request.
    pub struct Request {
        /// The prompt.
        "inputText" input_text: String,
        /// How to generate.
        "textGenerationConfig" text_generation_config: Option<TextGenerationConfig>,
        /// How the guardrail named in the headers treats the stream.
        "amazon-bedrock-guardrailConfig" guardrail_config: Option<GuardrailConfig>,
    }

    /// How to generate.
    pub struct TextGenerationConfig {
        /// Randomness, 0 to 1, default 0.7.
        "temperature" temperature: Option<f64>,
        /// The probability mass to sample from, 0 to 1, default 0.9.
        "topP" top_p: Option<f64>,
        /// The most tokens to generate, default 512; to 4096 (Lite), 8192 (Express), 3072 (Premier).
        "maxTokenCount" max_token_count: Option<u64>,
        /// Texts that end the answer.
        "stopSequences" stop_sequences: Option<Vec<String>>,
    }

    /// One answer.
    pub struct TextResult {
        /// Its tokens.
        "tokenCount" token_count: Option<u64>,
        /// Its text.
        "outputText" output_text: String,
        /// Why the model stopped.
        "completionReason" completion_reason: Option<CompletionReason>,
    }
}

bedrock_struct! {
    /// The complete answer.
    pub struct Response {
        /// Tokens of the prompt.
        "inputTextTokenCount" input_text_token_count: Option<u64>,
        /// The answers: one.
        "results" results: Option<Vec<TextResult>>,
    }

    /// One chunk of a stream; often there is one only.
    pub struct Chunk {
        /// The piece of text; absent where a guardrail withheld all of it.
        "outputText" output_text: Option<String>,
        /// Which answer.
        "index" index: Option<u64>,
        /// The tokens of the whole answer, in the last chunk.
        "totalOutputTextTokenCount" total_output_text_token_count: Option<u64>,
        /// Why the model stopped, in the last chunk.
        "completionReason" completion_reason: Option<CompletionReason>,
        /// Tokens of the prompt, in the first chunk.
        "inputTextTokenCount" input_text_token_count: Option<u64>,
    }
}

wire_enum! {
    /// Why the model stopped.
    pub enum CompletionReason {
        /// It had finished.
        "FINISH" => Finish,
        /// The same, as the documentation spells it.
        "FINISHED" => Finished,
        /// `maxTokenCount` were generated.
        "LENGTH" => Length,
        /// One of the stop sequences was generated.
        "STOP_CRITERIA_MET" => StopCriteriaMet,
        /// Content was withheld.
        "CONTENT_FILTERED" => ContentFiltered,
        /// The prompt asked for documents, which are off.
        "RAG_QUERY_WHEN_RAG_DISABLED" => RagQueryWhenRagDisabled,
    }
}

impl Request {
    /// A request with this prompt.
    #[must_use]
    pub fn new(input_text: impl Into<String>) -> Self {
        Self::default().input_text(input_text.into())
    }

    /// A request that asks one thing, as one line of a conversation.
    #[must_use]
    pub fn user(text: impl AsRef<str>) -> Self {
        Self::new(format!("User: {}\nBot:", text.as_ref()))
    }
}

#[codegen_at_use]
impl CompletionReason {
    /// The same in the common vocabulary.
    #[must_use]
    pub fn to_reply(&self) -> reply::StopReason {
        match self {
            Self::Finish | Self::Finished => reply::StopReason::EndTurn,
            Self::Length => reply::StopReason::MaxTokens,
            Self::StopCriteriaMet => reply::StopReason::StopSequence,
            Self::ContentFiltered => reply::StopReason::ContentFiltered,
            other => reply::StopReason::from(other.as_str()),
        }
    }
}

#[codegen_at_use]
impl Response {
    /// The counts in the common vocabulary.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        let counts = self.results.iter().flatten().filter_map(|result| result.token_count);
        let output_tokens = counts.reduce(u64::saturating_add);
        Usage { input_tokens: self.input_text_token_count, output_tokens, ..Usage::default() }.some()
    }
}

/// The reply is the first answer.
#[codegen_at_use]
impl ToReply for Response {
    fn to_reply(&self) -> Reply {
        let first = self.results.as_deref().unwrap_or_default().first();
        let reason = first.and_then(|result| result.completion_reason.as_ref());
        let text = first.map(|result| &result.output_text).filter(|text| !text.is_empty());
        let mut reply = Reply {
            role: Some("assistant".to_owned()),
            content: text.map(Block::text).into_iter().collect(),
            stop_reason: reason.map(CompletionReason::to_reply),
            native_stop_reason: reason.map(|reason| reason.as_str().to_owned()),
            usage: self.usage(),
            ..Reply::default()
        };
        crate::invocation_metrics::complete(&mut reply, self);
        reply
    }
}
