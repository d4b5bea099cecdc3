//! The formats that the pretended model can read and write: one file and one row each. What it says is decided in `model`;
//! how chunks travel is said in `frames`.

mod ai21_jamba;
mod anthropic;
mod cohere_command_r;
pub(crate) mod converse;
mod llama;
mod mistral_chat;
mod mistral_text;
mod nova;
pub(crate) mod openai_chat;
pub(crate) mod openai_responses;
mod titan;
pub(crate) mod vectors;

use serde_json::Value;

use crate::error::ServiceError;
use crate::model::{Ask, Reply};

/// One way of writing requests and answers.
pub(crate) struct Format {
    /// Whether a model of this id (in lower case) speaks it; some speak two, and the body says which.
    speaks: fn(model_id: &str, body: &Value) -> bool,
    /// Whether a body looks like it, for ids that tell nothing.
    looks_like: fn(body: &Value) -> bool,
    /// What a request asks, or what is wrong with it.
    pub(crate) read: fn(body: &Value) -> Result<Ask, ServiceError>,
    /// The answer in one piece.
    pub(crate) whole: fn(reply: &Reply, model_id: &str) -> Value,
    /// The answer as the chunks of a stream.
    pub(crate) chunks: fn(reply: &Reply, model_id: &str) -> Vec<Value>,
}

/// The formats of InvokeModel. The first row that fits wins; what looks most like others comes last.
const FORMATS: &[Format] = &[
    anthropic::FORMAT,
    nova::FORMAT,
    titan::FORMAT,
    cohere_command_r::FORMAT,
    ai21_jamba::FORMAT,
    llama::FORMAT,
    mistral_chat::FORMAT,
    mistral_text::FORMAT,
    openai_chat::FORMAT,
];

/// The format that a model speaks; where its id does not say, the one that the body looks like.
pub(crate) fn of_model(model_id: &str, body: &Value) -> Option<&'static Format> {
    let id = model_id.to_lowercase();
    let by_id = FORMATS.iter().find(|format| (format.speaks)(&id, body));
    by_id.or_else(|| FORMATS.iter().find(|format| (format.looks_like)(body)))
}

/// The metrics that the last chunk of most formats carries beside its own content.
fn invocation_metrics(reply: &Reply) -> Value {
    serde_json::json!({
        "inputTokenCount": reply.input_tokens,
        "outputTokenCount": reply.output_tokens,
        "invocationLatency": reply.latency(),
        "firstByteLatency": 120,
    })
}

pub(crate) const METRICS: &str = "amazon-bedrock-invocationMetrics";

/// Adds the metrics to the last chunk, unless the answer is to have none.
fn with_metrics(mut chunks: Vec<Value>, reply: &Reply) -> Vec<Value> {
    if let (Some(Value::Object(last)), false) = (chunks.last_mut(), reply.shape.no_metadata) {
        last.insert(METRICS.to_owned(), invocation_metrics(reply));
    }
    chunks
}

/// The input of a tool call as JSON; an empty object where it is none, as the service has it in whole answers.
fn input_value(input: &str) -> Value {
    serde_json::from_str(input).unwrap_or_else(|_| serde_json::json!({}))
}

/// What a text, or the texts of a list of blocks, say.
fn joined_texts(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => blocks.iter().filter_map(|block| block.get("text")?.as_str()).collect(),
        _ => String::new(),
    }
}

/// The text of the last message of the user that has any.
pub(crate) fn last_prompt(messages: &[Value]) -> String {
    let texts = messages
        .iter()
        .rev()
        .filter(|message| message["role"] == "user")
        .map(|message| joined_texts(&message["content"]));
    texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default()
}

fn strings(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
}
