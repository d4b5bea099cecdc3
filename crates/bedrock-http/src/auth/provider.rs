//! Where credentials and tokens come from when a request is about to go out, and which of them an [`Auth`] asks for.
//!
//! Static values are providers of themselves; profiles, SSO, roles and metadata services come from the official chain behind
//! feature `aws-config`. Not for signing.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::credentials::{BearerToken, Credentials};
use crate::Error;

/// A boxed future, as the provider traits return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Gives credentials when a request is about to be signed.
///
/// It is asked for every attempt; a provider that fetches them from somewhere belongs into
/// [`CachedCredentials`](crate::CachedCredentials).
///
/// ```
/// use bedrock_http::{BoxFuture, Credentials, CredentialsProvider, Error};
///
/// #[derive(Debug)]
/// struct FromVault;
///
/// impl CredentialsProvider for FromVault {
///     fn credentials(&self) -> BoxFuture<'_, Result<Credentials, Error>> {
///         Box::pin(async { Err(Error::credentials("the vault is locked")) })
///     }
/// }
/// ```
pub trait CredentialsProvider: fmt::Debug + Send + Sync {
    /// The credentials to sign the next request with.
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, Error>>;

    /// The service refused these as expired or unknown. Returns whether others may be had by asking again; then the
    /// request is sent once more. The default is no.
    fn refused(&self, _credentials: &Credentials) -> bool {
        false
    }
}

impl CredentialsProvider for Credentials {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, Error>> {
        Box::pin(std::future::ready(Ok(self.clone())))
    }
}

/// Gives a bearer token when a request is about to be sent.
pub trait TokenProvider: fmt::Debug + Send + Sync {
    /// The token to send the next request with.
    fn token(&self) -> BoxFuture<'_, Result<BearerToken, Error>>;

    /// The service refused this one. Returns whether another may be had by asking again; the default is no.
    fn refused(&self, _token: &BearerToken) -> bool {
        false
    }
}

impl TokenProvider for BearerToken {
    fn token(&self) -> BoxFuture<'_, Result<BearerToken, Error>> {
        Box::pin(std::future::ready(Ok(self.clone())))
    }
}

/// How requests prove who sends them.
///
/// ```
/// use bedrock_http::{Auth, BearerToken, Credentials};
///
/// let signed = Auth::from(Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE"));
/// let bearer = Auth::from(BearerToken::new("ABSKEXAMPLE"));
/// assert_eq!(format!("{bearer:?}"), "Bearer(BearerToken { token: ***, expires_at: None })");
/// # let _ = signed;
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Auth {
    /// Signature version 4 with credentials from this provider.
    SigV4(Arc<dyn CredentialsProvider>),
    /// `Authorization: Bearer`, with the token of this provider. The credentials chain is never touched.
    Bearer(Arc<dyn TokenProvider>),
    /// Nothing: for local servers that do not ask.
    Anonymous,
}

impl Auth {
    /// Signature version 4 with credentials from the provider.
    pub fn sigv4(provider: impl CredentialsProvider + 'static) -> Self {
        Self::SigV4(Arc::new(provider))
    }

    /// Bearer tokens from the provider.
    pub fn bearer(provider: impl TokenProvider + 'static) -> Self {
        Self::Bearer(Arc::new(provider))
    }
}

impl From<Credentials> for Auth {
    fn from(credentials: Credentials) -> Self {
        Self::sigv4(credentials)
    }
}

impl From<BearerToken> for Auth {
    fn from(token: BearerToken) -> Self {
        Self::bearer(token)
    }
}

/// The two ways to authenticate that a caller can ask for without giving the credentials themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuthScheme {
    /// Signature version 4.
    SigV4,
    /// Bearer token.
    Bearer,
}
