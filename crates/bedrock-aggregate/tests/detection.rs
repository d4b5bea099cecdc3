//! Every recorded chunk, alone: it is known for what it is, or it is not known; it is never taken for another.

use std::collections::BTreeMap;

use bedrock_aggregate::formats::LlamaAggregator;
use bedrock_aggregate::{EventSink, Format, Framing, Probe, Reader, Registry};
use bedrock_testing::{Recording, recordings};
use serde_json::{Value, json};

#[test]
fn no_recorded_chunk_is_misread() {
    let wanted = |recording: &Recording| {
        recording.streaming && recording.status == 200 && recording.format != "exception-only"
    };
    let Some(all) = recordings(wanted) else { return };
    let registry = Registry::new();
    let (mut known, mut undecided, mut misread) =
        (0, 0, BTreeMap::<(String, String), (usize, String)>::new());
    for recording in &all {
        for event in recording.events() {
            let headers = event.get("headers").and_then(Value::as_array).into_iter().flatten();
            let named =
                headers.filter(|header| header[0] == ":event-type").find_map(|header| header[1].as_str());
            let event_type = named.filter(|name| *name != "chunk");
            let chunk = ["chunk", "data", "payload"].iter().find_map(|key| event.get(key));
            let Some(chunk) = chunk else { continue };
            match registry.detect(&Probe { event_type, chunk }) {
                None => undecided += 1,
                Some(format) if format.name() == recording.format => known += 1,
                Some(format) => {
                    let pair = (recording.format.clone(), format.name().to_owned());
                    let sample =
                        misread.entry(pair).or_insert_with(|| (0, format!("{}: {chunk}", recording.case)));
                    sample.0 += 1;
                }
            }
        }
    }
    assert!(misread.is_empty(), "{misread:#?}");
    assert!(known > 10_000 && undecided * 20 < known, "{known} known, {undecided} undecided");
}

