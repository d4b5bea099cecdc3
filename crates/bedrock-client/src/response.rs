//! What comes back besides the answer itself: the head of the HTTP response.
//!
//! Not for streams' events nor for bodies of models' own formats.

use std::ops::{Deref, DerefMut};

use bedrock_formats::converse::{ConverseResponse, Message};
use bedrock_http::Redactor;
use http::{HeaderMap, StatusCode};

/// The head of a successful response.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Head {
    /// The HTTP status.
    pub status: StatusCode,
    /// All headers.
    pub headers: HeaderMap,
    /// The service's id of the request, for its support.
    pub request_id: Option<String>,
    /// How many requests were sent to get this response.
    pub attempts: u32,
    /// What must not be shown of it.
    pub(crate) redactor: Redactor,
}

impl Head {
    pub(crate) fn of(response: &bedrock_http::Response) -> Self {
        Self {
            status: response.status(),
            headers: response.headers().clone(),
            request_id: response.request_id().map(str::to_owned),
            attempts: response.attempts(),
            redactor: response.redactor().clone(),
        }
    }

    /// One header as text; `None` when it is missing or not ASCII.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// One header as a number.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.header(name)?.trim().parse().ok()
    }
}

/// An answer that came whole, and the head it came with. It derefs to the answer.
///
/// ```no_run
/// # async fn example(client: bedrock_client::Client) -> Result<(), bedrock_client::Error> {
/// let response = client.converse("amazon.nova-lite-v1:0", "Why is the sky blue?").await?;
/// println!("{} [{}]", response.text(), response.stop_reason);
/// println!("{:?} after {} requests", response.request_id(), response.attempts());
/// let message = response.into_message();
/// # let _ = message; Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Response<T> {
    answer: T,
    head: Head,
}

impl<T> Response<T> {
    pub(crate) fn new(answer: T, head: Head) -> Self {
        Self { answer, head }
    }

    /// The answer alone.
    pub fn into_inner(self) -> T {
        self.answer
    }

    /// The answer and the head.
    pub fn into_parts(self) -> (T, Head) {
        (self.answer, self.head)
    }

    /// The head of the HTTP response.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The service's id of the request, for its support.
    pub fn request_id(&self) -> Option<&str> {
        self.head.request_id.as_deref()
    }

    /// How many requests were sent to get this response.
    pub fn attempts(&self) -> u32 {
        self.head.attempts
    }
}

impl Response<ConverseResponse> {
    /// The answer as the next message of the conversation; `None` if there is none.
    pub fn into_message(self) -> Option<Message> {
        self.answer.into_message()
    }
}

impl<T> Deref for Response<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.answer
    }
}

impl<T> DerefMut for Response<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.answer
    }
}
