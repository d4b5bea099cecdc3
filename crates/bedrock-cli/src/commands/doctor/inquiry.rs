//! What the whole report is about: the options of the command line, and the environment. What follows from them is not decided
//! here.

use bedrock_llm::Environment;

use crate::arguments::Connection;

/// What is asked, and where answers are looked for.
pub(super) struct Inquiry<'a> {
    pub(super) connection: &'a Connection,
    pub(super) environment: Environment,
}

impl Inquiry<'_> {
    /// A variable that is set and not empty, also one that only AWS's chain reads.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        let value = self.environment.get(name).map(str::to_owned).or_else(|| std::env::var(name).ok());
        value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }
}
