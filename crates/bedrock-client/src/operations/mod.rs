//! The operations, one in a file: what it is asked, its settings, and the method of [`Client`] that calls it.
//!
//! To add one: a file here, a line in the two lists below. Not for what operations share beyond sending a request and
//! reading a whole response, which is here.

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
mod surface;

pub use apply_guardrail::ApplyGuardrail;
pub use chat_completions::ChatCompletions;
pub use chat_completions_stream::ChatCompletionsStream;
pub use converse::Converse;
pub use converse_either::{Conversation, ConverseEither};
pub use converse_stream::ConverseStream;
pub use count_tokens::CountTokens;
pub use create_model_invocation_job::CreateModelInvocationJob;
pub use embed::{Embed, Embedding, EmbeddingBatch, EmbeddingBatches, Embeddings};
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
pub use surface::Surface;

use std::time::Instant;

use bedrock_http::{ErrorKind as HttpErrorKind, Path, Request, Service};
use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::call::Options;
use crate::error::excerpt;
use crate::gate::clean_body;
use crate::observe::Watch;
use crate::response::{Head, Response};
use crate::{Client, Error, tokens};

/// How many bytes a response that comes whole may have unless told otherwise: images come so.
const MAX_RESPONSE_BYTES: u64 = 64 << 20;

/// A request to a model: `POST /model/{modelId}/{verb}`.
fn to_model(operation: &'static str, model_id: &str, verb: &'static str) -> Result<Request, Error> {
    let path = Path::new().segment("model").label("modelId", model_id)?.segment(verb);
    Ok(Request::post(Service::Runtime, path).operation(operation).model(model_id))
}

/// A request's body as JSON.
fn to_json<T: serde::Serialize>(body: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(body).map_err(|error| {
        Error::usage(format!("the request cannot be written as JSON: {error}")).with_source(error)
    })
}

/// Sends a request and takes the whole response, through the gate.
async fn whole(client: &Client, options: &Options, request: Request) -> Result<(Head, Bytes), Error> {
    let limit = options.max_response_bytes.or(client.inner.max_response_bytes).unwrap_or(MAX_RESPONSE_BYTES);
    let request = options.apply(request)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut call = client.transport.call(&tokens::reserving(client, &request));
    let started = Instant::now();
    loop {
        let response = call.send().await?;
        let head = Head::of(&response);
        let mut body = response.into_body();
        let error = match body.bytes(limit).await {
            Ok(mut bytes) => {
                let watch = Watch::of_whole(client, &call, started, &head);
                if watch.is_some() || body.reserved_tokens().is_some() {
                    let usage = tokens::usage_of(&head, &bytes);
                    tokens::settle(&mut body, usage.as_ref());
                    watch.into_iter().for_each(|watch| watch.whole(usage, bytes.len()));
                }
                clean_body(&head.redactor, head.header("content-type"), &mut bytes);
                return Ok((head, bytes));
            }
            Err(error) => error,
        };
        if error.kind() != HttpErrorKind::Transport {
            return Err(Error::from(error).sent(head.attempts));
        }
        // It broke off half-way, and the caller has been given nothing of it.
        call.retry(error).await?;
    }
}

/// Sends a request and reads the whole response as JSON.
async fn json<T: DeserializeOwned>(
    client: &Client,
    options: &Options,
    request: Request,
) -> Result<Response<T>, Error> {
    let (head, body) = whole(client, options, request).await?;
    let answer = read_json(&head, &body)?;
    Ok(Response::new(answer, head))
}

/// Reads a body as JSON.
fn read_json<T: DeserializeOwned>(head: &Head, body: &Bytes) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|error| {
        let message = format!("the response cannot be read: {error}; it begins: {}", excerpt(body));
        Error::malformed(message, body.clone()).with_source(error).of_response(head)
    })
}

/// JSON of the same meaning that any header can carry: what is not printed in ASCII is escaped.
fn in_ascii(json: &str) -> String {
    let mut units = [0; 2];
    json.chars().fold(String::with_capacity(json.len()), |mut text, character| {
        if character.is_ascii() && !character.is_ascii_control() {
            text.push(character);
        } else {
            let escaped = character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}"));
            text.extend(escaped);
        }
        text
    })
}

/// A token for a request that must not be done twice: different each time.
fn one_time_token() -> String {
    use std::hash::{BuildHasher, Hasher};
    // The hasher of the standard library is seeded by the operating system: enough to tell requests apart.
    let part = || std::hash::RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", part(), part())
}
