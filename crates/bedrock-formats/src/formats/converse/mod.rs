//! Converse and ConverseStream: requests, answers and stream events, each shape under its name in the service model.
//!
//! For: what travels in the bodies of `POST /model/{modelId}/converse` and `…/converse-stream`. The model id travels in
//! the path, so no type here holds it.
//! Not for: sending (the client does), folding a stream into an answer (the aggregator does), or the bodies that
//! InvokeModel takes, which have other shapes even where their names look the same.
//!
//! A question in one line, and the answer's text:
//!
//! ```
//! use bedrock_formats::converse::{ConverseRequest, ConverseResponse};
//!
//! let request = ConverseRequest::from("Why is the sky blue?").system_text("Answer in one sentence.").max_tokens(200);
//! assert_eq!(
//!     serde_json::to_string(&request)?,
//!     r#"{"messages":[{"role":"user","content":[{"text":"Why is the sky blue?"}]}],"system":[{"text":"Answer in one sentence."}],"inferenceConfig":{"maxTokens":200}}"#,
//! );
//!
//! let response: ConverseResponse = serde_json::from_str(
//!     r#"{"output":{"message":{"role":"assistant","content":[{"text":"Air scatters blue light."}]}},
//!         "stopReason":"end_turn","usage":{"inputTokens":12,"outputTokens":6,"totalTokens":18}}"#,
//! )?;
//! assert_eq!(response.text(), "Air scatters blue light.");
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! A tool that the model may call, its call, and the answer to it:
//!
//! ```
//! use bedrock_formats::converse::{ConverseRequest, ConverseResponse, Message, ToolResultBlock, ToolSpecification};
//! use serde_json::json;
//!
//! let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
//! let mut request = ConverseRequest::from("How warm is Oslo?").tool(ToolSpecification::new("weather", "Now", schema));
//! let response: ConverseResponse = serde_json::from_value(json!({
//!     "output": {"message": {"role": "assistant", "content": [
//!         {"toolUse": {"toolUseId": "tooluse_1", "name": "weather", "input": {"city": "Oslo"}}}
//!     ]}},
//!     "stopReason": "tool_use",
//! }))?;
//! let results: Vec<_> = response
//!     .tool_uses()
//!     .map(|call| ToolResultBlock::new(&call.tool_use_id, format!("{}: 12 °C", call.input["city"])).into())
//!     .collect();
//! if let Some(message) = response.into_message() {
//!     request = request.message(message).message(Message::user(results));
//! }
//! assert_eq!(request.messages.unwrap().len(), 3);
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! Two rules decide whether a field is optional here. A field that the service model calls optional is an `Option`. A
//! number that the service sends is an `Option` even if the model calls it required: a count that was not sent is not 0.

mod citation;
mod content;
mod media;
mod message;
mod reply;
mod request;
mod response;
mod short_cuts;
mod stream;
mod tool;

pub use citation::*;
pub use content::*;
pub use media::*;
pub use message::*;
pub use request::*;
pub use response::*;
pub use stream::*;
pub use tool::*;
