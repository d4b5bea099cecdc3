//! The keys and tokens that the server accepts. How a signature is checked is said in `sigv4`.

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

/// One key pair whose signatures the server accepts, with the session token that goes with a temporary one.
///
/// Written as text it is `KEY:SECRET` or `KEY:SECRET:TOKEN`. Secrets print as `***` and are wiped when dropped.
///
/// ```
/// use bedrock_emulator::Credentials;
///
/// let keys: Credentials = "AKIDEXAMPLE:SECRETEXAMPLE".parse()?;
/// assert_eq!(keys.access_key_id(), "AKIDEXAMPLE");
/// assert!(!format!("{keys:?}").contains("SECRETEXAMPLE"));
/// # Ok::<(), bedrock_emulator::CredentialsError>(())
/// ```
#[derive(Clone)]
pub struct Credentials {
    access_key_id: String,
    secret: Zeroizing<String>,
    session_token: Option<Zeroizing<String>>,
}

impl Credentials {
    /// A key pair of a user.
    pub fn new(access_key_id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self {
            access_key_id: access_key_id.into(),
            secret: Zeroizing::new(secret.into()),
            session_token: None,
        }
    }

    /// Makes them temporary credentials: requests must carry this token, and sign it.
    #[must_use]
    pub fn with_session_token(mut self, token: impl Into<String>) -> Self {
        self.session_token = Some(Zeroizing::new(token.into()));
        self
    }

    /// The public half.
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }

    pub(crate) fn session_token(&self) -> Option<&str> {
        self.session_token.as_ref().map(|token| token.as_str())
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .field("secret", &"***")
            // Whether there is one helps to find a mistake; what it is does not.
            .field("session_token", &self.session_token.as_ref().map(|_| "***"))
            .finish()
    }
}

/// Text that is not `KEY:SECRET` or `KEY:SECRET:TOKEN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("credentials are written KEY:SECRET or KEY:SECRET:TOKEN, with nothing left empty")]
pub struct CredentialsError;

impl FromStr for Credentials {
    type Err = CredentialsError;

    fn from_str(text: &str) -> Result<Self, CredentialsError> {
        // A token may hold colons; keys and secrets never do.
        let mut parts =
            text.splitn(3, ':').map(|part| (!part.is_empty()).then_some(part).ok_or(CredentialsError));
        let (key, secret) = (parts.next().ok_or(CredentialsError)??, parts.next().ok_or(CredentialsError)??);
        let credentials = Self::new(key, secret);
        Ok(match parts.next() {
            Some(token) => credentials.with_session_token(token?),
            None => credentials,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_forms() {
        let temporary: Credentials = "A:B:C:D".parse().unwrap();
        assert_eq!((temporary.secret(), temporary.session_token()), ("B", Some("C:D")));
        for bad in ["", "A", "A:", ":B", "A:B:"] {
            assert_eq!(bad.parse::<Credentials>().unwrap_err(), CredentialsError, "{bad}");
        }
    }
}
