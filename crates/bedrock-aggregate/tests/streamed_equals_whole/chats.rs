//! Formats in the outline of Chat Completions: choices with messages that grow.

use bedrock_aggregate::Framing;
use serde_json::{Value, json};

use super::Generated;
use super::dice::Dice;

/// What a message may hold in a format.
struct Outline {
    /// Keys under which text grows, beside `content`.
    texts: &'static [&'static str],
    calls: bool,
}

/// A message: as it is sent whole, and what it grows by.
fn message(dice: &mut Dice, outline: &Outline) -> (Value, Vec<Value>) {
    let mut whole = json!({"role": "assistant", "content": null});
    let mut deltas = vec![json!({"role": "assistant", "content": null})];
    for key in ["content"].iter().chain(outline.texts) {
        if dice.flip() {
            let text = dice.text();
            deltas.extend(dice.cut(&text).into_iter().map(|piece| json!({*key: piece})));
            whole[*key] = json!(text);
        }
    }
    let mut lists = Vec::new();
    let mut calls = Vec::new();
    for index in 0..if outline.calls { dice.below(4) } else { 0 } {
        let arguments = dice.object().to_string();
        let (id, pieces) = (format!("call_{index}"), dice.cut(&arguments));
        let mut list: Vec<_> = pieces
            .into_iter()
            .map(|piece| json!({"index": index, "function": {"arguments": piece}}))
            .collect();
        // Arguments can come before the name of what is called.
        let named = if dice.below(4) == 0 { list.len() - 1 } else { 0 };
        list[named]["id"] = json!(id);
        list[named]["type"] = json!("function");
        list[named]["function"]["name"] = json!("tool");
        lists.push(list.into_iter().map(|call| json!({"tool_calls": [call]})).collect());
        calls.push(
            json!({"id": id, "type": "function", "function": {"name": "tool", "arguments": arguments}}),
        );
    }
    deltas.extend(dice.weave(lists));
    if !calls.is_empty() {
        whole["tool_calls"] = json!(calls);
    }
    (whole, deltas)
}

