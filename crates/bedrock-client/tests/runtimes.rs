//! One client on several runtimes, over both versions of HTTP: no call waits for a runtime that nobody runs.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::time::Duration;

use crate::common::MODEL;
use bedrock_client::{Client, HttpVersion};
use bedrock_emulator::Emulator;
use tokio::runtime::{Builder, Runtime};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Calls on a runtime that runs only while they last.
fn ask(runtime: &Runtime, client: &Client) {
    runtime.block_on(async {
        let calls = async {
            assert!(!client.converse(MODEL, "Weather?").await.unwrap().text().is_empty());
            let answer = client.converse_stream(MODEL, "Weather?").await.unwrap().collect().await.unwrap();
            assert!(answer.completeness.is_complete());
        };
        tokio::time::timeout(Duration::from_secs(20), calls).await.expect("answers");
    });
}

#[test]
fn each_runtime_by_itself() {
    for version in [HttpVersion::Http1, HttpVersion::Http2] {
        let server = Emulator::builder().verify("AKIDEXAMPLE", "SECRETEXAMPLE").start_blocking().unwrap();
        let client = crate::common::speaking(&server.url(), version).build().unwrap();
        let (one, other) = (runtime(), runtime());
        for _ in 0..2 {
            ask(&one, &client);
            ask(&other, &client);
        }
        drop(one);
        ask(&other, &client);
        ask(&runtime(), &client);
        let blocking: bedrock_client::blocking::Client = client.clone().into();
        assert!(!blocking.converse(MODEL, "Weather?").send_blocking().unwrap().text().is_empty());
        ask(&other, &client);
    }
}
