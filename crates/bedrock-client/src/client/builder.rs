//! How a client is put together: the transport's settings and the client's own.
//!
//! Not for what the settings do; the transport's own pages say it.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use bedrock_aggregate::{Format, Registry};
use bedrock_http::{
    Auth, AuthScheme, BearerToken, BreakerConfig, Classifier, Credentials, Environment, HttpVersion,
    Interceptor, Limits, Observer, RetryClass, RetryConfig, RetryQuota, Service, ServiceError, Timeouts,
    Transport, TransportBuilder,
};

#[cfg(feature = "reqwest")]
use bedrock_http::ReqwestClient;

use super::observe::AnswerObserver;
use super::retry_class::retry_class;
use super::{Client, Formats, Inner};
use crate::Error;

/// Puts a [`Client`] together.
///
/// It reads no environment variable unless [`environment`](Self::environment) gives it some. What is set in code wins
/// over what the environment says, whatever the order of the calls.
///
/// ```
/// use std::time::Duration;
/// use bedrock_client::{Client, Credentials};
///
/// let client = Client::builder()
///     .region("eu-central-1")
///     .credentials(Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE"))
///     .idle_timeout(Duration::from_secs(120))
///     .max_attempts(5)
///     .build()?;
/// assert_eq!(client.transport().region(), Some("eu-central-1"));
/// # Ok::<(), bedrock_client::Error>(())
/// ```
#[must_use]
pub struct ClientBuilder {
    transport: TransportBuilder,
    timeouts: Timeouts,
    user_agent: String,
    classifier: Arc<Classifier>,
    /// In place of the built-in formats.
    registry: Option<Registry>,
    /// Formats of the caller's own.
    formats: Vec<Format>,
    observers: Vec<Arc<dyn AnswerObserver>>,
    max_response_bytes: Option<u64>,
    max_answer_bytes: Option<usize>,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            transport: Transport::builder(),
            timeouts: Timeouts::default(),
            user_agent: concat!("bedrock-client/", env!("CARGO_PKG_VERSION")).to_owned(),
            classifier: Arc::new(retry_class),
            registry: None,
            formats: Vec::new(),
            observers: Vec::new(),
            max_response_bytes: None,
            max_answer_bytes: None,
        }
    }
}

impl Client {
    /// A client with what the environment variables of this process say: `AWS_REGION`, `AWS_BEARER_TOKEN_BEDROCK` or
    /// `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, and the others that `bedrock-http` lists.
    ///
    /// # Errors
    ///
    /// Those of [`ClientBuilder::build`].
    #[allow(clippy::unused_async, reason = "sources of credentials that need the network are asked here")]
    pub async fn from_env() -> Result<Self, Error> {
        Self::builder().environment(Environment::from_process()).build()
    }

    /// Begins with nothing set and no environment variable read.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }
}

impl ClientBuilder {
    /// The AWS region: part of the host and of the signature. Else `AWS_REGION`, else `AWS_DEFAULT_REGION` of
    /// [`environment`](Self::environment).
    pub fn region(self, region: impl Into<String>) -> Self {
        self.change(|transport| transport.region(region))
    }

    /// A custom endpoint for every service, as `http://127.0.0.1:4600`.
    pub fn endpoint(self, url: impl Into<String>) -> Self {
        self.change(|transport| transport.endpoint(url))
    }

    /// A custom endpoint for one service.
    pub fn endpoint_of(self, service: Service, url: impl Into<String>) -> Self {
        self.change(|transport| transport.endpoint_of(service, url))
    }

    /// Whether to use hosts that hold to FIPS 140. Else `AWS_USE_FIPS_ENDPOINT`.
    pub fn fips(self, on: bool) -> Self {
        self.change(|transport| transport.fips(on))
    }

    /// Whether to use hosts with IPv4 and IPv6. Else `AWS_USE_DUALSTACK_ENDPOINT`.
    pub fn dual_stack(self, on: bool) -> Self {
        self.change(|transport| transport.dual_stack(on))
    }

    /// Signs requests with these credentials. No session token is added to them, whatever stands in the environment.
    pub fn credentials(self, credentials: Credentials) -> Self {
        self.auth(credentials)
    }

    /// Sends this Bedrock API key with requests, in place of a signature.
    pub fn bearer_token(self, token: impl Into<String>) -> Self {
        self.auth(BearerToken::new(token))
    }

