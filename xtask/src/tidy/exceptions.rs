//! What is let off a rule, and why. A row without a finding to cover is itself reported.

use super::finding::Finding;

/// One exception.
pub(super) struct Exception {
    pub(super) rule: &'static str,
    pub(super) file: &'static str,
    /// The function, dependency or crate; "" for the file as a whole.
    pub(super) item: &'static str,
    /// Why the rule does not serve here. Read by people.
    #[allow(dead_code, reason = "a row without its reason should not compile")]
    pub(super) reason: &'static str,
}

impl Exception {
    pub(super) fn covers(&self, rule: &str, finding: &Finding) -> bool {
        self.rule == rule && self.file == finding.file && self.item == finding.item
    }
}

pub(super) const EXCEPTIONS: &[Exception] = &[
    Exception {
        rule: "file-length",
        file: "crates/bedrock-formats/src/formats/openai_responses/events.rs",
        item: "",
        reason: "one table: an event a row, with its documentation",
    },
    Exception {
        rule: "file-length",
        file: "crates/bedrock-aggregate/tests/openai_streams.rs",
        item: "",
        reason: "tables of cases for one check: chunks, and what they must come to",
    },
    Exception {
        rule: "function-length",
        file: "crates/bedrock-aggregate/src/formats/openai_responses/change.rs",
        item: "of",
        reason: "one table: an event a row, and what it changes",
    },
];
