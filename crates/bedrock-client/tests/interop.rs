//! Against a server that shares no code with this project and checks every signature: frames and signatures are made by
//! AWS's own JavaScript packages. `BEDROCK_INTEROP` names the folder with that server; without it nothing is tested here.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod common;

use std::time::Duration;

use bedrock_client::{Client, ClientBuilder, Credentials, ErrorKind, Event, HttpVersion};
use common::interop::{self, Server};
use serde_json::json;

fn server() -> Option<Server> {
    interop::server(&["--verify", "ASIATEMP:TEMPSECRET:SESSIONTOKEN", "--bearer", "good-key"])
}

fn client(server: &Server) -> ClientBuilder {
    Client::builder().region("us-east-1").endpoint(&server.url).random(|| 0.0)
}

const IDS: &[&str] = &[
    "amazon.nova-lite",
    "amazon.nova-lite-v1:0",
    "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.amazon.nova-lite-v1:0",
    "anthropic.claude-3-haiku-20240307-v1:0",
    "id with space/ünd:$~*'(+)",
];

/// The four operations with one model.
async fn four_operations(client: &Client, id: &str) {
    let what = format!("{id} as {client:?}");
    let said = "You said: Hi";

    let response = client.converse(id, "Hi").max_tokens(50).metadata("team", "blue").await;
    let response = response.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(response.text().ends_with(said), "{what}: {}", response.text());
    assert!(response.request_id().is_some() && response.usage.is_some(), "{what}");

    let mut answer = client.converse_stream(id, "Hi").await.unwrap_or_else(|error| panic!("{what}: {error}"));
    let mut text = String::new();
    while let Some(event) = answer.next().await {
        if let Event::TextDelta(delta) = event.unwrap() {
            text.push_str(&delta);
        }
    }
    assert!(text.ends_with(said), "{what}: {text}");
    let message = answer.finish().unwrap();
    assert_eq!((message.text(), message.format.as_str()), (text, "converse"), "{what}");

    let body = json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 50,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]});
    let response =
        client.invoke_model(id, &body).accept("application/json").metadata([("team", "blue")]).await;
    let response = response.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(response.answer().unwrap().text().ends_with(said), "{what}");

    let call = client.invoke_model_with_response_stream(id, &body).accept("application/json");
    let answer = call.await.unwrap_or_else(|error| panic!("{what}: {error}")).collect().await.unwrap();
    assert!(answer.text().ends_with(said), "{what}");
    assert!(answer.invocation_metrics.is_some(), "{what}");
    assert!(["anthropic", "nova"].contains(&answer.format.as_str()), "{what}");
}

#[tokio::test]
async fn every_kind_of_model_id_is_signed_as_it_is_sent() {
    let Some(server) = server() else { return };
    let keys = Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE");
    let one = client(&server).credentials(keys.clone()).http_version(HttpVersion::Http1).build().unwrap();
    let two = client(&server).credentials(keys).http_version(HttpVersion::Http2).build().unwrap();
    for id in IDS {
        four_operations(&one, id).await;
        four_operations(&two, id).await;
    }
    let temporary = Credentials::new("ASIATEMP", "TEMPSECRET").with_session_token("SESSIONTOKEN");
    four_operations(&client(&server).credentials(temporary).build().unwrap(), IDS[1]).await;
    four_operations(&client(&server).bearer_token("good-key").build().unwrap(), IDS[1]).await;

    let wrong = client(&server).credentials(Credentials::new("AKIDEXAMPLE", "WRONG")).build().unwrap();
    let error = wrong.converse_stream(IDS[0], "Hi").await.unwrap_err();
    assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::Service, 403), "{error}");
    assert!(!format!("{error} {error:?}").contains("WRONG"));
}

/// What the caller gets of a stream that goes wrong: kind of error, text that had arrived, requests sent.
struct Row {
    scenario: &'static str,
    kind: Option<ErrorKind>,
    arrived: &'static str,
    attempts: u32,
}

const fn row(scenario: &'static str, kind: Option<ErrorKind>, arrived: &'static str, attempts: u32) -> Row {
    Row { scenario, kind, arrived, attempts }
}

