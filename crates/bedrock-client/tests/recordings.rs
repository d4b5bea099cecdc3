//! Recorded traffic over HTTP, through the whole client: answers, streams and refusals as the service sent them.
//! `BEDROCK_RECORDINGS` names the folder; without it nothing is tested here.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::sync::{Arc, Mutex};

use crate::common::client;
use bedrock_aggregate::{EventSink, Framing, Reader};
use bedrock_client::formats::converse::ConverseRequest;
use bedrock_client::formats::exceptions;
use bedrock_client::{Answer, Client, ErrorKind};
use bedrock_testing::server::{Server, Step, reply};
use bedrock_testing::{Recording, recordings};
use serde_json::Value;

/// A server that answers with whatever it was last told to.
fn stage() -> (Server, Client, Arc<Mutex<Vec<Step>>>) {
    let next = Arc::new(Mutex::new(Vec::new()));
    let shared = next.clone();
    let server = Server::start(move |_, _| shared.lock().unwrap().clone());
    let client = client(&server.url).max_attempts(1).build().unwrap();
    (server, client, next)
}

/// The answer as it was recorded, with the headers that say something.
fn recorded(recording: &Recording) -> Vec<Step> {
    let meta = recording.meta();
    let wanted = |name: &str| name.starts_with("x-amzn") || name == "content-type";
    let headers: Vec<(String, String)> = match &meta["response_headers"] {
        Value::Object(headers) => headers
            .iter()
            .filter(|(name, _)| wanted(&name.to_ascii_lowercase()))
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect(),
        _ => Vec::new(),
    };
    let headers: Vec<(&str, &str)> =
        headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    reply(recording.status, &headers, recording.response())
}

#[tokio::test]
async fn recorded_streams_are_what_the_reader_makes_of_them() {
    let Some(all) = recordings(|r| r.status == 200 && r.framing == "eventstream") else { return };
    let (_server, client, next) = stage();
    let mut native = 0;
    for recording in &all {
        let what = &recording.case;
        let reader = Reader::new(Framing::EventStream).with_model_id(recording.model_id.as_str());
        let is_converse = recording.operation == "converse-stream";
        let mut reader = if is_converse { reader.with_format("converse").unwrap() } else { reader };
        let pushed = reader.push(&recording.response(), &mut EventSink::none());
        let want = reader.finish(&mut EventSink::none()).unwrap_or_else(Answer::from);

        *next.lock().unwrap() = recorded(recording);
        let model = recording.model_id.as_str();
        let opened = match recording.operation.as_str() {
            "converse-stream" => client.converse_stream(model, "Hi").await,
            "invoke-with-response-stream" => client.invoke_model_with_response_stream(model, "{}").await,
            other => panic!("{what}: {other}"),
        };
        native += usize::from(!is_converse);
        let got = match opened {
            Err(error) => Err(error),
            Ok(answer) => answer.collect().await,
        };
        match got {
            Ok(got) => {
                assert!(pushed.is_ok() && want.completeness.is_complete(), "{what}");
                assert_eq!(got, want, "{what}");
            }
            Err(error) => {
                assert!(pushed.is_err() || !want.completeness.is_complete(), "{what}: {error}");
                if let Some(got) = error.partial() {
                    assert_eq!(*got, want, "{what}");
                }
            }
        }
    }
    assert!(native > 0 && native < all.len(), "{native} of {}", all.len());
}

#[tokio::test]
async fn recorded_answers_are_read_whole() {
    let wanted = |r: &Recording| {
        let native = r.operation == "invoke" && ["anthropic", "nova"].contains(&r.format.as_str());
        r.status == 200
            && r.framing == "json"
            && (native || r.operation == "converse" && r.format == "converse")
    };
    let Some(all) = recordings(wanted) else { return };
    let (_server, client, next) = stage();
    for recording in &all {
        let what = &recording.case;
        *next.lock().unwrap() = recorded(recording);
        let wire: Value = serde_json::from_slice(&recording.response()).unwrap();
        let read = if recording.operation == "converse" {
            let response = client.converse(&recording.model_id, "Hi").await;
            serde_json::to_value(&*response.unwrap_or_else(|error| panic!("{what}: {error}"))).unwrap()
        } else {
            let response = client.invoke_model(&recording.model_id, "{}").await.unwrap();
            let answer = response.answer().unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(answer.format, recording.format, "{what}");
            answer.native.unwrap().to_json()
        };
        assert_eq!(bedrock_testing::difference(&wire, &read), None, "{what}");
    }
}

/// Every recorded refusal, and every stream that held nothing but one: the service's name for it, its status, its words, and
/// whether asking again may help.
#[tokio::test]
async fn every_recorded_error_is_the_right_one() {
    let Some(all) = recordings(|r| r.status >= 400 || r.format == "exception-only") else { return };
    let (_server, client, next) = stage();
    for recording in &all {
        let what = &recording.case;
        *next.lock().unwrap() = recorded(recording);
        let model = if recording.model_id.is_empty() { "a.b" } else { recording.model_id.as_str() };
        let error = match recording.operation.as_str() {
            "converse" => client.converse(model, "Hi").await.unwrap_err(),
            "converse-stream" => client.converse_stream(model, "Hi").await.unwrap_err(),
            "count-tokens" => client.count_tokens(model, ConverseRequest::from("Hi")).await.unwrap_err(),
            "invoke" => client.invoke_model(model, "{}").await.unwrap_err(),
            "invoke-with-response-stream" => {
                match client.invoke_model_with_response_stream(model, "{}").await {
                    Err(error) => error,
                    Ok(stream) => stream.collect().await.unwrap_err(),
                }
            }
            other => panic!("{what}: {other}"),
        };
        let (name, status, body) = expected(recording);
        assert_eq!(error.kind(), ErrorKind::Service, "{what}: {error}");
        assert_eq!(error.error_type(), name.as_deref(), "{what}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status), "{what}");
        let text = body.text().unwrap_or_else(|| panic!("{what}: no words"));
        assert_eq!(error.service().unwrap().message(), Some(text), "{what}");
        assert!(error.to_string().contains(text), "{what}: {error}");
        if let Some(row) = name.as_deref().and_then(exceptions::lookup) {
            assert_eq!(row.status, status, "{what}: the status that the name has");
        }
        // Of all that was recorded only an overloaded service may do better later.
        assert_eq!((error.is_retryable(), error.is_throttling()), (status == 503, false), "{what}: {error}");
        assert_eq!(error.is_context_overflow(), exceptions::is_context_overflow(text), "{what}");
        assert!(error.partial().is_none(), "{what}: {:?}", error.partial());
        assert_eq!(error.attempts(), 1, "{what}");
    }
    assert!(all.len() >= 188, "only {} errors", all.len());
}

/// Name, status and body of a recorded error. A frame has no status: the service model gives its name one.
fn expected(recording: &Recording) -> (Option<String>, u16, exceptions::Exception) {
    if recording.status == 200 {
        let frame = recording.events().pop().unwrap();
        assert_eq!(frame["headers"][0], serde_json::json!([":exception-type", "validationException"]));
        let body = serde_json::from_value(frame["payload"].clone()).unwrap();
        return (Some("ValidationException".to_owned()), 400, body);
    }
    let meta = recording.meta();
    let headers = meta["response_headers"].as_object().cloned().unwrap_or_default();
    let header = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-amzn-errortype"));
    let name = header.and_then(|(_, value)| value.as_str()?.split(':').next()).map(str::to_owned);
    (name, recording.status, serde_json::from_slice(&recording.response()).unwrap())
}
