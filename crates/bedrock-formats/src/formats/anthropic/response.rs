//! Claude's complete answer.
//! Not for: its content blocks (see `content`) and the events it is streamed in (see `stream`).

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use crate::invocation_metrics::bedrock_struct;
use crate::reply::{self, Block, Citation, Reply, ToReply};

use super::{ContentBlock, Source};

bedrock_struct! {
    /// Claude's complete answer.
    pub struct Message {
        /// The answer's id: `msg_bdrk_…` on Bedrock.
        "id" id: Option<String>,
        /// `message`.
        "type" kind: Option<String>,
        /// `assistant`.
        "role" role: Role,
        /// The model, by Anthropic's name and not Bedrock's id.
        "model" model: Option<String>,
        /// The blocks; there can be none.
        "content" content: Vec<ContentBlock>,
        /// Why the model stopped.
        "stop_reason" stop_reason: Option<StopReason>,
        /// The stop sequence that was generated.
        "stop_sequence" stop_sequence: Option<String>,
        /// More about the reason.
        "stop_details" stop_details: Option<StopDetails>,
        /// Token counts.
        "usage" usage: Option<Usage>,
        /// The sandbox that was used.
        "container" container: Option<Container>,
        /// What was dropped from the conversation (beta).
        "context_management" context_management: Option<Value>,
    }
}

wire_struct! {
    /// More about why the model stopped.
    pub struct StopDetails {
        /// `refusal`.
        "type" kind: Option<String>,
        /// `cyber`, `bio`, `frontier_llm`, `reasoning_extraction`, `general_harms`, …
        "category" category: Option<String>,
        /// The text for people.
        "explanation" explanation: Option<String>,
    }

    /// The sandbox of the code execution tool.
    pub struct Container {
        /// Its id.
        "id" id: Option<String>,
        /// Until when it lives: RFC 3339.
        "expires_at" expires_at: Option<String>,
    }

    /// Token counts. The prompt is `input_tokens` and both cache counts together.
    pub struct Usage {
        /// Tokens of the prompt that were neither read from nor written to the cache.
        "input_tokens" input_tokens: Option<u64>,
        /// Tokens generated, reasoning included.
        "output_tokens" output_tokens: Option<u64>,
        /// Tokens written to the cache.
        "cache_creation_input_tokens" cache_creation_input_tokens: Option<u64>,
        /// Tokens read from the cache.
        "cache_read_input_tokens" cache_read_input_tokens: Option<u64>,
        /// Tokens written to the cache, by how long they live.
        "cache_creation" cache_creation: Option<CacheCreation>,
        /// What the output was.
        "output_tokens_details" output_tokens_details: Option<OutputTokensDetails>,
        /// Calls of Anthropic's tools.
        "server_tool_use" server_tool_use: Option<ServerToolUsage>,
        /// `standard`, `priority` or `batch`.
        "service_tier" service_tier: Option<String>,
        /// `standard` or `fast`.
        "speed" speed: Option<String>,
        /// Where the model ran.
        "inference_geo" inference_geo: Option<String>,
        /// The counts of each pass, where there were several.
        "iterations" iterations: Option<Vec<UsageIteration>>,
    }

    /// Tokens written to the cache, by how long they live.
    pub struct CacheCreation {
        /// For five minutes.
        "ephemeral_5m_input_tokens" ephemeral_5m_input_tokens: Option<u64>,
        /// For an hour.
        "ephemeral_1h_input_tokens" ephemeral_1h_input_tokens: Option<u64>,
    }

    /// What the output was.
    pub struct OutputTokensDetails {
        /// Reasoning: a part of the output tokens.
        "thinking_tokens" thinking_tokens: Option<u64>,
    }

    /// Calls of Anthropic's tools.
    pub struct ServerToolUsage {
        /// Web searches.
        "web_search_requests" web_search_requests: Option<u64>,
        /// Web fetches.
        "web_fetch_requests" web_fetch_requests: Option<u64>,
    }

    /// The counts of one pass.
    pub struct UsageIteration {
        /// `message`, `compaction`, `advisor_message` or `fallback_message`.
        "type" kind: Option<String>,
        /// The model, where it is another one.
        "model" model: Option<String>,
        /// Tokens of the prompt outside the cache.
        "input_tokens" input_tokens: Option<u64>,
        /// Tokens generated.
        "output_tokens" output_tokens: Option<u64>,
        /// Tokens written to the cache.
        "cache_creation_input_tokens" cache_creation_input_tokens: Option<u64>,
        /// Tokens read from the cache.
        "cache_read_input_tokens" cache_read_input_tokens: Option<u64>,
        /// Tokens written to the cache, by how long they live.
        "cache_creation" cache_creation: Option<CacheCreation>,
    }
}

wire_enum! {
    /// Who speaks.
    pub enum Role {
        /// The caller.
        "user" => User,
        /// The model.
        "assistant" => Assistant,
        /// The operator, in mid-conversation (newest models, beta).
        "system" => System,
    }

    // The first five are recorded, `pause_turn` once (test_pause_turn_web_search_streaming_vcr__0).
    // The others are by Anthropic's SDK.
    /// Why the model stopped.
    pub enum StopReason {
        /// It had finished.
        "end_turn" => EndTurn,
        /// `max_tokens` were generated.
        "max_tokens" => MaxTokens,
        /// One of the stop sequences was generated.
        "stop_sequence" => StopSequence,
        /// It waits for the result of a tool.
        "tool_use" => ToolUse,
        /// A long turn with Anthropic's tools was paused; send the message back to go on.
        "pause_turn" => PauseTurn,
        /// It refused; see `stop_details`.
        "refusal" => Refusal,
        /// The context window was full.
        "model_context_window_exceeded" => ModelContextWindowExceeded,
        /// It paused after a summary (beta).
        "compaction" => Compaction,
    }
}

