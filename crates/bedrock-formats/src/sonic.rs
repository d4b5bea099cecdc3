//! Amazon Nova Sonic: speech in and out, over the bidirectional stream.
//!
//! For: the events of `amazon.nova-sonic-*` and `amazon.nova-2-sonic-*`: what a frame's `bytes` hold, in both directions.
//! Not for: the frames and their signatures; nor Nova's other models (see `nova`).
//!
//! A session is: `sessionStart`, `promptStart`, the system prompt as a text content, then contents (each begun and ended)
//! as they come, `promptEnd`, `sessionEnd`. The assistant's text comes twice, as a preview (`SPECULATIVE`) and as it was
//! spoken (`FINAL`).
//!
//! ```
//! use bedrock_formats::sonic::{Frame, InputEvent, OutputEvent, TextInput};
//!
//! let event = InputEvent::TextInput(TextInput::default().prompt_name("p").content_name("c").content("Hi"));
//! assert_eq!(serde_json::to_value(Frame::new(event))?, serde_json::json!({
//!     "event": {"textInput": {"promptName": "p", "contentName": "c", "content": "Hi"}}}));
//!
//! let frame: Frame<OutputEvent> = serde_json::from_str(
//!     r#"{"event": {"contentStart": {"contentId": "1", "type": "TEXT", "role": "ASSISTANT",
//!         "additionalModelFields": "{\"generationStage\":\"FINAL\"}"}}}"#)?;
//! let OutputEvent::ContentStart(start) = frame.event else { panic!("a start") };
//! assert_eq!(start.generation_stage().as_deref(), Some("FINAL"));
//! # Ok::<(), serde_json::Error>(())
//! ```

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use crate::wire::{self, Blob, Extra, Wire};

/// What a frame holds: one event, under the key `event`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Frame<E> {
    /// The event.
    pub event: E,
    /// What else arrived beside it.
    pub extra: Extra,
}

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

    /// Text.
    pub struct TextConfiguration {
        /// `text/plain`, or `application/json` for calls of tools.
        "mediaType" media_type: Option<String>,
    }

    /// Sound.
    pub struct AudioConfiguration {
        /// `audio/lpcm`.
        "mediaType" media_type: Option<String>,
        /// Samples a second: 8000, 16000 or 24000.
        "sampleRateHertz" sample_rate_hertz: Option<u64>,
        /// Bits a sample: 16.
        "sampleSizeBits" sample_size_bits: Option<u64>,
        /// Channels: 1.
        "channelCount" channel_count: Option<u64>,
        /// The voice that answers.
        "voiceId" voice_id: Option<String>,
        /// `base64`.
        "encoding" encoding: Option<String>,
        /// `SPEECH`.
        "audioType" audio_type: Option<String>,
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

wire_enum! {
    /// What a content is.
    pub enum ContentType {
        /// Text.
        "TEXT" => Text,
        /// Sound.
        "AUDIO" => Audio,
        /// A call of a tool, or its result.
        "TOOL" => Tool,
    }

    /// Who speaks.
    pub enum Role {
        /// The operator.
        "SYSTEM" => System,
        /// The user.
        "USER" => User,
        /// The model.
        "ASSISTANT" => Assistant,
        /// A tool.
        "TOOL" => Tool,
    }

    /// Why a content or an answer ends.
    pub enum StopReason {
        /// More of the turn follows.
        "PARTIAL_TURN" => PartialTurn,
        /// The model had finished.
        "END_TURN" => EndTurn,
        /// The user spoke up.
        "INTERRUPTED" => Interrupted,
        /// The model waits for the result of a tool.
        "TOOL_USE" => ToolUse,
    }
}

impl<E> Frame<E> {
    /// A frame with this event.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn new(event: E) -> Self {
        Self { event, extra: Extra::new() }
    }
}

impl OutputContentStart {
    /// `SPECULATIVE` for a preview of what will be said, `FINAL` for what was said.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn generation_stage(&self) -> Option<String> {
        let fields: Value = serde_json::from_str(self.additional_model_fields.as_deref()?).ok()?;
        Some(fields.get("generationStage")?.as_str()?.to_owned())
    }
}

