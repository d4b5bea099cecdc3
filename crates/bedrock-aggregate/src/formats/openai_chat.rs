//! OpenAI Chat Completions, and every vendor that speaks them: chunks to the completion that the service would have sent.
//!
//! The same chunks come from InvokeModelWithResponseStream and, as server-sent events, from the addresses of OpenAI's API.
//! A choice is complete with its `finish_reason`. Counts come where they were asked for: a server that writes
//! `"usage": null` into its chunks was asked, and owes them.
//!
//! A listener hears choice 0 as it grows. Any other is told whole when it stops, as a block whose index is the choice's
//! number times 2³².

use std::borrow::Cow;

use bedrock_formats::invocation_metrics::HasBedrockKeys;
use bedrock_formats::openai_chat::{
    Annotation, ChatCompletion, ChatCompletionChunk, ChatCompletionMessage, Choice, ChoiceDelta, ChunkChoice,
    CustomCall, ErrorObject, FinishReason, FunctionCall, Logprobs, Role, ToolCall, Vendor,
};
use bedrock_formats::reply;
use bedrock_formats::wire::{Extra, TextOr};
use serde_json::{Value, json};

use crate::aggregator::{Aggregator, BuildError, ChunkError, RawChunk, Stage};
use crate::blocks::{Blocks, Slot};
use crate::calls::CallPiece;
use crate::choice::{Growth, OTHER_CHOICE, ReasoningName};
use crate::completeness::{Missing, StreamException};
use crate::event::{Event, Listener, MessageStart, OtherBlock, Stop, Unknown, UsageUpdate};
use crate::layout::{Hole, Layout, Learned};
use crate::parts::Piece;
use crate::pieces::{Pieces, overlay};
use crate::reasoning_details::ReasoningDetails;
use crate::registry::{Format, Probe};

/// The row of the registry.
pub(super) fn format() -> Format {
    Format::of::<OpenAiChatAggregator>("openai-chat").detected_by(detects).whole_detected_by(|response| {
        response.get("object").is_some_and(|object| object == "chat.completion")
    })
}

/// A piece of a choice; the chunk that has none, with the counts or what a filter found; or an error alone.
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
/// [`set_model_id`](Aggregator::set_model_id) where the chunks themselves do not name the model. Listeners hear such
/// reasoning as reasoning; the completion keeps the text as it was sent.
///
/// ```
/// use bedrock_aggregate::formats::OpenAiChatAggregator;
/// use bedrock_aggregate::{Aggregator, Listener, RawChunk};
///
/// let mut fold = OpenAiChatAggregator::default();
/// for chunk in [
///     r#"{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":"Ra"}}]}"#,
///     r#"{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"in."},"finish_reason":"stop"}]}"#,
/// ] {
///     fold.aggregate_raw(RawChunk::new(chunk.as_bytes()), &mut Listener::none())?;
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
    choices: Blocks<Answer>,
    model_id: Option<String>,
    started: bool,
    /// Whether the server said that counts will come.
    owes_usage: bool,
    learned: Learned<Delta>,
    unknown: Vec<Value>,
}

/// One choice under construction.
#[derive(Debug, Clone, Default)]
struct Answer {
    growth: Growth,
    role: Option<Role>,
    details: ReasoningDetails,
    annotations: Option<Vec<Annotation>>,
    audio: Audio,
    /// For each call, by its place, its `type` and what else it has.
    call_extras: Vec<(Option<String>, Pieces)>,
    /// Whether `tool_calls` came at all, if only an empty list.
    has_calls: bool,
    logprobs: Option<Logprobs>,
    logprob_pieces: Pieces,
    finish_reason: Option<FinishReason>,
    stop_reason: Option<Value>,
    delta_pieces: Pieces,
    choice_pieces: Pieces,
    told: bool,
}

/// The answer as sound: its data comes as base64 texts, each encoded by itself.
#[derive(Debug, Clone, Default)]
struct Audio {
    whole: Option<bedrock_formats::openai_chat::Audio>,
    data: Vec<bedrock_formats::wire::Blob>,
}

