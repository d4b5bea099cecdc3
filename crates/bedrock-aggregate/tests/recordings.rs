//! Every recorded stream, read at many splits and held against what other implementations made of it.

use std::collections::BTreeSet;

use bedrock_aggregate::{Answer, Event, Framing, Listener, Reader};
use bedrock_formats::wire::Blob;
use bedrock_testing::{Recording, difference, recordings, splits};
use serde_json::{Value, json};

/// The formats whose streams are read here.
const FORMATS: &[&str] = &["anthropic", "converse", "nova"];

/// A known fault of a reference: what has to be done to the two documents to make up for it.
struct Fault {
    reference: &'static str,
    /// Why the reference is wrong.
    reason: &'static str,
    /// Changes `(ours, theirs)` where the fault shows.
    mend: fn(&mut Value, &mut Value),
}

/// All that a reference may do differently. A difference that no row explains fails the test, and so does a row that
/// explains none.
const KNOWN_FAULTS: &[Fault] = &[
    Fault {
        reference: "strands",
        reason: "botocore, on whose events it works, drops members that its model does not have",
        mend: |ours, _| {
            remove(ours, "/usage", "serverToolUsage");
        },
    },
    Fault {
        reference: "strands",
        reason: "ignores the start and the deltas of a tool result",
        mend: |ours, _| {
            if let Some(Value::Array(content)) = ours.pointer_mut("/message/content") {
                content.retain(|block| block.get("toolResult").is_none());
            }
        },
    },
    Fault {
        reference: "strands",
        reason: "drops the type of a tool call, which tells that the service runs it",
        mend: |ours, theirs| {
            each_block(ours, theirs, |ours, theirs| {
                if theirs.pointer("/toolUse/type").is_none() {
                    remove(ours, "/toolUse", "type");
                }
            });
        },
    },
    Fault {
        reference: "strands",
        reason: "hands out redacted reasoning as bytes; base64 is how JSON carries them",
        mend: |ours, theirs| {
            each_block(ours, theirs, |_, theirs| {
                let Some(blob) = theirs.pointer_mut("/reasoningContent/redactedContent") else { return };
                if let Some(text) = blob.get("__bytes_utf8__").and_then(Value::as_str) {
                    *blob = serde_json::to_value(Blob::from_bytes(text)).unwrap();
                }
            });
        },
    },
    Fault {
        reference: "strands",
        reason: "makes a block of each of Nova's one-token blocks",
        mend: |ours, theirs| {
            if let Some(Value::Array(content)) = theirs.pointer_mut("/message/content") {
                if ours
                    .pointer("/message/content")
                    .and_then(Value::as_array)
                    .is_some_and(|own| own.len() < content.len())
                {
                    *content = content.drain(..).fold(Vec::new(), merge_text);
                }
            }
        },
    },
    Fault {
        reference: "strands",
        reason: "invents a latency and a total of 0 where Nova sends none",
        mend: |ours, theirs| {
            if ours.get("metrics").is_none() && theirs["metrics"] == json!({"latencyMs": 0}) {
                remove(theirs, "", "metrics");
            }
            if ours.pointer("/usage/totalTokens").is_none() && theirs["usage"]["totalTokens"] == 0 {
                remove(theirs, "/usage", "totalTokens");
            }
        },
    },
    Fault {
        reference: "anthropic_sdk",
        reason: "writes a null for each member of its class that was not sent",
        mend: drop_nulls_not_sent,
    },
    Fault {
        reference: "anthropic_sdk",
        reason: "takes from a message_delta only the stop and the four plain counts",
        mend: |ours, theirs| {
            if theirs.get("context_management").is_none() {
                remove(ours, "", "context_management");
            }
            if let (Some(Value::Object(ours)), Some(Value::Object(theirs))) =
                (ours.get_mut("usage"), theirs.get_mut("usage"))
            {
                ours.retain(|key, _| theirs.get(key).is_some_and(|theirs| !theirs.is_null()));
                theirs.retain(|_, value| !value.is_null());
            }
        },
    },
    Fault {
        reference: "anthropic_sdk",
        reason: "does not collect the input of an MCP server's tool, nor what a compaction says",
        mend: |ours, theirs| {
            for (kind, key, empty) in
                [("mcp_tool_use", "input", json!({})), ("compaction", "content", Value::Null)]
            {
                let (Some(ours), Some(theirs)) =
                    (ours["content"].as_array_mut(), theirs["content"].as_array())
                else {
                    return;
                };
                for (ours, theirs) in ours.iter_mut().zip(theirs) {
                    if ours["type"] == kind && theirs[key] == empty {
                        ours[key] = empty.clone();
                    }
                }
            }
        },
    },
];

