//! The state of one choice of a chat, shared by all formats in the shape of OpenAI's: its content, its calls, its
//! stop reason and unknown fields; which chunks belong to another message, and when the stop is emitted.
//! Not for: the types of any one format; each fold builds its own from this.

use std::borrow::Cow;
use std::fmt;

use bedrock_codegen::codegen_at_use;
use bedrock_formats::invocation_metrics::{GuardrailAction, HasBedrockKeys};
use bedrock_formats::reply::Usage;
use bedrock_formats::wire::Extra;
use serde_json::Value;

use crate::completeness::StreamException;
use crate::event::{Event, EventSink, OtherBlock};
use crate::fold::ChunkError;
use crate::fold::chat::content::ContentBuilder;
use crate::fold::choices::{Choice, Choices, GoesOn};
use crate::fold::faults;
use crate::fold::format::Probe;
use crate::fold::tool_calls::CallPiece;
use crate::fold::unknown_fields::{UnknownFields, overlay};

/// Choice `n` (other than the first) is emitted as one block with the index `n * OTHER_CHOICE`.
// The blocks of the first choice count from 0, and 2³² of them do not fit into memory: the indexes never meet.
pub(crate) const OTHER_CHOICE: u64 = 1 << 32;

/// A choice under construction; `R` is the format's word for why a model stopped.
#[derive(Debug, Clone)]
pub(crate) struct ChoiceBuilder<R> {
    pub(crate) content: ContentBuilder,
    /// Unknown keys of the deltas.
    pub(crate) delta_unknown: UnknownFields,
    /// Unknown keys beside them.
    pub(crate) choice_unknown: UnknownFields,
    pub(crate) reason: Option<R>,
    /// For each call, by its place, what else it has.
    call_extras: Vec<CallExtras>,
    /// Whether calls came at all, if only an empty list.
    has_calls: bool,
    /// Whether it was emitted whole.
    emitted: bool,
}

/// The rest of a call: its `type`, and the unknown fields of the call and of its function.
#[derive(Debug, Clone, Default)]
struct CallExtras {
    kind: Option<String>,
    own: UnknownFields,
    of_function: UnknownFields,
}

/// A call of a tool as far as it has come.
#[derive(Debug)]
pub struct ChatCall<'a> {
    /// Its id.
    pub id: Option<&'a str>,
    /// Its `type`.
    pub kind: Option<&'a str>,
    /// The tool.
    pub name: Option<&'a str>,
    /// Its input so far.
    pub input: &'a str,
    /// Whether the tool takes text and not JSON.
    pub is_text: bool,
    /// Unknown members of the call.
    pub extra: Extra,
    /// Unknown members of the function, or of the tool that takes text.
    pub function_extra: Extra,
}

impl<R> Default for ChoiceBuilder<R> {
    fn default() -> Self {
        Self::new(Some(false))
    }
}

impl<R> ChoiceBuilder<R> {
    /// A choice; `inline` says whether its reasoning stands in its text, where that is known.
    pub(crate) fn new(inline: Option<bool>) -> Self {
        Self {
            content: ContentBuilder::new(inline),
            delta_unknown: UnknownFields::default(),
            choice_unknown: UnknownFields::default(),
            reason: None,
            call_extras: Vec::new(),
            has_calls: false,
            emitted: false,
        }
    }

    /// Takes note that the message has a list of calls.
    pub(crate) fn has_calls(&mut self) {
        self.has_calls = true;
    }

    /// Takes a piece of a call, with its `type`, its unknown keys and those of the function that it calls.
    pub(crate) fn take_call(
        &mut self,
        piece: CallPiece<'_>,
        kind: Option<String>,
        [mut extra, mut function_extra]: [Extra; 2],
        events: &mut EventSink<'_>,
    ) {
        self.has_calls = true;
        let at = self.content.call(piece, events);
        if self.call_extras.len() <= at {
            self.call_extras.resize_with(at + 1, Default::default);
        }
        let extras = &mut self.call_extras[at];
        extras.kind = extras.kind.take().or(kind.filter(|kind| !kind.is_empty()));
        extra.retain(|_, value| !value.is_null());
        extras.own.take(extra);
        function_extra.retain(|_, value| !value.is_null());
        extras.of_function.take(function_extra);
    }

