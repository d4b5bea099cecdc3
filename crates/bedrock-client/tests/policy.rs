//! What the circuit breaker and the limit on tokens make of answers: only who reads them knows how they end and what they
//! used.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::sync::{Arc, Mutex};

use crate::common::{MODEL, client};
use bedrock_client::{BreakerConfig, CallInfo, Client, ErrorKind, Limits, Observer, TransportEvent};
use bedrock_emulator::{Answer, Emulator};
use serde_json::json;

/// Writes down what the breaker and the limits do.
#[derive(Default)]
struct Diary(Mutex<Vec<String>>);

impl Observer for Diary {
    fn observe(&self, _: &CallInfo, event: &TransportEvent<'_>) {
        let word = match event {
            TransportEvent::Breaker { state } => format!("{state:?}"),
            TransportEvent::Admitted { reserved, .. } => format!("reserved {reserved}"),
            TransportEvent::Settled { used, .. } => format!("used {used}"),
            _ => return,
        };
        self.0.lock().unwrap().push(word);
    }
}

impl Diary {
    fn read(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

async fn breaking(server: &Emulator, diary: &Arc<Diary>) -> Client {
    server.clear();
    let breaker = BreakerConfig::default().failures(2);
    client(&server.url()).breaker(breaker).max_attempts(1).observer(diary.clone()).build().unwrap()
}

#[tokio::test]
async fn streams_that_fail_through_the_service_open_the_circuit() {
    let server = Emulator::start().await.unwrap();
    let diary = Arc::new(Diary::default());
    for (scenario, opens) in [
        ("exception type=internalServerException after=0", true),
        ("exception type=internalServerException after=3", true),
        ("exception type=modelStreamErrorException after=3", true),
        ("errorframe after=3", true),
        ("eof after=3", true),
        ("truncate after=3", true),
        ("close after=3", true),
        ("crc after=3", true),
        ("exception type=throttlingException after=3", false),
        ("exception type=validationException after=0", false),
        ("plain", false),
    ] {
        let client = breaking(&server, &diary).await;
        let ask = || client.converse_stream(MODEL, format!("[[{scenario} text=\"one two three\" chunk=4]]"));
        for _ in 0..2 {
            if let Ok(answer) = ask().await {
                drop(answer.collect().await);
            }
        }
        let third = match ask().await {
            Ok(answer) => answer.collect().await.map(drop),
            Err(error) => Err(error),
        };
        let is_open = third.is_err_and(|error| error.kind() == ErrorKind::CircuitOpen);
        assert_eq!(is_open, opens, "{scenario}");
        assert_eq!(server.requests().len(), if opens { 2 } else { 3 }, "{scenario}");
        assert_eq!(diary.read(), if opens { &["Open"][..] } else { &[] }, "{scenario}");
    }
}

#[tokio::test]
async fn who_leaves_a_stream_blames_nobody() {
    let server = Emulator::start().await.unwrap();
    let diary = Arc::new(Diary::default());
    let client = breaking(&server, &diary).await;
    for _ in 0..3 {
        drop(client.converse_stream(MODEL, "Hi").await.unwrap());
        drop(client.converse_stream(MODEL, "Hi").await.unwrap().into_answer());
    }
    assert!(client.converse(MODEL, "Hi").await.is_ok());
    assert!(diary.read().is_empty());
}

#[tokio::test]
async fn reserved_tokens_are_settled_with_what_was_used() {
    let server = Emulator::start().await.unwrap();
    let diary = Arc::new(Diary::default());
    let limits = Limits::default().tokens_per_minute(1_000_000);
    let client = client(&server.url()).limits(limits).observer(diary.clone()).build().unwrap();
    let answer = || server.enqueue("plain in=30 out=12".parse::<Answer>().unwrap());

    answer();
    client.converse(MODEL, "Hi").max_tokens(500).reserve_tokens(700).await.unwrap();
    assert_eq!(diary.read(), ["reserved 700", "used 42"]);

    answer();
    client.converse_stream(MODEL, "Hi").max_tokens(500).await.unwrap().collect().await.unwrap();
    let words = diary.read();
    let reserved: u64 = words[0].strip_prefix("reserved ").unwrap().parse().unwrap();
    assert!((501..700).contains(&reserved), "the input is guessed: {reserved}");
    assert_eq!(words[1..], ["used 42"]);

    let body = json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 50,
        "messages": [{"role": "user", "content": "Hi"}]});
    let claude = "anthropic.claude-3-haiku-20240307-v1:0";
    answer();
    client.invoke_model(claude, &body).await.unwrap();
    assert_eq!(diary.read().last().unwrap(), "used 42");
    answer();
    client.invoke_model_with_response_stream(claude, &body).await.unwrap().collect().await.unwrap();
    assert_eq!(diary.read().last().unwrap(), "used 42");

    // Where nothing is said of the usage the reservation stands.
    server.enqueue("nometa".parse::<Answer>().unwrap());
    client.converse_stream(MODEL, "Hi").await.unwrap().collect().await.unwrap_err();
    assert_eq!(diary.read().len(), 1);
    // What no model reads reserves nothing.
    client.list_inference_profiles().await.unwrap();
    assert_eq!(diary.read(), ["reserved 0"]);
}
