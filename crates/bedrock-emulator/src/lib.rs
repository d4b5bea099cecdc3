//! A local Amazon Bedrock endpoint over real HTTP: scripted answers, replay, faults.
//!
//! For: tests of everything that calls Bedrock, without an account and without the network; trying a client out; showing
//! what a client does when the service fails.
//! Not for: what a real model would say (it says the same to the same prompt, and little of interest), quotas, billing, and
//! the control plane.
//!
//! # Three lines in a test
//!
//! ```
//! use bedrock_emulator::{Answer, Emulator};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! # runtime.block_on(async {
//! let server = Emulator::builder().verify("AKIDEXAMPLE", "SECRETEXAMPLE").start().await?;
//! let endpoint = server.url();
//! server.enqueue(Answer::text("Oslo is rainy."));
//! // … point a client at `endpoint`, then:
//! for request in server.requests() {
//!     assert_eq!(request.status.unwrap(), 200);
//! }
//! server.shutdown().await;
//! # assert!(!endpoint.is_empty());
//! # Ok::<(), bedrock_emulator::StartError>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Dropping the server stops it, too. It runs on a thread of its own; [`EmulatorBuilder::start_blocking`] starts it where
//! there is no async code at all.
//!
//! # What it answers
//!
//! HTTP/1.1 and HTTP/2 (with prior knowledge) on one port. Converse, ConverseStream, InvokeModel and
//! InvokeModelWithResponseStream in the formats of Converse, Anthropic Messages, Amazon Nova and Titan, Cohere Command R, Meta
//! Llama, Mistral, and OpenAI's chat for the vendors that took it over; embeddings and rankings; the bidirectional stream as
//! an echo; Chat Completions, Responses and Messages at their own addresses, streamed as server-sent events; CountTokens,
//! Rerank, ApplyGuardrail, InvokeGuardrailChecks, asynchronous invocations, batch jobs, and lists of models and profiles.
//!
//! Answers are made up from the request and are the same each time: a text that repeats the prompt; a tool call, where tools
//! are offered and the prompt speaks of one (or of the weather), with input that fits its schema; a thought, where thinking is
//! asked for; JSON, where a schema is. `maxTokens` and stop sequences are obeyed. An [`Answer`] says all of that otherwise.
//!
//! # Who may come in
//!
//! Everybody, until [`EmulatorBuilder::verify`], [`credentials`](EmulatorBuilder::credentials) or
//! [`bearer`](EmulatorBuilder::bearer) is called. Signatures are then checked as the service checks them: canonical request,
//! scope, clock, session token, every `x-amz-` header signed; on a bidirectional stream the signature of every event.
//!
//! # What goes wrong
//!
//! A [`Fault`], for one request or for all. A request can choose its own, in the words of [`Fault::help`]: by the header
//! `x-test-scenario: truncate after=3`, by `[[truncate after=3]]` in its prompt, or by a model id like `test.reset`.
//!
//! ```
//! use bedrock_emulator::{Answer, Emulator, Fault};
//!
//! let server = Emulator::builder().start_blocking()?;
//! server.enqueue(Answer::error("ThrottlingException"));
//! server.enqueue(Fault::Exception { error_type: "modelStreamErrorException".into(), after: 3, message: None });
//! server.enqueue(Answer::text("At last.").with_fault(Fault::Drip { gap: std::time::Duration::from_millis(1) }));
//! assert_eq!(server.queued(), 3);
//! # Ok::<(), bedrock_emulator::StartError>(())
//! ```

mod auth;
mod builder;
mod clock;
mod digest;
mod emulator;
mod error;
mod exchange;
mod formats;
mod lock;
mod model;
mod operation;
mod operations;
mod script;
mod sending;
mod server;

pub use auth::{Credentials, CredentialsError};
pub use builder::EmulatorBuilder;
pub use emulator::Emulator;
pub use error::{ErrorBody, ErrorTypeLocation};
pub use exchange::{Outcome, RecordedRequest};
pub use operation::Operation;
pub use script::{Answer, Checksum, ErrorResponse, Fault, Pace, SpecError};
#[cfg(feature = "self-signed")]
pub use server::self_signed_certificate;
pub use server::{ReplayError, StartError};

/// The examples of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
