//! One choice of a chat completion under construction, with all that OpenAI and its followers send with it.
//! Not for: what the formats of this shape have in common; see [`chat`](crate::fold::chat).

use bedrock_codegen::codegen_at_use;
use bedrock_formats::openai_chat::{
    Annotation, Audio as WholeAudio, ChatCompletionMessage, Choice, ChoiceDelta, ChunkChoice, CustomCall,
    FinishReason, FunctionCall, Logprobs, ReasoningDetail, Role, ToolCall,
};
use bedrock_formats::wire::{Blob, Extra, TextOr};
use serde_json::{Value, json};

use super::reasoning_details::ReasoningDetails;
use crate::event::EventSink;
use crate::fold::chat::builder::{BuiltChoice, ChatCall, ChoiceBuilder, ChoicePiece};
use crate::fold::chat::content::ReasoningName;
use crate::fold::growing_block::{Piece, join_blobs};
use crate::fold::tool_calls::CallPiece;
use crate::fold::unknown_fields::{UnknownFields, overlay};

/// One choice under construction.
#[derive(Debug, Clone, Default)]
pub(crate) struct ChatChoice {
    pub(crate) builder: ChoiceBuilder<FinishReason>,
    role: Option<Role>,
    details: ReasoningDetails,
    /// Unknown keys of the call of a function in the older way.
    function_unknown: UnknownFields,
    annotations: Option<Vec<Annotation>>,
    audio: Audio,
    logprobs: Option<Logprobs>,
    logprob_unknown: UnknownFields,
    stop_reason: Option<Value>,
}

/// The answer as sound: its data comes as base64 texts, each encoded by itself.
#[derive(Debug, Clone, Default)]
struct Audio {
    whole: Option<WholeAudio>,
    data: Vec<Blob>,
}

#[codegen_at_use]
impl ChatChoice {
    /// A choice; `inline` says whether its reasoning stands in its text, where that is known.
    pub(crate) fn new(inline: Option<bool>) -> Self {
        Self { builder: ChoiceBuilder::new(inline), ..Self::default() }
    }

    /// Whether the choice has stopped, and a later piece of it names a stop sequence other than the one so far, also where none
    /// was named.
    pub(crate) fn stops_otherwise(&self, later: Option<&Value>) -> bool {
        let later = later.filter(|later| !later.is_null());
        self.builder.reason.is_some() && later.is_some() && later != self.stop_reason.as_ref()
    }

