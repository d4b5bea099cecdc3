//! Which errors of the service are worth another attempt.
//!
//! Not for how often and when: see [`RetrySession`](crate::RetrySession).

use super::retry::RetryClass;
use crate::ServiceError;

/// Decides what a retry policy should make of an error of the service.
///
/// The transport has [`default_retry_class`], which knows HTTP statuses and the names every AWS service shares. A layer
/// above that knows the operation's own exceptions puts its table in with
/// [`TransportBuilder::classifier`](crate::TransportBuilder::classifier).
pub type Classifier = dyn Fn(&ServiceError) -> RetryClass + Send + Sync;

/// Names that mean "slow down" in every AWS service, in lower case.
// botocore's list (`retries/standard.py`), `TooManyRequests`, and the names that OpenAI and
// Anthropic have for it.
const THROTTLING: &[&str] = &[
    "bandwidthlimitexceeded",
    "ec2throttledexception",
    "limitexceededexception",
    "priorrequestnotcomplete",
    "provisionedthroughputexceededexception",
    "rate_limit_error",
    "rate_limit_exceeded",
    "requestlimitexceeded",
    "requestthrottled",
    "requestthrottledexception",
    "slowdown",
    "throttledexception",
    "throttling",
    "throttlingexception",
    "toomanyrequests",
    "toomanyrequestsexception",
    "transactioninprogressexception",
];

/// Names that mean "the fault is the service's, try again", in lower case.
const TRANSIENT: &[&str] = &[
    "api_error",
    "internalfailure",
    "internalservererror",
    "internalserverexception",
    "modelnotreadyexception",
    "overloaded_error",
    "requesttimeout",
    "requesttimeoutexception",
    "serviceunavailable",
    "serviceunavailableexception",
];

/// What AWS's standard retry mode makes of an error: by the names that all services share, then by the HTTP status
/// (429 is throttling; 500, 502, 503, 504 and 529 are transient; everything else is final).
///
/// ```
/// use bedrock_http::{RetryClass, ServiceError, default_retry_class};
///
/// let error = ServiceError::in_stream("throttlingException", "slow down", &b""[..]);
/// assert_eq!(default_retry_class(&error), RetryClass::Throttling);
/// ```
pub fn default_retry_class(error: &ServiceError) -> RetryClass {
    if let Some(name) = error.error_type() {
        let name = name.to_ascii_lowercase();
        // Names before statuses: `ModelNotReadyException` has 429, and the service's model
        // marks it as no throttling.
        if THROTTLING.binary_search(&name.as_str()).is_ok() {
            return RetryClass::Throttling;
        }
        if TRANSIENT.binary_search(&name.as_str()).is_ok() {
            return RetryClass::Transient;
        }
    }
    match error.status().map(|status| status.as_u16()) {
        Some(429) => RetryClass::Throttling,
        // 529 is Anthropic's for an overload; on Mantle not seen so far.
        Some(500 | 502 | 503 | 504 | 529) => RetryClass::Transient,
        _ => RetryClass::Final,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, StatusCode};

    #[test]
    fn tables_are_sorted() {
        assert!(THROTTLING.is_sorted() && TRANSIENT.is_sorted());
    }

    #[test]
    fn classes() {
        use RetryClass::{Final, Throttling, Transient};
        let rows = [
            (429, Some("ThrottlingException"), Throttling),
            (429, Some("ModelNotReadyException"), Transient),
            (429, Some("SomethingNew"), Throttling),
            (429, None, Throttling),
            (400, Some("ThrottlingException"), Throttling),
            (400, Some("ValidationException"), Final),
            (400, Some("ServiceQuotaExceededException"), Final),
            (408, Some("ModelTimeoutException"), Final),
            (424, Some("ModelErrorException"), Final),
            (403, Some("AccessDeniedException"), Final),
            (500, Some("InternalServerException"), Transient),
            (503, None, Transient),
            (502, None, Transient),
            (504, None, Transient),
            (501, None, Final),
            (302, None, Final),
        ];
        for (status, name, want) in rows {
            let mut headers = HeaderMap::new();
            if let Some(name) = name {
                headers.insert("x-amzn-errortype", name.parse().unwrap());
            }
            let error = ServiceError::from_response(StatusCode::from_u16(status).unwrap(), headers, "");
            assert_eq!(default_retry_class(&error), want, "{status} {name:?}");
        }
    }
}
