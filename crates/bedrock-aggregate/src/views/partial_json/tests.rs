//! Tables of texts and what is shown of them, and the laws: any JSON in any pieces is what serde reads.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Pushes the pieces one by one; what is shown after each.
fn shown(pieces: &[&[u8]]) -> (PartialJson, Vec<Option<Value>>) {
    let mut json = PartialJson::new();
    let mut shown = Vec::new();
    for piece in pieces {
        let _ = json.push(piece);
        shown.push(json.value().cloned());
    }
    (json, shown)
}

/// What comes of the pieces in the end: the verdict, the value in its order, and how many bytes were taken.
fn end_of(pieces: &[&[u8]], limit: usize) -> (Result<(), PartialJsonError>, Option<String>, usize) {
    let mut json = PartialJson::new().with_max_bytes(limit);
    let pushed = pieces.iter().try_for_each(|piece| json.push(piece));
    let end = pushed.and_then(|()| json.finish());
    (end, json.value().map(Value::to_string), json.len())
}

/// Cuts bytes at the given places, taken modulo their length.
fn cut<'b>(bytes: &'b [u8], places: &[usize]) -> Vec<&'b [u8]> {
    let mut places: Vec<_> = places.iter().map(|place| place % (bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places.windows(2).map(|ends| &bytes[ends[0]..ends[1]]).collect()
}

/// Whether `later` shows all that `earlier` showed, and perhaps more.
fn has_grown(earlier: &Value, later: &Value) -> bool {
    match (earlier, later) {
        (Value::String(earlier), Value::String(later)) => later.starts_with(earlier.as_str()),
        (Value::Array(earlier), Value::Array(later)) => {
            earlier.len() <= later.len() && earlier.iter().zip(later).all(|(e, l)| has_grown(e, l))
        }
        (Value::Object(earlier), Value::Object(later)) => {
            earlier.iter().all(|(key, e)| later.get(key).is_some_and(|l| has_grown(e, l)))
        }
        (earlier, later) => earlier == later,
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((".{0,6}", inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A byte as strings hold them, right or wrong: the parts of characters of two, three and four bytes, escapes, ends.
fn any_string_byte() -> impl Strategy<Value = u8> {
    let special = b"\"\\u0\x01a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xED\xA0\xFF:,}]".to_vec();
    prop_oneof![4 => prop::sample::select(special), 1 => any::<u8>()]
}

/// The text of JSON whose objects have few keys, and those often.
fn repeating_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![Just("1".to_owned()), Just("null".to_owned()), "\"[a-zé]{0,4}\""];
    leaf.prop_recursive(4, 40, 8, |inner| {
        let member = ("[abc]", inner.clone()).prop_map(|(key, value)| format!("{key:?}:{value}"));
        prop_oneof![
            2 => prop::collection::vec(member, 0..8).prop_map(|members| format!("{{{}}}", members.join(","))),
            1 => prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
        ]
    })
}

/// Writes each character that is not ASCII, and some that are, as an escape.
fn escape_all(text: &str) -> String {
    let escape = |character: char| {
        if character.is_ascii() && !"/\u{7f}".contains(character) {
            return character.to_string();
        }
        character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04X}")).collect()
    };
    text.chars().map(escape).collect()
}

#[test]
fn what_is_so_far_is_shown() {
    for (text, expected) in [
        ("", None),
        (" ", None),
        ("{", Some(json!({}))),
        (r#"{"a"#, Some(json!({}))),
        (r#"{"a""#, Some(json!({}))),
        (r#"{"a":"#, Some(json!({}))),
        (r#"{"a":12"#, Some(json!({}))),
        (r#"{"a":12,"#, Some(json!({"a": 12}))),
        (r#"{"a":tru"#, Some(json!({}))),
        (r#"{"a":true"#, Some(json!({"a": true}))),
        (r#"{"a":""#, Some(json!({"a": ""}))),
        (r#"{"a":"x\"#, Some(json!({"a": "x"}))),
        (r#"{"a":"x\n"#, Some(json!({"a": "x\n"}))),
        (r#"{"a":"x\uD83"#, Some(json!({"a": "x"}))),
        (r#"{"a":"x\uD83D\uDE0"#, Some(json!({"a": "x"}))),
        (r#"{"a":"x\uD83D\uDE00"#, Some(json!({"a": "x😀"}))),
        (r#"{"a":[{"b":["#, Some(json!({"a": [{"b": []}]}))),
        (r#"{"a":1,"a":"#, Some(json!({"a": 1}))),
        (r#"{"a":1,"b":2,"a":["#, Some(json!({"a": [], "b": 2}))),
        (r#"{"a":1,"b":2,"a":[{"c":"x"#, Some(json!({"a": [{"c": "x"}], "b": 2}))),
        (
            r#"{"a":"x","b":{"c":1,"d":2,"c":"y","e":3},"a":"z"#,
            Some(json!({"a": "z", "b": {"c": "y", "d": 2, "e": 3}})),
        ),
        (r#"{"a":{"b":1},"c":2,"a":{"d":3},"e":"f"#, Some(json!({"a": {"d": 3}, "c": 2, "e": "f"}))),
        ("3", None),
        ("\"x", Some(json!("x"))),
    ] {
        let value = shown(&[text.as_bytes()]).0.value().cloned();
        assert_eq!(value, expected, "{text}");
        // `==` of objects does not look at their order.
        assert_eq!(value.map(|value| value.to_string()), expected.as_ref().map(Value::to_string), "{text}");
        let single: Vec<_> = text.as_bytes().chunks(1).collect();
        assert_eq!(shown(&single).0.value(), expected.as_ref(), "{text}, byte by byte");
    }
}

#[test]
fn a_text_that_is_no_json_is_refused_where_that_shows() {
    for (text, error) in [
        (&b"}"[..], "expected a value at byte 0"),
        (b"{]", "expected a key at byte 1"),
        (b"[}", "expected a value at byte 1"),
        (b"[1,]", "expected a value at byte 3"),
        (b"{\"a\" 1}", "expected a colon at byte 5"),
        (b"[1 2]", "expected a comma or the end of an array or object at byte 3"),
        (b"{} x", "expected nothing behind the value at byte 3"),
        (b"{}]", "expected nothing behind the value at byte 2"),
        (b"[trux]", "expected true at byte 4"),
        (b"[01]", "not a number at byte 1"),
        (b"[1e999]", "not a number at byte 1"),
        (b"[\"a\nb\"]", "expected an escaped control character at byte 3"),
        (b"\"\\x", "expected an escape at byte 2"),
        (b"\"\\u12g", "expected a hexadecimal digit at byte 5"),
        (b"\"\\uD800x", "expected the second half of a surrogate pair at byte 7"),
        (b"\"\\uD800\\n", "expected the second half of a surrogate pair at byte 8"),
        (b"\"\\uDC00", "expected a character at byte 6"),
        (b"\"\\uD800\\u0041", "expected a character at byte 12"),
        (b"\"a\xFF\"", "not UTF-8 at byte 2"),
        (b"\"a\xC3\"", "not UTF-8 at byte 2"),
        (b"\"a\xC3\x01\"", "not UTF-8 at byte 2"),
        (b"\"a\x01\xC3\"", "expected an escaped control character at byte 2"),
        (b"\"a\xE2\x82\\n", "not UTF-8 at byte 2"),
        (b"\"\xF0\x9F\x98\x80\xE0\x80\"", "not UTF-8 at byte 5"),
        (b"[1", "the text ends inside a value, at byte 2"),
        (b"-", "not a number at byte 0"),
        (b"", "the text ends inside a value, at byte 0"),
    ] {
        let whole = end_of(&[text], usize::MAX);
        assert_eq!(whole.0.as_ref().unwrap_err().to_string(), error, "{}", String::from_utf8_lossy(text));
        for at in 0..text.len() {
            let (start, end) = text.split_at(at);
            assert_eq!(end_of(&[start, end], usize::MAX), whole, "{}: {at}", String::from_utf8_lossy(text));
        }
        let mut json = PartialJson::new();
        let found = json.push(text).and_then(|()| json.finish()).unwrap_err();
        assert_eq!(json.push("").unwrap_err(), found, "the first error is final");
        assert_eq!(json.error(), Some(&found));
    }
}

#[test]
fn limits_hold_and_the_default_depth_is_that_of_serde() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    for levels in [1, 126, 127, 128, 200] {
        let text = nested(levels);
        let mut json = PartialJson::new();
        let taken = json.push(&text).and_then(|()| json.finish());
        assert_eq!(taken.is_ok(), serde_json::from_str::<Value>(&text).is_ok(), "{levels} levels");
    }
    let mut json = PartialJson::new().with_max_depth(2);
    assert_eq!(json.push("[[[").unwrap_err(), PartialJsonError::TooDeep { offset: 2, limit: 2 });
    let mut json = PartialJson::new().with_max_bytes(3);
    json.push("[1").unwrap();
    assert_eq!(json.push(",2").unwrap_err(), PartialJsonError::TooLong { limit: 3 });
    assert_eq!(json.value(), Some(&json!([1])), "what lies within the limit is read");
}

#[test]
fn a_part_is_settled_when_its_end_has_come() {
    let mut json = PartialJson::new();
    let mut settled = Vec::new();
    for byte in br#"{"a":"xy","b":[1,{"c":true}],"d":2}"# {
        json.push([*byte]).unwrap();
        for pointer in ["/a", "/b/0", "/b/1/c", "/b/1", "/b", "/d", ""] {
            if json.is_settled(pointer) && !settled.contains(&pointer) {
                settled.push(pointer);
            }
        }
    }
    assert_eq!(settled, ["/a", "/b/0", "/b/1/c", "/b/1", "/b", "/d", ""]);
}

/// The steps are counted, not the time: each byte once, and one for each open level and piece.
#[test]
fn the_cost_is_linear_whatever_the_pieces() {
    let item = r#"{"name":"a \u00e9\n text","tags":["x","y",true,null],"n":-12.5e3},"#;
    for count in [10, 100, 1000, 10_000] {
        let text = format!("[{}0]", item.repeat(count));
        for size in [1, 7, text.len()] {
            let mut json = PartialJson::new();
            for piece in text.as_bytes().chunks(size) {
                json.push(piece).unwrap();
                let _ = json.value();
            }
            json.finish().unwrap();
            let pieces = text.len().div_ceil(size);
            // A byte costs at most its own step and one for the token that it begins or ends; depth is 4 at most.
            let bound = 3 * text.len() + 4 * pieces;
            assert!(json.steps <= bound, "{count} items by {size}: {} steps, not {bound}", json.steps);
            assert!(json.steps >= text.len(), "no byte is skipped");
        }
    }
}

proptest! {
    #[test]
    fn any_json_in_any_pieces_is_what_serde_reads(
        value in any_json(),
        pretty in any::<bool>(),
        escaped in any::<bool>(),
        places in prop::collection::vec(any::<usize>(), 0..12),
    ) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let mut text = text.unwrap();
        if escaped {
            text = escape_all(&text);
        }
        let (mut json, shown) = shown(&cut(text.as_bytes(), &places));
        prop_assert_eq!(json.finish(), Ok(()), "{}", text);
        let read: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(json.value(), Some(&read));
        prop_assert!(json.is_settled(""));
        let mut shown = shown.into_iter().flatten().collect::<Vec<_>>();
        shown.push(json.into_value().unwrap());
        for two in shown.windows(2) {
            prop_assert!(has_grown(&two[0], &two[1]), "{} became {}", two[0], two[1]);
        }
    }

    #[test]
    fn keys_that_come_again_are_read_as_serde_reads_them(
        text in repeating_json(),
        places in prop::collection::vec(any::<usize>(), 0..8),
    ) {
        let read: Value = serde_json::from_str(&text).unwrap();
        let (end, value, _) = end_of(&cut(text.as_bytes(), &places), usize::MAX);
        prop_assert_eq!((end, value), (Ok(()), Some(read.to_string())), "{}", text);
    }

    #[test]
    fn any_bytes_come_to_the_same_in_any_pieces(
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..40),
            // Within a string, where most bytes are something.
            prop::collection::vec(any_string_byte(), 0..24).prop_map(|bytes| [b"[\"".to_vec(), bytes].concat()),
            prop::collection::vec(any_string_byte(), 0..24).prop_map(|bytes| [b"{\"".to_vec(), bytes].concat()),
            repeating_json().prop_map(String::into_bytes),
        ],
        change in any::<(usize, u8, bool)>(),
        places in prop::collection::vec(any::<usize>(), 0..8),
        limit in prop_oneof![Just(usize::MAX), 0..30usize],
    ) {
        let mut bytes = bytes;
        if let (Some(len), true) = (bytes.len().checked_sub(1), change.2) {
            bytes[change.0 % (len + 1)] = change.1;
        }
        let whole = end_of(&[&bytes], limit);
        prop_assert_eq!(end_of(&cut(&bytes, &places), limit), whole.clone());
        prop_assert_eq!(end_of(&bytes.chunks(1).collect::<Vec<_>>(), limit), whole);
    }

    #[test]
    fn any_bytes_are_taken_or_refused_as_serde_does(
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..60),
            r#"[\[\]{}",:0-9a-f\\ue.+ -]{0,40}"#.prop_map(String::into_bytes),
            any_json().prop_map(|value| value.to_string().into_bytes()),
        ],
        change in any::<(usize, u8)>(),
        places in prop::collection::vec(any::<usize>(), 0..8),
    ) {
        let mut bytes = bytes;
        if let Some(len) = bytes.len().checked_sub(1) {
            bytes[change.0 % (len + 1)] = change.1;
        }
        let (mut json, _) = shown(&cut(&bytes, &places));
        let whole = json.finish();
        match serde_json::from_slice::<Value>(&bytes) {
            Ok(value) => {
                prop_assert_eq!(whole, Ok(()));
                prop_assert_eq!(json.value(), Some(&value));
            }
            Err(error) => prop_assert!(whole.is_err(), "serde says {}", error),
        }
    }
}

#[test]
fn a_long_key_that_is_repeated_has_its_last_value() {
    for length in [256, 257, 1_000] {
        let key = "k".repeat(length);
        let text = format!(r#"{{"a":1,"{key}":{{"b":2}},"c":3,"{key}":{{"d":["\n\n"]}},"e":4}}"#);
        for size in [1, 7, text.len()] {
            let mut json = PartialJson::new();
            for piece in text.as_bytes().chunks(size) {
                json.push(piece).unwrap();
            }
            json.finish().unwrap();
            assert_eq!(json.value(), serde_json::from_str::<Value>(&text).ok().as_ref(), "{length} bytes");
        }
    }
}
