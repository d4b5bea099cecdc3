//! What is learned of a chunk, so that those like it need no parser.
//! Not for: reading by what was learned; see [`template`](crate::fold::fast_path::template).

use bedrock_codegen::codegen_at_use;
use bedrock_formats::invocation_metrics::HasBedrockKeys;
use bedrock_formats::openai_chat::ChatCompletionChunk;
use bedrock_formats::wire::{Extra, TextOr};
use serde_json::Value;

use crate::fold::chat::content::ReasoningName;
use crate::fold::fast_path::template::{Slot, Template};

/// What a learned template appends to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Delta {
    pub(super) choice: u64,
    pub(super) what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Text,
    Reasoning(ReasoningName),
    /// The input of the call with this index.
    Call(u64),
}

/// The template of a chunk that appends to one text and does nothing else, and what it appends to.
#[codegen_at_use]
pub(super) fn lesson(json: &[u8], chunk: &ChatCompletionChunk) -> Option<(Template, Delta)> {
    let (delta, key) = plain_delta(chunk)?;
    let slots =
        [(key, Slot::Text), ("created", Slot::Number), ("obfuscation", Slot::Padding), ("p", Slot::Padding)];
    let template = Template::of(json, &slots)?;
    // The proof: what the template makes of another text is this chunk with that text.
    let probe = "a probe";
    let mut filled: ChatCompletionChunk = serde_json::from_slice(&template.fill(probe)).ok()?;
    let mut expected = chunk.clone();
    for chunk in [&mut filled, &mut expected] {
        (chunk.created, chunk.obfuscation, chunk.padding) = (None, None, None);
        chunk.choices.iter_mut().flatten().for_each(|choice| choice.obfuscation = None);
    }
    *text_of(&mut expected, delta.what)? = probe.to_owned();
    (filled == expected).then_some((template, delta))
}

/// What a chunk appends to and the key it does so under, where it does nothing that doing twice would change.
#[codegen_at_use]
pub(super) fn plain_delta(chunk: &ChatCompletionChunk) -> Option<(Delta, &'static str)> {
    let [choice] = chunk.choices.as_deref()? else { return None };
    let delta = choice.delta.as_ref()?;
    let says_nothing = |extra: &Extra| extra.values().all(Value::is_null);
    let idle = chunk.error.is_none()
        && chunk.usage.is_none()
        && chunk.bedrock_keys() == Default::default()
        && choice.finish_reason.is_none()
        && choice.stop_reason.is_none()
        && choice.logprobs.is_none()
        && says_nothing(&choice.extra)
        && says_nothing(&delta.extra)
        && delta.refusal.is_none()
        && delta.function_call.is_none()
        && delta.reasoning_details.is_none()
        && delta.annotations.is_none()
        && delta.audio.is_none();
    if !idle {
        return None;
    }
    let content = match &delta.content {
        None => None,
        Some(content) => Some(content.as_text()?),
    };
    let (what, key) = match (content, &delta.reasoning_content, &delta.reasoning, &delta.tool_calls) {
        (Some(_), None, None, None) => (What::Text, "content"),
        // Servers send an empty content beside it.
        (None | Some(""), Some(_), None, None) => {
            (What::Reasoning(ReasoningName::Content), "reasoning_content")
        }
        (None | Some(""), None, Some(_), None) => (What::Reasoning(ReasoningName::Plain), "reasoning"),
        (None, None, None, Some(calls)) => match calls.as_slice() {
            [call] if call.custom.is_none() && says_nothing(&call.extra) => {
                (What::Call(call.index?), "arguments")
            }
            _ => return None,
        },
        _ => return None,
    };
    Some((Delta { choice: choice.index?, what }, key))
}

/// The text that such a chunk appends.
#[codegen_at_use]
pub(super) fn text_of(chunk: &mut ChatCompletionChunk, what: What) -> Option<&mut String> {
    let delta = chunk.choices.as_mut()?.first_mut()?.delta.as_mut()?;
    match what {
        What::Text => match delta.content.as_mut()? {
            TextOr::Text(text) => Some(text),
            TextOr::Other(_) => None,
        },
        What::Reasoning(ReasoningName::Content) => delta.reasoning_content.as_mut(),
        What::Reasoning(ReasoningName::Plain) => delta.reasoning.as_mut(),
        What::Call(_) => delta.tool_calls.as_mut()?.first_mut()?.function.as_mut()?.arguments.as_mut(),
    }
}
