//! Whatever else arrives is data and no error, in every format: what these tests do to a stream leaves the message what it was,
//! or leaves of it what had arrived.

use bedrock_aggregate::{Answer, Event, EventSink, Framing, Place, ReadError, Reader};
use bedrock_eventstream::frame::FrameBuilder;
use serde_json::{Value, json};

use super::dice::Dice;
use super::{ALL, Generated, framed, measurements, read};

/// Messages of every format, some of each.
fn every(mut test: impl FnMut(&str, Generated, &mut Dice)) {
    for (name, make) in ALL {
        for seed in 0..40u32 {
            let mixed = |n: u32| (n + 131 * seed).wrapping_mul(2_654_435_761).rotate_left(n % 11) >> 5;
            let mut dice = Dice::new((1..90).map(mixed).collect());
            let generated = make(&mut dice);
            test(name, generated, &mut dice);
        }
    }
}

/// Reads a generated stream with its format given: a change may take away what identifies it.
fn fold(generated: &Generated, dice: &mut Dice) -> Answer {
    let body = framed(generated, &generated.events, dice);
    let reader = Reader::new(generated.framing).with_model_id(generated.model_id);
    let mut reader = reader.with_format(generated.format).unwrap();
    let _ = reader.push(&body, &mut EventSink::none());
    reader.finish(&mut EventSink::none()).unwrap()
}

/// Every object of a document, but for the inputs of tools: they are the model's words, and also come in pieces.
fn objects(value: &mut Value, change: &mut impl FnMut(&mut serde_json::Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            let own = object.iter_mut().filter(|(key, _)| *key != "parameters");
            own.for_each(|(_, value)| objects(value, change));
            change(object);
        }
        Value::Array(list) => list.iter_mut().for_each(|value| objects(value, change)),
        _ => {}
    }
}

fn numbers(value: &mut Value, change: &mut impl FnMut(&mut Value)) {
    match value {
        Value::Object(object) => object.values_mut().for_each(|value| numbers(value, change)),
        Value::Array(list) => list.iter_mut().for_each(|value| numbers(value, change)),
        Value::Number(_) => change(value),
        _ => {}
    }
}

/// What a reader would say of the answer, tool inputs aside.
fn said(answer: &Answer) -> (String, String, usize, Option<String>) {
    let reply = &answer.reply;
    (reply.text(), reply.thinking(), reply.tool_uses().count(), reply.native_stop_reason.clone())
}

fn assert_sound(name: &str, answer: &Answer) {
    assert!(answer.malformed.is_empty(), "{name}: {:?}", answer.malformed);
    assert!(answer.completeness.is_complete(), "{name}: {:?}", answer.completeness);
}

#[test]
fn floats_for_integers() {
    every(|name, mut generated, dice| {
        for (_, chunk) in &mut generated.events {
            numbers(chunk, &mut |number| *number = json!(number.as_f64()));
        }
        let answer = fold(&generated, dice);
        assert_sound(name, &answer);
        let native = answer.native.unwrap().to_json();
        assert_eq!(bedrock_testing::difference(&generated.whole, &native), None, "{name}");
    });
}

#[test]
fn nulls_and_extra_fields_anywhere() {
    for new in [Value::Null, json!({"a": [1]}), json!("b")] {
        every(|name, mut generated, dice| {
            let plain = said(&fold(&generated, dice));
            for (_, chunk) in &mut generated.events {
                objects(chunk, &mut |object| drop(object.insert("x_new".to_owned(), new.clone())));
            }
            let answer = fold(&generated, dice);
            assert_sound(name, &answer);
            assert_eq!(said(&answer), plain, "{name} with {new}");
        });
    }
}

/// A key beside those of the last chunk's own is found again: in the answer, or among what was not known.
#[test]
fn extra_fields_are_kept() {
    let mut lost = std::collections::BTreeSet::new();
    every(|name, mut generated, dice| {
        let (_, last) = generated.events.last_mut().unwrap();
        last["x_new"] = json!({"kept": "for you"});
        let answer = fold(&generated, dice);
        assert_sound(name, &answer);
        let kept = json!({"native": answer.native, "unknown": answer.unknown}).to_string();
        if !kept.contains("for you") {
            lost.insert(name.to_owned());
        }
    });
    assert!(lost.is_empty(), "{lost:?}");
}

