//! The items of a response and of a request's input: messages, reasoning, calls and their results.
//! Not for: the parts inside messages; see `content`.

use serde_json::Value;

use crate::wire::TextOr;

use super::ContentPart;

wire_struct! {
    /// A message of the caller or of the model.
    pub struct Message {
        /// The item's id.
        "id" id: Option<String>,
        /// `user`, `assistant`, `system` or `developer`.
        "role" role: Option<String>,
        /// How far it is.
        "status" status: Option<ItemStatus>,
        /// What was said: parts, or in a request's input plain text.
        "content" content: Option<TextOr<Vec<ContentPart>>>,
        /// `commentary` for what is said on the way, `final_answer` for the answer.
        "phase" phase: Option<String>,
    }

    /// The model's reasoning.
    pub struct Reasoning {
        /// The item's id.
        "id" id: Option<String>,
        /// A summary of it, in parts.
        "summary" summary: Option<Vec<ContentPart>>,
        /// The reasoning in the open, in parts.
        "content" content: Option<Vec<ContentPart>>,
        /// The reasoning, readable only by the service; to be sent back as it is.
        "encrypted_content" encrypted_content: Option<String>,
        /// How far it is.
        "status" status: Option<ItemStatus>,
    }

    /// A call of one of the caller's functions.
    pub struct FunctionCall {
        /// The item's id; Mantle leaves it out of whole responses.
        "id" id: Option<String>,
        /// The call's id, to be named in its result.
        "call_id" call_id: Option<String>,
        /// The function's name.
        "name" name: Option<String>,
        /// JSON text.
        "arguments" arguments: Option<String> as json,
        /// How far it is.
        "status" status: Option<ItemStatus>,
        /// The namespace that the function belongs to.
        "namespace" namespace: Option<String>,
    }

    /// The result of one of the caller's functions.
    pub struct FunctionCallOutput {
        /// The item's id.
        "id" id: Option<String>,
        /// The call's id.
        "call_id" call_id: Option<String>,
        /// The result: text, or parts.
        "output" output: Option<TextOr<Vec<ContentPart>>>,
        /// How far it is.
        "status" status: Option<ItemStatus>,
    }

    /// A call of one of the caller's tools that take text.
    pub struct CustomToolCall {
        /// The item's id.
        "id" id: Option<String>,
        /// The call's id, to be named in its result.
        "call_id" call_id: Option<String>,
        /// The tool's name.
        "name" name: Option<String>,
        /// The text.
        "input" input: Option<String>,
        /// How far it is.
        "status" status: Option<ItemStatus>,
        /// The namespace that the tool belongs to.
        "namespace" namespace: Option<String>,
    }

    /// The result of one of the caller's tools that take text.
    pub struct CustomToolCallOutput {
        /// The item's id.
        "id" id: Option<String>,
        /// The call's id.
        "call_id" call_id: Option<String>,
        /// The result: text, or parts.
        "output" output: Option<TextOr<Vec<ContentPart>>>,
    }

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

    /// What was said before, readable only by the service.
    pub struct Compaction {
        /// The item's id.
        "id" id: Option<String>,
        /// The encrypted conversation, to be sent back as it is.
        "encrypted_content" encrypted_content: Option<String>,
    }

    /// An item that the service kept.
    pub struct ItemReference {
        /// The item's id.
        "id" id: Option<String>,
    }
}

wire_tagged! {
    /// One item. In a request's input a message may come without a `type`, and is then `Unknown`.
    pub enum Item {
        /// A message.
        "message" => Message(Message),
        /// Reasoning.
        "reasoning" => Reasoning(Reasoning),
        /// A call of a function.
        "function_call" => FunctionCall(FunctionCall),
        /// Its result.
        "function_call_output" => FunctionCallOutput(FunctionCallOutput),
        /// A call of a tool that takes text.
        "custom_tool_call" => CustomToolCall(CustomToolCall),
        /// Its result.
        "custom_tool_call_output" => CustomToolCallOutput(CustomToolCallOutput),
        /// A search in files.
        "file_search_call" => FileSearchCall(FileSearchCall),
        /// A search of the web.
        "web_search_call" => WebSearchCall(WebSearchCall),
        /// An action at a screen.
        "computer_call" => ComputerCall(ComputerCall),
        /// Its result.
        "computer_call_output" => ComputerCallOutput(ComputerCallOutput),
        /// A program that the service ran.
        "code_interpreter_call" => CodeInterpreterCall(CodeInterpreterCall),
        /// An image that the service made.
        "image_generation_call" => ImageGenerationCall(ImageGenerationCall),
        /// A shell command.
        "local_shell_call" => LocalShellCall(LocalShellCall),
        /// Its result.
        "local_shell_call_output" => LocalShellCallOutput(LocalShellCallOutput),
        /// Shell commands.
        "shell_call" => ShellCall(ShellCall),
        /// Their results.
        "shell_call_output" => ShellCallOutput(ShellCallOutput),
        /// A change of a file.
        "apply_patch_call" => ApplyPatchCall(ApplyPatchCall),
        /// Its result.
        "apply_patch_call_output" => ApplyPatchCallOutput(ApplyPatchCallOutput),
        /// A call of a tool of an MCP server.
        "mcp_call" => McpCall(McpCall),
        /// The tools of an MCP server.
        "mcp_list_tools" => McpListTools(McpListTools),
        /// A question before such a call.
        "mcp_approval_request" => McpApprovalRequest(McpApprovalRequest),
        /// Its answer.
        "mcp_approval_response" => McpApprovalResponse(McpApprovalResponse),
        /// A search for tools.
        "tool_search_call" => ToolSearchCall(ToolSearchCall),
        /// Its result.
        "tool_search_output" => ToolSearchOutput(ToolSearchOutput),
        /// Tools that came in later.
        "additional_tools" => AdditionalTools(AdditionalTools),
        /// A program that calls tools.
        "program" => Program(Program),
        /// Its result.
        "program_output" => ProgramOutput(ProgramOutput),
        /// What was said before, encrypted.
        "compaction" => Compaction(Compaction),
        /// An item that the service kept.
        "item_reference" => ItemReference(ItemReference),
    }

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

wire_enum! {
    /// How far an item is.
    pub enum ItemStatus {
        /// On its way.
        "in_progress" => InProgress,
        /// Done.
        "completed" => Completed,
        /// Cut off.
        "incomplete" => Incomplete,
        /// Failed.
        "failed" => Failed,
        /// A search goes on.
        "searching" => Searching,
        /// A program runs.
        "interpreting" => Interpreting,
        /// An image is made.
        "generating" => Generating,
        /// A call is made.
        "calling" => Calling,
    }
}

impl Message {
    /// The parts; plain text has none.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn parts(&self) -> &[ContentPart] {
        self.content.as_ref().and_then(TextOr::as_other).map_or(&[], Vec::as_slice)
    }
}

impl Item {
    /// A message of the caller.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn user(text: impl Into<String>) -> Self {
        Self::Message(Message::default().role("user").content(text.into()))
    }

    /// The result of one of the caller's functions.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn function_call_output(call_id: impl Into<String>, output: impl Into<String>) -> Self {
        let result = FunctionCallOutput::default().call_id(call_id.into());
        Self::FunctionCallOutput(result.output(output.into()))
    }
}
