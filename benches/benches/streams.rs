//! Many streams at once over loopback HTTP/1.1: CPU time and memory of the client's process for each of them. An answer has 100
//! deltas of text, each frame in a chunk of its own that is written and flushed singly; none goes on before all have begun. Each
//! contestant is a process of its own, and the server is another. Beside AWS's SDK.

#[path = "peers/process.rs"]
mod process;
#[path = "peers/sdk.rs"]
#[allow(dead_code, reason = "shared with the other benches")]
mod sdk;
#[path = "peers/server.rs"]
#[allow(dead_code, reason = "shared with the other benches")]
mod server;
#[path = "peers/typed.rs"]
#[allow(dead_code, reason = "shared with the other benches")]
mod typed;

use std::sync::Arc;

use bedrock_benches::{Kind, Shape, answer};
use bedrock_client::{Client, Credentials, Event};
use process::Cost;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use server::{Line, Order, Pace, Server};
use tokio::sync::Semaphore;

/// How many at once, and how often one behind the other.
const ROWS: [(usize, usize); 4] = [(1, 2_000), (64, 32), (1_000, 3), (5_000, 1)];
/// How often each contestant is started.
const TIMES: usize = 3;
/// How many may open at once: a socket has only so many places for those that knock.
const OPENING: usize = 400;
/// Files that a process has open beside its sockets.
const SPARE_FILES: u64 = 50;

fn order(together: usize) -> Order {
    Order { pace: Pace::Flushed, answer: 0, together }
}

/// Runs `rounds` rounds of so many streams at once. `read` opens one and reads it, and gives back its place among those that
/// open as soon as it has begun.
async fn run<F: Future<Output = ()> + Send + 'static>(
    together: usize,
    rounds: usize,
    read: impl Fn(Arc<Semaphore>) -> F,
) {
    for _ in 0..rounds {
        let opening = Arc::new(Semaphore::new(OPENING));
        let tasks: Vec<_> = (0..together).map(|_| tokio::spawn(read(opening.clone()))).collect();
        for task in tasks {
            task.await.expect("each is read to its end");
        }
    }
}

async fn with_client(client: Client, order: Order, opening: Arc<Semaphore>) {
    let place = opening.acquire_owned().await.expect("a place");
    let answer = client.converse_stream(order.model_id(), "Why is the sky blue?").await.expect("an answer");
    drop(place);
    let mut emitted = 0;
    let on_event = |event: Event<'_>| {
        if let Event::TextDelta(text) = event {
            emitted += text.len();
        }
    };
    answer.for_each(on_event).await.expect("the answer is complete");
    assert!(emitted > 500);
}

async fn with_sdk(client: sdk::Client, order: Order, opening: Arc<Semaphore>) {
    let place = opening.acquire_owned().await.expect("a place");
    let mut stream = sdk::converse(&client, &order.model_id()).await;
    drop(place);
    let mut emitted = 0;
    let message =
        sdk::collect(&mut stream, |text| emitted += text.len()).await.expect("the workload is sound");
    assert!(message.usage.is_some() && emitted > 500);
}

/// A contestant's process: its name, the server's address, how many streams at once, and how many rounds.
fn contest(arguments: &[String]) -> impl FnOnce() + use<> {
    let [name, url, together, rounds] = arguments else { panic!("not as this program starts itself") };
    let number = |text: &str| text.parse::<usize>().expect("a number");
    let (name, url) = (name.clone(), url.clone());
    let (together, rounds) = (number(together), number(rounds));
    more_files();
    move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let order = order(together);
        if name == "sdk" {
            let client = sdk::over_http(&url, None);
            runtime.block_on(run(together, rounds, |opening| with_sdk(client.clone(), order, opening)));
        } else {
            let client = Client::builder()
                .region("us-east-1")
                .endpoint(url)
                .credentials(Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE"))
                .build()
                .expect("sound settings");
            runtime.block_on(run(together, rounds, |opening| with_client(client.clone(), order, opening)));
        }
    }
}

/// Lets this process have as many files open as the system allows: how many.
fn more_files() -> u64 {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    maximum.unwrap_or(u64::MAX)
}

fn row(together: usize, rounds: usize, sdk: Cost, client: Cost) -> String {
    let faster = sdk.cpu.as_secs_f64() / client.cpu.as_secs_f64();
    let per_stream = |cost: Cost| cost.peak_bytes as f64 / 1_024.0 / together as f64;
    let cpu = |cost: Cost| cost.cpu.as_secs_f64() * 1e6 / (together * rounds) as f64;
    println!("{together} at once: sdk {:.0} µs a stream, client {:.0} µs", cpu(sdk), cpu(client));
    // A single stream is not what the memory of its process is made of.
    let memory = |cost: Cost| match together {
        0..1_000 => "–".to_owned(),
        _ => format!("{:.1} KiB", per_stream(cost)),
    };
    format!("| {together} | {faster:.1}× | {} | {} |\n", memory(client), memory(sdk))
}

fn main() {
    let files = more_files();
    if server::serve_if_asked(|| vec![answer(Shape::Converse, Kind::Text, 100)]) {
        return;
    }
    if process::contest_if_asked(contest) || !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let server = Server::start(Line::Plain);
    let mut table =
        "| streams at once | CPU a stream: faster than the SDK by | memory a stream | the SDK's |\n\
        |---|---|---|---|\n"
            .to_owned();
    for (together, rounds) in ROWS {
        if files < together as u64 + SPARE_FILES {
            eprintln!("SKIPPED: {together} streams at once, since only {files} files may be open");
            continue;
        }
        let (streams, rounds_text) = (together.to_string(), rounds.to_string());
        let of = |name| process::cost(TIMES, &[name, &server.url, &streams, &rounds_text]);
        table.push_str(&row(together, rounds, of("sdk"), of("client")));
    }
    process::write_table("streams at once", &table);
}
