//! What rules find, and the tables of docs/ARCHITECTURE.md that they read.

/// Where rules are explained and facts for them stand.
pub(super) const ARCHITECTURE: &str = "docs/ARCHITECTURE.md";

/// Something that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) file: String,
    /// From 1; 0 where the file as a whole is meant.
    pub(super) line: usize,
    /// What an exception would name: a function, a dependency, a crate; "" where the file says enough.
    pub(super) item: String,
    pub(super) what: String,
}

impl Finding {
    pub(super) fn new(file: &str, line: usize, item: &str, what: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, item: item.to_owned(), what: what.into() }
    }
}

/// The rows of the table that follows a marker, cells trimmed, without head and ruler.
///
/// Tables that rules read are ordinary Markdown, so that people read the same ones.
pub(super) fn table<'a>(text: &'a str, marker: &str) -> Vec<Vec<&'a str>> {
    text.lines()
        .skip_while(|line| line.trim() != marker)
        .skip(1)
        .skip_while(|line| line.trim().is_empty())
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| line.trim().trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

/// The words between backticks in a cell.
pub(super) fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}
