//! Against a server that shares no code with this project and checks every signature: frames and signatures are made by
//! AWS's own JavaScript packages. `BEDROCK_INTEROP` names the folder with that server; without it nothing is tested here.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use crate::common::interop::{self, Server};
use bedrock_client::{Client, ClientBuilder, Credentials, ErrorKind, Event, HttpVersion};
use serde_json::json;

fn server() -> Option<Server> {
    interop::server(&["--verify", "ASIATEMP:TEMPSECRET:SESSIONTOKEN", "--bearer", "good-key"])
}

fn client(server: &Server) -> ClientBuilder {
    speaking(server, HttpVersion::Auto)
}

fn speaking(server: &Server, version: HttpVersion) -> ClientBuilder {
    let builder = Client::builder().region("us-east-1").endpoint(&server.url).random(|| 0.0);
    crate::common::connecting(builder, version)
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
    let one = speaking(&server, HttpVersion::Http1).credentials(keys.clone()).build().unwrap();
    let two = speaking(&server, HttpVersion::Http2).credentials(keys).build().unwrap();
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
