//! What one request is answered with, as a test writes it down. How an answer looks in the format of a model is said in
//! `formats`, how it goes wrong in `fault`.

use std::str::FromStr;
use std::time::Duration;

use serde_json::Value;

use super::fault::{ErrorResponse, Fault};
use super::pace::Pace;
use super::spec::{Spec, SpecError};

/// An answer for one request: what the model says, how fast, and what goes wrong with it.
///
/// What is left open is made up from the request, always in the same way: a greeting that repeats the prompt, or a call of a
/// tool that is offered where the prompt asks for it.
///
/// As text an answer is a fault or `plain`, and pairs: `text="…"`, `reasoning="…"`, `tool=NAME` (or `tool=none`),
/// `args='{…}'`, `stop=REASON`, `in=N`, `out=N` (usage), `n=N` (deltas) or `chunk=N` (characters a delta), and the
/// milliseconds `ttfb=` before the head, `first=` before the first event, `gap=` between events.
///
/// ```
/// use bedrock_emulator::{Answer, Fault};
/// use serde_json::json;
///
/// let answers = [
///     Answer::text("Hello."),
///     Answer::tool_use("get_weather", json!({"city": "Oslo"})),
///     Answer::text("Half of th").with_fault(Fault::Reset { after: 3 }),
///     Answer::error("ThrottlingException"),
///     "stall after=1 ms=50 text=\"late\"".parse()?,
/// ];
/// assert_eq!(answers.len(), 5);
/// # Ok::<(), bedrock_emulator::SpecError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    pub(crate) text: Option<String>,
    pub(crate) reasoning: Option<String>,
    pub(crate) tool_calls: Vec<ToolCall>,
    pub(crate) tool: ScriptedTool,
    pub(crate) stop_reason: Option<String>,
    pub(crate) input_tokens: Option<u64>,
    pub(crate) output_tokens: Option<u64>,
    pub(crate) delta_size: Option<DeltaSize>,
    pub(crate) before_head: Option<Duration>,
    pub(crate) before_first: Option<Duration>,
    pub(crate) between: Option<Duration>,
    pub(crate) fault: Option<Fault>,
    pub(crate) verbatim: Option<Verbatim>,
}

/// A call of a tool: the name and the input as JSON text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ToolCall {
    pub(crate) name: String,
    pub(crate) input: String,
}

/// Which tool is called where the answer does not give the input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum ScriptedTool {
    /// The one that the request or its prompt asks for.
    #[default]
    Default,
    None,
    /// The first one offered.
    First,
    Named(String),
}

/// Into what deltas a text is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeltaSize {
    /// Deltas of this many characters.
    Characters(usize),
    /// This many deltas.
    Count(usize),
}

/// JSON that goes out as it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Verbatim {
    Chunks(Vec<Value>),
    Body(Value),
}

impl Verbatim {
    /// As the chunks of a stream.
    pub(crate) fn chunks(&self) -> &[Value] {
        match self {
            Self::Chunks(chunks) => chunks,
            Self::Body(body) => std::slice::from_ref(body),
        }
    }

    /// As one body.
    pub(crate) fn whole(&self) -> Value {
        self.chunks().first().cloned().unwrap_or(Value::Null)
    }
}

