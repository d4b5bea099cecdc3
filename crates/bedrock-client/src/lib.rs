//! Client for Amazon Bedrock: Converse and native model calls, whole and streamed.
//!
//! ```no_run
//! use std::io::Write;
//! use bedrock_client::{Client, Event};
//!
//! # async fn example() -> Result<(), bedrock_client::Error> {
//! let client = Client::from_env().await?;
//! let mut answer = client.converse_stream("us.amazon.nova-lite-v1:0", "Why is the sky blue?").await?;
//! while let Some(event) = answer.next().await {
//!     if let Event::TextDelta(text) = event? {
//!         print!("{text}");
//!         std::io::stdout().flush().ok();
//!     }
//! }
//! let message = answer.finish()?; // the complete message, or what arrived and what is missing
//! # let _ = message; Ok(()) }
//! ```
//!
//! This crate knows the operations. What the bytes mean is [`bedrock_aggregate`]'s, the shapes of requests and answers are
//! `bedrock-formats`' ([`formats`]), how requests travel is [`bedrock_http`]'s: each can be used without this crate, and what a
//! method here takes or gives of theirs is here too.
//!
//! # The client
//!
//! [`Client::from_env`] reads the environment variables that the AWS SDKs read; [`Client::builder`] reads none, and has a
//! setting for everything. A client is cheap to clone and meant to be shared.
//!
//! ```
//! use std::time::Duration;
//! use bedrock_client::{Client, Credentials};
//!
//! let client = Client::builder()
//!     .region("eu-west-1")
//!     .credentials(Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE")) // or .bearer_token("…")
//!     .idle_timeout(Duration::from_secs(120))
//!     .max_attempts(5)
//!     .build()?;
//! # let _ = client;
//! # Ok::<(), bedrock_client::Error>(())
//! ```
//!
//! # A call
//!
//! Each operation is a method of [`Client`]. It gives a [`Call`], which is sent when it is awaited; settings of this call
//! hang on it. A question is a text, a message, a list of messages or a whole request:
//!
//! ```no_run
//! # use bedrock_client::Client;
//! use bedrock_client::formats::converse::Message;
//!
//! # async fn example(client: Client) -> Result<(), bedrock_client::Error> {
//! let mut conversation = vec![Message::user("Name three rivers.")];
//! let response = client
//!     .converse("us.amazon.nova-lite-v1:0", &conversation[..])
//!     .system_text("Answer with a JSON array.")
//!     .max_tokens(200)
//!     .total_timeout(std::time::Duration::from_secs(60))
//!     .await?;
//! println!("{} (request {:?})", response.text(), response.request_id());
//! conversation.extend(response.into_message());
//! # Ok(()) }
//! ```
//!
//! | operation | method | gives |
//! |---|---|---|
//! | Converse | [`Client::converse`] | [`Response<ConverseResponse>`](Response) |
//! | ConverseStream | [`Client::converse_stream`] | [`AnswerStream`] |
//! | InvokeModel | [`Client::invoke_model`] | [`ModelResponse`] |
//! | InvokeModelWithResponseStream | [`Client::invoke_model_with_response_stream`] | [`AnswerStream`] |
//! | Converse or ConverseStream, by a flag | [`Call::streaming`] | [`Conversation`](operations::Conversation) |
//! | InvokeModelWithBidirectionalStream | [`Client::invoke_model_with_bidirectional_stream`] | [`Session`] |
//! | CountTokens | [`Client::count_tokens`] | `Response<CountTokensResponse>` |
//! | ApplyGuardrail, InvokeGuardrailChecks | [`Client::apply_guardrail`], [`Client::invoke_guardrail_checks`] | `Response<…>` |
//! | StartAsyncInvoke, GetAsyncInvoke | [`Client::start_async_invoke`], [`Client::get_async_invoke`] | `Response<…>` |
//! | ListAsyncInvokes | [`Client::list_async_invokes`] | [`Pages`] |
//! | texts to vectors, by a model of any family | [`Client::embed`], [`Call::batches`] | [`Embeddings`](operations::Embeddings), [`EmbeddingBatches`](operations::EmbeddingBatches) |
//! | Rerank | [`Client::rerank`] | `Response<RerankResponse>` |
//! | Chat Completions, Responses (OpenAI's) | [`Client::chat_completions`], [`Client::responses`] | `Response<…>` |
//! | the same, streamed | [`Client::chat_completions_stream`], [`Client::responses_stream`] | [`AnswerStream`] |
//! | Messages (Anthropic's, on Mantle), whole and streamed | [`Client::messages`], [`Client::messages_stream`] | `Response<Message>`, [`AnswerStream`] |
//! | ListFoundationModels, GetFoundationModel | [`Client::list_foundation_models`], [`Client::get_foundation_model`] | `Response<…>` |
//! | ListInferenceProfiles, GetInferenceProfile | [`Client::list_inference_profiles`], [`Client::get_inference_profile`] | [`Pages`], `Response<…>` |
//! | batch jobs: create, get, stop, list | [`Client::create_model_invocation_job`], [`Client::get_model_invocation_job`], [`Client::stop_model_invocation_job`], [`Client::list_model_invocation_jobs`] | `Response<…>`, [`Pages`] |
//!
//! # Streams
//!
//! An [`AnswerStream`] gives the same [`Event`]s for every model and every format, and at its end an [`Answer`]: the
//! message in the format's own type, the same in one vocabulary, and its completeness. There are several ways to read it:
//!
//! | | |
//! |---|---|
//! | [`next`](AnswerStream::next), or as a [`Stream`](futures_core::Stream) | event by event |
//! | [`text_stream`](AnswerStream::text_stream) | the text alone |
//! | [`for_each`](AnswerStream::for_each), [`next_piece`](AnswerStream::next_piece) | a function gets events that borrow: nothing is copied |
//! | [`collect`](AnswerStream::collect) | the answer alone; no event is made |
//! | [`snapshot`](AnswerStream::snapshot) | the answer so far |
//!
//! A stream that is cut, breaks off, falls silent or is broken off by the service ends with an [`Error`]; what had arrived
//! is in [`Error::partial`]. [`AnswerStream::into_answer`] gives it without an error:
//!
//! ```no_run
//! # use bedrock_client::Client;
//! # async fn example(client: Client) -> Result<(), bedrock_client::Error> {
//! let mut answer = client.converse_stream("us.amazon.nova-lite-v1:0", "Write a novel.").await?;
//! while let Some(Ok(_)) = answer.next().await {}
//! let answer = answer.into_answer();
//! match answer.completeness.missing() {
//!     None => println!("{}", answer.text()),
//!     Some(missing) => println!("{} […] {missing}", answer.text()),
//! }
//! # Ok(()) }
//! ```
//!
//! # Streamed or not, by a flag
//!
//! [`Call::streaming`] makes one call of both, for programs that leave the choice to their users. Every setting of Converse
//! may be given or left out; [`Conversation::answer`](operations::Conversation::answer) gives the same [`Answer`] either way.
//!
//! ```no_run
//! use std::io::Write;
//! # use bedrock_client::Client;
//! use bedrock_client::formats::converse::{InferenceConfiguration, Message};
//! use bedrock_client::{Event, operations::Conversation};
//! use serde_json::json;
//!
//! # async fn example(client: Client, streaming: bool) -> Result<(), bedrock_client::Error> {
//! let call = client
//!     .converse("anthropic.claude-3-sonnet-20240229-v1:0", [Message::user("Name three pop songs.")])
//!     .system(["You make playlists for a radio station.", "Name song and artist only."])
//!     .inference_config(InferenceConfiguration::default().max_tokens(300_u64).temperature(0.5))
//!     .additional_fields(json!({"top_k": 200}))
//!     .streaming(streaming);
//! match call.await? {
//!     Conversation::Streamed(mut answer) => {
//!         while let Some(event) = answer.next().await {
//!             match event? {
//!                 Event::MessageStart(start) => println!("{:?} says:", start.role),
//!                 Event::TextDelta(text) => {
//!                     print!("{text}");
//!                     std::io::stdout().flush().ok();
//!                 }
//!                 Event::Stop(stop) => println!("\nStopped: {}", stop.reason),
//!                 Event::Usage(update) => println!("{:?} tokens", update.usage.total_tokens),
//!                 _ => {} // tool calls, reasoning, and what else models say
//!             }
//!         }
//!     }
//!     Conversation::Whole(response) => println!("{} [{}]", response.text(), response.stop_reason),
//!     _ => {}
//! }
//! # Ok(()) }
//! ```
//!
//! # A model's own format
//!
//! [`Client::invoke_model`] and [`Client::invoke_model_with_response_stream`] take a body in the model's own format: a
//! request type of [`formats`], a `serde_json::Value`, text, bytes, or any value of yours through [`NativeBody::json`]. The
//! format of the answer is found out by the model id and by what arrives; a format of your own is added with
//! [`ClientBuilder::format`].
//!
//! # Without async
//!
//! Any call can be sent with [`Call::send_blocking`] instead of `.await`, also inside a runtime: see [`blocking`].
//!
//! # Watching
//!
//! An [`AnswerObserver`] sees each event of each streamed answer and how it ends, an [`Observer`] of attempts, waits and
//! bytes on the wire, an [`Interceptor`] sees requests before and after they are signed. `tracing` spans come by themselves.
//!
//! # What goes wrong
//!
//! There is one [`Error`]. [`kind`](Error::kind) distinguishes a mistake of yours, a refusal of the service and a broken
//! connection; [`is_throttling`](Error::is_throttling), [`is_retryable`](Error::is_retryable) and
//! [`is_context_overflow`](Error::is_context_overflow) say what to do. Calls are sent again as AWS's standard retry mode
//! does, streams as long as no more than their announcement has come, also when the refusal comes in their first frame: see
//! [what is sent again](retry_class), and [what an announcement is](bedrock_aggregate::Reader::has_arrived).
//!
//! A call sends three requests at most. Retries are paid from a bucket that all calls of a client share, so that a service which is
//! down for everybody is not asked three times as often: it holds 500 units, a retry takes 5 after throttling and 14 after other
//! errors, and a call that succeeds gives back what its last retry took, or 1 unit if it needed none. While there is not enough in it,
//! errors are final at once. [`RetryConfig`] and [`ClientBuilder::retry_quota`] change this.
//!
//! An exception in the middle of a stream is the stream's `Err`, and no [`Event::Error`]: an [`AnswerStream`] never gives that
//! event.
//!
//! # Limits
//!
//! What one answer may take. Beyond the first three the call ends with [`ErrorKind::TooLarge`], beyond the
//! fourth with [`ErrorKind::Malformed`]; what had arrived of a stream is in [`Error::partial`].
//!
//! | of what | unless set | set by |
//! |---|---|---|
//! | bytes of a stream | 1 GiB | [`ClientBuilder::max_response_bytes`], [`Call::max_response_bytes`] |
//! | bytes of a response that comes whole | 64 MiB | the same |
//! | memory that a streamed answer takes, text included | 64 MiB | [`ClientBuilder::max_answer_bytes`], [`Call::max_answer_bytes`] |
//! | a frame of an event stream, or a server-sent event | 24 MiB | not by the client; for a reader of your own [`Reader::with_frame_limits`](bedrock_aggregate::Reader::with_frame_limits), [`Reader::with_sse_limits`](bedrock_aggregate::Reader::with_sse_limits) |
//! | malformed chunks and members that are kept; more are only counted | 64 | not settable |
//! | further messages in one stream that are kept | 32 | not settable |
//! | bytes of an error's body that are kept | 64 KiB | [`ClientBuilder::max_error_body`] |
//!
//! For streamed answers of more than 64 MiB, raise the limit of memory too, not that of bytes alone.
//!
//! # Features
//!
//! None is on by default.
//!
//! | feature | |
//! |---|---|
//! | `aws-config` | where the environment names no credentials, [`Client::from_env`] asks AWS's own chain: profiles, SSO, assumed roles, web identity, containers, instances |
//! | `reqwest` | requests go over a client of `reqwest` 0.13 that you give: `ClientBuilder::reqwest_client`, or `ClientBuilder::reqwest_clients` where blocking calls are made too |
//!
//! With `reqwest`, TLS and proxies are your client's. This library turns on none of `reqwest`'s features but `http2`, so name `reqwest`
//! in your own manifest with those that you need, one for TLS among them.

