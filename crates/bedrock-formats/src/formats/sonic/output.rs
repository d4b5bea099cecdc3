//! The events that come back: the answer's contents, token counts, the user's speech.

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use crate::wire::Blob;

use super::media::{AudioConfiguration, ContentType, Role, StopReason, TextConfiguration};

// As other clients read it: no session is recorded.
wire_struct! {
    /// The model begins to answer.
    pub struct CompletionStart {
        /// The session's id.
        "sessionId" session_id: Option<String>,
        /// The prompt's name.
        "promptName" prompt_name: Option<String>,
        /// The answer's id.
        "completionId" completion_id: Option<String>,
    }

    /// A content of the answer begins.
    pub struct OutputContentStart {
        /// The session's id.
        "sessionId" session_id: Option<String>,
        /// The prompt's name.
        "promptName" prompt_name: Option<String>,
        /// The answer's id.
        "completionId" completion_id: Option<String>,
        /// The content's id.
        "contentId" content_id: Option<String>,
        /// What it is.
        "type" kind: Option<ContentType>,
        /// Who speaks: the user too, as the model understood them.
        "role" role: Option<Role>,
        /// JSON, as text: `{"generationStage":"SPECULATIVE"|"FINAL"}`.
        "additionalModelFields" additional_model_fields: Option<String>,
        /// For text.
        "textOutputConfiguration" text_output_configuration: Option<TextConfiguration>,
        /// For sound.
        "audioOutputConfiguration" audio_output_configuration: Option<AudioConfiguration>,
        /// For the call of a tool.
        "toolUseOutputConfiguration" tool_use_output_configuration: Option<TextConfiguration>,
    }

    /// A piece of text.
    pub struct TextOutput {
        /// The session's id.
        "sessionId" session_id: Option<String>,
        /// The prompt's name.
        "promptName" prompt_name: Option<String>,
        /// The answer's id.
        "completionId" completion_id: Option<String>,
        /// The content's id.
        "contentId" content_id: Option<String>,
        /// The text; `{ "interrupted" : true }` where the user spoke up.
        "content" content: String,
        /// Who speaks; where it is missing, the content's start says it.
        "role" role: Option<Role>,
    }

    /// A piece of sound.
    pub struct AudioOutput {
        /// The session's id.
        "sessionId" session_id: Option<String>,
        /// The prompt's name.
        "promptName" prompt_name: Option<String>,
        /// The answer's id.
        "completionId" completion_id: Option<String>,
        /// The content's id.
        "contentId" content_id: Option<String>,
        /// Samples.
        "content" content: Blob,
    }

    /// A call of a tool.
    pub struct ToolUse {
        /// The session's id.
        "sessionId" session_id: Option<String>,
        /// The prompt's name.
        "promptName" prompt_name: Option<String>,
        /// The answer's id.
        "completionId" completion_id: Option<String>,
        /// The content's id.
        "contentId" content_id: Option<String>,
        /// The call's id.
        "toolUseId" tool_use_id: String,
        /// The tool's name.
        "toolName" tool_name: String,
        /// Its input: JSON, as text.
        "content" content: String,
    }

    /// A content of the answer ends.
    pub struct OutputContentEnd {
        /// The session's id.
        "sessionId" session_id: Option<String>,
        /// The prompt's name.
        "promptName" prompt_name: Option<String>,
        /// The answer's id.
        "completionId" completion_id: Option<String>,
        /// The content's id.
        "contentId" content_id: Option<String>,
        /// What it was.
        "type" kind: Option<ContentType>,
        /// Why it ends.
        "stopReason" stop_reason: Option<StopReason>,
    }

    /// Token counts; the totals are of the whole session.
    pub struct UsageEvent {
        /// The session's id.
        "sessionId" session_id: Option<String>,
        /// The prompt's name.
        "promptName" prompt_name: Option<String>,
        /// The answer's id.
        "completionId" completion_id: Option<String>,
        /// Tokens heard and read.
        "totalInputTokens" total_input_tokens: Option<u64>,
        /// Tokens spoken and written.
        "totalOutputTokens" total_output_tokens: Option<u64>,
        /// Both together.
        "totalTokens" total_tokens: Option<u64>,
        /// What they were.
        "details" details: Option<UsageDetails>,
    }

    /// What the tokens were.
    pub struct UsageDetails {
        /// In the whole session.
        "total" total: Option<UsageSplit>,
        /// Since the last of these events.
        "delta" delta: Option<UsageSplit>,
    }

    /// Tokens by direction.
    pub struct UsageSplit {
        /// Heard and read.
        "input" input: Option<ModalityTokens>,
        /// Spoken and written.
        "output" output: Option<ModalityTokens>,
    }

    /// Tokens by kind.
    pub struct ModalityTokens {
        /// Of speech.
        "speechTokens" speech_tokens: Option<u64>,
        /// Of text.
        "textTokens" text_tokens: Option<u64>,
    }

    /// The answer is complete.
    pub struct CompletionEnd {
        /// The session's id.
        "sessionId" session_id: Option<String>,
        /// The prompt's name.
        "promptName" prompt_name: Option<String>,
        /// The answer's id.
        "completionId" completion_id: Option<String>,
        /// Why it ends.
        "stopReason" stop_reason: Option<StopReason>,
    }
}

wire_union! {
    /// What comes back.
    pub enum OutputEvent {
        /// The model begins to answer.
        "completionStart" => CompletionStart(CompletionStart),
        /// A content begins.
        "contentStart" => ContentStart(OutputContentStart),
        /// Text.
        "textOutput" => TextOutput(TextOutput),
        /// Sound.
        "audioOutput" => AudioOutput(AudioOutput),
        /// A call of a tool.
        "toolUse" => ToolUse(ToolUse),
        /// A content ends.
        "contentEnd" => ContentEnd(OutputContentEnd),
        /// Token counts.
        "usageEvent" => UsageEvent(UsageEvent),
        /// The answer is complete.
        "completionEnd" => CompletionEnd(CompletionEnd),
        /// The user begins to speak (newer models).
        "userSpeechStart" => UserSpeechStart(Value),
        /// The user has spoken (newer models).
        "userSpeechEnd" => UserSpeechEnd(Value),
    }
}

#[codegen_at_use]
impl OutputContentStart {
    /// `SPECULATIVE` for a preview of what will be said, `FINAL` for what was said.
    #[must_use]
    pub fn generation_stage(&self) -> Option<String> {
        let fields: Value = serde_json::from_str(self.additional_model_fields.as_deref()?).ok()?;
        Some(fields.get("generationStage")?.as_str()?.to_owned())
    }
}

#[codegen_at_use]
impl TextOutput {
    /// Whether this is no text but the notice that the user spoke up.
    #[must_use]
    pub fn is_interruption(&self) -> bool {
        let notice = serde_json::from_str::<Value>(&self.content).ok();
        notice.is_some_and(|notice| notice.get("interrupted").and_then(Value::as_bool) == Some(true))
    }
}
