//! AI21 Jamba: chunks to the response that InvokeModel would have given.
//!
//! The chunks look like OpenAI's. Every one brings the counts so far, which are not to be added up; the last brings
//! nothing but what Bedrock measured. Choices other than the first are emitted as in `openai_chat`.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::ai21_jamba::{
    Choice, Chunk, ChunkChoice, CompletionUsage, FinishReason, FunctionCall, Message, Response, Role,
    ToolCall,
};
use bedrock_formats::wire::Extra;
use serde_json::Value;

use crate::event::MessageStart;
use crate::fold::chat::aggregator::ChatAggregator;
use crate::fold::chat::builder::{ChatCall, ChatUsage, announces_choices, reads_choices, take_bedrock_keys};
use crate::fold::chat::format::{ChatCallPiece, ChatChoice, ChatFormat, ChatPiece};
use crate::fold::choices::keep_id;
use crate::fold::format::{Format, Probe};
use crate::fold::unknown_fields::overlay;

/// The row of the registry.
pub(crate) const FORMAT: Format =
    Format::built_in::<Ai21JambaAggregator>("ai21-jamba", detects, |response| {
        let has = |key| response.get(key).is_some();
        response.pointer("/choices/0/message").is_some()
            && !has("object")
            && (has("meta") || response.pointer("/choices/0/finish_reason").is_some())
    })
    .reading(|probe| reads_choices(probe, &["delta"]))
    .announced_by(announces_choices)
    .keyed("choices");

/// Everybody else who sends deltas says what object they are in, or when it was made.
#[codegen_at_use]
// By one recorded stream (jamba-1-5-mini). Another server's chats without both keys are read as
// Jamba's, and owe Bedrock's measurements then.
fn detects(probe: &Probe<'_>) -> bool {
    let nameless = probe.get("object").is_none() && probe.get("created").is_none();
    nameless && probe.chunk.pointer("/choices/0/delta").is_some()
}

/// Jamba's chunks and response.
#[derive(Debug, Clone, Default)]
pub struct Ai21Jamba;

/// Folds Jamba's chunks into a [`Response`].
///
/// ```
/// use bedrock_aggregate::formats::Ai21JambaAggregator;
/// use bedrock_aggregate::{Aggregator, EventSink, RawChunk};
///
/// let mut fold = Ai21JambaAggregator::default();
/// for chunk in [
///     r#"{"id":"c","choices":[{"index":0,"delta":{"content":" Ra"}}],"usage":{"completion_tokens":1}}"#,
///     r#"{"id":"c","choices":[{"index":0,"delta":{"content":"in."},"finish_reason":"stop"}],"usage":{"completion_tokens":2}}"#,
/// ] {
///     fold.aggregate_raw(RawChunk::new(chunk.as_bytes()), &mut EventSink::none())?;
/// }
/// let response = fold.build()?;
/// assert_eq!(response.usage.and_then(|usage| usage.completion_tokens), Some(2), "the last count, no sum");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type Ai21JambaAggregator = ChatAggregator<Ai21Jamba>;

#[codegen_at_use]
impl ChatFormat for Ai21Jamba {
    type Chunk = Chunk;
    type Message = Response;
    type Choice = Choice;
    type Reason = FinishReason;
    type Usage = CompletionUsage;
    type Memory = ();

    fn pieces(chunk: &mut Chunk) -> Vec<ChatPiece<Self>> {
        chunk.choices.take().into_iter().flatten().map(piece).collect()
    }

    fn extra(chunk: &Chunk) -> &Extra {
        &chunk.extra
    }

    fn id(chunk: &Chunk) -> Option<&str> {
        chunk.id.as_deref()
    }

