//! What a format is, and what formats share: metrics, texts of blocks, inputs of tools.

use serde_json::Value;

use crate::error::ServiceError;
use crate::model::{ModelRequest, Reply};

/// One way of writing requests and answers.
pub(crate) struct Format {
    /// Whether a model of this id (in lower case) speaks it; some speak two, and the body says which.
    pub(super) speaks: fn(model_id: &str, body: &Value) -> bool,
    /// Whether a body looks like it, for ids that name no format.
    pub(super) looks_like: fn(body: &Value) -> bool,
    /// What a request asks, or what is wrong with it.
    pub(crate) read: fn(body: &Value) -> Result<ModelRequest, ServiceError>,
    /// The answer in one piece.
    pub(crate) whole: fn(reply: &Reply, model_id: &str) -> Value,
    /// The answer as the chunks of a stream.
    pub(crate) chunks: fn(reply: &Reply, model_id: &str) -> Vec<Value>,
}

/// The metrics that the last chunk of most formats carries beside its own content.
pub(super) fn invocation_metrics(reply: &Reply) -> Value {
    serde_json::json!({
        "inputTokenCount": reply.input_tokens,
        "outputTokenCount": reply.output_tokens,
        "invocationLatency": reply.latency(),
        // Made up, as the latency is; recordings have both.
        "firstByteLatency": 120,
    })
}

pub(crate) const METRICS: &str = "amazon-bedrock-invocationMetrics";

/// Adds the metrics to the last chunk, unless the answer is to have none.
pub(super) fn with_metrics(mut chunks: Vec<Value>, reply: &Reply) -> Vec<Value> {
    if let (Some(Value::Object(last)), false) = (chunks.last_mut(), reply.quirks.no_metadata) {
        last.insert(METRICS.to_owned(), invocation_metrics(reply));
    }
    chunks
}

/// The input of a tool call as JSON; an empty object where it is none, as the service has it in whole answers.
pub(super) fn input_value(input: &str) -> Value {
    serde_json::from_str(input).unwrap_or_else(|_| serde_json::json!({}))
}

/// What a text, or the texts of a list of blocks, say.
pub(super) fn joined_texts(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => blocks.iter().filter_map(|block| block.get("text")?.as_str()).collect(),
        _ => String::new(),
    }
}

/// The text of the last message of the user that has any.
pub(super) fn last_prompt(messages: &[Value]) -> String {
    let texts = messages
        .iter()
        .rev()
        .filter(|message| message["role"] == "user")
        .map(|message| joined_texts(&message["content"]));
    texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default()
}

pub(super) fn strings(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
}
