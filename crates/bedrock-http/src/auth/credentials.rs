//! Credentials and bearer tokens as values.
//!
//! Not for where they come from: see `provider.rs`.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::secret::Secret;

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
