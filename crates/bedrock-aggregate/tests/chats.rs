//! What chats in OpenAI's outline leave open, and is decided once for what is emitted and what is replied: the ids of calls, where
//! reasoning stands, whose message a piece is of; and that unknown members are kept wherever they stand.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bedrock_aggregate::{Answer, Event, EventSink, Framing, Reader};
use bedrock_testing::splits;
use bedrock_testing::story::one_story;
use serde_json::{Value, json};

/// What is emitted of chunks, and the answer, the same at any split.
fn read(format: &str, chunks: &[Value]) -> (Vec<Value>, Value, Answer) {
    let body: String = chunks.iter().map(|chunk| format!("{chunk}\n")).collect();
    let mut first = None;
    for pieces in splits(body.as_bytes(), 7) {
        let mut emitted = Vec::new();
        let mut on_event = |event: Event<'_>| emitted.push(serde_json::to_value(&event).unwrap());
        let mut reader = Reader::new(Framing::JsonLines).with_format(format).unwrap();
        for piece in pieces {
            reader.push(piece, &mut EventSink::new(&mut on_event)).unwrap();
        }
        let answer = reader.finish(&mut EventSink::new(&mut on_event)).unwrap();
        if let Some((first, first_answer)) = &first {
            assert_eq!((&emitted, &answer), (first, first_answer), "{body}");
        } else {
            first = Some((emitted, answer));
        }
    }
    let (emitted, answer) = first.unwrap();
    let shown = serde_json::to_value(&answer).unwrap();
    one_story(&emitted, &shown).unwrap_or_else(|difference| panic!("{difference}: {emitted:#?}\n{shown:#}"));
    (emitted, shown, answer)
}

/// Chunks of one choice: a delta each, and why it stopped with the last.
fn chat(deltas: &[Value], stop: &str) -> Vec<Value> {
    let chunk = |delta: &Value, stop: Option<&str>| {
        json!({"id": "c", "object": "chat.completion.chunk", "model": "m",
            "choices": [{"index": 0, "delta": delta, "finish_reason": stop}]})
    };
    deltas.iter().map(|delta| chunk(delta, None)).chain([chunk(&json!({}), Some(stop))]).collect()
}

