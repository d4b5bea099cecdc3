//! What a wire object held beside the keys its type knows.
//! Not for: objects that callers fill on purpose; those are plain JSON values.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::LazyLock;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::aside::Stray;
use super::input::Input;

/// A JSON object, its keys in the order of arrival. It is a [`Map`] to use, and takes one pointer's room while it is empty:
/// nearly every one of them is.
///
/// ```
/// use bedrock_formats::wire::Extra;
///
/// let mut extra = Extra::new();
/// assert!(extra.is_empty());
/// extra.insert("new".to_owned(), true.into());
/// assert_eq!(extra.get("new"), Some(&true.into()));
/// ```
#[derive(Default)]
pub struct Extra(Option<Box<Kept>>);

#[derive(Clone, Default)]
struct Kept {
    map: Map<String, Value>,
    /// Items of the object's lists that were set aside.
    strays: Vec<Stray>,
}

// `deref` must lend a map where there is none, and `Map::new` is not constant.
static EMPTY: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);

impl Extra {
    /// Nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }

    /// An object as it is kept where its type is not known.
    pub(super) fn from_entries(entries: Vec<(Cow<'_, str>, Input<'_>)>) -> Self {
        entries.into_iter().map(|(key, value)| (key.into_owned(), value.into_value())).collect()
    }

    /// Whether there is nothing in it.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.as_ref().is_none_or(|kept| kept.map.is_empty() && kept.strays.is_empty())
    }

    /// The map of its own. Items of lists that were set aside are not in it.
    #[must_use]
    pub fn into_map(self) -> Map<String, Value> {
        self.0.map_or_else(Map::new, |kept| kept.map)
    }

    // Every type's `clone` has this in it: out of line, it is there once.
    #[inline(never)]
    fn copy(kept: &Kept) -> Self {
        Self(Some(Box::new(kept.clone())))
    }

    pub(super) fn strays(&self) -> &[Stray] {
        self.0.as_ref().map_or(&[], |kept| &kept.strays)
    }

    pub(super) fn add_strays(&mut self, strays: Vec<Stray>) {
        if !strays.is_empty() {
            self.0.get_or_insert_default().strays.extend(strays);
        }
    }
}

impl Clone for Extra {
    #[inline]
    fn clone(&self) -> Self {
        self.0.as_ref().map_or(Self(None), |kept| Self::copy(kept))
    }
}

impl Deref for Extra {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Map<String, Value> {
        self.0.as_ref().map_or_else(|| &*EMPTY, |kept| &kept.map)
    }
}

impl DerefMut for Extra {
    fn deref_mut(&mut self) -> &mut Map<String, Value> {
        &mut self.0.get_or_insert_default().map
    }
}

impl From<Map<String, Value>> for Extra {
    fn from(map: Map<String, Value>) -> Self {
        Self((!map.is_empty()).then(|| Box::new(Kept { map, strays: Vec::new() })))
    }
}

impl From<Extra> for Map<String, Value> {
    fn from(extra: Extra) -> Self {
        extra.into_map()
    }
}

impl From<Extra> for Value {
    fn from(extra: Extra) -> Self {
        Self::Object(extra.into_map())
    }
}

impl FromIterator<(String, Value)> for Extra {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(entries: I) -> Self {
        Map::from_iter(entries).into()
    }
}

impl IntoIterator for Extra {
    type Item = (String, Value);
    type IntoIter = serde_json::map::IntoIter;

    fn into_iter(self) -> Self::IntoIter {
        self.into_map().into_iter()
    }
}

impl<'a> IntoIterator for &'a Extra {
    type Item = (&'a String, &'a Value);
    type IntoIter = serde_json::map::Iter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Extend<(String, Value)> for Extra {
    fn extend<I: IntoIterator<Item = (String, Value)>>(&mut self, entries: I) {
        let mut entries = entries.into_iter().peekable();
        if entries.peek().is_some() {
            (**self).extend(entries);
        }
    }
}

impl PartialEq for Extra {
    fn eq(&self, other: &Self) -> bool {
        // Each stray says where it was: as with keys, the order in which they came says nothing.
        let (own, others) = (self.strays(), other.strays());
        **self == **other && own.len() == others.len() && own.iter().all(|stray| others.contains(stray))
    }
}

impl PartialEq<Map<String, Value>> for Extra {
    fn eq(&self, other: &Map<String, Value>) -> bool {
        **self == *other
    }
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl Serialize for Extra {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Extra {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emptied_one_is_as_one_that_never_held_anything() {
        let mut extra = Extra::from_iter([("a".to_owned(), Value::Null)]);
        assert_ne!(extra, Extra::new());
        assert_eq!(serde_json::to_string(&extra).unwrap(), r#"{"a":null}"#);
        assert_eq!(serde_json::from_str::<Extra>(r#"{"a":null}"#).unwrap(), extra);
        extra.shift_remove("a");
        assert!(extra.is_empty());
        assert_eq!(extra, Extra::new());
        assert_eq!(extra.into_map(), Map::new());
        assert_eq!(size_of::<Extra>(), size_of::<usize>());
    }
}
