//! Every fault, by every client, of two servers: what the caller gets, how many requests were sent, and that nothing is left
//! behind: no connection, no socket, no task, no thread. (Memory is `load`'s.) Times are never asserted.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod ask;
#[path = "../common/mod.rs"]
mod common;
mod servers;
mod table;

use std::future::IntoFuture;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ask::Got;
use bedrock_client::{Client, Credentials, HttpVersion};
use bedrock_emulator::Fault;
use common::{OVER_REQWEST, connecting};
use servers::{Server, until};
use table::{By, Limit, NOT_HERE, Operation, ROWS, Row};

/// The threads of blocking clients are counted for the whole process: one test that has any after the other.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn client(server: &Server, version: HttpVersion) -> Client {
    let builder = Client::builder()
        .region("us-east-1")
        .endpoint(server.url())
        .credentials(Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE"))
        .random(|| 0.0);
    connecting(builder, version).build().unwrap()
}

/// The version that a row is asked over: both directions at once need HTTP/2, which a client of the user's speaks without TLS
/// only if it was told to.
fn version_of(row: &Row, version: HttpVersion) -> HttpVersion {
    if OVER_REQWEST && row.operation == Operation::TwoWay { HttpVersion::Http2 } else { version }
}

/// Threads that serve blocking clients.
fn threads() -> usize {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else { return 0 };
    let name =
        |task: &std::fs::DirEntry| std::fs::read_to_string(task.path().join("comm")).unwrap_or_default();
    tasks.flatten().filter(|task| name(task).trim() == "bedrock-client").count()
}

/// Holds what came of a row to the row; what is wrong, if anything is.
fn difference(server: &Server, row: &Row, got: &Got) -> Option<String> {
    let requests = server.requests().len();
    if requests != got.attempts as usize {
        return Some(format!("{requests} requests, but the client knows of {got:?}"));
    }
    let want = Got {
        error: row.error.to_owned(),
        missing: row.missing.to_owned(),
        arrived: row.arrived.to_owned(),
        attempts: row.requests as u32,
    };
    // A reset takes away what had come and was not yet read: less may have arrived, or nothing, and then the request is
    // sent again.
    let is_less = row.scenario.starts_with("reset")
        && row.arrived.starts_with(&got.arrived)
        && got.error.starts_with("Transport again")
        && (requests == row.requests || got.arrived.is_empty() && requests == 3);
    (*got != want && !is_less).then(|| format!("\n  got  {got:?}\n  want {want:?}"))
}

