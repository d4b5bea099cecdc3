//! The content of one choice of a chat in the shape of OpenAI's, under construction: its text, its reasoning, its calls
//! of tools, and the events emitted for them.
//! Not for: the types of any one format; each fold puts the message together itself.
//!
//! Blocks are numbered in the order in which they begin. Text or reasoning ends when something else begins, and what
//! follows later is a further block; tool calls, whose pieces may interleave, end with the answer. The events of
//! the first answer are emitted as it grows; any other is emitted as one block when it has stopped, whose index is its
//! number times 2³², so that its index never meets those of the first.

use std::borrow::Cow;

use bedrock_codegen::codegen_at_use;
use bedrock_formats::openai_chat::REASONING_OPEN;
use bedrock_formats::wire::Extra;
use serde_json::{Map, Value, json};

use super::emitter::BlockEmitter;
use crate::event::{Cited, Event, EventSink};
use crate::fold::growing_block::{Piece, redacted};
use crate::fold::inline_reasoning::{InlineReasoning, Said};
use crate::fold::tool_calls::{CallPiece, Calls};

/// The content of one answer under construction.
#[derive(Debug, Clone, Default)]
pub(crate) struct ContentBuilder {
    content: Content,
    pub(crate) refusal: Option<String>,
    pub(crate) reasoning_content: Option<String>,
    pub(crate) reasoning: Option<String>,
    pub(crate) calls: Calls,
    /// The call of a function in the older way.
    pub(crate) function: Calls,
    /// Splits reasoning off the text, for models that write it there.
    inline: InlineReasoning,
    emitter: BlockEmitter,
}

/// The content: absent, a text, or, from the first list on, parts.
#[derive(Debug, Clone, Default)]
enum Content {
    #[default]
    Absent,
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Debug, Clone)]
enum Part {
    /// Its text, and what else it has.
    Text(String, Extra),
    /// Its parts, of which neighbouring texts are one, and what else it has.
    Thinking(Vec<Value>, Extra),
    Other(Value),
}

#[codegen_at_use]
impl ContentBuilder {
    /// An answer; `inline` says whether its reasoning stands in its text, where that is known.
    pub(crate) fn new(inline: Option<bool>) -> Self {
        Self { inline: InlineReasoning::new(inline), ..Self::default() }
    }

    /// Takes note of whether reasoning stands in the text, now that it is known: of a text that has not begun, or has been
    /// held back for it.
    pub(crate) fn decide(&mut self, inline: Option<bool>, events: &mut EventSink<'_>) {
        if inline.is_none() || self.inline.rule() == inline {
            return;
        }
        let is_empty = match &self.content {
            Content::Absent => true,
            Content::Text(text) => text.is_empty(),
            Content::Parts(parts) => parts.is_empty(),
        };
        if is_empty {
            // Nothing was read by the earlier rule: this one may replace it. Later the first rule
            // stays.
            self.inline = InlineReasoning::new(inline);
        } else {
            let emitter = &mut self.emitter;
            self.inline.decide(inline);
            self.inline.push("", |said, text| emitter.delta(said, text, events));
        }
    }

    /// Whether the events of the text would have been others if `inline` had been known to be this.
    pub(crate) fn was_emitted_otherwise(&self, inline: bool) -> bool {
        let text = match &self.content {
            Content::Text(text) => text.as_str(),
            Content::Parts(parts) => match parts.first() {
                Some(Part::Text(text, _)) => text,
                _ => "",
            },
            Content::Absent => "",
        };
        self.inline.rule().is_some_and(|rule| rule != inline)
            && !text.is_empty()
            && (text.starts_with(REASONING_OPEN) || REASONING_OPEN.starts_with(text))
    }

    /// Takes more of the text; `None`, with nothing taken, where its escapes are not JSON's.
    #[inline]
    pub(crate) fn text(&mut self, piece: Piece<'_>, events: &mut EventSink<'_>) -> Option<()> {
        let buffer = match &mut self.content {
            Content::Text(text) => text,
            Content::Absent => {
                self.content = Content::Text(String::new());
                return self.text(piece, events);
            }
            // An empty text between parts must not begin a part of its own.
            Content::Parts(_) if piece.is_empty() => return Some(()),
            Content::Parts(parts) => last_text(parts)?,
        };
        let text = piece.append_to(buffer)?;
        let emitter = &mut self.emitter;
        self.inline.push(text, |said, text| emitter.delta(said, text, events));
        Some(())
    }

