//! TwelveLabs Pegasus: questions about a video.
//!
//! For: `twelvelabs.pegasus-*` through InvokeModel.
//! Not for: Marengo, which embeds; see `embeddings`.
//!
//! ```
//! use bedrock_formats::pegasus::{MediaSource, Request, Response};
//! use bedrock_formats::reply::{StopReason, ToReply};
//!
//! let request = Request::new("What happens?", MediaSource::s3("s3://bucket/film.mp4"));
//! assert_eq!(serde_json::to_value(&request)?, serde_json::json!({
//!     "inputPrompt": "What happens?", "mediaSource": {"s3Location": {"uri": "s3://bucket/film.mp4"}}}));
//!
//! let response: Response = serde_json::from_str(r#"{"message": "It rains.", "finishReason": "stop"}"#)?;
//! let reply = response.to_reply();
//! assert_eq!((reply.text().as_str(), reply.stop_reason), ("It rains.", Some(StopReason::EndTurn)));
//! # Ok::<(), serde_json::Error>(())
//! ```

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use crate::invocation_metrics::{GuardrailConfig, bedrock_struct};
use crate::reply::{self, Block, Reply, ToReply};
use crate::wire::Blob;

// As another client has it: nothing of it is recorded.
wire_struct! {
    /// The body of a request.
    pub struct Request {
        /// The question.
        "inputPrompt" input_prompt: String,
        /// The video.
        "mediaSource" media_source: MediaSource,
        /// Randomness, 0 to 1, default 0.2.
        "temperature" temperature: Option<f64>,
        /// The most tokens to generate, to 4096.
        "maxOutputTokens" max_output_tokens: Option<u64>,
        /// The form of the answer.
        "responseFormat" response_format: Option<ResponseFormat>,
        /// How the guardrail named in the headers treats the stream.
        "amazon-bedrock-guardrailConfig" guardrail_config: Option<GuardrailConfig>,
    }

    /// The form of the answer.
    pub struct ResponseFormat {
        /// The JSON schema that the answer follows.
        "jsonSchema" json_schema: Option<Value>,
    }

    /// An object in S3.
    pub struct S3Location {
        /// `s3://…`
        "uri" uri: String,
        /// The account that owns the bucket.
        "bucketOwner" bucket_owner: Option<String>,
    }
}

wire_union! {
    /// Where the video is.
    pub enum MediaSource {
        /// In S3.
        "s3Location" => S3Location(S3Location),
        /// Here, as base64.
        "base64String" => Base64(Blob),
    }
}

bedrock_struct! {
    /// The complete answer; and one chunk of a stream, where the text is a piece.
    pub struct Response {
        /// The text.
        "message" message: Option<String>,
        /// Why the model stopped.
        "finishReason" finish_reason: Option<FinishReason>,
    }
}

/// One chunk of a stream.
pub type Chunk = Response;

wire_enum! {
    /// Why the model stopped.
    pub enum FinishReason {
        /// It had finished.
        "stop" => Stop,
        /// `maxOutputTokens` were generated.
        "length" => Length,
    }
}

impl Request {
    /// A question about a video.
    #[must_use]
    pub fn new(input_prompt: impl Into<String>, media_source: MediaSource) -> Self {
        Self::default().input_prompt(input_prompt.into()).media_source(media_source)
    }
}

impl MediaSource {
    /// A video in S3.
    #[must_use]
    pub fn s3(uri: impl Into<String>) -> Self {
        Self::S3Location(S3Location::default().uri(uri.into()))
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
            Self::Other(word) => reply::StopReason::from(word.as_str()),
        }
    }
}

#[codegen_at_use]
impl ToReply for Response {
    fn to_reply(&self) -> Reply {
        let mut reply = Reply {
            role: Some("assistant".to_owned()),
            content: self.message.iter().filter(|text| !text.is_empty()).map(Block::text).collect(),
            stop_reason: self.finish_reason.as_ref().map(FinishReason::to_reply),
            native_stop_reason: self.finish_reason.as_ref().map(|reason| reason.as_str().to_owned()),
            ..Reply::default()
        };
        crate::invocation_metrics::complete(&mut reply, self);
        reply
    }
}
