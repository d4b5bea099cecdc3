//! The fold of chats whose chunks have the shape of OpenAI's, and hold nothing that OpenAI's own do not share with the rest.
//!
//! For: Jamba, Mistral, DeepSeek, and formats of a caller's own. A format says where its chunks have what ([`ChatFormat`]).
//! Not for: Chat Completions themselves, which have audio, log probabilities and reasoning in four ways besides.

use std::fmt;

use bedrock_formats::invocation_metrics::HasBedrockKeys;
use bedrock_formats::reply::ToReply;
use bedrock_formats::wire::{Extra, TextOr, Wire};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::builder::{BuiltChoice, ChatCall, ChatUsage, ChoiceBuilder, ChoicePiece, fault_in, take_counts};
use super::content::ReasoningName;
use crate::completeness::Missing;
use crate::event::{Event, Listener, MessageStart, UsageUpdate};
use crate::fold::choices::ending::tell_stop;
use crate::fold::choices::{Choices, Ids, admit_id};
use crate::fold::growing_block::Piece;
use crate::fold::tool_calls::CallPiece;
use crate::fold::unknown_fields::Beside;
use crate::fold::{Aggregator, BuildError, ChunkError, RawChunk, Stage, take_read};

/// What tells one format of this shape from another: where its chunks have what, and how its response is written.
///
/// ```
/// use bedrock_aggregate::formats::{ChatAggregator, ChatChoice, ChatFormat, ChatPiece};
/// use bedrock_aggregate::{Aggregator, Listener};
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
///     fold.aggregate(serde_json::from_str(chunk)?, &mut Listener::none())?;
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
        owed && !Self::usage(message).as_ref().is_some_and(ChatUsage::are_there)
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

/// Folds the chunks of a [`ChatFormat`].
///
/// A listener hears choice 0 as it grows. Any other is told whole when it stops, as a block whose index is the choice's number
/// times 2³².
#[derive(Debug, Clone)]
pub struct ChatAggregator<F: ChatFormat> {
    stage: Stage,
    /// What the message has beside its choices.
    message: F::Message,
    choices: Choices<Grown<F>>,
    started: bool,
    /// The id that the first chunk which has one gives.
    id: Option<String>,
    ids: Ids,
    /// Whether the server said that counts will come.
    owes_usage: bool,
    /// Unknown members of the chunks.
    beside: Beside,
}

/// A choice under construction.
#[derive(Debug, Clone)]
struct Grown<F: ChatFormat> {
    builder: ChoiceBuilder<F::Reason>,
    role: Option<String>,
    memory: F::Memory,
}

impl<F: ChatFormat> Default for ChatAggregator<F> {
    fn default() -> Self {
        Self {
            stage: Stage::default(),
            message: F::Message::default(),
            choices: Choices::default(),
            started: false,
            id: None,
            ids: Ids::default(),
            owes_usage: false,
            beside: Beside::default(),
        }
    }
}

impl<F: ChatFormat> Aggregator for ChatAggregator<F> {
    type Chunk = F::Chunk;
    type Message = F::Message;

    fn aggregate(&mut self, mut chunk: F::Chunk, events: &mut Listener<'_>) -> Result<(), ChunkError> {
        self.stage.take()?;
        let pieces = F::pieces(&mut chunk);
        let fault = fault_in(F::extra(&chunk), &pieces);
        let verdict = self.refuse_other(&chunk, &pieces);
        self.stage.admit(verdict)?;
        self.id = self.id.take().or_else(|| F::id(&chunk).map(str::to_owned));
        let (usage, extra) = F::take(&mut self.message, chunk);
        self.owes_usage |= extra.contains_key("usage");
        self.beside.take(extra);
        for (position, piece) in pieces.into_iter().enumerate() {
            let index = piece.index.unwrap_or(position as u64);
            if !std::mem::replace(&mut self.started, true) {
                events.emit(|| Event::MessageStart(F::start(&self.message)));
            }
            self.choices.take(index, Grown::default, events, |own, events| own.take(piece, events));
        }
        self.tell_stop(false, events);
        take_counts(F::usage_mut(&mut self.message), usage, |usage| {
            events.emit(|| Event::Usage(UsageUpdate { usage: usage.to_usage() }));
        });
        fault.map_or(Ok(()), |exception| Err(ChunkError::Exception(exception)))
    }

    fn aggregate_raw(&mut self, chunk: RawChunk<'_>, events: &mut Listener<'_>) -> Result<(), ChunkError> {
        take_read(self, chunk.json, events)
    }

    fn build(&mut self) -> Result<F::Message, BuildError> {
        self.stage.build()?;
        Ok(self.whole())
    }

    fn clear(&mut self) {
        *self = Self::default();
    }

