//! The HTTP client below a transport: which version it speaks, through which proxies, with which trust and windows.
//!
//! Not for requests: it is made once and asked by the calls.

use std::time::Duration;

use crate::Error;
use crate::secret::Secret;

/// Which version of HTTP to speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum HttpVersion {
    /// HTTP/1.1 over `http://`; over `https://` HTTP/2 where the server offers it, else HTTP/1.1.
    #[default]
    Auto,
    /// HTTP/1.1 only: a connection for each call that is open. The choice for many long streams at once, because a
    /// server allows only so many of them on one HTTP/2 connection. A stream that waits holds about 28 KiB, most of it the
    /// buffers of its connection.
    Http1,
    /// HTTP/2 only; over `http://` with prior knowledge. A stream that waits holds about 9 KiB; what the server does not
    /// allow on one connection waits for its turn.
    Http2,
}

/// What a client is made of. Kept, because a stream in both directions may need a second client that speaks HTTP/2.
pub(crate) struct ClientSettings {
    pub(crate) ca_bundle: Option<Vec<u8>>,
    pub(crate) connect: Option<Duration>,
    /// The URL of a proxy may hold a password.
    pub(crate) http_proxy: Option<Secret>,
    pub(crate) https_proxy: Option<Secret>,
    pub(crate) no_proxy: String,
}

impl ClientSettings {
    pub(crate) fn client(&self, version: HttpVersion) -> Result<reqwest::Client, Error> {
        let mut tls = crate::tls::client_config(self.ca_bundle.as_deref())?;
        tls.alpn_protocols = match version {
            HttpVersion::Auto => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
            HttpVersion::Http1 => vec![b"http/1.1".to_vec()],
            HttpVersion::Http2 => vec![b"h2".to_vec()],
        };
        let mut client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            // A signature is for one host and path: following a redirect would hand it to another.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            // A stream that nobody reads must not fill memory, nor hold up the others of its connection: a small
            // window for each, a large one for all.
            .http2_initial_stream_window_size(256 << 10)
            .http2_initial_connection_window_size(64 << 20)
            .http2_keep_alive_interval(Duration::from_secs(30))
            .http2_keep_alive_timeout(Duration::from_secs(20))
            .no_proxy();
        client = match version {
            HttpVersion::Auto => client,
            HttpVersion::Http1 => client.http1_only(),
            HttpVersion::Http2 => client.http2_prior_knowledge(),
        };
        if let Some(limit) = self.connect {
            client = client.connect_timeout(limit);
        }
        for proxy in self.proxies()? {
            client = client.proxy(proxy);
        }
        client.build().map_err(|error| Error::usage("the HTTP client cannot be set up").with_source(error))
    }

    fn proxies(&self) -> Result<Vec<reqwest::Proxy>, Error> {
        // The addresses of a container's and an instance's metadata are its own business, and hold credentials.
        let except = format!("{},169.254.0.0/16,fd00:ec2::/32", self.no_proxy);
        let except = reqwest::NoProxy::from_string(&except);
        let mut proxies = Vec::new();
        for (scheme, url) in [("http", &self.http_proxy), ("https", &self.https_proxy)] {
            let Some(url) = url.as_ref().map(Secret::expose) else { continue };
            let made = if scheme == "http" { reqwest::Proxy::http(url) } else { reqwest::Proxy::https(url) };
            // The URL is not repeated: it may hold a password.
            let proxy = made.map_err(|_| {
                Error::usage(format!("the proxy for {scheme}:// in the environment is not a URL"))
            })?;
            proxies.push(proxy.no_proxy(except.clone()));
        }
        Ok(proxies)
    }
}
