//! The operations that the server knows, and the addresses they have. What they answer is said in `operations`.

use std::fmt;

use http::Method;
use percent_encoding::percent_decode_str;

use crate::error::Dialect;

/// What a request wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// `POST /model/{modelId}/converse`
    Converse,
    /// `POST /model/{modelId}/converse-stream`
    ConverseStream,
    /// `POST /model/{modelId}/invoke`
    InvokeModel,
    /// `POST /model/{modelId}/invoke-with-response-stream`
    InvokeModelWithResponseStream,
    /// `POST /model/{modelId}/invoke-with-bidirectional-stream`
    InvokeModelWithBidirectionalStream,
    /// `POST /model/{modelId}/count-tokens`
    CountTokens,
    /// `POST /guardrail/{id}/version/{version}/apply`
    ApplyGuardrail,
    /// `POST /guardrail-checks/invoke`
    InvokeGuardrailChecks,
    /// `POST /async-invoke`
    StartAsyncInvoke,
    /// `GET /async-invoke`
    ListAsyncInvokes,
    /// `GET /async-invoke/{arn}`
    GetAsyncInvoke,
    /// `POST /rerank`
    Rerank,
    /// `POST /openai/v1/chat/completions`, `POST /v1/chat/completions`
    ChatCompletions,
    /// `POST /openai/v1/responses`, `POST /v1/responses`
    Responses,
    /// `POST /anthropic/v1/messages`
    Messages,
    /// `GET /foundation-models`
    ListFoundationModels,
    /// `GET /foundation-models/{id}`
    GetFoundationModel,
    /// `GET /inference-profiles`
    ListInferenceProfiles,
    /// `GET /inference-profiles/{id}`
    GetInferenceProfile,
    /// `POST /model-invocation-job`
    CreateModelInvocationJob,
    /// `GET /model-invocation-job/{id}`
    GetModelInvocationJob,
    /// `POST /model-invocation-job/{id}/stop`
    StopModelInvocationJob,
    /// `GET /model-invocation-jobs`
    ListModelInvocationJobs,
}

/// One row of the table.
struct Row {
    operation: Operation,
    method: Method,
    /// A brace pair stands for one segment, percent-encoded.
    path: &'static str,
    /// As `--replay` folders and logs name it.
    name: &'static str,
    rules: Rules,
}

/// What an address allows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// For which services a signature may be.
    pub(crate) services: &'static [&'static str],
    pub(crate) bearer: bool,
    pub(crate) dialect: Dialect,
}

const RUNTIME: Rules = Rules { services: &["bedrock"], bearer: true, dialect: Dialect::Aws };
/// The agent runtime takes signatures only.
const AGENT: Rules = Rules { bearer: false, ..RUNTIME };
/// Addresses that the runtime and Mantle both have.
const OPENAI: Rules = Rules { services: &["bedrock", "bedrock-mantle"], dialect: Dialect::OpenAi, ..RUNTIME };
/// Addresses that only Mantle has.
const MANTLE: Rules = Rules { services: &["bedrock-mantle"], ..OPENAI };
const MANTLE_MESSAGES: Rules = Rules { dialect: Dialect::Anthropic, ..MANTLE };

const fn row(
    operation: Operation,
    method: Method,
    path: &'static str,
    name: &'static str,
    rules: Rules,
) -> Row {
    Row { operation, method, path, name, rules }
}

const TABLE: &[Row] = &[
    row(Operation::Converse, Method::POST, "/model/{}/converse", "converse", RUNTIME),
    row(Operation::ConverseStream, Method::POST, "/model/{}/converse-stream", "converse-stream", RUNTIME),
    row(Operation::InvokeModel, Method::POST, "/model/{}/invoke", "invoke", RUNTIME),
    row(
        Operation::InvokeModelWithResponseStream,
        Method::POST,
        "/model/{}/invoke-with-response-stream",
        "invoke-with-response-stream",
        RUNTIME,
    ),
    row(
        Operation::InvokeModelWithBidirectionalStream,
        Method::POST,
        "/model/{}/invoke-with-bidirectional-stream",
        "invoke-with-bidirectional-stream",
        RUNTIME,
    ),
    row(Operation::CountTokens, Method::POST, "/model/{}/count-tokens", "count-tokens", RUNTIME),
    row(
        Operation::ApplyGuardrail,
        Method::POST,
        "/guardrail/{}/version/{}/apply",
        "apply-guardrail",
        RUNTIME,
    ),
    row(
        Operation::InvokeGuardrailChecks,
        Method::POST,
        "/guardrail-checks/invoke",
        "invoke-guardrail-checks",
        RUNTIME,
    ),
    row(Operation::StartAsyncInvoke, Method::POST, "/async-invoke", "start-async-invoke", RUNTIME),
    row(Operation::ListAsyncInvokes, Method::GET, "/async-invoke", "list-async-invokes", RUNTIME),
    row(Operation::GetAsyncInvoke, Method::GET, "/async-invoke/{}", "get-async-invoke", RUNTIME),
    row(Operation::Rerank, Method::POST, "/rerank", "rerank", AGENT),
    row(Operation::ChatCompletions, Method::POST, "/openai/v1/chat/completions", "openai-chat", OPENAI),
    row(Operation::ChatCompletions, Method::POST, "/v1/chat/completions", "openai-chat", MANTLE),
    row(Operation::Responses, Method::POST, "/openai/v1/responses", "openai-responses", OPENAI),
    row(Operation::Responses, Method::POST, "/v1/responses", "openai-responses", MANTLE),
    row(Operation::Messages, Method::POST, "/anthropic/v1/messages", "anthropic-messages", MANTLE_MESSAGES),
    row(
        Operation::ListFoundationModels,
        Method::GET,
        "/foundation-models",
        "list-foundation-models",
        RUNTIME,
    ),
    row(Operation::GetFoundationModel, Method::GET, "/foundation-models/{}", "get-foundation-model", RUNTIME),
    row(
        Operation::ListInferenceProfiles,
        Method::GET,
        "/inference-profiles",
        "list-inference-profiles",
        RUNTIME,
    ),
    row(
        Operation::GetInferenceProfile,
        Method::GET,
        "/inference-profiles/{}",
        "get-inference-profile",
        RUNTIME,
    ),
    row(
        Operation::CreateModelInvocationJob,
        Method::POST,
        "/model-invocation-job",
        "create-model-invocation-job",
        RUNTIME,
    ),
    row(
        Operation::GetModelInvocationJob,
        Method::GET,
        "/model-invocation-job/{}",
        "get-model-invocation-job",
        RUNTIME,
    ),
    row(
        Operation::StopModelInvocationJob,
        Method::POST,
        "/model-invocation-job/{}/stop",
        "stop-model-invocation-job",
        RUNTIME,
    ),
    row(
        Operation::ListModelInvocationJobs,
        Method::GET,
        "/model-invocation-jobs",
        "list-model-invocation-jobs",
        RUNTIME,
    ),
];

