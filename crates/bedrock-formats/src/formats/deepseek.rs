//! DeepSeek R1: asked with a `prompt` or with `messages`, and answering each in its own way.
//!
//! For: `deepseek.r1-*` through InvokeModel.
//! Not for: DeepSeek V3 and later, which speak Chat Completions; see `openai_chat`.
//!
//! Asked with a prompt in the model's template, R1 writes its reasoning into the text, up to `</think>`;
//! [`split_thinking`] parts the two. Asked with messages, the reasoning stands apart.
//!
//! ```
//! use bedrock_formats::deepseek::{Request, Response};
//! use bedrock_formats::reply::{StopReason, ToReply};
//!
//! let request = Request::user("Hi").max_tokens(100u64);
//! assert_eq!(serde_json::to_value(&request)?, serde_json::json!({
//!     "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 100}));
//!
//! let response: Response = serde_json::from_str(r#"{"choices": [{"index": 0, "stop_reason": "stop",
//!     "message": {"role": "assistant", "reasoning_content": "A greeting.", "content": "Hello."}}]}"#)?;
//! let reply = response.to_reply();
//! assert_eq!((reply.thinking().as_str(), reply.text().as_str()), ("A greeting.", "Hello."));
//! assert_eq!(reply.stop_reason, Some(StopReason::EndTurn));
//! # Ok::<(), serde_json::Error>(())
//! ```

use bedrock_codegen::codegen_at_use;

use crate::invocation_metrics::{GuardrailConfig, bedrock_struct};
use crate::reply::{self, Block, Reply, ToReply, Usage};
use crate::wire::OneOrMany;

// AWS's guide for prompts; messages by chunks in an invocation log. InvokeModel's own streams are
// not recorded.
wire_struct! {
    /// The body of a request: `prompt` or `messages`.
    pub struct Request {
        /// The prompt, in the model's template.
        "prompt" prompt: Option<String>,
        /// The conversation.
        "messages" messages: Option<Vec<Message>>,
        /// The most tokens to generate, 1 to 32,768; 8192 or fewer keep the quality.
        "max_tokens" max_tokens: Option<u64>,
        /// Randomness, 0 to 1.
        "temperature" temperature: Option<f64>,
        /// The probability mass to sample from, 0 to 1.
        "top_p" top_p: Option<f64>,
        /// Texts that end the answer: at most 10.
        "stop" stop: Option<OneOrMany<String>>,
        /// How the guardrail named in the headers treats the stream.
        "amazon-bedrock-guardrailConfig" guardrail_config: Option<GuardrailConfig>,
    }

    /// One message, or in a stream what it grows by.
    pub struct Message {
        /// Who speaks.
        "role" role: Role,
        /// What was said.
        "content" content: Option<String>,
        /// The model's reasoning.
        "reasoning_content" reasoning_content: Option<String>,
    }

    /// One answer, or a piece of one.
    pub struct Choice {
        /// Which answer; absent where the request had a prompt.
        "index" index: Option<u64>,
        /// The text, where the request had a prompt.
        "text" text: Option<String>,
        /// The message, where the request had messages.
        "message" message: Option<Message>,
        /// Why the model stopped.
        "stop_reason" stop_reason: Option<StopReason>,
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
    /// The complete answer; and one chunk of a stream, where the texts are pieces.
    pub struct Response {
        /// The answers.
        "choices" choices: Option<Vec<Choice>>,
        /// Token counts; not sent so far.
        "usage" usage: Option<CompletionUsage>,
    }
}

/// One chunk of a stream.
pub type Chunk = Response;

wire_enum! {
    /// Who speaks.
    pub enum Role {
        /// The operator.
        "system" => System,
        /// The caller.
        "user" => User,
        /// The model.
        "assistant" => Assistant,
    }

    /// Why the model stopped.
    pub enum StopReason {
        /// It had finished, or one of the stop texts was generated.
        "stop" => Stop,
        /// `max_tokens` were generated.
        "length" => Length,
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

    /// A request that asks one thing by a prompt in the model's template, so that the answer begins with its reasoning.
    #[must_use]
    pub fn templated(text: impl AsRef<str>) -> Self {
        // Full-width bars (U+FF5C) and U+2581, as in AWS's guide: with ASCII bars it is no
        // template.
        let prompt = format!("<｜begin▁of▁sentence｜><｜User｜>{}<｜Assistant｜><think>\n", text.as_ref());
        Self::default().prompt(prompt)
    }
}

#[codegen_at_use]
impl StopReason {
    /// The same in the common vocabulary.
    #[must_use]
    pub fn to_reply(&self) -> reply::StopReason {
        match self {
            Self::Stop => reply::StopReason::EndTurn,
            Self::Length => reply::StopReason::MaxTokens,
            Self::Other(word) => reply::StopReason::from(word.as_str()),
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

/// Parts a text into the reasoning before `</think>` and the answer after it; a text without the tag is all answer.
///
/// ```
/// use bedrock_formats::deepseek::split_thinking;
///
/// assert_eq!(split_thinking("A greeting.\n</think>\n\nHello."), (Some("A greeting."), "Hello."));
/// assert_eq!(split_thinking("Hello."), (None, "Hello."));
/// ```
#[must_use]
#[codegen_at_use]
pub fn split_thinking(text: &str) -> (Option<&str>, &str) {
    match text.split_once("</think>") {
        Some((thinking, answer)) => {
            let thinking = thinking.trim_start().strip_prefix("<think>").unwrap_or(thinking);
            (Some(thinking.trim()), answer.trim_start())
        }
        None => (None, text),
    }
}

/// The reply is the first answer. The text of a prompt's answer stays as it is, whatever reasoning is in it: only the
/// caller knows whether the prompt had the template.
#[codegen_at_use]
impl ToReply for Response {
    fn to_reply(&self) -> Reply {
        let first = reply::first_choice(self.choices.iter().flatten(), |choice| choice.index);
        let message = first.and_then(|choice| choice.message.as_ref());
        let reason = first.and_then(|choice| choice.stop_reason.as_ref());
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let thinking = message.and_then(|message| filled(&message.reasoning_content));
        let text = message.and_then(|message| filled(&message.content));
        let text = text.or_else(|| first.and_then(|choice| filled(&choice.text)));
        let content = thinking
            .map(|text| Block::Thinking { text, signature: None })
            .into_iter()
            .chain(text.map(Block::text));
        let mut reply = Reply {
            role: Some("assistant".to_owned()),
            content: content.collect(),
            stop_reason: reason.map(StopReason::to_reply),
            native_stop_reason: reason.map(|reason| reason.as_str().to_owned()),
            usage: self.usage.as_ref().and_then(|usage| usage.to_reply().some()),
            ..Reply::default()
        };
        crate::invocation_metrics::complete(&mut reply, self);
        reply
    }
}
