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
        #[derive(Clone)]
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
            #[cfg_attr(not(debug_assertions), inline)]
            pub fn tag(&self) -> ::core::option::Option<&str> {
                match self {
                    $( Self::$variant(_) => Some($tag), )*
                    Self::Unknown(object) => object.get("type").and_then(|tag| tag.as_str()),
                }
            }
        }

        impl ::core::default::Default for $name {
            #[cfg_attr(not(debug_assertions), inline)]
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

        impl $crate::wire::private::Choice<dyn $crate::wire::Object> for $name {
            #[cfg_attr(not(debug_assertions), inline)]
            fn select(
                &mut self,
                name: &str,
            ) -> ::core::option::Option<(&'static str, &mut (dyn $crate::wire::Object + 'static))> {
                match name {
                    $( $tag => {
                        *self = Self::$variant(<$ty as ::core::default::Default>::default());
                        if let Self::$variant(value) = self { Some(($tag, value)) } else { None }
                    } )*
                    _ => None,
                }
            }

            #[cfg_attr(not(debug_assertions), inline)]
            fn keep(&mut self, object: $crate::wire::Extra) {
                *self = Self::Unknown(object);
            }
        }

        impl $crate::wire::Wire for $name {
            #[cfg_attr(not(debug_assertions), inline)]
            fn fill<'a>(
                &mut self,
                input: $crate::wire::Input<'a>,
                aside: &mut $crate::wire::Aside,
            ) -> ::core::result::Result<(), $crate::wire::Misfit<'a>> {
                $crate::wire::private::fill_tagged(self, stringify!($name), input, aside)
            }

            #[cfg_attr(not(debug_assertions), inline)]
            fn view(&self) -> $crate::wire::View<'_> {
                match self {
                    $( Self::$variant(value) => $crate::wire::View::Tagged($tag, value), )*
                    Self::Unknown(object) => $crate::wire::View::Unknown(object),
                }
            }

            #[cfg_attr(not(debug_assertions), inline)]
            fn is_default(&self) -> bool {
                $crate::wire::Wire::is_absent(self)
            }

            #[cfg_attr(not(debug_assertions), inline)]
            fn is_absent(&self) -> bool {
                matches!(self, Self::Unknown(object) if object.is_empty())
            }
        }

        $crate::wire_traits!($name);
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
        let wire = json!({"type": "text", "text": [5]});
        let (part, odd) = crate::wire::read::<Part>(wire.to_string().as_bytes()).unwrap();
        assert_eq!(serde_json::to_value(&part).unwrap(), wire);
        assert!(odd[0].error.to_string().contains("in \"text\""), "{odd:?}");
        assert_eq!(odd[0].error.path(), "text");
        check(wire, true);
    }
}