#[test]
fn missing_fields_and_nulls_for_fields() {
    let mut changed = 0;
    every(|name, mut generated, dice| {
        let at = dice.below(generated.events.len());
        let mut keys = 0;
        objects(&mut generated.events[at].1, &mut |object| keys += object.len());
        let (mut left, nulls) = (dice.below(keys.max(1)), dice.flip());
        objects(&mut generated.events[at].1, &mut |object| {
            if let Some(key) = object.keys().nth(left).cloned().filter(|_| left < object.len()) {
                changed += 1;
                left = usize::MAX;
                match nulls {
                    true => drop(object.insert(key, Value::Null)),
                    false => drop(object.shift_remove(&key)),
                }
            } else if left != usize::MAX {
                left -= object.len();
            }
        });
        let answer = fold(&generated, dice);
        assert!(answer.malformed.is_empty(), "{name}: {:?}\n{}", answer.malformed, generated.events[at].1);
    });
    assert!(changed > 700, "{changed} fields");
}

#[test]
fn metrics_on_any_chunk() {
    every(|name, mut generated, dice| {
        // Where the measurements are the only mark of the end, they have one place; Converse has none of them.
        let is_invoked = generated.events.iter().all(|(name, _)| name.is_none())
            && generated.framing == Framing::EventStream;
        if !is_invoked || ["ai21_j2", "text_completion_bare"].contains(&name) {
            return;
        }
        for (_, chunk) in &mut generated.events {
            chunk.as_object_mut().unwrap().shift_remove("amazon-bedrock-invocationMetrics");
        }
        let at = dice.below(generated.events.len());
        let metrics = measurements(dice);
        generated.events[at].1["amazon-bedrock-invocationMetrics"] = metrics.clone();
        let answer = fold(&generated, dice);
        assert_sound(name, &answer);
        assert_eq!(answer.native.unwrap().to_json(), generated.whole, "{name}");
        assert_eq!(json!(answer.invocation_metrics), metrics, "{name}");
    });
}

#[test]
fn guardrail_keys_on_any_format() {
    for action in ["NONE", "INTERVENED"] {
        every(|name, mut generated, dice| {
            if name == "converse" {
                return; // It has words of its own for it.
            }
            for (_, chunk) in &mut generated.events {
                chunk["amazon-bedrock-guardrailAction"] = json!(action);
            }
            let trace = json!({"guardrail": {"input": {}}});
            generated.events.last_mut().unwrap().1["amazon-bedrock-trace"] = trace.clone();
            let plain = said(&fold(&generated, dice));
            let answer = fold(&generated, dice);
            assert_sound(name, &answer);
            assert_eq!(said(&answer), plain, "{name}");
            let stop = answer.reply.stop_reason.map(|stop| stop.as_str().to_owned());
            assert_eq!(
                stop.as_deref() == Some("guardrail_intervened"),
                action == "INTERVENED",
                "{name}: {stop:?}"
            );
            let native = answer.native.unwrap().to_json();
            assert_eq!(native["amazon-bedrock-guardrailAction"], action, "{name}");
            assert_eq!(native["amazon-bedrock-trace"], trace, "{name}");
        });
    }
}

/// Deltas whose beginning was lost.
#[test]
fn deltas_without_a_start() {
    const STARTS: &[&str] = &[
        "message_start",
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "stream-start",
    ];
    let mut dropped = 0;
    every(|name, mut generated, dice| {
        let plain = fold(&generated, dice).reply;
        let before = generated.events.len();
        generated.events.retain(|(name, chunk)| {
            let kind = chunk["type"].as_str().or(chunk["event_type"].as_str()).unwrap_or_default();
            let is_text_start = kind == "content_block_start"
                && ["text", "thinking"].contains(&chunk["content_block"]["type"].as_str().unwrap());
            let is_message = name.as_deref() == Some("messageStart") || chunk.get("messageStart").is_some();
            !STARTS.contains(&kind) && !is_text_start && !is_message
        });
        dropped += before - generated.events.len();
        let answer = fold(&generated, dice);
        assert!(answer.malformed.is_empty(), "{name}: {:?}", answer.malformed);
        assert_eq!(
            (answer.reply.text(), answer.reply.thinking()),
            (plain.text(), plain.thinking()),
            "{name}"
        );
    });
    assert!(dropped > 100, "{dropped} starts");
}

