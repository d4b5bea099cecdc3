//! One call of every operation, with values that are easily signed or placed wrongly.
//!
//! Not for what operations answer.

use std::future::Future;
use std::pin::Pin;

use bedrock_client::formats::anthropic::MessagesRequest;
use bedrock_client::formats::async_invoke::{AsyncInvokeStatus, SortOrder, StartAsyncInvokeRequest};
use bedrock_client::formats::batch::CreateModelInvocationJobRequest;
use bedrock_client::formats::converse::{ConverseRequest, PerformanceConfigLatency, ServiceTierType};
use bedrock_client::formats::guardrail::{
    ApplyGuardrailRequest, GuardrailChecksPromptAttackCategory, InvokeGuardrailChecksRequest,
};
use bedrock_client::formats::invoke::Trace;
use bedrock_client::formats::openai_chat::ChatCompletionRequest;
use bedrock_client::formats::openai_responses::CreateResponse;
use bedrock_client::formats::rerank::RerankRequest;
use bedrock_client::{Client, EmbeddingFamily, Error, Surface};
use serde_json::json;

type Sent = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// An operation, and how it is called on the thing of this id.
pub(crate) struct Row {
    /// Its file in `src/operations`.
    pub(crate) name: &'static str,
    pub(crate) call: fn(&Client, &str) -> Sent,
}

/// Text that every place has to encode in its own way.
pub(crate) const AWKWARD: &str = "a b+ü/&=?~'%20 東京";

macro_rules! rows {
    ($( $name:literal: |$client:ident, $id:ident| $call:expr ),+ $(,)?) => {
        &[$( Row { name: $name, call: |$client, $id| {
            let call = $call;
            Box::pin(async move { call.await.map(drop) })
        } } ),+]
    };
}

fn native() -> serde_json::Value {
    let messages = json!([{"role": "user", "content": [{"type": "text", "text": AWKWARD}]}]);
    json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 50, "messages": messages})
}

fn batch(id: &str) -> CreateModelInvocationJobRequest {
    CreateModelInvocationJobRequest::new("job", "arn:aws:iam::123456789012:role/batch", id)
        .input("s3://in/a b")
        .output("s3://out/")
}

/// Every operation but the two-way stream, which sends more than one thing.
pub(crate) const OPERATIONS: &[Row] = rows! {
    "apply_guardrail": |client, id| client.apply_guardrail(id, "DRAFT", ApplyGuardrailRequest::input(AWKWARD)),
    "chat_completions": |client, id| client.chat_completions(ChatCompletionRequest::user(AWKWARD).model(id)),
    "chat_completions_stream": |client, id| {
        client.chat_completions_stream(ChatCompletionRequest::user(AWKWARD).model(id))
    },
    "converse": |client, id| client.converse(id, AWKWARD).metadata("team", AWKWARD),
    "converse_either": |client, id| client.converse(id, AWKWARD).streaming(true),
    "converse_stream": |client, id| client.converse_stream(id, AWKWARD),
    "count_tokens": |client, id| client.count_tokens(id, ConverseRequest::from(AWKWARD)),
    "create_model_invocation_job": |client, id| client.create_model_invocation_job(batch(id)),
    "embed": |client, id| client.embed(id, [AWKWARD]).family(EmbeddingFamily::CohereV4),
    "get_async_invoke": |client, id| client.get_async_invoke(id),
    "get_foundation_model": |client, id| client.get_foundation_model(id),
    "get_inference_profile": |client, id| client.get_inference_profile(id),
    "get_model_invocation_job": |client, id| client.get_model_invocation_job(id),
    "invoke_guardrail_checks": |client, _id| {
        let request = InvokeGuardrailChecksRequest::of(AWKWARD);
        client.invoke_guardrail_checks(request.prompt_attack([GuardrailChecksPromptAttackCategory::Jailbreak]))
    },
    "invoke_model": |client, id| client
        .invoke_model(id, native())
        .accept("application/json")
        .trace(Trace::EnabledFull)
        .guardrail("arn:aws:bedrock:us-east-1:123456789012:guardrail/g r", "DRAFT")
        .latency(PerformanceConfigLatency::Optimized)
        .service_tier(ServiceTierType::Flex)
        .metadata([("team", AWKWARD), ("run", "a  b ")]),
    "invoke_model_with_response_stream": |client, id| client
        .invoke_model_with_response_stream(id, native())
        .accept("application/json")
        .metadata([("team", AWKWARD)])
        .header("x-note", "  lead and   many    spaces  "),
    "list_async_invokes": |client, _id| client
        .list_async_invokes()
        .status(AsyncInvokeStatus::Failed)
        .submitted_after("2026-01-01T00:00:00Z")
        .sort_order(SortOrder::Descending)
        .next_token(AWKWARD),
    "list_foundation_models": |client, _id| client.list_foundation_models().provider(AWKWARD),
    "list_inference_profiles": |client, _id| client.list_inference_profiles().next_token(AWKWARD),
    "list_model_invocation_jobs": |client, _id| client.list_model_invocation_jobs().name_contains(AWKWARD),
    "rerank": |client, id| client.rerank(RerankRequest::new(id, AWKWARD, [AWKWARD, "b"])),
    "responses": |client, id| client.responses(CreateResponse::user(id, AWKWARD)),
    "responses_stream": |client, id| client.responses_stream(CreateResponse::user(id, AWKWARD)),
    "start_async_invoke": |client, id| {
        client.start_async_invoke(StartAsyncInvokeRequest::new(id, json!({"text": AWKWARD}), "s3://out/"))
    },
    "stop_model_invocation_job": |client, id| client.stop_model_invocation_job(id),
};

/// What is asked of Mantle, which signs under a name of its own.
pub(crate) const ON_MANTLE: &[Row] = rows! {
    "chat_completions": |client, id| {
        client.chat_completions(ChatCompletionRequest::user(AWKWARD).model(id)).surface(Surface::Mantle)
    },
    "chat_completions_stream": |client, id| {
        client.chat_completions_stream(ChatCompletionRequest::user(AWKWARD).model(id)).surface(Surface::MantleOpenAi)
    },
    "messages": |client, id| client.messages(id, MessagesRequest::user(AWKWARD).max_tokens(9)),
    "messages_stream": |client, id| client.messages_stream(id, MessagesRequest::user(AWKWARD).max_tokens(9)),
    "responses": |client, id| client.responses(CreateResponse::user(id, AWKWARD)).surface(Surface::MantleOpenAi),
    "responses_stream": |client, id| {
        client.responses_stream(CreateResponse::user(id, AWKWARD)).surface(Surface::Mantle)
    },
};