    /// The calls so far, in order; `None` where the message has no list of them.
    pub(crate) fn calls(&self) -> Option<Vec<ChatCall<'_>>> {
        let calls = self.content.calls.in_order().into_iter().map(|(at, call)| {
            let extras = self.call_extras.get(at);
            ChatCall {
                id: call.id.as_deref(),
                kind: extras.and_then(|extras| extras.kind.as_deref()),
                name: call.name.as_deref(),
                input: &call.input,
                is_text: call.is_text(),
                extra: extras.map(|extras| extras.own.settled()).unwrap_or_default(),
                function_extra: extras.map(|extras| extras.of_function.settled()).unwrap_or_default(),
            }
        });
        self.has_calls.then(|| calls.collect())
    }

    /// Takes the reason to stop, which ends all blocks, once.
    pub(crate) fn finish(&mut self, reason: R, events: &mut EventSink<'_>) {
        // The first one stays: another was refused by `admit`, the same may be repeated.
        if self.reason.is_none() {
            self.content.end(events);
            self.reason = Some(reason);
        }
    }

    /// Refuses more content of a choice that has stopped. `says` is whether there is any content,
    /// `reason` its stop reason. A repeated stop reason is accepted.
    fn admit(&self, index: u64, says: bool, reason: Option<&R>) -> Result<(), ChunkError>
    where
        R: PartialEq,
    {
        match (&self.reason, reason) {
            (Some(_), _) if says => {
                Err(ChunkError::other_message(format!("more of choice {index}, which has stopped")))
            }
            (Some(own), Some(other)) if own != other => {
                Err(ChunkError::other_message(format!("choice {index} stops again, for another reason")))
            }
            _ => Ok(()),
        }
    }

    /// Ends the choice with the stream. A choice that has not stopped was cut: its blocks stay open.
    pub(crate) fn end(&mut self, events: &mut EventSink<'_>) {
        if self.reason.is_some() {
            self.content.end(events);
        } else {
            self.content.flush(events);
        }
    }
}

/// A choice that a fold builds with a [`ChoiceBuilder`].
pub(crate) trait BuiltChoice {
    /// The format's word for why a model stopped.
    type Reason: PartialEq;

    fn builder(&self) -> &ChoiceBuilder<Self::Reason>;
    fn builder_mut(&mut self) -> &mut ChoiceBuilder<Self::Reason>;
    /// Whether it is known who speaks.
    fn has_role(&self) -> bool;
    /// The choice so far, as the format writes it.
    fn to_json(&self, index: u64) -> Value;
}

impl<C: BuiltChoice> Choice for C {
    fn has_stopped(&self) -> bool {
        self.builder().reason.is_some()
    }

    fn end(&mut self, _: u64, events: &mut EventSink<'_>) {
        self.builder_mut().end(events);
    }

    fn emit_whole(&mut self, index: u64, events: &mut EventSink<'_>) {
        if !std::mem::replace(&mut self.builder_mut().emitted, true) {
            let at = index.saturating_mul(OTHER_CHOICE);
            events.emit(|| Event::Block(OtherBlock { index: at, block: Cow::Owned(self.to_json(index)) }));
        }
    }
}

/// What a chunk brings of a choice.
pub(crate) trait ChoicePiece<R> {
    fn index(&self) -> Option<u64>;
    /// Whether it has any content.
    fn says(&self) -> bool;
    /// Why the choice stops.
    fn reason(&self) -> Option<&R>;
    /// Whether it names a role.
    fn names_role(&self) -> bool;
    fn extra(&self) -> &Extra;
}

/// The error of a chunk, beside its choices or in one of them, whatever stop reason they have.
pub(crate) fn fault_in<R, P: ChoicePiece<R>>(extra: &Extra, pieces: &[P]) -> Option<StreamException> {
    let of_piece = |piece: &P| faults::of_error(piece.extra().get("error")?);
    faults::beside(extra).or_else(|| pieces.iter().find_map(of_piece))
}

impl<C: BuiltChoice> Choices<C> {
    /// Refuses what goes on after a choice's end. Gives what the chunk says of choices that have begun.
    pub(crate) fn admit<P: ChoicePiece<C::Reason>>(&mut self, pieces: &[P]) -> Result<GoesOn, ChunkError> {
        let mut goes_on = GoesOn::default();
        for (position, piece) in pieces.iter().enumerate() {
            let index = piece.index().unwrap_or(position as u64);
            if let Some(own) = self.get(index) {
                let (says, reason) = (piece.says(), piece.reason());
                own.builder().admit(index, says, reason)?;
                let (has_role, names_role) = (own.has_role(), piece.names_role());
                // A role repeated beside the stop alone begins nothing: Perplexity's last chunk has
                // one (perplexity.prompt_caching.streaming_probe__0).
                goes_on.begins |= has_role && names_role && (says || reason.is_none());
                goes_on.says |= says;
                goes_on.says_in_role |= says && has_role;
            }
        }
        Ok(goes_on)
    }

    /// Refuses a guardrail's verdict that would change why the model stopped when that has been emitted.
    pub(crate) fn admit_verdict(
        &self,
        envelope: &impl HasBedrockKeys,
        chunk: &impl HasBedrockKeys,
    ) -> Result<(), ChunkError> {
        let verdict = chunk.bedrock_keys().guardrail_action;
        if self.ending.was_emitted()
            && verdict.as_deref() == Some(&GuardrailAction::Intervened)
            && envelope.bedrock_keys().guardrail_action.as_deref() != Some(&GuardrailAction::Intervened)
        {
            return Err(ChunkError::other_message("a guardrail's verdict after the end of the message"));
        }
        Ok(())
    }

