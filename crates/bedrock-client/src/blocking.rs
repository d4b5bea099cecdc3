//! The same operations for code that is not async.
//!
//! Every [`Call`] can be sent with [`send_blocking`](Call::send_blocking) instead of `.await`; a streamed answer is then an
//! iterator. [`Client`] here is the async one with a constructor that needs no `.await`.
//!
//! It works anywhere, also inside an async runtime, where it blocks the thread that it is called on and nothing else: the
//! network is served by a thread of the client's own, which is started with the first blocking call.
//!
//! ```no_run
//! use std::io::Write;
//! use bedrock_client::{Event, blocking::Client};
//!
//! # fn example() -> Result<(), bedrock_client::Error> {
//! let client = Client::from_env()?;
//! let mut answer = client.converse_stream("us.amazon.nova-lite-v1:0", "Why is the sky blue?").send_blocking()?;
//! for event in &mut answer {
//!     if let Event::TextDelta(text) = event? {
//!         print!("{text}");
//!         std::io::stdout().flush().ok();
//!     }
//! }
//! let message = answer.finish()?;
//! # let _ = message; Ok(()) }
//! ```
//!
//! Not for anything of its own: each method here waits for the async one, which has the same name but where `Iterator` has taken it:
//! `read_to_end` is `collect`, `text` is `text_stream`.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use bedrock_aggregate::Answer;
use bedrock_codegen::codegen_at_use;
use bedrock_formats::converse::ConverseResponse;
use bedrock_http::Environment;
use bytes::Bytes;

use crate::call::{Call, Operation, Paged, Pages};
#[doc(hidden)]
pub use crate::client::Runtime;
use crate::native::NativeBody;
use crate::operations::{self, ModelResponse};
use crate::response::{Head, Response};
use crate::{Error, Event};

/// The client, for code that is not async. It derefs to the async one, whose methods make the calls.
#[derive(Clone, Debug)]
pub struct Client(crate::Client);

#[codegen_at_use]
impl Client {
    /// A client with what the environment variables of this process say: see [`crate::Client::from_env`].
    ///
    /// # Errors
    ///
    /// Those of [`ClientBuilder::build`](crate::ClientBuilder::build).
    pub fn from_env() -> Result<Self, Error> {
        crate::Client::builder().environment(Environment::from_process()).build().map(Self)
    }
}

#[codegen_at_use]
impl From<crate::Client> for Client {
    fn from(client: crate::Client) -> Self {
        Self(client)
    }
}

#[codegen_at_use]
impl Deref for Client {
    type Target = crate::Client;

    fn deref(&self) -> &crate::Client {
        &self.0
    }
}

impl<O: Operation> Call<O>
where
    O::Output: Blocking,
{
    /// Sends the call and blocks this thread until its answer is there.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn send_blocking(self) -> Result<<O::Output as Blocking>::Blocking, Error> {
        // Kept by the answer too: its connections are served by this thread.
        let runtime = self.client.runtime()?;
        let output = runtime.wait(self.send())?;
        Ok(output.into_blocking(runtime))
    }
}

impl<O: Paged> Pages<O> {
    /// The pages as an iterator that blocks this thread.
    pub fn blocking(mut self) -> impl Iterator<Item = Result<O::Output, Error>> {
        std::iter::from_fn(move || {
            let client = self.client_mut()?;
            let runtime = match client.runtime() {
                Ok(runtime) => runtime,
                Err(error) => {
                    // Else an iterator that is asked on would give the same error for ever.
                    self.end();
                    return Some(Err(error));
                }
            };
            runtime.wait(self.next())
        })
    }
}

/// What an operation gives, and what it is to code that is not async.
pub trait Blocking {
    /// What it is there.
    type Blocking;

    #[doc(hidden)]
    fn into_blocking(self, runtime: Arc<Runtime>) -> Self::Blocking;
}

impl<T> Blocking for Response<T> {
    type Blocking = Self;

    fn into_blocking(self, _runtime: Arc<Runtime>) -> Self {
        self
    }
}

#[codegen_at_use]
impl Blocking for ModelResponse {
    type Blocking = Self;

    fn into_blocking(self, _runtime: Arc<Runtime>) -> Self {
        self
    }
}

