//! Events with ids: [`Run`] adds the ids of the run and of the message to each event, and emits the run's start and end.
//!
//! For: agents, tracing, screens that show several answers at once.
//! Not for: what the events say (see [`event`](crate::event)), nor their names in other vocabularies (see
//! [`agui`](crate::views::agui) and [`simple`](crate::views::simple)).

pub(crate) mod aggregator;

use std::borrow::Cow;

use bedrock_codegen::codegen_at_use;
use serde::Serialize;

use crate::completeness::{Completeness, Missing};
use crate::event::{Event, RunError, RunFinished, RunStarted};

/// A live event with the ids that it belongs to. As JSON it is the event's object with `run_id` and `message_id` in front.
///
/// ```
/// use std::io::Write;
/// use bedrock_aggregate::{Event, RunEvent};
///
/// fn print(event: RunEvent<'_>) {
///     match event.event {
///         Event::TextDelta(text) => {
///             print!("{text}");
///             std::io::stdout().flush().ok();
///         }
///         Event::RunFinished(_) => println!("\n[run {} is done]", event.run_id),
///         _ => {}
///     }
/// }
/// # print(RunEvent { run_id: "run_1", message_id: None, event: Event::MessageEnd(Default::default()) });
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunEvent<'a> {
    /// The run's id, as the caller gave it.
    pub run_id: &'a str,
    /// The id of the message that the event belongs to: for a block of it, the parent's. `None` before there is a message,
    /// and for the events of the run itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<&'a str>,
    /// What happened.
    #[serde(flatten)]
    pub event: Event<'a>,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Closed,
}

/// One run: adds the ids of the run and of the message to events, and emits the run's start and end.
///
/// `RunStarted` comes first, `RunFinished` or `RunError` comes last, each exactly once. Several messages may be emitted in one
/// run, as an agent receives them that calls tools in between.
///
/// A message's id is the one that the caller gave ([`with_message_id`](Self::with_message_id)), else the one that the
/// answer gives itself, else one made of the run's id and the message's number.
///
/// ```
/// use bedrock_aggregate::{Event, Framing, EventSink, Reader, Run, RunEvent};
///
/// let body = br#"{"messageStart":{"role":"assistant"}}
/// {"contentBlockDelta":{"delta":{"text":"Rain."},"contentBlockIndex":0}}
/// {"contentBlockStop":{"contentBlockIndex":0}}
/// "#;
/// let mut log = Vec::new();
/// let mut emit = |event: RunEvent<'_>| log.push(serde_json::to_string(&event).unwrap());
///
/// let mut run = Run::new("run_1").with_thread_id("thread_1");
/// let mut reader = Reader::new(Framing::JsonLines).with_format("nova")?;
/// let mut on_event = |event: Event<'_>| run.push(event, &mut emit);
/// let read = reader.push(body, &mut EventSink::new(&mut on_event));
/// let answer = reader.finish(&mut EventSink::new(&mut on_event))?;
/// run.finish(&answer.completeness, &mut emit);
///
/// read?;
/// assert_eq!(log[0], r#"{"run_id":"run_1","type":"run_started","thread_id":"thread_1"}"#);
/// assert_eq!(log[3], r#"{"run_id":"run_1","message_id":"run_1-message-1","type":"text_delta","index":0,"text":"Rain."}"#);
/// assert_eq!(log[4], r#"{"run_id":"run_1","type":"run_error","code":"incomplete","message":"missing: stop, usage"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Run {
    id: String,
    thread_id: Option<String>,
    parent_run_id: Option<String>,
    given_message_id: Option<String>,
    state: State,
    /// The id of the current message; empty between messages.
    message_id: String,
    /// Whether the start of that message was emitted.
    started: bool,
    /// How many messages there were.
    messages: u64,
}

