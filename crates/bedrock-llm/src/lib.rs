//! The streaming stack for Amazon Bedrock: from the bytes on the socket to the complete, exact message.
//!
//! ```no_run
//! use std::io::Write;
//! use bedrock_llm::{Client, Event};
//!
//! # async fn example() -> Result<(), bedrock_llm::Error> {
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
//! This crate is the front door: it holds no code, only the layers under one name and this tutorial. Each layer is a crate
//! that can be used alone; who needs one of them should depend on that one.
//!
//! # Without an account
//!
//! `bedrock-emulator` is a local endpoint that answers over real HTTP. What follows runs as it stands:
//!
//! ```
//! use bedrock_emulator::{Answer, Emulator};
//! use bedrock_llm::{Client, Credentials, Event};
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! let server = Emulator::builder().verify("AKIDEXAMPLE", "SECRETEXAMPLE").start().await?;
//! server.enqueue(Answer::text("Air scatters blue light most."));
//!
//! let client = Client::builder()
//!     .region("us-east-1")
//!     .endpoint(server.url())
//!     .credentials(Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE"))
//!     .build()?;
//!
//! let mut text = String::new();
//! let mut answer = client.converse_stream("us.amazon.nova-lite-v1:0", "Why is the sky blue?").await?;
//! while let Some(event) = answer.next().await {
//!     if let Event::TextDelta(delta) = event? {
//!         text.push_str(&delta);
//!     }
//! }
//! let answer = answer.finish()?;
//!
//! assert_eq!(text, "Air scatters blue light most.");
//! assert_eq!(answer.text(), text);
//! assert!(answer.completeness.is_complete());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The answer
//!
//! An [`Answer`] has the message three times over, and a verdict:
//!
//! | | |
//! |---|---|
//! | [`reply`](Answer::reply) | in one vocabulary, the same for every model: blocks of text, reasoning, tool calls; stop reason; usage |
//! | [`native`](Answer::native), [`native_as`](Answer::native_as) | in the format's own type, exactly what the service would have sent without streaming |
//! | [`text`](Answer::text) | its text |
//! | [`completeness`](Answer::completeness) | complete, or what is missing |
//!
//! A stream that is cut anywhere is never passed off as whole. [`finish`](AnswerStream::finish) gives an
//! [`Error`] then, and [`Error::partial`] has what arrived:
//!
//! ```
//! # use bedrock_emulator::{Answer, Emulator, Fault};
//! # use bedrock_llm::{Client, Credentials, ErrorKind};
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! # let server = Emulator::builder().start().await?;
//! # let keys = Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE");
//! # let client = Client::builder().region("us-east-1").endpoint(server.url()).credentials(keys).build()?;
//! // A server that ends the response after five events, as if nothing were missing.
//! server.enqueue(Answer::text("Air scatters blue light most.").with_fault("eof after=5".parse::<Fault>()?));
//!
//! let answer = client.converse_stream("us.amazon.nova-lite-v1:0", "Why is the sky blue?").await?;
//! let error = answer.collect().await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::Incomplete);
//!
//! let arrived = error.partial().expect("some of it had arrived");
//! assert!("Air scatters blue light most.".starts_with(&arrived.text()) && !arrived.text().is_empty());
//! assert!(arrived.completeness.missing().expect("not complete").usage);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The layers
//!
//! The bytes go from the top of this table to its bottom; use as much of it as you need.
//!
//! | module | crate | what it does |
//! |---|---|---|
//! | [`http`] | `bedrock-http` | endpoints, signatures and keys, limits of time, retries; gives bodies in pieces |
//! | the root | `bedrock-client` | the operations: what is asked, and how the answer is read |
//! | [`eventstream`] | `bedrock-eventstream` | frames and server-sent events out of bytes, and back |
//! | [`formats`] | `bedrock-formats` | what requests, answers and chunks of each format look like; nothing in them is lost |
//! | [`aggregate`] | `bedrock-aggregate` | chunks to live events and the complete message |
//!
//! An answer that lies in a file needs no client:
//!
//! ```
//! use bedrock_llm::aggregate::{Framing, EventSink, Reader};
//!
//! // As model invocation logging stores a stream: an array of chunks.
//! let log = br#"[
//!     {"type":"message_start","message":{"role":"assistant","content":[],"usage":{"input_tokens":9}}},
//!     {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}},
//!     {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Rain."}},
//!     {"type":"content_block_stop","index":0},
//!     {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}},
//!     {"type":"message_stop"}]"#;
//! let mut reader = Reader::new(Framing::sniff(log));
//! let read = reader.push(log, &mut EventSink::none());
//! let answer = reader.finish(&mut EventSink::none())?; // what arrived, also where `read` is an error
//! read?;
//! assert_eq!((answer.format.as_str(), answer.text().as_str()), ("anthropic", "Rain."));
//! assert!(answer.completeness.is_complete());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nor do frames:
//!
//! ```
//! use bedrock_llm::eventstream::frame::{FrameBuilder, FrameDecoder};
//!
//! let body = FrameBuilder::event("messageStop").build(br#"{"stopReason":"end_turn"}"#)?;
//! let mut decoder = FrameDecoder::new();
//! for frame in decoder.feed(body.as_bytes()) {
//!     assert_eq!(frame?.payload(), br#"{"stopReason":"end_turn"}"#);
//! }
//! decoder.finish()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Any model, in its own format
//!
//! Events and [`Reply`](formats::reply::Reply) are the same whatever the model speaks:
//!
//! ```
//! # use bedrock_emulator::{Answer, Emulator};
//! # use bedrock_llm::{Client, Credentials};
//! use bedrock_llm::formats::anthropic::{Message, MessagesRequest};
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! # let server = Emulator::builder().start().await?;
//! # let keys = Credentials::new("AKIDEXAMPLE", "SECRETEXAMPLE");
//! # let client = Client::builder().region("us-east-1").endpoint(server.url()).credentials(keys).build()?;
//! let request = MessagesRequest::user("Why is the sky blue?").max_tokens(500);
//! let model = "anthropic.claude-3-haiku-20240307-v1:0";
//! let answer = client.invoke_model_with_response_stream(model, request).await?.collect().await?;
//!
//! assert_eq!(answer.format, "anthropic");
//! let message: &Message = answer.native_as().expect("Claude speaks Anthropic Messages");
//! println!("{} by {:?}", answer.text(), message.model);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Each of these ways from its beginning to its end: the guides in `docs/guides` of the repository.
//!
//! # Where the knobs are
//!
//! | to change | see |
//! |---|---|
//! | region, endpoint, credentials, limits of time, retries, root certificates, observers, for all calls | [`ClientBuilder`] |
//! | proxies | `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` in the [`environment`](ClientBuilder::environment), or a `reqwest` client of yours |
//! | what one call may take and how it is retried, and the operation's own settings | [`Call`] |
//! | when a service that fails is left alone | [`breaker`](ClientBuilder::breaker), [`BreakerConfig`] |
//! | how many calls, requests and tokens, and who goes first | [`limits`](ClientBuilder::limits), [`Limits`], [`Call::priority`](Call::priority) |
//! | how many bytes, and how much memory, an answer may take | [limits of the client](bedrock_client#limits) |
//! | calls without async | [`Call::send_blocking`](Call::send_blocking), [`blocking`] |
//! | whose connections are used | feature `reqwest`: `ClientBuilder::reqwest_client`, `ClientBuilder::reqwest_clients` |
//! | what is asked | the request types in [`formats`] |
//! | how an answer is read | [`AnswerStream`] |
//! | which formats there are | [`Registry`], with formats of your own |
//! | whose events they are | [`Run`](aggregate::Run), [`RunAggregator`](aggregate::RunAggregator) for one fold with a handler |
//! | in which words events are told | [`agui`](aggregate::agui) for front ends, [`simple`](aggregate::simple) for text and tools |
//! | what is shown of a tool call before it is complete | [`ToolInputs`](aggregate::ToolInputs) |
//! | how an answer is logged | [`opik`](aggregate::opik) |
//! | what is retried, how often, and what all calls may spend on it | [`retry_class`], [`RetryConfig`], [`RetryQuota`] |
//!
//! # Features
//!
//! None is on by default.
//!
//! | feature | |
//! |---|---|
//! | `aws-config` | where the environment names no credentials, [`Client::from_env`] asks AWS's own chain: profiles, SSO, assumed roles, web identity, containers, instances |
//! | `reqwest` | requests go over a client of `reqwest` 0.13 that you give, with its TLS and proxies |
//!
//! [The client's page](bedrock_client#features) says what is to be known of each.

