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
        #[derive(Debug, Clone, PartialEq)]
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
            pub fn member(&self) -> ::core::option::Option<&'static str> {
                match self {
                    $( Self::$variant(_) => Some($wire), )*
                    Self::Unknown(_) => None,
                }
            }

            /// The known member inside an `Unknown` object which holds exactly one that is not null, beside keys that
            /// are not known here: for code that wants the meaning and not the exact object.
            #[must_use]
            pub fn resolved(&self) -> ::std::borrow::Cow<'_, Self> {
                let Self::Unknown(object) = self else { return ::std::borrow::Cow::Borrowed(self) };
                let mut found = None;
                for (key, value) in object.iter().filter(|(_, value)| !value.is_null()) {
                    let member = match key.as_str() {
                        $( $wire => <$ty as $crate::wire::FromWire<'_>>::from_wire(value.clone()).map(Self::$variant), )*
                        _ => continue,
                    };
                    match (member, &found) {
                        (Ok(member), None) => found = Some(member),
                        _ => return ::std::borrow::Cow::Borrowed(self),
                    }
                }
                found.map_or(::std::borrow::Cow::Borrowed(self), ::std::borrow::Cow::Owned)
            }
        }

        impl ::core::default::Default for $name {
            fn default() -> Self {
                Self::Unknown($crate::wire::Extra::new())
            }
        }

        impl $crate::wire::private::serde::Serialize for $name {
            fn serialize<S: $crate::wire::private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                use $crate::wire::private::serde::ser::SerializeMap as _;
                let mut map = serializer.serialize_map(None)?;
                match self {
                    $( Self::$variant(value) => map.serialize_entry($wire, value)?, )*
                    Self::Unknown(object) => $crate::wire::private::write_extra(&mut map, object, |_| false)?,
                }
                map.end()
            }
        }

        impl<'de> $crate::wire::private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::wire::private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                struct Members;
                impl<'de> $crate::wire::private::serde::de::Visitor<'de> for Members {
                    type Value = $name;
                    fn expecting(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                        f.write_str(concat!("an object with one key (", stringify!($name), ")"))
                    }
                    fn visit_map<A: $crate::wire::private::serde::de::MapAccess<'de>>(
                        self,
                        mut map: A,
                    ) -> ::core::result::Result<$name, A::Error> {
                        use $crate::wire::private::serde::de::Error as _;
                        use $crate::wire::private::serde_json::Value;
                        let mut object = $crate::wire::Extra::new();
                        let mut member = None;
                        if let Some(key) = map.next_key::<$crate::wire::Key<'de>>()? {
                            match key.as_str() {
                                $(
                                    $wire => match $crate::wire::private::read_optional::<$ty, A>(&mut map)? {
                                        Some(value) => member = Some($name::$variant(value)),
                                        None => match <$ty as $crate::wire::FromWire<'de>>::from_null() {
                                            Some(value) => member = Some($name::$variant(value)),
                                            None => { object.insert(key.into_owned(), Value::Null); }
                                        },
                                    },
                                )*
                                _ => { object.insert(key.into_owned(), map.next_value()?); }
                            }
                        }
                        while let Some(key) = map.next_key::<$crate::wire::Key<'de>>()? {
                            // One key more than a union has: from here on only the raw object is the truth.
                            if let Some(member) = member.take() {
                                match $crate::wire::private::serde_json::to_value(&member) {
                                    Ok(Value::Object(known)) => object.extend(known),
                                    Ok(_) => {}
                                    Err(error) => return Err(A::Error::custom(error)),
                                }
                            }
                            object.insert(key.into_owned(), map.next_value()?);
                        }
                        Ok(member.unwrap_or($name::Unknown(object)))
                    }
                }
                deserializer.deserialize_map(Members)
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
    fn a_member_of_another_type_is_an_error() {
        assert!(serde_json::from_str::<Figure>(r#"{"label": 1}"#).is_err());
        assert!(serde_json::from_str::<Figure>(r#""label""#).is_err());
    }
}
