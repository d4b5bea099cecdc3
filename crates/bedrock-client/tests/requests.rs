//! What goes out for each operation and setting, and what is read from the head of the response.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use crate::common::{MODEL, client, conversation, joined, stream_of};
use bedrock_client::formats::anthropic::{MessageParam, MessagesRequest};
use bedrock_client::formats::converse::{
    ConverseRequest, GuardrailStreamProcessingMode, GuardrailTrace, InferenceConfiguration, Message,
    PerformanceConfigLatency, ServiceTierType, ToolChoice, ToolSpecification,
};
use bedrock_client::formats::invoke::Trace;
use bedrock_client::{Client, ErrorKind};
use bedrock_testing::server::{Seen, Server, reply};
use serde_json::{Value, json};

const ANSWER: &str = r#"{"output":{"message":{"role":"assistant","content":[{"text":"Rain."}]}},
    "stopReason":"end_turn","usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5},"metrics":{"latencyMs":7}}"#;

fn body(seen: &Seen) -> Value {
    serde_json::from_slice(&seen.body).unwrap()
}

/// A server with one answer for all, and a client of it.
fn with(answer: &str, headers: &[(&str, &str)]) -> (Server, Client) {
    let mut all = vec![("content-type", "application/json"), ("x-amzn-requestid", "rid-7")];
    all.extend(headers);
    let server = Server::answering([reply(200, &all, answer)]);
    let client = client(&server.url).user_agent("tests/1").build().unwrap();
    (server, client)
}

/// The body that the settings of the test below make.
fn every_setting() -> Value {
    json!({
        "messages": [
            {"role": "user", "content": [{"text": "Weather?"}]},
            {"role": "assistant", "content": [{"text": "Where?"}]},
            {"role": "user", "content": [{"text": "Oslo."}]},
        ],
        "system": [{"text": "Be brief."}],
        "inferenceConfig": {"maxTokens": 50, "temperature": 0.5, "topP": 0.5, "stopSequences": ["END"]},
        "toolConfig": {
            "tools": [{"toolSpec": {"name": "weather", "description": "Tells it.", "inputSchema": {"json": {"type": "object"}}}}],
            "toolChoice": {"any": {}},
        },
        "guardrailConfig": {"guardrailIdentifier": "gr-1", "guardrailVersion": "DRAFT", "trace": "enabled"},
        "additionalModelRequestFields": {"top_k": 5},
        "promptVariables": {"city": {"text": "Oslo"}},
        "additionalModelResponseFieldPaths": ["/stop_sequence"],
        "requestMetadata": {"team": "blue"},
        "performanceConfig": {"latency": "optimized"},
        "serviceTier": {"type": "flex"},
        "outputConfig": {
            "textFormat": {
                "type": "json_schema",
                "structure": {"jsonSchema": {"schema": "{\"type\":\"object\"}", "name": "answer"}},
            },
            "effort": "low",
        },
    })
}

#[tokio::test]
async fn converse_sends_what_its_settings_say() {
    let (server, client) = with(ANSWER, &[]);
    let response = client
        .converse("arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.x.y-v1:0", "Weather?")
        .message(Message::assistant("Where?"))
        .message("Oslo.")
        .system_text("Be brief.")
        .inference_config(InferenceConfiguration::default().top_p(0.5))
        .max_tokens(50)
        .temperature(0.5)
        .stop_sequence("END")
        .tool(ToolSpecification::new("weather", "Tells it.", json!({"type": "object"})))
        .tool_choice(ToolChoice::any())
        .guardrail("gr-1", "DRAFT")
        .guardrail_trace(GuardrailTrace::Enabled)
        .additional_field("top_k", 5)
        .response_field("/stop_sequence")
        .prompt_variable("city", "Oslo")
        .metadata("team", "blue")
        .latency(PerformanceConfigLatency::Optimized)
        .service_tier(ServiceTierType::Flex)
        .effort("low")
        .json_schema("answer", &json!({"type": "object"}))
        .header("x-trace", "1")
        .await
        .unwrap();
    assert_eq!(
        (response.text().as_str(), response.request_id(), response.attempts()),
        ("Rain.", Some("rid-7"), 1)
    );
    assert_eq!(response.usage.as_ref().unwrap().total_tokens, Some(5));

    let seen = &server.seen()[0];
    let path =
        "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A111122223333%3Ainference-profile%2Fus.x.y-v1%3A0/converse";
    assert_eq!(seen.line, format!("POST {path} HTTP/1.1"));
    assert_eq!((seen.header("content-type"), seen.header("x-trace")), (Some("application/json"), Some("1")));
    let agent = seen.header("user-agent").unwrap();
    assert!(agent.starts_with("tests/1 bedrock-client/") && agent.contains("bedrock-http/"), "{agent}");
    assert!(seen.header("authorization").unwrap().contains("x-trace"), "every header is signed");
    assert_eq!(bedrock_testing::difference(&every_setting(), &body(seen)), None);
}

