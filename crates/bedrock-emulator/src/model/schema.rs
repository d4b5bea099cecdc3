//! Values that fit a JSON Schema, for the arguments of tool calls and for structured answers. It is no validator: keywords
//! that only forbid (patterns, `not`, conditions) are not looked at.

use serde_json::{Map, Value, json};

/// How deep a schema may nest before its values become null.
const DEPTH: usize = 16;
/// How many values one instance may hold: references could otherwise double it at each level.
const VALUES: usize = 2_000;
/// How many bytes of JSON may be taken over from the schema.
const GIVEN: usize = 1 << 20;

/// Makes a value that fits `schema`, the same one each time. Strings and numbers are taken from the words of `prompt`, in
/// their order, so that "the weather in Oslo" asks for Oslo.
pub(crate) fn instance(schema: &Value, prompt: &str) -> Value {
    let mut maker =
        Maker { root: schema, words: names(prompt), numbers: numbers(prompt), values: VALUES, given: GIVEN };
    maker.value(schema, "value", DEPTH)
}

struct Maker<'a> {
    root: &'a Value,
    words: std::vec::IntoIter<String>,
    numbers: std::vec::IntoIter<i64>,
    values: usize,
    given: usize,
}

impl<'a> Maker<'a> {
    fn value(&mut self, schema: &'a Value, name: &str, depth: usize) -> Value {
        if depth == 0 || self.values == 0 {
            return Value::Null;
        }
        // Each value costs one, so that a schema which refers to itself ends.
        self.values -= 1;
        for fixed in ["const", "default"] {
            if let Some(value) = schema.get(fixed) {
                return self.given(value);
            }
        }
        for first in ["enum", "examples"] {
            if let Some(value) = schema.get(first).and_then(|choices| choices.get(0)) {
                return self.given(value);
            }
        }
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            let found = target.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
            return found.map_or(Value::Null, |found| self.value(found, name, depth - 1));
        }
        if let Some(one) = ["anyOf", "oneOf", "allOf"].iter().find_map(|key| schema.get(key)?.get(0)) {
            return self.value(one, name, depth - 1);
        }
        match type_of(schema) {
            "object" => self.object(schema, depth),
            "array" => self.array(schema, name, depth),
            "integer" => json!(self.number(schema).round() as i64),
            "number" => json!(self.number(schema)),
            "boolean" => json!(true),
            "null" => Value::Null,
            _ => self.string(schema, name),
        }
    }

    fn given(&mut self, value: &Value) -> Value {
        let left = self.given.checked_sub(value.to_string().len());
        self.given = left.unwrap_or(0);
        left.map_or(Value::Null, |_| value.clone())
    }

    /// All that is required; all there is, if nothing is.
    fn object(&mut self, schema: &'a Value, depth: usize) -> Value {
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return json!({}) };
        // With nothing required all are made up, so that a test sees its
        // tool called with arguments.
        let required = schema.get("required").and_then(Value::as_array);
        let wanted = |name: &str| required.is_none_or(|names| names.iter().any(|n| n == name));
        let mut members = Map::new();
        for (name, property) in properties.iter().filter(|(name, _)| wanted(name)) {
            members.insert(name.clone(), self.value(property, name, depth - 1));
        }
        Value::Object(members)
    }

    fn array(&mut self, schema: &'a Value, name: &str, depth: usize) -> Value {
        let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(1);
        let items = schema.get("items").unwrap_or(&Value::Null);
        // A schema may ask for a million; a test needs a few.
        (0..least.min(8)).map(|_| self.value(items, name, depth - 1)).collect()
    }

    fn number(&mut self, schema: &Value) -> f64 {
        let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
        let (low, high) = (bound("minimum"), bound("maximum"));
        let said = self.numbers.next().map_or(1.0, |number| number as f64);
        said.max(low.unwrap_or(said)).min(high.unwrap_or(f64::MAX))
    }

    fn string(&mut self, schema: &Value, name: &str) -> Value {
        match schema.get("format").and_then(Value::as_str) {
            Some("date") => return json!("2026-01-01"),
            Some("date-time") => return json!("2026-01-01T00:00:00Z"),
            Some("email") => return json!("someone@example.com"),
            Some("uri" | "url") => return json!("https://example.com/"),
            _ => {}
        }
        let mut text = self.words.next().unwrap_or_else(|| name.to_owned());
        let length =
            |key: &str| schema.get(key).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
        while text.chars().count() < length("minLength").unwrap_or(0).min(1_000) {
            text.push('x');
        }
        json!(text.chars().take(length("maxLength").unwrap_or(usize::MAX)).collect::<String>())
    }
}

