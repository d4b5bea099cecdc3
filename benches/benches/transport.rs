//! The whole path over loopback: the CPU time that the client's process spends on one answer of ConverseStream, from the request
//! to the complete message, over HTTP/1.1 and HTTP/2, plain and under TLS. The server is another process. Beside AWS's SDK
//! over its own HTTP client, whose TLS is the same as ours.

#[path = "peers/process.rs"]
#[allow(dead_code, reason = "shared with the other benches")]
mod process;
#[path = "peers/sdk.rs"]
#[allow(dead_code, reason = "shared with the other benches")]
mod sdk;
#[path = "peers/server.rs"]
mod server;
#[path = "peers/typed.rs"]
#[allow(dead_code, reason = "shared with the other benches")]
mod typed;

use std::time::Duration;

use bedrock_benches::{Kind, Shape, Workload, answer};
use bedrock_client::{Client, Credentials, Event, HttpVersion};
use criterion::{BenchmarkId, Criterion, SamplingMode};
use process::cpu_time;
use server::{Line, Order, Pace, Server};
use tokio::runtime::Runtime;

/// What the server has.
const ANSWERS: [(Kind, usize); 4] =
    [(Kind::Text, 1_000), (Kind::ToolInput, 1_000), (Kind::Text, 100), (Kind::Text, 10_000)];

/// What is measured over each line: which of the answers, and how it is sent.
const PLAIN: &[(usize, Pace)] = &[
    (0, Pace::Pieces),
    (0, Pace::Flushed),
    (0, Pace::Paced),
    (1, Pace::Pieces),
    (1, Pace::Flushed),
    (2, Pace::Pieces),
    (2, Pace::Flushed),
    (3, Pace::Pieces),
    (3, Pace::Flushed),
];
const ENCRYPTED: &[(usize, Pace)] =
    &[(0, Pace::Pieces), (0, Pace::Flushed), (0, Pace::Paced), (1, Pace::Pieces), (1, Pace::Flushed)];

fn answers() -> Vec<Workload> {
    ANSWERS.iter().map(|(kind, deltas)| answer(Shape::Converse, *kind, *deltas)).collect()
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

/// How long what an event says is.
fn length(event: &Event<'_>) -> usize {
    match event {
        Event::TextDelta(text) => text.len(),
        Event::ToolInputDelta(input) => input.json.len(),
        _ => 0,
    }
}

async fn every_event(client: Client, order: Order) {
    let mut answer =
        client.converse_stream(order.model_id(), "Why is the sky blue?").await.expect("an answer");
    let mut emitted = 0;
    while let Some(event) = answer.next().await {
        emitted += length(&event.expect("the workload is sound"));
    }
    assert!(emitted > 500);
    answer.finish().expect("the answer is complete");
}

async fn borrowed_events(client: Client, order: Order) {
    let answer = client.converse_stream(order.model_id(), "Why is the sky blue?").await.expect("an answer");
    let mut emitted = 0;
    answer.for_each(|event: Event<'_>| emitted += length(&event)).await.expect("the answer is complete");
    assert!(emitted > 500);
}

async fn message_only(client: Client, order: Order) {
    let answer = client.converse_stream(order.model_id(), "Why is the sky blue?").await.expect("an answer");
    let answer = answer.collect().await.expect("the answer is complete");
    assert!(answer.completeness.is_complete());
}

async fn with_sdk(client: sdk::Client, order: Order) {
    let mut stream = sdk::converse(&client, &order.model_id()).await;
    let mut emitted = 0;
    let message =
        sdk::collect(&mut stream, |text| emitted += text.len()).await.expect("the workload is sound");
    assert!(message.usage.is_some() && emitted > 500);
}

fn client_of(server: &Server, line: Line) -> Client {
    let builder = Client::builder()
        .region("us-east-1")
        .endpoint(&server.url)
        .credentials(Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE"))
        .http_version(if line == Line::Http2 { HttpVersion::Http2 } else { HttpVersion::Http1 });
    let builder = match &server.certificate {
        Some(pem) => builder.ca_bundle(pem.as_str()),
        None => builder,
    };
    builder.build().expect("sound settings")
}

/// How often a row is run is told by CPU time, of which paced streams take little: they are given less of it.
fn settings(pace: Pace) -> Criterion {
    let share = if pace == Pace::Paced { 8 } else { 1 };
    Criterion::default()
        .sample_size(15)
        .warm_up_time(Duration::from_millis(200) / share)
        .measurement_time(Duration::from_millis(1_200) / share)
        .configure_from_args()
}

fn measure(runtime: &Runtime, line: Line, rows: &[(usize, Pace)]) {
    let server = Server::start(line);
    let client = client_of(&server, line);
    let peer = sdk::over_http(&server.url, server.certificate.as_deref());
    let answers = answers();
    for (answer, pace) in rows {
        let order = Order { pace: *pace, answer: *answer, together: 1 };
        let name = format!("{}; {}; {}", line.name(), answers[*answer].name, pace.name());
        let mut criterion = settings(*pace);
        let mut group = criterion.benchmark_group(format!("CPU a stream: {name}"));
        group.sampling_mode(SamplingMode::Flat);
        let id = BenchmarkId::from_parameter;
        group.bench_function(id("sdk"), |bencher| {
            bencher.iter_custom(|times| {
                let peer = peer.clone();
                cpu_of(runtime, times, move || with_sdk(peer.clone(), order))
            });
        });
        group.bench_function(id("message only"), |bencher| {
            bencher.iter_custom(|times| {
                let client = client.clone();
                cpu_of(runtime, times, move || message_only(client.clone(), order))
            });
        });
        group.bench_function(id("events borrowed"), |bencher| {
            bencher.iter_custom(|times| {
                let client = client.clone();
                cpu_of(runtime, times, move || borrowed_events(client.clone(), order))
            });
        });
        group.bench_function(id("events"), |bencher| {
            bencher.iter_custom(|times| {
                let client = client.clone();
                cpu_of(runtime, times, move || every_event(client.clone(), order))
            });
        });
        group.finish();
    }
}

fn main() {
    if server::serve_if_asked(answers) {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    measure(&runtime, Line::Plain, PLAIN);
    measure(&runtime, Line::Tls, ENCRYPTED);
    measure(&runtime, Line::Http2, ENCRYPTED);
    Criterion::default().configure_from_args().final_summary();
}
