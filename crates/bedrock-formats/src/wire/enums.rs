//! `wire_enum!`: a string with known values.
//! Not for: unions of objects.

/// Declares a string enum: for each value its name on the wire and its name here. A value that is not listed is kept in
/// `Other`.
///
/// ```
/// bedrock_formats::wire_enum! {
///     /// Who speaks.
///     pub enum Speaker {
///         /// The caller.
///         "user" => User,
///         /// The model.
///         "assistant" => Assistant,
///     }
/// }
///
/// let speaker: Speaker = serde_json::from_str("\"narrator\"")?;
/// assert_eq!(speaker, Speaker::Other("narrator".into()));
/// assert_eq!(Speaker::from("user").as_str(), "user");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! wire_enum {
    ($(
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$variant_meta:meta])* $wire:literal => $variant:ident ),* $(,)?
        }
    )+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$variant_meta])* $variant, )*
            /// A value that is not known here, as it arrived. The empty string stands for a value that was absent.
            Other(::std::string::String),
        }

        #[allow(dead_code, reason = "a type need not be built by the crate that declares it")]
        impl $name {
            /// The values known here, as they are written on the wire.
            pub const NAMES: &'static [&'static str] = &[$($wire),*];

            /// The value as it is written on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $wire, )*
                    Self::Other(name) => name,
                }
            }
        }

        impl ::core::default::Default for $name {
            fn default() -> Self {
                Self::Other(::std::string::String::new())
            }
        }

        impl ::core::convert::From<&str> for $name {
            fn from(name: &str) -> Self {
                match name {
                    $( $wire => Self::$variant, )*
                    _ => Self::Other(name.to_owned()),
                }
            }
        }

        impl ::core::convert::From<::std::string::String> for $name {
            fn from(name: ::std::string::String) -> Self {
                match name.as_str() {
                    $( $wire => Self::$variant, )*
                    _ => Self::Other(name),
                }
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::wire::private::serde::Serialize for $name {
            fn serialize<S: $crate::wire::private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::wire::private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::wire::private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                let key = <$crate::wire::Key<'de> as $crate::wire::private::serde::Deserialize<'de>>::deserialize(
                    deserializer,
                )?;
                Ok(Self::from(key.as_str()))
            }
        }

        impl<'de> $crate::wire::FromWire<'de> for $name {
            fn from_wire<D: $crate::wire::private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                <Self as $crate::wire::private::serde::Deserialize<'de>>::deserialize(deserializer)
            }

            fn is_absent(&self) -> bool {
                matches!(self, Self::Other(name) if name.is_empty())
            }
        }
    )+};
}

#[cfg(test)]
#[allow(unreachable_pub, reason = "the macros declare public types")]
mod tests {
    wire_enum! {
        /// A colour.
        pub enum Colour {
            /// Red.
            "red" => Red,
            /// Deep blue.
            "deep-blue" => DeepBlue,
        }
    }

    #[test]
    fn every_value_comes_back_known_or_not() {
        for name in ["red", "deep-blue", "infra\nred", "RED"] {
            let json = serde_json::to_string(name).unwrap();
            let colour: Colour = serde_json::from_str(&json).unwrap();
            assert_eq!(colour.as_str(), name);
            assert_eq!(matches!(colour, Colour::Other(_)), !Colour::NAMES.contains(&name));
            assert_eq!(serde_json::to_string(&colour).unwrap(), json);
        }
        assert!(serde_json::from_str::<Colour>("7").is_err());
    }
}
