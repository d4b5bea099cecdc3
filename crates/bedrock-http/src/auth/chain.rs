//! The official credentials chain, over this crate's own HTTP client: profiles, SSO, assumed roles, web identity,
//! containers, instances.
//!
//! Not for keeping and renewing what it gives: it belongs into [`CachedCredentials`](crate::CachedCredentials).

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;

use super::credentials::Credentials;
use super::provider::{BoxFuture, CredentialsProvider};
use crate::Error;
use crate::connection::{Client as Connections, ClientSettings, Failure, HttpVersion, Outgoing};
use crate::environment::Environment;
use crate::error::{all_causes, root_cause};
use crate::policy::Timeouts;

/// AWS's own chain: environment, profile (with SSO, assumed roles and processes), web identity, container, instance; the
/// first that has credentials. It is put together when it is first asked, and reads the environment variables and files
/// of this process as the AWS SDKs do.
///
/// ```
/// use bedrock_http::{Auth, AwsChain, CachedCredentials, Transport};
///
/// let transport = Transport::builder()
///     .region("us-east-1")
///     .auth(Auth::sigv4(CachedCredentials::new(AwsChain::new().profile("dev"))))
///     .build()?;
/// # Ok::<(), bedrock_http::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct AwsChain {
    profile: Option<String>,
    region: Option<String>,
    chain: OnceLock<SharedCredentialsProvider>,
}

impl AwsChain {
    /// The chain as the environment describes it.
    pub fn new() -> Self {
        Self::default()
    }

    /// The credentials of this profile and no others: neither the environment's keys, nor those of a container or instance
    /// where the profile has none. (`AWS_PROFILE` in the environment only says which profile comes behind those keys.)
    #[must_use]
    pub fn profile(mut self, name: impl Into<String>) -> Self {
        self.profile = Some(name.into());
        self
    }

    /// The region of the services that hand out credentials; else the one that the chain of regions finds.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// The region that the environment, the profile or the instance names, for
    /// [`TransportBuilder::region`](crate::TransportBuilder::region).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) when the HTTP client cannot be set up.
    pub async fn find_region(&self) -> Result<Option<String>, Error> {
        if self.region.is_some() {
            return Ok(self.region.clone());
        }
        let mut loader =
            aws_config::defaults(BehaviorVersion::latest()).no_credentials().http_client(Client::new()?);
        if let Some(profile) = &self.profile {
            loader = loader.profile_name(profile);
        }
        Ok(loader.load().await.region().map(|region| region.as_ref().to_owned()))
    }

    async fn build(&self) -> Result<SharedCredentialsProvider, Error> {
        let config = ProviderConfig::without_region()
            .with_http_client(Client::new()?)
            .with_behavior_version(Some(BehaviorVersion::latest()));
        if let Some(profile) = &self.profile {
            // The default chain would go to the environment's keys first, and on to the instance's.
            // The provider of one profile looks for no region itself, and STS needs one.
            let config = config.with_region(self.find_region().await?.map(Region::new));
            let named = ProfileFileCredentialsProvider::builder().profile_name(profile).configure(&config);
            return Ok(SharedCredentialsProvider::new(named.build()));
        }
        let mut builder = DefaultCredentialsChain::builder();
        builder.set_region(self.region.clone().map(Region::new));
        Ok(SharedCredentialsProvider::new(builder.configure(config).build().await))
    }

    async fn fetch(&self) -> Result<Credentials, Error> {
        let chain = match self.chain.get() {
            Some(chain) => chain,
            // Two at once may both do it: neither waits for the other, whose runtime may stand still.
            None => {
                let built = self.build().await?;
                self.chain.get_or_init(|| built)
            }
        };
        let found = chain.provide_credentials().await.map_err(|error| {
            let message = format!("the AWS credentials chain has none: {}", root_cause(&error));
            // Its words alone: what `Debug` shows of it can hold the body of a response, and keys in that.
            Error::credentials(message).with_source(all_causes(&error))
        })?;
        let mut credentials = Credentials::new(found.access_key_id(), found.secret_access_key());
        if let Some(token) = found.session_token() {
            credentials = credentials.with_session_token(token);
        }
        if let Some(expiry) = found.expiry() {
            credentials = credentials.with_expiry(expiry);
        }
        Ok(credentials)
    }
}

