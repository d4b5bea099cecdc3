//! An answer as Opik's tracing shows it: one document, the same for every format.
//!
//! For: programs that log answers in the shape of Opik's chunk aggregator.
//! Not for: keeping answers; the native answer loses nothing, this document does.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::reply::{Block, Reply};
use serde_json::{Map, Value, json};

use crate::reader::answer::Answer;

/// An answer as Opik's document:
///
/// ```json
/// {"body": {"content": [{"text": "…", "type": "text"}], "role": "assistant", "type": "message",
///           "stop_reason": "end_turn", "usage": {"input_tokens": 22, "output_tokens": 66}}}
/// ```
///
/// The first block of `content` is all of the answer's text; it is there even when there is none. Reasoning, tool calls and
/// other blocks follow it in their own order, as Anthropic writes them, whatever the format. `stop_reason` is in the words of
/// [`StopReason`](bedrock_formats::reply::StopReason), and absent where none had come. A count that was not sent is absent.
/// `input_tokens` leaves out cached tokens, as everywhere.
///
/// The document has no verdict: one with a stop reason may still be cut. Whether the answer is whole,
/// [`Answer::completeness`] says; for `bedrock aggregate --view opik` the exit code does.
///
/// ```
/// use bedrock_aggregate::opik;
/// use bedrock_formats::reply::{Block, Reply};
/// use serde_json::json;
///
/// let mut reply = Reply::default();
/// reply.content.push(Block::text("Rain."));
/// reply.stopped(Some("stop"), |_| bedrock_formats::reply::StopReason::EndTurn);
/// assert_eq!(
///     opik::document(&reply),
///     json!({"body": {"content": [{"text": "Rain.", "type": "text"}], "role": "assistant", "type": "message",
///         "stop_reason": "end_turn", "usage": {}}}),
/// );
/// ```
#[must_use]
#[codegen_at_use]
// The shape that Opik's chunk aggregator had, its two counts included. Opik 2.2.122 keeps the
// native answer instead.
pub fn document(reply: &Reply) -> Value {
    let mut content = vec![json!({"text": reply.text(), "type": "text"})];
    content.extend(reply.content.iter().filter_map(block));
    let mut usage = Map::new();
    let counts = reply.usage.unwrap_or_default();
    for (name, count) in [("input_tokens", counts.input_tokens), ("output_tokens", counts.output_tokens)] {
        usage.extend(count.map(|count| (name.to_owned(), count.into())));
    }
    let mut body = Map::new();
    body.insert("content".to_owned(), content.into());
    body.insert("role".to_owned(), reply.role.as_deref().unwrap_or("assistant").into());
    body.insert("type".to_owned(), "message".into());
    if let Some(reason) = &reply.stop_reason {
        body.insert("stop_reason".to_owned(), reason.as_str().into());
    }
    body.insert("usage".to_owned(), usage.into());
    json!({ "body": body })
}

/// A block that is no text, as Anthropic writes it.
#[codegen_at_use]
fn block(block: &Block) -> Option<Value> {
    let mut written = match block {
        Block::Text { .. } => return None,
        Block::Thinking { text, signature } => {
            let mut written = json!({"type": "thinking", "thinking": text});
            if let Some(signature) = signature {
                written["signature"] = signature.as_str().into();
            }
            written
        }
        Block::RedactedThinking { data } => json!({"type": "redacted_thinking", "data": data}),
        Block::ToolUse(call) => {
            json!({"type": "tool_use", "id": call.id, "name": call.name, "input": call.input})
        }
        Block::ToolResult { tool_use_id, content, .. } => {
            json!({"type": "tool_result", "tool_use_id": tool_use_id, "content": content})
        }
        Block::Image { format, data: Some(data), .. } => {
            let media_type = format!("image/{}", format.as_deref().unwrap_or("png"));
            json!({"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}})
        }
        Block::Image { url, .. } => json!({"type": "image", "source": {"type": "url", "url": url}}),
        Block::Other { raw } => raw.clone(),
        // The vocabulary may grow; a block as it writes itself is better than none.
        other => serde_json::to_value(other).ok()?,
    };
    if let Block::ToolResult { is_error: Some(is_error), .. } = block {
        written["is_error"] = (*is_error).into();
    }
    Some(written)
}

#[codegen_at_use]
impl Answer {
    /// The answer as Opik's document: see [`opik::document`](document).
    #[must_use]
    pub fn to_opik(&self) -> Value {
        document(&self.reply)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize as _;

    #[test]
    fn every_kind_of_block_has_its_place() {
        let cases = [
            (json!([]), json!([])),
            (json!([{"type": "text", "text": "a"}]), json!([])),
            (
                json!([{"type": "thinking", "text": "t", "signature": "s"}, {"type": "text", "text": "a"}]),
                json!([{"type": "thinking", "thinking": "t", "signature": "s"}]),
            ),
            (
                json!([{"type": "redacted_thinking", "data": "AA=="}]),
                json!([{"type": "redacted_thinking", "data": "AA=="}]),
            ),
            (
                json!([{"type": "tool_use", "id": "1", "name": "n", "input": {"k": 1}}]),
                json!([{"type": "tool_use", "id": "1", "name": "n", "input": {"k": 1}}]),
            ),
            (
                json!([{"type": "tool_result", "tool_use_id": "1", "content": [], "is_error": true}]),
                json!([{"type": "tool_result", "tool_use_id": "1", "content": [], "is_error": true}]),
            ),
            (
                json!([{"type": "image", "format": "jpeg", "data": "AA=="}, {"type": "image", "url": "u"}]),
                json!([
                    {"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": "AA=="}},
                    {"type": "image", "source": {"type": "url", "url": "u"}},
                ]),
            ),
            (json!([{"type": "other", "raw": {"x": null}}]), json!([{"x": null}])),
        ];
        for (content, expected) in cases {
            let reply = json!({
                "role": null, "model": null, "id": null, "content": content, "stop_reason": null,
                "native_stop_reason": null, "stop_sequence": null, "usage": {"output_tokens": 0},
            });
            let reply = Reply::deserialize(&reply).unwrap();
            let document = document(&reply);
            let body = &document["body"];
            assert_eq!(body["content"][0], json!({"text": reply.text(), "type": "text"}));
            assert_eq!(Value::from(body["content"].as_array().unwrap()[1..].to_vec()), expected);
            assert_eq!(body["usage"], json!({"output_tokens": 0}));
            assert_eq!(body.get("stop_reason"), None);
        }
    }
}
