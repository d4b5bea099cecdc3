//! Connections: which are kept, which are made, and a request and its response on one of them.
//!
//! Over HTTP/1.1 a connection belongs to one call at a time, over HTTP/2 calls share one. Not for what a call is: retries,
//! limits on time and signatures are above.

mod chunked;
mod connect;
mod http1;
mod http2;
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
use tokio::time::Instant;

use crate::HttpVersion;
use crate::timeout::until;
use connect::{Connector, Io};
use kept::{Kept, Shelf};

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

/// Sends requests on connections that it makes and keeps. Clones share them.
#[derive(Clone)]
pub(crate) struct Client(Arc<Shared>);

struct Shared {
    connector: Connector,
    version: HttpVersion,
    connect: Option<Duration>,
    shelf: Shelf,
}

/// What a request goes out on.
enum Line {
    Http1(Io),
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
        Self(Arc::new(Shared { connector, version, connect, shelf: Shelf::default() }))
    }

    /// Sends a request and reads the head of its response. Nothing is sent again, and no redirect is followed: a signature
    /// is for one host and path.
    pub(crate) async fn send(&self, mut request: Request<Outgoing>) -> Result<Response<Incoming>, Failure> {
        let origin = Origin::of(request.uri())?;
        match self.line(&origin).await? {
            Line::Http2(session) => {
                *request.version_mut() = Version::HTTP_2;
                let response = session.exchange(request).await.map_err(Failure::Exchange)?;
                Ok(response.map(Incoming::Http2))
            }
            Line::Http1(io) => {
                let (head, body) = request.into_parts();
                let Outgoing::Whole(body) = body else {
                    return Err(Failure::Request("a request whose body is a stream needs HTTP/2".into()));
                };
                let proxy = if origin.is_https() { None } else { self.0.connector.proxy(&origin) };
                let form = http1::Form { forwarded: proxy.map(|proxy| proxy.basic_auth().cloned()) };
                let keeper = Keeper { shared: Arc::downgrade(&self.0), origin };
                let sent = http1::exchange(io, Request::from_parts(head, body), form, keeper).await;
                let response = sent.map_err(Failure::Exchange)?;
                Ok(response.map(|body| Incoming::Http1(Box::new(body))))
            }
        }
    }

    /// A connection that was kept, or a new one.
    async fn line(&self, origin: &Origin) -> Result<Line, Failure> {
        let shared = &self.0;
        if let Some(line) = shared.shelf.take(origin) {
            return Ok(line);
        }
        let limit = shared.connect.unwrap_or_default();
        let end = shared.connect.and_then(|limit| Instant::now().checked_add(limit));
        // Where requests share a connection, or may turn out to, one makes it and the others wait for that. For all the
        // time that it took them, the limit counts.
        let may_share = match shared.version {
            HttpVersion::Http1 => false,
            HttpVersion::Http2 => true,
            HttpVersion::Auto => origin.is_https() && !shared.shelf.is_http1(origin),
        };
        let mut turn = None;
        if may_share {
            let turns = shared.shelf.turns(origin);
            turn = Some(until(end, turns.lock_owned()).await.ok_or(Failure::ConnectLimit(limit))?);
            if let Some(line) = shared.shelf.take(origin) {
                return Ok(line);
            }
        }
        let made = async {
            let only_http2 = shared.version == HttpVersion::Http2;
            let io = shared.connector.connect(origin, only_http2).await?;
            if only_http2 || io.chose_http2() {
                return Ok(Line::Http2(http2::Session::begin(io).await?));
            }
            Ok(Line::Http1(io))
        };
        let line = until(end, made).await.ok_or(Failure::ConnectLimit(limit))?.map_err(Failure::Connect)?;
        match &line {
            Line::Http1(_) => shared.shelf.speaks_http1(origin),
            Line::Http2(session) => Shared::keep(shared, origin, Kept::Http2(session.clone())),
        }
        drop(turn);
        Ok(line)
    }
}

impl Shared {
    /// Keeps a connection, and sees to it that it is not kept for ever.
    fn keep(this: &Arc<Self>, origin: &Origin, kept: Kept) {
        // Without a runtime nobody would ever look after it.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if this.shelf.put(origin, kept) {
            let watch = runtime.spawn(watch(Arc::downgrade(this)));
            this.shelf.watched_by(watch.abort_handle());
        }
    }
}

/// Closes what nobody has used for a while, or what the server has closed, as long as there is anything to look after.
async fn watch(shared: Weak<Shared>) {
    struct Watch(Option<Weak<Shared>>);
    impl Drop for Watch {
        /// When the runtime ends before the watch does: the next connection then gets another one.
        fn drop(&mut self) {
            if let Some(shared) = self.0.take().and_then(|shared| shared.upgrade()) {
                shared.shelf.unwatched();
            }
        }
    }
    let mut watch = Watch(Some(shared));
    loop {
        tokio::time::sleep(kept::ROUND).await;
        let Some(shared) = watch.0.as_ref().and_then(Weak::upgrade) else { return };
        if shared.shelf.sweep(Instant::now()) {
            watch.0 = None;
            return;
        }
    }
}

/// Takes an HTTP/1.1 connection back when its response has been read.
struct Keeper {
    shared: Weak<Shared>,
    origin: Origin,
}

impl Keeper {
    fn keep(self, io: Io) {
        if let Some(shared) = self.shared.upgrade() {
            Shared::keep(&shared, &self.origin, Kept::Http1(io));
        }
    }
}
