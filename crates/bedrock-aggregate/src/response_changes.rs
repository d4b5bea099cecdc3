//! What each event of an OpenAI response changes of its item: a table.
//! Not for: making the change; see `response_items`.

use bedrock_formats::openai_responses::{
    Annotation, ContentPart, ItemStatus, ShellOutput, StreamEvent, TokenLogprob,
};

use crate::response_items::Place;

/// A change of one item.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// More of a text.
    Grow(Place, String),
    /// More of a message's text, and how likely its tokens were.
    GrowText(u64, String, Vec<TokenLogprob>),
    /// A whole text.
    Whole(Place, String),
    /// A message's whole text, and how likely its tokens were.
    WholeText(u64, String, Vec<TokenLogprob>),
    /// The whole input of a call, and the function's name where it is told.
    WholeInput(Place, String, Option<String>),
    /// A part of the content, at its beginning or its end.
    Part(u64, ContentPart),
    /// A part of the content at its end.
    PartDone(u64, ContentPart),
    /// A part of the summary, at its beginning or its end.
    SummaryPart(u64, ContentPart),
    /// Where a part of a text comes from.
    Cite(u64, Annotation),
    /// Input of what the service runs: a piece, or all of it.
    ServiceInput(String, bool),
    /// A shell command: a piece, or all of it.
    Command(u64, String, bool),
    /// More of what a shell command prints.
    Output(u64, ShellOutput),
    /// All that it printed.
    OutputDone(u64, Vec<ShellOutput>),
    /// How far the service is.
    Status(ItemStatus),
    /// A preview of an image: its number, its format, base64.
    Preview(Option<u64>, Option<String>, String),
}

