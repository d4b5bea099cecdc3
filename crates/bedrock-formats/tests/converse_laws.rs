//! What the service may yet do to an answer must lose nothing: add keys, send nulls, leave keys out, write integers as
//! floats, change types.
//!
//! Each law is tried at every place of a few documents that hold every kind of part once.

use bedrock_formats::converse::{ConverseRequest, ConverseResponse, ConverseStreamOutput};
use bedrock_formats::reply::ToReply;
use bedrock_testing::{lost, round_trip};
use serde_json::{Value, json};

fn response() -> Value {
    json!({
        "output": {"message": {"role": "assistant", "content": [
            {"text": "a"},
            {"reasoningContent": {"reasoningText": {"text": "t", "signature": "s"}}},
            {"reasoningContent": {"redactedContent": "AA=="}},
            {"toolUse": {"toolUseId": "1", "name": "n", "input": {"k": [1, null]}, "type": "server_tool_use"}},
            {"toolResult": {"toolUseId": "1", "content": [{"text": "x"}, {"json": {}}], "status": "success"}},
            {"image": {"format": "png", "source": {"s3Location": {"uri": "s3://b/k"}}, "error": {"message": "m"}}},
            {"citationsContent": {"content": [{"text": "c"}], "citations": [
                {"title": "T", "sourceContent": [{"text": "w"}], "location": {"documentPage": {"documentIndex": 0, "start": 1, "end": 2}}}
            ]}},
        ]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3, "cacheReadInputTokens": 4,
                  "cacheDetails": [{"ttl": "1h", "inputTokens": 5}], "serverToolUsage": {}},
        "metrics": {"latencyMs": 6},
        "additionalModelResponseFields": {"stop_sequence": null},
        "trace": {"promptRouter": {"invokedModelId": "arn:x"}, "guardrail": {
            "modelOutput": ["o"], "actionReason": "r",
            "outputAssessments": {"g": [{"topicPolicy": {"topics": [{"name": "n", "type": "DENY", "action": "BLOCKED", "detected": true}]},
                "contextualGroundingPolicy": {"filters": [{"type": "GROUNDING", "threshold": 0.5, "score": 0.25, "action": "NONE"}]},
                "automatedReasoningPolicy": {"findings": [{"valid": {"translation": {"confidence": 0.5}}}, {"tooComplex": {}}]},
                "invocationMetrics": {"guardrailProcessingLatency": 7, "usage": {"topicPolicyUnits": 1}}}]}}},
        "performanceConfig": {"latency": "standard"},
        "serviceTier": {"type": "default"}
    })
}

fn request() -> Value {
    json!({
        "messages": [{"role": "user", "content": [
            {"text": "a"}, {"cachePoint": {"type": "default", "ttl": "1h"}},
            {"document": {"format": "pdf", "name": "d", "source": {"content": [{"text": "p"}]}, "citations": {"enabled": true}}},
            {"searchResult": {"source": "s", "title": "t", "content": [{"text": "x"}]}},
            {"guardContent": {"text": {"text": "g", "qualifiers": ["query"]}}},
            {"toolAddition": {"tool": {"type": "t", "name": "n"}}},
        ]}],
        "system": [{"text": "s"}],
        "inferenceConfig": {"maxTokens": 1, "temperature": 0.5, "topP": 0.5, "stopSequences": ["x"]},
        "toolConfig": {"tools": [{"toolSpec": {"name": "n", "inputSchema": {"json": {"type": "object"}}, "strict": true}}], "toolChoice": {"any": {}}},
        "guardrailConfig": {"guardrailIdentifier": "g", "guardrailVersion": "1", "trace": "enabled"},
        "additionalModelRequestFields": {"top_k": 5},
        "requestMetadata": {"k": "v"},
        "outputConfig": {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": {"schema": "{}"}}}, "effort": "low"}
    })
}

fn events() -> Value {
    json!([
        {"messageStart": {"role": "assistant"}},
        {"contentBlockStart": {"contentBlockIndex": 1, "start": {"toolUse": {"toolUseId": "1", "name": "n"}}}},
        {"contentBlockDelta": {"contentBlockIndex": 1, "delta": {"toolUse": {"input": "{"}}}},
        {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"reasoningContent": {"signature": "s"}}}},
        {"contentBlockDelta": {"contentBlockIndex": 2, "delta": {"citation": {"title": "t", "location": {"web": {"url": "u"}}}}}},
        {"contentBlockDelta": {"contentBlockIndex": 3, "delta": {"image": {"source": {"bytes": "AA=="}}}}},
        {"contentBlockDelta": {"contentBlockIndex": 4, "delta": {"toolResult": [{"text": "t"}]}}},
        {"contentBlockStop": {"contentBlockIndex": 1}},
        {"messageStop": {"stopReason": "end_turn", "additionalModelResponseFields": {"k": 1}}},
        {"metadata": {"usage": {"inputTokens": 1}, "metrics": {"latencyMs": 5}}},
        {"modelStreamErrorException": {"message": "m", "originalStatusCode": 500}},
    ])
}

