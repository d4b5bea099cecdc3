//! Where in a text its parser stands: what may come next, and which members are open.
//! Not for: reading; see [`PartialJson`](super::PartialJson).

use bedrock_codegen::codegen_at_use;
use serde_json::Value;

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// A value.
    Value,
    /// A value, or the end of an array that has none yet.
    FirstItem,
    /// A key.
    Key,
    /// A key, or the end of an object that has none yet.
    FirstKey,
    /// The colon behind a key.
    Colon,
    /// A comma, or the end of an array or object.
    Comma,
    /// More of a string: of the key where `key` is set, else of the last member.
    Text { key: bool, escape: Escape },
    /// More of a number.
    Number,
    /// The rest of a literal.
    Literal { word: &'static str, have: usize },
}

pub(super) const TEXT: Next = Next::Text { key: false, escape: Escape::None };
pub(super) const KEY: Next = Next::Text { key: true, escape: Escape::None };

/// Where in an escape a string stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    None,
    /// Behind the backslash. `high` is the first half of a pair, which must be followed by the second.
    Begun {
        high: u16,
    },
    /// In the four digits.
    Digits {
        high: u16,
        have: u8,
        code: u16,
    },
    /// Behind the first half of a pair.
    Half {
        high: u16,
    },
}

/// A piece, and how far it is read.
pub(super) struct Input<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    /// How many bytes came before it.
    pub(super) base: usize,
}

#[codegen_at_use]
impl<'a> Input<'a> {
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub(super) fn offset(&self) -> usize {
        self.base + self.at
    }
}

/// The member that was begun last in the array or object at this level.
#[codegen_at_use]
pub(super) fn open_member_mut<'v>(
    again: &[(usize, String)],
    node: &'v mut Value,
    level: usize,
) -> Option<&'v mut Value> {
    match node {
        Value::Array(items) => items.last_mut(),
        Value::Object(members) => match again_at(again, level) {
            Some(key) => members.get_mut(key),
            None => members.values_mut().next_back(),
        },
        _ => None,
    }
}

#[codegen_at_use]
pub(super) fn open_member<'v>(again: &[(usize, String)], node: &'v Value, level: usize) -> Option<&'v Value> {
    match node {
        Value::Array(items) => items.last(),
        Value::Object(members) => match again_at(again, level) {
            Some(key) => members.get(key),
            None => members.values().next_back(),
        },
        _ => None,
    }
}

/// The key of the open member at this level, where it was there before.
#[codegen_at_use]
pub(super) fn again_at(again: &[(usize, String)], level: usize) -> Option<&str> {
    let at = again.binary_search_by_key(&level, |(level, _)| *level).ok()?;
    again.get(at).map(|(_, key)| key.as_str())
}
