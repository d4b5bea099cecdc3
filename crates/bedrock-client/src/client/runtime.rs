//! The thread that serves the network for blocking calls.
//!
//! Not for the calls themselves; see `blocking.rs`.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use bedrock_codegen::codegen_at_use;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::{Error, ErrorKind};

/// The thread that serves the network, and the way to wait for what needs it.
#[doc(hidden)]
pub struct Runtime {
    handle: Handle,
    /// Dropping it ends the thread.
    _stop: oneshot::Sender<()>,
}

#[codegen_at_use]
impl Runtime {
    /// Starts the thread. Connections that it makes are its own: none waits for a runtime that the caller blocks.
    pub(crate) fn start() -> Result<Arc<Self>, Error> {
        let failed = |error: std::io::Error| {
            let message = "the thread that serves the network cannot be started";
            Error::new(ErrorKind::Usage, bedrock_http::RetryClass::Final, message).with_source(error)
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        // Dropped on its own thread: dropped within another runtime it would panic. A sender that
        // is gone ends the wait like a message.
        let serve = move || drop(runtime.block_on(stopped));
        std::thread::Builder::new().name("bedrock-client".to_owned()).spawn(serve).map_err(failed)?;
        Ok(Arc::new(Self { handle, _stop: stop }))
    }

    /// Blocks this thread until a future is ready. Not the runtime's own `block_on`, which panics where another runtime
    /// runs on this thread.
    pub(crate) fn wait<F: Future>(&self, future: F) -> F::Output {
        // For timers and sockets, and for the pool of connections, which is chosen by runtime.
        let _context = self.handle.enter();
        // Where this thread belongs to a runtime, its tasks have a budget that only going back to it would fill again.
        let mut future = pin!(tokio::task::unconstrained(future));
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        let mut context = Context::from_waker(&waker);
        loop {
            match future.as_mut().poll(&mut context) {
                Poll::Ready(output) => return output,
                Poll::Pending => std::thread::park(),
            }
        }
    }
}

struct Unpark(Thread);

#[codegen_at_use]
impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}
