//! A format's response as one value, whatever its type.
//! Not for: making it; see [`Aggregator`](super::Aggregator).

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use bedrock_formats::reply::{Reply, ToReply};
use serde::Serialize;
use serde_json::Value;

/// A format's response: it can be written as the service would have sent it, and converted to the common vocabulary.
///
/// Implemented for every type with the right traits.
pub trait NativeMessage: Any + fmt::Debug + Send + Sync {
    /// The response as JSON, as the service would have sent it without streaming.
    fn to_json(&self) -> Value;
    /// The response in the common vocabulary.
    fn to_reply(&self) -> Reply;
    /// The same, where it is known which model was called.
    fn to_reply_of(&self, model_id: Option<&str>) -> Reply;
    /// How many bytes of memory it takes, roughly.
    fn held(&self) -> usize;
    /// For [`Native::get`].
    fn as_any(&self) -> &dyn Any;
}

impl<T: Serialize + ToReply + fmt::Debug + Send + Sync + 'static> NativeMessage for T {
    fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or(Value::Null)
    }

    fn to_reply(&self) -> Reply {
        ToReply::to_reply(self)
    }

    fn to_reply_of(&self, model_id: Option<&str>) -> Reply {
        ToReply::to_reply_of(self, model_id)
    }

    fn held(&self) -> usize {
        // Costs as much as writing the whole answer: asked only when the ledger says that it is time.
        in_memory(&serde_json::to_vec(self).unwrap_or_default())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// How many bytes JSON text takes as a tree, roughly: as many as it has, and room for each of its values.
fn in_memory(json: &[u8]) -> usize {
    /// An entry of a map takes some 150 bytes and has two of the marks that are counted.
    const MARK: usize = 75;
    let (mut held, mut rest) = (json.len(), json);
    while let Some((&byte, behind)) = rest.split_first() {
        rest = match byte {
            b'"' => behind_text(behind),
            b',' | b':' | b'{' | b'[' => {
                held += MARK;
                behind
            }
            _ => behind,
        };
    }
    held
}

/// What follows the text whose inside begins here.
fn behind_text(mut rest: &[u8]) -> &[u8] {
    while let Some(at) = memchr::memchr2(b'"', b'\\', rest) {
        let is_end = rest[at] == b'"';
        rest = rest.get(at + if is_end { 1 } else { 2 }..).unwrap_or_default();
        if is_end {
            return rest;
        }
    }
    &[]
}

/// A complete response of some format.
///
/// ```
/// use bedrock_aggregate::Native;
/// use bedrock_formats::nova;
///
/// let native = Native::new(nova::Response::default());
/// assert!(native.get::<nova::Response>().is_some());
/// assert!(native.get::<bedrock_formats::anthropic::Message>().is_none());
/// ```
#[derive(Debug, Clone)]
pub struct Native(Arc<dyn NativeMessage>);

impl Native {
    /// Wraps a response.
    pub fn new(message: impl NativeMessage) -> Self {
        Self(Arc::new(message))
    }

    /// The response as its own type, if it is of that type.
    #[must_use]
    pub fn get<T: 'static>(&self) -> Option<&T> {
        self.0.as_any().downcast_ref()
    }

    /// The response as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        self.0.to_json()
    }

    /// How many bytes of memory it takes, roughly.
    #[must_use]
    pub(crate) fn held(&self) -> usize {
        self.0.held()
    }

    /// The response in the common vocabulary.
    #[must_use]
    pub fn to_reply(&self) -> Reply {
        self.0.to_reply()
    }

    /// The same, where it is known which model was called: with some models that decides what is reasoning.
    #[must_use]
    pub fn to_reply_of(&self, model_id: Option<&str>) -> Reply {
        self.0.to_reply_of(model_id)
    }
}

impl PartialEq for Native {
    fn eq(&self, other: &Self) -> bool {
        self.to_json() == other.to_json()
    }
}

impl Serialize for Native {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}
