//! A server of canned answers in a process of its own, so that what a client costs is counted alone.
//!
//! The bench starts its own program again as the server; it ends when the pipe on its standard input is closed.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Set in the environment of the server.
const ROLE: &str = "BEDROCK_BENCH_SERVER";

/// How an answer is sent. The model id of the request says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// With a content length, in one write.
    AtOnce,
    /// Each frame an HTTP chunk of its own, in one write.
    Chunks,
    /// Each frame an HTTP chunk and a write of its own, so far apart that the reader has slept in between.
    Paced,
}

impl Pace {
    pub(crate) const ALL: [Self; 3] = [Self::AtOnce, Self::Chunks, Self::Paced];

    pub(crate) fn model_id(self) -> &'static str {
        match self {
            Self::AtOnce => "at-once",
            Self::Chunks => "chunks",
            Self::Paced => "paced",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AtOnce => "all at once",
            Self::Chunks => "an HTTP chunk a frame",
            Self::Paced => "paced, a read a frame",
        }
    }
}

/// The server, while it runs.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start() -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut child = Command::new(program)
            .env(ROLE, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program starts again");
        let mut port = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut port).expect("the server tells its port");
        Self { child, url: format!("http://127.0.0.1:{}", port.trim()) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Serves these frames, if this process was started to do so.
pub(crate) fn serve_if_asked(frames: impl FnOnce() -> Vec<Vec<u8>>) -> bool {
    if std::env::var_os(ROLE).is_none() {
        return false;
    }
    let frames: &'static [Vec<u8>] = frames().leak();
    let sink = TcpListener::bind("127.0.0.1:0").expect("a free port");
    println!("{}", sink.local_addr().expect("bound").port());
    std::thread::spawn(move || {
        for stream in sink.incoming().flatten() {
            std::thread::spawn(move || serve(stream, frames));
        }
    });
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    true
}

fn serve(mut stream: TcpStream, frames: &[Vec<u8>]) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut requests = BufReader::new(stream.try_clone().ok()?);
    loop {
        let pace = request(&mut requests)?;
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\n";
        if pace == Pace::AtOnce {
            let length = frames.iter().map(Vec::len).sum::<usize>();
            let answer =
                [format!("{head}content-length: {length}\r\n\r\n").into_bytes(), frames.concat()].concat();
            stream.write_all(&answer).ok()?;
            continue;
        }
        let head = format!("{head}transfer-encoding: chunked\r\n\r\n").into_bytes();
        let chunks =
            frames.iter().map(|frame| [format!("{:x}\r\n", frame.len()).as_bytes(), frame, b"\r\n"].concat());
        let end = b"0\r\n\r\n".to_vec();
        let writes = std::iter::once(head).chain(chunks).chain([end]);
        if pace == Pace::Chunks {
            stream.write_all(&writes.collect::<Vec<_>>().concat()).ok()?;
            continue;
        }
        for write in writes {
            stream.write_all(&write).ok()?;
            // A sleep is far too long for this; the reader needs some microseconds.
            let written = Instant::now();
            while written.elapsed() < Duration::from_micros(60) {
                std::thread::yield_now();
            }
        }
    }
}

/// Reads a request; what its path asks for.
fn request(requests: &mut BufReader<TcpStream>) -> Option<Pace> {
    let mut line = String::new();
    requests.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let pace = Pace::ALL.into_iter().find(|pace| line.contains(pace.model_id()))?;
    let mut length = 0;
    loop {
        let mut header = String::new();
        requests.read_line(&mut header).ok()?;
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    requests.read_exact(&mut vec![0; length]).ok()?;
    Some(pace)
}