    /// Takes a piece of the choice.
    pub(crate) fn take(&mut self, choice: ChunkChoice, events: &mut EventSink<'_>) {
        let ChunkChoice { delta, finish_reason, logprobs, stop_reason, mut extra, .. } = choice;
        let message = extra.shift_remove("message");
        // A server that does not stream sends its message whole; one that does may repeat all of it beside each delta.
        // Perplexity: perplexity.prompt_caching.streaming_probe__0.
        let delta = delta.or_else(|| message.and_then(|message| serde_json::from_value(message).ok()));
        extra.shift_remove("delta");
        extra.shift_remove("obfuscation");
        self.builder.choice_unknown.take(extra);
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
            self.logprob_unknown.take(extra);
        }
        self.stop_reason = stop_reason.or(self.stop_reason.take());
        if let Some(reason) = finish_reason.filter(|reason| !reason.as_str().is_empty()) {
            self.finish(reason, events);
        }
    }

    fn take_delta(&mut self, delta: ChoiceDelta, events: &mut EventSink<'_>) {
        if let Some(role) = delta.role.filter(|role| !role.as_str().is_empty()) {
            self.role = self.role.take().or(Some(role));
        }
        self.take_reasoning(delta.reasoning_content, delta.reasoning, delta.reasoning_details, events);
        let builder = &mut self.builder.content;
        match delta.content {
            Some(TextOr::Text(text)) => drop(builder.text(Piece::Plain(&text), events)),
            Some(TextOr::Other(parts)) => {
                let parts = parts.iter().map(|part| serde_json::to_value(part).unwrap_or(Value::Null));
                builder.parts(parts.collect(), events);
            }
            None => {}
        }
        if let Some(refusal) = delta.refusal {
            builder.refuse(&refusal, events);
        }
        for annotation in delta.annotations.iter().flatten() {
            builder.cite(&serde_json::to_value(annotation).unwrap_or(Value::Null), events);
        }
        if let Some(annotations) = delta.annotations {
            self.annotations.get_or_insert_default().extend(annotations);
        }
        if let Some(calls) = delta.tool_calls {
            self.builder.has_calls();
            calls.into_iter().for_each(|call| self.take_call(call, events));
        }
        if let Some(call) = delta.function_call {
            let piece = CallPiece {
                name: call.name.as_deref(),
                input: call.arguments.as_deref(),
                ..CallPiece::default()
            };
            self.builder.content.call_function(piece, events);
            self.function_unknown.take(call.extra);
        }
        // In no recorded stream, as `function_call`: by OpenAI's types.
        if let Some(audio) = delta.audio {
            self.audio.take(audio);
        }
        self.builder.delta_unknown.take(delta.extra);
    }

    /// Takes reasoning, under whichever names it comes. Where it comes under several, they say the same, and it is emitted
    /// once.
    fn take_reasoning(
        &mut self,
        content: Option<String>,
        plain: Option<String>,
        details: Option<Vec<ReasoningDetail>>,
        events: &mut EventSink<'_>,
    ) {
        let builder = &mut self.builder.content;
        let mut emitted = false;
        for (name, text) in [(ReasoningName::Content, content), (ReasoningName::Plain, plain)] {
            let Some(text) = text else { continue };
            let mut nobody = EventSink::none();
            builder.reason(name, Piece::Plain(&text), if emitted { &mut nobody } else { &mut *events });
            // OpenRouter sends a text as `reasoning` and in `reasoning_details` at once, in nine
            // streams.
            emitted |= !text.is_empty();
        }
        if let Some(details) = details {
            self.details.take(details, emitted, builder, events);
        }
    }

    fn take_call(&mut self, call: ToolCall, events: &mut EventSink<'_>) {
        let ToolCall { index, id, kind, function, custom, extra, .. } = call;
        let (name, input, is_text, function_extra) = match (function, custom) {
            (_, Some(CustomCall { name, input, extra, .. })) => (name, input, true, extra),
            (Some(FunctionCall { name, arguments, extra, .. }), None) => (name, arguments, false, extra),
            (None, None) => (None, None, false, Extra::new()),
        };
        let (id, name, input) = (id.as_deref(), name.as_deref(), input.as_deref());
        let piece = CallPiece { index, id, name, input, is_text };
        self.builder.take_call(piece, kind, [extra, function_extra], events);
    }

    fn finish(&mut self, reason: FinishReason, events: &mut EventSink<'_>) {
        if self.builder.reason.is_some() {
            return;
        }
        self.details.emit_encrypted(&mut self.builder.content, events);
        if let Some(audio) = self.audio.whole() {
            self.builder.content.emit_block(&json!({"type": "audio", "audio": audio}), events);
        }
        self.builder.finish(reason, events);
    }

    /// The choice with its end and nothing else.
    pub(crate) fn stopped(&self, index: u64) -> Choice {
        let mut choice = Choice::default().index(index);
        choice.finish_reason.clone_from(&self.builder.reason);
        choice.stop_reason.clone_from(&self.stop_reason);
        choice
    }

    /// The choice so far.
    pub(crate) fn whole(&self, index: u64) -> Choice {
        let mut choice = Choice::default().index(index).message(self.message());
        choice.finish_reason.clone_from(&self.builder.reason);
        choice.stop_reason.clone_from(&self.stop_reason);
        choice.logprobs = self.logprobs.clone();
        if let Some(logprobs) = &mut choice.logprobs {
            logprobs.extra = self.logprob_unknown.settled();
        }
        choice.extra = self.builder.choice_unknown.settled();
        choice
    }

    fn message(&self) -> ChatCompletionMessage {
        let content = &self.builder.content;
        let mut message = ChatCompletionMessage::default();
        message.role = self.role.clone().unwrap_or(Role::Assistant);
        message.extra = self.builder.delta_unknown.settled();
        match content.content_text() {
            Some(text) => message.content = Some(text.into()),
            None => message.content = content.content().and_then(|parts| serde_json::from_value(parts).ok()),
        }
        if message.content.is_none() {
            message.extra.insert("content".to_owned(), Value::Null);
        }
        message.refusal.clone_from(&content.refusal);
        message.reasoning_content.clone_from(&content.reasoning_content);
        message.reasoning.clone_from(&content.reasoning);
        message.reasoning_details = self.details.whole();
        message.annotations.clone_from(&self.annotations);
        message.audio = self.audio.whole();
        message.tool_calls = self.builder.calls().map(|calls| calls.into_iter().map(tool_call).collect());
        message.function_call = content.function.in_order().first().map(|(_, call)| {
            let mut function = FunctionCall::default().name(call.name.clone()).arguments(call.input.as_str());
            function.extra = self.function_unknown.settled();
            function
        });
        message
    }
}