    fn end(&mut self, events: &mut Listener<'_>) {
        self.choices.end(events);
        self.tell_stop(true, events);
    }

    fn missing(&self) -> Missing {
        let empty = self.stage.is_empty();
        Missing {
            empty,
            stop: !empty && !self.choices.all_stopped(),
            usage: !empty && F::lacks_usage(&self.message, self.owes_usage),
            ..Missing::default()
        }
    }

    fn snapshot(&self) -> Option<F::Message> {
        (!self.stage.is_empty()).then(|| self.whole())
    }
}

impl<F: ChatFormat> ChatAggregator<F> {
    /// Refuses what is no part of this message: the beginning of another, and what goes on after a choice's end.
    fn refuse_other(&mut self, chunk: &F::Chunk, pieces: &[ChatPiece<F>]) -> Result<(), ChunkError> {
        self.choices.admit_verdict(&self.message, chunk)?;
        let goes_on = self.choices.admit(pieces)?;
        let (own, id) = (self.id.as_deref(), F::id(chunk));
        if F::ONE_ID { admit_id(own, id, goes_on.says) } else { self.ids.admit(own, id, goes_on) }
    }

    /// Tells why the model stopped.
    fn tell_stop(&mut self, at_end: bool, events: &mut Listener<'_>) {
        if !self.choices.stop_is_due(&self.message, at_end, events) {
            return;
        }
        let stopped = self.choices.stopped().map(|(index, choice)| F::choice(choice.end_alone(index)));
        let mut last = self.message.clone();
        F::write(&mut last, stopped.into_iter().collect(), Extra::new());
        tell_stop(&last.to_reply(), events);
    }

    fn whole(&self) -> F::Message {
        let mut message = self.message.clone();
        let choices = self.choices.iter().map(|slot| slot.block.whole(slot.index)).collect();
        F::write(&mut message, choices, self.beside.settled());
        message
    }
}

impl<F: ChatFormat> Default for Grown<F> {
    fn default() -> Self {
        Self { builder: ChoiceBuilder::default(), role: None, memory: F::Memory::default() }
    }
}

impl<F: ChatFormat> Grown<F> {
    fn take(&mut self, piece: ChatPiece<F>, events: &mut Listener<'_>) {
        F::remember(&mut self.memory, piece.memory);
        let builder = &mut self.builder;
        builder.choice_unknown.take(piece.extra);
        self.role = self.role.take().or(piece.role);
        builder.delta_unknown.take(piece.message_extra);
        if let Some(text) = piece.reasoning {
            builder.content.reason(ReasoningName::Content, Piece::Plain(&text), events);
        }
        match piece.content {
            Some(TextOr::Text(text)) => drop(builder.content.text(Piece::Plain(&text), events)),
            Some(TextOr::Other(parts)) => builder.content.parts(parts, events),
            None => {}
        }
        for call in piece.calls.into_iter().flatten() {
            let (id, name, input) = (call.id.as_deref(), call.name.as_deref(), call.input.as_deref());
            let piece = CallPiece { index: call.index, id, name, input, is_text: false };
            builder.take_call(piece, call.kind, [call.extra, call.function_extra], events);
        }
        if let Some(reason) = piece.reason {
            builder.finish(reason, events);
        }
    }

    /// The end of the choice and nothing else of it.
    fn end_alone(&self, index: u64) -> ChatChoice<'_, F> {
        ChatChoice {
            index,
            role: None,
            text: None,
            parts: None,
            reasoning: None,
            calls: None,
            reason: self.builder.reason.as_ref(),
            message_extra: Extra::new(),
            extra: Extra::new(),
            memory: &self.memory,
        }
    }

    /// The choice so far.
    fn whole(&self, index: u64) -> F::Choice {
        let content = &self.builder.content;
        let text = content.content_text();
        F::choice(ChatChoice {
            role: self.role.as_deref(),
            text,
            parts: content.content().filter(|_| text.is_none()),
            reasoning: content.reasoning_content.as_deref(),
            calls: self.builder.calls(),
            message_extra: self.builder.delta_unknown.settled(),
            extra: self.builder.choice_unknown.settled(),
            ..self.end_alone(index)
        })
    }
}

impl<F: ChatFormat> BuiltChoice for Grown<F> {
    type Reason = F::Reason;

    fn builder(&self) -> &ChoiceBuilder<F::Reason> {
        &self.builder
    }

    fn builder_mut(&mut self) -> &mut ChoiceBuilder<F::Reason> {
        &mut self.builder
    }

    fn has_role(&self) -> bool {
        self.role.is_some()
    }

    fn to_json(&self, index: u64) -> Value {
        serde_json::to_value(self.whole(index)).unwrap_or(Value::Null)
    }
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
