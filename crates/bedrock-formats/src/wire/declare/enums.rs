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
            #[cfg_attr(not(debug_assertions), inline)]
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $wire, )*
                    Self::Other(name) => name,
                }
            }
        }

        impl ::core::default::Default for $name {
            #[cfg_attr(not(debug_assertions), inline)]
            fn default() -> Self {
                Self::Other(::std::string::String::new())
            }
        }

        impl ::core::convert::From<&str> for $name {
            #[cfg_attr(not(debug_assertions), inline)]
            fn from(name: &str) -> Self {
                match name {
                    $( $wire => Self::$variant, )*
                    _ => Self::Other(name.to_owned()),
                }
            }
        }

        impl ::core::convert::From<::std::string::String> for $name {
            #[cfg_attr(not(debug_assertions), inline)]
            fn from(name: ::std::string::String) -> Self {
                Self::from(name.as_str())
            }
        }

        impl ::core::fmt::Display for $name {
            #[cfg_attr(not(debug_assertions), inline)]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::wire::Wire for $name {
            #[cfg_attr(not(debug_assertions), inline)]
            fn fill<'a>(
                &mut self,
                input: $crate::wire::Input<'a>,
                _: &mut $crate::wire::Aside,
            ) -> ::core::result::Result<(), $crate::wire::Misfit<'a>> {
                *self = Self::from(&*$crate::wire::private::text(input)?);
                Ok(())
            }

            #[cfg_attr(not(debug_assertions), inline)]
            fn view(&self) -> $crate::wire::View<'_> {
                $crate::wire::View::Text(self.as_str())
            }

            #[cfg_attr(not(debug_assertions), inline)]
            fn is_default(&self) -> bool {
                self.as_str().is_empty()
            }

            #[cfg_attr(not(debug_assertions), inline)]
            fn is_absent(&self) -> bool {
                self.as_str().is_empty()
            }
        }

        $crate::wire_serde!($name);
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
