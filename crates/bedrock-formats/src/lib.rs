//! Wire types of every model family on Amazon Bedrock, and one reply vocabulary for all of them.

#[macro_use]
pub mod wire;
#[macro_use]
pub mod event;
pub mod anthropic;
pub mod async_invoke;
pub mod converse;
pub mod count_tokens;
pub mod exceptions;
pub mod guardrail;
pub mod invocation_metrics;
pub mod invoke;
pub mod model_id;
pub mod nova;
pub mod openai_chat;
pub mod openai_responses;
pub mod reply;
pub mod rerank;