fn remove(document: &mut Value, pointer: &str, key: &str) {
    if let Some(Value::Object(object)) = document.pointer_mut(pointer) {
        object.shift_remove(key);
    }
}

fn each_block(ours: &mut Value, theirs: &mut Value, mend: impl Fn(&mut Value, &mut Value)) {
    let (Some(ours), Some(theirs)) =
        (ours.pointer_mut("/message/content"), theirs.pointer_mut("/message/content"))
    else {
        return;
    };
    if let (Value::Array(ours), Value::Array(theirs)) = (ours, theirs) {
        ours.iter_mut().zip(theirs).for_each(|(ours, theirs)| mend(ours, theirs));
    }
}

fn merge_text(mut content: Vec<Value>, block: Value) -> Vec<Value> {
    match (
        content.last_mut().and_then(|last| last.get_mut("text")),
        block.get("text").and_then(Value::as_str),
    ) {
        (Some(Value::String(text)), Some(more)) => text.push_str(more),
        _ => content.push(block),
    }
    content
}

fn drop_nulls_not_sent(ours: &mut Value, theirs: &mut Value) {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            theirs.retain(|key, value| !value.is_null() || ours.contains_key(key));
            for (key, ours) in ours {
                if let Some(theirs) = theirs.get_mut(key) {
                    drop_nulls_not_sent(ours, theirs);
                }
            }
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.iter_mut().zip(theirs).for_each(|(ours, theirs)| drop_nulls_not_sent(ours, theirs));
        }
        _ => {}
    }
}

/// Mends what known faults explain; tells which rows were needed, or the difference that none explains.
fn compare(reference: &str, mut ours: Value, mut theirs: Value) -> Result<BTreeSet<usize>, String> {
    let mut needed = BTreeSet::new();
    for (row, fault) in KNOWN_FAULTS.iter().enumerate().filter(|(_, fault)| fault.reference == reference) {
        let before = (ours.clone(), theirs.clone());
        (fault.mend)(&mut ours, &mut theirs);
        if (&ours, &theirs) != (&before.0, &before.1) {
            needed.insert(row);
        }
    }
    difference(&theirs, &ours).map_or(Ok(needed), Err)
}

fn framing(recording: &Recording) -> Framing {
    Framing::from_name(&recording.framing).expect("a framing")
}

/// Reads a body in the given pieces: the answer, and the events as JSON lines.
fn read(recording: &Recording, pieces: &[&[u8]]) -> (Answer, Vec<Value>) {
    let mut heard = Vec::new();
    let mut hear = |event: Event<'_>| heard.push(serde_json::to_value(&event).unwrap());
    let mut reader = Reader::new(framing(recording)).with_model_id(&recording.model_id);
    for piece in pieces {
        if reader.push(piece, &mut Listener::new(&mut hear)).is_err() {
            break;
        }
    }
    let answer = reader.finish(&mut Listener::new(&mut hear));
    let answer = answer.unwrap_or_else(|error| panic!("{}: {error}", recording.case));
    (answer, heard)
}

/// The name of a reference, the answer in the shape in which that gives its own, and that.
fn beside(recording: &Recording, answer: &Answer) -> Option<(&'static str, Value, Value)> {
    let reference = recording.reference();
    let native = answer.native.as_ref()?.to_json();
    if let Some(theirs) = reference.get("anthropic_sdk") {
        return Some(("anthropic_sdk", native, theirs.clone()));
    }
    let theirs = reference.get("strands")?.clone();
    let mut ours = json!({
        "stopReason": native["stopReason"],
        "message": native["output"]["message"],
        "usage": native["usage"],
        "metrics": native["metrics"],
    });
    if let Value::Object(ours) = &mut ours {
        ours.retain(|_, value| !value.is_null());
    }
    Some(("strands", ours, theirs))
}

