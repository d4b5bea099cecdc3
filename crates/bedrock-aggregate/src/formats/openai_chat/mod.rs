//! OpenAI Chat Completions, and every vendor that speaks them: chunks to the completion that the service would have sent.
//!
//! The same chunks come from InvokeModelWithResponseStream and, as server-sent events, from the addresses of OpenAI's API.
//! A choice is complete with its `finish_reason`. Counts come where they were asked for: a server that writes
//! `"usage": null` into its chunks was asked, and owes them.
//!
//! The events of choice 0 are emitted as it grows. Any other choice is emitted as one block when it stops; its index is the choice's
//! number times 2³².

mod choice;
mod lesson;
mod reasoning_details;

use bedrock_codegen::codegen_at_use;
use bedrock_formats::openai_chat::{
    ChatCompletion, ChatCompletionChunk, ChunkChoice, CompletionUsage, Role, Vendor,
};
use bedrock_formats::reply::ToReply;
use bedrock_formats::wire::{self};
use serde_json::Value;

use self::choice::ChatChoice;
use self::lesson::{Delta, What, lesson};
use crate::completeness::{Missing, StreamException};
use crate::event::{Event, EventSink, MessageStart, UsageUpdate};
use crate::fold::chat::builder::{
    ChatUsage, announces_choices, fault_in, reads_choices, take_bedrock_keys, take_counts,
};
use crate::fold::choices::ending::emit_stop_of;
use crate::fold::choices::{Choices, Ids, keep_id};
use crate::fold::fast_path::template::Learned;
use crate::fold::faults;
use crate::fold::format::{Format, Probe};
use crate::fold::growing_block::Piece;
use crate::fold::stage::Stage;
use crate::fold::unknown_fields::RepeatedFields;
use crate::fold::{Aggregator, BuildError, ChunkError, RawChunk, report};

/// The row of the registry.
pub(crate) const FORMAT: Format =
    Format::built_in::<OpenAiChatAggregator>("openai-chat", detects, |response| {
        response.get("object").is_some_and(|object| object == "chat.completion")
    })
    .reading(|probe| {
        reads_choices(probe, &["delta", "message", "finish_reason"]) && !reads_choices(probe, &["text"])
    })
    .announced_by(announces_choices)
    .keyed("choices");

/// A piece of a choice; the chunk that has none, with the counts or what a filter found; or an error alone.
#[codegen_at_use]
fn detects(probe: &Probe<'_>) -> bool {
    let choices = probe.get("choices").and_then(Value::as_array);
    match choices.map(|choices| choices.first()) {
        Some(Some(choice)) => choice.get("delta").is_some(),
        Some(None) => true,
        None => {
            let says = |key| probe.get("error").is_some_and(|error| error.get(key).is_some());
            says("message") && (says("code") || says("type")) && !probe.has("type")
        }
    }
}

/// Folds chunks into a [`ChatCompletion`].
///
/// Models that write their reasoning into the text, between tags, are known by their id: give it with
/// [`set_model_id`](Aggregator::set_model_id) where the chunks themselves do not name the model. Events have such
/// reasoning as reasoning; the completion keeps the text as it was sent. While the model is not known, a text that begins with
/// such a tag waits for that.
///
/// ```
/// use bedrock_aggregate::formats::OpenAiChatAggregator;
/// use bedrock_aggregate::{Aggregator, EventSink, RawChunk};
///
/// let mut fold = OpenAiChatAggregator::default();
/// for chunk in [
///     r#"{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":"Ra"}}]}"#,
///     r#"{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"in."},"finish_reason":"stop"}]}"#,
/// ] {
///     fold.aggregate_raw(RawChunk::new(chunk.as_bytes()), &mut EventSink::none())?;
/// }
/// let completion = fold.build()?;
/// assert_eq!(completion.choices[0].message.content.as_ref().and_then(|content| content.as_text()), Some("Rain."));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct OpenAiChatAggregator {
    stage: Stage,
    /// What the completion has beside its choices.
    envelope: ChatCompletion,
    choices: Choices<ChatChoice>,
    ids: Ids,
    model_id: Option<String>,
    /// Whether reasoning stands in the text, as the model's id has it and as the name in the message has it.
    inline: [Option<bool>; 2],
    /// The model that the message began with, by the name in it.
    first_model: Option<String>,
    started: bool,
    /// Whether the server said that counts will come.
    owes_usage: bool,
    learned: Learned<Delta>,
    /// Unknown keys of the chunks.
    chunk_unknown: RepeatedFields,
}

#[codegen_at_use]
impl Aggregator for OpenAiChatAggregator {
    type Chunk = ChatCompletionChunk;
    type Message = ChatCompletion;

