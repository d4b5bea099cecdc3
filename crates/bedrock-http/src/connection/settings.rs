//! The settings of a client: which version to speak, which certificates to trust, which proxies to use.
//!
//! Not for doing it.

use std::time::Duration;

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

#[cfg(feature = "reqwest")]
use super::reqwest::Source;
use crate::Error;
use crate::environment::Environment;
#[cfg(feature = "reqwest")]
use crate::policy::Timeouts;
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

/// The settings of a client. Stored, because a stream in both directions may need a second client that speaks HTTP/2.
pub(crate) struct ClientSettings {
    pub(super) ca_bundle: Option<Vec<u8>>,
    pub(super) connect: Option<Duration>,
    /// The URL of a proxy may hold a password.
    http_proxy: Option<Secret>,
    https_proxy: Option<Secret>,
    no_proxy: String,
    /// Clients of the user's, to which none of the above applies.
    #[cfg(feature = "reqwest")]
    pub(super) reqwest: Option<Source>,
}

impl ClientSettings {
    /// What is said in code, with the environment's certificates and proxies.
    pub(crate) fn new(
        ca_bundle: Option<&[u8]>,
        connect: Option<Duration>,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let ca_bundle = match (ca_bundle, environment.get("AWS_CA_BUNDLE")) {
            (Some(pem), _) => Some(pem.to_vec()),
            (None, Some(path)) => Some(std::fs::read(path).map_err(|error| {
                Error::usage(format!("AWS_CA_BUNDLE names {path:?}, which cannot be read")).with_source(error)
            })?),
            (None, None) => None,
        };
        let (http, https, except) = environment.proxies();
        Ok(Self {
            ca_bundle,
            connect,
            http_proxy: http.map(Secret::new),
            https_proxy: https.map(Secret::new),
            no_proxy: except.unwrap_or_default().to_owned(),
            #[cfg(feature = "reqwest")]
            reqwest: None,
        })
    }

    /// Clients of the user's, which bring settings of their own: what is set here besides is refused.
    #[cfg(feature = "reqwest")]
    pub(crate) fn of_reqwest(
        source: Source,
        ca_bundle: Option<&[u8]>,
        connect: Option<Duration>,
        version: HttpVersion,
        environment: &Environment,
    ) -> Result<Self, Error> {
        // What the process's variables say of proxies the client has read itself, or was told to leave alone.
        let (http, https, _) = environment.proxies();
        let has_proxy = (http.is_some() || https.is_some()) && !environment.is_of_process();
        let set = [
            (ca_bundle.is_some(), "`ca_bundle`"),
            (environment.get("AWS_CA_BUNDLE").is_some(), "AWS_CA_BUNDLE in the environment"),
            (has_proxy, "a proxy in the environment"),
            (version != HttpVersion::Auto, "`http_version`"),
            (connect.is_some() && connect != Timeouts::default().connect, "the connect limit of `timeouts`"),
        ];
        if let Some((_, name)) = set.iter().find(|(is_set, _)| *is_set) {
            return Err(Error::usage(format!(
                "{name} cannot be set beside a reqwest client, which makes its connections itself: set it on the client"
            )));
        }
        // Without the environment: its certificates and proxies are not for this client.
        let settings = Self::new(None, connect, &Environment::empty())?;
        Ok(Self { reqwest: Some(source), ..settings })
    }

    /// Which requests go to which proxy.
    pub(super) fn proxies(&self) -> Result<Option<Matcher>, Error> {
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
