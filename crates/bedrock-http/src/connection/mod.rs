//! Connections: which are kept, which are made, and a request and its response on one of them.
//!
//! Over HTTP/1.1 a connection belongs to one call at a time, over HTTP/2 calls share one. Not for what a call is: retries,
//! limits on time and signatures are above.
//!
//! # Whose bytes these are
//!
//! An answer of HTTP/1.1 names no request: it belongs to the one that was sent last. Therefore nothing may lie on a
//! connection when a request goes out. Right before its first byte the kernel is asked, and so are the records that TLS
//! holds; a kept connection on which anything came unasked, or more than its last answer, is closed, and the request goes
//! out on another one. What reaches the kernel after the request has left is taken for its answer, by any client: one call
//! can get a wrong one. The answer that follows then is more than was asked for, and closes the connection, so that no second
//! call is hit.
//!
//! A new connection on which the server speaks first has answered nobody either, though it may mean well: some refuse with
//! a 503 whoever comes while they are at their limits. Where its words lie there before our request leaves, the call has got no
//! response, which is tried again as after a 503, and the error tells the first line. Where they come later, they are the
//! answer, as above.

mod chunked;
mod connect;
mod http1;
mod http2;
mod io;
mod kept;

use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http::{Request, Response, Uri, Version};
use hyper_util::client::proxy::matcher::Matcher;
use rustls::ClientConfig;
use tokio::runtime::Handle;
use tokio::time::Instant;

use crate::HttpVersion;
use crate::endpoint::is_loopback;
use crate::timeout::until;
use connect::Connector;
use io::Io;
use kept::{Kept, Shelf, Shelves};

/// What is at the root of a failure.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a request got no response.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It cannot be sent at all.
    Request(Cause),
    /// There was no connection within the limit.
    ConnectLimit(Duration),
    Connect(Cause),
    Exchange(Cause),
}

/// The body of a request.
pub(crate) enum Outgoing {
    Whole(Bytes),
    /// For HTTP/2 alone.
    Stream(Pin<Box<dyn Stream<Item = Bytes> + Send>>),
}

/// The body of a response.
pub(crate) enum Incoming {
    /// There already.
    Whole(Bytes),
    Http1(Box<http1::Body>),
    Http2(http2::Body),
    /// One byte after the other, for ever.
    #[cfg(test)]
    Endless,
}

impl Incoming {
    /// The next piece, which is never empty.
    pub(crate) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Cause>>> {
        match self {
            Self::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Whole(bytes) => Poll::Ready(Some(Ok(std::mem::take(bytes)))),
            Self::Http1(body) => body.poll_piece(cx),
            Self::Http2(body) => body.poll_piece(cx),
            #[cfg(test)]
            Self::Endless => Poll::Ready(Some(Ok(Bytes::from_static(b"x")))),
        }
    }

    /// How many bytes the server said that there are.
    pub(crate) fn announced(&self) -> Option<u64> {
        match self {
            Self::Whole(bytes) => Some(bytes.len() as u64),
            Self::Http1(body) => body.announced(),
            Self::Http2(body) => body.announced(),
            #[cfg(test)]
            Self::Endless => None,
        }
    }
}

/// Scheme, host and port: what connections are kept by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Origin {
    /// With no more of a path than `/`.
    uri: Uri,
}

impl Origin {
    fn of(uri: &Uri) -> Result<Self, Failure> {
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(Failure::Request("the URL has no scheme or no host".into()));
        };
        let uri =
            Uri::builder().scheme(scheme.clone()).authority(authority.clone()).path_and_query("/").build();
        uri.map(|uri| Self { uri }).map_err(|error| Failure::Request(error.into()))
    }

    fn is_https(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }

    fn host_and_port(&self) -> String {
        let port = self.uri.port_u16().unwrap_or(if self.is_https() { 443 } else { 80 });
        format!("{}:{port}", self.uri.host().unwrap_or_default())
    }
}

/// Scheme, host and port of a URL: its other parts may hold secrets.
fn place(uri: &Uri) -> String {
    let port = uri.port_u16().map_or_else(String::new, |port| format!(":{port}"));
    format!("{}://{}{port}", uri.scheme_str().unwrap_or("http"), uri.host().unwrap_or_default())
}

/// Sends requests on connections that it makes and keeps. Clones share them.
#[derive(Clone)]
pub(crate) struct Client(Arc<Shared>);

struct Shared {
    connector: Connector,
    version: HttpVersion,
    connect: Option<Duration>,
    shelves: Shelves,
}

/// What a request goes out on.
enum Line {
    Http1 { io: Io, is_kept: bool },
    Http2(http2::Session),
}

impl Client {
    pub(crate) fn new(
        mut tls: ClientConfig,
        version: HttpVersion,
        connect: Option<Duration>,
        proxies: Option<Matcher>,
    ) -> Self {
        tls.alpn_protocols = match version {
            HttpVersion::Auto => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
            HttpVersion::Http1 => vec![b"http/1.1".to_vec()],
            HttpVersion::Http2 => vec![b"h2".to_vec()],
        };
        let connector = Connector::new(tls, proxies);
        Self(Arc::new(Shared { connector, version, connect, shelves: Shelves::default() }))
    }

