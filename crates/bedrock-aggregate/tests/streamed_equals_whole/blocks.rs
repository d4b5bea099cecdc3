//! Formats whose answers are blocks: Anthropic, Converse, Nova.

use bedrock_aggregate::Framing;
use serde_json::{Value, json};

use super::dice::Dice;
use super::{Generated, base64, measurements};

type Events = Vec<(Option<String>, Value)>;

pub(crate) fn anthropic(dice: &mut Dice) -> Generated {
    let sse = dice.flip();
    // An index that jumps is as good as any.
    let step = 1 + dice.below(3);
    let (mut lists, mut content) = (Vec::new(), Vec::new());
    for n in 0..dice.below(5) {
        let (start, deltas, whole) = anthropic_block(dice, n);
        let index = n * step;
        let mut list = vec![json!({"type": "content_block_start", "index": index, "content_block": start})];
        list.extend(
            deltas
                .into_iter()
                .map(|delta| json!({"type": "content_block_delta", "index": index, "delta": delta})),
        );
        list.push(json!({"type": "content_block_stop", "index": index}));
        lists.push(list);
        content.push(whole);
    }
    if dice.flip() {
        lists.push(vec![json!({"type": "ping"})]);
    }
    let (input, output, read) = (dice.count(), dice.count(), dice.count());
    let stop = dice.pick(&["end_turn", "max_tokens", "tool_use", "refusal", "new_reason"]);
    let mut message = json!({"id": "msg_bdrk_1", "type": "message", "role": "assistant", "model": "claude-x", "content": [],
        "stop_reason": null, "stop_sequence": null,
        "usage": {"input_tokens": input, "cache_read_input_tokens": read, "output_tokens": 1}});
    let mut chunks = vec![json!({"type": "message_start", "message": message})];
    chunks.extend(dice.weave(lists));
    let mut counts = json!({"output_tokens": output});
    if dice.flip() {
        counts["input_tokens"] = json!(input);
        counts["cache_read_input_tokens"] = json!(read);
    }
    chunks.push(json!({"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": null}, "usage": counts}));
    let mut end = json!({"type": "message_stop"});
    if !sse {
        end["amazon-bedrock-invocationMetrics"] = measurements(dice);
    }
    chunks.push(end);
    message["content"] = json!(content);
    message["stop_reason"] = json!(stop);
    message["usage"]["output_tokens"] = json!(output);
    let generated =
        Generated::invoked("anthropic", "anthropic.claude-3-haiku-20240307-v1:0", chunks, message);
    if !sse {
        return generated;
    }
    let named = |(_, chunk): (_, Value)| (chunk["type"].as_str().map(str::to_owned), chunk);
    Generated {
        framing: Framing::Sse,
        events: generated.events.into_iter().map(named).collect(),
        ..generated
    }
}

/// A block: how it begins, what it grows by, and the whole of it.
fn anthropic_block(dice: &mut Dice, n: usize) -> (Value, Vec<Value>, Value) {
    let text = dice.text();
    match dice.below(7) {
        0 => {
            let mut whole = json!({"type": "text", "text": text});
            let grown = dice
                .cut(&text)
                .into_iter()
                .map(|piece| json!({"type": "text_delta", "text": piece}))
                .collect();
            let mut lists = vec![grown];
            if dice.flip() {
                let citation = json!({"type": "char_location", "cited_text": dice.text(), "document_index": 0, "start_char_index": 0, "end_char_index": 2});
                whole["citations"] = json!([citation]);
                // Before or after the text that it is for.
                lists.push(vec![json!({"type": "citations_delta", "citation": citation})]);
            }
            (json!({"type": "text", "text": ""}), dice.weave(lists), whole)
        }
        1 => {
            let pieces = dice.cut(&text).into_iter();
            let mut deltas: Vec<_> =
                pieces.map(|piece| json!({"type": "thinking_delta", "thinking": piece})).collect();
            deltas.push(json!({"type": "signature_delta", "signature": "EuY="}));
            let whole = json!({"type": "thinking", "thinking": text, "signature": "EuY="});
            (json!({"type": "thinking", "thinking": "", "signature": ""}), deltas, whole)
        }
        2 => {
            let whole = json!({"type": "redacted_thinking", "data": "aGVsbG8="});
            (whole.clone(), Vec::new(), whole)
        }
        3 => {
            let content =
                json!([{"type": "web_search_result", "url": "u", "title": text, "encrypted_content": "e"}]);
            let whole = json!({"type": "web_search_tool_result", "tool_use_id": "srv", "content": content});
            (whole.clone(), Vec::new(), whole)
        }
        4 => {
            let whole = json!({"type": "compaction", "content": text});
            let start = json!({"type": "compaction", "content": null});
            (start, vec![json!({"type": "compaction_delta", "content": text})], whole)
        }
        _ => {
            let kind = dice.pick(&["tool_use", "server_tool_use"]);
            let mut whole =
                json!({"type": kind, "id": format!("toolu_{n}"), "name": "tool", "input": dice.object()});
            let input = whole["input"].to_string();
            let mut pieces = vec![String::new()];
            if whole["input"] != json!({}) || dice.flip() {
                pieces.extend(dice.cut(&input));
            }
            let deltas =
                pieces.into_iter().map(|piece| json!({"type": "input_json_delta", "partial_json": piece}));
            let input = std::mem::replace(&mut whole["input"], json!({}));
            let start = whole.clone();
            whole["input"] = input;
            (start, deltas.collect(), whole)
        }
    }
}

