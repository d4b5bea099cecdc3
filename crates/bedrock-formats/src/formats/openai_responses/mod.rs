//! OpenAI Responses: requests, the response object, its items, and every event of its stream.
//!
//! For: `/openai/v1/responses` on bedrock-runtime and Mantle. Names are OpenAI's own. Mantle's servers write a few things
//! otherwise (`created_at` as a float, `item_id` for `id`, events of vLLM), and all of that is read.
//! Not for: Chat Completions; see `openai_chat`.
//!
//! ```
//! use bedrock_formats::openai_responses::{CreateResponse, Response};
//! use bedrock_formats::reply::{StopReason, ToReply};
//!
//! let request = CreateResponse::user("openai.gpt-oss-20b", "Will it rain?").max_output_tokens(200u64);
//! assert_eq!(serde_json::to_value(&request)?, serde_json::json!({
//!     "model": "openai.gpt-oss-20b", "input": "Will it rain?", "max_output_tokens": 200}));
//!
//! let response: Response = serde_json::from_str(r#"{
//!     "id": "resp_1", "object": "response", "status": "completed",
//!     "output": [{"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
//!         "content": [{"type": "output_text", "text": "Yes.", "annotations": []}]}],
//!     "usage": {"input_tokens": 9, "input_tokens_details": {"cached_tokens": 4}, "output_tokens": 2, "total_tokens": 11}}"#)?;
//! let reply = response.to_reply();
//! assert_eq!((reply.text().as_str(), reply.stop_reason), ("Yes.", Some(StopReason::EndTurn)));
//! assert_eq!(reply.usage.and_then(|usage| usage.input_tokens), Some(5));
//! # Ok::<(), serde_json::Error>(())
//! ```

mod content;
mod events;
mod item_status;
mod items;
mod reply;
mod request;
mod response;
mod tool_items;

pub use content::*;
pub use events::*;
pub use item_status::*;
pub use items::*;
pub use request::*;
pub use response::*;
pub use tool_items::*;
