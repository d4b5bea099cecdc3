//! Cohere Command R and R+: chat with documents and tools.
//!
//! For: `cohere.command-r-v1:0` and `cohere.command-r-plus-v1:0` through InvokeModel.
//! Not for: Command and Command Light; see `cohere_command`.
//!
//! ```
//! use bedrock_formats::cohere_command_r::{Request, Response};
//! use bedrock_formats::reply::{StopReason, ToReply};
//!
//! let request = Request::new("What is the weather in Oslo?").max_tokens(100u64);
//! assert_eq!(serde_json::to_value(&request)?["message"], "What is the weather in Oslo?");
//!
//! let response: Response = serde_json::from_str(r#"{"response_id": "a/b", "text": "", "finish_reason": "COMPLETE",
//!     "tool_calls": [{"name": "weather", "parameters": {"city": "Oslo"}}]}"#)?;
//! let reply = response.to_reply();
//! // Calls have no ids of their own.
//! assert_eq!(reply.tool_uses().next().map(|call| call.name.as_str()), Some("weather"));
//! assert_eq!(reply.stop_reason, Some(StopReason::ToolUse));
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::collections::BTreeMap;

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use crate::invocation_metrics::{GuardrailConfig, bedrock_struct};
use crate::reply::{self, Block, Reply, ToReply, Usage};

// AWS's guide and Cohere's SDK, and six recorded answers, two of them streams, of texts alone:
// calls, citations and searches are by the SDK.
wire_struct! {
    /// The body of a request.
    pub struct Request {
        /// What the user says.
        "message" message: String,
        /// What was said before.
        "chat_history" chat_history: Option<Vec<ChatMessage>>,
        /// Documents to cite from: each a map of texts, usually `title` and `snippet`.
        "documents" documents: Option<Vec<BTreeMap<String, Value>>>,
        /// Whether to give only what to search for.
        "search_queries_only" search_queries_only: Option<bool>,
        /// The system prompt.
        "preamble" preamble: Option<String>,
        /// The most tokens to generate.
        "max_tokens" max_tokens: Option<u64>,
        /// Randomness, 0 to 1, default 0.3.
        "temperature" temperature: Option<f64>,
        /// The probability mass to sample from, 0.01 to 0.99, default 0.75.
        "p" p: Option<f64>,
        /// How many tokens to sample from, 0 to 500, default 0: all.
        "k" k: Option<u64>,
        /// `OFF` or `AUTO_PRESERVE_ORDER`.
        "prompt_truncation" prompt_truncation: Option<String>,
        /// Against repeating often, 0 to 1, default 0.
        "frequency_penalty" frequency_penalty: Option<f64>,
        /// Against repeating at all, 0 to 1, default 0.
        "presence_penalty" presence_penalty: Option<f64>,
        /// For answers that repeat as far as possible.
        "seed" seed: Option<i64>,
        /// Whether the answer holds the whole prompt.
        "return_prompt" return_prompt: Option<bool>,
        /// The tools that the model may call.
        "tools" tools: Option<Vec<Tool>>,
        /// What the tools gave.
        "tool_results" tool_results: Option<Vec<ToolResult>>,
        /// Texts that end the answer.
        "stop_sequences" stop_sequences: Option<Vec<String>>,
        /// Whether `message` goes to the model as it is.
        "raw_prompting" raw_prompting: Option<bool>,
        /// How the guardrail named in the headers treats the stream.
        "amazon-bedrock-guardrailConfig" guardrail_config: Option<GuardrailConfig>,
    }

    /// One turn of the conversation.
    pub struct ChatMessage {
        /// Who spoke.
        "role" role: Role,
        /// What was said.
        "message" message: Option<String>,
        /// The calls of tools.
        "tool_calls" tool_calls: Option<Vec<ToolCall>>,
        /// What the tools gave.
        "tool_results" tool_results: Option<Vec<ToolResult>>,
    }

    /// A tool.
    pub struct Tool {
        /// Its name.
        "name" name: String,
        /// What it does and when to call it.
        "description" description: String,
        /// Its parameters.
        "parameter_definitions" parameter_definitions: Option<BTreeMap<String, ParameterDefinition>>,
    }

    /// One parameter of a tool.
    pub struct ParameterDefinition {
        /// What it is.
        "description" description: Option<String>,
        /// Its type, in Python's words: `str`, `int`, `float`, `bool`, `List[str]`, …
        "type" kind: String,
        /// Whether it must be given.
        "required" required: Option<bool>,
    }

    /// A call of a tool; it has no id.
    pub struct ToolCall {
        /// The tool's name.
        "name" name: String,
        /// Its parameters: an object.
        "parameters" parameters: Option<Value>,
    }

    /// What a tool gave.
    pub struct ToolResult {
        /// The call.
        "call" call: ToolCall,
        /// What it gave: objects.
        "outputs" outputs: Vec<Value>,
    }

    /// A part of the text, and the documents that it comes from.
    pub struct Citation {
        /// The first character.
        "start" start: Option<u64>,
        /// The character after the last.
        "end" end: Option<u64>,
        /// The characters.
        "text" text: Option<String>,
        /// The documents' ids.
        "document_ids" document_ids: Option<Vec<String>>,
    }

    /// Something to search for.
    pub struct SearchQuery {
        /// The words.
        "text" text: Option<String>,
        /// The id of the answer that it is for.
        "generation_id" generation_id: Option<String>,
    }

    /// A piece of the call of a tool.
    pub struct ToolCallDelta {
        /// Which call.
        "index" index: Option<u64>,
        /// The tool's name.
        "name" name: Option<String>,
        /// A piece of JSON text.
        "parameters" parameters: Option<String> as json,
        /// A piece of text.
        "text" text: Option<String>,
    }

    /// Counts.
    pub struct Meta {
        /// What is paid for; the invocation metrics say the same.
        "billed_units" billed_units: Option<TokenCounts>,
        /// What the model saw and wrote.
        "tokens" tokens: Option<TokenCounts>,
    }

    /// Token counts.
    pub struct TokenCounts {
        /// Tokens of the prompt.
        "input_tokens" input_tokens: Option<u64>,
        /// Tokens generated.
        "output_tokens" output_tokens: Option<u64>,
    }
}

