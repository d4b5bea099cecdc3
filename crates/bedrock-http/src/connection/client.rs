//! The HTTP client below a transport.
//!
//! Not for requests and their answers: it is made once and asked by the calls.

use http::{Request, Response, Uri};

use super::builtin::Connections;
use super::failure::Failure;
use super::incoming::Incoming;
use super::origin::{address, is_loopback};
use super::outgoing::Outgoing;
#[cfg(feature = "reqwest")]
use super::reqwest::Clients;
use super::settings::{ClientSettings, HttpVersion};
use crate::Error;

/// Sends requests on connections. Clones share them.
#[derive(Clone)]
pub(crate) enum Client {
    Builtin(Connections),
    #[cfg(feature = "reqwest")]
    Reqwest(Clients),
}

impl Client {
    pub(crate) fn new(settings: &ClientSettings, version: HttpVersion) -> Result<Self, Error> {
        #[cfg(feature = "reqwest")]
        if let Some(source) = &settings.reqwest {
            return Ok(Self::Reqwest(Clients::new(source.clone())));
        }
        Connections::new(settings, version).map(Self::Builtin)
    }

    /// Whether it was made elsewhere, and chooses the version of HTTP itself.
    pub(crate) fn is_given(&self) -> bool {
        !matches!(self, Self::Builtin(_))
    }

    /// Where what is sent to a URL can be read on the way: over plain HTTP on another machine, which is named, or to a proxy on
    /// one. `None` where it is encrypted or stays here. The proxies of a client that the user gives are not known.
    pub(crate) fn exposed_to(&self, uri: &Uri) -> Option<String> {
        if uri.scheme_str() != Some("http") {
            return None;
        }
        // The URL first: a proxy on this machine does not make a remote endpoint local.
        let elsewhere = |uri: &Uri| !is_loopback(uri.host().unwrap_or_default());
        if elsewhere(uri) {
            return Some(address(uri));
        }
        let proxy = match self {
            Self::Builtin(connections) => connections.proxy(uri)?,
            #[cfg(feature = "reqwest")]
            Self::Reqwest(_) => return None,
        };
        elsewhere(&proxy).then(|| format!("the proxy {}", address(&proxy)))
    }

    /// Sends a request and reads the head of its response. Nothing is sent again, and no redirect is followed: a signature
    /// is for one host and path.
    pub(crate) async fn send(&self, request: Request<Outgoing>) -> Result<Response<Incoming>, Failure> {
        match self {
            Self::Builtin(connections) => Ok(connections.send(request).await?.map(Incoming::Builtin)),
            #[cfg(feature = "reqwest")]
            Self::Reqwest(clients) => Ok(clients.send(request).await?.map(Incoming::Reqwest)),
        }
    }
}