/// What a chunk alone shows, row by row: the particular before the general, and nothing where nothing can be emitted.
#[test]
fn every_row_of_the_table_decides_or_does_not() {
    let registry = Registry::new();
    for (event_type, chunk, format) in [
        (None, json!("[DONE]"), None),
        (None, json!({"amazon-bedrock-invocationMetrics": {"outputTokenCount": 1}}), None),
        (None, json!({"event": {"textOutput": {"content": "a"}}}), None),
        (None, json!({"type": "message_start", "message": {}}), Some("anthropic")),
        (None, json!({"type": "content_block_delta", "index": 0, "delta": {}}), Some("anthropic")),
        (None, json!({"type": "ping"}), Some("anthropic")),
        (
            None,
            json!({"type": "error", "error": {"type": "overloaded_error", "message": "m"}}),
            Some("anthropic"),
        ),
        (
            None,
            json!({"type": "error", "code": "server_error", "message": "m", "sequence_number": 3}),
            Some("openai-responses"),
        ),
        (None, json!({"type": "response.output_text.delta", "delta": "a"}), Some("openai-responses")),
        (None, json!({"completion": " a", "stop_reason": null}), Some("anthropic-text")),
        (None, json!({"type": "completion", "completion": " a"}), Some("anthropic-text")),
        (None, json!({"messageStart": {"role": "assistant"}}), Some("nova")),
        (None, json!({"metadata": {"usage": {"inputTokens": 1}, "metrics": {}, "trace": {}}}), Some("nova")),
        (
            None,
            json!({"metadata": {"usage": {"inputTokens": 1, "totalTokens": 2}, "metrics": {"latencyMs": 5}}}),
            Some("converse"),
        ),
        (Some("messageStart"), json!({"role": "assistant"}), Some("converse")),
        (Some("contentBlockStop"), json!({"contentBlockIndex": 0}), Some("converse")),
        (None, json!({"contentBlockIndex": 0, "delta": {"text": "a"}}), Some("converse")),
        (None, json!({"stopReason": "end_turn"}), Some("converse")),
        (None, json!({"usage": {"inputTokens": 1}, "metrics": {"latencyMs": 5}}), Some("converse")),
        (None, json!({"outputText": "a", "index": 0}), Some("titan")),
        (None, json!({"generation": "a", "stop_reason": null}), Some("llama")),
        (None, json!({"outputs": [{"text": "a", "stop_reason": null}]}), Some("mistral-text")),
        (
            None,
            json!({"event_type": "text-generation", "is_finished": false, "text": "a"}),
            Some("cohere-command-r"),
        ),
        (None, json!({"is_finished": false, "text": "a"}), Some("cohere-command")),
        (None, json!({"generations": [{"text": "a"}], "id": "r"}), Some("cohere-command")),
        (
            None,
            json!({"id": "c", "choices": [{"index": 0, "delta": {"content": "a"}}], "usage": {"prompt_tokens": 1}}),
            Some("ai21-jamba"),
        ),
        (
            None,
            json!({"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "a"}}]}),
            Some("openai-chat"),
        ),
        (
            None,
            json!({"object": "chat.completion.chunk", "choices": [], "usage": {"prompt_tokens": 1}}),
            Some("openai-chat"),
        ),
        (
            None,
            json!({"object": "chat.completion.chunk", "choices": [{"message": {"content": "a"}, "stop_reason": null}]}),
            Some("mistral-chat"),
        ),
        // DeepSeek's chunks look the same, but have neither calls nor parts.
        (
            None,
            json!({"choices": [{"message": {"content": "", "tool_calls": [{"id": "t", "function": {"name": "f"}}]}, "stop_reason": null}]}),
            Some("mistral-chat"),
        ),
        (
            None,
            json!({"choices": [{"message": {"content": [{"type": "text", "text": "a"}]}, "stop_reason": null}]}),
            Some("mistral-chat"),
        ),
        (
            None,
            json!({"choices": [{"index": 0, "message": {"reasoning_content": "a"}, "stop_reason": null}]}),
            Some("deepseek"),
        ),
        (None, json!({"choices": [{"text": "a", "stop_reason": null}]}), Some("deepseek")),
        (
            None,
            json!({"object": "text_completion", "choices": [{"index": 0, "text": "a"}]}),
            Some("text-completion"),
        ),
        (None, json!({"message": "a"}), Some("pegasus")),
        (None, json!({"message": "", "finishReason": "stop"}), Some("pegasus")),
        (None, json!({"text": "a"}), Some("text-completion")),
        (None, json!({"text": "a", "mood": "b"}), None),
        (None, json!({}), None),
        (None, json!([]), None),
        (None, json!({"hologram": 1}), None),
    ] {
        let found = registry.detect(&Probe { event_type, chunk: &chunk }).map(|format| format.name());
        assert_eq!(found, format, "{event_type:?} {chunk}");
    }
}

/// The same for whole answers, as they may stand in a stream or a log.
#[test]
fn whole_answers_are_told_apart() {
    let registry = Registry::new();
    for (response, format) in [
        (json!({"type": "message", "role": "assistant", "content": []}), Some("anthropic")),
        (
            json!({"output": {"message": {"content": []}}, "stopReason": "end_turn", "usage": {}}),
            Some("nova"),
        ),
        (
            json!({"output": {"message": {"content": []}}, "stopReason": "end_turn", "metrics": {"latencyMs": 1}}),
            Some("converse"),
        ),
        (json!({"results": [{"outputText": "a"}]}), Some("titan")),
        (json!({"results": [{"index": 0, "relevance_score": 0.5}]}), None),
        (json!({"generations": [{"text": "a"}]}), Some("cohere-command")),
        (json!({"text": "a", "generation_id": "g"}), Some("cohere-command-r")),
        (json!({"id": 1, "completions": [{"data": {"text": "a"}}]}), Some("ai21-j2")),
        (
            json!({"object": "chat.completion", "choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]}),
            Some("openai-chat"),
        ),
        (
            json!({"choices": [{"message": {"content": "a"}}], "meta": {"requestDurationMillis": 1}}),
            Some("ai21-jamba"),
        ),
        (json!({"object": "response", "output": []}), Some("openai-responses")),
        (json!({"object": "text_completion", "choices": [{"text": "a"}]}), Some("text-completion")),
        (json!({"embedding": [0.5], "inputTextTokenCount": 1}), None),
        (json!({"images": ["aGk="], "seeds": [1]}), None),
        (json!({"message": "The provided model identifier is invalid."}), None),
    ] {
        let found = registry.detect_whole(&response).map(|format| format.name());
        assert_eq!(found, format, "{response}");
    }
}

/// A caller's detector is asked before all of ours.
#[test]
fn a_callers_own_format_comes_first() {
    let chunk = json!({"generation": "a", "mine": true});
    let detect = |registry: &Registry| {
        let probe = Probe { event_type: None, chunk: &chunk };
        registry.detect(&probe).map(|format| format.name().to_owned())
    };
    let mut registry = Registry::new();
    assert_eq!(detect(&registry).as_deref(), Some("llama"));
    registry.register(Format::of::<LlamaAggregator>("mine").detected_by(|probe| probe.has("mine")));
    assert_eq!(detect(&registry).as_deref(), Some("mine"));
}

/// Nothing recognised is an error that holds what arrived, never another format.
#[test]
fn undecided_is_an_error_with_the_chunks() {
    let mut reader = Reader::new(Framing::JsonLines);
    reader.push(b"{\"hologram\":1}\n{}\n{\"hologram\":2}\n", &mut EventSink::none()).expect("no error yet");
    let undecided = reader.finish(&mut EventSink::none()).expect_err("nobody knows holograms");
    assert_eq!(undecided.chunks.iter().collect::<Vec<_>>(), [r#"{"hologram":1}"#, "{}", r#"{"hologram":2}"#]);
}
