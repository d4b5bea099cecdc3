//! What each event of an OpenAI response changes of its item: a table; and which events look alike but for their texts.
//! Not for: making the change; see `item`.

use bedrock_codegen::codegen_at_use;
use bedrock_formats::openai_responses::{
    Annotation, ContentPart, Item, ItemStatus, ShellOutput, StreamEvent, TokenLogprob,
};
use serde_json::Value;

use super::target::Target;
use crate::fold::fast_path::template::{Slot, Template};

/// Which item an event is for: by its position, or, where the service leaves that out, by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct At {
    pub(crate) index: Option<u64>,
    pub(crate) id: Option<String>,
}

#[codegen_at_use]
impl At {
    pub(crate) fn of(index: Option<u64>, id: Option<String>) -> Self {
        Self { index, id: id.filter(|id| !id.is_empty()) }
    }
}

/// A change of one item. Parts are identified by their positions; one without is the last that is open.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// More of a text.
    Grow(Target, String),
    /// More of a message's text, and how likely its tokens were.
    GrowText(Option<u64>, String, Vec<TokenLogprob>),
    /// A whole text.
    Whole(Target, String),
    /// A message's whole text, and how likely its tokens were.
    WholeText(Option<u64>, String, Vec<TokenLogprob>),
    /// The whole input of a call, and the function's name where it is given.
    WholeInput(Target, String, Option<String>),
    /// A part of the content, at its beginning or its end.
    Part(Target, ContentPart),
    /// A part of the content at its end.
    PartDone(Target, ContentPart),
    /// A part of the summary, at its beginning or its end.
    SummaryPart(Option<u64>, ContentPart),
    /// Where a part of a text comes from.
    Cite(Option<u64>, Annotation),
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