/// What a learned layout appends to.
#[derive(Debug, Clone, Copy)]
struct Delta {
    choice: u64,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Text,
    Reasoning(ReasoningName),
    /// The input of the call with this index.
    Call(u64),
}

impl Aggregator for OpenAiChatAggregator {
    type Chunk = ChatCompletionChunk;
    type Message = ChatCompletion;

    fn aggregate(&mut self, chunk: ChatCompletionChunk, events: &mut Listener<'_>) -> Result<(), ChunkError> {
        self.learned.forget();
        let error = chunk.error.clone();
        // An error that comes alone is no answer.
        if error.is_none() || chunk.choices.is_some() {
            self.stage.take()?;
            self.take(chunk, events);
        }
        match error {
            None => Ok(()),
            Some(error) if self.is_finished() => {
                self.error_after_the_end(error, events);
                Ok(())
            }
            Some(error) => Err(ChunkError::Exception(exception(&error))),
        }
    }

    #[inline]
    fn aggregate_raw(&mut self, chunk: RawChunk<'_>, events: &mut Listener<'_>) -> Result<(), ChunkError> {
        if self.scanned_delta(chunk.json, events).is_some() {
            return Ok(());
        }
        // Writer's mark of the end is a chunk, and so a JSON text.
        if chunk.json.trim_ascii() == br#""[DONE]""# {
            return Ok(());
        }
        let parsed: ChatCompletionChunk = serde_json::from_slice(chunk.json)?;
        self.learned.forget();
        let lesson = if self.learned.is_eager() { lesson(chunk.json, &parsed) } else { None };
        self.aggregate(parsed, events)?;
        if let Some((layout, delta)) = lesson {
            self.learned.learn(layout, delta);
        }
        Ok(())
    }

    fn build(&mut self) -> Result<ChatCompletion, BuildError> {
        self.stage.build()?;
        Ok(self.whole())
    }

    fn clear(&mut self) {
        *self = Self { model_id: self.model_id.take(), ..Self::default() };
    }

    fn set_model_id(&mut self, model_id: &str) {
        self.model_id = Some(model_id.to_owned());
    }

    fn end(&mut self, events: &mut Listener<'_>) {
        for Slot { index, block: answer, .. } in self.choices.iter_mut() {
            match (*index, &answer.finish_reason) {
                (0, Some(_)) => answer.growth.end(events),
                (0, None) => answer.growth.flush(events),
                _ => answer.tell_whole(*index, events),
            }
        }
    }

    fn missing(&self) -> Missing {
        let empty = self.stage.is_empty();
        Missing {
            empty,
            stop: !empty && !self.is_finished(),
            usage: self.owes_usage && self.envelope.usage.is_none(),
            ..Missing::default()
        }
    }

    fn unknown(&self) -> &[Value] {
        &self.unknown
    }

    fn snapshot(&self) -> Option<ChatCompletion> {
        (!self.stage.is_empty()).then(|| self.whole())
    }
}

/// The layout of a chunk that appends to one text and does nothing else, and what it appends to.
fn lesson(json: &[u8], chunk: &ChatCompletionChunk) -> Option<(Layout, Delta)> {
    let (delta, key) = plain_delta(chunk)?;
    let holes =
        [(key, Hole::Text), ("created", Hole::Number), ("obfuscation", Hole::Padding), ("p", Hole::Padding)];
    let layout = Layout::of(json, &holes)?;
    // The proof: what the layout makes of another text is this chunk with that text.
    let probe = "a probe";
    let mut filled: ChatCompletionChunk = serde_json::from_slice(&layout.fill(probe)).ok()?;
    let mut expected = chunk.clone();
    for chunk in [&mut filled, &mut expected] {
        (chunk.created, chunk.obfuscation, chunk.padding) = (None, None, None);
        chunk.choices.iter_mut().flatten().for_each(|choice| choice.obfuscation = None);
    }
    *text_of(&mut expected, delta.what)? = probe.to_owned();
    (filled == expected).then_some((layout, delta))
}

