//! The events of a streamed answer of Nova: each is one chunk.
//! Not for: folding them; that is the aggregator's.

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use crate::invocation_metrics::bedrock_struct;
use crate::wire::{Blob, OneOrMany};

use super::{ReasoningText, Role, StopReason, ToolResultContent, Usage};

// 13 recorded streams, of texts and calls. Reasoning, results and citations are as Converse streams
// them.
bedrock_struct! {
    /// One event of a stream: one chunk. One of the six keys is set, and beside it Bedrock's own.
    ///
    /// ```
    /// use bedrock_formats::nova::StreamEvent;
    ///
    /// let event: StreamEvent = serde_json::from_str(
    ///     r#"{"contentBlockDelta":{"delta":{"text":"Hi"},"contentBlockIndex":0}}"#)?;
    /// let delta = event.content_block_delta.expect("a delta");
    /// assert_eq!((delta.content_block_index, delta.delta.text.as_deref()), (Some(0), Some("Hi")));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct StreamEvent {
        /// The answer begins.
        "messageStart" message_start: Option<MessageStart>,
        /// A block begins; sent for tools only.
        "contentBlockStart" content_block_start: Option<ContentBlockStart>,
        /// A block grows. Every piece of text has an index of its own, and a stop: adjacent ones are one block. Indexes have
        /// gaps.
        "contentBlockDelta" content_block_delta: Option<ContentBlockDelta>,
        /// A block is complete.
        "contentBlockStop" content_block_stop: Option<ContentBlockStop>,
        /// The answer has stopped.
        "messageStop" message_stop: Option<MessageStop>,
        /// Counts: the last event.
        "metadata" metadata: Option<Metadata>,
    }
}

wire_struct! {
    /// The answer begins.
    pub struct MessageStart {
        /// `assistant`.
        "role" role: Role,
    }

    /// A block begins.
    pub struct ContentBlockStart {
        /// What kind it is.
        "start" start: Start,
        /// The block's index.
        "contentBlockIndex" content_block_index: Option<u64>,
    }

    /// What kind of block begins: one of these keys.
    pub struct Start {
        /// A call of a tool.
        "toolUse" tool_use: Option<ToolUseStart>,
        /// The result of a tool that the service ran.
        "toolResult" tool_result: Option<ToolResultStart>,
    }

    /// A call of a tool begins.
    pub struct ToolUseStart {
        /// The call's id: a UUID.
        "toolUseId" tool_use_id: String,
        /// The tool's name.
        "name" name: String,
        /// `server_tool_use` where the service itself runs the tool.
        "type" kind: Option<String>,
    }

    /// The result of a tool begins.
    pub struct ToolResultStart {
        /// The id of the call.
        "toolUseId" tool_use_id: String,
        /// `success` or `error`.
        "status" status: Option<String>,
        /// `nova_grounding_result` or `nova_code_interpreter_result`.
        "type" kind: Option<String>,
    }

    /// A block grows.
    pub struct ContentBlockDelta {
        /// By what.
        "delta" delta: Delta,
        /// The block's index.
        "contentBlockIndex" content_block_index: Option<u64>,
    }

    /// By what a block grows: one of these keys.
    pub struct Delta {
        /// Text.
        "text" text: Option<String>,
        /// A tool's input.
        "toolUse" tool_use: Option<ToolUseDelta>,
        /// A tool's result.
        "toolResult" tool_result: Option<OneOrMany<ToolResultContent>>,
        /// Reasoning.
        "reasoningContent" reasoning_content: Option<ReasoningDelta>,
        /// A source of the text before it.
        "citation" citation: Option<Value>,
    }

    /// More of a tool's input.
    pub struct ToolUseDelta {
        /// JSON text; it comes whole in one delta.
        "input" input: String as json,
    }

    /// More reasoning: one of these keys.
    pub struct ReasoningDelta {
        /// The text, the way blocks hold it.
        "reasoningText" reasoning_text: Option<ReasoningText>,
        /// The text, the way Converse streams it.
        "text" text: Option<String>,
        /// The signature.
        "signature" signature: Option<String>,
        /// Reasoning that only Amazon can read.
        "redactedContent" redacted_content: Option<Blob>,
    }

    /// A block is complete.
    pub struct ContentBlockStop {
        /// The block's index.
        "contentBlockIndex" content_block_index: Option<u64>,
    }

    /// The answer has stopped.
    pub struct MessageStop {
        /// Why.
        "stopReason" stop_reason: Option<StopReason>,
    }

    /// The last event.
    pub struct Metadata {
        /// Token counts.
        "usage" usage: Option<Usage>,
        /// An empty object so far.
        "metrics" metrics: Option<Value>,
        /// An empty object so far.
        "trace" trace: Option<Value>,
    }
}

#[codegen_at_use]
impl ReasoningDelta {
    /// The text, whichever way it was sent.
    #[must_use]
    pub fn text_piece(&self) -> Option<&str> {
        self.text.as_deref().or_else(|| self.reasoning_text.as_ref().map(|text| text.text.as_str()))
    }
}
