//! Mistral's chat: chunks to the response that InvokeModel would have given.
//!
//! The chunks look like OpenAI's, but what a message grows by stands under `message`, and the reason to stop under
//! `stop_reason`; newer models write OpenAI's keys, and are read too. A server that writes `"usage": null` into its chunks
//! owes the counts.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::mistral_chat::{
    Choice, Chunk, CompletionUsage, FunctionCall, Message, Response, Role, StopReason, ToolCall,
};
use bedrock_formats::wire::{Extra, TextOr};
use serde_json::Value;

use crate::event::MessageStart;
use crate::fold::chat::aggregator::ChatAggregator;
use crate::fold::chat::builder::{ChatCall, announces_choices, reads_choices, take_bedrock_keys};
use crate::fold::chat::format::{ChatCallPiece, ChatChoice, ChatFormat, ChatPiece};
use crate::fold::choices::keep_id;
use crate::fold::format::{Format, Probe};

/// The row of the registry. A whole response of a newer model looks the same as OpenAI's, and is taken for one where
/// no format is given.
pub(crate) const FORMAT: Format =
    Format::built_in::<MistralChatAggregator>("mistral-chat", detects, |response| {
        response.pointer("/choices/0/message").is_some()
            && (response.pointer("/choices/0/stop_reason").is_some()
                || response.get("object").is_some_and(|object| object == "chat.completion"))
    })
    .reading(|probe| reads_choices(probe, &["message", "delta"]))
    .announced_by(announces_choices)
    .keyed("choices");

#[codegen_at_use]
// By Pixtral's chunks in an invocation log; no stream from the wire is recorded.
fn detects(probe: &Probe<'_>) -> bool {
    let choice = |key| probe.chunk.pointer("/choices/0").is_some_and(|choice| choice.get(key).is_some());
    choice("message")
        && !choice("delta")
        && (probe.text("object") == Some("chat.completion.chunk")
            || choice("context_logits")
            // DeepSeek, whose chunks look alike otherwise, calls no tools and writes no parts.
            || probe.chunk.pointer("/choices/0/message/tool_calls").is_some_and(Value::is_array)
            || probe.chunk.pointer("/choices/0/message/content").is_some_and(Value::is_array))
}

/// Mistral's chunks and response.
#[derive(Debug, Clone, Default)]
pub struct MistralChat;

/// What is remembered of a choice.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// Whether the reason to stop came under OpenAI's key.
    openai_reason: bool,
    /// Whether a call's arguments came as an object and not as text.
    object_arguments: bool,
}

/// Folds Mistral's chunks into a [`Response`].
///
/// ```
/// use bedrock_aggregate::formats::MistralChatAggregator;
/// use bedrock_aggregate::{Aggregator, EventSink, RawChunk};
///
/// let mut fold = MistralChatAggregator::default();
/// for chunk in [
///     r#"{"object":"chat.completion.chunk","choices":[{"index":0,"message":{"role":"assistant","content":"Ra"}}]}"#,
///     r#"{"object":"chat.completion.chunk","choices":[{"index":0,"message":{"content":"in."},"stop_reason":"stop"}]}"#,
/// ] {
///     fold.aggregate_raw(RawChunk::new(chunk.as_bytes()), &mut EventSink::none())?;
/// }
/// let response = fold.build()?;
/// assert_eq!(response.object.as_deref(), Some("chat.completion"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type MistralChatAggregator = ChatAggregator<MistralChat>;

#[codegen_at_use]
impl ChatFormat for MistralChat {
    type Chunk = Chunk;
    type Message = Response;
    type Choice = Choice;
    type Reason = StopReason;
    type Usage = CompletionUsage;
    type Memory = Memory;

    fn pieces(chunk: &mut Chunk) -> Vec<ChatPiece<Self>> {
        let choices = chunk.choices.take().into_iter().flatten().enumerate();
        choices.flat_map(|(position, choice)| pieces(position as u64, choice)).collect()
    }

    fn extra(chunk: &Chunk) -> &Extra {
        &chunk.extra
    }

    fn id(chunk: &Chunk) -> Option<&str> {
        chunk.id.as_deref()
    }

    fn take(response: &mut Response, chunk: Chunk) -> (Option<CompletionUsage>, Extra) {
        keep_id(&mut response.id, chunk.id.as_deref());
        response.created = response.created.take().or(chunk.created);
        response.model = response.model.take().or(chunk.model);
        response.object = response.object.take().or(chunk.object.map(|_| "chat.completion".to_owned()));
        take_bedrock_keys!(response, chunk);
        let mut extra = chunk.extra;
        for key in ["choices", "p", "object"] {
            extra.shift_remove(key);
        }
        (chunk.usage, extra)
    }

    fn usage(response: &Response) -> &Option<CompletionUsage> {
        &response.usage
    }

