//! A server that gives each call an answer with the call's own mark, over TCP or TLS, on threads of its own; what more it
//! says is a test's choice. It tells when all of that lies in the client's kernel.

use std::collections::HashSet;
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use bedrock_http::{
    Auth, Error, HttpVersion, Path, Request, RetryConfig, Service, Transport, TransportBuilder,
};
use bedrock_testing::line::{Certificate, Line};

/// What the server does with a request, one after the other.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Write(Vec<u8>),
    /// The first half of these bytes, and in TLS of the record that holds them; the other half before what comes next.
    Half(Vec<u8>),
    Pause(Duration),
    Close,
}

type Script = dyn Fn(&str) -> Vec<Act> + Send + Sync;

#[derive(Default)]
struct Told {
    marks: Mutex<HashSet<String>>,
    more: Condvar,
}

pub(crate) struct Marked {
    url: String,
    /// The certificate, where it speaks TLS.
    certificate: Option<Certificate>,
    told: Arc<Told>,
    connections: Arc<AtomicUsize>,
}

impl Marked {
    /// Answers a call with what `script` gives for its mark.
    pub(crate) fn start(tls: bool, script: impl Fn(&str) -> Vec<Act> + Send + Sync + 'static) -> Self {
        Self::holding(tls, |_| {}, script)
    }

    /// The same, but connection `n` (from 0) is set up only after `hold` has returned for it.
    pub(crate) fn holding(
        tls: bool,
        hold: impl Fn(usize) + Send + Sync + 'static,
        script: impl Fn(&str) -> Vec<Act> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (told, connections) = (Arc::<Told>::default(), Arc::<AtomicUsize>::default());
        let certificate = tls.then(Certificate::new);
        let server = Self {
            url: format!("{}://{address}", if tls { "https" } else { "http" }),
            certificate: certificate.clone(),
            told: told.clone(),
            connections: connections.clone(),
        };
        let hold = Arc::new(hold);
        let shared: (Arc<Script>, _, _) = (Arc::new(script), told.clone(), connections.clone());
        std::thread::spawn(move || {
            for tcp in listener.incoming().map_while(Result::ok) {
                let (script, told, connections) = shared.clone();
                let (number, hold) = (connections.fetch_add(1, Ordering::SeqCst), hold.clone());
                let line = Line::new(tcp, certificate.as_ref());
                std::thread::spawn(move || {
                    hold(number);
                    serve(line, &*script, &told);
                });
            }
        });
        server
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn builder(&self) -> TransportBuilder {
        let builder = Transport::builder().region("us-east-1").endpoint(&self.url).auth(Auth::Anonymous);
        let builder = builder.retry(RetryConfig::never());
        let pem = self.certificate.as_ref().map(|certificate| certificate.pem().to_owned().into());
        super::connecting(builder, HttpVersion::Auto, pem)
    }

    pub(crate) fn transport(&self) -> Transport {
        self.builder().build().unwrap()
    }

    /// Blocks this thread until all that the server had to say to a call has been said, or for so long.
    pub(crate) fn said_all(&self, mark: &str, patience: Duration) -> bool {
        let marks = self.told.marks.lock().unwrap();
        let waited = self.told.more.wait_timeout_while(marks, patience, |marks| !marks.contains(mark));
        let is_told = !waited.unwrap().1.timed_out();
        // Loopback hands bytes over within the call that writes them; on a busy machine a moment later.
        std::thread::sleep(Duration::from_millis(1));
        is_told
    }
}

/// A call with this mark, and the body of its answer.
pub(crate) async fn call(transport: &Transport, mark: &str) -> Result<String, Error> {
    let path = Path::new().segment("foundation-models");
    let request = Request::get(Service::ControlPlane, path).query("mark", mark);
    let body = transport.send(&request).await?.into_body().bytes(1 << 20).await?;
    Ok(String::from_utf8_lossy(&body).into_owned())
}

/// The whole answer to a call.
pub(crate) fn answer(mark: &str) -> Vec<u8> {
    let body = body(mark);
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

pub(crate) fn body(mark: &str) -> String {
    format!("mark {mark};")
}

fn serve(mut line: Line, script: &Script, told: &Told) {
    let mut buffer = Vec::new();
    loop {
        while !buffer.ends_with(b"\r\n\r\n") {
            let mut piece = [0; 4096];
            match line.read(&mut piece) {
                Ok(length) if length > 0 => buffer.extend_from_slice(&piece[..length]),
                _ => return,
            }
        }
        let head = String::from_utf8(std::mem::take(&mut buffer)).unwrap();
        let mark = head.split_once("mark=").and_then(|(_, rest)| rest.split(' ').next()).unwrap().to_owned();
        let acts = script(&mark);
        for act in &acts {
            match act {
                Act::Write(bytes) => line.write(bytes),
                Act::Half(bytes) => line.write_half(bytes),
                Act::Pause(time) => std::thread::sleep(*time),
                Act::Close => line.finish(),
            }
        }
        told.marks.lock().unwrap().insert(mark);
        told.more.notify_all();
        if matches!(acts.last(), Some(Act::Close)) {
            return;
        }
    }
}