    /// Takes content that comes in parts.
    pub(crate) fn parts(&mut self, pieces: Vec<Value>, events: &mut EventSink<'_>) {
        let parts = match &mut self.content {
            Content::Parts(parts) => parts,
            other => {
                let earlier = match std::mem::take(other) {
                    Content::Text(text) if !text.is_empty() => vec![Part::Text(text, Extra::new())],
                    _ => Vec::new(),
                };
                *other = Content::Parts(earlier);
                return self.parts(pieces, events);
            }
        };
        let emitter = &mut self.emitter;
        for piece in pieces {
            let kind = piece.get("type").and_then(Value::as_str);
            match (kind, &piece) {
                (Some("text"), Value::Object(object)) => {
                    let text = object.get("text").and_then(Value::as_str).unwrap_or_default();
                    let rest = beside(object, "text");
                    if rest.is_empty() {
                        if let Some(last) = last_text(parts).filter(|_| !text.is_empty()) {
                            last.push_str(text);
                        }
                    } else {
                        // What it has beside its text is that text's: so it is a part of its own.
                        if !parts.is_empty() {
                            self.inline.close(|said, text| emitter.delta(said, text, events));
                        }
                        parts.push(Part::Text(text.to_owned(), rest));
                    }
                    self.inline.push(text, |said, text| emitter.delta(said, text, events));
                }
                (Some("thinking"), Value::Object(object)) => {
                    let thoughts = thoughts_of(object.get("thinking"));
                    let text: String = thoughts.iter().filter_map(text_of).collect();
                    let signature = object.get("signature").and_then(Value::as_str);
                    if !text.is_empty() || object.len() > 2 {
                        self.inline.close(|said, text| emitter.delta(said, text, events));
                    }
                    if is_sealed(parts.last(), &thoughts, signature) {
                        emitter.close(events);
                    }
                    emitter.delta(Said::Reasoning, &text, events);
                    if let Some(signature) = signature.filter(|signature| !signature.is_empty()) {
                        emitter.sign(signature, events);
                    }
                    think(parts, thoughts, object);
                }
                _ => {
                    self.inline.close(|said, text| emitter.delta(said, text, events));
                    match piece.get("refusal").and_then(Value::as_str).filter(|_| kind == Some("refusal")) {
                        Some(refusal) => emitter.delta(Said::Text, refusal, events),
                        None => emitter.block(&piece, events),
                    }
                    parts.push(Part::Other(piece));
                }
            }
        }
    }

    /// The content as JSON: absent, a text, or parts.
    pub(crate) fn content(&self) -> Option<Value> {
        match &self.content {
            Content::Absent => None,
            Content::Text(text) => Some(Value::String(text.clone())),
            Content::Parts(parts) => Some(Value::Array(parts.iter().map(Part::to_json).collect())),
        }
    }

    /// The content where it is a text.
    pub(crate) fn content_text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Takes more of a refusal, which is emitted as text.
    pub(crate) fn refuse(&mut self, piece: &str, events: &mut EventSink<'_>) {
        self.refusal.get_or_insert_default().push_str(piece);
        self.emitter.delta(Said::Refusal, piece, events);
    }

    /// Takes more reasoning under one of its two names; only what the other name has not brought yet is emitted.
    #[inline]
    pub(crate) fn reason(
        &mut self,
        name: ReasoningName,
        piece: Piece<'_>,
        events: &mut EventSink<'_>,
    ) -> Option<()> {
        let buffer = match name {
            ReasoningName::Content => self.reasoning_content.get_or_insert_default(),
            ReasoningName::Plain => self.reasoning.get_or_insert_default(),
        };
        let text = piece.append_to(buffer)?;
        self.emitter.delta(Said::Reasoning, text, events);
        Some(())
    }

    /// Emits reasoning that is kept elsewhere.
    pub(crate) fn emit_reasoning(&mut self, text: &str, events: &mut EventSink<'_>) {
        self.emitter.delta(Said::Reasoning, text, events);
    }

    /// Takes note of the proof that the model wrote its reasoning.
    pub(crate) fn sign(&mut self, signature: &str, events: &mut EventSink<'_>) {
        self.emitter.sign(signature, events);
    }

    /// Emits reasoning that only the provider can read.
    pub(crate) fn emit_redacted(&mut self, data: &str, events: &mut EventSink<'_>) {
        let index = self.emitter.begin(events);
        redacted(index, data, events);
    }

    /// Emits a block that is none of these.
    pub(crate) fn emit_block(&mut self, block: &Value, events: &mut EventSink<'_>) {
        self.emitter.block(block, events);
    }

    /// Takes a piece of a call; gives its place.
    pub(crate) fn call(&mut self, piece: CallPiece<'_>, events: &mut EventSink<'_>) -> usize {
        self.emitter.close(events);
        self.calls.take(piece, &mut self.emitter.next, events)
    }

    /// Takes more of the input of the latest call with an index. `None`, with nothing taken, where there is none.
    #[inline]
    pub(crate) fn input(&mut self, index: u64, piece: Piece<'_>, events: &mut EventSink<'_>) -> Option<()> {
        let at = self.calls.by_index(index)?;
        self.emitter.close(events);
        self.calls.get_mut(at)?.push(piece, events)
    }

    /// Takes a piece of a call of a function in the older way, of which there is one.
    pub(crate) fn call_function(&mut self, piece: CallPiece<'_>, events: &mut EventSink<'_>) {
        self.emitter.close(events);
        let next = &mut self.emitter.next;
        // One index for all pieces: without any, a name that is repeated would begin another call.
        self.function.take(CallPiece { index: Some(0), ..piece }, next, events);
        // It has no id that could come.
        self.function.begin(next, events);
    }