#[test]
fn a_call_is_emitted_by_the_id_that_it_has_in_the_reply() {
    let function = |name: &str, arguments: &str| json!({"name": name, "arguments": arguments});
    // The pieces of calls, one a delta; the calls: id, name and input.
    for (pieces, calls) in [
        (json!([{"index": 5, "function": function("look", "{}")}]), json!([["call_0", "look", {}]])),
        (
            json!([{"index": 0, "function": {"arguments": "{\"a\":"}}, {"index": 0, "function": function("f", "")},
                {"index": 0, "function": {"arguments": "1}"}}, {"index": 0, "id": "x"}]),
            json!([["x", "f", {"a": 1}]]),
        ),
        (
            json!([{"id": "x", "function": function("f", "")}, {"index": 0, "function": {"arguments": "{\"a\":"}},
                {"index": 0, "function": {"arguments": "1}"}}]),
            json!([["x", "f", {"a": 1}]]),
        ),
        // A first piece of which nothing is known, and one that is never named.
        (
            json!([{"new": 1}, {"index": 0, "function": {"arguments": "{\"a\":1}"}}]),
            json!([["call_0", "", {"a": 1}]]),
        ),
        // An id that comes with another name is another call's.
        (
            json!([{"index": 0, "function": function("f", "{}")}, {"index": 0, "id": "x", "function": function("g", "{}")}]),
            json!([["call_0", "f", {}], ["x", "g", {}]]),
        ),
        // Numbers that the model gave are no other call's, and two without have one each.
        (
            json!([{"index": 0, "id": "call_1", "function": function("f", "{}")}, {"index": 1, "function": function("g", "{}")}]),
            json!([["call_1", "f", {}], ["call_2", "g", {}]]),
        ),
        (
            json!([{"index": 1, "function": function("f", "{}")}, {"function": function("g", "{}")}]),
            json!([["call_0", "f", {}], ["call_1", "g", {}]]),
        ),
        (
            json!([{"index": 1, "id": "", "function": function("f", "{}")}, {"index": 0, "id": "", "function": function("g", "{}")}]),
            json!([["call_0", "g", {}], ["call_1", "f", {}]]),
        ),
    ] {
        let pieces = pieces.as_array().unwrap();
        for format in ["openai-chat", "mistral-chat", "ai21-jamba"] {
            let deltas: Vec<_> = pieces.iter().map(|piece| json!({"tool_calls": [piece]})).collect();
            for is_cut in [false, true] {
                let mut chunks = chat(&deltas, "tool_calls");
                chunks.truncate(if is_cut { deltas.len() } else { chunks.len() });
                let (emitted, shown, _) = read(format, &chunks);
                let content = shown["reply"]["content"].as_array().unwrap();
                let replied: Vec<_> =
                    content.iter().map(|block| json!([block["id"], block["name"], block["input"]])).collect();
                assert_eq!(Value::from(replied), calls, "{format}: {pieces:?}");
                let starts = emitted.iter().filter(|event| event["type"] == "tool_use_start");
                let mut ids: Vec<_> = starts.map(|start| start["id"].as_str().unwrap()).collect();
                let named = calls.as_array().unwrap().iter().filter(|call| !is_cut || call[1] != "");
                let mut expected: Vec<_> = named.map(|call| call[0].as_str().unwrap()).collect();
                ids.sort_unstable();
                expected.sort_unstable();
                assert_eq!(ids, expected, "{format}: {pieces:?}, cut: {is_cut}");
            }
        }
    }
    // A call with an id is emitted while it grows, and so is a function's in the older way, which has none.
    for delta in [
        json!({"tool_calls": [{"index": 0, "id": "x", "function": function("f", "{\"a\"")}]}),
        json!({"function_call": function("f", "{\"a\"")}),
    ] {
        let mut emitted = Vec::new();
        let mut on_event = |event: Event<'_>| emitted.push(serde_json::to_value(&event).unwrap());
        let mut reader = Reader::new(Framing::JsonLines).with_format("openai-chat").unwrap();
        let line = format!("{}\n", chat(&[delta], "stop")[0]);
        reader.push(line.as_bytes(), &mut EventSink::new(&mut on_event)).unwrap();
        drop(reader);
        assert_eq!(emitted.last().unwrap()["json"], "{\"a\"");
    }
}

