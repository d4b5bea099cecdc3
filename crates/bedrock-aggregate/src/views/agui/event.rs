//! What AG-UI's events look like on the wire.
//! Not for: when each is sent; see [`Adaptor`](super::Adaptor).

use std::borrow::Cow;

use bedrock_codegen::codegen_at_use;
use bedrock_formats::reply::Usage;
use serde::Serialize;
use serde_json::Value;

/// One AG-UI event. As JSON it is an object with `type`, the fields of its kind in camelCase, and `timestamp` where the
/// caller gave the time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event<'a> {
    /// What happened.
    #[serde(flatten)]
    pub kind: Kind<'a>,
    /// When: milliseconds since 1970, as the caller gave them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
}

#[codegen_at_use]
impl Event<'_> {
    /// The event as a server-sent event: `data: `, its JSON, and an empty line.
    ///
    /// ```
    /// use bedrock_aggregate::agui::{Event, Kind};
    ///
    /// let event = Event { kind: Kind::TextMessageEnd { message_id: "m".into() }, timestamp: Some(1) };
    /// assert_eq!(event.to_sse(), "data: {\"type\":\"TEXT_MESSAGE_END\",\"messageId\":\"m\",\"timestamp\":1}\n\n");
    /// ```
    #[must_use]
    pub fn to_sse(&self) -> String {
        // An event's fields are texts, numbers and JSON values: writing them cannot fail.
        format!("data: {}\n\n", serde_json::to_string(self).unwrap_or_default())
    }
}

/// The kinds of events that an [`Adaptor`](super::Adaptor) sends.
///
/// Those marked *extended* are no part of the protocol; they are sent in [`Dialect::Extended`](super::Dialect) only.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Kind<'a> {
    /// The run begins.
    RunStarted {
        /// The conversation. Where the caller named none, the run is one of its own.
        thread_id: Cow<'a, str>,
        /// The run.
        run_id: Cow<'a, str>,
        /// The run that asked for this one.
        #[serde(skip_serializing_if = "Option::is_none")]
        parent_run_id: Option<Cow<'a, str>>,
    },
    /// The run is over; nothing is missing.
    RunFinished {
        /// The conversation.
        thread_id: Cow<'a, str>,
        /// The run.
        run_id: Cow<'a, str>,
        /// What each of the run's model calls cost.
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        usage: Cow<'a, [TokenUsage]>,
    },
    /// The run failed.
    RunError {
        /// What went wrong.
        message: Cow<'a, str>,
        /// What kind of error it is: the type of the service's exception, as `ThrottlingException`; `incomplete` where the
        /// answer lacks anything and no exception says why; else what the caller gave to [`Run::fail`](crate::Run::fail).
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<Cow<'a, str>>,
        /// The run (extended).
        #[serde(skip_serializing_if = "Option::is_none")]
        run_id: Option<Cow<'a, str>>,
        /// What the run's model calls cost until then.
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        usage: Cow<'a, [TokenUsage]>,
    },
    /// A text begins.
    TextMessageStart {
        /// The text's id: the message's own for its first text.
        message_id: Cow<'a, str>,
        /// Who speaks.
        role: Cow<'a, str>,
        /// The run (extended).
        #[serde(skip_serializing_if = "Option::is_none")]
        run_id: Option<Cow<'a, str>>,
    },
    /// Some text.
    TextMessageContent {
        /// The text's id.
        message_id: Cow<'a, str>,
        /// The piece; never empty.
        delta: Cow<'a, str>,
    },
    /// A text ends.
    TextMessageEnd {
        /// The text's id.
        message_id: Cow<'a, str>,
    },
    /// Reasoning begins (extended; the protocol had it before `ReasoningStart`).
    ThinkingStart {},
    /// A text of reasoning begins (extended).
    ThinkingTextMessageStart {
        /// The message that it belongs to.
        parent_message_id: Cow<'a, str>,
        /// Its own id.
        thinking_message_id: Cow<'a, str>,
        /// The run.
        run_id: Cow<'a, str>,
        /// Whether only the provider can read it; then no content follows.
        is_redacted: bool,
    },
    /// Some reasoning (extended).
    ThinkingTextMessageContent {
        /// Its id.
        thinking_message_id: Cow<'a, str>,
        /// The piece; never empty.
        delta: Cow<'a, str>,
    },
    /// A text of reasoning ends (extended).
    ThinkingTextMessageEnd {
        /// Its id.
        thinking_message_id: Cow<'a, str>,
        /// The proof that the model wrote it.
        #[serde(skip_serializing_if = "Option::is_none")]
        signature: Option<Cow<'a, str>>,
        /// Base64 of reasoning that only the provider can read.
        #[serde(skip_serializing_if = "Option::is_none")]
        redacted_data: Option<Cow<'a, str>>,
    },
    /// Reasoning ends (extended).
    ThinkingEnd {},
    /// Reasoning begins.
    ReasoningStart {
        /// Its id.
        message_id: Cow<'a, str>,
    },
    /// A text of reasoning begins.
    ReasoningMessageStart {
        /// Its id.
        message_id: Cow<'a, str>,
        /// Always `reasoning`.
        role: &'static str,
    },
    /// Some reasoning.
    ReasoningMessageContent {
        /// Its id.
        message_id: Cow<'a, str>,
        /// The piece; never empty.
        delta: Cow<'a, str>,
    },
    /// A text of reasoning ends.
    ReasoningMessageEnd {
        /// Its id.
        message_id: Cow<'a, str>,
    },
    /// What proves reasoning, or is reasoning that only the provider can read; to be handed back as it is.
    ReasoningEncryptedValue {
        /// Always `message`.
        subtype: &'static str,
        /// The text of reasoning that it belongs to.
        entity_id: Cow<'a, str>,
        /// The value.
        encrypted_value: Cow<'a, str>,
        /// `bedrock-llm.signature` or `bedrock-llm.redacted_thinking`.
        encrypted_value_type: &'static str,
    },
    /// Reasoning ends.
    ReasoningEnd {
        /// Its id.
        message_id: Cow<'a, str>,
    },
    /// A tool call begins.
    ToolCallStart {
        /// The call's id: the model's own, unless the run has had a call of that id before.
        tool_call_id: Cow<'a, str>,
        /// The tool.
        tool_call_name: Cow<'a, str>,
        /// The message that it belongs to.
        parent_message_id: Cow<'a, str>,
        /// The run (extended).
        #[serde(skip_serializing_if = "Option::is_none")]
        run_id: Option<Cow<'a, str>>,
    },
    /// Some of a call's arguments, as JSON text.
    ToolCallArgs {
        /// The call's id.
        tool_call_id: Cow<'a, str>,
        /// The piece; never empty.
        delta: Cow<'a, str>,
    },
    /// A call ends, and so does one that was cut. Its arguments are whole where [`RunFinished`](Self::RunFinished) ends the run; before
    /// [`RunError`](Self::RunError) they may be cut, whatever comes between. So a tool runs after the former, not after this.
    ToolCallEnd {
        /// The call's id.
        tool_call_id: Cow<'a, str>,
    },
    /// What a tool gave.
    ToolCallResult {
        /// The id of the message that holds it.
        message_id: Cow<'a, str>,
        /// The call's id.
        tool_call_id: Cow<'a, str>,
        /// The result.
        content: Cow<'a, str>,
        /// Always `tool`.
        role: &'static str,
    },
    /// An image begins (extended).
    ImageMessageStart {
        /// Its id.
        message_id: Cow<'a, str>,
        /// Its type, as `image/png`.
        mime_type: Cow<'a, str>,
        /// The run.
        run_id: Cow<'a, str>,
    },
    /// An image's data (extended).
    ImageMessageContent {
        /// Its id.
        message_id: Cow<'a, str>,
        /// Base64 of the image.
        delta: Cow<'a, str>,
    },
    /// An image ends (extended).
    ImageMessageEnd {
        /// Its id.
        message_id: Cow<'a, str>,
    },
    /// Token counts of the model call so far (extended). Later counts replace earlier ones.
    UsageUpdate {
        /// The run.
        run_id: Cow<'a, str>,
        /// The message, once it has begun.
        #[serde(skip_serializing_if = "Option::is_none")]
        message_id: Option<Cow<'a, str>>,
        /// The counts.
        usage: TokenUsage,
    },
    /// A model call is over: once for each message, after all of its other events (extended).
    ModelCallFinished {
        /// The run.
        run_id: Cow<'a, str>,
        /// The message.
        message_id: Cow<'a, str>,
        /// The model, as the answer names it.
        #[serde(skip_serializing_if = "Option::is_none")]
        model_name: Option<Cow<'a, str>>,
        /// Why it stopped, in the words that are the same for every format. Absent where none had come.
        #[serde(skip_serializing_if = "Option::is_none")]
        stop_reason: Option<Cow<'a, str>>,
        /// The same in the format's own word.
        #[serde(skip_serializing_if = "Option::is_none")]
        native_stop_reason: Option<Cow<'a, str>>,
    },
    /// Something that no format knows, as it arrived: `{"event_type"?, "raw"}`.
    Raw {
        /// It.
        event: Value,
        /// Always `bedrock`.
        source: &'static str,
    },
    /// What the protocol has no event for. Names begin with `bedrock-llm.`: `citation`, `block`, `image_preview`; and in
    /// [`Dialect::Official`](super::Dialect) `image` and `model_call_finished`.
    Custom {
        /// What it is.
        name: &'static str,
        /// It.
        value: Value,
    },
}