/// Four pieces: `one `, `two `, `thre`, `e`. The announcement is the first event, so `after=3` is after `two `.
const FAULTS: &[Row] = {
    use ErrorKind::{Incomplete, Malformed, Service, Transport};
    const ALL: &str = "one two three";
    &[
        row("plain", None, ALL, 1),
        row("drip", None, ALL, 1),
        row("split size=7", None, ALL, 1),
        row("coalesce", None, ALL, 1),
        row("unknown after=1", None, ALL, 1),
        row("textstart", None, ALL, 1),
        row("dupstop", None, ALL, 1),
        row("throttle n=1 key=a", None, ALL, 2),
        row("throttle n=2 key=b", None, ALL, 3),
        row("throttle n=9 key=c", Some(Service), "", 3),
        row("error status=503 type=ServiceUnavailableException", Some(Service), "", 3),
        row("error status=400 type=ValidationException", Some(Service), "", 1),
        row("rst0", Some(Transport), "", 3),
        row("close0", Some(Transport), "", 3),
        row("exception type=throttlingException after=0", Some(Service), "", 3),
        row("exception type=throttlingException after=1", Some(Service), "", 3),
        row("exception type=validationException after=1", Some(Service), "", 1),
        row("exception type=throttlingException after=3", Some(Service), "one two ", 1),
        row("exception type=someNewException after=3", Some(Service), "one two ", 1),
        row("errorframe code=InternalFailure after=3", Some(Service), "one two ", 1),
        row("truncate after=3 bytes=9", Some(Incomplete), "one two ", 1),
        row("truncate after=0 bytes=9", Some(Incomplete), "", 1),
        row("eof after=3", Some(Incomplete), "one two ", 1),
        row("eof after=1", Some(Incomplete), "", 1),
        row("close after=3", Some(Transport), "one two ", 1),
        row("reset after=3", Some(Transport), "one two ", 1),
        row("crc after=3 which=message", Some(Malformed), "one two ", 1),
        row("crc after=3 which=prelude", Some(Malformed), "one two ", 1),
        row("badlen after=3 len=2147483647", Some(Malformed), "one two ", 1),
        row("badlen after=3 len=8", Some(Malformed), "one two ", 1),
        row("badjson after=3", Some(Incomplete), ALL, 1),
        row("emptypayload after=3", None, ALL, 1),
        row("garbage", Some(Malformed), ALL, 1),
        row("nometa", Some(Incomplete), ALL, 1),
        row("nostop", Some(Incomplete), ALL, 1),
        row("stall after=3", Some(ErrorKind::Timeout(bedrock_client::TimeoutPhase::Idle)), "one two ", 1),
        row("hang", Some(ErrorKind::Timeout(bedrock_client::TimeoutPhase::FirstByte)), "", 1),
    ]
};

#[tokio::test]
async fn every_fault_has_its_error_and_keeps_what_arrived() {
    let Some(server) = server() else { return };
    let client =
        client(&server).credentials(Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE")).build().unwrap();
    for Row { scenario, kind, arrived, attempts } in FAULTS {
        let prompt = format!("[[{scenario} text=\"one two three\" chunk=4]]");
        let mut call = client.converse_stream("amazon.nova-lite-v1:0", prompt);
        if matches!(kind, Some(ErrorKind::Timeout(_))) {
            let limit = Duration::from_millis(500);
            call = call.idle_timeout(limit).first_byte_timeout(limit);
        }
        let (mut heard, mut sent) = (String::new(), 0);
        let outcome = match call.await {
            Err(error) => Err(error),
            Ok(mut answer) => {
                let mut pieces = answer.text_stream();
                while let Some(Ok(piece)) = pieces.next().await {
                    heard.push_str(&piece);
                }
                sent = answer.attempts();
                answer.finish()
            }
        };
        let what = format!("{scenario}: {heard:?} {outcome:?}");
        // A reset takes away what had come and was not yet read.
        let is_reset = scenario.starts_with("reset");
        assert!(heard == *arrived || is_reset && arrived.starts_with(&heard), "{what}");
        match outcome {
            Ok(answer) => assert_eq!((None, heard), (*kind, answer.text()), "{what}"),
            Err(error) => {
                assert_eq!(Some(error.kind()), *kind, "{what}");
                let partial = error.partial().map(|answer| answer.text()).unwrap_or_default();
                assert_eq!(partial, heard, "{what}");
                sent = error.attempts();
            }
        }
        assert!(sent == *attempts || is_reset, "{what}");
    }
}
