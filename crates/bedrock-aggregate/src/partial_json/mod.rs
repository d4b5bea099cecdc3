//! JSON that is still being written: the value so far, growing in place.
//!
//! For: showing or checking a tool call's input while the model writes it. [`ToolInputs`](crate::ToolInputs) does so for all
//! calls of an answer.
//! Not for: repairing JSON. What is not JSON is an error, and the value stays what it was.

mod error;
mod text;

use serde::Deserialize;
use serde_json::{Map, Value};

pub use error::PartialJsonError;
use text::Escape;

/// Parses JSON piece by piece. At any time [`value`](Self::value) lends what is there so far.
///
/// What is shown: strings as far as they have come, with arrays and objects closed around them. What is not yet shown: keys
/// that have no value, numbers and literals that are not over, escapes that are cut. So a string in the value only ever
/// grows at its end, an array or object only ever gets more members, and nothing else that is shown changes: except that a
/// key written twice means its last value, which stands where the first one stood (or, with a key of more than 256 bytes, at
/// the end).
///
/// Each byte is looked at once, however small the pieces; a piece costs one step for each array and object that it is inside
/// of, and looking at the value costs nothing. What is accepted is what `serde_json` accepts, and the value is the same, order
/// included. Value and error are those of the text, wherever the pieces are cut.
///
/// ```
/// use bedrock_aggregate::PartialJson;
/// use serde_json::json;
///
/// let mut input = PartialJson::new();
/// input.push(r#"{"city": "São "#)?;
/// assert_eq!(input.value(), Some(&json!({"city": "São "})));
/// input.push(r#"Paulo", "days": [1, 2"#)?;
/// assert_eq!(input.value(), Some(&json!({"city": "São Paulo", "days": [1]})));
///
/// #[derive(serde::Deserialize)]
/// struct Weather<'a> {
///     city: &'a str,
///     #[serde(default)]
///     days: Vec<u8>,
/// }
/// let so_far: Weather<'_> = input.parse()?;
/// assert_eq!((so_far.city, so_far.days.as_slice()), ("São Paulo", &[1][..]));
/// assert!(input.is_settled("/city") && !input.is_settled("/days"));
///
/// input.push("]}")?;
/// input.finish()?;
/// assert!(input.is_complete());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct PartialJson {
    /// An array whose only member is the value: so the value is a member like any other.
    root: Value,
    /// How many arrays and objects are open, `root` included.
    depth: usize,
    next: Next,
    /// The key being written, or waiting for its value.
    key: String,
    number: Vec<u8>,
    /// Where an open member's key was there before: the level of its object, and the key. The member is not its object's last
    /// then. Levels ascend, and only entries of open members count.
    again: Vec<(usize, String)>,
    /// The first bytes of a character that a piece ended inside of.
    cut: Vec<u8>,
    read: usize,
    max_depth: usize,
    max_bytes: usize,
    error: Option<PartialJsonError>,
    #[cfg(test)]
    steps: usize,
}

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
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

const TEXT: Next = Next::Text { key: false, escape: Escape::None };
const KEY: Next = Next::Text { key: true, escape: Escape::None };

impl Default for PartialJson {
    #[cfg_attr(not(debug_assertions), inline)]
    fn default() -> Self {
        Self {
            root: Value::Array(Vec::new()),
            depth: 1,
            next: Next::Value,
            key: String::new(),
            number: Vec::new(),
            again: Vec::new(),
            cut: Vec::new(),
            read: 0,
            max_depth: Self::DEFAULT_MAX_DEPTH,
            max_bytes: Self::DEFAULT_MAX_BYTES,
            error: None,
            #[cfg(test)]
            steps: 0,
        }
    }
}

impl PartialJson {
    /// How deep arrays and objects may lie inside each other unless told otherwise: as deep as `serde_json` goes.
    pub const DEFAULT_MAX_DEPTH: usize = 127;

    /// How long a key may be that is looked for again with each piece of its value. A longer one that is repeated becomes the
    /// last instead, which is found without its key: else a long key and many small pieces would cost their product.
    const LONGEST_FOUND: usize = 256;

    /// How long the text may be unless told otherwise: 64 MiB.
    pub const DEFAULT_MAX_BYTES: usize = 64 << 20;

