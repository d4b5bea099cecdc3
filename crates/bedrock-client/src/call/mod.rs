//! One call that has not been sent: an operation, its request, and the settings of this call alone.
//!
//! Not for any one operation (each has its file under `operations`) and not for sending, which the transport does.

mod pages;
mod request;
mod surface;
pub(crate) mod tokens;
mod whole;

use std::fmt;
use std::future::{Future, IntoFuture};
use std::time::Duration;

use bedrock_http::{BoxFuture, Priority, RetryConfig};

pub use self::pages::{Paged, Pages};
pub(crate) use self::request::{in_ascii, one_time_token, to_json, to_model};
pub use self::surface::Surface;
pub(crate) use self::whole::{json, read_json, whole};
use crate::{Client, Error};

/// A call that is sent when it is awaited.
///
/// The settings that every operation has stand below; those of one operation in the blocks after them
/// (`Call<Converse>`, `Call<ConverseStream>`, …). What is not set here is taken from the [`Client`]. A call borrows
/// nothing, so that it can be sent from another task.
///
/// ```no_run
/// use std::time::Duration;
/// use bedrock_client::{Client, RetryConfig};
///
/// # async fn example(client: Client) -> Result<(), bedrock_client::Error> {
/// let response = client
///     .converse("us.amazon.nova-lite-v1:0", "Name three rivers.")
///     .system_text("Answer with a JSON array.")
///     .max_tokens(100)
///     .total_timeout(Duration::from_secs(30))
///     .retry(RetryConfig::never())
///     .await?;
/// # let _ = response; Ok(()) }
/// ```
#[must_use = "a call is sent when it is awaited"]
#[derive(Clone)]
pub struct Call<O> {
    pub(crate) client: Client,
    pub(crate) operation: O,
    pub(crate) options: Options,
}

/// The settings of one call.
#[derive(Clone, Debug, Default)]
#[allow(unreachable_pub, reason = "a sealed trait names it")]
pub struct Options {
    headers: Vec<(String, String)>,
    retry: Option<RetryConfig>,
    first_byte: Option<Option<Duration>>,
    idle: Option<Option<Duration>>,
    total: Option<Option<Duration>>,
    priority: Priority,
    tokens: u64,
    pub(crate) max_response_bytes: Option<u64>,
    pub(crate) max_answer_bytes: Option<usize>,
}

impl Options {
    /// Puts the settings on a request.
    pub(crate) fn apply(&self, mut request: bedrock_http::Request) -> Result<bedrock_http::Request, Error> {
        for (name, value) in &self.headers {
            // After the operation's own headers, so that the caller's win.
            request = request.header(name, value)?;
        }
        if let Some(config) = &self.retry {
            request = request.retry(config.clone());
        }
        if let Some(limit) = self.first_byte {
            request = request.first_byte_timeout(limit);
        }
        if let Some(limit) = self.idle {
            request = request.idle_timeout(limit);
        }
        if let Some(limit) = self.total {
            request = request.total_timeout(limit);
        }
        Ok(request.priority(self.priority).reserve_tokens(self.tokens))
    }
}

impl<O> Call<O> {
    pub(crate) fn new(client: &Client, operation: O) -> Self {
        Self { client: client.clone(), operation, options: Options::default() }
    }

    pub(crate) fn set(mut self, set: impl FnOnce(&mut O)) -> Self {
        set(&mut self.operation);
        self
    }

    /// Sets a header of the request, in place of one of the same name. It is signed with the rest.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.headers.push((name.into(), value.into()));
        self
    }

    /// How often and how fast to send again.
    pub fn retry(mut self, config: RetryConfig) -> Self {
        self.options.retry = Some(config);
        self
    }

    /// How long to wait for the head of the response; `None` for no limit.
    pub fn first_byte_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.options.first_byte = Some(limit.into());
        self
    }

    /// How long to wait between two pieces of the response; `None` for no limit.
    pub fn idle_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.options.idle = Some(limit.into());
        self
    }

    /// How long the whole call may take: waiting for its turn, all attempts and the waits between them, and the response to its last
    /// byte. `None` for no limit.
    pub fn total_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.options.total = Some(limit.into());
        self
    }

    /// Which call goes first when calls wait for their turn under the client's [`Limits`](bedrock_http::Limits).
    pub fn priority(mut self, priority: Priority) -> Self {
        self.options.priority = priority;
        self
    }

    /// How many tokens this call reserves of the client's tokens a minute: input and the most that may be written, as
    /// Bedrock counts them at the start of a call. Otherwise the input is guessed by its length, and the rest read from the
    /// request. When the answer says what it used, what was reserved beyond is free for others.
    pub fn reserve_tokens(mut self, tokens: u64) -> Self {
        self.options.tokens = tokens;
        self
    }

    /// How many bytes the response may have; see [`ClientBuilder::max_response_bytes`](crate::ClientBuilder::max_response_bytes).
    pub fn max_response_bytes(mut self, bytes: u64) -> Self {
        self.options.max_response_bytes = Some(bytes);
        self
    }

    /// How many bytes of memory a streamed answer may take; see
    /// [`ClientBuilder::max_answer_bytes`](crate::ClientBuilder::max_answer_bytes).
    pub fn max_answer_bytes(mut self, bytes: usize) -> Self {
        self.options.max_answer_bytes = Some(bytes);
        self
    }
}

impl<O: Operation> Call<O> {
    /// Sends the call: the same as `.await` on it.
    ///
    /// # Errors
    ///
    /// Whatever goes wrong: see [`Error`].
    pub async fn send(self) -> Result<O::Output, Error> {
        self.operation.run(self.client, self.options).await
    }
}

impl<O: Operation> IntoFuture for Call<O> {
    type Output = Result<O::Output, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        // `IntoFuture` needs a type with a name. One allocation a call; `send` does without.
        Box::pin(self.send())
    }
}

/// Bodies are prompts: `Debug` shows the settings only.
impl<O> fmt::Debug for Call<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("options", &self.options).finish_non_exhaustive()
    }
}

/// An operation of the service. All of them are in this crate.
pub trait Operation: sealed::Run {}

impl<O: sealed::Run> Operation for O {}

pub(crate) mod sealed {
    use super::{Client, Error, Future, Options};

    /// How an operation is done.
    #[allow(unreachable_pub, reason = "the trait seals another, and cannot be named outside")]
    pub trait Run: Send + 'static {
        /// What comes of it.
        type Output: Send + 'static;

        /// Does it.
        fn run(
            self,
            client: Client,
            options: Options,
        ) -> impl Future<Output = Result<Self::Output, Error>> + Send;
    }
}
