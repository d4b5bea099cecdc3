//! What each format's answer is in the common vocabulary: a table of answers and replies.
//! Not for: Converse, whose table stands beside its types.

use bedrock_formats::converse::Message;
use bedrock_formats::reply::{Reply, StopReason, ToReply};
use bedrock_formats::{
    ai21_j2, ai21_jamba, anthropic, anthropic_text, cohere_command, cohere_command_r, deepseek, llama,
    mistral_chat, mistral_text, nova, openai_chat, openai_responses, pegasus, text_completion, titan,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Reads `native` and holds its reply to what `expected` names; what it does not name is not looked at.
fn check<T: DeserializeOwned + ToReply>(native: Value, expected: Value) {
    let response: T = serde_json::from_value(native.clone()).expect("an answer of this format");
    let reply = serde_json::to_value(response.to_reply()).expect("a reply is JSON");
    for (key, value) in expected.as_object().expect("an object") {
        assert_eq!(&reply[key], value, "{key} of {native}");
    }
}

#[test]
fn anthropic_blocks() {
    check::<anthropic::Message>(
        json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x", "content": [
            {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
            {"type": "thinking", "thinking": "", "signature": ""},
            {"type": "redacted_thinking", "data": "AA=="},
            {"type": "text", "text": "It rains.", "citations": [
                {"type": "char_location", "cited_text": "rain", "document_index": 0, "document_title": "Log"},
                {"type": "web_search_result_location", "cited_text": "wet", "url": "https://a.example", "title": "A"},
                {"type": "hologram_location", "title": "H", "source": "h"}]},
            {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Oslo"}},
            {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}},
            {"type": "web_search_tool_result", "tool_use_id": "s1",
                "content": {"type": "web_search_tool_result_error", "error_code": "unavailable"}},
            {"type": "hologram", "depth": 3}],
            "stop_reason": "tool_use", "stop_sequence": null,
            "usage": {"input_tokens": 4, "output_tokens": 9, "cache_read_input_tokens": 7,
                "cache_creation_input_tokens": 0, "output_tokens_details": {"thinking_tokens": 2}}}),
        json!({"role": "assistant", "model": "claude-x", "id": "msg_1", "stop_reason": "tool_use",
            "native_stop_reason": "tool_use", "stop_sequence": null,
            "usage": {"input_tokens": 4, "output_tokens": 9, "cache_read_input_tokens": 7,
                "cache_write_input_tokens": 0, "reasoning_tokens": 2},
            "content": [
                {"type": "thinking", "text": "Hm.", "signature": "c2ln"},
                {"type": "thinking", "text": ""},
                {"type": "redacted_thinking", "data": "AA=="},
                {"type": "text", "text": "It rains.", "citations": [
                    {"title": "Log", "cited_text": "rain", "raw": {"type": "char_location", "cited_text": "rain",
                        "document_index": 0, "document_title": "Log"}},
                    {"title": "A", "source": "https://a.example", "cited_text": "wet", "raw": {
                        "type": "web_search_result_location", "cited_text": "wet", "url": "https://a.example", "title": "A"}},
                    {"title": "H", "source": "h", "raw": {"type": "hologram_location", "title": "H", "source": "h"}}]},
                {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Oslo"}},
                {"type": "other", "raw": {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}}},
                {"type": "tool_result", "tool_use_id": "s1", "is_error": true,
                    "content": {"type": "web_search_tool_result_error", "error_code": "unavailable"}},
                {"type": "other", "raw": {"type": "hologram", "depth": 3}}]}),
    );
}

#[test]
fn anthropic_ends() {
    for (native, told) in [
        ("end_turn", "end_turn"),
        ("max_tokens", "max_tokens"),
        ("stop_sequence", "stop_sequence"),
        ("refusal", "content_filtered"),
        ("model_context_window_exceeded", "model_context_window_exceeded"),
        ("pause_turn", "pause_turn"),
        ("hologram", "hologram"),
    ] {
        check::<anthropic::Message>(
            json!({"content": [], "stop_reason": native}),
            json!({"stop_reason": told, "native_stop_reason": native, "usage": null, "role": null, "content": []}),
        );
    }
}