    /// Where what is sent to a URL can be read on the way: over plain HTTP on another machine, which is named, or to a proxy on
    /// one. `None` where it is encrypted or stays here.
    pub(crate) fn exposed_to(&self, uri: &Uri) -> Option<String> {
        if uri.scheme_str() != Some("http") {
            return None;
        }
        let elsewhere = |uri: &Uri| !is_loopback(uri.host().unwrap_or_default());
        if elsewhere(uri) {
            return Some(place(uri));
        }
        let proxy = Origin::of(uri).ok().and_then(|origin| self.0.connector.proxy(&origin))?;
        elsewhere(proxy.uri()).then(|| format!("the proxy {}", place(proxy.uri())))
    }

    /// Sends a request and reads the head of its response. Nothing is sent again, and no redirect is followed: a signature
    /// is for one host and path.
    pub(crate) async fn send(&self, request: Request<Outgoing>) -> Result<Response<Incoming>, Failure> {
        let origin = Origin::of(request.uri())?;
        let shelf = Shared::shelf(&self.0)?;
        let (mut parts, body) = request.into_parts();
        loop {
            let (mut io, is_kept) = match self.line(&shelf, &origin).await? {
                Line::Http1 { io, is_kept } => (io, is_kept),
                Line::Http2(session) => {
                    parts.version = Version::HTTP_2;
                    let sent = session.exchange(Request::from_parts(parts, body)).await;
                    return Ok(sent.map_err(Failure::Exchange)?.map(Incoming::Http2));
                }
            };
            let Outgoing::Whole(whole) = &body else {
                return Err(Failure::Request("a request whose body is a stream needs HTTP/2".into()));
            };
            // A stream may not be looked at by several threads, and this future may go from one to another.
            let whole = whole.clone();
            let proxy = if origin.is_https() { None } else { self.0.connector.proxy(&origin) };
            let form = http1::Form { forwarded: proxy.map(|proxy| proxy.basic_auth().cloned()) };
            let asked = match http1::exchange(&mut io, &parts, &whole, &form).await {
                Ok(asked) => asked,
                // Of the request nothing went out.
                Err(http1::Unanswered::NotSilent(_)) if is_kept => continue,
                Err(error) => return Err(Failure::Exchange(error.into())),
            };
            let keeper = Keeper { shelf: Arc::downgrade(&shelf), origin };
            return Ok(asked.response(io, keeper).map(|body| Incoming::Http1(Box::new(body))));
        }
    }

    /// A connection that was kept, or a new one.
    async fn line(&self, shelf: &Shelf, origin: &Origin) -> Result<Line, Failure> {
        let shared = &self.0;
        if let Some(line) = shelf.take(origin) {
            return Ok(line);
        }
        let limit = shared.connect.unwrap_or_default();
        let end = shared.connect.and_then(|limit| Instant::now().checked_add(limit));
        // Where requests share a connection, or may turn out to, one makes it and the others wait for that. For all the
        // time that it took them, the limit counts.
        let may_share = match shared.version {
            HttpVersion::Http1 => false,
            HttpVersion::Http2 => true,
            HttpVersion::Auto => origin.is_https() && !shelf.is_http1(origin),
        };
        let mut turn = None;
        if may_share {
            let turns = shelf.turns(origin);
            turn = Some(until(end, turns.lock_owned()).await.ok_or(Failure::ConnectLimit(limit))?);
            if let Some(line) = shelf.take(origin) {
                return Ok(line);
            }
            // The one before has found out that there is nothing to share: all that wait make theirs at once.
            if shelf.is_http1(origin) {
                turn = None;
            }
        }
        let made = async {
            let only_http2 = shared.version == HttpVersion::Http2;
            let io = shared.connector.connect(origin, only_http2).await?;
            if only_http2 || io.chose_http2() {
                return Ok(Line::Http2(http2::Session::begin(io).await?));
            }
            Ok(Line::Http1 { io, is_kept: false })
        };
        let line = until(end, made).await.ok_or(Failure::ConnectLimit(limit))?.map_err(Failure::Connect)?;
        match &line {
            Line::Http1 { .. } => shelf.speaks_http1(origin),
            Line::Http2(session) => shelf.put(origin, Kept::Http2(session.clone())),
        }
        drop(turn);
        Ok(line)
    }
}

impl Shared {
    /// Where the runtime that this call runs on keeps its connections.
    fn shelf(this: &Arc<Self>) -> Result<Arc<Shelf>, Failure> {
        let runtime = Handle::try_current().map_err(|error| Failure::Request(error.into()))?;
        let (shelf, is_new) = this.shelves.of(runtime.id());
        if is_new {
            let watch = Watch { shared: Arc::downgrade(this), shelf: Arc::downgrade(&shelf) };
            shelf.watched_by(runtime.spawn(watch.keep()).abort_handle());
        }
        Ok(shelf)
    }
}

/// Looks after the connections of one runtime. When that ends, so does this, and they with it.
struct Watch {
    shared: Weak<Shared>,
    shelf: Weak<Shelf>,
}

impl Watch {
    async fn keep(self) {
        Shelf::watch(self.shelf.clone()).await;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.upgrade() {
            shared.shelves.remove(&self.shelf);
        }
    }
}

/// Takes an HTTP/1.1 connection back when its response has been read, by whatever runtime: it goes to the one that made it.
struct Keeper {
    shelf: Weak<Shelf>,
    origin: Origin,
}

impl Keeper {
    fn keep(self, io: Io) {
        if let Some(shelf) = self.shelf.upgrade() {
            shelf.put(&self.origin, Kept::Http1(io));
        }
    }
}