bedrock_struct! {
    /// The complete answer.
    pub struct Response {
        /// Its id.
        "response_id" response_id: Option<String>,
        /// The text.
        "text" text: Option<String>,
        /// The id of what was generated.
        "generation_id" generation_id: Option<String>,
        /// The conversation, this answer included.
        "chat_history" chat_history: Option<Vec<ChatMessage>>,
        /// Why the model stopped; `COMPLETE` also where it waits for tools.
        "finish_reason" finish_reason: Option<FinishReason>,
        /// Which parts of the text come from which documents.
        "citations" citations: Option<Vec<Citation>>,
        /// The documents cited.
        "documents" documents: Option<Vec<Value>>,
        /// What was found.
        "search_results" search_results: Option<Vec<Value>>,
        /// What to search for.
        "search_queries" search_queries: Option<Vec<SearchQuery>>,
        /// Whether to search at all.
        "is_search_required" is_search_required: Option<bool>,
        /// The calls of tools.
        "tool_calls" tool_calls: Option<Vec<ToolCall>>,
        /// The whole prompt, where the request asked for it.
        "prompt" prompt: Option<String>,
        /// Counts.
        "meta" meta: Option<Meta>,
    }

    /// One chunk of a stream: `event_type` says which of the other keys are there.
    pub struct Chunk {
        /// What it is.
        "event_type" event_type: EventType,
        /// Whether it is the last.
        "is_finished" is_finished: Option<bool>,
        /// The piece of text.
        "text" text: Option<String>,
        /// The id of what is generated.
        "generation_id" generation_id: Option<String>,
        /// What to search for.
        "search_queries" search_queries: Option<Vec<SearchQuery>>,
        /// What was found.
        "search_results" search_results: Option<Vec<Value>>,
        /// The documents.
        "documents" documents: Option<Vec<Value>>,
        /// Which parts of the text come from which documents.
        "citations" citations: Option<Vec<Citation>>,
        /// A piece of the call of a tool.
        "tool_call_delta" tool_call_delta: Option<ToolCallDelta>,
        /// The calls of tools, complete.
        "tool_calls" tool_calls: Option<Vec<ToolCall>>,
        /// The whole prompt.
        "prompt" prompt: Option<String>,
        /// Why the model stopped.
        "finish_reason" finish_reason: Option<FinishReason>,
        /// The whole answer: it holds, whatever the chunks before it said.
        "response" response: Option<Box<Response>>,
    }
}

