//! The complete answer in one vocabulary, the same for every format.
//!
//! For: code that does not care which model family answered. Every native response converts by [`ToReply`].
//! Not for: the exact answer; that is the format's own response type, which loses nothing.
//!
//! ```
//! use bedrock_formats::reply::{Block, Reply, StopReason};
//!
//! let reply: Reply = serde_json::from_str(r#"{
//!     "role": "assistant", "model": null, "id": null,
//!     "content": [{"type": "text", "text": "Rain."}],
//!     "stop_reason": "end_turn", "native_stop_reason": "stop", "stop_sequence": null,
//!     "usage": {"input_tokens": 7, "output_tokens": 2}}"#)?;
//! assert_eq!(reply.text(), "Rain.");
//! assert_eq!(reply.stop_reason, Some(StopReason::EndTurn));
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::borrow::Cow;
use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

wire_enum! {
    /// Why the model stopped, in Converse's words.
    ///
    /// A reason that no word here fits is kept in `Other` as the format wrote it; the format's own word always stands in
    /// [`Reply::native_stop_reason`].
    pub enum StopReason {
        /// The model had finished.
        "end_turn" => EndTurn,
        /// The limit of output tokens was reached.
        "max_tokens" => MaxTokens,
        /// A stop sequence of the request was generated.
        "stop_sequence" => StopSequence,
        /// The model waits for the result of a tool.
        "tool_use" => ToolUse,
        /// The model or the vendor's filter withheld content.
        "content_filtered" => ContentFiltered,
        /// A guardrail blocked or masked content.
        "guardrail_intervened" => GuardrailIntervened,
        /// The context window was full.
        "model_context_window_exceeded" => ModelContextWindowExceeded,
        /// The service could not parse what the model wrote. What there is of it is no answer: see
        /// [`is_failure`](StopReason::is_failure).
        "malformed_model_output" => MalformedModelOutput,
        /// The service could not parse a tool call that the model wrote. The call may be missing or broken, and is not to be
        /// run: see [`is_failure`](StopReason::is_failure).
        "malformed_tool_use" => MalformedToolUse,
    }
}

impl StopReason {
    /// Whether the reason says that the answer failed, and not that the model stopped: what was generated could not be
    /// read, or the vendor's servers gave up. An answer that stops so is not complete, though nothing more will come;
    /// [`Reply::content`] has what there is of it.
    ///
    /// ```
    /// use bedrock_formats::reply::StopReason;
    ///
    /// for failed in ["malformed_tool_use", "error", "ERROR", "network_error"] {
    ///     assert!(StopReason::from(failed).is_failure(), "{failed}");
    /// }
    /// assert!(!StopReason::MaxTokens.is_failure() && !StopReason::from("pause_turn").is_failure());
    /// ```
    #[must_use]
    pub fn is_failure(&self) -> bool {
        /// OpenAI's followers, Mistral and Cohere; DeepSeek; GLM; servers of open models; Gemini's word for a broken call.
        const FAILED: [&str; 8] = [
            "error",
            "failed",
            "timeout",
            "abort",
            "network_error",
            "server_error",
            "insufficient_system_resource",
            "malformed_function_call",
        ];
        match self {
            Self::MalformedModelOutput | Self::MalformedToolUse => true,
            Self::Other(word) => FAILED.iter().any(|failed| word.eq_ignore_ascii_case(failed)),
            _ => false,
        }
    }
}

/// Token counts in one vocabulary. A count that was not sent is absent, never 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Usage {
    /// Tokens of the input, without those read from or written to the prompt cache, whatever the format's own habit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<u64>,
    /// Tokens generated, reasoning included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<u64>,
    /// The total, as the format counts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_tokens: Option<u64>,
    /// Input tokens read from the prompt cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_read_input_tokens: Option<u64>,
    /// Input tokens written to the prompt cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write_input_tokens: Option<u64>,
    /// Those of the output tokens that were reasoning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<u64>,
}

impl Usage {
    /// Whether no count was sent at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The usage, or `None` where no count was sent.
    #[must_use]
    pub fn some(self) -> Option<Self> {
        (!self.is_empty()).then_some(self)
    }

    /// Takes from `other` each count that is missing here.
    pub fn fill(&mut self, other: &Self) {
        // Every field by name: a new one does not compile until it is filled too.
        let Self {
            input_tokens,
            output_tokens,
            total_tokens,
            cache_read_input_tokens,
            cache_write_input_tokens,
            reasoning_tokens,
        } = self;
        for (own, other) in [
            (input_tokens, other.input_tokens),
            (output_tokens, other.output_tokens),
            (total_tokens, other.total_tokens),
            (cache_read_input_tokens, other.cache_read_input_tokens),
            (cache_write_input_tokens, other.cache_write_input_tokens),
            (reasoning_tokens, other.reasoning_tokens),
        ] {
            *own = own.or(other);
        }
    }