impl Answer {
    /// The model says this.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..Self::default() }
    }

    /// The model calls this tool with this input, whether it is offered or not.
    pub fn tool_use(name: impl Into<String>, input: impl Into<Value>) -> Self {
        Self::default().with_tool_use(name, input)
    }

    /// An HTTP error of this type instead of an answer. [`ErrorResponse`] has the details.
    pub fn error(error_type: impl Into<String>) -> Self {
        Self::fault(Fault::Error(ErrorResponse::new(error_type)))
    }

    /// The usual answer, and this goes wrong with it.
    pub fn fault(fault: Fault) -> Self {
        Self::default().with_fault(fault)
    }

    /// A stream of these chunks, each in the format of the model and sent as it is; a converse stream takes objects of one
    /// key, which is the type of the event: `{"messageStart": {"role": "assistant"}}`. An operation that does not stream
    /// answers with the first of them.
    pub fn chunks(chunks: impl IntoIterator<Item = Value>) -> Self {
        Self { verbatim: Some(Verbatim::Chunks(chunks.into_iter().collect())), ..Self::default() }
    }

    /// This body, for an operation that does not stream; one that does sends it as its only chunk.
    pub fn body(body: Value) -> Self {
        Self { verbatim: Some(Verbatim::Body(body)), ..Self::default() }
    }

    /// With this text, before any tool call.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// With this reasoning, before any text.
    #[must_use]
    pub fn with_reasoning(mut self, reasoning: impl Into<String>) -> Self {
        self.reasoning = Some(reasoning.into());
        self
    }

    /// With one more tool call.
    #[must_use]
    pub fn with_tool_use(mut self, name: impl Into<String>, input: impl Into<Value>) -> Self {
        self.tool_calls.push(ToolCall { name: name.into(), input: input.into().to_string() });
        self
    }

    /// With this stop reason, in the words of Converse (`end_turn`, `max_tokens` …); a format with words of its own uses
    /// those.
    #[must_use]
    pub fn with_stop_reason(mut self, reason: impl Into<String>) -> Self {
        self.stop_reason = Some(reason.into());
        self
    }

    /// With this usage instead of the counted one.
    #[must_use]
    pub fn with_usage(mut self, input_tokens: u64, output_tokens: u64) -> Self {
        (self.input_tokens, self.output_tokens) = (Some(input_tokens), Some(output_tokens));
        self
    }

    /// With this fault.
    #[must_use]
    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.fault = Some(fault);
        self
    }

    /// At this pace instead of the server's.
    #[must_use]
    pub fn with_pace(mut self, pace: Pace) -> Self {
        (self.before_head, self.before_first, self.between) =
            (Some(pace.before_head), Some(pace.before_first), Some(pace.between));
        self
    }

    /// With texts in deltas of this many characters.
    #[must_use]
    pub fn with_characters_per_delta(mut self, characters: usize) -> Self {
        self.delta_size = Some(DeltaSize::Characters(characters.max(1)));
        self
    }

    /// The pace of this answer; what it leaves open is as in `default`.
    pub(crate) fn pace(&self, default: Pace) -> Pace {
        Pace {
            before_head: self.before_head.unwrap_or(default.before_head),
            before_first: self.before_first.unwrap_or(default.before_first),
            between: self.between.unwrap_or(default.between),
        }
    }

    /// Whether it leaves open what the model says, so that a recording may say it.
    pub(crate) fn is_unscripted(&self) -> bool {
        let silent = self.text.is_none()
            && self.reasoning.is_none()
            && self.tool_calls.is_empty()
            && self.verbatim.is_none();
        silent && self.tool == ScriptedTool::Default
    }

    fn from_spec(spec: &Spec) -> Result<Self, SpecError> {
        let fault = Fault::from_spec(spec)?;
        let milliseconds = |key: &str| Ok(spec.value(key)?.map(Duration::from_millis));
        let named_tool = spec.text("tool");
        let tool = match named_tool.as_deref() {
            None => ScriptedTool::Default,
            Some("none") => ScriptedTool::None,
            Some("") => ScriptedTool::First,
            Some(name) => ScriptedTool::Named(name.to_owned()),
        };
        let tool_calls = match (spec.text("args"), &tool) {
            (Some(input), ScriptedTool::Named(name)) => vec![ToolCall { name: name.clone(), input }],
            (Some(input), _) => return Err(spec.invalid("args", &input)),
            (None, _) => Vec::new(),
        };
        // Two faults have an `n` of their own.
        let counted = matches!(fault, Some(Fault::Throttle { .. } | Fault::Many { .. }));
        let deltas =
            if counted { None } else { spec.value::<usize>("n")?.map(|n| DeltaSize::Count(n.max(1))) };
        let characters = spec.value::<usize>("chunk")?.map(|n| DeltaSize::Characters(n.max(1)));
        Ok(Self {
            text: spec.text("text"),
            reasoning: spec.text("reasoning"),
            tool_calls,
            tool,
            stop_reason: spec.text("stop"),
            input_tokens: spec.value("in")?,
            output_tokens: spec.value("out")?,
            delta_size: deltas.or(characters),
            before_head: milliseconds("ttfb")?,
            before_first: milliseconds("first")?,
            between: milliseconds("gap")?,
            fault,
            verbatim: None,
        })
    }

    /// The answer that a prompt asks for with `[[…]]`, if it does. Double brackets with anything else in them are just text.
    pub(crate) fn from_prompt(prompt: &str) -> Result<Option<Self>, SpecError> {
        let Some((_, behind)) = prompt.split_once("[[") else { return Ok(None) };
        let Some((inside, _)) = behind.split_once("]]") else { return Ok(None) };
        let first: &str = inside.split_whitespace().next().unwrap_or_default();
        let key = first.split('=').next().unwrap_or_default();
        // Prompts hold `[[…]]` for other reasons; a mistake in what looks like ours is reported.
        let known = first == "plain" || Fault::is_name(first) || first.contains('=') && KEYS.contains(&key);
        if known { inside.parse().map(Some) } else { Ok(None) }
    }
}

/// The keys of an answer.
const KEYS: &[&str] =
    &["text", "reasoning", "tool", "args", "stop", "in", "out", "n", "chunk", "ttfb", "first", "gap"];

impl FromStr for Answer {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let spec = Spec::parse(text)?;
        let answer = Self::from_spec(&spec)?;
        spec.finish()?;
        Ok(answer)
    }
}

impl From<Fault> for Answer {
    fn from(fault: Fault) -> Self {
        Self::fault(fault)
    }
}

impl From<&str> for Answer {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_says_all_of_it() {
        let answer: Answer = r#"exception after=3 type=modelTimeoutException text="a b" gap=2 tool=t args='{"x":1}' in=1 out=2"#
            .parse()
            .unwrap();
        assert_eq!(answer.text.as_deref(), Some("a b"));
        assert_eq!(answer.tool_calls, [ToolCall { name: "t".into(), input: r#"{"x":1}"#.into() }]);
        assert_eq!((answer.input_tokens, answer.output_tokens), (Some(1), Some(2)));
        assert_eq!(answer.fault.unwrap().to_string(), "exception type=modelTimeoutException after=3");
        assert_eq!("n=3".parse::<Answer>().unwrap().delta_size, Some(DeltaSize::Count(3)));
        assert_eq!("throttle n=3".parse::<Answer>().unwrap().delta_size, None);
        assert!("plain bytes=1".parse::<Answer>().is_err());
    }

    #[test]
    fn brackets_in_prompts() {
        assert!(Answer::from_prompt("no brackets").unwrap().is_none());
        assert!(Answer::from_prompt("see [[Main Page]] and [[x=1]]").unwrap().is_none());
        assert!(Answer::from_prompt("open [[hang").unwrap().is_none());
        assert_eq!(Answer::from_prompt("do [[hang]] now").unwrap(), Some(Answer::fault(Fault::Hang)));
        assert!(Answer::from_prompt("[[gap=1]]").unwrap().is_some());
        assert!(Answer::from_prompt("[[reset after=soon]]").is_err());
    }
}
