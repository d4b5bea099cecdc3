//! Which format a stream is read in where nobody says it: what the model's id promises is an expectation, and two formats
//! that look the same are distinguished by what comes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bedrock_aggregate::{Answer, Event, EventSink, Framing, Reader};
use bedrock_testing::{Recording, recordings};
use serde_json::{Value, json};

const NOVA: &str = "us.amazon.nova-lite-v1:0";
const CLAUDE: &str = "anthropic.claude-sonnet-4-20250514-v1:0";

fn lines(chunks: &[Value]) -> String {
    chunks.iter().map(|chunk| format!("{chunk}\n")).collect()
}

fn read(body: &[u8], model_id: Option<&str>) -> (Answer, Vec<Event<'static>>) {
    let mut emitted = Vec::new();
    let mut on_event = |event: Event<'_>| emitted.push(event.into_owned());
    let mut reader = Reader::new(Framing::JsonLines);
    if let Some(model_id) = model_id {
        reader = reader.with_model_id(model_id);
    }
    let _ = reader.push(body, &mut EventSink::new(&mut on_event));
    let answer = reader.finish(&mut EventSink::new(&mut on_event)).unwrap_or_else(Answer::from);
    (answer, emitted)
}

fn text_of(events: &[Event<'_>]) -> String {
    events
        .iter()
        .filter_map(|event| if let Event::TextDelta(delta) = event { Some(&*delta.text) } else { None })
        .collect()
}

/// Starts and ends, of each kind, must be balanced.
fn balance(events: &[Event<'_>]) -> Vec<(u8, u64)> {
    let mut open = Vec::new();
    for event in events {
        let (key, begins) = match event {
            Event::TextStart(start) => ((0, start.index), true),
            Event::ThinkingStart(start) => ((1, start.index), true),
            Event::ToolUseStart(start) => ((2, start.index), true),
            Event::TextEnd(end) => ((0, end.index), false),
            Event::ThinkingEnd(end) => ((1, end.index), false),
            Event::ToolUseEnd(end) => ((2, end.index), false),
            _ => continue,
        };
        if begins {
            assert!(!open.contains(&key), "{key:?} begins twice");
            open.push(key);
        } else {
            let at =
                open.iter().position(|own| *own == key).unwrap_or_else(|| panic!("{key:?} ends unbegun"));
            open.remove(at);
        }
    }
    open
}

fn delta(index: u64, delta: Value) -> Value {
    json!({"contentBlockDelta": {"contentBlockIndex": index, "delta": delta}})
}

fn stop(index: u64) -> Value {
    json!({"contentBlockStop": {"contentBlockIndex": index}})
}

/// Blocks between a start and an end of the message, with such metadata.
fn message(blocks: &[Value], metadata: Value) -> Vec<Value> {
    let mut chunks = vec![json!({"messageStart": {"role": "assistant"}})];
    chunks.extend_from_slice(blocks);
    chunks.push(json!({"messageStop": {"stopReason": "end_turn"}}));
    chunks.push(json!({"metadata": metadata}));
    chunks
}

fn converse_counts() -> Value {
    json!({"usage": {"inputTokens": 5, "outputTokens": 6, "totalTokens": 11}, "metrics": {"latencyMs": 10}})
}

fn nova_counts() -> Value {
    json!({"usage": {"inputTokens": 5, "outputTokens": 6}, "metrics": {}, "trace": {}})
}

#[test]
fn converse_and_nova_are_told_apart_by_what_comes() {
    let text = |text: &str| json!({"text": text});
    let citation = json!({"citation": {"title": "t", "sourceContent": [{"text": "s"}]}});
    let think = |text: &str| json!({"reasoningContent": {"text": text}});
    let sign = |signature: &str| json!({"reasoningContent": {"signature": signature}});
    let pieces = [delta(0, text("a")), stop(0), delta(1, text("b")), stop(1), delta(2, text("c")), stop(2)];
    for (what, chunks, format, blocks, emitted) in [
        ("one text", message(&[delta(0, text("a")), stop(0)], converse_counts()), "converse", 1, "a"),
        ("one text of Nova's", message(&[delta(0, text("a")), stop(0)], nova_counts()), "nova", 1, "a"),
        (
            "a text in pieces",
            message(&[delta(0, text("a")), delta(0, text("b")), stop(0)], converse_counts()),
            "converse",
            1,
            "ab",
        ),
        ("a text in pieces of Nova's", message(&pieces, nova_counts()), "nova", 1, "abc"),
        (
            "pieces that only the last event identifies",
            message(&pieces, converse_counts()),
            "converse",
            3,
            "abc",
        ),
        (
            "a citation on the second of three texts",
            message(
                &[
                    delta(0, text("a")),
                    stop(0),
                    delta(1, text("b")),
                    delta(1, citation),
                    stop(1),
                    delta(2, text("c")),
                    stop(2),
                ],
                converse_counts(),
            ),
            "converse",
            3,
            "abc",
        ),
        (
            "signed reasoning",
            message(
                &[
                    delta(0, think("x")),
                    delta(0, sign("U0lH")),
                    stop(0),
                    delta(1, think("y")),
                    delta(1, sign("TkFM")),
                    stop(1),
                    delta(2, text("a")),
                    stop(2),
                ],
                converse_counts(),
            ),
            "converse",
            3,
            "a",
        ),
        (
            "reasoning signed after pieces as of Nova's",
            message(
                &[
                    delta(0, think("x")),
                    stop(0),
                    delta(1, think("y")),
                    stop(1),
                    delta(2, think("z")),
                    delta(2, sign("U0lH")),
                    stop(2),
                    delta(3, text("a")),
                    stop(3),
                ],
                converse_counts(),
            ),
            "converse",
            4,
            "a",
        ),
        (
            "no stop between two texts",
            message(&[delta(0, text("a")), delta(1, text("b")), stop(0), stop(1)], converse_counts()),
            "converse",
            2,
            "ab",
        ),
        (
            "counts of Nova's that Converse has too",
            message(
                &[delta(0, text("a")), stop(0)],
                json!({"usage": {"inputTokens": 1, "outputTokens": 2, "cacheReadInputTokens": 3}, "metrics": {}, "trace": {}}),
            ),
            "nova",
            1,
            "a",
        ),
    ] {
        for model_id in [
            None,
            Some(NOVA),
            Some(CLAUDE),
            Some("arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc"),
        ] {
            let (answer, events) = read(lines(&chunks).as_bytes(), model_id);
            assert_eq!(answer.format, format, "{what}, {model_id:?}");
            assert!(answer.completeness.is_complete(), "{what}: {:?}", answer.completeness);
            assert_eq!(answer.reply.content.len(), blocks, "{what}: {:?}", answer.reply.content);
            assert_eq!(
                (answer.reply.text().as_str(), text_of(&events).as_str()),
                (emitted, emitted),
                "{what}"
            );
            assert_eq!(balance(&events), [], "{what}: {events:?}");
            assert_eq!(events.iter().filter(|event| matches!(event, Event::Stop(_))).count(), 1, "{what}");
            let mut typed = Reader::new(Framing::JsonLines).with_format(format).unwrap();
            typed.push(lines(&chunks).as_bytes(), &mut EventSink::none()).unwrap();
            let typed = typed.finish(&mut EventSink::none()).unwrap();
            assert_eq!((&answer.native, &answer.reply), (&typed.native, &typed.reply), "{what}");
        }
    }
}

/// The text of a stream whose format is in doubt is emitted before its end.
#[test]
fn a_text_is_emitted_while_its_format_is_in_doubt() {
    let word = |n: u64| format!("w{n} ");
    let nova: Vec<_> = (0..6).flat_map(|n| [delta(n, json!({"text": word(n)})), stop(n)]).collect();
    let converse: Vec<_> = (0..6).map(|n| delta(0, json!({"text": word(n)}))).collect();
    for (chunks, steps) in [(nova, 2), (converse, 1)] {
        let mut emitted = String::new();
        let mut reader = Reader::new(Framing::JsonLines);
        for (at, chunk) in chunks.iter().enumerate() {
            let mut on_event = |event: Event<'_>| {
                if let Event::TextDelta(text) = event {
                    emitted.push_str(&text)
                }
            };
            reader.push(format!("{chunk}\n").as_bytes(), &mut EventSink::new(&mut on_event)).unwrap();
            let sent: String = (0..=(at / steps) as u64).map(word).collect();
            // A delta may wait for the event that follows it, and for no more.
            let late = sent.len() - emitted.len();
            assert!(sent.starts_with(&emitted) && late <= 3, "{emitted:?} of {sent:?}");
            assert!(reader.snapshot().is_some());
        }
    }
}

/// Every recorded ConverseStream, written as clients hand its events out: whatever the model's id says, it is what it was.
#[test]
fn recorded_converse_streams_are_the_same_as_events_of_one_member() {
    let Some(all) = recordings(|recording| {
        recording.streaming && recording.status == 200 && recording.format == "converse"
    }) else {
        return;
    };
    let mut seen = 0;
    for recording in &all {
        let case = recording.case.as_str();
        let mut typed = Reader::new(Framing::EventStream).with_format("converse").unwrap();
        typed.push(&recording.response(), &mut EventSink::none()).unwrap();
        let typed = typed.finish(&mut EventSink::none()).unwrap();
        let wrapped: Vec<_> = recording.events().iter().filter_map(wrap).collect();
        for model_id in [None, Some(NOVA), Some(CLAUDE), Some(recording.model_id.as_str())] {
            let (answer, events) = read(lines(&wrapped).as_bytes(), model_id);
            assert_eq!(answer.format, "converse", "{case}, {model_id:?}");
            assert_eq!(answer.native, typed.native, "{case}, {model_id:?}");
            assert_eq!(answer.reply, typed.reply, "{case}, {model_id:?}");
            assert_eq!(answer.completeness, typed.completeness, "{case}, {model_id:?}");
            assert_eq!(text_of(&events), answer.reply.text(), "{case}, {model_id:?}");
            assert!(
                balance(&events).is_empty() || !answer.completeness.is_complete(),
                "{case}, {model_id:?}"
            );
        }
        seen += 1;
    }
    assert!(seen > 90, "{seen}");
}

/// An event under its name.
fn wrap(event: &Value) -> Option<Value> {
    let headers = event["headers"].as_array()?;
    let name = headers.iter().find(|header| header[0] == ":event-type")?[1].as_str()?;
    let mut payload = ["payload", "chunk", "data"].iter().find_map(|key| event.get(key))?.clone();
    // Clients hand out no padding.
    payload.as_object_mut()?.shift_remove("p");
    Some(json!({ name: payload }))
}

/// Every recorded stream, read without a word on its model: the format and the answer are the same.
#[test]
fn recorded_streams_need_no_model_id() {
    let wanted = |recording: &Recording| {
        recording.streaming && recording.status == 200 && recording.format != "exception-only"
    };
    let Some(all) = recordings(wanted) else { return };
    for recording in &all {
        let case = recording.case.as_str();
        let read = |model_id: Option<&str>| {
            let framing = Framing::from_name(&recording.framing).unwrap();
            let reader = Reader::new(framing);
            let mut reader = match model_id {
                Some(model_id) => reader.with_model_id(model_id),
                None => reader,
            };
            let _ = reader.push(&recording.response(), &mut EventSink::none());
            reader.finish(&mut EventSink::none()).unwrap_or_else(Answer::from)
        };
        let (untyped, typed) = (read(None), read(Some(&recording.model_id)));
        assert_eq!(untyped.format, typed.format, "{case}");
        assert_eq!(untyped.native, typed.native, "{case}");
        assert_eq!(untyped.completeness, typed.completeness, "{case}");
        assert_eq!(untyped.reply.usage, typed.reply.usage, "{case}");
    }
}

fn chat(delta: Value, finish: Value) -> Value {
    json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
}

/// A piece of a message as Mistral and DeepSeek stream it.
fn plain(message: Value, stop: Value) -> Value {
    json!({"choices": [{"index": 0, "message": message, "stop_reason": stop}]})
}

/// Chunks in a shape that is not the one which the model's id promises are read as what they are.
#[test]
fn a_model_s_format_is_an_expectation() {
    let chats = [
        chat(json!({"role": "assistant", "content": ""}), Value::Null),
        chat(json!({"content": "Hi"}), json!("stop")),
    ];
    let completions =
        [json!({"choices": [{"index": 0, "text": "Hi", "finish_reason": "stop", "stop_reason": "stop"}]})];
    let named = [
        json!({"object": "text_completion", "choices": [{"index": 0, "text": "Hi", "finish_reason": "stop"}]}),
    ];
    let llama = [
        json!({"generation": "H", "prompt_token_count": 2, "generation_token_count": 1, "stop_reason": null}),
        json!({"generation": "i", "prompt_token_count": null, "generation_token_count": 2, "stop_reason": "stop"}),
    ];
    let titan = [
        json!({"outputText": "Hi", "index": 0, "totalOutputTextTokenCount": 1, "completionReason": "FINISH", "inputTextTokenCount": 2}),
    ];
    let claude = [
        json!({"type": "message_start", "message": {"role": "assistant", "content": [], "usage": {"input_tokens": 1}}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}}),
    ];
    let whole = [
        json!({"choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}]}),
    ];
    let plain = [
        plain(json!({"role": "assistant", "content": "H"}), Value::Null),
        plain(json!({"content": "i"}), json!("stop")),
    ];
    for (model_id, chunks, format) in [
        ("us.deepseek.r1-v1:0", &chats[..], "openai-chat"),
        ("us.deepseek.r1-v1:0", &llama[..], "llama"),
        ("us.deepseek.r1-v1:0", &completions[..], "deepseek"),
        ("meta.llama3-8b-instruct-v1:0", &chats[..], "openai-chat"),
        ("meta.llama3-8b-instruct-v1:0", &titan[..], "titan"),
        ("amazon.titan-text-express-v1", &llama[..], "llama"),
        ("amazon.titan-text-express-v1", &claude[..], "anthropic"),
        ("openai.gpt-oss-20b-1:0", &completions[..], "deepseek"),
        ("openai.gpt-oss-20b-1:0", &named[..], "text-completion"),
        ("openai.gpt-oss-20b-1:0", &whole[..], "openai-chat"),
        ("anthropic.claude-sonnet-4-20250514-v1:0", &chats[..], "openai-chat"),
        ("amazon.nova-lite-v1:0", &chats[..], "openai-chat"),
        ("cohere.command-r-v1:0", &chats[..], "openai-chat"),
        ("twelvelabs.pegasus-1-2-v1:0", &chats[..], "openai-chat"),
        ("ai21.jamba-1-5-mini-v1:0", &llama[..], "llama"),
        ("ai21.jamba-1-5-mini-v1:0", &chats[..], "ai21-jamba"),
        // A family's own chat comes before what another's looks like.
        ("mistral.mistral-large-2407-v1:0", &plain[..], "mistral-chat"),
        ("mistral.mistral-large-2407-v1:0", &chats[..], "openai-chat"),
        ("us.deepseek.r1-v1:0", &plain[..], "deepseek"),
        ("anthropic.claude-sonnet-4-20250514-v1:0", &plain[..], "deepseek"),
    ] {
        let (answer, events) = read(lines(chunks).as_bytes(), Some(model_id));
        assert_eq!(answer.format, format, "{model_id}");
        assert_eq!(
            (answer.reply.text().as_str(), text_of(&events).as_str()),
            ("Hi", "Hi"),
            "{model_id}, {format}"
        );
        assert!(answer.unknown.is_empty() && answer.malformed.is_empty(), "{model_id}, {format}");
    }
}

/// What no format knows is kept chunk by chunk, whatever model was asked.
#[test]
fn chunks_that_nobody_knows_are_all_there() {
    for model_id in [
        None,
        Some("us.deepseek.r1-v1:0"),
        Some("meta.llama3-8b-instruct-v1:0"),
        Some("amazon.titan-text-express-v1"),
        Some("openai.gpt-oss-20b-1:0"),
    ] {
        let chunks = [json!({"hologram": 1}), json!({"hologram": 2}), json!({"hologram": 3})];
        let (answer, _) = read(lines(&chunks).as_bytes(), model_id);
        assert_eq!(answer.unknown, chunks, "{model_id:?}");
        assert!(!answer.completeness.is_complete(), "{model_id:?}");
    }
}

/// A first chunk that may stand in streams of several formats decides nothing, and is not lost.
#[test]
fn what_many_send_decides_nothing() {
    let ping = json!({"type": "ping"});
    let filters = json!({"choices": [], "prompt_filter_results": [{"prompt_index": 0}]});
    let text = json!({"object": "text_completion", "choices": [{"index": 0, "text": "Hi", "finish_reason": "stop"}]});
    let call =
        json!({"content": "", "tool_calls": [{"id": "t", "function": {"name": "f", "arguments": "{}"}}]});
    for (chunks, format) in [
        (vec![ping.clone(), chat(json!({"content": "Hi"}), json!("stop"))], "openai-chat"),
        (vec![ping, json!({"generation": "Hi", "stop_reason": "stop"})], "llama"),
        (vec![filters.clone(), text], "text-completion"),
        (vec![filters, chat(json!({"content": "Hi"}), json!("stop"))], "openai-chat"),
        (vec![json!({"message": "H"}), json!({"message": "i", "finishReason": "stop"})], "pegasus"),
        // Two formats have such pieces; what only one of them has comes later, or never.
        (
            vec![plain(json!({"content": "Hi"}), Value::Null), plain(call, json!("tool_calls"))],
            "mistral-chat",
        ),
        (
            vec![
                plain(json!({"role": "assistant", "content": "H"}), Value::Null),
                plain(json!({"content": [{"type": "text", "text": "i"}]}), json!("stop")),
            ],
            "mistral-chat",
        ),
        (
            vec![
                plain(json!({"content": "H"}), Value::Null),
                plain(json!({"reasoning_content": "", "content": "i"}), json!("stop")),
            ],
            "deepseek",
        ),
        (vec![plain(json!({"content": "Hi"}), json!("stop"))], "deepseek"),
    ] {
        let (answer, events) = read(lines(&chunks).as_bytes(), None);
        assert_eq!((answer.format.as_str(), text_of(&events).as_str()), (format, "Hi"), "{chunks:?}");
        assert_eq!(answer.reply.text(), "Hi");
    }
}

/// What counts as arrived: anything but the announcement of an answer, and an error.
#[test]
fn an_announcement_is_nothing_yet() {
    let start = json!({"type": "message_start", "message": {"role": "assistant", "content": [], "usage": {"input_tokens": 1}}});
    for (chunks, arrived) in [
        (vec![], false),
        (vec![json!({})], false),
        (vec![start.clone()], false),
        (vec![start.clone(), json!({"type": "ping"})], false),
        (vec![start.clone(), json!({"type": "message_stop"})], true),
        (
            vec![
                start.clone(),
                json!({"type": "error", "error": {"type": "overloaded_error", "message": "m"}}),
            ],
            false,
        ),
        (vec![start.clone(), json!({"error": {"message": "m"}})], false),
        (
            vec![
                start,
                json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
            ],
            true,
        ),
        (vec![json!({"messageStart": {"role": "assistant"}})], false),
        (
            vec![
                json!({"messageStart": {"role": "assistant"}}),
                json!({"messageStop": {"stopReason": "end_turn"}}),
            ],
            true,
        ),
        (vec![chat(json!({"role": "assistant", "content": ""}), Value::Null)], false),
        (vec![chat(json!({"role": "assistant", "content": "a"}), Value::Null)], true),
        (vec![chat(json!({"content": ""}), Value::Null)], true),
        (vec![chat(json!({"role": "assistant"}), json!("stop"))], true),
        (
            vec![
                json!({"type": "response.created", "response": {"id": "r", "output": []}}),
                json!({"type": "response.in_progress", "response": {"id": "r"}}),
            ],
            false,
        ),
        (
            vec![
                json!({"type": "response.output_item.added", "output_index": 0, "item": {"type": "message"}}),
            ],
            true,
        ),
        (vec![json!({"generation": "", "prompt_token_count": 3, "stop_reason": null})], true),
        (vec![json!({"amazon-bedrock-invocationMetrics": {"inputTokenCount": 3}})], true),
        (vec![json!({"event_type": "stream-start", "generation_id": "g"})], false),
        (vec![json!({"hologram": 1})], true),
        (vec![json!({"message": "denied", "__type": "AccessDeniedException"})], false),
    ] {
        let mut reader = Reader::new(Framing::JsonLines);
        let _ = reader.push(lines(&chunks).as_bytes(), &mut EventSink::none());
        assert_eq!(reader.has_arrived(), arrived, "{chunks:?}");
    }
    let mut reader = Reader::new(Framing::JsonLines);
    reader.push(b"{no\n", &mut EventSink::none()).unwrap();
    assert!(reader.has_arrived(), "what cannot be read has arrived");
}

/// An error, or a chunk of a format that has no place for them, does not take what plain pieces said.
#[test]
fn what_is_held_is_not_lost_to_what_follows() {
    let held = [
        plain(json!({"role": "assistant", "content": "Hi"}), Value::Null),
        plain(json!({"content": " yo"}), Value::Null),
    ];
    for last in [
        json!({"error": {"message": "boom", "code": 500}}),
        json!({"type": "error", "error": {"type": "overloaded_error", "message": "boom"}}),
        json!({"type": "error", "code": "server_error", "message": "boom", "sequence_number": 3}),
        json!({"message": "boom"}),
        json!({"error": "boom"}),
        json!({"internalServerException": {"message": "boom"}}),
    ] {
        let (answer, events) =
            read(lines(&[&held[..], std::slice::from_ref(&last)].concat()).as_bytes(), None);
        assert_eq!((text_of(&events).as_str(), answer.text().as_str()), ("Hi yo", "Hi yo"), "{last}");
        let missing = answer.completeness.missing().unwrap();
        assert!(missing.exception.is_some(), "{last}: {missing}");
    }
    let jamba = json!({"id": "c", "choices": [{"index": 0, "delta": {"content": "Two"}, "finish_reason": "stop"}], "usage": {"completion_tokens": 1}});
    let (answer, events) = read(lines(&[&held[..], &[jamba]].concat()).as_bytes(), None);
    assert_eq!((text_of(&events).as_str(), answer.text().as_str()), ("Hi yo", "Hi yo"));
    assert!(!answer.completeness.is_complete());
}