#[codegen_at_use]
impl BuiltChoice for ChatChoice {
    type Reason = FinishReason;

    fn builder(&self) -> &ChoiceBuilder<FinishReason> {
        &self.builder
    }

    fn builder_mut(&mut self) -> &mut ChoiceBuilder<FinishReason> {
        &mut self.builder
    }

    fn has_role(&self) -> bool {
        self.role.is_some()
    }

    fn to_json(&self, index: u64) -> Value {
        serde_json::to_value(self.whole(index)).unwrap_or(Value::Null)
    }
}

#[codegen_at_use]
impl ChoicePiece<FinishReason> for ChunkChoice {
    fn index(&self) -> Option<u64> {
        self.index
    }

    fn says(&self) -> bool {
        match (&self.delta, self.extra.get("message")) {
            (Some(delta), _) => delta_says(delta),
            (None, Some(message)) => {
                serde_json::from_value(message.clone()).is_ok_and(|delta| delta_says(&delta))
            }
            (None, None) => false,
        }
    }

    fn reason(&self) -> Option<&FinishReason> {
        self.finish_reason.as_ref().filter(|reason| !reason.as_str().is_empty())
    }

    fn names_role(&self) -> bool {
        self.delta.as_ref().is_some_and(|delta| delta.role.is_some())
    }

    fn extra(&self) -> &Extra {
        &self.extra
    }
}

/// Whether a delta has content: anything that is emitted or read of its choice, but for its role, annotations and unknown members,
/// which do not count.
#[codegen_at_use]
fn delta_says(delta: &ChoiceDelta) -> bool {
    let text = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
    let content = match &delta.content {
        Some(TextOr::Text(text)) => !text.is_empty(),
        Some(TextOr::Other(parts)) => !parts.is_empty(),
        None => false,
    };
    content
        || [&delta.refusal, &delta.reasoning, &delta.reasoning_content].into_iter().any(text)
        || delta.tool_calls.as_ref().is_some_and(|calls| !calls.is_empty())
        || delta.reasoning_details.as_ref().is_some_and(|details| !details.is_empty())
        || delta.function_call.is_some()
        || delta.audio.is_some()
}

#[codegen_at_use]
fn tool_call(call: ChatCall<'_>) -> ToolCall {
    let mut whole = ToolCall::default();
    whole.id = call.id.map(str::to_owned);
    whole.kind = call.kind.map(str::to_owned);
    whole.extra = call.extra;
    let name = call.name.map(str::to_owned);
    if call.is_text {
        let mut custom = CustomCall::default().name(name).input(call.input);
        custom.extra = call.function_extra;
        whole.custom = Some(custom);
    } else {
        let mut function = FunctionCall::default().name(name).arguments(call.input);
        function.extra = call.function_extra;
        whole.function = Some(function);
    }
    whole
}

#[codegen_at_use]
impl Audio {
    fn take(&mut self, audio: WholeAudio) {
        let own = self.whole.get_or_insert_default();
        own.id = own.id.take().or(audio.id);
        own.expires_at = audio.expires_at.or(own.expires_at);
        if let Some(transcript) = audio.transcript {
            own.transcript.get_or_insert_default().push_str(&transcript);
        }
        self.data.extend(audio.data.map(Blob::from_base64));
        overlay(&mut own.extra, audio.extra);
    }

    fn whole(&self) -> Option<WholeAudio> {
        let mut audio = self.whole.clone()?;
        if !self.data.is_empty() {
            audio.data = Some(join_blobs(&self.data).as_base64().to_owned());
        }
        Some(audio)
    }
}
