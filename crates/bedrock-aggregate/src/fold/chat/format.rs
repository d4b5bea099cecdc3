//! How one chat format in the shape of OpenAI's differs from another: where its chunks keep what, and how its response is written.
//! Not for: folding them; see [`ChatAggregator`](super::aggregator::ChatAggregator).

use std::fmt;

use bedrock_formats::invocation_metrics::HasBedrockKeys;
use bedrock_formats::reply::ToReply;
use bedrock_formats::wire::{Extra, TextOr, Wire};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::builder::{ChatCall, ChatUsage, ChoicePiece};
use crate::event::MessageStart;

/// How one format of this shape differs from another: where its chunks keep what, and how its response is written.
///
/// ```
/// use bedrock_aggregate::formats::{ChatAggregator, ChatChoice, ChatFormat, ChatPiece};
/// use bedrock_aggregate::{Aggregator, EventSink};
/// use bedrock_formats::deepseek::{Choice, Chunk, CompletionUsage, Response, StopReason};
/// use bedrock_formats::wire::Extra;
///
/// /// DeepSeek answering a prompt, if it were not built in.
/// #[derive(Debug, Clone, Default)]
/// struct Mine;
///
/// impl ChatFormat for Mine {
///     type Chunk = Chunk;
///     type Message = Response;
///     type Choice = Choice;
///     type Reason = StopReason;
///     type Usage = CompletionUsage;
///     type Memory = ();
///
///     fn pieces(chunk: &mut Chunk) -> Vec<ChatPiece<Self>> {
///         let piece = |choice: Choice| ChatPiece {
///             index: choice.index,
///             content: choice.text.map(|text| text.as_str().into()),
///             reason: choice.stop_reason,
///             extra: choice.extra,
///             ..ChatPiece::default()
///         };
///         chunk.choices.take().into_iter().flatten().map(piece).collect()
///     }
///     fn extra(chunk: &Chunk) -> &Extra {
///         &chunk.extra
///     }
///     fn take(_: &mut Response, chunk: Chunk) -> (Option<CompletionUsage>, Extra) {
///         (chunk.usage, chunk.extra)
///     }
///     fn usage(response: &Response) -> &Option<CompletionUsage> {
///         &response.usage
///     }
///     fn usage_mut(response: &mut Response) -> &mut Option<CompletionUsage> {
///         &mut response.usage
///     }
///     fn choice(choice: ChatChoice<'_, Self>) -> Choice {
///         Choice::default().index(choice.index).text(choice.text.map(str::to_owned))
///     }
///     fn write(response: &mut Response, choices: Vec<Choice>, _: Extra) {
///         response.choices = Some(choices);
///     }
/// }
///
/// let mut fold = ChatAggregator::<Mine>::default();
/// for chunk in [r#"{"choices":[{"text":"Ra"}]}"#, r#"{"choices":[{"text":"in.","stop_reason":"stop"}]}"#] {
///     fold.aggregate(serde_json::from_str(chunk)?, &mut EventSink::none())?;
/// }
/// assert_eq!(fold.build()?.choices.unwrap()[0].text.as_deref(), Some("Rain."));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait ChatFormat: fmt::Debug + Clone + Default + 'static {
    /// A chunk, parsed.
    type Chunk: Wire + Default + DeserializeOwned + HasBedrockKeys;
    /// The complete response.
    type Message: ToReply + HasBedrockKeys + Clone + Default + fmt::Debug;
    /// One of its choices.
    type Choice: Serialize;
    /// The format's word for why a model stopped.
    type Reason: Clone + PartialEq + fmt::Debug;
    /// The format's token counts.
    type Usage: ChatUsage;
    /// What has to be remembered of a choice's pieces to write it as it came; `()` for most formats.
    type Memory: Clone + Default + fmt::Debug;

    /// Whether a piece under another id than the first is always another message. Otherwise ids may change with every chunk, as
    /// some gateways have them.
    const ONE_ID: bool = false;

    /// Takes the pieces of choices out of a chunk.
    fn pieces(chunk: &mut Self::Chunk) -> Vec<ChatPiece<Self>>;

    /// The members of a chunk that its type does not know: an error may be among them.
    fn extra(chunk: &Self::Chunk) -> &Extra;

    /// The id that a chunk gives its message.
    fn id(chunk: &Self::Chunk) -> Option<&str> {
        let _ = chunk;
        None
    }

    /// Moves from a chunk into the message whatever is of neither the choices nor the counts, and gives the counts and the
    /// members that no type knows.
    fn take(message: &mut Self::Message, chunk: Self::Chunk) -> (Option<Self::Usage>, Extra);

    /// The counts in a message.
    fn usage(message: &Self::Message) -> &Option<Self::Usage>;

    /// The same, to be changed. Counts are cumulative: the last hold.
    fn usage_mut(message: &mut Self::Message) -> &mut Option<Self::Usage>;

    /// Whether counts are still to come. `owed` says whether a chunk had the key of the counts without any, as servers write it
    /// that were asked for them.
    fn lacks_usage(message: &Self::Message, owed: bool) -> bool {
        owed && !Self::usage(message).as_ref().is_some_and(ChatUsage::has_counts)
    }

    /// Adds what a further piece brings to what is remembered of its choice.
    fn remember(memory: &mut Self::Memory, later: Self::Memory) {
        let _ = (memory, later);
    }

    /// Who answers, for the event of the message's start.
    fn start(message: &Self::Message) -> MessageStart<'_> {
        let _ = message;
        MessageStart::new(None, None, Some("assistant"))
    }

    /// Writes a choice.
    fn choice(choice: ChatChoice<'_, Self>) -> Self::Choice;

    /// Writes choices and unknown members into the message.
    fn write(message: &mut Self::Message, choices: Vec<Self::Choice>, extra: Extra);
}

