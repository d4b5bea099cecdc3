//! What each operation answers: a file each, or one for a few that belong together, and a row of the table. Signatures, faults
//! and pace are dealt with before and after.

mod async_invoke;
mod batch;
mod bidirectional;
mod catalog;
mod guardrail;
mod handler;
mod inference;
mod openai;
mod query;
mod rerank;

use http::Method;

use crate::auth::Access;
use crate::error::Dialect;
use crate::operation::Operation;
pub(crate) use handler::{DuplexHandler, Handler, Jobs};
use handler::{jobs, json, model};

/// An address, its operation, and what answers it.
pub(crate) struct Row {
    pub(crate) method: Method,
    /// A brace pair stands for one segment, percent-encoded.
    pub(crate) path: &'static str,
    pub(crate) operation: Operation,
    pub(crate) api: Api,
    pub(crate) handler: Handler,
}

/// What the addresses of one API have in common.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Api {
    pub(crate) access: Access,
    pub(crate) dialect: Dialect,
}

/// The runtime; addresses that no API has are answered as its own.
pub(crate) const RUNTIME: Api =
    Api { access: Access { services: &["bedrock"], bearer: true }, dialect: Dialect::Aws };
/// The agent runtime takes signatures only.
const AGENT: Api = Api { access: Access { bearer: false, ..RUNTIME.access }, ..RUNTIME };
/// Addresses that the runtime and Mantle both have.
const OPENAI: Api = Api {
    access: Access { services: &["bedrock", "bedrock-mantle"], bearer: true },
    dialect: Dialect::OpenAi,
};
/// Addresses that only Mantle has.
const MANTLE: Api = Api { access: Access { services: &["bedrock-mantle"], bearer: true }, ..OPENAI };
const MANTLE_MESSAGES: Api = Api { dialect: Dialect::Anthropic, ..MANTLE };

const GET: Method = Method::GET;
const POST: Method = Method::POST;

const fn row(method: Method, path: &'static str, operation: Operation, api: Api, handler: Handler) -> Row {
    Row { method, path, operation, api, handler }
}

/// Every address of the server, but for those of `control`.
#[rustfmt::skip]
pub(crate) static TABLE: &[Row] = {
    use Operation::*;
    &[
        row(POST, "/model/{}/converse", Converse, RUNTIME, model(inference::converse)),
        row(POST, "/model/{}/converse-stream", ConverseStream, RUNTIME, model(inference::converse_stream)),
        row(POST, "/model/{}/invoke", InvokeModel, RUNTIME, model(inference::invoke)),
        row(POST, "/model/{}/invoke-with-response-stream", InvokeModelWithResponseStream, RUNTIME, model(inference::invoke_stream)),
        row(POST, "/model/{}/invoke-with-bidirectional-stream", InvokeModelWithBidirectionalStream, RUNTIME, Handler::Duplex(bidirectional::open)),
        row(POST, "/model/{}/count-tokens", CountTokens, RUNTIME, json(inference::count_tokens)),
        row(POST, "/guardrail/{}/version/{}/apply", ApplyGuardrail, RUNTIME, json(guardrail::apply)),
        row(POST, "/guardrail-checks/invoke", InvokeGuardrailChecks, RUNTIME, json(guardrail::checks)),
        row(POST, "/async-invoke", StartAsyncInvoke, RUNTIME, jobs(|jobs, call| jobs.invocations.start(call))),
        row(GET, "/async-invoke", ListAsyncInvokes, RUNTIME, jobs(|jobs, call| jobs.invocations.list(call))),
        row(GET, "/async-invoke/{}", GetAsyncInvoke, RUNTIME, jobs(|jobs, call| jobs.invocations.get(call))),
        row(POST, "/rerank", Rerank, AGENT, json(rerank::answer)),
        row(POST, "/openai/v1/chat/completions", ChatCompletions, OPENAI, model(openai::chat_completions)),
        row(POST, "/v1/chat/completions", ChatCompletions, MANTLE, model(openai::chat_completions)),
        row(POST, "/openai/v1/responses", Responses, OPENAI, model(openai::responses)),
        row(POST, "/v1/responses", Responses, MANTLE, model(openai::responses)),
        row(POST, "/anthropic/v1/messages", Messages, MANTLE_MESSAGES, model(openai::messages)),
        row(GET, "/foundation-models", ListFoundationModels, RUNTIME, json(catalog::models)),
        row(GET, "/foundation-models/{}", GetFoundationModel, RUNTIME, json(catalog::model)),
        row(GET, "/inference-profiles", ListInferenceProfiles, RUNTIME, json(catalog::profiles)),
        row(GET, "/inference-profiles/{}", GetInferenceProfile, RUNTIME, json(catalog::profile)),
        row(POST, "/model-invocation-job", CreateModelInvocationJob, RUNTIME, jobs(|jobs, call| jobs.batches.create(call))),
        row(GET, "/model-invocation-job/{}", GetModelInvocationJob, RUNTIME, jobs(|jobs, call| jobs.batches.get(call))),
        row(POST, "/model-invocation-job/{}/stop", StopModelInvocationJob, RUNTIME, jobs(|jobs, call| jobs.batches.stop(call))),
        row(GET, "/model-invocation-jobs", ListModelInvocationJobs, RUNTIME, jobs(|jobs, call| jobs.batches.list(call))),
    ]
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_an_address() {
        for operation in Operation::ALL {
            assert!(TABLE.iter().any(|row| row.operation == *operation), "{operation}");
        }
    }
}
