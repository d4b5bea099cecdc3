//! A response in the common vocabulary.
//! Not for: the vocabulary itself; see `crate::reply`.

use std::collections::HashSet;

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use super::{
    ContentPart, IncompleteReason, Item, Message, OutputText, Reasoning, Response, ResponseStatus,
    ResponseUsage, Tool,
};
use crate::reply::{Block, Citation, Reply, StopReason, ToReply, ToolUse, Usage, tool_input};
use crate::wire::TextOr;

#[codegen_at_use]
impl ToReply for Response {
    fn to_reply(&self) -> Reply {
        let items = self.output.as_deref().unwrap_or_default();
        let mut reply = Reply {
            role: Some("assistant".to_owned()),
            model: self.model.clone(),
            id: self.id.clone(),
            content: items.iter().enumerate().flat_map(|(at, item)| blocks(at, item)).collect(),
            stop_reason: stop_reason(self),
            native_stop_reason: native_stop_reason(self).map(str::to_owned),
            usage: self.usage.as_ref().and_then(|usage| usage.to_reply().some()),
            ..Reply::default()
        };
        crate::invocation_metrics::complete(&mut reply, self);
        reply
    }
}

#[codegen_at_use]
impl ResponseUsage {
    /// The same in the common vocabulary.
    #[must_use]
    pub fn to_reply(&self) -> Usage {
        let input = self.input_tokens_details.as_ref();
        let read = input.and_then(|details| details.cached_tokens);
        let written = input.and_then(|details| details.cache_write_tokens);
        Usage {
            input_tokens: Usage::without_cached(self.input_tokens, read, written),
            output_tokens: self.output_tokens,
            total_tokens: self.total_tokens,
            cache_read_input_tokens: read,
            cache_write_input_tokens: written,
            reasoning_tokens: self
                .output_tokens_details
                .as_ref()
                .and_then(|details| details.reasoning_tokens),
        }
    }
}

/// The format's own word: the reason of an incomplete response, the status of any other that has ended. One that is incomplete
/// without a reason was cut, and has not stopped.
#[codegen_at_use]
fn native_stop_reason(response: &Response) -> Option<&str> {
    let details = response.incomplete_details.as_ref().and_then(|details| details.reason.as_ref());
    match (&response.status, details) {
        (None | Some(ResponseStatus::InProgress | ResponseStatus::Queued), _) => None,
        (_, Some(reason)) => Some(reason.as_str()),
        (Some(ResponseStatus::Incomplete), None) => None,
        (Some(status), None) => Some(status.as_str()),
    }
}

#[codegen_at_use]
fn stop_reason(response: &Response) -> Option<StopReason> {
    let native = native_stop_reason(response)?;
    let reason = response.incomplete_details.as_ref().and_then(|details| details.reason.as_ref());
    Some(match (&response.status, reason) {
        (_, Some(IncompleteReason::MaxOutputTokens)) => StopReason::MaxTokens,
        (_, Some(IncompleteReason::ContentFilter)) => StopReason::ContentFiltered,
        (Some(ResponseStatus::Completed), None) => {
            if waits_for_caller(response) {
                StopReason::ToolUse
            } else {
                StopReason::EndTurn
            }
        }
        _ => StopReason::from(native),
    })
}

/// Whether the caller is to do something before the model goes on.
#[codegen_at_use]
fn waits_for_caller(response: &Response) -> bool {
    let tools = response.tools.as_deref().unwrap_or_default();
    // Without a list, or with tools under a namespace's name, it cannot be known who runs a call:
    // the caller, then.
    let is_unknown = tools.is_empty() || tools.iter().any(|tool| matches!(tool, Tool::Namespace(_)));
    let names = tools.iter().filter_map(|tool| match tool {
        Tool::Custom(tool) => Some(&tool.name),
        _ => None,
    });
    let listed: HashSet<_> = names.collect();
    response.output.iter().flatten().any(|item| match item {
        Item::FunctionCall(_)
        | Item::ComputerCall(_)
        | Item::LocalShellCall(_)
        | Item::ApplyPatchCall(_)
        | Item::McpApprovalRequest(_) => true,
        // A server can report calls of its own tools in this shape (xAI's search does): they are in no list of the request.
        Item::CustomToolCall(call) => is_unknown || listed.contains(&call.name),
        Item::ToolSearchCall(call) => call.execution.as_deref() == Some("client"),
        _ => false,
    })
}

