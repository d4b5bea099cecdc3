//! Laws that hold for every native format: whatever a document of it grows, loses to null or writes as a float comes back.
//! Not for: what the documents mean.

use bedrock_formats::reply::ToReply;
use bedrock_formats::{
    ai21_j2, ai21_jamba, anthropic, anthropic_text, cohere_command, cohere_command_r, deepseek, embeddings,
    llama, mistral_chat, mistral_text, nova, openai_chat, openai_responses, pegasus, text_completion, titan,
};
use bedrock_testing::round_trip;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// A document, and what reads it: a row of the table below.
type Sample = (&'static str, fn(&str, &Value), Value);

fn read<T: DeserializeOwned + Serialize>(what: &str, wire: &Value) {
    round_trip::<T>(what, wire);
}

fn answer<T: DeserializeOwned + Serialize + ToReply>(what: &str, wire: &Value) {
    // Telling a reply must not panic either, whatever is missing.
    round_trip::<T>(what, wire).to_reply();
}

/// One row for each kind of document; each holds every shape that its format nests.
fn samples() -> Vec<Sample> {
    let mut samples = conversations();
    samples.extend(openai());
    samples.extend(completions());
    samples
}

fn conversations() -> Vec<Sample> {
    vec![
        (
            "anthropic request",
            read::<anthropic::MessagesRequest>,
            json!({"anthropic_version": "v", "max_tokens": 9, "system": [{"type": "text", "text": "s",
                "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
                "messages": [{"role": "user", "content": "a"}, {"role": "user", "content": [
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}},
                    {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "d"}]},
                        "citations": {"enabled": true}},
                    {"type": "tool_result", "tool_use_id": "1", "content": [{"type": "text", "text": "r"}]}]}],
                "tools": [{"name": "t", "input_schema": {"type": "object"}}, {"type": "bash_20250124", "name": "bash"}],
                "tool_choice": {"type": "tool", "name": "t"}, "thinking": {"type": "enabled", "budget_tokens": 1024},
                "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {}}},
                "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
                "temperature": 0.5, "top_k": 3, "metadata": {"user_id": "u"}}),
        ),
        (
            "anthropic message",
            answer::<anthropic::Message>,
            json!({"id": "1", "type": "message", "role": "assistant", "content": [
                {"type": "text", "text": "a", "citations": [{"type": "page_location", "document_index": 1}]},
                {"type": "tool_use", "id": "1", "name": "t", "input": {"a": [1]}, "caller": {"type": "direct"}},
                {"type": "web_search_tool_result", "tool_use_id": "1", "content": [
                    {"type": "web_search_result", "url": "u", "page_age": "1 day"}]},
                {"type": "code_execution_tool_result", "tool_use_id": "2", "content":
                    {"type": "code_execution_result", "return_code": 0, "content": [
                        {"type": "code_execution_output", "file_id": "f"}]}}],
                "stop_reason": "end_turn", "stop_details": {"type": "refusal"},
                "usage": {"input_tokens": 1, "cache_creation": {"ephemeral_5m_input_tokens": 1},
                    "iterations": [{"type": "message", "input_tokens": 1}]},
                "amazon-bedrock-invocationMetrics": {"inputTokenCount": 1}, "amazon-bedrock-guardrailAction": "INTERVENED"}),
        ),
        (
            "anthropic event",
            read::<anthropic::StreamEvent>,
            json!({"type": "content_block_delta", "index": 3, "delta": {"type": "citations_delta",
                "citation": {"type": "char_location", "start_char_index": 1}},
                "amazon-bedrock-trace": {"guardrail": {"input": {}}}}),
        ),
        (
            "nova request",
            read::<nova::Request>,
            json!({"schemaVersion": "messages-v1", "system": [{"text": "s", "cachePoint": {"type": "default"}}],
                "messages": [{"role": "user", "content": [{"image": {"format": "png",
                    "source": {"s3Location": {"uri": "s3://a"}}}}, {"toolResult": {"toolUseId": "1", "content": [{"text": "r"}]}}]}],
                "inferenceConfig": {"maxTokens": 1, "topK": 2, "temperature": 0.1},
                "toolConfig": {"tools": [{"toolSpec": {"name": "t", "inputSchema": {"json": {}}}}, {"systemTool": {"name": "g"}}],
                    "toolChoice": {"auto": {}}}, "reasoningConfig": {"type": "enabled", "maxReasoningEffort": "low"}}),
        ),
        (
            "nova response",
            answer::<nova::Response>,
            json!({"output": {"message": {"role": "assistant", "content": [{"text": "a"},
                {"toolUse": {"toolUseId": "1", "name": "t", "input": {}}}]}}, "stopReason": "tool_use",
                "usage": {"inputTokens": 1, "outputTokens": 2}}),
        ),
        (
            "nova event",
            read::<nova::StreamEvent>,
            json!({"contentBlockDelta": {"delta": {"toolResult": [{"json": {"exitCode": 0}}],
                "reasoningContent": {"reasoningText": {"text": "a"}}}, "contentBlockIndex": 54},
                "metadata": {"usage": {"inputTokens": 1}, "metrics": {}},
                "amazon-bedrock-invocationMetrics": {"outputTokenCount": 0}}),
        ),
        (
            "jamba chunk",
            read::<ai21_jamba::Chunk>,
            json!({"id": "1", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "a", "tool_calls": [
                {"index": 0, "id": "1", "function": {"name": "f", "arguments": ""}}]}, "stop_reason": 518}],
                "usage": {"prompt_tokens": 1}, "meta": {"requestDurationMillis": 3}}),
        ),
        (
            "jamba response",
            answer::<ai21_jamba::Response>,
            json!({"choices": [{"index": 0, "message": {"role": "assistant", "content": "a"}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1}}),
        ),
        (
            "mistral chat",
            answer::<mistral_chat::Response>,
            json!({"id": "1", "choices": [{"index": 0, "message": {"role": "assistant", "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "a"}], "closed": true}],
                "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": {"a": 1}}}]}, "stop_reason": "stop"}],
                "usage": {"prompt_tokens": 1}, "p": "abc"}),
        ),
        (
            "jurassic",
            answer::<ai21_j2::Response>,
            json!({"id": 1234, "prompt": {"text": "a", "tokens": [{}]}, "completions": [
                {"data": {"text": "b", "tokens": [{}]}, "finishReason": {"reason": "stop", "sequence": "END"}}]}),
        ),
        (
            "deepseek",
            answer::<deepseek::Response>,
            json!({"choices": [{"index": 0, "text": "a", "message": {"role": "assistant", "reasoning_content": "b"},
                "stop_reason": "stop"}]}),
        ),
        (
            "command r chunk",
            read::<cohere_command_r::Chunk>,
            json!({"event_type": "stream-end", "is_finished": true, "citations": [{"start": 1, "document_ids": ["d"]}],
                "tool_call_delta": {"index": 0, "parameters": "{"}, "response": {"text": "a",
                    "tool_calls": [{"name": "f", "parameters": {"a": 1}}], "chat_history": [{"role": "USER", "message": "m"}],
                    "meta": {"tokens": {"input_tokens": 1}}}}),
        ),
    ]
}

