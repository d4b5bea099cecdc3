//! One connection: HTTP/1.1 or HTTP/2, as the caller begins, ended early where a fault asks for it. What is answered is said in
//! `service`.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::service::{Service, handle};
use crate::exchange::{ConnectionHandle, Disconnect};

/// Counts a connection for as long as it lives.
struct Counted(Arc<Service>);

impl Counted {
    fn new(service: &Arc<Service>) -> Self {
        service.state.connections.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(service))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.state.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Serves one connection to its end.
pub(crate) async fn serve(stream: TcpStream, service: Arc<Service>, number: u64) {
    let _counted = Counted::new(&service);
    // Small frames must not wait for each other. A socket that cannot be told so is about to fail anyway.
    let _ = stream.set_nodelay(true);
    let socket = Arc::new(stream);
    let connection = Arc::new(ConnectionHandle::new(number));
    // Shared, so that the socket outlives HTTP by the moment that a reset needs.
    let io = Socket(Arc::clone(&socket));
    let requests = async {
        #[cfg(feature = "tls")]
        if let Some(acceptor) = &service.tls {
            // A handshake that fails, or takes too long, is the caller's affair.
            if let Some(stream) = super::tls::accept(acceptor, io).await {
                serve_http(stream, Arc::clone(&service), Arc::clone(&connection)).await;
            }
            return;
        }
        serve_http(io, Arc::clone(&service), Arc::clone(&connection)).await;
    };
    let disconnect = tokio::select! {
        () = requests => None,
        how = connection.disconnected() => Some(how),
    };
    if disconnect == Some(Disconnect::Reset) {
        // Where this fails, the connection is merely closed.
        // The last owner: dropping it now sends RST instead of FIN.
        let _ = socket.set_zero_linger();
    }
}

/// Serves HTTP over anything that carries bytes.
async fn serve_http<I>(io: I, service: Arc<Service>, connection: Arc<ConnectionHandle>)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // A caller that opens connections and says nothing must not keep them for ever.
    builder.http1().timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(30));
    builder
        .http2()
        .timer(TokioTimer::new())
        // One connection may carry as many streams as a load test opens, and drop them as it likes.
        .max_concurrent_streams(20_000)
        .max_pending_accept_reset_streams(20_000)
        .max_local_error_reset_streams(20_000);
    let answer = service_fn(move |request| {
        let (service, connection) = (Arc::clone(&service), Arc::clone(&connection));
        async move { Ok::<_, Infallible>(handle(service, connection, request).await) }
    });
    // A caller that breaks off, or never spoke HTTP, is not an error of the server.
    let _ = builder.serve_connection(TokioIo::new(io), answer).await;
}

/// A TCP stream that can be reset while somebody else reads and writes it.
struct Socket(Arc<TcpStream>);

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.0.poll_read_ready(cx))?;
            match self.0.try_read(buffer.initialize_unfilled()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Ok(length) => {
                    buffer.advance(length);
                    return Poll::Ready(Ok(()));
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.poll_write_ready(cx))?;
            match self.0.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return Poll::Ready(done),
            }
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.poll_write_ready(cx))?;
            match self.0.try_write_vectored(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return Poll::Ready(done),
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Dropping the last owner closes the socket, a moment after HTTP is done with it.
        Poll::Ready(Ok(()))
    }
}
