//! Amazon Nova on InvokeModel: the request, response and stream of Micro, Lite, Pro, Premier and Nova 2.
//!
//! For: Nova's understanding models through InvokeModel and InvokeModelWithResponseStream. The shapes resemble Converse's
//! and are Nova's own: cache points stand inside the blocks, `topK` and `reasoningConfig` have places of their own, and
//! the cache counts other names.
//! Not for: Nova through Converse (see `converse`), Nova Canvas (see `images`), Nova Sonic (see `sonic`) and Nova's
//! embeddings (see `embeddings`).
//!
//! ```
//! use bedrock_formats::nova::{InferenceConfig, Request, Response};
//! use bedrock_formats::reply::ToReply;
//!
//! let request = Request::user("Will it rain?")
//!     .inference_config(InferenceConfig::default().max_tokens(200u64).top_k(20u64));
//! assert_eq!(serde_json::to_value(&request)?, serde_json::json!({
//!     "schemaVersion": "messages-v1",
//!     "messages": [{"role": "user", "content": [{"text": "Will it rain?"}]}],
//!     "inferenceConfig": {"maxTokens": 200, "topK": 20},
//! }));
//!
//! let response: Response = serde_json::from_str(r#"{
//!     "output": {"message": {"role": "assistant", "content": [{"text": "Yes."}]}},
//!     "stopReason": "end_turn",
//!     "usage": {"inputTokens": 12, "outputTokens": 3, "totalTokens": 15}}"#)?;
//! assert_eq!(response.to_reply().text(), "Yes.");
//! # Ok::<(), serde_json::Error>(())
//! ```

mod content;
mod request;
mod response;
mod stream;

pub use content::*;
pub use request::*;
pub use response::*;
pub use stream::*;
