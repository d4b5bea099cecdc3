//! A running server as a value: its address, the answers queued, the requests received. It runs on a thread of its own, so
//! that it answers whatever the caller's runtime is doing, or where there is none.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use crate::exchange::RecordedRequest;
use crate::script::Answer;
use crate::server::Service;

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
    pub(crate) service: Arc<Service>,
    pub(crate) address: SocketAddr,
    /// Whether it speaks TLS.
    pub(crate) secure: bool,
    pub(crate) stop: Option<oneshot::Sender<()>>,
    pub(crate) stopped: Option<oneshot::Receiver<()>>,
    pub(crate) thread: Option<JoinHandle<()>>,
}

impl Emulator {
    /// The address for clients: `http://127.0.0.1:PORT`, or `https://localhost:PORT` with TLS.
    pub fn url(&self) -> String {
        if self.secure {
            format!("https://localhost:{}", self.address.port())
        } else {
            format!("http://{}", self.address)
        }
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Queues an answer: the next request takes it, unless that request chooses its own by header.
    pub fn enqueue(&self, answer: impl Into<Answer>) {
        self.service.state.enqueue([answer.into()]);
    }

    /// How many answers are queued and not yet used.
    pub fn queued(&self) -> usize {
        self.service.state.queued()
    }

    /// The requests that it received, oldest first, as many as it keeps: see
    /// [`EmulatorBuilder::keep_requests`](crate::EmulatorBuilder::keep_requests).
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.service.state.log.requests()
    }

    /// Forgets the requests received, the answers queued and the throttling counts.
    pub fn clear(&self) {
        self.service.state.reset();
    }

    /// How many connections are open.
    pub fn open_connections(&self) -> usize {
        self.service.state.connections.load(Ordering::Relaxed)
    }

    /// How many requests have no complete answer yet.
    pub fn open_requests(&self) -> usize {
        self.service.state.log.open()
    }

    /// Stops at once and closes all connections. When it returns, the port is free.
    pub async fn shutdown(mut self) {
        self.signal();
        if let Some(stopped) = self.stopped.take() {
            // An error means that the thread is gone already.
            let _ = stopped.await;
        }
    }

    /// Waits for ever, for programs that only serve: the server does not stop by itself.
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
            // Waited for, so that the port is free when a test goes on. The thread ends at once: no
            // task outlives its runtime.
            let _ = thread.join();
        }
    }
}
