//! How one format that completes texts differs from another: where its chunks keep what.
//! Not for: folding them; see [`TextAggregator`](super::TextAggregator).

use std::fmt;

use bedrock_codegen::codegen_at_use;
use bedrock_formats::reply::{self, ToReply, Usage};
use bedrock_formats::wire::{Extra, Wire};
use serde::de::DeserializeOwned;

use crate::fold::unknown_fields::RepeatedFields;

/// Where a format keeps its texts.
///
/// Right for a format whose answers are texts and nothing else: no reasoning, no calls of tools.
/// [`TextAggregator`](crate::formats::TextAggregator) does the rest, and [`Format::of`](crate::Format::of) registers it. Chunk and
/// response are best declared with [`wire_struct!`](bedrock_formats::wire_struct); the response implements [`ToReply`].
///
/// ```
/// use bedrock_aggregate::formats::{StopWord, TextAggregator, TextFormat, TextPiece, Texts};
/// use bedrock_aggregate::{EventSink, Format, Framing, Reader, Registry};
/// use bedrock_formats::reply::{Block, Reply, StopReason, ToReply, Usage};
/// use bedrock_formats::{wire::Extra, wire_struct};
///
/// wire_struct! {
///     /// A chunk, and the whole response, which looks the same.
///     pub struct Response {
///         "says" says: Option<String>,
///         "why" why: Option<String>,
///         "words" words: Option<u64>,
///     }
/// }
///
/// impl ToReply for Response {
///     fn to_reply(&self) -> Reply {
///         let mut reply = Reply::default();
///         reply.role = Some("assistant".to_owned());
///         reply.content.extend(self.says.as_deref().map(Block::text));
///         reply.stopped(self.why.as_deref(), |_| StopReason::EndTurn);
///         let mut usage = Usage::default();
///         usage.output_tokens = self.words;
///         reply.usage = usage.some();
///         reply
///     }
/// }
///
/// struct Mine;
///
/// impl TextFormat for Mine {
///     type Chunk = Response;
///     type Message = Response;
///     const COUNTS_ITSELF: bool = true;
///
///     fn take(message: &mut Response, chunk: Response) -> Vec<TextPiece> {
///         message.words = chunk.words.or(message.words);
///         message.extra = chunk.extra;
///         let stop = chunk.why.map(|why| StopWord::new(&why, StopReason::EndTurn));
///         vec![TextPiece { index: Some(0), text: chunk.says, stop, ..TextPiece::default() }]
///     }
///     fn write(message: &mut Response, texts: &Texts<'_>) {
///         if let Some((text, why)) = texts.first() {
///             (message.says, message.why) = (Some(text.to_owned()), why.map(str::to_owned));
///         }
///     }
///     fn unknown_fields(chunk: &Response) -> Option<&Extra> {
///         Some(&chunk.extra)
///     }
///     fn extra(message: &mut Response) -> Option<&mut Extra> {
///         Some(&mut message.extra)
///     }
/// }
///
/// let mut registry = Registry::new();
/// registry.register(Format::of::<TextAggregator<Mine>>("mine").detected_by(|probe| probe.has("says")));
///
/// let stream = br#"{"says":"Ra","mood":"blue"}
/// {"says":"in.","why":"done"}
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
pub trait TextFormat {
    /// A chunk, parsed.
    type Chunk: Wire + Default + DeserializeOwned + Clone;
    /// The complete response.
    type Message: ToReply + Clone + Default + fmt::Debug;

    /// Moves from a chunk into the message whatever is not text, and gives the pieces of text.
    fn take(message: &mut Self::Message, chunk: Self::Chunk) -> Vec<TextPiece>;

    /// Writes the texts into the message.
    fn write(message: &mut Self::Message, texts: &Texts<'_>);

    /// Whether the answer is known to have ended though no word said why: for formats that have no such word.
    fn has_ended(message: &Self::Message) -> bool {
        let _ = message;
        false
    }

    /// The counts in what [`take`](Self::take) has put into the message, where no text is written yet. They are emitted
    /// when the first text has ended, with what brings nothing else, and with the stream's end.
    fn usage(message: &Self::Message) -> Option<Usage> {
        message.to_reply().usage
    }

    /// Why a chunk is no part of the message, where its shape says so.
    fn contradicts(message: &Self::Message, chunk: &Self::Chunk) -> Option<&'static str> {
        let _ = (message, chunk);
        None
    }

