//! How a transport is put together: what was said in code, then what the environment says, then defaults.
//!
//! Not for sending: see [`crate::Call`].

use std::sync::atomic::{AtomicBool, AtomicI64};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use http::HeaderValue;

use crate::auth::{Auth, AuthScheme, CredentialsProvider};
use crate::call::Shared;
#[cfg(feature = "reqwest")]
use crate::connection::Source;
use crate::connection::{Client, ClientSettings, HttpVersion};
use crate::environment::Environment;
use crate::observe::{Interceptor, Observer};
use crate::policy::{
    BreakerConfig, Breakers, Classifier, Gates, Limits, RetryClass, RetryConfig, RetryQuota, Timeouts,
    default_retry_class, random,
};
use crate::request::EndpointRules;
use crate::transport::Transport;
use crate::{Error, Service, ServiceError};

impl Transport {
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
    insecure_bearer: bool,
    environment: Environment,
    timeouts: Timeouts,
    retry: Option<RetryConfig>,
    quota: Arc<RetryQuota>,
    http_version: HttpVersion,
    ca_bundle: Option<Vec<u8>>,
    #[cfg(feature = "reqwest")]
    reqwest: Option<Source>,
    user_agent: Option<String>,
    observers: Vec<Arc<dyn Observer>>,
    interceptors: Vec<Arc<dyn Interceptor>>,
    classifier: Arc<Classifier>,
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
            insecure_bearer: false,
            environment: Environment::empty(),
            timeouts: Timeouts::default(),
            retry: None,
            quota: Arc::default(),
            http_version: HttpVersion::Auto,
            ca_bundle: None,
            #[cfg(feature = "reqwest")]
            reqwest: None,
            user_agent: None,
            observers: Vec::new(),
            interceptors: Vec::new(),
            classifier: Arc::new(default_retry_class),
            breaker: None,
            limits: None,
            max_error_body: 64 << 10,
            clock: Arc::new(SystemTime::now),
            random: Arc::new(random),
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

    /// The credentials: [`Credentials`](crate::Credentials), a [`BearerToken`](crate::BearerToken), or an [`Auth`] with a
    /// provider of yours. It takes precedence over everything in the environment, and nothing from there is mixed into it.
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

