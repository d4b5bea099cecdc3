//! A small HTTP/1.1 server on a loopback socket that does exactly what a test tells it, also what no server should.
//!
//! Not for answers that mean anything: the emulator gives those.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::line::{Certificate, Line};

/// What the server does, step by step, with one request.
#[derive(Clone, Debug)]
pub enum Step {
    /// Writes these bytes.
    Write(Vec<u8>),
    /// Does nothing for so long.
    Wait(Duration),
    /// Waits for the client's next byte or its closing, and counts the latter.
    UntilClosed,
    /// Tells somebody that all steps before this one are done.
    Tell(Sender<()>),
    /// Closes the connection.
    Close,
}

/// A request as it came over the wire.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Method, target and version.
    pub line: String,
    /// Names and values, as they came.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Seen {
    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The request target between method and version.
    #[must_use]
    pub fn target(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }
}

#[derive(Default)]
struct Record {
    seen: Vec<Seen>,
    closed_early: usize,
    stopped: bool,
}

type Script = dyn Fn(usize, &Seen) -> Vec<Step> + Send + Sync;

/// A server; it stops when it is dropped.
pub struct Server {
    /// Where it listens, as `http://127.0.0.1:…` or `https://127.0.0.1:…`.
    pub url: String,
    certificate: Option<Certificate>,
    address: SocketAddr,
    record: Arc<Mutex<Record>>,
}

impl Server {
    /// Answers request `n` (from 0) with what `script` gives for it.
    ///
    /// # Panics
    ///
    /// When there is no loopback socket to be had.
    #[must_use]
    pub fn start(script: impl Fn(usize, &Seen) -> Vec<Step> + Send + Sync + 'static) -> Self {
        Self::over(None, script)
    }

    /// The same under TLS, with a certificate of its own.
    ///
    /// # Panics
    ///
    /// When there is no loopback socket to be had.
    #[must_use]
    pub fn start_tls(script: impl Fn(usize, &Seen) -> Vec<Step> + Send + Sync + 'static) -> Self {
        Self::over(Some(Certificate::new()), script)
    }

    fn over(
        certificate: Option<Certificate>,
        script: impl Fn(usize, &Seen) -> Vec<Step> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback socket");
        let address = listener.local_addr().expect("an address");
        let record = Arc::new(Mutex::new(Record::default()));
        let (script, shared): (Arc<Script>, _) = (Arc::new(script), record.clone());
        let scheme = if certificate.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{address}");
        let server = Self { url, certificate: certificate.clone(), address, record };
        std::thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                if lock(&shared).stopped {
                    return;
                }
                let (script, shared) = (script.clone(), shared.clone());
                let line = Line::new(socket, certificate.as_ref());
                std::thread::spawn(move || serve(line, &*script, &shared));
            }
        });
        server
    }

    /// What a client must trust where the server speaks TLS, as PEM.
    #[must_use]
    pub fn pem(&self) -> Option<&str> {
        self.certificate.as_ref().map(Certificate::pem)
    }

    /// Answers each request with the next of these; the last one again and again.
    #[must_use]
    pub fn answering(answers: impl IntoIterator<Item = Vec<Step>>) -> Self {
        let answers: Vec<Vec<Step>> = answers.into_iter().collect();
        Self::start(move |n, _| answers[n.min(answers.len() - 1)].clone())
    }

    /// The requests so far.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.record).seen.clone()
    }

    /// How often the client closed a connection while the server waited for that.
    #[must_use]
    pub fn closed_early(&self) -> usize {
        lock(&self.record).closed_early
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        lock(&self.record).stopped = true;
        // Wakes the thread that accepts.
        drop(TcpStream::connect(self.address));
    }
}

fn lock(record: &Mutex<Record>) -> std::sync::MutexGuard<'_, Record> {
    record.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(mut line: Line, script: &Script, record: &Mutex<Record>) {
    let mut buffer = Vec::new();
    while let Some(seen) = read_request(&mut line, &mut buffer) {
        let number = {
            let mut record = lock(record);
            record.seen.push(seen.clone());
            record.seen.len() - 1
        };
        for step in script(number, &seen) {
            match step {
                Step::Write(bytes) => line.write(&bytes),
                Step::Wait(time) => std::thread::sleep(time),
                Step::Tell(somebody) => drop(somebody.send(())),
                Step::UntilClosed => {
                    if matches!(line.read(&mut [0]), Ok(0) | Err(_)) {
                        lock(record).closed_early += 1;
                        return;
                    }
                }
                Step::Close => {
                    line.close();
                    return;
                }
            }
        }
    }
}

fn read_request(line: &mut Line, buffer: &mut Vec<u8>) -> Option<Seen> {
    let mut read = |buffer: &mut Vec<u8>| {
        let mut piece = [0; 16 << 10];
        let length = line.read(&mut piece).ok().filter(|length| *length > 0)?;
        buffer.extend_from_slice(&piece[..length]);
        Some(())
    };
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        read(buffer)?;
    };
    let head = String::from_utf8(buffer.drain(..end + 4).collect()).ok()?;
    let mut lines = head.trim_end().split("\r\n");
    let mut seen = Seen { line: lines.next()?.to_owned(), ..Seen::default() };
    for line in lines {
        let (name, value) = line.split_once(':')?;
        seen.headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let length = seen.header("content-length").map_or(Some(0), |length| length.parse().ok())?;
    while buffer.len() < length {
        read(buffer)?;
    }
    seen.body = buffer.drain(..length).collect();
    Some(seen)
}

/// A whole response.
#[must_use]
pub fn reply(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<Step> {
    let body = body.as_ref();
    let mut head = format!("HTTP/1.1 {status} Status\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut bytes = format!("{head}\r\n").into_bytes();
    bytes.extend_from_slice(body);
    vec![Step::Write(bytes)]
}

/// The head of a response in chunks.
#[must_use]
pub fn chunked(content_type: &str) -> Step {
    let head = format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-type: {content_type}\r\nx-amzn-requestid: rid\r\n\r\n"
    );
    Step::Write(head.into_bytes())
}

/// One chunk of such a response; none for nothing, which would be its end.
#[must_use]
pub fn chunk(data: &[u8]) -> Step {
    if data.is_empty() {
        return Step::Write(Vec::new());
    }
    let mut bytes = format!("{:x}\r\n", data.len()).into_bytes();
    bytes.extend_from_slice(data);
    bytes.extend_from_slice(b"\r\n");
    Step::Write(bytes)
}

/// The end of such a response.
#[must_use]
pub fn last_chunk() -> Step {
    Step::Write(b"0\r\n\r\n".to_vec())
}
