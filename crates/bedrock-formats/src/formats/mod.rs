//! One format a file or a folder: what a model takes and gives, in its own words. Formats never use each other.

pub mod ai21_j2;
pub mod ai21_jamba;
pub mod anthropic;
pub mod anthropic_text;
pub mod cohere_command;
pub mod cohere_command_r;
pub mod converse;
pub mod deepseek;
pub mod embeddings;
pub mod images;
pub mod llama;
pub mod mistral_chat;
pub mod mistral_text;
pub mod nova;
pub mod openai_chat;
pub mod openai_responses;
pub mod pegasus;
pub mod rerank_model;
pub mod sonic;
pub mod text_completion;
pub mod titan;