/// What a chunk appends to and the key it does so under, where it does nothing that doing twice would change.
fn plain_delta(chunk: &ChatCompletionChunk) -> Option<(Delta, &'static str)> {
    let [choice] = chunk.choices.as_deref()? else { return None };
    let delta = choice.delta.as_ref()?;
    let says_nothing = |extra: &Extra| extra.values().all(Value::is_null);
    let idle = chunk.error.is_none()
        && chunk.usage.is_none()
        && chunk.bedrock_keys() == Default::default()
        && choice.finish_reason.is_none()
        && choice.stop_reason.is_none()
        && choice.logprobs.is_none()
        && says_nothing(&choice.extra)
        && says_nothing(&delta.extra)
        && delta.refusal.is_none()
        && delta.function_call.is_none()
        && delta.reasoning_details.is_none()
        && delta.annotations.is_none()
        && delta.audio.is_none();
    if !idle {
        return None;
    }
    let content = match &delta.content {
        None => None,
        Some(content) => Some(content.as_text()?),
    };
    let (what, key) = match (content, &delta.reasoning_content, &delta.reasoning, &delta.tool_calls) {
        (Some(_), None, None, None) => (What::Text, "content"),
        // Servers send an empty content beside it.
        (None | Some(""), Some(_), None, None) => {
            (What::Reasoning(ReasoningName::Content), "reasoning_content")
        }
        (None | Some(""), None, Some(_), None) => (What::Reasoning(ReasoningName::Plain), "reasoning"),
        (None, None, None, Some(calls)) => match calls.as_slice() {
            [call] if call.custom.is_none() && says_nothing(&call.extra) => {
                (What::Call(call.index?), "arguments")
            }
            _ => return None,
        },
        _ => return None,
    };
    Some((Delta { choice: choice.index?, what }, key))
}

/// The text that such a chunk appends.
fn text_of(chunk: &mut ChatCompletionChunk, what: What) -> Option<&mut String> {
    let delta = chunk.choices.as_mut()?.first_mut()?.delta.as_mut()?;
    match what {
        What::Text => match delta.content.as_mut()? {
            TextOr::Text(text) => Some(text),
            TextOr::Other(_) => None,
        },
        What::Reasoning(ReasoningName::Content) => delta.reasoning_content.as_mut(),
        What::Reasoning(ReasoningName::Plain) => delta.reasoning.as_mut(),
        What::Call(_) => delta.tool_calls.as_mut()?.first_mut()?.function.as_mut()?.arguments.as_mut(),
    }
}

fn exception(error: &ErrorObject) -> StreamException {
    let code = error.code.as_ref();
    let name = error.kind.as_deref().or(code.and_then(Value::as_str)).unwrap_or("error");
    let mut exception = StreamException::new(name, error.message.as_str());
    exception.original_status_code = code.and_then(Value::as_u64);
    exception
}

impl OpenAiChatAggregator {
    /// A chunk that differs from the one before in its text only. `None` for anything else.
    #[inline]
    fn scanned_delta(&mut self, json: &[u8], events: &mut Listener<'_>) -> Option<()> {
        if self.stage != Stage::Folding {
            return None;
        }
        let (Delta { choice, what }, text) = self.learned.scan(json)?;
        let growth = &mut self.choices.get(choice)?.block.growth;
        let mut nobody = Listener::none();
        let events = if choice == 0 { events } else { &mut nobody };
        match what {
            What::Text => growth.text(Piece::Raw(text), events),
            What::Reasoning(name) => growth.reason(name, Piece::Raw(text), events),
            What::Call(index) => growth.input(index, Piece::Raw(text), events),
        }
    }

    fn take(&mut self, chunk: ChatCompletionChunk, events: &mut Listener<'_>) {
        let choices = self.take_envelope(chunk, events);
        let known = |model: &str| Vendor::of_model(model).map(|vendor| vendor.inline_reasoning);
        for (position, choice) in choices.into_iter().enumerate() {
            let index = choice.index.unwrap_or(position as u64);
            let (model_id, model) = (self.model_id.as_deref(), self.envelope.model.as_deref());
            let inline = || model_id.and_then(known).or_else(|| model.and_then(known)).unwrap_or(false);
            let (slot, _) = self
                .choices
                .get_or_open(index, || Answer { growth: Growth::new(inline()), ..Answer::default() });
            let mut nobody = Listener::none();
            if !std::mem::replace(&mut self.started, true) {
                events.emit(|| {
                    let role = choice.delta.as_ref().and_then(|delta| delta.role.as_ref());
                    let role = role.map_or("assistant", Role::as_str);
                    Event::MessageStart(MessageStart::new(self.envelope.id.as_deref(), model, Some(role)))
                });
            }
            slot.block.take(choice, if index == 0 { events } else { &mut nobody });
            if index != 0 && slot.block.finish_reason.is_some() {
                slot.block.tell_whole(index, events);
            }
        }
    }

