//! Keys that no type here knows, which come in pieces: what they were and how they fit together.
//! Not for: keys that are known; their formats say what becomes of them.

use bedrock_formats::wire::Extra;
use serde_json::{Map, Value};

/// Unknown keys of the deltas of one message: for each all values that came, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pieces(Extra);

impl Pieces {
    /// Takes what a delta had.
    #[cfg_attr(not(debug_assertions), inline)]
    pub(crate) fn take(&mut self, extra: Extra) {
        for (key, value) in extra {
            let values = self.0.entry(key).or_insert_with(|| Value::Array(Vec::new()));
            match values {
                // A null says nothing, however often it comes.
                Value::Array(values) if !(value.is_null() && values.contains(&Value::Null)) => {
                    values.push(value)
                }
                _ => {}
            }
        }
    }

    /// The keys with their values as one: lists joined, objects laid over one another, a value that was repeated once;
    /// of anything else, the list of all values.
    #[cfg_attr(not(debug_assertions), inline)]
    pub(crate) fn settled(&self) -> Extra {
        let settle = |(key, values): (&String, &Value)| {
            let values = values.as_array().map_or(&[][..], Vec::as_slice);
            (key.clone(), settle(values))
        };
        self.0.iter().map(settle).collect()
    }
}

#[cfg_attr(not(debug_assertions), inline)]
fn settle(values: &[Value]) -> Value {
    let mut told = values.iter().filter(|value| !value.is_null());
    let Some(first) = told.next() else { return Value::Null };
    let rest: Vec<_> = told.collect();
    let mut whole = first.clone();
    match &mut whole {
        Value::Array(list) if rest.iter().all(|value| value.is_array()) => {
            rest.into_iter().filter_map(Value::as_array).for_each(|more| extend(list, more));
        }
        Value::Object(object) if rest.iter().all(|value| value.is_object()) => {
            rest.into_iter().filter_map(Value::as_object).for_each(|more| merge(object, more.clone(), true));
        }
        _ if rest.iter().all(|value| *value == first) => {}
        _ => return Value::Array(values.iter().filter(|value| !value.is_null()).cloned().collect()),
    }
    whole
}

/// Appends to a list. Elements that say which one they are by an `index` go on with the element of that index.
#[cfg_attr(not(debug_assertions), inline)]
fn extend(list: &mut Vec<Value>, more: &[Value]) {
    for element in more {
        let index = element.get("index").filter(|index| index.is_u64());
        let known = index.and_then(|index| list.iter().rposition(|known| known.get("index") == Some(index)));
        match (known.and_then(|at| list[at].as_object_mut()), element) {
            (Some(known), Value::Object(element)) => merge(known, element.clone(), true),
            _ => list.push(element.clone()),
        }
    }
}

/// Lays later keys over earlier ones: a later value replaces, objects are laid over one another, a null replaces nothing.
#[cfg_attr(not(debug_assertions), inline)]
pub(crate) fn overlay(into: &mut Extra, later: Extra) {
    if !later.is_empty() {
        merge(into, later.into_map(), false);
    }
}

/// What an event has beside the keys of its type, but for padding and nulls, which say nothing.
#[cfg_attr(not(debug_assertions), inline)]
pub(crate) fn beside(extra: Extra) -> impl Iterator<Item = (String, Value)> {
    extra.into_iter().filter(|(key, value)| key != "p" && !value.is_null())
}

/// As [`overlay`]; lists are joined where they come in pieces.
#[cfg_attr(not(debug_assertions), inline)]
fn merge(into: &mut Map<String, Value>, later: Map<String, Value>, in_pieces: bool) {
    for (key, value) in later {
        match (into.get_mut(&key), value) {
            (Some(_), Value::Null) => {}
            (Some(Value::Object(known)), Value::Object(value)) => merge(known, value, in_pieces),
            (Some(Value::Array(known)), Value::Array(value)) if in_pieces => extend(known, &value),
            (_, value) => drop(into.insert(key, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pieces_settle_by_their_kind() {
        for (pieces, settled) in [
            (json!([null, null]), json!(null)),
            (json!(["analysis", null, "analysis"]), json!("analysis")),
            (json!(["ana", "lysis", "lysis"]), json!(["ana", "lysis", "lysis"])),
            (json!([1, 2]), json!([1, 2])),
            (json!([[1], [], [2, 3]]), json!([1, 2, 3])),
            (
                json!([[{"index": 0, "a": 1}], [{"index": 1}], [{"index": 0, "b": 2, "a": null}]]),
                json!([{"index": 0, "a": 1, "b": 2}, {"index": 1}]),
            ),
            (json!([{"a": {"b": 1}}, {"a": {"c": 2}}]), json!({"a": {"b": 1, "c": 2}})),
            (json!([{"a": [1], "b": 1}, {"a": [2], "b": 2}]), json!({"a": [1, 2], "b": 2})),
            (json!([{"a": 1}, "x"]), json!([{"a": 1}, "x"])),
        ] {
            let mut all = Pieces::default();
            for piece in pieces.as_array().unwrap() {
                all.take(Extra::from_iter([("key".to_owned(), piece.clone())]));
            }
            assert_eq!(Value::from(all.settled()), json!({"key": settled}), "{pieces}");
        }
    }
}
