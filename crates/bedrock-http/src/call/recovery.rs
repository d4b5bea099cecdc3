//! Refusals whose cause can be taken away: expired credentials, a clock that is wrong.
//!
//! Not for errors that waiting may cure: those are retried.

use std::sync::atomic::Ordering;
use std::time::SystemTime;

use aws_smithy_types::date_time::{DateTime, Format};
use http::header::{DATE, HeaderMap};

use super::identity::Identity;
use super::shared::Shared;
use crate::Error;

/// What has been tried in a call: each cause once.
#[derive(Debug, Default)]
pub(super) struct Recovery {
    renewed_identity: bool,
    corrected_clock: bool,
}

impl Recovery {
    /// Whether the cause of a refusal could be taken away: expired credentials renewed, our clock corrected.
    pub(super) fn recovers(&mut self, shared: &Shared, error: &Error, identity: &Identity) -> bool {
        let Some(service) = error.service() else { return false };
        let name = service.error_type().unwrap_or_default();
        let refused = service.status().is_some_and(|status| status.as_u16() == 401)
            || IDENTITY_REFUSED.binary_search(&name).is_ok();
        if refused && !self.renewed_identity && identity.refused() {
            self.renewed_identity = true;
            tracing::debug!(target: "bedrock_http", %error, "credentials were refused; asking for others");
            return true;
        }
        // A wrong secret has the same name as a wrong clock: only the date of the refusal shows
        // which it is, so `learn_time` decides. Tokens carry no time of ours.
        let dated = matches!(identity, Identity::Keys(..)) && TIME_REFUSED.binary_search(&name).is_ok();
        if dated
            && !self.corrected_clock
            && let Some(theirs) = date_of(service.headers())
            && shared.learn_time(theirs)
        {
            self.corrected_clock = true;
            let seconds = shared.skew_seconds.load(Ordering::Relaxed);
            tracing::debug!(target: "bedrock_http", seconds, "our clock is wrong; signing by the service's");
            return true;
        }
        false
    }
}

/// Names of errors after which other credentials may help.
// Of Bedrock only `UnrecognizedClientException` and `ExpiredTokenException` are known; the others
// are what AWS's other services say.
const IDENTITY_REFUSED: &[&str] = &[
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "InvalidToken",
    "UnrecognizedClientException",
];

/// Names of errors that a wrong clock causes.
const TIME_REFUSED: &[&str] = &[
    "InvalidSignatureException",
    "RequestExpired",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
];

fn date_of(headers: &HeaderMap) -> Option<SystemTime> {
    let text = headers.get(DATE)?.to_str().ok()?;
    DateTime::from_str(text, Format::HttpDate).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::HeaderValue;
    use std::time::Duration;

    #[test]
    fn tables_are_sorted() {
        assert!(IDENTITY_REFUSED.is_sorted() && TIME_REFUSED.is_sorted());
    }

    #[test]
    fn dates_of_responses() {
        let mut headers = HeaderMap::new();
        assert_eq!(date_of(&headers), None);
        headers.insert(DATE, HeaderValue::from_static("Wed, 21 Oct 2015 07:28:00 GMT"));
        let want = SystemTime::UNIX_EPOCH + Duration::from_secs(1_445_412_480);
        assert_eq!(date_of(&headers), Some(want));
        headers.insert(DATE, HeaderValue::from_static("yesterday"));
        assert_eq!(date_of(&headers), None);
    }
}
