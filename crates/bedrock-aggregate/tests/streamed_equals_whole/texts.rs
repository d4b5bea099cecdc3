//! Formats whose answers are texts and nothing else, and Command R.

use serde_json::{Value, json};

use super::Generated;
use super::dice::Dice;

/// A text in chunks: for each piece, whether it is the last.
fn pieces(dice: &mut Dice, text: &str) -> Vec<(String, bool)> {
    let pieces = dice.cut(text);
    let last = pieces.len() - 1;
    pieces.into_iter().enumerate().map(|(nth, piece)| (piece, nth == last)).collect()
}

/// `value` with the last piece, and `null` or nothing before it.
fn at_end(dice: &mut Dice, chunk: &mut Value, key: &str, value: &Value, last: bool) {
    if last {
        chunk[key] = value.clone();
    } else if dice.flip() {
        chunk[key] = Value::Null;
    }
}

pub(crate) fn titan(dice: &mut Dice) -> Generated {
    let (text, input, output) = (dice.text(), dice.count(), dice.count());
    let reason = json!(dice.pick(&["FINISH", "LENGTH", "STOP_CRITERIA_MET", "CONTENT_FILTERED", "NEW"]));
    let mut chunks = Vec::new();
    for (piece, last) in pieces(dice, &text) {
        let mut chunk = json!({"outputText": piece, "index": 0});
        at_end(dice, &mut chunk, "completionReason", &reason, last);
        at_end(dice, &mut chunk, "totalOutputTextTokenCount", &json!(output), last);
        chunks.push(chunk);
    }
    chunks[0]["inputTextTokenCount"] = json!(input);
    let result = json!({"outputText": text, "tokenCount": output, "completionReason": reason});
    let whole = json!({"inputTextTokenCount": input, "results": [result]});
    Generated::invoked("titan", "amazon.titan-text-express-v1", chunks, whole).measured(dice)
}

pub(crate) fn llama(dice: &mut Dice) -> Generated {
    let (text, input) = (dice.text(), dice.count());
    let reason = json!(dice.pick(&["stop", "length", "new"]));
    let mut chunks = Vec::new();
    for (nth, (piece, last)) in pieces(dice, &text).into_iter().enumerate() {
        let mut chunk = json!({"generation": piece, "generation_token_count": nth + 1});
        at_end(dice, &mut chunk, "stop_reason", &reason, last);
        chunks.push(chunk);
    }
    chunks[0]["prompt_token_count"] = json!(input);
    let whole = json!({"generation": text, "prompt_token_count": input, "generation_token_count": chunks.len(), "stop_reason": reason});
    Generated::invoked("llama", "meta.llama3-8b-instruct-v1:0", chunks, whole).measured(dice)
}

pub(crate) fn mistral_text(dice: &mut Dice) -> Generated {
    let (text, reason) = (dice.text(), json!(dice.pick(&["stop", "length"])));
    let mut chunks = Vec::new();
    for (piece, last) in pieces(dice, &text) {
        let mut output = json!({"text": piece});
        at_end(dice, &mut output, "stop_reason", &reason, last);
        chunks.push(json!({"outputs": [output]}));
    }
    let whole = json!({"outputs": [{"text": text, "stop_reason": reason}]});
    Generated::invoked("mistral-text", "mistral.mistral-7b-instruct-v0:2", chunks, whole).measured(dice)
}

pub(crate) fn anthropic_text(dice: &mut Dice) -> Generated {
    let (text, reason) = (dice.text(), json!(dice.pick(&["stop_sequence", "max_tokens"])));
    let stop = if reason == "stop_sequence" { json!(dice.pick(&["\n\nHuman:", "END"])) } else { Value::Null };
    let mut chunks = Vec::new();
    for (piece, last) in pieces(dice, &text) {
        let mut chunk = json!({"completion": piece, "type": "completion"});
        at_end(dice, &mut chunk, "stop_reason", &reason, last);
        if !stop.is_null() {
            at_end(dice, &mut chunk, "stop", &stop, last);
        }
        chunks.push(chunk);
    }
    let mut whole = json!({"type": "completion", "completion": text, "stop_reason": reason});
    if !stop.is_null() {
        whole["stop"] = stop;
    }
    Generated::invoked("anthropic-text", "anthropic.claude-v2", chunks, whole).measured(dice)
}

