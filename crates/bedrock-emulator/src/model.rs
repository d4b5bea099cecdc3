//! The pretended model: what it says to a request, in no format at all. Reading requests and writing answers is what
//! `formats` is for.

use serde_json::Value;

use crate::answer::{Answer, Cut, ToolWish};
use crate::auth::sha256;
use crate::fault::Fault;
use crate::{schema, tokens};

/// What a request asks, as far as the pretended model cares.
#[derive(Debug, Default)]
pub(crate) struct Ask {
    /// The last text of the user.
    pub(crate) prompt: String,
    pub(crate) tools: Vec<Tool>,
    pub(crate) choice: ToolChoice,
    /// The result of a tool, if the last message brings one.
    pub(crate) tool_result: Option<String>,
    /// The schema of a structured answer.
    pub(crate) output_schema: Option<Value>,
    pub(crate) max_tokens: Option<u64>,
    pub(crate) stop_sequences: Vec<String>,
    pub(crate) reasoning: bool,
    pub(crate) input_tokens: u64,
}

/// A tool on offer.
#[derive(Debug)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) schema: Value,
}

/// What the request says of the use of tools.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum ToolChoice {
    #[default]
    Auto,
    Any,
    Named(String),
    Never,
}

/// What the model says.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) blocks: Vec<Block>,
    /// In the words of Converse.
    pub(crate) stop_reason: String,
    pub(crate) stop_sequence: Option<String>,
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
    /// Identifies the answer; ids are made of it.
    pub(crate) seed: [u8; 32],
    pub(crate) cut: Option<Cut>,
    pub(crate) shape: Shape,
}

#[derive(Debug)]
pub(crate) enum Block {
    Text(String),
    Reasoning(String),
    /// The input is JSON text, or was meant to be.
    ToolUse {
        name: String,
        input: String,
    },
}

/// In what the stream of an answer differs from what the service sends.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shape {
    pub(crate) no_metadata: bool,
    pub(crate) no_stop: bool,
    pub(crate) double_stop: bool,
    pub(crate) text_start: bool,
}

/// The signature of every thought: "signature", in base64.
pub(crate) const SIGNATURE: &str = "c2lnbmF0dXJl";

/// Answers a request: the same answer to the same request.
pub(crate) fn reply(ask: &Ask, answer: &Answer, model: &str, body: &[u8]) -> Reply {
    let mut seed = model.as_bytes().to_vec();
    seed.push(b'\n');
    seed.extend_from_slice(body);
    let (mut blocks, mut stop_reason) = (Vec::new(), "end_turn");
    if let Some(reasoning) = answer.reasoning.clone().or_else(|| ask.reasoning.then(|| thought(ask))) {
        blocks.push(Block::Reasoning(reasoning));
    }
    let calls = calls(ask, answer);
    if calls.is_empty() {
        blocks.push(Block::Text(answer.text.clone().unwrap_or_else(|| usual_text(ask))));
    } else {
        blocks.extend(answer.text.clone().map(Block::Text));
        blocks.extend(calls);
        stop_reason = "tool_use";
    }
    if let Some(Fault::MalformedTool) = answer.fault {
        let name = ask.tools.first().map_or("get_weather", |tool| &tool.name).to_owned();
        blocks = vec![Block::ToolUse { name, input: "{\"city\": \"Par".to_owned() }];
        stop_reason = "malformed_tool_use";
    }
    let mut cut = answer.cut;
    match answer.fault {
        Some(Fault::Big { size }) => {
            blocks = vec![Block::Text("x".repeat(size))];
            cut = Some(Cut::Deltas(1));
        }
        Some(Fault::Many { count }) => {
            blocks = vec![Block::Text((0..count).map(|n| format!("{:<7}", format!("w{n}"))).collect())];
            cut = Some(Cut::Characters(7));
        }
        _ => {}
    }
    let mut reply = Reply {
        blocks,
        stop_reason: stop_reason.to_owned(),
        stop_sequence: None,
        input_tokens: answer.input_tokens.unwrap_or(ask.input_tokens),
        output_tokens: 0,
        seed: sha256(&seed),
        cut,
        shape: shape(answer.fault.as_ref()),
    };
    if answer.text.is_none() && answer.fault.is_none() {
        reply.obey_limits(ask);
    }
    let counted = reply.blocks.iter().map(Block::tokens).sum();
    reply.output_tokens = answer.output_tokens.unwrap_or(counted);
    if let Some(reason) = &answer.stop_reason {
        reply.stop_reason.clone_from(reason);
    }
    reply
}

