//! The server as a value: set up, started, asked what it saw, stopped. It runs on a thread of its own, so that it answers
//! whatever the caller's runtime is doing, or where there is none.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::answer::{Answer, Pace};
use crate::auth::{BearerToken, Credentials, Verifier};
use crate::connection;
use crate::log::{Log, RecordedRequest, lock};
use crate::replay::{Replay, ReplayError};
use crate::service::Service;

/// A running server. It stops when it is dropped.
///
/// ```
/// use bedrock_emulator::{Answer, Emulator};
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// let server = Emulator::builder().verify("AKIDEXAMPLE", "SECRETEXAMPLE").start().await?;
/// server.enqueue(Answer::text("Hello."));
/// let endpoint = server.url(); // for the client under test
/// // … calls …
/// assert!(server.requests().is_empty());
/// server.shutdown().await;
/// # assert!(endpoint.starts_with("http://127.0.0.1:"));
/// # Ok::<(), bedrock_emulator::StartError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Emulator {
    service: Arc<Service>,
    address: SocketAddr,
    secure: bool,
    stop: Option<oneshot::Sender<()>>,
    stopped: Option<oneshot::Receiver<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Emulator {
    /// Sets a server up.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::default()
    }

    /// Starts a server that asks nobody who they are, on a free port.
    ///
    /// # Errors
    ///
    /// If no port or no thread is to be had.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// The address for clients: `http://127.0.0.1:PORT`, or `https://localhost:PORT` with TLS.
    pub fn url(&self) -> String {
        if self.secure {
            format!("https://localhost:{}", self.address.port())
        } else {
            format!("http://{}", self.address)
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers the next request that has no answer queued with this one. Requests that choose their own answer by header do
    /// not count.
    pub fn enqueue(&self, answer: impl Into<Answer>) {
        lock(&self.service.queue).push_back(answer.into());
    }

    /// How many answers are queued and not used.
    pub fn queued(&self) -> usize {
        lock(&self.service.queue).len()
    }

    /// What it saw, oldest first. Only so many are kept: see [`EmulatorBuilder::keep_requests`].
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.service.log.requests()
    }

    /// Forgets what it saw, what is queued and what was throttled.
    pub fn clear(&self) {
        self.service.reset();
    }

    /// How many connections are open.
    pub fn open_connections(&self) -> usize {
        self.service.connections.load(Ordering::Relaxed)
    }

    /// How many requests have no complete answer yet.
    pub fn open_requests(&self) -> usize {
        self.service.log.open()
    }

    /// Stops at once: connections are cut, whatever they were at. When it returns, the port is free.
    pub async fn shutdown(mut self) {
        self.signal();
        if let Some(stopped) = self.stopped.take() {
            // An error means that the thread is gone already.
            let _ = stopped.await;
        }
    }

    /// Waits until the server is stopped from elsewhere, which it never is by itself: for programs that only serve.
    pub async fn wait(mut self) {
        if let Some(stopped) = self.stopped.take() {
            // An error means that the thread is gone.
            let _ = stopped.await;
        }
    }

    fn signal(&mut self) {
        if let Some(stop) = self.stop.take() {
            // An error means that the thread is gone already.
            let _ = stop.send(());
        }
    }
}

impl std::fmt::Debug for Emulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Emulator").field("url", &self.url()).finish_non_exhaustive()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.signal();
        if let Some(thread) = self.thread.take() {
            // Its panic, if there was one, has been printed.
            let _ = thread.join();
        }
    }
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// As it was given.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// The recordings cannot be used.
    #[error("recordings: {0}")]
    Replay(#[from] ReplayError),
    /// The thread or its runtime cannot be had.
    #[error("no thread for the server: {0}")]
    Thread(#[source] io::Error),
    /// The certificate or its key cannot be used.
    #[error("TLS: {0}")]
    Tls(String),
}

/// How a server is to be.
///
/// ```
/// use bedrock_emulator::{Emulator, Fault, Pace};
///
/// let server = Emulator::builder()
///     .bearer("good-key")
///     .region("eu-west-1")
///     .pace(Pace::none())
///     .answer(Fault::Drip { gap: std::time::Duration::ZERO })
///     .start_blocking()?;
/// assert_eq!(server.open_connections(), 0);
/// # Ok::<(), bedrock_emulator::StartError>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct EmulatorBuilder {
    address: String,
    verifier: Verifier,
    pace: Pace,
    usual: Answer,
    directives: bool,
    control: bool,
    max_body: usize,
    body_timeout: Duration,
    keep_requests: usize,
    keep_bytes: usize,
    replay: Option<PathBuf>,
    #[cfg(feature = "tls")]
    tls: Option<crate::tls::Certificate>,
}

impl Default for EmulatorBuilder {
    fn default() -> Self {
        Self {
            address: "127.0.0.1:0".to_owned(),
            verifier: Verifier {
                credentials: Vec::new(),
                bearer: Vec::new(),
                region: Some("us-east-1".to_owned()),
                max_skew: Duration::from_secs(5 * 60),
            },
            pace: Pace::default(),
            usual: Answer::default(),
            directives: true,
            control: true,
            max_body: 25_000_000,
            body_timeout: Duration::from_secs(60),
            keep_requests: 1_000,
            keep_bytes: 64 << 20,
            replay: None,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }
}

impl EmulatorBuilder {
    /// Listens here instead of on a free port of 127.0.0.1: an address or a name, with a port (0 for a free one).
    pub fn listen(mut self, address: impl Into<String>) -> Self {
        self.address = address.into();
        self
    }

    /// Accepts signatures of this key. Once a key or a token is given, everything else is refused.
    pub fn verify(self, access_key_id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.credentials(Credentials::new(access_key_id, secret))
    }

