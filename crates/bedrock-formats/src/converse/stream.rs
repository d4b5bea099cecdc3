//! The events of a streamed answer.
//! Not for: frames (the eventstream crate cuts them) and folding the events into one answer (the aggregator does).

use serde_json::Value;

use super::{
    CitationLocation, ConversationRole, ErrorBlock, ImageFormat, ImageSource, PerformanceConfiguration,
    PromptRouterTrace, ServiceTier, StopReason, TokenUsage, ToolResultStatus, ToolUseType,
};
use crate::exceptions::{
    InternalServerException, ModelStreamErrorException, ServiceUnavailableException, ThrottlingException,
    ValidationException,
};
use crate::guardrail::GuardrailTraceAssessment;
use crate::wire::{Blob, Extra};

wire_union! {
    /// One event of a streamed answer.
    ///
    /// As JSON it is an object with the event's name for its only key, which is how logs and SDKs write it. On the wire
    /// the name stands in the frame's `:event-type` header and the payload is the bare event: see
    /// [`from_event`](Self::from_event).
    ///
    /// The order is `messageStart`, the blocks, `messageStop`, `metadata`; the usage comes last, after the stop. A text,
    /// reasoning or citation block has no `contentBlockStart`: its first delta opens it.
    #[allow(clippy::large_enum_variant, reason = "events are read one at a time")]
    pub enum ConverseStreamOutput {
        /// The answer begins.
        "messageStart" => MessageStart(MessageStartEvent),
        /// A tool call, tool result or picture begins.
        "contentBlockStart" => ContentBlockStart(ContentBlockStartEvent),
        /// A piece of a block.
        "contentBlockDelta" => ContentBlockDelta(ContentBlockDeltaEvent),
        /// A block ends.
        "contentBlockStop" => ContentBlockStop(ContentBlockStopEvent),
        /// The answer ends, and why.
        "messageStop" => MessageStop(MessageStopEvent),
        /// What the answer cost; nothing follows it.
        "metadata" => Metadata(ConverseStreamMetadataEvent),
        /// The service failed, and the stream is over.
        "internalServerException" => InternalServerException(InternalServerException),
        /// The model failed, and the stream is over.
        "modelStreamErrorException" => ModelStreamErrorException(ModelStreamErrorException),
        /// The request was wrong, and the stream is over.
        "validationException" => ValidationException(ValidationException),
        /// Too much was asked for, and the stream is over.
        "throttlingException" => ThrottlingException(ThrottlingException),
        /// The service is overloaded, and the stream is over.
        "serviceUnavailableException" => ServiceUnavailableException(ServiceUnavailableException),
    }
    /// How a block begins.
    pub enum ContentBlockStart {
        /// A tool call.
        "toolUse" => ToolUse(ToolUseBlockStart),
        /// What a tool of the service's answered.
        "toolResult" => ToolResult(ToolResultBlockStart),
        /// A picture.
        "image" => Image(ImageBlockStart),
        /// Sealed reasoning. Not in the service model, yet met by other clients.
        "reasoningContent" => ReasoningContent(ReasoningContentBlockDelta),
    }
    /// A piece of a block. Its kind is the block's kind.
    #[allow(clippy::large_enum_variant, reason = "deltas are read one at a time")]
    pub enum ContentBlockDelta {
        /// Text to append. It may be empty or only white space.
        "text" => Text(String),
        /// A piece of a tool call's input.
        "toolUse" => ToolUse(ToolUseBlockDelta),
        /// Pieces of a tool's answer.
        "toolResult" => ToolResult(Vec<ToolResultBlockDelta>),
        /// A piece of reasoning.
        "reasoningContent" => ReasoningContent(ReasoningContentBlockDelta),
        /// A source that the block's text rests on. It arrives before that text.
        "citation" => Citation(CitationsDelta),
        /// A picture, or a piece of it.
        "image" => Image(ImageBlockDelta),
    }
    /// A piece of reasoning. Unlike the whole block it is flat: text and seal come as separate deltas.
    pub enum ReasoningContentBlockDelta {
        /// Words to append.
        "text" => Text(String),
        /// Sealed bytes, to append.
        "redactedContent" => RedactedContent(Blob),
        /// The seal on the words; it comes after them, once.
        "signature" => Signature(String),
        /// Sealed bytes under the name that older streams gave them.
        "data" => Data(Blob),
    }
    /// A piece of a tool's answer.
    pub enum ToolResultBlockDelta {
        /// Text to append.
        "text" => Text(String),
        /// A JSON value.
        "json" => Json(Value),
    }
}

