//! DeepSeek R1: chunks to the response that InvokeModel would have given.
//!
//! Asked with messages, R1 sends pieces of a message, reasoning first; asked with a prompt, pieces of a text. Counts come
//! only as what Bedrock measured.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::deepseek::{Choice, Chunk, CompletionUsage, Message, Response, Role, StopReason};
use bedrock_formats::wire::Extra;
use serde_json::Value;

use crate::fold::chat::aggregator::ChatAggregator;
use crate::fold::chat::builder::{ChatUsage, announces_choices, reads_choices, take_bedrock_keys};
use crate::fold::chat::format::{ChatChoice, ChatFormat, ChatPiece};
use crate::fold::format::{Format, Probe};

/// The row of the registry.
pub(crate) const FORMAT: Format = Format::built_in::<DeepSeekAggregator>("deepseek", detects, |response| {
    response.get("object").is_none()
        && response.pointer("/choices/0/stop_reason").is_some()
        && (response.pointer("/choices/0/text").is_some()
            || response.pointer("/choices/0/message/reasoning_content").is_some())
})
.reading(|probe| reads_choices(probe, &["text", "message"]) && !reads_choices(probe, &["delta"]))
.announced_by(announces_choices)
.keyed("choices");

#[codegen_at_use]
// No stream of it is recorded from InvokeModel: by AWS's guide, and by chunks in an invocation log.
fn detects(probe: &Probe<'_>) -> bool {
    let choice = |key| probe.chunk.pointer("/choices/0").is_some_and(|choice| choice.get(key).is_some());
    probe.get("object").is_none() && (choice("text") || (choice("message") && choice("stop_reason")))
}

/// R1's chunks and response.
#[derive(Debug, Clone, Default)]
pub struct DeepSeek;

/// What is remembered of a choice.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// As the service sent it: answers to a prompt have none.
    index: Option<u64>,
    /// Whether pieces of a message came, and not of a text.
    is_message: bool,
}

/// Folds R1's chunks into a [`Response`].
///
/// ```
/// use bedrock_aggregate::formats::DeepSeekAggregator;
/// use bedrock_aggregate::{Aggregator, EventSink, RawChunk};
///
/// let mut fold = DeepSeekAggregator::default();
/// for chunk in [r#"{"choices":[{"text":"Ra","stop_reason":null}]}"#, r#"{"choices":[{"text":"in.","stop_reason":"stop"}]}"#] {
///     fold.aggregate_raw(RawChunk::new(chunk.as_bytes()), &mut EventSink::none())?;
/// }
/// assert_eq!(fold.build()?.choices.unwrap()[0].text.as_deref(), Some("Rain."));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type DeepSeekAggregator = ChatAggregator<DeepSeek>;

#[codegen_at_use]
impl ChatFormat for DeepSeek {
    type Chunk = Chunk;
    type Message = Response;
    type Choice = Choice;
    type Reason = StopReason;
    type Usage = CompletionUsage;
    type Memory = Memory;

    /// The service gives no ids; those of a gateway are one to a message.
    const ONE_ID: bool = true;

    fn pieces(chunk: &mut Chunk) -> Vec<ChatPiece<Self>> {
        let choices = chunk.choices.take().into_iter().flatten().enumerate();
        choices.flat_map(|(position, choice)| pieces(position as u64, choice)).collect()
    }

    fn extra(chunk: &Chunk) -> &Extra {
        &chunk.extra
    }

    fn id(chunk: &Chunk) -> Option<&str> {
        chunk.extra.get("id").and_then(Value::as_str)
    }

    fn take(response: &mut Response, chunk: Chunk) -> (Option<CompletionUsage>, Extra) {
        take_bedrock_keys!(response, chunk);
        let mut extra = chunk.extra;
        extra.shift_remove("choices");
        (chunk.usage, extra)
    }

    fn usage(response: &Response) -> &Option<CompletionUsage> {
        &response.usage
    }

    fn usage_mut(response: &mut Response) -> &mut Option<CompletionUsage> {
        &mut response.usage
    }

    fn lacks_usage(response: &Response, _: bool) -> bool {
        let Response { usage, invocation_metrics, .. } = response;
        !usage.as_ref().is_some_and(ChatUsage::has_counts) && invocation_metrics.is_none()
    }

    fn remember(memory: &mut Memory, later: Memory) {
        memory.index = memory.index.or(later.index);
        memory.is_message |= later.is_message;
    }

    fn choice(own: ChatChoice<'_, Self>) -> Choice {
        let text = own.text.map(str::to_owned);
        let mut choice = Choice::default().index(own.memory.index);
        choice.extra = own.extra;
        choice.stop_reason = own.reason.cloned();
        if own.memory.is_message {
            let role = own.role.map_or(Role::Assistant, Role::from);
            let mut message = Message::default().role(role).content(text);
            message.reasoning_content = own.reasoning.map(str::to_owned);
            message.extra = own.message_extra;
            if message.content.is_none() {
                message.extra.insert("content".to_owned(), Value::Null);
            }
            choice.extra.shift_remove("message");
            choice.message = Some(message);
        } else {
            choice.extra.shift_remove("text");
            choice.text = text;
        }
        choice
    }

    fn write(response: &mut Response, choices: Vec<Choice>, extra: Extra) {
        // They stand beside a whole answer, not in it.
        response.invocation_metrics = None;
        response.extra = extra;
        response.choices = Some(choices);
    }
}

/// What a choice brings: a piece of a message, of a text, or of both.
#[codegen_at_use]
fn pieces(position: u64, choice: Choice) -> Vec<ChatPiece<DeepSeek>> {
    let index = Some(choice.index.unwrap_or(position));
    let piece = || ChatPiece::<DeepSeek> { index, ..ChatPiece::default() };
    let mut pieces = Vec::new();
    let is_message = choice.message.is_some();
    if let Some(Message { role, content, reasoning_content, extra, .. }) = choice.message {
        pieces.push(ChatPiece {
            role: Some(role.as_str().to_owned()).filter(|role| !role.is_empty()),
            reasoning: reasoning_content,
            content: content.map(|text| text.as_str().into()),
            message_extra: extra,
            ..piece()
        });
    }
    if let Some(text) = choice.text {
        pieces.push(ChatPiece { content: Some(text.as_str().into()), ..piece() });
    }
    if pieces.is_empty() {
        pieces.push(piece());
    }
    // Why it stops is said after all that it says.
    if let Some(last) = pieces.last_mut() {
        last.extra = choice.extra;
        last.memory = Memory { index: choice.index, is_message };
        last.reason = choice.stop_reason.filter(|reason| !reason.as_str().is_empty());
    }
    pieces
}
