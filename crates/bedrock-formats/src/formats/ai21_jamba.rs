//! AI21 Jamba: chat.
//!
//! For: `ai21.jamba-*` through InvokeModel. Its chunks look like OpenAI's and differ: no `object`, no `created`, usage in
//! every chunk (counting up), and a last chunk that holds nothing but the invocation metrics.
//! Not for: Jurassic-2; see `ai21_j2`.
//!
//! ```
//! use bedrock_formats::ai21_jamba::{Request, Response};
//! use bedrock_formats::reply::{StopReason, ToReply};
//!
//! let request = Request::user("Hi").max_tokens(100u64);
//! assert_eq!(serde_json::to_value(&request)?, serde_json::json!({
//!     "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 100}));
//!
//! let response: Response = serde_json::from_str(r#"{"id": "chatcmpl-1", "model": "jamba-1.5-mini",
//!     "choices": [{"index": 0, "message": {"role": "assistant", "content": " Hello."}, "finish_reason": "stop"}],
//!     "usage": {"prompt_tokens": 11, "completion_tokens": 4, "total_tokens": 15}}"#)?;
//! let reply = response.to_reply();
//! assert_eq!((reply.text().as_str(), reply.stop_reason), (" Hello.", Some(StopReason::EndTurn)));
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::collections::BTreeMap;

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use crate::invocation_metrics::{GuardrailConfig, bedrock_struct};
use crate::reply::{self, Block, Reply, ToReply, call_ids, tool_input};
use crate::wire::OneOrMany;

// AI21's SDK and documentation, and three recorded answers, of which one is a stream.
wire_struct! {
    /// The body of a request.
    pub struct Request {
        /// The conversation: at least one message of the user or the model.
        "messages" messages: Vec<Message>,
        /// The most tokens to generate, 0 to 4096, default 4096.
        "max_tokens" max_tokens: Option<u64>,
        /// Randomness, 0 to 2, default 1.
        "temperature" temperature: Option<f64>,
        /// The probability mass to sample from, 0 to 1, default 1.
        "top_p" top_p: Option<f64>,
        /// Texts that end the answer.
        "stop" stop: Option<OneOrMany<String>>,
        /// How many answers, 1 to 16, default 1; with temperature 0 it must be 1.
        "n" n: Option<u64>,
        /// Against repeating often.
        "frequency_penalty" frequency_penalty: Option<f64>,
        /// Against repeating at all.
        "presence_penalty" presence_penalty: Option<f64>,
        /// The tools that the model may call.
        "tools" tools: Option<Vec<Tool>>,
        /// Documents to answer from: `{content, metadata}`.
        "documents" documents: Option<Vec<Value>>,
        /// `{"type": "text"}` or `{"type": "json_object"}`.
        "response_format" response_format: Option<BTreeMap<String, Value>>,
        /// How the guardrail named in the headers treats the stream.
        "amazon-bedrock-guardrailConfig" guardrail_config: Option<GuardrailConfig>,
    }

    /// One message, or in a stream what it grows by.
    pub struct Message {
        /// Who speaks.
        "role" role: Role,
        /// What was said.
        "content" content: Option<String>,
        /// The calls of tools.
        "tool_calls" tool_calls: Option<Vec<ToolCall>>,
        /// The call that this message is the result of.
        "tool_call_id" tool_call_id: Option<String>,
    }

    /// A tool.
    pub struct Tool {
        /// `function`.
        "type" kind: String,
        /// The function.
        "function" function: FunctionDefinition,
    }

    /// A function.
    pub struct FunctionDefinition {
        /// Its name.
        "name" name: String,
        /// What it does and when to call it.
        "description" description: Option<String>,
        /// The JSON schema of its arguments.
        "parameters" parameters: Option<Value>,
    }

    /// A call of a tool, or in a stream a piece of one.
    pub struct ToolCall {
        /// Which of the message's calls this is a piece of.
        "index" index: Option<u64>,
        /// The call's id.
        "id" id: Option<String>,
        /// `function`.
        "type" kind: Option<String>,
        /// What is called.
        "function" function: Option<FunctionCall>,
    }

    /// The call of a function, or in a stream a piece of one.
    pub struct FunctionCall {
        /// The function's name.
        "name" name: Option<String>,
        /// JSON text, or a piece of it.
        "arguments" arguments: Option<String> as json,
    }

    /// One answer.
    pub struct Choice {
        /// Which one.
        "index" index: Option<u64>,
        /// What the model said.
        "message" message: Message,
        /// Why it stopped.
        "finish_reason" finish_reason: Option<FinishReason>,
        /// How likely the tokens were.
        "logprobs" logprobs: Option<Value>,
    }

    /// A piece of one answer.
    pub struct ChunkChoice {
        /// Which answer.
        "index" index: Option<u64>,
        /// What it grows by.
        "delta" delta: Option<Message>,
        /// Why the model stopped, in its last chunk.
        "finish_reason" finish_reason: Option<FinishReason>,
        /// The number of the token that ended the answer.
        "stop_reason" stop_reason: Option<Value>,
        /// How likely the tokens were.
        "logprobs" logprobs: Option<Value>,
    }

    /// Token counts.
    pub struct CompletionUsage {
        /// Tokens of the prompt.
        "prompt_tokens" prompt_tokens: Option<u64>,
        /// Tokens generated; in a stream so far.
        "completion_tokens" completion_tokens: Option<u64>,
        /// Both together.
        "total_tokens" total_tokens: Option<u64>,
    }

    /// Measurements.
    pub struct Meta {
        /// Milliseconds that the request took.
        "requestDurationMillis" request_duration_millis: Option<u64>,
    }
}

