//! From the events of a run to AG-UI's.
//! Not for: how they are written; see [`event`](super::event).

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use bedrock_codegen::codegen_at_use;
use bedrock_formats::reply::Usage;
use serde_json::{Value, json};

use super::event::{Event, Kind, TokenUsage};
use crate::event::{self, Event as Source, ImageUpdate, ThinkingEnd};
use crate::views::run::RunEvent;

/// The vocabulary, where the protocol and its common extensions differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// The wider vocabulary: `THINKING_*` with ids, signature and redacted data, `IMAGE_MESSAGE_*`, `USAGE_UPDATE`,
    /// `MODEL_CALL_FINISHED`, and the run's id on what begins.
    #[default]
    Extended,
    /// Only what version 1 of the protocol has: `REASONING_*`, usage with the end of the run, and `CUSTOM` for what it has
    /// no event for. For front ends that refuse what they do not know.
    Official,
}

/// What can be open. Texts and reasoning have ids made of their message's; calls have their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Thinking,
    Text,
    Call,
}

/// Turns the events of a [`Run`](crate::Run) into AG-UI's, in an order that the protocol allows: whatever begins is
/// ended exactly once before the run's own end, even where the answer was cut or failed.
///
/// See the [module's example](super). One adaptor serves one run, or several after each other.
#[derive(Debug, Clone, Default)]
pub struct Adaptor {
    dialect: Dialect,
    timestamp: Option<i64>,
    thread_id: String,
    message: Message,
    /// What is open: the ids by which it was begun.
    // Sorted, so that what is left open is ended in the order of the blocks.
    open: BTreeMap<(u64, Part), String>,
    /// The ids that calls have here, by those that they came with.
    calls: HashMap<String, String>,
    ids: Ids,
    /// The token counts of the finished messages.
    spent: Vec<TokenUsage>,
    results: u64,
}

/// The ids given in this run, and how often each was asked for.
///
/// Servers that count their calls give each message the same ids. A front end would append what begins under a used id
/// to the earlier block.
#[derive(Debug, Clone, Default)]
struct Ids(HashMap<String, u64>);

#[codegen_at_use]
impl Ids {
    /// This id, or a new one made from it where it is taken.
    fn fresh(&mut self, id: String) -> String {
        let mut uses = self.0.get(&id).copied().unwrap_or(0);
        let mut unique = id.clone();
        while self.0.contains_key(&unique) {
            uses += 1;
            unique = format!("{id}-{}", uses + 1);
        }
        self.0.insert(unique.clone(), 0);
        self.0.insert(id, uses);
        unique
    }
}

/// The current message.
#[derive(Debug, Clone, Default)]
struct Message {
    id: String,
    role: Option<String>,
    model: Option<String>,
    stop: Option<(String, String)>,
    usage: Option<Usage>,
    /// Whether a text has taken the message's own id.
    has_text: bool,
}

#[codegen_at_use]
impl Adaptor {
    /// An adaptor for [`Dialect::Extended`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the dialect.
    #[must_use]
    pub fn with_dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// Sets the time of the events that follow, in milliseconds since 1970, until it is set again. Without it events have no time.
    pub fn set_time(&mut self, milliseconds: Option<i64>) {
        self.timestamp = milliseconds;
    }

