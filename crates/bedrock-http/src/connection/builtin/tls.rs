//! TLS on rustls with ring: the provider is chosen here, for this client alone, and root certificates are read only
//! when a certificate is to be checked.
//!
//! Not for deciding whether TLS is used (the endpoint's scheme does).

use std::fmt;
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_platform_verifier::Verifier;

use crate::Error;

/// A configuration that trusts the platform's roots, or only those in `bundle` (PEM).
///
/// The process-wide default provider is neither read nor set: a library must not decide for the program it is part of.
pub(super) fn client_config(bundle: Option<&[u8]>) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::usage("TLS cannot be set up").with_source(error))?;
    let verifier: Arc<dyn ServerCertVerifier> = match bundle {
        Some(pem) => WebPkiServerVerifier::builder_with_provider(Arc::new(roots_of(pem)?), provider)
            .build()
            .map_err(|error| Error::usage("the certificate bundle cannot be used").with_source(error))?,
        None => Arc::new(PlatformRoots { provider, loaded: OnceLock::new() }),
    };
    // `dangerous` is only rustls's word for any verifier set by hand: both check everything.
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

fn roots_of(pem: &[u8]) -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate
            .map_err(|error| Error::usage("the certificate bundle is not PEM").with_source(error))?;
        roots.add(certificate).map_err(|error| {
            Error::usage("the certificate bundle holds a certificate that cannot be used").with_source(error)
        })?;
    }
    if roots.is_empty() {
        return Err(Error::usage("the certificate bundle holds no certificate"));
    }
    Ok(roots)
}

/// The platform's verifier, made when the first certificate comes: reading the roots takes about 2 ms, which programs
/// that speak plain HTTP to a local endpoint need not spend.
struct PlatformRoots {
    provider: Arc<CryptoProvider>,
    loaded: OnceLock<Result<Verifier, rustls::Error>>,
}

impl PlatformRoots {
    fn verifier(&self) -> Result<&Verifier, rustls::Error> {
        // A failure is kept too: roots that cannot be read stay so for this transport.
        self.loaded.get_or_init(|| Verifier::new(self.provider.clone())).as_ref().map_err(Clone::clone)
    }
}

impl fmt::Debug for PlatformRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlatformRoots").field("loaded", &self.loaded.get().is_some()).finish_non_exhaustive()
    }
}

impl ServerCertVerifier for PlatformRoots {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.verifier()?.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier()?.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier()?.verify_tls13_signature(message, cert, dss)
    }

    /// Asked for while the first message of a handshake is written, so it must not load anything.
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn making_a_configuration_reads_no_roots() {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let roots = PlatformRoots { provider, loaded: OnceLock::new() };
        assert!(!roots.supported_verify_schemes().is_empty());
        assert_eq!(format!("{roots:?}"), "PlatformRoots { loaded: false, .. }");
        assert!(client_config(None).is_ok());
        assert!(CryptoProvider::get_default().is_none(), "the process-wide provider was set");
    }

    #[test]
    fn bundles_that_cannot_be_used() {
        let rows: [(&[u8], &str); 3] = [
            (b"", "no certificate"),
            (b"text", "no certificate"),
            (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot be used"),
        ];
        for (pem, want) in rows {
            let error = client_config(Some(pem)).unwrap_err().to_string();
            assert!(error.contains(want), "{error}");
        }
    }
}