bedrock_struct! {
    /// The complete answer.
    pub struct Response {
        /// Its id.
        "id" id: Option<String>,
        /// The answers.
        "choices" choices: Option<Vec<Choice>>,
        /// Token counts.
        "usage" usage: Option<CompletionUsage>,
        /// Measurements.
        "meta" meta: Option<Meta>,
        /// The model.
        "model" model: Option<String>,
    }

    /// One chunk of a stream; the last holds only what Bedrock added.
    pub struct Chunk {
        /// The answer's id.
        "id" id: Option<String>,
        /// The pieces.
        "choices" choices: Option<Vec<ChunkChoice>>,
        /// Token counts so far, in every chunk: the last holds, and they are not to be added up.
        "usage" usage: Option<CompletionUsage>,
        /// Measurements, in the last chunk but one.
        "meta" meta: Option<Meta>,
    }
}

wire_enum! {
    /// Who speaks.
    pub enum Role {
        /// The operator.
        "system" => System,
        /// The caller.
        "user" => User,
        /// The model.
        "assistant" => Assistant,
        /// A tool.
        "tool" => Tool,
    }

    /// Why the model stopped.
    pub enum FinishReason {
        /// It had finished, or one of the stop texts was generated.
        "stop" => Stop,
        /// `max_tokens` were generated.
        "length" => Length,
        /// It waits for the results of tools.
        "tool_calls" => ToolCalls,
    }
}

#[codegen_at_use]
impl Request {
    /// A request with these messages.
    #[must_use]
    pub fn new(messages: Vec<Message>) -> Self {
        Self::default().messages(messages)
    }

    /// A request that asks one thing.
    #[must_use]
    pub fn user(text: impl Into<String>) -> Self {
        Self::new(vec![Message::default().role(Role::User).content(text.into())])
    }
}

#[codegen_at_use]
impl FinishReason {
    /// The same in the common vocabulary.
    #[must_use]
    pub fn to_reply(&self) -> reply::StopReason {
        match self {
            Self::Stop => reply::StopReason::EndTurn,
            Self::Length => reply::StopReason::MaxTokens,
            Self::ToolCalls => reply::StopReason::ToolUse,
            Self::Other(word) => reply::StopReason::from(word.as_str()),
        }
    }
}

#[codegen_at_use]
impl CompletionUsage {
    /// The same in the common vocabulary.
    #[must_use]
    pub fn to_reply(&self) -> reply::Usage {
        reply::Usage {
            input_tokens: self.prompt_tokens,
            output_tokens: self.completion_tokens,
            total_tokens: self.total_tokens,
            ..reply::Usage::default()
        }
    }
}

#[codegen_at_use]
impl Message {
    /// The message in blocks: text, then calls of tools.
    #[must_use]
    pub fn to_blocks(&self) -> Vec<Block> {
        let text = self.content.iter().filter(|text| !text.is_empty()).map(Block::text);
        let ids = call_ids(self.tool_calls.iter().flatten().map(|call| call.id.as_deref()));
        let calls = self.tool_calls.iter().flatten().zip(ids).map(|(call, id)| {
            let function = call.function.clone().unwrap_or_default();
            Block::ToolUse(reply::ToolUse {
                id: id.into_owned(),
                name: function.name.unwrap_or_default(),
                input: tool_input(&function.arguments.unwrap_or_default()),
            })
        });
        text.chain(calls).collect()
    }
}

/// The reply is the first answer.
#[codegen_at_use]
impl ToReply for Response {
    fn to_reply(&self) -> Reply {
        let first = reply::first_choice(self.choices.iter().flatten(), |choice| choice.index);
        let reason = first.and_then(|choice| choice.finish_reason.as_ref());
        let role = first.map(|choice| choice.message.role.as_str().to_owned());
        let mut reply = Reply {
            role: role.filter(|role| !role.is_empty()),
            model: self.model.clone(),
            id: self.id.clone(),
            content: first.map(|choice| choice.message.to_blocks()).unwrap_or_default(),
            stop_reason: reason.map(FinishReason::to_reply),
            native_stop_reason: reason.map(|reason| reason.as_str().to_owned()),
            usage: self.usage.as_ref().and_then(|usage| usage.to_reply().some()),
            ..Reply::default()
        };
        crate::invocation_metrics::complete(&mut reply, self);
        reply
    }
}
