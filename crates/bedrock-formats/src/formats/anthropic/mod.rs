//! Anthropic Messages: the request, response and stream of Claude on InvokeModel, and of Anthropic's own endpoint.
//!
//! For: Claude 3 and later, through InvokeModel, through Mantle's `/anthropic/v1/messages` and in Anthropic's logs. Type
//! names are Anthropic's own.
//! Not for: Claude through Converse (see `converse`), and the text completions of Claude 2 and before (see
//! `anthropic_text`).
//!
//! On InvokeModel the body differs from Anthropic's in three points: `anthropic_version` stands in it, `anthropic_beta`
//! is a list in it (elsewhere both are headers), and `model` and `stream` must not: the URL and the operation say them,
//! and Bedrock answers 400 to them.
//!
//! ```
//! use bedrock_formats::anthropic::{Message, MessagesRequest};
//! use bedrock_formats::reply::ToReply;
//!
//! let request = MessagesRequest::user("Will it rain?").system("Be brief.").max_tokens(200u64);
//! assert_eq!(serde_json::to_value(&request)?, serde_json::json!({
//!     "anthropic_version": "bedrock-2023-05-31",
//!     "max_tokens": 200,
//!     "messages": [{"role": "user", "content": "Will it rain?"}],
//!     "system": "Be brief.",
//! }));
//!
//! let message: Message = serde_json::from_str(r#"{
//!     "id": "msg_bdrk_01", "type": "message", "role": "assistant", "model": "claude-x",
//!     "content": [{"type": "text", "text": "Yes."}],
//!     "stop_reason": "end_turn", "stop_sequence": null,
//!     "usage": {"input_tokens": 12, "output_tokens": 3}}"#)?;
//! assert_eq!(message.text(), "Yes.");
//! assert_eq!(message.to_reply().text(), "Yes.");
//! # Ok::<(), serde_json::Error>(())
//! ```

mod blocks;
mod citations;
mod content;
mod request;
mod response;
mod server_tools;
mod stream;

pub use blocks::*;
pub use citations::*;
pub use content::*;
pub use request::*;
pub use response::*;
pub use server_tools::*;
pub use stream::*;