    /// Takes what a chunk has beside its choices, and hands those back.
    fn take_envelope(&mut self, chunk: ChatCompletionChunk, events: &mut Listener<'_>) -> Vec<ChunkChoice> {
        let ChatCompletionChunk { mut extra, usage, choices, .. } = chunk;
        let envelope = &mut self.envelope;
        // The first chunk of some servers has no name yet.
        let empty = |text: &Option<String>| text.as_deref().unwrap_or_default().is_empty();
        if empty(&envelope.id) {
            envelope.id = chunk.id.or(envelope.id.take());
        }
        if envelope.created.is_none_or(|created| created == 0) {
            envelope.created = chunk.created.or(envelope.created);
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
        envelope.invocation_metrics = chunk.invocation_metrics.or(envelope.invocation_metrics.take());
        envelope.guardrail_action = chunk.guardrail_action.or(envelope.guardrail_action.take());
        envelope.guardrail_trace = chunk.guardrail_trace.or(envelope.guardrail_trace.take());
        self.owes_usage |= extra.contains_key("usage");
        for key in ["object", "choices", "error", "obfuscation", "p"] {
            extra.shift_remove(key);
        }
        overlay(&mut envelope.extra, extra);
        // Counts are cumulative: the last holds.
        if let Some(usage) =
            usage.filter(|usage| usage.completion_tokens.is_some() || usage.prompt_tokens.is_some())
        {
            events.emit(|| Event::Usage(UsageUpdate { usage: usage.to_reply() }));
            envelope.usage = Some(usage);
        }
        choices.unwrap_or_default()
    }

    /// Whether every choice has told why it stopped.
    fn is_finished(&self) -> bool {
        let mut answers = self.choices.iter().peekable();
        answers.peek().is_some() && answers.all(|slot| slot.block.finish_reason.is_some())
    }

    /// An error that breaks nothing off: it stands in the completion beside the answer.
    fn error_after_the_end(&mut self, error: ErrorObject, events: &mut Listener<'_>) {
        let raw = json!({"error": error});
        events
            .emit(|| Event::Unknown(Unknown { event_type: Some("error".into()), raw: Cow::Borrowed(&raw) }));
        if let Some(error) = raw.get("error") {
            self.envelope.extra.insert("error".to_owned(), error.clone());
        }
        self.unknown.push(raw);
    }

    /// The completion so far.
    fn whole(&self) -> ChatCompletion {
        let mut completion = self.envelope.clone();
        completion.object = Some("chat.completion".to_owned());
        completion.choices = self.choices.iter().map(|slot| slot.block.whole(slot.index)).collect();
        completion
    }
}

impl Answer {
    fn take(&mut self, choice: ChunkChoice, events: &mut Listener<'_>) {
        let ChunkChoice { delta, finish_reason, logprobs, stop_reason, mut extra, .. } = choice;
        let message = extra.shift_remove("message");
        // A server that does not stream sends its message whole; one that does may repeat all of it beside each delta.
        let delta = delta.or_else(|| message.and_then(|message| serde_json::from_value(message).ok()));
        extra.shift_remove("delta");
        extra.shift_remove("obfuscation");
        self.choice_pieces.take(extra);
        if let Some(delta) = delta {
            self.take_delta(delta, events);
        }
        if let Some(Logprobs { content, refusal, extra, .. }) = logprobs {
            let own = self.logprobs.get_or_insert_default();
            if let Some(content) = content {
                own.content.get_or_insert_default().extend(content);
            }
            if let Some(refusal) = refusal {
                own.refusal.get_or_insert_default().extend(refusal);
            }
            self.logprob_pieces.take(extra);
        }
        self.stop_reason = stop_reason.or(self.stop_reason.take());
        if let Some(reason) = finish_reason.filter(|reason| !reason.as_str().is_empty()) {
            self.finish(reason, events);
        }
    }