#[test]
fn empty_deltas() {
    const GROW: &[&str] = &[
        "text",
        "outputText",
        "generation",
        "completion",
        "content",
        "reasoning_content",
        "delta",
        "thinking",
        "partial_json",
        "arguments",
        "parameters",
        "refusal",
    ];
    const NOT_TWICE: &[&str] = &[
        "\"citation",
        "logprobs",
        "finish_reason\":\"",
        "stop_reason\":\"",
        "completionReason\":\"",
        "finishReason\":\"",
        ".done\"",
        ".added\"",
        "_start\"",
        "tool-calls-generation",
        "\"completions\"",
        "\"generations\"",
        "\"response\"",
        "invocationMetrics",
        "\"meta\"",
    ];
    let mut added = 0;
    every(|name, mut generated, dice| {
        let mut events = Vec::new();
        for (event, chunk) in &generated.events {
            let text = chunk.to_string();
            let mut emptied = chunk.clone();
            objects(&mut emptied, &mut |object| {
                let grown = object
                    .iter_mut()
                    .filter(|(key, value)| GROW.contains(&key.as_str()) && value.is_string());
                grown.for_each(|(_, value)| *value = json!(""));
            });
            if emptied != *chunk && !NOT_TWICE.iter().any(|word| text.contains(word)) {
                events.push((event.clone(), emptied));
                added += 1;
            }
            events.push((event.clone(), chunk.clone()));
        }
        let (usage, _) = (generated.whole["usage"].clone(), std::mem::replace(&mut generated.events, events));
        let answer = fold(&generated, dice);
        assert_sound(name, &answer);
        let mut native = answer.native.unwrap().to_json();
        if !usage.is_null() {
            native["usage"] = usage;
        }
        assert_eq!(native, generated.whole, "{name}");
    });
    assert!(added > 500, "{added} deltas");
}

/// A frame or event that holds no chunk.
fn broken(generated: &Generated) -> Vec<u8> {
    match generated.framing {
        Framing::EventStream if generated.format == "converse" => {
            FrameBuilder::event("contentBlockDelta").build(b"{\"no\xff").unwrap().as_bytes().to_vec()
        }
        Framing::EventStream => {
            FrameBuilder::event("chunk").build(b"{\"bytes\":\"!\xff\"}").unwrap().as_bytes().to_vec()
        }
        _ => b"data: {\"no\n\n".to_vec(),
    }
}

/// It is reported with its place and its bytes, and the stream goes on, unless the caller says that it ends there.
#[test]
fn a_malformed_chunk_is_reported_with_its_bytes_and_ends_nothing_unless_asked_to() {
    every(|name, generated, dice| {
        let at = dice.below(generated.events.len() + 1);
        let (before, after) = generated.events.split_at(at);
        let before = framed(&generated, before, dice);
        let body = [before.clone(), broken(&generated), framed(&generated, after, dice)].concat();
        let reader = || {
            Reader::new(generated.framing)
                .with_model_id(generated.model_id)
                .with_format(generated.format)
                .unwrap()
        };

        let mut lenient = reader();
        lenient.push(&body, &mut EventSink::none()).unwrap();
        let so_far = lenient.snapshot().map(|answer| answer.malformed.len());
        assert_eq!(so_far, Some(1), "{name}: it is seen before the end");
        let answer = lenient.finish(&mut EventSink::none()).unwrap();
        assert_eq!(
            answer.native.as_ref().map(|native| native.to_json()),
            Some(generated.whole.clone()),
            "{name}"
        );
        assert_eq!(answer.completeness.missing().unwrap().names(), ["chunk"], "{name}");
        let [malformed] = answer.malformed.as_slice() else { panic!("{name}: {:?}", answer.malformed) };
        assert_eq!(malformed.place, Place::Byte(before.len() as u64), "{name}");
        let bytes = broken(&generated);
        assert!(
            bytes.windows(malformed.raw.len()).any(|window| window == malformed.raw),
            "{name}: {malformed:?}"
        );
        assert!(malformed.raw.starts_with(b"{\""), "{name}: {malformed:?}");

        let mut strict = reader().stop_at_malformed();
        let error = strict.push(&body, &mut EventSink::none()).unwrap_err();
        assert_eq!(error, ReadError::Malformed(malformed.clone()), "{name}");
        assert_eq!(strict.push(b"", &mut EventSink::none()), Err(error), "{name}: an error is final");
        let kept = strict.finish(&mut EventSink::none()).unwrap();
        let mut up_to = reader();
        up_to.push(&before, &mut EventSink::none()).unwrap();
        let up_to = up_to.finish(&mut EventSink::none()).unwrap();
        assert_eq!(kept.native, up_to.native, "{name}: what had arrived is kept");
    });
}