#[test]
fn reasoning_in_the_text_is_emitted_by_the_rule_of_the_reply() {
    let why = "<reasoning>Why.</reasoning>Yes.";
    let (split, whole) = (("Why.", "Yes."), ("", why));
    let chunk = |model: Option<&str>, delta: Value, stop: Option<&str>| {
        let choices = json!([{"index": 0, "delta": delta, "finish_reason": stop}]);
        let mut chunk = json!({"id": "c", "object": "chat.completion.chunk", "choices": choices});
        if let Some(model) = model {
            chunk["model"] = model.into();
        }
        chunk
    };
    let text = |text: &str| json!({"content": text});
    let part = |text: &str| json!({"content": [{"type": "text", "text": text}]});
    let oss = Some("openai.gpt-oss-20b-1:0");
    for (chunks, expected) in [
        (vec![chunk(oss, text(why), None), chunk(oss, json!({}), Some("stop"))], split),
        // The model is named late, or never, or anew.
        (vec![chunk(None, text(why), None), chunk(oss, json!({}), Some("stop"))], split),
        (
            vec![
                chunk(None, text("<rea"), None),
                chunk(None, text("soning>Why.</reasoning>Y"), None),
                chunk(Some(""), text("es."), None),
                chunk(oss, json!({}), Some("stop")),
            ],
            split,
        ),
        (vec![chunk(None, text(why), None), chunk(Some("m"), json!({}), Some("stop"))], whole),
        (vec![chunk(None, text(why), None), chunk(None, json!({}), Some("stop"))], whole),
        (vec![chunk(None, text(why), None), json!({"id": "c", "model": "gpt-oss", "choices": []})], split),
        (
            vec![
                chunk(Some("alias"), json!({"role": "assistant", "content": ""}), None),
                chunk(oss, text(why), Some("stop")),
            ],
            split,
        ),
        (vec![chunk(oss, text("Yes."), None), chunk(Some("m"), text("!"), Some("stop"))], ("", "Yes.!")),
        // In parts it stands where the content begins.
        (
            vec![
                chunk(oss, part("<reasoning>Why."), None),
                chunk(oss, part("</reasoning>Yes."), Some("stop")),
            ],
            split,
        ),
        (
            vec![
                chunk(oss, text("<reasoning>Why.</reas"), None),
                chunk(oss, part("oning>Yes."), Some("stop")),
            ],
            split,
        ),
        (
            vec![
                chunk(oss, json!({"content": [{"type": "image_url", "image_url": {"url": "u"}}]}), None),
                chunk(oss, text(why), None),
                chunk(oss, json!({}), Some("stop")),
            ],
            whole,
        ),
        (
            vec![
                chunk(oss, json!({"content": [{"type": "text", "text": "<reasoning>Why.", "new": 1}]}), None),
                chunk(oss, json!({"content": [{"type": "text", "text": "Yes.", "new": 2}]}), Some("stop")),
            ],
            split,
        ),
    ] {
        let (emitted, shown, answer) = read("openai-chat", &chunks);
        let said = |kind: &str| -> String {
            emitted
                .iter()
                .filter(|event| event["type"] == kind)
                .filter_map(|event| event["text"].as_str())
                .collect()
        };
        let of_reply = |kind: &str| -> String {
            let blocks = shown["reply"]["content"].as_array().unwrap().iter();
            blocks.filter(|block| block["type"] == kind).filter_map(|block| block["text"].as_str()).collect()
        };
        assert_eq!((said("thinking_delta").as_str(), said("text_delta").as_str()), expected, "{chunks:#?}");
        assert_eq!((of_reply("thinking").as_str(), of_reply("text").as_str()), expected, "{chunks:#?}");
        assert!(answer.later.is_empty(), "{answer:#?}");
    }
    // What has been emitted cannot be emitted again.
    let chunks =
        [chunk(Some("m"), text(why), None), chunk(oss, text("!"), None), chunk(oss, json!({}), Some("stop"))];
    let (_, _, answer) = read("openai-chat", &chunks);
    assert_eq!(answer.text(), why);
    let missing = answer.completeness.missing().unwrap().other_message.clone().unwrap();
    assert!(missing.contains("writes its reasoning otherwise"), "{missing}");
}