/// A schema may give several types, or none.
fn type_of(schema: &Value) -> &str {
    let kind = schema.get("type");
    let kind = kind.and_then(|kind| kind.as_str().or_else(|| kind.get(0)?.as_str()));
    kind.unwrap_or(if schema.get("properties").is_some() { "object" } else { "string" })
}

/// What looks like a name in a prompt: what stands in quotes, else words with a capital that do not begin a sentence.
fn names(prompt: &str) -> std::vec::IntoIter<String> {
    let quoted: Vec<String> =
        prompt.split('"').skip(1).step_by(2).filter(|part| !part.is_empty()).map(str::to_owned).collect();
    if !quoted.is_empty() {
        return quoted.into_iter();
    }
    let mut begins = true;
    let mut found = Vec::new();
    for word in prompt.split_whitespace() {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        if !begins && bare.chars().next().is_some_and(char::is_uppercase) && bare.chars().count() > 1 {
            found.push(bare.to_owned());
        }
        begins = word.ends_with(['.', '!', '?', ':']);
    }
    found.into_iter()
}

fn numbers(prompt: &str) -> std::vec::IntoIter<i64> {
    let digits = prompt.split(|c: char| !c.is_ascii_digit()).filter_map(|run| run.parse().ok());
    digits.collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(schema: Value, prompt: &str, expected: Value) {
        assert_eq!(instance(&schema, prompt), expected, "{schema}");
    }

    #[test]
    fn arguments_come_from_the_prompt() {
        let weather = json!({"type": "object", "required": ["city", "days"], "properties": {
            "city": {"type": "string"}, "unit": {"type": "string"}, "days": {"type": "integer", "maximum": 7},
        }});
        check(
            weather.clone(),
            "What is the weather in Oslo for 30 days?",
            json!({"city": "Oslo", "days": 7}),
        );
        check(weather.clone(), "Ask for \"New York\".", json!({"city": "New York", "days": 1}));
        check(weather, "hi", json!({"city": "city", "days": 1}));
    }

    #[test]
    fn every_keyword_read_here() {
        check(json!({}), "", json!("value"));
        check(json!({"type": "object"}), "", json!({}));
        check(json!({"enum": ["c", "f"]}), "", json!("c"));
        check(json!({"const": 5}), "", json!(5));
        check(json!({"type": ["number", "null"], "minimum": 2.5}), "", json!(2.5));
        check(json!({"type": "array", "minItems": 2, "items": {"type": "boolean"}}), "", json!([true, true]));
        check(json!({"anyOf": [{"type": "null"}, {"type": "string"}]}), "", Value::Null);
        check(json!({"type": "string", "maxLength": 2}), "in Oslo", json!("Os"));
        check(json!({"$ref": "#/$defs/a", "$defs": {"a": {"type": "integer"}}}), "7", json!(7));
    }

    #[test]
    fn schemas_without_an_end() {
        let selfish = json!({"properties": {"a": {"$ref": "#"}, "b": {"$ref": "#"}}});
        assert!(instance(&selfish, "").to_string().len() < 100_000);
        check(json!({"$ref": "#"}), "", Value::Null);
    }
}
