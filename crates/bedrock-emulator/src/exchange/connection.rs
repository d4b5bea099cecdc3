//! A handle to a connection, by which whoever answers a request can end it early. Reading and writing are done in `server`.

use std::sync::OnceLock;

use tokio::sync::Notify;

/// How a connection is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disconnect {
    /// An orderly end of TCP.
    Close,
    /// A reset.
    Reset,
}

/// One connection, as its requests see it.
#[derive(Debug, Default)]
pub(crate) struct ConnectionHandle {
    /// Counted from 1.
    pub(crate) number: u64,
    disconnect: OnceLock<Disconnect>,
    changed: Notify,
}

impl ConnectionHandle {
    pub(crate) fn new(number: u64) -> Self {
        Self { number, ..Self::default() }
    }

    /// Ends the connection as soon as its task runs again. The first call counts.
    pub(crate) fn disconnect(&self, how: Disconnect) {
        // A second one has nothing left to do.
        let _ = self.disconnect.set(how);
        self.changed.notify_one();
    }

    pub(crate) fn is_disconnected(&self) -> bool {
        self.disconnect.get().is_some()
    }

    /// Waits until the connection is to be ended.
    pub(crate) async fn disconnected(&self) -> Disconnect {
        loop {
            if let Some(how) = self.disconnect.get() {
                return *how;
            }
            // `notify_one` leaves a permit: an end between the look and the wait is not missed.
            self.changed.notified().await;
        }
    }
}
