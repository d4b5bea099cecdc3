//! `wire_tagged!`: a JSON object whose `type` key says what it is (Anthropic's and OpenAI's way).
//! Not for: unions by key; see `wire_union!`.

/// Declares an object told apart by its `type`: for each type its tag, its name here and the struct of its other fields.
///
/// An object whose tag is not known, or is not a string, is kept whole in `Unknown`.
///
/// ```
/// use bedrock_formats::{wire_struct, wire_tagged};
///
/// wire_struct! {
///     /// Some text.
///     pub struct Text {
///         /// The text.
///         "text" text: String,
///     }
/// }
/// wire_tagged! {
///     /// A part of an answer.
///     pub enum Part {
///         /// Text.
///         "text" => Text(Text),
///     }
/// }
///
/// let part: Part = serde_json::from_str(r#"{"type":"text","text":"Hi"}"#)?;
/// assert!(matches!(&part, Part::Text(text) if text.text == "Hi"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! wire_tagged {
    ($(
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$variant_meta:meta])* $tag:literal => $variant:ident($ty:ty) ),* $(,)?
        }
    )+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        #[allow(clippy::large_enum_variant, reason = "one is held at a time, and boxes would show in every match")]
        pub enum $name {
            $( $(#[$variant_meta])* $variant($ty), )*
            /// An object whose `type` is not known here, as it arrived.
            Unknown($crate::wire::Extra),
        }

        #[allow(dead_code, reason = "a type need not be built by the crate that declares it")]
        impl $name {
            /// The object's `type`: `None` where it has none.
            #[must_use]
            pub fn tag(&self) -> ::core::option::Option<&str> {
                match self {
                    $( Self::$variant(_) => Some($tag), )*
                    Self::Unknown(object) => object.get("type").and_then(|tag| tag.as_str()),
                }
            }
        }

        impl ::core::default::Default for $name {
            fn default() -> Self {
                Self::Unknown($crate::wire::Extra::new())
            }
        }

        $(
            impl ::core::convert::From<$ty> for $name {
                fn from(value: $ty) -> Self {
                    Self::$variant(value)
                }
            }
        )*

        impl $crate::wire::private::serde::Serialize for $name {
            fn serialize<S: $crate::wire::private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                use $crate::wire::private::serde::ser::SerializeMap as _;
                let mut map = serializer.serialize_map(None)?;
                match self {
                    $( Self::$variant(value) => {
                        map.serialize_entry("type", $tag)?;
                        $crate::wire::WireStruct::write_fields(value, &mut map)?;
                    } )*
                    Self::Unknown(object) => $crate::wire::private::write_extra(&mut map, object, |_| false)?,
                }
                map.end()
            }
        }

        impl<'de> $crate::wire::private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::wire::private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                use $crate::wire::private::serde::de::Error as _;
                use $crate::wire::private::serde_json::Value;
                // The tag may stand anywhere in the object, so the object is read first.
                let mut object =
                    <$crate::wire::Extra as $crate::wire::private::serde::Deserialize<'de>>::deserialize(deserializer)?;
                let Some(tag) = object.get("type").and_then(Value::as_str) else {
                    return Ok(Self::Unknown(object));
                };
                match tag {
                    $( $tag => {
                        object.shift_remove("type");
                        <$ty as $crate::wire::FromWire<'_>>::from_wire(Value::Object(object))
                            .map(Self::$variant)
                            .map_err(|error| D::Error::custom(format_args!("in {:?}: {error}", $tag)))
                    } )*
                    _ => Ok(Self::Unknown(object)),
                }
            }
        }

        impl<'de> $crate::wire::FromWire<'de> for $name {
            fn from_wire<D: $crate::wire::private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                <Self as $crate::wire::private::serde::Deserialize<'de>>::deserialize(deserializer)
            }

            fn is_absent(&self) -> bool {
                matches!(self, Self::Unknown(object) if object.is_empty())
            }
        }
    )+};
}

#[cfg(test)]
#[allow(unreachable_pub, reason = "the macros declare public types")]
mod tests {
    use serde_json::{Value, json};

    wire_struct! {
        /// Text.
        pub struct Text {
            /// The text.
            "text" text: String,
        }
        /// A pause.
        pub struct Pause {}
    }
    wire_tagged! {
        /// A part.
        pub enum Part {
            /// Text.
            "text" => Text(Text),
            /// A pause.
            "pause" => Pause(Pause),
        }
    }

    fn check(wire: Value, known: bool) {
        let part: Part = serde_json::from_str(&wire.to_string()).unwrap();
        assert_eq!(serde_json::to_value(&part).unwrap(), wire);
        assert_eq!(!matches!(part, Part::Unknown(_)), known, "{wire}");
        assert_eq!(part.tag(), wire.get("type").and_then(Value::as_str));
    }

    #[test]
    fn every_object_comes_back() {
        check(json!({"type": "text", "text": "a", "citations": null}), true);
        check(json!({"text": "a", "x": 1, "type": "text"}), true);
        check(json!({"type": "pause"}), true);
        check(json!({"type": "hologram", "depth": [3]}), false);
        check(json!({"type": null, "text": "a"}), false);
        check(json!({"text": "a"}), false);
    }

    #[test]
    fn an_error_names_the_tag() {
        let error = serde_json::from_str::<Part>(r#"{"type":"text","text":5}"#).unwrap_err();
        assert!(error.to_string().contains("in \"text\""), "{error}");
    }
}
