//! `wire_struct!`: a JSON object with named fields.
//! Not for: objects that are one of several shapes; see `wire_union!` and `wire_tagged!`.

/// Declares a wire object: for each field its name on the wire, its name here and its type.
///
/// The type gets `extra` (what else arrived), `Default`, serde's traits, and for each field a setter of the same name
/// that takes and returns the value. See the [module page](crate::wire) for the rules and an example.
#[macro_export]
macro_rules! wire_struct {
    ($(
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $(#[$field_meta:meta])* $wire:literal $field:ident : $ty:ty ),* $(,)?
        }
    )+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq)]
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

        impl $crate::wire::WireStruct for $name {
            fn write_fields<M: $crate::wire::private::serde::ser::SerializeMap>(
                &self,
                map: &mut M,
            ) -> ::core::result::Result<(), M::Error> {
                $(
                    if $crate::wire::private::is_set(&self.$field, $wire, &self.extra) {
                        map.serialize_entry($wire, &self.$field)?;
                    }
                )*
                $crate::wire::private::write_extra(map, &self.extra, |key| match key {
                    $( $wire => $crate::wire::private::is_set(&self.$field, $wire, &self.extra), )*
                    _ => false,
                })
            }
        }

        impl $crate::wire::private::serde::Serialize for $name {
            fn serialize<S: $crate::wire::private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                use $crate::wire::private::serde::ser::SerializeMap as _;
                let mut map = serializer.serialize_map(None)?;
                $crate::wire::WireStruct::write_fields(self, &mut map)?;
                map.end()
            }
        }

        impl<'de> $crate::wire::private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::wire::private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                struct Fields;
                impl<'de> $crate::wire::private::serde::de::Visitor<'de> for Fields {
                    type Value = $name;
                    fn expecting(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                        f.write_str(concat!("an object (", stringify!($name), ")"))
                    }
                    fn visit_map<A: $crate::wire::private::serde::de::MapAccess<'de>>(
                        self,
                        mut map: A,
                    ) -> ::core::result::Result<$name, A::Error> {
                        let mut value = $name::default();
                        while let Some(key) = map.next_key::<$crate::wire::Key<'de>>()? {
                            match key.as_str() {
                                $(
                                    $wire => match $crate::wire::private::read_optional::<$ty, A>(&mut map)? {
                                        Some(field) => value.$field = field,
                                        None => {
                                            value.extra.insert(
                                                key.into_owned(),
                                                $crate::wire::private::serde_json::Value::Null,
                                            );
                                        }
                                    },
                                )*
                                _ => {
                                    value.extra.insert(key.into_owned(), map.next_value()?);
                                }
                            }
                        }
                        Ok(value)
                    }
                }
                deserializer.deserialize_map(Fields)
            }
        }

        impl<'de> $crate::wire::FromWire<'de> for $name {
            fn from_wire<D: $crate::wire::private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                <Self as $crate::wire::private::serde::Deserialize<'de>>::deserialize(deserializer)
            }
        }
    )+};
}

#[cfg(test)]
#[allow(unreachable_pub, reason = "the macros declare public types")]
mod tests {
    use serde_json::{Value, json};

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
    fn an_integer_may_be_an_integral_float_and_nothing_else() {
        let whole: Whole = serde_json::from_str(r#"{"theCount": 28.0, "parts": []}"#).unwrap();
        assert_eq!(whole.count, Some(28));
        for bad in ["28.5", "-1", "\"28\"", "1e300", "[]"] {
            let text = format!(r#"{{"theCount": {bad}}}"#);
            assert!(serde_json::from_str::<Whole>(&text).is_err(), "{bad}");
        }
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