/// The text, reasoning and tool input that the events told, block by block, must be the answer's own.
fn check_events(case: &str, answer: &Answer, events: &[Value]) {
    let joined = |kind: &str, key: &str| -> String {
        events.iter().filter(|event| event["type"] == kind).filter_map(|event| event[key].as_str()).collect()
    };
    assert_eq!(joined("text_delta", "text"), answer.reply.text(), "{case}: text heard");
    assert_eq!(joined("thinking_delta", "text"), answer.reply.thinking(), "{case}: reasoning heard");
    let calls: Vec<_> =
        answer.reply.tool_uses().map(|(id, name, _)| (id.to_owned(), name.to_owned())).collect();
    let started: Vec<_> = events
        .iter()
        .filter(|event| event["type"] == "tool_use_start")
        .map(|event| (event["id"].as_str().unwrap().to_owned(), event["name"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(started, calls, "{case}: calls heard");
    let ends = events.iter().filter(|event| event["type"] == "message_end").count();
    assert_eq!(ends, usize::from(answer.completeness.is_complete()), "{case}: ends heard");
    let mut open = BTreeSet::new();
    for event in events {
        let kind = event["type"].as_str().unwrap();
        if let Some(kind) = kind.strip_suffix("_start").filter(|kind| *kind != "message") {
            assert!(
                open.insert((kind.to_owned(), event["index"].to_string())),
                "{case}: started twice: {event}"
            );
        } else if let Some(kind) = kind.strip_suffix("_end").filter(|kind| *kind != "message") {
            assert!(
                open.remove(&(kind.to_owned(), event["index"].to_string())),
                "{case}: not started: {event}"
            );
        }
    }
    assert!(open.is_empty() || !answer.completeness.is_complete(), "{case}: not ended: {open:?}");
}

#[test]
fn every_recorded_stream_is_read_exactly() {
    let wanted = |recording: &Recording| {
        recording.streaming && recording.status == 200 && FORMATS.contains(&recording.format.as_str())
    };
    let Some(all) = recordings(wanted) else { return };
    let (mut wrong, mut known) = (Vec::new(), BTreeSet::new());
    for recording in &all {
        let case = recording.case.as_str();
        let body = recording.response();
        let (answer, events) = read(recording, &[&body]);
        assert_eq!(answer.format, recording.format, "{case}");
        assert_eq!(
            answer.completeness.is_complete(),
            recording.complete,
            "{case}: {:?}",
            answer.completeness
        );
        assert!(answer.malformed.is_empty(), "{case}: {:?}", answer.malformed);
        check_events(case, &answer, &events);
        for pieces in splits(&body, body.len() as u64) {
            let again = read(recording, &pieces);
            assert_eq!(again, (answer.clone(), events.clone()), "{case}: another split");
        }
        let Some((reference, ours, theirs)) = beside(recording, &answer) else {
            wrong.push(format!("{case}: no reference"));
            continue;
        };
        match compare(reference, ours, theirs) {
            Ok(rows) => known.extend(rows),
            Err(difference) => wrong.push(format!("{case}: {difference}")),
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), all.len(), wrong.join("\n"));
    let unused = KNOWN_FAULTS.iter().enumerate().filter(|(row, _)| !known.contains(row));
    let unused: Vec<_> = unused.map(|(_, fault)| fault.reason).collect();
    assert!(unused.is_empty(), "no recording shows these faults any more: {unused:?}");
}

/// A stream cut at any frame or event boundary, and inside, must never pass for whole, and must keep its text.
#[test]
fn every_cut_is_noticed() {
    let wanted = |recording: &Recording| {
        recording.streaming && recording.complete && FORMATS.contains(&recording.format.as_str())
    };
    let Some(all) = recordings(wanted) else { return };
    let mut cuts = 0;
    for recording in all.iter().filter(|recording| recording.framing == "eventstream").step_by(7) {
        let body = recording.response();
        let whole = read(recording, &[&body]).0;
        for end in (1..body.len()).step_by(11) {
            let Some(cut) = read_cut(recording, &body[..end]) else { continue };
            assert!(!cut.completeness.is_complete(), "{} cut at {end} of {}", recording.case, body.len());
            assert!(whole.reply.text().starts_with(&cut.reply.text()), "{} cut at {end}", recording.case);
            cuts += 1;
        }
    }
    assert!(cuts > 0);
}

fn read_cut(recording: &Recording, body: &[u8]) -> Option<Answer> {
    let mut reader = Reader::new(framing(recording)).with_format(&recording.format).ok()?;
    reader.push(body, &mut Listener::none()).expect("a cut is no damage");
    let answer = reader.finish(&mut Listener::none()).expect("the format was given");
    Some(answer)
}
