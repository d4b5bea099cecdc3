//! Unknown fields of chunks and deltas, which come in pieces or again and again: keeps them and joins them.
//! Not for: known fields; their formats say what becomes of them.
//!
//! They are kept as text and joined when asked for: as trees, small values would take many times
//! the room.

use std::collections::HashMap;

use bedrock_codegen::codegen_at_use;
use bedrock_formats::wire::{Extra, Object};
use serde::Serialize;
use serde_json::map::Entry;
use serde_json::{Map, Value};

use crate::fold::raw_list::RawList;

/// Unknown fields of the deltas of one message: each delta continues what came before.
#[derive(Debug, Clone, Default)]
pub(crate) struct UnknownFields(RawList);

#[codegen_at_use]
impl UnknownFields {
    /// Takes what a delta had.
    pub(crate) fn take(&mut self, extra: Extra) {
        // A null says nothing but that there is such a key.
        if extra.values().any(|value| !value.is_null()) {
            self.0.push(&extra);
        } else if !extra.is_empty() {
            self.0.push_news(&extra);
        }
    }

    /// The keys with their values as one: lists and objects joined, a value that was repeated once; of anything else, the list
    /// of all values.
    pub(crate) fn settled(&self) -> Extra {
        settled(&self.0, false)
    }
}

/// Unknown fields of the chunks themselves, which describe the whole message: a value repeated from the chunk before counts once.
#[derive(Debug, Clone, Default)]
pub(crate) struct RepeatedFields(RawList);

#[codegen_at_use]
impl RepeatedFields {
    /// Takes what a chunk had.
    pub(crate) fn take(&mut self, extra: Extra) {
        if !extra.is_empty() {
            self.0.push_news(&extra);
        }
    }

    /// The keys with their values as one, as [`UnknownFields::settled`] has them.
    pub(crate) fn settled(&self) -> Extra {
        settled(&self.0, true)
    }
}

/// Unknown fields of an event that its message has no place for, each where it stood in the event.
#[derive(Debug, Default)]
pub(crate) struct Leftover(Map<String, Value>);

#[codegen_at_use]
impl Leftover {
    /// Takes the unknown members of an object that stands at this place. Nulls say nothing, and what is known and not of its type
    /// is reported as malformed.
    pub(crate) fn take(&mut self, place: &[&str], object: &dyn Object) {
        if !object.extra().is_empty() {
            let mut known = Vec::new();
            object.fields(&mut |name, _| known.push(name));
            let members = meaningful(object.extra().clone());
            self.put(place, members.filter(|(key, _)| !known.contains(&key.as_str())));
        }
    }

    /// Takes away from an event what its own type does not know and the whole message does: beside the message's own value it has
    /// no place there, and would not be written.
    pub(crate) fn take_declared(&mut self, place: &[&str], event: &mut dyn Object, whole: &dyn Object) {
        if event.extra().is_empty() {
            return;
        }
        let names = |object: &dyn Object| {
            let mut names = Vec::new();
            object.fields(&mut |name, _| names.push(name));
            names
        };
        let (own, declared) = (names(&*event), names(whole));
        let clashes = |key: &str| declared.contains(&key) && !own.contains(&key);
        let (clashing, rest) =
            std::mem::take(event.extra_mut()).into_iter().partition(|(key, _)| clashes(key));
        *event.extra_mut() = rest;
        self.put(place, meaningful(clashing));
    }

    /// Leaves these members of the event out: the message has a place for them.
    pub(crate) fn leave(&mut self, known: [&str; 3]) {
        self.0.retain(|key, _| !known.contains(&key.as_str()));
    }

    /// Puts members at a place, if there are any.
    pub(crate) fn put(&mut self, place: &[&str], members: impl Iterator<Item = (String, Value)>) {
        let mut members = members.peekable();
        if members.peek().is_none() {
            return;
        }
        let mut at = &mut self.0;
        for key in place {
            let inner = at.entry(*key).or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(inner) = inner else { return };
            at = inner;
        }
        at.extend(members);
    }

