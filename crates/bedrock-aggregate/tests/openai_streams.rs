//! What OpenAI's formats, and those of their outline, make of what servers send: a table of chunks, answers and events.

use bedrock_aggregate::{Answer, Event, EventSink, Framing, Reader};
use serde_json::{Value, json};

/// Writes an event short: `T0[` a text begins as block 0, `]0` it ends; `R` reasoning, `C` a call, `B` another block, `I`
/// an image, `@` a citation.
fn note(event: &Event<'_>) -> String {
    match event {
        Event::MessageStart(start) => format!("start {} ", start.id.as_deref().unwrap_or("-")),
        Event::TextStart(block) => format!("T{}[", block.index),
        Event::ThinkingStart(block) => format!("R{}[", block.index),
        Event::TextDelta(delta) | Event::ThinkingDelta(delta) => format!("{}|", delta.text),
        Event::TextEnd(block) => format!("]{} ", block.index),
        Event::ThinkingEnd(end) => {
            let proof = end.signature.as_ref().or(end.redacted_data.as_ref());
            format!("]{}{} ", end.index, proof.map(|proof| format!("~{proof}")).unwrap_or_default())
        }
        Event::ToolUseStart(call) => format!("C{}:{}:{}[", call.index, call.id, call.name),
        Event::ToolInputDelta(delta) => format!("{}:{}|", delta.index, delta.json),
        Event::ToolUseEnd(end) => format!("]{} ", end.index),
        Event::Citation(cited) => format!("@{} ", cited.index),
        Event::Image(image) => format!("I{}.{:?}:{} ", image.index, image.preview, image.data),
        Event::Block(block) => format!("B{} ", block.index),
        Event::Usage(update) => format!("u{} ", update.usage.output_tokens.unwrap_or_default()),
        Event::Stop(stop) => format!("stop {}={} ", stop.native, stop.reason.as_str()),
        Event::MessageEnd(_) => "end".to_owned(),
        Event::Error(fault) => format!("error {}: {}", fault.error_type, fault.message),
        Event::Unknown(unknown) => format!("?{} ", unknown.event_type.as_deref().unwrap_or("-")),
        other => panic!("{other:?}"),
    }
}

/// Reads chunks: the answer and the events.
fn read(format: &str, model_id: &str, chunks: &[Value]) -> (Answer, String) {
    let mut emitted = String::new();
    let mut on_event = |event: Event<'_>| emitted.push_str(&note(&event));
    let mut reader =
        Reader::new(Framing::JsonLines).with_format(format).expect("a format").with_model_id(model_id);
    for chunk in chunks {
        if reader.push(format!("{chunk}\n").as_bytes(), &mut EventSink::new(&mut on_event)).is_err() {
            break;
        }
    }
    let answer = reader.finish(&mut EventSink::new(&mut on_event)).expect("the format was given");
    (answer, emitted.trim_end().to_owned())
}

/// The answer must have what `expected` names, and the events must read as `transcript` says.
fn check(format: &str, model_id: &str, chunks: Value, expected: Value, transcript: &str) -> Answer {
    let (answer, emitted) = read(format, model_id, chunks.as_array().expect("of this kind"));
    let native = answer.native.as_ref().map_or(Value::Null, |native| native.to_json());
    for (pointer, value) in expected.as_object().expect("of this kind") {
        assert_eq!(
            native.pointer(pointer),
            Some(value).filter(|value| *value != "absent"),
            "{pointer} of {native}"
        );
    }
    assert_eq!(emitted, transcript);
    answer
}

/// A chunk of choice 0 with this delta and these other keys.
fn delta(delta: Value, beside: Value) -> Value {
    let mut choice = json!({"index": 0, "delta": delta});
    choice.as_object_mut().expect("of this kind").extend(beside.as_object().expect("of this kind").clone());
    json!({"id": "c", "object": "chat.completion.chunk", "created": 7, "model": "m", "choices": [choice]})
}

fn chat(deltas: Value) -> Value {
    let deltas = deltas.as_array().expect("of this kind").iter().map(|part| delta(part.clone(), json!({})));
    deltas.chain([delta(json!({}), json!({"finish_reason": "stop"}))]).collect()
}

