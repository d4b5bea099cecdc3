//! Images made and changed by models: Amazon Titan Image, Amazon Nova Canvas, Stability.
//!
//! For: the image models' own bodies through InvokeModel, and Nova Reel's for an asynchronous call.
//! Not for: images inside conversations; they are blocks of the formats that talk.
//!
//! ```
//! use bedrock_formats::images::{amazon, stability};
//!
//! let request = amazon::Request::text_to_image("a harbour in the rain");
//! assert_eq!(serde_json::to_value(&request)?, serde_json::json!({
//!     "taskType": "TEXT_IMAGE", "textToImageParams": {"text": "a harbour in the rain"}}));
//!
//! let response: stability::Response = serde_json::from_str(
//!     r#"{"images": ["aGk="], "seeds": [7], "finish_reasons": [null]}"#)?;
//! assert_eq!(response.images.unwrap_or_default()[0].as_base64(), "aGk=");
//! # Ok::<(), serde_json::Error>(())
//! ```

pub mod amazon;
pub mod stability;
