//! Laws that hold for any stream: how it is cut does not matter, and neither does whether the fast way was taken.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bedrock_aggregate::formats::{AnthropicAggregator, ConverseAggregator, NovaAggregator};
use bedrock_aggregate::{Aggregator, Event, EventSink, Fold, Framing, RawChunk, Reader};
use bedrock_eventstream::frame::FrameBuilder;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A block of an answer: its kind, and its text in pieces.
#[derive(Debug, Clone)]
struct Block {
    kind: Kind,
    pieces: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Thinking,
    Tool,
}

fn blocks() -> impl Strategy<Value = Vec<Block>> {
    let kind = prop_oneof![Just(Kind::Text), Just(Kind::Thinking), Just(Kind::Tool)];
    // Quotes, escapes, controls and characters of any width: what a scan could get wrong.
    let piece = prop_oneof![".{0,12}", "[\"\\\\/\u{8}\n\té日👩]{0,6}", Just(String::new())];
    let block = (kind, prop::collection::vec(piece, 0..6)).prop_map(|(kind, pieces)| Block { kind, pieces });
    prop::collection::vec(block, 0..5)
}

/// The events of ConverseStream for these blocks: name and payload, written as the service writes them.
fn converse(blocks: &[Block]) -> Vec<(&'static str, String)> {
    let mut events = vec![("messageStart", r#"{"role":"assistant","p":"ab"}"#.to_owned())];
    for (index, block) in blocks.iter().enumerate() {
        if block.kind == Kind::Tool {
            let start = json!({"toolUse": {"toolUseId": format!("t{index}"), "name": "tool"}});
            events
                .push(("contentBlockStart", json!({"contentBlockIndex": index, "start": start}).to_string()));
        }
        for piece in &block.pieces {
            let text = Value::from(piece.as_str());
            let delta = match block.kind {
                Kind::Text => format!(r#"{{"text":{text}}}"#),
                Kind::Thinking => format!(r#"{{"reasoningContent":{{"text":{text}}}}}"#),
                Kind::Tool => format!(r#"{{"toolUse":{{"input":{text}}}}}"#),
            };
            events.push((
                "contentBlockDelta",
                format!(r#"{{"contentBlockIndex":{index},"delta":{delta},"p":"abc"}}"#),
            ));
        }
        events.push(("contentBlockStop", format!(r#"{{"contentBlockIndex":{index}}}"#)));
    }
    events.push(("messageStop", r#"{"stopReason":"end_turn"}"#.to_owned()));
    let usage = json!({"inputTokens": 1, "outputTokens": 2, "totalTokens": 3});
    events.push(("metadata", json!({"usage": usage, "metrics": {"latencyMs": 4}}).to_string()));
    events
}

/// The same for Anthropic's stream.
fn anthropic(blocks: &[Block]) -> Vec<String> {
    let start = json!({"id": "m", "type": "message", "role": "assistant", "content": [], "usage": {"input_tokens": 1}});
    let mut events = vec![json!({"type": "message_start", "message": start}).to_string()];
    for (index, block) in blocks.iter().enumerate() {
        let (start, delta, key) = match block.kind {
            Kind::Text => (json!({"type": "text", "text": ""}), "text_delta", "text"),
            Kind::Thinking => (json!({"type": "thinking", "thinking": ""}), "thinking_delta", "thinking"),
            Kind::Tool => {
                let start =
                    json!({"type": "tool_use", "id": format!("t{index}"), "name": "tool", "input": {}});
                (start, "input_json_delta", "partial_json")
            }
        };
        events
            .push(json!({"type": "content_block_start", "index": index, "content_block": start}).to_string());
        for piece in &block.pieces {
            let text = Value::from(piece.as_str());
            let delta = format!(r#"{{"type":"{delta}","{key}":{text}}}"#);
            events.push(format!(r#"{{"type":"content_block_delta","index":{index},"delta":{delta}}}"#));
        }
        events.push(json!({"type": "content_block_stop", "index": index}).to_string());
    }
    let delta = json!({"stop_reason": "end_turn", "stop_sequence": null});
    events.push(json!({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 2}}).to_string());
    events.push(r#"{"type":"message_stop"}"#.to_owned());
    events
}

/// The same for Nova's, which gives each piece of text an index of its own.
fn nova(blocks: &[Block]) -> Vec<String> {
    let mut events = vec![r#"{"messageStart":{"role":"assistant"}}"#.to_owned()];
    let mut index = 0;
    for block in blocks {
        if block.kind == Kind::Tool {
            let start = json!({"toolUse": {"toolUseId": format!("t{index}"), "name": "tool"}});
            let start = json!({"contentBlockStart": {"start": start, "contentBlockIndex": index}});
            events.push(start.to_string());
        }
        for piece in &block.pieces {
            let text = Value::from(piece.as_str());
            let delta = match block.kind {
                Kind::Text => format!(r#"{{"text":{text}}}"#),
                Kind::Thinking => format!(r#"{{"reasoningContent":{{"text":{text}}}}}"#),
                Kind::Tool => format!(r#"{{"toolUse":{{"input":{text}}}}}"#),
            };
            events
                .push(format!(r#"{{"contentBlockDelta":{{"delta":{delta},"contentBlockIndex":{index}}}}}"#));
            if block.kind != Kind::Tool {
                events.push(json!({"contentBlockStop": {"contentBlockIndex": index}}).to_string());
                index += 1;
            }
        }
        if block.kind == Kind::Tool {
            events.push(json!({"contentBlockStop": {"contentBlockIndex": index}}).to_string());
            index += 2;
        }
    }
    events.push(r#"{"messageStop":{"stopReason":"end_turn"}}"#.to_owned());
    let usage = json!({"inputTokens": 1, "outputTokens": 2});
    events.push(json!({"metadata": {"usage": usage, "metrics": {}, "trace": {}}}).to_string());
    events
}

/// Folds raw chunks: what was emitted, and the message.
fn fold(mut fold: impl Fold, chunks: &[(Option<&str>, String)]) -> (Vec<Value>, Value) {
    let mut emitted = Vec::new();
    let mut on_event = |event: Event<'_>| emitted.push(serde_json::to_value(&event).unwrap());
    for (event_type, json) in chunks {
        let chunk = RawChunk { event_type: *event_type, json: json.as_bytes() };
        fold.push(chunk, &mut EventSink::new(&mut on_event)).unwrap();
    }
    (emitted, fold.build().unwrap().to_json())
}

/// Pushes each chunk in two ways: as it is, which the scan recognises; and with a blank before its last brace, which no scan
/// does. Both must come to the same.
fn check_scan<A: Aggregator + Fold + Default>(chunks: Vec<(Option<&str>, String)>) -> (Vec<Value>, Value) {
    let slow: Vec<_> = chunks.iter().map(|(name, json)| (*name, format!(" {json}"))).collect();
    let fast = fold(A::default(), &chunks);
    assert_eq!(fast, fold(A::default(), &slow), "the scan and serde");
    fast
}

/// What the blocks amount to, as a reply has it: texts and reasonings joined, inputs in order.
fn check_content(blocks: &[Block], emitted: &[Value]) {
    let said = |kind: Kind| -> String {
        blocks
            .iter()
            .filter(|block| block.kind == kind)
            .flat_map(|block| &block.pieces)
            .map(String::as_str)
            .collect()
    };
    let shown = |kind: &str, key: &str| -> String {
        emitted.iter().filter(|event| event["type"] == kind).filter_map(|event| event[key].as_str()).collect()
    };
    assert_eq!(shown("text_delta", "text"), said(Kind::Text));
    assert_eq!(shown("thinking_delta", "text"), said(Kind::Thinking));
    assert_eq!(shown("tool_input_delta", "json"), said(Kind::Tool));
}

proptest! {
    #[test]
    fn the_scan_and_serde_agree(blocks in blocks()) {
        let named = converse(&blocks).into_iter().map(|(name, json)| (Some(name), json)).collect();
        check_content(&blocks, &check_scan::<ConverseAggregator>(named).0);
        let unnamed = |events: Vec<String>| events.into_iter().map(|json| (None, json)).collect();
        check_content(&blocks, &check_scan::<AnthropicAggregator>(unnamed(anthropic(&blocks))).0);
        check_content(&blocks, &check_scan::<NovaAggregator>(unnamed(nova(&blocks))).0);
    }

    #[test]
    fn how_a_stream_is_cut_does_not_matter(blocks in blocks(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        let body: Vec<u8> = converse(&blocks)
            .iter()
            .flat_map(|(name, json)| FrameBuilder::event(name).build(json.as_bytes()).unwrap().into_bytes())
            .collect();
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(body.len() + 1)).chain([0, body.len()]).collect();
        cuts.sort_unstable();
        let read = |pieces: &[&[u8]]| {
            let mut emitted = Vec::new();
            let mut on_event = |event: Event<'_>| emitted.push(event.into_owned());
            let mut reader = Reader::new(Framing::EventStream);
            for piece in pieces {
                reader.push(piece, &mut EventSink::new(&mut on_event)).unwrap();
            }
            let answer = reader.finish(&mut EventSink::new(&mut on_event)).unwrap();
            (emitted, answer)
        };
        let pieces: Vec<_> = cuts.windows(2).map(|ends| &body[ends[0]..ends[1]]).collect();
        let whole = read(&[&body]);
        prop_assert!(whole.1.completeness.is_complete());
        prop_assert_eq!(read(&pieces), whole);
    }

    #[test]
    fn a_cleared_fold_is_a_new_one(first in blocks(), second in blocks()) {
        let mut used = AnthropicAggregator::default();
        let events = &mut EventSink::none();
        for json in anthropic(&first) {
            Fold::push(&mut used, RawChunk::new(json.as_bytes()), events).unwrap();
        }
        Aggregator::build(&mut used).unwrap();
        prop_assert!(Aggregator::build(&mut used).is_err(), "a message is built once");
        Aggregator::clear(&mut used);
        let unnamed = |blocks: &[Block]| anthropic(blocks).into_iter().map(|json| (None, json)).collect::<Vec<_>>();
        prop_assert_eq!(fold(used, &unnamed(&second)), fold(AnthropicAggregator::default(), &unnamed(&second)));
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>()) {
        for framing in [Framing::EventStream, Framing::Sse, Framing::JsonLines, Framing::Json] {
            let mut body: Vec<u8> = anthropic(&[]).join("\n").into_bytes();
            let at = at.index(body.len());
            body.splice(at..at, bytes.iter().copied());
            let mut reader = Reader::new(framing);
            let _ = reader.push(&body, &mut EventSink::none());
            let _ = reader.finish(&mut EventSink::none());
        }
    }
}
