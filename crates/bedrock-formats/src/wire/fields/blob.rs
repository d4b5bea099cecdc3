//! A binary value, which JSON carries as base64 text.
//! Not for: the chunks inside InvokeModel's frames, which are decoded on the hot path of the aggregator.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize};

use super::text;
use crate::wire::{Aside, Input, IntoField, Misfit, View, Wire};

/// Bytes as they travel: base64 text, kept exactly as it was sent and decoded when asked for.
///
/// ```
/// use bedrock_formats::wire::Blob;
///
/// let blob = Blob::from_bytes(b"hi");
/// assert_eq!(blob.as_base64(), "aGk=");
/// assert_eq!(blob.decode()?, b"hi");
/// # Ok::<(), bedrock_formats::wire::BlobError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Blob(String);

/// The text of a [`Blob`] is not base64.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not base64: {0}")]
pub struct BlobError(String);

impl Blob {
    /// Encodes bytes.
    #[must_use]
    pub fn from_bytes(bytes: impl AsRef<[u8]>) -> Self {
        Self(STANDARD.encode(bytes))
    }

    /// Takes text that is base64 already; it is not checked.
    #[must_use]
    pub fn from_base64(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text as it stands on the wire.
    #[must_use]
    pub fn as_base64(&self) -> &str {
        &self.0
    }

    /// The bytes.
    ///
    /// # Errors
    ///
    /// When the text is not base64 of the standard alphabet with padding.
    pub fn decode(&self) -> Result<Vec<u8>, BlobError> {
        STANDARD.decode(&self.0).map_err(|error| BlobError(error.to_string()))
    }
}

/// Shows the length: a blob is often an image, and never worth reading in a log.
impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

impl From<&[u8]> for Blob {
    fn from(bytes: &[u8]) -> Self {
        Self::from_bytes(bytes)
    }
}

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from_bytes(bytes)
    }
}

impl IntoField<Blob> for Vec<u8> {
    fn into_field(self) -> Blob {
        Blob::from_bytes(self)
    }
}

impl IntoField<Option<Blob>> for Vec<u8> {
    fn into_field(self) -> Option<Blob> {
        Some(Blob::from_bytes(self))
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

impl Wire for Blob {
    // A number is a text elsewhere, but it is no base64.
    fn fill<'a>(&mut self, input: Input<'a>, _: &mut Aside) -> Result<(), Misfit<'a>> {
        self.0 = text(input)?.into_owned();
        Ok(())
    }

    fn view(&self) -> View<'_> {
        View::Blob(&self.0)
    }

    fn is_default(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_kept_as_sent_and_decoded_on_demand() {
        for (text, bytes) in [("", Some(&b""[..])), ("aGk=", Some(b"hi")), ("aGk", None), ("a Gk=", None)] {
            let blob: Blob = serde_json::from_value(text.into()).unwrap();
            assert_eq!(serde_json::to_value(&blob).unwrap(), text);
            assert_eq!(blob.decode().ok().as_deref(), bytes, "{text}");
        }
    }
}
