//! JSON values that are kept as text: what no type here knows, in as little room as it came in.
//! Not for: values that somebody looks into while they are kept.

use std::fmt;

use serde::ser::{Serialize, SerializeSeq, Serializer};
use serde_json::Value;

/// JSON values, kept as the text they came in, one behind the other. A tree of a small value takes fifty times the room of
/// its text: so they are parsed when they are asked for, one at a time.
///
/// ```
/// use bedrock_aggregate::RawList;
///
/// let mut list = RawList::new();
/// list.push(&serde_json::json!({"a": 1}));
/// assert_eq!(list.len(), 1);
/// assert_eq!(list.iter().collect::<Vec<_>>(), [r#"{"a":1}"#]);
/// assert_eq!(list.values().next().and_then(|value| value["a"].as_u64()), Some(1));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RawList {
    /// Each ends with a newline, which no JSON text needs.
    bytes: Vec<u8>,
    count: usize,
}

impl RawList {
    /// No values.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), count: 0 }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Appends a value.
    pub fn push(&mut self, value: &impl Serialize) {
        let start = self.bytes.len();
        if serde_json::to_writer(&mut self.bytes, value).is_err() {
            // Only a map with keys that are no texts cannot be written.
            self.bytes.truncate(start);
            self.bytes.extend_from_slice(b"null");
        }
        self.end();
    }

    /// Appends a value, unless it is the last one again.
    pub(crate) fn push_news(&mut self, value: &impl Serialize) {
        let end = self.bytes.len();
        self.push(value);
        let (before, new) = self.bytes.split_at(end);
        // A value has no newline in it: so it is the whole of the last one.
        if before.strip_suffix(new).is_some_and(|before| before.last().is_none_or(|&byte| byte == b'\n')) {
            self.bytes.truncate(end);
            self.count -= 1;
        }
    }

    /// Appends a value that is JSON text already; it is not checked.
    pub(crate) fn push_text(&mut self, json: &[u8]) {
        // A newline in JSON is a blank: texts write it as an escape.
        self.bytes.extend(json.trim_ascii().iter().map(|&byte| if byte == b'\n' { b' ' } else { byte }));
        self.end();
    }

    fn end(&mut self) {
        self.bytes.push(b'\n');
        self.count += 1;
    }

    /// The values as text.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let texts = self.bytes.strip_suffix(b"\n").unwrap_or(&[]);
        texts
            .split(|&byte| byte == b'\n')
            // An empty buffer splits into one empty text, which is none of the values.
            .take(self.count)
            .map(|text| std::str::from_utf8(text).unwrap_or_default())
    }

    /// The values, parsed.
    pub fn values(&self) -> impl Iterator<Item = Value> {
        self.iter().map(|text| serde_json::from_str(text).unwrap_or_else(|_| text.into()))
    }

    /// How many bytes of memory they take.
    #[must_use]
    pub(crate) fn held(&self) -> usize {
        self.bytes.capacity()
    }
}

impl FromIterator<Value> for RawList {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Self {
        let mut list = Self::new();
        values.into_iter().for_each(|value| list.push(&value));
        list
    }
}

impl<const N: usize> PartialEq<[Value; N]> for RawList {
    fn eq(&self, other: &[Value; N]) -> bool {
        self.values().eq(other.iter().cloned())
    }
}

impl fmt::Debug for RawList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// As a list of the values.
impl Serialize for RawList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.count))?;
        for value in self.values() {
            seq.serialize_element(&value)?;
        }
        seq.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_come_back_in_order() {
        let values = [json!({"a": "b\nc"}), json!([]), json!(""), json!(null), json!(1.5)];
        let mut list: RawList = values.iter().cloned().collect();
        assert!(list == values && list.len() == values.len());
        assert_eq!(serde_json::to_value(&list).unwrap(), json!(values));
        list.push_text(b" {\n\"k\": [1,\r\n2]}\n");
        assert_eq!(list.values().last().unwrap(), json!({"k": [1, 2]}));
        assert_eq!(RawList::new().iter().count(), 0);
        for (value, count) in [(json!(11), 7), (json!(11), 7), (json!(1), 8), (json!(1), 8), (json!(11), 9)] {
            list.push_news(&value);
            assert_eq!((list.len(), list.values().last().unwrap()), (count, value));
        }
        assert!(RawList::new().is_empty());
    }
}