impl Reply {
    /// What the model makes up itself ends where the request says it must.
    fn obey_limits(&mut self, ask: &Ask) {
        let mut left = ask.max_tokens.unwrap_or(u64::MAX);
        let Some(Block::Text(text)) = self.blocks.last_mut() else { return };
        let stop = ask.stop_sequences.iter().filter(|stop| !stop.is_empty());
        if let Some((at, stop)) = stop.filter_map(|stop| Some((text.find(stop.as_str())?, stop))).min() {
            text.truncate(at);
            self.stop_reason = "stop_sequence".to_owned();
            self.stop_sequence = Some(stop.clone());
        }
        for block in &mut self.blocks {
            let tokens = block.tokens();
            if let (Block::Text(text) | Block::Reasoning(text), true) = (&mut *block, tokens > left) {
                let kept: usize = tokens::pieces(text)
                    .take(usize::try_from(left).unwrap_or(usize::MAX))
                    .map(str::len)
                    .sum();
                text.truncate(kept);
                self.stop_reason = "max_tokens".to_owned();
                self.stop_sequence = None;
            }
            left = left.saturating_sub(tokens);
        }
    }

    /// Cuts a text into the deltas that carry it; never none.
    pub(crate) fn deltas<'a>(&self, text: &'a str) -> Vec<&'a str> {
        let size = match self.cut {
            _ if text.is_empty() => return vec![""],
            None => return tokens::pieces(text).collect(),
            Some(Cut::Characters(size)) => size,
            Some(Cut::Deltas(count)) => text.chars().count().div_ceil(count),
        };
        let mut deltas = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.char_indices().nth(size.max(1)).map_or(rest.len(), |(at, _)| at);
            let (delta, behind) = rest.split_at(end);
            deltas.push(delta);
            rest = behind;
        }
        deltas
    }

    /// Text made of letters and digits that only this answer has, `length` long; `nth` tells several of them apart.
    pub(crate) fn id(&self, nth: usize, length: usize) -> String {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let mut bytes = self.seed.to_vec();
        bytes.extend_from_slice(&nth.to_be_bytes());
        let digest = sha256(&bytes);
        digest
            .iter()
            .cycle()
            .take(length)
            .map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]))
            .collect()
    }

    /// The same as a UUID.
    pub(crate) fn uuid(&self, nth: usize) -> String {
        let mut bytes = self.seed.to_vec();
        bytes.extend_from_slice(&nth.to_be_bytes());
        uuid(&sha256(&bytes))
    }

    /// How long the model pretends to have worked, in milliseconds.
    pub(crate) fn latency(&self) -> u64 {
        150 + 12 * self.output_tokens
    }

    /// The texts of the answer, joined.
    pub(crate) fn text(&self) -> String {
        let texts = self
            .blocks
            .iter()
            .filter_map(|block| if let Block::Text(text) = block { Some(text.as_str()) } else { None });
        texts.collect()
    }
}

impl Block {
    fn tokens(&self) -> u64 {
        match self {
            Self::Text(text) | Self::Reasoning(text) => tokens::count(text),
            Self::ToolUse { name, input } => tokens::count(name) + tokens::count(input),
        }
    }
}

/// Sixteen bytes written as a random UUID.
pub(crate) fn uuid(bytes: &[u8; 32]) -> String {
    let mut digits = crate::auth::hex(&bytes[..16]);
    digits.replace_range(12..13, "4");
    digits.replace_range(16..17, "a");
    format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..])
}

/// The calls of tools that the answer, the request or the prompt asks for.
fn calls(ask: &Ask, answer: &Answer) -> Vec<Block> {
    if !answer.calls.is_empty() {
        let calls = answer.calls.iter().cloned();
        return calls.map(|call| Block::ToolUse { name: call.name, input: call.input }).collect();
    }
    let first = || ask.tools.first().map(|tool| tool.name.clone());
    let named = match (&answer.wish, &ask.choice) {
        (ToolWish::Never, _) => None,
        (ToolWish::First, _) => first(),
        (ToolWish::Named(name), _) | (ToolWish::Asked, ToolChoice::Named(name)) => Some(name.clone()),
        (ToolWish::Asked, ToolChoice::Any) => first(),
        (ToolWish::Asked, ToolChoice::Never) => None,
        (ToolWish::Asked, ToolChoice::Auto) if answer.text.is_some() || ask.tool_result.is_some() => None,
        (ToolWish::Asked, ToolChoice::Auto) => asked_for(ask),
    };
    let call = named.map(|name| {
        let tool = ask.tools.iter().find(|tool| tool.name == name);
        let input = tool
            .map_or_else(|| "{}".to_owned(), |tool| schema::instance(&tool.schema, &ask.prompt).to_string());
        Block::ToolUse { name, input }
    });
    call.into_iter().collect()
}

/// The tool that the prompt names; the first, if it speaks of a tool or of the weather at all.
fn asked_for(ask: &Ask) -> Option<String> {
    let prompt = ask.prompt.to_lowercase();
    let named =
        ask.tools.iter().find(|tool| !tool.name.is_empty() && prompt.contains(&tool.name.to_lowercase()));
    let any = || ask.tools.first().filter(|_| prompt.contains("tool") || prompt.contains("weather"));
    named.or_else(any).map(|tool| tool.name.clone())
}

fn usual_text(ask: &Ask) -> String {
    let start = |text: &str| text.chars().take(80).collect::<String>();
    if let Some(schema) = &ask.output_schema {
        return schema::instance(schema, &ask.prompt).to_string();
    }
    match &ask.tool_result {
        Some(result) => format!("The tool said: {}", start(result)),
        None => format!(
            "Hello from the Bedrock emulator. You said: {}",
            start(without_brackets(&ask.prompt).trim())
        ),
    }
}

