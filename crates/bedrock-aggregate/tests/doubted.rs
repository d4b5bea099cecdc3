//! What is emitted, and what is answered, where the format that a stream seems to be in at first is not the one that it turns out
//! to be in: one story, whichever fold began it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bedrock_aggregate::{Answer, Event, EventSink, Framing, Reader};
use bedrock_eventstream::frame::FrameBuilder;
use bedrock_testing::splits;
use bedrock_testing::story::one_story;
use serde_json::{Value, json};

const NOVA: &str = "us.amazon.nova-lite-v1:0";
const CLAUDE: &str = "anthropic.claude-sonnet-4-20250514-v1:0";

/// The answer of a stream and what is emitted of it: one story, the same at any split.
fn read(framing: Framing, body: &[u8], model_id: Option<&str>) -> (Answer, Vec<Value>) {
    let mut first = None;
    for pieces in splits(body, body.len() as u64) {
        let mut emitted = Vec::new();
        let mut on_event = |event: Event<'_>| emitted.push(serde_json::to_value(&event).unwrap());
        let mut reader = Reader::new(framing);
        if let Some(model_id) = model_id {
            reader = reader.with_model_id(model_id);
        }
        for piece in pieces {
            reader.push(piece, &mut EventSink::new(&mut on_event)).unwrap();
        }
        let answer = reader.finish(&mut EventSink::new(&mut on_event)).unwrap();
        let shown = serde_json::to_value(&answer).unwrap();
        one_story(&emitted, &shown).unwrap_or_else(|why| panic!("{why}\n{emitted:#?}\n{shown:#}"));
        assert_eq!(first.get_or_insert_with(|| (answer.clone(), emitted.clone())), &(answer, emitted));
    }
    first.unwrap()
}

fn delta(index: u64, delta: Value) -> Value {
    json!({"contentBlockDelta": {"contentBlockIndex": index, "delta": delta}})
}

fn text(index: u64, text: &str) -> Value {
    delta(index, json!({"text": text}))
}

fn input(index: u64, json: &str) -> Value {
    delta(index, json!({"toolUse": {"input": json}}))
}

fn call(index: u64, id: &str) -> Value {
    json!({"contentBlockStart": {"contentBlockIndex": index, "start": {"toolUse": {"toolUseId": id, "name": "f"}}}})
}

fn stop(index: u64) -> Value {
    json!({"contentBlockStop": {"contentBlockIndex": index}})
}

fn end(counts: Value) -> [Value; 2] {
    [json!({"messageStop": {"stopReason": "end_turn"}}), json!({"metadata": counts})]
}

fn of_nova() -> [Value; 2] {
    end(json!({"usage": {"inputTokens": 5, "outputTokens": 6}, "metrics": {}, "trace": {}}))
}

fn of_converse() -> [Value; 2] {
    end(
        json!({"usage": {"inputTokens": 5, "outputTokens": 6, "totalTokens": 11}, "metrics": {"latencyMs": 10}}),
    )
}

/// Chunks as InvokeModel sends them.
fn frames(chunks: &[Value]) -> Vec<u8> {
    let frame = |chunk: &Value| {
        let bytes = base64_simd::STANDARD.encode_to_string(chunk.to_string());
        FrameBuilder::event("chunk").build(json!({"bytes": bytes, "p": "ab"}).to_string().as_bytes()).unwrap()
    };
    chunks.iter().flat_map(|chunk| frame(chunk).into_bytes()).collect()
}

/// The events emitted, in short.
fn outline(events: &[Value]) -> String {
    let summary = |event: &Value| {
        let index = event["index"].as_u64().map(|index| format!(" {index}")).unwrap_or_default();
        let text = |key: &str| event[key].as_str().map(|text| format!(" {text}")).unwrap_or_default();
        format!("{}{index}{}{}", event["type"].as_str().unwrap(), text("text"), text("json"))
    };
    events.iter().map(summary).collect::<Vec<_>>().join(", ")
}

