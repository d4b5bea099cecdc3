//! Streamed equals whole, for each format: a message that is cut into chunks in any way that the format allows, framed as it
//! travels and cut again anywhere as bytes, comes out as exactly that message.
//!
//! A format is one function that generates a message and writes it twice: as it is sent whole, and as the chunks of a stream. What
//! holds for all of them stands once, in [`check`].

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod blocks;
mod chats;
mod dice;
mod nothing_lost;
mod responses;
mod texts;

use std::collections::BTreeMap;

use bedrock_aggregate::{Answer, Event, EventSink, Framing, Reader, Registry};
use bedrock_eventstream::frame::FrameBuilder;
use dice::Dice;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A generated message, whole and as a stream.
pub(crate) struct Generated {
    pub(crate) format: &'static str,
    pub(crate) model_id: &'static str,
    pub(crate) framing: Framing,
    /// The events: the name under which each travels, where it has one, and its JSON.
    pub(crate) events: Vec<(Option<String>, Value)>,
    /// The message as it is sent whole.
    pub(crate) whole: Value,
    /// Where the last event brings the message again: what of it is the same without that event.
    pub(crate) without_last: &'static [&'static str],
}

impl Generated {
    /// Chunks of InvokeModel, the last with Bedrock's measurements.
    pub(crate) fn invoked(
        format: &'static str,
        model_id: &'static str,
        chunks: Vec<Value>,
        whole: Value,
    ) -> Self {
        let events = chunks.into_iter().map(|chunk| (None, chunk)).collect();
        Self { format, model_id, framing: Framing::EventStream, events, whole, without_last: &[] }
    }

    /// Adds the measurements to the last chunk.
    pub(crate) fn measured(mut self, dice: &mut Dice) -> Self {
        let last = self.events.last_mut().and_then(|(_, chunk)| chunk.as_object_mut()).unwrap();
        last.insert("amazon-bedrock-invocationMetrics".to_owned(), measurements(dice));
        self
    }
}

pub(crate) fn measurements(dice: &mut Dice) -> Value {
    json!({"inputTokenCount": dice.count(), "outputTokenCount": dice.count(), "invocationLatency": 9, "firstByteLatency": 4})
}

/// The body as it travels, padded at random.
fn framed(generated: &Generated, events: &[(Option<String>, Value)], dice: &mut Dice) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, chunk) in events {
        // No scan knows a chunk with a blank before it: the slow way must come to the same.
        let blank = if dice.below(4) == 0 { " " } else { "" };
        match (generated.framing, name) {
            (Framing::EventStream, Some(name)) => {
                let mut payload = chunk.clone();
                payload["p"] = json!("abcdefghij"[..dice.below(10)]);
                let payload = format!("{blank}{payload}");
                body.extend(FrameBuilder::event(name).build(payload.as_bytes()).unwrap().as_bytes());
            }
            (Framing::EventStream, None) => {
                let bytes = base64(format!("{blank}{chunk}").as_bytes());
                let payload = format!(r#"{{"bytes":"{bytes}","p":"{}"}}"#, &"abcdefghij"[..dice.below(10)]);
                body.extend(FrameBuilder::event("chunk").build(payload.as_bytes()).unwrap().as_bytes());
            }
            (_, name) => {
                let end = dice.pick(&["\n", "\r\n"]);
                if let Some(name) = name {
                    body.extend(format!("event: {name}{end}").as_bytes());
                }
                body.extend(format!("data: {blank}{chunk}{end}{end}").as_bytes());
                if dice.below(8) == 0 {
                    body.extend(format!(": a comment{end}{end}").as_bytes());
                }
            }
        }
    }
    if generated.framing == Framing::Sse && generated.format == "openai-chat" && dice.flip() {
        body.extend(b"data: [DONE]\n\n");
    }
    body
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = |three: &[u8]| {
        let number =
            three.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)) << (8 * (3 - three.len()));
        let digit = |nth: usize| if nth > three.len() { b'=' } else { DIGITS[number >> (18 - 6 * nth) & 63] };
        [0, 1, 2, 3].map(|nth| char::from(digit(nth)))
    };
    bytes.chunks(3).flat_map(digits).collect()
}