    fn take_delta(&mut self, delta: ChoiceDelta, events: &mut Listener<'_>) {
        if let Some(role) = delta.role.filter(|role| !role.as_str().is_empty()) {
            self.role = self.role.take().or(Some(role));
        }
        self.take_reasoning(delta.reasoning_content, delta.reasoning, delta.reasoning_details, events);
        let growth = &mut self.growth;
        match delta.content {
            Some(TextOr::Text(text)) => drop(growth.text(Piece::Plain(&text), events)),
            Some(TextOr::Other(parts)) => {
                let parts = parts.iter().map(|part| serde_json::to_value(part).unwrap_or(Value::Null));
                growth.parts(parts.collect(), events);
            }
            None => {}
        }
        if let Some(refusal) = delta.refusal {
            growth.refuse(&refusal, events);
        }
        for annotation in delta.annotations.iter().flatten() {
            growth.cite(&serde_json::to_value(annotation).unwrap_or(Value::Null), events);
        }
        if let Some(annotations) = delta.annotations {
            self.annotations.get_or_insert_default().extend(annotations);
        }
        if let Some(calls) = delta.tool_calls {
            self.has_calls = true;
            calls.into_iter().for_each(|call| self.take_call(call, events));
        }
        if let Some(call) = delta.function_call {
            let piece = CallPiece {
                name: call.name.as_deref(),
                input: call.arguments.as_deref(),
                ..CallPiece::default()
            };
            self.growth.call_function(piece, events);
        }
        if let Some(audio) = delta.audio {
            self.audio.take(audio);
        }
        self.delta_pieces.take(delta.extra);
    }

    /// Takes reasoning, under whichever names it comes. Where it comes under several, they say the same, and it is heard
    /// once.
    fn take_reasoning(
        &mut self,
        content: Option<String>,
        plain: Option<String>,
        details: Option<Vec<bedrock_formats::openai_chat::ReasoningDetail>>,
        events: &mut Listener<'_>,
    ) {
        let growth = &mut self.growth;
        let mut heard = false;
        for (name, text) in [(ReasoningName::Content, content), (ReasoningName::Plain, plain)] {
            let Some(text) = text else { continue };
            let mut nobody = Listener::none();
            growth.reason(name, Piece::Plain(&text), if heard { &mut nobody } else { &mut *events });
            heard |= !text.is_empty();
        }
        if let Some(details) = details {
            self.details.take(details, heard, growth, events);
        }
    }

    fn take_call(&mut self, call: ToolCall, events: &mut Listener<'_>) {
        let (name, input, is_text) = match (&call.function, &call.custom) {
            (_, Some(CustomCall { name, input, .. })) => (name.as_deref(), input.as_deref(), true),
            (Some(FunctionCall { name, arguments, .. }), None) => {
                (name.as_deref(), arguments.as_deref(), false)
            }
            (None, None) => (None, None, false),
        };
        let piece = CallPiece { index: call.index, id: call.id.as_deref(), name, input, is_text };
        let at = self.growth.call(piece, events);
        if self.call_extras.len() <= at {
            self.call_extras.resize_with(at + 1, Default::default);
        }
        let (kind, pieces) = &mut self.call_extras[at];
        *kind = kind.take().or(call.kind.filter(|kind| !kind.is_empty()));
        let mut extra = call.extra;
        extra.retain(|_, value| !value.is_null());
        pieces.take(extra);
    }