#[test]
fn pieces_of_another_id_are_another_message_s() {
    let chunk = |id: &str, delta: Value| json!({"id": id, "object": "chat.completion.chunk", "model": "m", "choices": [{"index": 0, "delta": delta}]});
    let text = |id: &str, text: &str| chunk(id, json!({"content": text}));
    let named = |id: &str, text: &str| chunk(id, json!({"role": "assistant", "content": text}));
    let prompted = |id: &str, text: &str| json!({"id": id, "choices": [{"index": 0, "text": text}]});
    let completion = |id: &str, text: &str| json!({"id": id, "object": "text_completion", "choices": [{"index": 0, "text": text}]});
    for (format, chunks, first, later) in [
        ("openai-chat", vec![named("A", "One"), text("B", "Two"), text("B", "!")], "One", &["Two!"][..]),
        ("openai-chat", vec![text("A", "One"), text("A", "!"), text("B", "Two")], "One!", &["Two"]),
        ("openai-chat", vec![named("", ""), named("A", "One"), text("A", "!")], "One!", &[]),
        ("openai-chat", vec![text("A", "One "), text("B", "two "), text("C", "three")], "One two three", &[]),
        ("openai-chat", vec![named("A", "One"), text("A", "!"), named("B", "")], "One!", &[""]),
        ("ai21-jamba", vec![named("A", "One"), text("B", "Two")], "One", &["Two"]),
        ("mistral-chat", vec![named("A", "One"), text("B", "Two")], "One", &["Two"]),
        ("deepseek", vec![prompted("A", "One"), prompted("B", "Two")], "One", &["Two"]),
        ("deepseek", vec![prompted("A", "One"), prompted("A", "!")], "One!", &[]),
        ("text-completion", vec![completion("A", "One"), completion("B", "Two")], "One", &["Two"]),
        (
            "text-completion",
            vec![completion("A", "One"), completion("", "!"), completion("A", "!")],
            "One!!",
            &[],
        ),
    ] {
        let (_, _, answer) = read(format, &chunks);
        assert_eq!(answer.text(), first, "{format}: {chunks:?}");
        let texts: Vec<_> = answer.later.iter().map(Answer::text).collect();
        assert_eq!(texts, later, "{format}: {chunks:?}");
        if let Some(other) = answer.completeness.missing().and_then(|missing| missing.other_message.as_ref())
        {
            assert!(!later.is_empty() && other.contains("B") || format == "text-completion", "{other}");
        }
    }
}

#[test]
fn unknown_members_are_kept_wherever_they_stand() {
    // Each mark is in the answer, whatever member it came in.
    for (format, chunks) in [
        (
            "openai-chat",
            json!([{"id": "c", "object": "chat.completion.chunk", "model": "m", "z": "mark1",
                "choices": [{"index": 0, "z": "mark2", "delta": {"role": "assistant", "z": "mark3", "tool_calls":
                    [{"index": 0, "id": "x", "z": "mark4", "function": {"name": "f", "arguments": "{", "z": "mark5"}}]}}],
                "usage": {"prompt_tokens": 1, "z1": "mark6", "z3": null}},
                {"id": "c", "choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "z": "mark7", "function": {"arguments": "}", "z": "mark8"}},
                    {"index": 1, "id": "y", "custom": {"name": "g", "input": "i", "z": "mark9"}}]}, "finish_reason": "tool_calls"}],
                "usage": {"z2": "mark10", "prompt_tokens": null}}]),
        ),
        (
            "openai-chat",
            json!([{"id": "c", "object": "chat.completion.chunk", "model": "m", "choices": [{"index": 0, "delta":
                    {"function_call": {"name": "f", "arguments": "{", "z": "mark1"}}}]},
                {"id": "c", "choices": [{"index": 0, "delta": {"function_call": {"arguments": "}", "z": "mark2"}}, "finish_reason": "function_call"}],
                "usage": {"z": "mark3"}}]),
        ),
        (
            "mistral-chat",
            json!([{"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "message": {"role": "assistant",
                    "content": [{"type": "text", "text": "a", "z": "mark1"}, {"type": "text", "text": "b", "z": "mark2"}], "tool_calls":
                    [{"id": "x", "function": {"name": "f", "arguments": "{}", "z": "mark3"}}]}}], "usage": {"z": "mark4"}},
                {"id": "c", "choices": [{"index": 0, "message": {"content": [{"type": "text", "text": "c"}]}, "stop_reason": "stop"}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1}}]),
        ),
        (
            "ai21-jamba",
            json!([{"id": "c", "choices": [{"index": 0, "delta": {"role": "assistant", "tool_calls":
                    [{"index": 0, "id": "x", "function": {"name": "f", "arguments": "{}", "z": "mark1"}}]}}], "usage": {"z": "mark2"}},
                {"id": "c", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 1, "y": "mark3"}, "meta": {"z": "mark4"}},
                {"id": "c", "choices": [], "usage": {"x": "mark5"}, "meta": {"requestDurationMillis": 1}}]),
        ),
        (
            "deepseek",
            json!([{"choices": [{"index": 0, "text": "a", "z": "mark1"}], "usage": {"prompt_tokens": 1, "z": "mark2"}},
                {"choices": [{"index": 0, "text": "b", "z": "mark3", "stop_reason": "stop"}], "usage": {"prompt_tokens": 2, "y": "mark4"}}]),
        ),
        (
            "text-completion",
            json!([{"object": "text_completion", "choices": [{"index": 0, "text": "a"}], "usage": {"prompt_tokens": 1, "z": "mark1"}},
                {"object": "text_completion", "choices": [{"index": 0, "text": "b", "finish_reason": "stop"}], "usage": {"prompt_tokens": 2, "y": "mark2"}}]),
        ),
    ] {
        let (_, shown, _) = read(format, chunks.as_array().unwrap());
        let native = shown["native"].to_string();
        for mark in
            (1..).map(|mark| format!("\"mark{mark}\"")).take_while(|mark| chunks.to_string().contains(mark))
        {
            assert!(native.contains(&mark), "{format} loses {mark}: {shown:#}");
        }
        assert!(!shown["reply"]["usage"].is_null() || format == "openai-chat", "{shown:#}");
    }
}

