//! A whole answer as the events that its stream would have told: for answers that come in one piece.
//! Not for: streams; their folds tell what arrives while it arrives.

use std::borrow::Cow;

use bedrock_formats::reply::{Block, Reply};
use serde_json::Value;

use crate::event::{
    BlockEnd, BlockStart, Cited, Event, ImageUpdate, Listener, MessageStart, OtherBlock, Stop, TextDelta,
    ThinkingEnd, ThinkingStart, ToolInputDelta, ToolUseEnd, ToolUseStart, UsageUpdate,
};

/// Tells a whole answer: each block begins, says all it has, and ends; then why the model stopped, and the counts.
///
/// A [`Reader`](crate::Reader) does so with a response that was not streamed. Whoever calls without streaming can serve the
/// same listener.
///
/// ```
/// use bedrock_aggregate::{Event, Listener, tell};
/// use bedrock_formats::converse::ConverseResponse;
/// use bedrock_formats::reply::ToReply;
///
/// let response: ConverseResponse = serde_json::from_str(
///     r#"{"output":{"message":{"role":"assistant","content":[{"text":"Rain."}]}},"stopReason":"end_turn"}"#)?;
/// let mut heard = String::new();
/// let mut hear = |event: Event<'_>| if let Event::TextDelta(text) = event { heard.push_str(&text) };
/// tell(&response.to_reply(), &mut Listener::new(&mut hear));
/// assert_eq!(heard, "Rain.");
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn tell(reply: &Reply, events: &mut Listener<'_>) {
    tell_message(reply, events);
    events.emit(|| Event::MessageEnd(Default::default()));
}

/// Tells all of an answer but that it is whole.
pub(crate) fn tell_message(reply: &Reply, events: &mut Listener<'_>) {
    let start = MessageStart::new(reply.id.as_deref(), reply.model.as_deref(), reply.role.as_deref());
    events.emit(|| Event::MessageStart(start));
    for (index, block) in (0..).zip(&reply.content) {
        tell_block(index, block, events);
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

/// Tells one block, whole.
pub(crate) fn tell_block(index: u64, block: &Block, events: &mut Listener<'_>) {
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
        Block::ToolUse { id, name, input } => tell_call(index, id, name, input, events),
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

fn tell_call(index: u64, id: &str, name: &str, input: &Value, events: &mut Listener<'_>) {
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