    /// The input tokens of a format whose count includes the cached ones.
    ///
    /// ```
    /// use bedrock_formats::reply::Usage;
    /// assert_eq!(Usage::without_cached(Some(100), Some(90), None), Some(10));
    /// ```
    #[must_use]
    pub fn without_cached(
        input: Option<u64>,
        cache_read: Option<u64>,
        cache_write: Option<u64>,
    ) -> Option<u64> {
        let cached = cache_read.unwrap_or(0).saturating_add(cache_write.unwrap_or(0));
        input.map(|input| input.saturating_sub(cached))
    }
}

/// Where a part of a text comes from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Citation {
    /// The title of the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The URL or the name of the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The words of the source that are cited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cited_text: Option<String>,
    /// The citation as the format wrote it, with its location.
    pub raw: Value,
}

impl Citation {
    /// A citation known only as the format wrote it.
    #[must_use]
    pub fn new(raw: Value) -> Self {
        Self { raw, ..Self::default() }
    }
}

/// A call of a tool.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolUse {
    /// The call's id, to be named in its result. Formats without ids give their call's position, as `call_0`.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// The input: any JSON; or a JSON string holding the raw text where the model did not write JSON.
    pub input: Value,
}

/// One block of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Block {
    /// Text for the reader.
    Text {
        /// The text.
        text: String,
        /// Where parts of it come from, in the order sent.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        citations: Vec<Citation>,
    },
    /// The model's reasoning.
    Thinking {
        /// The reasoning; it can be empty where only the signature is shown.
        text: String,
        /// The proof that the model wrote it; to be sent back byte for byte.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
    },
    /// Reasoning that only the provider can read.
    RedactedThinking {
        /// Base64 of the encrypted reasoning.
        data: String,
    },
    /// A call of a tool.
    ToolUse(ToolUse),
    /// The result of a tool that the service itself ran.
    ToolResult {
        /// The id of the call.
        tool_use_id: String,
        /// The result, as the format wrote it.
        content: Value,
        /// Whether the tool failed, where that was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        is_error: Option<bool>,
    },
    /// An image.
    Image {
        /// The format: `png`, `jpeg`, …
        #[serde(default, skip_serializing_if = "Option::is_none")]
        format: Option<String>,
        /// Base64 of the image, where it came inline.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data: Option<String>,
        /// Where the image lies, where it did not come inline.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
    },
    /// Anything else.
    Other {
        /// The block as the format wrote it.
        raw: Value,
    },
}

impl Block {
    /// A text without citations.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), citations: Vec::new() }
    }

    /// A block kept as the format wrote it.
    pub fn other(raw: &impl Serialize) -> Self {
        Self::Other { raw: serde_json::to_value(raw).unwrap_or(Value::Null) }
    }
}

/// A complete answer, or as much of it as arrived.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reply {
    /// Who speaks: nearly always `assistant`.
    pub role: Option<String>,
    /// The model's name as the answer itself gives it.
    pub model: Option<String>,
    /// The answer's id as the answer itself gives it.
    pub id: Option<String>,
    /// The blocks, in order.
    pub content: Vec<Block>,
    /// Why the model stopped.
    pub stop_reason: Option<StopReason>,
    /// The same in the format's own word.
    pub native_stop_reason: Option<String>,
    /// The stop sequence that was generated, where the format names it.
    pub stop_sequence: Option<String>,
    /// Token counts.
    pub usage: Option<Usage>,
}

impl Reply {
    /// All text blocks as one text.
    #[must_use]
    pub fn text(&self) -> String {
        self.joined(|block| match block {
            Block::Text { text, .. } => Some(text),
            _ => None,
        })
    }

    /// All reasoning as one text.
    #[must_use]
    pub fn thinking(&self) -> String {
        self.joined(|block| match block {
            Block::Thinking { text, .. } => Some(text),
            _ => None,
        })
    }

    /// The calls of tools, in order.
    ///
    /// ```
    /// use bedrock_formats::reply::Reply;
    ///
    /// let reply: Reply = serde_json::from_value(serde_json::json!({
    ///     "content": [{"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Oslo"}}]}))?;
    /// for call in reply.tool_uses() {
    ///     assert_eq!((call.name.as_str(), &call.input["city"]), ("weather", &"Oslo".into()));
    /// }
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn tool_uses(&self) -> impl Iterator<Item = &ToolUse> {
        self.content.iter().filter_map(|block| match block {
            Block::ToolUse(call) => Some(call),
            _ => None,
        })
    }

    /// Sets the stop reason from the format's own word and its meaning.
    pub fn stopped(&mut self, native: Option<&str>, meaning: impl FnOnce(&str) -> StopReason) {
        self.native_stop_reason = native.map(str::to_owned);
        self.stop_reason = native.map(meaning);
    }

