//! The shapes of answers that are measured, and what each is called.

/// How answers come over the wire: a format, and what its chunks are wrapped in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// ConverseStream.
    Converse,
    /// Claude from InvokeModelWithResponseStream: base64 inside JSON inside frames.
    Claude,
    /// Nova in the same wrapping.
    Nova,
    /// Claude as server-sent events.
    AnthropicSse,
    /// OpenAI's chat as server-sent events.
    ChatSse,
    /// OpenAI's Responses as server-sent events.
    ResponsesSse,
}

impl Shape {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Converse, Self::Claude, Self::Nova, Self::AnthropicSse, Self::ChatSse, Self::ResponsesSse];

    /// What it is called in the name of a bench.
    pub fn name(self) -> &'static str {
        match self {
            Self::Converse => "Converse",
            Self::Claude => "Claude, InvokeModel",
            Self::Nova => "Nova, InvokeModel",
            Self::AnthropicSse => "Anthropic, SSE",
            Self::ChatSse => "OpenAI chat, SSE",
            Self::ResponsesSse => "OpenAI Responses, SSE",
        }
    }

    /// The names of its format and framing among the recordings.
    pub fn recorded_as(self) -> (&'static str, &'static str) {
        match self {
            Self::Converse => ("converse", "eventstream"),
            Self::Claude => ("anthropic", "eventstream"),
            Self::Nova => ("nova", "eventstream"),
            Self::AnthropicSse => ("anthropic", "sse"),
            Self::ChatSse => ("openai-chat", "sse"),
            Self::ResponsesSse => ("openai-responses", "sse"),
        }
    }

    /// Whether it comes in frames of the event stream, and not as server-sent events.
    pub fn is_framed(self) -> bool {
        matches!(self, Self::Converse | Self::Claude | Self::Nova)
    }
}
