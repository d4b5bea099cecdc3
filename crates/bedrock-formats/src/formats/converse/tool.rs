//! Tools: how they are described to the model, called by it, and answered.
//! Not for: running them.

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use super::{CachePointBlock, DocumentBlock, ImageBlock, SearchResultBlock, VideoBlock};

wire_struct! {
    /// The tools a model may call.
    ///
    /// Once the history holds tool calls or results, the service wants this present even if no tool is wanted any more.
    pub struct ToolConfiguration {
        /// The tools, at least one.
        "tools" tools: Vec<Tool>,
        /// Which tool the model is to call; it decides where nothing is set. There is no choice "none": for Claude it goes
        /// into the request's additional fields, as `{"tool_choice": {"type": "none"}}`.
        "toolChoice" tool_choice: Option<ToolChoice>,
    }
    /// A tool of the caller's.
    pub struct ToolSpecification {
        /// 1 to 64 characters of letters, digits, `_` and `-`.
        "name" name: String,
        /// What it does and when to call it, for the model to read.
        "description" description: Option<String>,
        /// What it takes.
        "inputSchema" input_schema: ToolInputSchema,
        /// Whether the model's input must follow the schema exactly; support differs by model.
        "strict" strict: Option<bool>,
    }
    /// A tool that the service runs, such as Nova's `nova_grounding`.
    pub struct SystemTool {
        /// Its name.
        "name" name: String,
    }
    /// The model decides.
    pub struct AutoToolChoice {}
    /// The model must call some tool.
    pub struct AnyToolChoice {}
    /// The model must call this tool.
    pub struct SpecificToolChoice {
        /// The tool's name.
        "name" name: String,
    }
    /// A call of a tool.
    pub struct ToolUseBlock {
        /// What the result refers to: 1 to 64 characters of letters, digits and `_.:-`.
        "toolUseId" tool_use_id: String,
        /// The tool's name.
        "name" name: String,
        /// What the model passes: an object, for tools whose schema is one. A call without input has `{}`; input that was
        /// not JSON stays a string.
        "input" input: Value,
        /// Set for tools that the service runs.
        "type" kind: Option<ToolUseType>,
    }
    /// What a tool answered.
    pub struct ToolResultBlock {
        /// The call's id.
        "toolUseId" tool_use_id: String,
        /// The answer.
        "content" content: Vec<ToolResultContentBlock>,
        /// Whether the tool failed. Claude and Nova read it; several other models refuse it.
        "status" status: Option<ToolResultStatus>,
        /// Which kind of result the service's own tool gave.
        "type" kind: Option<String>,
    }
    /// A tool that becomes available in the middle of a conversation.
    pub struct ToolAdditionBlock {
        /// The tool.
        "tool" tool: ToolReference,
    }
    /// A tool that ceases to be available in the middle of a conversation.
    pub struct ToolRemovalBlock {
        /// The tool.
        "tool" tool: ToolReference,
    }
    /// Names a tool.
    pub struct ToolReference {
        /// Its kind, 1 to 64 characters.
        "type" kind: Option<String>,
        /// Its name, 1 to 128 characters.
        "name" name: Option<String>,
        /// The server that offers it, 1 to 128 characters.
        "serverName" server_name: Option<String>,
    }
}

wire_enum! {
    /// Who runs a tool.
    pub enum ToolUseType {
        /// The service does.
        "server_tool_use" => ServerToolUse,
        /// The caller does. Not in the service model, yet seen on the wire.
        "tool_use" => ToolUse,
    }
    /// How a tool fared.
    pub enum ToolResultStatus {
        /// It answered.
        "success" => Success,
        /// It failed, and the content says why.
        "error" => Error,
    }
}

wire_union! {
    /// One entry of the tool list.
    pub enum Tool {
        /// A tool of the caller's.
        "toolSpec" => ToolSpec(ToolSpecification),
        /// A tool that the service runs.
        "systemTool" => SystemTool(SystemTool),
        /// The tools up to here may be cached.
        "cachePoint" => CachePoint(CachePointBlock),
    }
    /// Which tool the model is to call.
    pub enum ToolChoice {
        /// It decides.
        "auto" => Auto(AutoToolChoice),
        /// Some tool.
        "any" => Any(AnyToolChoice),
        /// This tool.
        "tool" => Tool(SpecificToolChoice),
    }
    /// The shape of a tool's input.
    pub enum ToolInputSchema {
        /// A JSON Schema whose top is an object.
        "json" => Json(Value),
    }
    /// One part of a tool's answer.
    #[allow(clippy::large_enum_variant, reason = "a result holds few parts; a box for each would cost more than it saves")]
    pub enum ToolResultContentBlock {
        /// Any JSON.
        "json" => Json(Value),
        /// Text.
        "text" => Text(String),
        /// A picture.
        "image" => Image(ImageBlock),
        /// A document.
        "document" => Document(DocumentBlock),
        /// A film.
        "video" => Video(VideoBlock),
        /// A search result for the model to cite.
        "searchResult" => SearchResult(SearchResultBlock),
    }
}

