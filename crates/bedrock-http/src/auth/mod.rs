//! Authentication: credentials, bearer tokens, providers of both, signatures.
//!
//! Not for deciding what is sent: a signature is made over a finished request.

mod bearer;
mod cached;
#[cfg(feature = "aws-config")]
mod chain;
mod credentials;
mod event_signer;
mod provider;
mod sigv4;

pub use bearer::{LONGEST_TOKEN_LIFE, mint_bearer_token};
pub use cached::{CachedCredentials, MintedTokens};
#[cfg(feature = "aws-config")]
pub use chain::AwsChain;
pub use credentials::{BearerToken, Credentials};
pub use event_signer::{EventSignature, EventSigner};
pub use provider::{Auth, AuthScheme, BoxFuture, CredentialsProvider, TokenProvider};
pub(crate) use sigv4::{Scope, Signable, signature_headers};
