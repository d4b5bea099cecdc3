//! Whether the events of an answer and the answer tell one story: the law that holds for every stream, whatever is in it.
//!
//! For: tests and fuzzing of whatever folds streams. It looks at the events and at the answer as JSON, and asks nothing of
//! where they came from.
//! Not for: whether the story is true; that a test knows which knows the stream.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// Blocks from this index on are whole choices beside the one that is emitted.
const OTHER_CHOICES: u64 = 1 << 32;

/// What was emitted.
#[derive(Debug, Default)]
struct Emitted<'v> {
    texts: BTreeMap<u64, String>,
    calls: Vec<Call<'v>>,
    /// What has begun and not ended.
    open: BTreeSet<(&'static str, u64)>,
    stop: Option<(&'v Value, &'v Value)>,
    usage: Option<&'v Value>,
    ended: bool,
    failed: bool,
}

/// A call that was emitted.
#[derive(Debug)]
struct Call<'v> {
    index: u64,
    id: &'v str,
    name: &'v str,
    input: String,
    has_ended: bool,
}

/// Holds the events that were emitted of a stream, from first to last, against its answer, both as JSON.
///
/// - whatever begins ends once, but for what a cut leaves open;
/// - nothing of the message is emitted after why it stopped, and nothing at all after its end;
/// - the emitted text is the reply's, and so are the calls: id, name and input;
/// - it stops once, for the reply's reason, where the reply has one;
/// - the last counts emitted are the reply's, where it has stopped and none are missing;
/// - the end is emitted for what is complete, and of nothing else; what holds more than one message is not complete.
///
/// # Errors
///
/// The difference, where there is one.
pub fn one_story(events: &[Value], answer: &Value) -> Result<(), String> {
    let emitted = Emitted::of(events)?;
    let reply = &answer["reply"];
    let is_complete = answer["completeness"] == "complete";
    let missing: Vec<&str> = answer["completeness"]["missing"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if is_complete != emitted.ended {
        return Err(format!("the end is emitted: {}; complete: {is_complete}", emitted.ended));
    }
    if is_complete && !emitted.open.is_empty() {
        return Err(format!("complete, and open is {:?}", emitted.open));
    }
    let has_later = answer["later"].as_array().is_some_and(|later| !later.is_empty());
    if has_later && !missing.contains(&"chunk") {
        return Err("more than one message, and no chunk is missing".to_owned());
    }
    emitted.check_text(reply)?;
    emitted.check_calls(reply, is_complete)?;
    let reason = &reply["stop_reason"];
    match emitted.stop {
        None if !reason.is_null() => return Err(format!("no stop is emitted for {reason}")),
        Some((emitted, native)) => {
            let own_word = &reply["native_stop_reason"];
            if emitted != reason || (!own_word.is_null() && native != own_word) {
                return Err(format!(
                    "the stop emitted is {emitted} ({native}), the reply's {reason} ({own_word})"
                ));
            }
        }
        None => {}
    }
    let empty = Value::Object(Map::new());
    let counts = |usage: Option<&Value>| usage.filter(|usage| !usage.is_null() && **usage != empty).cloned();
    // Of what was cut, and of what could not be read, the counts may be any: they are not emitted.
    let is_counted = !["usage", "stop", "chunk"].iter().any(|name| missing.contains(name));
    if is_counted && !emitted.failed && counts(emitted.usage) != counts(Some(&reply["usage"])) {
        return Err(format!("the counts emitted are {:?}, the reply's {}", emitted.usage, reply["usage"]));
    }
    Ok(())
}

impl<'v> Emitted<'v> {
    fn of(events: &'v [Value]) -> Result<Self, String> {
        let mut emitted = Self::default();
        for event in events {
            let kind = event["type"].as_str().unwrap_or_default();
            if emitted.ended || emitted.failed {
                return Err(format!("{kind} is emitted after the end"));
            }
            let index = event["index"].as_u64().unwrap_or_default();
            let is_content = matches!(
                kind.split_once('_').map_or(kind, |(what, _)| what),
                "text" | "thinking" | "tool" | "image"
            ) || (kind == "block" && index < OTHER_CHOICES);
            if is_content && emitted.stop.is_some() {
                return Err(format!("{kind} of block {index} is emitted after the stop"));
            }
            emitted.take(kind, index, event)?;
        }
        Ok(emitted)
    }

    fn take(&mut self, kind: &str, index: u64, event: &'v Value) -> Result<(), String> {
        let text = |key: &str| event[key].as_str().unwrap_or_default();
        match kind {
            "text_start" => self.begin("text", index)?,
            "thinking_start" => self.begin("thinking", index)?,
            "tool_use_start" => {
                self.begin("tool_use", index)?;
                let (id, name) = (text("id"), text("name"));
                self.calls.push(Call { index, id, name, input: String::new(), has_ended: false });
            }
            "text_delta" => {
                self.expect("text", index)?;
                self.texts.entry(index).or_default().push_str(text("text"));
            }
            "thinking_delta" => self.expect("thinking", index)?,
            "tool_input_delta" => {
                self.expect("tool_use", index)?;
                self.call(index)?.input.push_str(text("json"));
            }
            "text_end" => self.end("text", index)?,
            "thinking_end" => self.end("thinking", index)?,
            "tool_use_end" => {
                self.end("tool_use", index)?;
                self.call(index)?.has_ended = true;
            }
            "stop" if self.stop.replace((&event["reason"], &event["native"])).is_some() => {
                return Err("it stops twice".to_owned());
            }
            "usage" => self.usage = Some(&event["usage"]),
            "message_end" => self.ended = true,
            "error" => self.failed = true,
            _ => {}
        }
        Ok(())
    }

    /// The call that this block is.
    fn call(&mut self, index: u64) -> Result<&mut Call<'v>, String> {
        let call = self.calls.iter_mut().rfind(|call| call.index == index);
        call.ok_or_else(|| format!("block {index} is no call"))
    }

    fn begin(&mut self, what: &'static str, index: u64) -> Result<(), String> {
        if self.open.insert((what, index)) {
            Ok(())
        } else {
            Err(format!("{what} of block {index} begins twice"))
        }
    }

    fn expect(&self, what: &'static str, index: u64) -> Result<(), String> {
        if self.open.contains(&(what, index)) {
            Ok(())
        } else {
            Err(format!("{what} of block {index} goes on without having begun"))
        }
    }

    fn end(&mut self, what: &'static str, index: u64) -> Result<(), String> {
        if self.open.remove(&(what, index)) {
            Ok(())
        } else {
            Err(format!("{what} of block {index} ends without having begun"))
        }
    }

    fn check_text(&self, reply: &Value) -> Result<(), String> {
        let mut emitted: Vec<&str> = self.texts.values().map(String::as_str).collect();
        let mut replied: Vec<&str> =
            blocks(reply, "text").filter_map(|block| block["text"].as_str()).collect();
        if emitted.concat() == replied.concat() {
            return Ok(());
        }
        // Blocks that interleave are emitted in the order of their beginning, and stand in another.
        emitted.sort_unstable();
        replied.sort_unstable();
        replied.retain(|text| !text.is_empty());
        if emitted == replied {
            Ok(())
        } else {
            Err(format!("the texts emitted are {emitted:?}, the reply's {replied:?}"))
        }
    }

    fn check_calls(&self, reply: &Value, is_complete: bool) -> Result<(), String> {
        // Calls may interleave: their order is theirs.
        let mut replied: Vec<&Value> = blocks(reply, "tool_use").collect();
        // One that was cut has no input to be known by: those that have one choose first, so that none takes another's block.
        let (ended, cut): (Vec<_>, Vec<_>) = self.calls.iter().partition(|call| call.has_ended);
        for call in ended.into_iter().chain(cut) {
            let at = replied.iter().position(|replied| call.is(replied));
            let at = at.ok_or_else(|| format!("{call:?} is emitted; the reply has {replied:?}"))?;
            replied.remove(at);
        }
        // A call that was cut before its name came is not emitted.
        let has_name = |call: &Value| call["name"].as_str().is_some_and(|name| !name.is_empty());
        match replied.iter().find(|call| is_complete || has_name(call)) {
            Some(call) => Err(format!("the call {call} is not emitted")),
            None => Ok(()),
        }
    }
}

