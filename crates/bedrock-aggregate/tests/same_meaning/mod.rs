//! The same thing means the same in every fold: calls that the service runs, whole inputs, citations alone, guardrails, counts,
//! indexes that are left out or begin at 1.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod deltas;

use bedrock_aggregate::{Answer, Event, EventSink, Framing, Reader};
use bedrock_eventstream::frame::FrameBuilder;
use bedrock_testing::splits;
use bedrock_testing::story::one_story;
use serde_json::{Value, json};

/// What is emitted of a complete stream, and the answer as JSON, the same at any split.
fn read(format: &str, framing: Framing, body: &str) -> (Vec<Value>, Value) {
    let mut all = splits(body.as_bytes(), body.len() as u64).into_iter().map(|pieces| {
        let mut emitted = Vec::new();
        let mut on_event = |event: Event<'_>| emitted.push(serde_json::to_value(&event).unwrap());
        let mut reader = Reader::new(framing).with_format(format).unwrap();
        for piece in pieces {
            reader.push(piece, &mut EventSink::new(&mut on_event)).unwrap();
        }
        let answer: Answer = reader.finish(&mut EventSink::new(&mut on_event)).unwrap();
        (emitted, serde_json::to_value(&answer).unwrap())
    });
    let first = all.next().unwrap();
    assert!(all.all(|other| other == first), "a split matters: {body}");
    one_story(&first.0, &first.1).unwrap_or_else(|difference| panic!("{difference}: {first:#?}"));
    assert_eq!(first.1["completeness"], "complete", "{first:#?}");
    first
}

/// A stream's reply, and its events of the kinds given, as `kind:what`.
fn check(format: &str, lines: &str, content: Value, emitted: &[&str]) -> (Vec<Value>, Value) {
    let (events, answer) = read(format, Framing::JsonLines, lines);
    assert_eq!(answer["reply"]["content"], content, "{lines}\n{answer:#}");
    let seen: Vec<_> = events
        .iter()
        .filter_map(|event| {
            let what = match event["type"].as_str()? {
                "text_delta" => event["text"].as_str()?.to_owned(),
                "tool_use_start" => event["name"].as_str()?.to_owned(),
                "tool_input_delta" => event["json"].as_str()?.to_owned(),
                "stop" => event["reason"].as_str()?.to_owned(),
                "block" => event["index"].to_string(),
                _ => return None,
            };
            Some(format!("{}:{what}", event["type"].as_str()?))
        })
        .collect();
    assert_eq!(seen, emitted, "{lines}");
    (events, answer)
}

/// Converse's or Nova's events, `;` between them, between the message's start and its end.
fn nova_like(format: &str, events: &str, stop: &str) -> String {
    let metadata = if format == "nova" {
        r#"{"metadata":{"usage":{"inputTokens":5,"outputTokens":6},"metrics":{},"trace":{}}}"#
    } else {
        r#"{"metadata":{"usage":{"inputTokens":5,"outputTokens":6,"totalTokens":11},"metrics":{"latencyMs":10}}}"#
    };
    let middle: String = events.lines().map(|line| line.trim().to_owned() + "\n").collect();
    format!(
        "{{\"messageStart\":{{\"role\":\"assistant\"}}}}\n{middle}{{\"messageStop\":{{\"stopReason\":\"{stop}\"}}}}\n{metadata}\n"
    )
}

#[test]
fn a_call_that_the_service_runs_is_not_offered() {
    let events = r#"{"contentBlockStart":{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"s","name":"ground","type":"server_tool_use"}}}}
        {"contentBlockDelta":{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{\"q\":1}"}}}}
        {"contentBlockStop":{"contentBlockIndex":0}}
        {"contentBlockStart":{"contentBlockIndex":1,"start":{"toolResult":{"toolUseId":"s","type":"ground_result","status":"success"}}}}
        {"contentBlockDelta":{"contentBlockIndex":1,"delta":{"toolResult":[{"text":"found"}]}}}
        {"contentBlockStop":{"contentBlockIndex":1}}
        {"contentBlockDelta":{"contentBlockIndex":2,"delta":{"text":"There."}}}
        {"contentBlockStop":{"contentBlockIndex":2}}"#;
    for format in ["converse", "nova"] {
        for (stop, meant) in [("end_turn", "end_turn"), ("tool_use", "end_turn")] {
            let lines = nova_like(format, events, stop);
            let call = json!({"type": "other", "raw": {"toolUse": {"toolUseId": "s", "name": "ground", "input": {"q": 1}, "type": "server_tool_use"}}});
            let result = json!({"type": "tool_result", "tool_use_id": "s", "content": [{"text": "found"}], "is_error": false});
            let content = json!([call, result, {"type": "text", "text": "There."}]);
            let emitted = ["block:0", "block:1", "text_delta:There.", &format!("stop:{meant}")];
            check(format, &lines, content, &emitted);
        }
    }
}

