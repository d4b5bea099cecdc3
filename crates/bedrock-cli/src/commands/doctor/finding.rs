//! One line of the report: what was looked for, what was found, and why it won. How it was found is not known here.

use serde_json::{Map, Value};

/// One thing that was looked for: what it is, what was found, and why that place won.
#[derive(Debug, Default)]
pub(super) struct Finding {
    pub(super) what: &'static str,
    /// Of which service, for which scheme, by which source.
    pub(super) of: Option<String>,
    pub(super) value: Option<String>,
    /// Of several sources, whether it is this one.
    pub(super) wins: Option<bool>,
    pub(super) why: String,
    /// Calls will fail because of it.
    pub(super) is_problem: bool,
}

impl Finding {
    pub(super) fn new(what: &'static str, value: impl Into<Option<String>>, why: impl Into<String>) -> Self {
        Self { what, value: value.into(), why: why.into(), ..Self::default() }
    }

    pub(super) fn problem(what: &'static str, why: impl Into<String>) -> Self {
        Self { is_problem: true, ..Self::new(what, None, why) }
    }

    pub(super) fn of(mut self, of: impl Into<String>) -> Self {
        self.of = Some(of.into());
        self
    }

    pub(super) fn to_json(&self) -> Value {
        let mut document = Map::new();
        document.insert("what".to_owned(), self.what.into());
        if let Some(of) = &self.of {
            document.insert("of".to_owned(), of.as_str().into());
        }
        document.insert("value".to_owned(), self.value.as_deref().into());
        if let Some(wins) = self.wins {
            document.insert("wins".to_owned(), wins.into());
        }
        if self.is_problem {
            document.insert("problem".to_owned(), true.into());
        }
        document.insert("why".to_owned(), self.why.as_str().into());
        Value::Object(document)
    }

    pub(super) fn to_line(&self) -> String {
        let what = match &self.of {
            Some(of) => format!("{} ({of})", self.what),
            None => self.what.to_owned(),
        };
        let mark = match (self.is_problem, self.wins) {
            (true, _) => '!',
            (_, Some(true)) => '*',
            _ => ' ',
        };
        format!("{mark} {what:<34} {:<28} {}", self.value.as_deref().unwrap_or("none"), self.why)
    }
}
