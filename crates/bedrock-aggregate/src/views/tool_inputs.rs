//! The inputs of an answer's tool calls, while they arrive.
//! Not for: reading JSON (see [`PartialJson`]), nor for the calls of a finished answer; those are in its reply.

use std::collections::BTreeMap;

use bedrock_codegen::codegen_at_use;
use serde::Deserialize;
use serde_json::Value;

use crate::event::Event;
use crate::views::partial_json::{PartialJson, PartialJsonError};

/// One tool call, as far as it has come.
#[derive(Debug, Clone)]
pub struct ToolInput {
    id: String,
    name: String,
    json: PartialJson,
    ended: bool,
}

#[codegen_at_use]
impl ToolInput {
    /// The call's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The tool's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The input so far; `None` before it has begun. This is free.
    #[must_use]
    pub fn value(&self) -> Option<&Value> {
        self.json.value()
    }

    /// The input so far as a type of the caller's: see [`PartialJson::parse`].
    ///
    /// # Errors
    ///
    /// Where the input so far is not of the type.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        self.json.parse()
    }

    /// The parser, which knows which parts are settled.
    #[must_use]
    pub fn json(&self) -> &PartialJson {
        &self.json
    }

    /// Whether the call has ended. The input is whole then, unless there is an [`error`](Self::error).
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.ended
    }

    /// Why the input is not JSON, if it is not. The reply then has it as the text that it was.
    #[must_use]
    pub fn error(&self) -> Option<&PartialJsonError> {
        self.json.error()
    }
}

/// Takes an answer's events and keeps the input of each tool call as it grows.
///
/// It costs one pass over the text of the inputs; those who do not use it pay nothing.
///
/// ```
/// use bedrock_aggregate::{Event, Framing, EventSink, Reader, ToolInputs};
///
/// let body = br#"{"contentBlockStart":{"start":{"toolUse":{"toolUseId":"t","name":"weather"}},"contentBlockIndex":0}}
/// {"contentBlockDelta":{"delta":{"toolUse":{"input":"{\"city\":\"Os"}},"contentBlockIndex":0}}
/// {"contentBlockDelta":{"delta":{"toolUse":{"input":"lo\"}"}},"contentBlockIndex":0}}
/// {"contentBlockStop":{"contentBlockIndex":0}}
/// "#;
/// let mut inputs = ToolInputs::new();
/// let mut seen = Vec::new();
/// let mut on_event = |event: Event<'_>| {
///     if let Some(call) = inputs.push(&event) {
///         seen.extend(call.value().map(|value| format!("{}: {value}", call.name())));
///     }
/// };
/// let mut reader = Reader::new(Framing::JsonLines).with_format("nova")?;
/// let read = reader.push(body, &mut EventSink::new(&mut on_event));
/// let answer = reader.finish(&mut EventSink::new(&mut on_event))?;
///
/// read?;
/// assert_eq!(answer.reply.tool_uses().count(), 1);
/// assert_eq!(seen[0], r#"weather: {"city":"Os"}"#);
/// assert_eq!(seen[1], r#"weather: {"city":"Oslo"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ToolInputs {
    calls: BTreeMap<u64, ToolInput>,
    parser: PartialJson,
}

#[codegen_at_use]
impl ToolInputs {
    /// No calls so far.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads inputs with the limits of this parser.
    #[must_use]
    pub fn with_parser(mut self, parser: PartialJson) -> Self {
        self.parser = parser;
        self
    }

    /// Takes an event; returns the call that it changed, if any.
    pub fn push(&mut self, event: &Event<'_>) -> Option<&ToolInput> {
        match event {
            Event::ToolUseStart(start) => {
                let (id, name) = (start.id.clone().into_owned(), start.name.clone().into_owned());
                let call = ToolInput { id, name, json: self.parser.clone(), ended: false };
                self.calls.insert(start.index, call);
                self.calls.get(&start.index)
            }
            Event::ToolInputDelta(delta) => {
                let call = self.calls.get_mut(&delta.index)?;
                // The parser keeps the error.
                let _ = call.json.push(delta.json.as_bytes());
                Some(call)
            }
            Event::ToolUseEnd(end) => {
                let call = self.calls.get_mut(&end.index)?;
                if call.json.is_empty() {
                    // A tool without parameters is called without input.
                    let _ = call.json.push("{}");
                }
                let _ = call.json.finish();
                call.ended = true;
                Some(call)
            }
            _ => None,
        }
    }

    /// The call in the block of this index.
    #[must_use]
    pub fn get(&self, index: u64) -> Option<&ToolInput> {
        self.calls.get(&index)
    }

    /// All calls, with the indexes of their blocks, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &ToolInput)> {
        self.calls.iter().map(|(index, call)| (*index, call))
    }
}