#[test]
fn bedrock_keys_complete_a_reply() {
    let blocked = json!({"guardrail": {"actionReason": "Guardrail blocked."}});
    let masked = json!({"guardrail": {"actionReason": "Guardrail masked."}});
    for (action, trace, told) in [
        ("INTERVENED", Value::Null, "guardrail_intervened"),
        ("INTERVENED", blocked, "guardrail_intervened"),
        ("INTERVENED", masked, "end_turn"),
        ("NONE", Value::Null, "end_turn"),
    ] {
        check::<titan::Response>(
            json!({"results": [{"tokenCount": 2.0, "outputText": "Hi", "completionReason": "FINISH"}],
                "amazon-bedrock-guardrailAction": action, "amazon-bedrock-trace": trace,
                "amazon-bedrock-invocationMetrics": {"inputTokenCount": 28.0, "outputTokenCount": 99}}),
            json!({"stop_reason": told, "native_stop_reason": "FINISH",
                "usage": {"input_tokens": 28, "output_tokens": 2}}),
        );
    }
}

#[test]
fn nova_blocks_and_ends() {
    check::<nova::Response>(
        json!({"output": {"message": {"role": "assistant", "content": [
            {"reasoningContent": {"reasoningText": {"text": "[REDACTED]."}}},
            {"text": "Hi"},
            {"toolUse": {"toolUseId": "1", "name": "t", "input": {"a": 1}}},
            {"toolResult": {"toolUseId": "2", "content": [{"json": {"exitCode": 0}}], "type": "nova_code_interpreter_result"}},
            {"image": {"format": "png", "source": {"bytes": "aGk="}}},
            {"hologram": {}}]}},
            "stopReason": "tool_use",
            "usage": {"inputTokens": 5, "outputTokens": 2, "totalTokens": 7, "cacheReadInputTokenCount": 1}}),
        json!({"stop_reason": "tool_use", "usage": {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7,
            "cache_read_input_tokens": 1},
            "content": [
                {"type": "thinking", "text": "[REDACTED]."},
                {"type": "text", "text": "Hi"},
                {"type": "tool_use", "id": "1", "name": "t", "input": {"a": 1}},
                {"type": "tool_result", "tool_use_id": "2", "content": [{"json": {"exitCode": 0}}]},
                {"type": "image", "format": "png", "data": "aGk="},
                {"type": "other", "raw": {"hologram": {}}}]}),
    );
    // The service ran the tool itself: the caller has nothing to do.
    let server = json!({"toolUse": {"toolUseId": "1", "name": "nova_grounding", "input": {}, "type": "server_tool_use"}});
    check::<nova::Response>(
        json!({"output": {"message": {"role": "assistant", "content": [server, {"text": "Hi"}]}}, "stopReason": "tool_use"}),
        json!({"stop_reason": "end_turn", "native_stop_reason": "tool_use"}),
    );
}

#[test]
fn openai_chat_messages() {
    let answer = |model: &str, message: Value, finish: &str| {
        json!({"id": "c", "model": model, "choices": [
            {"index": 1, "message": {"role": "assistant", "content": "the second"}, "finish_reason": "length"},
            {"index": 0, "message": message, "finish_reason": finish}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14,
                "prompt_tokens_details": {"cached_tokens": 6}, "completion_tokens_details": {"reasoning_tokens": 3}}})
    };
    let inline = "<reasoning>Why</reasoning>\nYes.";
    check::<openai_chat::ChatCompletion>(
        answer("openai.gpt-oss-20b-1:0", json!({"role": "assistant", "content": inline}), "stop"),
        json!({"content": [{"type": "thinking", "text": "Why"}, {"type": "text", "text": "Yes."}], "id": "c",
            "stop_reason": "end_turn", "native_stop_reason": "stop",
            "usage": {"input_tokens": 4, "output_tokens": 4, "total_tokens": 14, "cache_read_input_tokens": 6, "reasoning_tokens": 3}}),
    );
    check::<openai_chat::ChatCompletion>(
        answer("gpt-6-astra", json!({"role": "assistant", "content": inline}), "content_filter"),
        json!({"content": [{"type": "text", "text": inline}], "stop_reason": "content_filtered"}),
    );
    check::<openai_chat::ChatCompletion>(
        answer(
            "kimi-k3",
            json!({"role": "assistant", "content": null, "reasoning_content": "Hm", "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{\"x\":1}"}},
                {"type": "function", "function": {"name": "g", "arguments": "{\"cut"}},
                {"id": "c", "type": "custom", "custom": {"name": "h", "input": "text"}}]}),
            "tool_calls",
        ),
        json!({"stop_reason": "tool_use", "content": [
            {"type": "thinking", "text": "Hm"},
            {"type": "tool_use", "id": "a", "name": "f", "input": {"x": 1}},
            {"type": "tool_use", "id": "call_1", "name": "g", "input": "{\"cut"},
            {"type": "tool_use", "id": "c", "name": "h", "input": "text"}]}),
    );
    check::<openai_chat::ChatCompletion>(
        answer(
            "claude",
            json!({"role": "assistant", "content": "Yes.", "refusal": "No.", "reasoning": "Hm",
                "reasoning_details": [{"type": "reasoning.text", "text": "Hm", "signature": "s"},
                    {"type": "reasoning.encrypted", "data": "e"}],
                "annotations": [{"type": "url_citation", "url_citation": {"url": "u", "title": "t"}}]}),
            "model_length",
        ),
        json!({"stop_reason": "max_tokens", "content": [
            {"type": "thinking", "text": "Hm", "signature": "s"},
            {"type": "redacted_thinking", "data": "e"},
            {"type": "text", "text": "Yes.", "citations": [{"title": "t", "source": "u",
                "raw": {"type": "url_citation", "url_citation": {"url": "u", "title": "t"}}}]},
            {"type": "text", "text": "No."}]}),
    );
}