#[codegen_at_use]
impl Message {
    /// All text blocks as one text.
    #[must_use]
    pub fn text(&self) -> String {
        self.content.iter().filter_map(ContentBlock::as_text).collect()
    }

    /// The model that gave the answer: the one that a provider fell back to last, else the one that the message names.
    #[must_use]
    pub fn answering_model(&self) -> Option<&str> {
        let fallback = self.content.iter().rev().find_map(|block| match block {
            ContentBlock::Fallback(block) => block.model(),
            _ => None,
        });
        fallback.or(self.model.as_deref())
    }
}

#[codegen_at_use]
impl StopReason {
    /// The same in the common vocabulary. What pauses has no counterpart there.
    #[must_use]
    pub fn to_reply(&self) -> reply::StopReason {
        match self {
            // Nearest in meaning: how Converse reports a refusal is not recorded.
            Self::Refusal => reply::StopReason::ContentFiltered,
            other => reply::StopReason::from(other.as_str()),
        }
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
            total_tokens: None,
            cache_read_input_tokens: self.cache_read_input_tokens,
            cache_write_input_tokens: self.cache_creation_input_tokens,
            reasoning_tokens: self.output_tokens_details.as_ref().and_then(|details| details.thinking_tokens),
        }
    }
}

#[codegen_at_use]
impl ToReply for Message {
    fn to_reply(&self) -> Reply {
        let mut reply = Reply {
            role: Some(self.role.as_str().to_owned()).filter(|role| !role.is_empty()),
            model: self.answering_model().map(str::to_owned),
            id: self.id.clone(),
            content: self.content.iter().map(block).collect(),
            stop_reason: self.stop_reason.as_ref().map(StopReason::to_reply),
            native_stop_reason: self.stop_reason.as_ref().map(|reason| reason.as_str().to_owned()),
            stop_sequence: self.stop_sequence.clone(),
            usage: self.usage.as_ref().and_then(|usage| usage.to_reply().some()),
        };
        crate::invocation_metrics::complete(&mut reply, self);
        reply
    }
}

/// One block in the common vocabulary.
#[codegen_at_use]
fn block(block: &ContentBlock) -> Block {
    match block {
        ContentBlock::Text(text) => Block::Text {
            text: text.text.clone(),
            citations: text.citations.iter().flatten().map(citation).collect(),
        },
        ContentBlock::Thinking(thinking) => Block::Thinking {
            text: thinking.thinking.clone(),
            signature: thinking.signature.clone().filter(|signature| !signature.is_empty()),
        },
        ContentBlock::RedactedThinking(thinking) => Block::RedactedThinking { data: thinking.data.clone() },
        ContentBlock::ToolUse(call) => {
            // A tool without parameters is called without input.
            let input =
                if call.input.is_null() { Value::Object(Default::default()) } else { call.input.clone() };
            Block::ToolUse(reply::ToolUse { id: call.id.clone(), name: call.name.clone(), input })
        }
        ContentBlock::Image(image) => match &image.source {
            Source::Base64(source) => Block::Image {
                format: Some(source.media_type.trim_start_matches("image/").to_owned()),
                data: Some(source.data.as_base64().to_owned()),
                url: None,
            },
            Source::Url(source) => Block::Image { format: None, data: None, url: Some(source.url.clone()) },
            _ => Block::other(block),
        },
        ContentBlock::McpToolResult(result) => Block::ToolResult {
            tool_use_id: result.tool_use_id.clone(),
            content: serde_json::to_value(&result.content).unwrap_or(Value::Null),
            is_error: result.is_error,
        },
        other => server_result(other).unwrap_or_else(|| Block::other(other)),
    }
}

/// The result of one of Anthropic's tools.
#[codegen_at_use]
fn server_result(block: &ContentBlock) -> Option<Block> {
    let (id, content) = match block {
        ContentBlock::WebSearchToolResult(result) => (&result.tool_use_id, &result.content),
        ContentBlock::WebFetchToolResult(result) => (&result.tool_use_id, &result.content),
        ContentBlock::CodeExecutionToolResult(result) => (&result.tool_use_id, &result.content),
        ContentBlock::BashCodeExecutionToolResult(result) => (&result.tool_use_id, &result.content),
        ContentBlock::TextEditorCodeExecutionToolResult(result) => (&result.tool_use_id, &result.content),
        ContentBlock::ToolSearchToolResult(result) => (&result.tool_use_id, &result.content),
        ContentBlock::AdvisorToolResult(result) => (&result.tool_use_id, &result.content),
        _ => return None,
    };
    let failed = content
        .as_ref()
        .is_some_and(|content| content.as_slice().iter().any(|part| part.error_code().is_some()));
    Some(Block::ToolResult {
        tool_use_id: id.clone(),
        content: serde_json::to_value(content).unwrap_or(Value::Null),
        // That it went well is not said on the wire.
        is_error: failed.then_some(true),
    })
}

/// One citation in the common vocabulary.
#[codegen_at_use]
fn citation(citation: &super::TextCitation) -> Citation {
    let (title, source, cited_text) = citation.parts();
    Citation {
        title: title.map(str::to_owned),
        source: source.map(str::to_owned),
        cited_text: cited_text.map(str::to_owned),
        raw: serde_json::to_value(citation).unwrap_or(Value::Null),
    }
}
