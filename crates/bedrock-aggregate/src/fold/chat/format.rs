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
/// Right for a format whose chunks have a list of choices that grow, each with text, reasoning or calls of tools.
/// [`ChatAggregator`](crate::formats::ChatAggregator) does the rest, and [`Format::of`](crate::Format::of) registers it. The types that it
/// needs, best declared with [`wire_struct!`](bedrock_formats::wire_struct), implement
///
/// - [`HasBedrockKeys`], chunk and response: what Bedrock adds to both, as a guardrail's verdict;
/// - [`ToReply`], the response: the same in the vocabulary of all formats;
/// - [`ChatUsage`], the counts.
///
/// Ids are asked for twice. [`id`](Self::id) is a chunk's, and helps to tell messages of one stream apart; whether another id is always
/// another message, [`ONE_ID`](Self::ONE_ID) says. [`start`](Self::start) is what the event of the message's start shows: the id, the model
/// and the role, as far as the message has them by then.
///
/// ```
/// use bedrock_aggregate::event::MessageStart;
/// use bedrock_aggregate::formats::{ChatAggregator, ChatChoice, ChatFormat, ChatPiece, ChatUsage};
/// use bedrock_aggregate::{EventSink, Format, Framing, Reader, Registry};
/// use bedrock_formats::invocation_metrics::{BedrockKeys, HasBedrockKeys};
/// use bedrock_formats::reply::{Block, Reply, StopReason, ToReply, Usage};
/// use bedrock_formats::{wire::Extra, wire_struct};
///
/// wire_struct! {
///     /// A chunk, and the whole response, which looks the same.
///     pub struct Response {
///         "id" id: Option<String>,
///         "choices" choices: Option<Vec<Choice>>,
///         "counts" counts: Option<Counts>,
///     }
///     /// A choice, or a piece of one.
///     pub struct Choice {
///         "index" index: Option<u64>,
///         "says" says: Option<String>,
///         "why" why: Option<String>,
///     }
///     /// How much it took.
///     pub struct Counts {
///         "words" words: Option<u64>,
///     }
/// }
///
/// impl HasBedrockKeys for Response {
///     fn bedrock_keys(&self) -> BedrockKeys<'_> {
///         BedrockKeys::from_object(&self.extra)
///     }
/// }
///
/// impl ChatUsage for Counts {
///     fn has_counts(&self) -> bool {
///         self.words.is_some()
///     }
///     fn extra_mut(&mut self) -> &mut Extra {
///         &mut self.extra
///     }
///     fn to_usage(&self) -> Usage {
///         let mut usage = Usage::default();
///         usage.output_tokens = self.words;
///         usage
///     }
/// }
///
/// impl ToReply for Response {
///     fn to_reply(&self) -> Reply {
///         let mut reply = Reply::default();
///         reply.id = self.id.clone();
///         reply.role = Some("assistant".to_owned());
///         reply.usage = self.counts.as_ref().and_then(|counts| counts.to_usage().some());
///         if let Some(first) = self.choices.iter().flatten().next() {
///             reply.content.extend(first.says.as_deref().map(Block::text));
///             reply.stopped(first.why.as_deref(), |_| StopReason::EndTurn);
///         }
///         reply
///     }
/// }
///
/// #[derive(Debug, Clone, Default)]
/// struct Mine;
///
/// impl ChatFormat for Mine {
///     type Chunk = Response;
///     type Message = Response;
///     type Choice = Choice;
///     type Reason = String;
///     type Usage = Counts;
///     type Memory = ();
///
///     fn pieces(chunk: &mut Response) -> Vec<ChatPiece<Self>> {
///         let piece = |choice: Choice| ChatPiece {
///             index: choice.index,
///             content: choice.says.map(|text| text.as_str().into()),
///             reason: choice.why,
///             extra: choice.extra,
///             ..ChatPiece::default()
///         };
///         chunk.choices.take().into_iter().flatten().map(piece).collect()
///     }
///     fn extra(chunk: &Response) -> &Extra {
///         &chunk.extra
///     }
///     fn id(chunk: &Response) -> Option<&str> {
///         chunk.id.as_deref()
///     }
///     fn take(response: &mut Response, chunk: Response) -> (Option<Counts>, Extra) {
///         response.id = response.id.take().or(chunk.id);
///         (chunk.counts, chunk.extra)
///     }
///     fn usage(response: &Response) -> &Option<Counts> {
///         &response.counts
///     }
///     fn usage_mut(response: &mut Response) -> &mut Option<Counts> {
///         &mut response.counts
///     }
///     fn lacks_usage(response: &Response, _: bool) -> bool {
///         response.counts.is_none() // it always sends them
///     }
///     fn start(response: &Response) -> MessageStart<'_> {
///         MessageStart::new(response.id.as_deref(), None, Some("assistant"))
///     }
///     fn choice(own: ChatChoice<'_, Self>) -> Choice {
///         let mut choice = Choice::default().index(own.index).says(own.text.map(str::to_owned));
///         (choice.why, choice.extra) = (own.reason.cloned(), own.extra);
///         choice
///     }
///     fn write(response: &mut Response, choices: Vec<Choice>, extra: Extra) {
///         (response.choices, response.extra) = (Some(choices), extra);
///     }
/// }
///
/// let mut registry = Registry::new();
/// registry.register(Format::of::<ChatAggregator<Mine>>("mine").detected_by(|probe| {
///     probe.chunk.pointer("/choices/0/says").is_some()
/// }));
///
/// let stream = br#"{"id":"a","choices":[{"index":0,"says":"Ra"}]}
/// {"id":"a","choices":[{"index":0,"says":"in.","why":"done"}],"mood":"blue"}
/// "#;
/// let mut reader = Reader::new(Framing::JsonLines).with_registry(registry);
/// let read = reader.push(stream, &mut EventSink::none());
/// let answer = reader.finish(&mut EventSink::none())?;
///
/// read?;
/// assert_eq!((answer.format.as_str(), answer.text().as_str()), ("mine", "Rain."));
/// assert_eq!(answer.native_as::<Response>().unwrap().extra["mood"], "blue");
/// assert_eq!(answer.completeness.missing().unwrap().names(), ["usage"]);
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

    /// The id that a chunk gives its message. What the event of the message's start shows is [`start`](Self::start)'s to say.
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

    /// Who answers, for the event of the message's start: asked once, when [`take`](Self::take) has seen the first chunk that has a
    /// choice. A format with ids gives them here too.
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
