//! What a request asks of the pretended model, whatever format it was written in.

use serde_json::Value;

/// What a request asks of the pretended model.
#[derive(Debug, Default)]
pub(crate) struct ModelRequest {
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