#[test]
fn an_input_that_is_whole_at_the_start_is_emitted_and_replied() {
    let call = |input: &str, more: &str| {
        format!(
            r#"{{"contentBlockStart":{{"contentBlockIndex":0,"start":{{"toolUse":{{"toolUseId":"t","name":"add","input":{input}}}}}}}}}
            {more}{{"contentBlockStop":{{"contentBlockIndex":0}}}}"#
        )
    };
    let piece = |text: &str| {
        format!(
            "{}\n",
            json!({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"toolUse": {"input": text}}}})
        )
    };
    for (start, more, input, emitted) in [
        (r#"{"x":1,"y":2}"#, String::new(), json!({"x": 1, "y": 2}), r#"{"x":1,"y":2}"#),
        (r#""{\"x\":1}""#, String::new(), json!({"x": 1}), r#"{"x":1}"#),
        // An empty object is the place for the pieces; pieces stand where any come.
        ("{}", piece(r#"{"x":1}"#), json!({"x": 1}), r#"{"x":1}"#),
        (r#"{"x":1}"#, piece(r#"{"x":2}"#), json!({"x": 2}), r#"{"x":2}"#),
        ("[1]", String::new(), json!([1]), "[1]"),
    ] {
        for format in ["converse", "nova"] {
            let lines = nova_like(format, &call(start, &more), "tool_use");
            let content = json!([{"type": "tool_use", "id": "t", "name": "add", "input": input}]);
            check(
                format,
                &lines,
                content,
                &["tool_use_start:add", &format!("tool_input_delta:{emitted}"), "stop:tool_use"],
            );
        }
    }
    let lines = r#"{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"x","content":[{"type":"text","text":"Whole."}],"usage":{"input_tokens":1}}}
{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"add","input":{"x":1}}}
{"type":"content_block_stop","index":1}
{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":2}}
{"type":"message_stop"}"#;
    let content = json!([{"type": "text", "text": "Whole."}, {"type": "tool_use", "id": "t", "name": "add", "input": {"x": 1}}]);
    check(
        "anthropic",
        lines,
        content,
        &["text_delta:Whole.", "tool_use_start:add", r#"tool_input_delta:{"x":1}"#, "stop:tool_use"],
    );
}

#[test]
fn a_block_of_citations_alone_stays_a_block() {
    let cite = r#"{"contentBlockDelta":{"contentBlockIndex":1,"delta":{"citation":{"title":"Almanac","source":"p. 4"}}}}"#;
    let text = |index: u64, text: &str| {
        format!(
            r#"{{"contentBlockDelta":{{"contentBlockIndex":{index},"delta":{{"text":"{text}"}}}}}}
        {{"contentBlockStop":{{"contentBlockIndex":{index}}}}}"#
        )
    };
    let lines = nova_like(
        "converse",
        &format!(
            "{}\n{cite}\n{{\"contentBlockStop\":{{\"contentBlockIndex\":1}}}}\n{}",
            text(0, "Noon."),
            text(2, "Night.")
        ),
        "end_turn",
    );
    let cited = json!({"title": "Almanac", "source": "p. 4", "raw": {"title": "Almanac", "source": "p. 4"}});
    let content =
        json!([{"type": "text", "text": "Noon.", "citations": [cited]}, {"type": "text", "text": "Night."}]);
    let (_, answer) =
        check("converse", &lines, content, &["text_delta:Noon.", "text_delta:Night.", "stop:end_turn"]);
    let native = json!([{"text": "Noon."}, {"citationsContent": {"content": [], "citations": [{"title": "Almanac", "source": "p. 4"}]}}, {"text": "Night."}]);
    assert_eq!(answer["native"]["output"]["message"]["content"], native);
}

#[test]
fn a_start_that_says_nothing_is_no_block() {
    for start in ["{}", r#"{"text":""}"#] {
        let start = |index: u64| {
            format!(r#"{{"contentBlockStart":{{"contentBlockIndex":{index},"start":{start}}}}}"#)
        };
        let events = format!(
            "{}\n{{\"contentBlockDelta\":{{\"contentBlockIndex\":0,\"delta\":{{\"text\":\"Well.\"}}}}}}\n{{\"contentBlockStop\":{{\"contentBlockIndex\":0}}}}\n{}\n{{\"contentBlockStop\":{{\"contentBlockIndex\":1}}}}",
            start(0),
            start(1)
        );
        let content = json!([{"type": "text", "text": "Well."}]);
        let (_, answer) = check(
            "converse",
            &nova_like("converse", &events, "end_turn"),
            content,
            &["text_delta:Well.", "stop:end_turn"],
        );
        assert_eq!(answer["native"]["output"]["message"]["content"], json!([{"text": "Well."}]));
    }
}

#[test]
fn a_guardrail_is_the_reason_wherever_it_stands() {
    let action = r#""amazon-bedrock-guardrailAction":"INTERVENED""#;
    let chat = |trace: &str| {
        format!(
            r#"{{"id":"c","object":"chat.completion.chunk","choices":[{{"index":0,"delta":{{"role":"assistant","content":"No."}}}}],{action}}}
{{"id":"c","object":"chat.completion.chunk","choices":[{{"index":0,"delta":{{}},"finish_reason":"stop"}}],{action}}}
{{"id":"c","object":"chat.completion.chunk","choices":[],"usage":{{"prompt_tokens":3,"completion_tokens":1}},{action}{trace}}}"#
        )
    };
    let anthropic = |trace: &str| {
        format!(
            r#"{{"type":"message_start","message":{{"role":"assistant","content":[],"usage":{{"input_tokens":0}}}},{action}}}
{{"type":"content_block_start","index":0,"content_block":{{"type":"text","text":""}},{action}}}
{{"type":"content_block_delta","index":0,"delta":{{"type":"text_delta","text":"No."}},{action}}}
{{"type":"content_block_stop","index":0,{action}}}
{{"type":"message_delta","delta":{{"stop_reason":"end_turn"}},"usage":{{"output_tokens":0}},{action}}}
{{"type":"message_stop",{action}{trace}}}"#
        )
    };
    let nova = |trace: &str| {
        format!(
            r#"{{"messageStart":{{"role":"assistant"}},{action}}}
{{"contentBlockDelta":{{"delta":{{"text":"No."}},"contentBlockIndex":0}},{action}}}
{{"contentBlockStop":{{"contentBlockIndex":0}},{action}}}
{{"messageStop":{{"stopReason":"end_turn"}},{action}}}
{{"metadata":{{"usage":{{"inputTokens":1,"outputTokens":1}},"metrics":{{}},"trace":{{}}}},{action}{trace}}}"#
        )
    };
    let llama = |trace: &str| {
        format!(
            r#"{{"generation":"No.","prompt_token_count":3,"generation_token_count":1,"stop_reason":null,{action}}}
{{"generation":"","prompt_token_count":null,"generation_token_count":1,"stop_reason":"stop",{action}{trace}}}"#
        )
    };
    // A guardrail that only masked has not stopped the answer; that stands in the trace, which comes last.
    let masked = r#","amazon-bedrock-trace":{"guardrail":{"actionReason":"Guardrail masked."}}"#;
    for (format, lines) in [
        ("openai-chat", &chat as &dyn Fn(&str) -> String),
        ("anthropic", &anthropic),
        ("nova", &nova),
        ("llama", &llama),
    ] {
        let content = json!([{"type": "text", "text": "No."}]);
        check(format, &lines(""), content.clone(), &["text_delta:No.", "stop:guardrail_intervened"]);
        check(format, &lines(masked), content, &["text_delta:No.", "stop:end_turn"]);
    }
}

#[test]
fn a_blocked_whole_answer_is_complete() {
    for (format, body) in [
        ("llama", r#"{"generation":"No.","amazon-bedrock-guardrailAction":"INTERVENED"}"#),
        ("titan", r#"{"results":[{"outputText":"No."}],"amazon-bedrock-guardrailAction":"INTERVENED"}"#),
        ("mistral-text", r#"{"outputs":[{"text":"No."}],"amazon-bedrock-guardrailAction":"INTERVENED"}"#),
        (
            "cohere-command",
            r#"{"generations":[{"text":"No."}],"amazon-bedrock-guardrailAction":"INTERVENED"}"#,
        ),
        (
            "nova",
            r#"{"output":{"message":{"role":"assistant","content":[{"text":"No."}]}},"amazon-bedrock-guardrailAction":"INTERVENED"}"#,
        ),
    ] {
        let mut emitted = Vec::new();
        let mut on_event = |event: Event<'_>| emitted.push(serde_json::to_value(&event).unwrap());
        let mut reader = Reader::new(Framing::Json);
        reader.push(body.as_bytes(), &mut EventSink::new(&mut on_event)).unwrap();
        let answer = reader.finish(&mut EventSink::new(&mut on_event)).unwrap();
        assert_eq!(answer.format, format);
        let answer = serde_json::to_value(&answer).unwrap();
        one_story(&emitted, &answer).unwrap();
        assert_eq!(answer["completeness"], "complete", "{body}");
        assert_eq!(
            (&answer["reply"]["stop_reason"], &answer["reply"]["content"][0]["text"]),
            (&json!("guardrail_intervened"), &json!("No."))
        );
    }
}

#[test]
fn counts_and_models_under_other_names() {
    let body = nova_like(
        "nova",
        r#"{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"ok"}}}
        {"contentBlockStop":{"contentBlockIndex":0}}"#,
        "end_turn",
    )
    .replace(
        r#""outputTokens":6"#,
        r#""outputTokens":6,"cacheReadInputTokens":3000,"cacheWriteInputTokens":500"#,
    )
    .replace(r#""stopReason":"end_turn""#, r#""stopReason":"end_turn","zzz":2"#);
    let (_, answer) =
        check("nova", &body, json!([{"type": "text", "text": "ok"}]), &["text_delta:ok", "stop:end_turn"]);
    let usage = json!({"input_tokens": 5, "output_tokens": 6, "cache_read_input_tokens": 3000, "cache_write_input_tokens": 500});
    assert_eq!(answer["reply"]["usage"], usage);
    assert_eq!(answer["native"]["zzz"], 2);

    let body = r#"{"id":"c","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}],"x_groq":{"id":"r","usage":{"prompt_tokens":4,"completion_tokens":2,"total_tokens":6}}}"#;
    let (_, answer) = check(
        "openai-chat",
        body,
        json!([{"type": "text", "text": "Hi"}]),
        &["text_delta:Hi", "stop:end_turn"],
    );
    assert_eq!(answer["reply"]["usage"], json!({"input_tokens": 4, "output_tokens": 2, "total_tokens": 6}));

    let body = r#"{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"first","content":[],"usage":{"input_tokens":1}}}
{"type":"content_block_start","index":0,"content_block":{"type":"fallback","from":{"model":"first"},"to":{"model":"second"},"trigger":{"type":"overloaded"}}}
{"type":"content_block_stop","index":0}
{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}
{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Hi"}}
{"type":"content_block_stop","index":1}
{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}
{"type":"message_stop"}"#;
    let (events, answer) = read("anthropic", Framing::JsonLines, body);
    assert_eq!((&answer["reply"]["model"], &answer["native"]["model"]), (&json!("second"), &json!("second")));
    let stop = events.iter().find(|event| event["type"] == "stop").unwrap();
    assert_eq!(stop["model"], "second");
}

#[test]
fn indexes_that_are_left_out_or_begin_at_one() {
    let text = |words: &str| json!([{"type": "text", "text": words}]);
    // A last chunk without an index ends all generations.
    let body = r#"{"index":0,"is_finished":false,"text":"x"}
{"index":1,"is_finished":false,"text":"y"}
{"is_finished":true,"finish_reason":"COMPLETE","amazon-bedrock-invocationMetrics":{"inputTokenCount":4,"outputTokenCount":2}}"#;
    let (_, answer) = read("cohere-command", Framing::JsonLines, body);
    assert_eq!(
        answer["native"]["generations"],
        json!([{"text": "x", "finish_reason": "COMPLETE"}, {"text": "y", "finish_reason": "COMPLETE"}])
    );
    // The only choice, generation or text, whatever its number.
    for (format, lines) in [
        (
            "openai-chat",
            r#"{"id":"c","object":"chat.completion.chunk","choices":[{"index":1,"delta":{"content":"is an "}}]}
{"id":"c","object":"chat.completion.chunk","choices":[{"index":1,"delta":{"content":"element."},"finish_reason":"stop"}]}"#,
        ),
        (
            "mistral-chat",
            r#"{"id":"c","object":"chat.completion.chunk","choices":[{"index":1,"message":{"content":"is an element."},"stop_reason":"stop"}]}"#,
        ),
        (
            "deepseek",
            r#"{"choices":[{"index":1,"text":"is an element.","stop_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}"#,
        ),
        (
            "text-completion",
            r#"{"object":"text_completion","choices":[{"index":3,"text":"is an element.","finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}"#,
        ),
    ] {
        check(format, lines, text("is an element."), &["text_delta:is an element.", "stop:end_turn"]);
    }
    // The lowest is the reply's, in whichever order they begin.
    let lines = r#"{"id":"c","object":"chat.completion.chunk","choices":[{"index":1,"delta":{"content":"B"}}]}
{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"A"}}]}
{"id":"c","object":"chat.completion.chunk","choices":[{"index":1,"delta":{},"finish_reason":"length"}]}
{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    check("openai-chat", lines, text("A"), &["text_delta:A", "block:4294967296", "stop:end_turn"]);
}

const RESPONSE_END: &str = r#"{"type":"response.completed","response":{"id":"r","object":"response","status":"completed","output":[],"usage":{"input_tokens":9,"output_tokens":8}}}"#;

/// The calls of a reply: `a` of north, and `b` of south.
fn two_calls() -> Value {
    json!([{"type": "tool_use", "id": "a", "name": "north", "input": {"a": 1}}, {"type": "tool_use", "id": "b", "name": "south", "input": {"b": 2}}])
}

/// A start is the next block, a delta is of the block before it.
#[test]
fn blocks_without_an_index() {
    let events = r#"{"contentBlockStart":{"start":{"toolUse":{"toolUseId":"a","name":"north"}}}}
        {"contentBlockDelta":{"delta":{"toolUse":{"input":"{\"a\":1}"}}}}
        {"contentBlockStop":{}}
        {"contentBlockStart":{"start":{"toolUse":{"toolUseId":"b","name":"south"}}}}
        {"contentBlockDelta":{"delta":{"toolUse":{"input":"{\"b\":2}"}}}}
        {"contentBlockStop":{}}"#;
    let calls = two_calls();
    let emitted = [
        "tool_use_start:north",
        r#"tool_input_delta:{"a":1}"#,
        "tool_use_start:south",
        r#"tool_input_delta:{"b":2}"#,
        "stop:tool_use",
    ];
    for format in ["converse", "nova"] {
        check(format, &nova_like(format, events, "tool_use"), calls.clone(), &emitted);
    }
    let lines = r#"{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"x","content":[],"usage":{"input_tokens":1}}}
{"type":"content_block_start","content_block":{"type":"tool_use","id":"a","name":"north","input":{}}}
{"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"{\"a\":1}"}}
{"type":"content_block_stop"}
{"type":"content_block_start","content_block":{"type":"tool_use","id":"b","name":"south","input":{}}}
{"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"{\"b\":2}"}}
{"type":"content_block_stop"}
{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":2}}
{"type":"message_stop"}"#;
    check("anthropic", lines, calls.clone(), &emitted);
    let end = RESPONSE_END;
    for id in [r#""item_id":"I","#, ""] {
        let item = |n: &str, name: &str, input: &str| {
            let id = id.replace('I', n);
            format!(
                r#"{{"type":"response.output_item.added","item":{{"type":"function_call","id":"{n}","call_id":"{n}","name":"{name}","arguments":""}}}}
{{"type":"response.function_call_arguments.delta",{id}"delta":"{input}"}}
{{"type":"response.output_item.done","item":{{"type":"function_call","id":"{n}","call_id":"{n}","name":"{name}","arguments":"{input}"}}}}
"#
            )
        };
        let lines = item("a", "north", r#"{\"a\":1}"#) + &item("b", "south", r#"{\"b\":2}"#) + end;
        let (_, answer) = check("openai-responses", &lines, calls.clone(), &emitted);
        assert_eq!(answer.get("unknown"), None);
        assert_eq!(answer["native"]["output"].as_array().unwrap().len(), 2);
    }
}

#[test]
fn counts_of_the_beginning_give_way_to_those_that_were_measured() {
    let lines = |counts: &str| {
        format!(
            r#"{{"type":"message_start","message":{{"id":"m","type":"message","role":"assistant","content":[],"usage":{{"input_tokens":30,"output_tokens":3}}}}}}
{{"type":"content_block_delta","index":0,"delta":{{"type":"text_delta","text":"Hi"}}}}
{{"type":"content_block_stop","index":0}}
{{"type":"message_delta","delta":{{"stop_reason":"end_turn"}}{counts}}}
{{"type":"message_stop","amazon-bedrock-invocationMetrics":{{"inputTokenCount":30,"outputTokenCount":44,"invocationLatency":2,"firstByteLatency":1}}}}
"#
        )
    };
    for (counts, expected) in [("", 44), (r#","usage":{"output_tokens":40}"#, 40)] {
        let (_, answer) = read("anthropic", Framing::JsonLines, &lines(counts));
        assert_eq!(answer["reply"]["usage"], json!({"input_tokens": 30, "output_tokens": expected}));
    }
}

#[test]
fn results_keep_their_counts_whatever_their_indexes() {
    let lines = r#"{"outputText":"One","index":7,"totalOutputTextTokenCount":2,"completionReason":"FINISH","inputTextTokenCount":1}
{"outputText":"T","index":4,"totalOutputTextTokenCount":null,"completionReason":null}
{"outputText":"wo","index":4,"totalOutputTextTokenCount":3,"completionReason":"LENGTH"}
"#;
    let (_, answer) = read("titan", Framing::JsonLines, lines);
    let result = |text: &str, tokens: u64, reason: &str| json!({"tokenCount": tokens, "outputText": text, "completionReason": reason});
    assert_eq!(answer["native"]["results"], json!([result("Two", 3, "LENGTH"), result("One", 2, "FINISH")]));
    assert_eq!(answer["reply"]["usage"], json!({"input_tokens": 1, "output_tokens": 5}));
}

#[test]
fn a_part_of_reasoning_is_reasoning_of_whatever_kind() {
    for part in ["{}", r#"{"type":"new"}"#, r#"{"type":"output_text","text":""}"#] {
        let lines = format!(
            r#"{{"type":"response.reasoning_part.added","item_id":"r","output_index":0,"content_index":0,"part":{part}}}
{{"type":"response.reasoning_text.delta","item_id":"r","output_index":0,"content_index":0,"delta":"Hm."}}
{{"type":"response.output_text.delta","item_id":"i","output_index":1,"content_index":0,"delta":"Four."}}
{{"type":"response.completed","response":{{"object":"response","status":"completed","output":[]}}}}
"#
        );
        let content = json!([{"type": "thinking", "text": "Hm."}, {"type": "text", "text": "Four."}]);
        check("openai-responses", &lines, content, &["text_delta:Four.", "stop:end_turn"]);
    }
}

#[test]
fn a_refusal_and_a_text_that_alternate_are_one_of_each() {
    let line = |delta: &str, finish: &str| {
        format!(
            r#"{{"object":"chat.completion.chunk","choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}]}}"#
        ) + "\n"
    };
    let lines = line(r#"{"role":"assistant","content":"Ra"}"#, "null")
        + &line(r#"{"refusal":"I can"}"#, "null")
        + &line(r#"{"content":"in."}"#, "null")
        + &line(r#"{"refusal":"not."}"#, r#""stop""#);
    let content = json!([{"type": "text", "text": "Rain."}, {"type": "text", "text": "I cannot."}]);
    let emitted = ["text_delta:Ra", "text_delta:I can", "text_delta:in.", "text_delta:not.", "stop:end_turn"];
    check("openai-chat", &lines, content, &emitted);
}

#[test]
fn a_text_beside_choices_is_kept_and_not_said() {
    let lines = r#"{"object":"text_completion","text":"no","choices":[{"index":0,"text":"yes","finish_reason":"stop"}]}
{"object":"text_completion","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}
"#;
    let content = json!([{"type": "text", "text": "yes"}]);
    let (_, answer) = check("text-completion", lines, content, &["text_delta:yes", "stop:end_turn"]);
    assert_eq!(answer["native"]["text"], "no");
}
