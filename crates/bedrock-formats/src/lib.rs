//! Wire types of every model family on Amazon Bedrock, and one reply vocabulary for all of them.

#[macro_use]
pub mod wire;
#[macro_use]
pub mod event;
pub mod ai21_j2;
pub mod ai21_jamba;
pub mod anthropic;
pub mod anthropic_text;
pub mod async_invoke;
pub mod batch;
pub mod catalog;
pub mod cohere_command;
pub mod cohere_command_r;
pub mod converse;
pub mod count_tokens;
pub mod deepseek;
pub mod embeddings;
pub mod exceptions;
pub mod guardrail;
pub mod images;
pub mod imported;
pub mod invocation_metrics;
pub mod invoke;
pub mod llama;
pub mod mistral_chat;
pub mod mistral_text;
pub mod model_id;
pub mod nova;
pub mod openai_chat;
pub mod openai_responses;
pub mod pegasus;
pub mod reply;
pub mod rerank;
pub mod rerank_model;
pub mod sonic;
pub mod titan;