/// Asks all rows, and tells of all that are wrong together.
fn each(server: &Server, by: By, what: &str, ask: impl Fn(&Row) -> Result<Got, String>) {
    let mut wrong = Vec::new();
    for row in ROWS.iter().filter(|row| by == By::Emulator || row.by == By::Both) {
        eprintln!("{what}: {:?} {}", row.operation, row.scenario);
        server.forget();
        let outcome = ask(row);
        let difference = match &outcome {
            Ok(got) => difference(server, row, got),
            Err(left) => Some(left.clone()),
        };
        if let Some(difference) = difference {
            wrong.push(format!("{what}: {:?} {}: {difference}", row.operation, row.scenario));
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

fn all_async(server: &Server, by: By, version: HttpVersion) {
    each(server, by, &format!("async {version:?}"), |row| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let client = client(server, version_of(row, version));
            let got = row.ask(&client).await;
            drop(client);
            let tasks = || runtime.metrics().num_alive_tasks();
            for _ in 0..400 {
                if tasks() == 0 && server.open() == (0, 0, 0) {
                    return Ok(got);
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Err(format!("{} tasks and {:?} are left behind", tasks(), server.open()))
        })
    });
}

fn all_blocking(server: &Server, by: By) {
    let _alone = alone();
    each(server, by, "blocking", |row| {
        let client = client(server, version_of(row, HttpVersion::Auto));
        let got = row.ask_blocking(&client);
        drop(client);
        until(&format!("{} leaves nothing behind", row.scenario), || {
            threads() == 0 && server.open() == (0, 0, 0)
        });
        Ok(got)
    });
}

#[test]
fn emulator_async() {
    all_async(&Server::emulator(), By::Emulator, HttpVersion::Http1);
}

#[test]
fn emulator_async_http2() {
    all_async(&Server::emulator(), By::Emulator, HttpVersion::Http2);
}

#[test]
fn emulator_blocking() {
    all_blocking(&Server::emulator(), By::Emulator);
}

#[test]
fn interop_async() {
    let Some(server) = Server::interop() else { return };
    all_async(&server, By::Both, HttpVersion::Http1);
}

#[test]
fn interop_async_http2() {
    let Some(server) = Server::interop() else { return };
    all_async(&server, By::Both, HttpVersion::Http2);
}

#[test]
fn interop_blocking() {
    let Some(server) = Server::interop() else { return };
    all_blocking(&server, By::Both);
}

/// Every fault that the emulator has is in the table.
#[test]
fn the_table_has_every_fault() {
    let names = Fault::help()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|name| name.parse::<Fault>().is_ok());
    let mut count = 0;
    for name in names {
        count += 1;
        let is_here = ROWS.iter().any(|row| row.scenario.split(' ').next() == Some(name));
        assert!(is_here || NOT_HERE.contains(&name), "{name} is in no row");
    }
    assert!(count > 25, "{count} names were found in the help");
}

/// A row that is opened and left.
fn left(scenario: &'static str) -> Row {
    Row {
        operation: Operation::Streamed,
        by: By::Both,
        scenario,
        limit: Limit::None,
        error: "",
        missing: "",
        arrived: "",
        requests: 1,
    }
}

fn is_left(server: &Server) -> bool {
    server.open().1 == 0 && server.requests().iter().all(|request| request["aborted"] == true)
}

/// Who leaves before the end closes the request: in mid-stream, and while nothing has been answered.
fn leaving(server: &Server, versions: &[HttpVersion]) {
    let _alone = alone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for version in versions {
        server.forget();
        runtime.block_on(async {
            let client = client(server, *version);
            let call = client.converse_stream("amazon.nova-lite-v1:0", left("stall after=3").prompt());
            let mut stream = call.await.unwrap();
            assert_eq!(stream.text_stream().next().await.unwrap().unwrap(), "one ");
            drop(stream);
            let call = client.converse_stream("amazon.nova-lite-v1:0", left("hang").prompt());
            let waited = tokio::time::timeout(Duration::from_millis(300), call.into_future()).await;
            assert!(waited.is_err(), "nothing is answered");
            // The client lives on; what closes the requests is that they were left.
            for _ in 0..400 {
                if server.requests().len() == 2 && is_left(server) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let requests = server.requests();
            let seen: Vec<_> = requests.iter().map(|seen| (&seen["scenario"], &seen["aborted"])).collect();
            panic!("{version:?}: {seen:?}");
        });
    }
    server.forget();
    let client = client(server, HttpVersion::Auto);
    let call = client.converse_stream("amazon.nova-lite-v1:0", left("stall after=3").prompt());
    let mut stream = call.send_blocking().unwrap();
    assert_eq!(stream.text().next().unwrap().unwrap(), "one ");
    drop(stream);
    until("a stream that was left is closed", || is_left(server));
}

#[test]
fn leaving_the_emulator() {
    leaving(&Server::emulator(), &[HttpVersion::Http1, HttpVersion::Http2]);
}

/// Who leaves a conversation in both directions closes it, whichever end is held last.
#[test]
fn leaving_a_conversation() {
    let server = Server::emulator();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for (name, holds_input) in [("plain", false), ("plain", true), ("stall after=1", false), ("hang", true)] {
        server.forget();
        runtime.block_on(async {
            let version = if OVER_REQWEST { HttpVersion::Http2 } else { HttpVersion::Auto };
            let client = client(&server, version);
            let call = client.invoke_model_with_bidirectional_stream("amazon.nova-sonic-v1:0");
            let (mut input, mut output) = call.header("x-test-scenario", name).await.unwrap().split();
            input.send("1").await.unwrap();
            if name == "hang" {
                let waited = tokio::time::timeout(Duration::from_millis(300), output.next()).await;
                assert!(waited.is_err(), "nothing is answered");
            } else {
                assert_eq!(output.next().await.unwrap().unwrap(), "1");
            }
            let input = holds_input.then_some(input);
            drop(output);
            for _ in 0..400 {
                if server.open().1 == 0 && server.requests().len() == 1 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            assert_eq!(server.open().1, 0, "{name}: {:?}", server.requests());
            if let Some(mut input) = input {
                let error = input.send("2").await.unwrap_err();
                assert_eq!(error.kind(), bedrock_client::ErrorKind::Transport, "{name}");
            }
        });
    }
}

#[test]
fn leaving_interop() {
    let Some(server) = Server::interop() else { return };
    // Over HTTP/2 this server does not note that a request without an answer was taken back.
    leaving(&server, &[HttpVersion::Http1]);
}