impl Change {
    /// The position of the item that an event is for, and what it changes; the event back, where it is for none.
    #[allow(clippy::too_many_lines, reason = "a table")]
    #[cfg_attr(not(debug_assertions), inline)]
    pub(crate) fn of(event: StreamEvent) -> Result<(u64, Self), Box<StreamEvent>> {
        use StreamEvent as E;
        Ok(match event {
            E::ContentPartAdded(e) => (e.output_index, Self::Part(e.content_index, e.part)),
            E::ContentPartDone(e) => (e.output_index, Self::PartDone(e.content_index, e.part)),
            E::ReasoningPartAdded(e) => (e.output_index, Self::Part(e.content_index, e.part)),
            E::ReasoningPartDone(e) => (e.output_index, Self::PartDone(e.content_index, e.part)),
            E::OutputTextDelta(e) => {
                (e.output_index, Self::GrowText(e.content_index, e.delta, e.logprobs.unwrap_or_default()))
            }
            E::OutputTextDone(e) => {
                (e.output_index, Self::WholeText(e.content_index, e.text, e.logprobs.unwrap_or_default()))
            }
            E::OutputTextAnnotationAdded(e) => (e.output_index, Self::Cite(e.content_index, e.annotation)),
            E::RefusalDelta(e) => (e.output_index, Self::Grow(Place::Refusal(e.content_index), e.delta)),
            E::RefusalDone(e) => (e.output_index, Self::Whole(Place::Refusal(e.content_index), e.refusal)),
            E::ReasoningTextDelta(e) => {
                (e.output_index, Self::Grow(Place::Reasoning(e.content_index), e.delta))
            }
            E::ReasoningTextDone(e) => {
                (e.output_index, Self::Whole(Place::Reasoning(e.content_index), e.text))
            }
            E::ReasoningSummaryPartAdded(e) => (e.output_index, Self::SummaryPart(e.summary_index, e.part)),
            E::ReasoningSummaryPartDone(e) => (e.output_index, Self::SummaryPart(e.summary_index, e.part)),
            E::ReasoningSummaryTextDelta(e) => {
                (e.output_index, Self::Grow(Place::Summary(e.summary_index), e.delta))
            }
            E::ReasoningSummaryTextDone(e) => {
                (e.output_index, Self::Whole(Place::Summary(e.summary_index), e.text))
            }
            E::FunctionCallArgumentsDelta(e) => (e.output_index, Self::Grow(Place::Arguments, e.delta)),
            E::FunctionCallArgumentsDone(e) => {
                (e.output_index, Self::WholeInput(Place::Arguments, e.arguments, e.name))
            }
            E::CustomToolCallInputDelta(e) => (e.output_index, Self::Grow(Place::CustomInput, e.delta)),
            E::CustomToolCallInputDone(e) => {
                (e.output_index, Self::WholeInput(Place::CustomInput, e.input, None))
            }
            E::McpCallArgumentsDelta(e) => (e.output_index, Self::ServiceInput(e.delta, false)),
            E::McpCallArgumentsDone(e) => (e.output_index, Self::ServiceInput(e.arguments, true)),
            E::CodeInterpreterCallCodeDelta(e) => (e.output_index, Self::ServiceInput(e.delta, false)),
            E::CodeInterpreterCallCodeDone(e) => (e.output_index, Self::ServiceInput(e.code, true)),
            E::ShellCallCommandAdded(e) => (e.output_index, Self::Command(e.command_index, e.command, true)),
            E::ShellCallCommandDelta(e) => (e.output_index, Self::Command(e.command_index, e.delta, false)),
            E::ShellCallCommandDone(e) => (e.output_index, Self::Command(e.command_index, e.command, true)),
            E::ShellCallOutputContentDelta(e) => (e.output_index, Self::Output(e.command_index, e.delta)),
            E::ShellCallOutputContentDone(e) => (e.output_index, Self::OutputDone(e.command_index, e.output)),
            E::ImageGenerationCallPartialImage(e) => {
                (e.output_index, Self::Preview(e.partial_image_index, e.output_format, e.partial_image_b64))
            }
            E::McpCallInProgress(e) => (e.output_index, Self::Status(ItemStatus::InProgress)),
            E::McpCallCompleted(e) => (e.output_index, Self::Status(ItemStatus::Completed)),
            E::McpCallFailed(e) => (e.output_index, Self::Status(ItemStatus::Failed)),
            E::McpListToolsInProgress(e) => (e.output_index, Self::Status(ItemStatus::InProgress)),
            E::McpListToolsCompleted(e) => (e.output_index, Self::Status(ItemStatus::Completed)),
            E::McpListToolsFailed(e) => (e.output_index, Self::Status(ItemStatus::Failed)),
            E::FileSearchCallInProgress(e) => (e.output_index, Self::Status(ItemStatus::InProgress)),
            E::FileSearchCallSearching(e) => (e.output_index, Self::Status(ItemStatus::Searching)),
            E::FileSearchCallCompleted(e) => (e.output_index, Self::Status(ItemStatus::Completed)),
            E::WebSearchCallInProgress(e) => (e.output_index, Self::Status(ItemStatus::InProgress)),
            E::WebSearchCallSearching(e) => (e.output_index, Self::Status(ItemStatus::Searching)),
            E::WebSearchCallCompleted(e) => (e.output_index, Self::Status(ItemStatus::Completed)),
            E::CodeInterpreterCallInProgress(e) => (e.output_index, Self::Status(ItemStatus::InProgress)),
            E::CodeInterpreterCallInterpreting(e) => (e.output_index, Self::Status(ItemStatus::Interpreting)),
            E::CodeInterpreterCallCompleted(e) => (e.output_index, Self::Status(ItemStatus::Completed)),
            E::ImageGenerationCallInProgress(e) => (e.output_index, Self::Status(ItemStatus::InProgress)),
            E::ImageGenerationCallGenerating(e) => (e.output_index, Self::Status(ItemStatus::Generating)),
            E::ImageGenerationCallCompleted(e) => (e.output_index, Self::Status(ItemStatus::Completed)),
            E::CompactionCompacting(e) => (e.output_index, Self::Status(ItemStatus::InProgress)),
            other => return Err(Box::new(other)),
        })
    }

    /// The place that the change is made in, where it can open an item that was not announced.
    #[cfg_attr(not(debug_assertions), inline)]
    pub(crate) fn place(&self) -> Option<Place> {
        Some(match self {
            Self::Grow(place, _) | Self::Whole(place, _) | Self::WholeInput(place, ..) => *place,
            Self::Part(index, part) | Self::PartDone(index, part) => match part {
                ContentPart::ReasoningText(_) => Place::Reasoning(*index),
                ContentPart::Refusal(_) => Place::Refusal(*index),
                _ => Place::Text(*index),
            },
            Self::SummaryPart(index, _) => Place::Summary(*index),
            Self::GrowText(index, ..) | Self::WholeText(index, ..) | Self::Cite(index, _) => {
                Place::Text(*index)
            }
            _ => return None,
        })
    }
}
