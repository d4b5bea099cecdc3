//! TLS in front of HTTP, for clients that refuse to speak without. What is spoken inside is no matter here.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;

use crate::connection::{Line, speak};
use crate::service::Service;

/// How long a caller may take for its part of the handshake.
const HANDSHAKE: Duration = Duration::from_secs(30);

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

    /// What takes connections with this certificate. The error says what is wrong with it, and nothing of the key.
    pub(crate) fn acceptor(&self) -> Result<TlsAcceptor, String> {
        let chain = CertificateDer::pem_slice_iter(&self.chain).collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|error| format!("the certificate cannot be read: {error}"))?;
        let key =
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

/// Serves one connection after its handshake. One that fails, or takes too long, is the caller's affair.
pub(crate) async fn serve<I>(acceptor: &TlsAcceptor, io: I, service: Arc<Service>, line: Arc<Line>)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, acceptor.accept(io)).await {
        speak(stream, service, line).await;
    }
}

/// Makes a certificate for `localhost` and `127.0.0.1` that nobody has to trust but the test that asked for it. Both parts
/// are PEM; the first is what a client is told to trust.
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
/// If the key cannot be made.
#[cfg(feature = "self-signed")]
pub fn self_signed_certificate() -> Result<(String, String), crate::StartError> {
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names)
        .map_err(|error| crate::StartError::Tls(error.to_string()))?;
    Ok((made.cert.pem(), made.signing_key.serialize_pem()))
}
