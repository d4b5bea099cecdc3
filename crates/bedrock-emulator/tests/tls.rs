//! The same answers over TLS, with HTTP chosen by the handshake.
// In a test a failed expectation is what a panic is for; clippy does not see that helpers are part of one.
#![allow(clippy::unwrap_used)]
#![cfg(feature = "self-signed")]

use std::sync::Arc;

use crate::support::{CLAUDE, Http, conversation, exchange, path};
use bedrock_emulator::{Emulator, StartError, self_signed_certificate};
use http::Request;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

#[tokio::test]
async fn both_versions_over_tls() {
    let (certificate, key) = self_signed_certificate().unwrap();
    let server = Emulator::builder().tls(certificate.clone(), key).start().await.unwrap();
    assert!(server.url().starts_with("https://localhost:"));
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()).unwrap();
    for (http, protocol) in [(Http::One, "http/1.1"), (Http::Two, "h2")] {
        let mut config =
            rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots.clone())
                .with_no_client_auth();
        config.alpn_protocols = vec![protocol.into()];
        let stream = TcpStream::connect(server.address()).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(protocol.as_bytes()));
        let request = Request::post(path(CLAUDE, "converse-stream"))
            .body(conversation("hi").to_string().into())
            .unwrap();
        let answer = exchange(stream, &server.url(), http, request).await.unwrap();
        assert_eq!(answer.names().last().unwrap(), "metadata", "{http:?}");
    }
}

#[test]
fn certificates_that_cannot_be_used() {
    let (certificate, key) = self_signed_certificate().unwrap();
    let (_, other) = self_signed_certificate().unwrap();
    for (certificate, key) in
        [("", key.as_str()), (&certificate, ""), (&certificate, &other), ("nonsense", "nonsense")]
    {
        let error = Emulator::builder().tls(certificate, key).start_blocking().unwrap_err();
        assert!(matches!(error, StartError::Tls(_)), "{error}");
    }
}
