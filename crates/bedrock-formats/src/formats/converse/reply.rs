//! A Converse answer in the vocabulary that all formats share.
//! Not for: the native answer, which keeps more.

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use super::{
    Citation, CitationGeneratedContent, CitationLocation, CitationSourceContent, CitationsContentBlock,
    ContentBlock, ConverseResponse, ImageBlock, ImageSource, Message, ReasoningContentBlock, TokenUsage,
    ToolResultBlock, ToolResultStatus, ToolUseBlock,
};
use crate::reply::{self, Block, Reply, StopReason, ToReply, Usage};
use crate::wire::Blob;

/// ```
/// use bedrock_formats::converse::ConverseResponse;
/// use bedrock_formats::reply::ToReply;
///
/// let response: ConverseResponse = serde_json::from_str(
///     r#"{"output":{"message":{"role":"assistant","content":[{"text":"Rain."}]}},"stopReason":"end_turn",
///         "usage":{"inputTokens":7,"outputTokens":2,"totalTokens":9}}"#,
/// )?;
/// assert_eq!(response.to_reply().text(), "Rain.");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[codegen_at_use]
impl ToReply for ConverseResponse {
    fn to_reply(&self) -> Reply {
        let mut reply = Reply::default();
        if let Some(message) = self.message() {
            reply.role = Some(message.role.as_str().to_owned()).filter(|role| !role.is_empty());
            for block in &message.content {
                push(&mut reply.content, block);
            }
        }
        let native = Some(self.stop_reason.as_str()).filter(|word| !word.is_empty());
        // Converse's words are the vocabulary's own.
        reply.stopped(native, |word| StopReason::from(word));
        let mut calls =
            self.message().into_iter().flat_map(|message| &message.content).filter_map(call).peekable();
        if reply.stop_reason == Some(StopReason::ToolUse)
            && calls.peek().is_some()
            && calls.all(|call| call.is_server_side())
        {
            // The service ran the tool itself: there is nothing for the caller to do.
            reply.stop_reason = Some(StopReason::EndTurn);
        }
        // There only if the request named `/stop_sequence` among the paths that it wants back.
        reply.stop_sequence = self
            .additional_model_response_fields
            .as_ref()
            .and_then(|fields| fields.get("stop_sequence")?.as_str())
            .map(str::to_owned);
        reply.model =
            self.trace.as_ref().and_then(|trace| trace.prompt_router.as_ref()?.invoked_model_id.clone());
        reply.usage = self.usage.as_ref().and_then(|usage| usage.to_reply_usage().some());
        reply
    }
}

#[codegen_at_use]
impl TokenUsage {
    /// The counts in the vocabulary that all formats share.
    #[must_use]
    pub fn to_reply_usage(&self) -> Usage {
        Usage {
            input_tokens: self.input_tokens,
            output_tokens: self.output_tokens,
            total_tokens: self.total_tokens,
            cache_read_input_tokens: self.cache_read(),
            cache_write_input_tokens: self.cache_write(),
            ..Usage::default()
        }
    }
}

#[codegen_at_use]
fn call(block: &ContentBlock) -> Option<&ToolUseBlock> {
    match block {
        ContentBlock::ToolUse(call) => Some(call),
        _ => None,
    }
}

#[codegen_at_use]
fn push(blocks: &mut Vec<Block>, block: &ContentBlock) {
    let converted = match block.resolved().as_ref() {
        ContentBlock::Text(text) => Block::text(text),
        ContentBlock::ReasoningContent(reasoning) => match reasoning.resolved().as_ref() {
            ReasoningContentBlock::ReasoningText(words) => {
                Block::Thinking { text: words.text.clone(), signature: words.signature.clone() }
            }
            ReasoningContentBlock::RedactedContent(sealed) => {
                Block::RedactedThinking { data: sealed.as_base64().to_owned() }
            }
            ReasoningContentBlock::Unknown(_) => Block::other(block),
        },
        // The service ran it: the caller has nothing to do.
        ContentBlock::ToolUse(call) if call.is_server_side() => Block::other(block),
        ContentBlock::ToolUse(call) => Block::ToolUse(reply::ToolUse {
            id: call.tool_use_id.clone(),
            name: call.name.clone(),
            input: call.input.clone(),
        }),
        ContentBlock::ToolResult(result) => tool_result(result),
        ContentBlock::Image(image) => picture(image).unwrap_or_else(|| Block::other(block)),
        ContentBlock::CitationsContent(cited) => {
            let text = cited_text(cited);
            let found: Vec<_> = cited.citations.iter().flatten().map(citation).collect();
            // Nova cites in a block of its own, without text, behind the text that is meant.
            if let (true, Some(Block::Text { citations, .. })) = (text.is_empty(), blocks.last_mut()) {
                citations.extend(found);
                return;
            }
            Block::Text { text, citations: found }
        }
        _ => Block::other(block),
    };
    blocks.push(converted);
}