#[codegen_at_use]
impl Run {
    /// A run of this id, which has not begun.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            thread_id: None,
            parent_run_id: None,
            given_message_id: None,
            state: State::New,
            message_id: String::new(),
            started: false,
            messages: 0,
        }
    }

    /// Sets the conversation that the run belongs to.
    #[must_use]
    pub fn with_thread_id(mut self, id: impl Into<String>) -> Self {
        self.thread_id = Some(id.into());
        self
    }

    /// Sets the run that asked for this one.
    #[must_use]
    pub fn with_parent_run_id(mut self, id: impl Into<String>) -> Self {
        self.parent_run_id = Some(id.into());
        self
    }

    /// Sets the id of the run's message, whatever the answer says itself. Later messages of the same run get
    /// their number after it.
    #[must_use]
    pub fn with_message_id(mut self, id: impl Into<String>) -> Self {
        self.given_message_id = Some(id.into());
        self
    }

    /// The run's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The conversation's id, where it was given.
    #[must_use]
    pub fn thread_id(&self) -> Option<&str> {
        self.thread_id.as_deref()
    }

    /// The id of the run that asked for this one, where it was given.
    #[must_use]
    pub fn parent_run_id(&self) -> Option<&str> {
        self.parent_run_id.as_deref()
    }

    /// The id of the current message; `None` between messages.
    #[must_use]
    pub fn message_id(&self) -> Option<&str> {
        Some(self.message_id.as_str()).filter(|id| !id.is_empty())
    }

    /// Whether the run's end was emitted.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.state == State::Closed
    }

    /// Emits the run's start, once. The first event does so too: call this to emit it before the
    /// service is asked.
    pub fn start(&mut self, emit: &mut dyn FnMut(RunEvent<'_>)) {
        if self.state == State::New {
            self.state = State::Open;
            let thread_id = self.thread_id.as_deref().map(Cow::Borrowed);
            let parent_run_id = self.parent_run_id.as_deref().map(Cow::Borrowed);
            self.emit_own(Event::RunStarted(RunStarted { thread_id, parent_run_id }), emit);
        }
    }

    /// Takes an event and emits it with its ids. An [`Event::Error`] ends the run. Once it is over nothing is emitted.
    pub fn push(&mut self, event: Event<'_>, emit: &mut dyn FnMut(RunEvent<'_>)) {
        self.start(emit);
        if self.state == State::Closed {
            return;
        }
        match &event {
            Event::MessageStart(start) => self.begin_message(start.id.as_deref()),
            Event::TextDelta(_) | Event::ToolInputDelta(_) | Event::ThinkingDelta(_)
                if !self.message_id.is_empty() => {}
            // Counts may come before their message; what was not understood belongs to none.
            Event::Usage(_) | Event::Unknown(_) | Event::Error(_) | Event::MessageEnd(_) => {}
            _ if !self.message_id.is_empty() => {}
            // All else is said of a message, and has one begin. Named one by one, so that a new event is decided on.
            Event::TextStart(_)
            | Event::TextDelta(_)
            | Event::TextEnd(_)
            | Event::ThinkingStart(_)
            | Event::ThinkingDelta(_)
            | Event::ThinkingEnd(_)
            | Event::ToolUseStart(_)
            | Event::ToolInputDelta(_)
            | Event::ToolUseEnd(_)
            | Event::Citation(_)
            | Event::Image(_)
            | Event::Block(_)
            | Event::Stop(_)
            | Event::RunStarted(_)
            | Event::RunFinished(_)
            | Event::RunError(_) => self.name_message(None),
        }
        let fault = match &event {
            Event::Error(fault) => Some((fault.error_type.clone(), fault.message.clone())),
            _ => None,
        };
        let ends_message = matches!(event, Event::MessageEnd(_));
        emit(RunEvent { run_id: &self.id, message_id: self.message_id(), event });
        if ends_message {
            self.message_id.clear();
        }
        if let Some((code, message)) = fault {
            self.fail(Some(&code), &message, emit);
        }
    }

    /// Emits the end of the run: finished where the answer is complete, else failed, with the reason. Does nothing if the end was
    /// emitted.
    pub fn finish(&mut self, completeness: &Completeness, emit: &mut dyn FnMut(RunEvent<'_>)) {
        match completeness.missing() {
            None => {
                self.start(emit);
                self.end(Event::RunFinished(RunFinished::default()), emit);
            }
            Some(Missing { exception: Some(exception), .. }) => {
                self.fail(Some(&exception.error_type), &exception.message, emit);
            }
            Some(missing) => self.fail(Some("incomplete"), &missing.to_string(), emit),
        }
    }

    /// Emits that the run failed, for a reason of the caller's: the connection broke, a tool gave up. Does nothing if the
    /// end was emitted.
    pub fn fail(&mut self, code: Option<&str>, message: &str, emit: &mut dyn FnMut(RunEvent<'_>)) {
        self.start(emit);
        let (code, message) = (code.map(Cow::Borrowed), Cow::Borrowed(message));
        self.end(Event::RunError(RunError { code, message }), emit);
    }

    /// Makes it a new run with the same ids.
    pub fn restart(&mut self) {
        self.state = State::New;
        self.message_id.clear();
        (self.started, self.messages) = (false, 0);
    }

    fn end(&mut self, event: Event<'_>, emit: &mut dyn FnMut(RunEvent<'_>)) {
        if self.state == State::Open {
            self.state = State::Closed;
            self.message_id.clear();
            self.emit_own(event, emit);
        }
    }

    fn emit_own(&self, event: Event<'_>, emit: &mut dyn FnMut(RunEvent<'_>)) {
        emit(RunEvent { run_id: &self.id, message_id: None, event });
    }

    /// A message whose deltas came before its start keeps the name that they gave it.
    fn begin_message(&mut self, id: Option<&str>) {
        if self.message_id.is_empty() || self.started {
            self.name_message(id.filter(|id| !id.is_empty()));
        }
        self.started = true;
    }

    fn name_message(&mut self, id: Option<&str>) {
        self.messages += 1;
        self.started = false;
        self.message_id = match (&self.given_message_id, id) {
            (Some(given), _) if self.messages == 1 => given.clone(),
            (Some(given), _) => format!("{given}-{}", self.messages),
            (None, Some(id)) => id.to_owned(),
            (None, None) => format!("{}-message-{}", self.id, self.messages),
        };
    }
}