impl CredentialsProvider for AwsChain {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, Error>> {
        Box::pin(self.fetch())
    }

    fn refused(&self, _: &Credentials) -> bool {
        // Doubtful for a profile's static keys: `aws_config` reads them once in the life of its
        // provider, and gives the same again after the file has changed.
        true
    }
}

/// Our HTTP client behind the interface that the chain expects.
#[derive(Clone)]
struct Client {
    client: Connections,
    connect: Option<Duration>,
    read: Option<Duration>,
}

impl Client {
    fn new() -> Result<Self, Error> {
        let connect = Timeouts::default().connect;
        let settings = ClientSettings::new(None, connect, &Environment::from_process())?;
        let client = Connections::new(&settings, HttpVersion::Http1)?;
        Ok(Self { client, connect: None, read: None })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

impl HttpClient for Client {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Self {
            client: self.client.clone(),
            connect: settings.connect_timeout(),
            read: settings.read_timeout(),
        })
    }
}

impl HttpConnector for Client {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let this = self.clone();
        HttpConnectorFuture::new(async move {
            // Two limits in one: what is asked here answers at once or not at all.
            let limit = match (this.connect, this.read) {
                (Some(connect), Some(read)) => Some(connect + read),
                (one, other) => one.or(other),
            };
            let exchange = exchange(&this.client, &request);
            match limit {
                Some(limit) => tokio::time::timeout(limit, exchange)
                    .await
                    .unwrap_or_else(|elapsed| Err(ConnectorError::timeout(elapsed.into()))),
                None => exchange.await,
            }
        })
    }
}

async fn exchange(client: &Connections, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
    /// Far more than any answer that holds credentials.
    const LARGEST: usize = 1 << 20;
    let user = |error: Box<dyn std::error::Error + Send + Sync>| ConnectorError::user(error);
    let uri: http::Uri = request.uri().parse().map_err(|error: http::uri::InvalidUri| user(error.into()))?;
    let method = request.method().parse().map_err(|error: http::method::InvalidMethod| user(error.into()))?;
    let body = request.body().bytes().ok_or_else(|| user("a streaming request".into()))?;
    let mut out = http::Request::new(Outgoing::Whole(Bytes::copy_from_slice(body)));
    (*out.method_mut(), *out.uri_mut()) = (method, uri);
    for (name, value) in request.headers() {
        let name: http::HeaderName =
            name.parse().map_err(|error: http::header::InvalidHeaderName| user(error.into()))?;
        let value = http::HeaderValue::from_str(value).map_err(|error| user(error.into()))?;
        out.headers_mut().append(name, value);
    }
    let (head, mut body) = client.send(out).await.map_err(failed)?.into_parts();
    let mut whole = Vec::new();
    while let Some(piece) = std::future::poll_fn(|cx| body.poll_piece(cx)).await {
        let piece = piece.map_err(ConnectorError::io)?;
        if whole.len() + piece.len() > LARGEST {
            return Err(ConnectorError::other("the response is too large".into(), None));
        }
        whole.extend_from_slice(&piece);
    }
    let mut out = HttpResponse::new(head.status.into(), SdkBody::from(whole));
    for (name, value) in &head.headers {
        if let Ok(value) = value.to_str() {
            out.headers_mut().append(name.as_str().to_owned(), value.to_owned());
        }
    }
    Ok(out)
}

fn failed(failure: Failure) -> ConnectorError {
    match failure {
        Failure::Request(cause) => ConnectorError::user(cause),
        Failure::ConnectLimit(limit) => {
            ConnectorError::timeout(format!("no connection within {limit:?}").into())
        }
        Failure::Connect(cause) | Failure::Exchange(cause) => ConnectorError::io(cause),
        #[cfg(feature = "reqwest")]
        Failure::Redirected(cause) => ConnectorError::io(cause),
    }
}
