//! The chunks of a streamed chat completion.
//! Not for: folding them; that is the aggregator's.

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use crate::invocation_metrics::bedrock_struct;
use crate::wire::{Num, TextOr};

use super::{
    Annotation, Audio, CompletionUsage, ContentPart, ErrorObject, FinishReason, FunctionCall, Logprobs,
    ReasoningDetail, Role, ToolCall,
};

// OpenAI's SDK; what others add to it is recorded: 167 streams of many vendors. `p` and the
// `amazon-bedrock-` keys are Bedrock's.
bedrock_struct! {
    /// One chunk of a stream.
    ///
    /// ```
    /// use bedrock_formats::openai_chat::ChatCompletionChunk;
    ///
    /// let chunk: ChatCompletionChunk = serde_json::from_str(
    ///     r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Hi"}}]}"#)?;
    /// let choice = chunk.pieces().next().expect("a choice");
    /// let content = choice.delta.as_ref().and_then(|delta| delta.content.as_ref());
    /// assert_eq!(content.and_then(|content| content.as_text()), Some("Hi"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ChatCompletionChunk {
        /// The answer's id, the same in every chunk.
        "id" id: Option<String>,
        /// `chat.completion.chunk`.
        "object" object: Option<String>,
        /// When the answer was begun: seconds since 1970.
        "created" created: Option<Num>,
        /// The model.
        "model" model: Option<String>,
        /// The pieces, usually one; none in the chunk that has the usage, absent beside an error.
        "choices" choices: Option<Vec<ChunkChoice>>,
        /// Token counts, in a last chunk; where several chunks have them, the last holds.
        "usage" usage: Option<CompletionUsage>,
        /// The tier that served the request.
        "service_tier" service_tier: Option<String>,
        /// The build that served it.
        "system_fingerprint" system_fingerprint: Option<String>,
        /// Why the answer broke off: in a chunk of its own, or beside the last choices.
        "error" error: Option<TextOr<ErrorObject>>,
        /// Padding, without meaning.
        "obfuscation" obfuscation: Option<String>,
        /// Padding, without meaning.
        "p" padding: Option<String>,
    }
}

wire_struct! {
    /// A piece of one of the answers.
    pub struct ChunkChoice {
        /// Which answer.
        "index" index: Option<u64>,
        /// What it grows by.
        "delta" delta: Option<ChoiceDelta>,
        /// Why the model stopped, in its last chunk.
        "finish_reason" finish_reason: Option<FinishReason>,
        /// How likely the tokens were.
        "logprobs" logprobs: Option<Logprobs>,
        /// The stop sequence or the number of the token that ended the answer (vLLM).
        "stop_reason" stop_reason: Option<Value>,
        /// Padding, without meaning.
        "obfuscation" obfuscation: Option<String>,
    }

    /// What an answer grows by: texts are appended, calls of tools are told apart by their index.
    pub struct ChoiceDelta {
        /// Who speaks: in the first chunk; later ones may repeat it.
        "role" role: Option<Role>,
        /// More content.
        "content" content: Option<TextOr<Vec<ContentPart>>>,
        /// More of a refusal.
        "refusal" refusal: Option<String>,
        /// More of the calls of tools.
        "tool_calls" tool_calls: Option<Vec<ToolCall>>,
        /// More of the call of a function, in the older way.
        "function_call" function_call: Option<FunctionCall>,
        /// More reasoning, as vLLM, Kimi and DeepSeek name it.
        "reasoning_content" reasoning_content: Option<String>,
        /// More reasoning, as newer servers name it; where both names are sent, they say the same.
        "reasoning" reasoning: Option<String>,
        /// More reasoning, in parts.
        "reasoning_details" reasoning_details: Option<Vec<ReasoningDetail>>,
        /// Where the text comes from.
        "annotations" annotations: Option<Vec<Annotation>>,
        /// More sound.
        "audio" audio: Option<Audio>,
    }
}

#[codegen_at_use]
impl ChatCompletionChunk {
    /// The pieces that it brings.
    pub fn pieces(&self) -> impl Iterator<Item = &ChunkChoice> {
        self.choices.iter().flatten()
    }
}

#[codegen_at_use]
impl ChoiceDelta {
    /// The piece of reasoning, whichever name it came by.
    #[must_use]
    pub fn reasoning_text(&self) -> Option<&str> {
        self.reasoning_content.as_deref().or(self.reasoning.as_deref())
    }
}
