//! What Anthropic's own tools (web search, code execution, text editor) hand back inside an answer, as far as it holds no
//! other blocks.
//! Not for: the blocks around it; see `content`. The caller's tools have `ToolResultBlock`s.
//!
//! Bedrock runs none of these tools; the blocks stand in histories, in Anthropic's logs, and partly on Mantle.

/// The errors of Anthropic's tools, which all have one shape.
// Recorded from Anthropic's own endpoint alone; what is not in those streams is by its SDK.
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

    /// What the advisor model said.
    pub struct AdvisorResult {
        /// Its text.
        "text" text: Option<String>,
        /// Why it stopped.
        "stop_reason" stop_reason: Option<String>,
    }
}
