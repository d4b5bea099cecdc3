//! The formats that a reader knows.
//!
//! For: one table of rows; callers put rows of their own in front of the built-in ones.
//! Not for: what a row says; see [`Format`].

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

use crate::fold::format::{Format, Probe};
use crate::formats::BUILT_IN;

/// The formats known: the caller's rows first, in the order they were registered, then the built-in ones.
#[derive(Debug, Clone)]
pub struct Registry {
    own: Vec<Format>,
    built_in: &'static [Format],
}

#[codegen_at_use]
impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}

impl Registry {
    /// The built-in formats.
    // Inlined, as is all that calls it: the table is compiled, with every fold in it, where somebody asks for it.
    #[must_use]
    #[codegen_at_use]
    pub fn new() -> Self {
        Self { own: Vec::new(), built_in: BUILT_IN }
    }

    /// No formats but those that will be registered. A program that knows what it reads leaves the others out of its binary.
    ///
    /// ```
    /// use bedrock_aggregate::{Format, Framing, Reader, Registry};
    ///
    /// let mut registry = Registry::empty();
    /// registry.register(Format::CONVERSE);
    /// assert_eq!(registry.formats().count(), 1);
    /// let reader = Reader::of(Framing::EventStream, registry);
    /// ```
    #[must_use]
    pub const fn empty() -> Self {
        Self { own: Vec::new(), built_in: &[] }
    }

    /// The caller's own rows.
    #[must_use]
    pub fn own(&self) -> &[Format] {
        &self.own
    }

    /// Adds a format before the built-in ones; it wins over a built-in one of the same name.
    pub fn register(&mut self, format: Format) -> &mut Self {
        self.own.push(format);
        self
    }

    /// All formats, in the order in which detection asks them.
    pub fn formats(&self) -> impl Iterator<Item = &Format> {
        self.own.iter().chain(self.built_in)
    }

    /// The format of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Format> {
        self.formats().find(|format| format.name() == name)
    }

    /// The format of a chunk; `None` where the chunk alone cannot decide.
    #[must_use]
    pub fn detect(&self, probe: &Probe<'_>) -> Option<&Format> {
        self.formats().find(|format| format.detects(probe))
    }

    /// The format of a whole response.
    #[must_use]
    pub fn detect_whole(&self, response: &Value) -> Option<&Format> {
        self.formats().find(|format| format.detects_whole(response))
    }

    /// The format in which InvokeModel answers for a model, where the model id shows it.
    #[must_use]
    pub fn for_model(&self, model_id: &str) -> Option<&Format> {
        let name = bedrock_formats::model_id::ModelId::parse(model_id).family().format()?;
        self.get(name)
    }
}