    fn usage_mut(response: &mut Response) -> &mut Option<CompletionUsage> {
        &mut response.usage
    }

    fn remember(memory: &mut Memory, later: Memory) {
        memory.openai_reason |= later.openai_reason;
        memory.object_arguments |= later.object_arguments;
    }

    fn start(response: &Response) -> MessageStart<'_> {
        MessageStart::new(response.id.as_deref(), response.model.as_deref(), Some("assistant"))
    }

    fn choice(own: ChatChoice<'_, Self>) -> Choice {
        let mut message = Message::default().role(own.role.map_or(Role::Assistant, Role::from));
        message.extra = own.message_extra;
        // A key of the chunk, not of the message.
        message.extra.shift_remove("index");
        message.content = match own.text {
            Some(text) => Some(text.into()),
            None => own.parts.and_then(|parts| serde_json::from_value(parts).ok()),
        };
        if message.content.is_none() {
            message.extra.insert("content".to_owned(), Value::Null);
        }
        message.reasoning_content = own.reasoning.map(str::to_owned);
        let is_object = own.memory.object_arguments;
        message.tool_calls =
            own.calls.map(|calls| calls.into_iter().map(|call| tool_call(call, is_object)).collect());
        let mut choice = Choice::default().index(own.index).message(message);
        choice.extra = own.extra;
        let reason =
            if own.memory.openai_reason { &mut choice.finish_reason } else { &mut choice.stop_reason };
        *reason = own.reason.cloned();
        choice
    }

    fn write(response: &mut Response, choices: Vec<Choice>, extra: Extra) {
        // They stand beside a whole answer, not in it.
        response.invocation_metrics = None;
        response.extra = extra;
        response.choices = Some(choices);
    }
}

/// What a choice brings: what the message grows by may have either name, or come under both.
#[codegen_at_use]
fn pieces(position: u64, choice: Choice) -> Vec<ChatPiece<MistralChat>> {
    let Choice { index, message, delta, stop_reason, finish_reason, extra, .. } = choice;
    let filled = |reason: &StopReason| !reason.as_str().is_empty();
    let index = Some(index.unwrap_or(position));
    let messages = message.into_iter().chain(delta);
    let mut pieces: Vec<_> = messages.map(|message| piece(index, message)).collect();
    if pieces.is_empty() {
        pieces.push(ChatPiece { index, ..ChatPiece::default() });
    }
    // Why it stops is said after all that it says.
    if let Some(last) = pieces.last_mut() {
        last.extra = extra;
        last.memory.openai_reason = finish_reason.as_ref().is_some_and(filled);
        last.reason = stop_reason.filter(filled).or(finish_reason.filter(filled));
    }
    pieces
}

#[codegen_at_use]
fn piece(index: Option<u64>, message: Message) -> ChatPiece<MistralChat> {
    let mut piece = ChatPiece::<MistralChat> { index, ..ChatPiece::default() };
    let is_object = |call: &ToolCall| {
        matches!(
            call.function.as_ref().and_then(|function| function.arguments.as_ref()),
            Some(TextOr::Other(_))
        )
    };
    piece.memory.object_arguments = message.tool_calls.iter().flatten().any(is_object);
    piece.role = Some(message.role.as_str().to_owned()).filter(|role| !role.is_empty());
    piece.message_extra = message.extra;
    piece.reasoning = message.reasoning_content;
    piece.content = message.content.map(|content| match content {
        TextOr::Text(text) => TextOr::Text(text),
        TextOr::Other(parts) => {
            let json = |part| serde_json::to_value(part).unwrap_or(Value::Null);
            TextOr::Other(parts.iter().map(json).collect())
        }
    });
    let calls = message.tool_calls;
    piece.calls = calls.map(|calls| calls.into_iter().map(call_piece).collect());
    piece
}

#[codegen_at_use]
fn call_piece(call: ToolCall) -> ChatCallPiece {
    let function = call.function.unwrap_or_default();
    ChatCallPiece {
        index: call.index,
        id: call.id,
        kind: call.kind,
        name: function.name,
        input: function.arguments.map(|arguments| match arguments {
            TextOr::Text(text) => text,
            TextOr::Other(arguments) => arguments.to_string(),
        }),
        extra: call.extra,
        function_extra: function.extra,
    }
}

#[codegen_at_use]
fn tool_call(call: ChatCall<'_>, is_object: bool) -> ToolCall {
    let object = is_object.then(|| serde_json::from_str(call.input).ok()).flatten();
    let arguments = object.map_or_else(|| call.input.into(), TextOr::Other);
    let mut function = FunctionCall::default().name(call.name.map(str::to_owned));
    function.arguments = Some(arguments);
    function.extra = call.function_extra;
    let mut whole = ToolCall::default().id(call.id.map(str::to_owned)).function(function);
    whole.kind = call.kind.map(str::to_owned);
    whole.extra = call.extra;
    whole
}
