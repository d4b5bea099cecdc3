//! The events of a streamed answer of Claude: each is one chunk.
//! Not for: folding them; that is the aggregator's.

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use crate::invocation_metrics::{BedrockKeys, HasBedrockKeys, bedrock_struct};

use super::{Container, ContentBlock, Message, StopDetails, StopReason, TextCitation, Usage};

// Anthropic's SDK, and 140 recorded streams. Measurements came with `message_stop` in all 24 that
// have them.
bedrock_struct! {
    /// The answer begins.
    pub struct MessageStartEvent {
        /// The message without content and stop reason; its `output_tokens` are a placeholder.
        "message" message: Message,
    }

    /// A block begins.
    pub struct ContentBlockStartEvent {
        /// The block's position; positions can have gaps.
        "index" index: Option<u64>,
        /// The block, still empty. Redacted reasoning and the results of Anthropic's tools are complete here.
        "content_block" content_block: ContentBlock,
    }

    /// A block grows.
    pub struct ContentBlockDeltaEvent {
        /// The block's position.
        "index" index: Option<u64>,
        /// By what.
        "delta" delta: ContentBlockDelta,
    }

    /// A block is complete.
    pub struct ContentBlockStopEvent {
        /// The block's position.
        "index" index: Option<u64>,
    }

    /// The answer has stopped.
    pub struct MessageDeltaEvent {
        /// Why.
        "delta" delta: MessageDelta,
        /// The counts so far: each replaces the one of `message_start`; an absent count leaves it.
        "usage" usage: Option<Usage>,
        /// What was dropped from the conversation (beta).
        "context_management" context_management: Option<Value>,
        /// What the service changed in the input (beta).
        "input_transformations" input_transformations: Option<Value>,
    }

    /// The stream is complete. On InvokeModel this event carries the invocation metrics.
    pub struct MessageStopEvent {}

    /// A sign of life.
    pub struct PingEvent {}

    /// The answer broke off.
    pub struct ErrorEvent {
        /// Why.
        "error" error: ErrorObject,
        /// The request's id, where the server gives it.
        "request_id" request_id: Option<String>,
    }
}

wire_struct! {
    /// Anthropic's error.
    pub struct ErrorObject {
        /// `overloaded_error`, `api_error`, `invalid_request_error`, …
        "type" kind: String,
        /// The text for people.
        "message" message: String,
    }

    /// What the end of the answer adds to the message.
    pub struct MessageDelta {
        /// Why the model stopped.
        "stop_reason" stop_reason: Option<StopReason>,
        /// The stop sequence that was generated.
        "stop_sequence" stop_sequence: Option<String>,
        /// More about the reason.
        "stop_details" stop_details: Option<StopDetails>,
        /// The sandbox that was used.
        "container" container: Option<Container>,
    }

    /// More text.
    pub struct TextDelta {
        /// The text.
        "text" text: String,
    }

    /// More of a tool's input.
    pub struct InputJsonDelta {
        /// A piece of JSON text; the first is often empty.
        "partial_json" partial_json: String as json,
    }

    /// More reasoning.
    pub struct ThinkingDelta {
        /// The text.
        "thinking" thinking: String,
        /// How many tokens it stands for (beta).
        "estimated_tokens" estimated_tokens: Option<u64>,
    }

    /// The signature of the reasoning; it replaces the block's.
    pub struct SignatureDelta {
        /// The signature.
        "signature" signature: String,
    }

    /// One more citation of the text block.
    pub struct CitationsDelta {
        /// The citation.
        "citation" citation: TextCitation,
    }

    /// The summary in place of what was said (beta).
    pub struct CompactionDelta {
        /// The summary.
        "content" content: Option<String>,
        /// The summary, readable only by Anthropic.
        "encrypted_content" encrypted_content: Option<String>,
    }
}

wire_tagged! {
    /// One event of a stream: one chunk.
    ///
    /// ```
    /// use bedrock_formats::anthropic::{ContentBlockDelta, StreamEvent};
    ///
    /// let event: StreamEvent = serde_json::from_str(
    ///     r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}"#)?;
    /// let StreamEvent::ContentBlockDelta(event) = event else { panic!("a delta") };
    /// assert!(matches!(event.delta, ContentBlockDelta::TextDelta(delta) if delta.text == "Hi"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum StreamEvent {
        /// The answer begins.
        "message_start" => MessageStart(MessageStartEvent),
        /// A block begins.
        "content_block_start" => ContentBlockStart(ContentBlockStartEvent),
        /// A block grows.
        "content_block_delta" => ContentBlockDelta(ContentBlockDeltaEvent),
        /// A block is complete.
        "content_block_stop" => ContentBlockStop(ContentBlockStopEvent),
        /// The answer has stopped.
        "message_delta" => MessageDelta(MessageDeltaEvent),
        /// The stream is complete.
        "message_stop" => MessageStop(MessageStopEvent),
        /// A sign of life.
        "ping" => Ping(PingEvent),
        /// The answer broke off.
        "error" => Error(ErrorEvent),
    }

    /// By what a block grows.
    pub enum ContentBlockDelta {
        /// Text.
        "text_delta" => TextDelta(TextDelta),
        /// A tool's input.
        "input_json_delta" => InputJsonDelta(InputJsonDelta),
        /// Reasoning.
        "thinking_delta" => ThinkingDelta(ThinkingDelta),
        /// The reasoning's signature.
        "signature_delta" => SignatureDelta(SignatureDelta),
        /// A citation.
        "citations_delta" => CitationsDelta(CitationsDelta),
        /// A summary.
        "compaction_delta" => CompactionDelta(CompactionDelta),
    }
}

#[codegen_at_use]
impl HasBedrockKeys for StreamEvent {
    fn bedrock_keys(&self) -> BedrockKeys<'_> {
        match self {
            Self::MessageStart(event) => event.bedrock_keys(),
            Self::ContentBlockStart(event) => event.bedrock_keys(),
            Self::ContentBlockDelta(event) => event.bedrock_keys(),
            Self::ContentBlockStop(event) => event.bedrock_keys(),
            Self::MessageDelta(event) => event.bedrock_keys(),
            Self::MessageStop(event) => event.bedrock_keys(),
            Self::Ping(event) => event.bedrock_keys(),
            Self::Error(event) => event.bedrock_keys(),
            Self::Unknown(object) => BedrockKeys::from_object(object),
        }
    }
}
