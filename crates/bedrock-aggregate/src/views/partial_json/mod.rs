//! JSON that is still being written: the value so far, growing in place.
//!
//! For: showing or checking a tool call's input while the model writes it. [`ToolInputs`](crate::ToolInputs) does so for all
//! calls of an answer.
//! Not for: repairing JSON. What is not JSON is an error, and the value stays what it was.

mod error;
mod state;
mod text;
mod walk;

use bedrock_codegen::codegen_at_use;
use serde::Deserialize;
use serde_json::Value;

pub use error::PartialJsonError;
use state::{Input, Next, open_member};

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

#[codegen_at_use]
impl Default for PartialJson {
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

#[codegen_at_use]
impl PartialJson {
    /// How deep arrays and objects may be nested by default: as deep as `serde_json` goes.
    pub const DEFAULT_MAX_DEPTH: usize = 127;

    /// How long a key may be that is looked for again with each piece of its value. A longer one that is repeated becomes the
    /// last instead, which is found without its key: else a long key and many small pieces would cost their product.
    const LONGEST_FOUND: usize = 256;

    /// How long the text may be by default: 64 MiB.
    pub const DEFAULT_MAX_BYTES: usize = 64 << 20;

    /// Nothing so far.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how deep arrays and objects may lie inside each other. More than the default is not taken: other parsers could
    /// not read it.
    #[must_use]
    pub fn with_max_depth(mut self, levels: usize) -> Self {
        self.max_depth = levels.min(Self::DEFAULT_MAX_DEPTH);
        self
    }

    /// Sets how many bytes the text may have. The memory that the value needs is in proportion.
    #[must_use]
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
    pub fn value(&self) -> Option<&Value> {
        self.root.get(0)
    }

    /// The value so far, to keep.
    #[must_use]
    pub fn into_value(mut self) -> Option<Value> {
        self.root.get_mut(0).map(Value::take)
    }

    /// The value so far as a type of the caller's; fields that may be missing yet need `Option` or a default. It reads the
    /// whole value each time.
    ///
    /// # Errors
    ///
    /// Where the value so far is not of the type.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        T::deserialize(self.value().unwrap_or(&Value::Null))
    }

    /// Whether the value is whole.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.depth == 1 && self.next == Next::Comma
    }

    /// What ended it, if it is not JSON.
    #[must_use]
    pub fn error(&self) -> Option<&PartialJsonError> {
        self.error.as_ref()
    }

    /// How many bytes were taken: all that were pushed, or those before the error.
    #[must_use]
    pub fn len(&self) -> usize {
        self.read
    }

    /// Whether no byte was taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.read == 0
    }

    /// Whether the part that a [JSON pointer](https://www.rfc-editor.org/rfc/rfc6901) names is there and will not change
    /// any more: its end has come.
    #[must_use]
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

    fn broken(&mut self, error: PartialJsonError) -> Result<(), PartialJsonError> {
        self.error = Some(error.clone());
        Err(error)
    }
}

#[cfg(test)]
mod tests;
