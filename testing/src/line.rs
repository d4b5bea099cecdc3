//! The server's end of a connection, plain or under TLS.

use std::io::{Read, Result, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection};

/// A certificate for `127.0.0.1` that nobody but its own text vouches for.
#[derive(Clone, Debug)]
pub struct Certificate {
    config: Arc<ServerConfig>,
    pem: String,
}

impl Certificate {
    /// Makes one.
    ///
    /// # Panics
    ///
    /// When no key can be made.
    #[must_use]
    pub fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has the ciphers of each version")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("the certificate is of this key");
        Self { config: Arc::new(config), pem: made.cert.pem() }
    }

    /// What a client must trust.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }
}

impl Default for Certificate {
    fn default() -> Self {
        Self::new()
    }
}

/// One connection.
#[derive(Debug)]
pub struct Line {
    tcp: TcpStream,
    tls: Option<ServerConnection>,
    /// What [`Line::write_half`] held back.
    held: Vec<u8>,
}

impl Line {
    /// Takes a connection that a client has made; with a certificate it speaks TLS.
    ///
    /// # Panics
    ///
    /// When the certificate is of no use to rustls.
    #[must_use]
    pub fn new(tcp: TcpStream, certificate: Option<&Certificate>) -> Self {
        let _ = tcp.set_nodelay(true);
        let session = |of: &Certificate| ServerConnection::new(of.config.clone()).expect("a session");
        Self { tcp, tls: certificate.map(session), held: Vec::new() }
    }

    /// Reads what is there, or waits; none at the end.
    ///
    /// # Errors
    ///
    /// Those of the socket and of TLS.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        match &mut self.tls {
            Some(tls) => rustls::Stream::new(tls, &mut self.tcp).read(buffer),
            None => self.tcp.read(buffer),
        }
    }

    /// Writes. The client may have gone; what it made of that is its business.
    pub fn write(&mut self, bytes: &[u8]) {
        let wire = self.wire(bytes);
        let _ = self.tcp.write_all(&wire);
    }

    /// Writes the first half of these bytes, or of the TLS record that holds them; the other half goes before what comes next.
    pub fn write_half(&mut self, bytes: &[u8]) {
        let mut wire = self.wire(bytes);
        self.held = wire.split_off(wire.len() / 2);
        let _ = self.tcp.write_all(&wire);
    }

    /// Says that nothing more comes; the client may still speak.
    pub fn finish(&mut self) {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
            self.write(b"");
        }
        let _ = self.tcp.shutdown(Shutdown::Write);
    }

    /// Closes both ways.
    pub fn close(&mut self) {
        self.finish();
        let _ = self.tcp.shutdown(Shutdown::Both);
    }

    fn wire(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut wire = std::mem::take(&mut self.held);
        match &mut self.tls {
            Some(tls) => {
                let _ = tls.writer().write_all(bytes);
                while tls.wants_write() && tls.write_tls(&mut wire).is_ok() {}
            }
            None => wire.extend_from_slice(bytes),
        }
        wire
    }
}