    /// Whether the stop is to be emitted now, which happens once: when the choice that is emitted has stopped, or at the
    /// stream's end. A guardrail's trace comes in the last chunk and can say that it only masked, so with a guardrail the end is
    /// waited for.
    pub(crate) fn stop_is_due(
        &mut self,
        envelope: &impl HasBedrockKeys,
        at_end: bool,
        events: &EventSink<'_>,
    ) -> bool {
        let keys = envelope.bedrock_keys();
        let waits = keys.guardrail_action.is_some() || keys.trace.is_some() || self.stopped().is_none();
        (at_end || !waits) && self.ending.is_due(events)
    }
}

/// Moves Bedrock's own keys from a chunk into the message: a later value replaces an earlier one.
macro_rules! take_bedrock_keys {
    ($message:ident, $chunk:ident) => {
        $message.invocation_metrics = $chunk.invocation_metrics.or($message.invocation_metrics.take());
        $message.guardrail_action = $chunk.guardrail_action.or($message.guardrail_action.take());
        $message.guardrail_trace = $chunk.guardrail_trace.or($message.guardrail_trace.take());
    };
}

pub(crate) use take_bedrock_keys;

/// A format's token counts.
pub trait ChatUsage: Clone + Default + fmt::Debug {
    /// Whether anything is counted.
    fn has_counts(&self) -> bool;
    /// The members that no type knows.
    fn extra_mut(&mut self) -> &mut Extra;
    /// The same in the common vocabulary.
    fn to_usage(&self) -> Usage;
}

/// Counts that have OpenAI's names.
macro_rules! chat_usage {
    ($($format:ident),*) => {$(
        impl ChatUsage for bedrock_formats::$format::CompletionUsage {
            #[cfg_attr(not(debug_assertions), inline)]
            fn has_counts(&self) -> bool {
                self.prompt_tokens.is_some() || self.completion_tokens.is_some() || self.total_tokens.is_some()
            }

            #[cfg_attr(not(debug_assertions), inline)]
            fn extra_mut(&mut self) -> &mut Extra {
                &mut self.extra
            }

            #[cfg_attr(not(debug_assertions), inline)]
            fn to_usage(&self) -> Usage {
                self.to_reply()
            }
        }
    )*};
}

chat_usage!(ai21_jamba, deepseek, mistral_chat, openai_chat);

/// Takes token counts, replacing earlier ones, and emits them. Unknown fields of all of them are kept.
pub(crate) fn take_counts<U: ChatUsage>(own: &mut Option<U>, later: Option<U>, emit: impl FnOnce(&U)) {
    let Some(mut later) = later else { return };
    let named = |extra: &mut Extra| {
        let mut extra = std::mem::take(extra);
        extra.retain(|_, value| !value.is_null());
        extra
    };
    if later.has_counts() {
        emit(&later);
        if let Some(mut earlier) =
            own.as_mut().map(|own| named(own.extra_mut())).filter(|extra| !extra.is_empty())
        {
            overlay(&mut earlier, std::mem::take(later.extra_mut()));
            *later.extra_mut() = earlier;
        }
        *own = Some(later);
    } else {
        // Counts without a count, as some servers end with, erase none that came before.
        overlay(own.get_or_insert_default().extra_mut(), named(later.extra_mut()));
    }
}

/// Whether the first choice of a chunk has one of these keys.
#[codegen_at_use]
pub(crate) fn reads_choices(probe: &Probe<'_>, keys: &[&str]) -> bool {
    let first = probe.chunk.pointer("/choices/0");
    first.is_some_and(|choice| keys.iter().any(|key| choice.get(*key).is_some()))
}

/// Whether a chunk's choices have a role and nothing that was generated: the first chunk of most servers.
#[codegen_at_use]
pub(crate) fn announces_choices(probe: &Probe<'_>) -> bool {
    let choices = probe.get("choices").and_then(Value::as_array);
    let announces = |choice: &Value| {
        let piece = choice.get("delta").or_else(|| choice.get("message"));
        let has_role = piece.is_some_and(|piece| piece.get("role").is_some());
        has_role && says_no_more_than(choice, &["index", "delta", "message"]) && {
            piece.is_none_or(|piece| says_no_more_than(piece, &["role", "index"]))
        }
    };
    // What is counted has been generated, and is paid for.
    let counts = |key: &&String| *key == "usage" || key.starts_with("amazon-bedrock-");
    let counted =
        probe.chunk.as_object().is_some_and(|chunk| chunk.keys().any(|key| counts(&key) && probe.has(key)));
    !counted && choices.is_some_and(|choices| !choices.is_empty() && choices.iter().all(announces))
}

/// Whether all that an object has beside these keys is empty.
#[codegen_at_use]
fn says_no_more_than(object: &Value, keys: &[&str]) -> bool {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
        _ => false,
    };
    object.as_object().is_some_and(|object| {
        object.iter().all(|(key, value)| keys.contains(&key.as_str()) || is_empty(value))
    })
}