wire_enum! {
    /// What a chunk is.
    pub enum EventType {
        /// The answer begins.
        "stream-start" => StreamStart,
        /// What to search for.
        "search-queries-generation" => SearchQueriesGeneration,
        /// What was found.
        "search-results" => SearchResults,
        /// A piece of text.
        "text-generation" => TextGeneration,
        /// Which part of the text comes from which documents.
        "citation-generation" => CitationGeneration,
        /// A piece of the call of a tool.
        "tool-calls-chunk" => ToolCallsChunk,
        /// The calls of tools, complete.
        "tool-calls-generation" => ToolCallsGeneration,
        /// The prompt.
        "debug" => Debug,
        /// The end, with the whole answer.
        "stream-end" => StreamEnd,
    }

    /// Who spoke.
    pub enum Role {
        /// The caller.
        "USER" => User,
        /// The model.
        "CHATBOT" => Chatbot,
        /// The operator.
        "SYSTEM" => System,
        /// A tool.
        "TOOL" => Tool,
    }

    /// Why the model stopped.
    pub enum FinishReason {
        /// It had finished, or waits for the results of tools.
        "COMPLETE" => Complete,
        /// `max_tokens` were generated.
        "MAX_TOKENS" => MaxTokens,
        /// One of the stop sequences was generated.
        "STOP_SEQUENCE" => StopSequence,
        /// It waits for the results of tools (Cohere's newer schema).
        "TOOL_CALL" => ToolCall,
        /// The model failed.
        "ERROR" => Error,
        /// Content was withheld.
        "ERROR_TOXIC" => ErrorToxic,
        /// The context window was full.
        "ERROR_LIMIT" => ErrorLimit,
        /// The caller went away.
        "USER_CANCEL" => UserCancel,
        /// The model took too long.
        "TIMEOUT" => Timeout,
    }
}

impl Request {
    /// A request that asks one thing.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self::default().message(message.into())
    }
}

#[codegen_at_use]
impl FinishReason {
    /// The same in the common vocabulary, for an answer without calls of tools.
    #[must_use]
    pub fn to_reply(&self) -> reply::StopReason {
        match self {
            Self::Complete => reply::StopReason::EndTurn,
            Self::MaxTokens | Self::ErrorLimit => reply::StopReason::MaxTokens,
            Self::StopSequence => reply::StopReason::StopSequence,
            Self::ToolCall => reply::StopReason::ToolUse,
            Self::ErrorToxic => reply::StopReason::ContentFiltered,
            other => reply::StopReason::from(other.as_str()),
        }
    }
}

#[codegen_at_use]
impl Meta {
    /// The counts in the common vocabulary: what the model saw, and where that is not given, what is paid for.
    #[must_use]
    pub fn to_reply(&self) -> Usage {
        let counts = |counts: &Option<TokenCounts>| {
            let counts = counts.clone().unwrap_or_default();
            Usage {
                input_tokens: counts.input_tokens,
                output_tokens: counts.output_tokens,
                ..Usage::default()
            }
        };
        // Billed units can be far fewer: 5 of 71 input tokens in a recording.
        let mut usage = counts(&self.tokens);
        usage.fill(&counts(&self.billed_units));
        usage
    }
}

#[codegen_at_use]
impl ToReply for Response {
    fn to_reply(&self) -> Reply {
        let calls = self.tool_calls.as_deref().unwrap_or_default();
        let text = self.text.clone().filter(|text| !text.is_empty()).map(|text| Block::Text {
            text,
            citations: self.citations.iter().flatten().map(citation).collect(),
        });
        let call_blocks = calls.iter().enumerate().map(|(at, call)| {
            Block::ToolUse(reply::ToolUse {
                id: format!("call_{at}"),
                name: call.name.clone(),
                input: call.parameters.clone().unwrap_or_else(|| Value::Object(serde_json::Map::new())),
            })
        });
        let stop_reason = self.finish_reason.as_ref().map(|reason| match reason {
            // By Cohere's documentation calls end with `COMPLETE` too; none is recorded.
            FinishReason::Complete if !calls.is_empty() => reply::StopReason::ToolUse,
            reason => reason.to_reply(),
        });
        let mut reply = Reply {
            role: Some("assistant".to_owned()),
            id: self.response_id.clone(),
            content: text.into_iter().chain(call_blocks).collect(),
            stop_reason,
            native_stop_reason: self.finish_reason.as_ref().map(|reason| reason.as_str().to_owned()),
            usage: self.meta.as_ref().and_then(|meta| meta.to_reply().some()),
            ..Reply::default()
        };
        crate::invocation_metrics::complete(&mut reply, self);
        reply
    }
}

/// One citation in the common vocabulary. The text that it names is the answer's and not the source's.
#[codegen_at_use]
fn citation(citation: &Citation) -> reply::Citation {
    reply::Citation {
        title: None,
        source: citation.document_ids.as_ref().map(|ids| ids.join(", ")),
        // Its `text` is of the answer, not of the source.
        cited_text: None,
        raw: serde_json::to_value(citation).unwrap_or(Value::Null),
    }
}