pub(crate) fn converse(dice: &mut Dice) -> Generated {
    let step = 1 + dice.below(3);
    let (mut lists, mut content) = (Vec::new(), Vec::new());
    for n in 0..dice.below(5) {
        let (start, deltas, whole) = converse_block(dice, n);
        let index = n * step;
        let mut list = Vec::new();
        if let Some(start) = start {
            list.push(("contentBlockStart", json!({"contentBlockIndex": index, "start": start})));
        }
        let deltas = deltas.into_iter();
        list.extend(
            deltas.map(|delta| ("contentBlockDelta", json!({"contentBlockIndex": index, "delta": delta}))),
        );
        list.push(("contentBlockStop", json!({"contentBlockIndex": index})));
        lists.push(list);
        content.push(whole);
    }
    let stop = dice.pick(&["end_turn", "max_tokens", "tool_use", "guardrail_intervened", "new_reason"]);
    let (input, output) = (dice.count(), dice.count());
    let usage = json!({"inputTokens": input, "outputTokens": output, "totalTokens": input + output});
    let mut events = vec![("messageStart", json!({"role": "assistant"}))];
    events.extend(dice.weave(lists));
    let (mut end, mut metadata) =
        (json!({"stopReason": stop}), json!({"usage": usage, "metrics": {"latencyMs": 640}}));
    let mut whole = json!({"output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop, "usage": usage, "metrics": {"latencyMs": 640}});
    if dice.flip() {
        let fields = json!({"stop_sequence": null});
        (end["additionalModelResponseFields"], whole["additionalModelResponseFields"]) =
            (fields.clone(), fields);
        let tier = json!({"type": "default"});
        (metadata["serviceTier"], whole["serviceTier"]) = (tier.clone(), tier);
    }
    events.push(("messageStop", end));
    events.push(("metadata", metadata));
    let events: Events = events.into_iter().map(|(name, json)| (Some(name.to_owned()), json)).collect();
    Generated {
        format: "converse",
        model_id: "anthropic.claude-3-haiku-20240307-v1:0",
        framing: Framing::EventStream,
        events,
        whole,
        without_last: &[],
    }
}

/// A block: how it begins, where that is sent, what it grows by, and the whole of it.
fn converse_block(dice: &mut Dice, n: usize) -> (Option<Value>, Vec<Value>, Value) {
    let text = dice.text();
    let grown = |dice: &mut Dice| -> Vec<Value> {
        dice.cut(&text).into_iter().map(|piece| json!({"text": piece})).collect()
    };
    match dice.below(7) {
        0 => (None, grown(dice), json!({"text": text})),
        1 => converse_reasoning(dice, &text),
        2 => {
            let citation = json!({"title": "T", "sourceContent": [{"text": dice.text()}], "location": {"documentChar": {"documentIndex": 0, "start": 0, "end": 2}}});
            let mut deltas = vec![json!({"citation": citation})];
            deltas.extend(grown(dice));
            (
                None,
                deltas,
                json!({"citationsContent": {"content": [{"text": text}], "citations": [citation]}}),
            )
        }
        3 => {
            // Each piece is base64 by itself.
            let pieces = dice.cut(&text).into_iter();
            let delta =
                |piece: String| json!({"reasoningContent": {"redactedContent": base64(piece.as_bytes())}});
            let whole = json!({"reasoningContent": {"redactedContent": base64(text.as_bytes())}});
            (None, pieces.map(delta).collect(), whole)
        }
        4 => {
            let start = json!({"toolUseId": format!("tooluse_{n}"), "type": "nova_code_interpreter_result", "status": "success"});
            let deltas = vec![
                json!({"toolResult": [{"text": text}]}),
                json!({"toolResult": [{"json": {"exitCode": 0}}]}),
            ];
            let mut whole = start.clone();
            whole["content"] = json!([{"text": text}, {"json": {"exitCode": 0}}]);
            (Some(json!({"toolResult": start})), deltas, json!({"toolResult": whole}))
        }
        5 => {
            let source = json!({"bytes": base64(text.as_bytes())});
            let deltas = vec![json!({"image": {"source": source}})];
            (
                Some(json!({"image": {"format": "png"}})),
                deltas,
                json!({"image": {"format": "png", "source": source}}),
            )
        }
        _ => {
            let (id, input) = (format!("tooluse_{n}"), dice.object());
            let mut pieces = vec![String::new()];
            if input != json!({}) || dice.flip() {
                pieces.extend(dice.cut(&input.to_string()));
            }
            let deltas = pieces.into_iter().map(|piece| json!({"toolUse": {"input": piece}})).collect();
            let start = json!({"toolUse": {"toolUseId": id, "name": "tool"}});
            (Some(start), deltas, json!({"toolUse": {"toolUseId": id, "name": "tool", "input": input}}))
        }
    }
}

/// A block of reasoning, signed or not.
fn converse_reasoning(dice: &mut Dice, text: &str) -> (Option<Value>, Vec<Value>, Value) {
    let mut whole = json!({"reasoningText": {"text": text}});
    let delta = |piece: String| json!({"reasoningContent": {"text": piece}});
    let mut deltas: Vec<_> = dice.cut(text).into_iter().map(delta).collect();
    if dice.flip() {
        whole["reasoningText"]["signature"] = json!("EuY=");
        deltas.push(json!({"reasoningContent": {"signature": "EuY="}}));
    }
    (None, deltas, json!({"reasoningContent": whole}))
}

/// Each piece of text has an index of its own, and indexes have gaps.
pub(crate) fn nova(dice: &mut Dice) -> Generated {
    let (mut index, mut content, mut chunks) =
        (0, Vec::new(), vec![json!({"messageStart": {"role": "assistant"}})]);
    let mut before = usize::MAX;
    for n in 0..dice.below(6) {
        // Of two texts side by side nobody can tell that they are two.
        let kind = Some(dice.below(3)).filter(|kind| *kind == 2 || *kind != before).unwrap_or(2);
        before = kind;
        if kind == 2 {
            let (id, input) = (format!("id-{n}"), dice.object());
            let event = |key: &str, value: Value| json!({"contentBlockDelta": {"delta": {"toolUse": {key: value}}, "contentBlockIndex": index}});
            chunks.push(json!({"contentBlockStart": {"start": {"toolUse": {"toolUseId": id, "name": "tool"}}, "contentBlockIndex": index}}));
            chunks.extend(dice.cut(&input.to_string()).into_iter().map(|piece| event("input", json!(piece))));
            chunks.push(json!({"contentBlockStop": {"contentBlockIndex": index}}));
            index += 1 + dice.below(2);
            content.push(json!({"toolUse": {"toolUseId": id, "name": "tool", "input": input}}));
            continue;
        }
        let text = dice.text();
        for piece in dice.cut(&text) {
            let delta = if kind == 0 {
                json!({"text": piece})
            } else {
                json!({"reasoningContent": {"reasoningText": {"text": piece}}})
            };
            chunks.push(json!({"contentBlockDelta": {"delta": delta, "contentBlockIndex": index}}));
            chunks.push(json!({"contentBlockStop": {"contentBlockIndex": index}}));
            index += 1;
        }
        content.push(if kind == 0 {
            json!({"text": text})
        } else {
            json!({"reasoningContent": {"reasoningText": {"text": text}}})
        });
    }
    let stop = dice.pick(&["end_turn", "tool_use", "max_tokens", "new_reason"]);
    let usage = json!({"inputTokens": dice.count(), "outputTokens": dice.count(), "cacheReadInputTokenCount": dice.count()});
    chunks.push(json!({"messageStop": {"stopReason": stop}}));
    chunks.push(json!({"metadata": {"usage": usage, "metrics": {}, "trace": {}}}));
    let whole = json!({"output": {"message": {"role": "assistant", "content": content}}, "stopReason": stop, "usage": usage});
    Generated::invoked("nova", "amazon.nova-lite-v1:0", chunks, whole).measured(dice)
}
