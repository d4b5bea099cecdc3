//! Responses of HTTP/1.1 as the client reads them from a socket, beside a strict parser: what is right is read as it says;
//! what is cut is never whole; and a connection on which anything was not right is never used again.
//!
//! A server on a loopback socket in the same runtime writes the input as the answer of the first call. All of it has reached
//! the kernel before the second call begins, and that gets its own answer, whatever was said before.

pub(super) mod strict;

use std::cell::OnceCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bedrock_http::{Auth, Path, Request, RetryConfig, Service, Timeouts, Transport};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

use crate::budget::Budget;
use crate::cut::{choice, pieces};
use crate::target::Target;
use strict::Strict;

pub(super) const TARGET: Target = Target {
    name: "http",
    choices: 2,
    longest: 1 << 16,
    // Buffers of two connections, and the TLS configuration that a transport has.
    budget: Budget { fixed: 4 << 20, a_byte: 64 },
    seeds,
    run,
};

/// A byte that says whether the server closes, one that says how it cuts what it writes, and that.
fn seeds() -> Vec<Vec<u8>> {
    const OWN: &[&str] = &[
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\ncontent-length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n1;x=y\r\nh\r\n00004\r\nello\r\n0\r\nx-sum: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\nwith the connection",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 400 Bad Request\r\nx-amzn-errortype: ValidationException:http://x/\r\nContent-Length: 15\r\n\r\n{\"message\":\"n\"}",
        "HTTP/1.1 503 \r\nretry-after: 1\r\nconnection: keep-alive, close\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\ncontent-length: 2\n\nab",
        "HTTP/1.1 200 OK\r\ncontent-length: \u{a0}2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ninject",
        "HTTP/1.1 304 Not Modified\r\ncontent-length: 10\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n",
    ];
    OWN.iter().enumerate().map(|(n, text)| [&[n as u8, n as u8], text.as_bytes()].concat()).collect()
}

thread_local! {
    static SERVER: OnceCell<(Runtime, Arc<TcpListener>, Transport)> = const { OnceCell::new() };
}

fn run(input: &[u8]) {
    let (closes, input) = choice(input);
    let (salt, bytes) = choice(input);
    let expected = Strict::read(bytes);
    // A server that waits behind half a response has the client wait too.
    let closes =
        closes % 2 == 1 || !matches!(&expected, Strict::Whole(message) if !message.ends_with_connection);
    SERVER.with(|server| {
        let (runtime, listener, transport) = server.get_or_init(begin);
        let script =
            Script { pieces: pieces(bytes, salt).iter().map(|piece| piece.to_vec()).collect(), closes };
        runtime.block_on(async {
            let talk = talk(Arc::clone(listener), transport, script, &expected, bytes.len());
            tokio::time::timeout(Duration::from_secs(20), talk).await.expect("the client waits for ever");
        });
    });
}

/// One transport for all runs: the server closes what is left of one, so that the next has connections of its own.
fn begin() -> (Runtime, Arc<TcpListener>, Transport) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
    let transport = Transport::builder()
        .region("us-east-1")
        .endpoint(format!("http://{}", listener.local_addr().expect("an address")))
        .auth(Auth::Anonymous)
        .retry(RetryConfig::never())
        .timeouts(Timeouts::none())
        .build()
        .expect("a transport");
    (runtime, Arc::new(listener), transport)
}

struct Script {
    pieces: Vec<Vec<u8>>,
    closes: bool,
}

/// What the server has done so far.
struct Progress {
    connections: AtomicUsize,
    /// Has a permit when the script is written.
    written: Semaphore,
}

/// What a call got.
#[derive(Debug)]
enum Got {
    Whole {
        status: u16,
        body: Vec<u8>,
    },
    /// What had come of the body.
    Broken(Vec<u8>),
    Refused,
}

async fn talk(
    listener: Arc<TcpListener>,
    transport: &Transport,
    script: Script,
    expected: &Strict,
    length: usize,
) {
    let progress = Arc::new(Progress { connections: AtomicUsize::new(0), written: Semaphore::new(0) });
    let closes = script.closes;
    let server = tokio::spawn(serve(listener, script, Arc::clone(&progress)));
    let first = call(transport).await;
    // All that the server says has reached the kernel before the next call.
    drop(progress.written.acquire().await);
    let second = call(transport).await;
    assert!(
        matches!(&second, Got::Whole { body, .. } if body == b"second"),
        "the second call got {second:?}"
    );
    let connections = progress.connections.load(Ordering::Relaxed);
    server.abort();
    // Its tasks end when they run again, and their sockets with them.
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
    let again = match expected {
        Strict::Whole(message) => {
            let Got::Whole { status, body } = &first else { panic!("{message:?} was {first:?}") };
            assert_eq!((*status, body), (message.status, &message.body));
            message.keeps && !closes && message.length == length
        }
        Strict::Cut { body } => {
            match &first {
                Got::Broken(part) => assert!(body.starts_with(part), "{part:?} is not of {body:?}"),
                Got::Refused => {}
                Got::Whole { .. } => panic!("cut, and taken as whole: {first:?}"),
            }
            false
        }
        Strict::Wrong => false,
    };
    assert_eq!(connections, if again { 1 } else { 2 }, "connections; the first call got {first:?}");
}

async fn call(transport: &Transport) -> Got {
    let request = Request::get(Service::ControlPlane, Path::new().segment("foundation-models"));
    match transport.send(&request).await {
        Ok(response) => {
            let status = response.status().as_u16();
            let (mut body, mut read) = (response.into_body(), Vec::new());
            loop {
                match body.next().await {
                    Some(Ok(piece)) => read.extend_from_slice(&piece),
                    Some(Err(_)) => return Got::Broken(read),
                    None => return Got::Whole { status, body: read },
                }
            }
        }
        Err(error) => match error.service() {
            Some(service) => {
                let (status, body) =
                    (service.status().map_or(0, |status| status.as_u16()), service.body().to_vec());
                if service.is_body_truncated() { Got::Broken(body) } else { Got::Whole { status, body } }
            }
            None => Got::Refused,
        },
    }
}

/// Answers the first request with the script, and all others with `second`.
async fn serve(listener: Arc<TcpListener>, script: Script, progress: Arc<Progress>) {
    let mut script = Some(script);
    let mut tasks = tokio::task::JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        progress.connections.fetch_add(1, Ordering::Relaxed);
        tasks.spawn(answer(socket, script.take(), Arc::clone(&progress)));
    }
}

async fn answer(mut socket: TcpStream, mut script: Option<Script>, progress: Arc<Progress>) {
    // Small pieces must not wait for each other; a socket that refuses is about to fail.
    let _ = socket.set_nodelay(true);
    while has_asked(&mut socket).await {
        let Some(script) = script.take() else {
            let second = b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecond";
            if socket.write_all(second).await.is_err() {
                return;
            }
            continue;
        };
        for piece in &script.pieces {
            // A client that has heard enough closes; what is left is not heard by anybody.
            if socket.write_all(piece).await.is_err() {
                break;
            }
            // The client reads what there is.
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
        }
        if script.closes {
            drop(socket);
            progress.written.add_permits(1);
            return;
        }
        progress.written.add_permits(1);
    }
}

/// Reads a request without a body.
async fn has_asked(socket: &mut TcpStream) -> bool {
    let mut held = Vec::new();
    while !held.ends_with(b"\r\n\r\n") {
        match socket.read_buf(&mut held).await {
            Ok(1..) => {}
            _ => return false,
        }
    }
    true
}