pub(crate) fn pegasus(dice: &mut Dice) -> Generated {
    let (text, reason) = (dice.text(), json!(dice.pick(&["stop", "length"])));
    let mut chunks = Vec::new();
    for (piece, last) in pieces(dice, &text) {
        let mut chunk = json!({"message": piece});
        at_end(dice, &mut chunk, "finishReason", &reason, last);
        chunks.push(chunk);
    }
    let whole = json!({"message": text, "finishReason": reason});
    Generated::invoked("pegasus", "twelvelabs.pegasus-1-2-v1:0", chunks, whole).measured(dice)
}

/// Several generations in turns, or the whole answer as the one chunk.
pub(crate) fn cohere_command(dice: &mut Dice) -> Generated {
    let several = dice.flip();
    let (mut lists, mut generations) = (Vec::new(), Vec::new());
    for index in 0..if several { 1 + dice.below(3) } else { 1 } {
        let text = dice.text();
        let reason = dice.pick(&["COMPLETE", "MAX_TOKENS", "STOP_SEQUENCE", "ERROR_TOXIC"]);
        generations.push(json!({"text": text, "finish_reason": reason}));
        let mut list: Vec<_> =
            dice.cut(&text).into_iter().map(|piece| json!({"is_finished": false, "text": piece})).collect();
        list.push(json!({"is_finished": true, "finish_reason": reason}));
        if several {
            list.iter_mut().for_each(|chunk| chunk["index"] = json!(index));
        }
        lists.push(list);
    }
    let mut whole = json!({"generations": generations});
    let mut chunks = dice.weave(lists);
    if dice.below(8) == 0 {
        whole["id"] = json!("r1");
        whole["prompt"] = json!("Hi");
        chunks = vec![whole.clone()];
    }
    Generated::invoked("cohere-command", "cohere.command-text-v14", chunks, whole).measured(dice)
}

pub(crate) fn cohere_command_r(dice: &mut Dice) -> Generated {
    let (text, mut chunks) = (dice.text(), Vec::new());
    let event =
        |kind: &str, key: &str, value: Value| json!({"event_type": kind, "is_finished": false, key: value});
    if dice.flip() {
        chunks.push(event("stream-start", "generation_id", json!("g1")));
    }
    chunks.extend(dice.cut(&text).into_iter().map(|piece| event("text-generation", "text", json!(piece))));
    let citations: Vec<_> = (0..dice.below(3))
        .map(|at| json!({"start": at, "end": at + 1, "text": dice.text(), "document_ids": ["d1"]}))
        .collect();
    chunks.extend(
        citations.iter().map(|citation| event("citation-generation", "citations", json!([citation]))),
    );
    let mut calls = Vec::new();
    for index in 0..dice.below(3) {
        let parameters = dice.object();
        let delta = |key: &str, value: Value| {
            event("tool-calls-chunk", "tool_call_delta", json!({"index": index, key: value}))
        };
        chunks.push(delta("name", json!("tool")));
        let pieces = dice.cut(&parameters.to_string());
        chunks.extend(pieces.into_iter().map(|piece| delta("parameters", json!(piece))));
        calls.push(json!({"name": "tool", "parameters": parameters}));
    }
    if !calls.is_empty() && dice.flip() {
        chunks.push(event("tool-calls-generation", "tool_calls", json!(calls)));
    }
    let mut whole = json!({"response_id": "r1", "generation_id": "g1", "text": text, "finish_reason": "COMPLETE",
        "meta": {"tokens": {"input_tokens": dice.count(), "output_tokens": dice.count()}}});
    for (key, list) in [("citations", citations), ("tool_calls", calls)] {
        if !list.is_empty() {
            whole[key] = json!(list);
        }
    }
    chunks.push(json!({"event_type": "stream-end", "is_finished": true, "finish_reason": "COMPLETE", "response": whole}));
    let generated =
        Generated::invoked("cohere-command-r", "cohere.command-r-v1:0", chunks, whole).measured(dice);
    Generated { without_last: &["/text", "/citations", "/tool_calls"], ..generated }
}