impl TextOutput {
    /// Whether this is no text but the notice that the user spoke up.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn is_interruption(&self) -> bool {
        let notice = serde_json::from_str::<Value>(&self.content).ok();
        notice.is_some_and(|notice| notice.get("interrupted").and_then(Value::as_bool) == Some(true))
    }
}

impl<E: Serialize> Serialize for Frame<E> {
    #[cfg_attr(not(debug_assertions), inline)]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("event", &self.event)?;
        for (key, value) in &self.extra {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de, E: Wire + Default> Deserialize<'de> for Frame<E> {
    #[cfg_attr(not(debug_assertions), inline)]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        let mut extra = Extra::deserialize(deserializer)?;
        let value = extra.shift_remove("event").ok_or_else(|| D::Error::missing_field("event"))?;
        let mut event = E::default();
        wire::fill(&mut event, value.into()).map_err(|error| D::Error::custom(error.under("event")))?;
        Ok(Self { event, extra })
    }
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;
    use serde_json::json;

    use super::*;

    fn check<E: DeserializeOwned + Serialize>(event: Value) -> E {
        let wire = json!({"event": event, "more": 1});
        let frame: Frame<Value> = serde_json::from_value(wire.clone()).unwrap();
        assert_eq!(serde_json::to_value(&frame).unwrap(), wire);
        let event: E = serde_json::from_value(event).unwrap();
        assert_eq!(serde_json::to_value(&event).unwrap(), wire["event"]);
        event
    }

    #[test]
    fn events_of_both_directions_come_back() {
        for event in [
            json!({"sessionStart": {"inferenceConfiguration": {"maxTokens": 1024, "topP": 0.9, "temperature": 0.7},
                "turnDetectionConfiguration": {"endpointingSensitivity": "LOW"}}}),
            json!({"promptStart": {"promptName": "p", "textOutputConfiguration": {"mediaType": "text/plain"},
                "audioOutputConfiguration": {"mediaType": "audio/lpcm", "sampleRateHertz": 24000, "sampleSizeBits": 16,
                    "channelCount": 1, "voiceId": "tiffany", "encoding": "base64", "audioType": "SPEECH"},
                "toolConfiguration": {"tools": [{"toolSpec": {"name": "t", "inputSchema": {"json": "{}"}}}]}}}),
            json!({"contentStart": {"promptName": "p", "contentName": "c", "type": "TOOL", "interactive": false, "role": "TOOL",
                "toolResultInputConfiguration": {"toolUseId": "1", "type": "TEXT",
                    "textInputConfiguration": {"mediaType": "text/plain"}}}}),
            json!({"audioInput": {"promptName": "p", "contentName": "c", "content": "AAAA"}}),
            json!({"toolResult": {"promptName": "p", "contentName": "c", "content": "{}"}}),
            json!({"contentEnd": {"promptName": "p", "contentName": "c"}}),
            json!({"promptEnd": {"promptName": "p"}}),
            json!({"sessionEnd": {}}),
        ] {
            assert!(check::<InputEvent>(event.clone()).member().is_some(), "{event}");
        }
        for event in [
            json!({"completionStart": {"sessionId": "s", "promptName": "p", "completionId": "1"}}),
            json!({"textOutput": {"contentId": "1", "content": "{ \"interrupted\" : true }"}}),
            json!({"audioOutput": {"contentId": "1", "content": "AAAA"}}),
            json!({"toolUse": {"toolUseId": "1", "toolName": "t", "content": "{}"}}),
            json!({"contentEnd": {"type": "AUDIO", "stopReason": "PARTIAL_TURN"}}),
            json!({"usageEvent": {"totalInputTokens": 3, "totalOutputTokens": 4, "totalTokens": 7,
                "details": {"total": {"input": {"speechTokens": 2, "textTokens": 1}, "output": {}}, "delta": {}}}}),
            json!({"completionEnd": {"completionId": "1", "stopReason": "END_TURN"}}),
            json!({"userSpeechStart": {"at": 1}}),
        ] {
            let read: OutputEvent = check(event.clone());
            assert!(read.member().is_some(), "{event}");
            if let OutputEvent::TextOutput(text) = read {
                assert!(text.is_interruption());
            }
        }
        assert!(check::<OutputEvent>(json!({"newEvent": {"a": null}})).member().is_none());
        assert!(serde_json::from_str::<Frame<OutputEvent>>("{}").is_err());
    }
}