fn read(generated: &Generated, pieces: &[&[u8]]) -> (Answer, Vec<Value>) {
    let mut emitted = Vec::new();
    let mut on_event = |event: Event<'_>| emitted.push(serde_json::to_value(&event).unwrap());
    let mut reader = Reader::new(generated.framing).with_model_id(generated.model_id);
    for piece in pieces {
        reader.push(piece, &mut EventSink::new(&mut on_event)).unwrap();
    }
    let answer = reader.finish(&mut EventSink::new(&mut on_event)).unwrap();
    (answer, emitted)
}

/// The law.
fn check(generated: &Generated, dice: &mut Dice) {
    let body = framed(generated, &generated.events, dice);
    let (answer, emitted) = read(generated, &[&body]);
    assert_eq!(answer.format, generated.format);
    assert!(answer.malformed.is_empty() && answer.unknown.is_empty(), "{answer:#?}");
    assert!(answer.completeness.is_complete(), "{:?}", answer.completeness);
    assert_eq!(answer.native.as_ref().unwrap().to_json(), generated.whole, "the message");

    let whole = Registry::new()
        .get(generated.format)
        .unwrap()
        .parse_whole(generated.whole.to_string().as_bytes())
        .unwrap();
    let mut reply = whole.to_reply_of(Some(generated.model_id));
    reply.usage = answer.reply.usage;
    assert_eq!(answer.reply, reply, "the reply");
    check_emitted(&answer, &emitted);

    let mut cuts: Vec<_> =
        (0..dice.below(12)).map(|_| dice.below(body.len() + 1)).chain([0, body.len()]).collect();
    cuts.sort_unstable();
    let pieces: Vec<_> = cuts.windows(2).map(|ends| &body[ends[0]..ends[1]]).collect();
    assert_eq!(read(generated, &pieces), (answer.clone(), emitted.clone()), "cut at {cuts:?}");
    assert_eq!(read(generated, &body.chunks(1).collect::<Vec<_>>()), (answer, emitted), "byte by byte");

    for (pointer, is, should) in without_last(generated, dice) {
        assert_eq!(is, should, "{pointer} without the last event");
    }
}

/// Where the last event brings the message again: what comes out without it, and what should.
fn without_last(generated: &Generated, dice: &mut Dice) -> Vec<(&'static str, Option<Value>, Option<Value>)> {
    let Some((_, earlier)) = generated.events.split_last().filter(|_| !generated.without_last.is_empty())
    else {
        return Vec::new();
    };
    let body = framed(generated, earlier, dice);
    let (cut, _) = read(generated, &[&body]);
    assert!(!cut.completeness.is_complete());
    let native = cut.native.map(|native| native.to_json()).unwrap_or_default();
    let part = |of: &Value, pointer: &str| {
        of.pointer(pointer).cloned().filter(|part| *part != json!([]) && *part != json!(""))
    };
    let both = |pointer: &&'static str| (*pointer, part(&native, pointer), part(&generated.whole, pointer));
    generated.without_last.iter().map(both).collect()
}

/// What was emitted of each block is what the reply says of it. Blocks are emitted in the order in which they began.
fn check_emitted(answer: &Answer, emitted: &[Value]) {
    let grown = |kind: &str, key: &str| {
        let mut blocks = BTreeMap::<u64, String>::new();
        for event in emitted.iter().filter(|event| event["type"] == kind) {
            blocks
                .entry(event["index"].as_u64().unwrap())
                .or_default()
                .push_str(event[key].as_str().unwrap());
        }
        blocks
    };
    let sorted = |mut texts: Vec<String>| {
        texts.retain(|text| !text.is_empty());
        texts.sort();
        texts
    };
    let reply = serde_json::to_value(&answer.reply).unwrap();
    let said = |kind: &str| {
        let blocks = reply["content"].as_array().unwrap().iter().filter(|block| block["type"] == kind);
        sorted(blocks.filter_map(|block| block["text"].as_str()).map(str::to_owned).collect())
    };
    assert_eq!(sorted(grown("text_delta", "text").into_values().collect()), said("text"), "text emitted");
    assert_eq!(
        sorted(grown("thinking_delta", "text").into_values().collect()),
        said("thinking"),
        "reasoning emitted"
    );
    let inputs = grown("tool_input_delta", "json");
    let started = emitted.iter().filter(|event| event["type"] == "tool_use_start");
    let mut calls: Vec<_> = started
        .map(|call| {
            let input = inputs.get(&call["index"].as_u64().unwrap()).map_or("", String::as_str);
            json!([call["id"], call["name"], bedrock_formats::reply::tool_input(input)]).to_string()
        })
        .collect();
    let replied = answer.reply.tool_uses().map(|call| json!([call.id, call.name, call.input]).to_string());
    let mut replied: Vec<_> = replied.collect();
    calls.sort();
    replied.sort();
    assert_eq!(calls, replied, "calls emitted");
}

