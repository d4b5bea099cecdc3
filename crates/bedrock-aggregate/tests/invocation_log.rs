//! What Bedrock logs of a call reads as the call's own answer: the array of a stream's chunks, and the object that a log makes of
//! ConverseStream.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bedrock_aggregate::invocation_log::{self, NoAnswer};
use bedrock_aggregate::{Answer, Event, EventSink, Framing, Reader, Registry};
use bedrock_formats::invocation_log::Record;
use bedrock_testing::{Recording, recordings};
use serde_json::{Value, json};

type Emitted = Vec<Value>;

fn with_events<T>(take: impl FnOnce(&mut EventSink<'_>) -> T) -> (T, Emitted) {
    let mut emitted = Vec::new();
    let mut on_event = |event: Event<'_>| emitted.push(serde_json::to_value(&event).unwrap());
    let taken = take(&mut EventSink::new(&mut on_event));
    (taken, emitted)
}

fn live(recording: &Recording) -> (Answer, Emitted) {
    with_events(|events| {
        let mut reader =
            Reader::new(Framing::from_name(&recording.framing).unwrap()).with_model_id(&recording.model_id);
        let _ = reader.push(&recording.response(), events);
        reader.finish(events).unwrap()
    })
}

/// The record of a call, as far as its answer goes.
fn record(operation: &str, model_id: &str, body: Value) -> Value {
    json!({
        "schemaType": "ModelInvocationLog", "schemaVersion": "1.0", "timestamp": "2026-11-01T12:00:00Z",
        "accountId": "111122223333", "region": "us-east-2", "requestId": "r", "operation": operation, "modelId": model_id,
        "input": {"inputContentType": "application/json", "inputBodyJson": {}},
        "output": {"outputContentType": "application/json", "outputBodyJson": body},
    })
}

/// Reads a record in both ways, which must agree.
fn logged(record: &Value) -> (Answer, Emitted) {
    let typed: Record = serde_json::from_value(record.clone()).unwrap();
    let (answer, emitted) =
        with_events(|events| invocation_log::answer(&typed, &Registry::new(), events).unwrap());
    let (read, read_events) = with_events(|events| {
        let mut reader = Reader::new(Framing::Json);
        reader.push(record.to_string().as_bytes(), events).unwrap();
        reader.finish(events).unwrap()
    });
    assert_eq!((&read, &read_events), (&answer, &emitted), "{record}");
    (answer, emitted)
}

#[test]
fn the_logged_chunks_of_every_recorded_stream_give_its_message() {
    let wanted = |recording: &Recording| {
        recording.streaming
            && recording.status == 200
            && recording.format != "exception-only"
            && recording.operation != "converse-stream"
    };
    let Some(all) = recordings(wanted) else { return };
    let mut invoked = 0;
    for recording in &all {
        let (operation, model_id) = match recording.operation.as_str() {
            "openai-chat" => ("ChatCompletions", recording.model_id.clone()),
            "openai-responses" => ("Responses", recording.model_id.clone()),
            _ => {
                invoked += 1;
                let profile = "arn:aws:bedrock:us-east-2:111122223333:inference-profile/";
                ("InvokeModelWithResponseStream", format!("{profile}{}", recording.model_id))
            }
        };
        let mut chunks = recording.chunks();
        chunks.retain(|chunk| *chunk != "[DONE]");
        let (live, live_events) = live(recording);
        let (answer, emitted) = logged(&record(operation, &model_id, Value::Array(chunks)));
        let case = &recording.case;
        assert_eq!(answer.format, recording.format, "{case}");
        assert_eq!(answer.native, live.native, "{case}");
        assert_eq!(answer.reply, live.reply, "{case}");
        assert_eq!(answer.invocation_metrics, live.invocation_metrics, "{case}");
        assert_eq!(emitted, live_events, "{case}");
        // What is missing at the end of a connection, a log has no frames to show.
        if live.completeness.missing().is_none_or(|missing| missing.held.is_none()) {
            assert_eq!(answer.completeness, live.completeness, "{case}");
        }
    }
    assert!(invoked >= 59 && all.len() - invoked > 300, "{invoked} invoked of {}", all.len());
}

#[test]
fn the_logged_object_of_every_recorded_converse_stream_is_its_message() {
    let wanted = |recording: &Recording| recording.format == "converse" && recording.status == 200;
    let Some(all) = recordings(wanted) else { return };
    let mut streams = 0;
    for recording in &all {
        let body: Value;
        let operation = if recording.streaming {
            body = live(recording).0.native.unwrap().to_json();
            streams += 1;
            "ConverseStream"
        } else {
            body = serde_json::from_slice(&recording.response()).unwrap();
            "Converse"
        };
        let (answer, _) = logged(&record(operation, &recording.model_id, body.clone()));
        assert_eq!(answer.format, "converse", "{}", recording.case);
        let native = answer.native.unwrap().to_json();
        assert_eq!(bedrock_testing::difference(&body, &native), None, "{}", recording.case);
        assert!(answer.completeness.is_complete(), "{}", recording.case);
        if recording.streaming {
            assert_eq!(answer.reply, live(recording).0.reply, "{}", recording.case);
        }
    }
    assert!(streams >= 99, "{streams} streams");
}

const CHUNKS: &str =
    r#"[{"outputs":[{"text":" Ra","stop_reason":null}]},{"outputs":[{"text":"in.","stop_reason":"stop"}]}]"#;

#[test]
fn a_record_that_went_wrong_says_how() {
    let chunks: Value = serde_json::from_str(CHUNKS).unwrap();
    let half = json!([chunks[0]]);
    for (name, change, missing, text) in [
        (
            "no output",
            json!({"errorCode": "ThrottlingException", "output": null}),
            vec!["empty", "exception"],
            "",
        ),
        (
            "no body",
            json!({"errorCode": "ThrottlingException", "output": {}}),
            vec!["empty", "exception"],
            "",
        ),
        (
            "half",
            json!({"errorCode": "ModelTimeoutException", "output": {"outputBodyJson": half}}),
            vec!["exception", "stop", "usage"],
            " Ra",
        ),
        (
            "no error",
            json!({"errorCode": null, "output": {"outputBodyJson": half}}),
            vec!["stop", "usage"],
            " Ra",
        ),
        (
            "OpenAI's",
            json!({"operation": "Responses", "errorCode": "validation_error", "output": null}),
            vec!["empty", "exception"],
            "",
        ),
        ("no counts", json!({"output": {"outputBodyJson": chunks}}), vec!["usage"], " Rain."),
        ("counts", json!({"output": {"outputBodyJson": chunks, "outputTokenCount": 2}}), vec![], " Rain."),
    ] {
        let mut record = record(
            "InvokeModelWithResponseStream",
            "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc",
            json!([]),
        );
        record.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let (answer, _) = logged(&record);
        let names = answer.completeness.missing().map(|missing| missing.names()).unwrap_or_default();
        assert_eq!((names, answer.text().as_str()), (missing, text), "{name}");
        if let Some(exception) = answer.completeness.missing().and_then(|missing| missing.exception.clone()) {
            assert_eq!(json!(exception.error_type), record["errorCode"], "{name}");
        }
    }
}

#[test]
fn a_record_without_an_answer_says_where_it_is() {
    for (output, expected) in [
        (
            json!({"outputBodyS3Path": "s3://b/data/r_output.json.gz"}),
            NoAnswer::Elsewhere { path: "s3://b/data/r_output.json.gz".to_owned() },
        ),
        (Value::Null, NoAnswer::Absent),
        (json!({"outputTokenCount": 0}), NoAnswer::Absent),
    ] {
        let mut record = record("InvokeModel", "m", Value::Null);
        record["output"] = output;
        let typed: Record = serde_json::from_value(record.clone()).unwrap();
        let answer = invocation_log::answer(&typed, &Registry::new(), &mut EventSink::none());
        assert_eq!(answer, Err(expected.clone()));
        let mut reader = Reader::new(Framing::Json);
        reader.push(record.to_string().as_bytes(), &mut EventSink::none()).unwrap();
        let answer = reader.finish(&mut EventSink::none()).unwrap();
        assert_eq!(answer.malformed[0].error, expected.to_string(), "a reader gives the same");
        assert_eq!(answer.malformed[0].raw, record.to_string().as_bytes(), "and keeps the record");
    }
}

/// The record counts better than the stream measured, and the answer better than the record.
#[test]
fn counts_come_from_the_answer_then_the_record_then_the_measurements() {
    let measured = r#"[{"outputs":[{"text":"a","stop_reason":"stop"}],"amazon-bedrock-invocationMetrics":{"inputTokenCount":0,"outputTokenCount":0,"cacheReadInputTokenCount":3}}]"#;
    let mut of_log = record(
        "InvokeModelWithResponseStream",
        "mistral.mistral-7b-instruct-v0:2",
        serde_json::from_str(measured).unwrap(),
    );
    of_log["input"]["inputTokenCount"] = json!(9);
    of_log["output"]["outputTokenCount"] = json!(2);
    let usage = logged(&of_log).0.reply.usage.unwrap();
    assert_eq!(
        (usage.input_tokens, usage.output_tokens, usage.cache_read_input_tokens),
        (Some(9), Some(2), Some(3))
    );

    let own = json!({"output": {"message": {"role": "assistant", "content": [{"text": "a"}]}}, "stopReason": "end_turn", "usage": {"inputTokens": 5}});
    of_log["operation"] = json!("Converse");
    of_log["output"]["outputBodyJson"] = own;
    let usage = logged(&of_log).0.reply.usage.unwrap();
    assert_eq!((usage.input_tokens, usage.output_tokens), (Some(5), Some(2)));
}