    /// Keeps it, with members that identify its event, unless it repeats what was kept last; returns it where it is new
    /// to emit.
    pub(crate) fn keep_in(self, list: &mut RawList, place: &[&str], of: &[(&str, Value)]) -> Option<Value> {
        if self.0.is_empty() {
            return None;
        }
        let mut whole = Self::default();
        whole.put(place, of.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
        merge(&mut whole.0, self.0);
        let (whole, known) = (Value::Object(whole.0), list.len());
        list.push_news(&whole);
        (list.len() > known).then_some(whole)
    }
}

/// The keys of all these objects with their values as one. `once` says that a value which stands there again says nothing.
#[codegen_at_use]
fn settled(objects: &RawList, once: bool) -> Extra {
    let mut first = Map::new();
    // Only looked up: the order of the keys is that of `first`.
    let mut more: HashMap<String, Vec<Value>> = HashMap::new();
    for object in objects.values() {
        let Value::Object(object) = object else { continue };
        for (key, value) in object {
            match first.entry(key) {
                Entry::Vacant(entry) => drop(entry.insert(value)),
                Entry::Occupied(_) if value.is_null() => {}
                Entry::Occupied(mut entry) if entry.get().is_null() => drop(entry.insert(value)),
                Entry::Occupied(entry) => {
                    let more = more.entry(entry.key().clone()).or_default();
                    if !(once && *more.last().unwrap_or(entry.get()) == value) {
                        more.push(value);
                    }
                }
            }
        }
    }
    for (key, more) in more {
        if let Some(value) = first.get_mut(&key) {
            *value = joined(value.take(), more);
        }
    }
    first.into()
}

/// Several values, of which none is null, as one.
#[codegen_at_use]
fn joined(first: Value, more: Vec<Value>) -> Value {
    let are_joined = match first {
        Value::Array(_) => more.iter().all(Value::is_array),
        Value::Object(_) => more.iter().all(Value::is_object),
        _ => false,
    };
    if are_joined {
        let mut whole = Joined::Plain(first);
        more.iter().for_each(|more| whole.join(more));
        whole.into()
    } else if more.iter().all(|value| *value == first) {
        first
    } else {
        Value::Array(std::iter::once(first).chain(more).collect())
    }
}

/// A value that others are joined to. What was joined to once knows where its members are, since it may be joined to often.
enum Joined {
    Plain(Value),
    /// Elements, and where the last one that has an `index` is by it.
    List(Vec<Joined>, HashMap<u64, usize>),
    /// Members, and where each is.
    Object(Vec<(String, Joined)>, HashMap<String, usize>),
    /// Values that are not of one kind, or no lists and no objects.
    Several(Vec<Value>),
}

#[codegen_at_use]
impl Joined {
    /// Appends to a list, whose elements that say by an `index` which one they are go on with the element of that index. Adds
    /// later members to those of an object: lists and objects are joined, of other values each that differs from the one
    /// before is kept, a null says nothing.
    fn join(&mut self, later: &Value) {
        if let Self::Plain(value) = self {
            *self = Self::opened(value.take());
        }
        match (self, later) {
            (Self::List(list, places), Value::Array(more)) => {
                for element in more {
                    match index_of(element).and_then(|index| places.get(&index)) {
                        Some(&at) => list[at].join(element),
                        None => {
                            places.extend(index_of(element).map(|index| (index, list.len())));
                            list.push(Self::Plain(element.clone()));
                        }
                    }
                }
            }
            (Self::Object(members, places), Value::Object(more)) => {
                for (key, value) in more {
                    match places.get(key).map(|&at| &mut members[at].1) {
                        Some(_) if value.is_null() => {}
                        Some(own) if own.is_list() && value.is_array() => own.join(value),
                        Some(own) if own.is_object() && value.is_object() => own.join(value),
                        Some(own) => own.add(value),
                        None => {
                            places.insert(key.clone(), members.len());
                            members.push((key.clone(), Self::Plain(value.clone())));
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// Takes another value beside this one, unless it is the same.
    fn add(&mut self, value: &Value) {
        match self {
            Self::Plain(own) if own.is_null() => *own = value.clone(),
            Self::Plain(own) if own == value => {}
            Self::Several(values) if values.last() == Some(value) => {}
            Self::Several(values) => values.push(value.clone()),
            own => {
                let earlier = std::mem::replace(own, Self::Plain(Value::Null));
                *own = Self::Several(vec![earlier.into(), value.clone()]);
            }
        }
    }

    /// A list or an object with the places of what is in it.
    fn opened(value: Value) -> Self {
        match value {
            Value::Array(list) => {
                let places =
                    list.iter().enumerate().filter_map(|(at, element)| Some((index_of(element)?, at)));
                let places = places.collect();
                Self::List(list.into_iter().map(Self::Plain).collect(), places)
            }
            Value::Object(object) => {
                let places = object.keys().enumerate().map(|(at, key)| (key.clone(), at)).collect();
                let members = object.into_iter().map(|(key, value)| (key, Self::Plain(value)));
                Self::Object(members.collect(), places)
            }
            other => Self::Plain(other),
        }
    }

    fn is_list(&self) -> bool {
        matches!(self, Self::List(..) | Self::Plain(Value::Array(_)))
    }

    fn is_object(&self) -> bool {
        matches!(self, Self::Object(..) | Self::Plain(Value::Object(_)))
    }
}

#[codegen_at_use]
impl From<Joined> for Value {
    fn from(joined: Joined) -> Self {
        match joined {
            Joined::Plain(value) => value,
            Joined::Several(values) => Self::Array(values),
            Joined::List(list, _) => Self::Array(list.into_iter().map(Self::from).collect()),
            Joined::Object(members, _) => {
                Self::Object(members.into_iter().map(|(key, value)| (key, value.into())).collect())
            }
        }
    }
}

/// Which element of a list it says that it is.
#[codegen_at_use]
fn index_of(element: &Value) -> Option<u64> {
    element.get("index").and_then(Value::as_u64)
}

/// Lays later keys over earlier ones: a later value replaces, objects are laid over one another, a null replaces nothing.
#[codegen_at_use]
pub(crate) fn overlay(into: &mut Extra, later: Extra) {
    if !later.is_empty() {
        merge(into, later.into_map());
    }
}

/// Puts a later value in the place of an earlier one; what the earlier one said and the later one does not is left over.
pub(crate) fn supersede<T: Serialize>(
    own: &mut Option<T>,
    later: Option<T>,
    place: &[&str],
    left: &mut Leftover,
) {
    let Some(later) = later else { return };
    let Some(earlier) = own.replace(later) else { return };
    let json = |value: &T| serde_json::to_value(value).unwrap_or(Value::Null);
    if let (Some((name, place)), Some(lost)) =
        (place.split_last(), unsaid(json(&earlier), &own.as_ref().map_or(Value::Null, json)))
    {
        left.put(place, std::iter::once(((*name).to_owned(), lost)));
    }
}

/// What of an earlier value a later one does not say.
#[codegen_at_use]
fn unsaid(earlier: Value, later: &Value) -> Option<Value> {
    match (earlier, later) {
        (Value::Null, _) => None,
        (Value::Object(earlier), Value::Object(later)) => {
            let unsaid = |(key, value)| match later.get(&key) {
                Some(later) => Some((key, unsaid(value, later)?)),
                None => Some((key, value)).filter(|(_, value)| !value.is_null()),
            };
            let members: Map<_, _> = earlier.into_iter().filter_map(unsaid).collect();
            (!members.is_empty()).then_some(Value::Object(members))
        }
        (earlier, later) => (earlier != *later).then_some(earlier),
    }
}

/// Unknown fields without padding and nulls, which say nothing.
#[codegen_at_use]
pub(crate) fn meaningful(extra: Extra) -> impl Iterator<Item = (String, Value)> {
    extra.into_iter().filter(|(key, value)| key != "p" && !value.is_null())
}

/// As [`overlay`].
#[codegen_at_use]
fn merge(into: &mut Map<String, Value>, later: Map<String, Value>) {
    for (key, value) in later {
        match (into.get_mut(&key), value) {
            (Some(_), Value::Null) => {}
            (Some(Value::Object(known)), Value::Object(value)) => merge(known, value),
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
            // The last of those that came with the same index at once goes on; nulls replace nothing, other kinds all.
            (
                json!([[{"index": 0}, {"index": 0, "a": [1]}], [{"index": 0, "a": [2], "b": null}, {"a": 1}]]),
                json!([{"index": 0}, {"index": 0, "a": [1, 2], "b": null}, {"a": 1}]),
            ),
            (json!([{"a": {"b": [1]}}, {"a": [2]}, {"a": null}]), json!({"a": [{"b": [1]}, [2]]})),
            (json!([{"a": {"b": 1}}, {"a": {"c": 2}}]), json!({"a": {"b": 1, "c": 2}})),
            (json!([{"a": [1], "b": 1}, {"a": [2], "b": 2}]), json!({"a": [1, 2], "b": [1, 2]})),
            (json!([{"a": 1}, "x"]), json!([{"a": 1}, "x"])),
        ] {
            let mut all = UnknownFields::default();
            for piece in pieces.as_array().unwrap() {
                all.take(Extra::from_iter([("key".to_owned(), piece.clone())]));
            }
            assert_eq!(Value::from(all.settled()), json!({"key": settled}), "{pieces}");
        }
    }

    #[test]
    fn what_chunks_repeat_is_kept_once() {
        for (chunks, settled) in [
            (json!([{"a": 1}, {"a": 1}, {"a": 2}, {"a": 2}, {"a": 1}]), json!({"a": [1, 2, 1]})),
            (json!([{"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 1}]), json!({"a": 1, "b": [1, 2]})),
            (json!([{"a": ["x"], "n": 1}, {"a": ["x"], "n": 2}]), json!({"a": ["x"], "n": [1, 2]})),
            (json!([{"a": ["x"]}, {"a": ["y"]}]), json!({"a": ["x", "y"]})),
            (json!([{"a": null}, {"a": 1}, {"a": null}]), json!({"a": 1})),
            (
                json!([{"a": {"id": "r"}}, {"a": {"n": 1}}, {"a": {"n": 2}}]),
                json!({"a": {"id": "r", "n": [1, 2]}}),
            ),
            (json!([{"a": "x"}, {"a": {"n": 1}}]), json!({"a": ["x", {"n": 1}]})),
            (json!([{}, {"b": 1}, {"a": 1}]), json!({"b": 1, "a": 1})),
        ] {
            let mut fields = RepeatedFields::default();
            for chunk in chunks.as_array().unwrap() {
                fields.take(chunk.as_object().unwrap().clone().into());
            }
            assert_eq!(Value::from(fields.settled()).to_string(), settled.to_string(), "{chunks}");
        }
        // However often it comes, it takes no room.
        let mut fields = RepeatedFields::default();
        let take =
            |fields: &mut RepeatedFields| fields.take(Extra::from_iter([("a".to_owned(), json!([1]))]));
        take(&mut fields);
        let held = fields.0.held();
        (0..1000).for_each(|_| take(&mut fields));
        assert_eq!((fields.0.len(), fields.0.held() <= 2 * held), (1, true));
    }
}