    /// Emits a citation of the text.
    pub(crate) fn cite(&self, citation: &Value, events: &mut EventSink<'_>) {
        // An annotation can come when its text has ended: then it is of the last block.
        let index = self.emitter.open.map_or(self.emitter.next.saturating_sub(1), |(_, index)| index);
        events.emit(|| Event::Citation(Cited { index, citation: Cow::Borrowed(citation) }));
    }

    /// Emits what had been held back until it was clear what it is.
    pub(crate) fn flush(&mut self, events: &mut EventSink<'_>) {
        let emitter = &mut self.emitter;
        self.inline.end(|said, text| emitter.delta(said, text, events));
        self.calls.begin(&mut emitter.next, events);
    }

    /// Emits what had been held back, and ends all blocks.
    pub(crate) fn end(&mut self, events: &mut EventSink<'_>) {
        self.flush(events);
        let emitter = &mut self.emitter;
        emitter.close(events);
        self.calls.end(&mut emitter.next, events);
        self.function.end(&mut emitter.next, events);
    }
}

/// The two names under which servers send reasoning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReasoningName {
    /// `reasoning_content`.
    Content,
    /// `reasoning`.
    Plain,
}

#[codegen_at_use]
impl Part {
    fn to_json(&self) -> Value {
        match self {
            Self::Text(text, rest) => {
                let mut part = Extra::new();
                part.insert("type".to_owned(), Value::from("text"));
                part.insert("text".to_owned(), Value::from(text.as_str()));
                part.extend(rest.clone());
                part.into()
            }
            Self::Thinking(thoughts, rest) => {
                let mut part = Extra::new();
                part.insert("type".to_owned(), Value::from("thinking"));
                part.insert("thinking".to_owned(), Value::from(thoughts.clone()));
                part.extend(rest.clone());
                part.into()
            }
            Self::Other(part) => part.clone(),
        }
    }
}

/// The text that parts end with, begun if they end with something else.
#[codegen_at_use]
fn last_text(parts: &mut Vec<Part>) -> Option<&mut String> {
    if !matches!(parts.last(), Some(Part::Text(..))) {
        parts.push(Part::Text(String::new(), Extra::new()));
    }
    match parts.last_mut() {
        Some(Part::Text(text, _)) => Some(text),
        _ => None,
    }
}

/// Goes on with the reasoning that parts end with, or begins it.
#[codegen_at_use]
fn think(parts: &mut Vec<Part>, thoughts: Vec<Value>, object: &Map<String, Value>) {
    let signature = object.get("signature").and_then(Value::as_str);
    let is_other = is_sealed(parts.last(), &thoughts, signature);
    if is_other || !matches!(parts.last(), Some(Part::Thinking(..))) {
        // Nothing but `type` and an empty `thinking`.
        if thoughts.is_empty() && object.len() == 2 {
            return;
        }
        parts.push(Part::Thinking(Vec::new(), Extra::new()));
    }
    if let Some(Part::Thinking(own, rest)) = parts.last_mut() {
        for thought in thoughts {
            match (own.last_mut().and_then(plain_text_mut), plain_text(&thought)) {
                (Some(text), Some(more)) => text.push_str(more),
                _ => own.push(thought),
            }
        }
        crate::fold::unknown_fields::overlay(rest, beside(object, "thinking"));
    }
}

/// Whether a part is reasoning whose signature has come: what follows under no signature, or another, is a part of its own.
#[codegen_at_use]
fn is_sealed(part: Option<&Part>, thoughts: &[Value], signature: Option<&str>) -> bool {
    let Some(Part::Thinking(_, rest)) = part else { return false };
    let own = rest.get("signature").and_then(Value::as_str).filter(|own| !own.is_empty());
    let signature = signature.filter(|signature| !signature.is_empty());
    own.is_some() && own != signature && (!thoughts.is_empty() || signature.is_some())
}

/// A text with nothing beside it.
#[codegen_at_use]
fn plain_text(thought: &Value) -> Option<&str> {
    let is_plain = thought.as_object()?.len() == 2 && thought.get("type")? == "text";
    text_of(thought).filter(|_| is_plain)
}

/// The same, to be appended to.
#[codegen_at_use]
fn plain_text_mut(thought: &mut Value) -> Option<&mut String> {
    plain_text(thought)?;
    match thought.get_mut("text") {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// What a part has beside its `type` and its content.
#[codegen_at_use]
fn beside(part: &Map<String, Value>, content: &str) -> Extra {
    let more = part.iter().filter(|(key, _)| *key != "type" && *key != content);
    more.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// The parts of reasoning, without empty texts.
#[codegen_at_use]
fn thoughts_of(thinking: Option<&Value>) -> Vec<Value> {
    let thoughts = match thinking {
        Some(Value::String(text)) => vec![json!({"type": "text", "text": text})],
        Some(Value::Array(parts)) => parts.clone(),
        _ => Vec::new(),
    };
    thoughts.into_iter().filter(|thought| plain_text(thought) != Some("")).collect()
}

#[codegen_at_use]
fn text_of(thought: &Value) -> Option<&str> {
    thought.get("text").and_then(Value::as_str)
}
