//! The chunks of an answer in each format, as the service writes them: order of members, counts, what begins and what ends.

use base64::Engine as _;

use crate::shape::Shape;
use crate::writing::{Dice, Kind};

/// One chunk: its event type, and its JSON.
pub(crate) struct Chunk {
    pub(crate) name: &'static str,
    pub(crate) json: String,
}

fn chunk(name: &'static str, json: impl Into<String>) -> Chunk {
    Chunk { name, json: json.into() }
}

pub(crate) fn base64(json: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(json)
}

/// A text as JSON writes it.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON")
}

/// The chunks of one answer.
pub(crate) fn chunks(shape: Shape, kind: Kind, deltas: &[String]) -> Vec<Chunk> {
    match shape {
        Shape::Converse => converse(kind, deltas),
        Shape::Claude | Shape::AnthropicSse => anthropic(kind, deltas, shape.is_framed()),
        Shape::Nova => nova(kind, deltas),
        Shape::ChatSse => chat(kind, deltas),
        Shape::ResponsesSse => responses(kind, deltas),
    }
}

const TOOL: &str = r#""name":"edit_files","toolUseId":"tooluse_kZJMlvQmRJ6eAyJE5GIl7Q""#;

fn converse(kind: Kind, deltas: &[String]) -> Vec<Chunk> {
    let mut chunks = vec![chunk("messageStart", r#"{"role":"assistant"}"#)];
    if kind == Kind::ToolInput {
        let start = format!(r#"{{"contentBlockIndex":0,"start":{{"toolUse":{{{TOOL}}}}}}}"#);
        chunks.push(chunk("contentBlockStart", start));
    }
    chunks.extend(deltas.iter().map(|delta| {
        let delta = converse_delta(kind, delta);
        chunk("contentBlockDelta", format!(r#"{{"contentBlockIndex":0,"delta":{delta}}}"#))
    }));
    chunks.push(chunk("contentBlockStop", r#"{"contentBlockIndex":0}"#));
    chunks.push(chunk("messageStop", format!(r#"{{"stopReason":"{}"}}"#, stop_reason(kind))));
    let output = deltas.len();
    let usage = format!(
        r#"{{"metrics":{{"latencyMs":9876}},"usage":{{"inputTokens":12,"outputTokens":{output},"totalTokens":{}}}}}"#,
        output + 12
    );
    chunks.push(chunk("metadata", usage));
    chunks
}

fn converse_delta(kind: Kind, delta: &str) -> String {
    match kind {
        Kind::Text => format!(r#"{{"text":{}}}"#, quoted(delta)),
        Kind::ToolInput => format!(r#"{{"toolUse":{{"input":{}}}}}"#, quoted(delta)),
    }
}

fn stop_reason(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "end_turn",
        Kind::ToolInput => "tool_use",
    }
}

/// Nova makes a block of its own of each delta of text, and announces none.
fn nova(kind: Kind, deltas: &[String]) -> Vec<Chunk> {
    let mut chunks = vec![chunk("", r#"{"messageStart":{"role":"assistant"}}"#)];
    let stop = |index: usize| chunk("", format!(r#"{{"contentBlockStop":{{"contentBlockIndex":{index}}}}}"#));
    if kind == Kind::ToolInput {
        let start =
            format!(r#"{{"contentBlockStart":{{"start":{{"toolUse":{{{TOOL}}}}},"contentBlockIndex":0}}}}"#);
        chunks.push(chunk("", start));
    }
    for (number, delta) in deltas.iter().enumerate() {
        let index = if kind == Kind::Text { number } else { 0 };
        let delta = converse_delta(kind, delta);
        let json = format!(r#"{{"contentBlockDelta":{{"delta":{delta},"contentBlockIndex":{index}}}}}"#);
        chunks.push(chunk("", json));
        chunks.extend((kind == Kind::Text).then(|| stop(index)));
    }
    chunks.extend((kind == Kind::ToolInput).then(|| stop(0)));
    chunks.push(chunk("", format!(r#"{{"messageStop":{{"stopReason":"{}"}}}}"#, stop_reason(kind))));
    let output = deltas.len();
    let usage = format!(
        r#"{{"metadata":{{"usage":{{"inputTokens":12,"outputTokens":{output},"cacheReadInputTokenCount":0,"cacheWriteInputTokenCount":0}},"metrics":{{}},"trace":{{}}}},"amazon-bedrock-invocationMetrics":{{"inputTokenCount":12,"outputTokenCount":{output},"invocationLatency":9876,"firstByteLatency":543}}}}"#
    );
    chunks.push(chunk("", usage));
    chunks
}

fn anthropic(kind: Kind, deltas: &[String], is_bedrock: bool) -> Vec<Chunk> {
    let start = r#"{"type":"message_start","message":{"id":"msg_bdrk_01UgUptJTW7LFg8dn1kcyjpz","type":"message","role":"assistant","model":"claude-sonnet-4-5-20250929","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":12,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":1}}}"#;
    let block = match kind {
        Kind::Text => r#"{"type":"text","text":""}"#,
        Kind::ToolInput => {
            r#"{"type":"tool_use","id":"toolu_bdrk_01QmRJ6eAyJE5GIl7Q","name":"edit_files","input":{}}"#
        }
    };
    let block = format!(r#"{{"type":"content_block_start","index":0,"content_block":{block}}}"#);
    let mut chunks = vec![chunk("message_start", start), chunk("content_block_start", block)];
    chunks.extend(deltas.iter().map(|delta| {
        let (of, member) = match kind {
            Kind::Text => ("text_delta", "text"),
            Kind::ToolInput => ("input_json_delta", "partial_json"),
        };
        let delta = quoted(delta);
        let json = format!(
            r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"{of}","{member}":{delta}}}}}"#
        );
        chunk("content_block_delta", json)
    }));
    chunks.push(chunk("content_block_stop", r#"{"type":"content_block_stop","index":0}"#));
    let (stop, output) = (stop_reason(kind), deltas.len());
    let delta = format!(
        r#"{{"type":"message_delta","delta":{{"stop_reason":"{stop}","stop_sequence":null}},"usage":{{"output_tokens":{output}}}}}"#
    );
    chunks.push(chunk("message_delta", delta));
    let metrics = format!(
        r#"{{"type":"message_stop","amazon-bedrock-invocationMetrics":{{"inputTokenCount":12,"outputTokenCount":{output},"invocationLatency":9876,"firstByteLatency":543}}}}"#
    );
    let stop = if is_bedrock { metrics } else { r#"{"type":"message_stop"}"#.to_owned() };
    chunks.push(chunk("message_stop", stop));
    chunks
}

fn chat(kind: Kind, deltas: &[String]) -> Vec<Chunk> {
    let mut dice = Dice::new();
    let mut line = |choices: String, usage: &str| {
        let obfuscation = dice.obfuscation();
        let head = r#""id":"chatcmpl-CfPrwJ0Wz5nSw","object":"chat.completion.chunk","created":1764000000,"model":"openai.gpt-oss-120b-1:0","service_tier":"default","system_fingerprint":"fp_376a7ccef1""#;
        chunk(
            "",
            format!(r#"{{{head},"choices":[{choices}],"usage":{usage},"obfuscation":"{obfuscation}"}}"#),
        )
    };
    let choice = |delta: String, reason: &str| {
        format!(r#"{{"index":0,"delta":{delta},"logprobs":null,"finish_reason":{reason}}}"#)
    };
    let call = |rest: String| format!(r#"{{"tool_calls":[{{"index":0,{rest}}}]}}"#);
    let start = match kind {
        Kind::Text => r#"{"role":"assistant","content":"","refusal":null}"#.to_owned(),
        Kind::ToolInput => r#"{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_yq3RsyZ0","type":"function","function":{"name":"edit_files","arguments":""}}]}"#.to_owned(),
    };
    let mut chunks = vec![line(choice(start, "null"), "null")];
    for delta in deltas {
        let delta = quoted(delta);
        let delta = match kind {
            Kind::Text => format!(r#"{{"content":{delta}}}"#),
            Kind::ToolInput => call(format!(r#""function":{{"arguments":{delta}}}"#)),
        };
        chunks.push(line(choice(delta, "null"), "null"));
    }
    let reason = if kind == Kind::Text { r#""stop""# } else { r#""tool_calls""# };
    chunks.push(line(choice("{}".to_owned(), reason), "null"));
    let output = deltas.len();
    let usage = format!(
        r#"{{"prompt_tokens":12,"completion_tokens":{output},"total_tokens":{},"prompt_tokens_details":{{"cached_tokens":0,"audio_tokens":0}}}}"#,
        output + 12
    );
    chunks.push(line(String::new(), &usage));
    chunks.push(chunk("", "[DONE]"));
    chunks
}

/// An event of Responses before it has its number.
type Event = (&'static str, String);

fn responses(kind: Kind, deltas: &[String]) -> Vec<Chunk> {
    let mut dice = Dice::new();
    let mut events = responses_start(kind);
    let (name, logprobs) = match kind {
        Kind::Text => ("response.output_text.delta", r#""logprobs":[],"#),
        Kind::ToolInput => ("response.function_call_arguments.delta", ""),
    };
    let place = place(kind);
    events.extend(deltas.iter().map(|delta| {
        let (delta, obfuscation) = (quoted(delta), dice.obfuscation());
        (name, format!(r#"{place},"delta":{delta},{logprobs}"obfuscation":"{obfuscation}""#))
    }));
    events.extend(responses_end(kind, &quoted(&deltas.concat()), deltas.len()));
    let numbered = events.into_iter().enumerate();
    let json = numbered.map(|(number, (name, rest))| {
        chunk(name, format!(r#"{{"type":"{name}","sequence_number":{number},{rest}}}"#))
    });
    json.collect()
}

/// Where in the response the answer's only item stands.
fn place(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => r#""item_id":"msg_68c42d1d","output_index":0,"content_index":0"#,
        Kind::ToolInput => r#""item_id":"fc_68c42d1d","output_index":0"#,
    }
}

fn responses_start(kind: Kind) -> Vec<Event> {
    let (item, place) = (item(kind, "in_progress", None), place(kind));
    let mut events = vec![
        ("response.created", response("in_progress", "", "null")),
        ("response.in_progress", response("in_progress", "", "null")),
        ("response.output_item.added", format!(r#""output_index":0,"item":{item}"#)),
    ];
    let part = text_part(r#""""#);
    let part = (kind == Kind::Text).then(|| format!(r#"{place},"part":{part}"#));
    events.extend(part.map(|part| ("response.content_part.added", part)));
    events
}

fn responses_end(kind: Kind, whole: &str, output: usize) -> Vec<Event> {
    let (item, place) = (item(kind, "completed", Some(whole)), place(kind));
    let mut events = match kind {
        Kind::Text => vec![
            ("response.output_text.done", format!(r#"{place},"text":{whole},"logprobs":[]"#)),
            ("response.content_part.done", format!(r#"{place},"part":{}"#, text_part(whole))),
        ],
        Kind::ToolInput => {
            vec![("response.function_call_arguments.done", format!(r#"{place},"arguments":{whole}"#))]
        }
    };
    events.push(("response.output_item.done", format!(r#""output_index":0,"item":{item}"#)));
    let usage = format!(
        r#"{{"input_tokens":12,"input_tokens_details":{{"cached_tokens":0}},"output_tokens":{output},"output_tokens_details":{{"reasoning_tokens":0}},"total_tokens":{}}}"#,
        output + 12
    );
    events.push(("response.completed", response("completed", &item, &usage)));
    events
}

fn response(status: &str, output: &str, usage: &str) -> String {
    format!(
        r#""response":{{"id":"resp_68c42d0fb418819d","object":"response","created_at":1764000000,"status":"{status}","background":false,"error":null,"incomplete_details":null,"instructions":null,"max_output_tokens":null,"model":"openai.gpt-oss-120b-1:0","output":[{output}],"parallel_tool_calls":true,"previous_response_id":null,"reasoning":{{"effort":"medium","summary":null}},"store":false,"temperature":1.0,"text":{{"format":{{"type":"text"}}}},"tool_choice":"auto","tools":[],"top_p":1.0,"truncation":"disabled","usage":{usage},"metadata":{{}}}}"#
    )
}

fn item(kind: Kind, status: &str, whole: Option<&str>) -> String {
    match kind {
        Kind::Text => {
            let content = whole.map(text_part).unwrap_or_default();
            format!(
                r#"{{"id":"msg_68c42d1d","type":"message","status":"{status}","content":[{content}],"role":"assistant"}}"#
            )
        }
        Kind::ToolInput => {
            let arguments = whole.unwrap_or(r#""""#);
            format!(
                r#"{{"id":"fc_68c42d1d","type":"function_call","status":"{status}","arguments":{arguments},"call_id":"call_yq3RsyZ0","name":"edit_files"}}"#
            )
        }
    }
}

fn text_part(text: &str) -> String {
    format!(r#"{{"type":"output_text","annotations":[],"logprobs":[],"text":{text}}}"#)
}
