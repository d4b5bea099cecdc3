//! Items of the tools that OpenAI defines: searches, programs, shells, patches, images, screens, MCP servers.
//! Not for: messages, reasoning and the caller's own functions; see `items`.

use serde_json::Value;

use super::item_status::ItemStatus;

wire_struct! {
    /// A search in files, run by the service.
    pub struct FileSearchCall {
        /// The item's id.
        "id" id: Option<String>,
        /// What was looked for.
        "queries" queries: Option<Vec<String>>,
        /// What was found, where the request asked for it.
        "results" results: Option<Vec<Value>>,
        /// How far it is.
        "status" status: Option<ItemStatus>,
    }

    /// A search of the web, run by the service.
    pub struct WebSearchCall {
        /// The item's id.
        "id" id: Option<String>,
        /// What was done.
        "action" action: Option<WebSearchAction>,
        /// How far it is.
        "status" status: Option<ItemStatus>,
    }

    /// A search for words.
    pub struct SearchAction {
        /// The words.
        "query" query: Option<String>,
        /// The words, where there were several.
        "queries" queries: Option<Vec<String>>,
        /// What was found, where the request asked for it.
        "sources" sources: Option<Vec<Value>>,
    }

    /// A page opened.
    pub struct OpenPageAction {
        /// The page.
        "url" url: Option<String>,
    }

    /// Words looked for in a page.
    pub struct FindInPageAction {
        /// The words.
        "pattern" pattern: Option<String>,
        /// The page.
        "url" url: Option<String>,
    }

    /// An action at a screen, to be done by the caller.
    pub struct ComputerCall {
        /// The item's id.
        "id" id: Option<String>,
        /// The call's id, to be named in its result.
        "call_id" call_id: Option<String>,
        /// What to do: click, type, scroll, …
        "action" action: Option<Value>,
        /// What the user is to confirm first.
        "pending_safety_checks" pending_safety_checks: Option<Vec<Value>>,
        /// How far it is.
        "status" status: Option<ItemStatus>,
    }

    /// What the screen shows then.
    pub struct ComputerCallOutput {
        /// The item's id.
        "id" id: Option<String>,
        /// The call's id.
        "call_id" call_id: Option<String>,
        /// A picture of the screen.
        "output" output: Option<Value>,
        /// What the user has confirmed.
        "acknowledged_safety_checks" acknowledged_safety_checks: Option<Vec<Value>>,
        /// How far it is.
        "status" status: Option<ItemStatus>,
    }

    /// A program that the service ran.
    pub struct CodeInterpreterCall {
        /// The item's id.
        "id" id: Option<String>,
        /// The program.
        "code" code: Option<String>,
        /// The sandbox's id.
        "container_id" container_id: Option<String>,
        /// What it printed and drew, where the request asked for it.
        "outputs" outputs: Option<Vec<CodeInterpreterOutput>>,
        /// How far it is.
        "status" status: Option<ItemStatus>,
    }

    /// What a program printed.
    pub struct LogsOutput {
        /// The text.
        "logs" logs: Option<String>,
    }

    /// What a program drew.
    pub struct ImageOutput {
        /// Where it is.
        "url" url: Option<String>,
    }

    /// An image that the service made.
    pub struct ImageGenerationCall {
        /// The item's id.
        "id" id: Option<String>,
        /// Base64 of the image.
        "result" result: Option<String>,
        /// How far it is.
        "status" status: Option<ItemStatus>,
        /// The prompt as the service wrote it anew.
        "revised_prompt" revised_prompt: Option<String>,
        /// `1024x1024`, …
        "size" size: Option<String>,
        /// `low`, `medium` or `high`.
        "quality" quality: Option<String>,
        /// `opaque` or `transparent`.
        "background" background: Option<String>,
        /// `png`, `jpeg` or `webp`.
        "output_format" output_format: Option<String>,
    }

    /// A shell command, to be run by the caller (the older tool).
    pub struct LocalShellCall {
        /// The item's id.
        "id" id: Option<String>,
        /// The call's id, to be named in its result.
        "call_id" call_id: Option<String>,
        /// The command, its folder and environment.
        "action" action: Option<Value>,
        /// How far it is.
        "status" status: Option<ItemStatus>,
    }

    /// What the shell command printed.
    pub struct LocalShellCallOutput {
        /// The item's id.
        "id" id: Option<String>,
        /// The call's id.
        "call_id" call_id: Option<String>,
        /// JSON text.
        "output" output: Option<String>,
        /// How far it is.
        "status" status: Option<ItemStatus>,
    }

    /// Shell commands, run by the caller or in the service's sandbox.
    pub struct ShellCall {
        /// The item's id.
        "id" id: Option<String>,
        /// The call's id, to be named in its result.
        "call_id" call_id: Option<String>,
        /// The commands and their limits.
        "action" action: Option<Value>,
        /// How far it is.
        "status" status: Option<ItemStatus>,
    }

    /// What the shell commands printed.
    pub struct ShellCallOutput {
        /// The item's id.
        "id" id: Option<String>,
        /// The call's id.
        "call_id" call_id: Option<String>,
        /// For each command what it printed and how it ended.
        "output" output: Option<Vec<ShellOutput>>,
        /// How far it is.
        "status" status: Option<ItemStatus>,
    }

    /// What one shell command printed, or a piece of it.
    pub struct ShellOutput {
        /// Its output.
        "stdout" stdout: Option<String>,
        /// Its errors.
        "stderr" stderr: Option<String>,
        /// `{"type":"timeout"}` or `{"type":"exit","exit_code":n}`.
        "outcome" outcome: Option<Value>,
    }

    /// A change of a file, to be made by the caller.
    pub struct ApplyPatchCall {
        /// The item's id.
        "id" id: Option<String>,
        /// The call's id, to be named in its result.
        "call_id" call_id: Option<String>,
        /// What to create, delete or change.
        "operation" operation: Option<Value>,
        /// How far it is.
        "status" status: Option<ItemStatus>,
    }

    /// How the change went.
    pub struct ApplyPatchCallOutput {
        /// The item's id.
        "id" id: Option<String>,
        /// The call's id.
        "call_id" call_id: Option<String>,
        /// A text about it.
        "output" output: Option<String>,
        /// How far it is.
        "status" status: Option<ItemStatus>,
    }

    /// A call of a tool of an MCP server, made by the service.
    pub struct McpCall {
        /// The item's id.
        "id" id: Option<String>,
        /// The server's label.
        "server_label" server_label: Option<String>,
        /// The tool's name.
        "name" name: Option<String>,
        /// JSON text.
        "arguments" arguments: Option<String> as json,
        /// What the tool gave.
        "output" output: Option<String>,
        /// Why it failed.
        "error" error: Option<Value>,
        /// How far it is.
        "status" status: Option<ItemStatus>,
        /// The question that the caller answered before it.
        "approval_request_id" approval_request_id: Option<String>,
    }

    /// The tools of an MCP server.
    pub struct McpListTools {
        /// The item's id.
        "id" id: Option<String>,
        /// The server's label.
        "server_label" server_label: Option<String>,
        /// The tools.
        "tools" tools: Option<Vec<Value>>,
        /// Why they could not be listed.
        "error" error: Option<Value>,
    }

    /// The service asks whether it may call a tool.
    pub struct McpApprovalRequest {
        /// The item's id.
        "id" id: Option<String>,
        /// The server's label.
        "server_label" server_label: Option<String>,
        /// The tool's name.
        "name" name: Option<String>,
        /// JSON text.
        "arguments" arguments: Option<String> as json,
    }

    /// The caller's answer.
    pub struct McpApprovalResponse {
        /// The item's id.
        "id" id: Option<String>,
        /// The question's id.
        "approval_request_id" approval_request_id: Option<String>,
        /// Whether it may.
        "approve" approve: Option<bool>,
        /// Why.
        "reason" reason: Option<String>,
    }

    /// A search for tools.
    pub struct ToolSearchCall {
        /// The item's id.
        "id" id: Option<String>,
        /// The call's id, where the caller is to search.
        "call_id" call_id: Option<String>,
        /// What to look for.
        "arguments" arguments: Option<Value>,
        /// `client` or `server`.
        "execution" execution: Option<String>,
        /// How far it is.
        "status" status: Option<ItemStatus>,
    }

    /// The tools found.
    pub struct ToolSearchOutput {
        /// The item's id.
        "id" id: Option<String>,
        /// The call's id.
        "call_id" call_id: Option<String>,
        /// The tools.
        "tools" tools: Option<Vec<Value>>,
        /// `client` or `server`.
        "execution" execution: Option<String>,
        /// How far it is.
        "status" status: Option<ItemStatus>,
    }

    /// Tools that came in later.
    pub struct AdditionalTools {
        /// The item's id.
        "id" id: Option<String>,
        /// The tools.
        "tools" tools: Option<Vec<Value>>,
    }

    /// A program of the model that calls tools.
    pub struct Program {
        /// The item's id.
        "id" id: Option<String>,
        /// How far it is.
        "status" status: Option<ItemStatus>,
    }

    /// What such a program gave.
    pub struct ProgramOutput {
        /// The item's id.
        "id" id: Option<String>,
        /// How far it is.
        "status" status: Option<ItemStatus>,
    }
}

wire_tagged! {
    /// What a search of the web did.
    pub enum WebSearchAction {
        /// Looked for words.
        "search" => Search(SearchAction),
        /// Opened a page.
        "open_page" => OpenPage(OpenPageAction),
        /// Looked for words in a page.
        "find_in_page" => FindInPage(FindInPageAction),
    }

    /// What a program gave.
    pub enum CodeInterpreterOutput {
        /// Text.
        "logs" => Logs(LogsOutput),
        /// An image.
        "image" => Image(ImageOutput),
    }
}
