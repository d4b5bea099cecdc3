//! The operations, one in a file: what it is asked, its settings, and the method of [`Client`](crate::Client) that calls it.
//! Not for what calls have in common; see [`Call`](crate::Call) and [`AnswerStream`](crate::AnswerStream).

// To add one: a file here, and a line in the two lists below.

mod apply_guardrail;
mod chat_completions;
mod chat_completions_stream;
mod converse;
mod converse_either;
mod converse_stream;
mod count_tokens;
mod create_model_invocation_job;
mod embed;
mod get_async_invoke;
mod get_foundation_model;
mod get_inference_profile;
mod get_model_invocation_job;
mod invoke_guardrail_checks;
mod invoke_model;
mod invoke_model_with_bidirectional_stream;
mod invoke_model_with_response_stream;
mod list_async_invokes;
mod list_foundation_models;
mod list_inference_profiles;
mod list_model_invocation_jobs;
mod messages;
mod messages_stream;
mod rerank;
mod responses;
mod responses_stream;
mod start_async_invoke;
mod stop_model_invocation_job;

pub use crate::call::Surface;
pub use crate::embedding::{Embedding, EmbeddingBatch};
pub use apply_guardrail::ApplyGuardrail;
pub use chat_completions::ChatCompletions;
pub use chat_completions_stream::ChatCompletionsStream;
pub use converse::Converse;
pub use converse_either::{Conversation, ConverseEither};
pub use converse_stream::ConverseStream;
pub use count_tokens::CountTokens;
pub use create_model_invocation_job::CreateModelInvocationJob;
pub use embed::{Embed, EmbeddingBatches, Embeddings};
pub use get_async_invoke::GetAsyncInvoke;
pub use get_foundation_model::GetFoundationModel;
pub use get_inference_profile::GetInferenceProfile;
pub use get_model_invocation_job::GetModelInvocationJob;
pub use invoke_guardrail_checks::InvokeGuardrailChecks;
pub use invoke_model::{InvokeModel, ModelResponse};
pub use invoke_model_with_bidirectional_stream::InvokeModelWithBidirectionalStream;
pub use invoke_model_with_response_stream::InvokeModelWithResponseStream;
pub use list_async_invokes::ListAsyncInvokes;
pub use list_foundation_models::ListFoundationModels;
pub use list_inference_profiles::ListInferenceProfiles;
pub use list_model_invocation_jobs::ListModelInvocationJobs;
pub use messages::Messages;
pub use messages_stream::MessagesStream;
pub use rerank::Rerank;
pub use responses::Responses;
pub use responses_stream::ResponsesStream;
pub use start_async_invoke::StartAsyncInvoke;
pub use stop_model_invocation_job::StopModelInvocationJob;
