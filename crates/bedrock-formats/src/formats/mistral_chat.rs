//! Mistral's chat: Large, Pixtral and later models asked with `messages`.
//!
//! For: Mistral's models through InvokeModel. Their chunks look like OpenAI's and differ: what a message grows by stands
//! under `message` and not `delta`, and the reason to stop under `stop_reason`. Newer models write OpenAI's keys, and both
//! are read.
//! Not for: the first models asked with a `prompt`; see `mistral_text`.
//!
//! ```
//! use bedrock_formats::mistral_chat::{Request, Response};
//! use bedrock_formats::reply::{StopReason, ToReply};
//!
//! let request = Request::user("Hi").max_tokens(100u64);
//! assert_eq!(serde_json::to_value(&request)?, serde_json::json!({
//!     "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 100}));
//!
//! let response: Response = serde_json::from_str(r#"{"choices": [{"index": 0, "stop_reason": "stop",
//!     "message": {"role": "assistant", "content": "Hello."}}]}"#)?;
//! let reply = response.to_reply();
//! assert_eq!((reply.text().as_str(), reply.stop_reason), ("Hello.", Some(StopReason::EndTurn)));
//! # Ok::<(), serde_json::Error>(())
//! ```

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use crate::invocation_metrics::{GuardrailConfig, bedrock_struct};
use crate::reply::{self, Block, Reply, ToReply, Usage, call_ids, tool_input};
use crate::wire::{Num, OneOrMany, TextOr};

// AWS's guide, Mistral's SDK, and Pixtral's chunks in an invocation log: no stream from InvokeModel
// is recorded. Parts that think are by the SDK.
wire_struct! {
    /// The body of a request.
    pub struct Request {
        /// The conversation.
        "messages" messages: Vec<Message>,
        /// The most tokens to generate, to 8192.
        "max_tokens" max_tokens: Option<u64>,
        /// Randomness, 0 to 1, default 0.7.
        "temperature" temperature: Option<f64>,
        /// The probability mass to sample from, 0 to 1, default 1.
        "top_p" top_p: Option<f64>,
        /// Texts that end the answer.
        "stop" stop: Option<OneOrMany<String>>,
        /// The tools that the model may call.
        "tools" tools: Option<Vec<Tool>>,
        /// Whether it must: `auto`, `any`, `none`, or which one.
        "tool_choice" tool_choice: Option<TextOr<Value>>,
        /// How the guardrail named in the headers treats the stream.
        "amazon-bedrock-guardrailConfig" guardrail_config: Option<GuardrailConfig>,
    }

    /// One message, or in a stream what it grows by.
    pub struct Message {
        /// Who speaks.
        "role" role: Role,
        /// What was said: text, or parts.
        "content" content: Option<TextOr<Vec<ContentPart>>>,
        /// The calls of tools.
        "tool_calls" tool_calls: Option<Vec<ToolCall>>,
        /// The call that this message is the result of: nine letters or digits, no others are taken.
        "tool_call_id" tool_call_id: Option<String>,
        /// The tool that this message is the result of.
        "name" name: Option<String>,
        /// The model's reasoning, as some servers name it.
        "reasoning_content" reasoning_content: Option<String>,
    }

    /// Text.
    pub struct TextPart {
        /// The text.
        "text" text: String,
    }

    /// An image.
    pub struct ImageUrlPart {
        /// `data:…`.
        "image_url" image_url: TextOr<ImageUrl>,
    }

    /// Where an image is.
    pub struct ImageUrl {
        /// `data:…`.
        "url" url: String,
    }

    /// Reasoning (Magistral).
    pub struct ThinkingPart {
        /// The text, in parts.
        "thinking" thinking: Vec<ContentPart>,
        /// The proof that the model wrote it.
        "signature" signature: Option<String>,
        /// Whether it is complete.
        "closed" closed: Option<bool>,
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
        /// JSON text or a piece of it; with some servers the object itself.
        "arguments" arguments: Option<TextOr<Value>>,
    }

    /// One answer, or a piece of one.
    pub struct Choice {
        /// Which answer.
        "index" index: Option<u64>,
        /// What the model said, or what it grows by.
        "message" message: Option<Message>,
        /// What it grows by, with OpenAI's key.
        "delta" delta: Option<Message>,
        /// Why the model stopped.
        "stop_reason" stop_reason: Option<StopReason>,
        /// Why the model stopped, with OpenAI's key.
        "finish_reason" finish_reason: Option<StopReason>,
    }

    /// Token counts.
    pub struct CompletionUsage {
        /// Tokens of the prompt.
        "prompt_tokens" prompt_tokens: Option<u64>,
        /// Tokens generated.
        "completion_tokens" completion_tokens: Option<u64>,
        /// Both together.
        "total_tokens" total_tokens: Option<u64>,
    }
}

bedrock_struct! {
    /// The complete answer; and one chunk of a stream, where the messages are pieces.
    pub struct Response {
        /// The answer's id.
        "id" id: Option<String>,
        /// `chat.completion`, or `chat.completion.chunk`.
        "object" object: Option<String>,
        /// When the answer was begun: seconds since 1970.
        "created" created: Option<Num>,
        /// The model.
        "model" model: Option<String>,
        /// The answers.
        "choices" choices: Option<Vec<Choice>>,
        /// Token counts, in the last chunk.
        "usage" usage: Option<CompletionUsage>,
        /// Padding, without meaning.
        "p" padding: Option<String>,
    }
}

