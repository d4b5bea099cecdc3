//! Nothing that the client or the emulator prints holds a secret: no `Debug`, no error, no span and no event, on any thread.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod common;

use std::fmt::Debug;

use bedrock_client::{BearerToken, Client, Credentials, RetryConfig};
use bedrock_emulator::Emulator;
use bedrock_testing::traces::Everything;
use common::MODEL;
use serde_json::json;

/// What the callers know, and what the server alone knows.
const SECRETS: &[&str] =
    &["SECRETEXAMPLE", "SESSIONEXAMPLE", "WRONGEXAMPLE", "ABSKEXAMPLE", "ABSKWRONG", "PASSWORDEXAMPLE"];

/// What was printed, and all that an error says.
fn printed<T: Debug>(outcome: &Result<T, bedrock_client::Error>) -> String {
    match outcome {
        Ok(value) => format!("{value:?} {value:#?}"),
        Err(error) => {
            let mut all = format!("{error} {error:?} {error:#?} {:?} {:?}", error.service(), error.body());
            all += &String::from_utf8_lossy(error.body().map_or(&[][..], |body| body));
            let mut source = std::error::Error::source(error);
            while let Some(below) = source {
                all += &format!(" {below} {below:?}");
                source = below.source();
            }
            all
        }
    }
}

async fn calls(client: &Client, everything: &Everything) {
    let call = client.converse(MODEL, "Hi").header("x-tenant", "blue");
    everything.note(format!("{client:?} {call:?} {:?}", client.transport()));
    everything.note(printed(&call.await));
    for scenario in ["plain", "exception after=3", "eof after=3", "close after=3", "error", "throttle n=9"] {
        let outcome = client.converse_stream(MODEL, format!("[[{scenario}]]")).await;
        everything.note(printed(&outcome));
        if let Ok(answer) = outcome {
            everything.note(printed(&answer.collect().await.map(|answer| answer.completeness)));
        }
    }
    everything.note(printed(&client.invoke_model(MODEL, json!({"messages": []})).await));
    let session = client.invoke_model_with_bidirectional_stream("amazon.nova-sonic-v1:0").await;
    everything.note(printed(&session));
    if let Ok(mut session) = session {
        everything.note(printed(&session.send(json!({"event": 1})).await));
        session.close_input();
        while let Some(event) = session.next().await {
            everything.note(printed(&event));
        }
    }
    let blocking = client.converse_stream(MODEL, "Hi").send_blocking();
    everything.note(printed(&blocking));
}

/// What the server tells at its own address.
fn log_of(server: &Emulator) -> String {
    use std::io::{Read, Write};
    let mut socket = std::net::TcpStream::connect(server.address()).unwrap();
    write!(socket, "GET /__log HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).unwrap();
    assert!(text.contains("Signature=***") && text.contains("Bearer ***"), "{text}");
    text
}

#[test]
fn nowhere() {
    let everything = Everything::of_this_process();
    let temporary = || Credentials::new("ASIATEMP", "SECRETEXAMPLE").with_session_token("SESSIONEXAMPLE");
    let accepted = "ASIATEMP:SECRETEXAMPLE:SESSIONEXAMPLE".parse().unwrap();
    let builder = Emulator::builder().credentials(accepted).bearer("ABSKEXAMPLE");
    everything.note(format!("{builder:?} {builder:#?}"));
    let server = builder.start_blocking().unwrap();
    let dead = "http://user:PASSWORDEXAMPLE@127.0.0.1:9";
    let client = |url: &str| Client::builder().region("us-east-1").endpoint(url).retry(RetryConfig::never());
    let wrong = Credentials::new("ASIATEMP", "WRONGEXAMPLE").with_session_token("SESSIONEXAMPLE");
    let clients = [
        client(&server.url()).credentials(temporary()),
        client(&server.url()).bearer_token("ABSKEXAMPLE"),
        client(&server.url()).credentials(wrong),
        client(&server.url()).auth(BearerToken::new("ABSKWRONG")),
        client("http://127.0.0.1:9").credentials(temporary()),
        client(dead).credentials(temporary()),
    ];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for client in clients {
        match client.build() {
            Ok(client) => runtime.block_on(calls(&client, &everything)),
            Err(error) => everything.note(printed::<()>(&Err(error))),
        }
    }
    everything.note(format!("{server:?} {:#?}", server.requests()));
    everything.note(log_of(&server));
    everything.judge(&["bedrock_http]", "aws_sigv4", "hyper"], SECRETS);
}
