//! Recorded Converse traffic goes through the types and comes out as it went in.

use bedrock_formats::converse::{
    ContentBlock, ConverseOutput, ConverseRequest, ConverseResponse, ConverseStreamOutput,
    ConverseStreamRequest,
};
use bedrock_formats::count_tokens::{CountTokensRequest, CountTokensResponse};
use bedrock_formats::exceptions::Exception;
use bedrock_formats::guardrail::{ApplyGuardrailRequest, ApplyGuardrailResponse};
use bedrock_formats::reply::ToReply;
use bedrock_testing::{Recording, difference, has_unknown, recordings, round_trip};
use serde_json::{Value, json};

fn json_body(recording: &Recording) -> Value {
    serde_json::from_slice(&recording.response())
        .unwrap_or_else(|error| panic!("{}: {error}", recording.case))
}

/// The frame's `:event-type` or `:exception-type`.
fn event_name(frame: &Value) -> String {
    let headers = frame["headers"].as_array().into_iter().flatten();
    let names = headers.filter(|header| header[0] == ":event-type" || header[0] == ":exception-type");
    names.filter_map(|header| header[1].as_str()).collect()
}

#[test]
fn every_request_comes_back() {
    let Some(all) = recordings(|row| row.operation.starts_with("converse")) else { return };
    let mut requests = 0;
    for recording in &all {
        // A recorder that masked or cut a request left something that is no longer an object.
        let Some(request @ Value::Object(_)) = recording.request() else { continue };
        requests += 1;
        let typed: ConverseRequest = round_trip(&recording.case, &request);
        if recording.status == 200 {
            assert!(!has_unknown(&typed), "{}: {typed:?}", recording.case);
        }
        let stream: ConverseStreamRequest = round_trip(&recording.case, &request);
        if stream.guardrail_config.is_none() {
            assert_eq!(ConverseStreamRequest::from(typed), stream, "{}", recording.case);
        }
    }
    assert!(requests > 400, "{requests} requests");
}

#[test]
fn every_answer_comes_back() {
    let Some(all) = recordings(|row| row.format == "converse" && row.framing == "json") else { return };
    assert!(all.len() > 400, "{} answers", all.len());
    let mut unknown = Vec::new();
    for recording in &all {
        let response: ConverseResponse = round_trip(&recording.case, &json_body(recording));
        if has_unknown(&response) {
            unknown.push(&recording.case);
        }
        let message = response.message().unwrap_or_else(|| panic!("{}: no message", recording.case));
        let reply = response.to_reply();
        assert_eq!(reply.text(), response.text(), "{}", recording.case);
        assert_eq!(reply.tool_uses().count(), response.tool_uses().count(), "{}", recording.case);
        assert_eq!(
            reply.native_stop_reason.as_deref(),
            Some(response.stop_reason.as_str()),
            "{}",
            recording.case
        );
        let counted = response.usage.as_ref().and_then(|usage| usage.input_tokens);
        assert_eq!(reply.usage.and_then(|usage| usage.input_tokens), counted, "{}", recording.case);
        let cited =
            message.content.iter().filter(|block| matches!(block, ContentBlock::CitationsContent(_))).count();
        assert!(reply.content.len() + cited >= message.content.len(), "{}", recording.case);
    }
    // A few are made by hand, to hold what the service never sent.
    assert!(unknown.len() <= 5, "{unknown:#?}");
}

#[test]
fn every_frame_comes_back_without_its_padding() {
    let Some(all) = recordings(|row| row.format == "converse" && row.framing == "eventstream") else {
        return;
    };
    let mut frames = 0;
    for recording in &all {
        for frame in recording.events() {
            let name = event_name(&frame);
            let mut payload = frame["payload"].clone();
            let event = ConverseStreamOutput::from_event(&name, payload.to_string().as_bytes())
                .unwrap_or_else(|error| panic!("{}: {error}", recording.case));
            assert!(!has_unknown(&event), "{}: {event:?}", recording.case);
            assert_eq!(event.member(), Some(name.as_str()), "{}", recording.case);
            payload.as_object_mut().unwrap().remove("p");
            let wrapped = json!({name: payload});
            if let Some(at) = difference(&wrapped, &serde_json::to_value(&event).unwrap()) {
                panic!("{}: {at}\n{wrapped}", recording.case);
            }
            frames += 1;
        }
    }
    assert!(frames > 1000, "{frames} frames");
}

#[test]
fn every_error_has_its_words() {
    let errors = |row: &Recording| {
        row.format == "error"
            && row.framing == "json"
            && (row.operation == "invoke" || row.operation.starts_with("converse"))
    };
    let Some(all) = recordings(errors) else { return };
    assert!(all.len() > 100, "{} errors", all.len());
    for recording in &all {
        let body: Exception = round_trip(&recording.case, &json_body(recording));
        assert!(body.text().is_some_and(|text| !text.is_empty()), "{}: {body:?}", recording.case);
    }
}

#[test]
fn guardrails_come_back() {
    let Some(all) = recordings(|row| row.operation == "apply-guardrail" && row.status == 200) else { return };
    assert!(!all.is_empty());
    for recording in &all {
        if let Some(request) = recording.request() {
            let request: ApplyGuardrailRequest = round_trip(&recording.case, &request);
            assert!(!has_unknown(&request), "{}: {request:?}", recording.case);
        }
        let response: ApplyGuardrailResponse = round_trip(&recording.case, &json_body(recording));
        assert!(!has_unknown(&response), "{}: {response:?}", recording.case);
    }
}

#[test]
fn counts_come_back() {
    let Some(all) = recordings(|row| row.operation == "count-tokens") else { return };
    for recording in &all {
        if let Some(request) = recording.request() {
            let request: CountTokensRequest = round_trip(&recording.case, &request);
            assert!(!has_unknown(&request), "{}: {request:?}", recording.case);
        }
        if recording.status == 200 {
            let response: CountTokensResponse = round_trip(&recording.case, &json_body(recording));
            assert!(response.input_tokens.is_some_and(|tokens| tokens > 0), "{}", recording.case);
        }
    }
}

#[test]
fn an_output_that_is_no_message_is_kept() {
    let response: ConverseResponse = round_trip("poem", &json!({"output": {"poem": ["a"]}}));
    assert!(matches!(response.output, ConverseOutput::Unknown(_)));
    assert_eq!((response.message(), response.text()), (None, String::new()));
}
