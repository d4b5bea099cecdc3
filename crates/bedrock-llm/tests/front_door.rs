//! The front door as the README shows it, against a local endpoint that checks signatures.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use bedrock_emulator::{Answer, Emulator};
use bedrock_llm::Environment;
use bedrock_llm::{Client, Event};

#[tokio::test]
async fn the_environment_says_who_asks_and_where() {
    let server = Emulator::builder().verify("AKIDEXAMPLE", "SECRETEXAMPLE").start().await.unwrap();
    server.enqueue(Answer::text("Air scatters blue light most."));
    let url = server.url();
    let environment = Environment::from_pairs([
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "SECRETEXAMPLE"),
        ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", &url),
    ]);
    let client = Client::builder().environment(environment).build().unwrap();

    let model_id = "anthropic.claude-sonnet-4-20250514-v1:0";
    let mut answer = client.converse_stream(model_id, "Why is the sky blue?").await.unwrap();
    let mut text = String::new();
    while let Some(event) = answer.next().await {
        if let Event::TextDelta(delta) = event.unwrap() {
            text.push_str(&delta);
        }
    }
    let message = answer.finish().unwrap();

    assert_eq!((text.as_str(), message.text().as_str()), ("Air scatters blue light most.", text.as_str()));
    assert!(message.completeness.is_complete());
    assert_eq!(server.requests().len(), 1);
}