pub(crate) fn ai21_j2(dice: &mut Dice) -> Generated {
    let completions: Vec<_> = (0..1 + dice.below(3))
        .map(|_| json!({"data": {"text": dice.text(), "tokens": [{}, {}]}, "finishReason": {"reason": dice.pick(&["endoftext", "stop", "length"])}}))
        .collect();
    let whole =
        json!({"id": 1234, "prompt": {"text": dice.text(), "tokens": [{}]}, "completions": completions});
    Generated::invoked("ai21-j2", "ai21.j2-mid-v1", vec![whole.clone()], whole)
}

pub(crate) fn deepseek_prompt(dice: &mut Dice) -> Generated {
    let (text, reason) = (dice.text(), json!(dice.pick(&["stop", "length"])));
    let mut chunks = Vec::new();
    for (piece, last) in pieces(dice, &text) {
        let mut choice = json!({"text": piece});
        at_end(dice, &mut choice, "stop_reason", &reason, last);
        chunks.push(json!({"choices": [choice]}));
    }
    let whole = json!({"choices": [{"text": text, "stop_reason": reason}]});
    Generated::invoked("deepseek", "us.deepseek.r1-v1:0", chunks, whole).measured(dice)
}

/// Several choices in turns, with the likelihoods of their tokens, and the counts on the last chunk or behind it.
pub(crate) fn text_completion(dice: &mut Dice) -> Generated {
    let (mut lists, mut choices) = (Vec::new(), Vec::new());
    let likely = dice.flip();
    for index in 0..1 + dice.below(3) {
        let (text, reason) = (dice.text(), json!(dice.pick(&["stop", "length", "content_filter"])));
        let (mut list, mut tokens) = (Vec::new(), Vec::new());
        for (piece, last) in pieces(dice, &text) {
            let mut choice = json!({"index": index, "text": piece});
            if likely {
                choice["logprobs"] = json!({"tokens": [piece], "token_logprobs": [-0.5]});
                tokens.push(piece);
            }
            at_end(dice, &mut choice, "finish_reason", &reason, last);
            list.push(choice);
        }
        lists.push(list);
        let mut choice = json!({"index": index, "text": text, "finish_reason": reason});
        if likely {
            choice["logprobs"] = json!({"tokens": tokens, "token_logprobs": vec![-0.5; tokens.len()]});
        }
        choices.push(choice);
    }
    let (input, output) = (dice.count(), dice.count());
    let usage = json!({"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output});
    let envelope = |choices: Value| json!({"id": "cmpl-1", "object": "text_completion", "created": 7, "model": "m", "choices": choices});
    let mut chunks: Vec<_> = dice.weave(lists).into_iter().map(|choice| envelope(json!([choice]))).collect();
    if dice.flip() {
        chunks.push(envelope(json!([])));
    }
    chunks.last_mut().unwrap()["usage"] = usage.clone();
    let mut whole = envelope(json!(choices));
    whole["usage"] = usage;
    Generated::invoked("text-completion", IMPORTED, chunks, whole).measured(dice)
}

/// The id of an imported model says nothing.
const IMPORTED: &str = "arn:aws:bedrock:us-east-1:111122223333:imported-model/abcdefghijkl";

pub(crate) fn text_completion_bare(dice: &mut Dice) -> Generated {
    let text = dice.text();
    let chunks = dice.cut(&text).into_iter().map(|piece| json!({"text": piece})).collect();
    Generated::invoked("text-completion", IMPORTED, chunks, json!({"text": text})).measured(dice)
}
