//! The transport itself: what all calls share.
//!
//! Not for one call's life (that is [`crate::Call`]).

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_core::Stream;
use http::HeaderValue;

use crate::breaker::Breakers;
use crate::client::{ClientSettings, HttpVersion};
use crate::connection::Client;
use crate::credentials::CredentialsProvider;
use crate::limits::Gates;
use crate::{
    Auth, Call, Classifier, Environment, Error, EventSigner, Interceptor, Limits, Observer, Request,
    Response, RetryConfig, RetryQuota, Service, Timeouts, TransportBuilder,
};

/// Sends requests to Bedrock: signed or with a bearer token, within limits of time, retried where that makes sense.
///
/// Cloning is cheap; clones share connections, the retry quota, circuit breakers and limits. See the crate's page for a
/// tour.
///
/// ```no_run
/// # async fn example() -> Result<(), bedrock_http::Error> {
/// use bedrock_http::{Path, Request, Service, Transport};
///
/// let transport = Transport::from_env()?;
/// let path = Path::new().segment("model").label("modelId", "amazon.nova-lite-v1:0")?.segment("converse");
/// let request = Request::post(Service::Runtime, path)
///     .json(r#"{"messages":[{"role":"user","content":[{"text":"Hello"}]}]}"#);
/// let answer = transport.send(&request).await?.into_body().bytes(1 << 20).await?;
/// println!("{}", String::from_utf8_lossy(&answer));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Transport {
    pub(crate) inner: Arc<Inner>,
}

/// What calls share.
pub(crate) struct Inner {
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

impl Inner {
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
        if apart(theirs, self.service_time()) <= TOLERATED {
            return false;
        }
        let ours = (self.clock)();
        let seconds = i64::try_from(apart(theirs, ours).as_secs()).unwrap_or(0);
        self.skew_seconds.store(if theirs < ours { -seconds } else { seconds }, Ordering::Relaxed);
        true
    }
}

impl Transport {
    pub(crate) fn new(inner: Inner) -> Self {
        Self { inner: Arc::new(inner) }
    }

    /// A client that speaks HTTP/2 whatever the server would like better.
    pub(crate) fn http2_client(&self) -> Result<&Client, Error> {
        if self.inner.http_version == HttpVersion::Http2 {
            return Ok(&self.inner.client);
        }
        if let Some(client) = self.inner.duplex.get() {
            return Ok(client);
        }
        let client = self.inner.settings.client(HttpVersion::Http2)?;
        Ok(self.inner.duplex.get_or_init(|| client))
    }

    /// Begins with nothing set and no environment variable read.
    pub fn builder() -> TransportBuilder {
        TransportBuilder::default()
    }

    /// A transport with what the environment variables of this process say.
    ///
    /// # Errors
    ///
    /// Those of [`TransportBuilder::build`].
    pub fn from_env() -> Result<Self, Error> {
        Self::builder().environment(Environment::from_process()).build()
    }

    /// Sends a request, again where that makes sense, until its response begins.
    ///
    /// # Errors
    ///
    /// An answer other than 2xx is an error of kind [`ErrorKind::Service`](crate::ErrorKind::Service); the other kinds
    /// say what else went wrong.
    pub async fn send(&self, request: &Request) -> Result<Response, Error> {
        self.call(request).send().await
    }

    /// Begins a call that the caller may continue after its response has begun: see [`Call`].
    pub fn call(&self, request: &Request) -> Call {
        Call::new(self.clone(), request.clone())
    }

    /// Sends a request whose body is a stream, over HTTP/2, and gives the response when its head comes; both directions
    /// flow at once. Once: what was streamed cannot be sent again.
    ///
    /// The request is signed over an empty body. `input` gets the [`EventSigner`] that carries this signature on from
    /// frame to frame (none when the request goes out unsigned or with a bearer token), and gives the stream of encoded,
    /// signed frames. Dropping the response closes both directions.
    ///
    /// ```no_run
    /// # use bedrock_http::{Error, EventSigner, Request, Transport};
    /// # use bytes::Bytes;
    /// # use futures_core::Stream;
    /// # fn signed_frames(_: Option<EventSigner>) -> impl Stream<Item = Bytes> + Send + 'static { empty() }
    /// # fn empty() -> std::pin::Pin<Box<dyn Stream<Item = Bytes> + Send>> { unimplemented!() }
    /// # async fn example(transport: Transport, request: Request) -> Result<(), Error> {
    /// let mut response = transport.duplex(&request, |signer| signed_frames(signer)).await?;
    /// while let Some(piece) = response.body_mut().next().await {
    ///     println!("{} bytes", piece?.len());
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn duplex<S>(
        &self,
        request: &Request,
        input: impl FnOnce(Option<EventSigner>) -> S,
    ) -> Result<Response, Error>
    where
        S: Stream<Item = Bytes> + Send + 'static,
    {
        self.call(request).duplex(input).await
    }

    /// The region in URLs and signatures.
    pub fn region(&self) -> Option<&str> {
        self.inner.region.as_deref()
    }

    /// The URL below which requests to a service go.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) when the settings give none for this service.
    pub fn endpoint(&self, service: Service) -> Result<&str, Error> {
        self.inner.base(service)
    }

    /// Whether requests to a service can be read on their way: over plain `http://` to another machine, or by way of a proxy
    /// on one. See [`allow_insecure_bearer`](TransportBuilder::allow_insecure_bearer).
    ///
    /// ```
    /// # use bedrock_http::{Auth, Service, Transport};
    /// let at = |url: &str| Transport::builder().endpoint(url).auth(Auth::Anonymous).build();
    /// assert!(at("http://gateway.example")?.is_exposed(Service::Runtime)?);
    /// assert!(!at("http://127.0.0.1:4600")?.is_exposed(Service::Runtime)?);
    /// # Ok::<(), bedrock_http::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) when the settings give this service no endpoint.
    pub fn is_exposed(&self, service: Service) -> Result<bool, Error> {
        let base = self.inner.base(service)?;
        let uri = base.parse().map_err(|error| Error::usage("the endpoint is not a URL").with_source(error));
        uri.map(|uri| self.inner.client.exposed_to(&uri).is_some())
    }

    /// The retries of calls that bring none of their own.
    pub fn retry_config(&self) -> &RetryConfig {
        &self.inner.retry
    }

    /// The limits on time of calls that bring none of their own.
    pub fn timeouts(&self) -> &Timeouts {
        &self.inner.timeouts
    }

    /// The limits on calls, requests and tokens, where there are any.
    pub fn limits(&self) -> Option<&Limits> {
        self.inner.gates.as_ref().map(Gates::limits)
    }

    /// The bucket that pays for the retries of all calls.
    pub fn retry_quota(&self) -> &RetryQuota {
        &self.inner.quota
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("region", &self.inner.region)
            .field("endpoints", &self.inner.endpoints)
            .field("auth", &self.inner.auth)
            .field("timeouts", &self.inner.timeouts)
            .field("retry", &self.inner.retry)
            .finish_non_exhaustive()
    }
}