#[codegen_at_use]
impl Change {
    /// Which item an event is for, and what it changes; the event back, where it is for none.
    #[allow(clippy::too_many_lines, reason = "a table")]
    pub(crate) fn of(event: StreamEvent) -> Result<(At, Self), Box<StreamEvent>> {
        use StreamEvent as E;
        Ok(match event {
            E::ContentPartAdded(e) => {
                let target = Target::of_part(&e.part, Target::Text(e.content_index));
                (At::of(e.output_index, e.item_id), Self::Part(target, e.part))
            }
            E::ContentPartDone(e) => {
                let target = Target::of_part(&e.part, Target::Text(e.content_index));
                (At::of(e.output_index, e.item_id), Self::PartDone(target, e.part))
            }
            E::ReasoningPartAdded(e) => {
                let target = Target::of_part(&e.part, Target::Reasoning(e.content_index));
                (At::of(e.output_index, e.item_id), Self::Part(target, e.part))
            }
            E::ReasoningPartDone(e) => {
                let target = Target::of_part(&e.part, Target::Reasoning(e.content_index));
                (At::of(e.output_index, e.item_id), Self::PartDone(target, e.part))
            }
            E::OutputTextDelta(e) => (
                At::of(e.output_index, e.item_id),
                Self::GrowText(e.content_index, e.delta, e.logprobs.unwrap_or_default()),
            ),
            E::OutputTextDone(e) => (
                At::of(e.output_index, e.item_id),
                Self::WholeText(e.content_index, e.text, e.logprobs.unwrap_or_default()),
            ),
            E::OutputTextAnnotationAdded(e) => {
                (At::of(e.output_index, e.item_id), Self::Cite(e.content_index, e.annotation))
            }
            E::RefusalDelta(e) => {
                (At::of(e.output_index, e.item_id), Self::Grow(Target::Refusal(e.content_index), e.delta))
            }
            E::RefusalDone(e) => {
                (At::of(e.output_index, e.item_id), Self::Whole(Target::Refusal(e.content_index), e.refusal))
            }
            E::ReasoningTextDelta(e) => {
                (At::of(e.output_index, e.item_id), Self::Grow(Target::Reasoning(e.content_index), e.delta))
            }
            E::ReasoningTextDone(e) => {
                (At::of(e.output_index, e.item_id), Self::Whole(Target::Reasoning(e.content_index), e.text))
            }
            E::ReasoningSummaryPartAdded(e) => {
                (At::of(e.output_index, e.item_id), Self::SummaryPart(e.summary_index, e.part))
            }
            E::ReasoningSummaryPartDone(e) => {
                (At::of(e.output_index, e.item_id), Self::SummaryPart(e.summary_index, e.part))
            }
            E::ReasoningSummaryTextDelta(e) => {
                (At::of(e.output_index, e.item_id), Self::Grow(Target::Summary(e.summary_index), e.delta))
            }
            E::ReasoningSummaryTextDone(e) => {
                (At::of(e.output_index, e.item_id), Self::Whole(Target::Summary(e.summary_index), e.text))
            }
            E::FunctionCallArgumentsDelta(e) => {
                (At::of(e.output_index, e.item_id), Self::Grow(Target::Arguments, e.delta))
            }
            E::FunctionCallArgumentsDone(e) => {
                (At::of(e.output_index, e.item_id), Self::WholeInput(Target::Arguments, e.arguments, e.name))
            }
            E::CustomToolCallInputDelta(e) => {
                (At::of(e.output_index, e.item_id), Self::Grow(Target::CustomInput, e.delta))
            }
            E::CustomToolCallInputDone(e) => {
                (At::of(e.output_index, e.item_id), Self::WholeInput(Target::CustomInput, e.input, None))
            }
            E::McpCallArgumentsDelta(e) => {
                (At::of(e.output_index, e.item_id), Self::ServiceInput(e.delta, false))
            }
            E::McpCallArgumentsDone(e) => {
                (At::of(e.output_index, e.item_id), Self::ServiceInput(e.arguments, true))
            }
            E::CodeInterpreterCallCodeDelta(e) => {
                (At::of(e.output_index, e.item_id), Self::ServiceInput(e.delta, false))
            }
            E::CodeInterpreterCallCodeDone(e) => {
                (At::of(e.output_index, e.item_id), Self::ServiceInput(e.code, true))
            }
            // These three have no item's id in OpenAI's types.
            E::ShellCallCommandAdded(e) => {
                (At::of(e.output_index, None), Self::Command(e.command_index, e.command, true))
            }
            E::ShellCallCommandDelta(e) => {
                (At::of(e.output_index, None), Self::Command(e.command_index, e.delta, false))
            }
            E::ShellCallCommandDone(e) => {
                (At::of(e.output_index, None), Self::Command(e.command_index, e.command, true))
            }
            E::ShellCallOutputContentDelta(e) => {
                (At::of(e.output_index, e.item_id), Self::Output(e.command_index, e.delta))
            }
            E::ShellCallOutputContentDone(e) => {
                (At::of(e.output_index, e.item_id), Self::OutputDone(e.command_index, e.output))
            }
            // Images and shells are in no recorded stream: by OpenAI's types.
            E::ImageGenerationCallPartialImage(e) => (
                At::of(e.output_index, e.item_id),
                Self::Preview(e.partial_image_index, e.output_format, e.partial_image_b64),
            ),
            E::McpCallInProgress(e) => {
                (At::of(e.output_index, e.item_id), Self::Status(ItemStatus::InProgress))
            }
            E::McpCallCompleted(e) => {
                (At::of(e.output_index, e.item_id), Self::Status(ItemStatus::Completed))
            }
            E::McpCallFailed(e) => (At::of(e.output_index, e.item_id), Self::Status(ItemStatus::Failed)),
            E::McpListToolsInProgress(e) => {
                (At::of(e.output_index, e.item_id), Self::Status(ItemStatus::InProgress))
            }
            E::McpListToolsCompleted(e) => {
                (At::of(e.output_index, e.item_id), Self::Status(ItemStatus::Completed))
            }
            E::McpListToolsFailed(e) => (At::of(e.output_index, e.item_id), Self::Status(ItemStatus::Failed)),
            E::FileSearchCallInProgress(e) => {
                (At::of(e.output_index, e.item_id), Self::Status(ItemStatus::InProgress))
            }
            E::FileSearchCallSearching(e) => {
                (At::of(e.output_index, e.item_id), Self::Status(ItemStatus::Searching))
            }
            E::FileSearchCallCompleted(e) => {
                (At::of(e.output_index, e.item_id), Self::Status(ItemStatus::Completed))
            }
            E::WebSearchCallInProgress(e) => {
                (At::of(e.output_index, e.item_id), Self::Status(ItemStatus::InProgress))
            }
            E::WebSearchCallSearching(e) => {
                (At::of(e.output_index, e.item_id), Self::Status(ItemStatus::Searching))
            }
            E::WebSearchCallCompleted(e) => {
                (At::of(e.output_index, e.item_id), Self::Status(ItemStatus::Completed))
            }
            E::CodeInterpreterCallInProgress(e) => {
                (At::of(e.output_index, e.item_id), Self::Status(ItemStatus::InProgress))
            }
            E::CodeInterpreterCallInterpreting(e) => {
                (At::of(e.output_index, e.item_id), Self::Status(ItemStatus::Interpreting))
            }
            E::CodeInterpreterCallCompleted(e) => {
                (At::of(e.output_index, e.item_id), Self::Status(ItemStatus::Completed))
            }
            E::ImageGenerationCallInProgress(e) => {
                (At::of(e.output_index, e.item_id), Self::Status(ItemStatus::InProgress))
            }
            E::ImageGenerationCallGenerating(e) => {
                (At::of(e.output_index, e.item_id), Self::Status(ItemStatus::Generating))
            }
            E::ImageGenerationCallCompleted(e) => {
                (At::of(e.output_index, e.item_id), Self::Status(ItemStatus::Completed))
            }
            E::CompactionCompacting(e) => {
                (At::of(e.output_index, e.item_id), Self::Status(ItemStatus::InProgress))
            }
            other => return Err(Box::new(other)),
        })
    }

