//! Makes connections: names to addresses, TCP, a way through proxies, TLS.
//!
//! Not for pooling them, and not for what is said on them, but for the one request that a proxy understands.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Uri};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;
use tower_service::Service as _;

use super::http1;
use super::io::{Io, Records, Socket};
use crate::connection::failure::Cause;
use crate::connection::origin::Origin;

/// What makes connections.
pub(super) struct Connector {
    tcp: HttpConnector,
    tls: Arc<ClientConfig>,
    /// To proxies: they are spoken to in HTTP/1.1.
    proxy_tls: Arc<ClientConfig>,
    proxies: Option<Matcher>,
}

impl Connector {
    pub(super) fn new(tls: ClientConfig, proxies: Option<Matcher>) -> Self {
        // This and the three tries are `reqwest`'s defaults.
        const KEEPALIVE: Duration = Duration::from_secs(15);
        let mut tcp = HttpConnector::new();
        // Else it refuses URLs of `https`; TLS comes on top of it here.
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        // Finds out that the other side is gone, while a stream waits for a model that thinks.
        tcp.set_keepalive(Some(KEEPALIVE));
        tcp.set_keepalive_interval(Some(KEEPALIVE));
        tcp.set_keepalive_retries(Some(3));
        let mut proxy_tls = tls.clone();
        proxy_tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self { tcp, tls: Arc::new(tls), proxy_tls: Arc::new(proxy_tls), proxies }
    }

    /// The proxy that requests to this origin go to.
    pub(super) fn proxy(&self, origin: &Origin) -> Option<Intercept> {
        self.proxies.as_ref()?.intercept(&origin.uri)
    }

    /// A connection on which the origin can be spoken to, through a tunnel where `tunnel` says so or TLS makes it needed.
    pub(super) async fn connect(&self, origin: &Origin, tunnel: bool) -> Result<Io, Cause> {
        let io = match self.proxy(origin) {
            None => self.tcp(&origin.uri).await?,
            Some(proxy) => {
                let mut io = self.tcp(proxy.uri()).await?;
                if proxy.uri().scheme_str() == Some("https") {
                    io = secured(io, &self.proxy_tls, proxy.uri().host()).await?;
                }
                // A proxy passes on HTTP/1.1 only, so plain HTTP/2 needs a tunnel as well.
                if tunnel || origin.is_https() {
                    tunneled(&mut io, origin, proxy.basic_auth()).await?;
                }
                io
            }
        };
        if origin.is_https() { secured(io, &self.tls, origin.uri.host()).await } else { Ok(io) }
    }

    async fn tcp(&self, uri: &Uri) -> Result<Io, Cause> {
        let mut tcp = self.tcp.clone();
        std::future::poll_fn(|cx| tcp.poll_ready(cx)).await?;
        Ok(Io::Plain(Socket::new(tcp.call(uri.clone()).await?.into_inner())))
    }
}

async fn secured(io: Io, config: &Arc<ClientConfig>, host: Option<&str>) -> Result<Io, Cause> {
    let host = host.unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let name = ServerName::try_from(host.to_owned())?;
    let tls = TlsConnector::from(config.clone()).connect(name, Records::new(io)).await?;
    Ok(Io::Tls(Box::new(tls)))
}

/// Asks a proxy for a way through it (RFC 9110, section 9.3.6).
async fn tunneled(io: &mut Io, origin: &Origin, auth: Option<&HeaderValue>) -> Result<(), Cause> {
    let target = origin.host_and_port();
    let mut head = format!("CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n").into_bytes();
    if let Some(auth) = auth {
        head.extend_from_slice(b"proxy-authorization: ");
        head.extend_from_slice(auth.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    let (answer, rest) = http1::send(io, &head, &[]).await?;
    match answer.status.as_u16() {
        // Nothing may lie before TLS: it would be read as the server's first words.
        200..=299 if rest.is_empty() => Ok(()),
        200..=299 => Err("the proxy sent data behind its answer to CONNECT".into()),
        407 => Err("the proxy wants other credentials (407)".into()),
        status => Err(format!("the proxy answered {status} to CONNECT").into()),
    }
}
