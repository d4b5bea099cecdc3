//! What the other implementations are known to do differently, and why that is no fault of ours.
//! Not for: what is compared with what; see the test.

use std::collections::BTreeSet;

use bedrock_formats::wire::Blob;
use bedrock_testing::difference;
use serde_json::{Value, json};

/// A known fault of a reference: what has to be done to the two documents to make up for it.
pub(crate) struct Fault {
    pub(crate) reference: &'static str,
    /// Why the reference is wrong.
    pub(crate) reason: &'static str,
    /// Changes `(ours, theirs)` where the fault shows.
    mend: fn(&mut Value, &mut Value),
}

/// All that a reference may do differently. A difference that no row explains fails the test, and so does a row that
/// explains none.
pub(crate) const KNOWN_FAULTS: &[Fault] = &[
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
        reason: "drops the type of a tool call, which says that the service runs it",
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
    Fault {
        reference: "openai_sdk",
        reason: "writes a null for each member of its class that was not sent",
        mend: drop_nulls_not_sent,
    },
    Fault {
        reference: "openai_sdk",
        reason: "keeps the index of a call, which only chunks have",
        mend: |ours, theirs| {
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
        mend: |ours, theirs| {
            let (Some(ours), Some(theirs)) = (ours.as_object_mut(), theirs.as_object_mut()) else { return };
            ours.retain(|key, _| theirs.contains_key(key));
            for (key, theirs) in
                theirs.iter_mut().filter(|(key, _)| !["choices", "usage", "object"].contains(&key.as_str()))
            {
                if let Some(ours) = ours.get(key) {
                    theirs.clone_from(ours);
                }
            }
        },
    },
    Fault {
        reference: "openai_sdk",
        reason: "lets a later null erase the counts",
        mend: |ours, theirs| {
            if theirs.get("usage").is_some_and(Value::is_null) {
                remove(ours, "", "usage");
                remove(theirs, "", "usage");
            }
        },
    },
    Fault {
        reference: "openai_sdk",
        reason: "joins the texts of a delta whatever they are: a role, a channel or a format that is repeated grows",
        mend: |ours, theirs| {
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
        mend: |ours, theirs| {
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
        reason: "lets a later null erase the role",
        mend: |ours, theirs| {
            each_message(ours, theirs, |ours, theirs| {
                if theirs.get("role").is_some_and(Value::is_null) {
                    theirs["role"] = ours["role"].clone();
                }
            });
        },
    },
    Fault {
        reference: "openai_sdk",
        reason: "drops content that comes in parts",
        mend: |ours, theirs| {
            each_message(ours, theirs, |ours, theirs| {
                if !theirs.get("content").is_some_and(Value::is_string) {
                    return;
                }
                let texts =
                    list(ours, "/content").iter().filter_map(|part| part.get("text").and_then(Value::as_str));
                let text: String = texts.collect();
                if ours.get("content").is_some_and(Value::is_array) {
                    ours["content"] = Value::from(text);
                }
            });
        },
    },
    Fault {
        reference: "openai_sdk",
        reason: "takes what stands in a choice beside its message from the last chunk, even where that is empty",
        mend: |ours, theirs| {
            for (ours, theirs) in list(ours, "/choices").iter_mut().zip(list(theirs, "/choices")) {
                for key in ["native_finish_reason", "content_filter_results", "matched_stop", "seed"] {
                    let is_empty = |value: &Value| value.is_null() || *value == json!({});
                    if theirs.get(key).is_some_and(is_empty) {
                        theirs[key] = ours[key].clone();
                    }
                }
            }
        },
    },
    Fault {
        reference: "openai_sdk",
        reason: "takes the text that a server repeats beside the message from the first chunk alone",
        mend: |ours, theirs| {
            for (ours, theirs) in list(ours, "/choices").iter_mut().zip(list(theirs, "/choices")) {
                let (Some(Value::Array(all)), Some(Value::String(first))) =
                    (ours.get("text"), theirs.get("text"))
                else {
                    continue;
                };
                if all.first().is_some_and(|text| text == first) {
                    remove(ours, "", "text");
                    remove(theirs, "", "text");
                }
            }
        },
    },
    Fault {
        reference: "openai_sdk",
        reason: "keeps of the logprobs only those that its class has",
        mend: |ours, theirs| {
            for (ours, theirs) in list(ours, "/choices").iter_mut().zip(list(theirs, "/choices")) {
                if theirs.pointer("/logprobs/reasoning_content").is_none() {
                    remove(ours, "/logprobs", "reasoning_content");
                }
            }
        },
    },
    Fault {
        reference: "openai_sdk",
        reason: "forgets a null that its class does not have",
        mend: |ours, theirs| {
            for (ours, theirs) in list(ours, "/choices").iter_mut().zip(list(theirs, "/choices")) {
                if let (Some(ours), Some(theirs)) = (ours.as_object_mut(), theirs.as_object()) {
                    ours.retain(|key, value| !value.is_null() || theirs.contains_key(key));
                }
            }
        },
    },
    Fault {
        reference: "openai_sdk",
        reason: "names every completion's object, which Jamba does not, and drops the token that ended the answer",
        mend: |ours, theirs| {
            if ours.get("object").is_none() {
                remove(theirs, "", "object");
                list(ours, "/choices").iter_mut().for_each(|choice| remove(choice, "", "stop_reason"));
            }
        },
    },
    Fault {
        reference: "final_response_event",
        reason: "leaves out the items that it streamed, where it keeps no responses",
        mend: |ours, theirs| {
            if theirs.get("output") == Some(&json!([])) {
                remove(ours, "", "output");
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
) -> Result<BTreeSet<usize>, String> {
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