#[test]
fn a_completion_is_what_would_have_been_sent_whole() {
    let answer = check(
        "openai-chat",
        "",
        json!([
            {"id": "", "object": "", "model": "", "created": 0, "choices": [], "prompt_filter_results": [{"prompt_index": 0}]},
            delta(json!({"role": "assistant", "content": "", "refusal": null}), json!({"logprobs": null})),
            delta(json!({"content": "Ra"}), json!({"logprobs": {"content": [{"token": "Ra"}], "refusal": null}})),
            delta(json!({"content": null}), json!({"obfuscation": "x"})),
            delta(json!({"role": "", "content": "in."}), json!({"logprobs": {"content": [{"token": "in."}]}})),
            delta(json!({}), json!({"finish_reason": "stop", "stop_reason": "."})),
            {"id": "c", "choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2}, "service_tier": "default", "obfuscation": "y"},
            {"choices": [], "usage": null},
        ]),
        json!({
            "": {
                "id": "c", "object": "chat.completion", "created": 7, "model": "m",
                "choices": [{
                    "index": 0,
                    "message": {"role": "assistant", "content": "Rain.", "refusal": null},
                    "finish_reason": "stop", "stop_reason": ".",
                    "logprobs": {"content": [{"token": "Ra"}, {"token": "in."}], "refusal": null},
                }],
                "usage": {"prompt_tokens": 9, "completion_tokens": 2},
                "service_tier": "default",
                "prompt_filter_results": [{"prompt_index": 0}],
            },
        }),
        "start c T0[Ra|in.|]0 stop stop=stop_sequence u2 end",
    );
    assert!(answer.completeness.is_complete());
}

#[test]
fn content_is_null_where_none_came() {
    let call = json!({"tool_calls": [{"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}]});
    check(
        "openai-chat",
        "",
        chat(json!([{"role": "assistant", "content": null}, call])),
        json!({
            "/choices/0/message/content": null,
            "/choices/0/message/tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        }),
        "start c C0:a:f[0:{}|]0 stop stop=end_turn end",
    );
}

#[test]
fn calls_interleave_and_may_be_named_late() {
    let piece = |index: u64, function: Value| json!({"tool_calls": [{"index": index, "function": function}]});
    check(
        "openai-chat",
        "",
        chat(json!([
            {"content": "Look."},
            piece(1, json!({"arguments": "{\"b\""})),
            {"tool_calls": [{"index": 0, "id": "x", "type": "function", "function": {"name": "f", "arguments": ""}}]},
            {"tool_calls": [{"index": 1, "id": "y", "type": "function", "function": {"name": "g"}}]},
            piece(0, json!({"arguments": "{}"})),
            piece(1, json!({"name": "g", "arguments": ":1}"})),
            {"content": " Done."},
        ])),
        json!({
            "/choices/0/message/content": "Look. Done.",
            "/choices/0/message/tool_calls/0/function": {"name": "f", "arguments": "{}"},
            "/choices/0/message/tool_calls/1": {"id": "y", "type": "function", "function": {"name": "g", "arguments": "{\"b\":1}"}},
        }),
        "start c T0[Look.|]0 C1:x:f[C2:y:g[2:{\"b\"|1:{}|2::1}|T3[ Done.|]3 ]2 ]1 stop stop=end_turn end",
    );
}

#[test]
fn the_older_call_custom_calls_refusals_and_citations() {
    let answer = check(
        "openai-chat",
        "",
        json!([
            delta(json!({"function_call": {"name": "f", "arguments": "{\"a\""}}), json!({})),
            delta(json!({"function_call": {"arguments": ":1}"}}), json!({})),
            delta(
                json!({"tool_calls": [{"index": 0, "id": "k", "type": "custom", "custom": {"name": "t", "input": "say "}}]}),
                json!({})
            ),
            delta(json!({"tool_calls": [{"index": 0, "custom": {"input": "\"hi\""}}]}), json!({})),
            delta(json!({"refusal": "No"}), json!({})),
            delta(
                json!({"refusal": ".", "annotations": [{"type": "url_citation", "url_citation": {"url": "u"}}]}),
                json!({})
            ),
            delta(json!({}), json!({"finish_reason": "function_call"})),
        ]),
        json!({
            "/choices/0/message/function_call": {"name": "f", "arguments": "{\"a\":1}"},
            "/choices/0/message/tool_calls/0": {"id": "k", "type": "custom", "custom": {"name": "t", "input": "say \"hi\""}},
            "/choices/0/message/refusal": "No.",
            "/choices/0/message/annotations/0/url_citation/url": "u",
        }),
        "start c C0:call_0:f[0:{\"a\"|0::1}|C1:k:t[1:\"|1:say |1:\\\"hi\\\"|T2[No|.|@2 ]2 1:\"|]1 ]0 stop function_call=tool_use end",
    );
    assert_eq!(answer.reply.tool_uses().count(), 2);
}

#[test]
fn reasoning_under_every_name_is_emitted_once() {
    check(
        "openai-chat",
        "",
        chat(json!([
            {"reasoning_content": "", "content": ""},
            {"reasoning_content": "a", "reasoning": "a"},
            {"reasoning": "b", "reasoning_details": [{"type": "reasoning.text", "index": 0, "text": "b", "format": "v1"}]},
            {"reasoning_details": [{"type": "reasoning.text", "index": 0, "text": "c", "format": "v1", "signature": "s"}]},
            {"reasoning_details": [{"type": "reasoning.encrypted", "index": 1, "data": "YWJjZA=="}]},
            {"reasoning_details": [{"type": "reasoning.encrypted", "index": 1, "data": "ZWZnaA=="}], "content": "!"},
        ])),
        json!({
            "/choices/0/message/reasoning_content": "a",
            "/choices/0/message/reasoning": "ab",
            "/choices/0/message/reasoning_details": [
                {"type": "reasoning.text", "index": 0, "text": "bc", "format": "v1", "signature": "s"},
                {"type": "reasoning.encrypted", "index": 1, "data": "YWJjZGVmZ2g="},
            ],
        }),
        "start c R0[a|b|c|]0~s T1[!|]1 R2[]2~YWJjZGVmZ2g= stop stop=end_turn end",
    );
}

#[test]
fn reasoning_inside_the_text_is_split_off_for_models_that_write_so() {
    let pieces = json!([{"content": "<reas"}, {"content": "oning>Wh"}, {"content": "y.</reasoning><"}, {"content": "reasoning>So.</reasoning>\n"}, {"content": "\nYes."}]);
    let text = "<reasoning>Why.</reasoning><reasoning>So.</reasoning>\n\nYes.";
    let split = "start c R0[Wh|y.|So.|]0 T1[Yes.|]1 stop stop=end_turn end";
    let plain = "start c T0[<reas|oning>Wh|y.</reasoning><|reasoning>So.</reasoning>\n|\nYes.|]0 stop stop=end_turn end";
    // While nobody says which model it is, that may still come.
    let held =
        "start c T0[<reasoning>Why.</reasoning><reasoning>So.</reasoning>\n\nYes.|]0 stop stop=end_turn end";
    let profile = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc";
    for (model_id, model, transcript) in [
        ("us.openai.gpt-oss-120b-1:0", "m", split),
        ("moonshot.kimi-k2-thinking", "m", split),
        (profile, "openai.gpt-oss-20b-1:0", split),
        ("", "openai.gpt-oss-20b-1:0", split),
        ("us.openai.gpt-6-astra", "m", plain),
        ("us.openai.gpt-6-astra", "gpt-oss-20b", plain),
        ("global.xai.grok-4.7", "m", plain),
        ("", "", held),
    ] {
        let mut chunks = chat(pieces.clone());
        chunks.as_array_mut().unwrap().iter_mut().for_each(|chunk| chunk["model"] = json!(model));
        let answer =
            check("openai-chat", model_id, chunks, json!({"/choices/0/message/content": text}), transcript);
        let (thinking, said) = if transcript == split { ("Why.So.", "Yes.") } else { ("", text) };
        assert_eq!(
            (answer.reply.thinking().as_str(), answer.reply.text().as_str()),
            (thinking, said),
            "{model_id} {model}"
        );
        assert_eq!(answer.reply.model.as_deref(), Some(model));
    }
}

#[test]
fn what_a_tag_may_have_been_is_emitted_at_the_end() {
    let chunks = |cut: bool| {
        let end = delta(json!({}), json!({"finish_reason": "stop"}));
        let parts = [delta(json!({"content": "<reason"}), json!({}))];
        parts.into_iter().chain((!cut).then_some(end)).collect::<Value>()
    };
    let model = "openai.gpt-oss-20b-1:0";
    check("openai-chat", model, chunks(false), json!({}), "start c T0[<reason|]0 stop stop=end_turn end");
    let answer = check("openai-chat", model, chunks(true), json!({}), "start c T0[<reason|");
    assert_eq!(answer.completeness.missing().unwrap().names(), ["stop"]);
}

#[test]
fn many_choices_are_kept_apart() {
    let choice = |index: u64, delta: Value, finish: Value| json!({"id": "c", "choices": [{"index": index, "delta": delta, "finish_reason": finish}]});
    let chunks = json!([
        choice(1, json!({"content": "b"}), json!(null)),
        choice(0, json!({"content": "a"}), json!(null)),
        choice(1, json!({"content": "B"}), json!("length")),
        choice(2, json!({"content": "c"}), json!(null)),
        choice(0, json!({"content": "A"}), json!("stop")),
    ]);
    let answer = check(
        "openai-chat",
        "",
        chunks,
        json!({
            "/choices/0/message/content": "aA", "/choices/0/finish_reason": "stop",
            "/choices/1/message/content": "bB", "/choices/1/finish_reason": "length",
            "/choices/2/message/content": "c", "/choices/2/finish_reason": null,
        }),
        "start c T0[a|B4294967296 A|]0 stop stop=end_turn B8589934592",
    );
    assert_eq!(answer.completeness.missing().unwrap().names(), ["stop"], "the last choice was cut");
    assert_eq!(answer.reply.text(), "aA");
}

#[test]
fn a_message_in_parts() {
    let thinking =
        |text: &str| json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": text}]}]});
    check(
        "openai-chat",
        "",
        chat(
            json!([{"content": ""}, thinking("Hm"), thinking("."), {"content": [{"type": "thinking", "thinking": [], "closed": true}]}, {"content": "Ye"}, {"content": "s."}]),
        ),
        json!({"/choices/0/message/content": [
            {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}], "closed": true},
            {"type": "text", "text": "Yes."},
        ]}),
        "start c R0[Hm|.|]0 T1[Ye|s.|]1 stop stop=end_turn end",
    );
}

#[test]
fn sound_comes_in_pieces() {
    check(
        "openai-chat",
        "",
        chat(
            json!([{"audio": {"id": "au", "data": "YWJjZA==", "transcript": "a"}}, {"audio": {"data": "ZWZnaA==", "transcript": "b", "expires_at": 9}}]),
        ),
        json!({"/choices/0/message/audio": {"id": "au", "data": "YWJjZGVmZ2g=", "transcript": "ab", "expires_at": 9}}),
        "start c B0 stop stop=end_turn end",
    );
}

#[test]
fn an_error_ends_the_answer_and_loses_nothing() {
    let error = json!({"error": {"message": "Too many", "type": "rate_limit", "code": 429}});
    let answer = check(
        "openai-chat",
        "",
        json!([
            delta(json!({"content": "Ra"}), json!({})),
            error,
            delta(json!({"content": "never"}), json!({}))
        ]),
        json!({"/choices/0/message/content": "Ra", "/choices/0/finish_reason": "absent"}),
        "start c T0[Ra|error rate_limit: Too many",
    );
    let missing = answer.completeness.missing().unwrap();
    assert_eq!(missing.names(), ["exception", "stop"]);
    assert_eq!(missing.exception.as_ref().unwrap().original_status_code, Some(429));

    let alone = read("openai-chat", "", std::slice::from_ref(&error)).0;
    assert_eq!(
        (alone.native, alone.completeness.missing().unwrap().names()),
        (None, vec!["empty", "exception"])
    );

    // One after the end takes nothing back, and is emitted.
    let late = check(
        "openai-chat",
        "",
        json!([delta(json!({"content": "Ra"}), json!({"finish_reason": "length"})), error]),
        json!({"/choices/0/message/content": "Ra", "/choices/0/finish_reason": "length"}),
        "start c T0[Ra|]0 stop length=max_tokens error rate_limit: Too many",
    );
    assert_eq!(late.completeness.missing().unwrap().names(), ["exception"]);
}

#[test]
fn counts_that_were_promised_are_missed() {
    let mut chunk = delta(json!({"content": "a"}), json!({"finish_reason": "stop"}));
    chunk["usage"] = json!(null);
    let answer = check(
        "openai-chat",
        "",
        json!([chunk]),
        json!({"/usage": null}),
        "start c T0[a|]0 stop stop=end_turn",
    );
    assert_eq!(answer.completeness.missing().unwrap().names(), ["usage"]);
}

#[test]
fn writers_mark_of_the_end_and_measurements_alone_are_no_chunks() {
    let mut chunks = chat(json!([{"content": "a"}]));
    chunks
        .as_array_mut()
        .unwrap()
        .extend([json!({"amazon-bedrock-invocationMetrics": {"outputTokenCount": 5}}), json!("[DONE]")]);
    let answer = check("openai-chat", "", chunks, json!({}), "start c T0[a|]0 stop stop=end_turn u5 end");
    assert_eq!(answer.reply.usage.unwrap().output_tokens, Some(5));
    assert!(answer.malformed.is_empty());
}

#[test]
fn unknown_keys_come_out_again() {
    check(
        "openai-chat",
        "",
        json!([
            {"x_vendor": {"id": 1}, "choices": [{"index": 0, "delta": {"channel": "a", "new": "x", "list": [1]}, "seen": 1}]},
            {"x_vendor": {"usage": 2}, "choices": [{"index": 0, "delta": {"channel": "a", "new": "y", "list": [2]}, "seen": null, "finish_reason": "stop"}]},
        ]),
        json!({
            "/x_vendor": {"id": 1, "usage": 2}, "/choices/0/seen": 1, "/choices/0/message/channel": "a",
            "/choices/0/message/new": ["x", "y"], "/choices/0/message/list": [1, 2],
        }),
        "start - stop stop=end_turn end",
    );
}

#[test]
fn the_formats_of_the_same_outline() {
    check(
        "ai21-jamba",
        "",
        json!([
            {"id": "j", "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": null}], "usage": {"completion_tokens": 0}},
            {"id": "j", "choices": [{"index": 0, "delta": {"content": " Ra"}}], "usage": {"completion_tokens": 1}},
            {"id": "j", "choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}, "finish_reason": "tool_calls", "stop_reason": 518}], "usage": {"completion_tokens": 2}, "meta": {"requestDurationMillis": 1}},
            {"amazon-bedrock-invocationMetrics": {"outputTokenCount": 2}},
        ]),
        json!({"": {
            "id": "j",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": " Ra", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}, "finish_reason": "tool_calls", "stop_reason": 518}],
            "usage": {"completion_tokens": 2}, "meta": {"requestDurationMillis": 1},
        }}),
        "start j u0 T0[ Ra|u1 ]0 C1:a:f[1:{}|]1 stop tool_calls=tool_use u2 end",
    );
    check(
        "mistral-chat",
        "",
        json!([
            {"id": "p", "object": "chat.completion.chunk", "created": 7, "model": "pixtral", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Ra", "tool_calls": null, "index": null}, "stop_reason": null, "context_logits": null}], "usage": null, "p": null},
            {"id": "p", "object": "chat.completion.chunk", "choices": [{"index": 0, "message": {"role": null, "content": "in.", "tool_calls": [{"id": "abcdefghi", "function": {"name": "f", "arguments": {"a": 1}}}]}, "stop_reason": "model_length"}], "usage": {"prompt_tokens": 3, "completion_tokens": 4}},
        ]),
        json!({"": {
            "id": "p", "object": "chat.completion", "created": 7, "model": "pixtral",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "Rain.", "tool_calls": [{"id": "abcdefghi", "function": {"name": "f", "arguments": {"a": 1}}}]}, "stop_reason": "model_length", "context_logits": null}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 4},
        }}),
        "start p T0[Ra|in.|]0 C1:abcdefghi:f[1:{\"a\":1}|]1 stop model_length=max_tokens u4 end",
    );
    check(
        "deepseek",
        "",
        json!([
            {"choices": [{"index": 0, "message": {"role": "assistant", "content": null, "reasoning_content": "Hm."}, "stop_reason": null}]},
            {"choices": [{"index": 0, "message": {"role": "assistant", "content": "Yes.", "reasoning_content": null}, "stop_reason": "stop"}], "amazon-bedrock-invocationMetrics": {"outputTokenCount": 2}},
        ]),
        json!({"/choices": [{"index": 0, "message": {"role": "assistant", "content": "Yes.", "reasoning_content": "Hm."}, "stop_reason": "stop"}]}),
        "start - R0[Hm.|]0 T1[Yes.|]1 stop stop=end_turn u2 end",
    );
    let cut = check(
        "deepseek",
        "",
        json!([{"choices": [{"text": "Ra", "stop_reason": null}]}, {"choices": [{"text": "in.", "stop_reason": null}]}]),
        json!({"/choices": [{"text": "Rain.", "stop_reason": null}]}),
        "start - T0[Ra|in.|",
    );
    assert_eq!(cut.completeness.missing().unwrap().names(), ["stop", "usage"]);
}

/// A response's event, with what it is for.
fn event(kind: &str, at: Value) -> Value {
    let mut event = json!({"type": format!("response.{kind}"), "output_index": 0});
    event.as_object_mut().expect("an object").extend(at.as_object().expect("an object").clone());
    event
}

fn created() -> Value {
    json!({"type": "response.created", "response": {"id": "r", "object": "response", "model": "m", "status": "in_progress", "output": []}})
}

fn completed(output: Value) -> Value {
    json!({"type": "response.completed", "response": {
        "id": "r", "object": "response", "model": "m", "status": "completed", "output": output,
        "usage": {"input_tokens": 5, "output_tokens": 3, "total_tokens": 8}}})
}

#[test]
fn the_last_word_is_the_answer() {
    let message = json!({"type": "message", "id": "msg", "role": "assistant", "status": "completed", "content": [{"type": "output_text", "text": "Rain.", "annotations": [], "new": 1}]});
    let answer = check(
        "openai-responses",
        "",
        json!([
            created(),
            event(
                "output_item.added",
                json!({"item": {"type": "message", "id": "msg", "role": "assistant", "status": "in_progress", "content": []}})
            ),
            event(
                "content_part.added",
                json!({"content_index": 0, "part": {"type": "output_text", "text": "", "annotations": []}})
            ),
            event(
                "output_text.delta",
                json!({"content_index": 0, "delta": "Ra", "sequence_number": 3, "obfuscation": "abc"})
            ),
            event(
                "output_text.delta",
                json!({"content_index": 0, "delta": "in", "sequence_number": 4, "obfuscation": "d"})
            ),
            event(
                "output_text.delta",
                json!({"content_index": 0, "delta": ".", "sequence_number": 5, "obfuscation": ""})
            ),
            event("output_text.done", json!({"content_index": 0, "text": "Rain."})),
            event("content_part.done", json!({"content_index": 0, "part": message["content"][0]})),
            event("output_item.done", json!({"item": message})),
            completed(json!([message])),
        ]),
        json!({"": completed(json!([message]))["response"]}),
        "start r T0[Ra|in|.|]0 stop completed=end_turn u3 end",
    );
    assert!(answer.completeness.is_complete());
}

#[test]
fn a_cut_response_keeps_what_came() {
    let answer = check(
        "openai-responses",
        "",
        json!([
            created(),
            // A part that begins at 1, as on Mantle, and before its part and its item are announced.
            event(
                "output_text.delta",
                json!({"output_index": 2, "content_index": 1, "item_id": "msg", "delta": "Ra", "logprobs": [{"token": "Ra"}]})
            ),
            event(
                "output_item.added",
                json!({"output_index": 2, "item": {"type": "message", "id": "msg", "role": "assistant", "content": [], "status": "in_progress"}})
            ),
            event(
                "content_part.added",
                json!({"output_index": 2, "content_index": 1, "part": {"type": "output_text", "text": "", "annotations": []}})
            ),
            event("output_text.delta", json!({"output_index": 2, "content_index": 1, "delta": "in."})),
            event(
                "output_text.annotation.added",
                json!({"output_index": 2, "content_index": 1, "annotation_index": 0, "annotation": {"type": "url_citation", "url": "u"}})
            ),
            event("refusal.delta", json!({"output_index": 2, "content_index": 3, "delta": "No."})),
            event("output_item.added", json!({"item": {"type": "reasoning", "id": "rs", "summary": []}})),
            event("reasoning_summary_text.delta", json!({"summary_index": 1, "delta": "Second."})),
            event("reasoning_summary_text.delta", json!({"summary_index": 0, "delta": "First"})),
            event("reasoning_summary_text.done", json!({"summary_index": 0, "text": "First."})),
        ]),
        json!({
            "/status": "incomplete",
            "/output/0/summary": [{"type": "summary_text", "text": "First."}, {"type": "summary_text", "text": "Second."}],
            "/output/1/content": [
                {"type": "output_text", "text": "Rain.", "annotations": [{"type": "url_citation", "url": "u"}]},
                {"type": "refusal", "refusal": "No."},
            ],
        }),
        "start r T0[Ra|in.|@0 T1[No.|R2[Second.|\n\n|First|.|",
    );
    assert_eq!(answer.completeness.missing().unwrap().open_blocks, [0, 2]);
    assert_eq!(answer.reply.native_stop_reason, None);
}

#[test]
fn calls_of_tools_in_a_response() {
    check(
        "openai-responses",
        "",
        json!([
            created(),
            event(
                "output_item.added",
                json!({"item": {"type": "function_call", "id": "fc", "call_id": "a", "name": "f", "arguments": "", "status": "in_progress"}})
            ),
            event("function_call_arguments.delta", json!({"delta": "{\"x\""})),
            event("function_call_arguments.delta", json!({"delta": ":1"})),
            event("function_call_arguments.done", json!({"arguments": "{\"x\":1}"})),
            // Not announced, and named with its end.
            event(
                "function_call_arguments.delta",
                json!({"output_index": 1, "item_id": "fd", "delta": "{}"})
            ),
            event(
                "function_call_arguments.done",
                json!({"output_index": 1, "item_id": "fd", "name": "g", "arguments": "{}"})
            ),
            event(
                "output_item.added",
                json!({"output_index": 2, "item": {"type": "custom_tool_call", "call_id": "c", "name": "t", "input": ""}})
            ),
            event("custom_tool_call_input.delta", json!({"output_index": 2, "delta": "say \"hi\""})),
            event("custom_tool_call_input.done", json!({"output_index": 2, "input": "say \"hi\"!"})),
        ]),
        json!({
            "/output/0/arguments": "{\"x\":1}",
            "/output/1": {"type": "function_call", "id": "fd", "name": "g", "arguments": "{}"},
            "/output/2/input": "say \"hi\"!",
        }),
        "start r C0:a:f[0:{\"x\"|0::1|0:}|]0 C1:fd:g[1:{}|]1 C2:c:t[2:\"|2:say \\\"hi\\\"|2:!|2:\"|]2",
    );
}

#[test]
fn what_the_service_does_is_emitted_when_it_is_done() {
    let image = json!({"type": "image_generation_call", "id": "ig", "status": "completed", "result": "AA==", "output_format": "png"});
    let program = json!({"type": "code_interpreter_call", "id": "ci", "code": "1+1", "container_id": "x", "status": "completed", "outputs": null});
    let reasoning = json!({"type": "reasoning", "id": "rs", "summary": [{"type": "summary_text", "text": "Hm."}], "encrypted_content": "ZW5j"});
    check(
        "openai-responses",
        "",
        json!([
            created(),
            event("image_generation_call.generating", json!({"output_index": 9})),
            event(
                "output_item.added",
                json!({"item": {"type": "image_generation_call", "id": "ig", "status": "in_progress"}})
            ),
            event(
                "image_generation_call.partial_image",
                json!({"partial_image_index": 0, "partial_image_b64": "BB==", "output_format": "png"})
            ),
            event("output_item.done", json!({"item": image})),
            event(
                "output_item.added",
                json!({"output_index": 1, "item": {"type": "code_interpreter_call", "id": "ci", "code": ""}})
            ),
            event("code_interpreter_call_code.delta", json!({"output_index": 1, "delta": "1+"})),
            event("code_interpreter_call.interpreting", json!({"output_index": 1})),
            event("output_item.done", json!({"output_index": 1, "item": program})),
            event("code_interpreter_call.completed", json!({"output_index": 1})),
            event("output_item.done", json!({"output_index": 2, "item": reasoning})),
            event("new_thing.delta", json!({"delta": "?"})),
        ]),
        json!({"/output": [image, program, reasoning]}),
        "start r I0.Some(0):BB== I0.None:AA== B1 ?response.code_interpreter_call.completed R2[Hm.|]2 R3[]3~ZW5j ?response.new_thing.delta",
    );
    check(
        "openai-responses",
        "",
        json!([
            event(
                "output_item.added",
                json!({"item": {"type": "shell_call", "call_id": "s", "action": {"timeout": 1}}})
            ),
            event("shell_call_command.added", json!({"command_index": 0, "command": "l"})),
            event("shell_call_command.delta", json!({"command_index": 0, "delta": "s"})),
            event("shell_call_command.done", json!({"command_index": 1, "command": "pwd"})),
            event(
                "output_item.added",
                json!({"output_index": 1, "item": {"type": "shell_call_output", "call_id": "s"}})
            ),
            event(
                "shell_call_output_content.delta",
                json!({"output_index": 1, "command_index": 0, "delta": {"stdout": "a"}})
            ),
            event(
                "shell_call_output_content.delta",
                json!({"output_index": 1, "command_index": 0, "delta": {"stdout": "b", "stderr": "c"}})
            ),
            event(
                "shell_call_output_content.done",
                json!({"output_index": 1, "command_index": 1, "output": [{"stdout": "/", "outcome": {"type": "exit", "exit_code": 0}}]})
            ),
            event(
                "output_item.added",
                json!({"output_index": 2, "item": {"type": "mcp_call", "id": "m", "name": "f", "arguments": ""}})
            ),
            event("mcp_call_arguments.delta", json!({"output_index": 2, "delta": "{"})),
            event("mcp_call_arguments.done", json!({"output_index": 2, "arguments": "{}"})),
            event("mcp_call.failed", json!({"output_index": 2})),
        ]),
        json!({
            "/output/0/action": {"timeout": 1, "commands": ["ls", "pwd"]},
            "/output/1/output": [{"stdout": "ab", "stderr": "c"}, {"stdout": "/", "outcome": {"type": "exit", "exit_code": 0}}],
            "/output/2": {"type": "mcp_call", "id": "m", "name": "f", "arguments": "{}", "status": "failed"},
        }),
        "start -",
    );
}

#[test]
fn items_that_only_the_last_word_has_are_emitted_too() {
    let message = json!({"type": "message", "id": "msg", "role": "assistant", "content": [{"type": "output_text", "text": "Rain."}]});
    let call = json!({"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"});
    check(
        "openai-responses",
        "",
        json!([created(), completed(json!([message, call]))]),
        json!({"/output": [message, call]}),
        "start r T0[Rain.|]0 C1:a:f[1:{}|]1 stop completed=tool_use u3 end",
    );
    // And the other way round: a last word without items.
    check(
        "openai-responses",
        "",
        json!([created(), event("output_item.done", json!({"item": message})), completed(json!([]))]),
        json!({"/output": [message], "/status": "completed"}),
        "start r T0[Rain.|]0 stop completed=end_turn u3 end",
    );
}

#[test]
fn a_response_that_fails_or_is_cut_off_by_the_service() {
    let text = event("output_text.delta", json!({"content_index": 0, "delta": "Ra"}));
    let failed = json!({"type": "response.failed", "response": {"id": "r", "status": "failed", "error": {"code": "server_error", "message": "Oh"}, "output": []}});
    let answer = check(
        "openai-responses",
        "",
        json!([created(), text, failed]),
        json!({"/status": "failed", "/error/code": "server_error", "/output/0/content/0/text": "Ra"}),
        "start r T0[Ra|]0 stop failed=failed error server_error: Oh",
    );
    assert_eq!(answer.completeness.missing().unwrap().names(), ["exception"]);
    let answer = check(
        "openai-responses",
        "",
        json!([created(), text, {"type": "error", "sequence_number": 3, "code": "rate_limit_exceeded", "message": "Slow"}]),
        json!({"/status": "incomplete", "/output/0/content/0/text": "Ra"}),
        "start r T0[Ra|error rate_limit_exceeded: Slow",
    );
    assert_eq!(answer.completeness.missing().unwrap().names(), ["exception", "block", "stop", "usage"]);
    let incomplete = json!({"type": "response.incomplete", "response": {"id": "r", "status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}, "output": [], "usage": {"output_tokens": 1}}});
    let answer = check(
        "openai-responses",
        "",
        json!([created(), text, incomplete]),
        json!({"/output/0/content/0/text": "Ra"}),
        "start r T0[Ra|]0 stop max_output_tokens=max_tokens u1 end",
    );
    assert!(answer.completeness.is_complete());
}