macro_rules! laws {
    ($($name:ident: $make:path,)*) => {
        /// All formats, for what is checked of the check itself.
        const ALL: &[(&str, fn(&mut Dice) -> Generated)] = &[$((stringify!($name), $make),)*];

        proptest! {$(
            #[test]
            fn $name(rolls in prop::collection::vec(any::<u32>(), 40..120)) {
                let mut dice = Dice::new(rolls);
                let generated = $make(&mut dice);
                check(&generated, &mut dice);
            }
        )*}
    };
}

laws! {
    ai21_j2: texts::ai21_j2,
    ai21_jamba: chats::ai21_jamba,
    anthropic: blocks::anthropic,
    anthropic_text: texts::anthropic_text,
    cohere_command: texts::cohere_command,
    cohere_command_r: texts::cohere_command_r,
    converse: blocks::converse,
    deepseek_messages: chats::deepseek_messages,
    deepseek_prompt: texts::deepseek_prompt,
    llama: texts::llama,
    mistral_chat: chats::mistral_chat,
    mistral_text: texts::mistral_text,
    nova: blocks::nova,
    openai_chat: chats::openai_chat,
    openai_chat_inline: chats::openai_chat_inline,
    openai_responses: responses::openai_responses,
    pegasus: texts::pegasus,
    text_completion: texts::text_completion,
    text_completion_bare: texts::text_completion_bare,
    titan: texts::titan,
}

/// The law has a law for each format that the crate has, and the formats say what they are.
#[test]
fn every_format_is_held_to_it() {
    let mut held: Vec<_> = ALL.iter().map(|(_, make)| make(&mut Dice::new(vec![1, 2, 3])).format).collect();
    held.sort_unstable();
    held.dedup();
    assert_eq!(held, bedrock_formats::model_id::FORMAT_NAMES);
}

/// A check that nothing fails proves nothing: with one delta gone, it must not hold.
#[test]
fn a_lost_chunk_is_noticed() {
    for (name, make) in ALL {
        let (mut lost, mut noticed, mut redundant) = (0, 0, false);
        for seed in 0..200u32 {
            let mixed = |n: u32| (n + 97 * seed).wrapping_mul(2_654_435_761).rotate_left(n % 13) >> 7;
            let rolls: Vec<_> = (1..90).map(mixed).collect();
            let mut dice = Dice::new(rolls);
            let mut generated = make(&mut dice);
            let is_delta = |(_, chunk): &(Option<String>, Value)| chunk.to_string().contains("Rain ");
            let (_, earlier) = generated.events.split_last().unwrap();
            let Some(at) = earlier.iter().rposition(is_delta) else { continue };
            generated.events.remove(at);
            lost += 1;
            redundant = !generated.without_last.is_empty();
            let body = framed(&generated, &generated.events, &mut dice);
            let (answer, _) = read(&generated, &[&body]);
            let held = answer.native.is_some_and(|native| native.to_json() == generated.whole)
                && without_last(&generated, &mut dice).iter().all(|(_, is, should)| is == should);
            noticed += usize::from(!held);
        }
        // What a format says twice, and a third time at the end, can be lost once; and of one chunk nothing can.
        let enough = if redundant { noticed > 0 } else { noticed == lost };
        assert!(enough && (lost > 0 || *name == "ai21_j2"), "{name}: {noticed} of {lost} losses noticed");
    }
}
