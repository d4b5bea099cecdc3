//! The events of a streamed response: each is one chunk.
//! Not for: folding them into one answer (`bedrock-aggregate`).
//!
//! The order for each item is: the item is added; its parts are added, grow and are done; the item is done. At the end
//! comes one terminal event, with the whole answer as its response.

use bedrock_codegen::codegen_at_use;

use super::{Annotation, ContentPart, Item, Response, ResponseError, ShellOutput, TokenLogprob};

/// The events: for each its tag, its name, its documentation and its fields beside those that all have.
macro_rules! events {
    ($(
        $(#[$meta:meta])*
        $tag:literal => $variant:ident($name:ident) { $($fields:tt)* }
    )+) => {
        wire_struct! {$(
            $(#[$meta])*
            pub struct $name {
                $($fields)*
                /// The event's position in the stream.
                "sequence_number" sequence_number: Option<u64>,
                /// Padding, without meaning.
                "obfuscation" obfuscation: Option<String>,
            }
        )+}

        wire_tagged! {
            /// One event of a stream: one chunk.
            ///
            /// ```
            /// use bedrock_formats::openai_responses::StreamEvent;
            ///
            /// let event: StreamEvent = serde_json::from_str(
            ///     r#"{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"Hi"}"#)?;
            /// assert!(matches!(event, StreamEvent::OutputTextDelta(event) if event.delta == "Hi"));
            /// # Ok::<(), serde_json::Error>(())
            /// ```
            pub enum StreamEvent {$(
                $(#[$meta])*
                $tag => $variant($name),
            )+}
        }

        impl StreamEvent {
            /// The event's position in the stream, where it has one.
            #[must_use]
            pub fn sequence_number(&self) -> Option<u64> {
                match self {
                    $( Self::$variant(event) => event.sequence_number, )+
                    Self::Unknown(object) => object.get("sequence_number").and_then(::serde_json::Value::as_u64),
                }
            }

            /// The event with its fields; none for an unknown event.
            #[doc(hidden)]
            #[must_use]
            pub fn as_object(&self) -> Option<&dyn crate::wire::Object> {
                match self {
                    $( Self::$variant(event) => Some(event), )+
                    Self::Unknown(_) => None,
                }
            }

            /// What the event has beside the keys of its type; of an unknown event, all.
            #[must_use]
            pub fn extra(&self) -> &crate::wire::Extra {
                match self {
                    $( Self::$variant(event) => &event.extra, )+
                    Self::Unknown(object) => object,
                }
            }
        }
    };
}

// 41 of these 64 are recorded. Not those of images, shells, sound, steering and compaction, nor
// vLLM's parts of reasoning, nor any that reports a failure.
events! {
    /// The response was begun.
    "response.created" => Created(CreatedEvent) {
        /// The response as it stands.
        "response" response: Response,
    }
    /// The response waits.
    "response.queued" => Queued(QueuedEvent) {
        /// The response as it stands.
        "response" response: Response,
    }
    /// The response is on its way.
    "response.in_progress" => InProgress(InProgressEvent) {
        /// The response as it stands.
        "response" response: Response,
    }
    /// The response is complete. Terminal.
    "response.completed" => Completed(CompletedEvent) {
        /// The response as it stands.
        "response" response: Response,
    }
    /// The response failed. Terminal.
    "response.failed" => Failed(FailedEvent) {
        /// The response as it stands.
        "response" response: Response,
    }
    /// The response was cut off. Terminal.
    "response.incomplete" => Incomplete(IncompleteEvent) {
        /// The response as it stands.
        "response" response: Response,
    }
    /// An item begins: a skeleton.
    "response.output_item.added" => OutputItemAdded(OutputItemAddedEvent) {
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The item.
        "item" item: Item,
    }
    /// An item is complete.
    "response.output_item.done" => OutputItemDone(OutputItemDoneEvent) {
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The item.
        "item" item: Item,
    }
    /// A part of an item begins.
    "response.content_part.added" => ContentPartAdded(ContentPartAddedEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The part's position in the item; on Mantle it can begin at 1.
        "content_index" content_index: Option<u64>,
        /// The part.
        "part" part: ContentPart,
    }
    /// A part of an item is complete.
    "response.content_part.done" => ContentPartDone(ContentPartDoneEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The part's position in the item; on Mantle it can begin at 1.
        "content_index" content_index: Option<u64>,
        /// The part.
        "part" part: ContentPart,
    }
    /// A part of the reasoning begins (vLLM).
    "response.reasoning_part.added" => ReasoningPartAdded(ReasoningPartAddedEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The part's position in the item; on Mantle it can begin at 1.
        "content_index" content_index: Option<u64>,
        /// The part.
        "part" part: ContentPart,
    }
    /// A part of the reasoning is complete (vLLM).
    "response.reasoning_part.done" => ReasoningPartDone(ReasoningPartDoneEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The part's position in the item; on Mantle it can begin at 1.
        "content_index" content_index: Option<u64>,
        /// The part.
        "part" part: ContentPart,
    }
    /// More text.
    "response.output_text.delta" => OutputTextDelta(OutputTextDeltaEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The part's position in the item; on Mantle it can begin at 1.
        "content_index" content_index: Option<u64>,
        /// The piece.
        "delta" delta: String,
        /// How likely the tokens were.
        "logprobs" logprobs: Option<Vec<TokenLogprob>>,
    }
    /// A text is complete.
    "response.output_text.done" => OutputTextDone(OutputTextDoneEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The part's position in the item; on Mantle it can begin at 1.
        "content_index" content_index: Option<u64>,
        /// The whole text.
        "text" text: String,
        /// How likely the tokens were.
        "logprobs" logprobs: Option<Vec<TokenLogprob>>,
    }
    /// Where a part of a text comes from.
    "response.output_text.annotation.added" => OutputTextAnnotationAdded(OutputTextAnnotationAddedEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The part's position in the item; on Mantle it can begin at 1.
        "content_index" content_index: Option<u64>,
        /// The annotation's position.
        "annotation_index" annotation_index: Option<u64>,
        /// The annotation.
        "annotation" annotation: Annotation,
    }
    /// More of a refusal.
    "response.refusal.delta" => RefusalDelta(RefusalDeltaEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The part's position in the item; on Mantle it can begin at 1.
        "content_index" content_index: Option<u64>,
        /// The piece.
        "delta" delta: String,
    }
    /// A refusal is complete.
    "response.refusal.done" => RefusalDone(RefusalDoneEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The part's position in the item; on Mantle it can begin at 1.
        "content_index" content_index: Option<u64>,
        /// The whole refusal.
        "refusal" refusal: String,
    }
    /// More reasoning.
    "response.reasoning_text.delta" => ReasoningTextDelta(ReasoningTextDeltaEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The part's position in the item; on Mantle it can begin at 1.
        "content_index" content_index: Option<u64>,
        /// The piece.
        "delta" delta: String,
    }
    /// The reasoning is complete.
    "response.reasoning_text.done" => ReasoningTextDone(ReasoningTextDoneEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The part's position in the item; on Mantle it can begin at 1.
        "content_index" content_index: Option<u64>,
        /// The whole text.
        "text" text: String,
    }
    /// A part of the summary begins.
    "response.reasoning_summary_part.added" => ReasoningSummaryPartAdded(ReasoningSummaryPartAddedEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The part's position in the summary.
        "summary_index" summary_index: Option<u64>,
        /// The part.
        "part" part: ContentPart,
    }
    /// A part of the summary is complete.
    "response.reasoning_summary_part.done" => ReasoningSummaryPartDone(ReasoningSummaryPartDoneEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The part's position in the summary.
        "summary_index" summary_index: Option<u64>,
        /// The part.
        "part" part: ContentPart,
        /// How far it is.
        "status" status: Option<String>,
    }
    /// More of the summary.
    "response.reasoning_summary_text.delta" => ReasoningSummaryTextDelta(ReasoningSummaryTextDeltaEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The part's position in the summary.
        "summary_index" summary_index: Option<u64>,
        /// The piece.
        "delta" delta: String,
    }
    /// A part of the summary is complete.
    "response.reasoning_summary_text.done" => ReasoningSummaryTextDone(ReasoningSummaryTextDoneEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The part's position in the summary.
        "summary_index" summary_index: Option<u64>,
        /// The whole text.
        "text" text: String,
    }
    /// More of a function's arguments.
    "response.function_call_arguments.delta" => FunctionCallArgumentsDelta(FunctionCallArgumentsDeltaEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The piece.
        "delta" delta: String as json,
    }
    /// A function's arguments are complete.
    "response.function_call_arguments.done" => FunctionCallArgumentsDone(FunctionCallArgumentsDoneEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The whole JSON text.
        "arguments" arguments: String as json,
        /// The function's name, with some servers.
        "name" name: Option<String>,
    }
    /// More of a tool's text.
    "response.custom_tool_call_input.delta" => CustomToolCallInputDelta(CustomToolCallInputDeltaEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The piece.
        "delta" delta: String,
    }
    /// A tool's text is complete.
    "response.custom_tool_call_input.done" => CustomToolCallInputDone(CustomToolCallInputDoneEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The whole text.
        "input" input: String,
    }
    /// More of the arguments of an MCP server's tool.
    "response.mcp_call_arguments.delta" => McpCallArgumentsDelta(McpCallArgumentsDeltaEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The piece.
        "delta" delta: String as json,
    }
    /// The arguments of an MCP server's tool are complete.
    "response.mcp_call_arguments.done" => McpCallArgumentsDone(McpCallArgumentsDoneEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The whole JSON text.
        "arguments" arguments: String as json,
    }
    /// The call of an MCP server's tool is on its way.
    "response.mcp_call.in_progress" => McpCallInProgress(McpCallInProgressEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
    }
    /// The call of an MCP server's tool is complete.
    "response.mcp_call.completed" => McpCallCompleted(McpCallCompletedEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
    }
    /// The call of an MCP server's tool failed.
    "response.mcp_call.failed" => McpCallFailed(McpCallFailedEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
    }
    /// The listing of an MCP server's tools is on its way.
    "response.mcp_list_tools.in_progress" => McpListToolsInProgress(McpListToolsInProgressEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
    }
    /// The listing of an MCP server's tools is complete.
    "response.mcp_list_tools.completed" => McpListToolsCompleted(McpListToolsCompletedEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
    }
    /// The listing of an MCP server's tools failed.
    "response.mcp_list_tools.failed" => McpListToolsFailed(McpListToolsFailedEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
    }
    /// A search in files is on its way.
    "response.file_search_call.in_progress" => FileSearchCallInProgress(FileSearchCallInProgressEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
    }
    /// A search in files goes on.
    "response.file_search_call.searching" => FileSearchCallSearching(FileSearchCallSearchingEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
    }
    /// A search in files is complete.
    "response.file_search_call.completed" => FileSearchCallCompleted(FileSearchCallCompletedEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
    }
    /// A search of the web is on its way.
    "response.web_search_call.in_progress" => WebSearchCallInProgress(WebSearchCallInProgressEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
    }
    /// A search of the web goes on.
    "response.web_search_call.searching" => WebSearchCallSearching(WebSearchCallSearchingEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
    }
    /// A search of the web is complete.
    "response.web_search_call.completed" => WebSearchCallCompleted(WebSearchCallCompletedEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
    }
    /// A program is on its way.
    "response.code_interpreter_call.in_progress" => CodeInterpreterCallInProgress(CodeInterpreterCallInProgressEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
    }
    /// A program runs.
    "response.code_interpreter_call.interpreting" => CodeInterpreterCallInterpreting(CodeInterpreterCallInterpretingEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
    }
    /// A program is complete.
    "response.code_interpreter_call.completed" => CodeInterpreterCallCompleted(CodeInterpreterCallCompletedEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
    }
    /// An image is on its way.
    "response.image_generation_call.in_progress" => ImageGenerationCallInProgress(ImageGenerationCallInProgressEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
    }
    /// An image is made.
    "response.image_generation_call.generating" => ImageGenerationCallGenerating(ImageGenerationCallGeneratingEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
    }
    /// An image is complete.
    "response.image_generation_call.completed" => ImageGenerationCallCompleted(ImageGenerationCallCompletedEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
    }
    /// More of a program.
    "response.code_interpreter_call_code.delta" => CodeInterpreterCallCodeDelta(CodeInterpreterCallCodeDeltaEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The piece.
        "delta" delta: String,
    }
    /// A program is written.
    "response.code_interpreter_call_code.done" => CodeInterpreterCallCodeDone(CodeInterpreterCallCodeDoneEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The whole program.
        "code" code: String,
    }
    /// An image on the way.
    "response.image_generation_call.partial_image" => ImageGenerationCallPartialImage(ImageGenerationCallPartialImageEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// Which one.
        "partial_image_index" partial_image_index: Option<u64>,
        /// Base64 of the image.
        "partial_image_b64" partial_image_b64: String,
        /// `1024x1024`, …
        "size" size: Option<String>,
        /// `low`, `medium` or `high`.
        "quality" quality: Option<String>,
        /// `opaque` or `transparent`.
        "background" background: Option<String>,
        /// `png`, `jpeg` or `webp`.
        "output_format" output_format: Option<String>,
    }
    /// A shell command begins.
    "response.shell_call_command.added" => ShellCallCommandAdded(ShellCallCommandAddedEvent) {
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The command's position.
        "command_index" command_index: u64,
        /// The command so far.
        "command" command: String,
    }
    /// More of a shell command.
    "response.shell_call_command.delta" => ShellCallCommandDelta(ShellCallCommandDeltaEvent) {
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The command's position.
        "command_index" command_index: u64,
        /// The piece.
        "delta" delta: String,
    }
    /// A shell command is complete.
    "response.shell_call_command.done" => ShellCallCommandDone(ShellCallCommandDoneEvent) {
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The command's position.
        "command_index" command_index: u64,
        /// The whole command.
        "command" command: String,
    }
    /// More of what a shell command prints.
    "response.shell_call_output_content.delta" => ShellCallOutputContentDelta(ShellCallOutputContentDeltaEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The command's position.
        "command_index" command_index: u64,
        /// The pieces.
        "delta" delta: ShellOutput,
    }
    /// What a shell command printed.
    "response.shell_call_output_content.done" => ShellCallOutputContentDone(ShellCallOutputContentDoneEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
        /// The command's position.
        "command_index" command_index: u64,
        /// All of it.
        "output" output: Vec<ShellOutput>,
    }
    /// The conversation is compacted.
    "response.compaction.compacting" => CompactionCompacting(CompactionCompactingEvent) {
        /// The item's id.
        "item_id" item_id: Option<String>,
        /// The item's position.
        "output_index" output_index: Option<u64>,
    }
    /// More sound.
    "response.audio.delta" => AudioDelta(AudioDeltaEvent) {
        /// Base64.
        "delta" delta: String,
    }
    /// The sound is complete.
    "response.audio.done" => AudioDone(AudioDoneEvent) {}
    /// More of what is said.
    "response.audio.transcript.delta" => AudioTranscriptDelta(AudioTranscriptDeltaEvent) {
        /// The piece.
        "delta" delta: String,
    }
    /// What is said is complete.
    "response.audio.transcript.done" => AudioTranscriptDone(AudioTranscriptDoneEvent) {}
    /// The caller's steering was taken.
    "response.steer.accepted" => SteerAccepted(SteerAcceptedEvent) {}
    /// The caller's steering waits.
    "response.steer.pending" => SteerPending(SteerPendingEvent) {}
    /// The caller's steering failed.
    "response.steer.failed" => SteerFailed(SteerFailedEvent) {}
    /// The stream broke off. Terminal.
    "error" => Error(ErrorEvent) {
        /// `server_error`, …
        "code" code: Option<String>,
        /// The text for people.
        "message" message: Option<String>,
        /// The parameter at fault.
        "param" param: Option<String>,
        /// The error, where it is nested (WebSocket, and some servers).
        "error" error: Option<ResponseError>,
        /// The HTTP status (WebSocket).
        "status" status: Option<u64>,
    }
}

#[codegen_at_use]
impl StreamEvent {
    /// The response that the event brings: a snapshot, or at the end the whole answer.
    #[must_use]
    pub fn response(&self) -> Option<&Response> {
        match self {
            Self::Created(event) => Some(&event.response),
            Self::Queued(event) => Some(&event.response),
            Self::InProgress(event) => Some(&event.response),
            Self::Completed(event) => Some(&event.response),
            Self::Failed(event) => Some(&event.response),
            Self::Incomplete(event) => Some(&event.response),
            _ => None,
        }
    }

    /// Whether the stream ends with this event.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Completed(_) | Self::Failed(_) | Self::Incomplete(_) | Self::Error(_))
    }
}
