//! Wire types: what is read and written reads the same again, and nothing that was read is lost on the way.

use bedrock_formats as f;
use bedrock_testing::lost_of_what_is_said;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::budget::Budget;
use crate::cut::choice;
use crate::seeds::{fixtures, lines};
use crate::target::Target;

pub(super) const TARGET: Target = Target {
    name: "wire",
    choices: 1,
    longest: 1 << 16,
    // The text is held as a tree three times, and so is the type.
    budget: Budget { fixed: 1 << 20, a_byte: 500 },
    seeds,
    run,
};

/// A type: the format whose fixtures have it, whether it is a whole response, and the law for it.
struct Row {
    format: &'static str,
    whole: bool,
    check: fn(&[u8]),
}

const fn chunk<T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(format: &'static str) -> Row {
    Row { format, whole: false, check: law::<T> }
}

const fn whole<T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(format: &'static str) -> Row {
    Row { format, whole: true, check: law::<T> }
}

/// Every format's chunk and whole response, and what is read of every format's stream.
const TYPES: &[Row] = &[
    whole::<f::ai21_j2::Response>("ai21-j2"),
    chunk::<f::ai21_jamba::Chunk>("ai21-jamba"),
    whole::<f::ai21_jamba::Response>("ai21-jamba"),
    chunk::<f::anthropic::StreamEvent>("anthropic"),
    whole::<f::anthropic::Message>("anthropic"),
    chunk::<f::anthropic_text::Chunk>("anthropic-text"),
    chunk::<f::cohere_command::Chunk>("cohere-command"),
    whole::<f::cohere_command::Response>("cohere-command"),
    chunk::<f::cohere_command_r::Chunk>("cohere-command-r"),
    whole::<f::cohere_command_r::Response>("cohere-command-r"),
    chunk::<f::converse::ConverseStreamOutput>("converse"),
    whole::<f::converse::ConverseResponse>("converse"),
    chunk::<f::deepseek::Chunk>("deepseek"),
    chunk::<f::llama::Chunk>("llama"),
    chunk::<f::mistral_chat::Chunk>("mistral-chat"),
    chunk::<f::mistral_text::Chunk>("mistral-text"),
    chunk::<f::nova::StreamEvent>("nova"),
    whole::<f::nova::Response>("nova"),
    chunk::<f::openai_chat::ChatCompletionChunk>("openai-chat"),
    whole::<f::openai_chat::ChatCompletion>("openai-chat"),
    chunk::<f::openai_responses::StreamEvent>("openai-responses"),
    whole::<f::openai_responses::Response>("openai-responses"),
    chunk::<f::pegasus::Chunk>("pegasus"),
    chunk::<f::text_completion::Chunk>("text-completion"),
    chunk::<f::titan::Chunk>("titan"),
    whole::<f::titan::Response>("titan"),
    chunk::<f::invocation_metrics::InvocationMetrics>("titan"),
    whole::<f::invocation_log::Record>("anthropic"),
    whole::<f::converse::ConverseRequest>("converse"),
    whole::<f::anthropic::MessagesRequest>("anthropic"),
    whole::<f::openai_chat::ChatCompletionRequest>("openai-chat"),
    whole::<f::openai_responses::CreateResponse>("openai-responses"),
];

/// A request in each of the last types.
const REQUESTS: [&str; 4] = [
    r#"{"messages":[{"role":"user","content":[{"text":"Hi"},{"image":{"format":"png","source":{"bytes":"AA=="}}},{"toolResult":{"toolUseId":"t","content":[{"json":{}}],"status":"success"}}]}],"system":[{"text":"s"},{"cachePoint":{"type":"default"}}],"inferenceConfig":{"maxTokens":9,"temperature":0.5,"stopSequences":["x"]},"toolConfig":{"tools":[{"toolSpec":{"name":"w","inputSchema":{"json":{"type":"object"}}}}],"toolChoice":{"auto":{}}},"additionalModelRequestFields":{"k":[1,null]}}"#,
    r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":9,"system":"s","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"s"},{"type":"tool_use","id":"t","name":"w","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"ok","is_error":false}]}],"tools":[{"name":"w","input_schema":{"type":"object"}}],"tool_choice":{"type":"any"},"thinking":{"type":"enabled","budget_tokens":1024}}"#,
    r#"{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"Hi"},{"type":"image_url","image_url":{"url":"data:"}}]},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"w","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"ok"}],"stream":true,"stream_options":{"include_usage":true},"temperature":1,"stop":["x"],"tools":[{"type":"function","function":{"name":"w","parameters":{}}}],"tool_choice":"auto","response_format":{"type":"json_object"}}"#,
    r#"{"model":"m","input":[{"role":"user","content":[{"type":"input_text","text":"Hi"}]},{"type":"function_call","call_id":"c","name":"w","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"ok"}],"instructions":"s","reasoning":{"effort":"low"},"tools":[{"type":"function","name":"w","parameters":{}}],"tool_choice":"auto","stream":true,"store":false}"#,
];

/// A byte that chooses the type, and a document.
fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for fixture in fixtures() {
        let rows = || (0_u8..).zip(TYPES).filter(|(_, row)| row.format == fixture.format);
        for line in lines(&fixture.stream).split(|byte| *byte == b'\n') {
            let (name, json) = match line.iter().position(|byte| *byte == b'\t') {
                Some(tab) => (Some(String::from_utf8_lossy(&line[..tab])), &line[tab + 1..]),
                None => (None, line),
            };
            // As a document the events of Converse are objects with one member.
            let json = match name {
                Some(name) if fixture.format == "converse" => {
                    [b"{\"", name.as_bytes(), b"\":", json, b"}"].concat()
                }
                _ => json.to_vec(),
            };
            seeds.extend(rows().filter(|(_, row)| !row.whole).map(|(n, _)| [&[n], &json[..]].concat()));
        }
        if let Some(native) = &fixture.native {
            seeds
                .extend(rows().filter(|(_, row)| row.whole).map(|(n, _)| [&[n], native.as_bytes()].concat()));
        }
    }
    for (n, _) in (0_u8..).zip(TYPES).skip(TYPES.len() - REQUESTS.len()) {
        seeds.extend(REQUESTS.iter().map(|request| [&[n], request.as_bytes()].concat()));
    }
    // Many are alike: an even share of each is enough to begin with.
    let step = seeds.len() / 600 + 1;
    seeds.into_iter().step_by(step).collect()
}

fn run(input: &[u8]) {
    let (row, json) = choice(input);
    (TYPES[usize::from(row) % TYPES.len()].check)(json);
}

fn law<T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(json: &[u8]) {
    if serde_json::from_slice::<T>(json).is_err() {
        return;
    }
    // Of a key that comes twice nobody can say what is right: the document as a tree has none.
    let Ok(before) = serde_json::from_slice::<Value>(json) else { return };
    let Ok(value) = serde_json::from_str::<T>(&before.to_string()) else { return };
    let text = serde_json::to_string(&value).expect("a wire type writes itself");
    let again: T = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}, in {text}"));
    assert_eq!(again, value, "read again from {text}");
    assert_eq!(serde_json::to_string(&again).ok().as_ref(), Some(&text), "written again");
    let after = serde_json::to_value(&value).expect("a wire type writes itself");
    assert_eq!(serde_json::from_str::<Value>(&text).ok().as_ref(), Some(&after), "as a tree and as text");
    assert_eq!(lost_of_what_is_said(&before, &after), None, "{before} became {after}");
}
