//! Workloads shared by the benches: answers as the service streams them, of any length, always the same for the same
//! numbers. What is measured on them, and beside whom, stands in `benches/`.
//!
//! ```
//! let answer = bedrock_benches::converse_text(1_000);
//! assert_eq!(answer.frames.len(), 1_004);
//! assert!((185..195).contains(&(answer.bytes().len() / answer.frames.len())));
//! ```

use base64::Engine as _;
use bedrock_eventstream::frame::FrameBuilder;

/// The encoded frames of one answer.
#[derive(Debug, Clone)]
pub struct Workload {
    /// What it is, for the name of a bench.
    pub name: &'static str,
    /// One frame each.
    pub frames: Vec<Vec<u8>>,
}

impl Workload {
    /// The whole answer as it comes over the wire.
    pub fn bytes(&self) -> Vec<u8> {
        self.frames.concat()
    }

    fn push(&mut self, event_type: &str, payload: &str) {
        let frame = FrameBuilder::event(event_type).build(payload.as_bytes());
        self.frames.push(frame.expect("a workload keeps the limits of the format").into_bytes().to_vec());
    }
}

/// Workload (a): a ConverseStream answer of so many text deltas, about 190 bytes a frame.
pub fn converse_text(deltas: usize) -> Workload {
    converse("a: converse text", deltas, r#"{"text":"#, "}", |dice| dice.word().into())
}

/// Workload (b): the same text from InvokeModelWithResponseStream of Claude: base64 inside JSON, about 257 bytes a frame.
pub fn invoke_text(deltas: usize) -> Workload {
    let mut dice = Dice::new();
    let mut answer = Workload { name: "b: invoke text", frames: Vec::new() };
    let mut chunk = |json: &str, dice: &mut Dice| {
        let encoded = base64::engine::general_purpose::STANDARD.encode(json);
        answer.push("chunk", &format!(r#"{{"bytes":"{encoded}","p":"{}"}}"#, dice.padding()));
    };
    chunk(ANTHROPIC_START, &mut dice);
    chunk(r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#, &mut dice);
    for _ in 0..deltas {
        let json = anthropic_delta(dice.word());
        chunk(&json, &mut dice);
    }
    chunk(r#"{"type":"content_block_stop","index":0}"#, &mut dice);
    chunk(ANTHROPIC_DELTA, &mut dice);
    chunk(
        r#"{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":12,"outputTokenCount":1000,"invocationLatency":9876,"firstByteLatency":543}}"#,
        &mut dice,
    );
    answer
}

/// The text of workload (b) as an Anthropic-compatible endpoint streams it: server-sent events, one each.
pub fn sse_text(deltas: usize) -> Vec<Vec<u8>> {
    let mut dice = Dice::new();
    let event = |name: &str, json: &str| format!("event: {name}\ndata: {json}\n\n").into_bytes();
    let mut events = vec![
        event("message_start", ANTHROPIC_START),
        event(
            "content_block_start",
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
        ),
    ];
    events.extend((0..deltas).map(|_| event("content_block_delta", &anthropic_delta(dice.word()))));
    events.push(event("content_block_stop", r#"{"type":"content_block_stop","index":0}"#));
    events.push(event("message_delta", ANTHROPIC_DELTA));
    events.push(event("message_stop", r#"{"type":"message_stop"}"#));
    events
}

/// Workload (c): a ConverseStream answer of so many deltas of a tool's input, which is one JSON object.
pub fn converse_tool_input(deltas: usize) -> Workload {
    let mut number = 0;
    converse("c: converse tool input", deltas, r#"{"toolUse":{"input":"#, "}}", move |dice| {
        number += 1;
        match number {
            1 => r#"{\"text\":\""#.to_owned(),
            last if last == deltas => r#"\"}"#.to_owned(),
            _ => dice.word().to_owned(),
        }
    })
}

/// Workload (d): one frame with a text of so many bytes, between the small ones; (d) of the records has 266,000.
pub fn one_large_frame(text_bytes: usize) -> Workload {
    let text = "A long answer all at once. ".repeat(text_bytes / 27 + 1);
    converse("d: one large frame", 1, r#"{"text":"#, "}", move |_| text[..text_bytes].into())
}

/// Workload (e): one tool call of so many bytes in so many deltas; (e) of the records is 100,000 bytes in 18,000.
pub fn long_tool_call(input_bytes: usize, deltas: usize) -> Workload {
    // The whole input is one JSON object; each delta takes the next few characters of it.
    let text = "x".repeat(input_bytes.saturating_sub(r#"{"text":""}"#.len()));
    let input = format!(r#"{{"text":"{text}"}}"#);
    let mut sent = 0;
    let mut number = 0;
    converse("e: long tool call", deltas, r#"{"toolUse":{"input":"#, "}}", move |_| {
        number += 1;
        let end = input.len() * number / deltas.max(1);
        let part = input[sent..end].replace('"', "\\\"");
        sent = end;
        part
    })
}

/// An answer of one block whose deltas are what `next` says, as the string between `open` and `close`.
fn converse(
    name: &'static str,
    deltas: usize,
    open: &str,
    close: &str,
    mut next: impl FnMut(&mut Dice) -> String,
) -> Workload {
    let mut dice = Dice::new();
    let mut answer = Workload { name, frames: Vec::new() };
    let mut event = |name: &str, start: &str, dice: &mut Dice| {
        answer.push(name, &format!(r#"{{{start},"p":"{}"}}"#, dice.padding()));
    };
    event("messageStart", r#""role":"assistant""#, &mut dice);
    if open.contains("toolUse") {
        let start = r#""contentBlockIndex":0,"start":{"toolUse":{"name":"save","toolUseId":"tooluse_1"}}"#;
        event("contentBlockStart", start, &mut dice);
    }
    for _ in 0..deltas {
        let delta = next(&mut dice);
        let start = format!(r#""contentBlockIndex":0,"delta":{open}"{delta}"{close}"#);
        event("contentBlockDelta", &start, &mut dice);
    }
    event("contentBlockStop", r#""contentBlockIndex":0"#, &mut dice);
    let stop = if open.contains("toolUse") { "tool_use" } else { "end_turn" };
    event("messageStop", &format!(r#""stopReason":"{stop}""#), &mut dice);
    let usage =
        r#""metrics":{"latencyMs":9876},"usage":{"inputTokens":12,"outputTokens":1000,"totalTokens":1012}"#;
    event("metadata", usage, &mut dice);
    answer
}

const ANTHROPIC_START: &str = r#"{"type":"message_start","message":{"id":"msg_bdrk_01","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":12,"output_tokens":1}}}"#;

const ANTHROPIC_DELTA: &str = r#"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":1000}}"#;

fn anthropic_delta(word: &str) -> String {
    format!(r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"text_delta","text":"{word}"}}}}"#)
}

/// The same numbers every time, so that two runs measure the same bytes.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        Self(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `bound`.
    fn roll(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    /// About one token of text.
    fn word(&mut self) -> &'static str {
        const WORDS: [&str; 12] = [
            " the", " stream", " of", " a", " model", ",", " arrives", " in", " pieces", ".", " and", " ends",
        ];
        WORDS[self.roll(WORDS.len())]
    }

    /// What the service pads its payloads with: the beginning of the alphabets and the digits.
    fn padding(&mut self) -> &'static str {
        const ALPHABETS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        &ALPHABETS[..self.roll(ALPHABETS.len() + 1)]
    }
}
