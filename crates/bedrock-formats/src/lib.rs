//! Wire types of every model family on Amazon Bedrock, and one reply vocabulary for all of them.

#[macro_use]
pub mod wire;
pub mod anthropic;
pub mod converse;
pub mod exceptions;
pub mod guardrail;
pub mod invocation_metrics;
pub mod nova;
pub mod openai_chat;
pub mod reply;
