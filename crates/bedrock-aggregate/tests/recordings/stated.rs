//! What the chunks of a stream say, read off them one by one and without any fold: what our answer is held to where a reference
//! says otherwise or nothing.

use serde_json::{Value, json};

/// What stands at a place in any of the chunks, in their order, without nulls.
pub(crate) fn all<'c>(chunks: &'c [Value], pointer: &str) -> Vec<&'c Value> {
    chunks.iter().filter_map(|chunk| chunk.pointer(pointer)).filter(|value| !value.is_null()).collect()
}

/// The last of these that is not empty.
pub(crate) fn last(chunks: &[Value], pointer: &str) -> Option<Value> {
    all(chunks, pointer).into_iter().rfind(|value| !is_empty(value)).cloned()
}

/// The first of these that is not empty.
pub(crate) fn first(chunks: &[Value], pointer: &str) -> Option<Value> {
    all(chunks, pointer).into_iter().find(|value| !is_empty(value)).cloned()
}

/// What stands there, of which nothing is lost: of objects every member, and of a member that changes all values, one after the
/// other. Of anything else the last; null where nothing but nulls stands there.
pub(crate) fn kept(chunks: &[Value], pointer: &str) -> Option<Value> {
    let values = all(chunks, pointer);
    if values.is_empty() {
        return chunks.iter().any(|chunk| chunk.pointer(pointer).is_some()).then_some(Value::Null);
    }
    if !values.iter().all(|value| value.is_object()) {
        return last(chunks, pointer);
    }
    let mut merged = std::collections::BTreeMap::<&String, Vec<&Value>>::new();
    for (key, value) in values.iter().filter_map(|value| value.as_object()).flatten() {
        merged.entry(key).or_default().push(value);
    }
    let one_or_all = |mut values: Vec<&Value>| {
        values.dedup();
        if values.len() == 1 { values[0].clone() } else { json!(values) }
    };
    Some(merged.into_iter().map(|(key, values)| (key.clone(), one_or_all(values))).collect())
}

/// The texts there as one.
pub(crate) fn joined(chunks: &[Value], pointer: &str) -> String {
    all(chunks, pointer).into_iter().filter_map(Value::as_str).collect()
}

/// The pieces of a choice, by its index.
pub(crate) fn choices(chunks: &[Value], index: usize) -> Vec<Value> {
    let choices = chunks.iter().filter_map(|chunk| chunk["choices"].as_array()).flatten();
    choices.filter(|choice| choice["index"].as_u64().unwrap_or_default() == index as u64).cloned().collect()
}

/// The reasoning among the parts of a choice's content.
pub(crate) fn thinking(pieces: &[Value]) -> String {
    let parts = all(pieces, "/delta/content").into_iter().filter_map(Value::as_array).flatten();
    let thoughts = parts.filter_map(|part| part["thinking"].as_array()).flatten();
    thoughts.filter_map(|thought| thought["text"].as_str()).collect()
}

/// Results of tools that the service ran, in Converse: the id of the call, and what was said of it.
pub(crate) fn tool_results(chunks: &[Value]) -> Vec<Value> {
    let starts = chunks.iter().filter(|chunk| chunk.pointer("/start/toolResult").is_some());
    let result = |start: &Value| {
        let index = &start["contentBlockIndex"];
        let deltas = chunks.iter().filter(|chunk| chunk["contentBlockIndex"] == *index);
        let deltas = deltas.filter_map(|chunk| chunk.pointer("/delta/toolResult")?.as_array()).flatten();
        json!({"id": start["start"]["toolResult"]["toolUseId"], "says": said(deltas)})
    };
    starts.map(result).collect()
}

/// What parts of a result say: their texts as one, and their documents.
pub(crate) fn said<'p>(parts: impl Iterator<Item = &'p Value>) -> Value {
    let (mut text, mut documents) = (String::new(), Vec::new());
    for part in parts {
        text.push_str(part["text"].as_str().unwrap_or_default());
        documents.extend(part.get("json"));
    }
    json!([text, documents])
}

fn is_empty(value: &Value) -> bool {
    // No answer was made in 1970.
    [json!(null), json!(""), json!(0), json!({}), json!([])].contains(value)
}