#[test]
fn a_part_of_text_is_text_whatever_else_it_has() {
    for (format, content, text) in [
        (
            "openai-chat",
            json!([{"type": "text", "text": "a", "new": 1}, {"type": "text", "text": "b"}]),
            "ab",
        ),
        (
            "mistral-chat",
            json!([{"type": "text", "text": "a", "new": 1}, {"type": "text", "text": "b"}]),
            "ab",
        ),
        (
            "openai-chat",
            json!([{"type": "text", "text": "a"}, {"type": "refusal", "refusal": "no"}, {"type": "text", "text": "b"}]),
            "anob",
        ),
        (
            "mistral-chat",
            json!([{"type": "text", "text": "a"}, {"type": "refusal", "refusal": "no"}, {"type": "text", "text": "b"}]),
            "anob",
        ),
    ] {
        let (emitted, _, answer) = read(format, &chat(&[json!({"content": content})], "stop"));
        assert_eq!(answer.text(), text, "{format}");
        let said: String = emitted
            .iter()
            .filter(|event| event["type"] == "text_delta")
            .filter_map(|event| event["text"].as_str())
            .collect();
        assert_eq!(said, text, "{format}");
    }
}

/// Reasoning in parts: neighbouring texts are one, and what else it has stays where it stood.
#[test]
fn parts_of_reasoning_are_kept() {
    let thinking = |thoughts: &Value| json!({"type": "thinking", "thinking": thoughts});
    let text = |text: &str| json!({"type": "text", "text": text});
    let signed = |thoughts: &Value, signature: &str| json!({"type": "thinking", "thinking": thoughts, "signature": signature});
    let source = json!({"type": "reference", "reference_ids": [1]});
    // The parts, one a delta; those of the message, and the reasoning of the reply.
    for (parts, kept, replied) in [
        (
            json!([thinking(&json!([text("a")])), thinking(&json!([text("b")]))]),
            json!([thinking(&json!([text("ab")]))]),
            json!([["ab", null]]),
        ),
        (
            json!([
                thinking(&json!([text("a")])),
                thinking(&json!([source])),
                thinking(&json!([text("b"), text("c")]))
            ]),
            json!([thinking(&json!([text("a"), source, text("bc")]))]),
            json!([["abc", null]]),
        ),
        (json!([thinking(&json!([source]))]), json!([thinking(&json!([source]))]), json!([["", null]])),
        (
            json!([
                thinking(&json!([{"type": "text", "text": "a", "new": 1}])),
                thinking(&json!([text("b")]))
            ]),
            json!([thinking(&json!([{"type": "text", "text": "a", "new": 1}, text("b")]))]),
            json!([["ab", null]]),
        ),
        // A signature is of what came before it: what follows is reasoning of its own.
        (
            json!([signed(&json!([text("a")]), "s"), signed(&json!([text("b")]), "t")]),
            json!([signed(&json!([text("a")]), "s"), signed(&json!([text("b")]), "t")]),
            json!([["a", "s"], ["b", "t"]]),
        ),
        (
            json!([thinking(&json!([text("a")])), signed(&json!([]), "s"), thinking(&json!([text("b")]))]),
            json!([signed(&json!([text("a")]), "s"), thinking(&json!([text("b")]))]),
            json!([["a", "s"], ["b", null]]),
        ),
        (
            json!([signed(&json!([text("a")]), "s"), signed(&json!([]), "t")]),
            json!([signed(&json!([text("a")]), "s"), signed(&json!([]), "t")]),
            json!([["a", "s"], ["", "t"]]),
        ),
        (
            json!([signed(&json!([text("a")]), "s"), signed(&json!([text("b")]), "s")]),
            json!([signed(&json!([text("ab")]), "s")]),
            json!([["ab", "s"]]),
        ),
    ] {
        let deltas: Vec<_> =
            parts.as_array().unwrap().iter().map(|part| json!({"content": [part]})).collect();
        for format in ["openai-chat", "mistral-chat"] {
            let (_, shown, answer) = read(format, &chat(&deltas, "stop"));
            assert_eq!(shown["native"]["choices"][0]["message"]["content"], kept, "{format}");
            let blocks = shown["reply"]["content"].as_array().unwrap();
            let blocks: Vec<_> =
                blocks.iter().map(|block| json!([block["text"], block["signature"]])).collect();
            assert_eq!(Value::from(blocks), replied, "{format}");
            assert!(answer.completeness.is_complete(), "{format}");
        }
    }
}