#[codegen_at_use]
impl From<&str> for Run {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

#[codegen_at_use]
impl From<String> for Run {
    fn from(id: String) -> Self {
        Self::new(id)
    }
}

#[cfg(test)]
mod tests {
    use super::aggregator::RunAggregator;
    use super::*;
    use crate::completeness::{Completeness, Missing};
    use crate::event::{MessageEnd, StreamFault};
    use crate::event::{MessageStart, TextDelta, UsageUpdate};
    use crate::fold::{BuildError, ChunkError, RawChunk};
    use crate::formats::{OpenAiChatAggregator, OpenAiResponsesAggregator};

    fn text(text: &str) -> Event<'_> {
        Event::TextDelta(TextDelta { index: 0, text: text.into() })
    }

    fn start(id: Option<&'static str>) -> Event<'static> {
        Event::MessageStart(MessageStart::new(id, None, None))
    }

    /// What a run emits for some events: type and message id.
    fn emitted(mut run: Run, events: Vec<Event<'_>>, completeness: &Completeness) -> Vec<String> {
        let mut emitted = Vec::new();
        let mut emit = |event: RunEvent<'_>| {
            assert_eq!(event.run_id, "r");
            let json = serde_json::to_value(&event).unwrap();
            let id = event.message_id.map(|id| format!(" {id}")).unwrap_or_default();
            emitted.push(format!("{}{id}", json["type"].as_str().unwrap()));
        };
        for event in events {
            run.push(event, &mut emit);
        }
        run.finish(completeness, &mut emit);
        run.finish(completeness, &mut emit);
        assert!(run.is_over());
        emitted
    }