#[tokio::test]
async fn converse_stream_takes_whatever_a_conversation_is() {
    let server = Server::answering([stream_of(&joined(&conversation(&["Rain."])))]);
    let client = client(&server.url).build().unwrap();
    let messages = vec![Message::user("Hi"), Message::assistant("Hello"), Message::user("Why?")];
    client.converse_stream(MODEL, "Why?").await.unwrap();
    client.converse_stream(MODEL, String::from("Why?")).await.unwrap();
    client.converse_stream(MODEL, messages.clone()).await.unwrap();
    client.converse_stream(MODEL, &messages[..]).await.unwrap();
    let call = client.converse_stream(MODEL, ConverseRequest::from("Why?").guardrail("gr-1", "1"));
    call.guardrail_mode(GuardrailStreamProcessingMode::Async).await.unwrap();

    let seen = server.seen();
    assert!(seen.iter().all(|seen| seen.target() == "/model/us.amazon.nova-lite-v1%3A0/converse-stream"));
    assert_eq!(body(&seen[0]), body(&seen[1]));
    assert_eq!(body(&seen[2]), body(&seen[3]));
    assert_eq!(body(&seen[2])["messages"].as_array().unwrap().len(), 3);
    let guardrail =
        json!({"guardrailIdentifier": "gr-1", "guardrailVersion": "1", "streamProcessingMode": "async"});
    assert_eq!(body(&seen[4])["guardrailConfig"], guardrail);
}

#[tokio::test]
async fn native_settings_travel_in_headers() {
    let message = r#"{"type":"message","role":"assistant","id":"m","model":"claude","content":[{"type":"text","text":"Rain."}],
        "stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":2}}"#;
    let (server, client) = with(
        message,
        &[
            ("x-amzn-bedrock-invocation-latency", "321"),
            ("x-amzn-bedrock-input-token-count", "3"),
            ("x-amzn-bedrock-output-token-count", "2"),
            ("x-amzn-bedrock-performanceconfig-latency", "standard"),
            ("x-amzn-bedrock-service-tier", "default"),
        ],
    );
    let request = MessagesRequest::new(50, vec![MessageParam::user("Weather?")]);
    let id = "anthropic.claude-3-haiku-20240307-v1:0";
    let response = client
        .invoke_model(id, &request)
        .accept("application/json")
        .trace(Trace::EnabledFull)
        .guardrail("gr-1", "DRAFT")
        .latency(PerformanceConfigLatency::Optimized)
        .service_tier(ServiceTierType::Priority)
        .metadata([("team", "blue"), ("cost", "7")])
        .await
        .unwrap();

    assert_eq!(response.invocation_latency().unwrap().as_millis(), 321);
    let usage = response.usage().unwrap();
    assert_eq!((usage.input_tokens, usage.output_tokens, usage.total_tokens), (Some(3), Some(2), None));
    assert_eq!(response.latency(), Some(&PerformanceConfigLatency::Standard));
    assert_eq!(response.service_tier(), Some(&ServiceTierType::Default));
    assert_eq!((response.content_type(), response.request_id()), (Some("application/json"), Some("rid-7")));
    assert_eq!(response.json::<Value>().unwrap()["id"], "m");
    let answer = response.answer().unwrap();
    assert_eq!((answer.format.as_str(), answer.text().as_str()), ("anthropic", "Rain."));

    let stream = client.invoke_model_with_response_stream(id, &request).accept("application/json");
    assert_eq!(stream.await.unwrap_err().kind(), ErrorKind::NotAStream);

    let seen = server.seen();
    assert_eq!(seen[0].target(), "/model/anthropic.claude-3-haiku-20240307-v1%3A0/invoke");
    assert_eq!(body(&seen[0]), serde_json::to_value(&request).unwrap());
    let rows = [
        ("content-type", "application/json"),
        ("accept", "application/json"),
        ("x-amzn-bedrock-trace", "ENABLED_FULL"),
        ("x-amzn-bedrock-guardrailidentifier", "gr-1"),
        ("x-amzn-bedrock-guardrailversion", "DRAFT"),
        ("x-amzn-bedrock-performanceconfig-latency", "optimized"),
        ("x-amzn-bedrock-service-tier", "priority"),
        ("x-amzn-bedrock-request-metadata", r#"{"team":"blue","cost":"7"}"#),
    ];
    for (name, value) in rows {
        assert_eq!(seen[0].header(name), Some(value), "{name}");
        assert!(
            name == "accept" || seen[0].header("authorization").unwrap().contains(name),
            "{name} is signed"
        );
    }
    assert_eq!(
        seen[1].target(),
        "/model/anthropic.claude-3-haiku-20240307-v1%3A0/invoke-with-response-stream"
    );
    assert_eq!(seen[1].header("x-amzn-bedrock-accept"), Some("application/json"));
    assert_ne!(seen[1].header("accept"), Some("application/json"));
}

