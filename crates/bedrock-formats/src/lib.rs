//! Wire types of every model family on Amazon Bedrock, and one reply vocabulary for all of them.
//!
//! For: reading and writing what travels: requests, whole responses, the chunks of streamed ones; model ids, exceptions.
//! Not for: folding chunks into one message (`bedrock-aggregate`), nor sending anything (`bedrock-client`).
//!
//! ```
//! use bedrock_formats::converse::{ConverseRequest, ConverseResponse};
//! use bedrock_formats::reply::ToReply;
//!
//! let request = ConverseRequest::from("Why is the sky blue?").system_text("Be brief.").max_tokens(200);
//! let body = serde_json::to_string(&request)?;
//! assert!(body.contains(r#""maxTokens":200"#));
//!
//! let response: ConverseResponse = serde_json::from_str(
//!     r#"{"output":{"message":{"role":"assistant","content":[{"text":"Light scatters."}]}},
//!         "stopReason":"end_turn","usage":{"inputTokens":9,"outputTokens":4,"totalTokens":13},"newField":true}"#,
//! )?;
//! assert_eq!(response.text(), "Light scatters.");
//! assert_eq!(response.to_reply().usage.and_then(|usage| usage.output_tokens), Some(4));
//! assert!(serde_json::to_string(&response)?.contains("newField"), "what is not known survives");
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! # Where is what
//!
//! | you have | look at |
//! |---|---|
//! | Converse, ConverseStream | [`converse`], [`guardrail`] |
//! | a model's own format on InvokeModel | [`anthropic`], [`nova`], [`titan`], [`llama`], [`mistral_text`], [`mistral_chat`], [`cohere_command`], [`cohere_command_r`], [`ai21_jamba`], [`ai21_j2`], [`deepseek`], [`openai_chat`], [`pegasus`], [`anthropic_text`], [`text_completion`] |
//! | the two APIs of OpenAI | [`openai_chat`], [`openai_responses`] |
//! | vectors, rankings, images, speech | [`embeddings`], [`rerank_model`], [`rerank`], [`images`], [`sonic`] |
//! | the operations around them | [`invoke`], [`count_tokens`], [`async_invoke`], [`batch`], [`catalog`], [`invocation_log`] |
//! | a model id or an ARN | [`model_id`] |
//! | an error's name | [`exceptions`] |
//! | any answer, whatever the format | [`reply`] |
//! | a format of your own | [`wire`]: the macros that all of these are declared with |
//!
//! Every type keeps what it does not know: unknown fields in `extra`, unknown members and values in `Unknown` and `Other`.
//! The page of [`wire`] has the rules.

// First, for the macros.
#[macro_use]
pub mod wire;
#[macro_use]
pub mod event;

pub mod exceptions;
mod formats;
pub mod guardrail;
pub mod invocation_log;
pub mod invocation_metrics;
pub mod model_id;
mod operations;
pub mod reply;

pub use formats::{
    ai21_j2, ai21_jamba, anthropic, anthropic_text, cohere_command, cohere_command_r, converse, deepseek,
    embeddings, images, llama, mistral_chat, mistral_text, nova, openai_chat, openai_responses, pegasus,
    rerank_model, sonic, text_completion, titan,
};
pub use operations::{async_invoke, batch, catalog, count_tokens, invoke, rerank};
