//! Settings of a server, and its start.

use std::io;
use std::net::{TcpListener, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::auth::{BearerToken, Credentials, Verifier};
use crate::emulator::Emulator;
use crate::exchange::Log;
use crate::operations::Jobs;
use crate::script::{Answer, Pace};
use crate::server::{self, Replay, Service, StartError, State};

/// Settings of a server, which [`start`](Self::start) starts.
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
    default_answer: Answer,
    directives: bool,
    control: bool,
    max_body: usize,
    body_timeout: Duration,
    keep_requests: usize,
    keep_bytes: usize,
    replay: Option<PathBuf>,
    #[cfg(feature = "tls")]
    tls: Option<server::Certificate>,
}

impl Emulator {
    /// Sets up a server.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::default()
    }

    /// Starts a server that accepts every request, on a free port.
    ///
    /// # Errors
    ///
    /// If listening fails, or starting a thread.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }
}

impl Default for EmulatorBuilder {
    fn default() -> Self {
        Self {
            address: "127.0.0.1:0".to_owned(),
            verifier: Verifier {
                credentials: Vec::new(),
                bearer: Vec::new(),
                region: Some("us-east-1".to_owned()),
                // Recorded: refusals of signatures name both times and this limit.
                max_skew: Duration::from_secs(5 * 60),
            },
            pace: Pace::default(),
            default_answer: Answer::default(),
            directives: true,
            control: true,
            // The limit of `Body` in the service's model.
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

    /// Accepts signatures of this key. Once a key or a token is given, other requests are refused.
    pub fn verify(self, access_key_id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.credentials(Credentials::new(access_key_id, secret))
    }

    /// Accepts signatures of these credentials: temporary ones, or ones read from text.
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

    /// Accepts signatures for any region.
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

    /// The answer, or the fault, for requests that nothing else chooses an answer for.
    pub fn answer(mut self, answer: impl Into<Answer>) -> Self {
        self.default_answer = answer.into();
        self
    }

    /// Whether a request may choose its own answer: by the header `x-test-scenario`, by `[[…]]` in the prompt, or by a model id
    /// like `test.reset`. It may, if this is not set.
    pub fn directives(mut self, allowed: bool) -> Self {
        self.directives = allowed;
        self
    }

    /// Whether `/__health`, `/__log`, `/__queue` and `/__reset` are answered, for tests in other languages; without asking for
    /// a signature. They are, if this is not set.
    pub fn control(mut self, allowed: bool) -> Self {
        self.control = allowed;
        self
    }

    /// Answers with the recordings below this folder: each has a `meta.json` (`operation`, `model_id`, `status`, `framing`,
    /// `response_headers`), a `response.bin`, and perhaps a `request.json`. A request is answered with the recordings of an equal
    /// request, else those of its operation and model, in the order of their paths and then again from the first.
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
        self.tls = Some(server::Certificate::new(certificates.into(), key.into()));
        self
    }

    /// Starts the server, from async code of any runtime.
    ///
    /// # Errors
    ///
    /// If listening fails, the recordings or the certificate are not usable, or a thread cannot be started.
    pub async fn start(self) -> Result<Emulator, StartError> {
        // Nothing in there takes long: recordings are only listed.
        self.start_blocking()
    }

    /// Starts the server, from code that is not async.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn start_blocking(self) -> Result<Emulator, StartError> {
        let listener = bind(&self.address)
            .map_err(|source| StartError::Bind { address: self.address.clone(), source })?;
        // Bound before the thread starts: the port is known, and taken, when this returns.
        let address = listener.local_addr().map_err(StartError::Thread)?;
        #[cfg(feature = "tls")]
        let secure = self.tls.is_some();
        #[cfg(not(feature = "tls"))]
        let secure = false;
        let service = Arc::new(self.service()?);
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(StartError::Thread)?;
        let (stop, stopping) = oneshot::channel();
        let (ended, stopped) = oneshot::channel();
        let shared = Arc::clone(&service);
        let thread = std::thread::Builder::new().name("bedrock-emulator".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = accept(listener, shared) => {}
                    _ = stopping => {}
                }
            });
            // Every task goes with the runtime, and every socket with its task.
            drop(runtime);
            // Nobody may be waiting.
            let _ = ended.send(());
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
            default_answer: self.default_answer,
            directives: self.directives,
            control: self.control,
            max_body: self.max_body,
            body_timeout: self.body_timeout,
            state: State::new(Log::new(self.keep_requests, self.keep_bytes)),
            jobs: Jobs::default(),
        })
    }
}

fn bind(address: &str) -> io::Result<TcpListener> {
    let mut last = io::Error::new(io::ErrorKind::InvalidInput, "the name has no address");
    for address in address.to_socket_addrs()? {
        match TcpListener::bind(address) {
            Ok(listener) => {
                // tokio takes over only sockets that do not block.
                listener.set_nonblocking(true)?;
                return Ok(listener);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Accepts connections until it is dropped.
async fn accept(listener: TcpListener, service: Arc<Service>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let mut number = 0;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                number += 1;
                tokio::spawn(server::serve(stream, Arc::clone(&service), number));
            }
            // Mostly no file descriptor is left: closing connections helps, spinning does not.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}
