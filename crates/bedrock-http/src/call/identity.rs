//! Whose request it is: what the provider gave for one attempt.
//!
//! Not for writing it into the request.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::shared::Shared;
use crate::auth::{Auth, BearerToken, Credentials, CredentialsProvider, TokenProvider};
use crate::{Error, Service};

/// What a request was sent with, to know what to renew when it is refused.
pub(super) enum Identity {
    Keys(Arc<dyn CredentialsProvider>, Credentials),
    Token(Arc<dyn TokenProvider>, BearerToken),
    Anonymous,
}

impl Identity {
    /// The texts that must not come back in an error.
    pub(super) fn secrets(&self) -> Vec<&str> {
        match self {
            // Not the id of the key, which is public and helps to find the mistake.
            Self::Keys(_, keys) => vec![keys.secret_access_key(), keys.session_token().unwrap_or_default()],
            Self::Token(_, token) => vec![token.token()],
            Self::Anonymous => Vec::new(),
        }
    }

    /// Reports the refusal to the provider; whether it may have others.
    pub(super) fn refused(&self) -> bool {
        match self {
            Self::Keys(provider, keys) => provider.refused(keys),
            Self::Token(provider, token) => provider.refused(token),
            Self::Anonymous => false,
        }
    }
}

/// Asks the provider that is responsible for this service; none for a token that others could read where it is `exposed` to.
pub(super) async fn identify(
    shared: &Shared,
    service: Service,
    exposed: Option<&str>,
) -> Result<Identity, Error> {
    let signer = match &shared.auth {
        Auth::Anonymous => return Ok(Identity::Anonymous),
        // Refused before the provider is asked: a token that will not be sent need
        // not be fetched or minted.
        Auth::Bearer(_)
            if service.accepts_bearer()
                && !shared.insecure_bearer
                && let Some(place) = exposed =>
        {
            return Err(Error::usage(format!(
                "a bearer token is not sent over plain http to another machine ({place}), where others can read it: \
                 use https, or allow it (`allow_insecure_bearer`)"
            )));
        }
        Auth::Bearer(provider) if service.accepts_bearer() => {
            return Ok(Identity::Token(provider.clone(), provider.token().await?));
        }
        Auth::Bearer(_) => shared.signer.as_ref().ok_or_else(|| {
            Error::usage(format!(
                "{} accepts signatures only, and there is a bearer token but no credentials",
                service.host_label()
            ))
        })?,
        Auth::SigV4(provider) => provider,
    };
    // Once a transport; the flag guards nothing else, so its order does not matter.
    if let Some(place) = exposed
        && !shared.warned.swap(true, Ordering::Relaxed)
    {
        tracing::warn!(target: "bedrock_http", place, "signed requests go over plain http to another machine: \
                       what is asked and answered can be read and changed on the way");
    }
    Ok(Identity::Keys(signer.clone(), signer.credentials().await?))
}
