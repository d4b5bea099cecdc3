//! Clients of `reqwest`, as users make them for this project: without redirects, and with TLS on ring.

use std::sync::Arc;

use reqwest::{Client, ClientBuilder, redirect::Policy};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use rustls::{ClientConfig, RootCertStore};

/// Which versions of HTTP a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    /// What the server chooses under TLS, else HTTP/1.1.
    Any,
    /// HTTP/1.1 alone.
    Http1,
    /// HTTP/2 alone, also without TLS.
    Http2,
}

/// A builder of clients that trust these certificates in PEM and no others.
///
/// # Panics
///
/// When they are none.
pub fn builder(speaks: Speaks, pem: Option<&[u8]>) -> ClientBuilder {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.unwrap_or_default()) {
        roots.add(certificate.expect("PEM")).expect("a certificate");
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has the ciphers of each version")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let builder = Client::builder().redirect(Policy::none()).no_proxy();
    let (builder, protocols): (_, &[&[u8]]) = match speaks {
        Speaks::Any => (builder, &[b"h2", b"http/1.1"]),
        Speaks::Http1 => (builder.http1_only(), &[b"http/1.1"]),
        Speaks::Http2 => (builder.http2_prior_knowledge(), &[b"h2"]),
    };
    tls.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    builder.tls_backend_preconfigured(tls)
}

/// Such a client.
///
/// # Errors
///
/// Those of `reqwest`.
pub fn client(speaks: Speaks, pem: Option<&[u8]>) -> reqwest::Result<Client> {
    builder(speaks, pem).build()
}
