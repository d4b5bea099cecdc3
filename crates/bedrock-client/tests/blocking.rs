//! Calls of code that is not async: outside of any runtime, inside of each kind, and from many threads.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::time::Duration;

use crate::common::{MODEL, client};
use bedrock_client::operations::Conversation;
use bedrock_client::{ErrorKind, Event, blocking};
use bedrock_emulator::{Answer, Emulator};
use bedrock_testing::server::{Seen, Server, Step, reply};
use serde_json::json;

fn emulator() -> (Emulator, blocking::Client) {
    let server = Emulator::builder().verify("AKIDEXAMPLE", "SECRETEXAMPLE").start_blocking().unwrap();
    let client = crate::common::both_ways(&server.url()).build().unwrap().into();
    (server, client)
}

/// Calls of each kind.
fn calls(server: &Emulator, client: &blocking::Client) {
    server.enqueue(Answer::text("Rain."));
    assert_eq!(client.converse(MODEL, "Weather?").max_tokens(9).send_blocking().unwrap().text(), "Rain.");

    server.enqueue(Answer::text("Rain in Bergen."));
    let mut answer = client.converse_stream(MODEL, "Weather?").send_blocking().unwrap();
    let text: String = answer.text().map(Result::unwrap).collect();
    assert_eq!(
        (text.as_str(), answer.finish().unwrap().text().as_str()),
        ("Rain in Bergen.", "Rain in Bergen.")
    );

    server.enqueue(Answer::text("Rain in Bergen."));
    let mut answer = client.converse_stream(MODEL, "Weather?").send_blocking().unwrap();
    let events = answer.by_ref().map(Result::unwrap).count();
    assert!(events > 4, "{events}");

    server.enqueue(Answer::text("Rain in Bergen."));
    let (mut received, answer) = (0, client.converse_stream(MODEL, "Weather?").send_blocking().unwrap());
    let answer =
        answer.for_each(|event| received += usize::from(matches!(event, Event::TextDelta(_)))).unwrap();
    assert!(received > 0 && answer.completeness.is_complete());

    server.enqueue(Answer::text("Rain in Bergen.").with_fault("eof after=2".parse().unwrap()));
    let answer = client.converse_stream(MODEL, "Weather?").send_blocking().unwrap();
    let error = answer.read_to_end().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete);
    assert!(!error.partial().unwrap().text().is_empty());

    let pages = client.list_inference_profiles().page_size(1).pages().blocking();
    assert!(pages.map(Result::unwrap).count() > 1);

    let mut session =
        client.invoke_model_with_bidirectional_stream("amazon.nova-sonic-v1:0").send_blocking().unwrap();
    session.send(json!({"event": 1})).unwrap();
    session.close_input();
    assert_eq!(session.next().unwrap().unwrap(), r#"{"event":1}"#);
    assert!(session.next().is_none());

    let either = client.converse(MODEL, "Weather?").streaming(true).send_blocking().unwrap();
    assert!(matches!(either, blocking::Conversation::Streamed(_)));
}

/// A second answer to each call, which nobody asked for, is no answer to the next one.
fn calls_with_second_answers(start: fn(Script) -> Server) {
    let (tell, told) = std::sync::mpsc::channel();
    let answer = |text: &str| {
        let message = json!({"role": "assistant", "content": [{"text": text}]});
        let usage = json!({"inputTokens": 1, "outputTokens": 1, "totalTokens": 2});
        let body = json!({"output": {"message": message}, "stopReason": "end_turn", "usage": usage});
        reply(200, &[("content-type", "application/json")], body.to_string())
    };
    let server = start(Box::new(move |_, seen| {
        let model = seen.target().split('/').nth(2).unwrap_or_default();
        let later = vec![Step::Wait(Duration::from_millis(1))];
        [answer(model), later, answer("injected"), vec![Step::Tell(tell.clone())]].concat()
    }));
    let client = match server.pem() {
        Some(pem) => crate::common::trusting(&server.url, pem),
        None => client(&server.url),
    };
    let client: blocking::Client = client.build().unwrap().into();
    for n in 0..30 {
        let model = format!("model-{n}");
        assert_eq!(client.converse(&model, "Who?").send_blocking().unwrap().text(), model);
        told.recv_timeout(Duration::from_secs(20)).unwrap();
        std::thread::sleep(Duration::from_millis(1));
    }
}

type Script = Box<dyn Fn(usize, &Seen) -> Vec<Step> + Send + Sync>;

#[test]
fn second_answers_outside_of_any_runtime() {
    calls_with_second_answers(Server::start);
    calls_with_second_answers(Server::start_tls);
}

#[tokio::test]
async fn second_answers_inside_of_a_runtime_of_one_thread() {
    calls_with_second_answers(Server::start);
    calls_with_second_answers(Server::start_tls);
}

#[test]
fn outside_of_any_runtime() {
    let (server, client) = emulator();
    calls(&server, &client);
    // The thread ends with the last client.
    drop(client);
}

#[tokio::test]
async fn inside_of_a_runtime_of_one_thread() {
    let (server, client) = emulator();
    calls(&server, &client);
    // The same client, async.
    let either = client.converse(MODEL, "Weather?").streaming(false).await.unwrap();
    assert!(matches!(either, Conversation::Whole(_)));
    drop((client, server));
}

#[tokio::test]
async fn after_calls_of_the_runtime_that_it_blocks() {
    // The connections that these leave open are served by this very thread.
    let (server, client) = emulator();
    for _ in 0..2 {
        assert!(!client.converse(MODEL, "Weather?").await.unwrap().text().is_empty());
        client.converse_stream(MODEL, "Weather?").await.unwrap().collect().await.unwrap();
        calls(&server, &client);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inside_of_a_runtime_of_many_threads() {
    let (server, client) = emulator();
    calls(&server, &client);
    tokio::task::spawn_blocking(move || calls(&server, &client)).await.unwrap();
}

#[test]
fn a_long_stream_inside_of_a_task_does_not_starve() {
    // A task has a budget of steps; what blocks inside of one must not wait for a new one, which would never come.
    const MORE_THAN_THE_BUDGET: usize = 300;
    let (server, client) = emulator();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async move {
        let task = tokio::spawn(async move {
            let session = client.invoke_model_with_bidirectional_stream("amazon.nova-sonic-v1:0");
            let mut session = session.send_blocking().unwrap();
            for n in 0..MORE_THAN_THE_BUDGET {
                session.send(json!(n)).unwrap();
                assert_eq!(session.next().unwrap().unwrap(), n.to_string());
            }
        });
        task.await.unwrap();
        drop(server);
    });
}

#[test]
fn many_threads_share_one_client() {
    let (_server, client) = emulator();
    std::thread::scope(|scope| {
        for n in 0..8 {
            let client = client.clone();
            scope.spawn(move || {
                let answer = client.converse_stream(MODEL, format!("Say {n}.")).send_blocking().unwrap();
                assert!(answer.read_to_end().unwrap().completeness.is_complete());
            });
        }
    });
}