/// Not every server that speaks for Nova cuts a text as Nova does. What looks like Converse's events, and comes as InvokeModel
/// sends Nova's, is decided by the last of them.
#[test]
fn what_invoke_model_brings_is_contradicted_by_its_last_chunk() {
    let in_pieces = [text(0, "a"), text(0, "b"), stop(0)];
    let with_call = [&in_pieces[..], &[call(1, "t"), input(1, "{}"), stop(1)]].concat();
    let single = [text(1, "c"), stop(1), text(2, "d"), stop(2)];
    let both = [&in_pieces[..], &single].concat();
    let metrics = "amazon-bedrock-invocationMetrics";
    let mut nova = of_nova();
    let mut bare = end(json!({"usage": {"inputTokens": 5, "outputTokens": 6}}));
    for last in [&mut nova, &mut bare] {
        last[1][metrics] = json!({"inputTokenCount": 5, "outputTokenCount": 6});
    }
    let start = "message_start, text_start 0, text_delta 0 a, text_delta 0 b";
    let end = "stop, usage, message_end";
    let call = "tool_use_start 1, tool_input_delta 1 {}, tool_use_end 1";
    for (what, blocks, last, format, content, emitted) in [
        ("pieces", &in_pieces[..], &nova, "nova", 1, format!("{start}, text_end 0, {end}")),
        ("measured pieces", &in_pieces, &bare, "nova", 1, format!("{start}, text_end 0, {end}")),
        (
            "pieces of Converse",
            &in_pieces,
            &of_converse(),
            "converse",
            1,
            format!("{start}, text_end 0, {end}"),
        ),
        ("pieces and a call", &with_call, &nova, "nova", 2, format!("{start}, text_end 0, {call}, {end}")),
        // What was emitted as blocks of Converse stays so; the text is the same.
        (
            "pieces in both ways",
            &both,
            &nova,
            "nova",
            1,
            format!(
                "{start}, text_end 0, text_start 1, text_delta 1 c, text_end 1, text_start 2, text_delta 2 d, text_end 2, {end}"
            ),
        ),
        (
            "pieces as Nova's",
            &single,
            &nova,
            "nova",
            1,
            format!("message_start, text_start 0, text_delta 0 c, text_delta 0 d, text_end 0, {end}"),
        ),
    ] {
        let chunks = [&[json!({"messageStart": {"role": "assistant"}})], blocks, last].concat();
        let body = frames(&chunks);
        for model_id in [None, Some(NOVA), Some(CLAUDE)] {
            let (answer, events) = read(Framing::EventStream, &body, model_id);
            assert_eq!(answer.format, format, "{what}, {model_id:?}");
            assert!(answer.completeness.is_complete(), "{what}: {:?}", answer.completeness);
            assert_eq!(answer.reply.content.len(), content, "{what}: {:?}", answer.reply.content);
            if (what, model_id) != ("pieces as Nova's", Some(CLAUDE)) {
                assert_eq!(outline(&events), emitted, "{what}, {model_id:?}");
            }
        }
    }
}