fn openai() -> Vec<Sample> {
    vec![
        (
            "chat request",
            read::<openai_chat::ChatCompletionRequest>,
            json!({"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": "a"},
                {"type": "image_url", "image_url": {"url": "data:", "detail": "low"}}]},
                {"role": "assistant", "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}],
                "tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}], "stop": ["a"],
                "tool_choice": {"type": "function", "function": {"name": "f"}}, "reasoning_effort": "low",
                "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {}}},
                "stream_options": {"include_usage": true}, "seed": -1, "temperature": 1}),
        ),
        (
            "chat chunk",
            read::<openai_chat::ChatCompletionChunk>,
            json!({"id": "1", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "a", "reasoning": "b",
                "tool_calls": [{"index": 0, "id": "1", "function": {"arguments": "{"}}],
                "reasoning_details": [{"type": "reasoning.text", "text": "b", "index": 0}]},
                "logprobs": {"content": [{"token": "a", "logprob": -0.5, "bytes": [97], "top_logprobs": []}]}}],
                "usage": {"prompt_tokens": 1, "prompt_tokens_details": {"cached_tokens": 1}},
                "error": {"message": "e", "code": 400}, "obfuscation": "x"}),
        ),
        (
            "chat completion",
            answer::<openai_chat::ChatCompletion>,
            json!({"id": "1", "created": 1, "model": "gpt-oss", "choices": [{"index": 0, "message": {"role": "assistant",
                "content": "<reasoning>a</reasoning>b", "annotations": [{"type": "url_citation", "url_citation": {"url": "u"}}],
                "audio": {"id": "a", "expires_at": 1}, "function_call": {"name": "f", "arguments": "{}"}},
                "finish_reason": "stop", "stop_reason": "END"}],
                "usage": {"completion_tokens_details": {"reasoning_tokens": 1}}}),
        ),
        (
            "responses request",
            read::<openai_responses::CreateResponse>,
            json!({"model": "m", "input": [{"role": "user", "content": "a"}, {"type": "message", "role": "user", "content": [
                {"type": "input_text", "text": "a"}]}, {"type": "function_call_output", "call_id": "1", "output": "r"}],
                "tools": [{"type": "function", "name": "f", "parameters": {}}, {"type": "x_search"}],
                "tool_choice": {"type": "function", "name": "f"}, "text": {"format": {"type": "json_schema", "name": "n"}},
                "reasoning": {"effort": "low"}, "max_output_tokens": 3}),
        ),
        (
            "response",
            answer::<openai_responses::Response>,
            json!({"id": "1", "created_at": 1.5, "status": "completed", "output": [
                {"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": [
                    {"type": "output_text", "text": "a", "annotations": [{"type": "file_citation", "index": 1}], "logprobs": []}]},
                {"type": "reasoning", "summary": [{"type": "summary_text", "text": "b"}], "encrypted_content": "e"},
                {"type": "function_call", "call_id": "1", "name": "f", "arguments": "{}"},
                {"type": "web_search_call", "action": {"type": "search", "query": "q"}},
                {"type": "code_interpreter_call", "outputs": [{"type": "logs", "logs": "l"}]}],
                "incomplete_details": {"reason": "max_output_tokens"}, "error": {"code": "server_error", "message": "m"},
                "usage": {"input_tokens": 3, "input_tokens_details": {"cached_tokens": 1}}}),
        ),
        (
            "responses event",
            read::<openai_responses::StreamEvent>,
            json!({"type": "response.shell_call_output_content.delta", "output_index": 1, "command_index": 0,
                "delta": {"stdout": "a"}, "sequence_number": 4, "obfuscation": "x"}),
        ),
        (
            "responses terminal event",
            read::<openai_responses::StreamEvent>,
            json!({"type": "response.completed", "sequence_number": 4, "response": {"status": "completed", "output": []}}),
        ),
    ]
}

