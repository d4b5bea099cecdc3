//! The whole path over loopback HTTP/1.1: the CPU time that the client's process spends on one answer of workload (a), from the
//! request to the complete message. The server is another process. Beside AWS's SDK over its own HTTP client.

#[path = "peers/sdk.rs"]
#[allow(dead_code, reason = "shared with the other benches")]
mod sdk;
#[path = "peers/server.rs"]
mod server;

use std::time::Duration;

use bedrock_client::{Client, Credentials, Event};
use criterion::{BenchmarkId, Criterion};
use server::{Pace, Server};
use tokio::runtime::Runtime;

/// How much CPU time this process has used.
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// The CPU time of so many runs, one behind the other, in a task as a service has one for each of its requests.
fn cpu_of<F: Future<Output = ()> + Send + 'static>(
    runtime: &Runtime,
    times: u64,
    run: impl Fn() -> F + Send + 'static,
) -> Duration {
    let before = cpu_time();
    let task = runtime.spawn(async move {
        for _ in 0..times {
            run().await;
        }
    });
    runtime.block_on(task).expect("the task ends");
    cpu_time() - before
}

async fn every_event(client: Client, pace: Pace) {
    let mut answer =
        client.converse_stream(pace.model_id(), "Why is the sky blue?").await.expect("an answer");
    let mut emitted = 0;
    while let Some(event) = answer.next().await {
        if let Event::TextDelta(text) = event.expect("the workload is sound") {
            emitted += text.len();
        }
    }
    assert!(emitted > 1_000);
    answer.finish().expect("the answer is complete");
}

async fn borrowed_events(client: Client, pace: Pace) {
    let answer = client.converse_stream(pace.model_id(), "Why is the sky blue?").await.expect("an answer");
    let mut emitted = 0;
    let on_event = |event: Event<'_>| {
        if let Event::TextDelta(text) = event {
            emitted += text.len();
        }
    };
    answer.for_each(on_event).await.expect("the answer is complete");
    assert!(emitted > 1_000);
}

async fn message_only(client: Client, pace: Pace) {
    let answer = client.converse_stream(pace.model_id(), "Why is the sky blue?").await.expect("an answer");
    let answer = answer.collect().await.expect("the answer is complete");
    assert!(answer.completeness.is_complete());
}

async fn with_sdk(client: aws_sdk_bedrockruntime::Client, pace: Pace) {
    let mut stream = sdk::converse(&client, pace.model_id()).await;
    let mut emitted = 0;
    let message = sdk::collect(&mut stream, |text| emitted += text.len()).await;
    assert!(message.usage.is_some() && emitted > 1_000);
}

fn transport(criterion: &mut Criterion, server: &Server) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let client = Client::builder()
        .region("us-east-1")
        .endpoint(&server.url)
        .credentials(Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE"))
        .build()
        .expect("sound settings");
    let peer = sdk::over_http(&server.url);
    for pace in Pace::ALL {
        let mut group = criterion.benchmark_group(format!("CPU a stream of (a), {}", pace.name()));
        let id = BenchmarkId::from_parameter;
        group.bench_function(id("sdk"), |bencher| {
            bencher.iter_custom(|times| {
                let peer = peer.clone();
                cpu_of(&runtime, times, move || with_sdk(peer.clone(), pace))
            });
        });
        group.bench_function(id("client, message only"), |bencher| {
            bencher.iter_custom(|times| {
                let client = client.clone();
                cpu_of(&runtime, times, move || message_only(client.clone(), pace))
            });
        });
        group.bench_function(id("client, events borrowed"), |bencher| {
            bencher.iter_custom(|times| {
                let client = client.clone();
                cpu_of(&runtime, times, move || borrowed_events(client.clone(), pace))
            });
        });
        group.bench_function(id("client, events"), |bencher| {
            bencher.iter_custom(|times| {
                let client = client.clone();
                cpu_of(&runtime, times, move || every_event(client.clone(), pace))
            });
        });
        group.finish();
    }
}

fn main() {
    if server::serve_if_asked(|| bedrock_benches::converse_text(1_000).frames) {
        return;
    }
    let server = Server::start();
    let mut criterion = Criterion::default().configure_from_args();
    transport(&mut criterion, &server);
    criterion.final_summary();
}
