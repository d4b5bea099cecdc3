//! ApplyGuardrail: a stored guardrail looks at a text or picture, with no model called.
//! Not for: checks without a stored guardrail; see `checks.rs`.

use bedrock_codegen::codegen_at_use;

use super::{GuardrailAssessment, GuardrailCoverage, GuardrailUsage};
use crate::wire::Blob;

// The service model, and three recorded answers.
wire_struct! {
    /// What ApplyGuardrail is asked. The guardrail's id and version travel in the path.
    pub struct ApplyGuardrailRequest {
        /// Whether the content is a question or an answer.
        "source" source: GuardrailContentSource,
        /// What to look at.
        "content" content: Vec<GuardrailContentBlock>,
        /// How much the answer says.
        "outputScope" output_scope: Option<GuardrailOutputScope>,
    }
    /// What ApplyGuardrail answers.
    pub struct ApplyGuardrailResponse {
        /// The units that are billed.
        "usage" usage: Option<GuardrailUsage>,
        /// Whether the guardrail acted.
        "action" action: GuardrailAction,
        /// Why, in words.
        "actionReason" action_reason: Option<String>,
        /// What to use in place of the content: its text masked, or the guardrail's message. Empty where the guardrail did
        /// not act.
        "outputs" outputs: Option<Vec<GuardrailOutputContent>>,
        /// What was found.
        "assessments" assessments: Option<Vec<GuardrailAssessment>>,
        /// How much was looked at.
        "guardrailCoverage" guardrail_coverage: Option<GuardrailCoverage>,
    }
    /// A text to look at.
    pub struct GuardrailTextBlock {
        /// The text.
        "text" text: String,
        /// What the text is to the grounding check.
        "qualifiers" qualifiers: Option<Vec<GuardrailContentQualifier>>,
    }
    /// A picture to look at.
    pub struct GuardrailImageBlock {
        /// Its file format.
        "format" format: GuardrailImageFormat,
        /// Its bytes.
        "source" source: GuardrailImageSource,
    }
    /// What to use in place of the content.
    pub struct GuardrailOutputContent {
        /// The text.
        "text" text: Option<String>,
    }
}

wire_union! {
    /// A piece of content to look at.
    pub enum GuardrailContentBlock {
        /// Text.
        "text" => Text(GuardrailTextBlock),
        /// A picture.
        "image" => Image(GuardrailImageBlock),
    }
    /// Where a picture's bytes are.
    pub enum GuardrailImageSource {
        /// Here.
        "bytes" => Bytes(Blob),
    }
}

wire_enum! {
    /// Whether content is a question or an answer.
    pub enum GuardrailContentSource {
        /// A question.
        "INPUT" => Input,
        /// An answer.
        "OUTPUT" => Output,
    }
    /// How much the answer of ApplyGuardrail says.
    pub enum GuardrailOutputScope {
        /// What it acted on.
        "INTERVENTIONS" => Interventions,
        /// Also what it looked at and let pass.
        "FULL" => Full,
    }
    /// Whether a guardrail acted.
    pub enum GuardrailAction {
        /// It did not.
        "NONE" => Nothing,
        /// It blocked or masked something.
        "GUARDRAIL_INTERVENED" => GuardrailIntervened,
    }
    /// What a text is to the grounding check.
    pub enum GuardrailContentQualifier {
        /// The truth that the answer is held against.
        "grounding_source" => GroundingSource,
        /// The question that the answer is held against.
        "query" => Query,
        /// Ordinary content.
        "guard_content" => GuardContent,
    }
    /// The picture formats a guardrail can look at.
    pub enum GuardrailImageFormat {
        /// PNG.
        "png" => Png,
        /// JPEG.
        "jpeg" => Jpeg,
    }
}

impl ApplyGuardrailRequest {
    /// Looks at a question.
    #[must_use]
    pub fn input(content: impl Into<GuardrailContentBlock>) -> Self {
        Self::new(GuardrailContentSource::Input, [content])
    }

    /// Looks at an answer.
    #[must_use]
    pub fn output(content: impl Into<GuardrailContentBlock>) -> Self {
        Self::new(GuardrailContentSource::Output, [content])
    }

    /// Looks at several pieces.
    #[must_use]
    pub fn new<C: Into<GuardrailContentBlock>>(
        source: GuardrailContentSource,
        content: impl IntoIterator<Item = C>,
    ) -> Self {
        Self { source, content: content.into_iter().map(Into::into).collect(), ..Self::default() }
    }
}

#[codegen_at_use]
impl ApplyGuardrailResponse {
    /// The text to use in place of the content: `None` where the guardrail did not act.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let outputs = self.outputs.as_deref().filter(|outputs| !outputs.is_empty())?;
        Some(outputs.iter().filter_map(|output| output.text.as_deref()).collect())
    }
}

#[codegen_at_use]
impl From<&str> for GuardrailContentBlock {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

#[codegen_at_use]
impl From<String> for GuardrailContentBlock {
    fn from(text: String) -> Self {
        Self::Text(GuardrailTextBlock { text, ..GuardrailTextBlock::default() })
    }
}

#[codegen_at_use]
impl From<GuardrailTextBlock> for GuardrailContentBlock {
    fn from(text: GuardrailTextBlock) -> Self {
        Self::Text(text)
    }
}

#[codegen_at_use]
impl From<GuardrailImageBlock> for GuardrailContentBlock {
    fn from(image: GuardrailImageBlock) -> Self {
        Self::Image(image)
    }
}
