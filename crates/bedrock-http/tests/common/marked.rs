//! A server that gives each call an answer with the call's own mark, over TCP or TLS, on threads of its own; what more it
//! says is a test's choice. It tells when all of that lies in the client's kernel.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use bedrock_http::{Auth, Error, Path, Request, RetryConfig, Service, Transport, TransportBuilder};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection};

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
    pem: Option<String>,
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
        let (config, pem) = if tls { Some(certified()).unzip() } else { (None, None) };
        let hold = Arc::new(hold);
        let shared: (Arc<Script>, _, _) = (Arc::new(script), told.clone(), connections.clone());
        std::thread::spawn(move || {
            for tcp in listener.incoming().map_while(Result::ok) {
                let (script, told, connections) = shared.clone();
                let (number, hold) = (connections.fetch_add(1, Ordering::SeqCst), hold.clone());
                let tls = config.clone().map(|config| ServerConnection::new(config).unwrap());
                std::thread::spawn(move || {
                    hold(number);
                    serve(Line { tcp, tls, held: Vec::new() }, &*script, &told);
                });
            }
        });
        let scheme = if tls { "https" } else { "http" };
        Self { url: format!("{scheme}://{address}"), pem, told, connections }
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn builder(&self) -> TransportBuilder {
        let builder = Transport::builder().region("us-east-1").endpoint(&self.url).auth(Auth::Anonymous);
        let builder = builder.retry(RetryConfig::never());
        match &self.pem {
            Some(pem) => builder.ca_bundle(pem.as_str()),
            None => builder,
        }
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

fn certified() -> (Arc<ServerConfig>, String) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (Arc::new(config), made.cert.pem())
}

struct Line {
    tcp: TcpStream,
    tls: Option<ServerConnection>,
    /// What was held back.
    held: Vec<u8>,
}

impl Line {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match &mut self.tls {
            Some(tls) => rustls::Stream::new(tls, &mut self.tcp).read(buffer),
            None => self.tcp.read(buffer),
        }
    }

    /// The client may have gone; what it made of that is its business.
    fn write(&mut self, bytes: &[u8], half: bool) {
        let mut wire = std::mem::take(&mut self.held);
        match &mut self.tls {
            Some(tls) => {
                let _ = tls.writer().write_all(bytes);
                while tls.wants_write() {
                    tls.write_tls(&mut wire).unwrap();
                }
            }
            None => wire.extend_from_slice(bytes),
        }
        if half {
            self.held = wire.split_off(wire.len() / 2);
        }
        let _ = self.tcp.write_all(&wire);
    }

    fn close(&mut self) {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
            self.write(b"", false);
        }
        let _ = self.tcp.shutdown(std::net::Shutdown::Write);
    }
}

fn serve(mut line: Line, script: &Script, told: &Told) {
    let _ = line.tcp.set_nodelay(true);
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
                Act::Write(bytes) => line.write(bytes, false),
                Act::Half(bytes) => line.write(bytes, true),
                Act::Pause(time) => std::thread::sleep(*time),
                Act::Close => line.close(),
            }
        }
        told.marks.lock().unwrap().insert(mark);
        told.more.notify_all();
        if matches!(acts.last(), Some(Act::Close)) {
            return;
        }
    }
}