#[test]
fn a_stop_text_that_is_told_is_a_stop_sequence() {
    check::<openai_chat::ChatCompletion>(
        json!({"choices": [{"message": {"role": "assistant", "content": "a"}, "finish_reason": "stop", "stop_reason": "END"}]}),
        json!({"stop_reason": "stop_sequence", "stop_sequence": "END", "native_stop_reason": "stop"}),
    );
    check::<openai_chat::ChatCompletion>(
        json!({"choices": [{"message": {"role": "assistant", "content": "a"}, "finish_reason": "stop", "stop_reason": 518}]}),
        json!({"stop_reason": "end_turn", "stop_sequence": null}),
    );
}

#[test]
fn openai_responses_items() {
    check::<openai_responses::Response>(
        json!({"id": "r", "model": "m", "status": "completed", "output": [
            {"type": "reasoning", "id": "1", "summary": [{"type": "summary_text", "text": "A"},
                {"type": "summary_text", "text": "B"}], "encrypted_content": "e"},
            {"type": "reasoning", "id": "2", "summary": []},
            {"type": "message", "role": "assistant", "content": [
                {"type": "output_text", "text": "Hi", "annotations": [{"type": "url_citation", "url": "u", "title": "t"}]},
                {"type": "refusal", "refusal": "No."}]},
            {"type": "image_generation_call", "result": "aGk=", "output_format": "png", "status": "completed"},
            {"type": "function_call", "id": "fc", "call_id": "call_1", "name": "f", "arguments": "{}"},
            {"type": "web_search_call", "id": "w", "status": "completed"}],
            "usage": {"input_tokens": 9, "input_tokens_details": {"cached_tokens": 2, "cache_write_tokens": 3},
                "output_tokens": 4, "output_tokens_details": {"reasoning_tokens": 1}, "total_tokens": 13}}),
        json!({"role": "assistant", "id": "r", "model": "m", "stop_reason": "tool_use", "native_stop_reason": "completed",
            "usage": {"input_tokens": 4, "output_tokens": 4, "total_tokens": 13, "cache_read_input_tokens": 2,
                "cache_write_input_tokens": 3, "reasoning_tokens": 1},
            "content": [
                {"type": "thinking", "text": "A\n\nB"},
                {"type": "redacted_thinking", "data": "e"},
                {"type": "text", "text": "Hi", "citations": [{"title": "t", "source": "u",
                    "raw": {"type": "url_citation", "url": "u", "title": "t"}}]},
                {"type": "text", "text": "No."},
                {"type": "image", "format": "png", "data": "aGk="},
                {"type": "tool_use", "id": "call_1", "name": "f", "input": {}},
                {"type": "other", "raw": {"type": "web_search_call", "id": "w", "status": "completed"}}]}),
    );
}

