//! What the events of both directions consist of: kinds of content, who speaks, forms of text and sound.

wire_struct! {
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
