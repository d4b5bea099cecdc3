//! How a transport is put together: what was said in code, then what the environment says, then defaults.
//!
//! Not for sending: see [`crate::Call`].

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::SystemTime;

use http::HeaderValue;

use crate::breaker::Breakers;
use crate::credentials::{Auth, AuthScheme, CredentialsProvider};
use crate::endpoint::EndpointRules;
use crate::limits::Gates;
use crate::transport::{Inner, Transport};
use crate::{
    BreakerConfig, Environment, Error, Interceptor, Limits, Observer, RetryClass, RetryConfig, RetryQuota,
    Service, ServiceError, Timeouts, default_retry_class,
};

/// Which version of HTTP to speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum HttpVersion {
    /// HTTP/1.1 over `http://`; over `https://` HTTP/2 where the server offers it, else HTTP/1.1.
    #[default]
    Auto,
    /// HTTP/1.1 only: a connection for each call that is open. The choice for many long streams at once, because a
    /// server allows only so many of them on one HTTP/2 connection.
    Http1,
    /// HTTP/2 only; over `http://` with prior knowledge.
    Http2,
}

/// Puts a [`Transport`] together.
///
/// It reads no environment variable unless [`environment`](Self::environment) gives it some. What is set in code wins
/// over what the environment says, whatever the order of the calls.
///
/// ```
/// use bedrock_http::{Credentials, Environment, Transport};
///
/// let transport = Transport::builder()
///     .environment(Environment::from_pairs([("AWS_REGION", "eu-central-1")]))
///     .auth(Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE"))
///     .build()?;
/// assert_eq!(transport.region(), Some("eu-central-1"));
/// # Ok::<(), bedrock_http::Error>(())
/// ```
#[must_use]
pub struct TransportBuilder {
    region: Option<String>,
    endpoint: Option<String>,
    endpoints: Vec<(Service, String)>,
    fips: Option<bool>,
    dual_stack: Option<bool>,
    auth: Option<Auth>,
    scheme: Option<AuthScheme>,
    environment: Environment,
    timeouts: Timeouts,
    retry: Option<RetryConfig>,
    quota: Arc<RetryQuota>,
    http_version: HttpVersion,
    ca_bundle: Option<Vec<u8>>,
    user_agent: Option<String>,
    observers: Vec<Arc<dyn Observer>>,
    interceptors: Vec<Arc<dyn Interceptor>>,
    classifier: Arc<crate::Classifier>,
    breaker: Option<BreakerConfig>,
    limits: Option<Limits>,
    max_error_body: usize,
    clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    random: Arc<dyn Fn() -> f64 + Send + Sync>,
}

impl Default for TransportBuilder {
    fn default() -> Self {
        Self {
            region: None,
            endpoint: None,
            endpoints: Vec::new(),
            fips: None,
            dual_stack: None,
            auth: None,
            scheme: None,
            environment: Environment::empty(),
            timeouts: Timeouts::default(),
            retry: None,
            quota: Arc::default(),
            http_version: HttpVersion::Auto,
            ca_bundle: None,
            user_agent: None,
            observers: Vec::new(),
            interceptors: Vec::new(),
            classifier: Arc::new(default_retry_class),
            breaker: None,
            limits: None,
            max_error_body: 64 << 10,
            clock: Arc::new(SystemTime::now),
            random: Arc::new(crate::retry::random),
        }
    }
}