impl Call<'_> {
    /// Whether a block of the reply is this call.
    fn is(&self, block: &Value) -> bool {
        let text = |key: &str| block[key].as_str().unwrap_or_default();
        let id = text("id");
        (id == self.id || (is_made_up(id) && is_made_up(self.id)))
            && text("name") == self.name
            // What was cut has no whole input that could be compared.
            && (!self.has_ended || block["input"] == input_of(&self.input))
    }
}

/// The blocks of this kind.
fn blocks<'r>(reply: &'r Value, kind: &'static str) -> impl Iterator<Item = &'r Value> {
    reply["content"].as_array().into_iter().flatten().filter(move |block| block["type"] == kind)
}

/// Whether this may be a number in the place of an id that did not come.
fn is_made_up(id: &str) -> bool {
    id.strip_prefix("call_").is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// An input as a reply has it: `{}` where none came, the text where it is no JSON.
fn input_of(text: &str) -> Value {
    if text.trim().is_empty() {
        return Value::Object(Map::new());
    }
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_call_that_was_cut_takes_no_other_call_s_block() {
        let answer = json!({"completeness": {"missing": ["block"]}, "reply": {"content": [
            {"type": "tool_use", "id": "", "name": "", "input": {"a": 1}}, {"type": "tool_use", "id": "", "name": "", "input": {}}]}});
        let start = |index: u64| json!({"type": "tool_use_start", "index": index, "id": "", "name": ""});
        let mut events = vec![
            start(2),
            start(1),
            json!({"type": "tool_input_delta", "index": 1, "json": "{\"a\":1}"}),
            json!({"type": "tool_use_end", "index": 1, "id": ""}),
        ];
        assert_eq!(one_story(&events, &answer), Ok(()));
        events.push(start(3));
        assert!(one_story(&events, &answer).is_err(), "two blocks, three calls");
    }

    #[test]
    fn two_stories_are_told_apart() {
        let answer = json!({"completeness": "complete", "reply": {"content": [
            {"type": "text", "text": "ab"}, {"type": "tool_use", "id": "1", "name": "f", "input": {}}],
            "stop_reason": "tool_use", "native_stop_reason": "tool_use", "usage": {"output_tokens": 1}}});
        let events = vec![
            json!({"type": "text_start", "index": 0}),
            json!({"type": "text_delta", "index": 0, "text": "ab"}),
            json!({"type": "text_end", "index": 0}),
            json!({"type": "tool_use_start", "index": 1, "id": "1", "name": "f"}),
            json!({"type": "tool_use_end", "index": 1, "id": "1"}),
            json!({"type": "stop", "reason": "tool_use", "native": "tool_use"}),
            json!({"type": "usage", "usage": {"output_tokens": 1}}),
            json!({"type": "message_end"}),
        ];
        assert_eq!(one_story(&events, &answer), Ok(()));
        for left_out in 0..events.len() {
            let mut others = events.clone();
            others.remove(left_out);
            assert!(one_story(&others, &answer).is_err(), "without {}", events[left_out]);
            let mut twice = events.clone();
            twice.insert(left_out, events[left_out].clone());
            let may_repeat = events[left_out]["type"] == "usage";
            assert_eq!(one_story(&twice, &answer).is_ok(), may_repeat, "twice {}", events[left_out]);
        }
    }
}