    fn take(response: &mut Response, chunk: Chunk) -> (Option<CompletionUsage>, Extra) {
        keep_id(&mut response.id, chunk.id.as_deref());
        if let Some(mut meta) = chunk.meta {
            let mut earlier = response.meta.take().unwrap_or_default();
            earlier.extra.retain(|_, value| !value.is_null());
            meta.request_duration_millis = meta.request_duration_millis.or(earlier.request_duration_millis);
            let later = std::mem::replace(&mut meta.extra, earlier.extra);
            overlay(&mut meta.extra, later);
            response.meta = Some(meta);
        }
        take_bedrock_keys!(response, chunk);
        let mut extra = chunk.extra;
        extra.shift_remove("choices");
        // Whole answers have it, chunks do not as recorded.
        match extra.shift_remove("model") {
            Some(Value::String(model)) => response.model = Some(model),
            Some(odd) => drop(extra.insert("model".to_owned(), odd)),
            None => {}
        }
        (chunk.usage, extra)
    }

    fn usage(response: &Response) -> &Option<CompletionUsage> {
        &response.usage
    }

    fn usage_mut(response: &mut Response) -> &mut Option<CompletionUsage> {
        &mut response.usage
    }

    /// The counts of the last chunk but one are not the last: those that Bedrock measures come in a chunk of their own after
    /// all others, unless a guardrail stands between.
    fn lacks_usage(response: &Response, _: bool) -> bool {
        let Response { usage, invocation_metrics, guardrail_action, .. } = response;
        let is_counted = usage.as_ref().is_some_and(ChatUsage::has_counts);
        !(is_counted && (invocation_metrics.is_some() || guardrail_action.is_some()))
    }

    fn start(response: &Response) -> MessageStart<'_> {
        MessageStart::new(response.id.as_deref(), response.model.as_deref(), Some("assistant"))
    }

    fn choice(own: ChatChoice<'_, Self>) -> Choice {
        let mut message = Message::default().role(own.role.map_or(Role::Assistant, Role::from));
        message.extra = own.message_extra;
        message.content = own.text.map(str::to_owned);
        if message.content.is_none() {
            message.extra.insert("content".to_owned(), Value::Null);
        }
        message.tool_calls = own.calls.map(|calls| calls.into_iter().map(call).collect());
        let mut choice = Choice::default().index(own.index).message(message);
        choice.finish_reason = own.reason.cloned();
        choice.extra = own.extra;
        choice.logprobs = choice.extra.shift_remove("logprobs").filter(|logprobs| !logprobs.is_null());
        choice
    }

    fn write(response: &mut Response, choices: Vec<Choice>, extra: Extra) {
        // They stand beside a whole answer, not in it.
        response.invocation_metrics = None;
        response.extra = extra;
        response.choices = Some(choices);
    }
}

#[codegen_at_use]
fn piece(choice: ChunkChoice) -> ChatPiece<Ai21Jamba> {
    let mut extra = choice.extra;
    // A token's number beside `finish_reason`, for which a whole answer has no member.
    extra.extend(choice.stop_reason.map(|reason| ("stop_reason".to_owned(), reason)));
    extra.extend(choice.logprobs.map(|logprobs| ("logprobs".to_owned(), logprobs)));
    extra.shift_remove("delta");
    let reason = choice.finish_reason.filter(|reason| !reason.as_str().is_empty());
    let piece = ChatPiece { index: choice.index, reason, extra, ..ChatPiece::default() };
    let Some(Message { role, content, tool_calls, extra, .. }) = choice.delta else { return piece };
    let call = |call: ToolCall| {
        let function = call.function.unwrap_or_default();
        ChatCallPiece {
            index: call.index,
            id: call.id,
            kind: call.kind,
            name: function.name,
            input: function.arguments,
            extra: call.extra,
            function_extra: function.extra,
        }
    };
    ChatPiece {
        role: Some(role.as_str().to_owned()).filter(|role| !role.is_empty()),
        content: content.map(|text| text.as_str().into()),
        calls: tool_calls.map(|calls| calls.into_iter().map(call).collect()),
        message_extra: extra,
        ..piece
    }
}

#[codegen_at_use]
fn call(call: ChatCall<'_>) -> ToolCall {
    let mut function = FunctionCall::default().name(call.name.map(str::to_owned)).arguments(call.input);
    function.extra = call.function_extra;
    let mut whole = ToolCall::default().id(call.id.map(str::to_owned)).function(function);
    whole.kind = call.kind.map(str::to_owned);
    whole.extra = call.extra;
    whole
}