/// Where a request leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// An operation and the decoded segments of its address.
    To(Operation, Vec<String>),
    /// The address is known, but not with this method.
    WrongMethod,
    Nowhere,
}

impl Operation {
    /// The short name, as addresses have it: `converse-stream`.
    ///
    /// ```
    /// assert_eq!(bedrock_emulator::Operation::ConverseStream.name(), "converse-stream");
    /// ```
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Whether the first segment of the address is a model.
    pub(crate) fn has_model(self) -> bool {
        self.row().path.starts_with("/model/{}")
    }

    fn row(self) -> &'static Row {
        // Every operation has a row: a test holds the table to it.
        TABLE.iter().find(|row| row.operation == self).unwrap_or(&TABLE[0])
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Finds the operation of a method and a path as it came over the wire. A slash separates segments even where it was meant
/// to be part of an ARN: such an id must be sent as `%2F`.
pub(crate) fn route(method: &Method, path: &str) -> Route {
    let mut known = false;
    for row in TABLE {
        if let Some(segments) = segments(row.path, path) {
            if row.method == *method {
                return Route::To(row.operation, segments);
            }
            known = true;
        }
    }
    if known { Route::WrongMethod } else { Route::Nowhere }
}

/// What an address allows; one that nobody has allows what most do.
pub(crate) fn rules(path: &str) -> Rules {
    TABLE.iter().find(|row| segments(row.path, path).is_some()).map_or(RUNTIME, |row| row.rules)
}

fn segments(pattern: &str, path: &str) -> Option<Vec<String>> {
    if pattern.matches('/').count() != path.matches('/').count() {
        return None;
    }
    let mut found = Vec::new();
    for (wanted, given) in pattern.split('/').zip(path.split('/')) {
        match wanted {
            "{}" if !given.is_empty() => {
                found.push(percent_decode_str(given).decode_utf8().ok()?.into_owned())
            }
            wanted if wanted == given => {}
            _ => return None,
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let to = |operation, segments: &[&str]| {
            Route::To(operation, segments.iter().map(|s| (*s).to_owned()).collect())
        };
        for (method, path, expected) in [
            (Method::POST, "/model/a%3Ab/converse", to(Operation::Converse, &["a:b"])),
            (Method::POST, "/model/a:b/converse-stream", to(Operation::ConverseStream, &["a:b"])),
            (Method::POST, "/model/arn%3Ax%2Fy/invoke", to(Operation::InvokeModel, &["arn:x/y"])),
            (Method::POST, "/model/arn:x/y/invoke", Route::Nowhere),
            (Method::POST, "/model//invoke", Route::Nowhere),
            (Method::GET, "/model/m/invoke", Route::WrongMethod),
            (Method::POST, "/guardrail/g/version/1/apply", to(Operation::ApplyGuardrail, &["g", "1"])),
            (Method::GET, "/async-invoke", to(Operation::ListAsyncInvokes, &[])),
            (Method::POST, "/async-invoke", to(Operation::StartAsyncInvoke, &[])),
            (Method::POST, "/model/%FF/invoke", Route::Nowhere),
        ] {
            assert_eq!(route(&method, path), expected, "{path}");
        }
    }

    #[test]
    fn every_row_finds_itself() {
        for row in TABLE {
            assert_eq!(row.operation.name(), row.name);
            assert!(
                matches!(route(&row.method, &row.path.replace("{}", "x")), Route::To(found, _) if found == row.operation)
            );
        }
    }
}
