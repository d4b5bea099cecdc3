//! What each operation answers: one file each, or one for a few that belong together. Signatures, faults and pace are dealt
//! with before and after.

mod async_invoke;
mod batch;
mod bidirectional;
mod catalog;
mod guardrail;
mod inference;
mod openai;
mod query;
mod rerank;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::Value;

pub(crate) use async_invoke::Jobs;
pub(crate) use batch::BatchJobs;
pub(crate) use bidirectional::EchoBody;
pub(crate) use bidirectional::answer as bidirectional;
pub(crate) use rerank::rank;

use crate::answer::{Answer, Pace, Verbatim};
use crate::error::ServiceError;
use crate::fault::Fault;
use crate::formats;
use crate::frames::Framing;
use crate::operation::Operation;
use crate::plan::Plan;
use crate::service::{Call, Service};

/// What an operation made, before pace and faults.
#[derive(Debug)]
pub(crate) enum Product {
    Whole { status: StatusCode, headers: HeaderMap, body: Bytes },
    Stream { headers: HeaderMap, frames: Vec<Bytes>, framing: Option<Framing> },
}

impl Product {
    /// A body of JSON.
    pub(crate) fn json(value: Value) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self::Whole { status: StatusCode::OK, headers, body: Bytes::from(value.to_string()) }
    }

    /// A stream.
    pub(crate) fn stream(frames: Vec<Bytes>, framing: Framing) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(framing.content_type()));
        if framing == Framing::Invoke {
            headers.insert("x-amzn-bedrock-content-type", HeaderValue::from_static("application/json"));
        }
        Self::Stream { headers, frames, framing: Some(framing) }
    }

    pub(crate) fn headers_mut(&mut self) -> &mut HeaderMap {
        match self {
            Self::Whole { headers, .. } | Self::Stream { headers, .. } => headers,
        }
    }

    /// Bytes of the body, if nothing goes wrong.
    pub(crate) fn length(&self) -> usize {
        match self {
            Self::Whole { body, .. } => body.len(),
            Self::Stream { frames, .. } => frames.iter().map(Bytes::len).sum(),
        }
    }

    /// How it is sent.
    pub(crate) fn plan(&self, fault: Option<&Fault>, pace: Pace) -> Result<Plan, ServiceError> {
        match self {
            Self::Whole { body, .. } => Ok(Plan::whole(body.clone(), fault)),
            Self::Stream { frames, framing, .. } => Plan::stream(frames.clone(), *framing, fault, pace),
        }
    }

    pub(crate) fn into_parts(self) -> (StatusCode, HeaderMap, Bytes) {
        match self {
            Self::Whole { status, headers, body } => (status, headers, body),
            Self::Stream { headers, .. } => (StatusCode::OK, headers, Bytes::new()),
        }
    }
}

/// Makes the answer of an operation.
pub(crate) fn answer(service: &Service, call: &Call, answer: &Answer) -> Result<Product, ServiceError> {
    match call.operation {
        Operation::Converse
        | Operation::ConverseStream
        | Operation::InvokeModel
        | Operation::InvokeModelWithResponseStream => inference::answer(call, answer),
        Operation::ChatCompletions | Operation::Responses | Operation::Messages => {
            openai::answer(call, answer)
        }
        other => match &answer.verbatim {
            Some(Verbatim::Body(body)) => Ok(Product::json(body.clone())),
            Some(Verbatim::Chunks(chunks)) => {
                Ok(Product::json(chunks.first().cloned().unwrap_or(Value::Null)))
            }
            None => made(service, call, other).map(Product::json),
        },
    }
}

fn made(service: &Service, call: &Call, operation: Operation) -> Result<Value, ServiceError> {
    match operation {
        Operation::CountTokens => inference::count_tokens(call),
        Operation::ApplyGuardrail => guardrail::apply(call),
        Operation::InvokeGuardrailChecks => guardrail::checks(call),
        Operation::StartAsyncInvoke => service.jobs.start(call),
        Operation::GetAsyncInvoke => service.jobs.get(call),
        Operation::ListAsyncInvokes => service.jobs.list(call),
        Operation::Rerank => rerank::answer(call),
        Operation::ListFoundationModels => catalog::models(call),
        Operation::GetFoundationModel => catalog::model(call),
        Operation::ListInferenceProfiles => catalog::profiles(call),
        Operation::GetInferenceProfile => catalog::profile(call),
        Operation::CreateModelInvocationJob => service.batch_jobs.create(call),
        Operation::GetModelInvocationJob => service.batch_jobs.get(call),
        Operation::StopModelInvocationJob => service.batch_jobs.stop(call),
        Operation::ListModelInvocationJobs => service.batch_jobs.list(call),
        // These never come this way.
        Operation::Converse
        | Operation::ConverseStream
        | Operation::InvokeModel
        | Operation::InvokeModelWithResponseStream
        | Operation::InvokeModelWithBidirectionalStream
        | Operation::ChatCompletions
        | Operation::Responses
        | Operation::Messages => Err(ServiceError::new("UnknownOperationException", "")),
    }
}

/// The last text of the user in a body of any format, for the `[[…]]` in it.
pub(crate) fn prompt(body: &Value) -> String {
    let messages = body.get("messages").or_else(|| body.pointer("/input/converse/messages"));
    if let Some(messages) = messages.and_then(Value::as_array) {
        return formats::last_prompt(messages);
    }
    let keys = ["prompt", "inputText", "message", "input"];
    keys.iter().find_map(|key| body.get(key)?.as_str()).unwrap_or_default().to_owned()
}
