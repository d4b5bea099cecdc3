//! Who is asking: credentials, bearer tokens, and where they come from.
//!
//! Static, environment and the caller's own provider are here; profiles, SSO, roles and metadata services come from the
//! official chain behind feature `aws-config`. Not for signing (that is `sign`).

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;

use crate::Error;
use crate::secret::Secret;

/// A boxed future, as the provider traits return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// AWS credentials: an access key, its secret, perhaps a session token and an expiry.
///
/// Cloning is cheap. `Debug` prints the access key id and the expiry, never the secret parts; these are cleared from
/// memory when the last clone is dropped.
///
/// ```
/// use bedrock_http::Credentials;
///
/// let credentials = Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE").with_session_token("TOKENEXAMPLE");
/// let printed = format!("{credentials:?}");
/// assert!(printed.contains("AKIDEXAMPLE"));
/// assert!(!printed.contains("SECRETEXAMPLE") && !printed.contains("TOKENEXAMPLE"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials(Arc<Parts>);

#[derive(Clone, PartialEq, Eq)]
struct Parts {
    access_key_id: String,
    secret: Secret,
    session_token: Option<Secret>,
    expires_at: Option<SystemTime>,
}

impl Credentials {
    /// Long-term credentials: an access key and its secret. No session token is added to them, whatever stands in the
    /// environment.
    pub fn new(access_key_id: impl Into<String>, secret_access_key: impl Into<String>) -> Self {
        Self(Arc::new(Parts {
            access_key_id: access_key_id.into(),
            secret: Secret::new(secret_access_key),
            session_token: None,
            expires_at: None,
        }))
    }

    /// Makes them temporary credentials, with this session token.
    #[must_use]
    pub fn with_session_token(mut self, token: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.0).session_token = Some(Secret::new(token));
        self
    }

    /// Says when they expire.
    #[must_use]
    pub fn with_expiry(mut self, expires_at: SystemTime) -> Self {
        Arc::make_mut(&mut self.0).expires_at = Some(expires_at);
        self
    }

    /// The access key id. It names the key and is no secret.
    pub fn access_key_id(&self) -> &str {
        &self.0.access_key_id
    }

    /// The secret access key.
    pub fn secret_access_key(&self) -> &str {
        self.0.secret.expose()
    }

    /// The session token of temporary credentials.
    pub fn session_token(&self) -> Option<&str> {
        self.0.session_token.as_ref().map(Secret::expose)
    }

    /// When they expire, where that is known.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.0.expires_at
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.0.access_key_id)
            .field("secret_access_key", &self.0.secret)
            .field("session_token", &self.0.session_token)
            .field("expires_at", &self.0.expires_at)
            .finish()
    }
}

/// A Bedrock API key, long-term or short-term.
///
/// ```
/// use bedrock_http::BearerToken;
///
/// let token = BearerToken::new("ABSKEXAMPLE");
/// assert_eq!(format!("{token:?}"), "BearerToken { token: ***, expires_at: None }");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct BearerToken {
    token: Arc<Secret>,
    expires_at: Option<SystemTime>,
}

impl BearerToken {
    /// An API key.
    pub fn new(token: impl Into<String>) -> Self {
        Self { token: Arc::new(Secret::new(token)), expires_at: None }
    }

    /// Says when it expires.
    #[must_use]
    pub fn with_expiry(mut self, expires_at: SystemTime) -> Self {
        self.expires_at = Some(expires_at);
        self
    }

    /// The key itself.
    pub fn token(&self) -> &str {
        self.token.expose()
    }

    /// When it expires, where that is known.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerToken")
            .field("token", &self.token)
            .field("expires_at", &self.expires_at)
            .finish()
    }
}

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