wire_struct! {
    /// The answer begins.
    pub struct MessageStartEvent {
        /// Who speaks: the model.
        "role" role: ConversationRole,
        /// Not in the service model, yet read by other clients.
        "conversationId" conversation_id: Option<String>,
    }
    /// A block begins.
    pub struct ContentBlockStartEvent {
        /// How.
        "start" start: ContentBlockStart,
        /// Which block, counted from 0. Blocks need not come in order.
        "contentBlockIndex" content_block_index: u64,
    }
    /// A piece of a block.
    pub struct ContentBlockDeltaEvent {
        /// The piece.
        "delta" delta: ContentBlockDelta,
        /// Which block, counted from 0.
        "contentBlockIndex" content_block_index: u64,
    }
    /// A block ends.
    pub struct ContentBlockStopEvent {
        /// Which block, counted from 0. It may be one that nothing was sent of.
        "contentBlockIndex" content_block_index: u64,
    }
    /// The answer ends.
    pub struct MessageStopEvent {
        /// Why.
        "stopReason" stop_reason: StopReason,
        /// What `additionalModelResponseFieldPaths` asked for.
        "additionalModelResponseFields" additional_model_response_fields: Option<Value>,
    }
    /// What the answer cost.
    pub struct ConverseStreamMetadataEvent {
        /// How many tokens went in and came out.
        "usage" usage: Option<TokenUsage>,
        /// How long it took.
        "metrics" metrics: Option<ConverseStreamMetrics>,
        /// What the guardrail and the prompt router did.
        "trace" trace: Option<ConverseStreamTrace>,
        /// Which latency the model ran at.
        "performanceConfig" performance_config: Option<PerformanceConfiguration>,
        /// Which tier the request was served in.
        "serviceTier" service_tier: Option<ServiceTier>,
    }
    /// How long a streamed answer took.
    pub struct ConverseStreamMetrics {
        /// Milliseconds.
        "latencyMs" latency_ms: Option<i64>,
    }
    /// What stood between the request and the model.
    pub struct ConverseStreamTrace {
        /// What the guardrail found. Unlike in an answer that is not streamed, its `modelOutput` is plain text.
        "guardrail" guardrail: Option<GuardrailTraceAssessment>,
        /// Which model the prompt router chose.
        "promptRouter" prompt_router: Option<PromptRouterTrace>,
    }
    /// A tool call begins.
    pub struct ToolUseBlockStart {
        /// What the result will refer to.
        "toolUseId" tool_use_id: String,
        /// The tool's name.
        "name" name: String,
        /// Set for tools that the service runs.
        "type" kind: Option<ToolUseType>,
    }
    /// A tool of the service's begins to answer.
    pub struct ToolResultBlockStart {
        /// The call's id.
        "toolUseId" tool_use_id: String,
        /// Which kind of result it is.
        "type" kind: Option<String>,
        /// Whether the tool failed.
        "status" status: Option<ToolResultStatus>,
    }
    /// A picture begins.
    pub struct ImageBlockStart {
        /// Its file format.
        "format" format: ImageFormat,
    }
    /// A piece of a tool call's input.
    pub struct ToolUseBlockDelta {
        /// JSON text to append. The first piece is often empty, and if all of them are, the input is `{}`.
        "input" input: String,
    }
    /// A source that text rests on.
    pub struct CitationsDelta {
        /// Its title.
        "title" title: Option<String>,
        /// Where it comes from, for a search result.
        "source" source: Option<String>,
        /// The words of it that were used.
        "sourceContent" source_content: Option<Vec<CitationSourceContentDelta>>,
        /// Which place in it was used.
        "location" location: Option<CitationLocation>,
    }
    /// A piece of a source.
    pub struct CitationSourceContentDelta {
        /// Its text.
        "text" text: Option<String>,
    }
    /// A picture, or why there is none.
    pub struct ImageBlockDelta {
        /// Its bytes, or where they are.
        "source" source: Option<ImageSource>,
        /// Why there is no picture.
        "error" error: Option<ErrorBlock>,
    }
    /// What ConverseStream answers. The body is an event stream, so the type holds at most one event of it.
    pub struct ConverseStreamResponse {
        /// The event.
        "stream" stream: Option<ConverseStreamOutput>,
    }
}