/// What was emitted before an exception, a cut frame or a damaged one is in the answer, which says what ended it.
#[test]
fn what_arrived_before_the_end_is_kept() {
    every(|name, generated, dice| {
        if generated.framing != Framing::EventStream || generated.events.len() < 2 {
            return;
        }
        let at = 1 + dice.below(generated.events.len() - 1);
        let before = framed(&generated, &generated.events[..at], dice);
        let next = framed(&generated, &generated.events[at..=at], dice);
        let mut damaged = next.clone();
        let middle = damaged.len() - 7;
        damaged[middle] ^= 1;
        let exception =
            FrameBuilder::exception("modelTimeoutException").build(b"{\"message\":\"late\"}").unwrap();
        let (plain, _) = fold_events(&generated, &before);
        for (what, end) in [
            ("exception", &exception.as_bytes()[..]),
            ("frame", &next[..next.len() - 1]),
            ("frame", &damaged[..]),
            ("frame", &next[..3]),
        ] {
            let (answer, emitted) = fold_events(&generated, &[before.as_slice(), end].concat());
            assert_eq!(answer.native, plain.native, "{name} before {what}");
            let names = answer.completeness.missing().unwrap_or_else(|| panic!("{name}: complete")).names();
            assert!(names.contains(&what), "{name}: {names:?}");
            assert_eq!(answer.reply.content.is_empty(), plain.reply.content.is_empty(), "{name}");
            let text: String = emitted
                .iter()
                .filter(|event| event["type"] == "text_delta")
                .filter_map(|event| event["text"].as_str())
                .collect();
            // A choice that is not the first is emitted whole, as a block.
            let is_other = text.is_empty() && emitted.iter().any(|event| event["type"] == "block");
            assert!(is_other || text.len() == answer.reply.text().len(), "{name}: {text:?} emitted");
        }
    });
}

fn fold_events(generated: &Generated, body: &[u8]) -> (Answer, Vec<Value>) {
    let mut emitted = Vec::new();
    let mut on_event = |event: Event<'_>| emitted.push(serde_json::to_value(&event).unwrap());
    let mut reader = Reader::new(generated.framing)
        .with_model_id(generated.model_id)
        .with_format(generated.format)
        .unwrap();
    let _ = reader.push(body, &mut EventSink::new(&mut on_event));
    let answer = reader.finish(&mut EventSink::new(&mut on_event)).unwrap();
    (answer, emitted)
}

/// Blocks that grow in turns, and indexes that jump, are drawn with every message; here it is seen that they are.
#[test]
fn interleaved_blocks_and_indexes_that_jump() {
    let (mut turns, mut jumps) = (0, 0);
    every(|name, generated, dice| {
        if !["anthropic", "converse", "nova"].contains(&name) {
            return;
        }
        let index = |chunk: &Value| {
            let of =
                |chunk: &Value| chunk.get("index").or(chunk.get("contentBlockIndex")).and_then(Value::as_u64);
            of(chunk).or_else(|| chunk.as_object()?.values().find_map(of))
        };
        let indexes: Vec<_> = generated.events.iter().filter_map(|(_, chunk)| index(chunk)).collect();
        turns += usize::from(indexes.windows(2).any(|pair| pair[1] < pair[0]));
        jumps += usize::from(indexes.windows(2).any(|pair| pair[1] > pair[0] + 1));
        let body = framed(&generated, &generated.events, dice);
        let (answer, _) = read(&generated, &[&body]);
        assert_eq!(answer.native.unwrap().to_json(), generated.whole, "{name}");
    });
    assert!(turns > 10 && jumps > 10, "{turns} in turns, {jumps} with jumps");
}

/// A limit falls where it falls: what lies before it is read, whatever the pieces are.
#[test]
fn a_limit_cuts_at_a_byte() {
    every(|name, generated, dice| {
        let body = framed(&generated, &generated.events, dice);
        let limit = dice.below(body.len());
        let cut = |size: usize| {
            let reader =
                Reader::new(generated.framing).with_model_id(generated.model_id).with_max_bytes(limit as u64);
            let mut reader = reader.with_format(generated.format).unwrap();
            let mut emitted = Vec::new();
            let mut on_event = |event: Event<'_>| emitted.push(format!("{event:?}"));
            let mut failed = None;
            for piece in body.chunks(size.max(1)) {
                if let Err(error) = reader.push(piece, &mut EventSink::new(&mut on_event)) {
                    failed = Some(error);
                    break;
                }
            }
            assert!(matches!(failed, Some(ReadError::TooLong { .. })), "{name}: {failed:?}");
            emitted
        };
        let whole = cut(body.len());
        for size in [1, 7, 100, limit] {
            assert_eq!(cut(size), whole, "{name}: {limit} bytes in pieces of {size}");
        }
    });
}