    /// Nothing so far.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how deep arrays and objects may lie inside each other. More than the default is not taken: other parsers could
    /// not read it.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn with_max_depth(mut self, levels: usize) -> Self {
        self.max_depth = levels.min(Self::DEFAULT_MAX_DEPTH);
        self
    }

    /// Sets how many bytes the text may have. The memory that the value needs is in proportion.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn with_max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Takes the next piece of the text, of any length, cut anywhere.
    ///
    /// # Errors
    ///
    /// Where the text is not JSON or breaks a limit. The first error is final: further pieces are refused with the same, and
    /// the value stays what it was up to there, all whole characters before the error included.
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn push(&mut self, piece: impl AsRef<[u8]>) -> Result<(), PartialJsonError> {
        if let Some(error) = &self.error {
            return Err(error.clone());
        }
        let piece = piece.as_ref();
        // What lies within the limit is read, wherever the pieces are cut.
        let room = self.max_bytes.saturating_sub(self.read).min(piece.len());
        let mut root = std::mem::take(&mut self.root);
        let mut input = Input { bytes: &piece[..room], at: 0, base: self.read };
        let walked = self.walk(&mut root, 1, &mut input);
        self.root = root;
        if let Err(error) = walked {
            self.read = error.offset().unwrap_or(self.read);
            return self.broken(error);
        }
        self.read += room;
        if room < piece.len() {
            return self.broken(PartialJsonError::TooLong { limit: self.max_bytes });
        }
        Ok(())
    }

    /// Says that no piece will follow. A number at the top is over then.
    ///
    /// # Errors
    ///
    /// [`PartialJsonError::Unfinished`] where a value is still open; and those of [`push`](Self::push).
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn finish(&mut self) -> Result<(), PartialJsonError> {
        if let Some(error) = &self.error {
            return Err(error.clone());
        }
        if self.next == Next::Number && self.depth == 1 {
            let mut root = std::mem::take(&mut self.root);
            let ended = self.end_number(&mut root, self.read);
            self.root = root;
            ended.or_else(|error| self.broken(error))?;
        }
        if self.is_complete() {
            return Ok(());
        }
        self.broken(PartialJsonError::Unfinished { offset: self.read })
    }

    /// The value so far; `None` before it has begun.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn value(&self) -> Option<&Value> {
        self.root.get(0)
    }

    /// The value so far, to keep.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn into_value(mut self) -> Option<Value> {
        self.root.get_mut(0).map(Value::take)
    }

    /// The value so far as a type of the caller's; fields that may be missing yet need `Option` or a default. It reads the
    /// whole value each time.
    ///
    /// # Errors
    ///
    /// Where the value so far is not of the type.
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        T::deserialize(self.value().unwrap_or(&Value::Null))
    }

    /// Whether the value is whole.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn is_complete(&self) -> bool {
        self.depth == 1 && self.next == Next::Comma
    }

    /// What ended it, if it is not JSON.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn error(&self) -> Option<&PartialJsonError> {
        self.error.as_ref()
    }

    /// How many bytes were taken: all that were pushed, or those before the error.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn len(&self) -> usize {
        self.read
    }

    /// Whether no byte was taken.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn is_empty(&self) -> bool {
        self.read == 0
    }

    /// Whether the part that a [JSON pointer](https://www.rfc-editor.org/rfc/rfc6901) names is there and will not change
    /// any more: its end has come.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn is_settled(&self, pointer: &str) -> bool {
        let Some(mut node) = self.value() else { return false };
        let Some(part) = node.pointer(pointer) else { return false };
        // Down the way on which the text is being written: only what lies on it is open.
        for level in 2..=self.depth {
            if std::ptr::eq(node, part) {
                return false;
            }
            match open_member(&self.again, node, level) {
                Some(member) => node = member,
                None => return true,
            }
        }
        !(std::ptr::eq(node, part) && matches!(self.next, Next::Text { key: false, .. }))
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn broken(&mut self, error: PartialJsonError) -> Result<(), PartialJsonError> {
        self.error = Some(error.clone());
        Err(error)
    }

    /// Takes bytes into an open array or object, from where the piece before ended until this one does, or `node` is closed.
    #[cfg_attr(not(debug_assertions), inline)]
    fn walk(
        &mut self,
        node: &mut Value,
        level: usize,
        input: &mut Input<'_>,
    ) -> Result<(), PartialJsonError> {
        self.step(1);
        if self.depth > level
            && let Some(member) = open_member_mut(&self.again, node, level)
        {
            self.walk(member, level + 1, input)?;
        }
        while self.depth == level
            && let Some(&byte) = input.bytes.get(input.at)
        {
            match self.next {
                Next::Text { key, escape } => self.text(node, key, escape, input)?,
                Next::Literal { word, have } => self.literal(node, word, have, byte, input)?,
                Next::Number => self.number(node, input)?,
                _ => {
                    self.token(node, byte, input)?;
                    if self.depth > level
                        && let Some(member) = open_member_mut(&self.again, node, level)
                    {
                        self.walk(member, level + 1, input)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Takes one byte between strings, numbers and literals.
    #[cfg_attr(not(debug_assertions), inline)]
    fn token(&mut self, node: &mut Value, byte: u8, input: &mut Input<'_>) -> Result<(), PartialJsonError> {
        self.step(1);
        let offset = input.offset();
        let expected = |expected| Err(PartialJsonError::Syntax { offset, expected });
        if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            input.at += 1;
            return Ok(());
        }
        let is_top = self.depth == 1;
        match (self.next, byte) {
            (Next::FirstItem | Next::Comma, b']') if node.is_array() && !is_top => self.close(),
            (Next::FirstKey | Next::Comma, b'}') if node.is_object() => self.close(),
            (Next::Comma, _) if is_top => return expected("nothing behind the value"),
            (Next::Comma, b',') => self.next = if node.is_object() { Next::Key } else { Next::Value },
            (Next::Comma, _) => return expected("a comma or the end of an array or object"),
            (Next::FirstKey | Next::Key, b'"') => {
                self.key.clear();
                self.next = KEY;
            }
            (Next::FirstKey | Next::Key, _) => return expected("a key"),
            (Next::Colon, b':') => self.next = Next::Value,
            (Next::Colon, _) => return expected("a colon"),
            (_, b'"') => {
                self.add(node, Value::String(String::new()));
                self.next = TEXT;
            }
            (_, b'[' | b'{') => self.open(node, byte, offset)?,
            (_, b'-' | b'0'..=b'9') => {
                self.number.clear();
                self.next = Next::Number;
                // The digit is the number's own.
                return Ok(());
            }
            (_, b't') => self.next = Next::Literal { word: "true", have: 1 },
            (_, b'f') => self.next = Next::Literal { word: "false", have: 1 },
            (_, b'n') => self.next = Next::Literal { word: "null", have: 1 },
            _ => return expected("a value"),
        }
        input.at += 1;
        Ok(())
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn open(&mut self, node: &mut Value, byte: u8, offset: usize) -> Result<(), PartialJsonError> {
        if self.depth > self.max_depth {
            return Err(PartialJsonError::TooDeep { offset, limit: self.max_depth });
        }
        let (value, next) = match byte {
            b'[' => (Value::Array(Vec::new()), Next::FirstItem),
            _ => (Value::Object(Map::new()), Next::FirstKey),
        };
        self.add(node, value);
        self.depth += 1;
        self.next = next;
        Ok(())
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn close(&mut self) {
        self.depth -= 1;
        self.next = Next::Comma;
    }

    /// Adds a member. It is the last then, unless its key was there before: it takes the place of that one.
    #[cfg_attr(not(debug_assertions), inline)]
    fn add(&mut self, node: &mut Value, value: Value) {
        // The member before, and all in it, is over.
        while self.again.last().is_some_and(|(level, _)| *level >= self.depth) {
            self.again.pop();
        }
        match node {
            Value::Array(items) => items.push(value),
            Value::Object(members) => {
                let key = std::mem::take(&mut self.key);
                match members.get_mut(&key) {
                    Some(earlier) if key.len() <= Self::LONGEST_FOUND => {
                        *earlier = value;
                        self.again.push((self.depth, key));
                    }
                    _ => {
                        members.swap_remove(&key);
                        members.insert(key, value);
                    }
                }
            }
            _ => {}
        }
        self.next = Next::Comma;
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn literal(
        &mut self,
        node: &mut Value,
        word: &'static str,
        have: usize,
        byte: u8,
        input: &mut Input<'_>,
    ) -> Result<(), PartialJsonError> {
        self.step(1);
        if word.as_bytes().get(have) != Some(&byte) {
            return Err(PartialJsonError::Syntax { offset: input.offset(), expected: word });
        }
        input.at += 1;
        self.next = Next::Literal { word, have: have + 1 };
        if have + 1 == word.len() {
            let value = match word {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ => Value::Null,
            };
            self.add(node, value);
        }
        Ok(())
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn number(&mut self, node: &mut Value, input: &mut Input<'_>) -> Result<(), PartialJsonError> {
        let rest = input.rest();
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let length = rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len());
        self.step(length + 1);
        self.number.extend_from_slice(&rest[..length]);
        input.at += length;
        if length < rest.len() { self.end_number(node, input.offset()) } else { Ok(()) }
    }

    /// Adds the number that ends before `end`.
    #[cfg_attr(not(debug_assertions), inline)]
    fn end_number(&mut self, node: &mut Value, end: usize) -> Result<(), PartialJsonError> {
        let number: serde_json::Number = serde_json::from_slice(&self.number)
            .map_err(|_| PartialJsonError::Number { offset: end - self.number.len() })?;
        self.add(node, Value::Number(number));
        Ok(())
    }

    #[cfg(test)]
    #[cfg_attr(not(debug_assertions), inline)]
    fn step(&mut self, steps: usize) {
        self.steps += steps;
    }

    #[cfg(not(test))]
    #[inline]
    fn step(&self, _: usize) {}
}

/// A piece, and how far it is read.
struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
    /// How many bytes came before it.
    base: usize,
}

impl<'a> Input<'a> {
    #[cfg_attr(not(debug_assertions), inline)]
    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn offset(&self) -> usize {
        self.base + self.at
    }
}

/// The member that was begun last in the array or object at this level.
#[cfg_attr(not(debug_assertions), inline)]
fn open_member_mut<'v>(
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

#[cfg_attr(not(debug_assertions), inline)]
fn open_member<'v>(again: &[(usize, String)], node: &'v Value, level: usize) -> Option<&'v Value> {
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
#[cfg_attr(not(debug_assertions), inline)]
fn again_at(again: &[(usize, String)], level: usize) -> Option<&str> {
    let at = again.binary_search_by_key(&level, |(level, _)| *level).ok()?;
    again.get(at).map(|(_, key)| key.as_str())
}

#[cfg(test)]
mod tests;