pub mod blocking;
mod call;
mod client;
mod embedding;
mod error;
mod gate;
mod native;
pub mod operations;
mod response;
mod stream;

pub use bedrock_aggregate::{Answer, Completeness, Event, Format, Registry};
pub use bedrock_formats as formats;
#[cfg(feature = "reqwest")]
pub use bedrock_http::ReqwestClient;
pub use bedrock_http::{
    Auth, AuthScheme, BearerToken, BodyEnd, BreakerConfig, BreakerState, CallInfo, Credentials,
    CredentialsProvider, Environment, HttpVersion, Interceptor, Limits, Observer, Priority, RetryClass,
    RetryConfig, RetryQuota, Service, ServiceError, SignedRequest, TimeoutPhase, Timeouts, TokenProvider,
    Transport, TransportEvent,
};
pub use call::{Call, Operation, Paged, Pages, Surface};
pub use client::{AnswerEvent, AnswerInfo, AnswerObserver, Client, ClientBuilder, retry_class};
pub use embedding::{EmbeddingFamily, EmbeddingPurpose, Truncation};
pub use error::{Error, ErrorKind};
pub use native::NativeBody;
pub use operations::ModelResponse;
pub use response::{Head, Response};
pub use stream::{AnswerStream, Input, Output, Session, TextStream};

/// The examples of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
