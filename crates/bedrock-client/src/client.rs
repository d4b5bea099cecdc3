//! The client: what all calls share. Its operations stand one in a file under `operations`.
//!
//! Not for HTTP, which is the transport's.

use std::fmt;
use std::sync::{Arc, OnceLock};

use bedrock_aggregate::{Format, Registry};
use bedrock_formats::exceptions;
use bedrock_http::{Classifier, Environment, RetryClass, ServiceError, Transport, default_retry_class};

use crate::blocking::Runtime;
use crate::observe::Observers;
use crate::{ClientBuilder, Error};

/// Calls Bedrock. Cloning is cheap; clones share connections, credentials and limits.
///
/// ```no_run
/// use bedrock_client::{Client, Event};
///
/// # async fn example() -> Result<(), bedrock_client::Error> {
/// let client = Client::from_env().await?;
/// let mut answer = client.converse_stream("us.amazon.nova-lite-v1:0", "Why is the sky blue?").await?;
/// while let Some(event) = answer.next().await {
///     if let Event::TextDelta(text) = event? {
///         print!("{text}");
///     }
/// }
/// let message = answer.finish()?;
/// # let _ = message; Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
    pub(crate) transport: Transport,
}

pub(crate) struct Inner {
    pub(crate) formats: Formats,
    pub(crate) classifier: Arc<Classifier>,
    pub(crate) max_response_bytes: Option<u64>,
    pub(crate) max_answer_bytes: Option<usize>,
    pub(crate) observers: Observers,
    /// The thread that serves blocking calls, once there was one.
    pub(crate) runtime: OnceLock<Arc<Runtime>>,
}

/// The formats that a client knows. All of them are put together when somebody asks, so that a program whose operations
/// have one format each has no other in it.
pub(crate) struct Formats {
    own: Vec<Format>,
    all: OnceLock<Registry>,
}

impl Formats {
    pub(crate) fn new(registry: Option<Registry>, own: Vec<Format>) -> Self {
        let Some(mut registry) = registry else { return Self { own, all: OnceLock::new() } };
        own.into_iter().for_each(|format| {
            registry.register(format);
        });
        Self { own: registry.own().to_vec(), all: OnceLock::from(registry) }
    }

    pub(crate) fn with(&self, mut registry: Registry) -> Registry {
        self.own.iter().for_each(|format| {
            registry.register(format.clone());
        });
        registry
    }
}

impl Client {
    /// A client with what the environment variables of this process say: `AWS_REGION`, `AWS_BEARER_TOKEN_BEDROCK` or
    /// `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, and the others that `bedrock-http` lists.
    ///
    /// # Errors
    ///
    /// Those of [`ClientBuilder::build`].
    #[allow(clippy::unused_async, reason = "sources of credentials that need the network are asked here")]
    pub async fn from_env() -> Result<Self, Error> {
        Self::builder().environment(Environment::from_process()).build()
    }

    /// Begins with nothing set and no environment variable read.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A client on a transport that was put together elsewhere. It knows the built-in formats, and judges errors inside
    /// streams by [`retry_class`].
    pub fn from_transport(transport: Transport) -> Self {
        Self::new(
            transport,
            Inner {
                formats: Formats::new(None, Vec::new()),
                classifier: Arc::new(retry_class),
                max_response_bytes: None,
                max_answer_bytes: None,
                observers: Arc::from([]),
                runtime: OnceLock::new(),
            },
        )
    }

    pub(crate) fn new(transport: Transport, inner: Inner) -> Self {
        Self { inner: Arc::new(inner), transport }
    }

    /// The thread that serves blocking calls.
    pub(crate) fn runtime(&self) -> Result<Arc<Runtime>, Error> {
        if let Some(runtime) = self.inner.runtime.get() {
            return Ok(runtime.clone());
        }
        // Two that start at once: one of them stays, the other ends as it is dropped.
        let started = Runtime::start()?;
        Ok(self.inner.runtime.get_or_init(|| started).clone())
    }

    /// The transport below.
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// The formats that this client knows.
    // Inlined, as it names them all: see `Registry::new`.
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn registry(&self) -> &Registry {
        self.inner.formats.all.get_or_init(|| self.inner.formats.with(Registry::new()))
    }

    /// The one format that an operation answers in, and those of the caller's own, which win.
    pub(crate) fn registry_of(&self, format: Format) -> Registry {
        let mut registry = self.inner.formats.with(Registry::empty());
        registry.register(format);
        registry
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("transport", &self.transport).finish_non_exhaustive()
    }
}

/// What a client makes of an error of the service unless told otherwise: what the table of
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
/// | 200 and no stream at all | no | whoever answered is not the service |
/// | the circuit breaker or a local limit refuses | no | the service was not asked |
///
/// Once more of it has come nothing is sent again: it was generated, and is paid for. [`Error::is_retryable`] and
/// [`Error::continuation`] say what the caller can do.
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
