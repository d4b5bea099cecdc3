//! Which errors of the service are worth another attempt.
//!
//! Not for sending again, which the transport does and, for streams, `stream/open.rs`.

use bedrock_formats::exceptions;
use bedrock_http::{RetryClass, ServiceError, default_retry_class};

/// Whether a client sends again after an error of the service, unless another classifier is set: what the table of
/// [`exceptions`] says of its name, and for a name that is not in there what AWS's standard mode says.
///
/// All that is sent again, and all that is not, as long as no more of a streamed answer has come than its
/// [announcement](bedrock_aggregate::Reader::has_arrived):
///
/// | what happened | sent again | why |
/// |---|---|---|
/// | throttling, at once or in a stream's first frames; 429 without a name | yes, on the long scale of waits | the service asks to slow down |
/// | `ModelNotReadyException` | yes | a model that is loading is there in a moment |
/// | `InternalServerException`, `ServiceUnavailableException`, other 5xx | yes | the service failed for a moment |
/// | `ModelStreamErrorException` | yes | the model broke off; the whole request may do better |
/// | no connection, a connection that breaks or is reset | yes | the network failed for a moment |
/// | a stream that ends too early or is damaged | yes | as if the connection had broken |
/// | a whole answer whose connection breaks half-way | yes | as if the connection had broken before it |
/// | expired or refused credentials, a clock that is wrong | once, with others or by the service's clock | nothing else would change |
/// | a certificate that is not trusted | no | it is the same the next time |
/// | `ModelTimeoutException`; a limit on time ran out while waiting for an answer | no | the model may have done its work, and would be paid twice |
/// | `ModelErrorException`, `DependencyFailedException` | no | it depends on what failed behind them |
/// | `ServiceQuotaExceededException` | no | a hard limit; waiting does not lift it |
/// | `ValidationException`, `AccessDeniedException`, `ResourceNotFoundException`, `ConflictException`, other 4xx | no | the same request is refused the same way |
/// | 200 and no stream at all | no | it was not the service that answered |
/// | the circuit breaker or a local limit refuses | no | the service was not asked |
///
/// Once more of it has come nothing is sent again: it was generated, and is paid for.
/// [`Error::is_retryable`](crate::Error::is_retryable) and [`Error::continuation`](crate::Error::continuation) say what the
/// caller can do.
///
/// ```
/// use bedrock_client::{RetryClass, ServiceError, retry_class};
///
/// let frame = ServiceError::in_stream("modelStreamErrorException", "the model went away", "{}");
/// assert_eq!(retry_class(&frame), RetryClass::Transient);
/// ```
pub fn retry_class(error: &ServiceError) -> RetryClass {
    match error.error_type().and_then(exceptions::lookup) {
        Some(row) if row.throttling => RetryClass::Throttling,
        Some(row) if row.retryable => RetryClass::Transient,
        Some(_) => RetryClass::Final,
        None => default_retry_class(error),
    }
}
