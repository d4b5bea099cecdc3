//! The two servers that misbehave on demand, as one: the project's own, and one that shares no code with it. Both are asked what they saw at the same addresses.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bedrock_emulator::Emulator;
use serde_json::Value;

use super::common::interop;

pub(crate) struct Server {
    port: u16,
    runs: Runs,
}

enum Runs {
    Here(Emulator),
    Beside(#[allow(dead_code, reason = "it ends when it is dropped")] interop::Server),
}

impl Server {
    pub(crate) fn emulator() -> Self {
        let emulator = Emulator::builder().verify("AKIDEXAMPLE", "SECRETEXAMPLE").start_blocking().unwrap();
        Self { port: emulator.address().port(), runs: Runs::Here(emulator) }
    }

    /// `None`, with a plain word, where it is not given.
    pub(crate) fn interop() -> Option<Self> {
        let server = interop::server(&[])?;
        let port = server.url.rsplit(':').next()?.parse().unwrap();
        Some(Self { port, runs: Runs::Beside(server) })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Forgets what was seen and counted.
    pub(crate) fn forget(&self) {
        self.ask("POST /__reset");
    }

    /// What was seen since.
    pub(crate) fn requests(&self) -> Vec<Value> {
        match self.ask("GET /__log") {
            Value::Array(requests) => requests,
            other => panic!("no log: {other}"),
        }
    }

    fn ask(&self, what: &str) -> Value {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(socket, "{what} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{what}: {answer}"));
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{what}: {error}: {body}"))
    }

    /// What is open: connections and requests at the server (where it says), and sockets of clients.
    pub(crate) fn open(&self) -> (usize, usize, usize) {
        let (connections, requests) = match &self.runs {
            Runs::Here(emulator) => (emulator.open_connections(), emulator.open_requests()),
            Runs::Beside(_) => (0, 0),
        };
        (connections, requests, sockets_to(self.port))
    }
}

/// How many sockets of this machine are connected to a port and not closed by their owner. Read from the kernel's table,
/// where there is one.
fn sockets_to(port: u16) -> usize {
    const ESTABLISHED: &str = "01";
    const CLOSE_WAIT: &str = "08";
    let Ok(table) = std::fs::read_to_string("/proc/self/net/tcp") else { return 0 };
    let remote = format!(":{port:04X}");
    let open = table.lines().filter(|line| {
        let mut cells = line.split_whitespace().skip(2);
        let (peer, state) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        peer.ends_with(&remote) && [ESTABLISHED, CLOSE_WAIT].contains(&state)
    });
    open.count()
}

/// Waits until something holds, for as long as a slow machine may take.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..400 {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("{what} does not come true");
}