    fn aggregate(
        &mut self,
        chunk: ChatCompletionChunk,
        events: &mut EventSink<'_>,
    ) -> Result<(), ChunkError> {
        // What comes between two deltas can change what the template takes for fixed, as the tier.
        self.learned.forget();
        let fault = fault(&chunk);
        // An error that comes alone is no answer.
        if fault.is_none() || chunk.choices.is_some() {
            self.stage.take()?;
            let verdict = self.refuse_other(&chunk);
            self.stage.admit(verdict)?;
            self.take(chunk, events);
            self.emit_stop(false, events);
        }
        fault.map_or(Ok(()), |exception| Err(ChunkError::Exception(exception)))
    }

    #[inline]
    fn aggregate_raw(&mut self, chunk: RawChunk<'_>, events: &mut EventSink<'_>) -> Result<(), ChunkError> {
        if self.scanned_delta(chunk.json, events).is_some() {
            return Ok(());
        }
        // Writer's mark of the end is a chunk, and so a JSON text.
        if chunk.json.trim_ascii() == br#""[DONE]""# {
            return Ok(());
        }
        let (parsed, odd) = wire::read::<ChatCompletionChunk>(chunk.json)?;
        self.learned.forget();
        // Each chunk that has something odd is to be reported, so none is a model of others.
        // Asked when the last template has been forgotten: whether that was used counts.
        let teaches = odd.is_empty() && self.learned.is_eager();
        let lesson = if teaches { lesson(chunk.json, &parsed) } else { None };
        self.aggregate(parsed, events)?;
        if let Some((template, delta)) = lesson {
            self.learned.learn(template, delta);
        }
        report(odd)
    }

    #[inline]
    fn aggregate_delta(&mut self, chunk: RawChunk<'_>, events: &mut EventSink<'_>) -> Option<()> {
        self.scanned_delta(chunk.json, events)
    }

    fn build(&mut self) -> Result<ChatCompletion, BuildError> {
        self.stage.build()?;
        Ok(self.whole())
    }

    fn clear(&mut self) {
        *self = Self { model_id: self.model_id.take(), inline: [self.inline[0], None], ..Self::default() };
    }

    fn set_model_id(&mut self, model_id: &str) {
        self.model_id = Some(model_id.to_owned());
        self.inline[0] = Vendor::of_model(model_id).map(|vendor| vendor.inline_reasoning);
    }

    fn end(&mut self, events: &mut EventSink<'_>) {
        let inline = self.inline();
        // It may have come after the last piece. Nothing is emitted here that would not be emitted at the end.
        let decide =
            |own: &mut ChatChoice, events: &mut EventSink<'_>| own.builder.content.decide(inline, events);
        self.choices.change_lowest(events, decide);
        self.choices.end(events);
        self.emit_stop(true, events);
    }

    fn missing(&self) -> Missing {
        let empty = self.stage.is_empty();
        Missing {
            empty,
            stop: !empty && !self.is_finished(),
            usage: self.owes_usage && !self.envelope.usage.as_ref().is_some_and(ChatUsage::has_counts),
            ..Missing::default()
        }
    }

    fn snapshot(&self) -> Option<ChatCompletion> {
        (!self.stage.is_empty()).then(|| self.whole())
    }
}

/// Whether a model of this name writes its reasoning into the text.
#[codegen_at_use]
fn reads_inline(model: &str) -> bool {
    Vendor::of_model(model).is_some_and(|vendor| vendor.inline_reasoning)
}

/// The error of a chunk or of one of its choices, whatever stop reason they have.
#[codegen_at_use]
fn fault(chunk: &ChatCompletionChunk) -> Option<StreamException> {
    let own = || faults::of_error(&serde_json::to_value(chunk.error.as_ref()?).ok()?);
    own().or_else(|| fault_in(&chunk.extra, chunk.choices.as_deref().unwrap_or_default()))
}

#[codegen_at_use]
impl OpenAiChatAggregator {
    /// A chunk that differs from the one before in its text only. `None` for anything else.
    #[inline]
    fn scanned_delta(&mut self, json: &[u8], events: &mut EventSink<'_>) -> Option<()> {
        if !self.stage.is_folding() {
            return None;
        }
        let (Delta { choice, what }, text) = self.learned.scan(json)?;
        let own = self.choices.own()?;
        // All but the slots is as in the delta before, its id too.
        self.ids.repeat();
        let choice_is_own = own == choice;
        let builder = &mut self.choices.get(choice)?.builder;
        if builder.reason.is_some() {
            return None;
        }
        let content = &mut builder.content;
        let mut nobody = EventSink::none();
        let events = if choice_is_own { events } else { &mut nobody };
        match what {
            What::Text => content.text(Piece::Raw(text), events),
            What::Reasoning(name) => content.reason(name, Piece::Raw(text), events),
            What::Call(index) => content.input(index, Piece::Raw(text), events),
        }
    }

