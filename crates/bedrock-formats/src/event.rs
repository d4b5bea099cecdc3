//! From a frame to an event of its stream, and back.
//!
//! For: the unions that travel in event streams: a frame's `:event-type` or `:exception-type` names the member, and its
//! payload is the bare member.
//! Not for: frames themselves, which the eventstream crate cuts, and the chunks inside InvokeModel's frames.

/// A payload that is not the JSON of its event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("payload of {event_type:?} is not its JSON: {reason}")]
pub struct EventError {
    /// The frame's `:event-type` or `:exception-type`.
    pub event_type: String,
    /// What is wrong, and where: in which field, or where it is no JSON, at which line and column of the payload.
    pub reason: String,
}

impl EventError {
    pub(crate) fn new(event_type: &str, error: &serde_json::Error) -> Self {
        Self { event_type: event_type.to_owned(), reason: error.to_string() }
    }
}

/// Gives a union of events its way from and to frames. The members stand in the order in which they are looked for.
macro_rules! event_union {
    ($union:ident { $($name:literal => $variant:ident($event:ident)),* $(,)? }) => {
        impl $union {
            /// Reads a frame: the value of its `:event-type` header (or of `:exception-type`) and its payload.
            ///
            /// The padding key `p` is dropped. Names are compared without regard to case, since exceptions are written in
            /// two ways. An event of an unknown name is kept in `Unknown`, under its name. An empty payload counts
            /// as `{}`.
            ///
            /// # Errors
            ///
            /// When the payload is not JSON, or not the JSON of this event.
            #[cfg_attr(not(debug_assertions), inline)]
            pub fn from_event(event_type: &str, payload: &[u8]) -> Result<Self, $crate::event::EventError> {
                Self::read_event(event_type, payload).map(|(event, _)| event)
            }

            /// The same, with what was not of its type and has been set aside.
            ///
            /// # Errors
            ///
            /// As there.
            #[cfg_attr(not(debug_assertions), inline)]
            pub fn read_event(
                event_type: &str,
                payload: &[u8],
            ) -> Result<(Self, Vec<$crate::wire::Odd>), $crate::event::EventError> {
                let payload = if payload.trim_ascii().is_empty() { b"{}" } else { payload };
                let event = match event_type {
                    $( name if name.eq_ignore_ascii_case($name) => {
                        $crate::wire::read::<$event>(payload).map(|(mut event, odd)| {
                            event.extra.shift_remove("p");
                            (Self::$variant(event), odd)
                        })
                    } )*
                    _ => serde_json::from_slice(payload).map(|mut value: serde_json::Value| {
                        if let serde_json::Value::Object(object) = &mut value {
                            object.shift_remove("p");
                        }
                        let unknown = $crate::wire::Extra::from_iter([(event_type.to_owned(), value)]);
                        (Self::Unknown(unknown), Vec::new())
                    }),
                };
                event.map_err(|error| $crate::event::EventError::new(event_type, &error))
            }

            /// What a frame of this event carries: the name for its `:event-type` header (`:exception-type`, if
            /// [`is_exception`](Self::is_exception) says so) and its payload. `None` for an `Unknown` that does not hold
            /// exactly one key.
            #[cfg_attr(not(debug_assertions), inline)]
            #[must_use]
            pub fn to_event(&self) -> Option<(&str, Vec<u8>)> {
                let (name, payload) = match self {
                    $( Self::$variant(event) => ($name, serde_json::to_vec(event)), )*
                    Self::Unknown(object) => {
                        let mut entries = object.iter();
                        let ((name, value), None) = (entries.next()?, entries.next()) else { return None };
                        (name.as_str(), serde_json::to_vec(value))
                    }
                };
                payload.ok().map(|payload| (name, payload))
            }

            /// Whether this is an error that ends the stream.
            #[cfg_attr(not(debug_assertions), inline)]
            #[must_use]
            pub fn is_exception(&self) -> bool {
                let name = match self {
                    $( Self::$variant(_) => $name, )*
                    Self::Unknown(object) => object.keys().next().map_or("", String::as_str),
                };
                name.ends_with("Exception")
            }
        }
    };
}
