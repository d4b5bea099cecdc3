//! What all calls of a transport share: where, who, how patiently, on which connections.
//!
//! Not for one call's state.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use http::HeaderValue;

use crate::auth::{Auth, CredentialsProvider};
use crate::connection::{Client, ClientSettings, HttpVersion};
use crate::observe::{Interceptor, Observer};
use crate::policy::{Breakers, Classifier, Gates, RetryConfig, RetryQuota, Timeouts};
use crate::{Error, Service};

/// What all calls of a transport share.
pub(crate) struct Shared {
    pub(crate) http_version: HttpVersion,
    pub(crate) settings: ClientSettings,
    /// The connections.
    pub(crate) client: Client,
    /// Those for streams in both directions, where the others may speak HTTP/1.1.
    pub(crate) duplex: OnceLock<Client>,
    pub(crate) endpoints: Vec<(Service, Result<String, String>)>,
    pub(crate) region: Option<String>,
    pub(crate) auth: Auth,
    pub(crate) signer: Option<Arc<dyn CredentialsProvider>>,
    /// A bearer token may be sent where others can read it.
    pub(crate) insecure_bearer: bool,
    /// That signed calls can be read on the way has been said.
    pub(crate) warned: AtomicBool,
    pub(crate) timeouts: Timeouts,
    pub(crate) retry: RetryConfig,
    pub(crate) quota: Arc<RetryQuota>,
    pub(crate) user_agent: HeaderValue,
    pub(crate) classifier: Arc<Classifier>,
    pub(crate) observers: Arc<[Arc<dyn Observer>]>,
    pub(crate) interceptors: Vec<Arc<dyn Interceptor>>,
    pub(crate) breakers: Option<Arc<Breakers>>,
    pub(crate) gates: Option<Gates>,
    pub(crate) max_error_body: usize,
    pub(crate) clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    pub(crate) random: Arc<dyn Fn() -> f64 + Send + Sync>,
    /// How far the service's clock is ahead of ours, as a refused signature taught us.
    pub(crate) skew_seconds: AtomicI64,
}

impl Shared {
    /// A client that speaks HTTP/2 whatever the server would like better.
    pub(crate) fn http2_client(&self) -> Result<&Client, Error> {
        // A client of the user's is asked for HTTP/2 by the request itself.
        if self.http_version == HttpVersion::Http2 || self.client.is_given() {
            return Ok(&self.client);
        }
        if let Some(client) = self.duplex.get() {
            return Ok(client);
        }
        let client = Client::new(&self.settings, HttpVersion::Http2)?;
        // Of two that come at once one client stays; the other has no connection yet.
        Ok(self.duplex.get_or_init(|| client))
    }

    pub(crate) fn base(&self, service: Service) -> Result<&str, Error> {
        let found = self.endpoints.iter().find(|(known, _)| *known == service);
        match found.map(|(_, resolved)| resolved) {
            Some(Ok(base)) => Ok(base),
            Some(Err(message)) => Err(Error::usage(message.clone())),
            None => Err(Error::usage(format!("{service:?} has no endpoint"))),
        }
    }

    /// The time by the service's clock, as far as we know it.
    pub(crate) fn service_time(&self) -> SystemTime {
        let now = (self.clock)();
        // One number on its own: nothing has to be seen together with it.
        let skew = self.skew_seconds.load(Ordering::Relaxed);
        let distance = Duration::from_secs(skew.unsigned_abs());
        let moved = if skew < 0 { now.checked_sub(distance) } else { now.checked_add(distance) };
        moved.unwrap_or(now)
    }

    /// Learns the service's time; true when ours was so far from it that signatures are refused.
    pub(crate) fn learn_time(&self, theirs: SystemTime) -> bool {
        /// The service allows five minutes; botocore and the SDKs begin to correct at four.
        const TOLERATED: Duration = Duration::from_secs(240);
        let apart = |a: SystemTime, b: SystemTime| a.duration_since(b).unwrap_or_else(|e| e.duration());
        // By the corrected clock, so that a refusal with another cause ends. Doubtful
        // where two calls are refused at once: the second finds the clock right
        // already, and its error stands.
        if apart(theirs, self.service_time()) <= TOLERATED {
            return false;
        }
        let ours = (self.clock)();
        let seconds = i64::try_from(apart(theirs, ours).as_secs()).unwrap_or(0);
        self.skew_seconds.store(if theirs < ours { -seconds } else { seconds }, Ordering::Relaxed);
        true
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("region", &self.region)
            .field("endpoints", &self.endpoints)
            .field("auth", &self.auth)
            .field("timeouts", &self.timeouts)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}
