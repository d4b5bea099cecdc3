//! `wire_union!`: a JSON object of which one key is set, and the key says what it is (Smithy's union).
//! Not for: objects told apart by a `type` key; see `wire_tagged!`.

/// Declares a union: for each member its key on the wire, its name here and its type.
///
/// An object with no known key, or with more than one key, is kept whole in `Unknown`; `resolved` reads the one known
/// member out of an object that has grown further keys.
///
/// ```
/// bedrock_formats::wire_union! {
///     /// Where an image is.
///     pub enum Source {
///         /// Here, as text.
///         "inline" => Inline(String),
///     }
/// }
///
/// let source: Source = serde_json::from_str(r#"{"hologram":{"depth":3}}"#)?;
/// assert!(matches!(&source, Source::Unknown(object) if object.contains_key("hologram")));
/// assert_eq!(serde_json::to_string(&source)?, r#"{"hologram":{"depth":3}}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! wire_union {
    ($(
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$variant_meta:meta])* $wire:literal => $variant:ident($ty:ty) ),* $(,)?
        }
    )+) => {$(
        $(#[$meta])*
        #[derive(Clone)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$variant_meta])* $variant($ty), )*
            /// An object that is none of the known members, as it arrived.
            Unknown($crate::wire::Extra),
        }

        #[allow(dead_code, reason = "a type need not be built by the crate that declares it")]
        impl $name {
            /// The key of the member that is set: `None` for `Unknown`.
            #[must_use]
            #[cfg_attr(not(debug_assertions), inline)]
            pub fn member(&self) -> ::core::option::Option<&'static str> {
                match self {
                    $( Self::$variant(_) => Some($wire), )*
                    Self::Unknown(_) => None,
                }
            }

            /// The known member inside an `Unknown` object which holds exactly one that is not null, beside keys that
            /// are not known here: for code that wants the meaning and not the exact object.
            #[must_use]
            #[cfg_attr(not(debug_assertions), inline)]
            pub fn resolved(&self) -> ::std::borrow::Cow<'_, Self> {
                let Self::Unknown(object) = self else { return ::std::borrow::Cow::Borrowed(self) };
                let mut found = Self::default();
                if $crate::wire::private::resolve(&mut found, object) {
                    ::std::borrow::Cow::Owned(found)
                } else {
                    ::std::borrow::Cow::Borrowed(self)
                }
            }
        }

        impl ::core::default::Default for $name {
            #[cfg_attr(not(debug_assertions), inline)]
            fn default() -> Self {
                Self::Unknown($crate::wire::Extra::new())
            }
        }

        impl $crate::wire::private::Choice<dyn $crate::wire::Wire> for $name {
            #[cfg_attr(not(debug_assertions), inline)]
            fn select(
                &mut self,
                name: &str,
            ) -> ::core::option::Option<(&'static str, &mut (dyn $crate::wire::Wire + 'static))> {
                match name {
                    $( $wire => {
                        *self = Self::$variant(<$ty as ::core::default::Default>::default());
                        if let Self::$variant(value) = self { Some(($wire, value)) } else { None }
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
                $crate::wire::private::fill_union(self, stringify!($name), input, aside)
            }

            #[cfg_attr(not(debug_assertions), inline)]
            fn view(&self) -> $crate::wire::View<'_> {
                match self {
                    $( Self::$variant(value) => $crate::wire::View::Member($wire, value), )*
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
        /// A point.
        pub struct Point {
            /// Across.
            "x" x: Option<i64>,
        }
    }
    wire_union! {
        /// A figure.
        pub enum Figure {
            /// A point.
            "point" => Point(Point),
            /// A label.
            "label" => Label(String),
            /// Anything.
            "any" => Any(Value),
        }
    }

    fn check(wire: Value, member: Option<&str>, resolved: Option<&str>) {
        let figure: Figure = serde_json::from_str(&wire.to_string()).unwrap();
        assert_eq!(serde_json::to_value(&figure).unwrap(), wire);
        assert_eq!(figure.member(), member, "{wire}");
        assert_eq!(figure.resolved().member(), resolved, "{wire}");
    }

    #[test]
    fn every_object_comes_back() {
        check(json!({"point": {"x": 1, "y": 2}}), Some("point"), Some("point"));
        check(json!({"label": ""}), Some("label"), Some("label"));
        check(json!({"any": {"a": 1}}), Some("any"), Some("any"));
        check(json!({"any": null}), Some("any"), Some("any"));
        check(json!({}), None, None);
        check(json!({"circle": 1}), None, None);
        check(json!({"label": null}), None, None);
        check(json!({"label": "a", "point": null}), None, Some("label"));
        check(json!({"label": "a", "new": 1}), None, Some("label"));
        check(json!({"new": 1, "label": "a"}), None, Some("label"));
        check(json!({"label": "a", "point": {}}), None, None);
    }

    #[test]
    fn a_member_of_another_type_is_kept_as_it_came() {
        for (wire, path) in [(json!({"label": true}), "label"), (json!({"point": [1]}), "point")] {
            let (_, odd) = crate::wire::read::<Figure>(wire.to_string().as_bytes()).unwrap();
            assert_eq!(odd[0].error.path(), path);
            check(wire, None, None);
        }
        check(json!({"point": {"x": []}}), Some("point"), Some("point"));
        assert!(serde_json::from_str::<Figure>(r#""label""#).is_err());
    }
}
