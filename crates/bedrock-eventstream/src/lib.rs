//! Push decoders and an encoder for the two framings in which language models stream their answers: AWS event streams
//! (`application/vnd.amazon.eventstream`) and server-sent events (`text/event-stream`).
//!
//! Bytes go in, in any pieces; whole messages come out. There is no I/O here, no async runtime, no JSON and no HTTP: the
//! payloads are bytes, and where they come from is up to the caller. If you want the answer of a model and not its
//! frames, use `bedrock-llm`, which stands on this crate.
//!
//! # Frames
//!
//! Feed the decoder what the socket gives. A [`FrameView`](frame::FrameView) borrows from the piece: nothing is allocated,
//! headers are parsed when they are asked for, and a frame that straddles two pieces is copied once.
//!
//! ```
//! use bedrock_eventstream::frame::{FrameDecoder, FrameKind};
//! # use bedrock_eventstream::frame::FrameBuilder;
//! # let mut body = FrameBuilder::event("contentBlockDelta").build(br#"{"delta":{"text":"Hi"}}"#)?.into_bytes().to_vec();
//! # FrameBuilder::exception("throttlingException").encode(b"{}", &mut body)?;
//! # let pieces = body.chunks(20);
//! let mut decoder = FrameDecoder::new();
//! for piece in pieces {
//!     for frame in decoder.feed(piece) {
//!         let frame = frame?;
//!         match frame.kind() {
//!             FrameKind::Event { event_type } => println!("{event_type}: {} bytes", frame.payload().len()),
//!             FrameKind::Exception { exception_type } => println!("the service gave up: {exception_type}"),
//!             FrameKind::Error { code, message } => println!("{code}: {message}"),
//!             _ => {}
//!         }
//!     }
//! }
//! // The body has ended. Was that between two frames?
//! decoder.finish()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Do not leave out [`finish`](frame::FrameDecoder::finish): a connection that breaks in the middle of an answer looks, to
//! a reader of bytes, like one that ends. It distinguishes a clean end from a cut frame, and says how many bytes of that frame there were.
//!
//! Frames that are to be kept or sent elsewhere are better owned: [`Frame`](frame::Frame)s are slices of the `Bytes` that
//! were pushed, not copies.
//!
//! ```
//! use bedrock_eventstream::frame::{FrameBuilder, FrameDecoder};
//!
//! let mut decoder = FrameDecoder::new();
//! decoder.push(FrameBuilder::event("chunk").build(b"{}")?.into_bytes());
//! let mut kept = Vec::new();
//! while let Some(frame) = decoder.next_frame()? {
//!     kept.push(frame.payload_bytes());
//! }
//! assert_eq!(kept, ["{}"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Everything about a frame is checked before it is handed out: the checksum of its prelude as soon as twelve bytes are
//! there, its lengths against the [`Limits`](frame::Limits) before a byte is kept, the checksum of the whole, and its headers.
//! The first [`FrameError`](frame::FrameError) is final and says what is wrong, and at which byte of the stream.
//!
//! [`FrameBuilder`](frame::FrameBuilder) writes frames.
//!
//! # Server-sent events
//!
//! [`SseDecoder`](sse::SseDecoder) is used in the same way:
//!
//! ```
//! use bedrock_eventstream::sse::SseDecoder;
//!
//! let mut decoder = SseDecoder::new();
//! for piece in [&b"data: {\"id\":1}\n"[..], b"\ndata: [DONE]\n"] {
//!     for event in decoder.feed(piece) {
//!         assert_eq!(event?.data(), r#"{"id":1}"#);
//!     }
//! }
//! // This server has forgotten the blank line behind its last event, which is not lost for that.
//! let error = decoder.finish().unwrap_err();
//! assert!(error.is_cut());
//! assert_eq!(decoder.unfinished().unwrap().data(), "[DONE]");
//! # Ok::<(), bedrock_eventstream::sse::SseError>(())
//! ```
//!
//! # Features
//!
//! None is on by default, and none adds an operation: they fit the decoders to other libraries.
//!
//! | feature | gives |
//! |---|---|
//! | `stream` | module `stream`: frames and events as a `futures_core::Stream`, from any stream of `Bytes` |
//! | `tokio-codec` | `frame::FrameCodec`: a `Decoder` and `Encoder` of `tokio_util::codec` |
//! | `smithy` | conversions between `frame::Frame` and `aws_smithy_types::event_stream::Message` |

pub mod frame;
pub mod sse;
#[cfg(feature = "stream")]
pub mod stream;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
