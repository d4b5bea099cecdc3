//! Laws of OpenAI's formats: however a message is cut into chunks, it folds to that message, and a chunk that is scanned
//! folds as one that is parsed.

use bedrock_aggregate::formats::{Ai21JambaAggregator, OpenAiChatAggregator, OpenAiResponsesAggregator};
use bedrock_aggregate::{Aggregator, Event, EventSink, Fold, RawChunk};
use bedrock_testing::{Recording, recordings};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

/// What a fold makes of chunks: the answer, the events, what it did not know, and what is missing.
type Folded = (Option<Value>, Vec<Value>, Vec<Value>, Vec<&'static str>);

fn folded<A: Aggregator + Fold + Default>(
    chunks: &[Value],
    mut take: impl FnMut(&mut A, &Value, &mut EventSink<'_>),
) -> Folded {
    let mut emitted = Vec::new();
    let mut on_event =
        |event: Event<'_>| emitted.push(serde_json::to_value(&event).expect("an event is JSON"));
    let mut fold = A::default();
    for chunk in chunks {
        take(&mut fold, chunk, &mut EventSink::new(&mut on_event));
    }
    Aggregator::end(&mut fold, &mut EventSink::new(&mut on_event));
    let (missing, unknown) = (Fold::missing(&fold).names(), Fold::unknown(&fold).values().collect());
    (Fold::build(&mut fold).ok().map(|native| native.to_json()), emitted, unknown, missing)
}

/// Folds chunks as bytes, where layouts are learned, and as parsed values, where none are: the same must come out.
fn check<A: Aggregator + Fold + Default>(what: &str, chunks: &[Value]) -> Folded {
    let scanned = folded::<A>(chunks, |fold, chunk, events| {
        let _ = fold.aggregate_raw(RawChunk::new(chunk.to_string().as_bytes()), events);
    });
    let parsed = folded::<A>(chunks, |fold, chunk, events| {
        let _ = fold.aggregate(serde_json::from_value(chunk.clone()).expect("a chunk"), events);
    });
    assert_eq!(scanned, parsed, "{what}");
    scanned
}

#[test]
fn recorded_chunks_fold_alike_scanned_and_parsed() {
    let formats = ["openai-chat", "openai-responses", "ai21-jamba"];
    let wanted = |recording: &Recording| {
        recording.streaming && recording.status == 200 && formats.contains(&recording.format.as_str())
    };
    let Some(all) = recordings(wanted) else { return };
    for recording in &all {
        let chunks: Vec<_> = recording.chunks().into_iter().filter(Value::is_object).collect();
        match recording.format.as_str() {
            "openai-chat" => check::<OpenAiChatAggregator>(&recording.case, &chunks),
            "openai-responses" => check::<OpenAiResponsesAggregator>(&recording.case, &chunks),
            _ => check::<Ai21JambaAggregator>(&recording.case, &chunks),
        };
    }
}

/// Cuts a text at some of its characters; always at least one piece.
fn cut(text: &str, cuts: &[Index]) -> Vec<String> {
    let ends: Vec<_> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let mut at: Vec<_> = cuts.iter().map(|cut| ends[cut.index(ends.len())]).collect();
    at.extend([0, text.len()]);
    at.sort_unstable();
    at.windows(2).map(|pair| text[pair[0]..pair[1]].to_owned()).collect()
}

/// What grows of a message, and the keys under which it does.
#[derive(Debug, Clone)]
struct Message {
    reasoning: Option<String>,
    content: Option<String>,
    refusal: Option<String>,
    calls: Vec<(String, String)>,
}

fn message() -> impl Strategy<Value = Message> {
    let text = || prop::option::of("[a-zé\"\\\\\n<]{1,12}");
    let calls = prop::collection::vec(("[a-z]{1,4}", "[{}a\":1é]{0,8}"), 0..3);
    (text(), text(), text(), calls).prop_map(|(reasoning, content, refusal, calls)| Message {
        reasoning,
        content,
        refusal,
        calls,
    })
}

impl Message {
    /// As it is sent whole.
    fn whole(&self) -> Value {
        let mut message = json!({"role": "assistant", "content": self.content});
        for (key, text) in [("reasoning_content", &self.reasoning), ("refusal", &self.refusal)] {
            if let Some(text) = text {
                message[key] = json!(text);
            }
        }
        if !self.calls.is_empty() {
            let calls = self.calls.iter().enumerate().map(|(n, (name, arguments))| {
                json!({"id": format!("id{n}"), "type": "function", "function": {"name": name, "arguments": arguments}})
            });
            message["tool_calls"] = calls.collect();
        }
        message
    }

    /// As deltas: texts one after the other, calls interleaved.
    fn deltas(&self, cuts: &[Index]) -> Vec<Value> {
        let mut deltas = vec![json!({"role": "assistant", "content": null})];
        for (key, text) in
            [("reasoning_content", &self.reasoning), ("content", &self.content), ("refusal", &self.refusal)]
        {
            deltas.extend(text.iter().flat_map(|text| cut(text, cuts)).map(|piece| json!({key: piece})));
        }
        let mut pieces: Vec<(usize, usize, Value)> = Vec::new();
        for (index, (name, arguments)) in self.calls.iter().enumerate() {
            for (round, piece) in cut(arguments, cuts).into_iter().enumerate() {
                let mut call = json!({"index": index, "function": {"arguments": piece}});
                if round == 0 {
                    call["id"] = json!(format!("id{index}"));
                    call["type"] = json!("function");
                    call["function"]["name"] = json!(name);
                }
                pieces.push((round, index, json!({"tool_calls": [call]})));
            }
        }
        pieces.sort_by_key(|(round, index, _)| (*round, *index));
        deltas.extend(pieces.into_iter().map(|(.., delta)| delta));
        deltas
    }
}

/// Some lists as one, taken from in a drawn order; the order within each list stays.
fn interleave(lists: Vec<Vec<Value>>, order: &[Index]) -> Vec<Value> {
    let mut lists: Vec<_> = lists.into_iter().map(Vec::into_iter).collect();
    let mut all = Vec::new();
    let mut order = order.iter().cycle();
    while lists.iter().any(|list| list.len() > 0) {
        lists.retain(|list| list.len() > 0);
        let at = order.next().map_or(0, |at| at.index(lists.len()));
        all.extend(lists[at].next());
    }
    all
}

proptest! {
    #[test]
    fn a_completion_in_chunks_is_that_completion(
        messages in prop::collection::vec(message(), 1..4),
        cuts in prop::collection::vec(any::<Index>(), 0..6),
        order in prop::collection::vec(any::<Index>(), 1..20),
        padded: bool,
    ) {
        let envelope = |choices: Value| {
            let mut chunk = json!({"id": "c", "object": "chat.completion.chunk", "created": 7, "model": "m", "choices": choices});
            if padded {
                chunk["obfuscation"] = json!("abc");
            }
            chunk
        };
        let lists = messages.iter().enumerate().map(|(n, message)| {
            let deltas = message.deltas(&cuts).into_iter();
            let chunk = |delta: Value, reason: Value| envelope(json!([{"index": n, "delta": delta, "finish_reason": reason}]));
            let end = chunk(json!({}), json!("stop"));
            deltas.map(|delta| chunk(delta, Value::Null)).chain([end]).collect()
        });
        let mut chunks = interleave(lists.collect(), &order);
        let mut usage = envelope(json!([]));
        usage["usage"] = json!({"prompt_tokens": 1, "completion_tokens": 2});
        chunks.push(usage);

        let (native, emitted, unknown, missing) = check::<OpenAiChatAggregator>("drawn", &chunks);
        let choices: Vec<_> = messages.iter().enumerate().map(|(n, message)| {
            json!({"index": n, "message": message.whole(), "finish_reason": "stop"})
        }).collect();
        let whole = json!({"id": "c", "object": "chat.completion", "created": 7, "model": "m", "choices": choices,
            "usage": {"prompt_tokens": 1, "completion_tokens": 2}});
        prop_assert_eq!(native.unwrap(), whole);
        prop_assert!(unknown.is_empty() && missing.is_empty());
        let text: String = emitted.iter().filter(|event| event["type"] == "text_delta").filter_map(|event| event["text"].as_str()).collect();
        let first = &messages[0];
        prop_assert_eq!(text, format!("{}{}", first.content.as_deref().unwrap_or(""), first.refusal.as_deref().unwrap_or("")));
    }

    #[test]
    fn a_response_in_events_is_that_response(
        items in prop::collection::vec((0..3u8, prop::collection::vec("[a-zé\"\\\\\n]{1,12}", 1..3)), 0..4),
        cuts in prop::collection::vec(any::<Index>(), 0..6),
        order in prop::collection::vec(any::<Index>(), 1..20),
        numbered: bool,
    ) {
        let lists = items.iter().enumerate().map(|(n, (kind, texts))| {
            let mut list = vec![json!({"type": "response.output_item.added", "output_index": n, "item": item(*kind, n, &[])})];
            for (at, text) in texts.iter().enumerate() {
                let event = ["output_text", "reasoning_summary_text", "function_call_arguments"][usize::from(*kind)];
                let place = ["content_index", "summary_index", "unused"][usize::from(*kind)];
                list.extend(cut(text, &cuts).into_iter().map(|piece| {
                    json!({"type": format!("response.{event}.delta"), "output_index": n, place: at, "delta": piece, "obfuscation": "xy"})
                }));
            }
            list
        });
        let mut events = interleave(lists.collect(), &order);
        if numbered {
            events.iter_mut().enumerate().for_each(|(n, event)| event["sequence_number"] = json!(n));
        }
        let output: Vec<_> = items.iter().enumerate().map(|(n, (kind, texts))| item(*kind, n, texts)).collect();
        let (native, ..) = check::<OpenAiResponsesAggregator>("drawn", &events);
        if !items.is_empty() {
            prop_assert_eq!(&native.unwrap()["output"], &json!(output));
        }
    }
}

/// An item with these texts: a message, reasoning, or a call whose arguments are all of them.
fn item(kind: u8, n: usize, texts: &[String]) -> Value {
    let part =
        |kind: &str| -> Value { texts.iter().map(|text| json!({"type": kind, "text": text})).collect() };
    match kind {
        0 => {
            json!({"type": "message", "id": format!("i{n}"), "role": "assistant", "content": part("output_text")})
        }
        1 => json!({"type": "reasoning", "id": format!("i{n}"), "summary": part("summary_text")}),
        _ => {
            json!({"type": "function_call", "id": format!("i{n}"), "call_id": format!("c{n}"), "name": "f", "arguments": texts.concat()})
        }
    }
}