#[tokio::test]
async fn what_is_not_an_answer_is_said_with_its_beginning() {
    let (_server, client) = with("<html>proxy</html>", &[]);
    let error = client.converse(MODEL, "Why?").await.unwrap_err();
    assert_eq!((error.kind(), error.request_id()), (ErrorKind::Malformed, Some("rid-7")));
    assert!(error.to_string().contains("<html>proxy</html>"), "{error}");

    let response = client.invoke_model(MODEL, "{}").await.unwrap();
    assert_eq!(response.body(), "<html>proxy</html>");
    assert_eq!(response.json::<Value>().unwrap_err().kind(), ErrorKind::Malformed);
    assert_eq!(response.answer().unwrap_err().kind(), ErrorKind::Malformed);

    let (_server, client) = with(r#"{"embedding":[0.5]}"#, &[]);
    let response = client.invoke_model("amazon.titan-embed-text-v2:0", "{}").await.unwrap();
    let error = response.answer().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownFormat, "{error}");
    assert_eq!(error.partial().unwrap().unknown, [json!({"embedding": [0.5]})]);

    let error = client.invoke_model(MODEL, "{}").max_response_bytes(4).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::TooLarge, 1));
}

#[tokio::test]
async fn misuse_is_said_before_anything_is_sent() {
    let (server, client) = with(ANSWER, &[]);
    for id in ["", ".", "..", "..;x"] {
        let error = client.converse_stream(id, "Why?").await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Usage, 0), "{id}");
        assert!(error.to_string().contains("modelId"), "{error}");
    }
    let error = client.converse(MODEL, "Why?").header("x-a", "line\nbreak").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    let unwritable = std::collections::HashMap::from([((1, 2), 3)]);
    let error = client.invoke_model(MODEL, bedrock_client::NativeBody::json(&unwritable)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(server.seen().is_empty());

    let error = Client::builder().region("us-east-1").build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credentials);
    let error = Client::builder().anonymous().build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
}

#[tokio::test]
async fn errors_of_the_service_come_with_all_that_it_said() {
    let headers =
        [("x-amzn-errortype", "ThrottlingException:http://internal/"), ("x-amzn-requestid", "rid-9")];
    let server = Server::answering([reply(429, &headers, r#"{"message":"Too many requests"}"#)]);
    let client = client(&server.url).max_attempts(2).build().unwrap();
    let error = client.converse(MODEL, "Why?").await.unwrap_err();
    assert!(error.is_throttling() && error.is_retryable());
    assert_eq!((error.attempts(), server.seen().len()), (2, 2));
    let shown = "ThrottlingException: Too many requests (request id rid-9) (after 2 attempts)";
    assert_eq!(error.to_string(), shown);

    // The table of exceptions is asked first: this one is not worth asking again, whatever its status.
    let server = Server::answering([reply(503, &[("x-amzn-errortype", "ValidationException")], "{}")]);
    let error =
        crate::common::client(&server.url).build().unwrap().converse(MODEL, "Why?").await.unwrap_err();
    assert_eq!((error.attempts(), error.is_retryable()), (1, false));
}

#[tokio::test]
async fn nothing_prints_a_secret_or_a_prompt() {
    let (_server, client) = with(ANSWER, &[]);
    let call = client.converse(MODEL, "PROMPTTEXT").system_text("SYSTEMTEXT");
    let native = client.invoke_model(MODEL, "PROMPTTEXT");
    let shown = format!("{client:?} {call:?} {native:?}");
    for secret in ["SECRETEXAMPLE", "PROMPTTEXT", "SYSTEMTEXT"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