    /// Accepts signatures of these credentials: temporary ones, or such as were read from text.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.verifier.credentials.push(credentials);
        self
    }

    /// Accepts this bearer token.
    pub fn bearer(mut self, token: impl Into<String>) -> Self {
        self.verifier.bearer.push(BearerToken(Zeroizing::new(token.into())));
        self
    }

    /// The region that signatures must be for; `us-east-1`, if not set.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.verifier.region = Some(region.into());
        self
    }

    /// Takes signatures for any region.
    pub fn any_region(mut self) -> Self {
        self.verifier.region = None;
        self
    }

    /// How far a caller's clock may be off; five minutes, as with the service, if not set.
    pub fn max_clock_skew(mut self, skew: Duration) -> Self {
        self.verifier.max_skew = skew;
        self
    }

    /// How fast answers come.
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// The answer (or the fault) for every request that nothing else chooses an answer for.
    pub fn answer(mut self, answer: impl Into<Answer>) -> Self {
        self.usual = answer.into();
        self
    }

    /// Whether a request may choose its own answer: by the header `x-test-scenario`, by `[[…]]` in the prompt, by a model id
    /// like `test.reset`. It may, if this is not set.
    pub fn directives(mut self, allowed: bool) -> Self {
        self.directives = allowed;
        self
    }

    /// Whether `/__health`, `/__log`, `/__queue` and `/__reset` are answered, for tests in other languages. They are, if this
    /// is not set, and ask nobody who they are.
    pub fn control(mut self, allowed: bool) -> Self {
        self.control = allowed;
        self
    }

    /// Answers with the recordings below this folder: each has a `meta.json` (`operation`, `model_id`, `status`, `framing`,
    /// `response_headers`), a `response.bin`, and perhaps a `request.json`. A request gets the recordings of an equal request,
    /// else those of its operation and model, in the order of their paths and then again from the first.
    pub fn replay(mut self, folder: impl Into<PathBuf>) -> Self {
        self.replay = Some(folder.into());
        self
    }

    /// The largest body of a request, in bytes; 25,000,000, as with the service, if not set.
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// How long the body of a request may take; one minute, if not set.
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.body_timeout = timeout;
        self
    }

    /// How many requests are kept for [`Emulator::requests`], and how many bytes of their bodies together; 1,000 and 64 MiB,
    /// if not set.
    pub fn keep_requests(mut self, requests: usize, bytes: usize) -> Self {
        (self.keep_requests, self.keep_bytes) = (requests, bytes);
        self
    }

    /// Speaks TLS with this certificate chain and key, both PEM, instead of plain HTTP.
    #[cfg(feature = "tls")]
    pub fn tls(mut self, certificates: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        self.tls = Some(crate::tls::Certificate::new(certificates.into(), key.into()));
        self
    }

    /// Starts, from async code of any runtime.
    ///
    /// # Errors
    ///
    /// If the address, the recordings, the certificate or a thread are not to be had.
    pub async fn start(self) -> Result<Emulator, StartError> {
        // Nothing in there takes long: recordings are only listed.
        self.start_blocking()
    }

    /// Starts, from code that is not async.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn start_blocking(self) -> Result<Emulator, StartError> {
        let listener = bind(&self.address)
            .map_err(|source| StartError::Bind { address: self.address.clone(), source })?;
        let address = listener.local_addr().map_err(StartError::Thread)?;
        #[cfg(feature = "tls")]
        let secure = self.tls.is_some();
        #[cfg(not(feature = "tls"))]
        let secure = false;
        let service = Arc::new(self.service()?);
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(StartError::Thread)?;
        let (stop, asked_to_stop) = oneshot::channel();
        let (tell, stopped) = oneshot::channel();
        let shared = Arc::clone(&service);
        let thread = std::thread::Builder::new().name("bedrock-emulator".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = accept(listener, shared) => {}
                    _ = asked_to_stop => {}
                }
            });
            // Every task goes with the runtime, and every socket with its task.
            drop(runtime);
            // Nobody may be waiting.
            let _ = tell.send(());
        });
        let thread = thread.map_err(StartError::Thread)?;
        Ok(Emulator {
            service,
            address,
            secure,
            stop: Some(stop),
            stopped: Some(stopped),
            thread: Some(thread),
        })
    }

    fn service(self) -> Result<Service, StartError> {
        Ok(Service {
            #[cfg(feature = "tls")]
            tls: self.tls.map(|certificate| certificate.acceptor()).transpose().map_err(StartError::Tls)?,
            replay: self.replay.map(|folder| Replay::open(&folder)).transpose()?,
            verifier: self.verifier,
            pace: self.pace,
            usual: self.usual,
            directives: self.directives,
            control: self.control,
            max_body: self.max_body,
            body_timeout: self.body_timeout,
            queue: Mutex::new(VecDeque::new()),
            throttled: Mutex::new(HashMap::new()),
            log: Log::new(self.keep_requests, self.keep_bytes),
            connections: AtomicUsize::new(0),
            answered: AtomicU64::new(0),
            jobs: crate::operations::Jobs::default(),
            batch_jobs: crate::operations::BatchJobs::default(),
        })
    }
}

fn bind(address: &str) -> io::Result<TcpListener> {
    let mut last = io::Error::new(io::ErrorKind::InvalidInput, "the name has no address");
    for address in address.to_socket_addrs()? {
        match TcpListener::bind(address) {
            Ok(listener) => {
                listener.set_nonblocking(true)?;
                return Ok(listener);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Takes connections until it is dropped.
async fn accept(listener: TcpListener, service: Arc<Service>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let mut number = 0;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                number += 1;
                tokio::spawn(connection::serve(stream, Arc::clone(&service), number));
            }
            // Out of files, mostly: closing connections will help, spinning will not.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}
