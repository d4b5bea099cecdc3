//! The HTTP transport for Amazon Bedrock: endpoints, signatures, bearer tokens, streaming bodies, limits on time,
//! retries, typed errors.
//!
//! It carries bytes and does not know what they mean: no operation, no model format, no event stream. To call Converse,
//! use `bedrock-client`; to decode a captured stream, use `bedrock-eventstream`, which needs no network at all.
//!
//! # A first request
//!
//! A [`Transport`] is built once and shared (cloning is cheap). A [`Request`] says where to and what; its [`Path`]
//! encodes what the caller puts into it, so that an inference profile's ARN stays one segment.
//!
//! ```no_run
//! use bedrock_http::{Path, Request, Service, Transport};
//!
//! # async fn example() -> Result<(), bedrock_http::Error> {
//! let transport = Transport::from_env()?;
//! let path = Path::new().segment("model").label("modelId", "us.amazon.nova-lite-v1:0")?.segment("converse-stream");
//! let request = Request::post(Service::Runtime, path)
//!     .json(r#"{"messages":[{"role":"user","content":[{"text":"Hello"}]}]}"#);
//!
//! let mut response = transport.send(&request).await?;
//! while let Some(piece) = response.body_mut().next().await {
//!     println!("{} bytes", piece?.len());
//! }
//! # Ok(()) }
//! ```
//!
//! # Credentials, region, endpoint
//!
//! [`Transport::from_env`] reads the variables that the AWS SDKs read. [`Transport::builder`] reads none; what is set
//! there takes precedence over an [`Environment`] that is given to it:
//!
//! | | in code | in the environment |
//! |---|---|---|
//! | credentials | [`auth`](TransportBuilder::auth) | `AWS_BEARER_TOKEN_BEDROCK`, then `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` |
//! | region | [`region`](TransportBuilder::region) | `AWS_REGION`, then `AWS_DEFAULT_REGION` |
//! | endpoint | [`endpoint_of`](TransportBuilder::endpoint_of), [`endpoint`](TransportBuilder::endpoint) | `AWS_ENDPOINT_URL_BEDROCK_RUNTIME` (…), then `AWS_ENDPOINT_URL`, unless `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` |
//! | kind of host | [`fips`](TransportBuilder::fips), [`dual_stack`](TransportBuilder::dual_stack) | `AWS_USE_FIPS_ENDPOINT`, `AWS_USE_DUALSTACK_ENDPOINT` |
//! | attempts | [`retry`](TransportBuilder::retry) | `AWS_MAX_ATTEMPTS` |
//! | certificates | [`ca_bundle`](TransportBuilder::ca_bundle) | `AWS_CA_BUNDLE` |
//! | proxies | – | `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY` |
//!
//! With feature `aws-config`, [`Transport::from_env`] falls back, where the environment holds no credentials, on the
//! official chain (profiles, SSO, assumed roles, web identity, containers, instances), as `AwsChain`.
//!
//! Credentials that change are a [`CredentialsProvider`] of yours, or one behind [`CachedCredentials`]. Secrets print as
//! `***` and are cleared from memory. What a server sends back of them is masked too, in errors, their bodies, headers and
//! traces, in the spellings that [`Redactor`] lists.
//!
//! ```
//! use bedrock_http::{Credentials, Service, Transport};
//!
//! let transport = Transport::builder()
//!     .region("eu-west-1")
//!     .auth(Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE"))
//!     .build()?;
//! assert_eq!(transport.endpoint(Service::Runtime)?, "https://bedrock-runtime.eu-west-1.amazonaws.com");
//! # Ok::<(), bedrock_http::Error>(())
//! ```
//!
//! # Other connections
//!
//! Connections are made and pooled by this crate. With feature `reqwest`, all requests go over a client of `reqwest` 0.13 that you
//! give instead (`TransportBuilder::reqwest_client`), with its proxies, TLS, middleware and metrics; everything above the
//! connections stays as it is. This crate turns on none of `reqwest`'s features but `http2`: name `reqwest` in your own manifest
//! with those that you need, one for TLS among them.
//!
//! # What goes wrong
//!
//! Every failure is an [`Error`]. Its [`kind`](Error::kind) separates a mistake of the caller's from an answer of the
//! service's and from a broken connection; [`is_retryable`](Error::is_retryable) and
//! [`is_throttling`](Error::is_throttling) say what to do; [`service`](Error::service) holds the service's own words,
//! with status, request id and raw body.
//!
//! ```no_run
//! # use bedrock_http::{ErrorKind, Request, Transport};
//! # async fn example(transport: Transport, request: Request) {
//! match transport.send(&request).await {
//!     Ok(response) => drop(response),
//!     Err(error) if error.is_throttling() => println!("later: {error}"),
//!     Err(error) => match error.kind() {
//!         ErrorKind::Usage => println!("fix the program: {error}"),
//!         ErrorKind::Timeout(phase) => println!("the {phase} limit ran out"),
//!         _ => println!("{error}"),
//!     },
//! }
//! # }
//! ```
//!
//! Requests are sent again as AWS's standard retry mode does ([`RetryConfig`]), until a response begins. A stream may
//! begin with status 200 and carry an error in its first frame; the layer that reads frames continues the call then: see
//! [`Call`]. [`Timeouts`] bound every phase. A circuit breaker ([`BreakerConfig`]) and local quotas ([`Limits`]) are off until asked for; an [`Observer`]
//! sees all of it, an [`Interceptor`] can touch what goes out.

mod auth;
mod builder;
mod call;
mod connection;
mod environment;
mod error;
mod observe;
mod policy;
mod redact;
mod request;
mod secret;
mod transport;

#[cfg(feature = "aws-config")]
pub use auth::AwsChain;
pub use auth::{
    Auth, AuthScheme, BearerToken, BoxFuture, CachedCredentials, Credentials, CredentialsProvider,
    EventSignature, EventSigner, LONGEST_TOKEN_LIFE, MintedTokens, TokenProvider, mint_bearer_token,
};
pub use builder::TransportBuilder;
pub use call::{Body, Call, Response};
pub use connection::HttpVersion;
pub use environment::Environment;
pub use error::{Error, ErrorKind, ServiceError, TimeoutPhase};
pub use observe::{BodyEnd, CallInfo, Interceptor, Observer, SignedRequest, TransportEvent};
pub use policy::{
    BreakerConfig, BreakerState, Classifier, GiveUp, Limits, Priority, RetryClass, RetryConfig,
    RetryDecision, RetryQuota, RetrySession, Timeouts, default_retry_class,
};
pub use redact::Redactor;
pub use request::{Path, Request, Service};
#[cfg(feature = "reqwest")]
pub use reqwest::Client as ReqwestClient;
pub use transport::Transport;

/// The examples of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
