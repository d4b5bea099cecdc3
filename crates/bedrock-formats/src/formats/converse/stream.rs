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
use crate::wire::{Blob, Num};

pub use crate::event::EventError;

// The service model, and 99 recorded streams. What stands in neither says so.
wire_union! {
    /// One event of a streamed answer.
    ///
    /// As JSON it is an object with the event's name for its only key, which is how logs and SDKs write it. On the wire
    /// the name stands in the frame's `:event-type` header and the payload is the bare event: see
    /// [`from_event`](Self::from_event).
    ///
    /// The order is `messageStart`, the blocks, `messageStop`, `metadata`; the usage comes last, after the stop. A text,
    /// reasoning or citation block has no `contentBlockStart`: its first delta opens it.
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
        // Pictures are in no recorded stream, here and below.
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
        "contentBlockIndex" content_block_index: Option<u64>,
    }
    /// A piece of a block.
    pub struct ContentBlockDeltaEvent {
        /// The piece.
        "delta" delta: ContentBlockDelta,
        /// Which block, counted from 0.
        "contentBlockIndex" content_block_index: Option<u64>,
    }
    /// A block ends.
    pub struct ContentBlockStopEvent {
        /// Which block, counted from 0. It may be one that nothing was sent of.
        "contentBlockIndex" content_block_index: Option<u64>,
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
        "latencyMs" latency_ms: Option<Num>,
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
        "input" input: String as json,
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

// Names are compared in this order: nearly all events are deltas.
event_union!(ConverseStreamOutput {
    "contentBlockDelta" => ContentBlockDelta(ContentBlockDeltaEvent),
    "contentBlockStop" => ContentBlockStop(ContentBlockStopEvent),
    "contentBlockStart" => ContentBlockStart(ContentBlockStartEvent),
    "messageStart" => MessageStart(MessageStartEvent),
    "messageStop" => MessageStop(MessageStopEvent),
    "metadata" => Metadata(ConverseStreamMetadataEvent),
    "internalServerException" => InternalServerException(InternalServerException),
    "modelStreamErrorException" => ModelStreamErrorException(ModelStreamErrorException),
    "validationException" => ValidationException(ValidationException),
    "throttlingException" => ThrottlingException(ThrottlingException),
    "serviceUnavailableException" => ServiceUnavailableException(ServiceUnavailableException),
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_goes_through_a_frame() {
        for (name, payload) in [
            ("messageStart", r#"{"role":"assistant","conversationId":"c"}"#),
            (
                "contentBlockStart",
                r#"{"start":{"toolUse":{"toolUseId":"1","name":"n"}},"contentBlockIndex":2}"#,
            ),
            (
                "contentBlockStart",
                r#"{"start":{"reasoningContent":{"redactedContent":"AA=="}},"contentBlockIndex":2}"#,
            ),
            ("contentBlockDelta", r#"{"delta":{"reasoningContent":{"data":"AA=="}},"contentBlockIndex":0}"#),
            (
                "contentBlockDelta",
                r#"{"delta":{"toolResult":[{"text":"a"},{"json":{}}]},"contentBlockIndex":0}"#,
            ),
            ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
            ("messageStop", r#"{"stopReason":"end_turn"}"#),
            ("metadata", r#"{"usage":{"inputTokens":1},"metrics":{"latencyMs":5}}"#),
            ("throttlingException", r#"{"message":"slow down"}"#),
            ("confetti", r#"{"colour":"red"}"#),
            ("confetti", r#""red""#),
        ] {
            let event = ConverseStreamOutput::from_event(name, payload.as_bytes()).unwrap();
            assert_eq!(event.member().is_some(), name != "confetti");
            assert_eq!(event.to_event(), Some((name, payload.as_bytes().to_vec())));
            assert_eq!(event.is_exception(), name.ends_with("Exception"));
            assert_eq!(serde_json::to_string(&event).unwrap(), format!("{{{name:?}:{payload}}}"));
        }
    }

    #[test]
    fn names_of_exceptions_come_in_two_cases_and_payloads_may_be_empty() {
        let event = ConverseStreamOutput::from_event("ThrottlingException", b" ").unwrap();
        assert!(matches!(event, ConverseStreamOutput::ThrottlingException(_)));
        assert_eq!(event.to_event(), Some(("throttlingException", b"{}".to_vec())));
    }

    #[test]
    fn an_error_names_the_event_and_the_place() {
        for (payload, reason) in [
            ("{", "EOF while parsing an object at line 1 column 1"),
            ("\u{0}", "expected value at line 1 column 1"),
            ("[]", "expected an object (MessageStopEvent), found a list"),
        ] {
            let error = ConverseStreamOutput::from_event("messageStop", payload.as_bytes()).unwrap_err();
            assert_eq!((error.event_type.as_str(), error.reason.as_str()), ("messageStop", reason));
        }
        let (_, odd) = ConverseStreamOutput::read_event("messageStop", br#"{"stopReason":{}}"#).unwrap();
        assert_eq!(odd[0].error.to_string(), "stopReason: expected a text, found an object");
    }
}