/// A call that was emitted under one index goes on under it, and does not begin twice; why the model stopped is emitted when that is
/// certain, and behind all else.
#[test]
fn what_was_emitted_is_made_to_fit() {
    let pieces = [text(0, "a"), text(0, "b"), stop(0), text(1, "c"), stop(1)];
    let start = "message_start, text_start 0, text_delta 0 a, text_delta 0 b, text_end 0, text_start 1, text_delta 1 c, text_end 1";
    let think = |index: u64, text: &str| delta(index, json!({"reasoningContent": {"text": text}}));
    let mut blocked = of_nova();
    blocked[1]["amazon-bedrock-guardrailAction"] = json!("INTERVENED");
    for (what, chunks, last, format, missing, emitted) in [
        (
            "a call that nothing ended",
            [&pieces[..], &[call(2, "t"), input(2, "{}")]].concat(),
            of_nova(),
            "nova",
            &["block"][..],
            format!("{start}, tool_use_start 2, tool_input_delta 2 {{}}, stop, usage"),
        ),
        (
            "calls that nothing ended",
            [&pieces[..], &[call(3, "t"), call(2, "u"), input(3, "{}")]].concat(),
            of_nova(),
            "nova",
            &["block"],
            format!("{start}, tool_use_start 3, tool_use_start 2, tool_input_delta 3 {{}}, stop, usage"),
        ),
        (
            "reasoning that nothing ended",
            vec![think(0, "x"), think(0, "y"), text(1, "a"), stop(1)],
            of_nova(),
            "nova",
            &["block"],
            "message_start, thinking_start 0, thinking_delta 0 x, thinking_delta 0 y, text_start 1, text_delta 1 a, \
             text_end 1, thinking_end 0, stop, usage"
                .to_owned(),
        ),
        ("a guardrail's verdict", pieces.to_vec(), blocked, "nova", &[], format!("{start}, stop, usage, message_end")),
        (
            "a block's index used again, which only Nova takes for a block of its own",
            [&pieces[..], &[call(0, "t"), input(0, "{}"), stop(0)]].concat(),
            of_nova(),
            "nova",
            &[],
            format!("{start}, tool_use_start 2, tool_input_delta 2 {{}}, tool_use_end 2, stop, usage, message_end"),
        ),
        (
            "a text that goes on behind the counts",
            [&[text(0, "a"), text(1, "b")], &of_nova()[1..], &[stop(1), text(2, "c"), stop(2)]].concat(),
            of_nova(),
            "nova",
            &["block"],
            "message_start, text_start 0, text_delta 0 a, text_start 1, text_delta 1 b, text_end 0, usage, text_delta 1 c, \
             text_end 1, stop, usage"
                .to_owned(),
        ),
        (
            "a text that goes back to its index",
            vec![text(0, "a"), text(1, "b"), text(0, "c"), stop(1), stop(0)],
            of_nova(),
            "converse",
            &[],
            "message_start, text_start 0, text_delta 0 a, text_start 1, text_delta 1 b, text_delta 0 c, text_end 1, \
             text_end 0, stop, usage, message_end"
                .to_owned(),
        ),
        (
            "texts in another order than that of their indexes",
            vec![text(1, "b"), stop(1), text(2, "c"), stop(2), text(0, "a"), stop(0)],
            of_nova(),
            "nova",
            &[],
            "message_start, text_start 0, text_delta 0 b, text_delta 0 c, text_delta 0 a, text_end 0, stop, usage, message_end"
                .to_owned(),
        ),
        (
            "a stop behind the end of what was open",
            [&pieces[..2], &[json!({"messageStop": {"stopReason": "end_turn"}}), stop(0)]].concat(),
            of_converse(),
            "converse",
            &["chunk", "block", "usage"],
            "message_start, text_start 0, text_delta 0 a, text_delta 0 b, stop".to_owned(),
        ),
    ] {
        let chunks = [&[json!({"messageStart": {"role": "assistant"}})], &chunks[..], &last].concat();
        let lines: String = chunks.iter().map(|chunk| format!("{chunk}\n")).collect();
        let (answer, events) = read(Framing::JsonLines, lines.as_bytes(), None);
        assert_eq!(answer.format, format, "{what}");
        assert_eq!(outline(&events), emitted, "{what}");
        let names = answer.completeness.missing().map(|missing| missing.names()).unwrap_or_default();
        assert_eq!(names, missing, "{what}");
    }
}

/// What another protocol's events look like is no block of Converse's: they do not say of which block they are.
#[test]
fn a_delta_of_nobody_s_is_no_block() {
    let foreign = json!({"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": ""}});
    let chunks = [
        &[json!({"messageStart": {"role": "assistant"}}), foreign.clone()],
        &[call(0, "t"), input(0, "{}"), stop(0)][..],
        &of_converse(),
    ]
    .concat();
    let lines: String = chunks.iter().map(|chunk| format!("{chunk}\n")).collect();
    let (answer, events) = read(Framing::JsonLines, lines.as_bytes(), None);
    assert_eq!((answer.format.as_str(), answer.reply.content.len()), ("converse", 1));
    assert_eq!(answer.unknown, [foreign]);
    let emitted = "message_start, unknown, tool_use_start 0, tool_input_delta 0 {}, tool_use_end 0, stop, usage, message_end";
    assert_eq!(outline(&events), emitted);
}