fn thought(ask: &Ask) -> String {
    let prompt = without_brackets(&ask.prompt);
    format!("The user said {:?}. I will answer that.", prompt.trim().chars().take(40).collect::<String>())
}

/// The prompt without the `[[…]]` that told the server what to do.
fn without_brackets(prompt: &str) -> String {
    match prompt.split_once("[[").map(|(before, behind)| (before, behind.split_once("]]"))) {
        Some((before, Some((_, after)))) => format!("{before}{after}"),
        _ => prompt.to_owned(),
    }
}

fn shape(fault: Option<&Fault>) -> Shape {
    Shape {
        no_metadata: matches!(fault, Some(Fault::NoMetadata)),
        no_stop: matches!(fault, Some(Fault::NoStop)),
        double_stop: matches!(fault, Some(Fault::DoubleStop)),
        text_start: matches!(fault, Some(Fault::TextStart)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ask(prompt: &str) -> Ask {
        let tool = |name: &str| Tool { name: name.into(), schema: json!({"properties": {"city": {}}}) };
        Ask { prompt: prompt.into(), tools: vec![tool("get_weather"), tool("get_time")], ..Ask::default() }
    }

    fn said(ask: &Ask, answer: &Answer) -> (String, String) {
        let reply = reply(ask, answer, "m", b"{}");
        let blocks = reply.blocks.iter().map(|block| match block {
            Block::Text(text) => text.clone(),
            Block::Reasoning(text) => format!("({text})"),
            Block::ToolUse { name, input } => format!("{name}{input}"),
        });
        (blocks.collect::<Vec<_>>().join("|"), reply.stop_reason)
    }

    #[test]
    fn tools_are_called_when_asked_for() {
        let check = |prompt: &str, change: fn(&mut Ask), expected: &str| {
            let mut ask = ask(prompt);
            change(&mut ask);
            assert_eq!(said(&ask, &Answer::default()).0, expected, "{prompt}");
        };
        check("the weather in Oslo", |_| {}, r#"get_weather{"city":"Oslo"}"#);
        check("call get_time", |_| {}, r#"get_time{"city":"city"}"#);
        check("hi", |ask| ask.choice = ToolChoice::Any, r#"get_weather{"city":"city"}"#);
        check("hi", |ask| ask.choice = ToolChoice::Named("get_time".into()), r#"get_time{"city":"city"}"#);
        let hello = "Hello from the Bedrock emulator. You said: ";
        check("hi", |_| {}, &format!("{hello}hi"));
        check("weather", |ask| ask.choice = ToolChoice::Never, &format!("{hello}weather"));
        check("weather", |ask| ask.tools.clear(), &format!("{hello}weather"));
        check("weather", |ask| ask.tool_result = Some("rain".into()), "The tool said: rain");
    }

    #[test]
    fn limits_of_the_request() {
        let mut ask = ask("one two three");
        ask.max_tokens = Some(2);
        assert_eq!(said(&ask, &Answer::default()), ("Hello from".into(), "max_tokens".into()));
        ask.max_tokens = None;
        ask.stop_sequences = vec!["two".into(), "You".into()];
        let reply = reply(&ask, &Answer::default(), "m", b"");
        assert_eq!(reply.text(), "Hello from the Bedrock emulator. ");
        assert_eq!(
            (reply.stop_reason.as_str(), reply.stop_sequence.as_deref()),
            ("stop_sequence", Some("You"))
        );
    }

    #[test]
    fn scripted_answers() {
        let calls = Answer::text("Wait.").with_reasoning("Hm.").with_tool_use("t", json!({"a": 1}));
        assert_eq!(said(&ask("x"), &calls), (r#"(Hm.)|Wait.|t{"a":1}"#.into(), "tool_use".into()));
        assert_eq!(said(&ask("weather"), &Answer::text("dry")), ("dry".into(), "end_turn".into()));
    }

    #[test]
    fn deltas_are_the_text() {
        for cut in [None, Some(Cut::Characters(3)), Some(Cut::Deltas(2)), Some(Cut::Deltas(1000))] {
            for text in ["", "żółw idzie", "a"] {
                let reply = Reply { cut, ..reply(&ask(""), &Answer::default(), "m", b"") };
                assert_eq!(reply.deltas(text).concat(), text);
            }
        }
    }

    #[test]
    fn the_same_request_has_the_same_ids() {
        let id = |body: &[u8]| reply(&ask(""), &Answer::default(), "m", body).id(0, 24);
        assert_eq!(id(b"a"), id(b"a"));
        assert_ne!(id(b"a"), id(b"b"));
        let uuid = reply(&ask(""), &Answer::default(), "m", b"").uuid(1);
        assert_eq!((uuid.len(), uuid.as_bytes()[14], uuid.as_bytes()[19]), (36, b'4', b'a'));
    }
}