impl ToolConfiguration {
    /// These tools, chosen as the model likes.
    #[must_use]
    pub fn new<T: Into<Tool>>(tools: impl IntoIterator<Item = T>) -> Self {
        Self { tools: tools.into_iter().map(Into::into).collect(), ..Self::default() }
    }
}

impl ToolSpecification {
    /// A tool by name, purpose and the JSON Schema of its input.
    ///
    /// ```
    /// use bedrock_formats::converse::ToolSpecification;
    /// use serde_json::json;
    ///
    /// let tool = ToolSpecification::new("now", "The current time", json!({"type": "object", "properties": {}}));
    /// assert_eq!(tool.name, "now");
    /// ```
    #[must_use]
    pub fn new(name: impl Into<String>, description: impl Into<String>, input_schema: Value) -> Self {
        Self {
            name: name.into(),
            description: Some(description.into()).filter(|text| !text.is_empty()),
            input_schema: ToolInputSchema::Json(input_schema),
            ..Self::default()
        }
    }
}

#[codegen_at_use]
impl ToolChoice {
    /// The model decides.
    #[must_use]
    pub fn auto() -> Self {
        Self::Auto(AutoToolChoice::default())
    }

    /// The model must call some tool.
    #[must_use]
    pub fn any() -> Self {
        Self::Any(AnyToolChoice::default())
    }

    /// The model must call this tool.
    #[must_use]
    pub fn tool(name: impl Into<String>) -> Self {
        Self::Tool(SpecificToolChoice { name: name.into(), ..SpecificToolChoice::default() })
    }
}

#[codegen_at_use]
impl ToolUseBlock {
    /// Whether the service itself runs the tool, so that the caller has nothing to do.
    #[must_use]
    pub fn is_server_side(&self) -> bool {
        self.kind == Some(ToolUseType::ServerToolUse)
    }

    /// A call, as history for the model. The service takes an object for the input, and nothing else: any other value, as
    /// input that the model wrote wrongly, becomes the member `input` of one; `null` is no input.
    ///
    /// ```
    /// use bedrock_formats::converse::ToolUseBlock;
    /// use serde_json::json;
    ///
    /// assert_eq!(ToolUseBlock::new("1", "f", json!({"a": 1})).input, json!({"a": 1}));
    /// assert_eq!(ToolUseBlock::new("1", "f", json!("{\"a\":")).input, json!({"input": "{\"a\":"}));
    /// assert_eq!(ToolUseBlock::new("1", "f", json!(null)).input, json!({}));
    /// ```
    #[must_use]
    pub fn new(tool_use_id: impl Into<String>, name: impl Into<String>, input: Value) -> Self {
        let input = match input {
            Value::Object(_) => input,
            Value::Null => Value::Object(serde_json::Map::new()),
            other => serde_json::json!({"input": other}),
        };
        Self { tool_use_id: tool_use_id.into(), name: name.into(), input, ..Self::default() }
    }
}

impl ToolResultBlock {
    /// An answer to the call of this id. No `status` is set: not every model takes it.
    ///
    /// ```
    /// use bedrock_formats::converse::{Message, ToolResultBlock};
    ///
    /// let reply = Message::user(ToolResultBlock::new("tooluse_1", "12:00"));
    /// assert_eq!(
    ///     serde_json::to_string(&reply)?,
    ///     r#"{"role":"user","content":[{"toolResult":{"toolUseId":"tooluse_1","content":[{"text":"12:00"}]}}]}"#,
    /// );
    /// // The service takes objects for JSON, and nothing else: a list is sent as the text that it is.
    /// let list = ToolResultBlock::new("tooluse_1", serde_json::json!([1, 2]));
    /// assert_eq!(serde_json::to_string(&list.content)?, r#"[{"text":"[1,2]"}]"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn new(tool_use_id: impl Into<String>, content: impl Into<ToolResultContentBlock>) -> Self {
        Self { tool_use_id: tool_use_id.into(), content: vec![content.into()], ..Self::default() }
    }

    /// The call of this id failed, and why.
    #[must_use]
    pub fn error(tool_use_id: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::new(tool_use_id, reason.into()).status(ToolResultStatus::Error)
    }
}

macro_rules! from {
    ($($union:ident::$variant:ident($ty:ty)),* $(,)?) => {$(
        impl From<$ty> for $union {
            fn from(value: $ty) -> Self {
                Self::$variant(value)
            }
        }
    )*};
}

from!(
    Tool::ToolSpec(ToolSpecification),
    Tool::SystemTool(SystemTool),
    Tool::CachePoint(CachePointBlock),
    ToolResultContentBlock::Text(String),
    ToolResultContentBlock::Image(ImageBlock),
    ToolResultContentBlock::Document(DocumentBlock),
    ToolResultContentBlock::Video(VideoBlock),
    ToolResultContentBlock::SearchResult(SearchResultBlock),
);

/// An object stands as JSON. The service refuses any other value there, so a text becomes a text, and what is left the text
/// of its JSON.
#[codegen_at_use]
impl From<Value> for ToolResultContentBlock {
    fn from(value: Value) -> Self {
        match value {
            Value::Object(_) => Self::Json(value),
            Value::String(text) => Self::Text(text),
            other => Self::Text(other.to_string()),
        }
    }
}

#[codegen_at_use]
impl From<&str> for ToolResultContentBlock {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
