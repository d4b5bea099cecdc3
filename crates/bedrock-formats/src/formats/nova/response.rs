//! Nova's complete answer.
//! Not for: the events it is streamed in; see `stream`.

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use crate::invocation_metrics::bedrock_struct;
use crate::reply::{self, Block, Citation, Reply, ToReply};

use super::{ContentBlock, Message, Source};

bedrock_struct! {
    /// Nova's complete answer.
    pub struct Response {
        /// The answer.
        "output" output: Output,
        /// Why the model stopped.
        "stopReason" stop_reason: Option<StopReason>,
        /// Token counts. With a guardrail, counts can be missing.
        "usage" usage: Option<Usage>,
    }
}

wire_struct! {
    /// Around the message.
    pub struct Output {
        /// The message.
        "message" message: Option<Message>,
    }

    /// Token counts. The stream sends no total.
    pub struct Usage {
        /// Tokens of the prompt, without cached ones.
        "inputTokens" input_tokens: Option<u64>,
        /// Tokens generated.
        "outputTokens" output_tokens: Option<u64>,
        /// Both together.
        "totalTokens" total_tokens: Option<u64>,
        /// Tokens read from the cache.
        "cacheReadInputTokenCount" cache_read_input_token_count: Option<u64>,
        /// Tokens written to the cache.
        "cacheWriteInputTokenCount" cache_write_input_token_count: Option<u64>,
        /// Tokens read from the cache, under Converse's name.
        "cacheReadInputTokens" cache_read_input_tokens: Option<u64>,
        /// Tokens written to the cache, under Converse's name.
        "cacheWriteInputTokens" cache_write_input_tokens: Option<u64>,
    }
}

wire_enum! {
    // The first three are recorded. The others are by AWS's guide.
    /// Why the model stopped.
    pub enum StopReason {
        /// It had finished.
        "end_turn" => EndTurn,
        /// It waits for the result of a tool; or a tool of the service's own was run.
        "tool_use" => ToolUse,
        /// `maxTokens` were generated.
        "max_tokens" => MaxTokens,
        /// One of the stop sequences was generated.
        "stop_sequence" => StopSequence,
        /// Content was withheld.
        "content_filtered" => ContentFiltered,
        /// A guardrail intervened.
        "guardrail_intervened" => GuardrailIntervened,
    }
}

#[codegen_at_use]
impl Response {
    /// All text blocks as one text.
    #[must_use]
    pub fn text(&self) -> String {
        self.blocks().filter_map(|block| block.text.as_deref()).collect()
    }

    fn blocks(&self) -> impl Iterator<Item = &ContentBlock> {
        self.output.message.iter().flat_map(|message| &message.content)
    }
}

#[codegen_at_use]
impl Usage {
    /// The same in the common vocabulary.
    #[must_use]
    pub fn to_reply(&self) -> reply::Usage {
        reply::Usage {
            input_tokens: self.input_tokens,
            output_tokens: self.output_tokens,
            total_tokens: self.total_tokens,
            cache_read_input_tokens: self.cache_read_input_token_count.or(self.cache_read_input_tokens),
            cache_write_input_tokens: self.cache_write_input_token_count.or(self.cache_write_input_tokens),
            reasoning_tokens: None,
        }
    }
}

#[codegen_at_use]
impl ToReply for Response {
    fn to_reply(&self) -> Reply {
        let role = self.output.message.as_ref().map(|message| message.role.as_str().to_owned());
        let mut reply = Reply {
            role: role.filter(|role| !role.is_empty()),
            content: self.blocks().map(block).collect(),
            usage: self.usage.as_ref().and_then(|usage| usage.to_reply().some()),
            ..Reply::default()
        };
        reply.stopped(self.stop_reason.as_ref().map(StopReason::as_str), |word| word.into());
        let mut calls = self.blocks().filter_map(|block| block.tool_use.as_ref()).peekable();
        if reply.stop_reason == Some(reply::StopReason::ToolUse)
            && calls.peek().is_some()
            && calls.all(super::ToolUse::is_server_side)
        {
            // The service ran the tool itself: the caller has nothing to do.
            reply.stop_reason = Some(reply::StopReason::EndTurn);
        }
        crate::invocation_metrics::complete(&mut reply, self);
        reply
    }
}

/// One block in the common vocabulary.
#[codegen_at_use]
fn block(block: &ContentBlock) -> Block {
    if let Some(text) = &block.text {
        return Block::text(text);
    }
    if let Some(call) = block.tool_use.as_ref().filter(|call| !call.is_server_side()) {
        return Block::ToolUse(reply::ToolUse {
            id: call.tool_use_id.clone(),
            name: call.name.clone(),
            input: call.input.clone(),
        });
    }
    if let Some(result) = &block.tool_result {
        return Block::ToolResult {
            tool_use_id: result.tool_use_id.clone(),
            content: serde_json::to_value(&result.content).unwrap_or(Value::Null),
            is_error: result.status.as_deref().map(|status| status == "error"),
        };
    }
    if let Some(reasoning) = &block.reasoning_content {
        if let Some(text) = &reasoning.reasoning_text {
            return Block::Thinking { text: text.text.clone(), signature: text.signature.clone() };
        }
        if let Some(data) = &reasoning.redacted_content {
            return Block::RedactedThinking { data: data.as_base64().to_owned() };
        }
    }
    if let Some(cited) = &block.citations_content {
        return Block::Text {
            text: cited.content.iter().flatten().filter_map(|part| part.text.as_deref()).collect(),
            citations: cited.citations.iter().flatten().map(citation).collect(),
        };
    }
    if let Some(image) = &block.image {
        let (data, url) = match &image.source {
            Source::Bytes(bytes) => (Some(bytes.as_base64().to_owned()), None),
            Source::S3Location(at) => (None, Some(at.uri.clone())),
            Source::Unknown(_) => (None, None),
        };
        return Block::Image { format: Some(image.format.clone()), data, url };
    }
    Block::other(block)
}

/// One citation in the common vocabulary.
#[codegen_at_use]
fn citation(raw: &Value) -> Citation {
    let text = |pointer: &str| raw.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    Citation {
        title: text("/title"),
        source: text("/location/web/url").or_else(|| text("/source")),
        cited_text: text("/sourceContent/0/text"),
        raw: raw.clone(),
    }
}