#[test]
fn openai_responses_ends() {
    let custom = json!([{"type": "custom_tool_call", "call_id": "1", "name": "x_search", "input": "{}"}]);
    for (rest, told, native) in [
        (json!({"status": "completed", "output": []}), json!("end_turn"), json!("completed")),
        (json!({"status": "in_progress", "output": []}), Value::Null, Value::Null),
        (json!({"status": "failed", "output": []}), json!("failed"), json!("failed")),
        (
            json!({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}),
            json!("max_tokens"),
            json!("max_output_tokens"),
        ),
        (
            json!({"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}),
            json!("content_filtered"),
            json!("content_filter"),
        ),
        (json!({"status": "completed", "output": custom}), json!("tool_use"), json!("completed")),
        // A tool that the request did not bring was run by the server.
        (
            json!({"status": "completed", "output": custom, "tools": [{"type": "x_search"}]}),
            json!("end_turn"),
            json!("completed"),
        ),
    ] {
        check::<openai_responses::Response>(rest, json!({"stop_reason": told, "native_stop_reason": native}));
    }
}

#[test]
fn text_completions() {
    check::<titan::Response>(
        json!({"inputTextTokenCount": 6, "results": [{"tokenCount": 4, "outputText": "Hi", "completionReason": "LENGTH"}]}),
        json!({"content": [{"type": "text", "text": "Hi"}], "stop_reason": "max_tokens",
            "usage": {"input_tokens": 6, "output_tokens": 4}}),
    );
    check::<llama::Response>(
        json!({"generation": "", "prompt_token_count": null, "generation_token_count": 0, "stop_reason": "length"}),
        json!({"content": [], "stop_reason": "max_tokens", "usage": {"output_tokens": 0}}),
    );
    check::<mistral_text::Response>(
        json!({"outputs": [{"text": "Hi", "stop_reason": "stop"}]}),
        json!({"content": [{"type": "text", "text": "Hi"}], "stop_reason": "end_turn", "usage": null}),
    );
    check::<anthropic_text::Response>(
        json!({"completion": "Hi", "stop_reason": "stop_sequence", "stop": "END"}),
        json!({"stop_reason": "stop_sequence", "stop_sequence": "END"}),
    );
    check::<anthropic_text::Response>(
        json!({"completion": "Hi", "stop_reason": "stop_sequence", "stop": "\n\nHuman:"}),
        json!({"stop_reason": "end_turn", "native_stop_reason": "stop_sequence", "stop_sequence": null}),
    );
    check::<cohere_command::Response>(
        json!({"id": "1", "generations": [{"text": "Hi", "finish_reason": "ERROR_TOXIC"}, {"text": "Ho"}]}),
        json!({"id": "1", "content": [{"type": "text", "text": "Hi"}], "stop_reason": "content_filtered"}),
    );
    check::<ai21_j2::Response>(
        json!({"id": 1234, "prompt": {"text": "a", "tokens": [{}, {}]}, "completions": [
            {"data": {"text": "Hi", "tokens": [{}]}, "finishReason": {"reason": "stop", "sequence": "END"}}]}),
        json!({"id": "1234", "stop_reason": "stop_sequence", "stop_sequence": "END",
            "usage": {"input_tokens": 2, "output_tokens": 1}}),
    );
    check::<pegasus::Response>(
        json!({"message": "Hi", "finishReason": "length"}),
        json!({"content": [{"type": "text", "text": "Hi"}], "stop_reason": "max_tokens"}),
    );
    check::<text_completion::Response>(
        json!({"text": "Hi"}),
        json!({"content": [{"type": "text", "text": "Hi"}], "stop_reason": null, "usage": null}),
    );
}

#[test]
fn other_chats() {
    check::<ai21_jamba::Response>(
        json!({"choices": [{"message": {"role": "assistant", "content": null, "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}, "finish_reason": "tool_calls"}]}),
        json!({"content": [{"type": "tool_use", "id": "1", "name": "f", "input": {}}], "stop_reason": "tool_use"}),
    );
    check::<mistral_chat::Response>(
        json!({"choices": [{"delta": {"role": "assistant", "content": [
            {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}, {"type": "text", "text": "Hi"}],
            "tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}]}, "finish_reason": "model_length"}]}),
        json!({"stop_reason": "max_tokens", "content": [{"type": "thinking", "text": "Hm"}, {"type": "text", "text": "Hi"},
            {"type": "tool_use", "id": "call_0", "name": "f", "input": {"a": 1}}]}),
    );
    check::<deepseek::Response>(
        json!({"choices": [{"text": "Hm.</think>Hi", "stop_reason": "length"}]}),
        json!({"content": [{"type": "text", "text": "Hm.</think>Hi"}], "stop_reason": "max_tokens"}),
    );
    check::<cohere_command_r::Response>(
        json!({"response_id": "r", "text": "Oslo.", "finish_reason": "COMPLETE",
            "citations": [{"start": 0, "end": 4, "text": "Oslo", "document_ids": ["d1", "d2"]}],
            "meta": {"billed_units": {"input_tokens": 5, "output_tokens": 9}, "tokens": {"input_tokens": 71}}}),
        json!({"stop_reason": "end_turn", "usage": {"input_tokens": 71, "output_tokens": 9},
            "content": [{"type": "text", "text": "Oslo.", "citations": [{"source": "d1, d2",
                "raw": {"start": 0, "end": 4, "text": "Oslo", "document_ids": ["d1", "d2"]}}]}]}),
    );
}

/// A recorded answer tells its text, and why it ended in a word of the common vocabulary.
#[test]
fn recorded_answers_are_told() {
    fn told<T: DeserializeOwned + ToReply>(format: &str) {
        let wanted =
            |row: &bedrock_testing::Recording| row.format == format && !row.streaming && row.status == 200;
        let Some(recordings) = bedrock_testing::recordings(wanted) else { return };
        let mut spoken = 0;
        for recording in recordings {
            let response: T =
                serde_json::from_slice(&recording.response()).expect("an answer of this format");
            let reply = response.to_reply();
            let reason = reply.stop_reason.as_ref();
            assert!(
                reason.is_some_and(|reason| !matches!(reason, StopReason::Other(_))),
                "{}: {reply:?}",
                recording.case
            );
            let hand_made = "bedrock-invokemodel-adds-amazon-nova-model-attributes-to-span";
            if !recording.case.ends_with(hand_made) {
                assert_eq!(reply.role.as_deref(), Some("assistant"), "{}", recording.case);
            }
            spoken += usize::from(!reply.content.is_empty());
        }
        // An answer can be empty; not all of them.
        assert!(spoken > 0, "{format}");
    }
    told::<anthropic::Message>("anthropic");
    told::<nova::Response>("nova");
    told::<openai_chat::ChatCompletion>("openai-chat");
    told::<openai_responses::Response>("openai-responses");
    told::<titan::Response>("titan");
    told::<llama::Response>("llama");
    told::<mistral_text::Response>("mistral-text");
    told::<anthropic_text::Response>("anthropic-text");
    told::<cohere_command::Response>("cohere-command");
    told::<cohere_command_r::Response>("cohere-command-r");
    told::<ai21_jamba::Response>("ai21-jamba");
}

/// A choice that says no index has its place for one, in every format that has choices.
#[test]
fn the_first_choice_is_replied() {
    let choices = |content: fn(&str) -> Value| {
        let mut choices = json!([{"index": 0, "finish_reason": "stop"}, {"finish_reason": "length"}]);
        for (choice, text) in choices.as_array_mut().expect("a list").iter_mut().zip(["a", "b"]) {
            let Value::Object(more) = content(text) else { continue };
            choice.as_object_mut().expect("an object").extend(more);
        }
        json!({"id": "c", "object": "o", "created": 1, "model": "m", "choices": choices})
    };
    let chat = choices(|text| json!({"message": {"role": "assistant", "content": text}}));
    let texts = choices(|text| json!({"text": text}));
    let first = json!({"content": [{"type": "text", "text": "a"}]});
    check::<openai_chat::ChatCompletion>(chat.clone(), first.clone());
    check::<ai21_jamba::Response>(chat.clone(), first.clone());
    check::<mistral_chat::Response>(chat.clone(), first.clone());
    check::<deepseek::Response>(chat, first.clone());
    check::<deepseek::Response>(texts.clone(), first.clone());
    check::<text_completion::Response>(texts, first);
}

/// What of a reply Converse has words for is its message; where it has none, there is no message.
#[test]
fn replies_become_messages() {
    let reply =
        |content: Value| serde_json::from_value::<Reply>(json!({"content": content})).expect("a reply");
    let text = json!({"type": "text", "text": "Rain."});
    for (content, message) in [
        (json!([]), None),
        (json!([{"type": "text", "text": ""}, {"type": "thinking", "text": "Hm."}]), None),
        (
            json!([{"type": "thinking", "text": "Hm."}, {"type": "thinking", "text": "So.", "signature": "c2ln"}, text]),
            Some(
                json!([{"reasoningContent": {"reasoningText": {"text": "So.", "signature": "c2ln"}}}, {"text": "Rain."}]),
            ),
        ),
        (
            json!([{"type": "thinking", "text": "Hm.", "signature": ""}, text]),
            Some(json!([{"text": "Rain."}])),
        ),
        (
            json!([{"type": "tool_use", "id": "t", "name": "look", "input": "{\"a"}]),
            Some(json!([{"toolUse": {"toolUseId": "t", "name": "look", "input": {"input": "{\"a"}}}])),
        ),
        (
            json!([{"type": "image", "format": "png", "data": "AA=="}]),
            Some(json!([{"image": {"format": "png", "source": {"bytes": "AA=="}}}])),
        ),
        (json!([text, {"type": "redacted_thinking", "data": "AA=="}]), None),
        (json!([text, {"type": "other", "raw": {"hologram": 1}}]), None),
    ] {
        let told = Message::from_reply(&reply(content.clone()));
        let told = told.map(|message| serde_json::to_value(message.content).expect("content is JSON"));
        assert_eq!(told, message, "{content}");
    }
}
