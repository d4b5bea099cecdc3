//! `wire_struct!`: a JSON object with named fields.
//! Not for: objects that are one of several shapes; see `wire_union!` and `wire_tagged!`.

/// Declares a wire object: for each field its name on the wire, its name here and its type.
///
/// The type gets `extra` (what else arrived), `Default`, serde's traits, and for each field a setter of the same name
/// that takes and returns the value. A text that holds JSON, as the input of a tool's call does, is declared `as json`: an
/// object or a list in its place is read as the text of it. See the [module page](crate::wire) for the rules and an example.
#[macro_export]
macro_rules! wire_struct {
    ($(
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $(#[$field_meta:meta])* $wire:literal $field:ident : $ty:ty $(as $how:ident)? ),* $(,)?
        }
    )+) => {$(
        $(#[$meta])*
        #[derive(Clone, Default)]
        #[non_exhaustive]
        pub struct $name {
            $( $(#[$field_meta])* pub $field: $ty, )*
            /// What else arrived, and nulls.
            pub extra: $crate::wire::Extra,
        }

        #[allow(dead_code, reason = "a type need not be built by the crate that declares it")]
        impl $name {
            $(
                #[doc = concat!("Sets [`", stringify!($field), "`](Self#structfield.", stringify!($field), "): `", $wire, "` on the wire.")]
                #[must_use]
                pub fn $field(mut self, value: impl $crate::wire::IntoField<$ty>) -> Self {
                    self.$field = $crate::wire::IntoField::into_field(value);
                    self
                }
            )*
        }

        // `inline` in release builds here and below: such code is compiled where it is used. It is
        // not the attribute `codegen_at_use`, since crates that expand this macro do not have it.
        impl $crate::wire::Object for $name {
            #[cfg_attr(not(debug_assertions), inline)]
            fn name(&self) -> &'static str {
                stringify!($name)
            }

            #[cfg_attr(not(debug_assertions), inline)]
            fn fields<'a>(&'a self, see: &mut dyn FnMut(&'static str, &'a dyn $crate::wire::Wire)) {
                // For objects without fields.
                let _ = &see;
                $( see($wire, &self.$field); )*
            }

            #[cfg_attr(not(debug_assertions), inline)]
            fn fields_mut(&mut self, see: &mut dyn FnMut(&'static str, &mut dyn $crate::wire::Wire)) {
                let _ = &see;
                $( see($wire, $crate::wire_field!(&mut self.$field $(, $how)?)); )*
            }

            #[cfg_attr(not(debug_assertions), inline)]
            fn extra(&self) -> &$crate::wire::Extra {
                &self.extra
            }

            #[cfg_attr(not(debug_assertions), inline)]
            fn extra_mut(&mut self) -> &mut $crate::wire::Extra {
                &mut self.extra
            }
        }

        impl $crate::wire::Wire for $name {
            #[cfg_attr(not(debug_assertions), inline)]
            fn fill<'a>(
                &mut self,
                input: $crate::wire::Input<'a>,
                aside: &mut $crate::wire::Aside,
            ) -> ::core::result::Result<(), $crate::wire::Misfit<'a>> {
                $crate::wire::private::fill_object(self, input, aside)
            }

            #[cfg_attr(not(debug_assertions), inline)]
            fn view(&self) -> $crate::wire::View<'_> {
                $crate::wire::View::Object(self)
            }

            #[cfg_attr(not(debug_assertions), inline)]
            fn is_default(&self) -> bool {
                $crate::wire::private::object_is_default(self)
            }
        }

        $crate::wire_traits!($name);
    )+};
}

/// A field, as it is read: by its type alone, or as a text that holds JSON.
#[doc(hidden)]
#[macro_export]
macro_rules! wire_field {
    ($field:expr) => {
        $field
    };
    ($field:expr, json) => {
        &mut $crate::wire::private::JsonText($field)
    };
}

/// The traits that go by way of the tree and of the view, so that they need no code of the type's own.
#[doc(hidden)]
#[macro_export]
macro_rules! wire_traits {
    ($name:ident) => {
        impl ::core::fmt::Debug for $name {
            #[cfg_attr(not(debug_assertions), inline)]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::wire::private::debug(stringify!($name), $crate::wire::Wire::view(self), f)
            }
        }

        impl ::core::cmp::PartialEq for $name {
            #[cfg_attr(not(debug_assertions), inline)]
            fn eq(&self, other: &Self) -> bool {
                $crate::wire::private::is_same(
                    $crate::wire::Wire::view(self),
                    $crate::wire::Wire::view(other),
                )
            }
        }

        $crate::wire_serde!($name);
    };
}

