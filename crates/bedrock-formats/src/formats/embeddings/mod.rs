//! Embeddings: texts, images, video and sound as vectors. InvokeModel only, never streamed.
//!
//! For: the embedding models of Amazon (Titan, Nova), Cohere and TwelveLabs (Marengo).
//! Not for: ranking documents; see `rerank_model`.
//!
//! Every response gives its vectors by `vectors`, in the order of the inputs. Only Titan counts its tokens in the body; for
//! the others they stand in the header `x-amzn-bedrock-input-token-count`.
//!
//! ```
//! use bedrock_formats::embeddings::{cohere, titan};
//!
//! let request = titan::TextRequest::new("rain").dimensions(256u64).normalize(true);
//! assert_eq!(serde_json::to_value(&request)?, serde_json::json!({
//!     "inputText": "rain", "dimensions": 256, "normalize": true}));
//!
//! let response: cohere::Response = serde_json::from_str(
//!     r#"{"id": "1", "response_type": "embeddings_by_type", "embeddings": {"float": [[0.5, -0.5]]}, "texts": ["rain"]}"#)?;
//! assert_eq!(response.vectors(), [[0.5, -0.5]]);
//! # Ok::<(), serde_json::Error>(())
//! ```

pub mod cohere;
pub mod marengo;
pub mod nova;
pub mod titan;
