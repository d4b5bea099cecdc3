//! The response object.
//! Not for: its items (see `items`) and the events it is streamed in (see `events`).

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use crate::invocation_metrics::bedrock_struct;
use crate::wire::TextOr;

use super::{Item, ReasoningConfig, TextConfig, Tool, ToolChoice};

// OpenAI's SDK, and 147 recorded streams. Mantle writes `created_at` as a float.
bedrock_struct! {
    /// The response: complete, or a snapshot on the way.
    pub struct Response {
        /// The response's id.
        "id" id: Option<String>,
        /// `response`.
        "object" object: Option<String>,
        /// When it was begun: seconds since 1970; some servers write fractions.
        "created_at" created_at: Option<f64>,
        /// When it was complete: seconds since 1970.
        "completed_at" completed_at: Option<f64>,
        /// How far it is.
        "status" status: Option<ResponseStatus>,
        /// Why it failed.
        "error" error: Option<ResponseError>,
        /// Why it is incomplete.
        "incomplete_details" incomplete_details: Option<IncompleteDetails>,
        /// The system prompt.
        "instructions" instructions: Option<TextOr<Vec<Item>>>,
        /// What was kept with it.
        "metadata" metadata: Option<Value>,
        /// The model.
        "model" model: Option<String>,
        /// What the model said and did, in order.
        "output" output: Option<Vec<Item>>,
        /// Whether several tools may be called at once.
        "parallel_tool_calls" parallel_tool_calls: Option<bool>,
        /// Randomness.
        "temperature" temperature: Option<f64>,
        /// The probability mass sampled from.
        "top_p" top_p: Option<f64>,
        /// How many alternatives of each token are given.
        "top_logprobs" top_logprobs: Option<u64>,
        /// Whether a tool had to be called.
        "tool_choice" tool_choice: Option<TextOr<ToolChoice>>,
        /// The tools that could be called.
        "tools" tools: Option<Vec<Tool>>,
        /// The most tokens to generate.
        "max_output_tokens" max_output_tokens: Option<u64>,
        /// The most calls of the service's own tools.
        "max_tool_calls" max_tool_calls: Option<u64>,
        /// The response that this one goes on from.
        "previous_response_id" previous_response_id: Option<String>,
        /// Whether and how the model reasoned.
        "reasoning" reasoning: Option<ReasoningConfig>,
        /// The tier that served it.
        "service_tier" service_tier: Option<String>,
        /// The form of the answer.
        "text" text: Option<TextConfig>,
        /// What happens to a conversation that is too long.
        "truncation" truncation: Option<String>,
        /// Token counts.
        "usage" usage: Option<ResponseUsage>,
        /// Whether it was made in the background.
        "background" background: Option<bool>,
        /// The conversation that it belongs to.
        "conversation" conversation: Option<Value>,
        /// The prompt that the service kept.
        "prompt" prompt: Option<Value>,
        /// Groups requests that share a prompt.
        "prompt_cache_key" prompt_cache_key: Option<String>,
        /// How long the prompt is cached.
        "prompt_cache_retention" prompt_cache_retention: Option<String>,
        /// Whether it is kept.
        "store" store: Option<bool>,
        /// An opaque id of the user.
        "safety_identifier" safety_identifier: Option<String>,
        /// The older name of `safety_identifier`.
        "user" user: Option<String>,
    }
}

wire_struct! {
    /// Why a response failed.
    pub struct ResponseError {
        /// `server_error`, `rate_limit_exceeded`, `invalid_prompt`, …
        "code" code: Option<String>,
        /// The text for people.
        "message" message: Option<String>,
        /// The parameter at fault.
        "param" param: Option<String>,
        /// Its type.
        "type" kind: Option<String>,
    }

    /// Why a response is incomplete.
    pub struct IncompleteDetails {
        /// The reason.
        "reason" reason: Option<IncompleteReason>,
    }

    /// Token counts.
    pub struct ResponseUsage {
        /// Tokens of the input, cached ones included.
        "input_tokens" input_tokens: Option<u64>,
        /// What the input was.
        "input_tokens_details" input_tokens_details: Option<InputTokensDetails>,
        /// Tokens generated, reasoning included.
        "output_tokens" output_tokens: Option<u64>,
        /// What the output was.
        "output_tokens_details" output_tokens_details: Option<OutputTokensDetails>,
        /// Both together.
        "total_tokens" total_tokens: Option<u64>,
    }

    /// What the input was.
    pub struct InputTokensDetails {
        /// Tokens read from the cache.
        "cached_tokens" cached_tokens: Option<u64>,
        /// Tokens written to the cache.
        "cache_write_tokens" cache_write_tokens: Option<u64>,
    }

    /// What the output was.
    pub struct OutputTokensDetails {
        /// Tokens of reasoning.
        "reasoning_tokens" reasoning_tokens: Option<u64>,
    }
}

wire_enum! {
    /// How far a response is.
    pub enum ResponseStatus {
        /// Done.
        "completed" => Completed,
        /// Broken off by an error.
        "failed" => Failed,
        /// On its way.
        "in_progress" => InProgress,
        /// Stopped by the caller.
        "cancelled" => Cancelled,
        /// Waiting.
        "queued" => Queued,
        /// Cut off; see `incomplete_details`.
        "incomplete" => Incomplete,
    }

    /// Why a response is incomplete.
    pub enum IncompleteReason {
        /// The limit of tokens was reached.
        "max_output_tokens" => MaxOutputTokens,
        /// The limit of messages was reached.
        "max_messages" => MaxMessages,
        /// Content was withheld.
        "content_filter" => ContentFilter,
        /// The caller steered elsewhere.
        "steered" => Steered,
    }
}

#[codegen_at_use]
impl Response {
    /// The text of all messages as one text.
    #[must_use]
    pub fn output_text(&self) -> String {
        let messages = self.output.iter().flatten().filter_map(|item| match item {
            Item::Message(message) => Some(message),
            _ => None,
        });
        let text_of = |part: &super::ContentPart| match part {
            super::ContentPart::OutputText(text) => text.text.clone(),
            _ => String::new(),
        };
        messages
            .map(|message| match &message.content {
                Some(TextOr::Text(text)) => text.clone(),
                _ => message.parts().iter().map(text_of).collect(),
            })
            .collect()
    }
}