/// What a choice brings under two names is all of it.
#[test]
fn a_choice_under_two_names_is_taken_whole() {
    for (format, choice, text) in [
        (
            "mistral-chat",
            json!({"index": 0, "message": {"role": "assistant", "content": "a"}, "delta": {"content": "b"}, "stop_reason": "stop"}),
            "ab",
        ),
        (
            "deepseek",
            json!({"index": 0, "message": {"role": "assistant", "content": "a"}, "text": "b", "stop_reason": "stop"}),
            "ab",
        ),
    ] {
        let counts = json!({"inputTokenCount": 1, "outputTokenCount": 1});
        let chunk = json!({"choices": [choice], "amazon-bedrock-invocationMetrics": counts});
        let (_, _, answer) = read(format, &[chunk]);
        assert_eq!(answer.text(), text, "{format}");
        assert!(answer.completeness.is_complete(), "{format}: {answer:#?}");
    }
}

/// A choice that says no index is the one at its place: never before the one that says it is the first.
#[test]
fn a_choice_without_an_index_has_its_place() {
    for (format, name) in [
        ("openai-chat", "delta"),
        ("ai21-jamba", "delta"),
        ("mistral-chat", "message"),
        ("deepseek", "message"),
    ] {
        let mut first = json!({"index": 0, "finish_reason": "stop", "stop_reason": "stop"});
        let mut second = json!({"finish_reason": "length", "stop_reason": "length"});
        first[name] = json!({"role": "assistant", "content": "a"});
        second[name] = json!({"role": "assistant", "content": "b"});
        let (_, shown, answer) = read(format, &[json!({"id": "c", "choices": [first, second]})]);
        assert_eq!(answer.text(), "a", "{format}");
        assert_eq!(shown["native"]["choices"].as_array().unwrap().len(), 2, "{format}: {shown:#}");
    }
    let texts = json!({"object": "text_completion", "choices": [
        {"index": 0, "text": "a", "finish_reason": "stop"}, {"text": "b", "finish_reason": "length"}]});
    assert_eq!(read("text-completion", &[texts]).2.text(), "a");
}
