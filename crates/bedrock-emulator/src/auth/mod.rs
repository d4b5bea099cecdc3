//! Who may come in: signatures and bearer tokens, checked before anything else looks at a request.

mod credentials;
mod events;
mod sigv4;
mod verifier;

pub use credentials::{Credentials, CredentialsError};
pub(crate) use events::EventVerifier;
pub(crate) use sigv4::Request as SignedRequest;
pub(crate) use verifier::{Access, BearerToken, Payload, Verdict, Verifier};
