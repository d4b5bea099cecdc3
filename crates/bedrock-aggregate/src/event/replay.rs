//! Replays a whole reply as the events that its stream would have brought: for answers that come in one piece.
//! Not for: streams; their folds emit events while chunks arrive.

use std::borrow::Cow;

use bedrock_formats::reply::{Block, Reply};
use serde_json::Value;

use crate::event::{
    BlockEnd, BlockStart, Cited, Event, EventSink, ImageUpdate, MessageStart, OtherBlock, Stop, TextDelta,
    ThinkingEnd, ThinkingStart, ToolInputDelta, ToolUseEnd, ToolUseStart, UsageUpdate,
};

/// Replays a whole reply: the start, the content and the end of each block; then the stop reason, and the counts.
///
/// A [`Reader`](crate::Reader) does so with a response that was not streamed. So callers that do not stream can serve the
/// same sink.
///
/// ```
/// use bedrock_aggregate::{Event, EventSink, replay};
/// use bedrock_formats::converse::ConverseResponse;
/// use bedrock_formats::reply::ToReply;
///
/// let response: ConverseResponse = serde_json::from_str(
///     r#"{"output":{"message":{"role":"assistant","content":[{"text":"Rain."}]}},"stopReason":"end_turn"}"#)?;
/// let mut text = String::new();
/// let mut on_event = |event: Event<'_>| if let Event::TextDelta(delta) = event { text.push_str(&delta) };
/// replay(&response.to_reply(), &mut EventSink::new(&mut on_event));
/// assert_eq!(text, "Rain.");
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn replay(reply: &Reply, events: &mut EventSink<'_>) {
    emit_message(reply, events);
    events.emit(|| Event::MessageEnd(Default::default()));
}

/// Emits all events of an answer except the one for its end.
pub(crate) fn emit_message(reply: &Reply, events: &mut EventSink<'_>) {
    let start = MessageStart::new(reply.id.as_deref(), reply.model.as_deref(), reply.role.as_deref());
    events.emit(|| Event::MessageStart(start));
    for (index, block) in (0..).zip(&reply.content) {
        emit_block(index, block, events);
    }
    if let Some(reason) = &reply.stop_reason {
        let native = reply.native_stop_reason.as_deref().unwrap_or_else(|| reason.as_str());
        events.emit(|| {
            Event::Stop(Stop { reason: reason.clone(), native: Cow::Borrowed(native), model: None })
        });
    }
    if let Some(usage) = reply.usage {
        events.emit(|| Event::Usage(UsageUpdate { usage }));
    }
}

/// Emits one block, whole.
pub(crate) fn emit_block(index: u64, block: &Block, events: &mut EventSink<'_>) {
    match block {
        Block::Text { text, citations } => {
            events.emit(|| Event::TextStart(BlockStart { index }));
            if !text.is_empty() {
                events.emit(|| Event::TextDelta(TextDelta { index, text: Cow::Borrowed(text) }));
            }
            for citation in citations {
                events.emit(|| Event::Citation(Cited { index, citation: Cow::Borrowed(&citation.raw) }));
            }
            events.emit(|| Event::TextEnd(BlockEnd { index }));
        }
        Block::Thinking { text, signature } => {
            events.emit(|| Event::ThinkingStart(ThinkingStart { index, redacted: false }));
            if !text.is_empty() {
                events.emit(|| Event::ThinkingDelta(TextDelta { index, text: Cow::Borrowed(text) }));
            }
            let signature = signature.as_deref().map(Cow::Borrowed);
            events.emit(|| Event::ThinkingEnd(ThinkingEnd { index, signature, redacted_data: None }));
        }
        Block::RedactedThinking { data } => {
            events.emit(|| Event::ThinkingStart(ThinkingStart { index, redacted: true }));
            let redacted_data = Some(Cow::Borrowed(data.as_str()));
            events.emit(|| Event::ThinkingEnd(ThinkingEnd { index, signature: None, redacted_data }));
        }
        Block::ToolUse(call) => emit_call(index, &call.id, &call.name, &call.input, events),
        Block::Image { format, data: Some(data), .. } => events.emit(|| {
            let format = format.as_deref().map(Cow::Borrowed);
            Event::Image(ImageUpdate { index, preview: None, format, data: Cow::Borrowed(data) })
        }),
        other => events.emit(|| {
            let block = match other {
                Block::Other { raw } => Cow::Borrowed(raw),
                known => Cow::Owned(serde_json::to_value(known).unwrap_or(Value::Null)),
            };
            Event::Block(OtherBlock { index, block })
        }),
    }
}

fn emit_call(index: u64, id: &str, name: &str, input: &Value, events: &mut EventSink<'_>) {
    let id = || Cow::Borrowed(id);
    events.emit(|| Event::ToolUseStart(ToolUseStart { index, id: id(), name: Cow::Borrowed(name) }));
    // A text is input that was no JSON, as the model wrote it.
    let json = match input {
        Value::String(raw) => raw.clone(),
        input => input.to_string(),
    };
    if !json.is_empty() {
        events.emit(|| Event::ToolInputDelta(ToolInputDelta { index, id: id(), json: Cow::Owned(json) }));
    }
    events.emit(|| Event::ToolUseEnd(ToolUseEnd { index, id: id() }));
}