    /// The whole texts that a chunk repeats, in their order, where it does: they must be what was emitted.
    fn repeated(chunk: &Self::Chunk) -> Vec<&str> {
        let _ = chunk;
        Vec::new()
    }

    /// Whether a chunk is a whole answer, and no piece of one.
    fn is_whole(chunk: &Self::Chunk) -> bool {
        let _ = chunk;
        false
    }

    /// The members of a chunk that the format does not know, where it keeps them: an error may be among them.
    fn unknown_fields(chunk: &Self::Chunk) -> Option<&Extra> {
        let _ = chunk;
        None
    }

    /// What the message has that its type does not know, where it keeps that. Of what several chunks have under one name all is
    /// kept; without this, the format decides what becomes of it.
    fn extra(message: &mut Self::Message) -> Option<&mut Extra> {
        let _ = message;
        None
    }

    /// Whether the answers of this format count their tokens in the body. Others have only Bedrock's measurements.
    const COUNTS_ITSELF: bool = false;
}

/// A piece of one of the texts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TextPiece {
    /// Which text. Where the format did not say, the text is that of the piece before; and a stop that is not said to be of
    /// one is the stop of all.
    pub index: Option<u64>,
    /// What is appended to it.
    pub text: Option<String>,
    /// Why it ended, with its last piece.
    pub stop: Option<StopWord>,
    /// How many tokens the text has by now, where the format counts those of each text.
    pub tokens: Option<u64>,
    /// What stands beside it and no type knows, where the format has a place for that beside each text.
    pub extra: Extra,
}

/// Why a text ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopWord {
    /// In the format's own word.
    pub native: String,
    /// What that means.
    pub meaning: reply::StopReason,
}

#[codegen_at_use]
impl StopWord {
    /// A word and its meaning.
    pub fn new(native: &str, meaning: reply::StopReason) -> Self {
        Self { native: native.to_owned(), meaning }
    }
}

/// The texts so far, by index, each with the word that ended it.
#[derive(Debug)]
pub struct Texts<'a>(pub(super) Vec<Text<'a>>);

/// One of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) index: u64,
    pub(super) text: &'a str,
    pub(super) stop: Option<&'a str>,
    pub(super) tokens: Option<u64>,
    pub(super) unknown: &'a RepeatedFields,
}

#[codegen_at_use]
impl<'a> Texts<'a> {
    /// The first text and its end.
    #[must_use]
    pub fn first(&self) -> Option<(&'a str, Option<&'a str>)> {
        self.0.first().map(|text| (text.text, text.stop))
    }

    /// Each text: its index, what it says, and the word that ended it.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &'a str, Option<&'a str>)> {
        self.0.iter().map(|text| (text.index, text.text, text.stop))
    }

    /// How many tokens each text has, in the order of [`iter`](Self::iter).
    pub fn tokens(&self) -> impl Iterator<Item = Option<u64>> {
        self.0.iter().map(|text| text.tokens)
    }

    /// What stood beside each text and no type knows, in the order of [`iter`](Self::iter).
    pub fn extras(&self) -> impl Iterator<Item = Extra> {
        self.0.iter().map(|text| text.unknown.settled())
    }
}

/// Moves from a chunk into the message what both have under the same names: a later value replaces an earlier one, an absent
/// one replaces nothing. Bedrock's own keys and unknown ones are always moved, the measurements never: those stand beside a
/// whole answer, not in it.
macro_rules! carry {
    ($message:ident, $chunk:ident $(, $field:ident)*) => {
        $( $message.$field = $chunk.$field.or($message.$field.take()); )*
        $message.guardrail_action = $chunk.guardrail_action.or($message.guardrail_action.take());
        $message.guardrail_trace = $chunk.guardrail_trace.or($message.guardrail_trace.take());
        $message.extra.extend($chunk.extra.into_iter().filter(|(key, value)| key != "p" && !value.is_null()));
    };
}

pub(crate) use carry;