    /// Refuses chunks that are no part of this message: the beginning of another, or more of a choice that has stopped.
    fn refuse_other(&mut self, chunk: &ChatCompletionChunk) -> Result<(), ChunkError> {
        self.choices.admit_verdict(&self.envelope, chunk)?;
        for (position, choice) in chunk.choices.iter().flatten().enumerate() {
            let index = choice.index.unwrap_or(position as u64);
            let own = self.choices.get(index);
            if own.is_some_and(|own| own.stops_otherwise(choice.stop_reason.as_ref())) {
                let why = format!("choice {index} names another stop sequence after its end");
                return Err(ChunkError::other_message(why));
            }
        }
        let goes_on = self.choices.admit(chunk.choices.as_deref().unwrap_or_default())?;
        self.ids.admit(self.envelope.id.as_deref(), chunk.id.as_deref(), goes_on)?;
        let model = chunk.model.as_deref().filter(|model| !model.is_empty());
        let another = model.filter(|model| self.envelope.model.as_deref() != Some(*model));
        match (another, self.choices.lowest()) {
            (Some(model), Some(own))
                if self.inline[0].is_none()
                    && own.builder.content.was_emitted_otherwise(reads_inline(model)) =>
            {
                Err(ChunkError::other_message(format!(
                    "{model} writes its reasoning otherwise than the answer so far was read"
                )))
            }
            _ => Ok(()),
        }
    }

    /// Whether reasoning stands in the text, where that is known by now: as the reply has it.
    #[inline]
    fn inline(&self) -> Option<bool> {
        self.inline[0].or(self.inline[1])
    }

    /// Emits why the model stopped.
    fn emit_stop(&mut self, at_end: bool, events: &mut EventSink<'_>) {
        if !self.choices.stop_is_due(&self.envelope, at_end, events) {
            return;
        }
        let stopped = self.choices.stopped().map(|(index, choice)| choice.stopped(index));
        let last = self.envelope.clone().choices(stopped.into_iter().collect::<Vec<_>>());
        let model =
            self.envelope.model.as_deref().filter(|model| self.first_model.as_deref() != Some(*model));
        emit_stop_of(&last.to_reply_of(self.model_id.as_deref()), model, events);
    }

    fn take(&mut self, chunk: ChatCompletionChunk, events: &mut EventSink<'_>) {
        let choices = self.take_envelope(chunk, events);
        let inline = self.inline();
        for (position, choice) in choices.into_iter().enumerate() {
            let index = choice.index.unwrap_or(position as u64);
            let model = self.envelope.model.as_deref();
            if !std::mem::replace(&mut self.started, true) {
                self.first_model = model.map(str::to_owned);
                events.emit(|| {
                    let role = choice.delta.as_ref().and_then(|delta| delta.role.as_ref());
                    let role = role.map_or("assistant", Role::as_str);
                    Event::MessageStart(MessageStart::new(self.envelope.id.as_deref(), model, Some(role)))
                });
            }
            self.choices.take(
                index,
                || ChatChoice::new(inline),
                events,
                |own, events| {
                    own.builder.content.decide(inline, events);
                    own.take(choice, events);
                },
            );
        }
    }

    /// Takes what a chunk has beside its choices, and hands those back.
    fn take_envelope(&mut self, chunk: ChatCompletionChunk, events: &mut EventSink<'_>) -> Vec<ChunkChoice> {
        let ChatCompletionChunk { mut extra, usage, choices, error, .. } = chunk;
        let envelope = &mut self.envelope;
        // The first chunk of some servers has no name yet.
        // Azure's: no model and `"created": 0` (azure.*, nine streams).
        let empty = |text: &Option<String>| text.as_deref().unwrap_or_default().is_empty();
        if !empty(&chunk.model) && chunk.model != envelope.model {
            self.inline[1] = chunk.model.as_deref().map(reads_inline);
        }
        keep_id(&mut envelope.id, chunk.id.as_deref());
        if envelope.created.as_ref().is_none_or(|created| *created == 0) {
            envelope.created = chunk.created.or(envelope.created.take());
        }
        for (own, later) in [
            (&mut envelope.model, chunk.model),
            (&mut envelope.service_tier, chunk.service_tier),
            (&mut envelope.system_fingerprint, chunk.system_fingerprint),
        ] {
            if empty(own) || !empty(&later) {
                *own = later.or(own.take());
            }
        }
        take_bedrock_keys!(envelope, chunk);
        self.owes_usage |= extra.contains_key("usage");
        for key in ["object", "choices", "obfuscation", "p"] {
            extra.shift_remove(key);
        }
        if let Some(Ok(error)) = error.as_ref().map(serde_json::to_value) {
            extra.insert("error".to_owned(), error);
        }
        // Counts are cumulative: the last holds. Groq's stand under a key of its own.
        let usage = usage.or_else(|| CompletionUsage::of_groq(&extra));
        self.chunk_unknown.take(extra);
        take_counts(&mut envelope.usage, usage, |usage| {
            events.emit(|| Event::Usage(UsageUpdate { usage: usage.to_reply() }));
        });
        choices.unwrap_or_default()
    }