#[cfg(feature = "reqwest")]
pub use bedrock_client::ReqwestClient;
pub use bedrock_client::{
    Answer, AnswerEvent, AnswerInfo, AnswerObserver, AnswerStream, Auth, AuthScheme, BearerToken, BodyEnd,
    BreakerConfig, BreakerState, Call, CallInfo, Client, ClientBuilder, Completeness, Credentials,
    CredentialsProvider, EmbeddingFamily, EmbeddingPurpose, Environment, Error, ErrorKind, Event, Format,
    Head, HttpVersion, Input, Interceptor, Limits, ModelResponse, NativeBody, Observer, Operation, Output,
    Paged, Pages, Priority, Registry, Response, RetryClass, RetryConfig, RetryQuota, Service, ServiceError,
    Session, SignedRequest, Surface, TextStream, TimeoutPhase, Timeouts, TokenProvider, Transport,
    TransportEvent, Truncation, blocking, operations, retry_class,
};
pub use bedrock_eventstream as eventstream;
pub use bedrock_formats as formats;

/// Chunks to live events and the complete message: `bedrock-aggregate`, but for what stands at this crate's root because the
/// client gives it too ([`Answer`], [`Completeness`], [`Event`], [`Format`], [`Registry`]).
pub mod aggregate {
    pub use bedrock_aggregate::{
        Aggregator, BuildError, ChunkError, EventSink, Fold, Framing, Malformed, Missing, Native,
        NativeMessage, PartialJson, PartialJsonError, Place, Probe, RawChunk, RawList, ReadError, Reader,
        Run, RunAggregator, RunEvent, StreamException, ToolInput, ToolInputs, Undecided, UnknownFormat, agui,
        batch, event, formats, invocation_log, opik, replay, simple,
    };
}

/// How requests travel: `bedrock-http`, but for what stands at this crate's root because the client takes or gives it too
/// ([`Credentials`], [`Timeouts`], [`Transport`] and others). A request, a response and an error of the transport by itself have the
/// names that the client's have.
pub mod http {
    #[cfg(feature = "aws-config")]
    pub use bedrock_http::AwsChain;
    pub use bedrock_http::{
        Body, BoxFuture, CachedCredentials, Call, Classifier, Error, ErrorKind, EventSignature, EventSigner,
        GiveUp, LONGEST_TOKEN_LIFE, MintedTokens, Path, Redactor, Request, Response, RetryDecision,
        RetrySession, TransportBuilder, default_retry_class, mint_bearer_token,
    };
}

/// The examples of this crate's README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The examples of the project's README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct ProjectReadme;

#[cfg(doctest)]
mod guides;
