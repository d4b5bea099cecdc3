//! Failures of the HTTP client: which of our kinds of errors they are.
//!
//! Not for errors that the service reports.

use std::error::Error as StdError;

use crate::connection::{ClientLimit, Failure};
use crate::error::root_cause;
use crate::policy::RetryClass;
use crate::{Error, ErrorKind, TimeoutPhase};

/// A request that got no response.
pub(crate) fn no_response(failure: Failure, target: &str) -> Error {
    let (kind, class, what, cause) = match failure {
        Failure::Request(cause) => {
            let message = format!("the request to {target} cannot be sent: {}", root_cause(&*cause));
            return Error::usage(message).with_source(cause);
        }
        Failure::ConnectLimit(limit) => {
            let message = format!("no connection to {target} within the connect limit of {limit:?}");
            return Error::new(ErrorKind::Timeout(TimeoutPhase::Connect), RetryClass::Transient, message);
        }
        Failure::Connect(cause) if cause.is::<ClientLimit>() => {
            (ErrorKind::Timeout(TimeoutPhase::Connect), RetryClass::Transient, "no connection to", cause)
        }
        // As after the first-byte limit: the model may have done its work.
        Failure::Exchange(cause) if cause.is::<ClientLimit>() => {
            (ErrorKind::Timeout(TimeoutPhase::FirstByte), RetryClass::Final, "no response from", cause)
        }
        #[cfg(feature = "reqwest")]
        Failure::Redirected(cause) => {
            let message = format!(
                "the client followed a redirect of {target}, where a signature does not hold: build it with \
                 `redirect(Policy::none())`: {}",
                root_cause(&*cause)
            );
            return Error::new(ErrorKind::Transport, RetryClass::Final, message).with_source(cause);
        }
        // Certificates of the server only: TLS that fails otherwise may do better the next time.
        Failure::Connect(cause) if refuses_certificate(&*cause) => {
            (ErrorKind::Connect, RetryClass::Final, "no trusted connection to", cause)
        }
        Failure::Connect(cause) => (ErrorKind::Connect, RetryClass::Transient, "no connection to", cause),
        Failure::Exchange(cause) => (ErrorKind::Transport, RetryClass::Transient, "no response from", cause),
    };
    Error::new(kind, class, format!("{what} {target}: {}", root_cause(&*cause))).with_source(cause)
}

/// Whether a chain holds a refused certificate: asking again gives the same one.
fn refuses_certificate(error: &(dyn StdError + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        // rustls hides inside of an `io::Error`, whose `source` skips it.
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let rustls = inner
            .and_then(|inner| inner.downcast_ref::<rustls::Error>())
            .or_else(|| error.downcast_ref::<rustls::Error>());
        if let Some(rustls) = rustls {
            // `General` is what the platform's verifier gives where it has no
            // roots or no better word.
            return matches!(rustls, rustls::Error::InvalidCertificate(_) | rustls::Error::General(_));
        }
        next = inner.map(|inner| inner as &(dyn StdError + 'static)).or_else(|| error.source());
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn certificates_are_found_inside_of_io_errors() {
        let certificate = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let nested = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, certificate));
        assert!(refuses_certificate(&nested));
        assert!(!refuses_certificate(&io::Error::other("no")));
    }
}
