//! A server that sends our token back: whatever it does with it, nothing that is shown of the response has it.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod common;
#[path = "common/echoes.rs"]
mod echoes;

use std::fmt::{Debug, Write as _};

use bedrock_client::formats::converse::ConverseResponse;
use bedrock_client::operations::Conversation;
use bedrock_client::{Answer, Client, Error, RetryConfig};
use bedrock_testing::traces::Everything;
use echoes::{TOKEN, all, assert_clean, said, serve};
use serde_json::json;

/// All that can be got out of an error.
fn all_of(error: &Error) -> String {
    let mut all = format!("{error} {error:?} {error:#?} {:?} {:?}", error.service(), error.request_id());
    if let Some(service) = error.service() {
        let body = String::from_utf8_lossy(service.body());
        write!(all, " {service} {:?} {body} {:?}", service.headers(), service.json()).unwrap();
    }
    all += &String::from_utf8_lossy(error.body().map_or(&[][..], |body| body));
    all += &error.partial().map(all_shown).unwrap_or_default();
    let mut source = std::error::Error::source(error);
    while let Some(below) = source {
        write!(all, " {below} {below:?}").unwrap();
        source = below.source();
    }
    all
}

/// All that an answer has: of these, none is quoted by a model.
fn all_shown(answer: &Answer) -> String {
    let mut all = format!("{:?} {:?} {:?}", answer.completeness, answer.malformed, answer.unknown);
    for malformed in &answer.malformed {
        all += &String::from_utf8_lossy(&malformed.raw);
    }
    write!(all, "{:?}", answer.native).unwrap();
    all + &serde_json::to_string(answer).unwrap()
}

fn noted<T: Debug>(result: Result<T, Error>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(error) => all_of(&error),
    }
}

async fn streamed(client: &Client) -> String {
    let mut shown = String::new();
    let stream = client.converse_stream("anthropic.claude-sonnet-4-20250514-v1:0", "Hi").await;
    let mut stream = match stream {
        Ok(stream) => stream,
        Err(error) => return all_of(&error),
    };
    write!(shown, "{stream:?} {:?}", stream.head()).unwrap();
    while let Some(event) = stream.next().await {
        shown += &noted(event);
        shown += &stream.snapshot().as_ref().map(all_shown).unwrap_or_default();
    }
    shown + &all_shown(&stream.into_answer())
}

async fn calls(client: &Client) -> String {
    let mut shown = streamed(client).await;
    let model = "anthropic.claude-sonnet-4-20250514-v1:0";
    match client.converse(model, "Hi").streaming(false).await {
        Ok(Conversation::Whole(response)) => {
            write!(shown, "{response:?} {}", serde_json::to_string(&*response).unwrap()).unwrap();
            let answer = Conversation::Whole(response).answer().await;
            shown += &noted(answer.map(|answer| all_shown(&answer)));
        }
        other => shown += &noted(other),
    }
    let native = client.invoke_model_with_response_stream(model, json!({"messages": []})).await;
    match native {
        Ok(stream) => shown += &noted(stream.collect().await.map(|answer| all_shown(&answer))),
        Err(error) => shown += &all_of(&error),
    }
    match client.invoke_model(model, json!({"messages": []})).await {
        Ok(response) => {
            let body = String::from_utf8_lossy(response.body());
            write!(shown, "{:?} {response:?} {body}", response.head()).unwrap();
            shown += &noted(response.answer().map(|answer| all_shown(&answer)));
            shown += &response.json::<u64>().err().as_ref().map(all_of).unwrap_or_default();
        }
        Err(error) => shown += &all_of(&error),
    }
    let texts = client.embed("amazon.titan-embed-text-v2:0", ["Hi"]).await;
    shown + &texts.err().as_ref().map(all_of).unwrap_or_default()
}

#[test]
fn nothing_that_is_told_has_the_token() {
    let everything = Everything::of_this_process();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for (name, response) in all() {
        let server = serve(response);
        let client =
            common::client(&server.url).bearer_token(TOKEN).retry(RetryConfig::never()).build().unwrap();
        let shown = runtime.block_on(calls(&client));
        assert!(shown.len() > 20, "{name}: {shown}");
        assert_clean(&name, &shown);
    }
    everything.judge(&["bedrock_http]"], &[TOKEN]);
}

/// An answer with a masked error in it is of its type, and what its model says is given as it came.
#[test]
fn what_a_model_says_is_given() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for (name, response) in said() {
        let server = serve(response);
        let builder = common::client(&server.url).bearer_token(TOKEN);
        let client = builder.retry(RetryConfig::never()).build().unwrap();
        let call = client.converse("us.amazon.nova-lite-v1:0", "Hi").streaming(name == "streamed");
        let answer = runtime.block_on(async { call.await?.answer().await });
        let answer = answer.unwrap_or_else(|error| error.partial().unwrap().clone());
        assert_eq!(answer.text(), TOKEN, "{name}");
        let native = answer.native_as::<ConverseResponse>().unwrap();
        assert_eq!(native.text(), TOKEN, "{name}");
        assert_eq!(native.extra.get("error"), Some(&json!({"message": "***"})), "{name}");
        assert_eq!(answer.completeness.exception().unwrap().message, "***", "{name}");
    }
}
