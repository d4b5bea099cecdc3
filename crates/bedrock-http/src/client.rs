//! The HTTP client below a transport: which version it speaks, through which proxies, with which trust and windows.
//!
//! Not for requests: it is made once and asked by the calls.

use std::time::Duration;

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

use crate::Error;
use crate::connection::Client;
use crate::secret::Secret;

/// Which version of HTTP to speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum HttpVersion {
    /// HTTP/1.1 over `http://`; over `https://` HTTP/2 where the server offers it, else HTTP/1.1.
    #[default]
    Auto,
    /// HTTP/1.1 only: a connection for each call that is open. The choice for many long streams at once, because a
    /// server allows only so many of them on one HTTP/2 connection. A stream that waits holds about 10 KiB.
    Http1,
    /// HTTP/2 only; over `http://` with prior knowledge. A stream that waits holds about 11 KiB; what the server does not
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
    pub(crate) fn client(&self, version: HttpVersion) -> Result<Client, Error> {
        let tls = crate::tls::client_config(self.ca_bundle.as_deref())?;
        Ok(Client::new(tls, version, self.connect, self.proxies()?))
    }

    fn proxies(&self) -> Result<Option<Matcher>, Error> {
        let mut proxies = Matcher::builder();
        for (scheme, url) in [("http", &self.http_proxy), ("https", &self.https_proxy)] {
            let Some(url) = url.as_ref().map(Secret::expose) else { continue };
            if !is_proxy(url) {
                // The URL is not repeated: it may hold a password.
                return Err(Error::usage(format!(
                    "the proxy for {scheme}:// in the environment is not a URL of http:// or https://"
                )));
            }
            proxies = if scheme == "http" { proxies.http(url) } else { proxies.https(url) };
        }
        // The addresses of a container's and an instance's metadata are its own business, and hold credentials.
        let except = format!("{},169.254.0.0/16,fd00:ec2::/32", self.no_proxy);
        let any = self.http_proxy.is_some() || self.https_proxy.is_some();
        Ok(any.then(|| proxies.no(except).build()))
    }
}

/// Whether this is the URL of a proxy; without a scheme it is one of `http://`, as everywhere.
fn is_proxy(text: &str) -> bool {
    let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let uri: Result<Uri, _> = whole.parse();
    uri.is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    })
}
