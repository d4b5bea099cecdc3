//! The client: what all calls share. Its operations stand one in a file under `operations`.
//!
//! Not for HTTP, which is the transport's.

mod builder;
mod observe;
mod retry_class;
mod runtime;

use std::fmt;
use std::sync::{Arc, OnceLock};

use bedrock_aggregate::{Format, Registry};
use bedrock_codegen::codegen_at_use;
use bedrock_http::{Classifier, Transport};

pub use self::builder::ClientBuilder;
use self::observe::Observers;
pub(crate) use self::observe::Watch;
pub use self::observe::{AnswerEvent, AnswerInfo, AnswerObserver};
pub use self::retry_class::retry_class;
pub use self::runtime::Runtime;
use crate::Error;

/// Calls Bedrock. Cloning is cheap; clones share connections, credentials and limits.
///
/// ```no_run
/// use std::io::Write;
/// use bedrock_client::{Client, Event};
///
/// # async fn example() -> Result<(), bedrock_client::Error> {
/// let client = Client::from_env().await?;
/// let mut answer = client.converse_stream("us.amazon.nova-lite-v1:0", "Why is the sky blue?").await?;
/// while let Some(event) = answer.next().await {
///     if let Event::TextDelta(text) = event? {
///         print!("{text}");
///         std::io::stdout().flush().ok();
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

/// The formats that a client knows. All of them are put together when they are asked for, so that a program whose operations
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
        // Those of the caller's registry count for operations of one format, too (`registry_of`).
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
    #[codegen_at_use]
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