/// What a chunk brings of a choice.
#[derive(Debug, Clone)]
pub struct ChatPiece<F: ChatFormat> {
    /// Which choice; by its position in the chunk where it has no index.
    pub index: Option<u64>,
    /// Who speaks. Never empty.
    pub role: Option<String>,
    /// More reasoning, which comes before the content.
    pub reasoning: Option<String>,
    /// More content.
    pub content: Option<TextOr<Vec<Value>>>,
    /// Pieces of calls.
    pub calls: Option<Vec<ChatCallPiece>>,
    /// Why the choice stops. Never empty.
    pub reason: Option<F::Reason>,
    /// Unknown members of the message.
    pub message_extra: Extra,
    /// Unknown members beside it.
    pub extra: Extra,
    /// What is to be remembered of it.
    pub memory: F::Memory,
}

impl<F: ChatFormat> Default for ChatPiece<F> {
    fn default() -> Self {
        Self {
            index: None,
            role: None,
            reasoning: None,
            content: None,
            calls: None,
            reason: None,
            message_extra: Extra::new(),
            extra: Extra::new(),
            memory: F::Memory::default(),
        }
    }
}

/// A piece of a call of a tool.
#[derive(Debug, Clone, Default)]
pub struct ChatCallPiece {
    /// Which call.
    pub index: Option<u64>,
    /// Its id.
    pub id: Option<String>,
    /// Its `type`.
    pub kind: Option<String>,
    /// The tool.
    pub name: Option<String>,
    /// More of the input.
    pub input: Option<String>,
    /// Unknown members of the call.
    pub extra: Extra,
    /// Unknown members of the function that it calls.
    pub function_extra: Extra,
}

/// A choice as far as it has come, for [`ChatFormat::choice`] to write.
#[derive(Debug)]
pub struct ChatChoice<'a, F: ChatFormat> {
    /// Which choice.
    pub index: u64,
    /// Who speaks.
    pub role: Option<&'a str>,
    /// The content where it is a text.
    pub text: Option<&'a str>,
    /// The content where it is parts.
    pub parts: Option<Value>,
    /// The reasoning.
    pub reasoning: Option<&'a str>,
    /// The calls, in order; `None` where the message has no list of them.
    pub calls: Option<Vec<ChatCall<'a>>>,
    /// Why it stopped.
    pub reason: Option<&'a F::Reason>,
    /// Unknown members of the message.
    pub message_extra: Extra,
    /// Unknown members beside it.
    pub extra: Extra,
    /// What was remembered of its pieces.
    pub memory: &'a F::Memory,
}

impl<F: ChatFormat> ChoicePiece<F::Reason> for ChatPiece<F> {
    fn index(&self) -> Option<u64> {
        self.index
    }

    fn says(&self) -> bool {
        let content = match &self.content {
            Some(TextOr::Text(text)) => !text.is_empty(),
            Some(TextOr::Other(parts)) => !parts.is_empty(),
            None => false,
        };
        content
            || self.reasoning.as_ref().is_some_and(|text| !text.is_empty())
            || self.calls.as_ref().is_some_and(|calls| !calls.is_empty())
    }

    fn reason(&self) -> Option<&F::Reason> {
        self.reason.as_ref()
    }

    fn names_role(&self) -> bool {
        self.role.is_some()
    }

    fn extra(&self) -> &Extra {
        &self.extra
    }
}