fn usage(dice: &mut Dice) -> Value {
    let (input, output) = (dice.count(), dice.count());
    json!({"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output})
}

/// Choices in turns; each ends with its reason.
fn choices(
    dice: &mut Dice,
    outline: &Outline,
    most: usize,
    place: &str,
    reason_key: &str,
    reasons: &[&str],
) -> (Vec<Value>, Vec<Value>) {
    let (mut lists, mut whole) = (Vec::new(), Vec::new());
    for index in 0..1 + dice.below(most) {
        let (message, deltas) = message(dice, outline);
        let reason = dice.pick(reasons);
        let mut list: Vec<_> =
            deltas.into_iter().map(|delta| json!({"index": index, place: delta, reason_key: null})).collect();
        if dice.flip() {
            list.push(json!({"index": index, place: {}, reason_key: reason}));
        } else {
            list.last_mut().unwrap()[reason_key] = json!(reason);
        }
        lists.push(list);
        whole.push(json!({"index": index, "message": message, reason_key: reason}));
    }
    (dice.weave(lists), whole)
}

/// Over server-sent events with the counts in a chunk of their own, or through InvokeModel with the counts on the last.
pub(crate) fn openai_chat(dice: &mut Dice) -> Generated {
    let outline = Outline { texts: &["reasoning_content", "refusal"], calls: true };
    let reasons = ["stop", "length", "tool_calls", "content_filter", "new"];
    let (pieces, mut whole) = choices(dice, &outline, 3, "delta", "finish_reason", &reasons);
    let (sse, padded, likely) = (dice.flip(), dice.flip(), dice.flip());
    let envelope = |object: &str, choices: Value| json!({"id": "c", "object": object, "created": 7, "model": "m", "choices": choices});
    let mut chunks = Vec::new();
    for mut piece in pieces {
        if likely && piece["index"] == 0 {
            let token = json!({"token": dice.text(), "logprob": -0.5});
            piece["logprobs"] = json!({"content": [token]});
            let tokens = &mut whole[0]["logprobs"]["content"];
            match tokens.as_array_mut() {
                Some(tokens) => tokens.push(token),
                None => *tokens = json!([token]),
            }
        }
        let mut chunk = envelope("chat.completion.chunk", json!([piece]));
        if padded {
            chunk["obfuscation"] = json!("abcdefgh"[..dice.below(8)]);
        }
        chunks.push(chunk);
    }
    let counts = usage(dice);
    if sse {
        chunks.iter_mut().for_each(|chunk| chunk["usage"] = Value::Null);
        chunks.push(envelope("chat.completion.chunk", json!([])));
    }
    chunks.last_mut().unwrap()["usage"] = counts.clone();
    let mut whole = envelope("chat.completion", json!(whole));
    whole["usage"] = counts;
    let generated = Generated::invoked("openai-chat", "qwen.qwen3-32b-v1:0", chunks, whole);
    if sse { Generated { framing: Framing::Sse, ..generated } } else { generated.measured(dice) }
}

/// Reasoning inside the content, whose tags are cut anywhere.
pub(crate) fn openai_chat_inline(dice: &mut Dice) -> Generated {
    let (reasoning, answer) = (dice.text().replace('<', ""), dice.text());
    // Blanks between the two are part of neither.
    let content = format!("<reasoning>{reasoning}</reasoning>{}", answer.trim_start());
    let chunk = |delta: Value, reason: Value| {
        json!({"id": "c", "object": "chat.completion.chunk", "created": 7, "model": "openai.gpt-oss-20b-1:0",
        "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})
    };
    let pieces = dice.cut(&content).into_iter();
    let mut chunks = vec![chunk(json!({"role": "assistant"}), Value::Null)];
    chunks.extend(pieces.map(|piece| chunk(json!({"content": piece}), Value::Null)));
    chunks.push(chunk(json!({}), json!("stop")));
    let whole = json!({"id": "c", "object": "chat.completion", "created": 7, "model": "openai.gpt-oss-20b-1:0",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}]});
    Generated::invoked("openai-chat", "openai.gpt-oss-20b-1:0", chunks, whole).measured(dice)
}

/// Counts on every chunk, which grow; the measurements in a chunk of their own.
pub(crate) fn ai21_jamba(dice: &mut Dice) -> Generated {
    let outline = Outline { texts: &[], calls: true };
    let (pieces, whole) =
        choices(dice, &outline, 3, "delta", "finish_reason", &["stop", "length", "tool_calls"]);
    let mut chunks: Vec<_> = pieces
        .into_iter()
        .enumerate()
        .map(|(n, piece)| json!({"id": "c", "choices": [piece], "usage": {"prompt_tokens": 3, "completion_tokens": n, "total_tokens": n + 3}}))
        .collect();
    let last = chunks.last_mut().unwrap();
    last["meta"] = json!({"requestDurationMillis": 250});
    let whole = json!({"id": "c", "choices": whole, "usage": last["usage"], "meta": last["meta"]});
    chunks.push(json!({}));
    Generated::invoked("ai21-jamba", "ai21.jamba-1-5-mini-v1:0", chunks, whole).measured(dice)
}

/// What grows stands under `message`, the reason under `stop_reason`.
pub(crate) fn mistral_chat(dice: &mut Dice) -> Generated {
    let outline = Outline { texts: &[], calls: true };
    let reasons = ["stop", "length", "tool_calls", "model_length"];
    let (pieces, whole) = choices(dice, &outline, 3, "message", "stop_reason", &reasons);
    let envelope = |object: &str, choices: Value| json!({"id": "a", "object": object, "created": 7, "model": "pixtral", "choices": choices});
    let mut chunks: Vec<_> = pieces
        .into_iter()
        .map(|piece| {
            let mut chunk = envelope("chat.completion.chunk", json!([piece]));
            (chunk["usage"], chunk["p"]) = (Value::Null, Value::Null);
            chunk
        })
        .collect();
    let counts = usage(dice);
    chunks.last_mut().unwrap()["usage"] = counts.clone();
    let mut whole = envelope("chat.completion", json!(whole));
    whole["usage"] = counts;
    Generated::invoked("mistral-chat", "us.mistral.pixtral-large-2502-v1:0", chunks, whole).measured(dice)
}

/// Reasoning beside the content.
pub(crate) fn deepseek_messages(dice: &mut Dice) -> Generated {
    let outline = Outline { texts: &["reasoning_content"], calls: false };
    let (pieces, whole) = choices(dice, &outline, 3, "message", "stop_reason", &["stop", "length"]);
    let chunks = pieces.into_iter().map(|piece| json!({"choices": [piece]})).collect();
    Generated::invoked("deepseek", "us.deepseek.r1-v1:0", chunks, json!({"choices": whole})).measured(dice)
}
