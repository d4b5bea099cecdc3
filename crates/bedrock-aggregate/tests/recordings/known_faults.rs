//! What the other implementations are known to do differently, and why that is no fault of ours.
//! Not for: what is compared with what; see the test.

use std::collections::BTreeSet;

use bedrock_formats::wire::Blob;
use bedrock_testing::difference;
use serde_json::{Value, json};

use super::stated;

/// A known fault of a reference: what has to be done to the two documents to make up for it.
pub(crate) struct Fault {
    pub(crate) reference: &'static str,
    /// Why the reference is wrong.
    pub(crate) reason: &'static str,
    /// Changes `(ours, theirs)` where the fault shows. A value of ours that the reference does not have, or has otherwise, is given
    /// up only where it is the one that the chunks state ([`stated`]): else it stays, and is a difference.
    mend: fn(&mut Value, &mut Value, &[Value]),
}

/// All that a reference may do differently. A difference that no row explains fails the test, and so does a row that
/// explains none.
pub(crate) const KNOWN_FAULTS: &[Fault] = &[
    Fault {
        reference: "strands",
        reason: "botocore, on whose events it works, drops members that its model does not have",
        mend: |ours, _, chunks| {
            give_up(ours, "/usage", "serverToolUsage", stated::kept(chunks, "/usage/serverToolUsage"));
        },
    },
    Fault {
        reference: "strands",
        reason: "ignores the start and the deltas of a tool result",
        mend: |ours, _, chunks| {
            let Some(Value::Array(content)) = ours.pointer_mut("/message/content") else { return };
            let results = content.iter().filter_map(|block| block.get("toolResult"));
            let result = |result: &Value| {
                let parts = result["content"].as_array().into_iter().flatten();
                json!({"id": result["toolUseId"], "says": stated::said(parts)})
            };
            if results.map(result).collect::<Vec<_>>() == stated::tool_results(chunks) {
                content.retain(|block| block.get("toolResult").is_none());
            }
        },
    },
    Fault {
        reference: "strands",
        reason: "drops the type of a tool call, which says that the service runs it",
        mend: |ours, theirs, chunks| {
            each_block(ours, theirs, |ours, theirs| {
                if theirs.pointer("/toolUse/type").is_none() {
                    let mut starts = stated::all(chunks, "/start/toolUse").into_iter();
                    let start = starts.find(|start| start["toolUseId"] == ours["toolUse"]["toolUseId"]);
                    give_up(ours, "/toolUse", "type", start.and_then(|start| start.get("type")).cloned());
                }
            });
        },
    },
    Fault {
        reference: "strands",
        reason: "hands out redacted reasoning as bytes; base64 is how JSON carries them",
        mend: |ours, theirs, _| {
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
        mend: |ours, theirs, _| {
            let own = ours.pointer("/message/content").and_then(Value::as_array).map_or(0, Vec::len);
            match theirs.pointer_mut("/message/content") {
                Some(Value::Array(content)) if own > 0 && own < content.len() => {
                    *content = content.drain(..).fold(Vec::new(), merge_text);
                }
                _ => {}
            }
        },
    },
    Fault {
        reference: "strands",
        reason: "invents a latency and a total of 0 where Nova sends none",
        mend: |ours, theirs, _| {
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
        mend: |ours, theirs, _| drop_nulls_not_sent(ours, theirs),
    },
    Fault {
        reference: "anthropic_sdk",
        reason: "takes from a message_delta only the stop and the four plain counts",
        mend: |ours, theirs, chunks| {
            if theirs.get("context_management").is_none() {
                let stated = stated::last(chunks, "/context_management");
                give_up(ours, "", "context_management", stated);
            }
            if let (Some(Value::Object(ours)), Some(Value::Object(theirs))) =
                (ours.get_mut("usage"), theirs.get_mut("usage"))
            {
                theirs.retain(|_, value| !value.is_null());
                ours.retain(|key, own| {
                    let stated = |pointer: &str| stated::all(chunks, pointer).pop().cloned();
                    let stated =
                        stated(&format!("/usage/{key}")).or_else(|| stated(&format!("/message/usage/{key}")));
                    theirs.contains_key(key) || *own != stated.unwrap_or_default()
                });
            }
        },
    },
    Fault {
        reference: "anthropic_sdk",
        reason: "does not collect the input of an MCP server's tool, nor what a compaction says",
        mend: |ours, theirs, chunks| {
            let (Some(ours), Some(theirs)) = (ours["content"].as_array_mut(), theirs["content"].as_array())
            else {
                return;
            };
            for (index, (ours, theirs)) in ours.iter_mut().zip(theirs).enumerate() {
                let of_block = |chunk: &&Value| chunk["index"] == index;
                let deltas: Vec<Value> = chunks.iter().filter(of_block).cloned().collect();
                let input = stated::joined(&deltas, "/delta/partial_json");
                let input = serde_json::from_str(&input).unwrap_or_else(|_| json!({}));
                let words = Value::from(stated::joined(&deltas, "/delta/content"));
                for (kind, key, empty, stated) in [
                    ("mcp_tool_use", "input", json!({}), input),
                    ("compaction", "content", Value::Null, words),
                ] {
                    if ours["type"] == kind && theirs[key] == empty && ours[key] == stated {
                        ours[key] = empty;
                    }
                }
            }
        },
    },
    Fault {
        reference: "openai_sdk",
        reason: "writes a null for each member of its class that was not sent",
        mend: |ours, theirs, _| drop_nulls_not_sent(ours, theirs),
    },
    Fault {
        reference: "openai_sdk",
        reason: "keeps the index of a call, which only chunks have",
        mend: |ours, theirs, _| {
            each_message(ours, theirs, |_, theirs| {
                for call in list(theirs, "/tool_calls") {
                    remove(call, "", "index");
                }
            });
        },
    },
    Fault {
        reference: "openai_sdk",
        reason: "takes what stands beside the choices from the first chunk that has any, even where that is empty",
        mend: |ours, theirs, chunks| {
            let (Some(ours), Some(theirs)) = (ours.as_object_mut(), theirs.as_object_mut()) else { return };
            let is_stated = |key: &str, own: &Value| {
                let pointer = format!("/{key}");
                // What names the message is taken as it came first, what else there is as it came last.
                let names = ["id", "created", "model"].contains(&key);
                let stated = if names { stated::first } else { stated::kept };
                stated(chunks, &pointer).is_some_and(|stated| stated == *own)
            };
            ours.retain(|key, own| theirs.contains_key(key) || !is_stated(key, own));
            for (key, theirs) in
                theirs.iter_mut().filter(|(key, _)| !["choices", "usage", "object"].contains(&key.as_str()))
            {
                if let Some(ours) = ours.get(key).filter(|own| is_stated(key, own)) {
                    theirs.clone_from(ours);
                }
            }
        },
    },
    Fault {
        reference: "openai_sdk",
        reason: "lets a later null erase the counts",
        mend: |ours, theirs, chunks| {
            if theirs.get("usage").is_some_and(Value::is_null) {
                // Groq counts beside the choices.
                let stated = stated::last(chunks, "/usage").or_else(|| stated::last(chunks, "/x_groq/usage"));
                give_up(ours, "", "usage", stated);
                remove(theirs, "", "usage");
            }
        },
    },
    Fault {
        reference: "openai_sdk",
        reason: "joins the texts of a delta whatever they are: a role, a channel or a format that is repeated grows",
        mend: |ours, theirs, _| {
            each_message(ours, theirs, |ours, theirs| {
                unrepeat(ours, theirs, &["role", "channel"]);
                let details = list(ours, "/reasoning_details").iter().zip(list(theirs, "/reasoning_details"));
                details.for_each(|(ours, theirs)| unrepeat(ours, theirs, &["format", "id"]));
                let tools = list(ours, "/executed_tools").iter().zip(list(theirs, "/executed_tools"));
                tools.for_each(|(ours, theirs)| unrepeat(ours, theirs, &["arguments"]));
            });
        },
    },
    Fault {
        reference: "openai_sdk",
        reason: "adds up numbers, whatever they are",
        mend: |ours, theirs, _| {
            each_message(ours, theirs, |ours, theirs| {
                let all = ours.get("token_id").and_then(Value::as_array);
                let sum = all.map(|all| all.iter().filter_map(Value::as_u64).sum::<u64>());
                if sum.is_some() && theirs.get("token_id").and_then(Value::as_u64) == sum {
                    remove(ours, "", "token_id");
                    remove(theirs, "", "token_id");
                }
            });
        },
    },
    Fault {
        reference: "openai_sdk",
        reason: "lets a later null erase the role, and has none where none was sent",
        mend: |ours, theirs, chunks| {
            let choices = list(ours, "/choices").iter_mut().zip(list(theirs, "/choices"));
            for (index, (ours, theirs)) in choices.enumerate() {
                // Who answers without a word on that is the assistant.
                let role = stated::first(&stated::choices(chunks, index), "/delta/role");
                let role = Some(role.unwrap_or_else(|| json!("assistant")));
                if theirs.pointer("/message/role").is_some_and(Value::is_null) {
                    remove(theirs, "/message", "role");
                    give_up(ours, "/message", "role", role);
                }
            }
        },
    },
    Fault {
        reference: "openai_sdk",
        reason: "drops content that comes in parts",
        mend: |ours, theirs, chunks| {
            let choices = list(ours, "/choices").iter_mut().zip(list(theirs, "/choices"));
            for (index, (ours, theirs)) in choices.enumerate() {
                if !theirs.pointer("/message/content").is_some_and(Value::is_string) {
                    continue;
                }
                let Some(Value::Array(parts)) = ours.pointer("/message/content") else { continue };
                let text: String = parts.iter().filter_map(|part| part["text"].as_str()).collect();
                let thoughts = parts.iter().filter_map(|part| part["thinking"].as_array()).flatten();
                let thoughts: String = thoughts.filter_map(|thought| thought["text"].as_str()).collect();
                if thoughts == stated::thinking(&stated::choices(chunks, index)) {
                    ours["message"]["content"] = Value::from(text);
                }
            }
        },
    },
    Fault {
        reference: "openai_sdk",
        reason: "takes what stands in a choice beside its message from the last chunk, even where that is empty",
        mend: |ours, theirs, chunks| {
            let choices = list(ours, "/choices").iter_mut().zip(list(theirs, "/choices"));
            for (index, (ours, theirs)) in choices.enumerate() {
                let pieces = stated::choices(chunks, index);
                for key in ["native_finish_reason", "content_filter_results", "matched_stop", "seed"] {
                    let is_empty = |value: &Value| value.is_null() || *value == json!({});
                    let stated = stated::last(&pieces, &format!("/{key}"));
                    if theirs.get(key).is_some_and(is_empty) && stated.is_some() {
                        remove(theirs, "", key);
                        give_up(ours, "", key, stated);
                    }
                }
            }
        },
    },
    Fault {
        reference: "openai_sdk",
        reason: "takes the text that a server repeats beside the message from the first chunk alone",
        mend: |ours, theirs, chunks| {
            let choices = list(ours, "/choices").iter_mut().zip(list(theirs, "/choices"));
            for (index, (ours, theirs)) in choices.enumerate() {
                let pieces = stated::choices(chunks, index);
                let all = stated::all(&pieces, "/text");
                if theirs.get("text").is_some_and(|first| all.first() == Some(&first)) {
                    remove(theirs, "", "text");
                    give_up(ours, "", "text", Some(json!(all)));
                }
            }
        },
    },
    Fault {
        reference: "openai_sdk",
        reason: "keeps of the logprobs only those that its class has",
        mend: |ours, theirs, chunks| {
            let choices = list(ours, "/choices").iter_mut().zip(list(theirs, "/choices"));
            for (index, (ours, theirs)) in choices.enumerate() {
                if theirs.pointer("/logprobs/reasoning_content").is_none() {
                    let pieces = stated::choices(chunks, index);
                    let all = stated::all(&pieces, "/logprobs/reasoning_content");
                    let all: Vec<_> = all.into_iter().filter_map(Value::as_array).flatten().collect();
                    give_up(ours, "/logprobs", "reasoning_content", Some(json!(all)));
                }
            }
        },
    },
    Fault {
        reference: "openai_sdk",
        reason: "forgets a null that its class does not have",
        mend: |ours, theirs, chunks| {
            let choices = list(ours, "/choices").iter_mut().zip(list(theirs, "/choices"));
            for (index, (ours, theirs)) in choices.enumerate() {
                let pieces = stated::choices(chunks, index);
                if let (Some(ours), Some(theirs)) = (ours.as_object_mut(), theirs.as_object()) {
                    let is_stated = |key: &str| pieces.iter().any(|piece| piece.get(key).is_some());
                    ours.retain(|key, own| !own.is_null() || theirs.contains_key(key) || !is_stated(key));
                }
            }
        },
    },
    Fault {
        reference: "openai_sdk",
        reason: "names every completion's object, which Jamba does not, and drops the token that ended the answer",
        mend: |ours, theirs, chunks| {
            if ours.get("object").is_none() {
                remove(theirs, "", "object");
                for (index, choice) in list(ours, "/choices").iter_mut().enumerate() {
                    let stated = stated::last(&stated::choices(chunks, index), "/stop_reason");
                    give_up(choice, "", "stop_reason", stated);
                }
            }
        },
    },
    Fault {
        reference: "final_response_event",
        reason: "leaves out the items that it streamed, where it keeps no responses",
        mend: |ours, theirs, chunks| {
            if theirs.get("output") == Some(&json!([])) {
                let done = chunks.iter().filter(|chunk| chunk["type"] == "response.output_item.done");
                let items: Vec<_> = done.map(|chunk| &chunk["item"]).collect();
                give_up(ours, "", "output", Some(json!(items)));
                remove(theirs, "", "output");
            }
        },
    },
];

fn remove(document: &mut Value, pointer: &str, key: &str) {
    if let Some(Value::Object(object)) = document.pointer_mut(pointer) {
        object.shift_remove(key);
    }
}

/// Takes away what the reference does not have, where it is what the chunks state.
fn give_up(ours: &mut Value, pointer: &str, key: &str, stated: Option<Value>) {
    if ours.pointer(pointer).and_then(|object| object.get(key)) == stated.as_ref() {
        remove(ours, pointer, key);
    }
}

/// The messages of the choices, one by one.
fn each_message(ours: &mut Value, theirs: &mut Value, mend: impl Fn(&mut Value, &mut Value)) {
    for (ours, theirs) in list(ours, "/choices").iter_mut().zip(list(theirs, "/choices")) {
        if let (Some(ours), Some(theirs)) = (ours.get_mut("message"), theirs.get_mut("message")) {
            mend(ours, theirs);
        }
    }
}

/// Replaces a text that is ours several times over by ours.
fn unrepeat(ours: &Value, theirs: &mut Value, keys: &[&str]) {
    for key in keys {
        let texts = (ours.get(key).and_then(Value::as_str), theirs.get(key).and_then(Value::as_str));
        let (Some(own), Some(grown)) = texts else { continue };
        if grown.len() > own.len() && grown.replace(own, "").is_empty() {
            theirs[*key] = Value::from(own);
        }
    }
}

/// The list at a place; an empty one where there is none.
fn list<'a>(document: &'a mut Value, pointer: &str) -> &'a mut [Value] {
    document.pointer_mut(pointer).and_then(Value::as_array_mut).map_or(&mut [], Vec::as_mut_slice)
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

/// Mends what known faults explain; returns which rows were needed, or the difference that none explains.
pub(crate) fn compare(
    reference: &str,
    mut ours: Value,
    mut theirs: Value,
    chunks: &[Value],
) -> Result<BTreeSet<usize>, String> {
    let mut needed = BTreeSet::new();
    for (row, fault) in KNOWN_FAULTS.iter().enumerate().filter(|(_, fault)| fault.reference == reference) {
        let before = (ours.clone(), theirs.clone());
        (fault.mend)(&mut ours, &mut theirs, chunks);
        if (&ours, &theirs) != (&before.0, &before.1) {
            needed.insert(row);
        }
    }
    difference(&theirs, &ours).map_or(Ok(needed), Err)
}
