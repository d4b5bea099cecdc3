//! CountTokens: how many tokens a request would take, without sending it to the model.
//!
//! For: the body of `POST /model/{modelId}/count-tokens` and its answer. The id in the path must be the model's own, not an
//! inference profile's.
//! Not for: counting on this side; only the model's vendor knows how.
//!
//! ```
//! use bedrock_formats::converse::ConverseRequest;
//! use bedrock_formats::count_tokens::CountTokensRequest;
//!
//! let request = CountTokensRequest::from(ConverseRequest::from("Hi"));
//! assert_eq!(
//!     serde_json::to_string(&request)?,
//!     r#"{"input":{"converse":{"messages":[{"role":"user","content":[{"text":"Hi"}]}]}}}"#,
//! );
//! # Ok::<(), serde_json::Error>(())
//! ```

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use crate::converse::{ConverseRequest, Message, SystemContentBlock, ToolConfiguration};
use crate::wire::Blob;

// The service model, and six recorded answers. Only Claude's bare ids are counted by now.
wire_struct! {
    /// What CountTokens is asked.
    pub struct CountTokensRequest {
        /// The request to count.
        "input" input: CountTokensInput,
    }
    /// What CountTokens answers.
    pub struct CountTokensResponse {
        /// The tokens that the input would take.
        "inputTokens" input_tokens: Option<i64>,
    }
    /// A request for InvokeModel.
    pub struct InvokeModelTokensRequest {
        /// Its body in the model's own format, whole: Claude's needs `anthropic_version` and `max_tokens` here too.
        "body" body: Blob,
    }
    /// The part of a Converse request that takes tokens.
    pub struct ConverseTokensRequest {
        /// The conversation.
        "messages" messages: Option<Vec<Message>>,
        /// The instructions.
        "system" system: Option<Vec<SystemContentBlock>>,
        /// The tools.
        "toolConfig" tool_config: Option<ToolConfiguration>,
        /// Fields of the model's own request format.
        "additionalModelRequestFields" additional_model_request_fields: Option<Value>,
    }
}

wire_union! {
    /// A request to count.
    #[allow(clippy::large_enum_variant, reason = "there is one to a call")]
    pub enum CountTokensInput {
        /// One for InvokeModel.
        "invokeModel" => InvokeModel(InvokeModelTokensRequest),
        /// One for Converse.
        "converse" => Converse(ConverseTokensRequest),
    }
}

impl CountTokensRequest {
    /// Counts a body for InvokeModel, in the model's own format.
    #[must_use]
    pub fn invoke_model(body: impl AsRef<[u8]>) -> Self {
        let body =
            InvokeModelTokensRequest { body: Blob::from_bytes(body), ..InvokeModelTokensRequest::default() };
        Self { input: CountTokensInput::InvokeModel(body), ..Self::default() }
    }
}

/// Fields of the request that take no tokens are left out.
#[codegen_at_use]
impl From<ConverseRequest> for CountTokensRequest {
    fn from(request: ConverseRequest) -> Self {
        let counted = ConverseTokensRequest {
            messages: request.messages,
            system: request.system,
            tool_config: request.tool_config,
            additional_model_request_fields: request.additional_model_request_fields,
            ..ConverseTokensRequest::default()
        };
        Self { input: CountTokensInput::Converse(counted), ..Self::default() }
    }
}