/// One item in the common vocabulary. A call without any id is given one of its place.
#[codegen_at_use]
fn blocks(at: usize, item: &Item) -> Vec<Block> {
    let own = |id: &Option<String>| id.clone().filter(|id| !id.is_empty());
    let id = |call_id: &Option<String>, id: &Option<String>| {
        own(call_id).or_else(|| own(id)).unwrap_or_else(|| format!("call_{at}"))
    };
    match item {
        Item::Message(message) => message_blocks(message),
        Item::Reasoning(reasoning) => reasoning_blocks(reasoning),
        Item::FunctionCall(call) => vec![Block::ToolUse(ToolUse {
            id: id(&call.call_id, &call.id),
            name: call.name.clone().unwrap_or_default(),
            input: tool_input(call.arguments.as_deref().unwrap_or_default()),
        })],
        Item::CustomToolCall(call) => vec![Block::ToolUse(ToolUse {
            id: id(&call.call_id, &call.id),
            name: call.name.clone().unwrap_or_default(),
            input: Value::String(call.input.clone().unwrap_or_default()),
        })],
        Item::FunctionCallOutput(result) => vec![result_block(&result.call_id, &result.output)],
        Item::CustomToolCallOutput(result) => vec![result_block(&result.call_id, &result.output)],
        Item::ImageGenerationCall(call) if call.result.is_some() => {
            vec![Block::Image { format: call.output_format.clone(), data: call.result.clone(), url: None }]
        }
        other => vec![Block::other(other)],
    }
}

#[codegen_at_use]
fn message_blocks(message: &Message) -> Vec<Block> {
    match &message.content {
        Some(TextOr::Text(text)) => vec![Block::text(text)],
        Some(TextOr::Other(parts)) => parts
            .iter()
            .map(|part| match (part, part.as_text()) {
                (ContentPart::OutputText(text), _) => text_block(text),
                // A part of an unknown kind is text where it has one: its deltas come as text too.
                (
                    ContentPart::Refusal(_) | ContentPart::InputText(_) | ContentPart::Unknown(_),
                    Some(text),
                ) => Block::text(text),
                _ => Block::other(part),
            })
            .collect(),
        None => Vec::new(),
    }
}

#[codegen_at_use]
fn text_block(text: &OutputText) -> Block {
    let citations = text.annotations.iter().flatten().map(|annotation| {
        let (title, source) = annotation.parts();
        Citation {
            title: title.map(str::to_owned),
            source: source.map(str::to_owned),
            cited_text: None,
            raw: serde_json::to_value(annotation).unwrap_or(Value::Null),
        }
    });
    Block::Text { text: text.text.clone(), citations: citations.collect() }
}

/// The reasoning itself where it is open, else its summary, whose parts are paragraphs; and what is encrypted.
#[codegen_at_use]
fn reasoning_blocks(reasoning: &Reasoning) -> Vec<Block> {
    let join = |parts: &Option<Vec<ContentPart>>, between: &str| {
        let texts: Vec<_> = parts.iter().flatten().filter_map(ContentPart::as_text).collect();
        Some(texts.join(between)).filter(|text| !text.is_empty())
    };
    // Events put the same between the parts: `thinking` of the fold's items.
    let text = join(&reasoning.content, "").or_else(|| join(&reasoning.summary, "\n\n"));
    let open = text.map(|text| Block::Thinking { text, signature: None });
    let encrypted = reasoning.encrypted_content.clone().filter(|data| !data.is_empty());
    open.into_iter().chain(encrypted.map(|data| Block::RedactedThinking { data })).collect()
}

#[codegen_at_use]
fn result_block(call_id: &Option<String>, output: &Option<TextOr<Vec<ContentPart>>>) -> Block {
    Block::ToolResult {
        tool_use_id: call_id.clone().unwrap_or_default(),
        content: serde_json::to_value(output).unwrap_or(Value::Null),
        is_error: None,
    }
}
