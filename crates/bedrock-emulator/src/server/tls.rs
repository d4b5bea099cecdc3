//! TLS in front of HTTP, for clients that refuse plain HTTP.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

#[cfg(feature = "self-signed")]
use super::start_error::StartError;

/// How long a caller may take for its part of the handshake.
// As long as for the head of a request.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(30);

/// A chain of certificates and its key, as PEM.
#[derive(Clone)]
pub(crate) struct Certificate {
    chain: Vec<u8>,
    key: zeroize::Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificate").field("key", &"***").finish_non_exhaustive()
    }
}

impl Certificate {
    pub(crate) fn new(chain: Vec<u8>, key: Vec<u8>) -> Self {
        Self { chain, key: zeroize::Zeroizing::new(key) }
    }

    /// Accepts connections with this certificate. The error says what is wrong, and nothing of the key.
    pub(crate) fn acceptor(&self) -> Result<TlsAcceptor, String> {
        let chain = CertificateDer::pem_slice_iter(&self.chain).collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|error| format!("the certificate cannot be read: {error}"))?;
        let key =
            // Its own error may quote the text.
            PrivateKeyDer::from_pem_slice(&self.key).map_err(|_| "the key cannot be read".to_owned())?;
        let config =
            rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(|error| error.to_string())?
                .with_no_client_auth()
                .with_single_cert(chain, key);
        let mut config = config.map_err(|error| error.to_string())?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

/// The stream inside of TLS, after a handshake in time.
pub(crate) async fn accept<I>(acceptor: &TlsAcceptor, io: I) -> Option<TlsStream<I>>
where
    I: AsyncRead + AsyncWrite + Unpin,
{
    tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(io)).await.ok()?.ok()
}

/// Makes a certificate for `localhost` and `127.0.0.1`, and its key, both PEM. The client under test must be told to trust the
/// certificate.
///
/// ```
/// let (certificate, key) = bedrock_emulator::self_signed_certificate()?;
/// let server = bedrock_emulator::Emulator::builder().tls(certificate, key).start_blocking()?;
/// assert!(server.url().starts_with("https://localhost:"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If making the key fails.
#[cfg(feature = "self-signed")]
pub fn self_signed_certificate() -> Result<(String, String), StartError> {
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let made =
        rcgen::generate_simple_self_signed(names).map_err(|error| StartError::Tls(error.to_string()))?;
    Ok((made.cert.pem(), made.signing_key.serialize_pem()))
}