/// A payload that is not the JSON of its event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("payload of {event_type:?} is not its JSON: {reason}")]
pub struct EventError {
    /// The frame's `:event-type` or `:exception-type`.
    pub event_type: String,
    /// What is wrong, and at which line and column of the payload.
    pub reason: String,
}

impl EventError {
    pub(crate) fn new(event_type: &str, error: &serde_json::Error) -> Self {
        Self { event_type: event_type.to_owned(), reason: error.to_string() }
    }
}

impl ConverseStreamOutput {
    /// Reads a frame: the value of its `:event-type` header (or of `:exception-type`) and its payload.
    ///
    /// The padding key `p` is dropped. Names are compared without regard to case, since exceptions are written in two
    /// ways. An event whose name is not known is kept in `Unknown`, under its name. An empty payload counts as `{}`.
    ///
    /// ```
    /// use bedrock_formats::converse::{ContentBlockDelta, ConverseStreamOutput};
    ///
    /// let payload = br#"{"contentBlockIndex":0,"delta":{"text":"Hi"},"p":"abcdefghijkl"}"#;
    /// let ConverseStreamOutput::ContentBlockDelta(event) =
    ///     ConverseStreamOutput::from_event("contentBlockDelta", payload)?
    /// else {
    ///     panic!("not a delta")
    /// };
    /// assert_eq!(event.delta, ContentBlockDelta::Text("Hi".into()));
    /// assert!(event.extra.is_empty());
    /// # Ok::<(), bedrock_formats::converse::EventError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the payload is not JSON, or not the JSON of this event.
    pub fn from_event(event_type: &str, payload: &[u8]) -> Result<Self, EventError> {
        let payload = if payload.trim_ascii().is_empty() { b"{}" } else { payload };
        macro_rules! read {
            ($($name:literal => $variant:ident($event:ident)),* $(,)?) => {
                match event_type {
                    $( name if name.eq_ignore_ascii_case($name) => {
                        serde_json::from_slice::<$event>(payload).map(|mut event| {
                            event.extra.shift_remove("p");
                            Self::$variant(event)
                        })
                    } )*
                    _ => serde_json::from_slice(payload).map(|mut value: Value| {
                        if let Value::Object(object) = &mut value {
                            object.shift_remove("p");
                        }
                        Self::Unknown(Extra::from_iter([(event_type.to_owned(), value)]))
                    }),
                }
            };
        }
        // In the order of their frequency.
        let event = read! {
            "contentBlockDelta" => ContentBlockDelta(ContentBlockDeltaEvent),
            "contentBlockStop" => ContentBlockStop(ContentBlockStopEvent),
            "contentBlockStart" => ContentBlockStart(ContentBlockStartEvent),
            "messageStart" => MessageStart(MessageStartEvent),
            "messageStop" => MessageStop(MessageStopEvent),
            "metadata" => Metadata(ConverseStreamMetadataEvent),
            "throttlingException" => ThrottlingException(ThrottlingException),
            "internalServerException" => InternalServerException(InternalServerException),
            "modelStreamErrorException" => ModelStreamErrorException(ModelStreamErrorException),
            "validationException" => ValidationException(ValidationException),
            "serviceUnavailableException" => ServiceUnavailableException(ServiceUnavailableException),
        };
        event.map_err(|error| EventError::new(event_type, &error))
    }
}