/// Token counts as the protocol counts them: a count of a part is in the total, never beside it. A count that was not sent
/// is absent.
///
/// ```
/// use bedrock_aggregate::agui::TokenUsage;
/// use bedrock_formats::reply::Usage;
///
/// let mut usage = Usage::default();
/// (usage.input_tokens, usage.cache_read_input_tokens, usage.output_tokens) = (Some(10), Some(90), Some(5));
/// let usage = TokenUsage::from(usage);
/// assert_eq!((usage.input_tokens, usage.cached_input_tokens), (Some(100), Some(90)));
/// assert_eq!(usage.total_tokens, Some(105));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TokenUsage {
    /// The model, as the answer names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Tokens of the input, with those read from and written to the prompt cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<u64>,
    /// Tokens generated, reasoning included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<u64>,
    /// Both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_tokens: Option<u64>,
    /// Those of the output tokens that were reasoning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<u64>,
    /// Those of the input tokens that were read from the prompt cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cached_input_tokens: Option<u64>,
    /// Those of the input tokens that were written to the prompt cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_write_input_tokens: Option<u64>,
}

#[codegen_at_use]
impl From<Usage> for TokenUsage {
    fn from(usage: Usage) -> Self {
        let (read, write) = (usage.cache_read_input_tokens, usage.cache_write_input_tokens);
        let cached = read.unwrap_or(0).saturating_add(write.unwrap_or(0));
        let input_tokens = usage.input_tokens.map(|input| input.saturating_add(cached));
        Self {
            model: None,
            input_tokens,
            output_tokens: usage.output_tokens,
            total_tokens: input_tokens
                .zip(usage.output_tokens)
                .map(|(input, output)| input.saturating_add(output)),
            reasoning_tokens: usage.reasoning_tokens,
            cached_input_tokens: read,
            cache_write_input_tokens: write,
        }
    }
}
