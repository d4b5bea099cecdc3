//! OpenAI Responses: items that grow by position, in any order.

use bedrock_aggregate::Framing;
use serde_json::{Value, json};

use super::Generated;
use super::dice::Dice;

/// An item: the events that build it, and the whole of it.
fn item(dice: &mut Dice, at: usize) -> (Vec<Value>, Value) {
    let id = format!("item_{at}");
    match dice.below(4) {
        0 => message(dice, at, &id),
        1 => reasoning(dice, at, &id),
        2 => call(dice, at, &id),
        _ => search(dice, at, &id),
    }
}

/// An event of an item.
fn event(at: usize, id: &str, kind: &str, more: Value) -> Value {
    let mut event = json!({"type": format!("response.{kind}"), "output_index": at, "item_id": id});
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

fn frame_item(dice: &mut Dice, at: usize, begin: Value, grow: Vec<Value>, whole: &Value) -> Vec<Value> {
    let mut events = vec![json!({"type": "response.output_item.added", "output_index": at, "item": begin})];
    events.extend(grow);
    if dice.flip() {
        events.push(json!({"type": "response.output_item.done", "output_index": at, "item": whole}));
    }
    events
}

/// A message of parts that grow in turns; some are refusals.
fn message(dice: &mut Dice, at: usize, id: &str) -> (Vec<Value>, Value) {
    let (mut lists, mut parts) = (Vec::new(), Vec::new());
    for part in 0..1 + dice.below(2) {
        let (kind, key) = dice.pick(&[("output_text", "text"), ("refusal", "refusal")]);
        let text = dice.text();
        let begin = if kind == "refusal" {
            json!({"type": kind, key: ""})
        } else {
            json!({"type": kind, key: "", "annotations": []})
        };
        let mut whole = begin.clone();
        whole[key] = json!(text);
        let mut list =
            vec![event(at, id, "content_part.added", json!({"content_index": part, "part": begin}))];
        for piece in dice.cut(&text) {
            let padding = "abcdefgh"[..dice.below(8)].to_owned();
            list.push(event(
                at,
                id,
                &format!("{kind}.delta"),
                json!({"content_index": part, "delta": piece, "obfuscation": padding}),
            ));
        }
        if dice.flip() {
            list.push(event(at, id, &format!("{kind}.done"), json!({"content_index": part, key: text})));
            list.push(event(at, id, "content_part.done", json!({"content_index": part, "part": whole})));
        }
        lists.push(list);
        parts.push(whole);
    }
    let begin = json!({"id": id, "type": "message", "role": "assistant", "content": []});
    let mut whole = begin.clone();
    whole["content"] = json!(parts);
    let grow = dice.weave(lists);
    (frame_item(dice, at, begin, grow, &whole), whole)
}

fn reasoning(dice: &mut Dice, at: usize, id: &str) -> (Vec<Value>, Value) {
    let (text, summary) = (dice.text(), dice.flip());
    let begin = json!({"id": id, "type": "reasoning", "summary": []});
    let mut whole = begin.clone();
    let grow = if summary {
        whole["summary"] = json!([{"type": "summary_text", "text": text}]);
        let part = json!({"type": "summary_text", "text": ""});
        let mut list =
            vec![event(at, id, "reasoning_summary_part.added", json!({"summary_index": 0, "part": part}))];
        list.extend(dice.cut(&text).into_iter().map(|piece| {
            event(at, id, "reasoning_summary_text.delta", json!({"summary_index": 0, "delta": piece}))
        }));
        list
    } else {
        whole["content"] = json!([{"type": "reasoning_text", "text": text}]);
        let pieces = dice.cut(&text).into_iter();
        pieces
            .map(|piece| event(at, id, "reasoning_text.delta", json!({"content_index": 0, "delta": piece})))
            .collect()
    };
    (frame_item(dice, at, begin, grow, &whole), whole)
}

fn call(dice: &mut Dice, at: usize, id: &str) -> (Vec<Value>, Value) {
    let custom = dice.flip();
    let (kind, key, delta) = if custom {
        ("custom_tool_call", "input", "custom_tool_call_input")
    } else {
        ("function_call", "arguments", "function_call_arguments")
    };
    let input = if custom { dice.text() } else { dice.object().to_string() };
    let begin = json!({"id": id, "type": kind, "call_id": format!("call_{at}"), "name": "tool", key: ""});
    let mut whole = begin.clone();
    whole[key] = json!(input);
    let pieces = dice.cut(&input).into_iter();
    let mut grow: Vec<_> =
        pieces.map(|piece| event(at, id, &format!("{delta}.delta"), json!({"delta": piece}))).collect();
    if dice.flip() {
        grow.push(event(at, id, &format!("{delta}.done"), json!({key: input})));
    }
    (frame_item(dice, at, begin, grow, &whole), whole)
}

fn search(dice: &mut Dice, at: usize, id: &str) -> (Vec<Value>, Value) {
    let whole = json!({"id": id, "type": "web_search_call", "status": "completed", "action": {"type": "search", "query": dice.text()}});
    let mut begin = whole.clone();
    begin["status"] = json!("in_progress");
    let stages = ["in_progress", "searching", "completed"];
    let grow =
        stages.iter().map(|stage| event(at, id, &format!("web_search_call.{stage}"), json!({}))).collect();
    (frame_item(dice, at, begin, grow, &whole), whole)
}

pub(crate) fn openai_responses(dice: &mut Dice) -> Generated {
    let (lists, output): (Vec<_>, Vec<_>) = (0..dice.below(5)).map(|at| item(dice, at)).unzip();
    let (kind, reason) =
        dice.pick(&[("completed", Value::Null), ("incomplete", json!({"reason": "max_output_tokens"}))]);
    let begin = json!({"id": "resp_1", "object": "response", "status": "in_progress", "model": "m", "output": [], "usage": null});
    let (input, out) = (dice.count(), dice.count());
    let usage = json!({"input_tokens": input, "output_tokens": out, "total_tokens": input + out});
    let whole = json!({"id": "resp_1", "object": "response", "status": kind, "incomplete_details": reason, "model": "m", "output": output, "usage": usage});
    let mut events = vec![json!({"type": "response.created", "response": begin})];
    if dice.flip() {
        events.push(json!({"type": "response.in_progress", "response": begin}));
    }
    events.extend(dice.weave(lists));
    events.push(json!({"type": format!("response.{kind}"), "response": whole}));
    // Mantle names no events and some servers number none.
    let (named, numbered) = (dice.flip(), dice.flip());
    let finish = |(n, mut event): (usize, Value)| {
        if numbered {
            event["sequence_number"] = json!(n);
        }
        (event["type"].as_str().filter(|_| named).map(str::to_owned), event)
    };
    let events = events.into_iter().enumerate().map(finish).collect();
    Generated {
        format: "openai-responses",
        model_id: "us.openai.gpt-6-astra",
        framing: Framing::Sse,
        events,
        whole,
        without_last: &["/output"],
    }
}
