//! What Anthropic's own tools (web search, web fetch, code execution, tool search) hand back inside an answer.
//! Not for: the caller's tools; their results are `ToolResultBlock`s.
//!
//! Bedrock runs none of these tools; the blocks stand in histories, in Anthropic's logs, and partly on Mantle.

use crate::wire::OneOrMany;

use super::ContentBlock;

/// The blocks that carry the result of one of Anthropic's tools, which all have one shape.
macro_rules! result_blocks {
    ($( $(#[$meta:meta])* $name:ident; )+) => {
        wire_struct! {$(
            $(#[$meta])*
            pub struct $name {
                /// The id of the call.
                "tool_use_id" tool_use_id: String,
                /// The result, or a list of results, or an error.
                "content" content: Option<OneOrMany<ServerToolContent>>,
                /// Who called the tool.
                "caller" caller: Option<super::Caller>,
                /// A cache point after this block.
                "cache_control" cache_control: Option<super::CacheControl>,
            }
        )+}
    };
}

result_blocks! {
    /// What a web search found.
    WebSearchToolResultBlock;
    /// A page that was fetched.
    WebFetchToolResultBlock;
    /// What a program printed.
    CodeExecutionToolResultBlock;
    /// What a shell command printed.
    BashCodeExecutionToolResultBlock;
    /// What the text editor of the sandbox did.
    TextEditorCodeExecutionToolResultBlock;
    /// The tools that a tool search found.
    ToolSearchToolResultBlock;
    /// What the advisor model said.
    AdvisorToolResultBlock;
}

/// The errors of Anthropic's tools, which all have one shape.
macro_rules! result_errors {
    ($( $(#[$meta:meta])* $name:ident; )+) => {
        wire_struct! {$(
            $(#[$meta])*
            pub struct $name {
                /// The error's code: `unavailable`, `invalid_tool_input`, `too_many_requests`, …
                "error_code" error_code: Option<String>,
                /// The error's text, where there is one.
                "error_message" error_message: Option<String>,
            }
        )+}
    };
}

result_errors! {
    /// A web search failed.
    WebSearchToolResultError;
    /// A fetch failed.
    WebFetchToolResultError;
    /// A program could not be run.
    CodeExecutionToolResultError;
    /// A shell command could not be run.
    BashCodeExecutionToolResultError;
    /// The text editor failed.
    TextEditorCodeExecutionToolResultError;
    /// A tool search failed.
    ToolSearchToolResultError;
    /// The advisor failed.
    AdvisorToolResultError;
}

wire_struct! {
    /// One page that a web search found.
    pub struct WebSearchResult {
        /// The page.
        "url" url: Option<String>,
        /// Its title.
        "title" title: Option<String>,
        /// Its text, readable only by Anthropic.
        "encrypted_content" encrypted_content: Option<String>,
        /// Its age, in words.
        "page_age" page_age: Option<String>,
    }

    /// A page that was fetched.
    pub struct WebFetchResult {
        /// The page.
        "url" url: Option<String>,
        /// Its content: a document block.
        "content" content: Option<Box<ContentBlock>>,
        /// When it was fetched: RFC 3339.
        "retrieved_at" retrieved_at: Option<String>,
    }

    /// What a program printed.
    pub struct CodeExecutionResult {
        /// Its output.
        "stdout" stdout: Option<String>,
        /// Its errors.
        "stderr" stderr: Option<String>,
        /// Its exit code.
        "return_code" return_code: Option<i64>,
        /// The files that it made.
        "content" content: Option<Vec<ServerToolContent>>,
    }

    /// What a shell command printed.
    pub struct BashCodeExecutionResult {
        /// Its output.
        "stdout" stdout: Option<String>,
        /// Its errors.
        "stderr" stderr: Option<String>,
        /// Its exit code.
        "return_code" return_code: Option<i64>,
        /// The files that it made.
        "content" content: Option<Vec<ServerToolContent>>,
    }

    /// A file that a program made.
    pub struct CodeExecutionOutput {
        /// The file's id.
        "file_id" file_id: Option<String>,
    }

    /// A file that a shell command made.
    pub struct BashCodeExecutionOutput {
        /// The file's id.
        "file_id" file_id: Option<String>,
    }

    /// A file that the text editor showed.
    pub struct TextEditorViewResult {
        /// `text`, `image` or `pdf`.
        "file_type" file_type: Option<String>,
        /// What it holds.
        "content" content: Option<String>,
        /// The number of lines shown.
        "num_lines" num_lines: Option<u64>,
        /// The first line shown, from 1.
        "start_line" start_line: Option<u64>,
        /// The number of lines of the file.
        "total_lines" total_lines: Option<u64>,
    }

    /// A file that the text editor wrote.
    pub struct TextEditorCreateResult {
        /// Whether the file was there before.
        "is_file_update" is_file_update: Option<bool>,
    }

    /// A file in which the text editor replaced something.
    pub struct TextEditorStrReplaceResult {
        /// The changed lines, marked with `+` and `-`.
        "lines" lines: Option<Vec<String>>,
        /// The first changed line, before.
        "old_start" old_start: Option<u64>,
        /// How many lines there were.
        "old_lines" old_lines: Option<u64>,
        /// The first changed line, after.
        "new_start" new_start: Option<u64>,
        /// How many lines there are.
        "new_lines" new_lines: Option<u64>,
    }

    /// The tools that a tool search found.
    pub struct ToolSearchResult {
        /// The tools: `tool_reference` blocks.
        "tool_references" tool_references: Option<Vec<ContentBlock>>,
    }

    /// What the advisor model said.
    pub struct AdvisorResult {
        /// Its text.
        "text" text: Option<String>,
        /// Why it stopped.
        "stop_reason" stop_reason: Option<String>,
    }
}

wire_tagged! {
    /// The result of one of Anthropic's tools.
    pub enum ServerToolContent {
        /// A page found.
        "web_search_result" => WebSearchResult(WebSearchResult),
        /// A search failed.
        "web_search_tool_result_error" => WebSearchToolResultError(WebSearchToolResultError),
        /// A page fetched.
        "web_fetch_result" => WebFetchResult(WebFetchResult),
        /// A fetch failed.
        "web_fetch_tool_result_error" => WebFetchToolResultError(WebFetchToolResultError),
        /// A program ran.
        "code_execution_result" => CodeExecutionResult(CodeExecutionResult),
        /// A file that it made.
        "code_execution_output" => CodeExecutionOutput(CodeExecutionOutput),
        /// A program could not be run.
        "code_execution_tool_result_error" => CodeExecutionToolResultError(CodeExecutionToolResultError),
        /// A shell command ran.
        "bash_code_execution_result" => BashCodeExecutionResult(BashCodeExecutionResult),
        /// A file that it made.
        "bash_code_execution_output" => BashCodeExecutionOutput(BashCodeExecutionOutput),
        /// A shell command could not be run.
        "bash_code_execution_tool_result_error" => BashCodeExecutionToolResultError(BashCodeExecutionToolResultError),
        /// A file shown.
        "text_editor_code_execution_view_result" => TextEditorViewResult(TextEditorViewResult),
        /// A file written.
        "text_editor_code_execution_create_result" => TextEditorCreateResult(TextEditorCreateResult),
        /// A file changed.
        "text_editor_code_execution_str_replace_result" => TextEditorStrReplaceResult(TextEditorStrReplaceResult),
        /// The text editor failed.
        "text_editor_code_execution_tool_result_error" => TextEditorCodeExecutionToolResultError(TextEditorCodeExecutionToolResultError),
        /// Tools found.
        "tool_search_tool_search_result" => ToolSearchResult(ToolSearchResult),
        /// A tool search failed.
        "tool_search_tool_result_error" => ToolSearchToolResultError(ToolSearchToolResultError),
        /// The advisor spoke.
        "advisor_result" => AdvisorResult(AdvisorResult),
        /// The advisor failed.
        "advisor_tool_result_error" => AdvisorToolResultError(AdvisorToolResultError),
    }
}

impl ServerToolContent {
    /// The error's code, where the tool failed.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn error_code(&self) -> Option<&str> {
        match self {
            Self::WebSearchToolResultError(error) => error.error_code.as_deref(),
            Self::WebFetchToolResultError(error) => error.error_code.as_deref(),
            Self::CodeExecutionToolResultError(error) => error.error_code.as_deref(),
            Self::BashCodeExecutionToolResultError(error) => error.error_code.as_deref(),
            Self::TextEditorCodeExecutionToolResultError(error) => error.error_code.as_deref(),
            Self::ToolSearchToolResultError(error) => error.error_code.as_deref(),
            Self::AdvisorToolResultError(error) => error.error_code.as_deref(),
            Self::Unknown(object) => object.get("error_code").and_then(serde_json::Value::as_str),
            _ => None,
        }
    }
}