    fn joined<'a>(&'a self, part: impl Fn(&'a Block) -> Option<&'a String>) -> String {
        self.content.iter().filter_map(part).map(String::as_str).collect()
    }
}

/// A native response that can be converted to the common vocabulary.
pub trait ToReply {
    /// The same answer in the common vocabulary.
    fn to_reply(&self) -> Reply;

    /// The same, where it is known which model was called: some answers cannot be told apart without.
    fn to_reply_of(&self, model_id: Option<&str>) -> Reply {
        let _ = model_id;
        self.to_reply()
    }
}

/// The choice that a reply is made of: the one with the lowest index. A choice without one has its position for an index, as in
/// streams; so it never comes before one that says it is the first.
pub(crate) fn first_choice<'c, C>(
    choices: impl IntoIterator<Item = &'c C>,
    index: impl Fn(&C) -> Option<u64>,
) -> Option<&'c C> {
    let placed = choices.into_iter().enumerate();
    placed
        .min_by_key(|(position, choice)| index(choice).unwrap_or(*position as u64))
        .map(|(_, choice)| choice)
}

/// A tool's input as text, read: an empty text is an empty object, a text that is not JSON stays a string.
///
/// ```
/// use bedrock_formats::reply::tool_input;
/// assert_eq!(tool_input(" "), serde_json::json!({}));
/// assert_eq!(tool_input(r#"{"city":"Oslo"}"#), serde_json::json!({"city": "Oslo"}));
/// assert_eq!(tool_input(r#"{"city":"Os"#), serde_json::json!(r#"{"city":"Os"#));
/// ```
#[must_use]
pub fn tool_input(text: &str) -> Value {
    if text.trim().is_empty() {
        return Value::Object(serde_json::Map::new());
    }
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// The ids of a message's calls, in their order, where some came without: those are given `call_` and their place, or, where
/// another call has that id, the next number that is free.
///
/// ```
/// use bedrock_formats::reply::call_ids;
/// assert_eq!(call_ids([Some("a"), None, Some("")]), ["a", "call_1", "call_2"]);
/// assert_eq!(call_ids([Some("call_1"), None]), ["call_1", "call_2"]);
/// ```
#[must_use]
pub fn call_ids<'a>(ids: impl IntoIterator<Item = Option<&'a str>>) -> Vec<Cow<'a, str>> {
    let ids: Vec<_> = ids.into_iter().map(|id| id.filter(|id| !id.is_empty())).collect();
    let given: HashSet<&str> = ids.iter().copied().flatten().collect();
    let mut free =
        // From behind all places: what another place gets for itself cannot be given away here.
        (ids.len()..).map(|number| format!("call_{number}")).filter(|id| !given.contains(id.as_str()));
    let id_at = |(at, id): (usize, &Option<&'a str>)| match *id {
        Some(id) => Cow::Borrowed(id),
        None => {
            let own = Some(format!("call_{at}")).filter(|id| !given.contains(id.as_str()));
            Cow::Owned(own.or_else(|| free.next()).unwrap_or_default())
        }
    };
    ids.iter().enumerate().map(id_at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_block_comes_back_from_json() {
        let wire = json!({
            "role": "assistant", "model": "m", "id": null,
            "content": [
                {"type": "text", "text": "a", "citations": [{"title": "t", "raw": {"k": 1}}]},
                {"type": "thinking", "text": "b", "signature": "s"},
                {"type": "redacted_thinking", "data": "AA=="},
                {"type": "tool_use", "id": "1", "name": "n", "input": "{\"cut"},
                {"type": "tool_result", "tool_use_id": "1", "content": [], "is_error": false},
                {"type": "image", "format": "png", "data": "AA=="},
                {"type": "other", "raw": {"x": null}},
                {"type": "text", "text": "c"}
            ],
            "stop_reason": "pause_turn", "native_stop_reason": "pause_turn", "stop_sequence": null,
            "usage": {"input_tokens": 0, "reasoning_tokens": 3}
        });
        let reply: Reply = serde_json::from_value(wire.clone()).unwrap();
        assert_eq!(serde_json::to_value(&reply).unwrap(), wire);
        assert_eq!((reply.text(), reply.thinking()), ("ac".to_owned(), "b".to_owned()));
        assert_eq!(reply.stop_reason, Some(StopReason::Other("pause_turn".into())));
        assert_eq!(reply.tool_uses().count(), 1);
    }

    #[test]
    fn a_count_not_sent_is_absent() {
        let usage: Usage = serde_json::from_str("{}").unwrap();
        assert_eq!((usage.some(), serde_json::to_string(&usage).unwrap()), (None, "{}".to_owned()));
        let mut usage = Usage { output_tokens: Some(0), ..Usage::default() };
        usage.fill(&Usage { output_tokens: Some(9), input_tokens: Some(4), ..Usage::default() });
        assert_eq!((usage.output_tokens, usage.input_tokens), (Some(0), Some(4)));
    }
}