    #[test]
    fn events_get_the_ids_that_they_belong_to() {
        let usage = || Event::Usage(UsageUpdate { usage: Default::default() });
        let end = || Event::MessageEnd(MessageEnd::default());
        let fault = Event::Error(StreamFault { error_type: "E".into(), message: "m".into() });
        let cut = Completeness::from(Missing { stop: true, ..Missing::default() });
        let whole = &Completeness::Complete;
        for (run, events, completeness, expected) in [
            (Run::new("r"), vec![], whole, "run_started, run_finished"),
            (
                Run::new("r"),
                vec![usage(), start(Some("m")), text("a"), end()],
                whole,
                "run_started, usage, message_start m, text_delta m, message_end m, run_finished",
            ),
            (
                Run::new("r"),
                vec![start(None), end(), start(Some("")), text("a")],
                &cut,
                "run_started, message_start r-message-1, message_end r-message-1, message_start r-message-2, \
                 text_delta r-message-2, run_error",
            ),
            (
                Run::new("r").with_message_id("own"),
                vec![text("a"), start(Some("m")), text("b"), start(Some("n")), text("c")],
                whole,
                "run_started, text_delta own, message_start own, text_delta own, message_start own-2, \
                 text_delta own-2, run_finished",
            ),
            (
                Run::new("r"),
                vec![text("a"), fault, text("b")],
                whole,
                "run_started, text_delta r-message-1, error r-message-1, run_error",
            ),
        ] {
            assert_eq!(emitted(run, events, completeness).join(", "), expected);
        }
    }

    #[test]
    fn an_aggregator_is_used_again_after_clear() {
        let mut ends = Vec::new();
        let mut agg = RunAggregator::new(OpenAiChatAggregator::default(), "run_1", |event: RunEvent<'_>| {
            assert_eq!(event.run_id, "run_1");
            match event.event {
                Event::RunFinished(_) => ends.push("finished".to_owned()),
                Event::RunError(error) => ends.push(error.message.into_owned()),
                _ => {}
            }
        });
        let chunk = br#"{"id":"c","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}"#;
        for _ in 0..2 {
            assert_eq!(agg.build().unwrap_err(), BuildError::Empty);
            agg.aggregate_raw(RawChunk::new(chunk)).unwrap();
            agg.build().unwrap();
            assert_eq!(agg.build().unwrap_err(), BuildError::AlreadyBuilt);
            assert_eq!(agg.aggregate_raw(RawChunk::new(chunk)), Err(ChunkError::AlreadyBuilt));
            agg.clear();
        }
        agg.aggregate_raw(RawChunk::new(b"{")).unwrap_err();
        agg.aggregate_raw(RawChunk::new(br#"{"choices":[{"index":0,"delta":{"content":"a"}}]}"#)).unwrap();
        agg.build().unwrap();
        drop(agg);
        assert_eq!(ends, ["finished", "finished", "missing: chunk, stop"]);
    }

    #[test]
    fn an_exception_ends_the_run_and_leaves_the_message() {
        let mut emitted = Vec::new();
        let mut agg =
            RunAggregator::new(OpenAiResponsesAggregator::default(), "run_1", |event: RunEvent<'_>| {
                emitted.push(serde_json::to_value(&event).unwrap()["type"].as_str().unwrap().to_owned());
            });
        let delta =
            br#"{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"Rain."}"#;
        agg.aggregate_raw(RawChunk::new(delta)).unwrap();
        let error = br#"{"type":"error","code":"server_error","message":"down"}"#;
        agg.aggregate_raw(RawChunk::new(error)).unwrap_err();
        assert_eq!(agg.missing().exception.unwrap().message, "down");
        assert_eq!(agg.build().unwrap().output_text(), "Rain.");
        drop(agg);
        assert_eq!(
            emitted,
            ["run_started", "message_start", "text_start", "text_delta", "error", "run_error"]
        );
    }
}