    fn finish(&mut self, reason: FinishReason, events: &mut Listener<'_>) {
        self.details.tell_encrypted(&mut self.growth, events);
        if let Some(audio) = self.audio.whole().filter(|_| self.finish_reason.is_none()) {
            self.growth.tell_block(&json!({"type": "audio", "audio": audio}), events);
        }
        self.growth.end(events);
        if self.finish_reason.as_ref() != Some(&reason) {
            events.emit(|| {
                let stop =
                    Choice::default().finish_reason(reason.clone()).stop_reason(self.stop_reason.clone());
                let told = stop.to_reply(None).stop_reason;
                let told = told.unwrap_or_else(|| reply::StopReason::from(reason.as_str()));
                Event::Stop(Stop { reason: told, native: Cow::Borrowed(reason.as_str()) })
            });
        }
        self.finish_reason = Some(reason);
    }

    /// Tells a choice that is not the first, once, as a block of its own.
    fn tell_whole(&mut self, index: u64, events: &mut Listener<'_>) {
        if std::mem::replace(&mut self.told, true) {
            return;
        }
        events.emit(|| {
            let block = Cow::Owned(serde_json::to_value(self.whole(index)).unwrap_or(Value::Null));
            Event::Block(OtherBlock { index: index.saturating_mul(OTHER_CHOICE), block })
        });
    }

    /// The choice so far.
    fn whole(&self, index: u64) -> Choice {
        let mut choice = Choice::default().index(index).message(self.message());
        choice.finish_reason.clone_from(&self.finish_reason);
        choice.stop_reason.clone_from(&self.stop_reason);
        choice.logprobs = self.logprobs.clone();
        if let Some(logprobs) = &mut choice.logprobs {
            logprobs.extra = self.logprob_pieces.settled();
        }
        choice.extra = self.choice_pieces.settled();
        choice
    }

    fn message(&self) -> ChatCompletionMessage {
        let growth = &self.growth;
        let mut message = ChatCompletionMessage::default();
        message.role = self.role.clone().unwrap_or(Role::Assistant);
        message.extra = self.delta_pieces.settled();
        match growth.content_text() {
            Some(text) => message.content = Some(text.into()),
            None => message.content = growth.content().and_then(|parts| serde_json::from_value(parts).ok()),
        }
        if message.content.is_none() {
            message.extra.insert("content".to_owned(), Value::Null);
        }
        message.refusal.clone_from(&growth.refusal);
        message.reasoning_content.clone_from(&growth.reasoning_content);
        message.reasoning.clone_from(&growth.reasoning);
        message.reasoning_details = self.details.whole();
        message.annotations.clone_from(&self.annotations);
        message.audio = self.audio.whole();
        message.tool_calls = self.has_calls.then(|| self.calls());
        message.function_call =
            growth.function.in_order().first().map(|(_, call)| {
                FunctionCall::default().name(call.name.clone()).arguments(call.input.as_str())
            });
        message
    }

    fn calls(&self) -> Vec<ToolCall> {
        let calls = self.growth.calls.in_order().into_iter().map(|(at, call)| {
            let mut whole = ToolCall::default();
            whole.id.clone_from(&call.id);
            if let Some((kind, pieces)) = self.call_extras.get(at) {
                whole.kind.clone_from(kind);
                whole.extra = pieces.settled();
            }
            if call.is_text() {
                let custom = CustomCall::default().name(call.name.clone());
                whole.custom = Some(custom.input(call.input.as_str()));
            } else {
                let function = FunctionCall::default().name(call.name.clone());
                whole.function = Some(function.arguments(call.input.as_str()));
            }
            whole
        });
        calls.collect()
    }
}

impl Audio {
    fn take(&mut self, audio: bedrock_formats::openai_chat::Audio) {
        let own = self.whole.get_or_insert_default();
        own.id = own.id.take().or(audio.id);
        own.expires_at = audio.expires_at.or(own.expires_at);
        if let Some(transcript) = audio.transcript {
            own.transcript.get_or_insert_default().push_str(&transcript);
        }
        self.data.extend(audio.data.map(bedrock_formats::wire::Blob::from_base64));
        overlay(&mut own.extra, audio.extra);
    }

    fn whole(&self) -> Option<bedrock_formats::openai_chat::Audio> {
        let mut audio = self.whole.clone()?;
        if !self.data.is_empty() {
            audio.data = Some(crate::parts::join_blobs(&self.data).as_base64().to_owned());
        }
        Some(audio)
    }
}
