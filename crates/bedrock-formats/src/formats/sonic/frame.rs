//! What a frame of the stream holds, in either direction: one event under the key `event`.

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::wire::{self, Extra, Wire};

/// What a frame holds: one event, under the key `event`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Frame<E> {
    /// The event.
    pub event: E,
    /// What else arrived beside it.
    pub extra: Extra,
}

impl<E> Frame<E> {
    /// A frame with this event.
    #[must_use]
    pub fn new(event: E) -> Self {
        Self { event, extra: Extra::new() }
    }
}

impl<E: Serialize> Serialize for Frame<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("event", &self.event)?;
        for (key, value) in &self.extra {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de, E: Wire + Default> Deserialize<'de> for Frame<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        let mut extra = Extra::deserialize(deserializer)?;
        let value = extra.shift_remove("event").ok_or_else(|| D::Error::missing_field("event"))?;
        let mut event = E::default();
        wire::fill(&mut event, value.into()).map_err(|error| D::Error::custom(error.under("event")))?;
        Ok(Self { event, extra })
    }
}