impl TransportBuilder {
    /// The AWS region: part of the host and of the signature. Else `AWS_REGION`, else `AWS_DEFAULT_REGION`.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// A custom endpoint for every service, as `http://127.0.0.1:4600` or `https://gateway.example/bedrock`; its path
    /// goes before the path of requests.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self
    }

    /// A custom endpoint for one service.
    pub fn endpoint_of(mut self, service: Service, url: impl Into<String>) -> Self {
        self.endpoints.retain(|(known, _)| *known != service);
        self.endpoints.push((service, url.into()));
        self
    }

    /// Whether to use hosts that hold to FIPS 140. Else `AWS_USE_FIPS_ENDPOINT`.
    pub fn fips(mut self, on: bool) -> Self {
        self.fips = Some(on);
        self
    }

    /// Whether to use hosts with IPv4 and IPv6. Else `AWS_USE_DUALSTACK_ENDPOINT`.
    pub fn dual_stack(mut self, on: bool) -> Self {
        self.dual_stack = Some(on);
        self
    }

    /// Who asks: [`Credentials`](crate::Credentials), a [`BearerToken`](crate::BearerToken), or an [`Auth`] with a
    /// provider of yours. It wins over everything in the environment, and nothing from there is mixed into it.
    pub fn auth(mut self, auth: impl Into<Auth>) -> Self {
        self.auth = Some(auth.into());
        self
    }

    /// Which scheme to use with what the environment holds: [`AuthScheme::SigV4`] leaves `AWS_BEARER_TOKEN_BEDROCK`
    /// aside, [`AuthScheme::Bearer`] leaves credentials aside.
    pub fn auth_scheme(mut self, scheme: AuthScheme) -> Self {
        self.scheme = Some(scheme);
        self
    }

    /// Environment variables to fill in what is not said in code.
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// The limits on time.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// How often and how fast to retry. Else the defaults, with `AWS_MAX_ATTEMPTS`.
    pub fn retry(mut self, config: RetryConfig) -> Self {
        self.retry = Some(config);
        self
    }

    /// The bucket that pays for retries, to share one among several transports.
    pub fn retry_quota(mut self, quota: Arc<RetryQuota>) -> Self {
        self.quota = quota;
        self
    }

    /// Which errors of the service to retry, in place of [`default_retry_class`].
    pub fn classifier(
        mut self,
        classifier: impl Fn(&ServiceError) -> RetryClass + Send + Sync + 'static,
    ) -> Self {
        self.classifier = Arc::new(classifier);
        self
    }

    /// Which version of HTTP to speak.
    pub fn http_version(mut self, version: HttpVersion) -> Self {
        self.http_version = version;
        self
    }

    /// Root certificates to trust, in PEM, in place of the platform's. Else those in the file that `AWS_CA_BUNDLE`
    /// names, else the platform's.
    pub fn ca_bundle(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca_bundle = Some(pem.into());
        self
    }

    /// Put before this crate's own name in the header `user-agent`.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = Some(name.into());
        self
    }

    /// Adds an observer.
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observers.push(observer);
        self
    }

    /// Adds an interceptor; they are asked in the order in which they were added.
    pub fn interceptor(mut self, interceptor: Arc<dyn Interceptor>) -> Self {
        self.interceptors.push(interceptor);
        self
    }

    /// Puts a circuit breaker before each endpoint and model. There is none by default.
    pub fn breaker(mut self, config: BreakerConfig) -> Self {
        self.breaker = Some(config);
        self
    }

    /// Limits calls, requests and tokens. Nothing is limited by default.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// How many bytes of an error's body are kept. Default 64 KiB.
    pub fn max_error_body(mut self, bytes: usize) -> Self {
        self.max_error_body = bytes;
        self
    }

    /// The clock that signatures are dated with, in place of the system's.
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Where the random numbers (in 0..1) for the waits between retries come from, so that tests are exact.
    pub fn random(mut self, random: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.random = Arc::new(random);
        self
    }

    /// The transport.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) when settings contradict each other or cannot be used, or no region
    /// is known and no endpoint given; [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) when nothing says who
    /// asks.
    pub fn build(self) -> Result<Transport, Error> {
        let (auth, signer) = self.resolve_auth()?;
        let rules = EndpointRules {
            region: self.region.as_deref().or(self.environment.region()).map(str::to_owned),
            fips: self.flag(self.fips, "AWS_USE_FIPS_ENDPOINT")?,
            dual_stack: self.flag(self.dual_stack, "AWS_USE_DUALSTACK_ENDPOINT")?,
        };
        let mut endpoints = Vec::with_capacity(Service::ALL.len());
        for service in Service::ALL {
            let resolved = rules.resolve(service, self.custom_endpoint(service)?);
            // A wrong endpoint of the runtime is wrong for nearly every call: say so now. The others may never be used.
            let resolved = match resolved {
                Err(error) if service == Service::Runtime => return Err(error),
                other => other.map(|endpoint| endpoint.base).map_err(|error| error.to_string()),
            };
            endpoints.push((service, resolved));
        }
        let client = self.client()?;
        let mut retry = self.retry.clone().unwrap_or_default();
        if self.retry.is_none()
            && let Some(attempts) = self.environment.max_attempts()?
        {
            retry.max_attempts = attempts;
        }
        Ok(Transport::new(Inner {
            client,
            endpoints,
            region: rules.region,
            auth,
            signer,
            timeouts: self.timeouts.clone(),
            retry,
            quota: self.quota.clone(),
            user_agent: self.user_agent_header()?,
            classifier: self.classifier,
            observers: self.observers.into(),
            interceptors: self.interceptors,
            breakers: self.breaker.map(Breakers::new),
            gates: self.limits.map(Gates::new),
            max_error_body: self.max_error_body,
            clock: self.clock,
            random: self.random,
            skew_seconds: AtomicI64::new(0),
        }))
    }

    fn flag(&self, in_code: Option<bool>, name: &str) -> Result<bool, Error> {
        match in_code {
            Some(on) => Ok(on),
            None => Ok(self.environment.flag(name)?.unwrap_or(false)),
        }
    }

    fn custom_endpoint(&self, service: Service) -> Result<Option<&str>, Error> {
        let own = self.endpoints.iter().find(|(known, _)| *known == service).map(|(_, url)| url.as_str());
        match own.or(self.endpoint.as_deref()) {
            Some(url) => Ok(Some(url)),
            None => self.environment.endpoint(service),
        }
    }

    /// Who asks, and who signs where a bearer token is not accepted.
    fn resolve_auth(&self) -> Result<(Auth, Option<Arc<dyn CredentialsProvider>>), Error> {
        if let Some(auth) = &self.auth {
            return Ok((auth.clone(), None));
        }
        match self.environment.auth(self.scheme)? {
            Some(auth @ Auth::Bearer(_)) => {
                // Half a key beside a bearer token is nobody's business until a signature is asked for.
                let keys = self.environment.credentials().ok().flatten();
                let signer = keys.map(|keys| Arc::new(keys) as Arc<dyn CredentialsProvider>);
                Ok((auth, signer.or_else(|| self.chain())))
            }
            Some(auth) => Ok((auth, None)),
            None if self.scheme == Some(AuthScheme::Bearer) => Err(Error::credentials(
                "no bearer token: set one in code, or AWS_BEARER_TOKEN_BEDROCK in the environment",
            )),
            None => match self.chain() {
                Some(chain) => Ok((Auth::SigV4(chain), None)),
                None => Err(Error::credentials(
                    "no credentials: set them in code, or AWS_BEARER_TOKEN_BEDROCK or AWS_ACCESS_KEY_ID and \
                     AWS_SECRET_ACCESS_KEY in the environment",
                )),
            },
        }
    }

    /// The official chain, where the environment is that of this process: it reads the same one.
    #[cfg(feature = "aws-config")]
    fn chain(&self) -> Option<Arc<dyn CredentialsProvider>> {
        let mut chain = crate::AwsChain::new();
        if let Some(region) = self.region.as_deref().or(self.environment.region()) {
            chain = chain.region(region);
        }
        self.environment.is_of_process().then(|| Arc::new(crate::CachedCredentials::new(chain)) as _)
    }

    #[cfg(not(feature = "aws-config"))]
    fn chain(&self) -> Option<Arc<dyn CredentialsProvider>> {
        None
    }

    fn user_agent_header(&self) -> Result<HeaderValue, Error> {
        let own = concat!("bedrock-http/", env!("CARGO_PKG_VERSION"));
        let text = match &self.user_agent {
            Some(name) => format!("{name} {own}"),
            None => own.to_owned(),
        };
        HeaderValue::from_str(&text).map_err(|error| {
            Error::usage("the user agent holds characters that no header can carry").with_source(error)
        })
    }

    pub(crate) fn client(&self) -> Result<reqwest::Client, Error> {
        let from_file;
        let bundle = match (&self.ca_bundle, self.environment.get("AWS_CA_BUNDLE")) {
            (Some(pem), _) => Some(pem.as_slice()),
            (None, Some(path)) => {
                from_file = std::fs::read(path).map_err(|error| {
                    Error::usage(format!("AWS_CA_BUNDLE names {path:?}, which cannot be read"))
                        .with_source(error)
                })?;
                Some(from_file.as_slice())
            }
            (None, None) => None,
        };
        let mut tls = crate::tls::client_config(bundle)?;
        tls.alpn_protocols = match self.http_version {
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
            .http2_keep_alive_interval(std::time::Duration::from_secs(30))
            .http2_keep_alive_timeout(std::time::Duration::from_secs(20))
            .no_proxy();
        client = match self.http_version {
            HttpVersion::Auto => client,
            HttpVersion::Http1 => client.http1_only(),
            HttpVersion::Http2 => client.http2_prior_knowledge(),
        };
        if let Some(limit) = self.timeouts.connect {
            client = client.connect_timeout(limit);
        }
        for proxy in self.proxies()? {
            client = client.proxy(proxy);
        }
        client.build().map_err(|error| Error::usage("the HTTP client cannot be set up").with_source(error))
    }

    fn proxies(&self) -> Result<Vec<reqwest::Proxy>, Error> {
        let (http, https, except) = self.environment.proxies();
        // The addresses of a container's and an instance's metadata are its own business, and hold credentials.
        let except = format!("{},169.254.0.0/16,fd00:ec2::/32", except.unwrap_or_default());
        let except = reqwest::NoProxy::from_string(&except);
        let mut proxies = Vec::new();
        for (scheme, url) in [("http", http), ("https", https)] {
            let Some(url) = url else { continue };
            let made = if scheme == "http" { reqwest::Proxy::http(url) } else { reqwest::Proxy::https(url) };
            // The URL is not repeated: it may hold a password.
            let proxy = made.map_err(|error| {
                Error::usage(format!("the proxy for {scheme} in the environment is not a URL"))
                    .with_source(error)
            })?;
            proxies.push(proxy.no_proxy(except.clone()));
        }
        Ok(proxies)
    }
}

impl std::fmt::Debug for TransportBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TransportBuilder")
            .field("region", &self.region)
            .field("endpoint", &self.endpoint)
            .field("auth", &self.auth)
            .finish_non_exhaustive()
    }
}