    /// Whether it brings content, and not only how far the service is.
    pub(crate) fn says(&self) -> bool {
        match self {
            Self::Grow(_, text) | Self::GrowText(_, text, _) | Self::ServiceInput(text, _) => {
                !text.is_empty()
            }
            Self::Preview(..) => true,
            _ => false,
        }
    }

    /// The target that the change is made in, where it can open an item that was not announced.
    pub(crate) fn target(&self) -> Option<Target> {
        Some(match self {
            Self::Grow(target, _) | Self::Whole(target, _) | Self::WholeInput(target, ..) => *target,
            Self::Part(target, _) | Self::PartDone(target, _) => *target,
            Self::SummaryPart(index, _) => Target::Summary(*index),
            Self::GrowText(index, ..) | Self::WholeText(index, ..) | Self::Cite(index, _) => {
                Target::Text(*index)
            }
            _ => return None,
        })
    }
}

/// Whether an event brings what the service's own tools take or give, which opens no item: a program, a command, what that prints, a
/// picture.
#[codegen_at_use]
pub(crate) fn is_of_service(event: &StreamEvent) -> bool {
    use StreamEvent as E;
    matches!(
        event,
        E::McpCallArgumentsDelta(_)
            | E::McpCallArgumentsDone(_)
            | E::CodeInterpreterCallCodeDelta(_)
            | E::CodeInterpreterCallCodeDone(_)
            | E::ShellCallCommandAdded(_)
            | E::ShellCallCommandDelta(_)
            | E::ShellCallCommandDone(_)
            | E::ShellCallOutputContentDelta(_)
            | E::ShellCallOutputContentDone(_)
            | E::ImageGenerationCallPartialImage(_)
    )
}

/// What a delta appends to, and its text, where it does nothing that doing twice would change.
#[codegen_at_use]
fn plain_delta(event: &mut StreamEvent) -> Option<(u64, Target, &mut String)> {
    Some(match event {
        StreamEvent::OutputTextDelta(event) if event.logprobs.as_ref().is_none_or(Vec::is_empty) => {
            (event.output_index?, Target::Text(Some(event.content_index?)), &mut event.delta)
        }
        StreamEvent::ReasoningTextDelta(event) => {
            (event.output_index?, Target::Reasoning(Some(event.content_index?)), &mut event.delta)
        }
        StreamEvent::ReasoningSummaryTextDelta(event) => {
            (event.output_index?, Target::Summary(Some(event.summary_index?)), &mut event.delta)
        }
        StreamEvent::FunctionCallArgumentsDelta(event) => {
            (event.output_index?, Target::Arguments, &mut event.delta)
        }
        StreamEvent::CustomToolCallInputDelta(event) => {
            (event.output_index?, Target::CustomInput, &mut event.delta)
        }
        _ => return None,
    })
}

/// The template of an event that appends to one text and does nothing else, and what it appends to.
#[codegen_at_use]
pub(crate) fn lesson(json: &[u8], event: &StreamEvent) -> Option<(Template, (u64, Target))> {
    const SLOTS: [(&str, Slot); 3] =
        [("delta", Slot::Text), ("sequence_number", Slot::Number), ("obfuscation", Slot::Padding)];
    let mut expected = event.clone();
    let (index, target, text) = plain_delta(&mut expected)?;
    // The proof: what the template makes of another text is this event with that text.
    let probe = "a probe";
    probe.clone_into(text);
    let template = Template::of(json, &SLOTS)?;
    let filled = serde_json::from_slice::<Value>(&template.fill(probe)).ok()?;
    let expected = serde_json::to_value(&expected).ok()?;
    let same =
        |key: &str| filled.get(key) == expected.get(key) || ["sequence_number", "obfuscation"].contains(&key);
    let keys = |value: &Value| value.as_object().map(|object| object.keys().cloned().collect::<Vec<_>>());
    let all_same = keys(&filled)?.iter().chain(&keys(&expected)?).all(|key| same(key));
    all_same.then_some((template, (index, target)))
}

/// An item's id.
#[codegen_at_use]
pub(super) fn id_of(item: &Item) -> Option<String> {
    let item = serde_json::to_value(item).ok()?;
    item.get("id").and_then(Value::as_str).filter(|id| !id.is_empty()).map(str::to_owned)
}
