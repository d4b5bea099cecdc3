//! What the pretended model answers: blocks, a stop reason and counts, the same for the same request.

use super::request::{ModelRequest, ToolChoice};
use super::{schema, tokens};
use crate::digest::{sha256, uuid};
use crate::script::{Answer, DeltaSize, Fault, ScriptedTool};

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
    pub(crate) delta_size: Option<DeltaSize>,
    pub(crate) quirks: Quirks,
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

/// How an answer differs on purpose from what the service sends.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Quirks {
    pub(crate) no_metadata: bool,
    pub(crate) no_stop: bool,
    pub(crate) double_stop: bool,
    pub(crate) text_start: bool,
}

/// The signature of every thought: "signature", in base64.
pub(crate) const SIGNATURE: &str = "c2lnbmF0dXJl";

/// Answers a request: the same answer to the same request.
pub(crate) fn reply(request: &ModelRequest, answer: &Answer, model: &str, body: &[u8]) -> Reply {
    let mut seed = model.as_bytes().to_vec();
    seed.push(b'\n');
    seed.extend_from_slice(body);
    let (mut blocks, mut stop_reason) = (Vec::new(), "end_turn");
    if let Some(reasoning) = answer.reasoning.clone().or_else(|| request.reasoning.then(|| thought(request)))
    {
        blocks.push(Block::Reasoning(reasoning));
    }
    let calls = calls(request, answer);
    if calls.is_empty() {
        blocks.push(Block::Text(answer.text.clone().unwrap_or_else(|| default_text(request))));
    } else {
        blocks.extend(answer.text.clone().map(Block::Text));
        blocks.extend(calls);
        stop_reason = "tool_use";
    }
    if let Some(Fault::MalformedTool) = answer.fault {
        let name = request.tools.first().map_or("get_weather", |tool| &tool.name).to_owned();
        blocks = vec![Block::ToolUse { name, input: "{\"city\": \"Par".to_owned() }];
        stop_reason = "malformed_tool_use";
    }
    let mut delta_size = answer.delta_size;
    match answer.fault {
        Some(Fault::Big { size }) => {
            blocks = vec![Block::Text("x".repeat(size))];
            delta_size = Some(DeltaSize::Count(1));
        }
        Some(Fault::Many { count }) => {
            // Seven characters hold `w199999`, the last of the most that may be asked for.
            blocks = vec![Block::Text((0..count).map(|n| format!("{:<7}", format!("w{n}"))).collect())];
            delta_size = Some(DeltaSize::Characters(7));
        }
        _ => {}
    }
    let mut reply = Reply {
        blocks,
        stop_reason: stop_reason.to_owned(),
        stop_sequence: None,
        input_tokens: answer.input_tokens.unwrap_or(request.input_tokens),
        output_tokens: 0,
        seed: sha256(&seed),
        delta_size,
        quirks: quirks(answer.fault.as_ref()),
    };
    // What a test has written goes out as written, whatever the request's limits are.
    if answer.text.is_none() && answer.fault.is_none() {
        reply.obey_limits(request);
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
    fn obey_limits(&mut self, request: &ModelRequest) {
        let mut left = request.max_tokens.unwrap_or(u64::MAX);
        let Some(Block::Text(text)) = self.blocks.last_mut() else { return };
        // Before the limit on tokens: a text that stops is shorter, and may then keep to it.
        let stop = request.stop_sequences.iter().filter(|stop| !stop.is_empty());
        if let Some((at, stop)) = stop.filter_map(|stop| Some((text.find(stop.as_str())?, stop))).min() {
            text.truncate(at);
            self.stop_reason = "stop_sequence".to_owned();
            self.stop_sequence = Some(stop.clone());
        }
        for block in &mut self.blocks {
            let tokens = block.tokens();
            if let (Block::Text(text) | Block::Reasoning(text), true) = (&mut *block, tokens > left) {
                // A call is never cut: there is no honest half of its input.
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
        let size = match self.delta_size {
            _ if text.is_empty() => return vec![""],
            None => return tokens::pieces(text).collect(),
            Some(DeltaSize::Characters(size)) => size,
            Some(DeltaSize::Count(count)) => text.chars().count().div_ceil(count),
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

    /// Text made of letters and digits that only this answer has, `length` long; `nth` makes several of them differ.
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

/// The calls of tools that the answer, the request or the prompt asks for.
fn calls(request: &ModelRequest, answer: &Answer) -> Vec<Block> {
    if !answer.tool_calls.is_empty() {
        let calls = answer.tool_calls.iter().cloned();
        return calls.map(|call| Block::ToolUse { name: call.name, input: call.input }).collect();
    }
    let first = || request.tools.first().map(|tool| tool.name.clone());
    let name = match (&answer.tool, &request.choice) {
        (ScriptedTool::None, _) => None,
        (ScriptedTool::First, _) => first(),
        (ScriptedTool::Named(name), _) | (ScriptedTool::Default, ToolChoice::Named(name)) => {
            Some(name.clone())
        }
        (ScriptedTool::Default, ToolChoice::Any) => first(),
        (ScriptedTool::Default, ToolChoice::Never) => None,
        (ScriptedTool::Default, ToolChoice::Auto)
            if answer.text.is_some() || request.tool_result.is_some() =>
        {
            None
        }
        (ScriptedTool::Default, ToolChoice::Auto) => tool_in_prompt(request),
    };
    let call = name.map(|name| {
        let tool = request.tools.iter().find(|tool| tool.name == name);
        let input = tool.map_or_else(
            || "{}".to_owned(),
            |tool| schema::instance(&tool.schema, &request.prompt).to_string(),
        );
        Block::ToolUse { name, input }
    });
    call.into_iter().collect()
}

/// The tool that the prompt names; the first, if it speaks of a tool or of the weather at all.
fn tool_in_prompt(request: &ModelRequest) -> Option<String> {
    let prompt = request.prompt.to_lowercase();
    let named =
        request.tools.iter().find(|tool| !tool.name.is_empty() && prompt.contains(&tool.name.to_lowercase()));
    let any = || request.tools.first().filter(|_| prompt.contains("tool") || prompt.contains("weather"));
    named.or_else(any).map(|tool| tool.name.clone())
}

fn default_text(request: &ModelRequest) -> String {
    let start = |text: &str| text.chars().take(80).collect::<String>();
    if let Some(schema) = &request.output_schema {
        return schema::instance(schema, &request.prompt).to_string();
    }
    match &request.tool_result {
        Some(result) => format!("The tool said: {}", start(result)),
        None => format!(
            "Hello from the Bedrock emulator. You said: {}",
            start(without_scenario(&request.prompt).trim())
        ),
    }
}

fn thought(request: &ModelRequest) -> String {
    let prompt = without_scenario(&request.prompt);
    format!("The user said {:?}. I will answer that.", prompt.trim().chars().take(40).collect::<String>())
}

/// The prompt without the `[[…]]` that told the server what to do.
fn without_scenario(prompt: &str) -> String {
    match prompt.split_once("[[").map(|(before, behind)| (before, behind.split_once("]]"))) {
        Some((before, Some((_, after)))) => format!("{before}{after}"),
        _ => prompt.to_owned(),
    }
}

fn quirks(fault: Option<&Fault>) -> Quirks {
    Quirks {
        no_metadata: matches!(fault, Some(Fault::NoMetadata)),
        no_stop: matches!(fault, Some(Fault::NoStop)),
        double_stop: matches!(fault, Some(Fault::DoubleStop)),
        text_start: matches!(fault, Some(Fault::TextStart)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::request::Tool;
    use super::*;

    fn request(prompt: &str) -> ModelRequest {
        let tool = |name: &str| Tool { name: name.into(), schema: json!({"properties": {"city": {}}}) };
        ModelRequest {
            prompt: prompt.into(),
            tools: vec![tool("get_weather"), tool("get_time")],
            ..ModelRequest::default()
        }
    }

    fn said(request: &ModelRequest, answer: &Answer) -> (String, String) {
        let reply = reply(request, answer, "m", b"{}");
        let blocks = reply.blocks.iter().map(|block| match block {
            Block::Text(text) => text.clone(),
            Block::Reasoning(text) => format!("({text})"),
            Block::ToolUse { name, input } => format!("{name}{input}"),
        });
        (blocks.collect::<Vec<_>>().join("|"), reply.stop_reason)
    }

    #[test]
    fn tools_are_called_when_asked_for() {
        let check = |prompt: &str, change: fn(&mut ModelRequest), expected: &str| {
            let mut request = request(prompt);
            change(&mut request);
            assert_eq!(said(&request, &Answer::default()).0, expected, "{prompt}");
        };
        check("the weather in Oslo", |_| {}, r#"get_weather{"city":"Oslo"}"#);
        check("call get_time", |_| {}, r#"get_time{"city":"city"}"#);
        check("hi", |request| request.choice = ToolChoice::Any, r#"get_weather{"city":"city"}"#);
        check(
            "hi",
            |request| request.choice = ToolChoice::Named("get_time".into()),
            r#"get_time{"city":"city"}"#,
        );
        let hello = "Hello from the Bedrock emulator. You said: ";
        check("hi", |_| {}, &format!("{hello}hi"));
        check("weather", |request| request.choice = ToolChoice::Never, &format!("{hello}weather"));
        check("weather", |request| request.tools.clear(), &format!("{hello}weather"));
        check("weather", |request| request.tool_result = Some("rain".into()), "The tool said: rain");
    }

    #[test]
    fn limits_of_the_request() {
        let mut request = request("one two three");
        request.max_tokens = Some(2);
        assert_eq!(said(&request, &Answer::default()), ("Hello from".into(), "max_tokens".into()));
        request.max_tokens = None;
        request.stop_sequences = vec!["two".into(), "You".into()];
        let reply = reply(&request, &Answer::default(), "m", b"");
        assert_eq!(reply.text(), "Hello from the Bedrock emulator. ");
        assert_eq!(
            (reply.stop_reason.as_str(), reply.stop_sequence.as_deref()),
            ("stop_sequence", Some("You"))
        );
    }

    #[test]
    fn scripted_answers() {
        let calls = Answer::text("Wait.").with_reasoning("Hm.").with_tool_use("t", json!({"a": 1}));
        assert_eq!(said(&request("x"), &calls), (r#"(Hm.)|Wait.|t{"a":1}"#.into(), "tool_use".into()));
        assert_eq!(said(&request("weather"), &Answer::text("dry")), ("dry".into(), "end_turn".into()));
    }

    #[test]
    fn deltas_are_the_text() {
        for delta_size in
            [None, Some(DeltaSize::Characters(3)), Some(DeltaSize::Count(2)), Some(DeltaSize::Count(1000))]
        {
            for text in ["", "żółw idzie", "a"] {
                let reply = Reply { delta_size, ..reply(&request(""), &Answer::default(), "m", b"") };
                assert_eq!(reply.deltas(text).concat(), text);
            }
        }
    }

    #[test]
    fn the_same_request_has_the_same_ids() {
        let id = |body: &[u8]| reply(&request(""), &Answer::default(), "m", body).id(0, 24);
        assert_eq!(id(b"a"), id(b"a"));
        assert_ne!(id(b"a"), id(b"b"));
        let uuid = reply(&request(""), &Answer::default(), "m", b"").uuid(1);
        assert_eq!((uuid.len(), uuid.as_bytes()[14], uuid.as_bytes()[19]), (36, b'4', b'a'));
    }
}