#[codegen_at_use]
impl Blocking for crate::AnswerStream {
    type Blocking = AnswerStream;

    fn into_blocking(self, runtime: Arc<Runtime>) -> AnswerStream {
        AnswerStream { stream: self, runtime }
    }
}

#[codegen_at_use]
impl Blocking for crate::Session {
    type Blocking = Session;

    fn into_blocking(self, runtime: Arc<Runtime>) -> Session {
        Session { session: self, runtime }
    }
}

#[codegen_at_use]
impl Blocking for operations::Conversation {
    type Blocking = Conversation;

    fn into_blocking(self, runtime: Arc<Runtime>) -> Conversation {
        match self {
            Self::Streamed(answer) => Conversation::Streamed(answer.into_blocking(runtime)),
            Self::Whole(response) => Conversation::Whole(response),
        }
    }
}

/// The answer to a call that is streamed or not: see [`operations::Conversation`].
#[derive(Debug)]
#[non_exhaustive]
#[allow(clippy::large_enum_variant, reason = "there is one to a call")]
pub enum Conversation {
    /// It is arriving.
    Streamed(AnswerStream),
    /// It came whole.
    Whole(Response<ConverseResponse>),
}

/// An answer that is arriving, as an iterator of its events: see [`crate::AnswerStream`].
pub struct AnswerStream {
    stream: crate::AnswerStream,
    runtime: Arc<Runtime>,
}

#[codegen_at_use]
impl AnswerStream {
    /// The text of the answer, piece by piece, and nothing else of it.
    pub fn text(&mut self) -> impl Iterator<Item = Result<String, Error>> {
        self.filter_map(|event| match event {
            Ok(Event::TextDelta(delta)) => Some(Ok(delta.text.into_owned())),
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        })
    }

    /// Reads to the end and hands each event to a function, without a copy.
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish).
    pub fn for_each(self, sink: impl FnMut(Event<'_>)) -> Result<Answer, Error> {
        self.runtime.wait(self.stream.for_each(sink))
    }

    /// Reads to the end, without making any events, and gives the complete answer.
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish).
    pub fn read_to_end(self) -> Result<Answer, Error> {
        self.runtime.wait(self.stream.collect())
    }

    /// The complete answer, once the events have been read to their end: see [`crate::AnswerStream::finish`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn finish(self) -> Result<Answer, Error> {
        self.stream.finish()
    }

    /// What arrived, complete or not.
    #[must_use]
    pub fn into_answer(self) -> Answer {
        self.stream.into_answer()
    }

    /// The answer so far; `None` where nothing of it has arrived.
    #[must_use]
    pub fn snapshot(&self) -> Option<Answer> {
        self.stream.snapshot()
    }

    /// The name of the answer's format, as soon as it is known.
    #[must_use]
    pub fn format(&self) -> Option<&str> {
        self.stream.format()
    }

    /// The head of the HTTP response.
    #[must_use]
    pub fn head(&self) -> &Head {
        self.stream.head()
    }

    /// The service's id of the request, for its support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.stream.request_id()
    }

    /// How many requests were sent to get this answer.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.stream.attempts()
    }
}

#[codegen_at_use]
impl Iterator for AnswerStream {
    type Item = Result<Event<'static>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.runtime.wait(self.stream.next())
    }
}

#[codegen_at_use]
impl fmt::Debug for AnswerStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stream.fmt(f)
    }
}

/// A stream in both directions, as an iterator of what comes out of it: see [`crate::Session`].
pub struct Session {
    session: crate::Session,
    runtime: Arc<Runtime>,
}

#[codegen_at_use]
impl Session {
    /// Sends an event: see [`Input::send`](crate::Input::send). On a thread that both sends and receives, do not let what comes
    /// out wait for long: the model would stop reading.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send(&mut self, event: impl Into<NativeBody>) -> Result<(), Error> {
        self.runtime.wait(self.session.send(event))
    }

    /// Says that no more events will be sent.
    pub fn close_input(&mut self) {
        self.session.close_input();
    }
}

#[codegen_at_use]
impl Iterator for Session {
    type Item = Result<Bytes, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.runtime.wait(self.session.next())
    }
}

#[codegen_at_use]
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.session.fmt(f)
    }
}
