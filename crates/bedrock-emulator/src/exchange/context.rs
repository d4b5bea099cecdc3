//! Where an answer goes.

use std::sync::Arc;

use super::connection::{ConnectionHandle, Disconnect};
use super::log::{Exchange, Outcome};
use crate::error::Dialect;

/// What sending an answer needs to know of its request.
#[derive(Clone)]
pub(crate) struct ResponseContext {
    pub(crate) exchange: Arc<Exchange>,
    pub(crate) connection: Arc<ConnectionHandle>,
    pub(crate) dialect: Dialect,
}

impl ResponseContext {
    /// Ends the connection before an answer began, and waits for that.
    pub(crate) async fn disconnect(&self, how: Disconnect) {
        self.connection.disconnect(how);
        self.never_answer().await;
    }

    /// Waits for the end of the connection. The request then counts as abandoned, or as broken if the server ended it.
    pub(crate) async fn never_answer(&self) {
        // A guard, since nothing after the wait runs: hyper drops the future with the connection.
        struct Ended<'a>(&'a Exchange);
        impl Drop for Ended<'_> {
            fn drop(&mut self) {
                self.0.end(Outcome::Abandoned);
            }
        }
        let _ended = Ended(&self.exchange);
        // The first end counts: this one, set before the connection's task drops the guard above.
        if self.connection.is_disconnected() {
            self.exchange.end(Outcome::Broken);
        }
        std::future::pending::<()>().await;
    }
}