/// Calls `change` with each place below `path` of a document: the whole document, and the place's path.
fn at_every_place(document: &Value, path: &str, change: &mut impl FnMut(&str, &Value)) {
    let value = document.pointer(path).expect("a place of the document");
    change(path, value);
    match value {
        Value::Object(object) => {
            object.keys().for_each(|key| at_every_place(document, &format!("{path}/{key}"), change));
        }
        Value::Array(list) => {
            (0..list.len()).for_each(|n| at_every_place(document, &format!("{path}/{n}"), change));
        }
        _ => {}
    }
}

/// Every document that `change` makes of one place of one of ours, together with what reads it.
fn every_change(change: impl Fn(&Value) -> Option<Value>, check: impl Fn(&str, Checked, &Value)) {
    for (name, kind, document) in [
        ("request", Checked::Request, request()),
        ("response", Checked::Response, response()),
        ("events", Checked::Events, events()),
    ] {
        let mut changes = 0;
        at_every_place(&document, "", &mut |path, value| {
            let Some(changed) = change(value) else { return };
            let mut document = document.clone();
            *document.pointer_mut(path).expect("a place of the document") = changed;
            check(&format!("{name}{path}"), kind, &document);
            changes += 1;
        });
        assert!(changes > 1, "{name}: {changes} changes");
    }
}

/// What a document is read as.
#[derive(Clone, Copy)]
enum Checked {
    Request,
    Response,
    Events,
}

impl Checked {
    /// Reads and writes it, and holds both to be equal.
    fn round_trip(what: &str, kind: Self, wire: &Value) {
        match kind {
            Self::Request => drop(round_trip::<ConverseRequest>(what, wire)),
            Self::Response => drop(round_trip::<ConverseResponse>(what, wire).to_reply()),
            Self::Events => drop(round_trip::<Vec<ConverseStreamOutput>>(what, wire)),
        }
    }

    /// Reads and writes it, if it can be read.
    fn try_read(self, wire: &Value) -> Option<Value> {
        fn read<T: serde::de::DeserializeOwned + serde::Serialize>(wire: &Value) -> Option<Value> {
            serde_json::to_value(serde_json::from_value::<T>(wire.clone()).ok()?).ok()
        }
        match self {
            Self::Request => read::<ConverseRequest>(wire),
            Self::Response => {
                let response: ConverseResponse = serde_json::from_value(wire.clone()).ok()?;
                let _ = response.to_reply();
                serde_json::to_value(response).ok()
            }
            Self::Events => read::<Vec<ConverseStreamOutput>>(wire),
        }
    }
}

#[test]
fn the_documents_themselves_come_back() {
    every_change(|value| Some(value.clone()), Checked::round_trip);
}

#[test]
fn a_new_key_anywhere_comes_back() {
    let add = |value: &Value| {
        // A table of texts has no place for anything else.
        if value == &json!({"k": "v"}) {
            return None;
        }
        let mut object = value.as_object()?.clone();
        object.insert("brandNew".into(), json!({"deep": [1, null, "x"]}));
        // Where the keys are the service's own ids, the value must be what stands beside it.
        (!object.contains_key("g")).then_some(Value::Object(object))
    };
    every_change(add, Checked::round_trip);
}

#[test]
fn a_null_in_place_of_any_member_comes_back() {
    let nullify = |value: &Value| {
        let object = value.as_object().filter(|object| !object.is_empty() && !object.contains_key("g"))?;
        let nulls = object.keys().map(|key| (key.clone(), Value::Null));
        (value != &json!({"k": "v"})).then(|| Value::Object(nulls.collect()))
    };
    every_change(nullify, Checked::round_trip);
}

#[test]
fn an_integer_may_be_a_float() {
    every_change(|value| value.as_i64().map(|integer| json!(integer as f64)), Checked::round_trip);
}

#[test]
fn what_is_left_out_takes_nothing_else_with_it() {
    let empty = |value: &Value| value.as_object().filter(|object| !object.is_empty()).map(|_| json!({}));
    every_change(empty, |what, kind, wire| {
        let written = kind.try_read(wire).unwrap_or_else(|| panic!("{what}: not read"));
        // Required members come back as their defaults, and an empty union in a required place is left out.
        let lost = lost(wire, &written);
        assert!(lost.is_none(), "{what}: {lost:?}\nin  {wire}\nout {written}");
    });
}

#[test]
fn another_type_is_an_error_or_survives_and_never_panics() {
    for other in [json!(7), json!("text"), json!([[]]), json!({"a": {"b": 1}}), json!(true), json!(-1.5e300)]
    {
        every_change(|_| Some(other.clone()), |_, kind, wire| drop(kind.try_read(wire)));
    }
}