#[codegen_at_use]
impl Message {
    /// An answer of any format as the assistant's message of a conversation: its texts, calls of tools and images, and reasoning
    /// where it is signed, as other reasoning must not be sent back. What a Converse model answered is a message already:
    /// see [`ConverseResponse::into_message`].
    ///
    /// `None` where nothing would be in the message, and where the answer holds what Converse has no word for: results of tools
    /// that the service ran, sealed reasoning (its text is base64 in one format and not in another), and blocks that no format knows.
    ///
    /// ```
    /// use bedrock_formats::converse::Message;
    /// use bedrock_formats::reply::{Block, Reply};
    ///
    /// let mut reply = Reply::default();
    /// assert_eq!(Message::from_reply(&reply), None);
    /// reply.content = vec![Block::text("Rain.")];
    /// assert_eq!(Message::from_reply(&reply), Some(Message::assistant("Rain.")));
    /// ```
    #[must_use]
    pub fn from_reply(reply: &Reply) -> Option<Self> {
        let mut content = Vec::new();
        for block in &reply.content {
            match block {
                Block::Text { text, .. } if text.is_empty() => {}
                Block::Thinking { signature, .. } if signature.as_deref().is_none_or(str::is_empty) => {}
                block => content.push(part(block)?),
            }
        }
        (!content.is_empty()).then(|| Self::assistant(content))
    }
}

/// A block in Converse's words.
#[codegen_at_use]
fn part(block: &Block) -> Option<ContentBlock> {
    Some(match block {
        Block::Text { text, .. } => ContentBlock::text(text),
        Block::Thinking { text, signature } => ReasoningContentBlock::text(text, signature.clone()).into(),
        Block::ToolUse(call) => ToolUseBlock::new(&call.id, &call.name, call.input.clone()).into(),
        Block::Image { format: Some(format), data: Some(data), .. } => {
            let source = ImageSource::Bytes(Blob::from_base64(data));
            ImageBlock { format: format.as_str().into(), source, ..ImageBlock::default() }.into()
        }
        Block::RedactedThinking { .. }
        | Block::ToolResult { .. }
        | Block::Image { .. }
        | Block::Other { .. } => return None,
    })
}

#[codegen_at_use]
fn tool_result(result: &ToolResultBlock) -> Block {
    Block::ToolResult {
        tool_use_id: result.tool_use_id.clone(),
        content: serde_json::to_value(&result.content).unwrap_or(Value::Null),
        is_error: result.status.as_ref().map(|status| *status == ToolResultStatus::Error),
    }
}

/// `None` for a picture that failed or lies in an unknown place.
#[codegen_at_use]
fn picture(image: &ImageBlock) -> Option<Block> {
    let (data, url) = match image.source.resolved().as_ref() {
        ImageSource::Bytes(bytes) => (Some(bytes.as_base64().to_owned()), None),
        ImageSource::S3Location(location) => (None, Some(location.uri.clone())),
        ImageSource::Unknown(_) => return None,
    };
    let format = Some(image.format.as_str().to_owned()).filter(|format| !format.is_empty());
    image.error.is_none().then_some(Block::Image { format, data, url })
}

#[codegen_at_use]
fn cited_text(cited: &CitationsContentBlock) -> String {
    let pieces = cited.content.iter().flatten();
    pieces
        .filter_map(|piece| match piece {
            CitationGeneratedContent::Text(text) => Some(text.as_str()),
            CitationGeneratedContent::Unknown(_) => None,
        })
        .collect()
}

