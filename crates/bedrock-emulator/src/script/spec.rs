//! The textual form of answers and faults: a name and `key=value` pairs, as in `--fault`, in a header or in a prompt. What
//! the names mean is said in `fault_text` and `answer`.

use std::cell::RefCell;
use std::str::FromStr;

/// Why a text is not a valid answer or fault.
///
/// ```
/// let error = "throttle tmes=2".parse::<bedrock_emulator::Fault>().unwrap_err();
/// assert_eq!(error.to_string(), "byte 9: `throttle` does not take `tmes`");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("byte {offset}: {problem}")]
pub struct SpecError {
    offset: usize,
    problem: String,
}

impl SpecError {
    pub(crate) fn new(offset: usize, problem: impl Into<String>) -> Self {
        Self { offset, problem: problem.into() }
    }

    /// The byte of the text, counted from 0, where the mistake begins.
    pub fn offset(&self) -> usize {
        self.offset
    }
}

/// A text taken apart: `name key=value key="quoted value" flag`. The name comes first, or is left out.
#[derive(Debug)]
pub(crate) struct Spec {
    /// The first word, if it is not a pair.
    pub(crate) name: Option<String>,
    pairs: Vec<Pair>,
    /// Which pairs were read: the others are mistakes.
    // In a cell, since readers of the same text (fault and answer) share it.
    used: RefCell<Vec<bool>>,
}

#[derive(Debug)]
struct Pair {
    offset: usize,
    key: String,
    /// `None` for a key without `=`.
    value: Option<String>,
}

impl Spec {
    pub(crate) fn parse(text: &str) -> Result<Self, SpecError> {
        let mut reader = Reader { text, at: 0 };
        let (mut name, mut pairs) = (None, Vec::<Pair>::new());
        while let Some((offset, key, value)) = reader.pair()? {
            if pairs.is_empty() && name.is_none() && value.is_none() {
                name = Some(key);
            } else if pairs.iter().any(|pair| pair.key == key) {
                return Err(SpecError::new(offset, format!("`{key}` is given twice")));
            } else {
                pairs.push(Pair { offset, key, value });
            }
        }
        let used = RefCell::new(vec![false; pairs.len()]);
        Ok(Self { name, pairs, used })
    }

    /// The name, or that of the ordinary answer.
    pub(crate) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or("plain")
    }

    /// The value of a key; an empty one for a key without `=`.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        let at = self.pairs.iter().position(|pair| pair.key == key)?;
        self.used.borrow_mut()[at] = true;
        Some(self.pairs[at].value.clone().unwrap_or_default())
    }

    /// The value of a key as a number, or whatever else can be read from text.
    pub(crate) fn value<T: FromStr>(&self, key: &str) -> Result<Option<T>, SpecError> {
        let Some(text) = self.text(key) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| self.invalid(key, &text))
    }

    /// The error for a value that a key does not take.
    pub(crate) fn invalid(&self, key: &str, value: &str) -> SpecError {
        let offset = self.pairs.iter().find(|pair| pair.key == key).map_or(0, |pair| pair.offset);
        SpecError::new(offset, format!("invalid value `{value}` for `{key}`"))
    }

    /// Refuses pairs that were not read.
    pub(crate) fn finish(&self) -> Result<(), SpecError> {
        let used = self.used.borrow();
        let unused = self.pairs.iter().zip(used.iter()).find(|(_, used)| !**used);
        match unused {
            Some((pair, _)) => {
                Err(SpecError::new(pair.offset, format!("`{}` does not take `{}`", self.name(), pair.key)))
            }
            None => Ok(()),
        }
    }
}

/// Writes a value so that [`Spec::parse`] reads it back.
pub(crate) fn quoted(value: &str) -> String {
    let plain = !value.is_empty() && !value.starts_with(['"', '\'']) && !value.contains(char::is_whitespace);
    if plain { value.to_owned() } else { serde_json::Value::from(value).to_string() }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn pair(&mut self) -> Result<Option<(usize, String, Option<String>)>, SpecError> {
        let rest = &self.text[self.at..];
        let start = self.at + (rest.len() - rest.trim_start().len());
        let rest = &self.text[start..];
        if rest.is_empty() {
            return Ok(None);
        }
        let length =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-')).unwrap_or(rest.len());
        let key = rest[..length].to_owned();
        let unexpected = |at: usize| SpecError::new(at, "expected a name or `key=value`");
        if key.is_empty() {
            return Err(unexpected(start));
        }
        self.at = start + length;
        let behind = &self.text[self.at..];
        if let Some(value) = behind.strip_prefix('=') {
            self.at += 1;
            return Ok(Some((start, key, Some(self.value(value)?))));
        }
        match behind.chars().next() {
            Some(c) if !c.is_whitespace() => Err(unexpected(self.at)),
            _ => Ok(Some((start, key, None))),
        }
    }

    /// In double quotes: a JSON string. In single quotes: as it stands. Else up to the next white space.
    fn value(&mut self, rest: &str) -> Result<String, SpecError> {
        let open = |what: &str| SpecError::new(self.at, format!("unterminated {what}"));
        if rest.starts_with('"') {
            let mut strings = serde_json::Deserializer::from_str(rest).into_iter::<String>();
            let value = strings.next().and_then(Result::ok).ok_or_else(|| open("string"))?;
            self.at += strings.byte_offset();
            return Ok(value);
        }
        if let Some(raw) = rest.strip_prefix('\'') {
            let length = raw.find('\'').ok_or_else(|| open("quotation"))?;
            self.at += length + 2;
            return Ok(raw[..length].to_owned());
        }
        let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
        self.at += length;
        Ok(rest[..length].to_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_pairs_and_quotes() {
        let spec = Spec::parse(r#" big size=12 text="a \"b\" c" args='{"x": 1}' tool"#).unwrap();
        assert_eq!(spec.name(), "big");
        assert_eq!(spec.value::<usize>("size").unwrap(), Some(12));
        assert_eq!(spec.text("text").unwrap(), r#"a "b" c"#);
        assert_eq!(spec.text("args").unwrap(), r#"{"x": 1}"#);
        assert!(spec.finish().is_err());
        assert_eq!(spec.text("tool").unwrap(), "");
        assert!(spec.finish().is_ok());
        assert_eq!(Spec::parse("gap=5").unwrap().name(), "plain");
    }

    #[test]
    fn mistakes_have_a_place() {
        for (text, offset) in
            [("a = b", 2), ("a b=\"c", 4), ("a b='c", 4), ("a b=1 b=2", 6), ("a!", 1), ("ä", 0)]
        {
            assert_eq!(Spec::parse(text).unwrap_err().offset(), offset, "{text}");
        }
    }

    proptest! {
        #[test]
        fn quoting_is_undone_by_reading(value in any::<String>()) {
            let spec = Spec::parse(&format!("n k={} z=1", quoted(&value))).unwrap();
            prop_assert_eq!(spec.text("k"), Some(value));
        }

        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _ = Spec::parse(&text);
        }
    }
}
