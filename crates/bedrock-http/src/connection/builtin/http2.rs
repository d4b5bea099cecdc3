//! HTTP/2: many requests on one connection, by `hyper`.
//!
//! Not for choosing between the versions.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as _;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};

use super::io::Io;
use crate::connection::failure::Cause;
use crate::connection::outgoing::Outgoing;

/// A connection that requests share. Its clones are one connection.
#[derive(Clone)]
pub(super) struct Session {
    sender: SendRequest<Outgoing>,
    /// Held by every request and its response's body.
    users: Arc<()>,
}

impl Session {
    pub(super) async fn begin(io: Io) -> Result<Self, Cause> {
        let (sender, connection) = Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            // A stream that nobody reads must not fill memory, nor hold up the others of its connection: a small window for
            // each, a large one for all.
            .initial_stream_window_size(256 << 10)
            .initial_connection_window_size(64 << 20)
            // Pings only while a stream is open (`keep_alive_while_idle` is off): a model may think
            // for minutes, and a dead peer should not look like one. 20 s are hyper's own default.
            .keep_alive_interval(Duration::from_secs(30))
            .keep_alive_timeout(Duration::from_secs(20))
            .handshake(TokioIo::new(io))
            .await?;
        tokio::spawn(async move {
            // Each request that it ended gets the error.
            let _ = connection.await;
        });
        Ok(Self { sender, users: Arc::new(()) })
    }

    pub(super) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Whether any request or body is under way.
    pub(super) fn is_used(&self) -> bool {
        // One is the pool's own clone.
        Arc::strong_count(&self.users) > 1
    }

    pub(super) async fn exchange(mut self, request: Request<Outgoing>) -> Result<Response<Body>, Cause> {
        let response = self.sender.send_request(request).await?;
        Ok(response.map(|incoming| Body { incoming, _user: self.users }))
    }
}

/// The body of a response.
pub(crate) struct Body {
    incoming: hyper::body::Incoming,
    _user: Arc<()>,
}

impl Body {
    pub(super) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Cause>>> {
        loop {
            return Poll::Ready(match std::task::ready!(Pin::new(&mut self.incoming).poll_frame(cx)) {
                None => None,
                Some(Err(error)) => Some(Err(error.into())),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(piece) if !piece.is_empty() => Some(Ok(piece)),
                    // Trailers and empty pieces say nothing to the reader.
                    _ => continue,
                },
            });
        }
    }

    pub(super) fn announced(&self) -> Option<u64> {
        self.incoming.size_hint().exact()
    }
}