#[codegen_at_use]
fn citation(native: &Citation) -> reply::Citation {
    let mut citation = reply::Citation::new(serde_json::to_value(native).unwrap_or(Value::Null));
    citation.title = native.title.clone();
    citation.source = native.source.clone().or_else(|| match native.location.as_ref()? {
        CitationLocation::Web(page) => page.url.clone(),
        _ => None,
    });
    let words: String = native
        .source_content
        .iter()
        .flatten()
        .filter_map(|piece| match piece {
            CitationSourceContent::Text(text) => Some(text.as_str()),
            CitationSourceContent::Unknown(_) => None,
        })
        .collect();
    citation.cited_text = Some(words).filter(|words| !words.is_empty());
    citation
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(content: Value, expected: Value) {
        let response = json!({"output": {"message": {"role": "assistant", "content": content}}});
        let response: ConverseResponse = serde_json::from_value(response).unwrap();
        assert_eq!(serde_json::to_value(response.to_reply().content).unwrap(), expected);
    }

    #[test]
    fn each_kind_of_block_has_its_place() {
        check(
            json!([{"text": ""}, {"text": "a"}]),
            json!([{"type": "text", "text": ""}, {"type": "text", "text": "a"}]),
        );
        check(
            json!([{"reasoningContent": {"reasoningText": {"text": "t", "signature": "s"}}},
                   {"reasoningContent": {"reasoningText": {"text": "u"}}},
                   {"reasoningContent": {"redactedContent": "WVc9PQ=="}},
                   {"reasoningContent": {"dream": 1}}]),
            json!([{"type": "thinking", "text": "t", "signature": "s"},
                   {"type": "thinking", "text": "u"},
                   {"type": "redacted_thinking", "data": "WVc9PQ=="},
                   {"type": "other", "raw": {"reasoningContent": {"dream": 1}}}]),
        );
        check(
            json!([{"toolUse": {"toolUseId": "1", "name": "n", "input": "{\"cut", "type": "tool_use"}},
                   {"toolResult": {"toolUseId": "1", "content": [{"text": "x"}], "status": "error"}},
                   {"toolResult": {"toolUseId": "2", "content": []}}]),
            json!([{"type": "tool_use", "id": "1", "name": "n", "input": "{\"cut"},
                   {"type": "tool_result", "tool_use_id": "1", "content": [{"text": "x"}], "is_error": true},
                   {"type": "tool_result", "tool_use_id": "2", "content": []}]),
        );
        check(
            json!([{"image": {"format": "png", "source": {"bytes": "AA=="}}},
                   {"image": {"format": "png", "source": {"s3Location": {"uri": "s3://b/k"}}}},
                   {"image": {"format": "png", "source": {"bytes": ""}, "error": {"message": "no"}}}]),
            json!([{"type": "image", "format": "png", "data": "AA=="},
                   {"type": "image", "format": "png", "url": "s3://b/k"},
                   {"type": "other", "raw": {"image": {"format": "png", "source": {"bytes": ""}, "error": {"message": "no"}}}}]),
        );
        check(
            json!([{"cachePoint": {"type": "default"}}, {"dance": {}}, {"text": "a", "mood": 1}]),
            json!([{"type": "other", "raw": {"cachePoint": {"type": "default"}}},
                   {"type": "other", "raw": {"dance": {}}}, {"type": "text", "text": "a"}]),
        );
    }

    #[test]
    fn citations_stand_with_the_text_they_bear_out() {
        let web =
            json!({"title": "T", "location": {"web": {"url": "https://a.example/", "domain": "a.example"}}});
        let page = json!({"source": "S", "sourceContent": [{"text": "x"}, {"text": "y"}], "location": {"documentPage": {}}});
        check(
            json!([{"citationsContent": {"content": [{"text": "a"}, {"text": "b"}], "citations": [page]}}]),
            json!([{"type": "text", "text": "ab", "citations": [{"source": "S", "cited_text": "xy", "raw": page}]}]),
        );
        check(
            json!([{"text": "a"}, {"citationsContent": {"content": [], "citations": [web]}}]),
            json!([{"type": "text", "text": "a",
                    "citations": [{"title": "T", "source": "https://a.example/", "raw": web}]}]),
        );
        check(
            json!([{"citationsContent": {"citations": [web]}}]),
            json!([{"type": "text", "text": "", "citations": [{"title": "T", "source": "https://a.example/", "raw": web}]}]),
        );
    }

    #[test]
    fn what_was_not_sent_is_absent() {
        let reply = serde_json::from_str::<ConverseResponse>("{}").unwrap().to_reply();
        assert_eq!(reply, Reply::default());
        let response: ConverseResponse = serde_json::from_value(json!({
            "stopReason": "pondering", "usage": {"inputTokens": 1, "cacheReadInputTokenCount": 2, "serverToolUsage": {}},
            "additionalModelResponseFields": {"stop_sequence": "END"},
            "trace": {"promptRouter": {"invokedModelId": "arn:x"}},
        }))
        .unwrap();
        let reply = response.to_reply();
        assert_eq!(reply.stop_reason, Some(StopReason::Other("pondering".into())));
        assert_eq!((reply.stop_sequence.as_deref(), reply.model.as_deref()), (Some("END"), Some("arn:x")));
        let usage = reply.usage.unwrap();
        assert_eq!(
            (usage.input_tokens, usage.output_tokens, usage.cache_read_input_tokens),
            (Some(1), None, Some(2))
        );
    }
}
