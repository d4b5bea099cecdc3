//! The HTTP client below a transport.
//!
//! Not for requests and their answers: it is made once and asked by the calls.

use http::{Request, Response, Uri};

use super::builtin::Connections;
use super::failure::Failure;
use super::incoming::Incoming;
use super::origin::{address, is_loopback};
use super::outgoing::Outgoing;
use super::settings::{ClientSettings, HttpVersion};
use crate::Error;

/// Sends requests on connections that it makes and keeps. Clones share them.
#[derive(Clone)]
pub(crate) struct Client(Connections);

impl Client {
    pub(crate) fn new(settings: &ClientSettings, version: HttpVersion) -> Result<Self, Error> {
        Connections::new(settings, version).map(Self)
    }

    /// Where what is sent to a URL can be read on the way: over plain HTTP on another machine, which is named, or to a proxy on
    /// one. `None` where it is encrypted or stays here.
    pub(crate) fn exposed_to(&self, uri: &Uri) -> Option<String> {
        if uri.scheme_str() != Some("http") {
            return None;
        }
        let elsewhere = |uri: &Uri| !is_loopback(uri.host().unwrap_or_default());
        if elsewhere(uri) {
            return Some(address(uri));
        }
        let proxy = self.0.proxy(uri)?;
        elsewhere(&proxy).then(|| format!("the proxy {}", address(&proxy)))
    }

    /// Sends a request and reads the head of its response. Nothing is sent again, and no redirect is followed: a signature
    /// is for one host and path.
    pub(crate) async fn send(&self, request: Request<Outgoing>) -> Result<Response<Incoming>, Failure> {
        Ok(self.0.send(request).await?.map(Incoming::Builtin))
    }
}