fn completions() -> Vec<Sample> {
    vec![
        (
            "titan",
            answer::<titan::Response>,
            json!({"inputTextTokenCount": 1, "results": [{"tokenCount": 2, "outputText": "a", "completionReason": "FINISH"}]}),
        ),
        (
            "titan chunk",
            read::<titan::Chunk>,
            json!({"outputText": "a", "index": 0, "inputTextTokenCount": 3}),
        ),
        (
            "llama",
            answer::<llama::Response>,
            json!({"generation": "a", "prompt_token_count": 1, "generation_token_count": 2, "stop_reason": "stop"}),
        ),
        (
            "mistral text",
            answer::<mistral_text::Response>,
            json!({"outputs": [{"text": "a", "stop_reason": "stop"}], "amazon-bedrock-guardrailAction": "NONE"}),
        ),
        (
            "anthropic text",
            answer::<anthropic_text::Response>,
            json!({"type": "completion", "completion": "a", "stop_reason": "stop_sequence", "stop": "\n\nHuman:"}),
        ),
        (
            "command",
            answer::<cohere_command::Response>,
            json!({"id": "1", "generations": [{"text": "a", "finish_reason": "COMPLETE", "likelihood": -1}]}),
        ),
        (
            "command chunk",
            read::<cohere_command::Chunk>,
            json!({"is_finished": false, "index": 1, "text": "a"}),
        ),
        ("pegasus", answer::<pegasus::Response>, json!({"message": "a", "finishReason": "stop"})),
        (
            "text completion",
            answer::<text_completion::Response>,
            json!({"id": "", "created": 1, "choices": [{"index": 0, "text": "a", "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 1, "prompt_tokens_details": {"cached_tokens": 1}}}),
        ),
        (
            "embeddings",
            read::<embeddings::cohere::Response>,
            json!({"id": "1", "embeddings": {"float": [[0.5, 1]], "int8": [[-1]]}, "texts": ["a"]}),
        ),
    ]
}

/// A change that leaves a document legal.
#[derive(Debug, Clone)]
enum Change {
    /// The `n`th member of an object becomes null.
    Null(usize),
    /// The `n`th object grows a key.
    Grow(usize, Value),
    /// Integers are written as floats, the way guardrails do.
    Floats,
    /// Every object's keys stand the other way round.
    Turn,
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let leaf =
        prop_oneof![Just(Value::Null), any::<i64>().prop_map(Value::from), ".{0,4}".prop_map(Value::from)];
    let value = leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::vec(("[a-z]{1,3}", inner), 0..3)
                .prop_map(|entries| entries.into_iter().collect()),
        ]
    });
    let change = prop_oneof![
        any::<usize>().prop_map(Change::Null),
        (any::<usize>(), value).prop_map(|(at, value)| Change::Grow(at, value)),
        Just(Change::Floats),
        Just(Change::Turn),
    ];
    proptest::collection::vec(change, 0..4)
}

impl Change {
    fn apply(&self, document: &mut Value) {
        match self {
            Self::Null(at) => {
                let members = count(document, |value| value.as_object().map_or(0, serde_json::Map::len));
                let mut left = at % members.max(1);
                visit(document, &mut |value| {
                    for member in value.as_object_mut().into_iter().flat_map(|object| object.values_mut()) {
                        if left == 0 {
                            *member = Value::Null;
                        }
                        left = left.wrapping_sub(1);
                    }
                });
            }
            Self::Grow(at, grown) => {
                let objects = count(document, |value| usize::from(value.is_object()));
                let mut left = at % objects.max(1);
                visit(document, &mut |value| {
                    let Some(object) = value.as_object_mut() else { return };
                    if left == 0 {
                        object.insert("zz-new".into(), grown.clone());
                    }
                    left = left.wrapping_sub(1);
                });
            }
            Self::Floats => visit(document, &mut |value| {
                // Beyond 2^53 a float is no longer the same number.
                if let Some(number) = value.as_i64().filter(|number| number.unsigned_abs() <= 1 << 53) {
                    *value = json!(number as f64);
                }
            }),
            Self::Turn => visit(document, &mut |value| {
                if let Some(object) = value.as_object_mut() {
                    *object = std::mem::take(object).into_iter().rev().collect();
                }
            }),
        }
    }
}

fn count(document: &Value, of: impl Fn(&Value) -> usize + Copy) -> usize {
    let inside: usize = match document {
        Value::Array(items) => items.iter().map(|item| count(item, of)).sum(),
        Value::Object(members) => members.values().map(|member| count(member, of)).sum(),
        _ => 0,
    };
    of(document) + inside
}

fn visit(document: &mut Value, change: &mut impl FnMut(&mut Value)) {
    change(document);
    match document {
        Value::Array(items) => items.iter_mut().for_each(|item| visit(item, change)),
        Value::Object(members) => members.values_mut().for_each(|member| visit(member, change)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: bedrock_testing::cases(200), ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost(changes in changes()) {
        for (what, check, mut document) in samples() {
            for change in &changes {
                change.apply(&mut document);
            }
            check(what, &document);
        }
    }

    #[test]
    fn no_document_panics(text in "\\PC{0,60}", cut in any::<prop::sample::Index>()) {
        // Neither text that is no JSON, nor a document cut anywhere, nor one of another format.
        for (_, _, document) in samples() {
            let whole = document.to_string();
            let cut = (0..=cut.index(whole.len())).rev().find(|at| whole.is_char_boundary(*at)).unwrap_or(0);
            for text in [text.as_str(), &whole[..cut], &whole] {
                _ = serde_json::from_str::<anthropic::StreamEvent>(text);
                _ = serde_json::from_str::<nova::StreamEvent>(text);
                _ = serde_json::from_str::<openai_chat::ChatCompletionChunk>(text);
                _ = serde_json::from_str::<openai_responses::StreamEvent>(text);
                _ = serde_json::from_str::<mistral_chat::Chunk>(text);
                _ = serde_json::from_str::<cohere_command_r::Chunk>(text);
            }
        }
    }
}

/// The samples themselves are understood whole: else the laws would speak of raw JSON.
#[test]
fn every_sample_comes_back() {
    for (what, check, document) in samples() {
        check(what, &document);
    }
}
