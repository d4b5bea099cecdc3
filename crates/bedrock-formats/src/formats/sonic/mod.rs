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

mod frame;
mod input;
mod media;
mod output;

pub use frame::Frame;
pub use input::*;
pub use media::*;
pub use output::*;

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

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