/// serde's traits for a wire type: by way of the tree and of the view, whatever the serializer.
#[doc(hidden)]
#[macro_export]
macro_rules! wire_serde {
    ($name:ident) => {
        impl $crate::wire::private::serde::Serialize for $name {
            #[cfg_attr(not(debug_assertions), inline)]
            fn serialize<S: $crate::wire::private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                $crate::wire::private::serde::Serialize::serialize(
                    &$crate::wire::Wire::view(self),
                    serializer,
                )
            }
        }

        impl<'de> $crate::wire::private::serde::Deserialize<'de> for $name {
            #[cfg_attr(not(debug_assertions), inline)]
            fn deserialize<D: $crate::wire::private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                $crate::wire::private::deserialize(deserializer)
            }
        }
    };
}

#[cfg(test)]
#[allow(unreachable_pub, reason = "the macros declare public types")]
mod tests {
    use serde_json::{Value, json};

    use crate::wire::read;

    wire_struct! {
        /// A part.
        pub struct Part {
            /// A name.
            "name" name: String,
        }
        /// A whole.
        pub struct Whole {
            /// A count.
            "theCount" count: Option<u64>,
            /// A required list.
            "parts" parts: Vec<Part>,
            /// A document.
            "doc" doc: Value,
        }
    }

    /// Reads and writes `wire`, which must come back equal.
    fn check(wire: Value) -> Whole {
        let text = wire.to_string();
        let whole: Whole = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_value(&whole).unwrap(), wire);
        let from_value: Whole = serde_json::from_value(wire).unwrap();
        assert_eq!(from_value, whole);
        whole
    }

    #[test]
    fn what_arrives_is_written_back() {
        check(json!({"theCount": 3, "parts": [{"name": "a", "x": [1]}], "doc": {"z": 1, "a": null}}));
        check(json!({"theCount": null, "parts": [], "unknown": {"k": null}}));
        check(json!({"parts": [{"name": null}], "doc": null}));
    }

    #[test]
    fn an_integer_may_be_an_integral_float_or_a_text_and_nothing_else() {
        for good in ["28.0", "28", "\"28\"", "2.8e1"] {
            let text = format!(r#"{{"theCount": {good}}}"#);
            let (whole, odd) = read::<Whole>(text.as_bytes()).unwrap();
            assert_eq!((whole.count, odd.len()), (Some(28), 0), "{good}");
            assert_eq!(serde_json::to_string(&whole).unwrap(), r#"{"theCount":28,"parts":[]}"#);
        }
        for bad in ["28.5", "-1", "\"28.0\"", "\" 28\"", "\"+28\"", "\"\"", "1e300", "[]", "false"] {
            let text = format!(r#"{{"parts":[],"theCount":{bad}}}"#);
            let (whole, odd) = read::<Whole>(text.as_bytes()).unwrap();
            assert_eq!((whole.count, odd.len()), (None, 1), "{bad}");
            assert_eq!(odd[0].error.path(), "theCount");
            assert_eq!(serde_json::to_value(&whole).unwrap(), serde_json::from_str::<Value>(&text).unwrap());
        }
    }

    #[test]
    fn an_odd_member_or_item_is_kept_where_it_stood() {
        for (wire, paths) in [
            (json!({"parts": [{"name": "a"}, 5, {"name": []}, null]}), "parts[1] parts[2].name parts[3]"),
            (json!({"parts": {"name": "a"}, "theCount": 4}), "parts"),
            (json!({"parts": [[]], "theCount": {}, "new": 1}), "theCount parts[0]"),
        ] {
            let (whole, odd) = read::<Whole>(wire.to_string().as_bytes()).unwrap();
            assert_eq!(odd.iter().map(|odd| odd.error.path()).collect::<Vec<_>>().join(" "), paths);
            let copy = check(wire);
            assert_eq!(copy, whole);
            assert_ne!(copy, Whole::default());
        }
    }

    #[test]
    fn a_value_set_aside_gives_way_to_one_set_later() {
        let whole = check(json!({"theCount": "x", "parts": [7]}));
        let text = serde_json::to_string(&whole.count(4)).unwrap();
        assert_eq!(text, r#"{"theCount":4,"parts":[7]}"#);
    }

    #[test]
    fn a_null_gives_way_to_a_value_set_later() {
        let whole = check(json!({"theCount": null, "parts": []}));
        let text = serde_json::to_string(&whole.count(4)).unwrap();
        assert_eq!(text, r#"{"theCount":4,"parts":[]}"#);
    }

    #[test]
    fn escaped_keys_are_the_same_keys() {
        let whole: Whole = serde_json::from_str(r#"{"the\u0043ount": 7, "\u00e9": 1}"#).unwrap();
        assert_eq!((whole.count, whole.extra.get("é")), (Some(7), Some(&json!(1))));
    }
}
