//! The items of a response and of a request's input: messages, reasoning, calls and their results.
//! Not for: the parts inside messages, see `content`; nor the calls of OpenAI's own tools, see `tool_items`.

use bedrock_codegen::codegen_at_use;

use super::ContentPart;
use super::item_status::ItemStatus;
use super::tool_items::*;
use crate::wire::TextOr;

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
    // 12 of these 29 kinds are in recorded answers. Computers, images, shells, patches, programs
    // and approvals are not.
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
}

#[codegen_at_use]
impl Message {
    /// The parts; plain text has none.
    #[must_use]
    pub fn parts(&self) -> &[ContentPart] {
        self.content.as_ref().and_then(TextOr::as_other).map_or(&[], Vec::as_slice)
    }
}

impl Item {
    /// A message of the caller.
    #[must_use]
    pub fn user(text: impl Into<String>) -> Self {
        Self::Message(Message::default().role("user").content(text.into()))
    }

    /// The result of one of the caller's functions.
    #[must_use]
    pub fn function_call_output(call_id: impl Into<String>, output: impl Into<String>) -> Self {
        let result = FunctionCallOutput::default().call_id(call_id.into());
        Self::FunctionCallOutput(result.output(output.into()))
    }
}