/// One chunk of a stream.
pub type Chunk = Response;

wire_tagged! {
    /// One part of a message's content.
    pub enum ContentPart {
        /// Text.
        "text" => Text(TextPart),
        /// An image.
        "image_url" => ImageUrl(ImageUrlPart),
        /// Reasoning.
        "thinking" => Thinking(ThinkingPart),
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
    pub enum StopReason {
        /// It had finished, or one of the stop texts was generated.
        "stop" => Stop,
        /// `max_tokens` were generated.
        "length" => Length,
        /// The context window was full.
        "model_length" => ModelLength,
        /// It waits for the results of tools.
        "tool_calls" => ToolCalls,
        /// The model failed.
        "error" => Error,
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
impl Choice {
    /// The message, or what it grows by, whichever key it came under.
    #[must_use]
    pub fn piece(&self) -> Option<&Message> {
        self.message.as_ref().or(self.delta.as_ref())
    }

    /// Why the model stopped, whichever key it came under.
    #[must_use]
    pub fn reason(&self) -> Option<&StopReason> {
        self.stop_reason.as_ref().or(self.finish_reason.as_ref())
    }
}

#[codegen_at_use]
impl StopReason {
    /// The same in the common vocabulary.
    #[must_use]
    pub fn to_reply(&self) -> reply::StopReason {
        match self {
            Self::Stop => reply::StopReason::EndTurn,
            Self::Length | Self::ModelLength => reply::StopReason::MaxTokens,
            Self::ToolCalls => reply::StopReason::ToolUse,
            other => reply::StopReason::from(other.as_str()),
        }
    }
}

#[codegen_at_use]
impl CompletionUsage {
    /// The same in the common vocabulary.
    #[must_use]
    pub fn to_reply(&self) -> Usage {
        Usage {
            input_tokens: self.prompt_tokens,
            output_tokens: self.completion_tokens,
            total_tokens: self.total_tokens,
            ..Usage::default()
        }
    }
}

#[codegen_at_use]
impl ThinkingPart {
    /// The text of all parts.
    #[must_use]
    pub fn text(&self) -> String {
        let texts = self.thinking.iter().filter_map(|part| match part {
            ContentPart::Text(part) => Some(part.text.as_str()),
            _ => None,
        });
        texts.collect()
    }
}

#[codegen_at_use]
impl Message {
    /// The message in blocks: reasoning, text, calls of tools.
    #[must_use]
    pub fn to_blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        if let Some(reasoning) = self.reasoning_content.as_ref().filter(|text| !text.is_empty()) {
            blocks.push(Block::Thinking { text: reasoning.clone(), signature: None });
        }
        match &self.content {
            Some(TextOr::Text(text)) if !text.is_empty() => blocks.push(Block::text(text)),
            Some(TextOr::Other(parts)) => blocks.extend(parts.iter().map(part)),
            _ => {}
        }
        let ids = call_ids(self.tool_calls.iter().flatten().map(|call| call.id.as_deref()));
        blocks.extend(self.tool_calls.iter().flatten().zip(ids).map(|(call, id)| {
            let function = call.function.clone().unwrap_or_default();
            Block::ToolUse(reply::ToolUse {
                id: id.into_owned(),
                name: function.name.unwrap_or_default(),
                input: match function.arguments {
                    Some(TextOr::Other(arguments)) => arguments,
                    Some(TextOr::Text(arguments)) => tool_input(&arguments),
                    None => tool_input(""),
                },
            })
        }));
        blocks
    }
}

/// One part of the content in the common vocabulary.
#[codegen_at_use]
fn part(part: &ContentPart) -> Block {
    match part {
        ContentPart::Text(part) => Block::text(&part.text),
        ContentPart::Thinking(part) => {
            Block::Thinking { text: part.text(), signature: part.signature.clone() }
        }
        // OpenAI's part, which servers of Mistral's models send too: a refusal is text.
        ContentPart::Unknown(object) if object.get("type").is_some_and(|kind| kind == "refusal") => {
            match object.get("refusal").and_then(Value::as_str) {
                Some(refusal) => Block::text(refusal),
                None => Block::other(part),
            }
        }
        other => Block::other(other),
    }
}

/// The reply is the first answer.
#[codegen_at_use]
impl ToReply for Response {
    fn to_reply(&self) -> Reply {
        let first = reply::first_choice(self.choices.iter().flatten(), |choice| choice.index);
        let message = first.and_then(Choice::piece);
        let reason = first.and_then(Choice::reason);
        let role = message.map(|message| message.role.as_str().to_owned());
        let mut reply = Reply {
            role: role.filter(|role| !role.is_empty()),
            model: self.model.clone(),
            id: self.id.clone(),
            content: message.map(Message::to_blocks).unwrap_or_default(),
            stop_reason: reason.map(StopReason::to_reply),
            native_stop_reason: reason.map(|reason| reason.as_str().to_owned()),
            usage: self.usage.as_ref().and_then(|usage| usage.to_reply().some()),
            ..Reply::default()
        };
        crate::invocation_metrics::complete(&mut reply, self);
        reply
    }
}
