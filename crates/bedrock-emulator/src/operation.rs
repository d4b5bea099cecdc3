//! The operations that the server knows. Their addresses, and what answers them, are rows of the table in `operations`.

use std::fmt;

macro_rules! operations {
    ($($(#[$doc:meta])+ $operation:ident = $name:literal,)+) => {
        /// An operation of the service.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Operation {
            $($(#[$doc])+ $operation,)+
        }

        impl Operation {
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$operation),+];

            /// The short name, as recordings and logs have it: `converse-stream`.
            ///
            /// ```
            /// assert_eq!(bedrock_emulator::Operation::ConverseStream.name(), "converse-stream");
            /// ```
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$operation => $name,)+
                }
            }
        }
    };
}

operations! {
    /// `POST /model/{modelId}/converse`
    Converse = "converse",
    /// `POST /model/{modelId}/converse-stream`
    ConverseStream = "converse-stream",
    /// `POST /model/{modelId}/invoke`
    InvokeModel = "invoke",
    /// `POST /model/{modelId}/invoke-with-response-stream`
    InvokeModelWithResponseStream = "invoke-with-response-stream",
    /// `POST /model/{modelId}/invoke-with-bidirectional-stream`
    InvokeModelWithBidirectionalStream = "invoke-with-bidirectional-stream",
    /// `POST /model/{modelId}/count-tokens`
    CountTokens = "count-tokens",
    /// `POST /guardrail/{id}/version/{version}/apply`
    ApplyGuardrail = "apply-guardrail",
    /// `POST /guardrail-checks/invoke`
    InvokeGuardrailChecks = "invoke-guardrail-checks",
    /// `POST /async-invoke`
    StartAsyncInvoke = "start-async-invoke",
    /// `GET /async-invoke`
    ListAsyncInvokes = "list-async-invokes",
    /// `GET /async-invoke/{arn}`
    GetAsyncInvoke = "get-async-invoke",
    /// `POST /rerank`
    Rerank = "rerank",
    /// `POST /openai/v1/chat/completions`, `POST /v1/chat/completions`
    ChatCompletions = "openai-chat",
    /// `POST /openai/v1/responses`, `POST /v1/responses`
    Responses = "openai-responses",
    /// `POST /anthropic/v1/messages`
    Messages = "anthropic-messages",
    /// `GET /foundation-models`
    ListFoundationModels = "list-foundation-models",
    /// `GET /foundation-models/{id}`
    GetFoundationModel = "get-foundation-model",
    /// `GET /inference-profiles`
    ListInferenceProfiles = "list-inference-profiles",
    /// `GET /inference-profiles/{id}`
    GetInferenceProfile = "get-inference-profile",
    /// `POST /model-invocation-job`
    CreateModelInvocationJob = "create-model-invocation-job",
    /// `GET /model-invocation-job/{id}`
    GetModelInvocationJob = "get-model-invocation-job",
    /// `POST /model-invocation-job/{id}/stop`
    StopModelInvocationJob = "stop-model-invocation-job",
    /// `GET /model-invocation-jobs`
    ListModelInvocationJobs = "list-model-invocation-jobs",
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