    /// Whether a bearer token may go over plain `http://` to another machine. It is refused unless allowed here: anybody
    /// who reads it on the way can use it until it expires. This machine is 127.0.0.0/8 (also as an IPv4-mapped address
    /// like `::ffff:127.0.0.1`), `::1`, `localhost` and names below that; `0.0.0.0` is not. A proxy on another machine makes even
    /// these count as another machine; a proxy on this machine does not make a remote endpoint local.
    ///
    /// (Keys are not sent, only signatures; signed calls of this kind are warned of once, by `tracing`.)
    ///
    /// ```
    /// use bedrock_http::{BearerToken, ErrorKind, Path, Request, Service, Transport};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), bedrock_http::Error> {
    /// let transport =
    ///     Transport::builder().endpoint("http://gateway.example").auth(BearerToken::new("TOKENEXAMPLE")).build()?;
    /// let request = Request::post(Service::Runtime, Path::new().segment("model"));
    /// assert_eq!(transport.send(&request).await.unwrap_err().kind(), ErrorKind::Usage);
    /// # Ok(()) }
    /// ```
    pub fn allow_insecure_bearer(mut self, allow: bool) -> Self {
        self.insecure_bearer = allow;
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

    /// A client that sends all requests, in place of this crate's own connections. It brings its own proxies, TLS, pools and
    /// version of HTTP; [`build`](Self::build) refuses [`ca_bundle`](Self::ca_bundle), [`http_version`](Self::http_version), a
    /// connect limit other than the default and an [`environment`](Self::environment) with `AWS_CA_BUNDLE` beside it, or with
    /// proxies unless it is the process's, which the client reads itself.
    ///
    /// Build it without redirects (a signature is for one URL, so a redirected answer is an error), without retries and without a
    /// limit on the whole request: those are the transport's. Its proxies cannot be seen here, so
    /// [`allow_insecure_bearer`](Self::allow_insecure_bearer) judges by the URL alone.
    ///
    /// It is used by one runtime at a time. A blocking client has a runtime of its own: see
    /// [`reqwest_clients`](Self::reqwest_clients).
    ///
    /// ```no_run
    /// use bedrock_http::{Credentials, Transport};
    ///
    /// let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    /// let transport = Transport::builder()
    ///     .region("us-east-1")
    ///     .auth(Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE"))
    ///     .reqwest_client(client)
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "reqwest")]
    pub fn reqwest_client(mut self, client: reqwest::Client) -> Self {
        self.reqwest = Some(Source::One(client));
        self
    }

    /// Makes a client for each runtime that sends requests, that of blocking calls included; else as
    /// [`reqwest_client`](Self::reqwest_client). When it fails, so does the call.
    #[cfg(feature = "reqwest")]
    pub fn reqwest_clients<E>(
        mut self,
        factory: impl Fn() -> Result<reqwest::Client, E> + Send + Sync + 'static,
    ) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.reqwest = Some(Source::Factory(Arc::new(move || factory().map_err(Into::into))));
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
    /// is known and no endpoint given; [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) when no credentials are
    /// given.
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
                // Kept as text: each call to that service gets the error anew, and
                // errors are not cloned.
                other => other.map(|endpoint| endpoint.base).map_err(|error| error.to_string()),
            };
            endpoints.push((service, resolved));
        }
        let settings = self.client_settings()?;
        let mut retry = self.retry.clone().unwrap_or_default();
        if self.retry.is_none()
            && let Some(attempts) = self.environment.max_attempts()?
        {
            retry.max_attempts = attempts;
        }
        let shared = Shared {
            http_version: self.http_version,
            client: Client::new(&settings, self.http_version)?,
            duplex: OnceLock::new(),
            settings,
            endpoints,
            region: rules.region,
            auth,
            signer,
            insecure_bearer: self.insecure_bearer,
            warned: AtomicBool::new(false),
            timeouts: self.timeouts.clone(),
            retry,
            quota: self.quota.clone(),
            user_agent: self.user_agent_header()?,
            classifier: self.classifier,
            observers: self.observers.into(),
            interceptors: self.interceptors,
            breakers: self.breaker.map(|config| Arc::new(Breakers::new(config))),
            gates: self.limits.map(Gates::new),
            max_error_body: self.max_error_body,
            clock: self.clock,
            random: self.random,
            skew_seconds: AtomicI64::new(0),
        };
        Ok(Transport { shared: Arc::new(shared) })
    }

    fn flag(&self, in_code: Option<bool>, name: &str) -> Result<bool, Error> {
        match in_code {
            Some(on) => Ok(on),
            None => Ok(self.environment.flag(name)?.unwrap_or(false)),
        }
    }

    fn custom_endpoint(&self, service: Service) -> Result<Option<&str>, Error> {
        // In this order: for one service in code, for all in code, then the environment's two.
        let own = self.endpoints.iter().find(|(known, _)| *known == service).map(|(_, url)| url.as_str());
        match own.or(self.endpoint.as_deref()) {
            Some(url) => Ok(Some(url)),
            None => self.environment.endpoint(service),
        }
    }

    /// How requests are authenticated, and who signs those to services that accept no bearer token.
    fn resolve_auth(&self) -> Result<(Auth, Option<Arc<dyn CredentialsProvider>>), Error> {
        if let Some(auth) = &self.auth {
            return Ok((auth.clone(), None));
        }
        match self.environment.auth(self.scheme)? {
            Some(auth @ Auth::Bearer(_)) => {
                // Half a key beside a bearer token does no harm until a signature is needed.
                let keys = self.environment.credentials().ok().flatten();
                // Only services that take no token ask it (`identify`); with a token the
                // chain stays untouched.
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
        let mut chain = crate::auth::AwsChain::new();
        if let Some(region) = self.region.as_deref().or(self.environment.region()) {
            chain = chain.region(region);
        }
        // A made-up environment must not be filled up with what the process has.
        self.environment.is_of_process().then(|| Arc::new(crate::auth::CachedCredentials::new(chain)) as _)
    }

    #[cfg(not(feature = "aws-config"))]
    fn chain(&self) -> Option<Arc<dyn CredentialsProvider>> {
        None
    }

    fn client_settings(&self) -> Result<ClientSettings, Error> {
        let (ca_bundle, connect) = (self.ca_bundle.as_deref(), self.timeouts.connect);
        #[cfg(feature = "reqwest")]
        if let Some(source) = &self.reqwest {
            let (version, environment) = (self.http_version, &self.environment);
            return ClientSettings::of_reqwest(source.clone(), ca_bundle, connect, version, environment);
        }
        ClientSettings::new(ca_bundle, connect, &self.environment)
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
