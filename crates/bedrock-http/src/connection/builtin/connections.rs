//! Sends requests: on a pooled connection where there is one, else on a new one.
//!
//! Not for how connections are made or pooled, nor for what is said on them.

use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response, Uri, Version};
use tokio::time::Instant;

use super::body::Body;
use super::connector::Connector;
use super::pool::{Connection, Pool, Pools, Returns};
use super::{http1, http2, tls};
use crate::Error;
use crate::connection::failure::Failure;
use crate::connection::origin::Origin;
use crate::connection::outgoing::Outgoing;
use crate::connection::settings::{ClientSettings, HttpVersion};
use crate::policy::until;

/// Connections, made as they are needed and pooled. Clones share them.
#[derive(Clone)]
pub(crate) struct Connections(Arc<Shared>);

struct Shared {
    connector: Connector,
    version: HttpVersion,
    connect: Option<Duration>,
    pools: Arc<Pools>,
}

impl Connections {
    pub(crate) fn new(settings: &ClientSettings, version: HttpVersion) -> Result<Self, Error> {
        let mut tls = tls::client_config(settings.ca_bundle.as_deref())?;
        tls.alpn_protocols = match version {
            HttpVersion::Auto => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
            HttpVersion::Http1 => vec![b"http/1.1".to_vec()],
            HttpVersion::Http2 => vec![b"h2".to_vec()],
        };
        let connector = Connector::new(tls, settings.proxies()?);
        let shared = Shared { connector, version, connect: settings.connect, pools: Arc::default() };
        Ok(Self(Arc::new(shared)))
    }

    /// The proxy that requests to a URL go to.
    pub(crate) fn proxy(&self, uri: &Uri) -> Option<Uri> {
        let origin = Origin::of(uri).ok()?;
        self.0.connector.proxy(&origin).map(|proxy| proxy.uri().clone())
    }

    /// Sends a request and reads the head of its response.
    pub(crate) async fn send(&self, request: Request<Outgoing>) -> Result<Response<Body>, Failure> {
        let origin = Origin::of(request.uri())?;
        let pool = Pool::of_this_runtime(&self.0.pools)?;
        // Taken apart once: each turn of the loop tries another pooled connection. It ends, for a
        // new one is not `is_reused`.
        let (mut parts, body) = request.into_parts();
        loop {
            let (mut io, is_reused) = match self.connection(&pool, &origin).await? {
                Connection::Http1 { io, is_reused } => (io, is_reused),
                Connection::Http2(session) => {
                    parts.version = Version::HTTP_2;
                    let sent = session.exchange(Request::from_parts(parts, body)).await;
                    return Ok(sent.map_err(Failure::Exchange)?.map(Body::Http2));
                }
            };
            let Outgoing::Whole(whole) = &body else {
                return Err(Failure::Request("a request whose body is a stream needs HTTP/2".into()));
            };
            // A stream may not be looked at by several threads, and this future may go from one to another.
            let whole = whole.clone();
            let proxy = if origin.is_https() { None } else { self.0.connector.proxy(&origin) };
            let form = http1::RequestForm { forwarded: proxy.map(|proxy| proxy.basic_auth().cloned()) };
            let answered = match http1::exchange(&mut io, &parts, &whole, &form).await {
                Ok(answered) => answered,
                // Of the request nothing went out.
                Err(http1::ExchangeError::Unsolicited(_)) if is_reused => continue,
                Err(error) => return Err(Failure::Exchange(error.into())),
            };
            // The body takes the connection along, and gives it back at its end.
            let returns = Returns::new(&pool, origin);
            return Ok(answered.response(io, returns).map(|body| Body::Http1(Box::new(body))));
        }
    }

    /// A pooled connection, or a new one.
    async fn connection(&self, pool: &Pool, origin: &Origin) -> Result<Connection, Failure> {
        let shared = &self.0;
        if let Some(connection) = pool.take(origin) {
            return Ok(connection);
        }
        let limit = shared.connect.unwrap_or_default();
        let end = shared.connect.and_then(|limit| Instant::now().checked_add(limit));
        // Where requests share a connection, or may turn out to, one makes it and the others wait for that. For all the
        // time that it took them, the limit counts.
        let may_share = match shared.version {
            HttpVersion::Http1 => false,
            HttpVersion::Http2 => true,
            HttpVersion::Auto => origin.is_https() && !pool.is_http1(origin),
        };
        let mut turn = None;
        if may_share {
            let turns = pool.turns(origin);
            turn = Some(until(end, turns.lock_owned()).await.ok_or(Failure::ConnectLimit(limit))?);
            if let Some(connection) = pool.take(origin) {
                return Ok(connection);
            }
            // The one before has found out that there is nothing to share: all that wait make theirs at once.
            if pool.is_http1(origin) {
                turn = None;
            }
        }
        let made = async {
            let only_http2 = shared.version == HttpVersion::Http2;
            let io = shared.connector.connect(origin, only_http2).await?;
            // Over plain HTTP nothing is negotiated: HTTP/2 is spoken by prior knowledge.
            if only_http2 || io.chose_http2() {
                return Ok(Connection::Http2(http2::Session::begin(io).await?));
            }
            Ok(Connection::Http1 { io, is_reused: false })
        };
        let made = until(end, made).await.ok_or(Failure::ConnectLimit(limit))?;
        let connection = made.map_err(Failure::Connect)?;
        match &connection {
            Connection::Http1 { .. } => pool.speaks_http1(origin),
            Connection::Http2(session) => pool.share(origin, session.clone()),
        }
        // Only now: whoever waits looks at the pool next, and finds there what came of it.
        drop(turn);
        Ok(connection)
    }
}