    /// Takes one event and sends those that it means in AG-UI: none, one or several.
    pub fn push(&mut self, event: &RunEvent<'_>, send: &mut dyn FnMut(Event<'_>)) {
        let timestamp = self.timestamp;
        self.translate(event, &mut |kind| send(Event { kind, timestamp }));
    }

    /// Emits what a tool gave for a call, by the id that the model gave the call. `run_id` is the run's.
    pub fn tool_result(
        &mut self,
        run_id: &str,
        call_id: &str,
        content: &str,
        send: &mut dyn FnMut(Event<'_>),
    ) {
        self.results += 1;
        let kind = Kind::ToolCallResult {
            message_id: Cow::Owned(self.ids.fresh(format!("{run_id}-result-{}", self.results))),
            tool_call_id: Cow::Borrowed(self.calls.get(call_id).map_or(call_id, String::as_str)),
            content: Cow::Borrowed(content),
            role: "tool",
        };
        send(Event { kind, timestamp: self.timestamp });
    }

    fn translate(&mut self, event: &RunEvent<'_>, send: &mut dyn FnMut(Kind<'_>)) {
        if let Some(id) = event.message_id
            && self.message.id != id
        {
            // Counts may have come before the first message's name.
            if !self.message.id.is_empty() {
                self.end_message(event.run_id, send);
            }
            id.clone_into(&mut self.message.id);
        }
        match &event.event {
            Source::TextDelta(delta) => {
                let message_id = Cow::Borrowed(self.text(delta.index, event.run_id, send));
                send(Kind::TextMessageContent { message_id, delta: Cow::Borrowed(&delta.text) });
            }
            Source::ToolInputDelta(delta) => {
                let call = (delta.index, delta.id.as_ref(), "");
                let tool_call_id = Cow::Borrowed(self.call(call, event.run_id, send));
                send(Kind::ToolCallArgs { tool_call_id, delta: Cow::Borrowed(&delta.json) });
            }
            Source::ThinkingDelta(delta) => self.thinking_delta(delta, event.run_id, send),
            Source::TextStart(start) => {
                self.text(start.index, event.run_id, send);
            }
            Source::TextEnd(end) => self.end_part((end.index, Part::Text), &ThinkingEnd::default(), send),
            Source::ThinkingStart(start) => {
                self.thinking(start.index, start.redacted, event.run_id, send);
            }
            Source::ThinkingEnd(end) => self.end_part((end.index, Part::Thinking), end, send),
            Source::ToolUseStart(call) => {
                self.call((call.index, &call.id, &call.name), event.run_id, send);
            }
            Source::ToolUseEnd(end) => self.end_part((end.index, Part::Call), &ThinkingEnd::default(), send),
            Source::RunStarted(start) => self.run_started(start, event.run_id, send),
            Source::RunFinished(_) => {
                self.end_message(event.run_id, send);
                let (thread_id, run_id) = (Cow::Borrowed(&*self.thread_id), Cow::Borrowed(event.run_id));
                send(Kind::RunFinished { thread_id, run_id, usage: Cow::Borrowed(&self.spent) });
            }
            Source::RunError(error) => self.run_error(error, event.run_id, send),
            other => self.translate_rare(other, event.run_id, send),
        }
    }

    /// Translates the events that come seldom, or once a message.
    fn translate_rare(&mut self, event: &Source<'_>, run_id: &str, send: &mut dyn FnMut(Kind<'_>)) {
        match event {
            Source::MessageStart(start) => {
                self.message.role = start.role.as_deref().map(str::to_owned);
                self.message.model = start.model.as_deref().map(str::to_owned);
            }
            Source::Usage(update) => {
                self.message.usage = Some(update.usage);
                if self.dialect == Dialect::Extended {
                    let message_id = Some(&self.message.id).filter(|id| !id.is_empty());
                    let message_id = message_id.map(|id| Cow::Borrowed(id.as_str()));
                    send(Kind::UsageUpdate {
                        run_id: Cow::Borrowed(run_id),
                        message_id,
                        usage: self.message.counts(update.usage),
                    });
                }
            }
            Source::Stop(stop) => {
                if let Some(model) = &stop.model {
                    self.message.model = Some(model.clone().into_owned());
                }
                self.message.stop = Some((stop.reason.as_str().to_owned(), stop.native.clone().into_owned()));
            }
            Source::MessageEnd(_) => self.end_message(run_id, send),
            Source::Image(image) => self.image(image, run_id, send),
            Source::Citation(cited) => {
                let value =
                    json!({"messageId": self.message.id, "index": cited.index, "citation": cited.citation});
                send(Kind::Custom { name: "bedrock-llm.citation", value });
            }
            Source::Block(block) => {
                let value = json!({"messageId": self.message.id, "index": block.index, "block": block.block});
                send(Kind::Custom { name: "bedrock-llm.block", value });
            }
            Source::Unknown(unknown) => {
                let event = serde_json::to_value(unknown).unwrap_or(Value::Null);
                send(Kind::Raw { event, source: "bedrock" });
            }
            // The run's own end follows.
            Source::Error(_) => {}
            // These come often, and were taken before.
            Source::RunStarted(_)
            | Source::RunFinished(_)
            | Source::RunError(_)
            | Source::TextStart(_)
            | Source::TextDelta(_)
            | Source::TextEnd(_)
            | Source::ThinkingStart(_)
            | Source::ThinkingDelta(_)
            | Source::ThinkingEnd(_)
            | Source::ToolUseStart(_)
            | Source::ToolInputDelta(_)
            | Source::ToolUseEnd(_) => {}
        }
    }

    fn run_started(&mut self, start: &event::RunStarted<'_>, run_id: &str, send: &mut dyn FnMut(Kind<'_>)) {
        *self = Self { dialect: self.dialect, timestamp: self.timestamp, ..Self::default() };
        start.thread_id.as_deref().unwrap_or(run_id).clone_into(&mut self.thread_id);
        send(Kind::RunStarted {
            thread_id: Cow::Borrowed(&self.thread_id),
            run_id: Cow::Borrowed(run_id),
            parent_run_id: start.parent_run_id.as_deref().map(Cow::Borrowed),
        });
    }

    fn run_error(&mut self, error: &event::RunError<'_>, run_id: &str, send: &mut dyn FnMut(Kind<'_>)) {
        self.end_message(run_id, send);
        send(Kind::RunError {
            message: Cow::Borrowed(&error.message),
            code: error.code.as_deref().map(Cow::Borrowed),
            run_id: self.extended(run_id),
            usage: Cow::Borrowed(&self.spent),
        });
    }

    /// The run's id, where this dialect names it.
    fn extended<'r>(&self, run_id: &'r str) -> Option<Cow<'r, str>> {
        (self.dialect == Dialect::Extended).then_some(Cow::Borrowed(run_id))
    }

    /// The id of a text, which is begun unless it is open.
    fn text(&mut self, index: u64, run_id: &str, send: &mut dyn FnMut(Kind<'_>)) -> &str {
        let run_id = self.extended(run_id);
        let Self { open, ids, message, .. } = self;
        open.entry((index, Part::Text)).or_insert_with(|| {
            let first = !std::mem::replace(&mut message.has_text, true);
            let id = if first { message.id.clone() } else { format!("{}-text-{index}", message.id) };
            let id = ids.fresh(id);
            let role = Cow::Borrowed(message.role.as_deref().unwrap_or("assistant"));
            send(Kind::TextMessageStart { message_id: Cow::Borrowed(&id), role, run_id });
            id
        })
    }

    /// The id of a call, which is begun unless it is open.
    fn call(
        &mut self,
        (index, id, name): (u64, &str, &str),
        run_id: &str,
        send: &mut dyn FnMut(Kind<'_>),
    ) -> &str {
        let run_id = self.extended(run_id);
        let Self { open, calls, ids, message, .. } = self;
        open.entry((index, Part::Call)).or_insert_with(|| {
            let named = if id.is_empty() { format!("{}-call-{index}", message.id) } else { id.to_owned() };
            let unique = ids.fresh(named);
            calls.insert(id.to_owned(), unique.clone());
            send(Kind::ToolCallStart {
                tool_call_id: Cow::Borrowed(&unique),
                tool_call_name: Cow::Borrowed(name),
                parent_message_id: Cow::Borrowed(&message.id),
                run_id,
            });
            unique
        })
    }

    /// The id of a text of reasoning, which is begun unless it is open.
    fn thinking(
        &mut self,
        index: u64,
        is_redacted: bool,
        run_id: &str,
        send: &mut dyn FnMut(Kind<'_>),
    ) -> &str {
        let Self { open, ids, message, dialect, .. } = self;
        open.entry((index, Part::Thinking)).or_insert_with(|| {
            let id = ids.fresh(format!("{}-thinking-{index}", message.id));
            if *dialect == Dialect::Official {
                send(Kind::ReasoningStart { message_id: Cow::Borrowed(&id) });
                send(Kind::ReasoningMessageStart { message_id: Cow::Borrowed(&id), role: "reasoning" });
            } else {
                send(Kind::ThinkingStart {});
                send(Kind::ThinkingTextMessageStart {
                    parent_message_id: Cow::Borrowed(&message.id),
                    thinking_message_id: Cow::Borrowed(&id),
                    run_id: Cow::Borrowed(run_id),
                    is_redacted,
                });
            }
            id
        })
    }

    fn thinking_delta(&mut self, delta: &event::TextDelta<'_>, run_id: &str, send: &mut dyn FnMut(Kind<'_>)) {
        let dialect = self.dialect;
        let id = Cow::Borrowed(self.thinking(delta.index, false, run_id, send));
        let delta = Cow::Borrowed(delta.text.as_ref());
        send(match dialect {
            Dialect::Official => Kind::ReasoningMessageContent { message_id: id, delta },
            Dialect::Extended => Kind::ThinkingTextMessageContent { thinking_message_id: id, delta },
        });
    }

    /// Ends what is open there, if anything is. `thinking` is what came with the end of reasoning.
    fn end_part(&mut self, key: (u64, Part), thinking: &ThinkingEnd<'_>, send: &mut dyn FnMut(Kind<'_>)) {
        let Some(id) = self.open.remove(&key) else { return };
        let id = Cow::Borrowed(id.as_str());
        match key.1 {
            Part::Text => send(Kind::TextMessageEnd { message_id: id }),
            Part::Call => send(Kind::ToolCallEnd { tool_call_id: id }),
            Part::Thinking if self.dialect == Dialect::Official => {
                send(Kind::ReasoningMessageEnd { message_id: id.clone() });
                for (value, encrypted_value_type) in [
                    (&thinking.signature, "bedrock-llm.signature"),
                    (&thinking.redacted_data, "bedrock-llm.redacted_thinking"),
                ] {
                    let Some(value) = value else { continue };
                    send(Kind::ReasoningEncryptedValue {
                        subtype: "message",
                        entity_id: id.clone(),
                        encrypted_value: Cow::Borrowed(value),
                        encrypted_value_type,
                    });
                }
                send(Kind::ReasoningEnd { message_id: id });
            }
            Part::Thinking => {
                send(Kind::ThinkingTextMessageEnd {
                    thinking_message_id: id,
                    signature: thinking.signature.as_deref().map(Cow::Borrowed),
                    redacted_data: thinking.redacted_data.as_deref().map(Cow::Borrowed),
                });
                send(Kind::ThinkingEnd {});
            }
        }
    }

    /// Ends all that the message has open, and the message.
    fn end_message(&mut self, run_id: &str, send: &mut dyn FnMut(Kind<'_>)) {
        while let Some((&key, _)) = self.open.first_key_value() {
            self.end_part(key, &ThinkingEnd::default(), send);
        }
        let message = std::mem::take(&mut self.message);
        self.spent.extend(message.usage.map(|usage| message.counts(usage)));
        if message.id.is_empty() {
            return;
        }
        let (reason, native) = message.stop.unzip();
        let finished = Kind::ModelCallFinished {
            run_id: Cow::Borrowed(run_id),
            message_id: Cow::Owned(message.id),
            model_name: message.model.map(Cow::Owned),
            stop_reason: reason.map(Cow::Owned),
            native_stop_reason: native.filter(|native| !native.is_empty()).map(Cow::Owned),
        };
        self.send_own("bedrock-llm.model_call_finished", finished, send);
    }

    fn image(&mut self, image: &ImageUpdate<'_>, run_id: &str, send: &mut dyn FnMut(Kind<'_>)) {
        let id = self.ids.fresh(format!("{}-image-{}", self.message.id, image.index));
        let mime_type = format!("image/{}", image.format.as_deref().unwrap_or("png"));
        let data = Cow::Borrowed(image.data.as_ref());
        if image.preview.is_some() || self.dialect == Dialect::Official {
            let name =
                if image.preview.is_some() { "bedrock-llm.image_preview" } else { "bedrock-llm.image" };
            let mut value = json!({"messageId": id, "mimeType": mime_type, "data": data});
            if let Some(preview) = image.preview {
                value["preview"] = preview.into();
            }
            return send(Kind::Custom { name, value });
        }
        let message_id = || Cow::Borrowed(id.as_str());
        let (mime_type, run_id) = (Cow::Owned(mime_type), Cow::Borrowed(run_id));
        send(Kind::ImageMessageStart { message_id: message_id(), mime_type, run_id });
        send(Kind::ImageMessageContent { message_id: message_id(), delta: data });
        send(Kind::ImageMessageEnd { message_id: message_id() });
    }

    /// Sends an event of the wider vocabulary: as such, or as a custom one.
    fn send_own(&self, name: &'static str, kind: Kind<'_>, send: &mut dyn FnMut(Kind<'_>)) {
        if self.dialect == Dialect::Extended {
            return send(kind);
        }
        let mut value = serde_json::to_value(&kind).unwrap_or(Value::Null);
        if let Value::Object(fields) = &mut value {
            fields.shift_remove("type");
        }
        send(Kind::Custom { name, value });
    }
}

#[codegen_at_use]
impl Message {
    fn counts(&self, usage: Usage) -> TokenUsage {
        TokenUsage { model: self.model.clone(), ..usage.into() }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