    /// Whether every choice has stopped.
    fn is_finished(&self) -> bool {
        self.choices.all_stopped()
    }

    /// The completion so far.
    fn whole(&self) -> ChatCompletion {
        let mut completion = self.envelope.clone();
        // They stand beside a whole answer, not in it.
        completion.invocation_metrics = None;
        completion.extra = self.chunk_unknown.settled();
        completion.object = Some("chat.completion".to_owned());
        completion.choices = self.choices.iter().map(|slot| slot.block.whole(slot.index)).collect();
        completion
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bedrock_testing::{Recording, recordings};
    use serde_json::json;

    /// How many of these chunks are scanned, not parsed.
    fn scanned(chunks: &[Value]) -> usize {
        let mut fold = OpenAiChatAggregator::default();
        let mut scanned = 0;
        for chunk in chunks {
            let json = chunk.to_string();
            if fold.clone().scanned_delta(json.as_bytes(), &mut EventSink::none()).is_some() {
                scanned += 1;
            }
            let _ = fold.aggregate_raw(RawChunk::new(json.as_bytes()), &mut EventSink::none());
        }
        scanned
    }

    /// The others bring more than their text with every delta: filters' verdicts, parts of reasoning, several choices.
    #[test]
    fn half_of_all_recorded_chunks_are_scanned() {
        let wanted = |recording: &Recording| recording.streaming && recording.format == "openai-chat";
        let Some(all) = recordings(wanted) else { return };
        let all: Vec<_> = all.iter().map(Recording::chunks).filter(|chunks| chunks.len() > 20).collect();
        let (scanned, of) = (all.iter().map(|chunks| scanned(chunks)).sum::<usize>(), all.concat().len());
        assert!(scanned * 2 > of, "{scanned} of {of}");
    }

    #[test]
    fn a_template_is_learned_from_the_delta_before_and_from_no_other() {
        let chunk = |delta: Value, tier: &str, padding: &str| {
            json!({"id": "c", "created": 7, "model": "m", "service_tier": tier, "obfuscation": padding,
                "choices": [{"index": 0, "delta": delta, "finish_reason": null}]})
        };
        let call =
            |arguments: &str| json!({"tool_calls": [{"index": 0, "function": {"arguments": arguments}}]});
        for (deltas, expected) in [
            (vec![json!({"content": "a"}), json!({"content": "b"}), json!({"content": ""})], 2),
            (vec![json!({"reasoning": "a"}), json!({"reasoning": "b"}), json!({"content": "b"})], 1),
            (
                vec![
                    json!({"reasoning_content": "a", "content": null}),
                    json!({"reasoning_content": "b", "content": null}),
                ],
                1,
            ),
            (vec![call("{"), call("\\\"a\\\"")], 1),
            (vec![json!({"content": "a", "reasoning": "a"}), json!({"content": "b", "reasoning": "b"})], 0),
            (vec![json!({"content": "a", "new": 1}), json!({"content": "b", "new": 1})], 0),
            (vec![json!({"content": "a"}), json!({}), json!({"content": "b"}), json!({"content": "c"})], 1),
        ] {
            let chunks: Vec<_> = deltas
                .iter()
                .enumerate()
                .map(|(n, delta)| chunk(delta.clone(), "x", &"p".repeat(n)))
                .collect();
            assert_eq!(scanned(&chunks), expected, "{deltas:?}");
        }
        // What was learned before something else came is forgotten: the tier would stay the other's.
        let mut fold = OpenAiChatAggregator::default();
        for tier in ["a", "b", "a"] {
            let json = chunk(json!({"content": "x"}), tier, "").to_string();
            fold.aggregate_raw(RawChunk::new(json.as_bytes()), &mut EventSink::none()).unwrap();
        }
        assert_eq!(fold.build().unwrap().service_tier.as_deref(), Some("a"));
    }
}
