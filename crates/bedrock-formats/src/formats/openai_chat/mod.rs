//! OpenAI Chat Completions, and the models of other vendors that speak it.
//!
//! For: `/openai/v1/chat/completions` on bedrock-runtime and Mantle, and InvokeModel of the vendors in [`VENDORS`]: gpt-oss,
//! Qwen, Kimi, MiniMax, GLM, Gemma, Nemotron, DeepSeek V3, Writer. Type names are OpenAI's own.
//! Not for: Mistral's chat, whose chunks look alike and are not (see `mistral_chat`), DeepSeek R1 (see `deepseek`), Jamba
//! (see `ai21_jamba`), and OpenAI Responses (see `openai_responses`).
//!
//! ```
//! use bedrock_formats::openai_chat::{ChatCompletion, ChatCompletionRequest};
//! use bedrock_formats::reply::ToReply;
//!
//! let request = ChatCompletionRequest::user("Will it rain?").max_completion_tokens(200u64);
//! assert_eq!(serde_json::to_value(&request)?, serde_json::json!({
//!     "messages": [{"role": "user", "content": "Will it rain?"}], "max_completion_tokens": 200}));
//!
//! let completion: ChatCompletion = serde_json::from_str(r#"{
//!     "id": "chatcmpl-1", "object": "chat.completion", "created": 1762000000, "model": "openai.gpt-oss-20b-1:0",
//!     "choices": [{"index": 0, "finish_reason": "stop",
//!         "message": {"role": "assistant", "content": "<reasoning>Clouds.</reasoning>Yes."}}],
//!     "usage": {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}}"#)?;
//! let reply = completion.to_reply();
//! assert_eq!((reply.thinking().as_str(), reply.text().as_str()), ("Clouds.", "Yes."));
//! # Ok::<(), serde_json::Error>(())
//! ```

mod chunk;
mod message;
mod request;
mod response;
mod vendors;

pub use chunk::*;
pub use message::*;
pub use request::*;
pub use response::*;
pub use vendors::*;
