//! What Converse answers: the message, why it ended, what it cost.
//! Not for: the events of a streamed answer; see `stream.rs`.

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use super::{CacheTTL, Message, PerformanceConfiguration, ServiceTier, ToolUseBlock};
use crate::guardrail::GuardrailTraceAssessment;
use crate::wire::Num;

wire_struct! {
    /// What Converse answers.
    pub struct ConverseResponse {
        /// The answer.
        "output" output: ConverseOutput,
        /// Why the model stopped.
        "stopReason" stop_reason: StopReason,
        /// How many tokens went in and came out.
        "usage" usage: Option<TokenUsage>,
        /// How long it took.
        "metrics" metrics: Option<ConverseMetrics>,
        /// What `additionalModelResponseFieldPaths` asked for; a path that points at nothing may give `null`.
        "additionalModelResponseFields" additional_model_response_fields: Option<Value>,
        /// What the guardrail and the prompt router did.
        "trace" trace: Option<ConverseTrace>,
        /// Which latency the model ran at.
        "performanceConfig" performance_config: Option<PerformanceConfiguration>,
        /// Which tier the request was served in.
        "serviceTier" service_tier: Option<ServiceTier>,
    }
    /// How long an answer took.
    pub struct ConverseMetrics {
        /// Milliseconds.
        "latencyMs" latency_ms: Option<Num>,
    }
    /// What stood between the request and the model.
    pub struct ConverseTrace {
        /// What the guardrail found.
        "guardrail" guardrail: Option<GuardrailTraceAssessment>,
        /// Which model the prompt router chose.
        "promptRouter" prompt_router: Option<PromptRouterTrace>,
    }
    /// Which model the prompt router chose.
    pub struct PromptRouterTrace {
        /// Its ARN.
        "invokedModelId" invoked_model_id: Option<String>,
    }
    /// How many tokens went in and came out. The total is the sum of input, output, cache reads and cache writes.
    pub struct TokenUsage {
        /// Tokens read anew: those read from or written to the cache are not among them.
        "inputTokens" input_tokens: Option<u64>,
        /// Tokens generated, reasoning included.
        "outputTokens" output_tokens: Option<u64>,
        /// All of them.
        "totalTokens" total_tokens: Option<u64>,
        /// Tokens read from the cache.
        "cacheReadInputTokens" cache_read_input_tokens: Option<u64>,
        /// Tokens written to the cache.
        "cacheWriteInputTokens" cache_write_input_tokens: Option<u64>,
        /// The tokens written to the cache, by how long they live; the longest life first.
        "cacheDetails" cache_details: Option<Vec<CacheDetail>>,
        /// `cacheReadInputTokens` under its older name. Not in the service model, yet on the wire.
        "cacheReadInputTokenCount" cache_read_input_token_count: Option<u64>,
        /// `cacheWriteInputTokens` under its older name. Not in the service model, yet on the wire.
        "cacheWriteInputTokenCount" cache_write_input_token_count: Option<u64>,
        /// What the service's own tools used, mostly `{}`. Not in the service model, yet on the wire.
        "serverToolUsage" server_tool_usage: Option<Value>,
    }
    /// Tokens written to the cache with one life.
    pub struct CacheDetail {
        /// How long they live.
        "ttl" ttl: CacheTTL,
        /// How many they are.
        "inputTokens" input_tokens: Option<u64>,
    }
}

wire_union! {
    /// The answer.
    pub enum ConverseOutput {
        /// A message, ready to be appended to the conversation.
        "message" => Message(Message),
    }
}

wire_enum! {
    // Recorded: `end_turn`, `tool_use`, `max_tokens`, and once, in a whole answer,
    // `guardrail_intervened`. The others are by the service model.
    /// Why a model stopped.
    pub enum StopReason {
        /// It was done.
        "end_turn" => EndTurn,
        /// It wants a tool to be called.
        "tool_use" => ToolUse,
        /// It reached the most tokens allowed.
        "max_tokens" => MaxTokens,
        /// It wrote one of the stop sequences.
        "stop_sequence" => StopSequence,
        /// The guardrail blocked or masked something; only the trace says which.
        "guardrail_intervened" => GuardrailIntervened,
        /// The provider's own filter held the answer back.
        "content_filtered" => ContentFiltered,
        /// It wrote something that could not be read.
        "malformed_model_output" => MalformedModelOutput,
        /// It wrote a tool call that could not be read.
        "malformed_tool_use" => MalformedToolUse,
        /// Question and answer filled its window.
        "model_context_window_exceeded" => ModelContextWindowExceeded,
    }
}

#[codegen_at_use]
impl ConverseResponse {
    /// The answer's message; `None` if there is none.
    #[must_use]
    pub fn message(&self) -> Option<&Message> {
        match &self.output {
            ConverseOutput::Message(message) => Some(message),
            ConverseOutput::Unknown(_) => None,
        }
    }

    /// The answer's message by value, to append it to the conversation.
    #[must_use]
    pub fn into_message(self) -> Option<Message> {
        match self.output {
            ConverseOutput::Message(message) => Some(message),
            ConverseOutput::Unknown(_) => None,
        }
    }

    /// The text of the answer, without its reasoning.
    #[must_use]
    pub fn text(&self) -> String {
        self.message().map(Message::text).unwrap_or_default()
    }

    /// The tool calls of the answer that are for the caller to run, in order: see [`Message::tool_uses`].
    pub fn tool_uses(&self) -> impl Iterator<Item = &ToolUseBlock> {
        self.message().into_iter().flat_map(Message::tool_uses)
    }
}

#[codegen_at_use]
impl TokenUsage {
    /// Tokens read from the cache, under whichever name they came.
    #[must_use]
    pub fn cache_read(&self) -> Option<u64> {
        self.cache_read_input_tokens.or(self.cache_read_input_token_count)
    }

    /// Tokens written to the cache, under whichever name they came.
    #[must_use]
    pub fn cache_write(&self) -> Option<u64> {
        self.cache_write_input_tokens.or(self.cache_write_input_token_count)
    }
}

#[codegen_at_use]
impl From<Message> for ConverseOutput {
    fn from(message: Message) -> Self {
        Self::Message(message)
    }
}
