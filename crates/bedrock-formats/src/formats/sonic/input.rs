//! The events that are sent: the session, the prompt and its contents.

use serde_json::Value;

use crate::wire::Blob;

use super::media::{AudioConfiguration, ContentType, Role, TextConfiguration};

// As other clients send it: no session is recorded.
wire_struct! {
    /// The session begins.
    pub struct SessionStart {
        /// How to generate.
        "inferenceConfiguration" inference_configuration: Option<InferenceConfiguration>,
        /// When the user's turn is over (Nova 2 Sonic).
        "turnDetectionConfiguration" turn_detection_configuration: Option<TurnDetectionConfiguration>,
    }

    /// How to generate.
    pub struct InferenceConfiguration {
        /// The most tokens to generate.
        "maxTokens" max_tokens: Option<u64>,
        /// The probability mass to sample from, 0 to 1.
        "topP" top_p: Option<f64>,
        /// Randomness, 0 to 1.
        "temperature" temperature: Option<f64>,
    }

    /// When the user's turn is over.
    pub struct TurnDetectionConfiguration {
        /// `HIGH` (at once), `MEDIUM` or `LOW`.
        "endpointingSensitivity" endpointing_sensitivity: Option<String>,
    }

    /// The prompt begins: how the model is to answer.
    pub struct PromptStart {
        /// A name for the prompt, unique in the session.
        "promptName" prompt_name: String,
        /// The answer's text.
        "textOutputConfiguration" text_output_configuration: Option<TextConfiguration>,
        /// The answer's sound.
        "audioOutputConfiguration" audio_output_configuration: Option<AudioConfiguration>,
        /// The form of calls of tools: `application/json`.
        "toolUseOutputConfiguration" tool_use_output_configuration: Option<TextConfiguration>,
        /// The tools.
        "toolConfiguration" tool_configuration: Option<ToolConfiguration>,
    }

    /// The tools.
    pub struct ToolConfiguration {
        /// The tools.
        "tools" tools: Vec<Tool>,
        /// Whether the model must call one.
        "toolChoice" tool_choice: Option<Value>,
    }

    /// A tool.
    pub struct Tool {
        /// What it is.
        "toolSpec" tool_spec: ToolSpec,
    }

    /// What a tool is.
    pub struct ToolSpec {
        /// Its name.
        "name" name: String,
        /// What it does and when to call it.
        "description" description: Option<String>,
        /// What it takes.
        "inputSchema" input_schema: ToolInputSchema,
    }

    /// What a tool takes.
    pub struct ToolInputSchema {
        /// The JSON schema, as text: here alone it is no object.
        "json" json: String,
    }

    /// A content begins.
    pub struct InputContentStart {
        /// The prompt's name.
        "promptName" prompt_name: String,
        /// A name for the content, unique in the prompt.
        "contentName" content_name: String,
        /// What it is.
        "type" kind: ContentType,
        /// Whether the model may answer at once.
        "interactive" interactive: Option<bool>,
        /// Who speaks.
        "role" role: Option<Role>,
        /// For text.
        "textInputConfiguration" text_input_configuration: Option<TextConfiguration>,
        /// For sound.
        "audioInputConfiguration" audio_input_configuration: Option<AudioConfiguration>,
        /// For the result of a tool.
        "toolResultInputConfiguration" tool_result_input_configuration: Option<ToolResultInputConfiguration>,
    }

    /// Of which call the content is the result.
    pub struct ToolResultInputConfiguration {
        /// The call's id.
        "toolUseId" tool_use_id: String,
        /// `TEXT`.
        "type" kind: Option<ContentType>,
        /// Its form.
        "textInputConfiguration" text_input_configuration: Option<TextConfiguration>,
    }

    /// A piece of text: to 50 KB a message, 200 KB of history in all.
    pub struct TextInput {
        /// The prompt's name.
        "promptName" prompt_name: String,
        /// The content's name.
        "contentName" content_name: String,
        /// The text.
        "content" content: String,
    }

    /// A piece of sound.
    pub struct AudioInput {
        /// The prompt's name.
        "promptName" prompt_name: String,
        /// The content's name.
        "contentName" content_name: String,
        /// Samples.
        "content" content: Blob,
    }

    /// The result of a tool.
    pub struct ToolResult {
        /// The prompt's name.
        "promptName" prompt_name: String,
        /// The content's name.
        "contentName" content_name: String,
        /// JSON, as text.
        "content" content: String,
    }

    /// A content ends.
    pub struct InputContentEnd {
        /// The prompt's name.
        "promptName" prompt_name: String,
        /// The content's name.
        "contentName" content_name: String,
    }

    /// The prompt ends.
    pub struct PromptEnd {
        /// The prompt's name.
        "promptName" prompt_name: String,
    }

    /// The session ends.
    pub struct SessionEnd {}
}

wire_union! {
    /// What is sent.
    pub enum InputEvent {
        /// The session begins.
        "sessionStart" => SessionStart(SessionStart),
        /// The prompt begins.
        "promptStart" => PromptStart(PromptStart),
        /// A content begins.
        "contentStart" => ContentStart(InputContentStart),
        /// Text.
        "textInput" => TextInput(TextInput),
        /// Sound.
        "audioInput" => AudioInput(AudioInput),
        /// The result of a tool.
        "toolResult" => ToolResult(ToolResult),
        /// A content ends.
        "contentEnd" => ContentEnd(InputContentEnd),
        /// The prompt ends.
        "promptEnd" => PromptEnd(PromptEnd),
        /// The session ends.
        "sessionEnd" => SessionEnd(SessionEnd),
    }
}