    /// No authentication: for local servers that ask for none.
    pub fn anonymous(self) -> Self {
        self.auth(Auth::Anonymous)
    }

    /// How requests are authenticated, in any of the ways there are; a provider of your own is [`Auth::sigv4`] or [`Auth::bearer`]. It wins over
    /// everything in the environment, and nothing from there is mixed into it.
    pub fn auth(self, auth: impl Into<Auth>) -> Self {
        self.change(|transport| transport.auth(auth))
    }

    /// Which scheme to use with what the environment holds.
    pub fn auth_scheme(self, scheme: AuthScheme) -> Self {
        self.change(|transport| transport.auth_scheme(scheme))
    }

    /// Whether a bearer token may go over plain `http://` to another machine, where others can read it. It is refused unless
    /// allowed; a proxy on another machine counts as one. See [`TransportBuilder::allow_insecure_bearer`].
    pub fn allow_insecure_bearer(self, allow: bool) -> Self {
        self.change(|transport| transport.allow_insecure_bearer(allow))
    }

    /// Environment variables to fill in what is not said in code; [`Environment::from_process`] reads those of this
    /// process.
    pub fn environment(self, environment: Environment) -> Self {
        self.change(|transport| transport.environment(environment))
    }

    /// All limits on time at once.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// How long making a connection may take; `None` for no limit. Default 10 s.
    pub fn connect_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.timeouts.connect = limit.into();
        self
    }

    /// How long to wait for the head of a response; `None` for no limit. Default 60 minutes, which is how long the
    /// service lets a model work before it answers whole.
    pub fn first_byte_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.timeouts.first_byte = limit.into();
        self
    }

    /// How long to wait between two pieces of a response; `None` for no limit. Default 10 minutes: a model that thinks
    /// without showing it is silent for long.
    pub fn idle_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.timeouts.idle = limit.into();
        self
    }

    /// How long a whole call may take: waiting for its turn under [`limits`](Self::limits), all attempts and the waits between
    /// them, and the response to its last byte. `None`, which is the default, for no limit.
    pub fn total_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.timeouts.total = limit.into();
        self
    }

    /// How often and how fast to send again. Else the defaults, with `AWS_MAX_ATTEMPTS`.
    pub fn retry(self, config: RetryConfig) -> Self {
        self.change(|transport| transport.retry(config))
    }

    /// How many requests a call may send, the first included, with the default waits between them. 1 means: never again.
    pub fn max_attempts(self, attempts: u32) -> Self {
        self.retry(RetryConfig::default().max_attempts(attempts))
    }

    /// The bucket that pays for retries, to share one among several clients. Unless set, a client has its own, of 500 units; what
    /// a retry costs is said with [`RetryQuota`].
    pub fn retry_quota(self, quota: Arc<RetryQuota>) -> Self {
        self.change(|transport| transport.retry_quota(quota))
    }

    /// Which errors of the service to retry, in place of [`retry_class`]; also those that come inside a stream.
    pub fn classifier(
        mut self,
        classifier: impl Fn(&ServiceError) -> RetryClass + Send + Sync + 'static,
    ) -> Self {
        self.classifier = Arc::new(classifier);
        self
    }

    /// Which version of HTTP to speak.
    pub fn http_version(self, version: HttpVersion) -> Self {
        self.change(|transport| transport.http_version(version))
    }

    /// Root certificates to trust, in PEM, in place of the platform's.
    pub fn ca_bundle(self, pem: impl Into<Vec<u8>>) -> Self {
        self.change(|transport| transport.ca_bundle(pem))
    }

    /// A client of `reqwest` 0.13 that sends all requests, in place of this library's own connections, with its proxies, TLS and
    /// metrics. Build it without redirects; what it has settings of its own for is refused here: see
    /// [`TransportBuilder::reqwest_client`]. For blocking calls too, give a factory: [`reqwest_clients`](Self::reqwest_clients).
    #[cfg(feature = "reqwest")]
    pub fn reqwest_client(self, client: ReqwestClient) -> Self {
        self.change(|transport| transport.reqwest_client(client))
    }

    /// Makes a client for each runtime that sends requests: that of blocking calls is one of its own.
    ///
    /// ```no_run
    /// use bedrock_client::{Client, ReqwestClient};
    /// use reqwest::redirect::Policy;
    ///
    /// let client = Client::builder()
    ///     .region("us-east-1")
    ///     .anonymous()
    ///     .reqwest_clients(|| ReqwestClient::builder().redirect(Policy::none()).build())
    ///     .build()?;
    /// # Ok::<(), bedrock_client::Error>(())
    /// ```
    #[cfg(feature = "reqwest")]
    pub fn reqwest_clients<E>(
        self,
        factory: impl Fn() -> Result<ReqwestClient, E> + Send + Sync + 'static,
    ) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.change(|transport| transport.reqwest_clients(factory))
    }

    /// Put before this crate's own name in the header `user-agent`.
    pub fn user_agent(mut self, name: impl AsRef<str>) -> Self {
        self.user_agent = format!("{} {}", name.as_ref(), self.user_agent);
        self
    }

    /// Adds an observer of what happens on the wire: attempts, waits, first bytes.
    pub fn observer(self, observer: Arc<dyn Observer>) -> Self {
        self.change(|transport| transport.observer(observer))
    }

    /// Adds an observer of streamed answers: of each event, and how they end.
    pub fn answer_observer(mut self, observer: Arc<dyn AnswerObserver>) -> Self {
        self.observers.push(observer);
        self
    }

    /// Adds an interceptor of requests; they are asked in the order in which they were added.
    pub fn interceptor(self, interceptor: Arc<dyn Interceptor>) -> Self {
        self.change(|transport| transport.interceptor(interceptor))
    }

    /// Puts a circuit breaker before each endpoint and model. There is none by default.
    pub fn breaker(self, config: BreakerConfig) -> Self {
        self.change(|transport| transport.breaker(config))
    }

    /// Limits calls, requests and tokens. Nothing is limited by default.
    pub fn limits(self, limits: Limits) -> Self {
        self.change(|transport| transport.limits(limits))
    }

    /// How many bytes of an error's body are kept. Default 64 KiB.
    pub fn max_error_body(self, bytes: usize) -> Self {
        self.change(|transport| transport.max_error_body(bytes))
    }

    /// The clock that signatures are dated with, in place of the system's.
    pub fn clock(self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.change(|transport| transport.clock(clock))
    }

    /// Where the random numbers (in 0..1) for the waits between retries come from, so that tests are exact.
    pub fn random(self, random: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.change(|transport| transport.random(random))
    }

    /// How many bytes one response may have. Default 64 MiB for a response that comes whole, 1 GiB for a stream. For
    /// streamed answers of more than 64 MiB, raise [`max_answer_bytes`](Self::max_answer_bytes) too. All limits together:
    /// [the crate's page](crate#limits).
    pub fn max_response_bytes(mut self, bytes: u64) -> Self {
        self.max_response_bytes = Some(bytes);
        self
    }

    /// How many bytes of memory a streamed answer may take: 64 MiB unless set. Everything kept counts, text included. So a server
    /// that sends unknown events for ever is stopped after 64 MiB of memory and not after 1 GiB of bytes.
    pub fn max_answer_bytes(mut self, bytes: usize) -> Self {
        self.max_answer_bytes = Some(bytes);
        self
    }

    /// Adds a format of native answers, before the built-in ones.
    pub fn format(mut self, format: Format) -> Self {
        self.formats.push(format);
        self
    }

    /// The formats of native answers, in place of the built-in ones alone.
    pub fn registry(mut self, registry: Registry) -> Self {
        self.registry = Some(registry);
        self
    }

    /// The client.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) when settings contradict each other or cannot be used, or no region
    /// is known and no endpoint given; [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) when there are no
    /// credentials.
    pub fn build(self) -> Result<Client, Error> {
        let classifier = self.classifier.clone();
        let transport = self
            .transport
            .timeouts(self.timeouts)
            .user_agent(self.user_agent)
            // One for both: errors in a stream's frames are judged here, the
            // others by the transport.
            .classifier(move |error| classifier(error))
            .build()?;
        Ok(Client::new(
            transport,
            Inner {
                formats: Formats::new(self.registry, self.formats),
                classifier: self.classifier,
                max_response_bytes: self.max_response_bytes,
                max_answer_bytes: self.max_answer_bytes,
                observers: self.observers.into(),
                runtime: OnceLock::new(),
            },
        ))
    }

    fn change(mut self, change: impl FnOnce(TransportBuilder) -> TransportBuilder) -> Self {
        self.transport = change(self.transport);
        self
    }
}
